"""How wide and how deep everybody stands, in which row and in which order: CP-SAT.

Who is served is known by then (packing.py), and one way to do it. From there the fronts grow
towards what is wished, and the search goes on until its time is over; how much better another
cutting of the same rows could be at most is said with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any

from ortools.sat.python import cp_model

from booths.plans.rules import Edge, StandKind
from booths.proposals.layouts import DEPTHS, NARROWEST, STEPS, Ground, Layout, Row
from booths.proposals.packing import Packed, least_front, net_of, timed
from booths.proposals.rules import Applicant, Case, WishKind, units, wishes

Standing = list[tuple[int, list[tuple[int, int]]]]
"""For each row its depth in metres, and (applicant, front in steps) of everybody in it."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The rows, the points of the wishes that they can meet, and what no such rows exceed."""

    points: int
    bound: int
    rows: tuple[Row, ...]


def fill(ground: Ground, layout: Layout, case: Case, packed: Packed, seconds: float) -> Filled:
    """The rows for everybody who is served."""
    every = units(case.applicants)
    taken = [unit for unit, served in zip(every, packed.served, strict=True) if served]
    model = _Rows(ground, layout, case, taken)
    points, bound, standing = model.best(_widened(ground, layout, case, packed), seconds)
    rows = tuple(
        Row(Decimal(depth), tuple(Decimal(width) / STEPS for _, width in order))
        for depth, members in standing
        for order in [_ordered(case, layout, members)]
    )
    return Filled(points, bound, rows)


def _widened(ground: Ground, layout: Layout, case: Case, packed: Packed) -> Standing:
    """Everybody as they were packed, then half a metre more for whom it is worth most, as long as
    the rows and the net area allow."""
    found: Standing = []
    for n, row in enumerate(packed.rows):
        depth = DEPTHS[n >= layout.rows - packed.deep]
        people = [one for unit in row for one in packed.units[unit]]
        found.append((depth, [(one, _least(case.applicants[one], depth)) for one in people]))
    left = int(net_of(ground) * STEPS) - sum(
        depth * front for depth, row in found for _, front in row
    )
    for depth, members in found:
        room = layout.length - sum(front for _, front in members)
        while room and left >= depth:
            gains = [
                (_gain(case, one, front * depth, depth), -n)
                for n, (one, front) in enumerate(members)
            ]
            gain, n = max(gains, default=(0, 0))
            if gain <= 0:
                break
            one, front = members[-n]
            members[-n] = one, front + 1
            room, left = room - 1, left - depth
    return found


def _least(applicant: Applicant, depth: int) -> int:
    front = least_front(applicant, depth)
    assert front is not None
    return front


def _gain(case: Case, one: int, size: int, more: int) -> int:
    """Points that `more` halves of a square metre are worth to somebody who has `size`."""
    applicant = case.applicants[one]
    if size + more > _halves(applicant.maximum_m2):
        return 0
    wanted = _halves(applicant.wanted_m2)
    return (abs(size - wanted) - abs(size + more - wanted)) * _per_half(
        applicant, _weight(case, applicant)
    )


class _Rows:
    """Depths of rows, and the row and the front of everybody in `taken`."""

    def __init__(
        self, ground: Ground, layout: Layout, case: Case, taken: list[tuple[int, ...]]
    ) -> None:
        self.case, self.layout = case, layout
        self.who = sorted(one for unit in taken for one in unit)
        cp = self.cp = cp_model.CpModel()
        self.deep = [cp.new_bool_var("") for _ in range(layout.rows)]
        low, high = DEPTHS
        cp.add(sum(low + (high - low) * each for each in self.deep) <= layout.room)
        for row in range(1, layout.rows):
            cp.add_implication(self.deep[row - 1], self.deep[row])  # rows alike: the deep ones last
        self.at = {
            (one, row): cp.new_bool_var("") for one in self.who for row in range(layout.rows)
        }
        self.deeper: dict[int, Any] = {}
        self.front: dict[int, Any] = {}
        self.here: dict[tuple[int, int], Any] = {}
        self.size: dict[int, Any] = {}
        self.off: dict[int, Any] = {}
        self.loss: list[Any] = []
        areas = [self._size(case.applicants[one], one) for one in self.who]
        cp.add(sum(areas) <= int(net_of(ground) * STEPS))
        for row in range(layout.rows):
            used = []
            for one in self.who:
                here, front = self.at[one, row], cp.new_int_var(0, layout.length, "")
                self.here[one, row] = front
                cp.add(front == self.front[one]).only_enforce_if(here)
                cp.add(front == 0).only_enforce_if(here.negated())
                used.append(front)
                cp.add(self.deeper[one] == self.deep[row]).only_enforce_if(here)
            cp.add(sum(used) <= layout.length)
        for unit in taken:
            for one in unit[1:]:
                for row in range(layout.rows):
                    cp.add(self.at[one, row] == self.at[unit[0], row])

    def _size(self, applicant: Applicant, one: int) -> Any:
        """Front and row of one applicant; its area in halves of a square metre."""
        cp, length = self.cp, self.layout.length
        cp.add_exactly_one(self.at[one, row] for row in range(self.layout.rows))
        deeper = self.deeper[one] = cp.new_bool_var("")
        front = self.front[one] = cp.new_int_var(NARROWEST, max(length, NARROWEST), "")
        size = self.size[one] = cp.new_int_var(0, max(DEPTHS) * max(length, NARROWEST), "")
        for depth, lit in zip(DEPTHS, (deeper.negated(), deeper), strict=True):
            cp.add(size == front * depth).only_enforce_if(lit)
        cp.add(size >= _halves(applicant.minimum_m2, up=True))
        cp.add(size <= _halves(applicant.maximum_m2))
        off = cp.new_int_var(0, max(DEPTHS) * max(length, NARROWEST), "")
        cp.add(off >= size - _halves(applicant.wanted_m2))
        cp.add(off >= _halves(applicant.wanted_m2) - size)
        self.off[one] = off
        self.loss.append(off * _per_half(applicant, _weight(self.case, applicant)))
        return size

    def best(self, known: Standing, seconds: float) -> tuple[int, int, Standing]:
        """(points, what no such rows exceed, who stands how); `known` where the time is too short
        to find anything."""
        people = [self.case.applicants[one] for one in self.who]
        full = sum(_weight(self.case, each) * 100 for each in people)
        self.cp.maximize(sum([-each for each in self.loss] + self._ends() + self._together()))
        self._hint(known)
        solver = timed(max(seconds, 0.1))
        keys = {each.key for each in people}
        beside = sum(
            wish.weight * 100
            for wish in wishes(self.case)
            if wish.kind is WishKind.NEIGHBOUR and wish.applicant in keys and wish.other in keys
        )
        corners = sorted((_corner(self.case, one) * 100 for one in self.who), reverse=True)
        most = full + sum(corners[: self.ends * self.layout.rows]) + beside
        if solver.solve(self.cp) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            bound = min(most, full + round(solver.best_objective_bound))
            return full + round(solver.objective_value), bound, self.standing(solver)
        lost = sum(self._off(one, front * depth) * self._per_half(one)
                   for depth, row in known for one, front in row)  # fmt: skip
        row_of = {
            self.case.applicants[one].key: n for n, (_, row) in enumerate(known) for one, _ in row
        }
        side_by_side = [
            (wish.weight if wish.kind is WishKind.NEIGHBOUR else -wish.weight) * 100
            for wish in wishes(self.case)
            if wish.applicant in row_of and row_of[wish.applicant] == row_of.get(wish.other)
        ]
        return full - lost + sum(side_by_side), most, known

    @property
    def ends(self) -> int:
        """How many ends of a row are corners."""
        return len({Edge.LEFT, Edge.RIGHT} & self.layout.block.open_edges)

    def _off(self, one: int, size: int) -> int:
        return abs(size - _halves(self.case.applicants[one].wanted_m2))

    def _per_half(self, one: int) -> int:
        applicant = self.case.applicants[one]
        return _per_half(applicant, _weight(self.case, applicant))

    def _hint(self, known: Standing) -> None:
        for row, (depth, members) in enumerate(known):
            self.cp.add_hint(self.deep[row], depth == DEPTHS[1])
            fronts = dict(members)
            for one in self.who:
                self.cp.add_hint(self.at[one, row], one in fronts)
                self.cp.add_hint(self.here[one, row], fronts.get(one, 0))
            for one, front in members:
                self.cp.add_hint(self.front[one], front)
                self.cp.add_hint(self.deeper[one], depth == DEPTHS[1])
                self.cp.add_hint(self.size[one], front * depth)
                self.cp.add_hint(self.off[one], self._off(one, front * depth))

    def standing(self, solver: cp_model.CpSolver) -> Standing:
        """What the solver has found."""
        found = []
        for row in range(self.layout.rows):
            members = [
                (one, solver.value(self.front[one]))
                for one in self.who
                if solver.boolean_value(self.at[one, row])
            ]
            found.append((DEPTHS[solver.boolean_value(self.deep[row])], members))
        return found

    def _ends(self) -> list[Any]:
        """Corner wishes that the ends of the rows can meet."""
        gains = []
        for row in range(self.layout.rows):
            met = []
            for one in self.who:
                weight = _corner(self.case, one)
                if weight:
                    lit = self.cp.new_bool_var("")
                    self.cp.add_implication(lit, self.at[one, row])
                    met.append(lit)
                    gains.append(lit * weight * 100)
            self.cp.add(sum(met) <= self.ends)
        return gains

    def _together(self) -> list[Any]:
        """Neighbours in one row, competitors in two."""
        number = {each.key: at for at, each in enumerate(self.case.applicants)}
        gains = []
        for wish in wishes(self.case):
            one, other = number[wish.applicant], number.get(wish.other, -1)
            if not wish.other or one not in self.front or other not in self.front:
                continue
            for row in range(self.layout.rows):
                both = self.cp.new_bool_var("")
                mine, theirs = self.at[one, row], self.at[other, row]
                if wish.kind is WishKind.NEIGHBOUR:
                    self.cp.add_bool_and(mine, theirs).only_enforce_if(both)
                    gains.append(both * wish.weight * 100)
                else:
                    self.cp.add_bool_or(mine.negated(), theirs.negated(), both)
                    gains.append(both * wish.weight * -100)
        return gains


def _halves(space: Decimal, *, up: bool = False) -> int:
    """Square metres as halves, as the grid of fronts makes them."""
    return ceil(space * STEPS) if up else int(space * STEPS)


def _weight(case: Case, applicant: Applicant) -> int:
    """What the area wanted counts to an applicant."""
    return applicant.weights.get(WishKind.AREA, case.weights.get(WishKind.AREA, 0))


def _per_half(applicant: Applicant, weight: int) -> int:
    """Points that half a square metre away from the area wanted costs."""
    return int(weight * 100 / (applicant.wanted_m2 * STEPS))


def _corner(case: Case, one: int) -> int:
    """The weight of an applicant's wish for more than one open side."""
    applicant = case.applicants[one]
    found = 0
    if applicant.kind not in (None, StandKind.ROW):
        found += applicant.weights.get(WishKind.KIND, case.weights.get(WishKind.KIND, 0))
    if applicant.open_sides > 1:
        found += applicant.weights.get(WishKind.OPEN_SIDES, case.weights[WishKind.OPEN_SIDES])
    return found


# -- the order within a row ------------------------------------------------------------------------


def _ordered(
    case: Case, layout: Layout, members: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The members of a row from left to right: wishes for neighbours and corners met as far as can
    be, consortia together. One circuit through all members that begins and ends outside.
    """
    if len(members) < 2:
        return list(members)
    cp = cp_model.CpModel()
    nodes = range(len(members) + 1)
    arcs = {(a, b): cp.new_bool_var("") for a in nodes for b in nodes if a != b}
    cp.add_circuit([(a, b, lit) for (a, b), lit in arcs.items()])
    at = {case.applicants[one].key: n for n, (one, _) in enumerate(members, 1)}
    groups: dict[str, list[int]] = {}
    gains = []
    for n, (one, _) in enumerate(members, 1):
        applicant = case.applicants[one]
        if applicant.consortium:
            groups.setdefault(applicant.consortium, []).append(n)
        weight = _corner(case, one)
        if weight and Edge.LEFT in layout.block.open_edges:
            gains.append(arcs[0, n] * weight)
        if weight and Edge.RIGHT in layout.block.open_edges:
            gains.append(arcs[n, 0] * weight)
    for group in groups.values():
        inside = [arcs[a, b] for a in group for b in group if a != b]
        cp.add(sum(inside) == len(group) - 1)
    for wish in wishes(case):
        a, b = at.get(wish.applicant), at.get(wish.other)
        if a is not None and b is not None:
            sign = 1 if wish.kind is WishKind.NEIGHBOUR else -1
            gains += [arcs[a, b] * sign * wish.weight, arcs[b, a] * sign * wish.weight]
    cp.maximize(sum(gains))
    solver = timed(1.0)
    if solver.solve(cp) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return sorted(members, key=lambda each: case.applicants[each[0]].consortium)
    order: list[tuple[int, int]] = []
    node = 0
    while True:
        node = next(b for b in nodes if b != node and solver.boolean_value(arcs[node, b]))
        if node == 0:
            return order
        order.append(members[node - 1])
