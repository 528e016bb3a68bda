"""A session of meetings follows the exhibitors of its fair."""

from booths.meetings import queries
from events.matchmaking import queries as sessions
from events.matchmaking.actions import held_open
from events.matchmaking.exhibitors import Followed, follow
from events.matchmaking.rules import SessionState
from server.accounts.permissions import SYSTEM, Actor
from server.database import action, step
from server.errors import Refused
from server.locking import lock
from server.text import N_


@step
async def bring_up_to_date(actor: Actor, session_id: int) -> Followed:
    """Exhibitors and stands as they are now; nothing where the session is over."""
    await lock("meeting_session", session_id)
    session = await sessions.session(session_id)
    over = session.state in (SessionState.OVER, SessionState.CANCELLED)
    if session.fair is None or not session.of_exhibitors or over:
        return Followed()
    return await follow(
        actor,
        session,
        await queries.exhibits(session.agency, session.fair),
        await queries.building(session.fair),
    )


@action
async def take_exhibitors(actor: Actor, session_id: int) -> Followed:
    """A manager takes all exhibitors of the agency's booths at the fair into the session."""
    session = await held_open(actor, session_id)
    if session.fair is None or not session.of_exhibitors:
        raise Refused(
            N_("This session does not follow the exhibitors of a fair. Tick that in its form.")
        )
    return await bring_up_to_date(actor, session_id)


@action
async def follow_fair(session_id: int) -> Followed:
    """The same by itself, after stands have moved."""
    return await bring_up_to_date(SYSTEM, session_id)
