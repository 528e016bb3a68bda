"""Pages of what can be booked at an office: its terms, own hours, prices, allotments."""

from typing import Any

from litestar import Request, Response

from events.offices import queries, rules, stocking
from events.offices.forms import (
    AllotmentForm,
    ChangedResource,
    HoursForm,
    RateForm,
    ResourceForm,
)
from events.offices.rules import ATTRIBUTE_NAMES, KIND_NAMES, PER_NAMES, SPAN_NAMES, TOPIC_NAMES
from server import clock
from server.accounts.permissions import Actor
from server.text import N_, gettext
from server.web import get, needs, page, post, submit
from server.web.showing import language_choices, show

AT = "/desk/offices/{office_id:int}/resources"
ONE = AT + "/{resource_id:int}"
Asked = Request[Any, Any, Any]
Answer = Response[Any]


async def _choices(office_id: int) -> dict[str, Any]:
    def said(names: Any) -> list[tuple[str, str]]:
        return [(str(code), gettext(name)) for code, name in names.items()]

    return {
        "kind": said(KIND_NAMES), "span": said(SPAN_NAMES), "supply": said(rules.SUPPLY_NAMES),
        "attributes": said(ATTRIBUTE_NAMES), "topics": said(TOPIC_NAMES),
        "languages": language_choices(),
        "person": [
            ("", gettext(N_("Nobody in particular"))),
            *((each.id, each.name) for each in await queries.staff(office_id)),
        ],
    }  # fmt: skip


def _path(office_id: int, resource_id: int | None = None) -> str:
    base = f"/desk/offices/{office_id}/resources"
    return base if resource_id is None else f"{base}/{resource_id}"


@get(AT, needs("office.list"))
async def list_resources(request: Asked, actor: Actor, office_id: int) -> Answer:
    """What can be booked, with today's prices."""
    found = await queries.seen_office(actor, office_id)
    today = clock.today(found.tz)
    prices: dict[int, dict[str, int]] = {}
    for rate in await queries.rates(office_id):
        if rate.since <= today:
            prices.setdefault(rate.resource, {}).setdefault(rate.per, rate.price_minor)
    return page(
        request, "offices/resources.html", office=found, kinds=KIND_NAMES, spans=SPAN_NAMES,
        resources=await queries.resources(office_id), prices=prices, pers=PER_NAMES,
        mine=found.agency == actor.agency_id,
    )  # fmt: skip


@get(f"{AT}/new", needs("office.write"))
async def new_resource(request: Asked, actor: Actor, office_id: int) -> Answer:
    """An empty form."""
    found = await queries.own_office(actor, office_id)
    return page(
        request, "offices/form.html", office=found, title=gettext(N_("Something new to book")),
        cancel=_path(office_id), version=None, more=None,
        fields=show(ResourceForm, choices=await _choices(office_id)),
    )  # fmt: skip


@post(f"{AT}/new", needs("office.write"))
async def add_resource(request: Asked, actor: Actor, office_id: int) -> Answer:
    """Make it."""
    return await submit(
        request,
        ResourceForm,
        act=lambda form: stocking.add_resource(actor, office_id, form),
        to=lambda made: _path(office_id, made),
        again=lambda: new_resource.fn(request, actor, office_id),
        said=N_("It can be booked. Say what it costs, or leave it to free days."),
    )


@get(ONE, needs("office.list"))
async def show_resource(request: Asked, actor: Actor, office_id: int, resource_id: int) -> Answer:
    """One: its facts, prices and allotments."""
    found = await queries.seen_office(actor, office_id)
    one = await queries.resource(office_id, resource_id)
    agencies = [(found.agency, found.agency_name)]
    agencies += [(each.id, each.name) for each in await queries.sharing(office_id)]
    hours = [each for each in await queries.hours(office_id) if each.resource == resource_id]
    own = [
        rules.write_hours([(x.opens, x.closes) for x in hours if x.weekday == day])
        for day in range(7)
    ]
    return page(
        request, "offices/resource.html", office=found, one=one, kinds=KIND_NAMES,
        spans=SPAN_NAMES, pers=PER_NAMES, attributes=ATTRIBUTE_NAMES, topics=TOPIC_NAMES,
        names=dict(language_choices()), mine=found.agency == actor.agency_id,
        rates=[each for each in await queries.rates(office_id) if each.resource == resource_id],
        allotments=await queries.allotments(resource_id), own=own if hours else [],
        weekdays=rules.WEEKDAYS,
        rate_fields=show(
            RateForm,
            values={"since": clock.today(found.tz), "per": _usual_per(one.span)},
            choices={"per": [(str(code), gettext(said)) for code, said in PER_NAMES.items()]},
        ),
        allotment_fields=show(AllotmentForm, choices={"agency": agencies}),
    )  # fmt: skip


def _usual_per(span: str) -> str:
    return {"minutes": "hour", "days": "day", "weeks": "week", "months": "month"}[span]


@get(f"{ONE}/edit", needs("office.write"))
async def edit_resource(request: Asked, actor: Actor, office_id: int, resource_id: int) -> Answer:
    """Its terms."""
    found = await queries.own_office(actor, office_id)
    one = await queries.resource(office_id, resource_id)
    return page(
        request, "offices/form.html", office=found, title=one.name, version=one.version,
        cancel=_path(office_id, resource_id), more=(_path(office_id), gettext(N_("To book"))),
        fields=show(
            ChangedResource, values=one, choices=await _choices(office_id), without=("version",)
        ),
    )  # fmt: skip


@post(f"{ONE}/edit", needs("office.write"))
async def change_resource(request: Asked, actor: Actor, office_id: int, resource_id: int) -> Answer:
    """Change them for new bookings."""
    return await submit(
        request,
        ChangedResource,
        act=lambda form: stocking.change_resource(actor, office_id, resource_id, form),
        to=_path(office_id, resource_id),
        again=lambda: edit_resource.fn(request, actor, office_id, resource_id),
        said=N_("Changed for new bookings; those that exist stay as they are."),
    )


@get(f"{ONE}/hours", needs("office.write"))
async def edit_own_hours(request: Asked, actor: Actor, office_id: int, resource_id: int) -> Answer:
    """Hours of its own."""
    found = await queries.own_office(actor, office_id)
    one = await queries.resource(office_id, resource_id)
    lines = [each for each in await queries.hours(office_id) if each.resource == resource_id]
    known = {
        f"day_{day}": rules.write_hours([(x.opens, x.closes) for x in lines if x.weekday == day])
        for day in range(7)
    }
    return page(
        request, "offices/form.html", office=found, version=None,
        title=gettext(N_("Own hours of {name}"), name=one.name),
        cancel=_path(office_id, resource_id), more=(_path(office_id), gettext(N_("To book"))),
        fields=show(HoursForm, values=known),
    )  # fmt: skip


@post(f"{ONE}/hours", needs("office.write"))
async def set_own_hours(request: Asked, actor: Actor, office_id: int, resource_id: int) -> Answer:
    """Keep them; all empty: those of the office."""
    return await submit(
        request,
        HoursForm,
        act=lambda form: stocking.set_own_hours(actor, office_id, resource_id, form),
        to=_path(office_id, resource_id),
        again=lambda: edit_own_hours.fn(request, actor, office_id, resource_id),
        said=N_("The hours are kept."),
    )


@post(f"{ONE}/rates", needs("office.write"))
async def add_rate(request: Asked, actor: Actor, office_id: int, resource_id: int) -> Answer:
    """A line of the rate card."""
    return await submit(
        request,
        RateForm,
        act=lambda form: stocking.add_rate(actor, office_id, resource_id, form),
        to=_path(office_id, resource_id),
        again=lambda: show_resource.fn(request, actor, office_id, resource_id),
        said=N_("The price holds from that day on."),
    )


@post(f"{ONE}/allotments", needs("office.write"))
async def allot(request: Asked, actor: Actor, office_id: int, resource_id: int) -> Answer:
    """A limit of an agency."""
    return await submit(
        request,
        AllotmentForm,
        act=lambda form: stocking.allot(actor, office_id, resource_id, form),
        to=_path(office_id, resource_id),
        again=lambda: show_resource.fn(request, actor, office_id, resource_id),
        said=N_("The allotment is kept."),
    )


HANDLERS = [
    list_resources, new_resource, add_resource, show_resource, edit_resource, change_resource,
    edit_own_hours, set_own_hours, add_rate, allot,
]  # fmt: skip
