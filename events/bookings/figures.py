"""Figures of an office: how full it is by weekday and hour, by resource, by agency.

Booked time is counted inside opening hours only, so that a month's desk is not full at night.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from events.bookings.facts import ResourceFacts
from events.bookings.queries import Taking

LEVELS = 5
NOBODY_THERE = frozenset({"virtual_address", "showroom_shelf"})
"""What is booked without anybody being there: it fills no hour of the office."""


@dataclass(frozen=True, slots=True)
class Line:
    """Booked and open minutes of a resource or an agency; `share_bp` of what was open."""

    name: str
    booked: int
    open: int

    @property
    def share_bp(self) -> int:
        """Basis points of the open time."""
        return min(10_000, self.booked * 10_000 // self.open) if self.open else 0


@dataclass(frozen=True, slots=True)
class Figures:
    """`heat` is the share (basis points) of open unit-time that is booked, by weekday and hour;
    None where nothing is open then."""

    hours: tuple[int, ...]
    heat: tuple[tuple[int | None, ...], ...]
    resources: tuple[Line, ...]
    agencies: tuple[Line, ...]


def level(share_bp: int) -> int:
    """The shade of a share: 0 for nothing, LEVELS for full."""
    return 0 if not share_bp else min(LEVELS, 1 + share_bp * LEVELS // 10_001)


def _spans(at: ResourceFacts, on: date) -> list[tuple[datetime, datetime]]:
    midnight = datetime.combine(on, time.min)
    return [
        (midnight + timedelta(minutes=opens), midnight + timedelta(minutes=closes))
        for opens, closes in at.hours.of_day(on)
    ]


def _spread(
    into: dict[tuple[int, int], int], start: datetime, end: datetime, times: int = 1
) -> int:
    """Add the minutes of a span to the hours it touches; how many minutes it has."""
    at = start
    while at < end:
        following = min(end, at.replace(minute=0) + timedelta(hours=1))
        into[at.weekday(), at.hour] += int((following - at).total_seconds()) // 60 * times
        at = following
    return int((end - start).total_seconds()) // 60 * times


def work_out(
    known: Sequence[ResourceFacts], taken: Sequence[Taking], first: date, last: date
) -> Figures:
    """All figures of the days `first` to `last`."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    open_at: dict[tuple[int, int], int] = defaultdict(int)
    booked_at: dict[tuple[int, int], int] = defaultdict(int)
    opened: dict[int, int] = defaultdict(int)
    booked: dict[int, int] = defaultdict(int)
    by_agency: dict[str, int] = defaultdict(int)
    spans = {at.id: {on: _spans(at, on) for on in days} for at in known}
    quiet = {at.id for at in known if at.kind in NOBODY_THERE}
    for at in known:
        for on in days:
            for opens, closes in spans[at.id][on]:
                into = defaultdict(int) if at.id in quiet else open_at
                opened[at.id] += _spread(into, opens, closes, len(at.units))
    for one in taken:
        for on in days:
            for opens, closes in spans.get(one.resource, {}).get(on, ()):
                start, end = max(opens, one.start_local), min(closes, one.end_local)
                if start < end:
                    into = defaultdict(int) if one.resource in quiet else booked_at
                    minutes = _spread(into, start, end)
                    booked[one.resource] += minutes
                    by_agency[one.agency_name] += minutes
    hours = sorted({hour for _, hour in open_at})
    whole = sum(opened.values())
    return Figures(
        tuple(hours),
        tuple(
            tuple(
                min(10_000, booked_at[day, hour] * 10_000 // open_at[day, hour])
                if open_at.get((day, hour))
                else None
                for hour in hours
            )
            for day in range(7)
        ),
        tuple(Line(at.name, booked[at.id], opened[at.id]) for at in known),
        tuple(Line(name, minutes, whole) for name, minutes in sorted(by_agency.items())),
    )
