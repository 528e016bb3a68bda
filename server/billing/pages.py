"""A company's invoices and how it pays them, and the address that Stripe writes to."""

from typing import Any

from litestar import Request, Response
from litestar.response import Redirect

from server import crashing
from server.accounts.permissions import Actor
from server.billing import (
    account_pages,
    accounts,
    actions,
    bank_desk,
    desk,
    ladders,
    ledger_desk,
    owed_desk,
    payer_link_pages,
    paying,
    queries,
    setting_up,
    source_pages,
    stripe_client,
    stripe_pages,
)
from server.billing.accounts import Account
from server.billing.rules import CheckoutState
from server.errors import NotFound, Refused
from server.settings import load
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
    return page(
        request, "billing/own_list.html", invoices=found, following=following,
        due=await ladders.own_due(actor),
    )  # fmt: skip


@get("/my/invoices/{invoice_id:int}", needs("invoice.own"))
async def own_invoice(request: Asked, actor: Actor, invoice_id: int) -> Response[Any]:
    """One invoice: what it says, what is open, and how to pay."""
    return await _invoice_page(request, actor, invoice_id)


async def _invoice_page(request: Asked, actor: Actor, invoice_id: int) -> Response[Any]:
    found = await queries.own_invoice(actor, invoice_id)
    return page(
        request, "billing/own_invoice.html", invoice=found, methods=queries.METHODS,
        **await paying.shown(found),
    )  # fmt: skip


@post("/my/invoices/{invoice_id:int}/pay", needs("invoice.pay"))
async def pay(request: Asked, actor: Actor, invoice_id: int) -> Response[Any]:
    """On to the card payment; a second click leads to the same one."""
    try:
        started = await actions.pay(actor, invoice_id=invoice_id)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, {}, refused)
        return await _invoice_page(request, actor, invoice_id)
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
    return page(
        request, "billing/back.html", invoice=found, waiting=waiting, **await paying.shown(found)
    )


@post(
    "/stripe/webhook",
    needs("public.read", open=True),
    request_max_body_size=LARGEST_WEBHOOK,
)
async def webhook(request: Asked) -> Response[str]:
    """A message signed for the installation's own endpoint: about its account or a joined one."""
    known = [each.strip() for each in load().stripe_webhook_secret.split(",") if each.strip()]
    return await _stored(request, accounts.house(), known)


@post(
    "/stripe/webhook/{token:str}",
    needs("public.read", open=True),
    request_max_body_size=LARGEST_WEBHOOK,
)
async def webhook_of_agency(request: Asked, token: str) -> Response[str]:
    """A message signed for the endpoint of an agency with keys of its own."""
    found = await setting_up.endpoint(token)
    if found is None:
        raise NotFound()
    return await _stored(request, *found)


async def _stored(request: Asked, account: Account, known: list[str]) -> Response[str]:
    """Store, answer; a worker acts on it later."""
    body = await request.body()
    try:
        event = stripe_client.verify(body, request.headers.get("stripe-signature", ""), known)
    except Refused as refused:
        return Response(str(refused), status_code=400, media_type="text/plain")
    if event.account and account.way == "house":
        account = await accounts.joined(event.account, event.live) or account
    new = await actions.record_stripe(account, event)
    crashing.point("webhook.stored")
    return Response("stored" if new else "known", media_type="text/plain")


HANDLERS = [
    own_invoices,
    own_invoice,
    pay,
    pay_page,
    back,
    webhook,
    webhook_of_agency,
    *desk.HANDLERS,
    *stripe_pages.HANDLERS,
    *account_pages.HANDLERS,
    *bank_desk.HANDLERS,
    *ledger_desk.HANDLERS,
    *owed_desk.HANDLERS,
    *payer_link_pages.HANDLERS,
    *source_pages.HANDLERS,
]
