"""Pages of a plan's versions, of plans read from files, and of the picture under a plan."""

from typing import Any

from litestar import Request, Response

from booths.plans import backdrop, importing, queries, versions
from booths.plans.comparing import Change, differences
from booths.plans.outlines import bounds
from booths.plans.version_forms import (
    BackdropForm,
    ImportChoice,
    PlanFile,
    PublishPlan,
    RemovedBackdrop,
    UsedImport,
)
from server.accounts.permissions import Actor
from server.errors import Invalid
from server.text import N_
from server.web import get, needs, page, post, submit
from server.web.forms import parse

Asked = Request[Any, Any, Any]
Answer = Response[Any]


# -- versions -------------------------------------------------------------------------------------


@get("/desk/booths/{booth_id:int}/versions", needs("booth.read"))
async def list_versions(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """Every version that was published, and what has changed since the last one."""
    booth = await queries.own_booth(actor, booth_id)
    stands = await queries.stands(booth_id)
    last = await versions.latest(booth_id)
    found = differences(last.seen, versions.seen(stands)) if last else []
    return page(
        request,
        "plans/versions.html",
        booth=booth,
        stands=stands,
        versions=await versions.versions(actor, booth_id),
        last=last,
        found=found,
        changed=[each for each in found if each.change is not Change.SAME],
    )


@post("/desk/booths/{booth_id:int}/versions", needs("booth.change"))
async def publish(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """Publish the plan as it is now."""
    return await submit(
        request,
        PublishPlan,
        act=lambda form: versions.publish(actor, form, booth_id=booth_id),
        to=lambda number: f"/desk/booths/{booth_id}/versions/{number}",
        said=N_("The plan is published. Exhibitors whose stand changed get a mail."),
        again=lambda: list_versions.fn(request, actor, booth_id),
    )


@get("/desk/booths/{booth_id:int}/versions/{number:int}", needs("booth.read"))
async def show_version(request: Asked, actor: Actor, booth_id: int, number: int) -> Answer:
    """One version as a picture of what changed since the one before."""
    booth = await queries.own_booth(actor, booth_id)
    this = await versions.version(booth_id, number)
    before = await versions.version(booth_id, number - 1) if number > 1 else None
    found = differences(before.seen if before else {}, this.seen)
    return page(
        request,
        "plans/version.html",
        booth=booth,
        this=this,
        before=before,
        found=found,
        changed=[each for each in found if each.change is not Change.SAME],
    )


# -- plans from files -----------------------------------------------------------------------------


@get("/desk/booths/{booth_id:int}/import", needs("booth.change"))
async def import_page(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """Choose a file."""
    return page(request, "plans/import.html", booth=await queries.own_booth(actor, booth_id))


@post("/desk/booths/{booth_id:int}/import", needs("booth.change"))
async def read_file(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """Read it; nothing on the plan changes yet."""
    return await submit(
        request,
        PlanFile,
        act=lambda form: importing.read_file(actor, form, booth_id=booth_id),
        to=lambda made: f"/desk/booths/{booth_id}/import/{made}",
        again=lambda: import_page.fn(request, actor, booth_id),
    )


@get("/desk/booths/{booth_id:int}/import/{import_id:int}", needs("booth.change"))
async def show_import(request: Asked, actor: Actor, booth_id: int, import_id: int) -> Answer:
    """What was understood and what was not, at the scale that was chosen."""
    booth = await queries.own_booth(actor, booth_id)
    source = await importing.imported(actor, booth_id, import_id)
    typed = request.scope["state"].get("typed") or request.query_params
    try:
        choice = parse(
            ImportChoice, {name: typed[name] for name in ("scale", "upside_down") if name in typed}
        )
    except Invalid:
        choice = ImportChoice()
    found = await importing.understood(source, choice)
    return page(
        request,
        "plans/import_show.html",
        booth=booth,
        source=source,
        choice=choice,
        found=found,
        fits=importing.fits(booth, found),
        drawn=[(each, bounds(each.outline)) for each in found.stands],
    )


@post("/desk/booths/{booth_id:int}/import/{import_id:int}", needs("booth.change"))
async def use_import(request: Asked, actor: Actor, booth_id: int, import_id: int) -> Answer:
    """Make it the plan."""
    return await submit(
        request,
        UsedImport,
        act=lambda form: importing.use_import(actor, form, booth_id=booth_id, import_id=import_id),
        to=f"/desk/booths/{booth_id}/plan",
        said=N_("The plan is the one of the file now. You can undo it under the drawing."),
        again=lambda: show_import.fn(request, actor, booth_id, import_id),
    )


# -- the picture under the drawing ----------------------------------------------------------------


@get("/desk/booths/{booth_id:int}/backdrop", needs("booth.change"))
async def backdrop_page(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """The picture, and where it lies."""
    return page(
        request,
        "plans/backdrop.html",
        booth=await queries.own_booth(actor, booth_id),
        stands=await queries.stands(booth_id),
        found=await backdrop.backdrop(booth_id),
    )


@post("/desk/booths/{booth_id:int}/backdrop", needs("booth.change"))
async def lay_backdrop(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """Lay it under the plan."""
    return await submit(
        request,
        BackdropForm,
        act=lambda form: backdrop.lay_backdrop(actor, form, booth_id=booth_id),
        to=f"/desk/booths/{booth_id}/backdrop",
        said=N_("The picture lies under the plan."),
        again=lambda: backdrop_page.fn(request, actor, booth_id),
    )


@post("/desk/booths/{booth_id:int}/backdrop/remove", needs("booth.change"))
async def remove_backdrop(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """Take it away."""
    return await submit(
        request,
        RemovedBackdrop,
        act=lambda form: backdrop.remove_backdrop(actor, form, booth_id=booth_id),
        to=f"/desk/booths/{booth_id}/backdrop",
        said=N_("The picture is gone; the plan is as it was."),
        again=lambda: backdrop_page.fn(request, actor, booth_id),
    )


@get("/desk/booths/{booth_id:int}/backdrop.png", needs("booth.read"))
async def backdrop_picture(actor: Actor, booth_id: int) -> Response[bytes]:
    """The picture itself."""
    return Response(
        await backdrop.picture(actor, booth_id),
        media_type="image/png",
        headers={"cache-control": "private, no-cache", "x-content-type-options": "nosniff"},
    )


HANDLERS = [
    list_versions, publish, show_version, import_page, read_file, show_import, use_import,
    backdrop_page, lay_backdrop, remove_backdrop, backdrop_picture,
]  # fmt: skip
