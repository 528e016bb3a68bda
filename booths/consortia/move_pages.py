"""Another stand for a consortium: choose it, see what changes for everybody, then do it."""

from typing import Any

from litestar import Request, Response

from booths.calls import queries as calls
from booths.calls import showing
from booths.consortia import moving, queries
from booths.consortia.forms import MoveTogetherForm
from booths.consortia.rules import Stage
from booths.offers.moving import Change
from booths.plans import queries as plans
from booths.plans.occupancy import as_seen_by
from booths.plans.rules import KIND_NAMES
from server.accounts.permissions import Actor
from server.errors import NotFound, Refused
from server.text import N_, gettext
from server.web import get, needs, page, post, submit
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
Answer = Response[Any]
_MOVE = "/desk/consortia/{consortium_id:int}/move"


async def _show(request: Asked, actor: Actor, consortium_id: int) -> Answer:
    together = await queries.desk_consortium(actor, consortium_id)
    if together.row.state is not Stage.ADMITTED or together.row.stand is None:
        raise NotFound
    call = await calls.own_call(actor, together.row.call)
    typed = request.scope["state"].get("typed", {})
    wanted = str(typed.get("stand", request.query_params.get("stand", "")))
    changes: list[Change] = []
    if wanted.isdecimal() and len(wanted) < 10:
        form = MoveTogetherForm(stand=int(wanted), seen_stand=together.row.stand, why="-----")
        try:
            changes = await moving.try_move(actor, form, consortium_id=consortium_id)
        except Refused as refused:
            if not request.scope["state"].get("errors"):
                show_again(request, {"stand": wanted}, refused)
    return page(
        request,
        "consortia/move.html",
        together=together,
        call=call,
        changes=changes,
        total=moving.summed(changes),
        repriced=any(each.price for each in changes),
        free=await showing.free_stands(call.booth),
        booth=await plans.booth(call.booth),
        stands=await plans.stands(call.booth),
        states=as_seen_by(actor, await showing.occupants(call.booth)),
        kinds={kind.value: gettext(name) for kind, name in KIND_NAMES.items()},
    )


@get(_MOVE, needs("consortium.admit"))
async def move_page(request: Asked, actor: Actor, consortium_id: int) -> Answer:
    """Every stand of the plan may be chosen: a free one, or one to exchange."""
    return await _show(request, actor, consortium_id)


@post(_MOVE, needs("consortium.admit"))
async def move(request: Asked, actor: Actor, consortium_id: int) -> Answer:
    """Move all, or exchange."""
    return await submit(
        request,
        MoveTogetherForm,
        act=lambda form: moving.move(actor, form, consortium_id=consortium_id),
        to=f"/desk/consortia/{consortium_id}",
        said=N_("Every member has the new stand, and a mail about it."),
        again=lambda: _show(request, actor, consortium_id),
    )


HANDLERS = [move_page, move]
