"""The editor of a plan: stands and shared areas by pointer, keys and number fields."""

from decimal import Decimal
from typing import Any

from litestar import Request, Response

from booths.plans import backdrop as backdrops
from booths.plans import drafting, occupancy, queries, sharing, undoing
from booths.plans.forms import (
    Blocking,
    ChangedShared,
    ChangedStand,
    Merging,
    NewShared,
    NewStand,
    RemovedStand,
    Split,
    Step,
)
from booths.plans.history import edits
from booths.plans.outlines import Rect, merge
from booths.plans.placing import GONE
from booths.plans.queries import BoothRow, StandRow
from booths.plans.rules import KIND_NAMES, SHARED_NAMES, free_place
from server.accounts.permissions import Actor
from server.errors import NotFound
from server.text import N_, gettext
from server.web import get, needs, page, post, submit
from server.web.forms import Form, fields

Asked = Request[Any, Any, Any]
Answer = Response[Any]
SHOWN_EDITS = 10
_STAND = "/desk/booths/{booth_id:int}/stands/{stand_id:int}"
_SHARED = "/desk/booths/{booth_id:int}/shared"


def labels_of(form: type[Form]) -> dict[str, dict[str, str]]:
    """Labels and hints of a form's fields, for the macros."""
    return {
        field.name: {
            "label": gettext(field.label),
            "hint": gettext(field.hint) if field.hint else "",
        }
        for field in fields(form)
    }


def choices(names: dict[Any, str]) -> list[tuple[str, str]]:
    """Keys and names in the reader's language, for the macros."""
    return [(str(key), gettext(name)) for key, name in names.items()]


def _free_place(booth: BoothRow, stands: list[StandRow]) -> Rect:
    """Where a new stand of the usual size goes: as large as the last one drawn, or 3 m by 3 m."""
    usual = Decimal("3.00")
    width_m, depth_m = (stands[-1].width_m, stands[-1].depth_m) if stands else (usual, usual)
    zero = Decimal("0.00")
    wanted = Rect(zero, zero, min(width_m, booth.width_m), min(depth_m, booth.depth_m))
    taken = [*queries.placed(stands), *queries.placed(booth.shared)]
    x_m, y_m = free_place(booth.floor, wanted.outline, taken)
    return Rect(x_m, y_m, wanted.width_m, wanted.depth_m)


def _neighbours(
    stand: StandRow, stands: list[StandRow], taken: dict[int, Any]
) -> list[tuple[str, str]]:
    """Free stands that could be joined to this one, with their labels."""
    return [
        (str(each.id), gettext("Stand {label}", label=each.label))
        for each in stands
        if each.id != stand.id
        and each.id not in taken
        and not each.blocked
        and merge([stand.outline, each.outline]) is not None
    ]


async def _editor(
    request: Asked, actor: Actor, booth_id: int, template: str, form: type[Form], **context: Any
) -> Answer:
    """A page of the editor; `context` may hold the stand or the shared area that is edited."""
    booth = await queries.own_booth(actor, booth_id)
    stands = await queries.stands(booth_id)
    taken = await occupancy.of_booth(booth_id)
    stand_id, shared_id = context.pop("stand_id", None), context.pop("shared_id", None)
    stand = next((each for each in stands if each.id == stand_id), None)
    if stand_id is not None and stand is None:
        raise NotFound(GONE)
    area = next((each for each in booth.shared if each.id == shared_id), None)
    if shared_id is not None and area is None:
        raise NotFound(sharing.GONE)
    edited = stand or area
    return page(
        request,
        template,
        booth=booth,
        stands=stands,
        states=occupancy.as_seen_by(actor, taken),
        stand=stand,
        shared=area,
        drawn_m2=sum((each.area_m2 for each in stands), Decimal("0.00")),
        kinds=choices(KIND_NAMES),
        uses=choices(SHARED_NAMES),
        place=edited.rect if edited else _free_place(booth, stands),
        corners=edited.corners if edited else "",
        neighbours=_neighbours(stand, stands, taken) if stand else [],
        steps=await undoing.steps_of(actor, booth_id),
        form=labels_of(form),
        **context,
    )


@get("/desk/booths/{booth_id:int}/plan", needs("booth.change"))
async def edit_plan(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """The plan, and a form to add a stand."""
    return await _editor(
        request,
        actor,
        booth_id,
        "plans/editor.html",
        NewStand,
        edits=await edits(booth_id, limit=SHOWN_EDITS),
        backdrop=await backdrops.backdrop(booth_id),
    )


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


@post("/desk/booths/{booth_id:int}/plan/undo", needs("booth.change"))
async def undo(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """Take the person's latest edit back."""
    return await submit(
        request,
        Step,
        act=lambda form: undoing.step_back(actor, booth_id, form),
        to=f"/desk/booths/{booth_id}/plan",
        again=lambda: edit_plan.fn(request, actor, booth_id),
        said=N_("Your last change is taken back."),
    )


@post("/desk/booths/{booth_id:int}/plan/redo", needs("booth.change"))
async def redo(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """Do again what the person took back last."""
    return await submit(
        request,
        Step,
        act=lambda form: undoing.step_back(actor, booth_id, form),
        to=f"/desk/booths/{booth_id}/plan",
        again=lambda: edit_plan.fn(request, actor, booth_id),
        said=N_("Your change is made again."),
    )


@get(_STAND, needs("booth.change"))
async def edit_stand(request: Asked, actor: Actor, booth_id: int, stand_id: int) -> Answer:
    """The plan with one stand to move, resize, split, merge, copy, block or remove."""
    return await _editor(
        request, actor, booth_id, "plans/stand.html", ChangedStand, stand_id=stand_id
    )


@post(_STAND, needs("booth.change"))
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


@post(_STAND + "/split", needs("booth.change"))
async def split_stand(request: Asked, actor: Actor, booth_id: int, stand_id: int) -> Answer:
    """Cut the stand into parts."""
    return await submit(
        request,
        Split,
        act=lambda form: drafting.split_stand(actor, booth_id, stand_id, form),
        to=f"/desk/booths/{booth_id}/plan",
        again=lambda: edit_stand.fn(request, actor, booth_id, stand_id),
        said=N_("The stand is split. Its first part keeps the label."),
    )


@post(_STAND + "/merge", needs("booth.change"))
async def merge_stands(request: Asked, actor: Actor, booth_id: int, stand_id: int) -> Answer:
    """Join neighbours to the stand."""
    return await submit(
        request,
        Merging,
        act=lambda form: drafting.merge_stands(actor, booth_id, stand_id, form),
        to=f"/desk/booths/{booth_id}/plan",
        again=lambda: edit_stand.fn(request, actor, booth_id, stand_id),
        said=N_("The stands are one now."),
    )


@post(_STAND + "/copy", needs("booth.change"))
async def copy_stand(request: Asked, actor: Actor, booth_id: int, stand_id: int) -> Answer:
    """Draw the same stand again at a free place, and go on with the copy."""
    return await submit(
        request,
        RemovedStand,
        act=lambda form: drafting.copy_stand(actor, booth_id, stand_id, form),
        to=lambda made: f"/desk/booths/{booth_id}/stands/{made}",
        again=lambda: edit_stand.fn(request, actor, booth_id, stand_id),
        said=N_("This is the copy. Move it where it should be."),
    )


@post(_STAND + "/remove", needs("booth.change"))
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


@post(_STAND + "/block", needs("booth.change"))
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


@post(_STAND + "/unblock", needs("booth.change"))
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


@get(_SHARED + "/new", needs("booth.change"))
async def new_shared(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """The plan, and a form to draw a shared area."""
    return await _editor(request, actor, booth_id, "plans/shared.html", NewShared)


@post(_SHARED + "/new", needs("booth.change"))
async def add_shared(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """Draw the shared area."""
    return await submit(
        request,
        NewShared,
        act=lambda form: sharing.add_shared(actor, booth_id, form),
        to=f"/desk/booths/{booth_id}/plan",
        again=lambda: new_shared.fn(request, actor, booth_id),
        said=N_("The shared area is on the plan."),
    )


@get(_SHARED + "/{area_id:int}", needs("booth.change"))
async def edit_shared(request: Asked, actor: Actor, booth_id: int, area_id: int) -> Answer:
    """The plan with one shared area to move, resize or remove."""
    return await _editor(
        request, actor, booth_id, "plans/shared.html", ChangedShared, shared_id=area_id
    )


@post(_SHARED + "/{area_id:int}", needs("booth.change"))
async def change_shared(request: Asked, actor: Actor, booth_id: int, area_id: int) -> Answer:
    """Save the shared area."""
    return await submit(
        request,
        ChangedShared,
        act=lambda form: sharing.change_shared(actor, booth_id, area_id, form),
        to=f"/desk/booths/{booth_id}/plan",
        again=lambda: edit_shared.fn(request, actor, booth_id, area_id),
        said=N_("The shared area is changed."),
    )


@post(_SHARED + "/{area_id:int}/remove", needs("booth.change"))
async def remove_shared(request: Asked, actor: Actor, booth_id: int, area_id: int) -> Answer:
    """Take the shared area off the plan."""
    return await submit(
        request,
        RemovedStand,
        act=lambda form: sharing.remove_shared(actor, booth_id, area_id, form),
        to=f"/desk/booths/{booth_id}/plan",
        again=lambda: edit_shared.fn(request, actor, booth_id, area_id),
        said=N_("The shared area is off the plan."),
    )


HANDLERS = [
    edit_plan,
    add_stand,
    undo,
    redo,
    edit_stand,
    change_stand,
    split_stand,
    merge_stands,
    copy_stand,
    remove_stand,
    block_stand,
    unblock_stand,
    new_shared,
    add_shared,
    edit_shared,
    change_shared,
    remove_shared,
]
