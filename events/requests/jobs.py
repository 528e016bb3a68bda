"""After the commit and by the clock: requests that expire, reminders, recommendations."""

from events.matchmaking import queries as sessions
from events.requests import matching, rules, suggesting
from server import clock
from server.database import action, execute, rows
from server.jobs import every, job


@job("requests.suggest_to")
async def suggest_to(participant_id: int) -> None:
    """One person's list anew, after what they said."""
    await suggesting.for_one(participant_id)


@every("requests.expire", minutes=5)
async def expire() -> None:
    """Requests whose day has passed end without an answer."""
    await _expire()


@action
async def _expire() -> None:
    await execute(
        "UPDATE meeting_request SET state = 'expired', ended_at = expires_at"
        " WHERE state = 'open' AND expires_at <= $1",
        clock.now(),
    )


@every("requests.suggest", minutes=5)
async def suggest() -> None:
    """The lists of each open session in which a profile, a time or an opinion has changed."""
    for each in await rows("SELECT id FROM meeting_session WHERE state = 'open' ORDER BY id"):
        if await suggesting.stale(each["id"]):
            await suggesting.for_all(each["id"])


@every("requests.remind", minutes=30)
async def remind() -> None:
    """One reminder of each request that has waited for days."""
    for each in await rows(
        "SELECT DISTINCT r.session FROM meeting_request r JOIN meeting_session s"
        " ON s.id = r.session WHERE r.state = 'open' AND r.reminded_at IS NULL"
        " AND r.made_at <= $1 AND s.state IN ('open', 'closed')",
        clock.now() - rules.REMINDED_AFTER,
    ):
        await _remind(each["session"])


@action
async def _remind(session_id: int) -> None:
    await matching.remind_silent(
        await sessions.session(session_id), clock.now() - rules.REMINDED_AFTER, once=True
    )
