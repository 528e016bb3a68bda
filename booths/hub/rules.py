"""What exhibitors owe before the fair, until when, and what a late order costs more. Pure."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from server.errors import Refused
from server.money import of_bp
from server.text import N_

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


class Kind(StrEnum):
    """What a task asks for."""

    CATALOGUE = "catalogue"
    LOGO = "logo"
    GRAPHICS = "graphics"
    BADGES = "badges"
    ORDERS = "orders"
    FREIGHT = "freight"
    INSURANCE = "insurance"
    CUSTOM = "custom"


KIND_NAMES = {
    Kind.CATALOGUE: N_("Catalogue entry"),
    Kind.LOGO: N_("Logo for print"),
    Kind.GRAPHICS: N_("Graphics for the stand"),
    Kind.BADGES: N_("Exhibitor badges"),
    Kind.ORDERS: N_("Furniture, power and other services"),
    Kind.FREIGHT: N_("Freight"),
    Kind.INSURANCE: N_("Insurance"),
    Kind.CUSTOM: N_("Something else"),
}
PRINTED = (Kind.LOGO, Kind.GRAPHICS)
ONCE = (Kind.CATALOGUE, Kind.BADGES)
"""Kinds of which a call has one task: what they collect belongs to the exhibitor."""


class Wants(StrEnum):
    """What a task of one's own asks for."""

    CONFIRMATION = "confirmation"
    TEXT = "text"
    FILE = "file"


class Colour(StrEnum):
    """The colours a printer takes."""

    ANY = "any"
    CMYK = "cmyk"
    RGB = "rgb"


FORMATS = ("pdf", "tiff", "png", "jpeg")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a task allows. Lengths in mm; each kind reads its own fields and ignores the others."""

    characters: int = 600
    formats: tuple[str, ...] = FORMATS
    dpi: int = 150
    width_mm: int = 1000
    height_mm: int = 1000
    bleed_mm: int = 0
    colour: Colour = Colour.ANY
    transparency: bool = True
    badges: int = 1
    badge_step_m2: Decimal = Decimal(3)
    badge_minor: int = 0
    wants: Wants = Wants.CONFIRMATION


@dataclass(frozen=True, slots=True)
class Usual:
    """A task as most joint booths have it."""

    kind: Kind
    explanation: str
    days_before: int
    required: bool
    limits: Limits = Limits()


USUAL = (
    Usual(
        Kind.CATALOGUE,
        N_("How visitors find you: the text of the joint catalogue, on paper and on the web."),
        70,
        True,
    ),
    Usual(
        Kind.LOGO,
        N_("Your logo for the catalogue and the fascia, as the printer needs it."),
        63,
        True,
        Limits(dpi=300, width_mm=100, height_mm=40),
    ),
    Usual(
        Kind.GRAPHICS,
        N_("The picture for the back wall of your stand, at its full size."),
        49,
        False,
        Limits(width_mm=950, height_mm=2350, bleed_mm=5, transparency=False),
    ),
    Usual(
        Kind.ORDERS,
        N_("What is not part of your stand: furniture, power, water, cleaning."),
        42,
        True,
    ),
    Usual(
        Kind.BADGES,
        N_("Who will work at your stand. Without a badge nobody gets in before the doors open."),
        28,
        True,
    ),
    Usual(
        Kind.FREIGHT,
        N_("What you send, so that the forwarder can plan lorries and customs."),
        35,
        True,
    ),
    Usual(
        Kind.INSURANCE,
        N_("Proof of the liability insurance that the organiser of the fair asks for."),
        21,
        False,
    ),
)


def due_at(
    starts_on: date, tz: str, *, days_before: int | None = None, due_on: date | None = None
) -> datetime:
    """The instant at which a task is late, in UTC: the midnight that ends its last day at the fair.

    The last day is `days_before` the fair opens (negative: after it has opened), or `due_on`.
    """
    if (days_before is None) == (due_on is None):
        raise ValueError("a task is due some days before the fair, or on a day")
    last = due_on if due_on is not None else starts_on - DAY * (days_before or 0)
    return datetime.combine(last + DAY, time(), ZoneInfo(tz)).astimezone(UTC)


def last_day(due: datetime, tz: str) -> date:
    """The day that `due` ends."""
    return (due - SECOND).astimezone(ZoneInfo(tz)).date()


class TaskState(StrEnum):
    """Where a task is, for one exhibitor."""

    TO_DO = "to_do"
    LATE = "late"
    DONE = "done"
    NOT_NEEDED = "not_needed"


class Marked(StrEnum):
    """What is written down about a task; while nothing is, the clock decides."""

    OPEN = "open"
    DONE = "done"
    NOT_NEEDED = "not_needed"


STATE_NAMES = {
    TaskState.TO_DO: N_("To do"),
    TaskState.LATE: N_("Late"),
    TaskState.DONE: N_("Done"),
    TaskState.NOT_NEEDED: N_("Not needed"),
}
TONES = {
    TaskState.TO_DO: "info",
    TaskState.LATE: "bad",
    TaskState.DONE: "good",
    TaskState.NOT_NEEDED: "quiet",
}


def task_state(marked: Marked | None, required: bool, due: datetime, now: datetime) -> TaskState:
    """The state at `now`. Late is what is required, open, and whose deadline has passed."""
    if marked is Marked.DONE:
        return TaskState.DONE
    if marked is Marked.NOT_NEEDED:
        return TaskState.NOT_NEEDED
    if now < due:
        return TaskState.TO_DO
    return TaskState.LATE if required else TaskState.NOT_NEEDED


def badges_free(area_m2: Decimal, n: int, step_m2: Decimal) -> int:
    """Free badges of a stand: `n` for each started `step_m2`. 10 m² at 1 per 3 m² are 4."""
    return n * int((area_m2 / step_m2).to_integral_value(ROUND_CEILING))


def badges_to_pay(names: int, free: int, bought: int) -> int:
    """How many badges must be ordered now for `names`, when `bought` are paid for already."""
    return max(0, names - free - bought)


def reminder_due(left: int, thresholds: Collection[int]) -> int | None:
    """The reminder that is due `left` days before the deadline: the nearest threshold passed.

    None before the first one and after the deadline: who is late is reminded by a person.
    """
    passed = [days for days in thresholds if 0 <= left <= days]
    return min(passed, default=None)


# -- the shop ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Terms:
    """When a service can be ordered in the shop, in days before the fair opens.

    After the day `late_days` before it costs `surcharge_bp` more; after the day `last_days` before
    it cannot be ordered. None: no such day.
    """

    offered: bool = True
    late_days: int | None = None
    surcharge_bp: int = 0
    last_days: int | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """The same as instants. `late_at` and `ends_at` are the first instants after those days."""

    late_at: datetime | None
    surcharge_bp: int
    ends_at: datetime | None

    def open(self, now: datetime) -> bool:
        """Whether an order is still taken."""
        return self.ends_at is None or now < self.ends_at

    def surcharge(self, now: datetime) -> int:
        """The surcharge at `now`, in basis points."""
        return self.surcharge_bp if self.late_at is not None and now >= self.late_at else 0

    @property
    def cheap_until(self) -> datetime | None:
        """The last second at the plain price: people read a midnight as the day after."""
        return self.late_at and self.late_at - SECOND

    @property
    def last(self) -> datetime | None:
        """The last second of all."""
        return self.ends_at and self.ends_at - SECOND

    @property
    def cancel_until(self) -> datetime | None:
        """An order can be taken back until it would cost more, at the latest until the end."""
        known = [each for each in (self.late_at, self.ends_at) if each is not None]
        return min(known, default=None)


def window(terms: Terms, ends_at: datetime | None, starts_on: date, tz: str) -> Window:
    """The instants of `terms`; `ends_at` is the last instant on the price list, if it has one."""

    def instant(days: int | None) -> datetime | None:
        return None if days is None else due_at(starts_on, tz, days_before=days)

    ends = [each for each in (instant(terms.last_days), ends_at) if each is not None]
    late = instant(terms.late_days) if terms.surcharge_bp else None
    return Window(late, terms.surcharge_bp, min(ends, default=None))


def surcharge_minor(net_minor: int, bp: int) -> int:
    """What a late order costs more, half a unit up."""
    return of_bp(net_minor, bp)


# -- codes of exhibitors -------------------------------------------------------------------------

_LETTERS = "23456789ABCDFGHJKMNPQRSTVWXYZ"  # no 0, 1, I, L, O; no E and U, so no words
_LENGTH = 7
_SPACE = len(_LETTERS) ** _LENGTH
_STEP = 9_876_543_211  # shares no factor with 29, so every id has its own code
_START = 1_234_567_891


def code_of(application_id: int) -> str:
    """The short code of an exhibitor: always the same, without letters that are read wrongly."""
    left = (application_id * _STEP + _START) % _SPACE
    found = []
    for _ in range(_LENGTH):
        left, digit = divmod(left, len(_LETTERS))
        found.append(_LETTERS[digit])
    return "".join(found).lower()


def application_of(code: str) -> int | None:
    """The application of a code, as people type it; None where it can be none."""
    plain = code.upper()
    if len(plain) != _LENGTH or any(letter not in _LETTERS for letter in plain):
        return None
    number = 0
    for letter in reversed(plain):
        number = number * len(_LETTERS) + _LETTERS.index(letter)
    found = (number - _START) * pow(_STEP, -1, _SPACE) % _SPACE
    return found if 0 < found < 2**31 else None


# -- characters ----------------------------------------------------------------------------------

_JOINER = "\u200d"


def characters(text: str) -> int:
    """How many characters people see: an accent, a skin tone or a flag counts with its letter."""
    count = 0
    joined = flag = False
    for letter in text:
        extends = (
            unicodedata.category(letter) in ("Mn", "Me", "Mc")
            or letter == _JOINER
            or "\ufe00" <= letter <= "\ufe0f"
            or "\U0001f3fb" <= letter <= "\U0001f3ff"
            or "\U000e0020" <= letter <= "\U000e007f"
        )
        is_flag = "\U0001f1e6" <= letter <= "\U0001f1ff"
        if extends and count:
            joined = letter == _JOINER
            continue
        if joined or (is_flag and flag):
            joined = flag = False
            continue
        count += 1
        joined, flag = False, is_flag
    return count


def within(text: str, most: int, field: str) -> None:
    """Refuse a text that is longer than `most` characters, with how many are too many."""
    found = characters(text)
    if found > most:
        raise Refused(
            N_("This has {n} characters; {most} fit. Take out at least {over}."),
            field=field,
            n=found,
            most=most,
            over=found - most,
        )


# -- badges --------------------------------------------------------------------------------------


def badge_names(text: str) -> list[tuple[str, str]]:
    """(name, function) of each line such as "Ana Costa, sales"; empty lines are left out."""
    found = []
    for line in text.splitlines():
        name, _, function = line.partition(",")
        if name.strip():
            found.append((re.sub(r"\s+", " ", name.strip()), re.sub(r"\s+", " ", function.strip())))
    return found


def badge_fault(names: list[tuple[str, str]]) -> str:
    """What no badge can be printed with, or nothing. The sentence has a place {name}."""
    for name, function in names:
        if characters(name) > 40 or characters(function) > 40:
            return name
    return ""


def languages_of(text: str) -> list[str]:
    """What somebody typed with commas between, each once."""
    found = [each.strip() for each in text.split(",")]
    return list(dict.fromkeys(each for each in found if each))


def progress(states: Mapping[int, TaskState]) -> tuple[int, int]:
    """(finished, all) of some tasks."""
    done = sum(1 for each in states.values() if each in (TaskState.DONE, TaskState.NOT_NEEDED))
    return done, len(states)
