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
    if invoice["kind"] != rules.InvoiceKind.INVOICE or asks.state not in rules.TO_PAY:
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
    n = await value("SELECT count(*) FROM ledger_entry WHERE about = $1", f"payment:{payment_id}")
    await post(
        payment["agency"],
        "matching",
        f"payment:{payment_id}",
        f"matching:{payment_id}:{n}",
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
