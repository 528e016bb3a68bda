"""What participants see: people to meet, one of them, their requests; and the answer by a mail."""

from typing import Any
from uuid import UUID

from litestar import Request, Response

from events.matchmaking import queries as sessions
from events.requests import actions, desk_pages, guests, people, queries
from events.requests.forms import (
    AcceptForm,
    AskForm,
    CancelForm,
    DeclineForm,
    GuestForm,
    LinkForm,
    PeopleQuery,
)
from events.requests.rules import PRIORITY_NAMES, RequestState
from server.accounts.permissions import Actor
from server.errors import NotFound, Refused
from server.text import N_, gettext
from server.web import get, needs, page, post, see_other, submit
from server.web.forms import parse
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
Answer = Response[Any]
PRIVATE = {"cache-control": "no-store", "x-robots-tag": "noindex"}
_MY = "/my/meetings/{session_id:int}"
SIDES = {"received": N_("Received"), "sent": N_("Sent"), "together": N_("With others")}


def priorities() -> list[tuple[int, str]]:
    """The wishes a form offers."""
    return [(each.value, gettext(said)) for each, said in PRIORITY_NAMES.items()]


def _asked_for(request: Asked, form: Any) -> Any:
    given = {k: v for k, v in request.query_params.items() if k in form.__struct_fields__}
    return parse(form, given)


async def _people(request: Asked, actor: Actor, session_id: int) -> Answer:
    me = await people.looking(actor, session_id)
    query: PeopleQuery = _asked_for(request, PeopleQuery)
    cursor = str(request.query_params.get("cursor", ""))
    first = not (cursor or query.narrows)
    found, following = await people.browse(actor, session_id, query, cursor)
    return page(
        request,
        "requests/people.html",
        session=await sessions.session(session_id),
        recommended=await people.my_list(actor, session_id) if first else [],
        first=first,
        found=found,
        following_url=desk_pages.next_page(query, following),
        looked_for=query,
        choices=await people.choices(me),
        blocked=await queries.blocked(actor, session_id) if first else [],
    )


@get(_MY + "/people", needs("request.own"))
async def everybody(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Recommendations with their reasons, then search."""
    return await _people(request, actor, session_id)


async def _person(request: Asked, actor: Actor, session_id: int, key: UUID) -> Answer:
    found, profile = await people.person(actor, session_id, key)
    me = await sessions.me(actor, session_id)
    blocked = any(each.key == found.key for each in await queries.blocked(actor, session_id))
    return page(
        request,
        "requests/person.html",
        session=await sessions.session(session_id),
        who=found,
        profile=profile,
        languages=people.language_names(),
        request_id=await queries.live_between(me.id, found.id),
        blocked=blocked,
        priorities=priorities(),
    )


@get(_MY + "/people/{key:uuid}", needs("request.own"))
async def one(request: Asked, actor: Actor, session_id: int, key: UUID) -> Answer:
    """A person, and the form that asks them for a meeting."""
    return await _person(request, actor, session_id, key)


@post(_MY + "/people/{key:uuid}", needs("request.own"))
async def ask(request: Asked, actor: Actor, session_id: int, key: UUID) -> Answer:
    """Ask. Who cannot be seen any more is told of above the list of people."""

    async def again() -> Answer:
        try:
            return await _person(request, actor, session_id, key)
        except NotFound:
            return await _people(request, actor, session_id)

    return await submit(
        request,
        AskForm,
        act=lambda form: actions.ask(actor, form, session_id=session_id, key=key),
        to=lambda made: f"/my/meetings/{session_id}/requests/{made}",
        said=N_("Your request is on its way. The time is given after they have said yes."),
        again=again,
    )


def _about(path: str, act: Any, said: str, doc: str, *, back: bool) -> Any:
    """A button about a person: to the list of people, or back to the person's page."""

    async def handle(request: Asked, actor: Actor, session_id: int, key: UUID) -> Answer:
        try:
            await act(actor, session_id=session_id, key=key)
        except Refused as refused:
            if refused.status in (403, 404):
                raise
            show_again(request, {}, refused)
            return await _people(request, actor, session_id)
        people_page = f"/my/meetings/{session_id}/people"
        return see_other(f"{people_page}/{key}" if back else people_page, said=said)

    handle.__doc__ = doc
    handle.__name__ = act.__name__
    return post(f"{_MY}/people/{{key:uuid}}/{path}", needs("request.own"))(handle)


wish = _about(
    "wish", actions.wish, N_("Noted, for you alone: people like them come first."), "Wish.",
    back=True,
)  # fmt: skip
pass_over = _about(
    "pass-over", actions.pass_over, N_("They are out of your list, and people like them sink."),
    "Not interested.", back=False,
)  # fmt: skip
forget = _about(
    "forget", actions.forget, N_("What you said of them is forgotten."), "Take it back.", back=True
)
block = _about(
    "block", actions.block,
    N_("Neither of you finds or asks the other any more. Meetings that are agreed stay: cancel them"
       " if you want."),
    "Block.", back=False,
)  # fmt: skip
unblock = _about(
    "unblock", actions.unblock, N_("You can find and ask each other again."), "Unblock.", back=False
)


@get(_MY + "/requests", needs("request.own"))
async def mine(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Requests received, sent, and meetings with others, with their states."""
    me = await sessions.me(actor, session_id)
    side = str(request.query_params.get("side", "received"))
    side = side if side in SIDES else "received"
    cursor = str(request.query_params.get("cursor", ""))
    found, following = await queries.mine(actor, session_id, side=side, cursor=cursor)
    return page(
        request,
        "requests/mine.html",
        session=await sessions.session(session_id),
        me=me,
        side=side,
        sides=SIDES,
        counts=await queries.my_counts(me.id),
        requests=found,
        following=following,
        priorities=PRIORITY_NAMES,
    )


async def _show(request: Asked, actor: Actor, session_id: int, request_id: int) -> Answer:
    found = await queries.my_request(actor, session_id, request_id)
    me = await sessions.me(actor, session_id)
    meets = found.state == "accepted" and me.id in (found.asker, found.asked)
    return page(
        request,
        "requests/one.html",
        session=await sessions.session(session_id),
        me=me,
        found=found,
        guests=await queries.guests(request_id) if found.state == "accepted" else [],
        colleagues=await queries.colleagues(me, found) if meets else [],
        names=PRIORITY_NAMES,
        priorities=priorities(),
    )


@get(_MY + "/requests/{request_id:int}", needs("request.own"))
async def show(request: Asked, actor: Actor, session_id: int, request_id: int) -> Answer:
    """A request, and what one can do about it."""
    return await _show(request, actor, session_id, request_id)


def _do(path: str, form: Any, act: Any, said: str, doc: str, *, back: bool = False) -> Any:
    """A form on a request's page; `back` leads to the page again, else to the list."""

    async def handle(request: Asked, actor: Actor, session_id: int, request_id: int) -> Answer:
        return await submit(
            request,
            form,
            act=lambda given: act(actor, given, session_id=session_id, request_id=request_id),
            to=f"/my/meetings/{session_id}/requests" + (f"/{request_id}" if back else ""),
            said=said,
            again=lambda: _show(request, actor, session_id, request_id),
        )

    handle.__doc__ = doc
    handle.__name__ = act.__name__
    return post(f"{_MY}/requests/{{request_id:int}}/{path}", needs("request.own"))(handle)


accept = _do(
    "accept", AcceptForm, actions.accept,
    N_("Accepted. The time and the place come with the plan."), "Say yes.",
)  # fmt: skip
decline = _do(
    "decline", DeclineForm, actions.decline, N_("Declined; they read your reason."), "Say no."
)
cancel = _do("cancel", CancelForm, actions.cancel, N_("Cancelled."), "Cancel.")
bring = _do(
    "guests", GuestForm, guests.bring, N_("They are in the meeting, and all of you are told."),
    "Bring a colleague.", back=True,
)  # fmt: skip


@post(_MY + "/requests/{request_id:int}/guests/{participant_id:int}/remove", needs("request.own"))
async def let_go(actor: Actor, session_id: int, request_id: int, participant_id: int) -> Answer:
    """A colleague, or oneself, does not come after all."""
    await guests.let_go(
        actor, session_id=session_id, request_id=request_id, participant_id=participant_id
    )
    return see_other(
        f"/my/meetings/{session_id}/requests", said=N_("They are not in the meeting any more.")
    )


async def _by_link(request: Asked, token: str) -> Answer:
    _, found = await actions.by_link(token)
    asker = await sessions.participant(found.session, found.asker)
    profile = (await sessions.profiles([asker.profile]))[asker.profile]
    answer = page(
        request,
        "requests/by_link.html",
        session=await sessions.session(found.session),
        found=found,
        profile=profile,
        languages=people.language_names(),
        token=token,
        priorities=priorities(),
        names=PRIORITY_NAMES,
    )
    answer.headers.update(PRIVATE)
    return answer


@get("/meetings/answer/{token:str}", needs("public.read"))
async def link_page(request: Asked, token: str) -> Answer:
    """Who asks and what for. Opening it answers nothing."""
    return await _by_link(request, token)


@post("/meetings/answer/{token:str}", needs("public.read"))
async def by_link(request: Asked, token: str) -> Answer:
    """The answer, without signing in."""
    return await submit(
        request,
        LinkForm,
        act=lambda form: actions.answer_by_link(form, token=token),
        to=f"/meetings/answer/{token}",
        said=lambda to: (
            N_("Accepted. The time and the place come with the plan.")
            if to is RequestState.ACCEPTED
            else N_("Declined; they read your reason.")
        ),
        again=lambda: _by_link(request, token),
    )


HANDLERS = [
    everybody, one, ask, wish, pass_over, forget, block, unblock, mine, show, accept, decline,
    cancel, bring, let_go, link_page, by_link, *desk_pages.HANDLERS,
]  # fmt: skip
