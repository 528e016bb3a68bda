"""The agency's pages of a joint booth: its facts, its plan, a layout in one step."""

from decimal import Decimal
from typing import Any

from litestar import Request, Response

from booths.plans import (
    actions,
    drafting,
    editor_pages,
    occupancy,
    queries,
    version_pages,
    versions,
)
from booths.plans.editor_pages import choices, labels_of
from booths.plans.forms import (
    AppliedLayout,
    ChangedBooth,
    Layout,
    NewBooth,
)
from booths.plans.rules import (
    EDGE_NAMES,
    Suggested,
    suggest,
)
from events.fairs import queries as fairs
from server.accounts.permissions import Actor
from server.database import page_id
from server.errors import Invalid, NotFound
from server.text import N_, gettext
from server.web import get, needs, page, post, submit
from server.web.forms import parse

USUAL = {"width_m": "3", "depth_m": "3", "aisle_m": "3"}
Asked = Request[Any, Any, Any]
Answer = Response[Any]


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
        form=labels_of(NewBooth),
        edges=choices(EDGE_NAMES),
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
        unpublished=await versions.unpublished(booth_id),
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
        form=labels_of(ChangedBooth),
        edges=choices(EDGE_NAMES),
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
        form=labels_of(Layout),
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
    show_layout,
    lay_out,
    *editor_pages.HANDLERS,
    *version_pages.HANDLERS,
]
