"""What a calendar item is, when its revision rises, and which items a feed shows.

The order of revisions is that of RFC 5546 2.1.4: a client keeps the entry with the higher
SEQUENCE. SEQUENCE therefore rises here, and only here, whenever the time or the status of an item
changes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from server.text import N_

PAST = timedelta(days=90)
MONTHS_AHEAD = 24
CHUNKS = 64
"""Parts of a large feed; an item lies in the part that its number leaves over."""
KEEP_CANCELLED = timedelta(days=90)
SECOND = timedelta(seconds=1)


class Kind(StrEnum):
    """What an item is about."""

    FAIR = "fair"
    SETUP = "setup"
    OPENING = "opening"
    DISMANTLING = "dismantling"
    DEADLINE = "deadline"
    PAYMENT = "payment"
    MEETING = "meeting"
    BRIEFING = "briefing"
    TRAINING = "training"
    OFFICE_BOOKING = "office_booking"
    HOLIDAY = "holiday"


KIND_NAMES: dict[Kind, str] = {
    Kind.FAIR: N_("Trade fair"),
    Kind.SETUP: N_("Set-up"),
    Kind.OPENING: N_("Opening hours"),
    Kind.DISMANTLING: N_("Dismantling"),
    Kind.DEADLINE: N_("Deadline"),
    Kind.PAYMENT: N_("Payment due"),
    Kind.MEETING: N_("Meeting"),
    Kind.BRIEFING: N_("Briefing"),
    Kind.TRAINING: N_("Training"),
    Kind.OFFICE_BOOKING: N_("Office booking"),
    Kind.HOLIDAY: N_("Public holiday"),
}
DUE = frozenset({Kind.DEADLINE, Kind.PAYMENT})
PLACE_MATTERS = frozenset({Kind.MEETING, Kind.BRIEFING, Kind.TRAINING, Kind.OFFICE_BOOKING})


class Status(StrEnum):
    """The three states of an item; a cancelled one may be put again."""

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class Visibility(StrEnum):
    """Who sees an item: everybody, one company and its agency, or the agency alone."""

    PUBLIC = "public"
    COMPANY = "company"
    AGENCY = "agency"


class Answer(StrEnum):
    """What somebody said to an invitation (PARTSTAT of RFC 5545 3.2.12, in small letters)."""

    NONE = "needs-action"
    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"


ANSWER_NAMES: dict[Answer, str] = {
    Answer.NONE: N_("No answer yet"),
    Answer.ACCEPTED: N_("Yes, I will come"),
    Answer.TENTATIVE: N_("Perhaps"),
    Answer.DECLINED: N_("No, I cannot come"),
}


@dataclass(frozen=True, slots=True)
class Timing:
    """When an item is. Wall times are naive and belong to `tz`.

    A timed item has `start` and perhaps `end`. An all-day item has `start_on` and `end_on`, the
    day *after* its last one; if it also has `start`, that is the exact time on that day (a
    deadline's hour).
    """

    tz: str
    start: datetime | None = None
    end: datetime | None = None
    start_on: date | None = None
    end_on: date | None = None

    @property
    def all_day(self) -> bool:
        return self.start_on is not None


@dataclass(frozen=True, slots=True)
class Content:
    """All that a room says about an item."""

    kind: Kind
    timing: Timing
    summary: str
    description: str = ""
    location: str = ""
    url: str = ""
    visibility: Visibility = Visibility.PUBLIC
    sectors: tuple[str, ...] = ()
    country: str = ""
    status: Status = Status.CONFIRMED


@dataclass(frozen=True, slots=True)
class Revision:
    """The two numbers by which a calendar program knows that an entry is newer."""

    sequence: int
    last_modified: datetime


def revise(
    before: Content | None, revision: Revision | None, after: Content, now: datetime
) -> Revision | None:
    """The revision of `after`, or None when nothing has changed.

    The first one is number 0. LAST-MODIFIED has whole seconds and rises strictly, even within one
    second.
    """
    now = now.astimezone(UTC).replace(microsecond=0)
    if before is None or revision is None:
        return Revision(0, now)
    if before == after:
        return None
    rise = 1 if _significant(before) != _significant(after) else 0
    return Revision(revision.sequence + rise, max(now, revision.last_modified + SECOND))


def _significant(content: Content) -> tuple[object, ...]:
    place = content.location if content.kind in PLACE_MATTERS else None
    return content.timing, content.status, place


def timing(
    kind: Kind,
    tz: str,
    start: datetime | None,
    end: datetime | None,
    start_on: date | None,
    end_on: date | None,
) -> Timing:
    """The timing of an item as rooms describe it: `end_on` is the last day itself.

    Something due at an hour becomes an entry of that whole day, because a moment is easily
    overlooked in a calendar. Raises ValueError for times that fit no item: this is a fault of the
    calling room, not of a person.
    """
    if any(moment is not None and moment.tzinfo is not None for moment in (start, end)):
        raise ValueError("calendar times are naive wall times with a zone beside them")
    if (start is None) == (start_on is None):
        raise ValueError("a calendar item needs either start or start_on")
    if start_on is not None:
        last = end_on or start_on
        if end is not None or last < start_on:
            raise ValueError("an all-day item ends on its first day or later, and at no hour")
        return Timing(tz, start_on=start_on, end_on=last + timedelta(days=1))
    assert start is not None
    if end_on is not None or (end is not None and end < start):
        raise ValueError("a timed item ends at its start or later, and on no day")
    if kind in DUE:
        # Midnight is the end of the day before it: "until 24:00 on the 30th".
        day = start.date() - timedelta(days=1) if start.time() == time(0) else start.date()
        return Timing(tz, start=start, start_on=day, end_on=day + timedelta(days=1))
    return Timing(tz, start=start, end=None if end == start else end)


def window(day: date) -> tuple[date, date]:
    """The first day a feed of `day` shows, and the first it does not show any more."""
    months = day.month - 1 + MONTHS_AHEAD
    year, month = day.year + months // 12, months % 12 + 1
    return day - PAST, date(year, month, min(day.day, _length(year, month)))


def _length(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


_BREAKS = re.compile("\r\n|[\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")


def clean(text: str) -> str:
    """Text of several lines with plain line breaks and without control characters."""
    return _UNPRINTABLE.sub("", _BREAKS.sub("\n", text)).strip()


def clean_line(text: str) -> str:
    """Text of one line."""
    return " ".join(clean(text).split())


def clean_url(url: str) -> str:
    """A web address that may stand in a feed, else nothing."""
    return url if re.fullmatch(r"https?://[!-~]+", url) else ""
