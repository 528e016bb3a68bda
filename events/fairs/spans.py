"""Days of a fair as people write them: "Jul 15, 2026 To Jul 21, 2026", "15.-21.07.2026".

What can be read in two ways (03/04/2026) is refused, not guessed.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from babel import Locale

from events.fairs.zones import LANGUAGES, plain
from server.errors import Refused
from server.text import N_

LONGEST_DAYS = 60
FIRST_YEAR, LAST_YEAR = 1990, 2100
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[./](\d{1,2})[./](\d{1,2})\.?")
_SPLIT = re.compile(
    r"\s+(?:to|till|until|through|bis|au|jusqu'au|al|a|hasta|fino al|tot|t/m|tot en met|ate|até"
    r"|do|til|och|do dnia)\s+"
    r"|\s*[–—−‒~]\s*|\s*-\s*",
    re.IGNORECASE,
)
_NUMERIC = re.compile(r"(\d{1,2})\s*([./])\s*(?:(\d{1,2})\s*(?:[./]\s*(\d{4})?)?)?")
_LEADING = re.compile(r"^(?:from|vom|von|du|dal|del|desde|van|od|de|fra|från)\s+", re.IGNORECASE)
UNCLEAR = N_(
    "“{text}” is not a day or a span of days. Write it like 2026-07-15 or 2026-07-15 to 2026-07-21."
)
TWO_WAYS = N_("“{text}” can be read in two ways. Write it like 2026-07-15.")


@dataclass(frozen=True, slots=True)
class Part:
    """As much of a day as is written; the rest comes from the other end of the span."""

    day: int
    month: int | None = None
    year: int | None = None


@cache
def _months() -> dict[str, int]:
    found: dict[str, int] = {}
    for language in LANGUAGES:
        months = Locale(language).months
        for form in ("format", "stand-alone"):
            for width in ("abbreviated", "wide"):
                for number, name in months[form][width].items():
                    if not name.strip(".").isdigit():
                        found.setdefault(plain(name), number)
    return found | {"sept": 9}


def read_span(text: str) -> tuple[date, date]:
    """First and last day. Raises Refused with the reason."""
    whole = " ".join(text.replace("\u00a0", " ").split())
    exact = _ISO.findall(whole) or _YEAR_FIRST.findall(whole)
    if exact:
        if len(exact) > 2:
            raise Refused(UNCLEAR, text=text)
        found = [_day(int(y), int(m), int(d), text) for y, m, d in exact]
        return _ordered(found[0], found[-1], text)
    parts = [_part(each, text) for each in _SPLIT.split(_LEADING.sub("", whole)) if each]
    if not 1 <= len(parts) <= 2:
        raise Refused(UNCLEAR, text=text)
    last = parts[-1]
    if last.month is None or last.year is None:
        first = parts[0]
        last = Part(last.day, last.month or first.month, last.year or first.year)
        if last.month is None or last.year is None:
            raise Refused(UNCLEAR, text=text)
    assert last.month is not None
    assert last.year is not None
    ends = _day(last.year, last.month, last.day, text)
    if len(parts) == 1:
        return _ordered(ends, ends, text)
    first = parts[0]
    month = first.month or last.month
    year = first.year or (last.year - 1 if month > last.month else last.year)
    return _ordered(_day(year, month, first.day, text), ends, text)


def read_day(text: str) -> date:
    """One day. Raises Refused with the reason."""
    starts, ends = read_span(text)
    if starts != ends:
        raise Refused(UNCLEAR, text=text)
    return starts


def _part(text: str, whole: str) -> Part:
    numeric = _NUMERIC.fullmatch(text.strip())
    if numeric and not (numeric[2] == "/" and not numeric[3]):
        day, mark, month, year = numeric[1], numeric[2], numeric[3], numeric[4]
        if mark == "/" and int(day) <= 12 and month and int(month) <= 12 and day != month:
            raise Refused(TWO_WAYS, text=whole)
        if mark == "/" and month and int(month) > 12:
            day, month = month, day
        return Part(int(day), int(month) if month else None, int(year) if year else None)
    words = plain(re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "", text)).split()
    words = [word for word in words if word not in ("de", "of", "del", "di", "den", "the")]
    month_number = year_number = day_number = None
    for word in words:
        if word.isdigit():
            if len(word) == 4 and year_number is None:
                year_number = int(word)
            elif len(word) <= 2 and day_number is None:
                day_number = int(word)
            else:
                raise Refused(UNCLEAR, text=whole)
        elif word in _months() and month_number is None:
            month_number = _months()[word]
        elif word not in _weekdays():
            raise Refused(UNCLEAR, text=whole)
    if day_number is None:
        raise Refused(UNCLEAR, text=whole)
    return Part(day_number, month_number, year_number)


@cache
def _weekdays() -> frozenset[str]:
    found = set()
    for language in LANGUAGES:
        for width in ("abbreviated", "wide", "short"):
            found |= {plain(name) for name in Locale(language).days["format"][width].values()}
    return frozenset(found)


def _day(year: int, month: int, day: int, text: str) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise Refused(N_("“{text}” names a day that does not exist."), text=text) from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(N_("“{text}” is too far away to be a fair."), text=text)
    return found


def _ordered(starts: date, ends: date, text: str) -> tuple[date, date]:
    if ends < starts:
        raise Refused(N_("“{text}” ends before it begins."), text=text)
    if (ends - starts).days >= LONGEST_DAYS:
        raise Refused(N_("“{text}” is longer than {n} days."), text=text, n=LONGEST_DAYS)
    return starts, ends
