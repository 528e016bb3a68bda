"""Packages and series: several bookings from one line, all or none (actions.hold and book)."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from events.bookings import rules
from events.bookings.rules import Ask, Span
from server.database import rows
from server.errors import NotFound

PARTS = """
SELECT t.resource, t.count, t.day, t.opens, t.length FROM package_part t
JOIN package p ON p.id = t.package WHERE p.id = $1 AND p.active ORDER BY t.day, t.position, t.id
"""


async def asks_of(package: int, first: date) -> tuple[Ask, ...]:
    """What a package asks for when its first day is `first`; NotFound where there is none.

    Several units of a part are several asks. Its parts lie on days counted from the first one.
    """
    found = await rows(PARTS, package)
    if not found:
        raise NotFound
    return tuple(
        Ask(
            each["resource"],
            datetime.combine(first + timedelta(days=each["day"]), time.min)
            + timedelta(minutes=each["opens"] or 0),
            each["length"],
        )
        for each in found
        for _ in range(each["count"])
    )


def series_of(ask: Ask, every: Span, interval: int, times: int) -> tuple[Ask, ...]:
    """The same ask each `interval` days, weeks or months. What was said about an odd time of the
    first one (`meant`) holds for all."""
    starts: Sequence[datetime] = rules.series(ask.start, every, interval, times)
    return tuple(
        Ask(ask.resource, start, ask.length, ask.meant, ask.unit, ask.people) for start in starts
    )
