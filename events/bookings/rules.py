"""The rules of bookings: lengths, how far ahead, which unit, free days, prices, cancellation.

Nothing here asks a clock or a database. Wall times are naive and belong to the office's zone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from server.errors import Conflict, Refused
from server.money import of_bp, round_half_up
from server.text import N_

MOST_PARTS = 60
HOLD = timedelta(minutes=10)
MOST_HOLDS = 5
"""So many choices a company may hold at once; a series or a package is one."""


class Span(StrEnum):
    """What the length of a booking is counted in."""

    MINUTES = "minutes"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"


class State(StrEnum):
    """How a booking stands."""

    HELD = "held"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    DONE = "done"
    NO_SHOW = "no_show"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


BLOCKING = frozenset({State.HELD, State.PENDING, State.CONFIRMED, State.DONE})
"""In these states nobody else can have the unit: the exclusion constraint names the same ones."""
TO_COME = frozenset({State.HELD, State.PENDING, State.CONFIRMED})

MOVES: dict[State, frozenset[State]] = {
    State.HELD: frozenset({State.PENDING, State.CONFIRMED, State.EXPIRED, State.CANCELLED}),
    State.PENDING: frozenset({State.CONFIRMED, State.REFUSED, State.CANCELLED}),
    State.CONFIRMED: frozenset({State.DONE, State.NO_SHOW, State.CANCELLED}),
}
STATE_NAMES: dict[State, str] = {
    State.HELD: N_("Held for you"),
    State.PENDING: N_("Waits for the office"),
    State.CONFIRMED: N_("Confirmed"),
    State.DONE: N_("Took place"),
    State.NO_SHOW: N_("Nobody came"),
    State.REFUSED: N_("Refused"),
    State.EXPIRED: N_("The hold has ended"),
    State.CANCELLED: N_("Cancelled"),
}


def move(now: State, to: State) -> None:
    """Refuse a step that the table does not have."""
    if to not in MOVES.get(now, frozenset()):
        raise Conflict(
            N_("This booking has changed in the meantime and stands differently now. Nothing was"
               " changed: look at it again.")
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be booked of a resource, and when: see events.offices.tables.Resource."""

    name: str
    span: Span
    step: int
    least: int
    most: int
    notice_minutes: int = 0
    horizon_days: int = 365
    before_minutes: int = 0
    after_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants: `length` spans of a resource from a wall time of its office on.

    `meant` answers what was asked back about a time on the night of a clock change ("earlier" or
    "later"); `unit` is a certain one, otherwise any.
    """

    resource: int
    start: datetime
    length: int
    meant: str = ""
    unit: int | None = None
    people: int = 1


def check_length(terms: Terms, length: int) -> None:
    """Too short, too long, or off the grid."""
    if length < terms.least:
        raise Refused(
            N_("{name} is booked for {least} {span} at least; you asked for {length}."),
            field="length", name=terms.name, least=terms.least, span=terms.span.value,
            length=length,
        )  # fmt: skip
    if length > terms.most:
        raise Refused(
            N_("{name} is booked for {most} {span} at most; you asked for {length}."),
            field="length", name=terms.name, most=terms.most, span=terms.span.value,
            length=length,
        )  # fmt: skip
    if terms.span is Span.MINUTES and length % terms.step:
        raise Refused(
            N_("{name} is booked in steps of {step} minutes; {length} is none."),
            field="length", name=terms.name, step=terms.step, length=length,
        )  # fmt: skip


def check_grid(terms: Terms, start: datetime) -> None:
    """A start in minutes lies on the grid, counted from midnight."""
    if terms.span is Span.MINUTES and (
        (start.hour * 60 + start.minute) % terms.step or start.second or start.microsecond
    ):
        raise Refused(
            N_("Bookings of {name} start every {step} minutes, counted from midnight."),
            field="start", name=terms.name, step=terms.step,
        )  # fmt: skip


def check_ahead(terms: Terms, begins: datetime, ends: datetime, on: date, now: datetime,
                today: date) -> None:  # fmt: skip
    """Over, too late, or beyond the horizon. `begins` and `ends` are the first open hours."""
    # What runs in days can still be had on its first day, while the office is open.
    missed = begins if terms.span is Span.MINUTES else ends
    if missed <= now:
        raise Refused(N_("That time is over. Choose a later one."), field="start")
    if terms.notice_minutes and begins - now < timedelta(minutes=terms.notice_minutes):
        raise Refused(
            N_("{name} is booked {ahead} ahead at the latest. Choose a later time."),
            field="start", name=terms.name, ahead=ahead(terms.notice_minutes),
        )  # fmt: skip
    last = today + timedelta(days=terms.horizon_days)
    if on > last:
        raise Refused(
            N_("{name} can be booked until {last} for now. Choose an earlier time."),
            field="start", name=terms.name, last=last.isoformat(),
        )  # fmt: skip


def ahead(minutes: int) -> str:
    """A notice as people say it, in whole days, hours or minutes."""
    for size, unit in ((1440, "d"), (60, "h")):
        if minutes % size == 0:
            return f"{minutes // size} {unit}"
    return f"{minutes} min"


def end_day(span: Span, first: date, length: int) -> date:
    """The day after the last one. A month ends on the same day of a later month, or its last."""
    if span is Span.MONTHS:
        return add_months(first, length)
    return first + timedelta(days=length * (7 if span is Span.WEEKS else 1))


def add_months(on: date, months: int) -> date:
    """The same day of a later month, or the last day of that month where it has none."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=on.day - 1), following - timedelta(days=1))


def series(first: datetime, every: Span, interval: int, times: int) -> tuple[datetime, ...]:
    """The wall times of a series: each `interval` days, weeks or months, `times` in all.

    Months without that day have its last one. Refused beyond MOST_PARTS.
    """
    if not 1 <= times <= MOST_PARTS or interval < 1 or every is Span.MINUTES:
        raise Refused(
            N_("A series has between 1 and {most} dates."), field="times", most=MOST_PARTS
        )
    days = (
        add_months(first.date(), interval * n)
        if every is Span.MONTHS
        else first.date() + timedelta(days=(7 if every is Span.WEEKS else 1) * interval * n)
        for n in range(times)
    )
    return tuple(datetime.combine(day, first.time()) for day in days)


def best_unit(
    units: Sequence[tuple[int, int]],
    taken: Mapping[int, Sequence[tuple[datetime, datetime]]],
    blocked: tuple[datetime, datetime],
) -> int | None:
    """The free unit whose free stretch around `blocked` is the shortest, so that long ones stay.

    `units` are (id, number). Among equal stretches, one that it touches; then the lowest number.
    None where no unit is free.
    """
    start, end = blocked
    best: tuple[timedelta, timedelta, int, int] | None = None
    for unit, number in units:
        of = taken.get(unit, ())
        if any(a < end and start < b for a, b in of):
            continue
        before = min((start - b for _, b in of if b <= start), default=timedelta.max // 4)
        after = min((a - end for a, _ in of if a >= end), default=timedelta.max // 4)
        found = (before + after, min(before, after), number, unit)
        best = found if best is None else min(best, found)
    return None if best is None else best[3]


def most_at_once(spans: Iterable[tuple[datetime, datetime]]) -> int:
    """How many of half-open `spans` run at one moment at most."""
    edges = sorted(each for a, b in spans for each in ((a, 1), (b, -1)))
    now = most = 0
    for _, by in edges:
        now += by
        most = max(most, now)
    return most


@dataclass(frozen=True, slots=True)
class Quota:
    """Free days of one year: what each may have and what is used already."""

    per_company: int
    per_undertaking: int
    company_used: int = 0
    undertaking_used: int = 0

    @property
    def left(self) -> int:
        """The smaller rest counts."""
        return max(
            0,
            min(self.per_company - self.company_used, self.per_undertaking - self.undertaking_used),
        )


def free_days(days: Sequence[date], quotas: Mapping[int, Quota]) -> tuple[date, ...]:
    """Which of `days`, in order, are free: each year has its own quota."""
    left = {year: quota.left for year, quota in quotas.items()}
    found = []
    for day in sorted(days):
        if left.get(day.year, 0) > 0:
            left[day.year] -= 1
            found.append(day)
    return tuple(found)


class Per(StrEnum):
    """What a line of the rate card is the price of."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    BOOKING = "booking"


@dataclass(frozen=True, slots=True)
class Rate:
    """A line of a rate card, in force from `since` until a later one of the same kind."""

    since: date
    per: Per
    price_minor: int


_COUNTED = {Span.DAYS: Per.DAY, Span.WEEKS: Per.WEEK, Span.MONTHS: Per.MONTH}


def price(rates: Sequence[Rate], span: Span, length: int, open_days: int, on: date) -> int:
    """The price in minor units, net, by the rate card of `on`; nothing where it has no line.

    A line for the whole booking comes first, then the one of its own span; minutes are a part of
    an hour (rounded half up), other spans cost their open days.
    """
    valid = {rate.per: rate.price_minor for rate in sorted(rates, key=lambda each: each.since)
             if rate.since <= on}  # fmt: skip
    if Per.BOOKING in valid:
        return valid[Per.BOOKING]
    if span is Span.MINUTES:
        if Per.HOUR in valid:
            return round_half_up(Decimal(valid[Per.HOUR] * length) / 60)
        return valid.get(Per.DAY, 0)
    if _COUNTED[span] in valid:
        return valid[_COUNTED[span]] * (open_days if span is Span.DAYS else length)
    return valid.get(Per.DAY, 0) * open_days


@dataclass(frozen=True, slots=True)
class Quote:
    """What a booking costs: the whole by the rate card, what free days are worth, the rest."""

    whole_minor: int
    free_minor: int
    free_on: tuple[date, ...]

    @property
    def price_minor(self) -> int:
        """What is charged."""
        return self.whole_minor - self.free_minor


def quote(whole_minor: int, open_days: int, free_on: tuple[date, ...]) -> Quote:
    """Free days take their part of the price, rounded down as aid is."""
    if not free_on or not open_days:
        return Quote(whole_minor, 0, ())
    return Quote(whole_minor, whole_minor * len(free_on) // open_days, free_on)


@dataclass(frozen=True, slots=True)
class Rung:
    """Less than `hours` before the start, `share_bp` of the price is due."""

    since: date
    hours: int
    share_bp: int


def rungs_of(rungs: Sequence[Rung], booked_on: date) -> tuple[Rung, ...]:
    """The ladder in force when it was booked, the nearest rung first."""
    known = [rung for rung in rungs if rung.since <= booked_on]
    latest = max((rung.since for rung in known), default=None)
    return tuple(sorted((r for r in known if r.since == latest), key=lambda r: r.hours))


def share_due(ladder: Sequence[Rung], before: timedelta) -> int:
    """What share (basis points) a cancellation `before` the start costs."""
    for rung in sorted(ladder, key=lambda each: each.hours):
        if before < timedelta(hours=rung.hours):
            return rung.share_bp
    return 0


def due(price_minor: int, share_bp: int) -> int:
    """What a cancelled booking still costs."""
    return min(price_minor, of_bp(price_minor, share_bp))
