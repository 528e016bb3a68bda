"""What matchmaking adds to closing an account."""

from server import clock
from server.database import execute, rows, step
from server.organisations import personal
from server.text import N_, gettext


@personal.obstacle
async def _takes_part(person_id: int) -> list[str]:
    """Others have meetings with them: they leave the session first, so that these are told."""
    found = await rows(
        "SELECT DISTINCT s.title FROM participant p JOIN meeting_session s ON s.id = p.session"
        " WHERE p.person = $1 AND p.state IN ('applied', 'unpaid', 'taking')"
        " AND s.state NOT IN ('over', 'cancelled') ORDER BY 1",
        person_id,
    )
    return [
        gettext(
            N_("You take part in {session}. Say there that you take part no more, so that those who"
               " meet you are told."),
            session=each["title"],
        )
        for each in found
    ]  # fmt: skip


@personal.clearing
@step
async def _empty(person_id: int) -> None:
    """A profile without its person says nothing any more."""
    await execute(
        "UPDATE meeting_profile SET position = '', phone = '', intro = '', visible = 'hidden',"
        " version = version + 1, changed_at = $2 WHERE person = $1",
        person_id,
        clock.now(),
    )
