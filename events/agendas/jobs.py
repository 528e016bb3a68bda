"""Telling people after the commit, and what time brings to meetings."""

from datetime import timedelta

from events.agendas import changing, telling
from events.agendas.rules import SAID_UNTIL
from server import clock
from server.database import rows
from server.jobs import every, job

LEFT_BEHIND = timedelta(minutes=5)


@job(telling.TOLD)
async def tell(session_id: int) -> None:
    """Put calendars right and write one mail to each person who is to be told."""
    await telling.tell(session_id)


@every("agendas.left_behind", minutes=10)
async def left_behind() -> None:
    """Whoever was to be told and was not, because a job was given up."""
    for each in await rows(
        "SELECT DISTINCT p.session FROM meeting_to_tell t"
        " JOIN participant p ON p.id = t.participant WHERE t.at < $1",
        clock.now() - LEFT_BEHIND,
    ):
        await telling.tell(each["session"])


@every("agendas.held", minutes=60)
async def held() -> None:
    """Meetings that are over and that nobody has called missed were held."""
    for each in await rows(
        "SELECT DISTINCT m.session FROM meeting m JOIN session_slot sl ON sl.id = m.slot"
        " WHERE m.state = 'planned' AND sl.ends_at < $1",
        clock.now() - SAID_UNTIL,
    ):
        await changing.hold_over(each["session"])
