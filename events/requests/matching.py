"""What the organiser does: bring people together, groups, an order of meetings, reminders."""

from datetime import datetime

from events.matchmaking import queries as sessions
from events.matchmaking.rows import ParticipantRow, SessionRow
from events.requests import actions, mailing, queries, rules
from events.requests.forms import DeskCancelForm, GuestForm, MatchForm, OrderForm
from events.requests.rows import RequestRow
from events.requests.rules import MOST_GUESTS, RequestState
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, rows, step, value
from server.errors import Conflict, NotFound, Refused
from server.locking import lock
from server.text import N_


@step
async def _session(actor: Actor, session_id: int) -> SessionRow:
    require(actor, "request.match")
    found = await sessions.own_session(actor, session_id)
    if found.state in ("over", "cancelled"):
        raise Conflict(N_("This session is over or cancelled. Nothing was changed."))
    return found


async def _together(session_id: int, ids: list[int], field: str) -> list[ParticipantRow]:
    found = {each.id: each for each in await sessions.people(session_id, ids=ids)}
    if set(ids) - set(found):
        raise Refused(N_("Choose people who take part in this session."), field=field)
    return [found[each] for each in ids]


@action
async def match(actor: Actor, form: MatchForm, *, session_id: int) -> int:
    """Bring people together: accepted at once, and all are told. Rules of groups and limits are
    for participants; a block and the own company hold here too. The request's id."""
    session = await _session(actor, session_id)
    await lock("meeting_requests", form.first, form.second)
    await actions.stay(form.first, form.second, *form.guests)
    one, other = await _together(session_id, [form.first, form.second], "second")
    guests = await _together(session_id, form.guests, "guests")
    if one.company_id == other.company_id:
        raise Refused(N_("Both are of the same company."), field="second")
    await _not_blocked([one, other, *guests])
    await actions.expire(one.id, other.id)
    request_id = await _made(session_id, form)
    for each in guests:
        await _add(request_id, each.id)
    await actions.out_of_lists(one.id, other.id)
    await record(
        actor, "request.match", "meeting_request", request_id,
        after={"people": [each.name for each in (one, other, *guests)]},
    )  # fmt: skip
    await _tell(session, await queries.request(session_id, request_id), [one, other, *guests])
    return request_id


@step
async def _made(session_id: int, form: MatchForm) -> int:
    """The live request between the two, accepted, or a new one."""
    now = clock.now()
    live = await value(
        "SELECT id FROM meeting_request WHERE session = $1 AND $2 IN (asker, asked)"
        " AND $3 IN (asker, asked) AND state IN ('open', 'accepted') FOR UPDATE",
        session_id,
        form.first,
        form.second,
    )
    if live is None:
        return int(
            await value(
                "INSERT INTO meeting_request (session, asker, asked, message, priority,"
                " answer_priority, state, by_hand, made_at, answered_at)"
                " VALUES ($1,$2,$3,$4,$5,$5,'accepted',true,$6,$6) RETURNING id",
                session_id,
                form.first,
                form.second,
                form.message,
                form.priority,
                now,
            )
        )
    found = await queries.request(session_id, live)
    if found.state is RequestState.ACCEPTED:
        raise Conflict(
            N_("{one} and {other} have agreed to meet already."),
            one=found.asker_name,
            other=found.asked_name,
        )
    await execute(
        "UPDATE meeting_request SET state = 'accepted', by_hand = true, answer_priority = $2,"
        " answered_at = $3 WHERE id = $1",
        live,
        form.priority,
        now,
    )
    return int(live)


async def _not_blocked(people: list[ParticipantRow]) -> None:
    persons = [each.person_id for each in people]
    if await value(
        "SELECT true FROM meeting_block WHERE person = ANY($1::int[]) AND other = ANY($1::int[])"
        " LIMIT 1",
        persons,
    ):
        raise Refused(
            N_("One of them does not want to meet another of them. Nothing was arranged."),
            field="second",
        )


@step
async def _add(request_id: int, participant_id: int) -> None:
    await execute(
        "INSERT INTO request_guest (request, participant) VALUES ($1,$2)",
        request_id,
        participant_id,
    )


@step
async def _tell(session: SessionRow, found: RequestRow, people: list[ParticipantRow]) -> None:
    for each in people:
        others = [f"{k.name}, {k.company_name}" for k in people if k.id != each.id]
        await mailing.matched(session, each, found, others)


@step
async def _accepted(actor: Actor, session_id: int, request_id: int) -> RequestRow:
    found = await actions.hold(session_id, request_id)
    if found.state is not RequestState.ACCEPTED:
        raise Conflict(N_("Only an accepted request is a meeting. Nothing was changed."))
    return found


@action
async def add_guest(actor: Actor, form: GuestForm, *, session_id: int, request_id: int) -> int:
    """A further person in an accepted meeting, who is told."""
    session = await _session(actor, session_id)
    found = await _accepted(actor, session_id, request_id)
    await actions.stay(form.participant)
    (guest,) = await _together(session_id, [form.participant], "participant")
    already = [each.participant for each in await queries.guests(request_id)]
    if guest.id in (found.asker, found.asked, *already):
        raise Refused(
            N_("{name} is in this meeting already."), field="participant", name=guest.name
        )
    if len(already) >= MOST_GUESTS:
        raise Refused(
            N_("A meeting has at most {n} further people."), field="participant", n=MOST_GUESTS
        )
    people = await _together(session_id, [found.asker, found.asked, *already], "participant")
    await _not_blocked([*people, guest])
    await _add(request_id, guest.id)
    await record(actor, "request.guest", "meeting_request", request_id, after={"guest": guest.name})
    others = [f"{each.name}, {each.company_name}" for each in people]
    await mailing.matched(session, guest, found, others)
    return request_id


@action
async def remove_guest(
    actor: Actor, *, session_id: int, request_id: int, participant_id: int
) -> int:
    """A further person is not in the meeting any more; they are told."""
    session = await _session(actor, session_id)
    found = await actions.hold(session_id, request_id)
    gone = await value(
        "DELETE FROM request_guest WHERE request = $1 AND participant = $2 RETURNING participant",
        request_id,
        participant_id,
    )
    if gone is None:
        raise NotFound(N_("This person is not in the meeting."))
    await record(
        actor, "request.guest", "meeting_request", request_id, before={"guest": participant_id}
    )
    for each in await sessions.people(session_id, ids=[participant_id]):
        await mailing.cancelled(session, each, found, actor.name)
    return request_id


@action
async def order(actor: Actor, form: OrderForm, *, session_id: int, request_id: int) -> int:
    """One meeting has to be before another; refused where the orders would go round in a circle."""
    await _session(actor, session_id)
    await lock("meeting_orders", session_id)
    await _accepted(actor, session_id, request_id)
    await _accepted(actor, session_id, form.other)
    if form.other == request_id:
        raise Refused(N_("A meeting cannot be before itself."), field="other")
    earlier, later = request_id, form.other
    if form.place == "after":
        earlier, later = later, earlier
    known = [
        (each["earlier"], each["later"])
        for each in await rows(
            "SELECT o.earlier, o.later FROM request_order o JOIN meeting_request r"
            " ON r.id = o.earlier WHERE r.session = $1",
            session_id,
        )
    ]
    if rules.cycle(known, earlier, later):
        raise Refused(
            N_("The other meeting has to be the other way round already. Take that order away."),
            field="other",
        )
    await execute(
        "INSERT INTO request_order (earlier, later) VALUES ($1,$2) ON CONFLICT DO NOTHING",
        earlier,
        later,
    )
    await record(
        actor, "request.order", "meeting_request", request_id,
        after={"earlier": earlier, "later": later},
    )  # fmt: skip
    return request_id


@action
async def remove_order(actor: Actor, *, session_id: int, request_id: int, other_id: int) -> int:
    """The two meetings may be in any order again."""
    await _session(actor, session_id)
    await queries.request(session_id, request_id)
    done = await value(
        "DELETE FROM request_order WHERE $1 IN (earlier, later) AND $2 IN (earlier, later)"
        " RETURNING id",
        request_id,
        other_id,
    )
    if done is None:
        raise NotFound(N_("There is no such order."))
    await record(actor, "request.order", "meeting_request", request_id, before={"other": other_id})
    return request_id


@action
async def cancel(actor: Actor, form: DeskCancelForm, *, session_id: int, request_id: int) -> int:
    """The organiser cancels a request or a match; both are told where it was agreed."""
    session = await _session(actor, session_id)
    await actions.end(actor, session, await actions.hold(session_id, request_id), form.why)
    return request_id


@action
async def remind(actor: Actor, *, session_id: int) -> int:
    """One mail to everybody who has not answered, not to those who had one today. How many."""
    session = await _session(actor, session_id)
    sent = await remind_silent(session, clock.now() - rules.SILENT_FOR)
    await record(actor, "request.remind", "meeting_session", session_id, after={"people": sent})
    return sent


@step
async def remind_silent(session: SessionRow, before: datetime, *, once: bool = False) -> int:
    """A mail to each with open requests made and last reminded before an instant; `once`: only
    those that had no reminder at all. How many people."""
    now = clock.now()
    found = await rows(
        "SELECT id, asked FROM meeting_request WHERE session = $1 AND state = 'open'"
        " AND expires_at > $2 AND CASE WHEN $4 THEN reminded_at IS NULL AND made_at <= $3"
        " ELSE reminded_at IS NULL OR reminded_at <= $3 END ORDER BY id FOR UPDATE SKIP LOCKED",
        session.id,
        now,
        before,
        once,
    )
    if not found:
        return 0
    ids = [each["id"] for each in found]
    await execute("UPDATE meeting_request SET reminded_at = $2 WHERE id = ANY($1::int[])", ids, now)
    by_person: dict[int, list[RequestRow]] = {}
    for each in await queries.several(session.id, ids):
        by_person.setdefault(each.asked, []).append(each)
    people = await sessions.people(session.id, ids=by_person)
    for person in people:
        await mailing.waiting(session, person, by_person[person.id], f"{now:%Y%m%d%H%M%S%f}")
    return len(people)
