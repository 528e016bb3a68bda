"""Runs: asked for, worked out, published, taken back, thrown away."""

import asyncio

import msgspec

from events.matchmaking.rows import SessionRow
from events.matchmaking.rules import LIVE
from events.schedules import comparing, queries
from events.schedules.applying import apply, begun, hold
from events.schedules.board import Board
from events.schedules.forms import DoForm, RunForm
from events.schedules.planning import Plan, Quality, quality_of
from events.schedules.rules import At, Question, RunKind, RunState, move_run
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, step, value
from server.errors import Conflict, Refused
from server.jobs import enqueue
from server.text import N_, gettext


async def _held(actor: Actor, session_id: int) -> SessionRow:
    require(actor, "schedule.write")
    session = await queries.own_session(actor, session_id)
    await hold(session_id)
    if session.state not in LIVE:
        raise Conflict(
            N_("Plans are made while a session is open, closed for requests or running. This one"
               " is {state}."), state=session.state.value,
        )  # fmt: skip
    return session


@step
async def _new(
    actor: Actor, session: SessionRow, kind: RunKind, question: Question, *,
    state: RunState, seconds: int, based_on: int | None,
) -> tuple[int, int]:  # fmt: skip
    number = 1 + int(
        await value(
            "SELECT coalesce(max(number), 0) FROM schedule_run WHERE session = $1", session.id
        )
    )
    made = await value(
        "INSERT INTO schedule_run (session, number, kind, state, person_id, made_by, made_at,"
        " seconds, based_on, asked, stamp) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)"
        " RETURNING id",
        session.id, number, kind.value, state.value, actor.person_id, actor.name, clock.now(),
        seconds, based_on, msgspec.to_builtins(question), comparing.stamp(question),
    )  # fmt: skip
    return number, int(made)


@action
async def ask(actor: Actor, form: RunForm, *, session_id: int) -> int:
    """Ask for a run; its number."""
    session = await _held(actor, session_id)
    question = await queries.question(session)
    if not question.asks:
        raise Refused(N_("No request is accepted yet, so there is nothing to plan."))
    if not question.slots:
        raise Refused(N_("The session has no slots yet. Set its hours first."))
    if form.kind == "again" and all(each.now is None for each in question.asks):
        raise Refused(
            N_("Nothing has been published yet, so there is no plan to keep to. Plan anew."),
            field="kind",
        )
    if await value(
        "SELECT number FROM schedule_run WHERE session = $1 AND state IN ('waiting', 'working')",
        session_id,
    ):
        raise Conflict(N_("A run is being worked out. Wait for it, or discard it first."))
    current = await queries.published(session_id)
    number, made = await _new(
        actor, session, RunKind(form.kind), question, state=RunState.WAITING,
        seconds=form.seconds, based_on=current.id if current else None,
    )  # fmt: skip
    await enqueue("schedules.work_out", run_id=made)
    await record(
        actor, "schedule.run", "meeting_session", session_id,
        after={"number": number, "kind": form.kind, "seconds": form.seconds},
    )  # fmt: skip
    return number


@action
async def begin(run_id: int) -> tuple[Question, frozenset[int]] | None:
    """Take a run into work; None where it is over or was thrown away."""
    found = await queries.run(run_id)
    if found is None or not found.at_work:
        return None
    await execute("UPDATE schedule_run SET state = 'working' WHERE id = $1", run_id)
    question = await queries.asked(run_id)
    assert question is not None
    return question, await begun(found.session)


@action
async def note_progress(run_id: int, part: float, placed: int) -> bool:
    """Write down how far a run is; whether it is still wanted."""
    done = await execute(
        "UPDATE schedule_run SET progress = $2, said = $3 WHERE id = $1 AND state = 'working'",
        run_id, part, gettext(N_("{n} placed so far"), n=placed) if placed else "",
    )  # fmt: skip
    return done == "UPDATE 1"


@action
async def keep(run_id: int, plan: Plan) -> None:
    """Keep what came out of a run, once."""
    done = await execute(
        "UPDATE schedule_run SET state = 'draft', answer = $2, done_at = $3, progress = 1,"
        " said = '' WHERE id = $1 AND state = 'working'",
        run_id, msgspec.to_builtins(plan.quality), clock.now(),
    )  # fmt: skip
    if done == "UPDATE 1":
        lines: dict[int, tuple[At | None, str]] = {one: (at, "") for one, at in plan.placed.items()}
        await _lines(run_id, lines | {one: (None, why) for one, why in plan.unplaced.items()})


@action
async def fail(run_id: int, said: str) -> None:
    """Keep why a run came to nothing."""
    await execute(
        "UPDATE schedule_run SET state = 'failed', said = $2, done_at = $3 WHERE id = $1"
        " AND state IN ('waiting', 'working')",
        run_id, said, clock.now(),
    )  # fmt: skip


@step
async def _lines(run_id: int, lines: dict[int, tuple[At | None, str]]) -> None:
    ats = [at for at, _ in lines.values()]
    await execute(
        "INSERT INTO run_meeting (run, request, slot, place, interpreter, why) SELECT $1, x.*"
        " FROM unnest($2::int[], $3::int[], $4::int[], $5::int[], $6::text[]) x",
        run_id, list(lines), [at and at.slot for at in ats], [at and at.place for at in ats],
        [at and at.interpreter for at in ats], [why for _, why in lines.values()],
    )  # fmt: skip


@action
async def publish(actor: Actor, form: DoForm, *, session_id: int, number: int) -> int:
    """Make a draft the plan that people know; how many meetings changed.

    Refused (Conflict) where something that it was made from has changed: what, is named.
    """
    session = await _held(actor, session_id)
    _, run = await queries.own_run(actor, session_id, number)
    move_run(run.state, RunState.PUBLISHED)
    question = await queries.question(session)
    if comparing.stamp(question) != run.stamp:
        before = await queries.asked(run.id)
        assert before is not None
        raise Conflict(
            N_("Run {number} was worked out from what has changed since. {what} Nothing was"
               " published: work out another run, which takes that into account."),
            number=number, what=" ".join(comparing.changed(before, question)),
        )  # fmt: skip
    lines = await queries.lines(run.id)
    shut = await begun(session_id)
    target: dict[int, tuple[At | None, str]] = {}
    for each in question.asks:
        at = lines[each.request].at if each.request in lines else None
        why = lines[each.request].why if each.request in lines else ""
        if at == each.now:
            continue
        if {one.slot for one in (at, each.now) if one is not None} & shut:
            raise Conflict(
                N_("A slot that run {number} would change has begun meanwhile. Nothing was"
                   " published: work out another run."), number=number,
            )  # fmt: skip
        target[each.request] = (at, why)
    changes = await apply(actor, session, question, target, run.id)
    await execute(
        "UPDATE schedule_run SET state = 'published', published_at = $2 WHERE id = $1",
        run.id, clock.now(),
    )  # fmt: skip
    await record(
        actor, "schedule.publish", "meeting_session", session_id,
        after={"number": number, "changes": len(changes)},
    )  # fmt: skip
    return len(changes)


@action
async def back(actor: Actor, form: DoForm, *, session_id: int, number: int) -> int:
    """A draft that goes back to an earlier published run, as far as it still can; its number.

    What was accepted since stays where it is, if its people and place are free in the old plan.
    """
    session = await _held(actor, session_id)
    _, earlier = await queries.own_run(actor, session_id, number)
    if earlier.state is not RunState.PUBLISHED:
        raise Refused(N_("Only a run that was published can be gone back to."))
    question = await queries.question(session)
    old = await queries.lines(earlier.id)
    shut = await begun(session_id)
    board = Board(question)
    no_room = gettext(N_("Run {number} has no room for it as things are now."), number=number)
    lines: dict[int, tuple[At | None, str]] = {}
    fixed = [each for each in question.asks
             if each.now is not None and (each.pinned or each.now.slot in shut)]  # fmt: skip
    for each in fixed:
        assert each.now is not None
        board.put(each.request, each.now)
        lines[each.request] = (each.now, "")
    first = [each for each in question.asks if each.request in old]
    rest = [each for each in question.asks if each.request not in old]
    for each in (*first, *rest):
        if each.request in lines:
            continue
        wanted = old[each.request].at if each.request in old else each.now
        why = old[each.request].why if each.request in old else ""
        usable = wanted is not None and wanted.slot not in shut and wanted.slot in question.slot
        if usable and wanted is not None and not board.against(each, wanted):
            board.put(each.request, wanted)
            lines[each.request] = (wanted, "")
        else:
            lines[each.request] = (None, why or no_room)
    made_number, made = await _new(
        actor, session, RunKind.BACK, question, state=RunState.DRAFT, seconds=1,
        based_on=earlier.id,
    )  # fmt: skip
    quality: Quality = await asyncio.to_thread(quality_of, question, dict(board.at))
    await execute(
        "UPDATE schedule_run SET answer = $2, done_at = $3, progress = 1 WHERE id = $1",
        made, msgspec.to_builtins(quality), clock.now(),
    )  # fmt: skip
    await _lines(made, lines)
    await record(
        actor, "schedule.back", "meeting_session", session_id,
        after={"number": made_number, "to": number},
    )  # fmt: skip
    return made_number


@action
async def discard(actor: Actor, form: DoForm, *, session_id: int, number: int) -> int:
    """Throw a run away that was not published; one at work stops."""
    require(actor, "schedule.write")
    _, run = await queries.own_run(actor, session_id, number)
    await hold(session_id)
    move_run(run.state, RunState.DISCARDED)
    await execute("UPDATE schedule_run SET state = 'discarded' WHERE id = $1", run.id)
    await record(actor, "schedule.discard", "meeting_session", session_id, after={"number": number})
    return number
