"""Reads of the ledger: its accounts, and one account as a statement."""

from datetime import datetime

import msgspec

from server.accounts.permissions import Actor, require
from server.billing.queries import PAGE
from server.database import page_id, rows, typed
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
    "dispute": N_("Disputed card payments"),
    "fees": N_("Fees of Stripe"),
    "exchange": N_("Converted by Stripe"),
}


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """The balance of an account in one currency; debits are positive."""

    account: str
    currency: str
    debit_minor: int
    credit_minor: int

    @property
    def balance_minor(self) -> int:
        """Debits less credits."""
        return self.debit_minor - self.credit_minor


class StatementRow(msgspec.Struct, frozen=True, kw_only=True):
    """One posting of an account, with the balance after it."""

    id: int
    at: datetime
    kind: str
    about: str
    company_name: str | None
    amount_minor: int
    currency: str
    balance_minor: int


async def accounts(actor: Actor) -> list[AccountRow]:
    """The agency's accounts with their turnover, by currency."""
    require(actor, "money.read")
    found = await rows(
        "SELECT p.account, p.currency,"
        " coalesce(sum(p.amount_minor) FILTER (WHERE p.amount_minor > 0), 0)::bigint"
        " AS debit_minor,"
        " coalesce(-sum(p.amount_minor) FILTER (WHERE p.amount_minor < 0), 0)::bigint"
        " AS credit_minor FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry"
        " WHERE e.agency = $1::bigint GROUP BY p.account, p.currency"
        " ORDER BY p.currency, p.account",
        actor.agency_id,
    )
    return typed(AccountRow, found)


async def statement(
    actor: Actor, *, account: str, currency: str, cursor: str = "", limit: int = PAGE
) -> tuple[list[StatementRow], str]:
    """The postings of one account, newest first, each with the balance after it."""
    require(actor, "money.read")
    found = await rows(
        "SELECT * FROM (SELECT p.id, e.at, e.kind, e.about, c.name AS company_name,"
        " p.amount_minor, p.currency, sum(p.amount_minor) OVER (ORDER BY p.id)::bigint"
        " AS balance_minor FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry"
        " LEFT JOIN company c ON c.id = p.company WHERE e.agency = $1::bigint AND p.account = $2"
        " AND p.currency = $3) AS of WHERE $4::bigint IS NULL OR id < $4 ORDER BY id DESC LIMIT $5",
        actor.agency_id,
        account,
        currency,
        page_id(cursor),
        limit + 1,
    )
    shown = typed(StatementRow, found[:limit])
    return shown, str(shown[-1].id) if len(found) > limit else ""
