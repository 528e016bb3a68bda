"""Money back: asked once, sent once, posted once."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import structlog

from server import audit, clock, jobs
from server.accounts.permissions import SYSTEM, Actor, require
from server.billing import accounts, postings, rules, stripe_client
from server.billing.accounts import Account
from server.billing.invoices import lock_invoice, set_paid
from server.billing.ledger import post
from server.billing.payments import lock_payment
from server.billing.rules import PAYMENT_MOVES, REFUND_MOVES, Gone, PaymentState, RefundState
from server.billing.stripe_seen import RefundSeen
from server.database import action, execute, row, rows, step, value
from server.errors import Conflict, NotFound, Refused
from server.money import format_money
from server.text import N_

KEYS_KEPT = timedelta(hours=23)
BEYOND = N_(
    "More went back than was paid: a refund and the payer's bank both took it. Ask the company for"
    " what it received twice."
)
log = structlog.get_logger("billing")


def gone(payment: dict[str, Any]) -> Gone:
    """How much of a payment's row is gone."""
    return Gone(payment["amount_minor"], payment["back_minor"], payment["beyond_minor"])


class RefundToSend(msgspec.Struct, frozen=True, kw_only=True):
    """A card refund that Stripe has not confirmed yet."""

    id: int
    key: str
    intent: str
    amount_minor: int
    currency: str
    account: int | None
    old: bool
    disputed: bool
    fits: bool


@step
async def ask_back(actor: Actor, *, payment_id: int, amount_minor: int, why: str) -> int:
    """Give `amount_minor` of a payment back; returns the refund's id.

    By card, a job sends it to Stripe. A transfer is paid back at the bank by a person, and this
    records that they did; where the agency pays refunds by file, it waits for the bank.
    """
    require(actor, "money.refund")
    invoice_id = await value("SELECT invoice FROM payment WHERE id = $1::bigint", payment_id)
    if invoice_id is not None:
        await lock_invoice(invoice_id)
    payment = await lock_payment(actor, payment_id)
    left = payment["amount_minor"] - payment["asked_back_minor"]
    under_way = await value(
        "SELECT count(*) FROM refund WHERE payment = $1::bigint AND state IN ('asked', 'sent')",
        payment_id,
    )
    if under_way:
        raise Conflict(N_("A refund of this payment is on its way. Wait until it is done."))
    if await value(
        "SELECT 1 FROM dispute WHERE payment = $1::bigint AND closed_at IS NULL", payment_id
    ):
        raise Conflict(
            N_("This payment is disputed: its bank decides who gets the money. A refund now could"
               " pay twice. Nothing was sent; wait until the dispute is closed.")
        )  # fmt: skip
    if left <= 0:
        raise Conflict(N_("This payment was refunded in full already. Nothing was sent."))
    if not 0 < amount_minor <= left:
        raise Refused(
            N_("At most {left} of this payment can go back."),
            field="amount", left=format_money(left, payment["currency"]),
        )  # fmt: skip
    if not why.strip():
        raise Refused(N_("Say why the money goes back: it stays with the refund."), field="why")
    by_card = payment["method"] == "card"
    refund_id = await value(
        "INSERT INTO refund (payment, amount_minor, key, state, why, asked_by, created_at)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7) RETURNING id",
        payment_id,
        amount_minor,
        f"refund-{uuid4().hex}",
        RefundState.ASKED.value,
        why.strip(),
        actor.person_id,
        clock.now(),
    )
    await count_asked(payment_id)
    await audit.record(
        actor, "payment.refund", "payment", payment_id,
        after={"refund": refund_id, "amount_minor": amount_minor}, why=why,
        agency_id=payment["agency"], company_id=payment["company"],
    )  # fmt: skip
    if by_card:
        await jobs.enqueue("billing.refund", refund_id=refund_id)
    elif not await value(
        "SELECT refunds_by_file FROM bank_setting WHERE agency = $1::bigint", payment["agency"]
    ):
        await _done(refund_id, None)
    return int(refund_id)


@step
async def count_asked(payment_id: int) -> None:
    """Note what may not go back again: refunds, and what a bank has taken by a dispute."""
    await execute(
        "UPDATE payment SET asked_back_minor = least(amount_minor, coalesce((SELECT"
        " sum(amount_minor) FROM refund WHERE payment = $1::bigint AND state <> 'failed'), 0)"
        " + coalesce((SELECT sum(held_minor) FROM dispute WHERE payment = $1::bigint"
        " AND stance <> 'none'), 0)) WHERE id = $1::bigint",
        payment_id,
    )


async def to_send(refund_id: int) -> RefundToSend | None:
    """The refund, if Stripe is still to be asked for it."""
    found = await row(
        "SELECT r.id, r.key, r.amount_minor, r.created_at, p.currency, p.account,"
        " p.external_ref AS intent, r.amount_minor <= p.amount_minor - p.back_minor AS fits,"
        " EXISTS (SELECT FROM dispute d WHERE d.payment = p.id AND d.closed_at IS NULL) AS disputed"
        " FROM refund r JOIN payment p ON p.id = r.payment WHERE r.id = $1::bigint"
        " AND p.method = 'card' AND r.state IN ('asked', 'sent')",
        refund_id,
    )
    if found is None:
        return None
    old = found.pop("created_at") < clock.now() - KEYS_KEPT
    return RefundToSend(**found, old=old)


async def send(refund_id: int) -> None:
    """Ask Stripe for the refund under its own key and note the answer. Safe to run twice.

    Stripe forgets keys after a day: from then on what it holds is looked up before it is asked.
    While the payment is disputed nothing is asked for: what was won goes out afterwards, and what
    the payer's bank took does not go out again.
    """
    todo = await to_send(refund_id)
    if todo is None:
        return
    account = await accounts.by_id(todo.account)
    try:
        looks = todo.old or todo.disputed or not todo.fits
        if looks and await _found_at_stripe(account, todo):
            return
        if todo.disputed:
            return
        if not todo.fits:
            await _refused(refund_id, N_("The payer's bank took the money before."))
            return
        seen = await stripe_client.create_refund(
            account, todo.key, todo.intent, todo.amount_minor, todo.currency
        )
    except stripe_client.Broken as fault:
        # It may have been done before it broke: what Stripe holds decides.
        if not await _found_at_stripe(account, todo):
            await _refused(refund_id, str(fault))
    else:
        await seen_at_stripe(account, seen)


async def _found_at_stripe(account: Account, todo: RefundToSend) -> bool:
    """Look the refund up, and note it if Stripe holds it."""
    for seen in await stripe_client.refunds(account, intent=todo.intent):
        if seen.key == todo.key:
            await seen_at_stripe(account, seen)
            return True
    return False


@action
async def _refused(refund_id: int, why: str) -> None:
    """Stripe said no: the money stays, and a person is told."""
    refund, _ = await _locked(refund_id)
    if RefundState(refund["state"]) is RefundState.ASKED:
        await _set(refund, RefundState.FAILED, why)
        await jobs.enqueue("billing.refund_failed", refund_id=refund_id)


@step
async def _locked(refund_id: int) -> tuple[dict[str, Any], dict[str, Any]]:
    ids = await row(
        "SELECT p.id, p.invoice FROM refund r JOIN payment p ON p.id = r.payment"
        " WHERE r.id = $1::bigint",
        refund_id,
    )
    if ids is None:
        raise NotFound()
    if ids["invoice"] is not None:
        await lock_invoice(ids["invoice"])
    payment = await lock_payment(SYSTEM, ids["id"])
    refund = await row("SELECT * FROM refund WHERE id = $1::bigint FOR UPDATE", refund_id)
    assert refund is not None
    return refund, payment


@step
async def _set(refund: dict[str, Any], to: RefundState, note: str = "") -> None:
    state = rules.move(REFUND_MOVES, RefundState(refund["state"]), to)
    await execute(
        "UPDATE refund SET state = $2, note = $3, done_at = $4 WHERE id = $1::bigint",
        refund["id"],
        state.value,
        note,
        clock.now() if state in (RefundState.DONE, RefundState.FAILED) else None,
    )
    await count_asked(refund["payment"])


@action
async def seen_at_stripe(account: Account, seen: RefundSeen) -> str:
    """Note a refund as Stripe shows it, ours or made at Stripe itself; the outcome in words."""
    payment_id = await value(
        "SELECT id FROM payment WHERE method = 'card' AND external_ref = $1"
        " AND account IS NOT DISTINCT FROM $2::bigint",
        seen.intent,
        account.id,
    )
    if payment_id is None:
        return "no payment of ours"
    refund_id = await value(
        "SELECT id FROM refund WHERE payment = $3::bigint AND (key = $1 OR external_ref = $2)",
        seen.key,
        seen.id,
        payment_id,
    )
    if refund_id is None:
        if seen.status in ("failed", "canceled"):
            return "a failed refund made elsewhere"
        invoice_id = await value("SELECT invoice FROM payment WHERE id = $1::bigint", payment_id)
        if invoice_id is not None:
            await lock_invoice(invoice_id)
        await lock_payment(SYSTEM, payment_id)
        refund_id = await value(
            "INSERT INTO refund (payment, amount_minor, key, state, external_ref, why, created_at)"
            " VALUES ($1,$2,$3,'sent',$4,$5,$6) ON CONFLICT DO NOTHING RETURNING id",
            payment_id,
            seen.amount_minor,
            f"stripe-{seen.id}",
            seen.id,
            N_("Refunded at Stripe, not here"),
            clock.now(),
        )
        if refund_id is None:
            raise Conflict(N_("Another refund of this payment is being noted. Try again."))
        await count_asked(payment_id)
    if seen.status == "succeeded":
        return await _done(refund_id, seen.id)
    refund, payment = await _locked(refund_id)
    gone = seen.status in ("failed", "canceled")
    if gone and RefundState(refund["state"]) is RefundState.DONE:
        return await _undone(refund, payment, seen.reason or seen.status)
    if RefundState(refund["state"]) in (RefundState.DONE, RefundState.FAILED):
        return "known"
    if gone:
        await _set(refund, RefundState.FAILED, seen.reason or seen.status)
        await jobs.enqueue("billing.refund_failed", refund_id=refund_id)
        return "failed"
    await _set(refund, RefundState.SENT)
    await execute("UPDATE refund SET external_ref = $2 WHERE id = $1::bigint", refund_id, seen.id)
    return "on its way"


@step
async def _done(refund_id: int, external_ref: str | None) -> str:
    """The money is back: post it, and open the invoice again as far as it was matched."""
    refund, payment = await _locked(refund_id)
    if RefundState(refund["state"]) is RefundState.DONE:
        return "known"
    left = gone(payment).out(refund["amount_minor"])
    beyond = left.beyond_minor - payment["beyond_minor"]
    amount = refund["amount_minor"] - beyond
    waits = payment["amount_minor"] - payment["matched_minor"] - payment["back_minor"]
    from_matched = max(0, amount - waits)
    whole = from_matched and from_matched == payment["matched_minor"]
    fee = payment["fee_minor"] if whole else 0
    await _set(refund, RefundState.DONE)
    await execute(
        "UPDATE refund SET external_ref = coalesce($2, external_ref) WHERE id = $1::bigint",
        refund_id,
        external_ref,
    )
    state = PaymentState(payment["state"])
    if left.back_minor == payment["amount_minor"]:
        state = rules.move(PAYMENT_MOVES, state, PaymentState.REFUNDED)
    await execute(
        "UPDATE payment SET back_minor = $2, matched_minor = matched_minor - $3, state = $4,"
        " fee_minor = fee_minor - $5, beyond_minor = $6::bigint,"
        " note = CASE WHEN $6::bigint > 0 THEN $7 ELSE note END WHERE id = $1::bigint",
        payment["id"],
        left.back_minor,
        from_matched,
        state.value,
        fee,
        left.beyond_minor,
        BEYOND,
    )
    await post(
        payment["agency"],
        "refund",
        f"payment:{payment['id']}",
        await _key("refund", refund_id),
        postings.of_refund(
            payment["method"], amount, payment["currency"], payment["company"], from_matched
        )
        + postings.reversed_(postings.of_fee(fee, payment["currency"], payment["company"]))
        + postings.of_beyond(payment["method"], beyond, payment["currency"], payment["company"]),
    )
    if from_matched and payment["invoice"] is not None:
        invoice = await lock_invoice(payment["invoice"])
        await set_paid(invoice, invoice["paid_minor"] - from_matched - fee)
    await audit.record(
        SYSTEM, "refund.done", "payment", payment["id"],
        after={"refund": refund_id, "amount_minor": refund["amount_minor"], "state": state.value},
        why=refund["why"], agency_id=payment["agency"], company_id=payment["company"],
    )  # fmt: skip
    return "done"


@step
async def done_at_bank(refund_id: int, entry_id: int | None) -> str:
    """A refund by transfer was carried out: as entry `entry_id` of a statement, or as a person
    says who saw it."""
    await execute(
        "UPDATE refund SET bank_entry = coalesce(bank_entry, $2) WHERE id = $1::bigint",
        refund_id,
        entry_id,
    )
    return await _done(refund_id, None)


@step
async def _undone(refund: dict[str, Any], payment: dict[str, Any], why: str) -> str:
    """The card's bank sent a refund back: the money is with us again and waits for a person."""
    left = gone(payment).home(refund["amount_minor"])
    beyond = payment["beyond_minor"] - left.beyond_minor
    amount = refund["amount_minor"] - beyond
    state = PaymentState(payment["state"])
    if state is PaymentState.REFUNDED and amount:
        state = rules.move(PAYMENT_MOVES, state, PaymentState.FLAGGED)
    await execute(
        "UPDATE payment SET back_minor = $2, state = $3, note = $4, beyond_minor = $5"
        " WHERE id = $1::bigint",
        payment["id"],
        left.back_minor,
        state.value,
        N_("A refund of it came back."),
        left.beyond_minor,
    )
    await _set(refund, RefundState.FAILED, why)
    await post(
        payment["agency"],
        "refund_back",
        f"payment:{payment['id']}",
        await _key("refund_back", refund["id"]),
        postings.of_payment(payment["method"], amount, payment["currency"], payment["company"], 0)
        + postings.of_beyond(payment["method"], -beyond, payment["currency"], payment["company"]),
    )
    await audit.record(
        SYSTEM, "refund.back", "payment", payment["id"],
        after={"refund": refund["id"], "amount_minor": amount, "state": state.value},
        why=why, agency_id=payment["agency"], company_id=payment["company"],
    )  # fmt: skip
    await jobs.enqueue("billing.refund_failed", refund_id=refund["id"])
    return "came back"


@step
async def _key(kind: str, refund_id: int) -> str:
    """The ledger's key of this turn of a refund, which may be done and come back again."""
    before = await value(
        "SELECT count(*) FROM ledger_entry WHERE key LIKE $1", f"{kind}:{refund_id}:%"
    )
    return f"{kind}:{refund_id}:{before + 1}"


async def open_refunds() -> list[int]:
    """Refunds that Stripe should have confirmed by now."""
    found = await rows(
        "SELECT r.id FROM refund r JOIN payment p ON p.id = r.payment WHERE p.method = 'card'"
        " AND r.state IN ('asked', 'sent') AND r.created_at < $1 ORDER BY r.id LIMIT 50",
        clock.now() - timedelta(minutes=1),
    )
    return [each["id"] for each in found]
