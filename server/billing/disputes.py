"""A payer's bank takes money back: the books follow Stripe, and people are told what to do.

While it is decided, the money lies on the account `dispute`, the invoice stays as it is and nobody
is reminded; the stand is kept, and a refund that was asked for is held. Won: nothing has changed.
Lost: the invoice is open again, from then on like any other unpaid one. A debit taken back within
eight weeks (SEPA) is lost at once.
"""

from typing import Any

from server import audit, clock, jobs
from server.accounts.permissions import SYSTEM
from server.billing import postings, refunds, rules, stripe_postings
from server.billing.accounts import Account
from server.billing.invoices import lock_invoice, set_paid
from server.billing.ledger import post
from server.billing.payments import lock_payment
from server.billing.postings import Posting
from server.billing.refunds import count_asked
from server.billing.rules import PAYMENT_MOVES, InvoiceState, PaymentState
from server.billing.stripe_postings import Stance, stance
from server.billing.stripe_seen import DisputeSeen
from server.database import action, execute, row, rows, step, value
from server.text import N_

OVER = frozenset({"won", "lost", "warning_closed", "prevented"})
TO_ANSWER = frozenset({"needs_response", "warning_needs_response"})


@action
async def seen_at_stripe(account: Account, seen: DisputeSeen) -> str:
    """Bring a dispute in line with Stripe, in whatever order its news come; the outcome."""
    payment = await row(
        "SELECT id, invoice FROM payment WHERE method = 'card' AND external_ref = $1"
        " AND account IS NOT DISTINCT FROM $2::bigint",
        seen.intent,
        account.id,
    )
    if payment is None:
        return "no payment of ours"
    if payment["invoice"] is not None:
        await lock_invoice(payment["invoice"])
    paid = await lock_payment(SYSTEM, payment["id"])
    kept = await row("SELECT * FROM dispute WHERE external_ref = $1 FOR UPDATE", seen.id)
    new = kept is None
    if kept is None:
        kept = await _opened(paid, seen)
    await _follow(paid, kept, stance(seen.status, seen.withdrawn))
    if not new and kept["state"] == seen.status and kept["due_at"] == seen.due_at:
        return "known"
    await execute(
        "UPDATE dispute SET state = $2, due_at = $3, closed_at = $4 WHERE id = $1::bigint",
        kept["id"],
        seen.status,
        seen.due_at,
        clock.now() if seen.status in OVER else None,
    )
    await audit.record(
        SYSTEM, "dispute.change", "payment", paid["id"],
        before={} if new else {"state": kept["state"]},
        after={"state": seen.status, "dispute": kept["id"], "amount_minor": seen.amount_minor},
        why=seen.reason, agency_id=paid["agency"], company_id=paid["company"],
    )  # fmt: skip
    if seen.status in OVER:
        for refund in await rows(
            "SELECT id FROM refund WHERE payment = $1::bigint AND state = 'asked'", paid["id"]
        ):
            await jobs.enqueue("billing.refund", refund_id=refund["id"])
    await jobs.enqueue("billing.dispute_told", dispute_id=kept["id"], state=seen.status)
    await jobs.enqueue("dispute.changed", dispute_id=kept["id"])
    return seen.status


@step
async def _opened(paid: dict[str, Any], seen: DisputeSeen) -> dict[str, Any]:
    """What is held is what the bank took, and no more than was paid: also where a refund has sent
    some of it back before, for then it is gone twice."""
    left = paid["amount_minor"] - paid["back_minor"]
    same = seen.currency == paid["currency"]
    made = await row(
        "INSERT INTO dispute (payment, external_ref, amount_minor, held_minor, currency, reason,"
        " state, due_at, opened_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) RETURNING *",
        paid["id"],
        seen.id,
        seen.amount_minor,
        min(paid["amount_minor"], seen.amount_minor) if same else left,
        paid["currency"],
        seen.reason,
        seen.status,
        seen.due_at,
        seen.opened_at,
    )
    assert made is not None
    return made


@step
async def _follow(paid: dict[str, Any], kept: dict[str, Any], to: Stance) -> None:
    """Post what takes the money from where the dispute had it to where it is."""
    now = Stance(kept["stance"])
    if to is now or not kept["held_minor"]:
        return
    held, currency, company = kept["held_minor"], paid["currency"], paid["company"]
    if now is Stance.LOST:
        await _regain(paid, kept)
    await execute("UPDATE dispute SET stance = $2 WHERE id = $1::bigint", kept["id"], to.value)
    await count_asked(paid["id"])
    if now is Stance.LOST:
        if to is Stance.NONE:
            return
        now = Stance.NONE
    if now is Stance.NONE:
        await _post(paid, kept, "dispute", stripe_postings.of_hold(held, currency, company))
    if to is Stance.NONE:
        await _post(paid, kept, "dispute_won", stripe_postings.of_release(held, currency, company))
    elif to is Stance.LOST:
        await _lose(paid, kept)


@step
async def _lose(paid: dict[str, Any], kept: dict[str, Any]) -> None:
    held = kept["held_minor"]
    waits = paid["amount_minor"] - paid["matched_minor"] - paid["back_minor"]
    gone = refunds.gone(paid).out(held)
    beyond = gone.beyond_minor - paid["beyond_minor"]
    from_matched = max(0, held - beyond - waits)
    state = PaymentState(paid["state"])
    if gone.back_minor == paid["amount_minor"]:
        state = rules.move(PAYMENT_MOVES, state, PaymentState.REFUNDED)
    await execute(
        "UPDATE payment SET back_minor = $2, matched_minor = matched_minor - $3, state = $4,"
        " note = $5, beyond_minor = $6 WHERE id = $1::bigint",
        paid["id"],
        gone.back_minor,
        from_matched,
        state.value,
        refunds.BEYOND if gone.beyond_minor else N_("The payer's bank took it back."),
        gone.beyond_minor,
    )
    await _post(
        paid,
        kept,
        "dispute_lost",
        stripe_postings.of_loss(held, from_matched, beyond, paid["currency"], paid["company"]),
    )
    if from_matched and paid["invoice"] is not None:
        invoice = await lock_invoice(paid["invoice"])
        if InvoiceState(invoice["state"]) is not InvoiceState.CREDITED:
            await set_paid(invoice, invoice["paid_minor"] - from_matched)


@step
async def _regain(paid: dict[str, Any], kept: dict[str, Any]) -> None:
    held = kept["held_minor"]
    state = PaymentState(paid["state"])
    gone = refunds.gone(paid).home(held)
    beyond = paid["beyond_minor"] - gone.beyond_minor
    if state is PaymentState.REFUNDED and gone.back_minor < paid["amount_minor"]:
        state = rules.move(PAYMENT_MOVES, state, PaymentState.FLAGGED)
    await execute(
        "UPDATE payment SET back_minor = $2, state = $3, note = $4, beyond_minor = $5"
        " WHERE id = $1::bigint",
        paid["id"],
        gone.back_minor,
        state.value,
        N_("A dispute that was lost was decided for us after all."),
        gone.beyond_minor,
    )
    await _post(
        paid, kept, "dispute_back",
        stripe_postings.of_regain(held - beyond, paid["currency"], paid["company"])
        + postings.of_beyond("card", -beyond, paid["currency"], paid["company"]),
    )  # fmt: skip


@step
async def _post(
    paid: dict[str, Any], kept: dict[str, Any], kind: str, moves: list[Posting]
) -> None:
    before = await value(
        "SELECT count(*) FROM ledger_entry WHERE key LIKE $1", f"{kind}:{kept['id']}:%"
    )
    await post(
        paid["agency"], kind, f"payment:{paid['id']}", f"{kind}:{kept['id']}:{before + 1}", moves
    )
