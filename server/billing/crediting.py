"""Taking an invoice back by a credit note: its content, its postings, the payments set free."""

from typing import Any

from server import audit, clock
from server.accounts.permissions import Actor, require
from server.billing import papers, postings, rules
from server.billing.content import credited, totals_of
from server.billing.invoices import close_checkouts, insert, lock_invoice, take_number
from server.billing.ledger import post
from server.billing.rules import (
    INVOICE_MOVES,
    PAYMENT_MOVES,
    InvoiceKind,
    InvoiceState,
    PaymentState,
)
from server.database import action, execute, rows, step, value
from server.errors import Conflict, NotFound, Refused
from server.organisations import queries as organisations
from server.text import N_


@step
async def credit(actor: Actor, *, invoice_id: int, why: str) -> int:
    """Take a whole invoice back by a credit note; returns the note's id.

    What was paid on it is not lost: it becomes unallocated money, state "late", which the agency
    refunds or puts on another invoice.
    """
    require(actor, "invoice.credit")
    if not why.strip():
        raise Refused(N_("Say why the invoice is cancelled: it is printed on the credit note."),
                      field="why")  # fmt: skip
    invoice = await lock_invoice(invoice_id)
    if not actor.system and invoice["agency"] != actor.agency_id:
        raise NotFound()
    if invoice["kind"] == InvoiceKind.CREDIT_NOTE:
        raise Refused(N_("A credit note cannot be cancelled. Issue a new invoice instead."))
    if invoice["state"] == InvoiceState.CREDITED:
        raise Conflict(N_("This invoice was cancelled already. Nothing was changed."))
    if invoice["kind"] == InvoiceKind.PREPAYMENT and (final := await _taken_off(invoice)):
        raise Conflict(
            N_("Invoice {number} takes this prepayment off. Cancel that one first."), number=final
        )
    if whole := await _stands_beside(invoice_id):
        raise Conflict(
            N_("This invoice is a part of {number}. Cancel that one: both are taken back."),
            number=whole,
        )
    agency = await organisations.agency(invoice["agency"])
    company = await organisations.company(invoice["company"])
    on = clock.today(agency.tz)
    n = await take_number(agency.id, InvoiceKind.CREDIT_NOTE, on.year)
    number = rules.number(agency.invoice_prefix or "INV", InvoiceKind.CREDIT_NOTE, on.year, n)
    content = credited(
        invoice["content"], number, rules.reference(agency.id, InvoiceKind.CREDIT_NOTE, on.year, n),
        on, why.strip(),
    )  # fmt: skip
    total = totals_of(invoice["content"])
    note_id = await insert(
        InvoiceKind.CREDIT_NOTE, agency.id, company.id, content, total, invoice["about"],
        InvoiceState.CREDIT, sign=-1, credits=invoice_id,
    )  # fmt: skip
    await post(
        agency.id,
        "credit_note",
        f"invoice:{invoice_id}",
        f"credit:{invoice_id}",
        postings.of_credit_note(
            total,
            invoice["currency"],
            company.id,
            prepayment=invoice["kind"] == InvoiceKind.PREPAYMENT,
        ),
    )
    await _set_free(invoice)
    state = rules.move(INVOICE_MOVES, InvoiceState(invoice["state"]), InvoiceState.CREDITED)
    await execute(
        "UPDATE invoice SET state = $2, paid_minor = 0 WHERE id = $1::bigint",
        invoice_id,
        state.value,
    )
    await close_checkouts(invoice_id)
    await audit.record(
        actor, "invoice.credit", "invoice", invoice_id, before={"state": invoice["state"]},
        after={"state": state.value, "credit_note": number}, why=why,
        agency_id=agency.id, company_id=company.id,
    )  # fmt: skip
    await papers.send_credit_note(note_id, content, agency, company)
    if invoice["beside"]:
        part = await value("SELECT state FROM invoice WHERE id = $1", invoice["beside"])
        if part != InvoiceState.CREDITED:
            await credit(actor, invoice_id=invoice["beside"], why=why)
    return note_id


async def _taken_off(prepayment: dict[str, Any]) -> str | None:
    """The number of the final invoice that counts on a prepayment, if one stands."""
    found = await value(
        "SELECT number FROM invoice WHERE about = $1 AND kind = 'invoice' AND state <> 'credited'"
        " AND content -> 'prepaid' @> jsonb_build_array(jsonb_build_object('number', $2::text))",
        prepayment["about"],
        prepayment["number"],
    )
    return None if found is None else str(found)


async def _stands_beside(invoice_id: int) -> str | None:
    """The number of the exhibitor's invoice that takes off this payer's, if it stands."""
    found = await value(
        "SELECT number FROM invoice WHERE beside = $1::bigint AND state <> 'credited'", invoice_id
    )
    return None if found is None else str(found)


@step
async def _set_free(invoice: dict[str, Any]) -> None:
    """Take the payments of a credited invoice off it again."""
    for paid in await rows(
        "SELECT * FROM payment WHERE invoice = $1::bigint AND matched_minor > 0"
        " ORDER BY id FOR UPDATE",
        invoice["id"],
    ):
        await post(
            paid["agency"],
            "set_free",
            f"payment:{paid['id']}",
            f"set_free:{paid['id']}:{invoice['id']}",
            postings.reversed_(
                postings.of_matching(
                    paid["matched_minor"], paid["currency"], invoice["company"], invoice["company"]
                )
                + postings.of_fee(paid["fee_minor"], paid["currency"], invoice["company"])
            ),
        )
        state = rules.move(PAYMENT_MOVES, PaymentState(paid["state"]), PaymentState.LATE)
        await execute(
            "UPDATE payment SET matched_minor = 0, fee_minor = 0, state = $2 WHERE id = $1::bigint",
            paid["id"],
            state.value,
        )


@action
async def credit_invoice(actor: Actor, *, invoice_id: int, why: str) -> int:
    """The manager's own act: cancel one invoice. Returns the credit note's id."""
    return await credit(actor, invoice_id=invoice_id, why=why)
