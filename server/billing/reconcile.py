"""What a webhook points at is fetched anew, and what no webhook told is found."""

from datetime import timedelta

import structlog

from server import clock, jobs
from server.billing import (
    accounts,
    checkouts,
    comparing,
    disputes,
    refunds,
    sessions,
    stripe_books,
    stripe_client,
)
from server.billing.accounts import Account
from server.billing.stripe_client import Broken, Unreachable
from server.billing.stripe_seen import EventSeen
from server.database import action, execute, row, rows, value
from server.errors import Conflict, Refused

log = structlog.get_logger("billing")


@action
async def record_stripe(account: Account, event: EventSeen) -> bool:
    """Store a webhook, once per account and event id, before anything is done about it; False if
    it is known. One of another mode or account than the endpoint's is kept and changes nothing."""
    foreign = await _foreign(account, event)
    made = await value(
        "INSERT INTO stripe_event (event_id, type, payload, received_at, account, processed_at,"
        " outcome) VALUES ($1,$2,$3,$4,$5,$6,$7)"
        " ON CONFLICT (coalesce(account, 0), event_id) DO NOTHING RETURNING id",
        event.id[:120],
        event.type[:120],
        event.payload,
        clock.now(),
        account.id,
        clock.now() if foreign else None,
        foreign,
    )
    if made is not None and foreign:
        log.warning(
            "event that is not ours", stripe_event=event.id, account=account.id, why=foreign
        )
    elif made is not None:
        await jobs.enqueue("billing.stripe_event", event=made)
    return made is not None


async def _foreign(account: Account, event: EventSeen) -> str:
    if event.live is not account.live:
        return "other mode"
    if account.way == "house" and event.account:
        return "an account that is not joined"
    if event.account and event.account != account.account:
        return "another account"
    return "an account that is no longer used" if account.ended and not account.key else ""


async def process(event: int) -> None:
    """Act on a stored webhook. Safe to run twice and at once: nothing is believed but what Stripe
    shows now, and every effect is kept once by its own name."""
    found = await row(
        "SELECT type, payload, processed_at, account FROM stripe_event WHERE id = $1::bigint", event
    )
    if found is None or found["processed_at"] is not None:
        return
    account = await accounts.by_id(found["account"])
    try:
        outcome = await _act(
            account, str(found["type"]), found["payload"].get("data", {}).get("object", {})
        )
    except Broken as fault:
        outcome = f"not at Stripe: {fault}"
    await execute(
        "UPDATE stripe_event SET processed_at = $2, outcome = $3 WHERE id = $1::bigint",
        event,
        clock.now(),
        outcome[:500],
    )


async def _act(account: Account, kind: str, thing: dict[str, object]) -> str:
    own, intent = str(thing.get("id") or ""), str(thing.get("payment_intent") or "")
    if kind.startswith("checkout.session.") and own:
        return await sessions.session_seen(account, await stripe_client.session(account, own))
    if kind.startswith("payment_intent.") and own:
        return await sync_intent(account, own)
    if kind.startswith(("charge.", "refund.")) and intent:
        return await sync_intent(account, intent)
    if kind.startswith("payout."):
        return f"{len(await comparing.compare(account))} differences"
    return "nothing to do"


async def sync_intent(account: Account, intent: str) -> str:
    """Bring everything about a payment intent in line: the payment first, then its refunds and
    disputes."""
    outcomes = [
        await sessions.session_seen(account, await stripe_client.session(account, seen.id))
        for seen in await stripe_client.sessions(account, intent=intent)
    ]
    outcomes += [
        await refunds.seen_at_stripe(account, seen)
        for seen in await stripe_client.refunds(account, intent=intent)
    ]
    outcomes += [
        await disputes.seen_at_stripe(account, seen)
        for seen in await stripe_books.disputes(account, intent=intent)
    ]
    return ", ".join(outcomes) or "nothing of ours"


async def sweep() -> None:
    """Every few minutes: whatever is under way is compared with Stripe, one by one."""
    for event in await _unprocessed():
        await _try(process(event), stripe_event=event)
    for checkout_id in await checkouts.open_checkouts():
        await _try(checkouts.look_up(checkout_id), checkout=checkout_id)
    for refund_id in await refunds.open_refunds():
        await _try(refunds.send(refund_id), refund=refund_id)


async def compare() -> int:
    """Compare every account with the books, as after the restore of an old backup; how many
    differences there were."""
    return await comparing.everything()


async def _try(doing: object, **about: object) -> None:
    """One item of a sweep must not stop the others."""
    try:
        await doing  # type: ignore[misc]
    except (Unreachable, Broken, Refused, Conflict) as fault:
        log.warning("reconcile", fault=str(fault), **about)


async def _unprocessed() -> list[int]:
    found = await rows(
        "SELECT id FROM stripe_event WHERE processed_at IS NULL AND received_at < $1"
        " ORDER BY received_at LIMIT 100",
        clock.now() - timedelta(minutes=1),
    )
    return [each["id"] for each in found]
