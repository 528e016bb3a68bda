"""The ledger's postings of each business event. Pure; every list sums to zero per currency.

Debits are positive. Accounts: `receivable` (what a company owes), `aid_receivable` (what the source
of a third-party subsidy owes), `revenue` (full price), `aid` (the discount that the agency gives),
`vat`, `card` (money at Stripe), `bank`, `unallocated` (money received that belongs to no open
invoice: flagged, late, unmatched, or overpaid), `suspense` (on a statement of the bank, not decided
yet) and `other` (on a statement, and not of fees).
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum

from server.aid.rules import Shown
from server.billing.sums import Totals


class Account(StrEnum):
    RECEIVABLE = "receivable"
    AID_RECEIVABLE = "aid_receivable"
    REVENUE = "revenue"
    ADVANCE = "advance"
    AID = "aid"
    VAT = "vat"
    CARD = "card"
    BANK = "bank"
    UNALLOCATED = "unallocated"
    SUSPENSE = "suspense"
    OTHER = "other"
    DIFFERENCES = "differences"
    DISPUTE = "dispute"
    FEES = "fees"
    EXCHANGE = "exchange"


MONEY = {"card": Account.CARD, "transfer": Account.BANK}


@dataclass(frozen=True, slots=True)
class Posting:
    """A signed amount in minor units on one account.

    `company` where the account is per company; `source` is the scheme where it is per source.
    """

    account: Account
    amount_minor: int
    currency: str
    company: int | None = None
    source: int | None = None


def imbalance(postings: list[Posting]) -> dict[str, int]:
    """The sums that are not zero, by currency: empty for an entry that may be posted."""
    sums: defaultdict[str, int] = defaultdict(int)
    for posting in postings:
        sums[posting.currency] += posting.amount_minor
    return {currency: total for currency, total in sums.items() if total}


def of_invoice(
    total: Totals, currency: str, company: int, *, prepayment: bool = False
) -> list[Posting]:
    """The company owes, and each third party its subsidy; revenue at the full price, the discount
    against it, and the VAT due. What is granted after proof is not of this event.

    A prepayment is no revenue yet: it waits as an advance, which the final invoice takes off.
    """
    accounts = {Shown.DISCOUNT: Account.AID, Shown.THIRD_PARTY: Account.AID_RECEIVABLE}
    return _without_zeros(
        [
            Posting(Account.RECEIVABLE, total.total_minor, currency, company),
            *(
                Posting(accounts[each.shown], each.amount_minor, currency, company, each.source)
                for each in total.subsidies
                if each.shown in accounts
            ),
            Posting(Account.ADVANCE, total.prepaid_net_minor, currency, company),
            Posting(Account.ADVANCE, total.parted_net_minor - total.full_minor, currency, company)
            if prepayment
            else Posting(Account.REVENUE, total.parted_net_minor - total.full_minor, currency),
            Posting(Account.VAT, -total.vat_minor, currency),
        ]
    )


def of_credit_note(
    total: Totals, currency: str, company: int, *, prepayment: bool = False
) -> list[Posting]:
    """The exact opposite of the invoice that it takes back."""
    return reversed_(of_invoice(total, currency, company, prepayment=prepayment))


def of_payment(
    method: str, amount_minor: int, currency: str, company: int | None, matched_minor: int
) -> list[Posting]:
    """Money in: `matched_minor` of it settles the company's debt, the rest waits unallocated."""
    return _without_zeros(
        [
            Posting(MONEY[method], amount_minor, currency),
            Posting(Account.RECEIVABLE, -matched_minor, currency, company),
            Posting(Account.UNALLOCATED, matched_minor - amount_minor, currency, company),
        ]
    )


def of_fee(amount_minor: int, currency: str, company: int | None) -> list[Posting]:
    """What a bank kept of a transfer, borne by the agency: the debt is settled all the same."""
    return _without_zeros(
        [
            Posting(Account.DIFFERENCES, amount_minor, currency, company),
            Posting(Account.RECEIVABLE, -amount_minor, currency, company),
        ]
    )


def of_beyond(method: str, amount_minor: int, currency: str, company: int | None) -> list[Posting]:
    """Money that left beyond the payment it belongs to: the agency bears it. Negative where it
    comes home."""
    return _without_zeros(
        [
            Posting(Account.DIFFERENCES, amount_minor, currency, company),
            Posting(MONEY[method], -amount_minor, currency),
        ]
    )


def of_statement(amount_minor: int, currency: str, side: Account) -> list[Posting]:
    """The bank's entry that no payment and no refund stands for, on `side`: `suspense` until a
    person decides, `other` where it is not of fees. Money that went out is negative."""
    return _without_zeros(
        [
            Posting(Account.BANK, amount_minor, currency),
            Posting(side, -amount_minor, currency),
        ]
    )


def of_source(amount_minor: int, currency: str, source: int, side: Account) -> list[Posting]:
    """A third party pays its part: the money is on `bank`, or leaves `suspense` where the bank's
    entry stood; the source owes less."""
    return [
        Posting(side, amount_minor, currency),
        Posting(Account.AID_RECEIVABLE, -amount_minor, currency, source=source),
    ]


def of_decision(amount_minor: int, currency: str, side: Account, to: Account) -> list[Posting]:
    """The bank's entry leaves `side` for the account `to`."""
    return _without_zeros(
        [Posting(side, amount_minor, currency), Posting(to, -amount_minor, currency)]
    )


def of_matching(amount_minor: int, currency: str, company: int | None, to: int) -> list[Posting]:
    """Money that waited is put on the debt of company `to`."""
    return _without_zeros(
        [
            Posting(Account.UNALLOCATED, amount_minor, currency, company),
            Posting(Account.RECEIVABLE, -amount_minor, currency, to),
        ]
    )


def of_refund(
    method: str, amount_minor: int, currency: str, company: int | None, matched_minor: int
) -> list[Posting]:
    """Money back: `matched_minor` of it opens the debt again, the rest was unallocated."""
    return reversed_(of_payment(method, amount_minor, currency, company, matched_minor))


def reversed_(postings: list[Posting]) -> list[Posting]:
    """Each posting with its sign turned."""
    return [replace(posting, amount_minor=-posting.amount_minor) for posting in postings]


def _without_zeros(postings: list[Posting]) -> list[Posting]:
    return [posting for posting in postings if posting.amount_minor]
