"""The agency's pages of a session: the list, the overview with what is missing, the set-up."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

from litestar import Request, Response

from events.fairs import queries as fairs
from events.fairs import rules as fair_rules
from events.fairs import zones
from events.fairs.forms import FairFilter
from events.matchmaking import actions, additions, cancelling, queries, rules, setting_up, showing
from events.matchmaking.additions import Part, Place
from events.matchmaking.forms import (
    ChangedSession,
    GroupForm,
    InterpreterForm,
    MatrixForm,
    PlaceForm,
    PlacesForm,
    SessionForm,
    TimetableForm,
)
from events.matchmaking.rows import SessionRow
from events.matchmaking.rules import KIND_NAMES, PLACE_NAMES, Kind, SessionState
from server import clock
from server.accounts.permissions import Actor
from server.database import page_id, rows
from server.money import to_decimal
from server.text import N_, gettext, ngettext
from server.web import get, needs, page, post, submit
from server.web.formats import moment
from server.web.forms import Form

Asked = Request[Any, Any, Any]
Answer = Response[Any]
HOME = "/desk/meetings"


@get(HOME, needs("session.list"))
async def list_sessions(request: Asked, actor: Actor) -> Answer:
    """The agency's sessions."""
    found, following = await queries.of_agency(actor, request.query_params.get("after", ""))
    return page(
        request, "matchmaking/list.html", sessions=found, kinds=KIND_NAMES,
        following=f"{HOME}?after={following}" if following else "",
    )  # fmt: skip


async def _form_page(
    request: Asked, actor: Actor, session: SessionRow | None, known: dict[str, Any] | None
) -> Answer:
    own, _ = await fairs.of_agency(actor, FairFilter(), limit=200)
    choices: dict[str, showing.Choices] = {
        "kind": [(each.value, gettext(name)) for each, name in KIND_NAMES.items()],
        "fair": [("", gettext(N_("No fair"))), *((each.id, each.name) for each in own)],
        "country": [("", gettext(N_("As the fair"))), *showing.country_choices()],
        "tz": [
            ("", gettext(N_("As the fair"))),
            *((zone, zone.replace("_", " ")) for zone in zones.all_zones()),
        ],
    }
    return page(
        request, "matchmaking/form.html", session=session,
        fields=showing.show(ChangedSession, values=known, choices=choices, without=("version",)),
    )  # fmt: skip


@get(f"{HOME}/new", needs("session.write"))
async def new_session(request: Asked, actor: Actor) -> Answer:
    """The form; with `?fair=` what the fair says is there already."""
    known: dict[str, Any] = {"kind": "office", "currency": "EUR"}
    asked = page_id(request.query_params.get("fair", ""))
    if asked is not None:
        fair = await fairs.own_fair(actor, asked)
        known |= {
            "kind": "fair", "fair": fair.id, "of_exhibitors": True,
            "title": gettext(N_("Meetings at {fair}"), fair=fair.name),
        }  # fmt: skip
    return await _form_page(request, actor, None, known)


@post(f"{HOME}/new", needs("session.write"))
async def create_session(request: Asked, actor: Actor) -> Answer:
    """Make the draft and go to it."""
    return await submit(
        request,
        SessionForm,
        act=lambda form: actions.create_session(actor, form),
        to=lambda made: f"{HOME}/{made}",
        again=lambda: new_session.fn(request, actor),
        said=N_("The session is saved as a draft. What is missing until it can open is below."),
    )


@get(f"{HOME}/{{session_id:int}}/edit", needs("session.write"))
async def edit_session(request: Asked, actor: Actor, session_id: int) -> Answer:
    """The form with what is known."""
    found = await queries.own_session(actor, session_id)
    known = {each: getattr(found, each, None) for each in ChangedSession.__struct_fields__} | {
        "fee": to_decimal(found.fee_minor, found.currency) if found.fee_minor else None
    }
    for name, at in (
        ("requests_until", found.requests_until),
        ("answers_until", found.answers_until),
    ):
        known[name] = clock.local(at, found.tz).replace(tzinfo=None) if at else None
    return await _form_page(request, actor, found, known)


@post(f"{HOME}/{{session_id:int}}/edit", needs("session.write"))
async def change_session(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Save the changes."""
    return await submit(
        request,
        ChangedSession,
        act=lambda form: actions.change_session(actor, session_id, form),
        to=f"{HOME}/{session_id}",
        again=lambda: edit_session.fn(request, actor, session_id),
        said=N_("The session is changed."),
    )


async def _set_up(actor: Actor, found: SessionRow) -> list[Part]:
    """What a session needs, in the order in which one sets it up."""
    places = await queries.places(found.id)
    groups = await queries.groups(found.id)
    asking = [each.name for each in groups if each.may_ask]
    at = f"{HOME}/{found.id}"
    draft = found.state is SessionState.DRAFT
    needs_place = found.kind is not Kind.ONLINE
    said_places = gettext(N_("People meet by video: none is needed."))
    if places or needs_place:
        said_places = (
            ngettext("{n} place", "{n} places", len(places))
            if places
            else gettext(N_("There are none: add tables, rooms or stands."))
        )
    taking = ngettext("{n} person takes part", "{n} people take part", found.taking)
    return [
        Part(
            name=N_("What and when"),
            url=f"{at}/edit",
            said=gettext(N_("Requests until {when}"), when=moment(found.requests_until, found.tz))
            if found.requests_until
            else gettext(N_("No last day for requests is set.")),
        ),
        Part(
            name=N_("Slots"),
            url=f"{at}/slots",
            said=ngettext("{n} slot", "{n} slots", found.slots)
            if found.slots
            else gettext(N_("There are none: set the timetable.")),
            open=not found.slots,
        ),
        Part(
            name=N_("Places"),
            url=f"{at}/places",
            said=said_places,
            open=needs_place and not any(not each.closed for each in places),
        ),
        Part(
            name=N_("Groups and who may ask whom"),
            url=f"{at}/groups",
            said=", ".join(each.name for each in groups)
            if asking
            else gettext(N_("Nobody may ask anybody yet.")),
            open=not asking,
        ),
        Part(
            name=N_("Interpreters"),
            url=f"{at}/interpreters",
            said=gettext(N_("For meetings of people without a language in common")),
        ),
        Part(
            name=N_("Invitations"),
            url=f"{at}/invitations",
            said=gettext(N_("By mail, with a link that needs no account")),
        ),
        Part(
            name=N_("People"), url=f"{at}/people", said=taking, open=not draft and not found.taking
        ),
        *await additions.parts(actor, found),
    ]


@get(f"{HOME}/{{session_id:int}}", needs("session.list"))
async def show_session(request: Asked, actor: Actor, session_id: int) -> Answer:
    """The session: what is set and what is missing, what may be done now."""
    found = await queries.own_session(actor, session_id)
    return page(
        request, "matchmaking/show.html", session=found, kinds=KIND_NAMES,
        parts=await _set_up(actor, found), moves=sorted(rules.SESSION_MOVES[found.state]),
        missing=await actions.missing(found) if found.state is SessionState.DRAFT else [],
        tabs=additions.tabs(actor, Place.SESSION_DESK),
        panels=await additions.panels(Place.SESSION_DESK, actor, found),
    )  # fmt: skip


def _move(to: str, act: Any, said: str) -> Any:
    @post(f"{HOME}/{{session_id:int}}/{to}", needs("session.write"))
    async def move(request: Asked, actor: Actor, session_id: int) -> Answer:
        return await submit(
            request,
            Form,
            act=lambda _: act(actor, session_id),
            to=f"{HOME}/{session_id}",
            again=lambda: show_session.fn(request, actor, session_id),
            said=said,
        )

    return move


open_session = _move(
    "open", actions.open_session, N_("The session is open: people can ask each other now.")
)
close_session = _move("close", actions.close_session, N_("Requests are over now."))
cancel_session = _move("cancel", cancelling.cancel_session, N_("The session is cancelled."))


async def _timetable(found: SessionRow) -> dict[str, Any]:
    """The form as the slots are; before the first ones, the fair's days and opening hours."""
    slots = await queries.slots(found.id)
    if slots:
        usual, other = rules.usual(
            [(each.half, each.start_local, each.end_local) for each in slots]
        )
        gaps = [b.start_local - a.end_local for a, b in pairwise(slots) if a.half == b.half]
        known: dict[str, Any] = {
            "first_on": slots[0].start_local.date(),
            "last_on": slots[-1].end_local.date(),
            "other_days": other,
            "minutes": found.slot_minutes,
            "gap": int(min(gaps, default=timedelta()).total_seconds()) // 60,
        }
        for name, span in zip(("morning", "afternoon"), usual, strict=False):
            known |= {f"{name}_from": span[0], f"{name}_until": span[1]}
        return known
    known = {"minutes": 20, "gap": 0}
    if found.fair is None:
        return known | {
            "morning_from": "09:00", "morning_until": "12:30",
            "afternoon_from": "13:30", "afternoon_until": "17:00",
        }  # fmt: skip
    fair = await fairs.fair(found.fair)
    days = await fairs.days(found.fair)
    opens, closes, _ = fair_rules.usual_hours(
        fair.starts_on,
        fair.ends_on,
        [fair_rules.Hours(each.day, each.opens_at, each.closes_at) for each in days],
    )
    return known | {
        "first_on": fair.starts_on,
        "last_on": fair.ends_on,
        "morning_from": opens or "09:00",
        "morning_until": "12:30",
        "afternoon_from": "13:30",
        "afternoon_until": closes or "17:00",
    }


@get(f"{HOME}/{{session_id:int}}/slots", needs("session.list"))
async def show_slots(request: Asked, actor: Actor, session_id: int) -> Answer:
    """The timetable and its form."""
    found = await queries.own_session(actor, session_id)
    halves: dict[int, list[Any]] = {}
    for each in await queries.slots(session_id):
        halves.setdefault(each.half, []).append(each)
    return page(
        request, "matchmaking/slots.html", session=found, halves=list(halves.values()),
        fields=showing.show(TimetableForm, values=await _timetable(found)),
        hours=showing.hours,
    )  # fmt: skip


@post(f"{HOME}/{{session_id:int}}/slots", needs("session.write"))
async def set_slots(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Make the slots."""
    return await submit(
        request,
        TimetableForm,
        act=lambda form: actions.set_timetable(actor, session_id, form),
        to=f"{HOME}/{session_id}/slots",
        again=lambda: show_slots.fn(request, actor, session_id),
        said=lambda n: ngettext("The session has {n} slot.", "The session has {n} slots.", n),
    )


@get(f"{HOME}/{{session_id:int}}/places", needs("session.list"))
async def show_places(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Where meetings can be."""
    found = await queries.own_session(actor, session_id)
    companies = await rows(
        "SELECT DISTINCT c.id, c.name FROM participant p JOIN company c ON c.id = p.company"
        " WHERE p.session = $1 AND p.state IN ('applied', 'unpaid', 'taking') ORDER BY c.name",
        session_id,
    )
    kind = "company" if found.kind is Kind.INWARD else "table"
    return page(
        request, "matchmaking/places.html", session=found, names=PLACE_NAMES,
        places=await queries.places(session_id),
        fields=showing.show(
            PlacesForm,
            values={"kind": kind, "word": "", "first": 1, "count": 1, "seats": 4},
            choices={
                "kind": [(each.value, gettext(name)) for each, name in PLACE_NAMES.items()],
                "company": [
                    ("", gettext(N_("Nobody's"))),
                    *((each["id"], each["name"]) for each in companies),
                ],
            },
        ),
    )  # fmt: skip


@post(f"{HOME}/{{session_id:int}}/places", needs("session.write"))
async def add_places(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Add several in one step."""
    return await submit(
        request,
        PlacesForm,
        act=lambda form: setting_up.add_places(actor, session_id, form),
        to=f"{HOME}/{session_id}/places",
        again=lambda: show_places.fn(request, actor, session_id),
        said=lambda n: ngettext("{n} place is added.", "{n} places are added.", n),
    )


@get(f"{HOME}/{{session_id:int}}/places/{{place_id:int}}", needs("session.write"))
async def edit_place(request: Asked, actor: Actor, session_id: int, place_id: int) -> Answer:
    """One place."""
    found = await queries.own_session(actor, session_id)
    one = next((each for each in await queries.places(session_id) if each.id == place_id), None)
    if one is None:
        raise setting_up.no_place()
    return page(
        request, "matchmaking/place.html", session=found, place=one,
        fields=showing.show(PlaceForm, values=one),
    )  # fmt: skip


@post(f"{HOME}/{{session_id:int}}/places/{{place_id:int}}", needs("session.write"))
async def change_place(request: Asked, actor: Actor, session_id: int, place_id: int) -> Answer:
    """Change it."""
    return await submit(
        request,
        PlaceForm,
        act=lambda form: setting_up.change_place(actor, session_id, place_id, form),
        to=f"{HOME}/{session_id}/places",
        again=lambda: edit_place.fn(request, actor, session_id, place_id),
        said=N_("The place is changed."),
    )


@post(f"{HOME}/{{session_id:int}}/places/{{place_id:int}}/remove", needs("session.write"))
async def remove_place(request: Asked, actor: Actor, session_id: int, place_id: int) -> Answer:
    """Take it away."""
    return await submit(
        request,
        Form,
        act=lambda _: setting_up.remove_place(actor, session_id, place_id),
        to=f"{HOME}/{session_id}/places",
        again=lambda: edit_place.fn(request, actor, session_id, place_id),
        said=N_("The place is gone."),
    )


@get(f"{HOME}/{{session_id:int}}/groups", needs("session.list"))
async def show_groups(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Groups, and the matrix of who may ask whom."""
    found = await queries.own_session(actor, session_id)
    return page(
        request, "matchmaking/groups.html", session=found,
        groups=await queries.groups(session_id), fields=showing.show(GroupForm),
    )  # fmt: skip


@post(f"{HOME}/{{session_id:int}}/groups", needs("session.write"))
async def add_group(request: Asked, actor: Actor, session_id: int) -> Answer:
    """A further group."""
    return await submit(
        request,
        GroupForm,
        act=lambda form: setting_up.add_group(actor, session_id, form),
        to=f"{HOME}/{session_id}/groups",
        again=lambda: show_groups.fn(request, actor, session_id),
        said=N_("The group is added. Say below whom its people may ask."),
    )


@post(f"{HOME}/{{session_id:int}}/groups/matrix", needs("session.write"))
async def set_matrix(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Who may ask whom."""
    return await submit(
        request,
        MatrixForm,
        act=lambda form: setting_up.set_matrix(actor, session_id, form),
        to=f"{HOME}/{session_id}/groups",
        again=lambda: show_groups.fn(request, actor, session_id),
        said=N_("It is set who may ask whom."),
    )


@get(f"{HOME}/{{session_id:int}}/groups/{{group_id:int}}", needs("session.write"))
async def edit_group(request: Asked, actor: Actor, session_id: int, group_id: int) -> Answer:
    """One group."""
    found = await queries.own_session(actor, session_id)
    one = next((each for each in await queries.groups(session_id) if each.id == group_id), None)
    if one is None:
        raise setting_up.no_group()
    return page(
        request, "matchmaking/group.html", session=found, group=one,
        fields=showing.show(GroupForm, values=one),
    )  # fmt: skip


@post(f"{HOME}/{{session_id:int}}/groups/{{group_id:int}}", needs("session.write"))
async def change_group(request: Asked, actor: Actor, session_id: int, group_id: int) -> Answer:
    """Change it."""
    return await submit(
        request,
        GroupForm,
        act=lambda form: setting_up.change_group(actor, session_id, group_id, form),
        to=f"{HOME}/{session_id}/groups",
        again=lambda: edit_group.fn(request, actor, session_id, group_id),
        said=N_("The group is changed."),
    )


@post(f"{HOME}/{{session_id:int}}/groups/{{group_id:int}}/remove", needs("session.write"))
async def remove_group(request: Asked, actor: Actor, session_id: int, group_id: int) -> Answer:
    """Take it away."""
    return await submit(
        request,
        Form,
        act=lambda _: setting_up.remove_group(actor, session_id, group_id),
        to=f"{HOME}/{session_id}/groups",
        again=lambda: edit_group.fn(request, actor, session_id, group_id),
        said=N_("The group is gone."),
    )


@get(f"{HOME}/{{session_id:int}}/interpreters", needs("session.list"))
async def show_interpreters(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Who interprets, and when they are away."""
    found = await queries.own_session(actor, session_id)
    slots = await queries.slots(session_id)
    return page(
        request, "matchmaking/interpreters.html", session=found,
        interpreters=await queries.interpreters(session_id),
        languages=dict(showing.language_choices()),
        fields=showing.show(
            InterpreterForm,
            choices={
                "languages": showing.language_choices(),
                "away": [(each.id, showing.slot_name(each)) for each in slots],
            },
        ),
    )  # fmt: skip


@post(f"{HOME}/{{session_id:int}}/interpreters", needs("session.write"))
async def add_interpreter(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Somebody who interprets."""
    return await submit(
        request,
        InterpreterForm,
        act=lambda form: setting_up.add_interpreter(actor, session_id, form),
        to=f"{HOME}/{session_id}/interpreters",
        again=lambda: show_interpreters.fn(request, actor, session_id),
        said=N_("The interpreter is added."),
    )


@post(f"{HOME}/{{session_id:int}}/interpreters/{{who:int}}/remove", needs("session.write"))
async def remove_interpreter(request: Asked, actor: Actor, session_id: int, who: int) -> Answer:
    """No longer there."""
    return await submit(
        request,
        Form,
        act=lambda _: setting_up.remove_interpreter(actor, session_id, who),
        to=f"{HOME}/{session_id}/interpreters",
        again=lambda: show_interpreters.fn(request, actor, session_id),
        said=N_("The interpreter is gone."),
    )


HANDLERS = [
    list_sessions, new_session, create_session, edit_session, change_session, show_session,
    open_session, close_session, cancel_session, show_slots, set_slots, show_places, add_places,
    edit_place, change_place, remove_place, show_groups, add_group, set_matrix, edit_group,
    change_group, remove_group, show_interpreters, add_interpreter, remove_interpreter,
]  # fmt: skip
