"""The agency's pages about money."""

from typing import Any

from litestar import Request, Response

from server import clock
from server.accounts.permissions import Actor
from server.aid.queries import standing_about
from server.billing import (
    actions,
    downloads,
    evidence,
    payer_links,
    payer_pages,
    queries,
    vat_pages,
)
from server.billing.approvals import WAITS, waits_or
from server.billing.forms import CreditForm, MatchForm, MoneyFilter, RefundForm, TransferForm
from server.billing.payments import Received
from server.billing.rules import NEXT, PaymentState
from server.errors import Invalid, Refused
from server.money import to_decimal
from server.organisations.queries import own_agency
from server.text import N_
from server.web import get, needs, page, post, see_other, submit, typed_values
from server.web.forms import parse
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
STATES = {
    "to_pay": N_("All that is open"),
    "overdue": N_("Overdue"),
    "open": N_("To pay"),
    "part_paid": N_("Partly paid"),
    "paid": N_("Paid"),
    "credited": N_("Cancelled"),
    "credit": N_("Credit notes"),
}


@get("/desk/money", needs("money.read"))
async def overview(request: Asked, actor: Actor) -> Response[Any]:
    """What is invoiced, paid, open and overdue; what needs a person first, then every invoice."""
    asked = {name: request.query_params.get(name, "") for name in ("state", "q")}
    try:
        wanted = parse(MoneyFilter, asked)
    except Invalid as refused:
        show_again(request, asked, refused)
        wanted = MoneyFilter()
    found, following = await queries.invoices(
        actor, query=wanted, cursor=request.query_params.get("after", "")
    )
    agency = await own_agency(actor)
    return page(
        request, "billing/desk.html", sums=await queries.sums(actor), tz=agency.tz,
        waiting=await queries.waiting(actor), disputes=await evidence.to_answer(actor),
        invoices=found, following=following,
        wanted=wanted, states=STATES, methods=queries.METHODS,
    )  # fmt: skip


@get("/desk/money/invoices/{invoice_id:int}", needs("money.read"))
async def invoice(request: Asked, actor: Actor, invoice_id: int) -> Response[Any]:
    """One invoice of the agency."""
    return page(
        request,
        "billing/desk_invoice.html",
        invoice=await queries.agency_invoice(actor, invoice_id),
        methods=queries.METHODS,
        link=await payer_links.link_of(invoice_id),
    )


async def _cancel_page(request: Asked, actor: Actor, invoice_id: int) -> Response[Any]:
    found = await queries.agency_invoice(actor, invoice_id)
    return page(
        request,
        "billing/desk_cancel.html",
        invoice=found,
        aid=await standing_about(found.row.about),
        others=[
            each
            for each in await queries.invoices_about(found.row.about)
            if each.id != invoice_id and each.state not in ("credited", "credit")
        ],
    )


@get("/desk/money/invoices/{invoice_id:int}/cancel", needs("invoice.credit"))
async def cancel_page(request: Asked, actor: Actor, invoice_id: int) -> Response[Any]:
    """What a credit note will do, before it does it."""
    return await _cancel_page(request, actor, invoice_id)


@post("/desk/money/invoices/{invoice_id:int}/cancel", needs("invoice.credit"))
async def cancel(request: Asked, actor: Actor, invoice_id: int) -> Response[Any]:
    """Take an invoice back."""
    return await submit(
        request,
        CreditForm,
        act=lambda form: actions.cancel_invoice(actor, form, invoice_id=invoice_id),
        to=lambda done: waits_or(done, f"/desk/money/invoices/{done.id}"),
        said=lambda done: (
            WAITS if done.approval else N_("The invoice is cancelled. This is its credit note.")
        ),
        again=lambda: _cancel_page(request, actor, invoice_id),
    )


async def _payment_page(request: Asked, actor: Actor, payment_id: int) -> Response[Any]:
    return page(
        request,
        "billing/payment.html",
        payment=await queries.payment(actor, payment_id),
        methods=queries.METHODS,
        next=NEXT,
    )


@get("/desk/money/payments/{payment_id:int}", needs("money.read"))
async def payment(request: Asked, actor: Actor, payment_id: int) -> Response[Any]:
    """One payment and all that happened to it."""
    return await _payment_page(request, actor, payment_id)


@post("/desk/money/payments/{payment_id:int}/match", needs("money.record"))
async def match(request: Asked, actor: Actor, payment_id: int) -> Response[Any]:
    """Say which invoice waiting money belongs to."""
    await queries.currency_of_payment(actor, payment_id)
    return await submit(
        request,
        MatchForm,
        act=lambda form: actions.match_payment(actor, form, payment_id=payment_id),
        to=f"/desk/money/payments/{payment_id}",
        said=N_("The payment is on the invoice now."),
        again=lambda: _payment_page(request, actor, payment_id),
    )


@get("/desk/money/payments/{payment_id:int}/match", needs("money.record"))
async def match_page(payment_id: int) -> Response[Any]:
    """The form stands on the payment's own page."""
    return see_other(f"/desk/money/payments/{payment_id}")


async def _refund_page(request: Asked, actor: Actor, payment_id: int) -> Response[Any]:
    found = await queries.payment(actor, payment_id)
    row = found.row
    over = row.waits_minor if row.matched_minor else 0
    left = to_decimal(min(over or row.refundable_minor, row.refundable_minor), row.currency)
    return page(request, "billing/refund.html", payment=found, left=left)


@get("/desk/money/payments/{payment_id:int}/refund", needs("money.refund"))
async def refund_page(request: Asked, actor: Actor, payment_id: int) -> Response[Any]:
    """How much goes back, and why."""
    return await _refund_page(request, actor, payment_id)


@post("/desk/money/payments/{payment_id:int}/refund/check", needs("money.refund"))
async def refund_check(request: Asked, actor: Actor, payment_id: int) -> Response[Any]:
    """The refund in words, before any money moves."""
    typed = await typed_values(request)
    found = await queries.payment(actor, payment_id)
    try:
        form = parse(RefundForm, typed)
        amount = actions.amount_of_refund(form, found.row.currency, found.row.refundable_minor)
    except Refused as refused:
        show_again(request, typed, refused)
        return await _refund_page(request, actor, payment_id)
    return page(request, "billing/refund_check.html", payment=found, asked=form, amount=amount)


@get("/desk/money/payments/{payment_id:int}/refund/check", needs("money.refund"))
async def refund_check_page(payment_id: int) -> Response[Any]:
    """Reloaded without its form, the check begins again."""
    return see_other(f"/desk/money/payments/{payment_id}/refund")


@post("/desk/money/payments/{payment_id:int}/refund", needs("money.refund"))
async def refund(request: Asked, actor: Actor, payment_id: int) -> Response[Any]:
    """Send the money back."""
    by_card = (await queries.payment(actor, payment_id)).row.method == "card"
    return await submit(
        request,
        RefundForm,
        act=lambda form: actions.refund(actor, form, payment_id=payment_id),
        to=lambda done: waits_or(done, f"/desk/money/payments/{payment_id}"),
        said=lambda done: (
            WAITS
            if done.approval
            else (N_("The refund is on its way.") if by_card else N_("The refund is recorded."))
        ),
        again=lambda: _refund_page(request, actor, payment_id),
    )


async def _transfer_page(request: Asked, actor: Actor) -> Response[Any]:
    agency = await own_agency(actor)
    return page(request, "billing/transfer.html", agency=agency, today=clock.today(agency.tz))


@get("/desk/money/transfer", needs("money.record"))
async def transfer_page(request: Asked, actor: Actor) -> Response[Any]:
    """Record what an account statement shows."""
    return await _transfer_page(request, actor)


@post("/desk/money/transfer", needs("money.record"))
async def transfer(request: Asked, actor: Actor) -> Response[Any]:
    """Keep a bank transfer; its reference finds the invoice."""
    kept: list[Received] = []

    async def act(form: TransferForm) -> Received:
        kept.append(await actions.record_transfer(actor, form))
        return kept[-1]

    answer = await submit(
        request,
        TransferForm,
        act=act,
        to=lambda found: f"/desk/money/payments/{found.id}",
        again=lambda: _transfer_page(request, actor),
    )
    if not kept:
        return answer
    matched = kept[-1].state is PaymentState.MATCHED
    full = N_("The transfer is recorded and the invoice is paid.")
    part = N_("The transfer is recorded. The invoice is not fully paid yet.")
    other = N_("The transfer is recorded. It needs a look: see below.")
    said = (full if kept[-1].paid_in_full else part) if matched else other
    return see_other(f"/desk/money/payments/{kept[-1].id}", said=said)


HANDLERS = [
    overview, invoice, cancel_page, cancel, payment, match, match_page, refund_page, refund_check,
    refund_check_page, refund, transfer_page, transfer, *vat_pages.HANDLERS,
    *payer_pages.HANDLERS, *downloads.HANDLERS,
]  # fmt: skip
