"""Pages of companies under one control."""

from typing import Any

from litestar import Request, Response

from server.accounts.permissions import Actor
from server.aid import queries, undertakings
from server.aid.scheme_pages import labels
from server.aid.scopes import companies_of
from server.aid.undertakings import CONTROL, LinkDecision, LinkForm, PartForm
from server.text import N_, gettext
from server.web import get, needs, page, post, submit

Asked = Request[Any, Any, Any]
Answer = Response[Any]


def _kinds() -> dict[str, str]:
    return {kind: gettext(name) for kind, name in CONTROL.items()}


@get("/my/company/aid/links", needs("aid.own"))
async def own_links(request: Asked, actor: Actor) -> Answer:
    """The links of one's company, and the form to declare one."""
    return page(
        request,
        "aid/own_links.html",
        links=await undertakings.own_links(actor),
        kinds=_kinds(),
        form=labels(LinkForm),
    )


@post("/my/company/aid/links", needs("aid.declare"))
async def declare_link(request: Asked, actor: Actor) -> Answer:
    """Declare a link."""
    return await submit(
        request,
        LinkForm,
        act=lambda form: undertakings.declare_link(actor, form),
        to="/my/company/aid/links",
        again=lambda: own_links.fn(request, actor),
        said=N_("The link is declared. It counts once an agency has confirmed it."),
    )


@get("/desk/aid/links", needs("aid.read"))
async def list_links(request: Asked, actor: Actor) -> Answer:
    """What companies declare, what waits first."""
    return page(
        request, "aid/links.html", links=await undertakings.all_links(actor), kinds=_kinds()
    )


@get("/desk/aid/links/{link_id:int}", needs("aid.read"))
async def show_link(request: Asked, actor: Actor, link_id: int) -> Answer:
    """One link, to decide on or to end."""
    return page(
        request,
        "aid/link.html",
        link=await undertakings.link(actor, link_id),
        seen=await companies_of(actor),
        kinds=_kinds(),
        form=labels(LinkDecision, PartForm),
        today=await queries.today(actor),
    )


@post("/desk/aid/links/{link_id:int}", needs("aid.grant"))
async def decide_link(request: Asked, actor: Actor, link_id: int) -> Answer:
    """Confirm or refuse."""
    return await submit(
        request,
        LinkDecision,
        act=lambda form: undertakings.decide_link(actor, form, link_id=link_id),
        to="/desk/aid/links",
        again=lambda: show_link.fn(request, actor, link_id),
        said=N_("The decision is kept."),
    )


@post("/desk/aid/links/{link_id:int}/part", needs("aid.grant"))
async def part(request: Asked, actor: Actor, link_id: int) -> Answer:
    """End the link."""
    return await submit(
        request,
        PartForm,
        act=lambda form: undertakings.part(actor, form, link_id=link_id),
        to="/desk/aid/links",
        again=lambda: show_link.fn(request, actor, link_id),
        said=N_("The link has ended. Each company has its own ceilings again."),
    )


HANDLERS = [own_links, declare_link, list_links, show_link, decide_link, part]
