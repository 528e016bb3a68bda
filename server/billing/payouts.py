"""What moves an account at Stripe beside payments: fees, conversions, and payouts to the bank.

Once they are posted, the account `card` is what Stripe holds, and a payout is what the bank's
statement shows on the day it arrives.
"""

from datetime import date, datetime

import msgspec

from server import clock
from server.accounts.permissions import Actor, require
from server.billing import stripe_postings
from server.billing.accounts import Account
from server.billing.ledger import post
from server.billing.stripe_seen import MovementSeen, PayoutSeen
from server.database import action, execute, page_id, row, rows, step, typed, value

PAGE = 50


class PayoutRow(msgspec.Struct, frozen=True, kw_only=True):
    """A payout; `statement_ref` names the line of the bank's statement that showed it."""

    id: int
    external_ref: str
    amount_minor: int
    currency: str
    arrives_on: date
    state: str
    statement_ref: str


async def own_payouts(
    actor: Actor, *, cursor: str = "", limit: int = PAGE
) -> tuple[list[PayoutRow], str]:
    """The payouts to the agency's bank, newest first."""
    require(actor, "money.read")
    found = await rows(
        "SELECT id, external_ref, amount_minor, currency, arrives_on, state, statement_ref"
        " FROM payout WHERE agency = $1::bigint AND ($2::bigint IS NULL OR id < $2)"
        " ORDER BY id DESC LIMIT $3",
        actor.agency_id,
        page_id(cursor),
        limit + 1,
    )
    shown = typed(PayoutRow, found[:limit])
    return shown, str(shown[-1].id) if len(found) > limit else ""


async def agency_of(account: Account) -> int | None:
    """The one agency whose money an account holds; None where several share it."""
    if account.agency is not None:
        return account.agency
    found = await rows(
        "SELECT a.id FROM agency a WHERE NOT EXISTS (SELECT 1 FROM stripe_account s"
        " WHERE s.agency = a.id AND s.ended_at IS NULL) LIMIT 2"
    )
    return int(found[0]["id"]) if len(found) == 1 else None


@action
async def keep_movement(account: Account, agency_id: int | None, seen: MovementSeen) -> bool:
    """Keep a movement once and post what it costs; False where it is known or not about us.

    A movement of a payment that is not on the books yet waits for the next comparison.
    """
    owner = agency_id
    if seen.intent:
        owner = await value(
            "SELECT agency FROM payment WHERE method = 'card' AND external_ref = $1"
            " AND account IS NOT DISTINCT FROM $2::bigint",
            seen.intent,
            account.id,
        )
    if owner is None:
        return False
    kept = await value(
        "INSERT INTO stripe_movement (agency, account, external_ref, kind, source, amount_minor,"
        " fee_minor, currency, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)"
        " ON CONFLICT (external_ref) DO NOTHING RETURNING id",
        owner,
        account.id,
        seen.id,
        seen.kind,
        seen.source,
        seen.amount_minor,
        seen.fee_minor,
        seen.currency,
        seen.at,
    )
    if kept is None:
        return False
    about = f"stripe:{seen.id}"
    fee = -seen.amount_minor if seen.kind == "stripe_fee" else seen.fee_minor
    await post(owner, "fee", about, f"fee:{seen.id}", stripe_postings.of_fee(fee, seen.currency))
    if seen.source_currency != seen.currency:
        await post(
            owner, "exchange", about, f"exchange:{seen.id}",
            stripe_postings.of_exchange(
                seen.source_minor, seen.source_currency, seen.amount_minor, seen.currency
            ),
        )  # fmt: skip
    return True


@action
async def keep_payout(account: Account, agency_id: int, seen: PayoutSeen) -> bool:
    """Bring a payout in line with Stripe: posted when it is paid, taken back when it fails."""
    await execute(
        "INSERT INTO payout (agency, account, external_ref, amount_minor, currency, arrives_on,"
        " state, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8) ON CONFLICT (external_ref)"
        " DO NOTHING",
        agency_id,
        account.id,
        seen.id,
        seen.amount_minor,
        seen.currency,
        seen.arrives_on,
        seen.state,
        clock.now(),
    )
    kept = await row("SELECT * FROM payout WHERE external_ref = $1 FOR UPDATE", seen.id)
    assert kept is not None
    posted = await _post(kept, seen)
    await execute(
        "UPDATE payout SET state = $2, arrives_on = $3, posted = $4 WHERE id = $1::bigint",
        kept["id"],
        seen.state,
        seen.arrives_on,
        posted,
    )
    return posted is not kept["posted"]


@step
async def _post(kept: dict[str, object], seen: PayoutSeen) -> bool:
    agency_id, payout_id = int(str(kept["agency"])), kept["id"]
    amount, about = seen.amount_minor, f"payout:{payout_id}"
    if seen.state == "paid" and not kept["posted"]:
        moved = stripe_postings.of_payout(amount, seen.currency)
        await post(agency_id, "payout", about, f"payout:{payout_id}", moved)
        return True
    if seen.state in ("failed", "canceled") and kept["posted"]:
        moved = stripe_postings.of_payout(-amount, seen.currency)
        await post(agency_id, "payout_back", about, f"payout_back:{payout_id}", moved)
        return False
    return bool(kept["posted"])


async def last_movement(account: Account) -> datetime | None:
    """When the newest movement that is kept took place."""
    found = await value(
        "SELECT max(at) FROM stripe_movement WHERE account IS NOT DISTINCT FROM $1::bigint",
        account.id,
    )
    return found if isinstance(found, datetime) else None
