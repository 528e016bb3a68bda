"""Postings of what happens at Stripe beside payments and refunds. Pure; each sums to zero.

`dispute` holds money that a bank has taken until somebody has won; `fees` is what Stripe keeps;
`exchange` is where one currency becomes another; a payout moves `card` to `bank`.
"""

from enum import StrEnum

from server.billing.postings import Account, Posting, reversed_


class Stance(StrEnum):
    """What a dispute has done to the money: nothing, taken it until it is decided, lost it."""

    NONE = "none"
    HELD = "held"
    LOST = "lost"


def stance(status: str, withdrawn: bool) -> Stance:
    """Where the money of a dispute is, by Stripe's status and whether it was taken."""
    if status == "lost":
        return Stance.LOST
    return Stance.HELD if withdrawn else Stance.NONE


def of_hold(amount_minor: int, currency: str, company: int | None) -> list[Posting]:
    """The bank takes disputed money out of Stripe's account."""
    return _made(
        (Account.DISPUTE, amount_minor, company), (Account.CARD, -amount_minor, None), currency
    )


def of_release(amount_minor: int, currency: str, company: int | None) -> list[Posting]:
    """It comes back: the dispute is won or withdrawn."""
    return reversed_(of_hold(amount_minor, currency, company))


def of_loss(
    amount_minor: int, matched_minor: int, beyond_minor: int, currency: str, company: int | None
) -> list[Posting]:
    """It is gone: `matched_minor` of it is owed again, `beyond_minor` had been refunded before and
    is the agency's loss, the rest had waited."""
    waited = amount_minor - matched_minor - beyond_minor
    return [
        posting
        for posting in (
            Posting(Account.RECEIVABLE, matched_minor, currency, company),
            Posting(Account.DIFFERENCES, beyond_minor, currency, company),
            Posting(Account.UNALLOCATED, waited, currency, company),
            Posting(Account.DISPUTE, -amount_minor, currency, company),
        )
        if posting.amount_minor
    ]


def of_regain(amount_minor: int, currency: str, company: int | None) -> list[Posting]:
    """What was lost comes back after all, and waits for a person."""
    return _made(
        (Account.CARD, amount_minor, None), (Account.UNALLOCATED, -amount_minor, company), currency
    )


def of_fee(fee_minor: int, currency: str) -> list[Posting]:
    """Stripe keeps a fee, or gives one back (negative)."""
    return _made((Account.FEES, fee_minor, None), (Account.CARD, -fee_minor, None), currency)


def of_exchange(
    source_minor: int, source_currency: str, amount_minor: int, currency: str
) -> list[Posting]:
    """Stripe turned `source_minor` of one currency into `amount_minor` of another."""
    return [
        *_made(
            (Account.EXCHANGE, source_minor, None),
            (Account.CARD, -source_minor, None),
            source_currency,
        ),
        *_made(
            (Account.CARD, amount_minor, None), (Account.EXCHANGE, -amount_minor, None), currency
        ),
    ]


def of_payout(amount_minor: int, currency: str) -> list[Posting]:
    """Stripe pays out to the bank; negative where it takes money from there."""
    return _made((Account.BANK, amount_minor, None), (Account.CARD, -amount_minor, None), currency)


def _made(
    first: tuple[Account, int, int | None], second: tuple[Account, int, int | None], currency: str
) -> list[Posting]:
    return [
        Posting(account, amount, currency, company)
        for account, amount, company in (first, second)
        if amount
    ]
