"""Who stands in which row of a layout, how wide and how deep, and in which order: CP-SAT."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ortools.sat.python import cp_model

from booths.plans.outlines import area
from booths.plans.rules import Edge, StandKind
from booths.proposals.layouts import DEPTHS, NARROWEST, STEPS, Ground, Layout, Row
from booths.proposals.model import SEED
from booths.proposals.rules import MOST_PLACES, Applicant, Case, WishKind, units, wishes

Standing = list[tuple[int, list[tuple[int, int]]]]
"""For each row its depth in metres, and (applicant, front in steps) of everybody in it."""


@dataclass(frozen=True, slots=True)
class Filled:
    """Who is served, in rank order, and the rows for them; `proven`: nobody else could be."""

    served: tuple[bool, ...]
    points: int
    rows: tuple[Row, ...]
    proven: bool


def fill(ground: Ground, layout: Layout, case: Case, until: float) -> Filled:
    """The rows of a layout, serving the ranking as far as the room goes."""
    every = units(case.applicants)
    taken: list[tuple[int, ...]] = []
    left = list(range(len(every)))
    served = [False] * len(every)
    sure = True
    kept: Standing = []
    began = time.monotonic()
    choosing = began + 0.6 * (until - began)
    while left and time.monotonic() < choosing:
        # The longest beginning of what is left that still fits: what fits, fits without its end.
        low, high = 0, _roomy(ground, case, taken, [every[at] for at in left])
        while low < high:
            middle = (low + high + 1) // 2
            some = [*taken, *(every[at] for at in left[:middle])]
            # No single question takes more than a part of what is left.
            patience = max(0.1, (choosing - time.monotonic()) / 4)
            answer, found = _fits(ground, layout, case, some, patience)
            sure = sure and answer is not None
            kept = found or kept
            low, high = (middle, high) if answer else (low, middle - 1)
        for at in left[:low]:
            served[at] = True
            taken.append(every[at])
        left = left[low + 1 :]
    best = _Rows(ground, layout, case, taken).best(max(until - time.monotonic(), 0.5))
    points, standing = best if best is not None else (0, kept)
    rows = tuple(
        Row(Decimal(depth), tuple(Decimal(width) / STEPS for _, width in order))
        for depth, members in standing
        for order in [_ordered(case, layout, members)]
    )
    return Filled(tuple(served), points, rows, sure and not left)


def _roomy(
    ground: Ground, case: Case, taken: list[tuple[int, ...]], more: list[tuple[int, ...]]
) -> int:
    """How many of `more` have room beside `taken` if only their smallest areas count."""
    room = net_of(ground) - sum(_least(case, unit) for unit in taken)
    for number, unit in enumerate(more):
        room -= _least(case, unit)
        if room < 0:
            return number
    return len(more)


def _least(case: Case, unit: tuple[int, ...]) -> Decimal:
    return sum((case.applicants[one].minimum_m2 for one in unit), Decimal(0))


def _fits(
    ground: Ground, layout: Layout, case: Case, taken: list[tuple[int, ...]], seconds: float
) -> tuple[bool | None, Standing]:
    """Whether these fit into the rows, and how; None when the time was too short to know."""
    if sum(map(len, taken)) > MOST_PLACES:
        return False, []
    model = _Rows(ground, layout, case, taken)
    solver = _timed(seconds)
    status = solver.solve(model.cp)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return True, model.standing(solver)
    return False if status == cp_model.INFEASIBLE else None, []


def net_of(ground: Ground) -> Decimal:
    gross = area(ground.block.width_m, ground.block.depth_m)
    return gross if ground.net_m2 is None else min(gross, ground.net_m2)


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
        self.at = {
            (one, row): cp.new_bool_var("") for one in self.who for row in range(layout.rows)
        }
        self.deeper: dict[int, Any] = {}
        self.front: dict[int, Any] = {}
        self.loss: list[Any] = []
        areas = [self._size(case.applicants[one], one) for one in self.who]
        cp.add(sum(areas) <= int(net_of(ground) * STEPS))
        for row in range(layout.rows):
            used = []
            for one in self.who:
                here, front = self.at[one, row], cp.new_int_var(0, layout.length, "")
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
        size = cp.new_int_var(0, max(DEPTHS) * max(length, NARROWEST), "")
        for depth, lit in zip(DEPTHS, (deeper.negated(), deeper), strict=True):
            cp.add(size == front * depth).only_enforce_if(lit)
        cp.add(size >= _halves(applicant.minimum_m2, up=True))
        cp.add(size <= _halves(applicant.maximum_m2))
        off = cp.new_int_var(0, max(DEPTHS) * max(length, NARROWEST), "")
        cp.add(off >= size - _halves(applicant.wanted_m2))
        cp.add(off >= _halves(applicant.wanted_m2) - size)
        weight = applicant.weights.get(WishKind.AREA, self.case.weights.get(WishKind.AREA, 0))
        self.loss.append(off * _per_half(applicant, weight))
        return size

    def best(self, seconds: float) -> tuple[int, Standing] | None:
        """(points, who stands how); None in too little time."""
        gains = [-each for each in self.loss] + self._ends() + self._together()
        self.cp.maximize(sum(gains))
        solver = _timed(seconds)
        if solver.solve(self.cp) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        return round(solver.objective_value), self.standing(solver)

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
        ends = len({Edge.LEFT, Edge.RIGHT} & self.layout.block.open_edges)
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
            self.cp.add(sum(met) <= ends)
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
    return -int(-space * STEPS // 1) if up else int(space * STEPS)


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
    solver = _timed(2.0)
    if solver.solve(cp) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return sorted(members, key=lambda each: case.applicants[each[0]].consortium)
    order: list[tuple[int, int]] = []
    node = 0
    while True:
        node = next(b for b in nodes if b != node and solver.boolean_value(arcs[node, b]))
        if node == 0:
            return order
        order.append(members[node - 1])


def _timed(seconds: float) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.catch_sigint_signal = False
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = SEED
    return solver
