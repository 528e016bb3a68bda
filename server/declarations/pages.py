"""Where a company sees, gives and takes back what it declares; where staff read it."""

from typing import Any

from litestar import Request, Response

from server import clock
from server.accounts.permissions import Actor
from server.aid.queries import today
from server.declarations import actions, queries
from server.declarations.forms import GiveForm, NothingForm
from server.declarations.kinds import NAMES, kind_on
from server.errors import NotFound
from server.organisations import queries as organisations
from server.text import N_, gettext
from server.web import get, needs, page, post, submit
from server.web.forms import fields

Asked = Request[Any, Any, Any]
Answer = Response[Any]
HOME = "/my/company/declarations"


async def _show_own(request: Asked, actor: Actor) -> Answer:
    return page(request, "declarations/list.html", lines=await queries.own_lines(actor))


@get("/my/company/declarations", needs("declaration.own"))
async def own(request: Asked, actor: Actor) -> Answer:
    """Every kind of declaration: valid, about to expire, expired or missing."""
    return await _show_own(request, actor)


def _way_back(request: Asked) -> str:
    """The application that asked for the declaration, or the list."""
    wanted = request.query_params.get("application", "")
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 11:
        return f"/my/applications/{wanted}/declarations"
    return HOME


async def _show_form(request: Asked, actor: Actor, kind: str) -> Answer:
    found = kind_on(kind, clock.now().date())
    if found is None:
        raise NotFound
    lines = await queries.own_lines(actor)
    return page(
        request,
        "declarations/give.html",
        kind=found,
        before=next(each for each in lines if each.kind == kind),
        company=await organisations.own_company(actor),
        labels={
            each.name: {
                "label": gettext(each.label),
                "hint": gettext(each.hint) if each.hint else "",
            }
            for each in fields(GiveForm)
        },
        back=_way_back(request),
    )


@get("/my/company/declarations/{kind:str}", needs("declaration.give"))
async def form(request: Asked, actor: Actor, kind: str) -> Answer:
    """The text to be declared, with what it asks for."""
    return await _show_form(request, actor, kind)


@post("/my/company/declarations/{kind:str}", needs("declaration.give"))
async def give(request: Asked, actor: Actor, kind: str) -> Answer:
    """Declare it from today on."""
    return await submit(
        request,
        GiveForm,
        act=lambda given: actions.give(actor, given, kind=kind),
        to=_way_back(request),
        again=lambda: _show_form(request, actor, kind),
        said=N_("The declaration is kept with today’s date."),
    )


@post("/my/company/declarations/{declaration_id:int}/withdraw", needs("declaration.give"))
async def withdraw(request: Asked, actor: Actor, declaration_id: int) -> Answer:
    """Take one back."""
    return await submit(
        request,
        NothingForm,
        act=lambda _: actions.withdraw(actor, declaration_id=declaration_id),
        to=HOME,
        again=lambda: _show_own(request, actor),
        said=N_("The declaration is taken back. It holds no more."),
    )


@get("/desk/companies/{company_id:int}/declarations", needs("declaration.read"))
async def of_company(request: Asked, actor: Actor, company_id: int) -> Answer:
    """What a company has declared, for staff."""
    return page(
        request,
        "declarations/desk.html",
        company=await organisations.company_for_staff(actor, company_id=company_id),
        declared=await queries.of_company(actor, company_id),
        lines=await queries.lines(company_id, await today(actor)),
        names=NAMES,
    )


HANDLERS = [own, form, give, withdraw, of_company]
