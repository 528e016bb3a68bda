"""Two states of the same thing held side by side: what changed in a question, and what a draft
changes in the plan that people know. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from events.schedules.board import Board
from events.schedules.reasons import names_of
from events.schedules.rules import Ask, At, Question
from server.text import N_, gettext, ngettext

NAMED = 5
"""So many people or meetings are named in a sentence; the others are counted."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A request that a draft puts elsewhere: `was` and `will` are None without a slot."""

    request: int
    names: str
    was: At | None
    will: At | None
    why: str = ""

    @property
    def kind(self) -> str:
        """new, moved, dropped, or place (same time, another place)."""
        if self.was is None:
            return "new"
        if self.will is None:
            return "dropped"
        return "moved" if self.was.slot != self.will.slot else "place"


@dataclass(frozen=True, slots=True)
class Felt:
    """What a draft does to one person: meetings and breaks before and after, how many move."""

    name: str
    meetings: int
    meetings_then: int
    breaks: int
    breaks_then: int
    moved: int

    @property
    def gain(self) -> int:
        """More meetings count first, then fewer breaks; 0 for nothing either way."""
        return 100 * (self.meetings_then - self.meetings) + self.breaks - self.breaks_then


def stamp(question: Question) -> str:
    """SHA-256 of all that a plan depends on; names and labels do not count."""
    bare = replace(
        question,
        people=tuple(replace(each, name="") for each in question.people),
        places=tuple(replace(each, label="") for each in question.places),
        interpreters=tuple(replace(each, name="") for each in question.interpreters),
    )
    return hashlib.sha256(msgspec.json.encode(bare, order="sorted")).hexdigest()


def changed(before: Question, after: Question) -> list[str]:
    """What is different now, in sentences."""
    said: list[str] = []

    def people(words: str, some: Sequence[str]) -> None:
        if some:
            more = len(some) - NAMED
            names = ", ".join(some[:NAMED]) + (
                ngettext(" and {n} more", " and {n} more", more) if more > 0 else ""
            )
            said.append(gettext(words, names=names))

    people(
        N_("No longer taking part: {names}."),
        [each.name for each in before.people if each.id not in after.who],
    )
    people(
        N_("Newly taking part: {names}."),
        [each.name for each in after.people if each.id not in before.who],
    )
    people(
        N_("Changed their times, languages or limits: {names}."),
        [
            each.name
            for each in after.people
            if each.id in before.who
            and replace(each, name="") != replace(before.who[each.id], name="")
        ],
    )
    people(
        N_("Accepted since: {names}."),
        [names_of(after, each) for each in after.asks if each.request not in before.ask],
    )
    people(
        N_("Ended since: {names}."),
        [names_of(before, each) for each in before.asks if each.request not in after.ask],
    )
    both = [(before.ask[each.request], each) for each in after.asks if each.request in before.ask]
    people(
        N_("Moved, pinned or cancelled by hand: {names}."),
        [names_of(after, b) for a, b in both if (a.now, a.pinned) != (b.now, b.pinned)],
    )
    people(
        N_("Other wishes or guests: {names}."),
        [
            names_of(after, b)
            for a, b in both
            if (a.people, a.priority, a.answer_priority)
            != (b.people, b.priority, b.answer_priority)
        ],
    )
    for one, other, words in (
        (before.slots, after.slots, N_("The slots of the session have changed.")),
        ([replace(each, label="") for each in before.places],
         [replace(each, label="") for each in after.places], N_("Places have changed.")),
        (before.interpreters, after.interpreters, N_("Interpreters have changed.")),
        (before.orders, after.orders, N_("The order of meetings has changed.")),
        ((before.in_a_row, before.fairness, before.walking),
         (after.in_a_row, after.fairness, after.walking),
         N_("The limits of the session have changed.")),
    ):  # fmt: skip
        if tuple(one) != tuple(other):
            said.append(gettext(words))
    return said


def moves(question: Question, lines: Mapping[int, tuple[At | None, str]]) -> list[Moved]:
    """What a draft changes; requests that stay where they are, or without a slot, are left out."""
    found = []
    for ask in question.asks:
        will, why = lines.get(ask.request, (None, ""))
        if ask.now is None and will is None:
            continue
        same = (
            ask.now is not None
            and will is not None
            and (ask.now.slot, ask.now.place) == (will.slot, will.place)
        )
        if not same:
            found.append(Moved(ask.request, names_of(question, ask), ask.now, will, why))
    order = {"dropped": 0, "moved": 1, "place": 2, "new": 3}
    found.sort(key=lambda each: (order[each.kind], each.request))
    return found


def felt(question: Question, lines: Mapping[int, tuple[At | None, str]]) -> list[Felt]:
    """What a draft does to people: who loses most first; whom it leaves alone is left out."""
    now = Board(question, {ask.request: ask.now for ask in question.asks if ask.now is not None})
    then = Board(
        question,
        {
            one: at
            for one, (at, _) in lines.items()
            if at is not None and one in question.ask
        },
    )  # fmt: skip
    found = []
    for who in question.people:
        asks: tuple[Ask, ...] = question.asks_of[who.id]
        moved = sum(
            ask.request in now.at
            and ask.request in then.at
            and (now.at[ask.request].slot, now.at[ask.request].place)
            != (then.at[ask.request].slot, then.at[ask.request].place)
            for ask in asks
        )
        one = Felt(
            who.name, now.count[who.id], then.count[who.id], now.breaks(who.id),
            then.breaks(who.id), moved,
        )  # fmt: skip
        if one.gain or one.moved:
            found.append(one)
    found.sort(key=lambda each: (each.gain, -each.moved, each.name))
    return found
