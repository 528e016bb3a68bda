"""The agency's pages of a session: the list, its form, the overview with what is missing."""

from typing import Any

from litestar import Request, Response

from events.fairs import queries as fairs
from events.fairs import zones
from events.fairs.forms import FairFilter
from events.matchmaking import actions, additions, cancelling, queries, rules, showing
from events.matchmaking.additions import Part, Place
from events.matchmaking.forms import (
    ChangedSession,
    SessionForm,
)
from events.matchmaking.rows import SessionRow
from events.matchmaking.rules import KIND_NAMES, Kind, SessionState
from server import clock
from server.accounts.permissions import Actor
from server.database import page_id
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


HANDLERS = [
    list_sessions,
    new_session,
    create_session,
    edit_session,
    change_session,
    show_session,
    open_session,
    close_session,
    cancel_session,
]
