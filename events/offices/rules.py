"""Offices in words: hours as people type them, kinds of resources, ladders, what is offered.

Hours are pairs of minutes after midnight on the wall clock of the office: 540 is 09:00.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise

from server.errors import Refused
from server.text import N_

Hours = tuple[tuple[int, int], ...]
DAY = 1440
MOST_UNITS = 500
MOST_RUNGS = 8

WEEKDAYS = (
    N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"),
    N_("Sunday"),
)  # fmt: skip


class Kind(StrEnum):
    """What a resource is."""

    HOT_DESK = "hot_desk"
    DESK = "desk"
    PRIVATE_OFFICE = "private_office"
    MEETING_ROOM = "meeting_room"
    SHOWROOM_SHELF = "showroom_shelf"
    VIRTUAL_ADDRESS = "virtual_address"
    ADVISOR = "advisor"
    INTERPRETER = "interpreter"
    RECEPTION = "reception"


KIND_NAMES: dict[Kind, str] = {
    Kind.HOT_DESK: N_("Hot desk"),
    Kind.DESK: N_("Desk"),
    Kind.PRIVATE_OFFICE: N_("Private office"),
    Kind.MEETING_ROOM: N_("Meeting room"),
    Kind.SHOWROOM_SHELF: N_("Showroom shelf"),
    Kind.VIRTUAL_ADDRESS: N_("Virtual address"),
    Kind.ADVISOR: N_("Advisor"),
    Kind.INTERPRETER: N_("Interpreter"),
    Kind.RECEPTION: N_("Delegation reception"),
}


class Span(StrEnum):
    """What lengths of a resource are counted in."""

    MINUTES = "minutes"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"


SPAN_NAMES: dict[Span, str] = {
    Span.MINUTES: N_("Minutes"),
    Span.DAYS: N_("Days"),
    Span.WEEKS: N_("Weeks"),
    Span.MONTHS: N_("Months"),
}
MOST_OF: dict[Span, int] = {Span.MINUTES: DAY, Span.DAYS: 366, Span.WEEKS: 104, Span.MONTHS: 36}


class Per(StrEnum):
    """What a line of the rate card is the price of."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    BOOKING = "booking"


PER_NAMES: dict[Per, str] = {
    Per.HOUR: N_("an hour"),
    Per.DAY: N_("a day"),
    Per.WEEK: N_("a week"),
    Per.MONTH: N_("a month"),
    Per.BOOKING: N_("a booking"),
}


class Supply(StrEnum):
    """What a resource is for VAT: the words of server.billing.vat.Supply that offices sell."""

    BARE_SPACE = "bare_space"
    ADVICE = "advice"
    CATERING = "catering"
    PACKAGE = "package"


SUPPLY_NAMES: dict[Supply, str] = {
    Supply.BARE_SPACE: N_("Space: a desk, a room, a shelf"),
    Supply.ADVICE: N_("Advice or interpreting"),
    Supply.CATERING: N_("Reception with food and drink"),
    Supply.PACKAGE: N_("Space with services"),
}

ATTRIBUTE_NAMES: dict[str, str] = {
    "screen": N_("Screen"),
    "video": N_("Video conference"),
    "wheelchair": N_("Step-free access"),
    "whiteboard": N_("Whiteboard"),
    "phone": N_("Telephone"),
    "locker": N_("Locker"),
    "daylight": N_("Daylight"),
    "kitchen": N_("Kitchen"),
    "online": N_("Also online"),
}
TOPIC_NAMES: dict[str, str] = {
    "market": N_("Market briefing"),
    "legal": N_("Legal questions"),
    "logistics": N_("Logistics"),
    "tax": N_("Tax and customs"),
    "formation": N_("Forming a company"),
    "contacts": N_("Introductions"),
}
_LINE = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})\s*[-–]\s*([0-9]{1,2})[:.]([0-9]{2})")


def read_hours(text: str) -> Hours:
    """“09:00-12:30 13:30-18:00” as minutes; nothing for an empty text.

    Raises Refused for what is no time, runs backwards or overlaps; 24:00 is the end of a day.
    """
    left = _LINE.sub("", text).replace(",", "").replace(";", "").strip()
    if left:
        raise Refused(N_("“{text}” is no opening hour. Write it as 09:00-18:00."), text=left[:40])
    found: list[tuple[int, int]] = []
    for opens_h, opens_m, closes_h, closes_m in _LINE.findall(text):
        opens = int(opens_h) * 60 + int(opens_m)
        closes = int(closes_h) * 60 + int(closes_m)
        if int(opens_m) > 59 or int(closes_m) > 59 or closes > DAY:
            raise Refused(N_("A day ends at 24:00 and an hour after 59 minutes. Correct it."))
        if opens >= closes:
            raise Refused(N_("It closes before it opens. Hours past midnight belong to the next"
                             " day."))  # fmt: skip
        found.append((opens, closes))
    found.sort()
    if any(a[1] > b[0] for a, b in pairwise(found)):
        raise Refused(N_("These hours overlap. Write them one after the other."))
    return tuple(found)


def clock_time(minute: int) -> str:
    """540 as 09:00; the end of the day as 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def write_hours(hours: Sequence[tuple[int, int]]) -> str:
    """The way back: what `read_hours` reads."""
    return " ".join(f"{clock_time(a)}-{clock_time(b)}" for a, b in hours)


def read_ladder(text: str) -> tuple[tuple[int, int], ...]:
    """Rungs as (hours, basis points), one a line: “24 100” is less than 24 hours, 100 %.

    Raises Refused; the nearer rung costs at least as much as the farther one.
    """
    found: dict[int, int] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        match = re.fullmatch(
            r"\s*([0-9]{1,4})\s*(?:h|:)?\s+([0-9]{1,3})(?:\.([0-9]{1,2}))?\s*%?\s*", line
        )
        if match is None:
            raise Refused(N_("“{line}” is no rung. Write hours and per cent, such as 24 100."),
                          line=line.strip()[:40])  # fmt: skip
        hours = int(match[1])
        share = int(match[2]) * 100 + int((match[3] or "0").ljust(2, "0"))
        if share > 10_000 or hours in found:
            raise Refused(N_("Each number of hours stands once, with at most 100 per cent."))
        found[hours] = share
    rungs = tuple(sorted(found.items()))
    if len(rungs) > MOST_RUNGS:
        raise Refused(N_("A ladder has at most {n} rungs."), n=MOST_RUNGS)
    if any(near[1] < far[1] for near, far in pairwise(rungs)):
        raise Refused(N_("Cancelling later cannot cost less than cancelling earlier."))
    return rungs
