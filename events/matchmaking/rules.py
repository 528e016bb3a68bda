"""What a session of meetings is: kinds, states, slots of a timetable, groups, who may take part."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise

from server.errors import Conflict, Refused
from server.text import N_

MOST_SLOTS = 400
MOST_DAYS = 31
MOST_PLACES = 500


class Kind(StrEnum):
    """Where people meet."""

    FAIR = "fair"
    OFFICE = "office"
    ONLINE = "online"
    INWARD = "inward"
    """A delegation visits companies: places are the companies' premises."""


KIND_NAMES: dict[Kind, str] = {
    Kind.FAIR: N_("At a fair"),
    Kind.OFFICE: N_("At an office or in a hall"),
    Kind.ONLINE: N_("Online"),
    Kind.INWARD: N_("At the companies: a delegation visits them"),
}


class SessionState(StrEnum):
    """Where a session stands."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    RUNNING = "running"
    OVER = "over"
    CANCELLED = "cancelled"


SESSION_MOVES: Mapping[SessionState, frozenset[SessionState]] = {
    SessionState.DRAFT: frozenset({SessionState.OPEN, SessionState.CANCELLED}),
    SessionState.OPEN: frozenset(
        {SessionState.CLOSED, SessionState.RUNNING, SessionState.CANCELLED}
    ),
    SessionState.CLOSED: frozenset(
        {SessionState.OPEN, SessionState.RUNNING, SessionState.CANCELLED}
    ),
    SessionState.RUNNING: frozenset({SessionState.OVER, SessionState.CANCELLED}),
    SessionState.OVER: frozenset(),
    SessionState.CANCELLED: frozenset(),
}
LIVE = frozenset({SessionState.OPEN, SessionState.CLOSED, SessionState.RUNNING})


class ParticipantState(StrEnum):
    """Where somebody stands in a session."""

    APPLIED = "applied"
    UNPAID = "unpaid"
    TAKING = "taking"
    REFUSED = "refused"
    LEFT = "left"


PARTICIPANT_MOVES: Mapping[ParticipantState, frozenset[ParticipantState]] = {
    ParticipantState.APPLIED: frozenset(
        {
            ParticipantState.UNPAID,
            ParticipantState.TAKING,
            ParticipantState.REFUSED,
            ParticipantState.LEFT,
        }
    ),
    ParticipantState.UNPAID: frozenset({ParticipantState.TAKING, ParticipantState.LEFT}),
    ParticipantState.TAKING: frozenset({ParticipantState.LEFT}),
    ParticipantState.REFUSED: frozenset(
        {ParticipantState.UNPAID, ParticipantState.TAKING, ParticipantState.APPLIED}
    ),
    ParticipantState.LEFT: frozenset(
        {ParticipantState.APPLIED, ParticipantState.UNPAID, ParticipantState.TAKING}
    ),
}


class CameBy(StrEnum):
    """How somebody came into a session."""

    INVITATION = "invitation"
    APPLICATION = "application"
    EXHIBITOR = "exhibitor"
    AGENCY = "agency"


class PlaceKind(StrEnum):
    """What a place is."""

    TABLE = "table"
    STAND = "stand"
    ROOM = "room"
    COMPANY = "company"
    VIDEO = "video"


PLACE_NAMES: dict[PlaceKind, str] = {
    PlaceKind.TABLE: N_("Table"),
    PlaceKind.STAND: N_("Stand"),
    PlaceKind.ROOM: N_("Room"),
    PlaceKind.COMPANY: N_("Premises of a company"),
    PlaceKind.VIDEO: N_("Video"),
}


def move(now: SessionState, to: SessionState) -> None:
    """Refuse a move that the table does not know."""
    if to not in SESSION_MOVES[now]:
        raise Conflict(
            N_("The session is {state} now, so this is not possible any more. Nothing changed."),
            state=now.value,
        )


def move_participant(now: ParticipantState, to: ParticipantState) -> None:
    """Refuse a move that the table does not know."""
    if to not in PARTICIPANT_MOVES[now]:
        raise Conflict(
            N_("This person is “{state}” now, so this is not possible any more. Nothing changed."),
            state=now.value,
        )


@dataclass(frozen=True, slots=True)
class Half:
    """A stretch of one day without a long break: a morning, an afternoon."""

    day: date
    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot on the session's own clock. `number` and `half` count from 0."""

    number: int
    half: int
    start: datetime
    end: datetime


_SPAN = re.compile(r"(\d{1,2})[:.](\d\d)\s*(?:-|–|to|bis)\s*(\d{1,2})[:.](\d\d)", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)[\s:,]+(.+)")


def _span(day: date, found: tuple[str, str, str, str], line: str) -> Half:
    try:
        starts, ends = time(int(found[0]), int(found[1])), time(int(found[2]), int(found[3]))
    except ValueError:
        raise Refused(
            N_("“{line}” names an hour that does not exist."), field="other_days", line=line
        ) from None
    if ends <= starts:
        raise Refused(
            N_("“{line}” ends before it begins. Change the hours."), field="other_days", line=line
        )
    return Half(day, starts, ends)


def halves(
    first: date,
    last: date,
    usual: Sequence[tuple[time, time]],
    other: str = "",
) -> list[Half]:
    """The half-days of a timetable: the `usual` spans on each day, and what `other` says of single
    days line by line: "2027-03-05 09:00-12:30 13:30-17:00" or "2027-03-05 none". Raises Refused.
    """
    if last < first:
        raise Refused(N_("The last day is before the first day."), field="last_on")
    if (last - first).days >= MOST_DAYS:
        raise Refused(
            N_("A session has at most {n} days. Check the dates."), field="last_on", n=MOST_DAYS
        )
    for starts, ends in usual:
        if ends <= starts:
            raise Refused(
                N_("{starts} to {ends} ends before it begins. Change the hours."),
                field="morning_until",
                starts=f"{starts:%H:%M}",
                ends=f"{ends:%H:%M}",
            )
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    found = {day: [Half(day, *span) for span in usual] for day in days}
    for raw in other.splitlines():
        line = raw.strip()
        if not line:
            continue
        named = _DAY.fullmatch(line)
        try:
            day = date(*(int(each) for each in named.groups()[:3])) if named else None
        except ValueError:
            day = None
        spans = _SPAN.findall(named[4]) if named else []
        none = bool(named) and named is not None and named[4].strip().lower() in ("none", "closed")
        if day is None or not (spans or none):
            raise Refused(
                N_(
                    "“{line}” is not understood. Write it like"
                    " 2027-03-05 09:00-12:30 13:30-17:00, or 2027-03-05 none."
                ),
                field="other_days",
                line=line,
            )
        if day not in found:
            raise Refused(
                N_("{day} is not a day of the session."), field="other_days", day=day.isoformat()
            )
        found[day] = [_span(day, each, line) for each in spans]
    made = sorted((half for each in found.values() for half in each), key=_begins)
    for before, after in pairwise(made):
        if after.day == before.day and after.starts < before.ends:
            raise Refused(
                N_("On {day} one half-day begins before the other ends."),
                field="other_days" if other.strip() else "afternoon_from",
                day=after.day.isoformat(),
            )
    return made


def _begins(half: Half) -> tuple[date, time]:
    return half.day, half.starts


def timetable(spans: Iterable[Half], minutes: int, gap: int = 0) -> list[Slot]:
    """The slots of `minutes` that fit into half-days, with `gap` minutes between two.

    A remainder that is no whole slot stays free. Raises Refused where none fits, or too many do.
    """
    made: list[Slot] = []
    half = 0
    for each in spans:
        at, end = datetime.combine(each.day, each.starts), datetime.combine(each.day, each.ends)
        before = len(made)
        while at + timedelta(minutes=minutes) <= end:
            until = at + timedelta(minutes=minutes)
            made.append(Slot(len(made), half, at, until))
            if len(made) > MOST_SLOTS:
                raise Refused(
                    N_("This makes more than {n} slots. Take longer slots or fewer days."),
                    field="minutes",
                    n=MOST_SLOTS,
                )
            at = until + timedelta(minutes=gap)
        half += len(made) > before
    if not made:
        raise Refused(
            N_("No slot of {n} minutes fits into these hours. Take shorter slots or longer hours."),
            field="minutes",
            n=minutes,
        )
    return made


def usual(
    slots: Sequence[tuple[int, datetime, datetime]],
) -> tuple[list[tuple[time, time]], str]:
    """The way back from (half, start, end): the spans most days have, and lines of other days."""
    by_half: dict[int, tuple[datetime, datetime]] = {}
    for half, start, end in slots:
        known = by_half.get(half, (start, end))
        by_half[half] = (min(known[0], start), max(known[1], end))
    by_day: dict[date, list[tuple[time, time]]] = {}
    for start, end in sorted(by_half.values()):
        by_day.setdefault(start.date(), []).append((start.time(), end.time()))
    if not by_day:
        return [], ""
    plain = [tuple(each) for each in by_day.values() if len(each) <= 2]
    often = max(dict.fromkeys(plain), key=plain.count) if plain else ()
    lines = []
    day, last = min(by_day), max(by_day)
    while day <= last:
        spans = by_day.get(day, [])
        if tuple(spans) != often:
            said = " ".join(f"{a:%H:%M}-{b:%H:%M}" for a, b in spans) or "none"
            lines.append(f"{day.isoformat()} {said}")
        day += timedelta(days=1)
    return list(often), "\n".join(lines)


def labels(prefix: str, first: int, count: int, taken: Iterable[str]) -> list[str]:
    """ "T", 1, 3 -> T1, T2, T3. Refused where one of them is a place already."""
    made = [f"{prefix}{n}" for n in range(first, first + count)]
    known = sorted(set(made) & set(taken))
    if known:
        raise Refused(
            N_("There is a place {label} already. Begin with another number, or change the word."),
            field="first",
            label=known[0],
        )
    return made
