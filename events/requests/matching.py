"""What the organiser does: bring people together, an order of meetings, reminders."""

from datetime import datetime

from events.matchmaking import queries as sessions
from events.matchmaking.rows import ParticipantRow, SessionRow
from events.requests import actions, guests, mailing, queries, rules
from events.requests.forms import DeskCancelForm, MatchForm, OrderForm
from events.requests.rows import RequestRow
from events.requests.rules import RequestState
from server import clock
from server.accounts.permissions import Actor
from server.audit import record
from server.database import action, execute, rows, step, value
from server.errors import Conflict, NotFound, Refused
from server.locking import lock
from server.text import N_


@action
async def match(actor: Actor, form: MatchForm, *, session_id: int) -> int:
    """Bring people together: accepted at once, and all are told. Rules of groups and limits are
    for participants; a block and the own company hold here too. The request's id."""
    session = await guests.session(actor, session_id)
    await lock("meeting_requests", form.first, form.second)
    await actions.stay(form.first, form.second, *form.guests)
    one, other = await guests.together(session_id, [form.first, form.second], "second")
    further = await guests.together(session_id, form.guests, "guests")
    if one.company_id == other.company_id:
        raise Refused(N_("Both are of the same company."), field="second")
    await guests.not_blocked([one, other, *further])
    await actions.expire(one.id, other.id)
    request_id = await _made(session_id, form)
    for each in further:
        await guests.add(request_id, each.id)
    await actions.out_of_lists(one.id, other.id)
    await record(
        actor, "request.match", "meeting_request", request_id,
        after={"people": [each.name for each in (one, other, *further)]},
    )  # fmt: skip
    await _tell(session, await queries.request(session_id, request_id), [one, other, *further])
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


@step
async def _tell(session: SessionRow, found: RequestRow, people: list[ParticipantRow]) -> None:
    for each in people:
        others = [f"{k.name}, {k.company_name}" for k in people if k.id != each.id]
        await mailing.matched(session, each, found, others)


@action
async def order(actor: Actor, form: OrderForm, *, session_id: int, request_id: int) -> int:
    """One meeting has to be before another; refused where the orders would go round in a circle."""
    await guests.session(actor, session_id)
    await lock("meeting_orders", session_id)
    await guests.accepted(session_id, request_id)
    await guests.accepted(session_id, form.other)
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
    await guests.session(actor, session_id)
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
    session = await guests.session(actor, session_id)
    await actions.end(actor, session, await actions.hold(session_id, request_id), form.why)
    return request_id


@action
async def remind(actor: Actor, *, session_id: int) -> int:
    """One mail to everybody who has not answered, not to those who had one today. How many."""
    session = await guests.session(actor, session_id)
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
