"""Sessions follow what happens to stands and exhibitors."""

import structlog

from booths.meetings import actions, queries
from server.jobs import every

log = structlog.get_logger("meetings")


@every("meetings.exhibitors", minutes=1)
async def follow_fairs() -> None:
    """Sessions whose exhibitors or stands differ from those of the fair, one transaction each."""
    for session_id in await queries.sessions():
        try:
            if await queries.changed_since(session_id):
                await actions.follow_fair(session_id)
        except Exception:  # the others must not wait for this one
            log.exception("exhibitors not followed", session=session_id)
