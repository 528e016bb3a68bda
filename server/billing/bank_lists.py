"""Reads of statements: files, what a file would do, entries and what may be done with them."""

from datetime import date, datetime
from typing import Any

import msgspec

from server.accounts.permissions import Actor, require
from server.billing import bank, rules
from server.billing.bank_book import SAID, Guess, Why
from server.billing.bank_known import identities
from server.billing.bank_settings import parsed
from server.billing.bank_shapes import Problem, Read
from server.billing.queries import PAGE
from server.database import page_id, row, rows, typed
from server.errors import NotFound
from server.organisations.queries import own_agency
from server.text import N_

STATES = {
    "open": N_("To decide"),
    "booked": N_("Booked"),
    "refund": N_("Refunds that went out"),
    "not_ours": N_("Not ours"),
    "source": N_("Payments of sources of subsidies"),
}
COLUMN_NAMES = {
    "date": N_("Date of booking"), "amount": N_("Amount, with a sign"),
    "credit": N_("Credits only"), "debit": N_("Debits only"), "currency": N_("Currency"),
    "text": N_("Text of the transfer"),
    "name": N_("Name of the payer"), "iban": N_("Account of the payer"),
    "reference": N_("The bank’s own reference"), "end_to_end": N_("End-to-end reference"),
    "account": N_("Your own account"),
}  # fmt: skip


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """A bank's file in a list."""

    id: int
    name: str
    format: str
    read_at: datetime
    booked_at: datetime | None
    from_on: date | None
    until_on: date | None
    open: int


class StatementRow(msgspec.Struct, frozen=True, kw_only=True):
    """A statement as a preview shows it."""

    account: str
    ours: bool
    currency: str
    number: str
    from_on: date | None
    until_on: date | None
    opening_minor: int | None
    closing_minor: int | None
    moved_minor: int
    entries: int
    known: int
    pending: int
    adds_up: bool | None
    gap: bool


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a file, before it is booked. `columns` ask for their meaning if not empty."""

    id: int
    name: str
    format: str
    layout: str
    booked_at: datetime | None
    statements: list[StatementRow]
    problems: tuple[Problem, ...]
    columns: tuple[str, ...]
    first: list[Any]

    @property
    def strange(self) -> list[str]:
        """Accounts in it that are not known as the agency's."""
        return sorted({each.account for each in self.statements if not each.ours})

    @property
    def news(self) -> int:
        """Entries that were not there before."""
        return sum(each.entries - each.known for each in self.statements)

    @property
    def may_be_booked(self) -> bool:
        """Whether all of it was understood and something is left to do."""
        return bool(self.statements) and not self.problems and self.booked_at is None


class GuessRow(msgspec.Struct, frozen=True, kw_only=True):
    """A guess in words: the invoices it means, or what else it says."""

    n: int
    numbers: str
    companies: str
    open_minor: int
    reasons: list[str]
    payment: int | None
    refund: int | None


class EntryRow(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a statement with what became of it, or may become."""

    id: int
    booked_on: date
    amount_minor: int
    currency: str
    text: str
    name: str
    end_to_end: str
    account_hint: str
    returned: bool
    state: str
    why: str
    payment: int | None
    invoice_number: str | None
    company_name: str | None
    guesses: list[Any]

    @property
    def reason(self) -> str:
        """Why it is where it is."""
        return SAID[Why(self.why)] if self.why else ""


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """Where an account stands: by the last statement, and what of it is in the books."""

    account: str
    currency: str
    until_on: date
    closing_minor: int | None
    open_minor: int
    not_ours_minor: int
    entries: int


async def files(actor: Actor, *, cursor: str = "", limit: int = PAGE) -> tuple[list[FileRow], str]:
    """The agency's files, newest first."""
    require(actor, "money.read")
    found = await rows(
        "SELECT f.id, f.name, f.format, f.read_at, f.booked_at, min(s.from_on) AS from_on,"
        " max(s.until_on) AS until_on, (SELECT count(*) FROM bank_entry e JOIN bank_statement t"
        " ON t.id = e.statement WHERE t.file = f.id AND e.state = 'open')::int AS open"
        " FROM bank_file f LEFT JOIN bank_statement s ON s.file = f.id WHERE f.agency = $1::bigint"
        " AND ($2::bigint IS NULL OR f.id < $2) GROUP BY f.id ORDER BY f.id DESC LIMIT $3",
        actor.agency_id,
        page_id(cursor),
        limit + 1,
    )
    shown = typed(FileRow, found[:limit])
    return shown, str(shown[-1].id) if len(found) > limit else ""


async def accounts(actor: Actor) -> list[AccountRow]:
    """Each account with the balance of its last statement and what of it is not in the books."""
    require(actor, "money.read")
    found = await rows(
        "SELECT DISTINCT ON (s.account, s.currency) s.account, s.currency, s.until_on,"
        " s.closing_minor, sums.open_minor, sums.not_ours_minor, sums.entries FROM bank_statement s"
        " JOIN (SELECT t.account, t.currency, count(*)::int AS entries,"
        "  coalesce(sum(e.amount_minor) FILTER (WHERE e.state = 'open'), 0)::bigint AS open_minor,"
        "  coalesce(sum(e.amount_minor) FILTER (WHERE e.state = 'not_ours' AND e.why <> 'payout'),"
        "  0)::bigint"
        "  AS not_ours_minor FROM bank_entry e JOIN bank_statement t ON t.id = e.statement"
        "  WHERE e.agency = $1::bigint GROUP BY t.account, t.currency) AS sums"
        " ON (sums.account, sums.currency) = (s.account, s.currency) WHERE s.agency = $1::bigint"
        " ORDER BY s.account, s.currency, s.until_on DESC, s.id DESC",
        actor.agency_id,
    )
    return typed(AccountRow, found)


async def _file(actor: Actor, file_id: int) -> dict[str, Any]:
    found = await row(
        "SELECT * FROM bank_file WHERE id = $1::bigint AND agency = $2::bigint",
        file_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound()
    return found


async def raw(actor: Actor, file_id: int) -> tuple[str, bytes]:
    """A file as it came, for those who record money: it holds accounts of payers."""
    require(actor, "money.record")
    found = await _file(actor, file_id)
    return found["name"], bytes(found["raw"])


async def preview(actor: Actor, file_id: int) -> Preview:
    """What is in a file and what booking it would add."""
    require(actor, "money.read")
    file = await _file(actor, file_id)
    agency = await own_agency(actor)
    found: Read = await parsed(agency.id, bytes(file["raw"]))
    mine = await bank.own_accounts(agency.id, agency.iban)
    names = await identities(agency.id, file_id, agency.iban.replace(" ", "") or "?", found)
    known = {
        each["identity"]
        for each in await rows(
            "SELECT identity FROM bank_entry WHERE agency = $1::bigint AND identity = ANY($2)",
            agency.id,
            [name for some in names for name in some],
        )
    }
    before = {
        (each["account"], each["currency"]): each
        for each in await rows(
            "SELECT DISTINCT ON (account, currency) account, currency, until_on, closing_minor"
            " FROM bank_statement WHERE agency = $1::bigint AND file <> $2::bigint"
            " ORDER BY account, currency, until_on DESC, id DESC",
            agency.id,
            file_id,
        )
    }
    shown = []
    for n, each in enumerate(found.statements):
        last = before.get((each.account, each.currency))
        shown.append(
            StatementRow(
                account=each.account, ours=not each.account or each.account in mine,
                currency=each.currency, number=each.number, from_on=each.from_on,
                until_on=each.until_on, opening_minor=each.opening_minor,
                closing_minor=each.closing_minor, moved_minor=each.moved_minor,
                entries=len(each.entries), known=sum(name in known for name in names[n]),
                pending=each.pending, adds_up=each.adds_up,
                gap=bool(
                    last and each.opening_minor is not None and last["closing_minor"] is not None
                    and each.from_on and each.from_on > last["until_on"]
                    and each.opening_minor != last["closing_minor"]
                ),
            )
        )  # fmt: skip
    return Preview(
        id=file_id, name=file["name"], format=found.format, layout=found.layout,
        booked_at=file["booked_at"], statements=shown, problems=found.problems,
        columns=() if found.statements else found.columns,
        first=[entry for each in found.statements for entry in each.entries][:20],
    )  # fmt: skip


_ENTRY = (
    "SELECT e.id, e.booked_on, e.amount_minor, e.currency, e.text, e.name, e.end_to_end,"
    " e.account_hint, e.returned, e.state, e.why, e.guesses, p.id AS payment,"
    " i.number AS invoice_number, c.name AS company_name FROM bank_entry e LEFT JOIN LATERAL"
    " (SELECT id, invoice, company FROM payment WHERE bank_entry = e.id ORDER BY id LIMIT 1) AS p"
    " ON true LEFT JOIN invoice i ON i.id = p.invoice LEFT JOIN company c ON c.id = p.company"
)


async def entries(
    actor: Actor, *, state: str, cursor: str = "", limit: int = PAGE
) -> tuple[list[EntryRow], str]:
    """Entries in one state, oldest first."""
    require(actor, "money.read")
    found = await rows(
        f"{_ENTRY} WHERE e.agency = $1::bigint AND e.state = $2"
        " AND ($3::bigint IS NULL OR e.id > $3) ORDER BY e.id LIMIT $4",
        actor.agency_id,
        state,
        page_id(cursor),
        limit + 1,
    )
    shown = typed(EntryRow, found[:limit])
    return shown, str(shown[-1].id) if len(found) > limit else ""


async def counts(actor: Actor) -> dict[str, int]:
    """How many entries there are in each state."""
    require(actor, "money.read")
    found = await rows(
        "SELECT state, count(*)::int AS n FROM bank_entry WHERE agency = $1::bigint GROUP BY state",
        actor.agency_id,
    )
    return {each["state"]: each["n"] for each in found}


async def entry(actor: Actor, entry_id: int) -> EntryRow:
    """One entry, or NotFound."""
    require(actor, "money.read")
    found = await row(
        f"{_ENTRY} WHERE e.id = $1::bigint AND e.agency = $2::bigint", entry_id, actor.agency_id
    )
    if found is None:
        raise NotFound()
    return typed(EntryRow, found)


async def guesses(actor: Actor, found: list[EntryRow]) -> dict[int, list[GuessRow]]:
    """The guesses of entries in words, by entry; invoices that are settled since are left out."""
    require(actor, "money.read")
    made = {each.id: msgspec.convert(each.guesses, list[Guess]) for each in found}
    wanted = {n for some in made.values() for guess in some for n in guess.invoices}
    invoices = {
        each["id"]: each
        for each in await rows(
            "SELECT i.id, i.number, c.name, i.total_minor - i.paid_minor AS asks FROM invoice i"
            " JOIN company c ON c.id = i.company WHERE i.id = ANY($1::bigint[])"
            " AND i.agency = $2::bigint AND i.state = ANY($3)",
            list(wanted),
            actor.agency_id,
            [state.value for state in rules.TO_PAY],
        )
    }
    return {
        entry_id: [
            GuessRow(
                n=n,
                numbers=", ".join(invoices[each]["number"] for each in guess.invoices),
                companies=", ".join(sorted({invoices[each]["name"] for each in guess.invoices})),
                open_minor=sum(invoices[each]["asks"] for each in guess.invoices),
                reasons=[SAID[why] for why in guess.reasons],
                payment=guess.payment,
                refund=guess.refund,
            )
            for n, guess in enumerate(some)
            if all(each in invoices for each in guess.invoices)
        ]
        for entry_id, some in made.items()
    }


async def invoice_ids(actor: Actor, numbers: list[str]) -> dict[str, int]:
    """The agency's invoices by number or reference, as they were typed."""
    plain = {each: each.strip().upper().replace(" ", "") for each in numbers}
    found = await rows(
        "SELECT id, number, reference FROM invoice WHERE agency = $1::bigint"
        " AND (number = ANY($2) OR reference = ANY($2))",
        actor.agency_id,
        list(plain.values()),
    )
    by_name = {name: each["id"] for each in found for name in (each["number"], each["reference"])}
    return {each: by_name[said] for each, said in plain.items() if said in by_name}
