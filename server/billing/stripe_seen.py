"""What Stripe shows, as our own frozen Structs: nothing else knows its shapes.

Amounts are minor units of ISO 4217; docs.stripe.com/currencies says where Stripe counts otherwise.
"""

import time
import tomllib
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from server import clock
from server.money import exponent

# Stripe counts these two in hundredths although ISO 4217 gives them no decimals.
HUNDREDTHS = {"ISK", "UGX"}


class SessionSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A Checkout Session as Stripe shows it now. `key` is our checkout's own key; `instrument` is
    Stripe's word for how it is paid, such as sepa_debit."""

    id: str
    key: str
    url: str
    status: str
    paid: bool
    live: bool
    amount_minor: int
    currency: str
    intent: str
    intent_status: str
    instrument: str
    payer: str
    expires_at: datetime


class RefundSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A refund as Stripe shows it now. `key` is ours, or "" where it was made at Stripe."""

    id: str
    key: str
    intent: str
    amount_minor: int
    currency: str
    status: str
    reason: str


class DisputeSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A dispute as Stripe shows it now. `withdrawn`: its money is taken from the account."""

    id: str
    intent: str
    amount_minor: int
    currency: str
    reason: str
    status: str
    withdrawn: bool
    due_at: datetime | None
    opened_at: datetime


class MovementSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A balance transaction: what moved an account's balance, and Stripe's fee for it.

    Where the money was converted, `source_minor` and `source_currency` say from what.
    """

    id: str
    kind: str
    source: str
    intent: str
    amount_minor: int
    fee_minor: int
    currency: str
    at: datetime
    source_currency: str
    source_minor: int


class PayoutSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A payout from Stripe to the bank; negative where Stripe takes money from there."""

    id: str
    amount_minor: int
    currency: str
    arrives_on: date
    state: str


class EventSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook whose signature is right. What it says is not believed, only where it points."""

    id: str
    type: str
    live: bool
    account: str
    payload: dict[str, Any]


@cache
def _facts() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "stripe.toml").read_text("utf-8"))


def smallest(currency: str) -> int:
    """The least that Stripe charges in `currency`, in minor units; 1 where it names none."""
    return int(_facts()["minimum"].get(currency, 1))


def days_under_way(instrument: str) -> int:
    """Within how many working days Stripe says whether a debit succeeded; 0 for what is instant."""
    return int(_facts()["working_days"].get(instrument, 0))


def to_stripe(minor: int, currency: str) -> int:
    """Our minor units as Stripe counts them."""
    return minor * 100 if currency in HUNDREDTHS else minor


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's units as minor units of ISO 4217."""
    if currency in HUNDREDTHS:
        return abs(amount) // 100 * (1 if amount >= 0 else -1)
    return amount


def fits(minor: int, currency: str) -> bool:
    """Whether Stripe can charge the amount: not too small, and in tens where there are three
    decimals."""
    return minor >= smallest(currency) and (exponent(currency) < 3 or minor % 10 == 0)


def _opened(thing: Any) -> bool:
    return thing is not None and not isinstance(thing, str)


def _at(stamp: Any) -> datetime:
    return datetime.fromtimestamp(int(stamp), UTC)


def session(found: Any) -> SessionSeen:
    currency = str(found.currency or "").upper()
    intent = found.payment_intent
    method = getattr(intent, "payment_method", None) if _opened(intent) else None
    person = getattr(found, "customer_details", None)
    return SessionSeen(
        id=found.id,
        key=str(getattr(found.metadata, "checkout", None) or ""),
        url=found.url or "",
        status=found.status or "",
        paid=found.payment_status == "paid",
        live=bool(found.livemode),
        amount_minor=from_stripe(found.amount_total or 0, currency),
        currency=currency,
        intent=(intent.id if _opened(intent) else intent) or "",
        intent_status=intent.status if _opened(intent) else "",
        instrument=str(getattr(method, "type", ""))[:40] if _opened(method) else "",
        payer=str((person and person.name) or found.customer_email or ""),
        expires_at=clock.now() + timedelta(seconds=found.expires_at - time.time()),
    )


def refund(found: Any) -> RefundSeen:
    currency = str(found.currency).upper()
    return RefundSeen(
        id=found.id,
        key=str(getattr(found.metadata, "refund", None) or ""),
        intent=str(found.payment_intent or ""),
        amount_minor=from_stripe(found.amount, currency),
        currency=currency,
        status=str(found.status or ""),
        reason=str(getattr(found, "failure_reason", "") or ""),
    )


def dispute(found: Any) -> DisputeSeen:
    currency = str(found.currency).upper()
    due = getattr(found.evidence_details, "due_by", None)
    return DisputeSeen(
        id=found.id,
        intent=str(found.payment_intent or ""),
        amount_minor=from_stripe(found.amount, currency),
        currency=currency,
        reason=str(found.reason or "")[:60],
        status=str(found.status),
        withdrawn=sum(each.amount for each in found.balance_transactions or []) < 0,
        due_at=_at(due) if due else None,
        opened_at=_at(found.created),
    )


def movement(found: Any) -> MovementSeen:
    currency = str(found.currency).upper()
    source = found.source if _opened(found.source) else None
    own = str(getattr(source, "currency", None) or found.currency).upper()
    amount = getattr(source, "amount", None)
    minor = from_stripe(found.amount, currency)
    return MovementSeen(
        id=found.id,
        kind=str(found.type)[:60],
        source=str(source.id if source is not None else found.source or ""),
        intent=str(getattr(source, "payment_intent", None) or ""),
        amount_minor=minor,
        fee_minor=from_stripe(found.fee, currency),
        currency=currency,
        at=_at(found.created),
        source_currency=own,
        source_minor=minor if own == currency or amount is None
        else from_stripe(abs(amount) if minor >= 0 else -abs(amount), own),
    )  # fmt: skip


def payout(found: Any) -> PayoutSeen:
    currency = str(found.currency).upper()
    return PayoutSeen(
        id=found.id,
        amount_minor=from_stripe(found.amount, currency),
        currency=currency,
        arrives_on=_at(found.arrival_date).date(),
        state=str(found.status),
    )
