"""How a call is paid, and who may move in: the pages."""

from typing import Any

from litestar import Request, Response

from booths.calls import moving_in, paying, queries
from booths.calls.forms import Because, PaymentForm
from server.accounts.permissions import Actor
from server.billing import ladders
from server.text import N_
from server.web import get, needs, page, post, submit

Asked = Request[Any, Any, Any]
Answer = Response[Any]


async def _show_payment(request: Asked, actor: Actor, call_id: int) -> Answer:
    call = await queries.own_call(actor, call_id)
    return page(
        request, "calls/payment.html", call=call, payment=await paying.of_call(call_id),
        offered=await ladders.own_terms(actor),
    )  # fmt: skip


@get("/desk/calls/{call_id:int}/payment", needs("call.list"))
async def show_payment(request: Asked, actor: Actor, call_id: int) -> Answer:
    """How a call is paid."""
    return await _show_payment(request, actor, call_id)


@post("/desk/calls/{call_id:int}/payment", needs("call.write"))
async def set_payment(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Choose how a draft is paid."""
    return await submit(
        request,
        PaymentForm,
        act=lambda form: paying.set_payment(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}",
        said=N_("How this call is paid is saved. Companies read it before they apply."),
        again=lambda: _show_payment(request, actor, call_id),
    )


async def _show_on_site(request: Asked, actor: Actor, call_id: int) -> Answer:
    call, found = await moving_in.on_site(actor, call_id)
    return page(request, "calls/on_site.html", call=call, found=found)


@get("/desk/calls/{call_id:int}/on-site", needs("application.list"))
async def show_on_site(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Every stand with its exhibitor, and who may move in; made to be printed."""
    return await _show_on_site(request, actor, call_id)


@get("/desk/calls/{call_id:int}/on-site.csv", needs("application.list"))
async def on_site_csv(actor: Actor, call_id: int) -> Response[bytes]:
    """The same for a spreadsheet."""
    _, found = await moving_in.on_site(actor, call_id)
    return Response(
        moving_in.as_csv(found),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="on-site.csv"'},
    )


@get("/desk/applications/{application_id:int}/move-in", needs("move_in.allow"))
async def show_allow(request: Asked, actor: Actor, application_id: int) -> Answer:
    """What is open, and a reason to let the exhibitor in all the same."""
    found = await queries.desk_dossier(actor, application_id)
    return page(
        request, "calls/move_in.html", found=found,
        stand=await moving_in.of_application(application_id),
    )  # fmt: skip


@post("/desk/applications/{application_id:int}/move-in", needs("move_in.allow"))
async def allow(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Let the exhibitor in."""
    return await submit(
        request,
        Because,
        act=lambda form: moving_in.allow(actor, form, application_id=application_id),
        to=f"/desk/applications/{application_id}",
        said=N_("The exhibitor may move in, and the list on site says so."),
        again=lambda: show_allow.fn(request, actor, application_id),
    )


HANDLERS = [show_payment, set_payment, show_on_site, on_site_csv, show_allow, allow]
