"""Money in: received once, matched by rule or by a person, never lost and never guessed."""

from datetime import datetime
from typing import Any

import msgspec

from server import audit, clock, jobs
from server.accounts.permissions import SYSTEM, Actor, require
from server.billing import postings, rules
from server.billing.invoices import lock_invoice, owed, set_paid
from server.billing.ledger import post
from server.billing.rules import PAYMENT_MOVES, Match, PaymentState
from server.database import execute, row, step, value
from server.errors import Conflict, NotFound, Refused
from server.text import N_


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a payment."""

    id: int
    state: PaymentState
    why: Match
    invoice_id: int | None
    paid_in_full: bool = False


@step
async def receive(
    *,
    agency_id: int,
    invoice_id: int | None,
    method: str,
    amount_minor: int,
    currency: str,
    received_at: datetime,
    external_ref: str,
    reference: str = "",
    payer: str = "",
    note: str = "",
    asked_minor: int | None = None,
    checkout_id: int | None = None,
    actor: Actor = SYSTEM,
) -> Received | None:
    """Keep a payment, post it, and settle the invoice if it fits; None if it is known already.

    `external_ref` is the outside world's name of the payment: whoever comes second with it, even
    at the same moment, changes nothing.
    """
    invoice = None if invoice_id is None else await lock_invoice(invoice_id)
    why = rules.match(None if invoice is None else owed(invoice), amount_minor, currency)
    state = rules.payment_state(why, asked_minor=asked_minor, amount_minor=amount_minor)
    matched = amount_minor if state is PaymentState.MATCHED else 0
    company = invoice["company"] if invoice else None
    payment_id = await value(
        "INSERT INTO payment (agency, invoice, company, checkout, method, amount_minor,"
        " matched_minor, currency, received_at, external_ref, reference, payer, state, note,"
        " created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)"
        " ON CONFLICT (method, external_ref) DO NOTHING RETURNING id",
        agency_id,
        invoice_id,
        company,
        checkout_id,
        method,
        amount_minor,
        matched,
        currency,
        received_at,
        external_ref,
        reference,
        payer,
        state.value,
        note or (rules.WHY[why] if state is not PaymentState.MATCHED else ""),
        clock.now(),
    )
    if payment_id is None:
        return None
    await post(
        agency_id,
        "payment",
        f"payment:{payment_id}",
        f"payment:{payment_id}",
        postings.of_payment(method, amount_minor, currency, company, matched),
    )
    full = False
    if invoice and matched:
        full = await set_paid(invoice, invoice["paid_minor"] + matched) is rules.InvoiceState.PAID
    await audit.record(
        actor, "payment.receive", "payment", payment_id,
        after={"state": state.value, "amount_minor": amount_minor, "currency": currency,
               "method": method, "invoice": invoice_id},
        why=rules.WHY[why], agency_id=agency_id, company_id=company,
    )  # fmt: skip
    if state is not PaymentState.MATCHED:
        await jobs.enqueue("billing.needs_a_person", payment_id=payment_id)
    return Received(id=payment_id, state=state, why=why, invoice_id=invoice_id, paid_in_full=full)


@step
async def lock_payment(actor: Actor, payment_id: int) -> dict[str, Any]:
    """The payment's row, held; NotFound for anybody of another agency."""
    found = await row("SELECT * FROM payment WHERE id = $1::bigint FOR UPDATE", payment_id)
    if found is None or not (actor.system or found["agency"] == actor.agency_id):
        raise NotFound()
    return found


@step
async def put_on_invoice(actor: Actor, *, payment_id: int, invoice_id: int, why: str) -> Received:
    """Put money that waits (flagged, late, unmatched or overpaid) on an invoice that is open.

    As much as the invoice still asks for is matched; the rest goes on waiting.
    """
    require(actor, "money.record")
    invoice = await lock_invoice(invoice_id)
    payment = await lock_payment(actor, payment_id)
    if invoice["agency"] != payment["agency"]:
        raise NotFound()
    asks = owed(invoice)
    found = rules.match(asks, payment["amount_minor"], payment["currency"])
    if found is Match.CURRENCY:
        raise Refused(
            N_("The payment came in {paid} and the invoice asks for {asked}. Refund it, and ask"
               " for the right currency."),
            field="invoice", paid=payment["currency"], asked=invoice["currency"],
        )  # fmt: skip
    if invoice["kind"] == rules.InvoiceKind.CREDIT_NOTE or asks.state not in rules.TO_PAY:
        raise Refused(N_("Invoice {number} has nothing to pay. Choose an open one."),
                      field="invoice", number=invoice["number"])  # fmt: skip
    if payment["invoice"] not in (None, invoice_id) and payment["matched_minor"]:
        raise Conflict(N_("Part of this payment is on another invoice. Refund the rest instead."))
    waits = payment["amount_minor"] - payment["matched_minor"] - payment["asked_back_minor"]
    amount = min(waits, asks.open_minor)
    if amount <= 0:
        raise Conflict(N_("Nothing of this payment is left to put on an invoice."))
    state = rules.move(PAYMENT_MOVES, PaymentState(payment["state"]), PaymentState.MATCHED)
    await execute(
        "UPDATE payment SET invoice = $2, company = $3, matched_minor = matched_minor + $4,"
        " state = $5 WHERE id = $1::bigint",
        payment_id,
        invoice_id,
        invoice["company"],
        amount,
        state.value,
    )
    await post(
        payment["agency"],
        "matching",
        f"payment:{payment_id}",
        await _turn("matching", payment_id),
        postings.of_matching(amount, payment["currency"], payment["company"], invoice["company"]),
    )
    after = await set_paid(invoice, invoice["paid_minor"] + amount)
    await audit.record(
        actor, "payment.match", "payment", payment_id, before={"state": payment["state"]},
        after={"state": state.value, "invoice": invoice_id, "amount_minor": amount}, why=why,
        agency_id=payment["agency"], company_id=invoice["company"],
    )  # fmt: skip
    return Received(
        id=payment_id, state=state, why=found, invoice_id=invoice_id,
        paid_in_full=after is rules.InvoiceState.PAID,
    )  # fmt: skip


@step
async def _turn(kind: str, payment_id: int) -> str:
    """The ledger's key of this turn of a payment, which may be matched and taken off again."""
    n = await value("SELECT count(*) FROM ledger_entry WHERE about = $1", f"payment:{payment_id}")
    return f"{kind}:{payment_id}:{n}"


@step
async def take_off_invoice(actor: Actor, *, payment_id: int, why: str) -> None:
    """Undo a wrong match: the money waits again, the invoice asks for it again, and the ledger
    keeps both by a reversal."""
    require(actor, "money.record")
    if not why.strip():
        raise Refused(N_("Say why the match was wrong: it stays with the payment."), field="why")
    invoice_id = await value(
        "SELECT invoice FROM payment WHERE id = $1::bigint AND agency = $2::bigint",
        payment_id,
        actor.agency_id,
    )
    if invoice_id is None:
        raise NotFound()
    invoice = await lock_invoice(invoice_id)
    payment = await lock_payment(actor, payment_id)
    if not payment["matched_minor"] or payment["method"] != "transfer":
        raise Conflict(N_("This payment is on no invoice from which it could be taken."))
    if payment["asked_back_minor"]:
        raise Conflict(N_("Some of this payment went back already. Nothing was changed."))
    matched, fee = payment["matched_minor"], payment["fee_minor"]
    company = invoice["company"]
    back = postings.of_matching(matched, payment["currency"], payment["company"], company)
    await post(  # while it is still on the invoice: the entry keeps which one it was
        payment["agency"],
        "unmatching",
        f"payment:{payment_id}",
        await _turn("unmatching", payment_id),
        postings.reversed_(back + postings.of_fee(fee, payment["currency"], company)),
    )
    state = rules.move(PAYMENT_MOVES, PaymentState(payment["state"]), PaymentState.UNMATCHED)
    await execute(
        "UPDATE payment SET invoice = NULL, matched_minor = 0, fee_minor = 0, state = $2, note = $3"
        " WHERE id = $1::bigint",
        payment_id,
        state.value,
        N_("It was taken off an invoice: the match was wrong."),
    )
    await set_paid(invoice, invoice["paid_minor"] - matched - fee)
    await audit.record(
        actor, "payment.unmatch", "payment", payment_id,
        before={"state": payment["state"], "invoice": invoice_id, "amount_minor": matched},
        after={"state": state.value}, why=why,
        agency_id=payment["agency"], company_id=company,
    )  # fmt: skip


@step
async def split_off(actor: Actor, *, payment_id: int, amount_minor: int) -> int:
    """Part money that waits: `amount_minor` of it becomes a payment of its own, whose id is
    returned. Both together are what was received; the ledger does not move."""
    require(actor, "money.record")
    payment = await lock_payment(actor, payment_id)
    if payment["matched_minor"] or payment["asked_back_minor"]:
        raise Conflict(N_("Some of this payment is used already, so it cannot be split."))
    if not 0 < amount_minor < payment["amount_minor"]:
        raise Refused(N_("A part must be smaller than the payment."), field="amount")
    root = payment["part_of"] or payment_id
    await execute(
        "UPDATE payment SET amount_minor = amount_minor - $2, received_minor = CASE WHEN part_of"
        " IS NULL THEN coalesce(received_minor, amount_minor) END WHERE id = $1::bigint",
        payment_id,
        amount_minor,
    )
    n = await value("SELECT count(*) FROM payment WHERE part_of = $1::bigint", root)
    made = await value(
        "INSERT INTO payment (agency, invoice, company, method, amount_minor, currency,"
        " received_at, external_ref, reference, payer, state, note, created_at, bank_entry,"
        " part_of) SELECT agency, invoice, company, method, $2, currency, received_at,"
        " left((SELECT external_ref FROM payment WHERE id = $3::bigint), 180) || '/' || $4,"
        " reference, payer, state, note, $5, bank_entry, $3::bigint FROM payment"
        " WHERE id = $1::bigint RETURNING id",
        payment_id,
        amount_minor,
        root,
        str(n + 2),
        clock.now(),
    )
    await audit.record(
        actor, "payment.split", "payment", payment_id,
        before={"amount_minor": payment["amount_minor"]},
        after={"amount_minor": payment["amount_minor"] - amount_minor, "part": made},
        agency_id=payment["agency"], company_id=payment["company"],
    )  # fmt: skip
    return int(made)
