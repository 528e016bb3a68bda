"""Placements too large to be proven whole: a bound from an assignment, and the best of many parts.

The bound forgets consortia and gives every pair of neighbours or competitors what it wishes; what
is left is an assignment problem, which is solved exactly. The placement begins with that assignment
and grows better part by part: CP-SAT places the applicants of a part anew while all others stay
(large neighbourhood search). The parts are drawn with a fixed seed.
"""

import random
from collections.abc import Mapping, Sequence

from ortools.graph.python import linear_sum_assignment

from booths.proposals.asked import Asked
from booths.proposals.model import SEED, Model
from booths.proposals.rules import PAIRS, WishKind

PART = 36
"""Applicants that are placed anew at a time."""
PART_SECONDS = 2.0


def assigned(
    asked: Asked,
    who: Sequence[int],
    worths: Mapping[tuple[int, int], int],
    fixed: Mapping[int, int],
) -> tuple[dict[int, int], int] | None:
    """The assignment with the largest worth (and its worth) that leaves `fixed` where they are."""
    free = [one for one in who if one not in fixed]
    taken = set(fixed.values())
    places = [at for at in range(len(asked.case.places)) if at not in taken]
    column = {at: n for n, at in enumerate(places)}
    task = linear_sum_assignment.SimpleLinearSumAssignment()
    for line, one in enumerate(free):
        for at in asked.fitting[one] - taken:
            task.add_arc_with_cost(line, column[at], -worths.get((one, at), 0))
    for line in range(len(free), len(places)):
        for at in range(len(places)):
            task.add_arc_with_cost(line, at, 0)
    if task.solve() != task.OPTIMAL:
        return None
    found = {one: places[task.right_mate(line)] for line, one in enumerate(free)}
    base = sum(worths.get(key, 0) for key in fixed.items())
    return {**found, **fixed}, base - task.optimal_cost()


def bound(asked: Asked, at: Mapping[int, int], of_moves: bool) -> int:
    """Points that no placement of the same applicants exceeds, or moves that each one needs."""
    found = assigned(asked, sorted(at), _worths(asked, of_moves), {})
    assert found is not None
    if of_moves:
        return sum(1 for one in asked.before if one in at) - found[1]
    return found[1] + sum(
        gain
        for kind in PAIRS
        for (one, other), gain in asked.pairs[kind].items()
        if one in at and (other in at or kind is WishKind.APART)
    )


def start(
    asked: Asked, taken: Sequence[tuple[int, ...]], at: Mapping[int, int], of_moves: bool
) -> dict[int, int]:
    """The best assignment that leaves the members of consortia where they are."""
    fixed = {one: at[one] for unit in taken if len(unit) > 1 for one in unit}
    found = assigned(asked, sorted(at), _worths(asked, of_moves), fixed)
    return found[0] if found else dict(at)


def _worths(asked: Asked, of_moves: bool) -> Mapping[tuple[int, int], int]:
    return dict.fromkeys(asked.before.items(), 1) if of_moves else asked.worths


class Parts:
    """Draws the next part: around an unmet wish of a pair, or around a place."""

    def __init__(self, asked: Asked, at: Mapping[int, int]) -> None:
        self.asked = asked
        self.chance = random.Random(SEED)  # noqa: S311 - a search, no secret
        self.who = sorted(at)
        self.turn = 0

    def draw(self, at: Mapping[int, int]) -> set[int]:
        """The applicants to place anew."""
        self.turn += 1
        unmet = self._unmet(at) if self.turn % 3 else []
        middle = (
            [one for one in self.chance.choice(unmet)] if unmet else [self.chance.choice(self.who)]
        )
        found: set[int] = set()
        for one in middle:
            found |= self._around(one, at, PART // len(middle))
        for unit in self.asked.units:
            if len(unit) > 1 and found & set(unit) and all(one in at for one in unit):
                found |= set(unit)
        return found

    def _unmet(self, at: Mapping[int, int]) -> list[tuple[int, int]]:
        ground, found = self.asked.ground, []
        for kind in PAIRS:
            for one, other in self.asked.pairs[kind]:
                if one in at and other in at:
                    if kind is WishKind.NEIGHBOUR:
                        met = at[other] in ground.beside[at[one]]
                    else:
                        met = at[other] not in ground.near[at[one]]
                    if not met:
                        found.append((one, other))
        return found

    def _around(self, one: int, at: Mapping[int, int], size: int) -> set[int]:
        """Whoever stands near, and whoever stands where this one would fit."""
        by = {place: who for who, place in at.items()}
        near = [by[place] for place in sorted(self.asked.ground.near[at[one]]) if place in by]
        rivals = [by[place] for place in sorted(self.asked.fitting[one]) if place in by]
        self.chance.shuffle(near)
        self.chance.shuffle(rivals)
        return {one, *near[: size // 2], *rivals[: size - size // 2 - 1]}


def anew(
    asked: Asked, taken: Sequence[tuple[int, ...]], at: Mapping[int, int], part: set[int]
) -> Model:
    """The model in which only the applicants of `part` may go elsewhere, to what is free then."""
    kept = {place for one, place in at.items() if one not in part}
    fitting = [
        (asked.fitting[one] - kept)
        if one in part
        else frozenset({at[one]})
        if one in at
        else frozenset[int]()
        for one in range(len(asked.keys))
    ]
    model = Model(asked, taken, fitting)
    model.hint(at)
    return model
