"""The agency's pages of a joint booth: its facts, its plan, its stands."""

from decimal import Decimal
from typing import Any

from litestar import Request, Response

from booths.plans import actions, drafting, occupancy, queries
from booths.plans.forms import (
    AppliedLayout,
    Blocking,
    ChangedBooth,
    ChangedStand,
    Layout,
    NewBooth,
    NewStand,
    RemovedStand,
)
from booths.plans.outlines import Rect
from booths.plans.queries import BoothRow, StandRow
from booths.plans.rules import (
    EDGE_NAMES,
    KIND_NAMES,
    Placed,
    Suggested,
    free_place,
    suggest,
)
from events.fairs import queries as fairs
from server.accounts.permissions import Actor
from server.database import page_id
from server.errors import Invalid, NotFound
from server.text import N_, gettext
from server.web import get, needs, page, post, submit
from server.web.forms import Form, fields, parse

USUAL = {"width_m": "3", "depth_m": "3", "aisle_m": "3"}
Asked = Request[Any, Any, Any]
Answer = Response[Any]


def _form(form: type[Form]) -> dict[str, dict[str, str]]:
    """Labels and hints of a form's fields, for the macros."""
    return {
        field.name: {
            "label": gettext(field.label),
            "hint": gettext(field.hint) if field.hint else "",
        }
        for field in fields(form)
    }


def _choices(names: dict[Any, str]) -> list[tuple[str, str]]:
    return [(str(key), gettext(name)) for key, name in names.items()]


@get("/desk/booths/new", needs("booth.create"))
async def new_booth(request: Asked, actor: Actor) -> Answer:
    """The form for a booth at the fair in the query."""
    state_typed = request.scope["state"].get("typed", {})
    wanted = str(state_typed.get("fair") or request.query_params.get("fair", ""))
    fair_id = page_id(wanted)
    if fair_id is None:
        raise NotFound(N_("Choose a fair first: a joint booth is added from the fair’s page."))
    fair = await fairs.fair(fair_id)
    if fair.agency != actor.agency_id and fair.published_at is None:
        raise NotFound()
    return page(
        request,
        "plans/new.html",
        fair=fair,
        booth=None,
        others=[each for each in await queries.of_fair(fair_id) if each.agency != actor.agency_id],
        form=_form(NewBooth),
        edges=_choices(EDGE_NAMES),
    )


@post("/desk/booths/new", needs("booth.create"))
async def create_booth(request: Asked, actor: Actor) -> Answer:
    """Make the booth and go on to its plan."""
    return await submit(
        request,
        NewBooth,
        act=lambda form: actions.create_booth(actor, form),
        to=lambda made: f"/desk/booths/{made}/layout",
        again=lambda: new_booth.fn(request, actor),
        said=N_("The booth is saved. Now draw its stands."),
    )


@get("/desk/booths/{booth_id:int}", needs("booth.read"))
async def show_booth(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """Facts, figures and the plan with who stands where."""
    booth = await queries.own_booth(actor, booth_id)
    stands = await queries.stands(booth_id)
    states = occupancy.as_seen_by(actor, await occupancy.of_booth(booth_id))
    return page(
        request,
        "plans/booth.html",
        booth=booth,
        stands=stands,
        states=states,
        edges=[gettext(EDGE_NAMES[edge]) for edge in EDGE_NAMES if edge in booth.open_edges],
    )


@get("/desk/booths/{booth_id:int}/edit", needs("booth.change"))
async def edit_booth(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """The form for the facts."""
    booth = await queries.own_booth(actor, booth_id)
    return page(
        request,
        "plans/edit.html",
        booth=booth,
        form=_form(ChangedBooth),
        edges=_choices(EDGE_NAMES),
    )


@post("/desk/booths/{booth_id:int}/edit", needs("booth.change"))
async def change_booth(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """Save the facts."""
    return await submit(
        request,
        ChangedBooth,
        act=lambda form: actions.change_booth(actor, booth_id, form),
        to=f"/desk/booths/{booth_id}",
        again=lambda: edit_booth.fn(request, actor, booth_id),
        said=N_("The booth is changed."),
    )


def _free_place(booth: BoothRow, stands: list[StandRow]) -> Rect:
    """Where a new stand of the usual size goes: as large as the last one drawn, or 3 m by 3 m."""
    usual = Decimal("3.00")
    width_m, depth_m = (stands[-1].width_m, stands[-1].depth_m) if stands else (usual, usual)
    zero = Decimal("0.00")
    wanted = Rect(zero, zero, min(width_m, booth.width_m), min(depth_m, booth.depth_m))
    taken = [Placed(stand.label, stand.outline) for stand in stands]
    x_m, y_m = free_place(booth.floor, wanted.outline, taken)
    return Rect(x_m, y_m, wanted.width_m, wanted.depth_m)


async def _editor(
    request: Asked,
    actor: Actor,
    booth_id: int,
    template: str,
    stand_id: int | None = None,
    **context: Any,
) -> Answer:
    booth = await queries.own_booth(actor, booth_id)
    stands = await queries.stands(booth_id)
    chosen = next((stand for stand in stands if stand.id == stand_id), None)
    if stand_id is not None and chosen is None:
        raise NotFound(N_("This stand is no longer on the plan. Somebody may have removed it."))
    return page(
        request,
        template,
        booth=booth,
        stands=stands,
        states=occupancy.as_seen_by(actor, await occupancy.of_booth(booth_id)),
        stand=chosen,
        drawn_m2=sum((stand.area_m2 for stand in stands), Decimal("0.00")),
        kinds=_choices(KIND_NAMES),
        place=_free_place(booth, stands),
        **context,
    )


@get("/desk/booths/{booth_id:int}/plan", needs("booth.change"))
async def edit_plan(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """The plan, and a form to add a stand."""
    return await _editor(request, actor, booth_id, "plans/editor.html", form=_form(NewStand))


@post("/desk/booths/{booth_id:int}/plan", needs("booth.change"))
async def add_stand(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """Add a stand and stay on the plan."""
    return await submit(
        request,
        NewStand,
        act=lambda form: drafting.add_stand(actor, booth_id, form),
        to=f"/desk/booths/{booth_id}/plan",
        again=lambda: edit_plan.fn(request, actor, booth_id),
        said=N_("The stand is on the plan."),
    )


@get("/desk/booths/{booth_id:int}/stands/{stand_id:int}", needs("booth.change"))
async def edit_stand(request: Asked, actor: Actor, booth_id: int, stand_id: int) -> Answer:
    """The plan with one stand to move, resize, block or remove."""
    return await _editor(
        request, actor, booth_id, "plans/stand.html", stand_id, form=_form(ChangedStand)
    )


@post("/desk/booths/{booth_id:int}/stands/{stand_id:int}", needs("booth.change"))
async def change_stand(request: Asked, actor: Actor, booth_id: int, stand_id: int) -> Answer:
    """Save the stand."""
    return await submit(
        request,
        ChangedStand,
        act=lambda form: drafting.change_stand(actor, booth_id, stand_id, form),
        to=f"/desk/booths/{booth_id}/plan",
        again=lambda: edit_stand.fn(request, actor, booth_id, stand_id),
        said=N_("The stand is changed."),
    )


@post("/desk/booths/{booth_id:int}/stands/{stand_id:int}/remove", needs("booth.change"))
async def remove_stand(request: Asked, actor: Actor, booth_id: int, stand_id: int) -> Answer:
    """Take the stand off the plan."""
    return await submit(
        request,
        RemovedStand,
        act=lambda form: drafting.remove_stand(actor, booth_id, stand_id, form),
        to=f"/desk/booths/{booth_id}/plan",
        again=lambda: edit_stand.fn(request, actor, booth_id, stand_id),
        said=N_("The stand is off the plan."),
    )


@post("/desk/booths/{booth_id:int}/stands/{stand_id:int}/block", needs("booth.change"))
async def block_stand(request: Asked, actor: Actor, booth_id: int, stand_id: int) -> Answer:
    """Keep the stand from exhibitors."""
    return await submit(
        request,
        Blocking,
        act=lambda form: drafting.block_stand(actor, booth_id, stand_id, form),
        to=f"/desk/booths/{booth_id}/plan",
        again=lambda: edit_stand.fn(request, actor, booth_id, stand_id),
        said=N_("The stand is blocked."),
    )


@post("/desk/booths/{booth_id:int}/stands/{stand_id:int}/unblock", needs("booth.change"))
async def unblock_stand(request: Asked, actor: Actor, booth_id: int, stand_id: int) -> Answer:
    """Offer the stand again."""
    return await submit(
        request,
        RemovedStand,
        act=lambda form: drafting.unblock_stand(actor, booth_id, stand_id, form),
        to=f"/desk/booths/{booth_id}/plan",
        again=lambda: edit_stand.fn(request, actor, booth_id, stand_id),
        said=N_("The stand is free again."),
    )


@get("/desk/booths/{booth_id:int}/layout", needs("booth.change"))
async def show_layout(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """A layout to try: the query holds the sizes, the page shows the plan that they would give."""
    booth = await queries.own_booth(actor, booth_id)
    given = request.query_params or request.scope["state"].get("typed") or USUAL
    asked = {name: str(given.get(name, "")) for name in USUAL}
    found: list[Suggested] = []
    try:
        sizes = parse(Layout, asked)
        found = suggest(
            booth.floor,
            sizes.width_m,
            sizes.depth_m,
            sizes.aisle_m,
            booth.net_m2,
            booth.shared_outlines,
        )
    except Invalid as invalid:
        state = request.scope["state"]
        state.setdefault("errors", invalid.errors)
        state.setdefault("typed", asked)
    stands = await queries.stands(booth_id)
    return page(
        request,
        "plans/layout.html",
        booth=booth,
        stands=stands,
        tried=[queries.tried(booth_id, number, each) for number, each in enumerate(found, 1)],
        found_m2=sum((each.rect.area_m2 for each in found), Decimal("0.00")),
        asked=asked,
        form=_form(Layout),
    )


@post("/desk/booths/{booth_id:int}/layout", needs("booth.change"))
async def lay_out(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """Draw the layout."""
    return await submit(
        request,
        AppliedLayout,
        act=lambda form: drafting.lay_out(actor, booth_id, form),
        to=f"/desk/booths/{booth_id}/plan",
        again=lambda: show_layout.fn(request, actor, booth_id),
        said=N_("The stands are drawn. Move or change each of them as you like."),
    )


HANDLERS = [
    new_booth,
    create_booth,
    show_booth,
    edit_booth,
    change_booth,
    edit_plan,
    add_stand,
    edit_stand,
    change_stand,
    remove_stand,
    block_stand,
    unblock_stand,
    show_layout,
    lay_out,
]
