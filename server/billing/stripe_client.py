"""Asking Stripe about payments, refunds and messages. Never inside a transaction.

Every question names the account it is about. What comes back is read by `stripe_seen`; disputes,
movements and payouts are in `stripe_books`.
"""

import time
from collections.abc import Awaitable
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import msgspec
import stripe

from server import crashing
from server.billing import stripe_seen
from server.billing.accounts import Account
from server.billing.stripe_seen import EventSeen, RefundSeen, SessionSeen, to_stripe
from server.database import in_transaction
from server.errors import Refused
from server.settings import load
from server.text import N_

TIMEOUT = 12.0
SILENCES = 3
REST = 15.0
CLOCK_SKEW = 60
OPENED = ["payment_intent.payment_method"]
T = TypeVar("T")


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


class Breaker:
    """After SILENCES in a row nobody waits for Stripe on a page for REST seconds; whatever runs
    in the background goes on asking, and the first answer ends the rest."""

    def __init__(self) -> None:
        self.silences, self.until = 0, 0.0

    def heard(self) -> None:
        """An answer, of whatever kind."""
        self.silences, self.until = 0, 0.0

    def silent(self) -> None:
        """No answer at all."""
        self.silences += 1
        if self.silences >= SILENCES:
            self.until = time.monotonic() + REST

    @property
    def open(self) -> bool:
        """Whether it is no use to let somebody wait now."""
        return time.monotonic() < self.until


breaker = Breaker()


@cache
def _http() -> stripe.HTTPXClient:
    return stripe.HTTPXClient(timeout=TIMEOUT, allow_sync_methods=False)


async def close() -> None:
    """Give the connections back and forget the keys: the next call reads the settings anew."""
    if _http.cache_info().currsize:
        await _http().close_async()  # type: ignore[no-untyped-call]
    _http.cache_clear()
    _client.cache_clear()
    breaker.heard()


@cache
def _client(key: str, base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": base, "files": base} if base else None,
        max_network_retries=0,
        http_client=_http(),
    )


def api(account: Account) -> stripe.StripeClient:
    """The library, with the keys of `account`."""
    assert not in_transaction(), "no HTTP call inside a transaction"
    if not account.key:
        raise Refused(N_("Card payments are not set up here. Pay by bank transfer."))
    return _client(account.key, load().stripe_api_base.rstrip("/"))


def options(account: Account, key: str = "") -> Any:
    """What goes into the headers: for whom, and under which idempotency key."""
    found: dict[str, Any] = {}
    if account.way == "connect":
        found["stripe_account"] = account.account
    if key:
        found["idempotency_key"] = key
    return found


async def answer(asked: Awaitable[T]) -> T:
    """Wait for Stripe; its errors become Unreachable, Broken or Gone."""
    try:
        found = await asked
    except stripe.StripeError as fault:
        raise outcome(fault) from fault
    breaker.heard()
    return found


async def listed(asked: Awaitable[Any]) -> list[Any]:
    """Every page of a list."""
    try:
        return [each async for each in (await asked).auto_paging_iter()]
    except stripe.StripeError as fault:
        raise outcome(fault) from fault


def outcome(fault: stripe.StripeError) -> Exception:
    """What to do after `fault`: the same again later, or give up this key.

    409 says that the same key is being worked on. A 500 is what the key would repeat; behind any
    other 5xx, as behind no answer at all, the request may have been done or not.
    """
    status = fault.http_status or 0
    if isinstance(fault, stripe.APIConnectionError):
        breaker.silent()
    else:
        breaker.heard()
    if isinstance(fault, stripe.APIConnectionError) or status in (409, 429) or status > 500:
        return Unreachable(str(fault), busy=status == 409)
    why = f"{type(fault).__name__}: {fault.user_message or fault}"
    return Gone(why) if status == 404 else Broken(why)


async def create_session(account: Account, key: str, params: dict[str, Any]) -> SessionSeen:
    """Make the session, or get the same one again for the same key."""
    made = await answer(
        api(account).v1.checkout.sessions.create_async(
            params,  # type: ignore[arg-type]
            options(account, key),
        )
    )
    crashing.point("checkout.session")
    return stripe_seen.session(made)


async def session(account: Account, session_id: str) -> SessionSeen:
    """The session as it is now."""
    return stripe_seen.session(
        await answer(
            api(account).v1.checkout.sessions.retrieve_async(
                session_id, {"expand": OPENED}, options(account)
            )
        )
    )


async def expire_session(account: Account, session_id: str) -> SessionSeen:
    """Close the session; one that is over already is returned as it is."""
    try:
        return stripe_seen.session(
            await api(account).v1.checkout.sessions.expire_async(
                session_id, options=options(account)
            )
        )
    except stripe.StripeError as fault:
        if isinstance(fault, stripe.InvalidRequestError) and fault.http_status == 400:
            return await session(account, session_id)
        raise outcome(fault) from fault


async def sessions(
    account: Account, *, intent: str = "", since: datetime | None = None
) -> list[SessionSeen]:
    """The sessions of one payment intent, or all that were completed since an instant."""
    asked: dict[str, Any] = {"limit": 100}
    if intent:
        asked["payment_intent"] = intent
    if since:
        asked |= {"created": {"gte": int(since.timestamp())}, "status": "complete"}
    found = api(account).v1.checkout.sessions.list_async(asked, options(account))  # type: ignore[arg-type]
    return [stripe_seen.session(each) for each in await listed(found)]


async def create_refund(
    account: Account, key: str, intent: str, amount_minor: int, currency: str
) -> RefundSeen:
    """Give money back, once per key."""
    return stripe_seen.refund(
        await answer(
            api(account).v1.refunds.create_async(
                {
                    "payment_intent": intent,
                    "amount": to_stripe(amount_minor, currency),
                    "metadata": {"refund": key},
                },
                options(account, key),
            )
        )
    )


async def refunds(
    account: Account, *, intent: str = "", since: datetime | None = None
) -> list[RefundSeen]:
    """Every refund of a payment intent, or all since an instant."""
    asked: dict[str, Any] = {"limit": 100}
    if intent:
        asked["payment_intent"] = intent
    if since:
        asked["created"] = {"gte": int(since.timestamp())}
    found = api(account).v1.refunds.list_async(asked, options(account))  # type: ignore[arg-type]
    return [stripe_seen.refund(each) for each in await listed(found)]


def verify(body: bytes, signature: str, secrets: list[str]) -> EventSeen:
    """The event of a webhook, if its signature is right by one of the endpoint's `secrets` (two
    while they are being changed) and its time is about now."""
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
            account=str(payload.get("account") or ""),
            payload=payload,
        )
    except (msgspec.DecodeError, KeyError):
        raise Refused(N_("This message is not an event.")) from None
