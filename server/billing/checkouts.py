"""Paying by card: the intent is stored first, Stripe is asked outside the transaction, and what
Stripe shows is believed over what a webhook says or what we remember."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import structlog

from server import audit, clock, crashing
from server.accounts.permissions import Actor, require
from server.billing import rules, stripe_client
from server.billing.invoices import lock_invoice, owed
from server.billing.payments import receive
from server.billing.rules import CHECKOUT_MOVES, LIVE_CHECKOUTS, CheckoutState, PaymentState
from server.billing.stripe_client import Broken, Gone, SessionSeen, Unreachable
from server.database import action, at_commit, execute, in_transaction, row, rows, step, value
from server.errors import Conflict, NotFound, Refused
from server.settings import load
from server.text import N_

OPEN_FOR = timedelta(hours=2)
LOOK_AGAIN = timedelta(minutes=1)
LIVE = [state.value for state in LIVE_CHECKOUTS]
UNANSWERED = N_(
    "The card service does not answer at the moment. Nothing was charged, and your invoice stays as"
    " it is. Try again in a minute, or pay by bank transfer."
)
log = structlog.get_logger("billing")


class CheckoutRow(msgspec.Struct, frozen=True, kw_only=True):
    """An intent to pay by card. `asks_minor` is what its invoice asks for now."""

    id: int
    invoice: int
    amount_minor: int
    currency: str
    key: str
    params: dict[str, Any]
    session_id: str | None
    url: str
    state: CheckoutState
    expires_at: datetime
    asks_minor: int

    @property
    def stale(self) -> bool:
        """Whether Stripe must be asked before anybody is sent there: other amount, or too old."""
        return self.asks_minor != self.amount_minor or self.expires_at <= clock.now() + LOOK_AGAIN


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """Where the person pays."""

    id: int
    url: str


SELECT = (
    "SELECT c.id, c.invoice, c.amount_minor, c.currency, c.key, c.params, c.session_id, c.url,"
    " c.state, c.expires_at, i.total_minor - i.paid_minor AS asks_minor"
    " FROM checkout c JOIN invoice i ON i.id = c.invoice"
)


def _row(found: dict[str, Any]) -> CheckoutRow:
    return CheckoutRow(**{**found, "state": CheckoutState(found["state"])})


async def pay(actor: Actor, *, invoice_id: int) -> Started:
    """The address of the one live Checkout Session of an invoice; a second click gets the same.

    Refused with a plain sentence when Stripe does not answer; the intent is kept and the next
    click goes on under the same key.
    """
    with at_commit(_not_yet):
        ready = await _session_to_pay(actor, invoice_id)
    return await hand_over(ready)


async def _not_yet(_: object) -> None:
    """The answer to who asked is not known before the last of several transactions."""


@action
async def hand_over(ready: Started) -> Started:
    """The last transaction of paying, in which the answer to an API call can be kept."""
    return ready


async def _session_to_pay(actor: Actor, invoice_id: int) -> Started:
    assert not in_transaction()
    for attempt in range(6):
        intent = await open_intent(actor, invoice_id)
        crashing.point("checkout.intent")
        if intent.state is CheckoutState.PROCESSING:
            raise Conflict(
                N_("Your bank is still working on a payment of this invoice. Do not pay again.")
            )
        try:
            if intent.stale:
                await settle_stale(intent)
                continue
            if intent.url:
                return Started(id=intent.id, url=intent.url)
            return await started(
                intent.id, await stripe_client.create_session(intent.key, intent.params)
            )
        except Unreachable as fault:
            log.warning("stripe unreachable", checkout=intent.id, fault=str(fault))
            if not fault.busy:
                raise Refused(UNANSWERED) from fault
            await asyncio.sleep(0.2 * (attempt + 1))
        except Gone as fault:
            await failed(intent.id, str(fault), gone=True)
        except Broken as fault:
            log.warning("stripe refused", checkout=intent.id, fault=str(fault))
            await failed(intent.id, str(fault))
            raise Refused(UNANSWERED) from fault
    raise Refused(UNANSWERED)


@action
async def open_intent(actor: Actor, invoice_id: int) -> CheckoutRow:
    """The live intent of an invoice, or a new one: key and parameters, before Stripe is asked."""
    require(actor, "invoice.pay")
    invoice = await lock_invoice(invoice_id)
    if invoice["company"] != actor.company_id:
        raise NotFound()
    live = await row(
        f"{SELECT} WHERE c.invoice = $1::bigint AND c.state = ANY($2)",
        invoice_id,
        LIVE,
    )
    if live is not None:
        return _row(live)
    asks = owed(invoice)
    if asks.state not in rules.TO_PAY or asks.open_minor == 0:
        raise Conflict(N_("Nothing is to be paid on this invoice any more."))
    if not stripe_client.configured():
        raise Refused(N_("Card payments are not set up here. Pay by bank transfer."))
    key = f"checkout-{uuid4().hex}"
    expires = clock.now() + OPEN_FOR
    checkout_id = await value(
        "INSERT INTO checkout (invoice, amount_minor, currency, key, params, state, created_at,"
        " expires_at, seen_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$7) RETURNING id",
        invoice_id,
        asks.open_minor,
        asks.currency,
        key,
        _params(invoice, actor, key, asks.open_minor, expires),
        CheckoutState.STARTING.value,
        clock.now(),
        expires,
    )
    await audit.record(
        actor, "checkout.start", "invoice", invoice_id,
        after={"checkout": checkout_id, "amount_minor": asks.open_minor},
        agency_id=invoice["agency"],
    )  # fmt: skip
    made = await row(f"{SELECT} WHERE c.id = $1::bigint", checkout_id)
    assert made is not None
    return _row(made)


def _params(
    invoice: dict[str, Any], actor: Actor, key: str, amount_minor: int, expires: datetime
) -> dict[str, Any]:
    back = f"{load().base_url.rstrip('/')}/my/invoices/{invoice['id']}"
    about = {"checkout": key, "invoice": invoice["number"]}
    subject = invoice["content"].get("subject") or ""
    made: dict[str, Any] = {
        "mode": "payment",
        "success_url": f"{back}/back",
        "cancel_url": back,
        "client_reference_id": invoice["reference"],
        "expires_at": int(expires.timestamp()),
        "metadata": about,
        "payment_intent_data": {"metadata": about, "description": invoice["number"]},
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": invoice["currency"].lower(),
                    "unit_amount": stripe_client.to_stripe(amount_minor, invoice["currency"]),
                    "product_data": {"name": f"{invoice['number']} {subject}".strip()[:250]},
                },
            }
        ],
    }
    if actor.email:
        made["customer_email"] = actor.email
    return made


@action
async def started(checkout_id: int, seen: SessionSeen) -> Started:
    """Store the session that Stripe made for an intent."""
    await _keep_session(checkout_id, seen)
    await _move(checkout_id, CheckoutState.OPEN, only_from=CheckoutState.STARTING)
    return Started(id=checkout_id, url=seen.url)


@step
async def _keep_session(checkout_id: int, seen: SessionSeen) -> None:
    await execute(
        "UPDATE checkout SET session_id = $2, url = $3, expires_at = $4, seen_at = $5"
        " WHERE id = $1::bigint",
        checkout_id,
        seen.id,
        seen.url,
        seen.expires_at,
        clock.now(),
    )


@step
async def _move(
    checkout_id: int, to: CheckoutState, note: str = "", only_from: CheckoutState | None = None
) -> None:
    now = CheckoutState(
        await value("SELECT state FROM checkout WHERE id = $1::bigint FOR UPDATE", checkout_id)
    )
    if only_from is not None and now is not only_from:
        return
    await execute(
        "UPDATE checkout SET state = $2, note = $3 WHERE id = $1::bigint",
        checkout_id,
        rules.move(CHECKOUT_MOVES, now, to).value,
        note,
    )


@action
async def failed(checkout_id: int, why: str, *, gone: bool = False) -> None:
    """Stripe refused to start, or (`gone`) knows no such session: the intent is over, and the next
    click makes a new one."""
    only_from = None if gone else CheckoutState.STARTING
    await _move(checkout_id, CheckoutState.FAILED, why, only_from=only_from)


@action
async def lapsed(checkout_id: int) -> None:
    """An intent that never got a session, and whose time is over."""
    await _move(checkout_id, CheckoutState.EXPIRED, only_from=CheckoutState.STARTING)


async def settle_stale(intent: CheckoutRow) -> None:
    """Close a live intent that nobody should be sent to, by what Stripe says about it."""
    if intent.session_id is None:
        if intent.expires_at <= clock.now() + LOOK_AGAIN:
            await lapsed(intent.id)
            return
        seen = await stripe_client.create_session(intent.key, intent.params)
        await started(intent.id, seen)
    else:
        seen = await stripe_client.session(intent.session_id)
    if seen.status == "open":
        seen = await stripe_client.expire_session(seen.id)
    await session_seen(seen)


async def close(checkout_id: int) -> None:
    """Make sure that the session of a settled or cancelled invoice cannot be paid any more."""
    found = await row(
        f"{SELECT} WHERE c.id = $1::bigint AND c.state = ANY($2)",
        checkout_id,
        LIVE,
    )
    if found is None:
        return
    try:
        await settle_stale(_row(found))
    except Gone as fault:
        await failed(checkout_id, str(fault), gone=True)


async def look_up(checkout_id: int) -> None:
    """Compare one live intent with Stripe: what a lost webhook would have said is found here."""
    found = await row(
        f"{SELECT} WHERE c.id = $1::bigint AND c.state = ANY($2)",
        checkout_id,
        LIVE,
    )
    if found is None:
        return
    intent = _row(found)
    try:
        if intent.session_id is not None:
            await session_seen(await stripe_client.session(intent.session_id))
        elif intent.expires_at <= clock.now():
            await lapsed(intent.id)
        else:
            await started(intent.id, await stripe_client.create_session(intent.key, intent.params))
    except Broken as fault:
        await failed(intent.id, str(fault), gone=isinstance(fault, Gone))


async def open_checkouts() -> list[int]:
    """Live intents that nobody has compared with Stripe for a minute."""
    found = await rows(
        "SELECT id FROM checkout WHERE state = ANY($1) AND seen_at < $2 ORDER BY seen_at LIMIT 50",
        LIVE,
        clock.now() - LOOK_AGAIN,
    )
    return [each["id"] for each in found]


async def missed(seen: list[SessionSeen]) -> list[SessionSeen]:
    """Those paid sessions of ours that are not on our books."""
    known = await rows(
        "SELECT external_ref FROM payment WHERE method = 'card' AND external_ref = ANY($1)",
        [each.intent for each in seen],
    )
    refs = {each["external_ref"] for each in known}
    return [each for each in seen if each.paid and each.key and each.intent not in refs]


@action
async def session_seen(seen: SessionSeen) -> str:
    """Bring an intent in line with its session as Stripe shows it; the outcome in words.

    May run any number of times, at once and in any order: the payment is kept once by its name.
    """
    found = await row(
        "SELECT c.id, c.invoice, i.agency FROM checkout c JOIN invoice i ON i.id = c.invoice"
        " WHERE c.session_id = $1 OR (c.session_id IS NULL AND c.key = $2)",
        seen.id,
        seen.key,
    )
    if found is None:
        return "no checkout of ours"
    await lock_invoice(found["invoice"])
    checkout = await row("SELECT * FROM checkout WHERE id = $1::bigint FOR UPDATE", found["id"])
    assert checkout is not None
    await _keep_session(checkout["id"], seen)
    state = CheckoutState(checkout["state"])
    if state is CheckoutState.PAID:
        return "known"
    if seen.paid:
        await _move(checkout["id"], CheckoutState.PAID)
        same = seen.currency == checkout["currency"]
        kept = await receive(
            agency_id=found["agency"],
            invoice_id=found["invoice"],
            method="card",
            amount_minor=seen.amount_minor,
            currency=seen.currency,
            received_at=clock.now(),
            external_ref=seen.intent,
            reference=checkout["key"],
            payer=seen.payer,
            asked_minor=checkout["amount_minor"] if same else None,
            checkout_id=checkout["id"],
        )
        crashing.point("payment.booked")
        if kept is None:
            return "known"
        return "paid" if kept.state is PaymentState.MATCHED else kept.state.value
    if seen.status == "open":
        await _move(checkout["id"], CheckoutState.OPEN, only_from=CheckoutState.STARTING)
        return "open"
    if state is CheckoutState.STARTING:
        await _move(checkout["id"], CheckoutState.OPEN)
    if seen.status == "expired":
        to = CheckoutState.EXPIRED
    elif seen.intent_status in ("processing", "requires_capture", "requires_action", ""):
        to = CheckoutState.PROCESSING
    else:
        to = CheckoutState.FAILED
    if to in rules.CHECKOUT_MOVES[CheckoutState(state)] or state is CheckoutState.STARTING:
        await _move(checkout["id"], to)
    return to.value
