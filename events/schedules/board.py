"""Who sits where in a plan, and what stands in the way of a meeting. Pure.

One set of rules for all: the working-out of a plan, a move by hand, and the sentence that refuses
it. Two meetings in a row of a person lie in the same area, where the session asks for that.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from events.schedules.rules import Ask, At, Place, Question


class Way(StrEnum):
    """What can stand in the way."""

    AWAY = "away"
    HOURS = "hours"
    BUSY = "busy"
    MOST = "most"
    ROW = "row"
    ORDER = "order"
    PLACE = "place"
    CLOSED = "closed"
    SEATS = "seats"
    THEIRS = "theirs"
    WALK = "walk"
    SPEAK = "speak"
    NOBODY_SPEAKS = "nobody_speaks"
    NO_PLACE = "no_place"


FREED_BY_MOVING = frozenset({Way.BUSY, Way.PLACE, Way.SPEAK})


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing in the way: whom it concerns, which other meeting (a request) causes it, and the
    place or interpreter that it is about."""

    way: Way
    who: int | None = None
    other: int | None = None
    place: int | None = None
    interpreter: int | None = None


class Board:
    """A plan while it changes: at most one meeting per person, place and interpreter in a slot."""

    def __init__(self, question: Question, placed: Mapping[int, At] | None = None) -> None:
        self.question = question
        self.at: dict[int, At] = {}
        self.busy: dict[tuple[int, int], int] = {}
        self.taken: dict[tuple[int, int], int] = {}
        self.speaking: dict[tuple[int, int], int] = {}
        self.count: dict[int, int] = dict.fromkeys(question.who, 0)
        self.tables = frozenset(each.id for each in question.tables)
        self._places: dict[int, tuple[tuple[Place, ...], bool]] = {}
        self.before: dict[int, list[int]] = {}
        self.after: dict[int, list[int]] = {}
        for earlier, later in question.orders:
            self.before.setdefault(later, []).append(earlier)
            self.after.setdefault(earlier, []).append(later)
        for request, at in (placed or {}).items():
            self.put(request, at)

    def put(self, request: int, at: At) -> None:
        """Place a meeting that has no slot."""
        self.at[request] = at
        for one in self.question.ask[request].people:
            self.busy[one, at.slot] = request
            self.count[one] += 1
        if at.place is not None:
            self.taken[at.place, at.slot] = request
        if at.interpreter is not None:
            self.speaking[at.interpreter, at.slot] = request

    def take(self, request: int) -> At:
        """Take a meeting out of its slot; where it was."""
        at = self.at.pop(request)
        for one in self.question.ask[request].people:
            self.busy.pop((one, at.slot), None)
            self.count[one] -= 1
        if at.place is not None:
            self.taken.pop((at.place, at.slot), None)
        if at.interpreter is not None:
            self.speaking.pop((at.interpreter, at.slot), None)
        return at

    def places_of(self, ask: Ask) -> tuple[tuple[Place, ...], bool]:
        """Places of a meeting, the best first, and whether it is by video; worked out once."""
        if ask.request not in self._places:
            self._places[ask.request] = self.question.places_of(ask)
        return self._places[ask.request]

    def beside(self, who: int, slot: int) -> Iterator[int]:
        """The meetings of a person directly before and after a slot of the same half-day."""
        question = self.question
        n = question.index[slot]
        for near in (n - 1, n + 1):
            if 0 <= near < len(question.slots):
                other = question.slots[near]
                if other.half == question.slots[n].half and (who, other.id) in self.busy:
                    yield self.busy[who, other.id]

    def in_a_row(self, who: int, slot: int) -> int:
        """How many meetings in a row a person would have with one in this slot."""
        question = self.question
        n, found = question.index[slot], 1
        for step in (-1, 1):
            near = n + step
            while (
                0 <= near < len(question.slots)
                and question.slots[near].half == question.slots[n].half
                and (who, question.slots[near].id) in self.busy
            ):
                found += 1
                near += step
        return found

    def with_people(self, ask: Ask, slot: int) -> list[Obstacle]:
        """What people have against a slot, and the order of meetings."""
        question, found = self.question, []
        for one in ask.people:
            who = question.who[one]
            if slot not in question.open[one]:
                found.append(Obstacle(Way.AWAY if slot in who.away else Way.HOURS, one))
            other = self.busy.get((one, slot))
            if other is not None:
                found.append(Obstacle(Way.BUSY, one, other))
            elif who.most is not None and self.count[one] >= who.most:
                found.append(Obstacle(Way.MOST, one))
            elif question.in_a_row and self.in_a_row(one, slot) > question.in_a_row:
                found.append(Obstacle(Way.ROW, one))
        n = question.index[slot]
        found += [
            Obstacle(Way.ORDER, None, other)
            for other in self.before.get(ask.request, ())
            if other in self.at and question.index[self.at[other].slot] >= n
        ]
        found += [
            Obstacle(Way.ORDER, None, other)
            for other in self.after.get(ask.request, ())
            if other in self.at and question.index[self.at[other].slot] <= n
        ]
        return found

    def with_place(self, ask: Ask, slot: int, place: Place) -> list[Obstacle]:
        """What there is against a place in a slot."""
        question, found = self.question, []
        other = self.taken.get((place.id, slot))
        if other is not None:
            found.append(Obstacle(Way.PLACE, None, other, place.id))
        if place.closed:
            found.append(Obstacle(Way.CLOSED, place=place.id))
        if place.seats < len(ask.people):
            found.append(Obstacle(Way.SEATS, place=place.id))
        if not self._theirs(ask, place):
            found.append(Obstacle(Way.THEIRS, place=place.id))
        if question.walking and place.area:
            for one in ask.people:
                for near in self.beside(one, slot):
                    there = question.place.get(self.at[near].place or 0)
                    if there is not None and there.area and there.area != place.area:
                        found.append(Obstacle(Way.WALK, one, near, place.id))
        return found

    def _theirs(self, ask: Ask, place: Place) -> bool:
        question = self.question
        if place.kind == "video":
            return any(question.remote(question.who[one]) for one in ask.people)
        if place.id in self.tables:
            return True
        return any(
            question.who[one].place == place.id
            or (place.company is not None and question.who[one].company == place.company)
            for one in ask.people
        )

    def with_interpreter(self, ask: Ask, slot: int) -> tuple[int | None, list[Obstacle]]:
        """The interpreter of a meeting in a slot, or what stands in the way of one."""
        able = self.question.interpreters_of(ask)
        if able is None:
            return None, []
        found = []
        for each in sorted(able, key=lambda one: len(one.languages)):
            other = self.speaking.get((each.id, slot))
            if other is None and slot not in each.away:
                return each.id, []
            if slot not in each.away:
                found.append(Obstacle(Way.SPEAK, None, other, interpreter=each.id))
        return None, found[:1] or [Obstacle(Way.NOBODY_SPEAKS)]

    def choose(
        self, ask: Ask, slot: int, first: Iterable[int] = ()
    ) -> tuple[At | None, list[Obstacle]]:
        """Where a meeting can be in a slot, or what is in the way at the best of its places.

        `first` are places to try before others, where the meeting has no place of its own; then
        come tables at which its people sit before or after.
        """
        found = self.with_people(ask, slot)
        interpreter, said = self.with_interpreter(ask, slot)
        found += said
        places, video = self.places_of(ask)
        if video and not places:
            return (None, found) if found else (At(slot, None, interpreter), [])
        if not places:
            return None, [*found, Obstacle(Way.NO_PLACE)]
        own = {each.id for each in self.question.hosted(ask)}
        liked = list(first)
        liked += [
            there
            for one in ask.people
            for near in self.beside(one, slot)
            if (there := self.at[near].place) is not None
        ]
        rank = {place: n for n, place in reversed(list(enumerate(liked)))}
        best: list[Obstacle] | None = None
        order = sorted(
            enumerate(places),
            key=lambda each: (
                each[1].id not in own, rank.get(each[1].id, len(rank)), each[1].seats, each[0],
            ),
        )  # fmt: skip
        for _, place in order:
            against = self.with_place(ask, slot, place)
            if not against:
                return (None, found) if found else (At(slot, place.id, interpreter), [])
            if best is None or len(against) < len(best):
                best = against
        return None, found + (best or [])

    def against(self, ask: Ask, at: At) -> list[Obstacle]:
        """What stands in the way of exactly this; the meeting itself has no slot now."""
        found = self.with_people(ask, at.slot)
        places, video = self.places_of(ask)
        if at.place is not None:
            found += self.with_place(ask, at.slot, self.question.place[at.place])
        elif not video or places:
            found.append(Obstacle(Way.NO_PLACE))
        able = self.question.interpreters_of(ask)
        if at.interpreter is not None:
            other = self.speaking.get((at.interpreter, at.slot))
            if other is not None:
                found.append(Obstacle(Way.SPEAK, None, other, interpreter=at.interpreter))
            if at.slot in self.question.interpreter[at.interpreter].away:
                found.append(Obstacle(Way.NOBODY_SPEAKS))
        elif able is not None:
            found.append(Obstacle(Way.NOBODY_SPEAKS))
        return found

    def breaks(self, who: int) -> int:
        """The groups of idle slots between a person's meetings, inside half-days."""
        last: dict[int, int] = {}
        found = 0
        for n, slot in enumerate(self.question.slots):
            if (who, slot.id) in self.busy:
                if slot.half in last and n - last[slot.half] > 1:
                    found += 1
                last[slot.half] = n
        return found


def alternatives(
    board: Board, ask: Ask, shut: frozenset[int] = frozenset(), pinned: frozenset[int] = frozenset()
) -> tuple[list[At], list[tuple[int, int]]]:
    """Where a meeting without a slot would fit, and (slot, other) where it would if one other
    meeting moved away. `shut` are slots that have begun, `pinned` meetings that do not move."""
    free: list[At] = []
    others: list[tuple[int, int]] = []
    for slot in board.question.slots:
        if slot.id in shut:
            continue
        at, against = board.choose(ask, slot.id)
        if at is not None:
            free.append(at)
            continue
        causes = {each.other for each in against}
        if len(causes) == 1 and all(each.way in FREED_BY_MOVING for each in against):
            (other,) = causes
            if other is not None and other not in pinned:
                others.append((slot.id, other))
    return free, others
