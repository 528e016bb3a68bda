"""The plan that people know, and the only steps that change it."""

from collections.abc import Mapping
from uuid import uuid4

import asyncpg

from events.matchmaking.rows import SessionRow
from events.schedules.additions import Change, Kind, tell
from events.schedules.rules import At, Question
from server import clock
from server.accounts.permissions import Actor
from server.database import execute, rows, step
from server.errors import Conflict
from server.locking import lock
from server.text import N_


@step
async def hold(session_id: int) -> None:
    """Wait for everybody else who changes this session's plan."""
    await lock("schedule", session_id)


async def begun(session_id: int) -> frozenset[int]:
    """The slots that have begun."""
    found = await rows(
        "SELECT id FROM session_slot WHERE session = $1 AND starts_at <= $2",
        session_id, clock.now(),
    )  # fmt: skip
    return frozenset(each["id"] for each in found)


@step
async def apply(
    actor: Actor,
    session: SessionRow,
    question: Question,
    target: Mapping[int, tuple[At | None, str]],
    run_id: int | None = None,
) -> list[Change]:
    """Bring requests to where `target` has them ((None, why): no slot) and tell whom it concerns,
    once for each meeting. Requests that it does not name stay. Six statements, however many.
    """
    now = clock.now()
    live = {
        each["request"]: each
        for each in await rows(
            "SELECT m.id, m.request, m.slot, m.place, m.interpreter, (SELECT array_agg(participant)"
            " FROM meeting_seat WHERE meeting = m.id) AS people FROM meeting m"
            " WHERE m.request = ANY($1::int[]) AND m.live",
            list(target),
        )
    }
    changes: list[Change] = []
    gone: list[tuple[int, str]] = []
    same: list[tuple[int, At]] = []
    new: list[tuple[int, At]] = []
    moved: list[tuple[int, At]] = []
    seats: list[tuple[int, int, int]] = []
    stood_up: list[tuple[int, int]] = []
    for request, (at, why) in target.items():
        is_now = live.get(request)
        people = question.ask[request].people
        if is_now is None:
            if at is not None:
                new.append((request, at))
            continue
        if at is None:
            gone.append((is_now["id"], why))
            changes.append(Change(meeting_id=is_now["id"], kind=Kind.CANCELLED,
                                  participants=tuple(is_now["people"]), why=why))  # fmt: skip
            continue
        joined = [one for one in people if one not in is_now["people"]]
        left = [one for one in is_now["people"] if one not in people]
        seats += [(is_now["id"], one, at.slot) for one in joined]
        stood_up += [(is_now["id"], one) for one in left]
        if joined or left or (at.slot, at.place) != (is_now["slot"], is_now["place"]):
            moved.append((is_now["id"], at))
            changes.append(
                Change(meeting_id=is_now["id"], kind=Kind.MOVED, participants=(*people, *left))
            )
        elif at.interpreter != is_now["interpreter"]:
            same.append((is_now["id"], at))
    await execute(
        "UPDATE meeting m SET state = 'cancelled', live = false, why = x.why,"
        " version = version + 1, changed_at = $3"
        " FROM unnest($1::int[], $2::text[]) x(id, why) WHERE m.id = x.id",
        [one for one, _ in gone], [why for _, why in gone], now,
    )  # fmt: skip
    both = [*same, *moved]
    await execute(
        "UPDATE meeting m SET slot = x.slot, place = x.place, interpreter = x.interpreter,"
        " version = version + (x.id = ANY($5::int[]))::int, changed_at = $6"
        " FROM unnest($1::int[], $2::int[], $3::int[], $4::int[]) x(id, slot, place, interpreter)"
        " WHERE m.id = x.id",
        [one for one, _ in both], [at.slot for _, at in both], [at.place for _, at in both],
        [at.interpreter for _, at in both], [one for one, _ in moved], now,
    )  # fmt: skip
    made = await rows(
        "INSERT INTO meeting (session, request, run, key, slot, place, interpreter, state,"
        " created_at, changed_at) SELECT $1, x.request, $2, x.key, x.slot, x.place,"
        " x.interpreter, 'planned', $8, $8 FROM unnest($3::int[], $4::uuid[], $5::int[], $6::int[],"
        " $7::int[]) x(request, key, slot, place, interpreter) RETURNING id, request, slot",
        session.id, run_id, [request for request, _ in new], [uuid4() for _ in new],
        [at.slot for _, at in new], [at.place for _, at in new],
        [at.interpreter for _, at in new], now,
    )  # fmt: skip
    for each in made:
        people = question.ask[each["request"]].people
        seats += [(each["id"], one, each["slot"]) for one in people]
        changes.append(Change(meeting_id=each["id"], kind=Kind.NEW, participants=people))
    await execute(
        "DELETE FROM meeting_seat t USING unnest($1::int[], $2::int[]) x(meeting, who)"
        " WHERE t.meeting = x.meeting AND t.participant = x.who",
        [one for one, _ in stood_up], [who for _, who in stood_up],
    )  # fmt: skip
    await execute(
        "INSERT INTO meeting_seat (meeting, participant, slot)"
        " SELECT * FROM unnest($1::int[], $2::int[], $3::int[])",
        [one for one, _, _ in seats], [who for _, who, _ in seats], [slot for *_, slot in seats],
    )  # fmt: skip
    await agreed()
    await tell(actor, session.id, changes)
    return changes


@step
async def agreed() -> None:
    """Ask the constraints now, so that a refusal is a sentence and not a failed commit."""
    try:
        await execute("SET CONSTRAINTS ALL IMMEDIATE")
    except asyncpg.ExclusionViolationError:
        raise Conflict(
            N_("Somebody or some place would have two meetings at once. Nothing was changed:"
               " look at the plan as it is now and try again.")
        ) from None  # fmt: skip
    except asyncpg.CheckViolationError:
        raise Conflict(
            N_("Somebody would have more meetings than they may have. Nothing was changed.")
        ) from None
    await execute("SET CONSTRAINTS ALL DEFERRED")


@step
async def cancel_of(
    actor: Actor,
    session_id: int,
    why: str,
    *,
    request_ids: list[int] | None = None,
    participant_id: int | None = None,
) -> list[Change]:
    """Cancel planned meetings of requests that ended, or of somebody who leaves, and tell all who
    sit in them. Where a guest leaves, the meeting goes on without them."""
    await hold(session_id)
    found = await rows(
        "SELECT m.id, (r.id = ANY($2::int[]) OR $3 IN (r.asker, r.asked)) AS ends,"
        " (SELECT array_agg(participant) FROM meeting_seat WHERE meeting = m.id) AS people"
        " FROM meeting m JOIN meeting_request r ON r.id = m.request"
        " WHERE m.session = $1 AND m.state = 'planned' AND (r.id = ANY($2::int[]) OR EXISTS"
        " (SELECT FROM meeting_seat z WHERE z.meeting = m.id AND z.participant = $3))"
        " ORDER BY m.id FOR UPDATE OF m",
        session_id, request_ids or [], participant_id,
    )  # fmt: skip
    await execute(
        "UPDATE meeting SET state = 'cancelled', live = false, why = $2, version = version + 1,"
        " changed_at = $3 WHERE id = ANY($1::int[])",
        [each["id"] for each in found if each["ends"]], why, clock.now(),
    )  # fmt: skip
    goes_on = [each["id"] for each in found if not each["ends"]]
    await execute(
        "DELETE FROM meeting_seat WHERE meeting = ANY($1::int[]) AND participant = $2",
        goes_on, participant_id,
    )  # fmt: skip
    changes = [
        Change(
            meeting_id=each["id"], kind=Kind.CANCELLED, why=why,
            participants=tuple(each["people"]) if each["ends"] else (participant_id or 0,),
        )
        for each in found
    ]  # fmt: skip
    await tell(actor, session_id, changes)
    return changes
