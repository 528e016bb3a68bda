"""Pages of whoever books: an office and its week, a time of it, one's bookings."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import segno
from litestar import Request, Response

from events.bookings import (
    actions,
    changing,
    desk_pages,
    find_pages,
    finding,
    letters,
    packages,
    queries,
    week,
)
from events.bookings.facts import of_resource
from events.bookings.find_pages import NOTHING, offered_by
from events.bookings.forms import (
    BookForm,
    CancelForm,
    ChangeForm,
    ConfirmForm,
    PackageTimeForm,
    VisitorsForm,
    write_ask,
)
from events.bookings.packages import series_of
from events.bookings.rules import STATE_NAMES, State
from events.offices import queries as offices
from events.offices import rules as office_rules
from events.offices.rules import ATTRIBUTE_NAMES, KIND_NAMES, SPAN_NAMES, WEEKDAYS
from server import clock, holidays
from server.accounts.permissions import Actor
from server.errors import NotFound, Refused
from server.settings import load
from server.text import N_, gettext
from server.web import get, needs, page, post, see_other, submit, typed_values
from server.web.forms import Form, parse
from server.web.respond import show_again
from server.web.showing import language_choices

MINE = "/my/bookings"
ONE = MINE + "/{key:uuid}"
OFFICE = "/offices/{slug:str}"
Asked = Request[Any, Any, Any]
Answer = Response[Any]


def _day(text: str, otherwise: date) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return found if abs((found - otherwise).days) < 1200 else otherwise


@get(OFFICE, needs("public.read"))
async def show_office(request: Asked, slug: str) -> Answer:
    """An office: its time now, its hours, the next free desk, its week."""
    found = await offices.by_slug(slug)
    today = clock.today(found.tz)
    first = week.monday(_day(request.query_params.get("week", ""), today))
    resources = await offices.resources(found.id, active=True)
    desk = next((x for x in resources if x.kind in ("hot_desk", "desk")), None)
    lines = await offices.hours(found.id)
    differing = await offices.days(found.id, today)
    corrected = {each.on for each in differing}
    coming = [
        (on, name)
        for on, name in holidays.of_years(found.country, today.year, today.year + 1)
        if found.keeps_holidays and on >= today and on not in corrected
    ][:4]
    return page(
        request, "bookings/office.html", office=found, resources=resources, kinds=KIND_NAMES,
        spans=SPAN_NAMES, attributes=ATTRIBUTE_NAMES, names=dict(language_choices()),
        hours=[
            office_rules.write_hours(
                [(x.opens, x.closes) for x in lines if x.weekday == n and x.resource is None]
            )
            for n in range(7)
        ],
        weekdays=WEEKDAYS, differing=differing[:6], coming=coming, clock=office_rules.clock_time,
        desk=desk, next_desk=await finding.next_free(desk.id, desk.least) if desk else None,
        week=await week.of_week(resources, first, found.tz), first=first,
        days=[first + timedelta(days=n) for n in range(7)],
        before=(first - timedelta(days=7)).isoformat() if first > today else "",
        after=(first + timedelta(days=7)).isoformat(),
        packages=[x for x in await offices.packages(found.id) if x.active],
    )  # fmt: skip


async def _book_page(
    request: Asked, slug: str, resource_id: int, offered: dict[str, Any]
) -> Answer:
    found = await offices.by_slug(slug)
    one = await offices.resource(found.id, resource_id)
    known = await of_resource(resource_id)
    agencies = [(found.agency, found.agency_name)]
    agencies += [(x.id, x.name) for x in await offices.sharing(found.id)]
    today = clock.today(found.tz)
    rates: dict[str, int] = {}
    for rate in await offices.rates(found.id):
        if rate.resource == resource_id and rate.since <= today:
            rates.setdefault(rate.per, rate.price_minor)
    return page(
        request, "bookings/book.html", office=found, one=one, known=known, offered=offered,
        kinds=KIND_NAMES, spans=SPAN_NAMES, rates=rates, pers=office_rules.PER_NAMES,
        agencies=agencies if len(agencies) > 1 else [], write=write_ask,
        day=request.query_params.get("day", ""), at=request.query_params.get("at", ""),
        repeats=[
            ("", gettext(N_("Once"))), ("days", gettext(N_("Days"))),
            ("weeks", gettext(N_("Weeks"))), ("months", gettext(N_("Months"))),
        ],
    )  # fmt: skip


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound
    return int(text)


@get(f"{OFFICE}/book", needs("booking.own"))
async def book_page(request: Asked, slug: str) -> Answer:
    """When, for how long, for how many."""
    resource = request.query_params.get("resource", "")
    return await _book_page(request, slug, _number(resource), NOTHING)


@post(f"{OFFICE}/book", needs("booking.own"))
async def book(request: Asked, actor: Actor, slug: str) -> Answer:
    """Hold it for ten minutes; where it cannot be, what can."""
    typed = await typed_values(request)
    resource = _number(str(typed.get("resource", "")))
    await offices.resource((await offices.by_slug(slug)).id, resource)
    try:
        form = parse(BookForm, typed)
        ask, span = form.ask(resource), form.span()
        asks = (ask,) if span is None else series_of(ask, span, form.interval, form.times)
        keys = await actions.hold(
            actor, asks, kind="parts" if span is None else "series", agency=form.agency,
            purpose=form.purpose,
        )  # fmt: skip
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, typed, refused)
        return await _book_page(request, slug, resource, offered_by(refused))
    return see_other(f"{MINE}/{keys[0]}")


@get(f"{OFFICE}/packages/{{package_id:int}}", needs("booking.own"))
async def package_page(request: Asked, slug: str, package_id: int) -> Answer:
    """A package: its parts, and the first day."""
    return await _package_page(request, slug, package_id, NOTHING)


async def _package_page(
    request: Asked, slug: str, package_id: int, offered: dict[str, Any]
) -> Answer:
    found = await offices.by_slug(slug)
    one = next((x for x in await offices.packages(found.id) if x.id == package_id), None)
    if one is None or not one.active:
        raise NotFound(N_("This package is no longer offered."))
    return page(
        request, "bookings/package.html", office=found, package=one, offered=offered,
        parts=[x for x in await offices.parts(found.id) if x.package == package_id],
        spans=SPAN_NAMES, clock=office_rules.clock_time, write=write_ask,
    )  # fmt: skip


@post(f"{OFFICE}/packages/{{package_id:int}}", needs("booking.own"))
async def book_package(request: Asked, actor: Actor, slug: str, package_id: int) -> Answer:
    """All parts are held, or none."""
    typed = await typed_values(request)
    found = await offices.by_slug(slug)
    one = next((x for x in await offices.packages(found.id) if x.id == package_id), None)
    if one is None or not one.active:
        raise NotFound(N_("This package is no longer offered."))
    try:
        form = parse(PackageTimeForm, typed)
        asks = await packages.asks_of(package_id, form.day)
        keys = await actions.hold(actor, asks, kind="package", title=one.name, purpose=form.purpose)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, typed, refused)
        return await _package_page(request, slug, package_id, offered_by(refused))
    return see_other(f"{MINE}/{keys[0]}")


@get(MINE, needs("booking.own"))
async def list_mine(request: Asked, actor: Actor) -> Answer:
    """The bookings of the company."""
    found, following = await queries.mine(actor, request.query_params.get("after", ""))
    return page(
        request, "bookings/mine.html", bookings=found, states=STATE_NAMES,
        following=f"{MINE}?after={following}" if following else "",
    )  # fmt: skip


@get("/bookings/{key:uuid}", needs("account.own"))
async def show(actor: Actor, key: UUID) -> Answer:
    """Where calendars lead: the host's page of a booking, or the company's."""
    return see_other(f"/desk/bookings/{key}" if actor.may("booking.host") else f"{MINE}/{key}")


@get(ONE, needs("booking.own"))
async def show_mine(request: Asked, actor: Actor, key: UUID) -> Answer:
    """One booking: held, to confirm; booked, with its code; over, with what became of it."""
    one = await queries.own(actor, key)
    together = await queries.together(one)
    office = await offices.office(one.office)
    held = [x for x in together if x.state is State.HELD]
    code = ""
    if one.state is State.CONFIRMED:
        code = segno.make(f"{load().base_url}/desk/bookings/{one.key}", error="m").svg_data_uri(
            scale=5, border=4, light="#fff"
        )
    return page(
        request, "bookings/one.html", one=one, together=together, office=office, held=held,
        states=STATE_NAMES, code=code, visitors=await queries.visitors([one.id]),
        papers=await queries.papers(one),
        names_until=one.starts_at - timedelta(hours=one.names_hours),
        over=one.held_until is not None and one.held_until <= clock.now(),
    )  # fmt: skip


@post(f"{ONE}/confirm", needs("booking.own"))
async def confirm(request: Asked, actor: Actor, key: UUID) -> Answer:
    """Book what is held, with all that is held beside it."""

    async def act(form: ConfirmForm) -> bool:
        one = await queries.own(actor, key)
        keys = [x.key for x in await queries.together(one) if x.state is State.HELD] or [key]
        await actions.confirm(actor, keys, accepted=form.accepted)
        now = await queries.together(await queries.own(actor, key))
        return any(x.state is State.PENDING for x in now)

    return await submit(
        request,
        ConfirmForm,
        act=act,
        to=f"{MINE}/{key}",
        again=lambda: show_mine.fn(request, actor, key),
        said=lambda waits: (
            N_("It is kept for you and waits for the office's answer: you are told by mail.")
            if waits
            else N_("It is booked. A mail with the calendar entry is on its way.")
        ),
    )


@get(f"{ONE}/cancel", needs("booking.own"))
async def cancel_page(request: Asked, actor: Actor, key: UUID) -> Answer:
    """What cancelling costs now, before it is done."""
    one = await queries.own(actor, key)
    return page(
        request, "bookings/cancel.html", one=one, due=await changing.cancellation(one),
        ladder=(await of_resource(one.resource)).office.rungs,
    )  # fmt: skip


@post(f"{ONE}/cancel", needs("booking.own"))
async def cancel(request: Asked, actor: Actor, key: UUID) -> Answer:
    """Do it."""
    return await submit(
        request,
        CancelForm,
        act=lambda form: changing.cancel(actor, key, why=form.why),
        to=f"{MINE}/{key}",
        again=lambda: cancel_page.fn(request, actor, key),
        said=N_("The booking is cancelled."),
    )


async def _change_page(request: Asked, actor: Actor, key: UUID, offered: dict[str, Any]) -> Answer:
    one = await queries.own(actor, key)
    return page(
        request, "bookings/change.html", one=one, offered=offered, spans=SPAN_NAMES,
        known=await of_resource(one.resource),
    )  # fmt: skip


@get(f"{ONE}/change", needs("booking.own"))
async def change_page(request: Asked, actor: Actor, key: UUID) -> Answer:
    """Another time."""
    return await _change_page(request, actor, key, NOTHING)


@post(f"{ONE}/change", needs("booking.own"))
async def change(request: Asked, actor: Actor, key: UUID) -> Answer:
    """The same booking at another time; what cannot be leaves it as it was."""
    typed = await typed_values(request)
    one = await queries.own(actor, key)
    try:
        form = parse(ChangeForm, typed)
        await changing.change(actor, key, form.ask(one.resource), version=form.version)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, typed, refused)
        return await _change_page(request, actor, key, offered_by(refused))
    return see_other(f"{MINE}/{key}", said=N_("The booking has moved; so has its calendar entry."))


@get(f"{ONE}/visitors", needs("booking.own"))
async def visitors_page(request: Asked, actor: Actor, key: UUID) -> Answer:
    """Who comes."""
    one = await queries.own(actor, key)
    lines = [
        "; ".join((x.name, x.email, x.country, x.passport)).rstrip("; ")
        for x in await queries.visitors([one.id])
    ]
    return page(
        request, "bookings/visitors.html", one=one, known="\n".join(lines),
        until=one.starts_at - timedelta(hours=one.names_hours),
    )  # fmt: skip


@post(f"{ONE}/visitors", needs("booking.own"))
async def name_visitors(request: Asked, actor: Actor, key: UUID) -> Answer:
    """Keep them."""
    return await submit(
        request,
        VisitorsForm,
        act=lambda form: changing.name_visitors(
            actor, key, [changing.Visitor(*line) for line in form.lines()]
        ),
        to=f"{MINE}/{key}",
        again=lambda: visitors_page.fn(request, actor, key),
        said=N_("The visitors are named; the office sees them."),
    )


@post(f"{ONE}/letter", needs("booking.own"))
async def letter(request: Asked, actor: Actor, key: UUID) -> Answer:
    """A letter that invites the visitors."""
    return await submit(
        request,
        Form,
        act=lambda _: letters.invite(actor, key),
        to=f"{MINE}/{key}",
        again=lambda: show_mine.fn(request, actor, key),
        said=N_("The letter is made: it stands below, to be saved and printed."),
    )


HANDLERS = [
    show_office, book_page, book, package_page, book_package, *find_pages.HANDLERS, list_mine,
    show, show_mine, confirm, cancel_page, cancel, change_page, change, visitors_page,
    name_visitors, letter, *desk_pages.HANDLERS,
]  # fmt: skip
