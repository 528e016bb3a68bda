"""What Stripe shows about a Checkout Session, and what becomes of its intent then."""

from typing import Any

import msgspec
import structlog

from server import clock, crashing, jobs
from server.billing import accounts, rules
from server.billing.accounts import Account
from server.billing.invoices import lock_invoice
from server.billing.payments import receive
from server.billing.rules import CHECKOUT_MOVES, CheckoutState, PaymentState
from server.billing.stripe_seen import SessionSeen
from server.database import action, execute, row, rows, step, value

log = structlog.get_logger("billing")


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """Where the person pays."""

    id: int
    url: str


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


async def missed(seen: list[SessionSeen]) -> list[SessionSeen]:
    """Those paid sessions of ours that are not on our books."""
    known = await rows(
        "SELECT external_ref FROM payment WHERE method = 'card' AND external_ref = ANY($1)",
        [each.intent for each in seen],
    )
    refs = {each["external_ref"] for each in known}
    return [each for each in seen if each.paid and each.key and each.intent not in refs]


@action
async def session_seen(account: Account, seen: SessionSeen) -> str:
    """Bring an intent in line with its session as Stripe shows it; the outcome in words.

    May run any number of times, at once and in any order: the payment is kept once by its name.
    Only the account and the mode that were asked may answer: a test pays no invoice of an agency
    that takes real money.
    """
    found = await row(
        "SELECT c.id, c.invoice, c.live, i.agency FROM checkout c JOIN invoice i"
        " ON i.id = c.invoice WHERE c.account IS NOT DISTINCT FROM $3::bigint"
        " AND (c.session_id = $1 OR (c.session_id IS NULL AND c.key = $2))",
        seen.id,
        seen.key,
        account.id,
    )
    if found is None:
        return "no checkout of ours"
    if found["live"] not in (None, seen.live):
        log.warning("session of the other mode", checkout=found["id"], session=seen.id)
        return "other mode"
    if not seen.live and (await accounts.of_agency(found["agency"])).live:
        log.warning("test session at a live agency", checkout=found["id"], session=seen.id)
        return "a test, and the agency takes real money now"
    await lock_invoice(found["invoice"])
    checkout = await row("SELECT * FROM checkout WHERE id = $1::bigint FOR UPDATE", found["id"])
    assert checkout is not None
    await _keep_session(checkout["id"], seen)
    state = CheckoutState(checkout["state"])
    if state is CheckoutState.PAID:
        return "known"
    if seen.paid:
        return await _paid(found["agency"], checkout, seen)
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
    if to is not state and (to in rules.CHECKOUT_MOVES[state] or state is CheckoutState.STARTING):
        await _move(checkout["id"], to)
        await _under_way(checkout["id"], to, seen)
    return to.value


@step
async def _paid(agency_id: int, checkout: dict[str, Any], seen: SessionSeen) -> str:
    await _move(checkout["id"], CheckoutState.PAID)
    same = seen.currency == checkout["currency"]
    kept = await receive(
        agency_id=agency_id,
        invoice_id=checkout["invoice"],
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
    await execute(
        "UPDATE payment SET account = $2, live = $3, instrument = $4 WHERE id = $1::bigint",
        kept.id,
        checkout["account"],
        seen.live,
        seen.instrument,
    )
    return "paid" if kept.state is PaymentState.MATCHED else kept.state.value


@step
async def _under_way(checkout_id: int, to: CheckoutState, seen: SessionSeen) -> None:
    """Note since when a debit is on its way, or when it failed, and tell the company of that."""
    if to is CheckoutState.PROCESSING:
        await execute(
            "UPDATE checkout SET under_way_since = $2, instrument = $3 WHERE id = $1::bigint",
            checkout_id,
            clock.now(),
            seen.instrument,
        )
    elif to is CheckoutState.FAILED:
        await execute(
            "UPDATE checkout SET failed_at = $2 WHERE id = $1::bigint", checkout_id, clock.now()
        )
        await jobs.enqueue("billing.debit_failed", checkout_id=checkout_id)
