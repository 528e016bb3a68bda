"""How dates, times, areas, amounts and places are written, by babel, wherever they are shown."""

from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, get_timezone_name
from babel.numbers import format_decimal, format_percent

from server import clock
from server.money import format_money, to_decimal
from server.text import locale


def day(on: date | None, *, weekday: bool = True) -> str:
    """Mon 1 Mar 2027."""
    if on is None:
        return ""
    return format_date(on, "EEE d MMM y" if weekday else "d MMM y", locale=locale())


def days(first: date, last: date) -> str:
    """A span of days without saying the month or year twice."""
    if first == last:
        return day(first)
    if first.year != last.year:
        return f"{day(first, weekday=False)} – {day(last, weekday=False)}"
    if first.month != last.month:
        return f"{format_date(first, 'd MMM', locale=locale())} – {day(last, weekday=False)}"
    return f"{first.day} – {day(last, weekday=False)}"


def month(on: date) -> str:
    """March 2027."""
    return format_date(on, "LLLL y", locale=locale())


def hour(at: time | None) -> str:
    """09:00, as the locale writes it."""
    return "" if at is None else format_time(at, "short", locale=locale())


def zone(tz: str, at: datetime | None = None) -> str:
    """The zone in words: "Central European Standard Time"."""
    return get_timezone_name(clock.local(at or clock.now(), tz), locale=locale())


def moment(at: datetime | None, tz: str, *, seconds: bool = False, named: bool = True) -> str:
    """An instant on the wall clock of `tz`, with the zone said."""
    if at is None:
        return ""
    there = clock.local(at, tz)
    pattern = "EEE d MMM y, HH:mm:ss" if seconds else "EEE d MMM y, HH:mm"
    said = format_datetime(there, pattern, locale=locale())
    return f"{said} ({tz.replace('_', ' ')})" if named else said


def wall(at: datetime | None) -> str:
    """A naive wall-clock reading."""
    return "" if at is None else format_datetime(at, "EEE d MMM y, HH:mm", locale=locale())


@lru_cache(4096)
def _decimal(value: Decimal | int, said_in: str) -> str:
    """Babel takes 30 us for a number, and a plan has hundreds of the same few."""
    plain = value.normalize() if isinstance(value, Decimal) else value
    return str(format_decimal(plain, locale=said_in))


def m2(area: Decimal | None) -> str:
    """12 m² or 12.5 m²."""
    return "" if area is None else f"{_decimal(area, locale())} m²"


def number(value: Decimal | int | None) -> str:
    """A number without more places than it has."""
    if value is None:
        return ""
    return _decimal(value, locale())


def percent(bp: int) -> str:
    """Basis points as a percentage: 5000 -> 50%, 1250 -> 12.5%."""
    return _percent(bp, locale())


@lru_cache(maxsize=4096)
def _percent(bp: int, to: str) -> str:
    return format_percent(Decimal(bp) / 10_000, "#,##0.##%", locale=to)


def country(code: str) -> str:
    """The name of an ISO 3166 country in the current locale."""
    return str(Locale.parse(locale()).territories.get(code, code))


def money(minor: int | None, currency: str) -> str:
    """An amount of minor units."""
    return "" if minor is None else format_money(minor, currency)


def amount(minor: int | None, currency: str) -> str:
    """An amount as a form's field shows it: no symbol, no groups."""
    return "" if minor is None else f"{to_decimal(minor, currency):f}"


FILTERS = {
    each.__name__: each
    for each in (
        day,
        days,
        month,
        hour,
        zone,
        moment,
        wall,
        m2,
        number,
        percent,
        country,
        money,
        amount,
    )
}
