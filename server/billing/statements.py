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
    "suspense": N_("On a statement, not decided yet"),
    "other": N_("On a statement, not of fees"),
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


class SourceRow(msgspec.Struct, frozen=True, kw_only=True):
    """What the source of a scheme's third-party subsidies owes over a period, in one currency."""

    source: int
    name: str
    currency: str
    opening_minor: int
    debit_minor: int
    credit_minor: int
    balance_minor: int


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
_AFTER = "SELECT * FROM counted WHERE $9::bigint IS NULL OR n > $9 ORDER BY n LIMIT $10"
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
    source: int | None = None,
    cursor: str = "",
    limit: int = PAGE,
) -> Statement:
    """One account over a period, oldest first, each posting with the balance after it; of one
    company, or one source of subsidies, if it is named."""
    require(actor, "money.read")
    return await _statement(
        actor.agency_id, None, account, currency, period or Period(), company, cursor, limit,
        source=source,
    )  # fmt: skip


async def sources(actor: Actor, period: Period | None = None) -> list[SourceRow]:
    """Each source of third-party subsidies with its account: opening, turnover, balance."""
    require(actor, "money.read")
    within = period or Period()
    inside = f"($2::date IS NULL OR {_DAY} >= $2)"
    found = await rows(
        "SELECT p.source, s.name, p.currency,"
        f" coalesce(sum(p.amount_minor) FILTER (WHERE NOT {inside}), 0)::bigint AS opening_minor,"
        f" coalesce(sum(p.amount_minor) FILTER (WHERE p.amount_minor > 0 AND {inside}), 0)::bigint"
        " AS debit_minor,"
        f" coalesce(-sum(p.amount_minor) FILTER (WHERE p.amount_minor < 0 AND {inside}), 0)::bigint"
        f" AS credit_minor, sum(p.amount_minor)::bigint AS balance_minor{_OF_AGENCY}"
        " JOIN scheme s ON s.id = p.source WHERE e.agency = $1::bigint"
        f" AND p.account = 'aid_receivable' AND ($3::date IS NULL OR {_DAY} <= $3)"
        " GROUP BY p.source, s.name, p.currency ORDER BY s.name, p.source, p.currency LIMIT 500",
        actor.agency_id,
        within.since,
        within.until,
    )
    return typed(SourceRow, found)


async def source_name(actor: Actor, source: int) -> str:
    """The name of a scheme that has an account with the agency, or NotFound."""
    require(actor, "money.read")
    found = await row(
        f"SELECT s.name{_OF_AGENCY} JOIN scheme s ON s.id = p.source"
        " WHERE p.source = $1::bigint AND e.agency = $2::bigint LIMIT 1",
        source,
        actor.agency_id,
    )
    if found is None:
        raise NotFound()
    return str(found["name"])


async def postings(
    actor: Actor, *, account: str, currency: str, cursor: str = "", limit: int = PAGE
) -> tuple[list[StatementRow], str]:
    """The postings of an account since the beginning, a page at a time."""
    found = await statement(actor, account=account, currency=currency, cursor=cursor, limit=limit)
    return found.postings, found.following


async def _statement(
    agency: int | None, of_company: int | None, account: str, currency: str, period: Period,
    company: int | None, cursor: str, limit: int, source: int | None = None,
) -> Statement:  # fmt: skip
    scope = (agency, account, currency, company or of_company, period.since, period.until, source)
    where = (
        f"{_OF_AGENCY} LEFT JOIN company c ON c.id = p.company WHERE e.agency = $1::bigint"
        " AND p.account = $2 AND p.currency = $3 AND ($4::bigint IS NULL OR p.company = $4)"
        " AND ($7::bigint IS NULL OR p.source = $7)"
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
        f" ($8::bigint + sum(p.amount_minor) OVER w)::bigint AS balance_minor{where}"
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


_OPEN = (
    f"SELECT e.invoice, sum(p.amount_minor)::bigint AS open_minor{_OF_AGENCY}"
    f" WHERE e.agency = $1::bigint AND p.account = 'receivable' AND {_DAY} <= $2"
    " AND e.invoice IS NOT NULL GROUP BY e.invoice HAVING sum(p.amount_minor) <> 0"
)
_ITEM = (
    " FROM o JOIN invoice i ON i.id = o.invoice JOIN company c ON c.id = i.company"
    " CROSS JOIN LATERAL (SELECT $2::date - i.due_on AS age) AS old"
)


async def open_items(
    actor: Actor, on: date, *, cursor: str = "", limit: int = PAGE
) -> tuple[list[OpenItem], str]:
    """What every invoice asked for at the end of a day, by the ledger: its own postings and those
    of the payments that were on it on that day. By company and day to pay, a page at a time."""
    require(actor, "money.read")
    counted = (
        "SELECT row_number() OVER (ORDER BY c.name, i.company, i.due_on, i.id) AS n, i.company,"
        " c.name AS company_name, i.currency, i.id AS invoice, i.number, i.issued_on, i.due_on,"
        f" o.open_minor, old.age{_ITEM}"
    )
    page = "SELECT * FROM counted WHERE $3::bigint IS NULL OR n > $3 ORDER BY n LIMIT $4"
    found = await rows(
        f"WITH o AS ({_OPEN}), counted AS ({counted}) {page}",
        actor.agency_id,
        on,
        page_id(cursor),
        limit + 1,
    )
    shown = found[:limit]
    return typed(OpenItem, shown), str(shown[-1]["n"]) if len(found) > limit else ""


async def ageing(actor: Actor, on: date) -> list[Ageing]:
    """All open items of a day by company and age: not due, up to 30, 60 and 90 days, longer."""
    require(actor, "money.read")
    sums = ", ".join(
        f"coalesce(sum(o.open_minor) FILTER (WHERE {within}), 0)::bigint AS {name}"
        for name, within in (
            ("not_due_minor", "age <= 0"),
            ("to_30_minor", "age BETWEEN 1 AND 30"),
            ("to_60_minor", "age BETWEEN 31 AND 60"),
            ("to_90_minor", "age BETWEEN 61 AND 90"),
            ("over_90_minor", "age > 90"),
        )
    )
    by_company = (
        f"SELECT i.company, c.name AS company_name, i.currency, {sums},"
        f" sum(o.open_minor)::bigint AS total_minor{_ITEM}"
        " GROUP BY i.company, c.name, i.currency ORDER BY c.name, i.company, i.currency"
    )
    found = await rows(
        f"WITH o AS ({_OPEN}) {by_company}",
        actor.agency_id,
        on,
    )
    return typed(Ageing, found)
