"""From a calendar to the ranges in which its owner is busy. Pure but for the library that reads.

A range is what an entry takes (RFC 5545 3.8.2.7): transparent and cancelled entries and those
marked as free take nothing. VFREEBUSY counts as it says. Entries that repeat are followed through
the window, days at most; whatever repeats faster is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rruleset, rrulestr
from icalendar import Calendar

Range = tuple[datetime, datetime]
MOST_ENTRIES = 20_000
MOST_TIMES = 3_000
MOST_RANGES = 5_000
SECONDS = 10.0
FAST = ("SECONDLY", "MINUTELY", "HOURLY")
FREE = ("FREE", "WORKINGELSEWHERE")


def ranges(data: bytes, first: datetime, last: datetime, ours: Iterable[str] = ()) -> list[Range]:
    """The busy ranges between `first` and `last` (aware), in order and apart from each other.

    Entries whose UID is in `ours` are left out: they came from here. Raises ValueError for what is
    no calendar.
    """
    calendar = Calendar.from_ical(data)
    if not isinstance(calendar, Calendar):
        raise ValueError("no calendar")
    zone = _zone(str(calendar.get("x-wr-timezone", "")))
    known = frozenset(ours)
    entries: list[Any] = list(islice(calendar.walk("VEVENT"), MOST_ENTRIES))
    moved = {
        (str(each.get("uid", "")), _instant(each["recurrence-id"].dt, zone))
        for each in entries
        if "recurrence-id" in each
    }
    found: list[Range] = []
    patience = monotonic() + SECONDS
    for each in entries:
        if monotonic() > patience:
            raise ValueError("its rules take too long to follow")
        if str(each.get("uid", "")) in known or not _takes(each) or "dtstart" not in each:
            continue
        found += _times(each, zone, first, last, moved)
    for block in calendar.walk("VFREEBUSY"):
        found += _periods(block)
    return _apart(
        (max(start, first), min(end, last)) for start, end in found if start < last and end > first
    )


def _takes(entry: Any) -> bool:
    return (
        str(entry.get("status", "")).upper() != "CANCELLED"
        and str(entry.get("transp", "")).upper() != "TRANSPARENT"
        and str(entry.get("x-microsoft-cdo-busystatus", "")).upper() not in FREE
    )


def _times(
    entry: Any,
    zone: ZoneInfo,
    first: datetime,
    last: datetime,
    moved: set[tuple[str, datetime]],
) -> Iterator[Range]:
    start = entry["dtstart"].dt
    length = _length(entry, start, zone)
    if length <= timedelta(0):
        return
    rule = entry.get("rrule")
    if rule is None and "rdate" not in entry:
        begins = _instant(start, zone)
        yield begins, begins + length
        return
    uid = str(entry.get("uid", ""))
    wall, own = _wall(start)
    for each in islice(_following(entry, wall, own or zone, first - length, last), MOST_TIMES):
        begins = _instant(each.replace(tzinfo=own) if own else each, zone)
        if begins >= last:
            return
        if begins + length > first and (uid, begins) not in moved:
            yield begins, begins + length


def _following(
    entry: Any, wall: datetime, zone: Any, first: datetime, last: datetime
) -> Iterator[datetime]:
    """The wall times at which `entry` begins, from a day before the window on."""
    every = rruleset()
    given = entry.get("rrule", [])
    for rule in given if isinstance(given, list) else [given]:
        if str(rule.get("freq", [""])[0]).upper() in FAST:
            return
        counted = "count" in rule
        end = _until(rule.pop("until", [None])[0], zone, last)
        read = rrulestr(rule.to_ical().decode(), dtstart=wall)
        every.rrule(read if counted else read.replace(until=end))
    for name, add in (("rdate", every.rdate), ("exdate", every.exdate)):
        listed = entry.get(name, [])
        for one in listed if isinstance(listed, list) else [listed]:
            for each in one.dts:
                if isinstance(each.dt, date):
                    add(_wall(each.dt)[0])
    if not given:
        every.rdate(wall)
    day = timedelta(days=1)
    yield from every.xafter(first.replace(tzinfo=None) - day, inc=True)


def _until(said: date | None, zone: Any, last: datetime) -> datetime:
    """The last wall time of a rule, which may say it as an instant or as a day; a day beyond the
    window at most, so that a rule that never comes true ends."""
    beyond = last.replace(tzinfo=None) + timedelta(days=1)
    if said is None:
        return beyond
    if not isinstance(said, datetime):
        return min(beyond, datetime.combine(said, time.max))  # noqa: DTZ - a wall time
    return min(beyond, (said.astimezone(zone) if said.tzinfo else said).replace(tzinfo=None))


def _length(entry: Any, start: date, zone: ZoneInfo) -> timedelta:
    if "dtend" in entry:
        return _instant(entry["dtend"].dt, zone) - _instant(start, zone)
    if "duration" in entry:
        said = entry["duration"].dt
        return said if isinstance(said, timedelta) else timedelta(0)
    return timedelta(0) if isinstance(start, datetime) else timedelta(days=1)


def _periods(block: Any) -> Iterator[Range]:
    given = block.get("freebusy", [])
    for each in given if isinstance(given, list) else [given]:
        if str(each.params.get("FBTYPE", "BUSY")).upper() == "FREE":
            continue
        start, end = each.start, each.end
        if isinstance(start, datetime) and isinstance(end, datetime):
            yield start.astimezone(UTC), end.astimezone(UTC)


def _wall(moment: date) -> tuple[datetime, Any]:
    """A moment as a wall time, and its zone where it has one."""
    if isinstance(moment, datetime):
        return moment.replace(tzinfo=None), moment.tzinfo
    return datetime.combine(moment, time.min), None  # noqa: DTZ - a wall time


def _instant(moment: date, zone: ZoneInfo) -> datetime:
    wall, own = _wall(moment)
    return wall.replace(tzinfo=own or zone).astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _apart(found: Iterable[Range]) -> list[Range]:
    made: list[Range] = []
    for start, end in sorted(found):
        if made and start <= made[-1][1]:
            made[-1] = made[-1][0], max(end, made[-1][1])
        else:
            made.append((start, end))
    return made[:MOST_RANGES]
