"""VTIMEZONE blocks that every client reads alike.

A zone without clock changes becomes one STANDARD block; a zone whose changes follow one yearly
rule becomes exactly one STANDARD and one DAYLIGHT block with that rule; any other zone gets one
block per change. There is never an RDATE list (several clients read only its first value), and an
onset is always the wall time *before* the change (RFC 5545 3.6.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LONG_AGO = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Change:
    """One clock change: the wall time before it, the offsets on both sides and the new
    abbreviation.
    """

    onset: datetime
    before: timedelta
    after: timedelta
    name: str
    summer: bool


def is_utc(tzid: str) -> bool:
    """Whether times of this zone are written with a plain Z and need no block."""
    return tzid in {
        "UTC",
        "Etc/UTC",
        "Etc/UCT",
        "Etc/Universal",
        "Etc/Zulu",
        "UCT",
        "Universal",
        "Zulu",
    }


@lru_cache(maxsize=512)
def block(tzid: str, first_year: int, last_year: int) -> bytes:
    """The VTIMEZONE of `tzid`, right for each instant of the years `first_year` to `last_year`
    (both included).
    """
    zone = ZoneInfo(tzid)
    changes = tuple(_changes(zone, first_year - 1, last_year))
    lines = ["BEGIN:VTIMEZONE", f"TZID:{tzid}"]
    if not changes:
        begin = datetime(first_year, 1, 1, tzinfo=zone)
        lines += _observance(
            "STANDARD", LONG_AGO, _offset(begin), _offset(begin), begin.tzname() or tzid
        )
    elif rules := _yearly(changes, first_year - 1, last_year):
        for change, rule in sorted(rules, key=lambda pair: pair[0].onset):
            kind = "DAYLIGHT" if change.after > change.before else "STANDARD"
            lines += _observance(kind, change.onset, change.before, change.after, change.name, rule)
    else:
        begin = datetime(first_year - 1, 1, 1, tzinfo=zone)
        kind = "DAYLIGHT" if begin.dst() else "STANDARD"
        lines += _observance(kind, LONG_AGO, _offset(begin), _offset(begin), begin.tzname() or tzid)
        for change in changes:
            kind = "DAYLIGHT" if change.summer else "STANDARD"
            lines += _observance(kind, change.onset, change.before, change.after, change.name)
    lines.append("END:VTIMEZONE")
    return "".join(line + "\r\n" for line in lines).encode()


def _changes(zone: ZoneInfo, first_year: int, last_year: int) -> Iterator[Change]:
    instant = datetime(first_year, 1, 1, tzinfo=UTC)
    end = datetime(last_year + 1, 1, 2, tzinfo=UTC)
    while instant < end:
        later = instant + DAY
        before, after = _offset(instant.astimezone(zone)), _offset(later.astimezone(zone))
        if before != after:
            low, high = instant, later
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
                if _offset(middle.astimezone(zone)) == before:
                    low = middle
                else:
                    high = middle
            new = high.astimezone(zone)
            summer = after > before and bool(new.dst() or low.astimezone(zone).dst())
            yield Change(
                high.replace(tzinfo=None) + before, before, after, new.tzname() or "", summer
            )
        instant = later


def _yearly(
    changes: tuple[Change, ...], first_year: int, last_year: int
) -> list[tuple[Change, str]] | None:
    """The two changes of the first year with their RRULE, or None when no two rules describe
    every year.
    """
    years = range(first_year, last_year + 1)
    by_year = {
        year: sorted((c for c in changes if c.onset.year == year), key=lambda c: c.after)
        for year in years
    }
    if any(len(pair) != 2 for pair in by_year.values()):
        return None
    found = []
    for side in (0, 1):
        every = [by_year[year][side] for year in years]
        first = every[0]
        if len({(c.onset.time(), c.onset.month, c.before, c.after, c.name) for c in every}) != 1:
            return None
        days = set.intersection(*(_positions(c.onset.date()) for c in every))
        if not days:
            return None
        found.append((first, f"FREQ=YEARLY;BYMONTH={first.onset.month};BYDAY={min(days)}"))
    return found


def _positions(day: date) -> set[str]:
    weekday = WEEKDAYS[day.weekday()]
    positions = {f"{(day.day - 1) // 7 + 1}{weekday}"}
    if (day + timedelta(days=7)).month != day.month:
        positions.add(f"-1{weekday}")
    return positions


def _observance(
    kind: str, onset: datetime, before: timedelta, after: timedelta, name: str, rule: str = ""
) -> list[str]:
    lines = [
        f"BEGIN:{kind}",
        f"DTSTART:{onset:%Y%m%dT%H%M%S}",
        f"TZOFFSETFROM:{_utc_offset(before)}",
        f"TZOFFSETTO:{_utc_offset(after)}",
        f"TZNAME:{name}",
    ]
    if rule:
        lines.append(f"RRULE:{rule}")
    return [*lines, f"END:{kind}"]


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta(0)


def _utc_offset(offset: timedelta) -> str:
    seconds = int(offset.total_seconds())
    sign, seconds = ("-" if seconds < 0 else "+"), abs(seconds)
    text = f"{sign}{seconds // 3600:02}{seconds // 60 % 60:02}"
    return text + (f"{seconds % 60:02}" if seconds % 60 else "")
