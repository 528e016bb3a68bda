"""Enquiries: what may follow what, working time, routes, and what no article may say. Pure.

Hours are working hours of the desk that answers: its weekdays and hours on its own wall clock,
without the public holidays of its country.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from server.errors import Conflict
from server.text import N_

LANGUAGES = (
    "ar", "cs", "da", "de", "el", "en", "es", "fi", "fr", "hu", "it", "lt", "nb", "nl", "pl", "pt",
    "ro", "ru", "sv", "tr", "uk",
)  # fmt: skip
QUICKEST = timedelta(seconds=3)
FORM_LASTS = timedelta(hours=24)
MOST_PER_ADDRESS = 10
MOST_PER_EMAIL = 3
COUNTED_FOR = timedelta(hours=1)
UNCONFIRMED_FOR = timedelta(days=3)
ADDRESS_KEPT = timedelta(days=1)
VOTES_KEPT = timedelta(days=2)
QUIET_FOR = timedelta(days=30)
LONGEST_SPAN = 3700


class State(StrEnum):
    """Where an enquiry stands."""

    UNCONFIRMED = "unconfirmed"
    WAITING = "waiting"
    CONSENT = "consent"
    ANSWERED = "answered"
    CLOSED = "closed"
    PASSED_ON = "passed_on"


class Act(StrEnum):
    """What can be done with an enquiry."""

    CONFIRM = "confirm"
    ANSWER = "answer"
    WRITE = "write"
    ASK_CONSENT = "ask_consent"
    REFUSE = "refuse"
    MOVE = "move"
    SEND_OUT = "send_out"
    CLOSE = "close"


MOVES: dict[tuple[State, Act], State] = {
    (State.UNCONFIRMED, Act.CONFIRM): State.WAITING,
    (State.WAITING, Act.ANSWER): State.ANSWERED,
    (State.ANSWERED, Act.ANSWER): State.ANSWERED,
    (State.WAITING, Act.WRITE): State.WAITING,
    (State.CONSENT, Act.WRITE): State.CONSENT,
    (State.ANSWERED, Act.WRITE): State.WAITING,
    (State.CLOSED, Act.WRITE): State.WAITING,
    (State.WAITING, Act.ASK_CONSENT): State.CONSENT,
    (State.ANSWERED, Act.ASK_CONSENT): State.CONSENT,
    (State.CONSENT, Act.REFUSE): State.WAITING,
    (State.WAITING, Act.MOVE): State.WAITING,
    (State.ANSWERED, Act.MOVE): State.WAITING,
    (State.CONSENT, Act.MOVE): State.WAITING,
    (State.CONSENT, Act.SEND_OUT): State.PASSED_ON,
    (State.WAITING, Act.CLOSE): State.CLOSED,
    (State.CONSENT, Act.CLOSE): State.CLOSED,
    (State.ANSWERED, Act.CLOSE): State.CLOSED,
}

OPEN = frozenset({State.WAITING, State.CONSENT, State.ANSWERED})
_NOT_NOW = {
    State.UNCONFIRMED: N_("This question was not confirmed yet. Follow the link in the mail."),
    State.WAITING: N_("This question waits for its answer now. Look at it again."),
    State.CONSENT: N_(
        "The person was asked whether their question may be passed on: wait for their answer."
    ),
    State.ANSWERED: N_("This question was answered in the meantime. Look at it again."),
    State.CLOSED: N_(
        "This question is closed. Nothing was done: a new message of the person opens it again."
    ),
    State.PASSED_ON: N_("This question was passed on to another organisation, which answers it."),
}


def can(state: State, act: Act) -> bool:
    """Whether `act` has a place in `state`."""
    return (state, act) in MOVES


def after(state: State, act: Act) -> State:
    """The state after an act; Conflict where it has no place."""
    found = MOVES.get((state, act))
    if found is None:
        raise Conflict(_NOT_NOW[state])
    return found


@dataclass(frozen=True, slots=True)
class Week:
    """The hours of a desk: ISO weekdays and wall-clock hours in its zone; `off` knows the public
    holidays."""

    tz: str
    days: frozenset[int]
    opens: time
    closes: time
    off: Callable[[date], bool]

    def span(self, day: date) -> tuple[datetime, datetime] | None:
        """The instants between which the desk works on a day, if it does."""
        if day.isoweekday() not in self.days or self.off(day):
            return None
        zone = ZoneInfo(self.tz)
        return (
            datetime.combine(day, self.opens, zone).astimezone(ZoneInfo("UTC")),
            datetime.combine(day, self.closes, zone).astimezone(ZoneInfo("UTC")),
        )


def _days(week: Week, start: datetime, end: datetime | None = None) -> Iterable[date]:
    day = start.astimezone(ZoneInfo(week.tz)).date()
    last = end.astimezone(ZoneInfo(week.tz)).date() if end else day + timedelta(days=LONGEST_SPAN)
    while day <= last:
        yield day
        day += timedelta(days=1)


def working_minutes(week: Week, start: datetime, end: datetime) -> int:
    """Whole minutes of the desk's hours between two instants."""
    total = timedelta(0)
    for day in _days(week, start, end):
        if span := week.span(day):
            total += max(timedelta(0), min(span[1], end) - max(span[0], start))
    return int(total.total_seconds()) // 60


def due(week: Week, start: datetime, hours: int) -> datetime:
    """The instant at which so many working hours have passed since `start`."""
    left = timedelta(hours=hours)
    for day in _days(week, start):
        if span := week.span(day):
            begins = max(span[0], start)
            worth = max(timedelta(0), span[1] - begins)
            if worth >= left:
                return begins + left
            left -= worth
    raise ValueError("a desk works on some day")


@dataclass(frozen=True, slots=True)
class Route:
    """A line of the table of routes; empty means any."""

    id: int
    topic: int | None
    market: str
    language: str
    person: int
    from_on: date
    until_on: date | None


def route_for(
    routes: Iterable[Route], topic: int, market: str, language: str, on: date
) -> Route | None:
    """The route that holds on a day and says most about the question: topic before market before
    language, the newer of two equal ones. None where nobody is named."""
    fits = [
        each
        for each in routes
        if each.from_on <= on
        and (each.until_on is None or on <= each.until_on)
        and each.topic in (None, topic)
        and each.market in ("", market)
        and each.language in ("", language)
    ]
    return max(
        fits,
        key=lambda one: (
            one.topic is not None,
            one.market != "",
            one.language != "",
            one.from_on,
            one.id,
        ),
        default=None,
    )


_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w+])(?:\+|00)\d[\d ()/.-]{6,}\d")


def personal(text: str, names: Iterable[str], own: Iterable[str]) -> list[str]:
    """What in a text points to a person: `names` of who asked, addresses, telephone numbers.

    `own` are addresses and numbers of the agency itself, which may stand in it.
    """
    found = [
        name
        for name in names
        if len(name.strip()) > 2
        and re.search(rf"(?<!\w){re.escape(name.strip())}(?!\w)", text, re.IGNORECASE)
    ]
    allowed = {each.lower() for each in own if each}
    digits = {re.sub(r"\D", "", each) for each in own if each}
    found += [each for each in _EMAIL.findall(text) if each.lower() not in allowed]
    found += [each for each in _PHONE.findall(text) if re.sub(r"\D", "", each) not in digits]
    return list(dict.fromkeys(found))


HIT_ON, HIT_OFF = "\ue000", "\ue001"
_PIECES = re.compile(f"{HIT_ON}(.*?){HIT_OFF}", re.DOTALL)


def pieces(headline: str) -> list[tuple[str, bool]]:
    """A headline of PostgreSQL cut into (words, was looked for)."""
    found, at = [], 0
    for hit in _PIECES.finditer(headline):
        found += [(headline[at : hit.start()], False), (hit[1], True)]
        at = hit.end()
    return [one for one in [*found, (headline[at:], False)] if one[0]]
