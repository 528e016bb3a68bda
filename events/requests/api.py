"""Requests in the JSON API: for participants, and for the organiser."""

from uuid import UUID

from events.requests import actions, guests, matching, people, queries
from events.requests.forms import (
    AcceptForm,
    AskForm,
    CancelForm,
    DeclineForm,
    DeskCancelForm,
    GuestForm,
    MatchForm,
    OrderForm,
    PeopleQuery,
    RequestsQuery,
)
from events.requests.rows import Exposure, PersonCard, RequestRow, SilentRow
from server.accounts.permissions import Actor
from server.text import N_
from server.web.api import Endpoint

_MY = "/my/meetings/{session_id:int}"
_DESK = "/desk/meetings/{session_id:int}/requests"
_TAG = "Meetings"


async def _people(
    actor: Actor, *, session_id: int, query: PeopleQuery, cursor: str, limit: int
) -> tuple[list[PersonCard], str | None]:
    return await people.browse(actor, session_id, query, cursor, limit)


async def _recommended(actor: Actor, *, session_id: int) -> list[PersonCard]:
    return await people.my_list(actor, session_id)


async def _received(
    actor: Actor, *, session_id: int, cursor: str, limit: int
) -> tuple[list[RequestRow], str | None]:
    return await queries.mine(actor, session_id, side="received", cursor=cursor, limit=limit)


async def _sent(
    actor: Actor, *, session_id: int, cursor: str, limit: int
) -> tuple[list[RequestRow], str | None]:
    return await queries.mine(actor, session_id, side="sent", cursor=cursor, limit=limit)


async def _of_session(
    actor: Actor, *, session_id: int, query: RequestsQuery, cursor: str, limit: int
) -> tuple[list[RequestRow], str | None]:
    return await queries.of_session(actor, session_id, query, cursor, limit)


async def _without(
    actor: Actor, *, session_id: int, cursor: str, limit: int
) -> tuple[list[SilentRow], str | None]:
    return await queries.without(actor, session_id, cursor, limit)


async def _exposure(actor: Actor, *, session_id: int) -> Exposure:
    return (await people.exposure(actor, session_id))[0]


def _about(path: str, act: object, summary: str) -> Endpoint:
    async def do(actor: Actor, *, session_id: int, key: UUID) -> None:
        await act(actor, session_id=session_id, key=key)  # type: ignore[operator]

    return Endpoint(
        method="POST", path=f"{_MY}/people/{{key:uuid}}/{path}", verb="request.own",
        summary=summary, tag=_TAG, act=do,
    )  # fmt: skip


def _mine(path: str, form: object, act: object, summary: str) -> Endpoint:
    return Endpoint(
        method="POST", path=f"{_MY}/requests/{{request_id:int}}/{path}", verb="request.own",
        summary=summary, tag=_TAG, form=form, act=act,  # type: ignore[arg-type]
    )  # fmt: skip


def _desk(path: str, form: object, act: object, summary: str) -> Endpoint:
    return Endpoint(
        method="POST", path=f"{_DESK}/{{request_id:int}}/{path}", verb="request.match",
        summary=summary, tag=_TAG, form=form, act=act,  # type: ignore[arg-type]
    )  # fmt: skip


ENDPOINTS = [
    Endpoint(
        method="GET", path=f"{_MY}/people", verb="request.own", tag=_TAG,
        summary=N_("People you may ask for a meeting"), fetch=_people, query=PeopleQuery,
        row=PersonCard, many=True,
    ),
    Endpoint(
        method="GET", path=f"{_MY}/recommendations", verb="request.own", tag=_TAG,
        summary=N_("Whom to meet, best first, with reasons"), fetch=_recommended,
        row=list[PersonCard],
    ),
    Endpoint(
        method="POST", path=f"{_MY}/people/{{key:uuid}}/requests", verb="request.own", tag=_TAG,
        summary=N_("Ask somebody for a meeting"), form=AskForm, act=actions.ask,
    ),
    _about("wish", actions.wish, N_("Put somebody on your wish list")),
    _about("pass-over", actions.pass_over, N_("Say that you are not interested")),
    _about("forget", actions.forget, N_("Take back a wish, or that you are not interested")),
    _about("block", actions.block, N_("Block a person")),
    _about("unblock", actions.unblock, N_("Unblock a person")),
    Endpoint(
        method="GET", path=f"{_MY}/requests/received", verb="request.own", tag=_TAG,
        summary=N_("Requests that you received"), fetch=_received, row=RequestRow, many=True,
    ),
    Endpoint(
        method="GET", path=f"{_MY}/requests/sent", verb="request.own", tag=_TAG,
        summary=N_("Requests that you sent"), fetch=_sent, row=RequestRow, many=True,
    ),
    _mine("accept", AcceptForm, actions.accept, N_("Accept a request")),
    _mine("decline", DeclineForm, actions.decline, N_("Decline a request, with a reason")),
    _mine("cancel", CancelForm, actions.cancel, N_("Take a request back, or cancel a meeting")),
    _mine("guests", GuestForm, guests.bring, N_("Bring a colleague to a meeting")),
    Endpoint(
        method="DELETE", path=f"{_MY}/requests/{{request_id:int}}/guests/{{participant_id:int}}",
        verb="request.own", tag=_TAG, summary=N_("A colleague does not come after all"),
        act=guests.let_go,
    ),
    Endpoint(
        method="GET", path=_DESK, verb="session.list", tag=_TAG,
        summary=N_("Requests of a session"), fetch=_of_session, query=RequestsQuery,
        row=RequestRow, many=True,
    ),
    Endpoint(
        method="GET", path=f"{_DESK}/without", verb="session.list", tag=_TAG,
        summary=N_("People of a session without a request"), fetch=_without, row=SilentRow,
        many=True,
    ),
    Endpoint(
        method="GET", path=f"{_DESK}/exposure", verb="session.list", tag=_TAG,
        summary=N_("How recommendations share attention out"), fetch=_exposure, row=Exposure,
    ),
    Endpoint(
        method="POST", path=_DESK, verb="request.match", tag=_TAG,
        summary=N_("Match people by hand"), form=MatchForm, act=matching.match,
    ),
    _desk("guests", GuestForm, guests.add_guest, N_("Add a person to a meeting")),
    Endpoint(
        method="DELETE", path=f"{_DESK}/{{request_id:int}}/guests/{{participant_id:int}}",
        verb="request.match", tag=_TAG, summary=N_("Take a person out of a meeting"),
        act=guests.remove_guest,
    ),
    _desk("order", OrderForm, matching.order, N_("Put a meeting before or after another")),
    Endpoint(
        method="DELETE", path=f"{_DESK}/{{request_id:int}}/order/{{other_id:int}}",
        verb="request.match", tag=_TAG, summary=N_("Take an order of meetings away"),
        act=matching.remove_order,
    ),
    _desk("cancel", DeskCancelForm, matching.cancel, N_("Cancel a request as the organiser")),
]  # fmt: skip
