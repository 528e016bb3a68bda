"""What a webhook points at is fetched anew, and what no webhook told is found."""

from datetime import timedelta

import structlog

from server import clock, jobs
from server.billing import checkouts, refunds, stripe_client
from server.billing.stripe_client import Broken, EventSeen, Unreachable
from server.database import action, execute, row, rows, value
from server.errors import Conflict, Refused

COMPARE_DAYS = 3
log = structlog.get_logger("billing")


@action
async def record_stripe(event: EventSeen) -> bool:
    """Store a webhook, once per event id, before anything is done about it; False if known."""
    made = await value(
        "INSERT INTO stripe_event (event_id, type, payload, received_at) VALUES ($1,$2,$3,$4)"
        " ON CONFLICT (event_id) DO NOTHING RETURNING id",
        event.id,
        event.type[:120],
        event.payload,
        clock.now(),
    )
    if made is not None:
        await jobs.enqueue("billing.stripe_event", event_id=event.id)
    return made is not None


async def process(event_id: str) -> None:
    """Act on a stored webhook. Safe to run twice and at once: nothing is believed but what Stripe
    shows now, and every effect is kept once by its own name."""
    found = await row(
        "SELECT type, payload, processed_at FROM stripe_event WHERE event_id = $1", event_id
    )
    if found is None or found["processed_at"] is not None:
        return
    thing = found["payload"].get("data", {}).get("object", {})
    kind = str(found["type"])
    try:
        if kind.startswith("checkout.session.") and thing.get("id"):
            outcome = await checkouts.session_seen(await stripe_client.session(str(thing["id"])))
        elif kind.startswith(("charge.", "refund.")) and thing.get("payment_intent"):
            outcome = await sync_intent(str(thing["payment_intent"]))
        else:
            outcome = "nothing to do"
    except Broken as fault:
        outcome = f"not at Stripe: {fault}"
    await execute(
        "UPDATE stripe_event SET processed_at = $2, outcome = $3 WHERE event_id = $1",
        event_id,
        clock.now(),
        outcome[:500],
    )


async def sync_intent(intent: str) -> str:
    """Bring everything about a payment intent in line: the payment first, then its refunds."""
    outcomes = [
        await checkouts.session_seen(await stripe_client.session(seen.id))
        for seen in await stripe_client.sessions(intent=intent)
    ]
    outcomes += [await refunds.seen_at_stripe(seen) for seen in await stripe_client.refunds(intent)]
    return ", ".join(outcomes) or "nothing of ours"


async def sweep() -> None:
    """Every few minutes: whatever is under way is compared with Stripe, one by one."""
    if not stripe_client.configured():
        return
    for event_id in await _unprocessed():
        await _try(process(event_id), event=event_id)
    for checkout_id in await checkouts.open_checkouts():
        await _try(checkouts.look_up(checkout_id), checkout=checkout_id)
    for refund_id in await refunds.open_refunds():
        await _try(refunds.send(refund_id), refund=refund_id)


async def compare() -> int:
    """Every sale that Stripe completed lately and our books lack, as after the restore of an old
    backup; how many there were."""
    if not stripe_client.configured():
        return 0
    since = clock.now() - timedelta(days=COMPARE_DAYS)
    lost = await checkouts.missed(await stripe_client.sessions(since=since))
    for seen in lost:
        await _try(_session(seen.id), session=seen.id)
    return len(lost)


async def _session(session_id: str) -> None:
    await checkouts.session_seen(await stripe_client.session(session_id))


async def _try(doing: object, **about: object) -> None:
    """One item of a sweep must not stop the others."""
    try:
        await doing  # type: ignore[misc]
    except (Unreachable, Broken, Refused, Conflict) as fault:
        log.warning("reconcile", fault=str(fault), **about)


async def _unprocessed() -> list[str]:
    found = await rows(
        "SELECT event_id FROM stripe_event WHERE processed_at IS NULL AND received_at < $1"
        " ORDER BY received_at LIMIT 100",
        clock.now() - timedelta(minutes=1),
    )
    return [each["event_id"] for each in found]
