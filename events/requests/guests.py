"""Further people of a meeting: the organiser adds anybody, who meets brings colleagues along."""

from events.matchmaking import queries as sessions
from events.matchmaking.rows import ParticipantRow, SessionRow
from events.requests import actions, additions, mailing, queries
from events.requests.forms import GuestForm
from events.requests.rows import RequestRow
from events.requests.rules import MOST_GUESTS, RequestState
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, step, value
from server.errors import Conflict, NotFound, Refused
from server.text import N_

OVER = N_("This session is over or cancelled. Nothing was changed.")


@step
async def session(actor: Actor, session_id: int) -> SessionRow:
    """The session of whoever may match people in it, while it goes on."""
    require(actor, "request.match")
    found = await sessions.own_session(actor, session_id)
    if found.state in ("over", "cancelled"):
        raise Conflict(OVER)
    return found


async def together(session_id: int, ids: list[int], field: str) -> list[ParticipantRow]:
    """People of a session in the order of their ids given; Refused where one does not take part."""
    found = {each.id: each for each in await sessions.people(session_id, ids=ids)}
    if set(ids) - set(found):
        raise Refused(N_("Choose people who take part in this session."), field=field)
    return [found[each] for each in ids]


async def not_blocked(people: list[ParticipantRow], field: str = "second") -> None:
    """Refuse where one of them has blocked another."""
    persons = [each.person_id for each in people]
    if await value(
        "SELECT true FROM meeting_block WHERE person = ANY($1::int[]) AND other = ANY($1::int[])"
        " LIMIT 1",
        persons,
    ):
        raise Refused(
            N_("One of them does not want to meet another of them. Nothing was arranged."),
            field=field,
        )


@step
async def accepted(session_id: int, request_id: int) -> RequestRow:
    """An accepted request with its row locked; Conflict where it is not accepted."""
    found = await actions.hold(session_id, request_id)
    if found.state is not RequestState.ACCEPTED:
        raise Conflict(N_("Only an accepted request is a meeting. Nothing was changed."))
    return found


@step
async def add(request_id: int, participant_id: int) -> None:
    """One more in a meeting."""
    await execute(
        "INSERT INTO request_guest (request, participant) VALUES ($1,$2)",
        request_id,
        participant_id,
    )


@step
async def _join(
    actor: Actor, session: SessionRow, found: RequestRow, guest: ParticipantRow
) -> None:
    """Seat a further person in a meeting. Where its time is told already the plan seats them
    there, and refuses when they or the table cannot; else they and the others have a mail."""
    already = [each.participant for each in await queries.guests(found.id)]
    if guest.id in (found.asker, found.asked, *already):
        raise Refused(
            N_("{name} is in this meeting already."), field="participant", name=guest.name
        )
    if len(already) >= MOST_GUESTS:
        raise Refused(
            N_("A meeting has at most {n} further people."), field="participant", n=MOST_GUESTS
        )
    people = await together(session.id, [found.asker, found.asked, *already], "participant")
    await not_blocked([*people, guest], "participant")
    await add(found.id, guest.id)
    await record(
        actor, "request.guest", "meeting_request", found.id, after={"guest": guest.name},
        agency_id=session.agency,
    )  # fmt: skip
    if await additions.have_changed(actor, session.id, found.id):
        return
    said = [f"{each.name}, {each.company_name}" for each in people]
    await mailing.matched(session, guest, found, said)
    for each in people:
        if each.person_id != actor.person_id:
            await mailing.joined(session, each, found, guest)


@step
async def _leave(actor: Actor, session: SessionRow, found: RequestRow, participant: int) -> None:
    """Take a further person out of a meeting; they are told, where the plan does not tell them."""
    gone = await value(
        "DELETE FROM request_guest WHERE request = $1 AND participant = $2 RETURNING participant",
        found.id,
        participant,
    )
    if gone is None:
        raise NotFound(N_("This person is not in the meeting."))
    (who,) = await sessions.people(session.id, ids=[participant])
    await record(
        actor, "request.guest", "meeting_request", found.id, before={"guest": who.name},
        agency_id=session.agency,
    )  # fmt: skip
    if await additions.have_changed(actor, session.id, found.id):
        return
    if who.person_id != actor.person_id:
        await mailing.cancelled(session, who, found, actor.name)


@action
async def add_guest(actor: Actor, form: GuestForm, *, session_id: int, request_id: int) -> int:
    """The organiser adds anybody of the session to an accepted meeting."""
    now = await session(actor, session_id)
    found = await accepted(session_id, request_id)
    await actions.stay(form.participant)
    (guest,) = await together(session_id, [form.participant], "participant")
    await _join(actor, now, found, guest)
    return request_id


@action
async def remove_guest(
    actor: Actor, *, session_id: int, request_id: int, participant_id: int
) -> int:
    """The organiser takes a further person out of a meeting."""
    now = await session(actor, session_id)
    await _leave(actor, now, await actions.hold(session_id, request_id), participant_id)
    return request_id


async def _mine(actor: Actor, session_id: int) -> tuple[SessionRow, ParticipantRow]:
    me = await actions.taking(actor, session_id)
    now = await sessions.session(session_id)
    if now.state in ("over", "cancelled"):
        raise Conflict(OVER)
    return now, me


@action
async def bring(actor: Actor, form: GuestForm, *, session_id: int, request_id: int) -> int:
    """Bring a colleague to a meeting that is agreed: somebody of one's own company who takes part
    in the session too. Refused where they or the table have no room at its time."""
    now, me = await _mine(actor, session_id)
    found = await accepted(session_id, request_id)
    if me.id not in (found.asker, found.asked):
        raise NotFound(queries.NONE)
    await actions.stay(form.participant)
    (guest,) = await together(session_id, [form.participant], "participant")
    if guest.company_id != me.company_id:
        raise Refused(
            N_("You can bring people of your own company. Ask others for a meeting."),
            field="participant",
        )
    await _join(actor, now, found, guest)
    return request_id


@action
async def let_go(actor: Actor, *, session_id: int, request_id: int, participant_id: int) -> int:
    """A colleague, or oneself as a further person, does not come after all."""
    now, me = await _mine(actor, session_id)
    found = await actions.hold(session_id, request_id)
    company = [
        each.participant
        for each in await queries.guests(request_id)
        if each.company_id == me.company_id
    ]
    if participant_id not in company:
        raise NotFound(N_("This person is not in the meeting."))
    await _leave(actor, now, found, participant_id)
    return request_id
