"""Changes of the plan by hand: move, swap, pin, cancel, fill. The steps are for rooms above."""

from collections.abc import Iterable

from events.matchmaking import queries as sessions
from events.matchmaking.rows import SessionRow
from events.matchmaking.rules import LIVE
from events.schedules import queries
from events.schedules.applying import agreed, apply, begun, cancel_of, hold
from events.schedules.board import Board, Obstacle, alternatives
from events.schedules.forms import CancelForm, FillForm, MoveForm, PinForm, SwapForm
from events.schedules.queries import MeetingRow
from events.schedules.reasons import said
from events.schedules.rules import Ask, At, MeetingState, Question, move_meeting
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, step
from server.errors import Conflict, NotFound, Refused
from server.text import N_, gettext
from server.web.formats import moment

NAMED = 4


def board_of(question: Question) -> Board:
    """The plan that people know."""
    return Board(question, {ask.request: ask.now for ask in question.asks if ask.now is not None})


def slot_words(session: SessionRow, question: Question, slot: int) -> str:
    """A slot as a sentence names it, on the session's clock."""
    return moment(question.slot[slot].starts_at, session.tz, named=False)


async def _held(
    actor: Actor, session_id: int
) -> tuple[SessionRow, Question, Board, frozenset[int]]:
    require(actor, "schedule.write")
    session = await queries.own_session(actor, session_id)
    await hold(session_id)
    if session.state not in LIVE:
        raise Conflict(N_("The session is over or was called off, so its plan stays as it is."))
    question = await queries.question(session)
    return session, question, board_of(question), await begun(session_id)


def refuse(
    session: SessionRow,
    board: Board,
    ask: Ask,
    against: Iterable[Obstacle],
    shut: frozenset[int],
    field: str = "slot",
) -> None:
    """Refuse what is in conflict: every reason by name, and where it would fit."""
    question = board.question
    why = list(dict.fromkeys(said(question, each) for each in against))
    if not why:
        return
    pinned = frozenset(each.request for each in question.asks if each.pinned)
    free, others = alternatives(board, ask, shut, pinned)
    if free:
        also = gettext(
            N_("It would fit at {slots}."),
            slots=", ".join(slot_words(session, question, each.slot) for each in free[:NAMED]),
        )
    elif others:
        slot, other = others[0]
        also = gettext(
            N_("It would fit at {slot} if the meeting of {names} moved."),
            slot=slot_words(session, question, slot),
            names=", ".join(question.who[one].name for one in question.ask[other].people),
        )
    else:
        also = gettext(N_("There is no other slot for it, unless two meetings or more move."))
    raise Refused(N_("{why} Nothing was changed. {also}"), field=field, why=" ".join(why),
                  also=also)  # fmt: skip


def found_at(
    session: SessionRow,
    board: Board,
    ask: Ask,
    slot: int,
    place: int | None,
    shut: frozenset[int],
    first: Iterable[int] = (),
    field: str = "slot",
) -> At:
    """Where a meeting without a slot goes; raises Refused with names and alternatives."""
    question = board.question
    if slot not in question.slot:
        raise Refused(N_("Choose a slot of this session."), field="slot")
    if slot in shut:
        raise Refused(N_("This slot has begun. Choose a later one."), field="slot")
    if place is None:
        at, against = board.choose(ask, slot, first)
    else:
        if place not in question.place:
            raise Refused(N_("Choose a place of this session."), field="place")
        interpreter, _ = board.with_interpreter(ask, slot)
        at = At(slot, place, interpreter)
        against = board.against(ask, at)
    refuse(session, board, ask, against, shut, field)
    assert at is not None
    return at


async def _planned(session_id: int, meeting_id: int) -> MeetingRow:
    found = await queries.meeting(meeting_id, session_id)
    if found.state is not MeetingState.PLANNED:
        raise Conflict(
            N_("This meeting is {state} now, so this is not possible any more. Nothing changed."),
            state=found.state.value,
        )
    return found


@step
async def seat_again(actor: Actor, session_id: int, request_id: int) -> bool:
    """A planned meeting keeps its slot when people join or leave it, and its place where all fit;
    whether there was one. Raises Refused with names and alternatives where they cannot."""
    await hold(session_id)
    session = await sessions.session(session_id)
    question = await queries.question(session)
    ask = question.ask.get(request_id)
    if ask is None or ask.now is None:
        return False
    shut = await begun(session_id)
    if ask.now.slot in shut:
        raise Conflict(N_("This meeting has begun, so its people stay as they are."))
    board = board_of(question)
    board.take(request_id)
    at = ask.now
    if board.against(ask, at):
        first = () if at.place is None else (at.place,)
        at = found_at(session, board, ask, at.slot, None, shut, first, field="participant")
    await apply(actor, session, question, {request_id: (at, "")})
    return True


@step
async def move_to(
    actor: Actor,
    session: SessionRow,
    meeting_id: int,
    slot: int,
    place: int | None = None,
) -> int:
    """Move a planned meeting and tell its people; raises Refused with names and alternatives."""
    await hold(session.id)
    found = await _planned(session.id, meeting_id)
    question = await queries.question(session)
    ask = question.ask.get(found.request)
    if ask is None:
        raise Conflict(N_("The request of this meeting has ended, so it cannot be moved."))
    board, shut = board_of(question), await begun(session.id)
    if found.slot in shut:
        raise Conflict(N_("This meeting has begun, so it stays where it is."))
    board.take(found.request)
    first = () if found.place is None else (found.place,)
    at = found_at(session, board, ask, slot, place, shut, first)
    await apply(actor, session, question, {found.request: (at, "")})
    await record(
        actor, "meeting.move", "meeting", meeting_id, agency_id=session.agency,
        before={"slot": found.slot, "place": found.place},
        after={"slot": at.slot, "place": at.place},
    )  # fmt: skip
    return meeting_id


@action
async def move(actor: Actor, form: MoveForm, *, session_id: int, meeting_id: int) -> int:
    """Move a meeting to another slot or place."""
    session, *_ = await _held(actor, session_id)
    return await move_to(actor, session, meeting_id, form.slot, form.place)


@action
async def swap(actor: Actor, form: SwapForm, *, session_id: int, meeting_id: int) -> int:
    """Let two meetings change slots; each takes the other's place where it may."""
    session, question, board, shut = await _held(actor, session_id)
    if form.other == meeting_id:
        raise Refused(N_("Choose another meeting to swap with."), field="other")
    one = await _planned(session_id, meeting_id)
    try:
        other = await _planned(session_id, form.other)
    except NotFound:
        raise Refused(N_("Choose a meeting of this session."), field="other") from None
    if one.request not in question.ask or other.request not in question.ask:
        raise Conflict(N_("The request of one of these meetings has ended."))
    if {one.slot, other.slot} & shut:
        raise Conflict(N_("One of these meetings has begun, so it stays where it is."))
    target: dict[int, tuple[At | None, str]] = {}
    for each in (one, other):
        board.take(each.request)
    for each, goal in ((one, other), (other, one)):
        ask = question.ask[each.request]
        at, against = board.choose(ask, goal.slot, [] if goal.place is None else [goal.place])
        if against:
            why = " ".join(dict.fromkeys(said(question, one) for one in against))
            raise Refused(N_("{why} Nothing was swapped."), field="other", why=why)
        assert at is not None
        board.put(each.request, at)
        target[each.request] = (at, "")
    await apply(actor, session, question, target)
    await record(
        actor, "meeting.swap", "meeting", meeting_id,
        before={"slot": one.slot, "place": one.place},
        after={"slot": other.slot, "with": other.id},
    )  # fmt: skip
    return meeting_id


@action
async def pin(actor: Actor, form: PinForm, *, session_id: int, meeting_id: int) -> int:
    """Pin a meeting, or let runs move it again."""
    await _held(actor, session_id)
    await _planned(session_id, meeting_id)
    await execute(
        "UPDATE meeting SET pinned = $2, changed_at = $3 WHERE id = $1",
        meeting_id, form.pinned, clock.now(),
    )  # fmt: skip
    await record(actor, "meeting.pin", "meeting", meeting_id, after={"pinned": form.pinned})
    return meeting_id


@action
async def cancel(actor: Actor, form: CancelForm, *, session_id: int, meeting_id: int) -> int:
    """Cancel a meeting; its request stays accepted and can have another slot."""
    session, *_ = await _held(actor, session_id)
    found = await _planned(session_id, meeting_id)
    await cancel_of(actor, session.id, form.why, request_ids=[found.request])
    await record(actor, "meeting.cancel", "meeting", meeting_id, why=form.why)
    return meeting_id


@step
async def fill_in(
    actor: Actor, session: SessionRow, request_id: int, slot: int, place: int | None = None
) -> int:
    """Give an accepted request without a slot this one; the meeting's id. Raises Refused."""
    await hold(session.id)
    question = await queries.question(session)
    ask = question.ask.get(request_id)
    if ask is None:
        raise Refused(
            N_("This request is not accepted, or one of its people left. Choose another."),
            field="request",
        )
    if ask.now is not None:
        raise Refused(N_("This meeting has a slot already."), field="request")
    board, shut = board_of(question), await begun(session.id)
    at = found_at(session, board, ask, slot, place, shut)
    (change,) = await apply(actor, session, question, {request_id: (at, "")})
    await record(
        actor, "meeting.fill", "meeting", change.meeting_id, agency_id=session.agency,
        after={"request": request_id, "slot": at.slot, "place": at.place},
    )  # fmt: skip
    return change.meeting_id


@action
async def fill(actor: Actor, form: FillForm, *, session_id: int) -> int:
    """Give a request without a slot a free one; the meeting's id."""
    session, *_ = await _held(actor, session_id)
    return await fill_in(actor, session, form.request, form.slot, form.place)


@step
async def note_state(session_id: int, meeting_id: int, to: MeetingState) -> MeetingRow:
    """A meeting was held, missed (its people and place are free at once), or planned after all;
    as it was before. Cancelling is `cancel_of`. Conflict where its people or place have another
    meeting by now."""
    assert to is not MeetingState.CANCELLED
    await hold(session_id)
    found = await queries.meeting(meeting_id, session_id)
    move_meeting(found.state, to)
    await execute(
        "UPDATE meeting SET state = $2, live = $3, changed_at = $4 WHERE id = $1",
        meeting_id, to.value, to in (MeetingState.PLANNED, MeetingState.HELD), clock.now(),
    )  # fmt: skip
    await agreed()
    return found
