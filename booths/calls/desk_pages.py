"""What an agency sees: the board, its calls, its applications, an admission."""

from typing import Any

from litestar import Request, Response

from booths.calls import (
    actions,
    additions,
    copying,
    queries,
)
from booths.calls.additions import Place
from booths.calls.board import board
from booths.calls.forms import (
    CallForm,
    CopyCallForm,
    MoveForm,
    StartForm,
)
from booths.calls.rows import CallRow
from booths.fees import queries as fees
from booths.fees.showing import ways_said
from server import clock
from server.accounts.permissions import Actor
from server.aid import queries as aid
from server.errors import Refused
from server.organisations import queries as organisations
from server.text import N_
from server.web import get, needs, page, post, submit
from server.web.forms import parse
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
Answer = Response[Any]


@get("/desk", needs("board.read"))
async def board_page(request: Asked, actor: Actor) -> Answer:
    """The board."""
    return page(
        request,
        "calls/board.html",
        board=await board(actor),
        panels=await additions.panels(Place.BOARD, actor, None),
    )


@get("/desk/calls", needs("call.list"))
async def list_calls(request: Asked, actor: Actor) -> Answer:
    """The agency's calls."""
    found, following = await queries.own_calls(
        actor, cursor=request.query_params.get("cursor", ""), limit=30
    )
    return page(request, "calls/desk_list.html", calls=found, following=following)


async def _show_form(request: Asked, actor: Actor, call: CallRow | None = None) -> Answer:
    agency = await organisations.own_agency(actor)
    lists, _ = await fees.price_lists(actor)
    return page(
        request,
        "calls/form.html",
        call=call,
        tz=agency.tz,
        booths=await fees.booths(actor),
        price_lists=lists,
        schemes=await aid.schemes(actor),
        wanted_booth=request.query_params.get("booth", ""),
        opens=clock.local(call.opens_at, call.tz) if call else None,
        closes=clock.local(call.closes_at, call.tz) if call else None,
    )


@get("/desk/calls/new", needs("call.write"))
async def new_call(request: Asked, actor: Actor) -> Answer:
    """An empty call."""
    return await _show_form(request, actor)


@post("/desk/calls/new", needs("call.write"))
async def create_call(request: Asked, actor: Actor) -> Answer:
    """Keep it as a draft."""
    return await submit(
        request,
        CallForm,
        act=lambda form: actions.create_call(actor, form),
        to=lambda made: f"/desk/calls/{made}",
        said=N_("The call is saved as a draft. Look at it and publish it."),
        again=lambda: _show_form(request, actor),
    )


async def _show_call(request: Asked, actor: Actor, call_id: int) -> Answer:
    call = await queries.own_call(actor, call_id)
    prices = await fees.prices(call.price_list)
    return page(
        request,
        "calls/desk_show.html",
        call=call,
        states=await queries.state_counts(actor, call_id),
        prices=prices,
        ways=ways_said(prices),
        terms=await aid.scheme_terms(call.scheme) if call.scheme else None,
        parts=await additions.parts(actor, call),
        panels=await additions.panels(Place.CALL_DESK, actor, call),
    )


@get("/desk/calls/{call_id:int}", needs("call.list"))
async def show_call(request: Asked, actor: Actor, call_id: int) -> Answer:
    """A call, its numbers, and what can be done with it now."""
    return await _show_call(request, actor, call_id)


async def _show_copy(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Where to, then everything that would be made."""
    call = await queries.own_call(actor, call_id)
    state = request.scope["state"]
    given = {"booth": "", "title": "", **request.query_params.dict(), **state.get("typed", {})}
    made = None
    if given.get("booth") and not state.get("errors"):
        asked = {name: given.get(name, "") for name in ("booth", "title")}
        try:
            form = parse(CopyCallForm, asked)
            made = await copying.try_copy(actor, form, call_id=call_id)
        except Refused as refused:
            if refused.status in (403, 404):
                raise
            show_again(request, asked, refused)
    return page(
        request,
        "calls/copy.html",
        call=call,
        booths=await fees.booths(actor),
        given=given,
        made=made,
        reasons=copying.reasons(),
    )


@get("/desk/calls/{call_id:int}/copy", needs("call.write"))
async def copy_page(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Choose the booth, see the copy, then make it."""
    return await _show_copy(request, actor, call_id)


@post("/desk/calls/{call_id:int}/copy", needs("call.write"))
async def copy_call(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Make it."""
    return await submit(
        request,
        CopyCallForm,
        act=lambda form: copying.copy_call(actor, form, call_id=call_id),
        to=lambda made: f"/desk/calls/{made}",
        said=N_("The copy is saved as a draft. Look at it and publish it."),
        again=lambda: _show_copy(request, actor, call_id),
    )


@get("/desk/calls/{call_id:int}/edit", needs("call.write"))
async def edit_call(request: Asked, actor: Actor, call_id: int) -> Answer:
    """The form, filled."""
    return await _show_form(request, actor, await queries.own_call(actor, call_id))


@post("/desk/calls/{call_id:int}/edit", needs("call.write"))
async def change_call(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Save the change."""

    async def again() -> Answer:
        return await _show_form(request, actor, await queries.own_call(actor, call_id))

    return await submit(
        request,
        CallForm,
        act=lambda form: actions.change_call(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}",
        said=N_("The call is saved."),
        again=again,
    )


@post("/desk/calls/{call_id:int}/publish", needs("call.publish"))
async def publish_call(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Publish it."""
    return await submit(
        request,
        StartForm,
        act=lambda form: actions.publish_call(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}",
        said=N_(
            "The call is published. Its prices are frozen, its deadlines are in the calendars."
        ),
        again=lambda: _show_call(request, actor, call_id),
    )


@post("/desk/calls/{call_id:int}/move", needs("call.decide"))
async def move_call(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Decided, or closed out."""
    return await submit(
        request,
        MoveForm,
        act=lambda form: actions.move_call(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}",
        said=N_("The call has moved on."),
        again=lambda: _show_call(request, actor, call_id),
    )


HANDLERS = [
    board_page, list_calls, new_call, create_call, show_call, edit_call, change_call, publish_call,
    move_call, copy_page, copy_call,
]  # fmt: skip
