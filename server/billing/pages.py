"""A company's invoices and how it pays them, and the address that Stripe writes to."""

from typing import Any

from litestar import Request, Response
from litestar.response import Redirect

from server import crashing
from server.accounts.permissions import Actor
from server.billing import actions, desk, queries, stripe_client
from server.billing.rules import CheckoutState
from server.errors import Refused
from server.web import get, needs, page, post, see_other
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
LARGEST_WEBHOOK = 1_000_000


@get("/my/invoices", needs("invoice.own"))
async def own_invoices(request: Asked, actor: Actor) -> Response[Any]:
    """Every invoice and credit note of the company."""
    found, following = await queries.own_invoices(
        actor, cursor=request.query_params.get("after", "")
    )
    return page(request, "billing/own_list.html", invoices=found, following=following)


@get("/my/invoices/{invoice_id:int}", needs("invoice.own"))
async def own_invoice(request: Asked, actor: Actor, invoice_id: int) -> Response[Any]:
    """One invoice: what it says, what is open, and how to pay."""
    return page(
        request,
        "billing/own_invoice.html",
        invoice=await queries.own_invoice(actor, invoice_id),
        by_card=stripe_client.configured(),
        methods=queries.METHODS,
    )


@post("/my/invoices/{invoice_id:int}/pay", needs("invoice.pay"))
async def pay(request: Asked, actor: Actor, invoice_id: int) -> Response[Any]:
    """On to the card payment; a second click leads to the same one."""
    try:
        started = await actions.pay(actor, invoice_id=invoice_id)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, {}, refused)
        found = await queries.own_invoice(actor, invoice_id)
        return page(
            request, "billing/own_invoice.html", invoice=found, methods=queries.METHODS,
            by_card=stripe_client.configured(),
        )  # fmt: skip
    return Redirect(started.url, status_code=303)


@get("/my/invoices/{invoice_id:int}/pay", needs("invoice.own"))
async def pay_page(invoice_id: int) -> Response[Any]:
    """Whoever opens the address of the button gets the invoice."""
    return see_other(f"/my/invoices/{invoice_id}")


@get("/my/invoices/{invoice_id:int}/back", needs("invoice.own"))
async def back(request: Asked, actor: Actor, invoice_id: int) -> Response[Any]:
    """After the card payment: what is known by now. It shows, and confirms nothing by itself."""
    found = await queries.own_invoice(actor, invoice_id)
    waiting = found.row.open_minor > 0 and found.checkout_state in (
        CheckoutState.OPEN,
        CheckoutState.STARTING,
        CheckoutState.PROCESSING,
    )
    return page(request, "billing/back.html", invoice=found, waiting=waiting)


@post(
    "/stripe/webhook",
    needs("public.read", open=True),
    request_max_body_size=LARGEST_WEBHOOK,
)
async def webhook(request: Asked) -> Response[str]:
    """A message signed by Stripe: stored, answered, and acted on later by a worker."""
    body = await request.body()
    try:
        event = stripe_client.verify(body, request.headers.get("stripe-signature", ""))
    except Refused as refused:
        return Response(str(refused), status_code=400, media_type="text/plain")
    if event.live is stripe_client.test_mode():
        return Response("other mode", status_code=400, media_type="text/plain")
    known = not await actions.record_stripe(event)
    crashing.point("webhook.stored")
    return Response("known" if known else "stored", media_type="text/plain")


HANDLERS = [own_invoices, own_invoice, pay, pay_page, back, webhook, *desk.HANDLERS]
