"""Meetings of a scene, as the plan's tables hold them, for tests of the day."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from events.agendas import jobs
from events.schedules.additions import Change, Kind, tell
from server import clock
from server.accounts.permissions import SYSTEM
from server.database import action, execute, rows, value
from tests.cast import Cast, _insert
from tests.events.matchmaking.scene import Scene


async def agreed(scene: Scene, a: int, b: int, priority: int = 2) -> int:
    """An accepted request between two people of the scene."""
    now = clock.now()
    return await _insert(
        "meeting_request", session=scene.id, asker=scene.people[a].id, asked=scene.people[b].id,
        priority=priority, state="accepted", made_at=now, answered_at=now,
    )  # fmt: skip


@action
async def meeting(scene: Scene, a: int, b: int, slot: int = 0, place: int | None = 0) -> int:
    """A meeting that people were told of; its id."""
    request = await agreed(scene, a, b)
    now = clock.now()
    made = await _insert(
        "meeting", session=scene.id, request=request, key=uuid4(), slot=scene.slots[slot].id,
        place=None if place is None else scene.places[place].id, state="planned",
        created_at=now, changed_at=now,
    )  # fmt: skip
    for n in (a, b):
        await _insert(
            "meeting_seat", meeting=made, participant=scene.people[n].id, slot=scene.slots[slot].id
        )
    await told([made], Kind.NEW)
    return made


async def told(meetings: Sequence[int], kind: Kind) -> None:
    """The plan's room tells of a change."""
    found = await rows(
        "SELECT m.id, m.session, array_agg(t.participant) AS people FROM meeting m"
        " JOIN meeting_seat t ON t.meeting = m.id WHERE m.id = ANY($1::int[]) GROUP BY m.id",
        list(meetings),
    )
    changes = [
        Change(meeting_id=each["id"], kind=kind, participants=tuple(each["people"]))
        for each in found
    ]
    await tell(SYSTEM, found[0]["session"], changes)


@action
async def change(meetings: Sequence[int], kind: Kind, sql: str, *args: object) -> None:
    """Change rows of meetings and tell."""
    await execute(f"UPDATE meeting SET {sql} WHERE id = ANY($1::int[])", list(meetings), *args)
    await told(meetings, kind)


async def everybody_told(scene: Scene) -> None:
    """What the worker does."""
    await jobs.tell(scene.id)


async def key_of(meeting_id: int) -> UUID:
    """The key of a meeting."""
    return UUID(str(await value("SELECT key FROM meeting WHERE id = $1", meeting_id)))


def during(scene: Scene, slot: int = 0, minutes: int = 6) -> datetime:
    """A moment in a slot."""
    return scene.slots[slot].starts_at + timedelta(minutes=minutes)


@asynccontextmanager
async def at(moment: datetime, cast: Cast) -> AsyncIterator[None]:
    """Everybody's clocks stand at `moment`, and the cast has just signed in."""
    with clock.travel_everywhere(moment):
        for someone in (cast.ana, cast.carla, cast.mara, cast.vera):
            await someone.arrive()
        yield
