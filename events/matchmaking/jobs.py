"""What the clock brings to sessions, and what a payment brings to people."""

import structlog

from events.matchmaking import actions, taking_part
from server import clock
from server.accounts.permissions import SYSTEM
from server.database import action, rows
from server.jobs import every

log = structlog.get_logger("matchmaking")


@action
async def _go_on(session_id: int) -> None:
    await actions.go_on(SYSTEM, session_id)


@every("matchmaking.clock", minutes=1)
async def go_on() -> None:
    """Requests that are over, sessions that begin or end; one transaction each."""
    now = clock.now()
    due = await rows(
        "SELECT s.id FROM meeting_session s WHERE s.state IN ('open', 'closed', 'running') AND"
        " ((s.state = 'open' AND s.requests_until <= $1)"
        " OR (s.state <> 'running' AND (SELECT min(starts_at) FROM session_slot"
        " WHERE session = s.id) <= $1)"
        " OR (SELECT max(ends_at) FROM session_slot WHERE session = s.id) <= $1)",
        now,
    )
    for each in due:
        try:
            await _go_on(each["id"])
        except Exception:  # the others must not wait for this one
            log.exception("session not moved", session=each["id"])


@every("matchmaking.paid", minutes=1)
async def take_paid() -> None:
    """Whoever has paid takes part; one transaction each."""
    due = await rows(
        "SELECT p.id FROM participant p JOIN invoice i ON i.id = p.invoice"
        " WHERE p.state = 'unpaid' AND i.state = 'paid'"
    )
    for each in due:
        try:
            await taking_part.paid(each["id"])
        except Exception:  # the others must not wait for this one
            log.exception("participant not taken", participant=each["id"])
