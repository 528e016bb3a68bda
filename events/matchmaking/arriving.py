"""Who has arrived at a session."""

from datetime import datetime

from server.database import step, value


@step
async def arrive(session_id: int, participant_id: int, at: datetime | None) -> int | None:
    """Note when a participant who takes part arrived, or (None) that they have not; their id, or
    None where there is no such participant."""
    found = await value(
        "UPDATE participant SET checked_in_at = $3 WHERE id = $1::bigint AND session = $2"
        " AND state = 'taking' RETURNING id",
        participant_id,
        session_id,
        at,
    )
    return None if found is None else int(found)
