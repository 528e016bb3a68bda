"""What time brings: holds end, bookings take place, names are asked for, offices are reminded."""

from datetime import timedelta
from itertools import groupby

from events.bookings import changing, telling
from server import clock
from server.database import action, execute, rows, step
from server.jobs import every
from server.mail.actions import send
from server.web.formats import wall

AHEAD = timedelta(hours=24)
"""So long before the deadline for names the company is reminded, once."""


@every("bookings.holds", minutes=1)
async def holds() -> None:
    """Let go what is no longer held."""
    await changing.end_holds()


@every("bookings.finish", minutes=15)
async def finish() -> None:
    """What is over took place; what nobody answered is refused."""
    await changing.finish()


WITHOUT_NAMES = """
SELECT b.id FROM booking b JOIN office o ON o.id = b.office
WHERE b.state IN ('pending', 'confirmed') AND b.reminded_at IS NULL AND b.starts_at > $1
    AND b.starts_at <= $1 + make_interval(hours => o.names_hours) + $2
    AND o.names_hours > 0 AND b.starts_at > $1 + make_interval(hours => o.names_hours)
    AND NOT EXISTS (SELECT FROM booking_visitor v WHERE v.booking = b.id)
ORDER BY b.id LIMIT 100 FOR UPDATE OF b SKIP LOCKED
"""


@every("bookings.names", minutes=15)
async def names() -> None:
    """Ask for the names of visitors, a day before they are due."""
    await remind_names()


@action
async def remind_names() -> int:
    """One mail for each booking without names; how many there were."""
    found = await rows(WITHOUT_NAMES, clock.now(), AHEAD)
    for one in await telling.read([each["id"] for each in found]):
        until = one.start_local - timedelta(hours=one.names_hours)
        await execute("UPDATE booking SET reminded_at = $2 WHERE id = $1", one.id, clock.now())
        await send(
            key=f"booking:{one.id}:names:{one.starts_at:%Y%m%d%H%M}",
            to_email=one.person_email, to_name=one.person_name, locale=one.locale,
            template="bookings-names", agency=one.agency, company=one.company, person=one.person,
            what=f"{one.resource_name}, {one.office_name}", office=one.office_name,
            when=telling.when(one), until=f"{wall(until)} ({one.tz})",
            path=f"/my/bookings/{one.key}",
        )  # fmt: skip
    return len(found)


@every("bookings.waiting", minutes=60)
async def waiting() -> None:
    """Remind offices once a day of what waits for more than a day."""
    await remind_offices()


@action
async def remind_offices() -> None:
    """One mail a day to each office in which something has waited for a day."""
    now = clock.now()
    found = await rows(
        "SELECT id, office FROM booking WHERE state = 'pending' AND changed_at <= $1"
        " ORDER BY office, id LIMIT 500",
        now - timedelta(days=1),
    )
    for office, mine in groupby(found, key=lambda each: each["office"]):
        await _remind(office, [each["id"] for each in mine])


@step
async def _remind(office: int, ids: list[int]) -> None:
    key = f"office:{office}:waiting:{clock.now():%Y%m%d}"
    await telling.tell_hosts(office, key, await telling.read(ids))
