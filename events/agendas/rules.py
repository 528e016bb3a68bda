"""The day of meetings: what may be said when, what came of a meeting, who fills a gap."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from server.errors import Conflict, Refused
from server.text import N_

LONGEST_NOTE = 5000
MOST_LATE = 120
COME_AFTER = timedelta(minutes=5)
"""So long one waits before somebody did not come."""
SAID_UNTIL = timedelta(hours=12)
"""So long after its end a meeting may still be said to have been missed."""
RATED_UNTIL = timedelta(days=60)


class Outcome(StrEnum):
    """What came of a meeting for one of its people."""

    COOPERATION = "cooperation"
    INFORMATIVE = "informative"
    NO_INTEREST = "no_interest"
    NOT_HELD = "not_held"


OUTCOME_NAMES: dict[Outcome, str] = {
    Outcome.COOPERATION: N_("We want to work together"),
    Outcome.INFORMATIVE: N_("Good to know each other"),
    Outcome.NO_INTEREST: N_("Nothing for us"),
    Outcome.NOT_HELD: N_("It did not take place"),
}


class AskState(StrEnum):
    """Where the wish for another time stands."""

    OPEN = "open"
    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


ASK_MOVES: Mapping[AskState, frozenset[AskState]] = {
    AskState.OPEN: frozenset({AskState.AGREED, AskState.DECLINED, AskState.WITHDRAWN}),
    AskState.AGREED: frozenset(),
    AskState.DECLINED: frozenset(),
    AskState.WITHDRAWN: frozenset(),
}


@dataclass(frozen=True, slots=True)
class When:
    """A meeting's state and its slot, as instants."""

    state: str
    starts_at: datetime
    ends_at: datetime


def rate(meeting: When, now: datetime) -> None:
    """A meeting is rated from its start, within 60 days, unless it was cancelled."""
    if meeting.state == "cancelled":
        raise Conflict(N_("This meeting was cancelled, so there is nothing to rate."))
    if now < meeting.starts_at:
        raise Refused(N_("A meeting can be rated from its start on. Nothing was saved."))
    if now > meeting.ends_at + RATED_UNTIL:
        raise Refused(N_("Meetings can be rated for 60 days. This one was longer ago."))


def be_late(meeting: When, now: datetime) -> None:
    """Somebody is late for what is planned and not over."""
    _planned(meeting)
    if now >= meeting.ends_at:
        raise Refused(N_("This meeting is over already. The other side was not told."))


def miss(meeting: When, now: datetime) -> None:
    """Somebody did not come: said from five minutes after the start, until the day is over."""
    _planned(meeting)
    if now < meeting.starts_at + COME_AFTER:
        raise Refused(
            N_("Please wait until five minutes after the start. Nothing was saved: say it then.")
        )
    if now > meeting.ends_at + SAID_UNTIL:
        raise Refused(N_("This meeting is too long ago. Rate it as not held instead."))


def ask_other(meeting: When, now: datetime, slot_at: datetime) -> None:
    """Another time is asked for before the meeting, for a slot that is still to come."""
    _planned(meeting)
    if now >= meeting.starts_at:
        raise Refused(N_("This meeting has begun, so its time stays."))
    if slot_at <= now:
        raise Refused(N_("That time has passed already. Choose a later one."), field="slot")


def answer(state: AskState, to: AskState) -> None:
    """A wish is answered or taken back once."""
    if to not in ASK_MOVES[state]:
        raise Conflict(N_("Somebody has answered this wish already. Look at the agenda."))


def _planned(meeting: When) -> None:
    if meeting.state == "cancelled":
        raise Conflict(N_("This meeting was cancelled a moment ago. Look at your agenda."))
    if meeting.state != "planned":
        raise Conflict(N_("This meeting is over: what was said about it stands."))


def share(part: int, whole: int) -> int | None:
    """`part` of `whole` in percent, rounded half up; None of nothing."""
    return None if whole == 0 else (200 * part + whole) // (2 * whole)
