"""The second step of a plan: places for times that were found, and what found none. Pure."""

from collections.abc import Mapping

from events.schedules.board import Board
from events.schedules.rules import Ask, At, Place, Question

MOST_TRIES = 20_000
"""Slots that are looked into for one meeting to move away for another."""


class Placing:
    """A board that is filled. `pinned` meetings are on it, `known` ones keep their place where
    they can, slots that have `begun` stay as they are; `chosen` is whose stand a meeting counts
    on."""

    def __init__(
        self,
        question: Question,
        *,
        pinned: frozenset[int],
        known: Mapping[int, At],
        begun: frozenset[int],
        chosen: Mapping[int, Place | None],
    ) -> None:
        self.question, self.pinned, self.known = question, pinned, known
        self.begun, self.chosen = begun, chosen
        self.board = Board(question, {one: known[one] for one in pinned})

    def place(self, slots: Mapping[int, int]) -> None:
        """A place for each meeting ({request: slot}): what keeps its place first, then groups."""
        question = self.question
        by_slot: dict[int, list[Ask]] = {}
        for request, slot in slots.items():
            if request not in self.pinned:
                by_slot.setdefault(slot, []).append(question.ask[request])
        for each in question.slots:
            order = sorted(
                by_slot.get(each.id, ()),
                key=lambda ask: (
                    ask.request not in self.known,
                    -len(ask.people),
                    -question.weight(ask),
                    ask.request,
                ),
            )
            for ask in [one for one in order if not self._put_where_liked(one, each.id)]:
                at, _ = self.board.choose(ask, each.id)
                if at is not None:
                    self.board.put(ask.request, at)

    def _liked(self, ask: Ask, slot: int) -> tuple[int, ...]:
        """The place that a meeting should have: its own stand, or the table that it has or had."""
        place = self.chosen.get(ask.request)
        if place is not None:
            return (place.id,)
        now = self.known.get(ask.request)
        known = (now.place,) if now is not None and now.slot == slot else ()
        near = tuple(
            self.board.at[each].place for one in ask.people for each in self.board.beside(one, slot)
        )
        return tuple(one for one in (*known, *near) if one is not None)

    def _put_where_liked(self, ask: Ask, slot: int) -> bool:
        board = self.board
        interpreter, against = board.with_interpreter(ask, slot)
        if against or board.with_people(ask, slot):
            return False
        places = {each.id: each for each in board.places_of(ask)[0]}
        for one in self._liked(ask, slot):
            if one in places and not board.with_place(ask, slot, places[one]):
                board.put(ask.request, At(slot, one, interpreter))
                return True
        return False

    def fill(self) -> None:
        """Try what has no slot in every slot, then with one other meeting moved away for it."""
        question = self.question
        left = sorted(
            (
                ask
                for ask in question.asks
                if ask.request not in self.board.at and self.question.possible(ask)
            ),
            key=lambda ask: (ask.request not in self.known, -question.weight(ask), ask.request),
        )
        for ask in left:
            self._into_gap(ask)
        tries = 0
        for ask in left:
            if ask.request in self.board.at:
                continue
            for slot in sorted(question.slots_of(ask) - self.begun, key=question.index.__getitem__):
                tries += 1
                if tries > MOST_TRIES:
                    return
                if self._instead(ask, slot):
                    break

    def _into_gap(self, ask: Ask) -> bool:
        best: tuple[int, int, At] | None = None
        for slot in self.question.slots_of(ask) - self.begun:
            at, _ = self.board.choose(ask, slot)
            if at is None:
                continue
            self.board.put(ask.request, at)
            cost = sum(self.board.breaks(one) for one in ask.people)
            self.board.take(ask.request)
            key = (cost, self.question.index[slot], at)
            if best is None or key[:2] < best[:2]:
                best = key
        if best is not None:
            self.board.put(ask.request, best[2])
        return best is not None

    def _instead(self, ask: Ask, slot: int) -> bool:
        """Place it where one other meeting is, if that one finds another slot."""
        _, against = self.board.choose(ask, slot)
        others = {each.other for each in against if each.other is not None}
        if len(others) != 1:
            return False
        (other,) = others
        if other in self.pinned or other in self.known:
            return False
        was = self.board.take(other)
        at, _ = self.board.choose(ask, slot)
        if at is not None:
            self.board.put(ask.request, at)
            if self._into_gap(self.question.ask[other]):
                return True
            self.board.take(ask.request)
        self.board.put(other, was)
        return False
