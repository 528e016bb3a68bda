"""Wall clocks and opening hours: from what people say of a time to instants, and never by guess.

A time that a clock change skips or repeats is asked back with the two times it may mean. Opening
hours are lines on a wall clock too, but nobody is asked about them: an edge that is skipped is the
change itself, a repeated one opens at its first and closes at its second reading.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from server.errors import Refused
from server.text import N_

DAY = timedelta(days=1)


class Meant(StrEnum):
    """Which of two instants an odd time of the night of a clock change means."""

    EARLIER = "earlier"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the two times: the instant, its wall time, and the offset as people write it."""

    meant: Meant
    at: datetime
    wall: datetime
    offset: str


class AskedBack(Refused):
    """The time does not exist or exists twice; `choices` are the two it may mean."""

    title = N_("Which time do you mean?")

    def __init__(self, text: str, wall: datetime, tz: str, choices: tuple[Choice, Choice]) -> None:
        first, second = choices
        super().__init__(
            text,
            field="start",
            time=f"{wall:%Y-%m-%d %H:%M}",
            zone=tz,
            first=f"{first.wall:%H:%M} ({first.offset})",
            second=f"{second.wall:%H:%M} ({second.offset})",
        )
        self.choices = choices


_SKIPPED = N_(
    "{time} does not exist in {zone}: the clocks go forward then. Choose {first} or {second}."
    " Nothing was booked."
)
_TWICE = N_(
    "{time} happens twice in {zone}: the clocks go back then. Choose {first} or {second}."
    " Nothing was booked."
)


def readings(wall: datetime, tz: str) -> tuple[datetime, ...]:
    """The instants at which the clocks of `tz` show `wall`: one, none or two, in order."""
    zone = ZoneInfo(tz)
    found = {wall.replace(tzinfo=zone, fold=n).astimezone(UTC) for n in (0, 1)}
    return tuple(sorted(one for one in found if local(one, tz) == wall))


def local(at: datetime, tz: str) -> datetime:
    """The naive wall time in `tz` of an instant."""
    return at.astimezone(ZoneInfo(tz)).replace(tzinfo=None)


def offset(at: datetime, tz: str) -> str:
    """The offset from UTC at an instant: "UTC+10:30"."""
    minutes = round(_offset(at, tz).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


def _offset(at: datetime, tz: str) -> timedelta:
    found = at.astimezone(ZoneInfo(tz)).utcoffset()
    assert found is not None
    return found


def instant(wall: datetime, tz: str, meant: Meant | None = None) -> datetime:
    """The instant that is meant. Raises AskedBack for an odd time that nothing was said about."""
    found = readings(wall, tz)
    if len(found) == 1:
        return found[0]
    zone = ZoneInfo(tz)
    two = sorted(wall.replace(tzinfo=zone, fold=n).astimezone(UTC) for n in (0, 1))
    if meant is not None:
        return two[0] if meant is Meant.EARLIER else two[1]
    first, second = (
        Choice(which, at, local(at, tz), offset(at, tz))
        for which, at in zip(Meant, two, strict=True)
    )
    raise AskedBack(_TWICE if found else _SKIPPED, wall, tz, (first, second))


def edge(wall: datetime, tz: str, *, closing: bool = False) -> datetime:
    """The instant of a line on the wall clock, such as an opening hour or midnight."""
    found = readings(wall, tz)
    if found:
        return found[-1 if closing else 0]
    zone = ZoneInfo(tz)
    before, after = sorted(wall.replace(tzinfo=zone, fold=n).astimezone(UTC) for n in (0, 1))
    was = _offset(before, tz)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        before, after = (middle, after) if _offset(middle, tz) == was else (before, middle)
    return after.replace(microsecond=0)


def day_start(on: date, tz: str) -> datetime:
    """The first instant of a day, also where midnight is skipped."""
    return edge(datetime.combine(on, time.min), tz)


@dataclass(frozen=True, slots=True)
class Hours:
    """When something is open. Hours are pairs of minutes after midnight, in order and apart.

    `week` is by weekday (0 is Monday), `days` what differs on a day (nothing: closed); it goes
    before `holidays`. `own` hours of a resource take the place of the week's and stay inside those
    of a day that differs.
    """

    tz: str
    week: Mapping[int, Sequence[tuple[int, int]]]
    days: Mapping[date, Sequence[tuple[int, int]]] = field(default_factory=dict)
    holidays: Mapping[date, str] = field(default_factory=dict)
    reasons: Mapping[date, str] = field(default_factory=dict)
    own: Mapping[int, Sequence[tuple[int, int]]] | None = None

    def of_day(self, on: date) -> tuple[tuple[int, int], ...]:
        """The open hours of a day in minutes; none where it is closed."""
        usual = tuple((self.week if self.own is None else self.own).get(on.weekday(), ()))
        if on in self.days:
            special = tuple(self.days[on])
            if self.own is None:
                return special
            return tuple(
                (max(a, c), min(b, d))
                for a, b in usual
                for c, d in special
                if max(a, c) < min(b, d)
            )
        return () if on in self.holidays else usual

    def spans(self, on: date) -> tuple[tuple[datetime, datetime], ...]:
        """The open hours of a day as instants; lines that touch are one."""
        made: list[tuple[datetime, datetime]] = []
        midnight = datetime.combine(on, time.min)
        for opens, closes in self.of_day(on):
            start = edge(midnight + timedelta(minutes=opens), self.tz)
            # The end of a day is the start of the next one, not a second 23:59.
            end = edge(midnight + timedelta(minutes=closes), self.tz, closing=closes < 1440)
            if made and made[-1][1] >= start:
                made[-1] = (made[-1][0], end)
            elif start < end:
                made.append((start, end))
        return tuple(made)

    def open_at(self, start: datetime, end: datetime) -> bool:
        """Whether it is open from `start` to `end` without a break, over midnight too."""
        reached = start
        on = local(start, self.tz).date() - DAY
        last = local(end, self.tz).date()
        while on <= last:
            for opens, closes in self.spans(on):
                if opens <= reached < closes:
                    reached = closes
            on += DAY
        return reached >= end


def free(
    spans: Sequence[tuple[datetime, datetime]], taken: Sequence[tuple[datetime, datetime]]
) -> Iterator[tuple[datetime, datetime]]:
    """What of `spans` nothing of `taken` covers; both in order of their starts."""
    for opens, closes in spans:
        reached = opens
        for start, end in sorted(taken):
            if end <= reached or start >= closes:
                continue
            if start > reached:
                yield reached, start
            reached = max(reached, end)
        if reached < closes:
            yield reached, closes
