"""A week at an office: what is free of each resource on each day, on the office's own clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from events.bookings.facts import ResourceFacts, Stretch, of_resources, said, taken_of
from events.bookings.hours import day_start, free, local
from events.bookings.rules import Span
from events.offices.rows import ResourceRow
from server import clock


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of a resource: `free` units of `all`, or free hours in words; nothing when closed."""

    on: date
    open: bool
    free: int
    all: int
    hours: str
    over: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A resource through the week."""

    resource: ResourceFacts
    cells: tuple[Cell, ...]


def monday(on: date) -> date:
    """The first day of its week."""
    return on - timedelta(days=on.weekday())


async def of_week(resources: Sequence[ResourceRow], first: date, tz: str) -> list[Row]:
    """Seven days from `first` on; ten statements, however many resources there are."""
    known = await of_resources([each.id for each in resources])
    after = first + timedelta(days=7)
    start, end = day_start(first, tz), day_start(after, tz)
    taken = await taken_of(list(known), start, end)
    now = clock.now()
    return [
        Row(
            known[each.id],
            tuple(_cell(known[each.id], first + timedelta(days=n), taken, now) for n in range(7)),
        )
        for each in resources
        if each.id in known
    ]


def _cell(
    at: ResourceFacts, on: date, taken: Mapping[int, Sequence[Stretch]], now: datetime
) -> Cell:
    spans = at.hours.spans(on)
    over = bool(spans) and spans[-1][1] <= now
    black = [(start, end) for start, end, _ in at.blackouts]
    begin = datetime.combine(on, time.min)
    if at.terms.span is Span.MINUTES:
        before = timedelta(minutes=at.terms.before_minutes)
        after = timedelta(minutes=at.terms.after_minutes)
        gaps: list[Stretch] = []
        for unit, _ in at.units:
            busy = [(a - after, b + before) for a, b in taken.get(unit, ())] + black
            gaps += [g for g in free(spans, busy) if g[1] > now]
        lines = [
            (
                _minute(local(max(a, now), at.office.tz), begin),
                _minute(local(b, at.office.tz), begin),
            )
            for a, b in _joined(gaps)
        ]
        return Cell(on, bool(spans), len(lines), len(at.units), said(lines), over)
    start, end = day_start(on, at.office.tz), day_start(on + timedelta(days=1), at.office.tz)
    left = sum(
        not any(a < end and start < b for a, b in [*taken.get(unit, ()), *black])
        for unit, _ in at.units
    )
    return Cell(on, bool(spans), left, len(at.units), "", over)


def _minute(wall: datetime, begin: datetime) -> int:
    return min(1440, int((wall - begin).total_seconds()) // 60)


def _joined(gaps: Sequence[Stretch]) -> list[Stretch]:
    """Gaps of several units as one line of free time."""
    made: list[Stretch] = []
    for start, end in sorted(gaps):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((start, end))
    return made
