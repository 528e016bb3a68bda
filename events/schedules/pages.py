"""The desk's pages of plans: runs, a draft beside what people know, the grid, one meeting."""

from typing import Any

from litestar import Request, Response

from events.matchmaking.rows import SessionRow
from events.schedules import actions, comparing, moving, queries
from events.schedules.applying import begun
from events.schedules.board import alternatives
from events.schedules.forms import (
    CancelForm,
    DoForm,
    FillForm,
    MoveForm,
    PinForm,
    RunForm,
    SwapForm,
)
from events.schedules.queries import LineRow, MeetingRow, RunRow
from events.schedules.reasons import names_of, said
from events.schedules.rules import Ask, At, Question
from server import clock
from server.accounts.permissions import Actor
from server.database import page_id
from server.text import N_, gettext, ngettext
from server.web import get, needs, page, post, submit
from server.web.formats import moment, wall

Asked = Request[Any, Any, Any]
Answer = Response[Any]
SESSION = "/desk/meetings/{session_id:int}"
RUN = SESSION + "/runs/{number:int}"
PLAN = SESSION + "/plan"
MEETING = SESSION + "/meetings/{meeting_id:int}"
ROWS = 50
CHOICES = 400


def _base(session_id: int) -> str:
    return f"/desk/meetings/{session_id}"


def words(session: SessionRow, question: Question, at: At | None) -> str:
    """When and where, on the session's clock."""
    if at is None:
        return gettext(N_("no slot"))
    if at.slot not in question.slot:
        return gettext(N_("a slot that is gone"))
    when = moment(question.slot[at.slot].starts_at, session.tz, named=False)
    place = question.place.get(at.place or 0)
    return f"{when} · {place.label if place else gettext(N_('by video'))}"


# -- runs -----------------------------------------------------------------------------------------


@get(SESSION + "/runs", needs("schedule.read"))
async def show_runs(request: Asked, actor: Actor, session_id: int) -> Answer:
    """The runs made so far, and the way to another one."""
    session = await queries.own_session(actor, session_id)
    before = page_id(request.query_params.get("before", ""))
    found = await queries.runs(session_id, before, ROWS + 1)
    current = await queries.published(session_id)
    question = await queries.question(session)
    return page(
        request, "schedules/runs.html",
        session=session, base=_base(session_id), found=found[:ROWS],
        further=found[ROWS - 1].number if len(found) > ROWS else None,
        current=current, accepted=len(question.asks),
        placed=sum(each.now is not None for each in question.asks),
        fresh=comparing.stamp(question), usual=RunForm(),
    )  # fmt: skip


@post(SESSION + "/runs", needs("schedule.write"))
async def ask_run(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Work a plan out in the background."""
    return await submit(
        request, RunForm,
        act=lambda form: actions.ask(actor, form, session_id=session_id),
        to=lambda number: f"{_base(session_id)}/runs/{number}",
        again=lambda: show_runs.fn(request, actor, session_id),
    )  # fmt: skip


@get(RUN, needs("schedule.read"))
async def show_run(request: Asked, actor: Actor, session_id: int, number: int) -> Answer:
    """A run: how far it is, or how good its plan is and what has no slot."""
    session, run = await queries.own_run(actor, session_id, number)
    if run.at_work or run.answer is None:
        return page(request, "schedules/waiting.html", session=session, base=_base(session_id),
                    run=run)  # fmt: skip
    question = await queries.question(session)
    before = await queries.asked(run.id)
    lines = await queries.lines(run.id)
    after = page_id(request.query_params.get("after", "")) or 0
    unplaced = [each for each in lines.values() if each.slot is None and each.request > after]
    return page(
        request, "schedules/run.html",
        session=session, base=_base(session_id), run=run, answer=run.answer,
        changed=_since(run, before, question),
        unplaced=[(_names(before, each), each.why) for each in unplaced[:ROWS]],
        further=unplaced[ROWS - 1].request if len(unplaced) > ROWS else None,
    )  # fmt: skip


def _names(question: Question | None, line: LineRow) -> str:
    ask = question.ask.get(line.request) if question else None
    return names_of(question, ask) if question and ask else str(line.request)


def _since(run: RunRow, before: Question | None, now: Question) -> list[str]:
    """What has changed since a draft was worked out: it cannot be published any more."""
    if run.state != "draft" or before is None or comparing.stamp(now) == run.stamp:
        return []
    return comparing.changed(before, now)


@get(RUN + "/compare", needs("schedule.read"))
async def compare(request: Asked, actor: Actor, session_id: int, number: int) -> Answer:
    """What a draft changes in the plan that people know: what moves, who gains, who loses."""
    session, run = await queries.own_run(actor, session_id, number)
    if run.at_work or run.answer is None:
        return page(request, "schedules/waiting.html", session=session, base=_base(session_id),
                    run=run)  # fmt: skip
    question = await queries.question(session)
    lines = {one: (each.at, each.why) for one, each in (await queries.lines(run.id)).items()}
    moved = comparing.moves(question, lines)
    felt = comparing.felt(question, lines)
    at = page_id(request.query_params.get("from", "")) or 0
    counts = {kind: sum(each.kind == kind for each in moved)
              for kind in ("new", "moved", "place", "dropped")}  # fmt: skip
    return page(
        request, "schedules/compare.html",
        session=session, base=_base(session_id), run=run, answer=run.answer,
        changed=_since(run, await queries.asked(run.id), question), counts=counts,
        moved=[(each, words(session, question, each.was), words(session, question, each.will))
               for each in moved[at : at + ROWS]],
        total=len(moved), first=at, rows=ROWS,
        losers=[each for each in felt if each.gain < 0],
        gainers=sorted((each for each in felt if each.gain > 0), key=lambda one: -one.gain),
        same=sum(each.gain == 0 for each in felt), shown=20,
    )  # fmt: skip


@post(RUN + "/publish", needs("schedule.write"))
async def publish(request: Asked, actor: Actor, session_id: int, number: int) -> Answer:
    """Make it the plan that people know."""
    return await submit(
        request, DoForm,
        act=lambda form: actions.publish(actor, form, session_id=session_id, number=number),
        to=f"{_base(session_id)}/plan",
        said=lambda n: ngettext(
            "Published. {n} meeting is new, moved or cancelled, and its people are told.",
            "Published. {n} meetings are new, moved or cancelled, and their people are told.", n,
        ),
        again=lambda: compare.fn(request, actor, session_id, number),
    )  # fmt: skip


@post(RUN + "/back", needs("schedule.write"))
async def back(request: Asked, actor: Actor, session_id: int, number: int) -> Answer:
    """A draft that goes back to this run."""
    return await submit(
        request, DoForm,
        act=lambda form: actions.back(actor, form, session_id=session_id, number=number),
        to=lambda made: f"{_base(session_id)}/runs/{made}/compare",
        said=N_("This draft goes back to the earlier plan. Look at what it changes, then publish."),
        again=lambda: show_run.fn(request, actor, session_id, number),
    )  # fmt: skip


@post(RUN + "/discard", needs("schedule.write"))
async def discard(request: Asked, actor: Actor, session_id: int, number: int) -> Answer:
    """Throw a run away."""
    return await submit(
        request, DoForm,
        act=lambda form: actions.discard(actor, form, session_id=session_id, number=number),
        to=f"{_base(session_id)}/runs",
        said=N_("Discarded. The plan that people know is as it was."),
        again=lambda: show_run.fn(request, actor, session_id, number),
    )  # fmt: skip


# -- the plan -------------------------------------------------------------------------------------


@get(PLAN, needs("schedule.read"))
async def show_plan(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Who meets where and when, a half-day at a time; what has no slot; what needs a look."""
    session = await queries.own_session(actor, session_id)
    question = await queries.question(session)
    halves = list(dict.fromkeys(each.half for each in question.slots))
    wanted = page_id(request.query_params.get("half", ""))
    half = wanted if wanted in halves else (halves[0] if halves else 0)
    slots = [each for each in question.slots if each.half == half]
    found = await queries.meetings(session_id, half)
    at = {(each.place, each.slot): each for each in found if each.place is not None}
    used = {each.place for each in found}
    places = [each for each in question.places if not each.closed or each.id in used]
    first = page_id(request.query_params.get("from", "")) or 0
    online = [[each for each in found if each.place is None and each.slot == slot.id]
              for slot in slots]  # fmt: skip
    board = moving.board_of(question)
    waiting = [each for each in question.asks if each.now is None]
    why = await queries.reasons_now(session_id)
    return page(
        request, "schedules/plan.html",
        session=session, base=_base(session_id), halves=halves, half=half,
        starts={each.half: each.starts_at for each in reversed(question.slots)},
        slots=slots, hours=[f"{clock.local(each.starts_at, session.tz):%H:%M}" for each in slots],
        lines=[(place, [at.get((place.id, slot.id)) for slot in slots])
                            for place in places[first : first + ROWS]],
        online=online if any(online) else [], first=first, rows=ROWS, total=len(places),
        waiting=[(each.request, names_of(question, each),
                  why.get(each.request, gettext(N_("Not in a published plan yet."))))
                 for each in waiting[:ROWS]],
        further=len(waiting) - ROWS,
        faults=_faults(question, board)[:ROWS],
        free=await _fillings(session, question, request),
        placed=len(board.at), accepted=len(question.asks),
    )  # fmt: skip


def _faults(question: Question, board: Any) -> list[tuple[int, str, str]]:
    """Meetings that people know and that break a rule by now: somebody is away, a place closed."""
    found = []
    for ask in question.asks:
        if ask.now is not None:
            at = board.take(ask.request)
            against = board.against(ask, at)
            board.put(ask.request, at)
            if against:
                why = " ".join(dict.fromkeys(said(question, each) for each in against))
                found.append((ask.request, names_of(question, ask), why))
    return found


async def _fillings(
    session: SessionRow, question: Question, request: Asked
) -> tuple[int, str, list[tuple[int, str]], list[tuple[str, str]]] | None:
    """For the request that `fill` in the address names: where it fits, and where it would."""
    wanted = page_id(request.query_params.get("fill", ""))
    ask = question.ask.get(wanted or 0)
    if ask is None or ask.now is not None:
        return None
    board = moving.board_of(question)
    pinned = frozenset(each.request for each in question.asks if each.pinned)
    free, others = alternatives(board, ask, await begun(session.id), pinned)
    return (
        ask.request, names_of(question, ask),
        [(each.slot, words(session, question, each)) for each in free],
        [(moment(question.slot[slot].starts_at, session.tz, named=False),
          names_of(question, question.ask[other])) for slot, other in others[:ROWS]],
    )  # fmt: skip


@post(PLAN, needs("schedule.write"))
async def fill(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Give a request without a slot a free one."""
    return await submit(
        request, FillForm,
        act=lambda form: moving.fill(actor, form, session_id=session_id),
        to=lambda made: f"{_base(session_id)}/meetings/{made}",
        said=N_("The meeting has its slot, and its people are told."),
        again=lambda: show_plan.fn(request, actor, session_id),
    )  # fmt: skip


# -- one meeting ----------------------------------------------------------------------------------


@get(SESSION + "/meetings", needs("schedule.read"))
async def list_meetings(request: Asked, actor: Actor, session_id: int) -> Answer:
    """All meetings, those that were cancelled too."""
    session = await queries.own_session(actor, session_id)
    found, further = await queries.own_meetings(
        actor, session_id, request.query_params.get("after", "")
    )
    return page(request, "schedules/meetings.html", session=session, base=_base(session_id),
                found=found, further=further)  # fmt: skip


@get(MEETING, needs("schedule.read"))
async def show_meeting(request: Asked, actor: Actor, session_id: int, meeting_id: int) -> Answer:
    """One meeting, and what can be done with it."""
    session = await queries.own_session(actor, session_id)
    found = await queries.meeting(meeting_id, session_id)
    question = await queries.question(session)
    shut = await begun(session_id)
    ask = question.ask.get(found.request)
    may = (actor.may("schedule.write") and ask is not None and found.state == "planned"
           and found.slot not in shut)  # fmt: skip
    free: list[At] = []
    others: list[tuple[int, int]] = []
    if may and ask is not None:
        board = moving.board_of(question)
        board.take(found.request)
        pinned = frozenset(each.request for each in question.asks if each.pinned)
        free, others = alternatives(board, ask, shut, pinned)
    swaps: list[MeetingRow] = []
    if may:
        swaps = [
            each
            for each in await queries.meetings(session_id)
            if each.id != found.id and each.state == "planned" and each.slot not in shut
        ]
    return page(
        request, "schedules/meeting.html",
        session=session, base=_base(session_id), found=found, may=may,
        fits={each.slot: words(session, question, each) for each in free
              if each.slot != found.slot},
        slots=[(str(each.id), moment(each.starts_at, session.tz, named=False))
               for each in question.slots if each.id not in shut],
        places=_places(question, ask),
        others=[(moment(question.slot[slot].starts_at, session.tz, named=False),
                 names_of(question, question.ask[other])) for slot, other in others[:ROWS]],
        swaps=[(str(each.id), f"{wall(each.start_local)} · {each.names}")
               for each in swaps[:CHOICES]],
    )  # fmt: skip


def _places(question: Question, ask: Ask | None) -> list[tuple[str, str]]:
    """Places that a meeting could have: the stands of the two, and tables."""
    own = question.hosted(ask) if ask else ()
    video = [each for each in question.places if each.kind == "video" and not each.closed]
    found = list(dict.fromkeys([*own, *question.tables, *video]))
    return [(str(each.id), each.label) for each in found]


@post(MEETING, needs("schedule.write"))
async def move(request: Asked, actor: Actor, session_id: int, meeting_id: int) -> Answer:
    """Move it to another slot or place."""
    return await submit(
        request, MoveForm,
        act=lambda form: moving.move(actor, form, session_id=session_id, meeting_id=meeting_id),
        to=f"{_base(session_id)}/meetings/{meeting_id}",
        said=N_("Moved. Everybody in this meeting is told."),
        again=lambda: show_meeting.fn(request, actor, session_id, meeting_id),
    )  # fmt: skip


@post(MEETING + "/swap", needs("schedule.write"))
async def swap(request: Asked, actor: Actor, session_id: int, meeting_id: int) -> Answer:
    """Swap it with another."""
    return await submit(
        request, SwapForm,
        act=lambda form: moving.swap(actor, form, session_id=session_id, meeting_id=meeting_id),
        to=f"{_base(session_id)}/meetings/{meeting_id}",
        said=N_("Swapped. Everybody in both meetings is told."),
        again=lambda: show_meeting.fn(request, actor, session_id, meeting_id),
    )  # fmt: skip


@post(MEETING + "/pin", needs("schedule.write"))
async def pin(request: Asked, actor: Actor, session_id: int, meeting_id: int) -> Answer:
    """Pin it, or let it go."""
    return await submit(
        request, PinForm,
        act=lambda form: moving.pin(actor, form, session_id=session_id, meeting_id=meeting_id),
        to=f"{_base(session_id)}/meetings/{meeting_id}",
        said=N_("Noted. Runs go by it from now on."),
        again=lambda: show_meeting.fn(request, actor, session_id, meeting_id),
    )  # fmt: skip


@post(MEETING + "/cancel", needs("schedule.write"))
async def cancel(request: Asked, actor: Actor, session_id: int, meeting_id: int) -> Answer:
    """Cancel it with a reason."""
    return await submit(
        request, CancelForm,
        act=lambda form: moving.cancel(actor, form, session_id=session_id, meeting_id=meeting_id),
        to=f"{_base(session_id)}/plan",
        said=N_("Cancelled, and its people are told why. Its slot is free to be filled."),
        again=lambda: show_meeting.fn(request, actor, session_id, meeting_id),
    )  # fmt: skip


HANDLERS = [
    show_runs, ask_run, show_run, compare, publish, back, discard, show_plan, fill, list_meetings,
    show_meeting, move, swap, pin, cancel,
]  # fmt: skip
