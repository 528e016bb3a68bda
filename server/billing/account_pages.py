"""The page on which an owner says where the agency is paid."""

from typing import Any

from litestar import Request, Response
from litestar.response import Redirect

from server.accounts.permissions import Actor
from server.billing import accounts, setting_up
from server.billing.setting_up import KeysForm, WayForm
from server.errors import Refused
from server.text import N_
from server.web import get, needs, page, post, see_other, submit, typed_values
from server.web.door import address
from server.web.forms import parse
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
HERE = "/desk/settings/payments"


async def _show(request: Asked, actor: Actor) -> Response[Any]:
    return page(
        request,
        "billing/account.html",
        account=await setting_up.shown(actor),
        house=await accounts.house_for(actor.agency_id or 0),
        platform=accounts.house(),
    )


@get(HERE, needs("agency.change"))
async def account_page(request: Asked, actor: Actor) -> Response[Any]:
    """Where card payments go, and what Stripe says about it."""
    return await _show(request, actor)


@post(f"{HERE}/keys", needs("agency.change"))
async def keys(request: Asked, actor: Actor) -> Response[Any]:
    """Keep the agency's own keys."""
    return await submit(
        request,
        KeysForm,
        act=lambda form: setting_up.set_keys(actor, form, address()),
        to=HERE,
        said=N_("Stripe knows the key. Card payments go to your account from now on."),
        again=lambda: _show(request, actor),
    )


@post(f"{HERE}/way", needs("agency.change"))
async def way(request: Asked, actor: Actor) -> Response[Any]:
    """Choose another way of being paid."""
    typed = await typed_values(request)
    try:
        return _on(await setting_up.choose(actor, parse(WayForm, typed), address()))
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, typed, refused)
        return await _show(request, actor)


def _on(where: str) -> Response[Any]:
    """On to a page of ours, or to Stripe's, where the agency says who it is."""
    if where.startswith("/"):
        return see_other(where, said=N_("This is how the agency is paid from now on."))
    return Redirect(where, status_code=303)


@post(f"{HERE}/test", needs("agency.change"))
async def test(request: Asked, actor: Actor) -> Response[Any]:
    """Ask Stripe now."""
    try:
        await setting_up.test(actor)
    except Refused as refused:
        show_again(request, {}, refused)
        return await _show(request, actor)
    return see_other(HERE, said=N_("Stripe answered. This is what it says about the account."))


@post(f"{HERE}/onboard", needs("agency.change"))
async def onboard(request: Asked, actor: Actor) -> Response[Any]:
    """Go on telling Stripe who the agency is."""
    try:
        return _on(await setting_up.onboard(actor))
    except Refused as refused:
        if refused.status == 404:
            raise
        show_again(request, {}, refused)
        return await _show(request, actor)


@get(f"{HERE}/{{part:str}}", needs("agency.change"))
async def account_part(part: str) -> Response[Any]:
    """Reloaded without its form, a part leads to the page."""
    return see_other(HERE)


HANDLERS = [account_page, keys, way, test, onboard, account_part]
