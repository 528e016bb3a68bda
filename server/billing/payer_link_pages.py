"""What a payer without an account sees, and what the agency does about its address."""

from typing import Any

from litestar import Request, Response
from litestar.response import Redirect

from server.accounts.permissions import Actor
from server.billing import payer_access, paying, queries
from server.documents.rules import disposition
from server.errors import Refused
from server.text import N_
from server.web import get, needs, page, post, see_other
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
PRIVATE = {"cache-control": "no-store", "x-robots-tag": "noindex"}


async def _shown(request: Asked, token: str) -> Response[Any]:
    found = await payer_access.opened(token)
    answer = page(
        request, "billing/payer_invoice.html", invoice=found, token=token,
        methods=queries.METHODS, **await paying.shown(found),
    )  # fmt: skip
    answer.headers.update(PRIVATE)
    return answer


@get("/pay/{token:str}", needs("public.read"))
async def invoice(request: Asked, token: str) -> Response[Any]:
    """The invoice that a payer was sent, what is open, and how to pay."""
    answer = await _shown(request, token)
    await payer_access.note_opened(token)
    return answer


@get("/pay/{token:str}/invoice.pdf", needs("public.read"))
async def paper(token: str) -> Response[bytes]:
    """The invoice as a file, always saved and never run."""
    filename, media_type, data = await payer_access.paper(token)
    return Response(
        data,
        media_type=media_type,
        headers={**PRIVATE, "content-disposition": disposition(filename),
                 "content-security-policy": "default-src 'none'; sandbox"},
    )  # fmt: skip


@post("/pay/{token:str}/card", needs("public.read"))
async def by_card(request: Asked, token: str) -> Response[Any]:
    """On to the card payment."""
    try:
        started = await payer_access.pay(token)
    except Refused as refused:
        if refused.status == 404:
            raise
        show_again(request, {}, refused)
        return await _shown(request, token)
    return Redirect(started.url, status_code=303)


@get("/pay/{token:str}/card", needs("public.read"))
async def card_page(token: str) -> Response[Any]:
    """Whoever opens the address of the button gets the invoice."""
    return see_other(f"/pay/{token}")


@get("/paid", needs("public.read"))
async def back(request: Asked) -> Response[Any]:
    """After the card payment of a payer: Stripe never learns the payer's own address."""
    return page(request, "billing/payer_back.html")


@post("/desk/money/invoices/{invoice_id:int}/payer-link", needs("payer.link"))
async def send(actor: Actor, invoice_id: int) -> Response[Any]:
    """Mail the payer a new link."""
    await payer_access.send(actor, invoice_id=invoice_id)
    said = N_("The payer gets a mail with a new link. The one before it ends.")
    return see_other(f"/desk/money/invoices/{invoice_id}", said=said)


@post("/desk/money/invoices/{invoice_id:int}/payer-link/revoke", needs("payer.link"))
async def revoke(actor: Actor, invoice_id: int) -> Response[Any]:
    """End the payer's link."""
    await payer_access.revoke(actor, invoice_id=invoice_id)
    said = N_("The link is revoked: who opens it finds nothing.")
    return see_other(f"/desk/money/invoices/{invoice_id}", said=said)


HANDLERS = [invoice, paper, by_card, card_page, back, send, revoke]
