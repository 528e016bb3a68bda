"""The only source of "now", and the way between wall clocks and UTC."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from server.errors import Refused
from server.text import N_

_offset: ContextVar[timedelta] = ContextVar("offset", default=timedelta(0))
_ground: list[timedelta] = [timedelta(0)]


def now() -> datetime:
    """The current instant, aware, in UTC, to the microsecond."""
    return datetime.now(UTC) + _ground[0] + _offset.get()


def today(tz: str) -> date:
    """The calendar day in `tz` (an IANA name)."""
    return local(now(), tz).date()


def latest_day() -> date:
    """The day that has begun somewhere on earth: a later one is still to come everywhere."""
    return today("Pacific/Kiritimati")


def local(instant: datetime, tz: str) -> datetime:
    """The wall-clock reading in `tz` of an aware `instant`; the result is aware."""
    return instant.astimezone(ZoneInfo(tz))


def to_utc(wall: datetime, tz: str) -> datetime:
    """The instant of a naive wall-clock reading in `tz`.

    A reading that a clock change skips is refused; of one that happens twice, the first is meant.
    """
    aware = wall.replace(tzinfo=ZoneInfo(tz), fold=0)
    instant = aware.astimezone(UTC)
    if instant.astimezone(ZoneInfo(tz)).replace(tzinfo=None) != wall:
        raise Refused(
            N_("{time} does not exist in {zone}: the clocks go forward then. Choose another time."),
            time=f"{wall:%Y-%m-%d %H:%M}",
            zone=tz,
        )
    return instant


@cache
def _zones() -> frozenset[str]:
    """Asked once: the list is read from hundreds of files."""
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Whether `name` is an IANA time zone with a region, such as Europe/Berlin."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return name in _zones()


@contextmanager
def travel(to: datetime) -> Iterator[None]:
    """Tests and the demonstration: every `now()` in this context counts on from `to`."""
    token = _offset.set(to - datetime.now(UTC) - _ground[0])
    try:
        yield
    finally:
        _offset.reset(token)


@contextmanager
def travel_everywhere(to: datetime) -> Iterator[None]:
    """Tests: the same for every task of this process, so that requests of a client see it too."""
    before = _ground[0]
    _ground[0] = to - datetime.now(UTC)
    try:
        yield
    finally:
        _ground[0] = before
