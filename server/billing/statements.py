"""Reads of the ledger: trial balance, an account as a statement, open items, a company's account.

Periods are days in the agency's zone, both ends in. Every figure is a sum of postings.
"""

from datetime import date, datetime

import msgspec

from server.accounts.permissions import Actor, require
from server.billing.queries import PAGE
from server.database import page_id, row, rows, typed
from server.errors import NotFound
from server.text import N_

ACCOUNTS = {
    "receivable": N_("Owed by companies"),
    "aid_receivable": N_("Owed by the sources of subsidies"),
    "revenue": N_("Participation fees at full price"),
    "advance": N_("Prepayments invoiced in advance"),
    "aid": N_("Co-financing given as discount"),
    "vat": N_("VAT"),
    "card": N_("Card payments, at Stripe"),
    "bank": N_("Bank account"),
    "unallocated": N_("Received, not matched yet"),
    "differences": N_("Small differences borne by the agency"),
    "dispute": N_("Disputed card payments"),
    "fees": N_("Fees of Stripe"),
    "exchange": N_("Converted by Stripe"),
}


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Days from `since` until `until`, both in; None is without an end."""

    since: date | None = None
    until: date | None = None


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """An account in one currency over a period; debits are positive."""

    account: str
    currency: str
    opening_minor: int
    debit_minor: int
    credit_minor: int

    @property
    def balance_minor(self) -> int:
        """The balance at the end of the period."""
        return self.opening_minor + self.debit_minor - self.credit_minor


class StatementRow(msgspec.Struct, frozen=True, kw_only=True):
    """One posting of an account, with the balance after it; `n` counts within the period."""

    n: int
    at: datetime
    kind: str
    about: str
    company: int | None
    company_name: str | None
    amount_minor: int
    currency: str
    balance_minor: int


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an account's statement: what stood before the period, its postings, its end."""

    opening_minor: int
    closing_minor: int
    postings: list[StatementRow]
    following: str


class OpenItem(msgspec.Struct, frozen=True, kw_only=True):
    """What one invoice asked for on a day. `age` is days since it was due, negative before."""

    company: int
    company_name: str
    currency: str
    invoice: int
    number: str
    issued_on: date
    due_on: date
    open_minor: int
    age: int


class Ageing(msgspec.Struct, frozen=True, kw_only=True):
    """A company's open items on a day, by how long they are due, in one currency."""

    company: int
    company_name: str
    currency: str
    not_due_minor: int
    to_30_minor: int
    to_60_minor: int
    to_90_minor: int
    over_90_minor: int
    total_minor: int


_OF_AGENCY = (
    " FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry JOIN agency a ON a.id = e.agency"
)
_AFTER = "SELECT * FROM counted WHERE $8::bigint IS NULL OR n > $8 ORDER BY n LIMIT $9"
_ITEMS = (
    "SELECT i.company, c.name AS company_name, i.currency, i.id AS invoice, i.number, i.issued_on,"
    " i.due_on, of.open::bigint AS open_minor, ($2::date - i.due_on) AS age FROM invoice i"
    " JOIN company c ON c.id = i.company JOIN of ON of.invoice = i.id WHERE i.agency = $1::bigint"
    " AND of.open <> 0 ORDER BY c.name, i.company, i.due_on, i.id LIMIT $3"
)
_DAY = "(e.at AT TIME ZONE a.tz)::date"


async def accounts(actor: Actor, period: Period | None = None) -> list[AccountRow]:
    """The trial balance: every account with what it stood at, its turnover, and where it ended."""
    require(actor, "money.read")
    within = period or Period()
    inside = f"($2::date IS NULL OR {_DAY} >= $2)"
    found = await rows(
        "SELECT p.account, p.currency,"
        f" coalesce(sum(p.amount_minor) FILTER (WHERE NOT {inside}), 0)::bigint AS opening_minor,"
        f" coalesce(sum(p.amount_minor) FILTER (WHERE p.amount_minor > 0 AND {inside}), 0)::bigint"
        " AS debit_minor,"
        f" coalesce(-sum(p.amount_minor) FILTER (WHERE p.amount_minor < 0 AND {inside}), 0)::bigint"
        f" AS credit_minor{_OF_AGENCY} WHERE e.agency = $1::bigint"
        f" AND ($3::date IS NULL OR {_DAY} <= $3) GROUP BY p.account, p.currency"
        " ORDER BY p.currency, p.account",
        actor.agency_id,
        within.since,
        within.until,
    )
    return typed(AccountRow, found)


async def statement(
    actor: Actor,
    *,
    account: str,
    currency: str,
    period: Period | None = None,
    company: int | None = None,
    cursor: str = "",
    limit: int = PAGE,
) -> Statement:
    """One account over a period, oldest first, each posting with the balance after it; of one
    company if it is named."""
    require(actor, "money.read")
    return await _statement(
        actor.agency_id, None, account, currency, period or Period(), company, cursor, limit
    )


async def postings(
    actor: Actor, *, account: str, currency: str, cursor: str = "", limit: int = PAGE
) -> tuple[list[StatementRow], str]:
    """The postings of an account since the beginning, a page at a time."""
    found = await statement(actor, account=account, currency=currency, cursor=cursor, limit=limit)
    return found.postings, found.following


async def _statement(
    agency: int | None, of_company: int | None, account: str, currency: str, period: Period,
    company: int | None, cursor: str, limit: int,
) -> Statement:  # fmt: skip
    scope = (agency, account, currency, company or of_company, period.since, period.until)
    where = (
        f"{_OF_AGENCY} LEFT JOIN company c ON c.id = p.company WHERE e.agency = $1::bigint"
        " AND p.account = $2 AND p.currency = $3 AND ($4::bigint IS NULL OR p.company = $4)"
        f" AND ($6::date IS NULL OR {_DAY} <= $6)"
    )
    ends = await row(
        f"SELECT coalesce(sum(p.amount_minor) FILTER (WHERE {_DAY} < $5), 0)::bigint AS opening,"
        f" coalesce(sum(p.amount_minor), 0)::bigint AS closing{where}",
        *scope,
    )
    assert ends is not None
    counted = (
        "SELECT row_number() OVER w AS n, e.at, e.kind, e.about, p.company,"
        " c.name AS company_name, p.amount_minor, p.currency,"
        f" ($7::bigint + sum(p.amount_minor) OVER w)::bigint AS balance_minor{where}"
        f" AND ($5::date IS NULL OR {_DAY} >= $5) WINDOW w AS (ORDER BY e.at, p.id)"
    )
    found = await rows(
        f"WITH counted AS ({counted}) {_AFTER}",
        *scope,
        ends["opening"],
        page_id(cursor),
        limit + 1,
    )
    shown = typed(StatementRow, found[:limit])
    return Statement(
        opening_minor=ends["opening"],
        closing_minor=ends["closing"],
        postings=shown,
        following=str(shown[-1].n) if len(found) > limit else "",
    )


async def company_name(actor: Actor, company_id: int) -> str:
    """The name of a company that has an account with the agency, or NotFound."""
    require(actor, "money.read")
    found = await row(
        "SELECT name FROM company c WHERE id = $1::bigint AND EXISTS (SELECT 1 FROM invoice"
        " WHERE company = c.id AND agency = $2::bigint)",
        company_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound()
    return str(found["name"])


async def own_account(
    actor: Actor, agency_id: int, currency: str, period: Period, *, limit: int = PAGE,
    cursor: str = "",
) -> Statement:  # fmt: skip
    """What the company of `actor` owes an agency, as that agency's books say."""
    require(actor, "invoice.own")
    if actor.company_id is None:
        raise NotFound()
    return await _statement(
        agency_id, actor.company_id, "receivable", currency, period, None, cursor, limit
    )


async def own_accounts(actor: Actor) -> list[tuple[int, str, str, int]]:
    """(agency, its name, currency, balance) of every account that the actor's company has."""
    require(actor, "invoice.own")
    found = await rows(
        f"SELECT a.id, a.name, p.currency, sum(p.amount_minor)::bigint AS balance{_OF_AGENCY}"
        " WHERE p.account = 'receivable' AND p.company = $1::bigint"
        " GROUP BY a.id, a.name, p.currency ORDER BY a.name, a.id, p.currency",
        actor.company_id,
    )
    return [(each["id"], each["name"], each["currency"], each["balance"]) for each in found]


async def open_items(actor: Actor, on: date, *, limit: int = 1000) -> list[OpenItem]:
    """What every invoice asked for at the end of a day, by the ledger: its own postings and those
    of the payments on it."""
    require(actor, "money.read")
    by_invoice = (
        "SELECT coalesce(pay.invoice, nullif(split_part(e.about, ':', 2), '')::int) AS invoice,"
        f" sum(p.amount_minor) AS open{_OF_AGENCY} LEFT JOIN payment pay"
        " ON e.about = 'payment:' || pay.id WHERE e.agency = $1::bigint"
        f" AND p.account = 'receivable' AND {_DAY} <= $2"
        " AND (pay.invoice IS NOT NULL OR e.about LIKE 'invoice:%') GROUP BY 1"
    )
    found = await rows(
        f"WITH of AS ({by_invoice}) {_ITEMS}",
        actor.agency_id,
        on,
        limit,
    )
    return typed(OpenItem, found)


def ageing(items: list[OpenItem]) -> list[Ageing]:
    """Open items by company and age: not due, up to 30, 60 and 90 days, and longer."""
    sums: dict[tuple[int, str], list[int]] = {}
    names: dict[int, str] = {}
    for item in items:
        at = 0 if item.age <= 0 else min(4, 1 + (item.age - 1) // 30)
        sums.setdefault((item.company, item.currency), [0] * 5)[at] += item.open_minor
        names[item.company] = item.company_name
    return [
        Ageing(
            company=company, company_name=names[company], currency=currency,
            not_due_minor=by[0], to_30_minor=by[1], to_60_minor=by[2], to_90_minor=by[3],
            over_90_minor=by[4], total_minor=sum(by),
        )
        for (company, currency), by in sums.items()
    ]  # fmt: skip
