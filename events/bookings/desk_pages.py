"""Pages of the host: the day, approvals, check-in, the list, blackouts, figures."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response

from events.bookings import blackouts, changing, figures, finding, queries
from events.bookings.blackouts import ask_of
from events.bookings.facts import of_resource, of_resources
from events.bookings.forms import AnswerForm, CancelForm, ListForm, MoveForm, read_ask, write_ask
from events.bookings.hours import edge
from events.bookings.rules import STATE_NAMES, State
from events.offices import queries as offices
from events.offices.forms import BlackoutForm
from events.offices.rules import WEEKDAYS
from server import clock
from server.accounts.permissions import Actor
from server.documents.rules import disposition
from server.errors import Invalid, NotFound
from server.text import N_, gettext
from server.web import get, needs, page, post, submit
from server.web.forms import Form, parse
from server.web.respond import show_again
from server.web.showing import show
from server.web.workbooks import MEDIA_TYPE

AT = "/desk/offices/{office_id:int}"
ONE = "/desk/bookings/{key:uuid}"
FIGURES = timedelta(days=28)
MOST_DAYS = 92
Asked = Request[Any, Any, Any]
Answer = Response[Any]


def _day(text: str, otherwise: date) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return found if abs((found - otherwise).days) < 3700 else otherwise


@get(f"{AT}/today", needs("booking.host"))
async def today(request: Asked, actor: Actor, office_id: int) -> Answer:
    """Who comes today, and what waits for an answer."""
    found = await queries.hosted_office(actor, office_id)
    on = _day(request.query_params.get("day", ""), clock.today(found.tz))
    arrivals = await queries.day(office_id, on)
    people: dict[int, list[queries.VisitorRow]] = {}
    for each in await queries.visitors([one.id for one in arrivals]):
        people.setdefault(each.booking, []).append(each)
    return page(
        request, "bookings/today.html", office=found, on=on, arrivals=arrivals, people=people,
        waiting=await queries.waiting(office_id), states=STATE_NAMES,
        before=(on - timedelta(days=1)).isoformat(), after=(on + timedelta(days=1)).isoformat(),
    )  # fmt: skip


def _wanted(request: Asked) -> tuple[ListForm, dict[str, str]]:
    asked = {
        name: request.query_params[name]
        for name in ("state", "first", "last")
        if request.query_params.get(name)
    }
    try:
        return parse(ListForm, asked), asked
    except Invalid as invalid:
        show_again(request, asked, invalid)
        return ListForm(), asked


@get(f"{AT}/bookings", needs("booking.host"))
async def list_bookings(request: Asked, actor: Actor, office_id: int) -> Answer:
    """The bookings of an office, narrowed by state and days."""
    found = await queries.hosted_office(actor, office_id)
    wanted, asked = _wanted(request)
    listed, following = await queries.of_office(
        office_id, wanted, request.query_params.get("after", "")
    )
    base = f"/desk/offices/{office_id}/bookings"
    return page(
        request, "bookings/list.html", office=found, bookings=listed, asked=asked,
        states=[(str(code), gettext(name)) for code, name in STATE_NAMES.items()],
        names=STATE_NAMES, narrowed=f"?{urlencode(asked)}" if asked else "",
        following=f"{base}?{urlencode({**asked, 'after': following})}" if following else "",
    )  # fmt: skip


async def _export(request: Asked, actor: Actor, office_id: int, ending: str) -> Response[bytes]:
    found = await queries.hosted_office(actor, office_id)
    wanted, _ = _wanted(request)
    listed, _ = await queries.of_office(office_id, wanted, limit=queries.MOST_EXPORTED)
    data, kind = (
        (queries.as_csv(listed), "text/csv; charset=utf-8")
        if ending == "csv"
        else (queries.as_workbook(listed), MEDIA_TYPE)
    )
    name = f"{found.slug}-bookings.{ending}"
    return Response(data, media_type=kind, headers={"content-disposition": disposition(name)})


@get(f"{AT}/bookings.csv", needs("booking.host"))
async def bookings_csv(request: Asked, actor: Actor, office_id: int) -> Response[bytes]:
    """The list as CSV."""
    return await _export(request, actor, office_id, "csv")


@get(f"{AT}/bookings.xlsx", needs("booking.host"))
async def bookings_xlsx(request: Asked, actor: Actor, office_id: int) -> Response[bytes]:
    """The list as XLSX."""
    return await _export(request, actor, office_id, "xlsx")


@get(ONE, needs("booking.host"))
async def show_booking(request: Asked, actor: Actor, key: UUID) -> Answer:
    """One booking: where the code at the door leads."""
    one = await queries.at_desk(actor, key)
    moves = []
    if one.state in (State.PENDING, State.CONFIRMED) and one.starts_at > clock.now():
        moves = await finding.nearest(await of_resource(one.resource), ask_of(one), without=one.id)
    return page(
        request, "bookings/desk_one.html", one=one, states=STATE_NAMES, moves=moves,
        visitors=await queries.visitors([one.id]), write=write_ask,
        soon=one.starts_at - changing.EARLY <= clock.now() < one.ends_at,
        begun=one.starts_at <= clock.now(),
    )  # fmt: skip


async def _at_door(
    request: Asked, actor: Actor, key: UUID, form: type[Any], act: Any, said: str
) -> Answer:
    return await submit(
        request,
        form,
        act=act,
        to=f"/desk/bookings/{key}",
        again=lambda: show_booking.fn(request, actor, key),
        said=said,
    )


@post(f"{ONE}/check-in", needs("booking.host"))
async def check_in(request: Asked, actor: Actor, key: UUID) -> Answer:
    """They are here."""
    return await _at_door(
        request, actor, key, Form, lambda _: changing.check_in(actor, key),
        N_("They are checked in."),
    )  # fmt: skip


@post(f"{ONE}/no-show", needs("booking.host"))
async def no_show(request: Asked, actor: Actor, key: UUID) -> Answer:
    """Nobody came."""
    return await _at_door(
        request, actor, key, Form, lambda _: changing.no_show(actor, key),
        N_("Kept: nobody came. The rest of the time is free again."),
    )  # fmt: skip


@post(f"{ONE}/answer", needs("booking.host"))
async def answer(request: Asked, actor: Actor, key: UUID) -> Answer:
    """Approve or refuse what waits."""
    return await _at_door(
        request, actor, key, AnswerForm,
        lambda form: changing.answer(
            actor, key, version=form.version, yes=form.yes, why=form.why
        ),
        N_("The company is told."),
    )  # fmt: skip


@post(f"{ONE}/call-off", needs("booking.host"))
async def call_off(request: Asked, actor: Actor, key: UUID) -> Answer:
    """The office cancels."""
    return await _at_door(
        request, actor, key, CancelForm,
        lambda form: changing.call_off(actor, key, why=form.why),
        N_("The booking is called off; the company is told, and nothing is due."),
    )  # fmt: skip


@post(f"{ONE}/move", needs("booking.host"))
async def move(request: Asked, actor: Actor, key: UUID) -> Answer:
    """The office moves it to a time that the page offered."""
    return await _at_door(
        request, actor, key, MoveForm,
        lambda form: changing.move(actor, key, read_ask(form.ask), version=form.version),
        N_("The booking has moved; the company is told."),
    )  # fmt: skip


@get(f"{AT}/blackouts", needs("booking.host"))
async def list_blackouts(request: Asked, actor: Actor, office_id: int) -> Answer:
    """Times that cannot be booked, and a form for one more."""
    found = await queries.hosted_office(actor, office_id)
    listed, following = await offices.blackouts(office_id, request.query_params.get("after", ""))
    base = f"/desk/offices/{office_id}/blackouts"
    return page(
        request, "bookings/blackouts.html", office=found, blackouts=listed,
        following=f"{base}?after={following}" if following else "",
        fields=show(
            BlackoutForm,
            choices={
                "resource": [
                    ("", gettext(N_("The whole office"))),
                    *((x.id, x.name) for x in await offices.resources(office_id)),
                ]
            },
        ),
    )  # fmt: skip


@post(f"{AT}/blackouts", needs("booking.host"))
async def black_out(request: Asked, actor: Actor, office_id: int) -> Answer:
    """Take no bookings then; go on to whom it hits."""
    found = await queries.hosted_office(actor, office_id)
    base = f"/desk/offices/{office_id}/blackouts"
    return await submit(
        request,
        BlackoutForm,
        act=lambda form: blackouts.black_out(
            actor, office_id, starts_at=edge(form.starts, found.tz),
            ends_at=edge(form.ends, found.tz, closing=True), reason=form.reason,
            resource=form.resource,
        ),
        to=lambda made: f"{base}/{made}",
        again=lambda: list_blackouts.fn(request, actor, office_id),
        said=N_("Nothing new is booked then. Below stands whom it hits."),
    )  # fmt: skip


@get(f"{AT}/blackouts/{{blackout_id:int}}", needs("booking.host"))
async def show_blackout(request: Asked, actor: Actor, office_id: int, blackout_id: int) -> Answer:
    """Whom it hits, with the nearest times to move to."""
    found = await queries.hosted_office(actor, office_id)
    listed, _ = await offices.blackouts(office_id, str(blackout_id + 1))
    one = next((x for x in listed if x.id == blackout_id), None)
    if one is None:
        raise NotFound(N_("This office has no such blackout."))
    hit = (
        []
        if one.lifted_at
        else await blackouts.hits(actor, office_id, one.starts_at, one.ends_at, one.resource)
    )
    return page(
        request, "bookings/blackout.html", office=found, one=one, hits=hit, write=write_ask
    )  # fmt: skip


@post(f"{AT}/blackouts/{{blackout_id:int}}/lift", needs("booking.host"))
async def lift(request: Asked, actor: Actor, office_id: int, blackout_id: int) -> Answer:
    """It can be booked again."""
    return await submit(
        request,
        Form,
        act=lambda _: blackouts.lift(actor, office_id, blackout_id),
        to=f"/desk/offices/{office_id}/blackouts",
        again=lambda: show_blackout.fn(request, actor, office_id, blackout_id),
        said=N_("The time can be booked again."),
    )


@get(f"{AT}/utilisation", needs("booking.host"))
async def utilisation(request: Asked, actor: Actor, office_id: int) -> Answer:
    """How full the office is: by weekday and hour, by resource, by agency."""
    found = await queries.hosted_office(actor, office_id)
    now = clock.today(found.tz)
    first = _day(request.query_params.get("first", ""), now)
    last = _day(request.query_params.get("last", ""), now + FIGURES - timedelta(days=1))
    last = max(first, min(last, first + timedelta(days=MOST_DAYS - 1)))
    known = await of_resources([x.id for x in await offices.resources(office_id)])
    made = figures.work_out(
        list(known.values()), await queries.taking(office_id, first, last), first, last
    )
    return page(
        request, "bookings/utilisation.html", office=found, first=first, last=last, figures=made,
        weekdays=WEEKDAYS, level=figures.level,
    )  # fmt: skip


HANDLERS = [
    today, list_bookings, bookings_csv, bookings_xlsx, show_booking, check_in, no_show, answer,
    call_off, move, list_blackouts, black_out, show_blackout, lift, utilisation,
]  # fmt: skip
