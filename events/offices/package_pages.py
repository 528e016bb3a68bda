"""Pages of what an office offers whole, of its pictures, of free days and cancellation."""

from typing import Any

from litestar import Request, Response

from events.offices import actions, queries, rules
from events.offices.forms import FreeDaysForm, LadderForm, PackageForm, PartForm, PhotoForm
from events.offices.rules import SPAN_NAMES
from server import clock
from server.accounts.permissions import Actor
from server.errors import NotFound
from server.text import N_, gettext
from server.web import get, needs, page, post, submit
from server.web.forms import Form
from server.web.showing import show

HOME = "/desk/offices"
AT = HOME + "/{office_id:int}"
Asked = Request[Any, Any, Any]
Answer = Response[Any]


@get(f"{AT}/packages", needs("office.list"))
async def show_packages(request: Asked, actor: Actor, office_id: int) -> Answer:
    """The templates of the office."""
    found = await queries.seen_office(actor, office_id)
    return page(
        request, "offices/packages.html", office=found, mine=found.agency == actor.agency_id,
        packages=await queries.packages(office_id), parts=await queries.parts(office_id),
        clock=rules.clock_time, spans=SPAN_NAMES, fields=show(PackageForm),
    )  # fmt: skip


@post(f"{AT}/packages", needs("office.write"))
async def add_package(request: Asked, actor: Actor, office_id: int) -> Answer:
    """A further one."""
    return await submit(
        request,
        PackageForm,
        act=lambda form: actions.add_package(actor, office_id, form),
        to=lambda made: f"{HOME}/{office_id}/packages/{made}",
        again=lambda: show_packages.fn(request, actor, office_id),
        said=N_("The package is made. Add its parts."),
    )


@get(f"{AT}/packages/{{package_id:int}}", needs("office.list"))
async def show_package(request: Asked, actor: Actor, office_id: int, package_id: int) -> Answer:
    """One package and its parts."""
    found = await queries.seen_office(actor, office_id)
    one = next((x for x in await queries.packages(office_id) if x.id == package_id), None)
    if one is None:
        raise NotFound(N_("This office has no such package."))
    resources = await queries.resources(office_id, active=True)
    return page(
        request, "offices/package.html", office=found, package=one, clock=rules.clock_time,
        parts=[x for x in await queries.parts(office_id) if x.package == package_id],
        spans=SPAN_NAMES, mine=found.agency == actor.agency_id,
        fields=show(
            PartForm,
            values={"count": 1, "day": 1, "length": 1},
            choices={
                "resource": [
                    (x.id, f"{x.name} ({gettext(SPAN_NAMES[rules.Span(x.span)]).lower()})")
                    for x in resources
                ]
            },
        ),
    )  # fmt: skip


@post(f"{AT}/packages/{{package_id:int}}", needs("office.write"))
async def add_part(request: Asked, actor: Actor, office_id: int, package_id: int) -> Answer:
    """One more part."""
    return await submit(
        request,
        PartForm,
        act=lambda form: actions.add_part(actor, office_id, package_id, form),
        to=f"{HOME}/{office_id}/packages/{package_id}",
        again=lambda: show_package.fn(request, actor, office_id, package_id),
        said=N_("The part is added."),
    )


@post(f"{AT}/packages/{{package_id:int}}/parts/{{part_id:int}}/remove", needs("office.write"))
async def remove_part(
    request: Asked, actor: Actor, office_id: int, package_id: int, part_id: int
) -> Answer:
    """One less."""
    return await submit(
        request,
        Form,
        act=lambda _: actions.remove_part(actor, office_id, package_id, part_id),
        to=f"{HOME}/{office_id}/packages/{package_id}",
        again=lambda: show_package.fn(request, actor, office_id, package_id),
        said=N_("The part is gone."),
    )


@post(f"{AT}/packages/{{package_id:int}}/offered/{{offered:int}}", needs("office.write"))
async def set_offered(
    request: Asked, actor: Actor, office_id: int, package_id: int, offered: int
) -> Answer:
    """Shown to companies, or not."""
    return await submit(
        request,
        Form,
        act=lambda _: actions.set_offered(actor, office_id, package_id, offered=bool(offered)),
        to=f"{HOME}/{office_id}/packages/{package_id}",
        again=lambda: show_package.fn(request, actor, office_id, package_id),
        said=N_("Kept."),
    )


@get(f"{AT}/photos", needs("office.write"))
async def show_photos(request: Asked, actor: Actor, office_id: int) -> Answer:
    """The pictures of the office."""
    found = await queries.own_office(actor, office_id)
    return page(request, "offices/photos.html", office=found, fields=show(PhotoForm))


@post(f"{AT}/photos", needs("office.write"))
async def add_photo(request: Asked, actor: Actor, office_id: int) -> Answer:
    """One more."""
    return await submit(
        request,
        PhotoForm,
        act=lambda form: actions.add_photo(actor, office_id, form),
        to=f"{HOME}/{office_id}/photos",
        again=lambda: show_photos.fn(request, actor, office_id),
        said=N_("The picture is shown on the page of the office."),
    )


@post(f"{AT}/photos/{{document_id:int}}/remove", needs("office.write"))
async def remove_photo(request: Asked, actor: Actor, office_id: int, document_id: int) -> Answer:
    """One less."""
    return await submit(
        request,
        Form,
        act=lambda _: actions.remove_photo(actor, office_id, document_id),
        to=f"{HOME}/{office_id}/photos",
        again=lambda: show_photos.fn(request, actor, office_id),
        said=N_("The picture is gone."),
    )


@get(f"{AT}/cancellation", needs("office.list"))
async def show_ladder(request: Asked, actor: Actor, office_id: int) -> Answer:
    """What a cancellation costs, and what it cost before."""
    found = await queries.seen_office(actor, office_id)
    return page(
        request, "offices/ladder.html", office=found, ladder=await queries.ladder(office_id),
        mine=found.agency == actor.agency_id,
        fields=show(LadderForm, values={"since": clock.today(found.tz), "rungs": ""}),
    )  # fmt: skip


@post(f"{AT}/cancellation", needs("office.write"))
async def set_ladder(request: Asked, actor: Actor, office_id: int) -> Answer:
    """A ladder from a day on."""
    return await submit(
        request,
        LadderForm,
        act=lambda form: actions.set_ladder(actor, office_id, form),
        to=f"{HOME}/{office_id}/cancellation",
        again=lambda: show_ladder.fn(request, actor, office_id),
        said=N_("The ladder holds for bookings made from that day on."),
    )


@get(f"{HOME}/free-days", needs("office.list"))
async def show_free_days(request: Asked, actor: Actor) -> Answer:
    """What the agency gives each year."""
    schemes = [("", gettext(N_("None: their value is no aid")))]
    schemes += [(str(x.id), x.name) for x in await queries.schemes(actor.agency_id)]
    return page(
        request, "offices/free_days.html", years=await queries.free_days(actor),
        fields=show(
            FreeDaysForm,
            values={"year": clock.now().year, "per_company": 10, "per_undertaking": 20},
            choices={"scheme": schemes},
        ),
    )  # fmt: skip


@post(f"{HOME}/free-days", needs("office.write"))
async def set_free_days(request: Asked, actor: Actor) -> Answer:
    """Those of a year."""
    return await submit(
        request,
        FreeDaysForm,
        act=lambda form: actions.set_free_days(actor, form),
        to=f"{HOME}/free-days",
        again=lambda: show_free_days.fn(request, actor),
        said=N_("The free days are set. Bookings that exist keep theirs."),
    )


HANDLERS = [
    show_packages, add_package, show_package, add_part, remove_part, set_offered, show_photos,
    add_photo, remove_photo, show_ladder, set_ladder, show_free_days, set_free_days,
]  # fmt: skip
