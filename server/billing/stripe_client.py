"""The only file that talks to Stripe. Never called inside a transaction.

Amounts leave and arrive in Stripe's own smallest unit, which differs from ISO 4217 for two
currencies. Objects come back as our own frozen Structs, so that nothing else knows Stripe's shapes.
"""

import time
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec
import stripe

from server import clock, crashing
from server.database import in_transaction
from server.errors import Refused
from server.settings import load
from server.text import N_

TIMEOUT = 12.0
CLOCK_SKEW = 60
# Stripe counts these two in hundredths although ISO 4217 gives them no decimals.
HUNDREDTHS = {"ISK", "UGX"}


class Unreachable(Exception):
    """No answer, or none that says what happened: ask again with the same key. `busy` where the
    same request is under way at this moment."""

    def __init__(self, why: str, *, busy: bool = False) -> None:
        super().__init__(why)
        self.busy = busy


class Broken(Exception):
    """A definite no, or an answer that the same key would only repeat."""


class Gone(Broken):
    """Stripe knows no such thing under our key: it was made with another account's or mode's."""


class SessionSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A Checkout Session as Stripe shows it now. `key` is our checkout's own key."""

    id: str
    key: str
    url: str
    status: str
    paid: bool
    amount_minor: int
    currency: str
    intent: str
    intent_status: str
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


class EventSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook whose signature is right. What it says is not believed, only where it points."""

    id: str
    type: str
    live: bool
    payload: dict[str, Any]


def to_stripe(minor: int, currency: str) -> int:
    """Our minor units as Stripe counts them."""
    return minor * 100 if currency in HUNDREDTHS else minor


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's units as minor units of ISO 4217."""
    return amount // 100 if currency in HUNDREDTHS else amount


def configured() -> bool:
    """Whether cards can be taken at all."""
    return bool(load().stripe_secret_key)


def test_mode() -> bool:
    """Whether the keys are for tests: an event of the other mode is not ours."""
    return load().test_payments


@cache
def _http() -> stripe.HTTPXClient:
    return stripe.HTTPXClient(timeout=TIMEOUT, allow_sync_methods=False)


async def close() -> None:
    """Give the connections back and forget the keys: the next call reads the settings anew."""
    if _http.cache_info().currsize:
        await _http().close_async()  # type: ignore[no-untyped-call]
    _http.cache_clear()
    _client.cache_clear()


@cache
def _client(key: str, base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": base} if base else None,
        max_network_retries=0,
        http_client=_http(),
    )


def _api() -> stripe.StripeClient:
    assert not in_transaction(), "no HTTP call inside a transaction"
    settings = load()
    if not settings.stripe_secret_key:
        raise Refused(N_("Card payments are not set up here. Pay by bank transfer."))
    return _client(settings.stripe_secret_key, settings.stripe_api_base.rstrip("/"))


def _outcome(fault: stripe.StripeError) -> Exception:
    """What to do after `fault`: the same again later, or give up this key.

    409 says that the same key is being worked on. A 500 is what the key would repeat; behind any
    other 5xx, as behind no answer at all, the request may have been done or not.
    """
    status = fault.http_status or 0
    if isinstance(fault, stripe.APIConnectionError) or status in (409, 429) or status > 500:
        return Unreachable(str(fault), busy=status == 409)
    why = f"{type(fault).__name__}: {fault.user_message or fault}"
    return Gone(why) if status == 404 else Broken(why)


async def create_session(key: str, params: dict[str, Any]) -> SessionSeen:
    """Make the session, or get the same one again for the same key."""
    try:
        made = await _api().v1.checkout.sessions.create_async(
            params,  # type: ignore[arg-type]
            {"idempotency_key": key},
        )
    except stripe.StripeError as fault:
        raise _outcome(fault) from fault
    crashing.point("checkout.session")
    return _session(made)


async def session(session_id: str) -> SessionSeen:
    """The session as it is now."""
    try:
        found = await _api().v1.checkout.sessions.retrieve_async(
            session_id, {"expand": ["payment_intent"]}
        )
    except stripe.StripeError as fault:
        raise _outcome(fault) from fault
    return _session(found)


async def expire_session(session_id: str) -> SessionSeen:
    """Close the session; one that is over already is returned as it is."""
    try:
        return _session(await _api().v1.checkout.sessions.expire_async(session_id))
    except stripe.StripeError as fault:
        if isinstance(fault, stripe.InvalidRequestError) and fault.http_status == 400:
            return await session(session_id)
        raise _outcome(fault) from fault


async def sessions(*, intent: str = "", since: datetime | None = None) -> list[SessionSeen]:
    """The sessions of one payment intent, or all that were completed since an instant."""
    asked: dict[str, Any] = {"limit": 100}
    if intent:
        asked["payment_intent"] = intent
    if since:
        asked |= {"created": {"gte": int(since.timestamp())}, "status": "complete"}
    try:
        found = await _api().v1.checkout.sessions.list_async(asked)  # type: ignore[arg-type]
        return [_session(each) async for each in found.auto_paging_iter()]
    except stripe.StripeError as fault:
        raise _outcome(fault) from fault


async def create_refund(key: str, intent: str, amount_minor: int, currency: str) -> RefundSeen:
    """Give money back, once per key."""
    try:
        made = await _api().v1.refunds.create_async(
            {
                "payment_intent": intent,
                "amount": to_stripe(amount_minor, currency),
                "metadata": {"refund": key},
            },
            {"idempotency_key": key},
        )
    except stripe.StripeError as fault:
        raise _outcome(fault) from fault
    return _refund(made)


async def refunds(intent: str) -> list[RefundSeen]:
    """Every refund of a payment intent."""
    try:
        found = await _api().v1.refunds.list_async({"payment_intent": intent, "limit": 100})
        return [_refund(each) async for each in found.auto_paging_iter()]
    except stripe.StripeError as fault:
        raise _outcome(fault) from fault


def verify(body: bytes, signature: str) -> EventSeen:
    """The event of a webhook, if its signature is right and its time is about now."""
    settings = load()
    secrets = [each.strip() for each in settings.stripe_webhook_secret.split(",") if each.strip()]
    wrong = Refused(N_("The signature of this message is wrong."))
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(body, signature, secret, tolerance=300)
            break
        except (stripe.SignatureVerificationError, UnicodeDecodeError, ValueError):
            continue
    else:
        raise wrong
    at = int(next(part[2:] for part in signature.split(",") if part.startswith("t=")))
    if at > time.time() + CLOCK_SKEW:
        raise wrong
    try:
        payload = msgspec.json.decode(body, type=dict[str, Any])
        return EventSeen(
            id=str(payload["id"]),
            type=str(payload["type"]),
            live=bool(payload["livemode"]),
            payload=payload,
        )
    except (msgspec.DecodeError, KeyError):
        raise Refused(N_("This message is not an event.")) from None


def _session(found: Any) -> SessionSeen:
    currency = str(found.currency or "").upper()
    intent = found.payment_intent
    opened = not isinstance(intent, str) and intent is not None
    person = getattr(found, "customer_details", None)
    return SessionSeen(
        id=found.id,
        key=str(getattr(found.metadata, "checkout", None) or ""),
        url=found.url or "",
        status=found.status or "",
        paid=found.payment_status == "paid",
        amount_minor=from_stripe(found.amount_total or 0, currency),
        currency=currency,
        intent=(intent.id if opened else intent) or "",
        intent_status=intent.status if opened else "",
        payer=str((person and person.name) or found.customer_email or ""),
        expires_at=clock.now() + timedelta(seconds=found.expires_at - time.time()),
    )


def _refund(found: Any) -> RefundSeen:
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
