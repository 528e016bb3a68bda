"""The books as files: journal as CSV and XLSX, booking batch in DATEV's format; closing a period.

Source of the batch: DATEV format, header version 700, category 21 "Buchungsstapel", version 13
(developer.datev.de). Every file carries a check sum, the turnover of its postings, which is the
ledger's of the same days.
"""

import csv
import io
import tomllib
from collections import deque
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources

import msgspec

from server import audit, clock
from server.accounts.permissions import Actor, require
from server.billing import bank_settings
from server.billing.exchange import Rates
from server.billing.statements import ACCOUNTS, Period
from server.database import action, rows, typed, value
from server.errors import Conflict, Refused
from server.locking import lock
from server.money import to_decimal
from server.organisations.queries import own_agency
from server.text import N_, gettext
from server.web.workbooks import Cell, workbook

KINDS = {
    "invoice": N_("Invoice"), "credit_note": N_("Credit note"), "payment": N_("Payment"),
    "refund": N_("Refund"), "refund_back": N_("A refund came back"),
    "matching": N_("Put on an invoice"), "unmatching": N_("Taken off an invoice"),
    "set_free": N_("Taken off a cancelled invoice"), "dispute": N_("Disputed"),
    "dispute_won": N_("Dispute won"), "dispute_lost": N_("Dispute lost"),
    "fee": N_("Fee of Stripe"),
    "payout": N_("Paid out by Stripe"), "payout_back": N_("A payout came back"),
    "statement": N_("Entry of the bank"), "decided": N_("Entry of the bank, decided"),
    "exchange": N_("Converted by Stripe"), "source_payment": N_("Payment of a source"),
    "source_payment_back": N_("Payment of a source, taken back"),
}  # fmt: skip
HEAD = (N_("Entry"), N_("Date"), N_("Kind"), N_("About"), N_("Account"), N_("Number"),
        N_("Company"), N_("Debit"), N_("Credit"), N_("Currency"), N_("Rate"),
        N_("In the currency of the agency"))  # fmt: skip
DEBTORS = 10_000
EXPORTED = 200_000
MOST_UNITS = 10_000
"""The batch's field for a rate has four digits before its comma."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One posting in the journal."""

    entry: int
    day: date
    kind: str
    about: str
    account: str
    company: int | None
    company_name: str | None
    amount_minor: int
    currency: str


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """A period that was closed."""

    until_on: date
    closed_at: datetime
    closed_by: str | None


@cache
def chart() -> dict[str, dict[str, str]]:
    """Kind and number of every account."""
    text = resources.files(__package__).joinpath("chart.toml").read_text("utf-8")
    return tomllib.loads(text)


def number_of(account: str, company: int | None, own: dict[str, str]) -> str:
    """The number of an account in exports; what companies owe stands on an account each."""
    if account == "receivable" and company is not None and "receivable" not in own:
        return str(DEBTORS + company)
    return own.get(account) or chart()[account]["number"]


async def journal(actor: Actor, period: Period) -> list[Line]:
    """Every posting of a period, in the order of the books."""
    require(actor, "money.read")
    found = await rows(
        "SELECT e.id AS entry, (e.at AT TIME ZONE a.tz)::date AS day, e.kind, e.about, p.account,"
        " p.company, c.name AS company_name, p.amount_minor, p.currency FROM ledger_posting p"
        " JOIN ledger_entry e ON e.id = p.entry JOIN agency a ON a.id = e.agency"
        " LEFT JOIN company c ON c.id = p.company WHERE e.agency = $1::bigint"
        " AND ($2::date IS NULL OR (e.at AT TIME ZONE a.tz)::date >= $2)"
        " AND ($3::date IS NULL OR (e.at AT TIME ZONE a.tz)::date <= $3)"
        " ORDER BY e.at, e.id, p.id LIMIT $4",
        actor.agency_id,
        period.since,
        period.until,
        EXPORTED + 1,
    )
    if len(found) > EXPORTED:
        raise Refused(N_("There are more than {n} postings. Choose a shorter period."), n=EXPORTED)
    return typed(Line, found)


def check_sums(lines: list[Line]) -> dict[str, int]:
    """The sum of all debits by currency, which is that of all credits."""
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.currency] = sums.get(line.currency, 0) + max(0, line.amount_minor)
    return sums


def _worth(line: Line, rates: Rates) -> list[Cell]:
    """The rate of the day and the amount in the agency's currency; a credit is negative."""
    if line.currency == rates.into:
        return [None, to_decimal(line.amount_minor, line.currency)]
    rate = rates.on(line.currency, line.day)
    if rate is None:
        return [None, None]
    return [rate, to_decimal(rates.worth(line.amount_minor, line.currency, rate), rates.into)]


def _cells(line: Line, own: dict[str, str], rates: Rates) -> list[Cell]:
    amount = to_decimal(abs(line.amount_minor), line.currency)
    return [
        line.entry, line.day, gettext(KINDS.get(line.kind, line.kind)), line.about,
        gettext(ACCOUNTS[line.account]), number_of(line.account, line.company, own),
        line.company_name or "", amount if line.amount_minor > 0 else None,
        amount if line.amount_minor < 0 else None, line.currency, *_worth(line, rates),
    ]  # fmt: skip


def _sum_rows(lines: list[Line]) -> list[list[Cell]]:
    return [
        [gettext(N_("Check sum")), None, "", "", "", "", "", to_decimal(n, currency),
         to_decimal(n, currency), currency, None, None]
        for currency, n in sorted(check_sums(lines).items())
    ]  # fmt: skip


def as_csv(lines: list[Line], own: dict[str, str], rates: Rates) -> bytes:
    """The journal as CSV in UTF-8 with a byte order mark; the last lines are the check sums."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([gettext(title) for title in HEAD])
    for cells in [*(_cells(line, own, rates) for line in lines), *_sum_rows(lines)]:
        writer.writerow(["" if cell is None else _plain(cell) for cell in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _plain(cell: object) -> object:
    """Text that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in tuple("=+-@\t\r") else cell


def as_xlsx(lines: list[Line], own: dict[str, str], rates: Rates) -> bytes:
    """The same as a workbook."""
    head = [gettext(title) for title in HEAD]
    cells = [_cells(line, own, rates) for line in lines]
    return workbook(gettext(N_("Journal")), head, [*cells, *_sum_rows(lines)])


def pairs(lines: list[Line]) -> list[tuple[Line, Line, int]]:
    """An entry of many postings as pairs (debit, credit, minor units) that add up to it exactly:
    the batch knows an account and its counter-account only."""
    debits = deque((line, line.amount_minor) for line in lines if line.amount_minor > 0)
    credits = deque((line, -line.amount_minor) for line in lines if line.amount_minor < 0)
    made: list[tuple[Line, Line, int]] = []
    while debits and credits:
        (debit, left), (credit, right) = debits.popleft(), credits.popleft()
        part = min(left, right)
        made.append((debit, credit, part))
        if left > part:
            debits.appendleft((debit, left - part))
        if right > part:
            credits.appendleft((credit, right - part))
    return made


def _two_places(minor: int, currency: str) -> str:
    """An amount as the batch has it: 9150 yen are 9150.00."""
    amount = to_decimal(minor, currency)
    return f"{amount:.2f}" if amount == round(amount, 2) else str(amount)


def as_batch(
    lines: list[Line], own: bank_settings.Settings, period: Period, now: datetime, rates: Rates
) -> bytes:
    """A booking batch (EXTF, windows-1252): two lines of heading, then a line for each pair.

    What is in another currency than the agency's has the rate of its day, as units of that
    currency for one of the agency's, and the amount in the agency's; empty where none is kept.
    """
    first = period.since or min((line.day for line in lines), default=now.date())
    last = period.until or max((line.day for line in lines), default=now.date())
    total = ", ".join(
        f"{to_decimal(n, code)} {code}" for code, n in sorted(check_sums(lines).items())
    )
    header = [
        '"EXTF"', "700", "21", '"Buchungsstapel"', "13", f"{now:%Y%m%d%H%M%S}000", "", '"PV"',
        '""', '""', str(own.adviser), str(own.client), f"{first.year}0101", "4", f"{first:%Y%m%d}",
        f"{last:%Y%m%d}", _quoted(f"Pavilion {total}", 30), '""', "1", "0", "0",
        _quoted(rates.into, 3), "", '""', "", "", '""', "", "", '""', '""',
    ]  # fmt: skip
    columns = [
        "Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs",
        "Basis-Umsatz", "WKZ Basis-Umsatz", "Konto", "Gegenkonto (ohne BU-Schlüssel)",
        "BU-Schlüssel", "Belegdatum", "Belegfeld 1", "Belegfeld 2", "Skonto", "Buchungstext",
    ]  # fmt: skip
    out = [";".join(header), ";".join(columns)]
    by_entry: dict[tuple[int, str], list[Line]] = {}
    for line in lines:
        by_entry.setdefault((line.entry, line.currency), []).append(line)
    for (entry, code), some in by_entry.items():
        for debit, credit, minor in pairs(some):
            amount = _two_places(minor, code).replace(".", ",")
            rate = rates.on(code, debit.day) if code != rates.into else None
            worth = ["", "", '""']
            if rate and 1 / rate < MOST_UNITS:
                base = _two_places(rates.worth(minor, code, rate), rates.into)
                worth = [f"{1 / rate:.6f}", base, _quoted(rates.into, 3)]
            name = debit.company_name or credit.company_name or ""
            out.append(
                ";".join([
                    amount, '"S"', _quoted(code, 3), *(each.replace(".", ",") for each in worth),
                    number_of(debit.account, debit.company, own.numbers),
                    number_of(credit.account, credit.company, own.numbers), '""',
                    f"{debit.day:%d%m}", _quoted(debit.about, 36), _quoted(str(entry), 12), "",
                    _quoted(f"{gettext(KINDS.get(debit.kind, debit.kind))} {name}", 60),
                ])
            )  # fmt: skip
    return ("\r\n".join(out) + "\r\n").encode("cp1252", errors="replace")


def _quoted(text: str, longest: int) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text)[:longest].replace('"', "'")
    return f'"{plain}"'


async def closed_until(actor: Actor) -> list[Closed]:
    """The periods that are closed, the last first."""
    require(actor, "money.read")
    found = await rows(
        "SELECT c.until_on, c.closed_at, p.name AS closed_by FROM ledger_close c LEFT JOIN person p"
        " ON p.id = c.closed_by WHERE c.agency = $1::bigint ORDER BY c.until_on DESC LIMIT 24",
        actor.agency_id,
    )
    return typed(Closed, found)


@action
async def close(actor: Actor, until: date) -> None:
    """Close the books up to and with `until`, the last day of a month that is over. Nothing is
    posted into it any more: what is corrected later stands in the period of that day."""
    require(actor, "ledger.close")
    agency = await own_agency(actor)
    await lock("bank", agency.id)
    if (until + timedelta(days=1)).day != 1:
        raise Refused(N_("A period ends with the last day of a month."), field="until")
    if until >= clock.today(agency.tz):
        raise Refused(N_("This month is not over yet."), field="until")
    before = await value(
        "SELECT max(until_on) FROM ledger_close WHERE agency = $1::bigint", agency.id
    )
    if before is not None and until <= before:
        raise Conflict(N_("The books are closed until {day} already."), day=before)
    made = await value(
        "INSERT INTO ledger_close (agency, until_on, closed_by, closed_at)"
        " VALUES ($1,$2,$3,$4) RETURNING id",
        agency.id,
        until,
        actor.person_id,
        clock.now(),
    )
    last = await value("SELECT coalesce(max(id), 0) FROM ledger_entry")
    await audit.record(
        actor, "ledger.close", "ledger", made,
        after={"until_on": until.isoformat(), "last": last},
    )  # fmt: skip
