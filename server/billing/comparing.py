"""Comparing an account at Stripe with the books, and keeping what was found in words."""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from server import clock
from server.accounts.permissions import Actor, require
from server.billing import accounts, disputes, payouts, refunds, sessions, stripe_books
from server.billing.accounts import Account
from server.billing.rules import PaymentState
from server.billing.stripe_client import Broken, Unreachable
from server.billing.stripe_client import refunds as refunds_at_stripe
from server.billing.stripe_client import session as session_at_stripe
from server.billing.stripe_client import sessions as sessions_at_stripe
from server.database import execute, rows, typed, value
from server.errors import Conflict, Refused
from server.text import N_

COMPARE_DAYS = 3
KEPT_DAYS = 14
PASSING = (Unreachable, Broken, Refused, Conflict)
log = structlog.get_logger("billing")
KINDS = {
    "payment": N_("A payment that Stripe has and the books had not"),
    "refund": N_("A refund that Stripe has and the books had not"),
    "dispute": N_("A dispute that Stripe has and the books had not"),
    "payout": N_("A payout that Stripe made and the books had not"),
    "not_at_stripe": N_("A payment on the books that Stripe does not show"),
}


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Something that one side had and the other had not. `mended`: the books have it now."""

    kind: str
    ref: str
    amount_minor: int
    currency: str
    mended: bool

    @property
    def words(self) -> str:
        """What it is, to be translated."""
        return KINDS[self.kind]


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What Stripe holds and what the books say it holds, in one currency."""

    currency: str
    stripe_minor: int
    books_minor: int


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One run: since when it looked, what it found, or why it could not look."""

    id: int
    started_at: datetime
    ended_at: datetime | None
    since: datetime
    fault: str
    balances: list[Balance]
    found: list[Difference]


async def compare(account: Account) -> list[Difference]:
    """Compare one account: sales, refunds, disputes, movements and payouts of the last days.

    What the books lack is brought in by the same steps as a webhook would; running it again
    finds nothing. Stripe's silence is noted, not raised.
    """
    since = clock.now() - timedelta(days=COMPARE_DAYS)
    run = await value(
        "INSERT INTO stripe_comparison (account, started_at, since) VALUES ($1,$2,$3) RETURNING id",
        account.id,
        clock.now(),
        since,
    )
    found: list[Difference] = []
    fault, balances = "", []
    try:
        await _sales(account, since, found)
        await _refunds(account, since, found)
        await _disputes(account, since, found)
        owner = await payouts.agency_of(account)
        await _movements(account, owner, since, found)
        if owner is not None:
            balances = await _balances(account, owner)
    except PASSING as silent:
        fault = str(silent)[:500]
        log.warning("comparison stopped", account=account.id, fault=fault)
    await execute(
        "INSERT INTO stripe_difference (comparison, agency, kind, external_ref, amount_minor,"
        " currency, mended) SELECT $1,"
        " (SELECT agency FROM payment WHERE external_ref = ref LIMIT 1), kind, ref, minor,"
        " currency, mended FROM unnest($2::text[], $3::text[], $4::bigint[],"
        " $5::text[], $6::bool[]) AS f(kind, ref, minor, currency, mended)",
        run,
        [each.kind for each in found],
        [each.ref for each in found],
        [each.amount_minor for each in found],
        [each.currency for each in found],
        [each.mended for each in found],
    )
    await execute(
        "UPDATE stripe_comparison SET ended_at = $2, fault = $3, balances = $4 WHERE id = $1",
        run,
        clock.now(),
        fault,
        msgspec.to_builtins(balances),
    )
    await _forget(account)
    return found


async def _sales(account: Account, since: datetime, found: list[Difference]) -> None:
    shown = await sessions_at_stripe(account, since=since)
    for each in await sessions.missed(shown):
        seen = await session_at_stripe(account, each.id)
        outcome = await _tried(sessions.session_seen(account, seen))
        if outcome != "no checkout of ours":
            mended = outcome in ("paid", "known", *PaymentState)
            found.append(_difference("payment", seen.intent, seen, mended=mended))
    lost = await rows(
        "SELECT 'not_at_stripe' AS kind, external_ref AS ref, amount_minor, currency,"
        " false AS mended FROM payment WHERE method = 'card'"
        " AND account IS NOT DISTINCT FROM $1::bigint AND created_at BETWEEN $2 AND $3"
        " AND NOT external_ref = ANY($4)",
        account.id,
        since + timedelta(days=1),  # its session was opened within the day before
        clock.now() - timedelta(minutes=5),
        [each.intent for each in shown],
    )
    found += typed(Difference, lost)


async def _refunds(account: Account, since: datetime, found: list[Difference]) -> None:
    for seen in await refunds_at_stripe(account, since=since):
        done = await value(
            "SELECT 1 FROM refund WHERE external_ref = $1 AND state = 'done'", seen.id
        )
        if done and seen.status == "succeeded":
            continue
        outcome = await _tried(refunds.seen_at_stripe(account, seen))
        if outcome in ("done", "came back", "failed"):
            found.append(_difference("refund", seen.intent, seen, mended=True))


async def _disputes(account: Account, since: datetime, found: list[Difference]) -> None:
    open_now = await rows(
        "SELECT d.external_ref FROM dispute d JOIN payment p ON p.id = d.payment"
        " WHERE d.closed_at IS NULL AND p.account IS NOT DISTINCT FROM $1::bigint",
        account.id,
    )
    shown = {each.id: each for each in await stripe_books.disputes(account, since=since)}
    for each in open_now:
        if each["external_ref"] not in shown:
            seen = await stripe_books.dispute(account, each["external_ref"])
            shown[seen.id] = seen
    for seen in shown.values():
        outcome = await _tried(disputes.seen_at_stripe(account, seen))
        if outcome not in ("", "known", "no payment of ours"):
            found.append(_difference("dispute", seen.intent, seen, mended=True))


async def _movements(
    account: Account, owner: int | None, since: datetime, found: list[Difference]
) -> None:
    last = await payouts.last_movement(account)
    began = min(since, last) if last else since - timedelta(days=30)
    for moved in await stripe_books.movements(account, began):
        await _tried(payouts.keep_movement(account, owner, moved))
    if owner is None:
        return
    found += [
        _difference("payout", paid.id, paid, mended=True)
        for paid in await stripe_books.payouts(account, since - timedelta(days=30))
        if await _tried(payouts.keep_payout(account, owner, paid))
    ]


async def _balances(account: Account, owner: int) -> list[Balance]:
    held = await stripe_books.balances(account)
    booked = await rows(
        "SELECT p.currency, sum(p.amount_minor)::bigint AS minor FROM ledger_posting p"
        " JOIN ledger_entry e ON e.id = p.entry WHERE e.agency = $1::bigint AND p.account = 'card'"
        " GROUP BY p.currency",
        owner,
    )
    books = {each["currency"]: each["minor"] for each in booked}
    return [
        Balance(
            currency=each, stripe_minor=held.get(each, 0), books_minor=books.get(each, 0)
        )
        for each in sorted({*held, *books})
        if held.get(each) or books.get(each)
    ]  # fmt: skip


def _difference(kind: str, ref: str, seen: Any, *, mended: bool) -> Difference:
    return Difference(
        kind=kind, ref=ref, amount_minor=seen.amount_minor, currency=seen.currency, mended=mended
    )


async def _tried(doing: Awaitable[Any]) -> Any:
    """One item of a comparison must not stop the others; "" where it could not be done."""
    try:
        return await doing
    except (Refused, Conflict) as fault:
        log.warning("comparison", fault=str(fault))
        return ""


async def _forget(account: Account) -> None:
    """Runs that found nothing are of no use after two weeks."""
    await execute(
        "DELETE FROM stripe_comparison c WHERE account IS NOT DISTINCT FROM $1::bigint"
        " AND started_at < $2 AND NOT EXISTS (SELECT 1 FROM stripe_difference"
        " WHERE comparison = c.id)",
        account.id,
        clock.now() - timedelta(days=KEPT_DAYS),
    )


async def latest(actor: Actor, limit: int = 10) -> list[Comparison]:
    """The last runs on the agency's account: the newest, and those that found something."""
    require(actor, "money.read")
    assert actor.agency_id is not None
    account = await accounts.of_agency(actor.agency_id)
    alone = await payouts.agency_of(account) == actor.agency_id
    runs = await rows(
        "SELECT c.*, c.id = max(c.id) OVER () AS newest FROM stripe_comparison c"
        " WHERE account IS NOT DISTINCT FROM $1::bigint ORDER BY id DESC LIMIT 2000",
        account.id,
    )
    found = await rows(
        "SELECT comparison, kind, external_ref AS ref, amount_minor, currency, mended"
        " FROM stripe_difference"
        " WHERE comparison = ANY($1::int[]) AND (agency = $2::bigint OR $3)",
        [each["id"] for each in runs],
        actor.agency_id,
        alone,
    )
    made = []
    for each in runs:
        own = [f for f in found if f["comparison"] == each["id"]]
        if each.pop("newest") or own:
            each.pop("account")
            if not alone:
                each["balances"] = []
            for difference in own:
                difference.pop("comparison")
            made.append(typed(Comparison, {**each, "found": own}))
    return made[:limit]


async def everything() -> int:
    """Compare every account on which our money may move; how much was found."""
    return sum([len(await compare(each)) for each in await accounts.to_compare()])
