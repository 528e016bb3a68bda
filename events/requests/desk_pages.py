"""What the organiser sees: all requests, matching by hand, groups, orders, exposure."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response

from events.matchmaking import queries as sessions
from events.requests import guests, matching, people, queries
from events.requests.forms import DeskCancelForm, GuestForm, MatchForm, OrderForm, RequestsQuery
from events.requests.rules import PRIORITY_NAMES
from server.accounts.permissions import Actor
from server.text import N_, gettext
from server.web import get, needs, page, post, see_other, submit
from server.web.forms import Form, parse

Asked = Request[Any, Any, Any]
Answer = Response[Any]
_DESK = "/desk/meetings/{session_id:int}/requests"


def next_page(query: Form, following: str | None) -> str:
    """The address of the next page of a list that is narrowed by `query`."""
    if not following:
        return ""
    given = {name: said for name, said in query.typed().items() if said not in ("", None)}
    return "?" + urlencode({**given, "cursor": following})


async def _choices(session_id: int) -> list[tuple[int, str]]:
    return [
        (each.id, f"{each.company_name} · {each.name} ({each.group_name})")
        for each in await sessions.people(session_id)
    ]


@get(_DESK, needs("session.list"))
async def of_session(request: Asked, actor: Actor, session_id: int) -> Answer:
    """The requests of a session, with filters."""
    session = await sessions.own_session(actor, session_id)
    given = {k: v for k, v in request.query_params.items() if k != "cursor"}
    query = parse(RequestsQuery, given)
    cursor = str(request.query_params.get("cursor", ""))
    found, following = await queries.of_session(actor, session_id, query, cursor)
    return page(
        request,
        "requests/desk.html",
        session=session,
        requests=found,
        following_url=next_page(query, following),
        counts=await queries.counts(session_id),
        group_choices=[(each.id, each.name) for each in await sessions.groups(session_id)],
        looked_for=query,
        names=PRIORITY_NAMES,
    )


@get(_DESK + "/without", needs("session.list"))
async def without(request: Asked, actor: Actor, session_id: int) -> Answer:
    """People without requests."""
    cursor = str(request.query_params.get("cursor", ""))
    found, following = await queries.without(actor, session_id, cursor)
    return page(
        request,
        "requests/without.html",
        session=await sessions.own_session(actor, session_id),
        people=found,
        following=following,
    )


@get(_DESK + "/exposure", needs("session.list"))
async def exposure(request: Asked, actor: Actor, session_id: int) -> Answer:
    """How the recommendations share attention out, and whom nobody sees."""
    cursor = str(request.query_params.get("cursor", ""))
    report, found, following = await people.exposure(actor, session_id, cursor)
    return page(
        request,
        "requests/exposure.html",
        session=await sessions.own_session(actor, session_id),
        report=report,
        people=found,
        following=following,
    )


@get(_DESK + "/new", needs("request.match"))
async def match_page(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Who should meet whom."""
    return page(
        request,
        "requests/match.html",
        session=await sessions.own_session(actor, session_id),
        people=await _choices(session_id),
        priorities=[(each.value, gettext(said)) for each, said in PRIORITY_NAMES.items()],
        first=str(request.query_params.get("first", "")),
    )


@post(_DESK + "/new", needs("request.match"))
async def match(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Bring them together."""
    return await submit(
        request,
        MatchForm,
        act=lambda form: matching.match(actor, form, session_id=session_id),
        to=lambda made: f"/desk/meetings/{session_id}/requests/{made}",
        said=N_("They are to meet, and all of them are told. The time comes with the plan."),
        again=lambda: match_page.fn(request, actor, session_id),
    )


@post(_DESK + "/remind", needs("request.match"))
async def remind(actor: Actor, session_id: int) -> Answer:
    """One mail to everybody who is silent."""
    sent = await matching.remind(actor, session_id=session_id)
    to = f"/desk/meetings/{session_id}/requests"
    if not sent:
        return see_other(
            to, said=N_("Nobody had to be reminded: no answer waits, or all had a mail today.")
        )
    return see_other(to, said=N_("Reminders are on their way: {n}."), n=sent)


async def _show(request: Asked, actor: Actor, session_id: int, request_id: int) -> Answer:
    found = await queries.own_request(actor, session_id, request_id)
    accepted = found.state == "accepted"
    return page(
        request,
        "requests/desk_one.html",
        session=await sessions.own_session(actor, session_id),
        found=found,
        guests=await queries.guests(request_id),
        orders=await queries.orders(request_id),
        beside_choices=[(each.other, each.said) for each in await queries.beside(found)]
        if accepted
        else [],
        people=await _choices(session_id) if accepted else [],
        names=PRIORITY_NAMES,
    )


@get(_DESK + "/{request_id:int}", needs("session.list"))
async def show(request: Asked, actor: Actor, session_id: int, request_id: int) -> Answer:
    """A request, its further people, its order."""
    return await _show(request, actor, session_id, request_id)


def _do(path: str, form: Any, act: Any, said: str, doc: str) -> Any:
    """A form on a request's page."""

    async def handle(request: Asked, actor: Actor, session_id: int, request_id: int) -> Answer:
        return await submit(
            request,
            form,
            act=lambda given: act(actor, given, session_id=session_id, request_id=request_id),
            to=f"/desk/meetings/{session_id}/requests/{request_id}",
            said=said,
            again=lambda: _show(request, actor, session_id, request_id),
        )

    handle.__doc__ = doc
    handle.__name__ = f"desk_{act.__name__}"
    return post(f"{_DESK}/{{request_id:int}}/{path}", needs("request.match"))(handle)


add_guest = _do(
    "guests", GuestForm, guests.add_guest, N_("They are in the meeting, and told."), "Add one."
)
order = _do("order", OrderForm, matching.order, N_("The order is kept by the plan."), "Order.")
cancel = _do("cancel", DeskCancelForm, matching.cancel, N_("Cancelled."), "Cancel.")


@post(_DESK + "/{request_id:int}/guests/{participant_id:int}/remove", needs("request.match"))
async def remove_guest(
    actor: Actor, session_id: int, request_id: int, participant_id: int
) -> Answer:
    """Take somebody out of a meeting."""
    await guests.remove_guest(
        actor, session_id=session_id, request_id=request_id, participant_id=participant_id
    )
    return see_other(
        f"/desk/meetings/{session_id}/requests/{request_id}",
        said=N_("They are not in the meeting any more, and told."),
    )


@post(_DESK + "/{request_id:int}/order/{other_id:int}/remove", needs("request.match"))
async def remove_order(actor: Actor, session_id: int, request_id: int, other_id: int) -> Answer:
    """Take an order away."""
    await matching.remove_order(
        actor, session_id=session_id, request_id=request_id, other_id=other_id
    )
    return see_other(
        f"/desk/meetings/{session_id}/requests/{request_id}",
        said=N_("The two may be in any order."),
    )


HANDLERS = [
    of_session, without, exposure, match_page, match, remind, show, add_guest, order, cancel,
    remove_guest, remove_order,
]  # fmt: skip
