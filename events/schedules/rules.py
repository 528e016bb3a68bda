"""The question that a plan of meetings answers: who meets whom, when and where they can. Pure.

A meeting is planned once both sides have said yes; until then nothing holds a slot. Whoever has a
stand is met there; everybody else at a table. Somebody who is not on site meets by video, inside
the hours of their own day. People without a language in common have an interpreter, where the
session has any.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from server.errors import Conflict
from server.text import N_

LONGEST_HALF = 63
"""Slots of a half-day that the search can hold."""


class RunKind(StrEnum):
    """How a plan is worked out: from nothing, near the present one, or an earlier one again."""

    WHOLE = "whole"
    AGAIN = "again"
    BACK = "back"


class RunState(StrEnum):
    """Where a run stands."""

    WAITING = "waiting"
    WORKING = "working"
    DRAFT = "draft"
    FAILED = "failed"
    PUBLISHED = "published"
    DISCARDED = "discarded"


RUN_MOVES: Mapping[RunState, frozenset[RunState]] = {
    RunState.WAITING: frozenset({RunState.WORKING, RunState.DISCARDED}),
    RunState.WORKING: frozenset({RunState.DRAFT, RunState.FAILED, RunState.DISCARDED}),
    RunState.DRAFT: frozenset({RunState.PUBLISHED, RunState.DISCARDED}),
    RunState.FAILED: frozenset({RunState.DISCARDED}),
    RunState.PUBLISHED: frozenset(),
    RunState.DISCARDED: frozenset(),
}


class MeetingState(StrEnum):
    """What became of a meeting; planned and held ones occupy their people and place."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"
    MISSED = "missed"


MEETING_MOVES: Mapping[MeetingState, frozenset[MeetingState]] = {
    MeetingState.PLANNED: frozenset(
        {MeetingState.HELD, MeetingState.CANCELLED, MeetingState.MISSED}
    ),
    MeetingState.HELD: frozenset({MeetingState.MISSED, MeetingState.PLANNED}),
    MeetingState.MISSED: frozenset({MeetingState.PLANNED, MeetingState.HELD}),
    MeetingState.CANCELLED: frozenset(),
}


def move_run(now: RunState, to: RunState) -> None:
    """Refuse a move that the table does not know."""
    if to not in RUN_MOVES[now]:
        raise Conflict(
            N_("This run is {state} now, so this is not possible any more. Nothing changed."),
            state=now.value,
        )


def move_meeting(now: MeetingState, to: MeetingState) -> None:
    """Refuse a move that the table does not know."""
    if to not in MEETING_MOVES[now]:
        raise Conflict(
            N_("This meeting is {state} now, so this is not possible any more. Nothing changed."),
            state=now.value,
        )


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot; those of one `half` with numbers in a row lie side by side."""

    id: int
    number: int
    half: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Who:
    """A participant. `away` are ids of slots; `place` is where they alone are met."""

    id: int
    name: str
    company: int
    languages: tuple[str, ...] = ()
    online: bool = False
    tz: str = ""
    day_from: int = 8
    day_until: int = 20
    away: tuple[int, ...] = ()
    most: int | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A table, stand, room, premises or video cabin; `company` is whose it is."""

    id: int
    kind: str
    label: str
    area: str = ""
    seats: int = 4
    company: int | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Interpreter:
    """Somebody who helps; `away` are ids of slots."""

    id: int
    name: str
    languages: tuple[str, ...] = ()
    away: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class At:
    """When and where a meeting is: ids of a slot, of a place (None: by video), of an interpreter
    if one is needed."""

    slot: int
    place: int | None = None
    interpreter: int | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """An accepted request: the asker, the asked, then guests. `now` is what people were told."""

    request: int
    people: tuple[int, ...]
    priority: int = 2
    answer_priority: int | None = None
    now: At | None = None
    pinned: bool = False


@dataclass(frozen=True)
class Question:
    """Everything that a plan depends on. `orders` are (earlier, later) requests."""

    kind: str
    tz: str
    slots: tuple[Slot, ...]
    people: tuple[Who, ...]
    places: tuple[Place, ...]
    asks: tuple[Ask, ...]
    interpreters: tuple[Interpreter, ...] = ()
    orders: tuple[tuple[int, int], ...] = ()
    in_a_row: int | None = None
    fairness: int | None = None
    walking: bool = False

    @cached_property
    def who(self) -> dict[int, Who]:
        """People by id."""
        return {each.id: each for each in self.people}

    @cached_property
    def place(self) -> dict[int, Place]:
        """Places by id."""
        return {each.id: each for each in self.places}

    @cached_property
    def slot(self) -> dict[int, Slot]:
        """Slots by id."""
        return {each.id: each for each in self.slots}

    @cached_property
    def ask(self) -> dict[int, Ask]:
        """Requests by id."""
        return {each.request: each for each in self.asks}

    @cached_property
    def interpreter(self) -> dict[int, Interpreter]:
        """Interpreters by id."""
        return {each.id: each for each in self.interpreters}

    @cached_property
    def index(self) -> dict[int, int]:
        """The place of each slot in the order of time."""
        return {each.id: n for n, each in enumerate(self.slots)}

    @cached_property
    def asks_of(self) -> dict[int, tuple[Ask, ...]]:
        """The requests of each participant."""
        found: dict[int, list[Ask]] = {each.id: [] for each in self.people}
        for ask in self.asks:
            for one in ask.people:
                found[one].append(ask)
        return {one: tuple(each) for one, each in found.items()}

    @cached_property
    def open(self) -> dict[int, frozenset[int]]:
        """The slots in which each participant can meet: there, and at a decent hour."""
        return {
            each.id: frozenset(
                slot.id
                for slot in self.slots
                if slot.id not in each.away
                and (not self.remote(each) or decent(slot, each, self.tz))
            )
            for each in self.people
        }

    @cached_property
    def tables(self) -> tuple[Place, ...]:
        """Open places that are nobody's own, in their order."""
        own = {each.place for each in self.people}
        return tuple(
            each
            for each in self.places
            if each.kind in ("table", "room")
            and each.company is None
            and not each.closed
            and each.id not in own
        )

    @cached_property
    def own(self) -> dict[int, tuple[Place, ...]]:
        """Where each participant is met: their own place, else those of their company."""
        of_company: dict[int, list[Place]] = {}
        for place in self.places:
            if place.company is not None and not place.closed and place.kind != "video":
                of_company.setdefault(place.company, []).append(place)
        found: dict[int, tuple[Place, ...]] = {}
        for each in self.people:
            mine = self.place.get(each.place or 0)
            if mine is not None and not mine.closed:
                found[each.id] = (mine,)
            else:
                found[each.id] = tuple(of_company.get(each.company, ()))
        return found

    def remote(self, who: Who) -> bool:
        """Whether somebody is not on site."""
        return who.online or self.kind == "online"

    def slots_of(self, ask: Ask) -> frozenset[int]:
        """The slots that all of a meeting have in common."""
        return frozenset.intersection(*(self.open[one] for one in ask.people))

    def places_of(self, ask: Ask) -> tuple[tuple[Place, ...], bool]:
        """Places of a meeting, the best first; whether it is by video, with a place or without.

        The stand of who was asked comes first, then that of the asker; guests come along. A visit
        to a company's premises takes place there only; a stand that is taken leaves tables.
        """
        remote = [self.remote(self.who[one]) for one in ask.people]
        if all(remote):
            return (), True
        if any(remote):
            return tuple(each for each in self.places if each.kind == "video" and not each.closed
                         and len(ask.people) <= each.seats), True  # fmt: skip
        own = self.hosted(ask)
        if any(each.kind == "company" for each in own):
            return tuple(each for each in own if each.kind == "company"), False
        fits = [each for each in (*own, *self.tables) if each.seats >= len(ask.people)]
        return tuple(fits), False

    def hosted(self, ask: Ask) -> tuple[Place, ...]:
        """The stands or premises of who was asked, then those of the asker."""
        return tuple(dict.fromkeys((*self.own[ask.people[1]], *self.own[ask.people[0]])))

    def possible(self, ask: Ask) -> bool:
        """Whether there is a place and, if one is needed, an interpreter for it at all."""
        places, video = self.places_of(ask)
        return (video or bool(places)) and self.interpreters_of(ask) != ()

    def interpreters_of(self, ask: Ask) -> tuple[Interpreter, ...] | None:
        """Who can help in a meeting; None where nobody has to."""
        spoken = [set(self.who[one].languages) for one in ask.people]
        if not self.interpreters or not all(spoken) or set.intersection(*spoken):
            return None
        return tuple(
            each
            for each in self.interpreters
            if all(set(each.languages) & languages for languages in spoken)
        )

    def weight(self, ask: Ask) -> int:
        """What placing a meeting is worth: 2 to 6 by the wishes of both (1 must be, 3 if there is
        room), and one more for everybody who has no other."""
        both = (4 - ask.priority) + (4 - (ask.answer_priority or 2))
        return both + sum(len(self.asks_of[one]) == 1 for one in ask.people)


def decent(slot: Slot, who: Who, tz: str) -> bool:
    """Whether a slot lies inside the hours of somebody's own day."""
    zone = ZoneInfo(who.tz or tz)
    start, end = slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone)
    until = (end.date() - start.date()).days * 1440 + end.hour * 60 + end.minute
    return start.hour >= who.day_from and until <= who.day_until * 60


def halves(slots: Sequence[Slot]) -> tuple[int, ...]:
    """The indices at which a half-day begins; 0 always does."""
    return tuple(n for n, each in enumerate(slots) if n == 0 or each.half != slots[n - 1].half) or (
        0,
    )
