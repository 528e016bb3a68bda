"""What the day adds to sessions: pages beside them, a panel, and who is told of a change."""

from collections.abc import Sequence

from events.agendas import declining, queries, telling
from events.matchmaking import additions
from events.matchmaking.additions import Panel, Place
from events.matchmaking.rows import ParticipantRow, SessionRow
from events.schedules.additions import Change, Kind, told
from server import clock
from server.accounts.permissions import Actor
from server.database import execute
from server.text import N_

for label, path, verb in (
    (N_("Who sits where"), "day", "day.read"),
    (N_("Find somebody"), "search", "day.read"),
    (N_("Print"), "print", "day.read"),
    (N_("Statistics"), "statistics", "day.read"),
):
    additions.tab(Place.SESSION_DESK, label=label, path=path, verb=verb)
additions.tab(Place.SESSION_MY, label=N_("Agenda"), path="agenda", verb="agenda.own")


@told
async def tell_them(_: Actor, session_id: int, changes: Sequence[Change]) -> None:
    """Note who is to be told; a job tells each person once, whatever else changes meanwhile. What
    was said about the time that a meeting had is void."""
    known = [each.meeting_id for each in changes if each.kind is not Kind.NEW]
    await execute(
        "UPDATE meeting_other_time SET state = 'withdrawn', answered_at = $2"
        " WHERE meeting = ANY($1::int[]) AND state = 'open'",
        known,
        clock.now(),
    )
    await execute("DELETE FROM meeting_lateness WHERE meeting = ANY($1::int[])", known)
    await declining.forget(changes)
    await telling.note(session_id, changes)


@additions.panel(Place.SESSION_DESK)
async def declined(actor: Actor, session: SessionRow, _: ParticipantRow | None) -> Panel | None:
    """Who has declined a meeting in their calendar, on the desk's page of the session."""
    found = await declining.waiting(actor, session.id)
    if not found:
        return None
    return Panel(
        template="agendas/_declined.html",
        context={
            "declined": found[: declining.SHOWN],
            "further": len(found) > declining.SHOWN,
            "session_id": session.id,
            "tz": session.tz,
        },
    )


@additions.panel(Place.SESSION_MY)
async def next_meeting(
    _: Actor, session: SessionRow, participant: ParticipantRow | None
) -> Panel | None:
    """The next meeting, on the page of the session."""
    if participant is None:
        return None
    now = clock.now()
    found = [each for each in await queries.agenda(participant.id) if each.live]
    coming = [each for each in found if each.ends_at > now]
    if not found:
        return None
    return Panel(
        template="agendas/_next.html",
        context={
            "nearest": coming[0] if coming else None,
            "count": len(found),
            "session_id": session.id,
            "at": now,
        },
    )
