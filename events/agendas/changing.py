"""What changes the plan on the day: no-shows, substitutes, gaps, another time by agreement."""

from collections.abc import Sequence
from uuid import UUID

from events.agendas import queries, rules, wall
from events.agendas.forms import (
    AnswerForm,
    CheckInForm,
    FillForm,
    InsteadForm,
    MissedForm,
    OtherTimeForm,
)
from events.agendas.rules import AskState
from events.agendas.saying import seat, write
from events.matchmaking import queries as sessions
from events.matchmaking.arriving import arrive
from events.schedules import queries as plans
from events.schedules.applying import apply, begun, hold
from events.schedules.moving import board_of, found_at, move_to, note_state
from events.schedules.rules import MeetingState
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, rows, step, value
from server.errors import Conflict, Forbidden, NotFound, Refused
from server.text import N_
from server.web.formats import wall as wall_clock


@step
async def _missed(
    actor: Actor, session_id: int, meeting_id: int, people: Sequence[int], participant: int
) -> None:
    """Note that one of `people` did not come; with fewer than two left the meeting is missed, and
    those who came are free at once."""
    if participant not in people:
        raise Refused(N_("Choose somebody of this meeting."), field="participant")
    made = await value(
        "INSERT INTO meeting_no_show (meeting, participant, said_by, at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (meeting, participant) WHERE taken_back_at IS NULL DO NOTHING RETURNING id",
        meeting_id,
        participant,
        actor.name,
        clock.now(),
    )
    if made is None:
        raise Conflict(N_("Somebody has said so already. The others are free."))
    gone = await value(
        "SELECT count(*) FROM meeting_no_show WHERE meeting = $1 AND taken_back_at IS NULL",
        meeting_id,
    )
    if len(people) - gone < 2:
        await note_state(session_id, meeting_id, MeetingState.MISSED)


@action
async def miss(actor: Actor, form: MissedForm, *, session_id: int, key: UUID) -> int:
    """A participant says that another did not come."""
    await hold(session_id)
    occasion, who, meeting = await seat(actor, session_id, key)
    rules.miss(meeting.when, clock.now())
    others = [each.participant for each in meeting.others]
    if form.participant not in others:
        raise Refused(N_("Choose somebody else of this meeting."), field="participant")
    await _missed(actor, session_id, meeting.id, [who.id, *others], form.participant)
    await record(
        actor, "meeting.missed", "meeting", meeting.id, after={"participant": form.participant},
        agency_id=occasion.agency, company_id=actor.company_id,
    )  # fmt: skip
    return meeting.id


@action
async def miss_at_desk(actor: Actor, form: MissedForm, *, session_id: int, meeting_id: int) -> int:
    """The desk says that somebody did not come."""
    require(actor, "day.write")
    await hold(session_id)
    _, meeting = await wall.day_meeting(actor, session_id, meeting_id)
    rules.miss(meeting.when, clock.now())
    people = [each.participant for each in meeting.people]
    await _missed(actor, session_id, meeting.id, people, form.participant)
    await record(
        actor, "meeting.missed", "meeting", meeting.id, after={"participant": form.participant}
    )
    return meeting.id


@action
async def take_back(actor: Actor, form: MissedForm, *, session_id: int, meeting_id: int) -> int:
    """They came after all. Conflict where somebody of the meeting sits elsewhere by now."""
    require(actor, "day.write")
    await hold(session_id)
    _, meeting = await wall.day_meeting(actor, session_id, meeting_id)
    done = await execute(
        "UPDATE meeting_no_show SET taken_back_at = $3 WHERE meeting = $1 AND participant = $2"
        " AND taken_back_at IS NULL",
        meeting.id,
        form.participant,
        clock.now(),
    )
    if done != "UPDATE 1":
        raise Conflict(N_("Nobody says any more that this person did not come."))
    if meeting.state == "missed":
        await note_state(session_id, meeting.id, MeetingState.PLANNED)
    await record(
        actor, "meeting.came", "meeting", meeting.id, after={"participant": form.participant}
    )
    return meeting.id


@step
async def _seat_now(
    actor: Actor, session_id: int, request_id: int, slot: int, near: int | None
) -> int:
    """Give an agreed meeting the slot that is under way, `near` the place that became free; the
    meeting's id."""
    session = await sessions.session(session_id)
    question = await plans.question(session)
    ask = question.ask.get(request_id)
    if ask is None or ask.now is not None:
        raise Conflict(N_("This meeting was given another time a moment ago, or called off."))
    for one in ask.people:
        if not await queries.is_free(one, slot):
            raise Conflict(
                N_("{name} is not free any more. Choose somebody else."),
                name=question.who[one].name,
            )
    shut = await begun(session_id) - {slot}
    first = () if near is None else (near,)
    at = found_at(session, board_of(question), ask, slot, None, shut, first)
    (change,) = await apply(actor, session, question, {request_id: (at, "")})
    await record(
        actor, "meeting.instead", "meeting", change.meeting_id, agency_id=session.agency,
        after={"request": request_id, "slot": slot, "place": at.place},
    )  # fmt: skip
    return change.meeting_id


@action
async def meet_instead(actor: Actor, form: InsteadForm, *, session_id: int) -> int:
    """A participant who is free now meets somebody with whom a meeting is agreed; its id."""
    _, mine = await queries.own_occasion(actor, session_id)
    await hold(session_id)
    me = next((each for each in mine if each.me), None)
    if me is None:
        raise Forbidden
    slot = await queries.slot_now(session_id)
    if slot is None:
        raise Conflict(N_("No meetings are under way now, so nobody can be met at once."))
    agreed = await queries.substitutes(me.id, slot["id"])
    if form.request not in [each.request for each in agreed if each.request is not None]:
        raise Conflict(N_("This person is not free any more. Choose somebody else."))
    near = await value(
        "SELECT m.place FROM meeting m JOIN meeting_seat t ON t.meeting = m.id"
        " WHERE t.participant = $1 AND m.slot = $2 AND m.state = 'missed' ORDER BY m.id DESC",
        me.id,
        slot["id"],
    )
    return await _seat_now(actor, session_id, form.request, slot["id"], near)


@action
async def place_instead(
    actor: Actor, form: InsteadForm, *, session_id: int, meeting_id: int
) -> int:
    """The desk sends somebody to whoever was left alone in a meeting; the new meeting's id."""
    require(actor, "day.write")
    await hold(session_id)
    _, meeting = await wall.day_meeting(actor, session_id, meeting_id)
    if meeting.state != "missed" or meeting.ends_at <= clock.now():
        raise Conflict(N_("Nobody waits at this meeting any more."))
    return await _seat_now(actor, session_id, form.request, meeting.slot, meeting.place_id)


@action
async def check_in(
    actor: Actor, form: CheckInForm, *, session_id: int, participant_id: int
) -> bool:
    """Somebody has arrived; False where that is taken back."""
    require(actor, "day.write")
    await wall.desk_occasion(actor, session_id)
    here = form.here == "yes"
    if await arrive(session_id, participant_id, clock.now() if here else None) is None:
        raise NotFound
    await record(actor, "participant.check_in", "participant", participant_id, after={"here": here})
    return here


@action
async def fill_gaps(actor: Actor, form: FillForm, *, session_id: int) -> int:
    """Place agreed meetings where the page showed them, all or none; how many."""
    require(actor, "day.write")
    await wall.desk_occasion(actor, session_id)
    await hold(session_id)
    session = await sessions.session(session_id)
    question = await plans.question(session)
    board, shut = board_of(question), await begun(session_id)
    target = {}
    for line in form.put:
        parts = line.split(":")
        if len(parts) != 3 or not all(each.isascii() and each.isdigit() for each in parts):
            raise Refused(N_("“{line}” is no meeting of this page."), field="put", line=line[:40])
        request, slot, place = map(int, parts)
        ask = question.ask.get(request)
        if ask is None or request in board.at:
            raise Conflict(
                N_("One of these was given another time or called off meanwhile. Nothing was"
                   " placed: look at the gaps again.")
            )  # fmt: skip
        at = found_at(session, board, ask, slot, place or None, shut)
        board.put(request, at)
        target[request] = (at, "")
    if not target:
        raise Refused(N_("Tick at least one meeting."), field="put")
    await apply(actor, session, question, target)
    await record(
        actor, "meeting.fill_gaps", "meeting_session", session_id, after={"placed": len(target)}
    )
    return len(target)


@action
async def ask_other_time(actor: Actor, form: OtherTimeForm, *, session_id: int, key: UUID) -> int:
    """Ask the others of a meeting for another slot; until they agree it stays where it is."""
    occasion, who, meeting = await seat(actor, session_id, key)
    now = clock.now()
    slot = await value(
        "SELECT starts_at FROM session_slot WHERE id = $1::bigint AND session = $2",
        form.slot,
        session_id,
    )
    if slot is None:
        raise Refused(N_("Choose a time of this session."), field="slot")
    rules.ask_other(meeting.when, now, slot)
    free = {each.id: each for each in await queries.free_slots(meeting.id, now)}
    if form.slot not in free:
        raise Refused(N_("Somebody of you has another meeting then. Choose a free time."),
                      field="slot")  # fmt: skip
    made = await value(
        "INSERT INTO meeting_other_time (meeting, participant, slot, state, why, made_at)"
        " VALUES ($1, $2, $3, 'open', $4, $5) ON CONFLICT (meeting) WHERE state = 'open'"
        " DO NOTHING RETURNING id",
        meeting.id,
        who.id,
        form.slot,
        form.why.strip(),
        now,
    )
    if made is None:
        raise Conflict(N_("Somebody has asked for another time already. Answer that first."))
    wanted = free[form.slot].start_local
    await write(
        occasion, meeting, [each.participant for each in meeting.others],
        template="meeting-other-time", key=f"other-time:{made}", name=who.name,
        wanted=wall_clock(wanted), why=form.why.strip(),
    )  # fmt: skip
    await record(
        actor, "meeting.other_time", "meeting", meeting.id, after={"slot": form.slot},
        agency_id=occasion.agency, company_id=actor.company_id,
    )  # fmt: skip
    return int(made)


@action
async def answer_other_time(actor: Actor, form: AnswerForm, *, session_id: int, key: UUID) -> int:
    """Agree to the other time (the meeting moves), keep the present one, or take a wish back."""
    await hold(session_id)
    occasion, who, meeting = await seat(actor, session_id, key)
    if meeting.ask is None:
        raise Conflict(N_("Nobody asks for another time any more. Look at the agenda."))
    to = AskState(form.answer)
    if (meeting.ask.participant == who.id) != (to is AskState.WITHDRAWN):
        raise Refused(N_("Who asks takes back, the others agree or not."), field="answer")
    rules.answer(AskState.OPEN, to)
    await execute(
        "UPDATE meeting_other_time SET state = $2, answered_at = $3 WHERE id = $1",
        meeting.ask.id,
        to.value,
        clock.now(),
    )
    if to is AskState.AGREED:
        session = await sessions.session(session_id)
        await move_to(actor, session, meeting.id, meeting.ask.slot)
    elif to is AskState.DECLINED:
        await write(
            occasion, meeting, [meeting.ask.participant], template="meeting-time-kept",
            key=f"time-kept:{meeting.ask.id}", name=who.name,
        )  # fmt: skip
    await record(
        actor, f"meeting.other_time_{to.value}", "meeting", meeting.id,
        agency_id=occasion.agency, company_id=actor.company_id,
    )  # fmt: skip
    return meeting.id


@action
async def hold_over(session_id: int) -> int:
    """Planned meetings that nobody has called missed by now were held; how many."""
    found = await rows(
        "SELECT m.id FROM meeting m JOIN session_slot sl ON sl.id = m.slot WHERE m.session = $1"
        " AND m.state = 'planned' AND sl.ends_at < $2 ORDER BY m.id LIMIT 500",
        session_id,
        clock.now() - rules.SAID_UNTIL,
    )
    for each in found:
        await note_state(session_id, each["id"], MeetingState.HELD)
    return len(found)
