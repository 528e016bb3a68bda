"""The best placement of a case, with the proof of how good it is: OR-tools CP-SAT.

Goals are reached one after the other, none at the cost of an earlier one: who is placed (rank
order), then few moves and wishes in the order that the case asks for. Each goal reports whether its
value is proven, and else the bound that no placement exceeds.

The same case gives the same placement on every machine as long as every goal is proven; a search
that was cut off by its time gives what it had found by then.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from booths.proposals import large
from booths.proposals.asked import Asked
from booths.proposals.model import Model
from booths.proposals.picking import pick
from booths.proposals.rules import Again, Case, check, moves, total

SECONDS = 60.0
LARGE = 8000
"""Pairs of applicant and fitting place from which a case is solved part by part."""


class Goal(StrEnum):
    RANK = "rank"
    MOVES = "moves"
    WISHES = "wishes"


@dataclass(frozen=True, slots=True)
class Stage:
    """One goal: what was reached, and what nobody can do better than.

    Rank counts applicants placed, moves are counted, wishes are points (hundredths of a weight).
    """

    goal: Goal
    value: int
    bound: int
    seconds: float

    @property
    def proven(self) -> bool:
        return self.value == self.bound

    @property
    def gap(self) -> Decimal:
        """How far the value may be from the best, as a part of the larger of value and bound."""
        if self.proven:
            return Decimal(0)
        return Decimal(abs(self.bound - self.value)) / max(abs(self.bound), abs(self.value))


@dataclass(frozen=True, slots=True)
class Solution:
    """A placement (applicant -> place), its goals, and what is known about who is left out.

    `needed` says of a left-out applicant which places and which holders stand in the way: as many
    holders as places, fitting nowhere else. `undecided` are those of whom it is not proven that
    there is no room; others left out without `needed` were ruled out by search.
    """

    placement: dict[str, str]
    stages: tuple[Stage, ...]
    points: int
    moved: tuple[str, ...]
    needed: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    undecided: frozenset[str]
    seconds: float

    @property
    def proven(self) -> bool:
        """Whether every goal is."""
        return all(stage.proven for stage in self.stages)


def solve(case: Case, seconds: float = SECONDS, large_from: int = LARGE) -> Solution:
    """The best placement that is found in about `seconds`. Refused when the pins contradict.

    A case with more than `large_from` pairs of applicant and fitting place is solved part by part.
    """
    check(case)
    began = time.monotonic()
    asked = Asked(case, began + seconds)
    picked = pick(asked)
    placed = len(picked.at)
    stages = [Stage(Goal.RANK, placed, placed + len(picked.undecided), time.monotonic() - began)]
    size = sum(len(asked.fitting[one]) for one in picked.at)
    search = (_Large if size > large_from else _Whole)(asked, picked.taken, picked.at)
    goals = [Goal.WISHES]
    if asked.before:
        goals.insert(0 if case.again is Again.FEW_MOVES else 1, Goal.MOVES)
    for place, goal in enumerate(goals):
        started = time.monotonic()
        value, bound = search.reach(goal, asked.left / (len(goals) - place))
        stages.append(Stage(goal, value, bound, time.monotonic() - started))
    placement = {asked.keys[one]: case.places[at].key for one, at in sorted(search.at.items())}
    return Solution(
        placement=placement,
        stages=tuple(stages),
        points=total(case, placement, asked.ground),
        moved=tuple(moves(case, placement)),
        needed=picked.needed,
        undecided=picked.undecided,
        seconds=time.monotonic() - began,
    )


def _aim(model: Model, goal: Goal) -> None:
    if goal is Goal.MOVES:
        model.cp.minimize(model.moves())
    else:
        model.cp.maximize(model.points())


def _keep(model: Model, goal: Goal, value: int) -> None:
    """What was reached for a goal is not given up for a later one."""
    if goal is Goal.MOVES:
        model.cp.add(model.moves() <= value)
    else:
        model.cp.add(model.points() >= value)


class _Search:
    """A placement that becomes better goal by goal."""

    def __init__(
        self, asked: Asked, taken: Sequence[tuple[int, ...]], at: Mapping[int, int]
    ) -> None:
        self.asked = asked
        self.taken = taken
        self.at = dict(at)
        self.kept: list[tuple[Goal, int]] = []

    def _value(self, goal: Goal) -> int:
        asked = self.asked
        found = {asked.keys[one]: asked.case.places[at].key for one, at in self.at.items()}
        if goal is Goal.MOVES:
            return len(moves(asked.case, found))
        return total(asked.case, found, asked.ground)


class _Whole(_Search):
    """All at once."""

    def reach(self, goal: Goal, seconds: float) -> tuple[int, int]:
        """(value, bound) of the best placement found."""
        model = Model(self.asked, self.taken)
        for before, value in self.kept:
            _keep(model, before, value)
        model.hint(self.at)
        _aim(model, goal)
        found, value, bound = model.best(seconds)
        if found is None:
            value, bound = self._value(goal), large.bound(self.asked, self.at, goal is Goal.MOVES)
        else:
            self.at = found
        self.kept.append((goal, value))
        return value, bound


class _Large(_Search):
    """Part by part."""

    def reach(self, goal: Goal, seconds: float) -> tuple[int, int]:
        """(value, bound) of the best placement found."""
        until = time.monotonic() + seconds
        bound = large.bound(self.asked, self.at, goal is Goal.MOVES)
        if not self.kept:
            self.at = large.start(self.asked, self.taken, self.at, goal is Goal.MOVES)
        value = self._value(goal)
        parts = large.Parts(self.asked, self.at)
        while value != bound and time.monotonic() < until:
            model = large.anew(self.asked, self.taken, self.at, parts.draw(self.at))
            for before, reached in self.kept:
                _keep(model, before, reached)
            _aim(model, goal)
            left = max(0.1, until - time.monotonic())
            found, better, _ = model.best(min(large.PART_SECONDS, left))
            if found is not None:
                self.at, value = found, better
        self.kept.append((goal, value))
        return value, bound
