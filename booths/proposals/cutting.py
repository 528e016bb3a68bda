"""Stands for a block that has none: rows along aisles, 3 m or 4 m deep, as wide as is asked for.

First the rows: CP-SAT chooses how deep each one is, who stands in it and how wide each front is, so
that the ranking is served as far as the block allows (in the same sense as in rules.py), and then
as many wishes as possible. Then the order within each row, one circuit a row. What comes out are
stands, on which solver.py places the applicants as on any other plan.

The members of a consortium share a row. Power and water are laid to where they are needed.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from ortools.sat.python import cp_model

from booths.plans.outlines import Rect, area, metres
from booths.plans.rules import Block, Edge, Placed, StandKind, kind_for, open_sides
from booths.proposals.model import SEED
from booths.proposals.rules import (
    MOST_PLACES,
    Applicant,
    Case,
    Place,
    WishKind,
    check,
    units,
    wishes,
)
from server.errors import Refused
from server.text import N_, gettext
from server.web.formats import m2, number

DEPTHS = (3, 4)
STEPS = 2
"""Fronts are whole halves of a metre."""
NARROWEST = 2 * STEPS
_TURNED = {
    Edge.TOP: Edge.LEFT,
    Edge.LEFT: Edge.TOP,
    Edge.RIGHT: Edge.BOTTOM,
    Edge.BOTTOM: Edge.RIGHT,
}


@dataclass(frozen=True, slots=True)
class Ground:
    """What may be cut: the block, its net area (None: all of it), the aisles between rows."""

    block: Block
    net_m2: Decimal | None = None
    aisle_m: Decimal = Decimal(3)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of stands: its depth, and the fronts from left to right, in metres."""

    depth_m: Decimal
    fronts_m: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """The case with its new places, the rows, and whether nobody was passed over."""

    case: Case
    rows: tuple[Row, ...]
    left_out: tuple[str, ...]
    proven: bool

    def told(self) -> list[str]:
        """A sentence for each row, and one for all."""
        said = [
            gettext(
                N_("Row {row}: {n} stands, {depth} m deep, {long} m along the aisle."),
                row=chr(65 + at),
                n=len(row.fronts_m),
                depth=number(row.depth_m),
                long=number(sum(row.fronts_m, Decimal(0))),
            )
            for at, row in enumerate(self.rows)
        ]
        used = sum((place.area_m2 for place in self.case.places), Decimal(0))
        said.append(
            gettext(N_("{n} stands with {area} are cut."), n=len(self.case.places), area=m2(used))
        )
        if self.left_out:
            said.append(
                gettext(
                    N_("Together with everybody ranked before there is no room for {names}."),
                    names=", ".join(self.left_out),
                )
            )
        if not self.proven:
            said.append(
                gettext(N_("In the time given it was not proven that no cutting serves more."))
            )
        return said


def cut(ground: Ground, case: Case, seconds: float) -> Cut:
    """The best cutting found in about `seconds`. Refused when not even one stand fits."""
    check(case)
    until = time.monotonic() + seconds
    layouts = [layout for turned in (False, True) for layout in _layouts(ground, turned)]
    best: _Filled | None = None
    for at, layout in enumerate(layouts):
        share = (until - time.monotonic()) / (len(layouts) - at)
        filled = _fill(ground, layout, case, time.monotonic() + max(share, 0.2))
        if filled.drawn and (best is None or filled.better_than(best)):
            best = filled
    if best is None:
        raise Refused(N_("No stand of the sizes asked for fits into this block with such aisles."))
    left_out = tuple(
        case.applicants[one].name
        for unit, served in zip(units(case.applicants), best.served, strict=True)
        for one in unit
        if not served
    )
    return Cut(replace(case, places=tuple(best.drawn)), best.rows, left_out, best.proven)


# -- where rows can run ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Layout:
    """Strips from the upper side down: u a row facing up, d a row facing down, a an aisle.

    `turned` layouts run from left to right instead: they are made for the block lying on its side.
    """

    strips: str
    block: Block
    length: int
    room: int
    turned: bool

    @property
    def rows(self) -> int:
        return self.strips.count("u") + self.strips.count("d")


def _layouts(ground: Ground, turned: bool) -> list[_Layout]:
    """The one or two largest numbers of rows that fit: fewer rows may be deeper."""
    block = ground.block
    if turned:
        block = Block(
            block.depth_m, block.width_m, frozenset(_TURNED[edge] for edge in block.open_edges)
        )
    cycle = "uda" if Edge.TOP in block.open_edges else "dau"
    found: list[_Layout] = []
    strips = ""
    while len(strips) < 60:
        strips += cycle[len(strips) % 3]
        aisles = strips.count("a")
        rows = len(strips) - aisles
        room = block.depth_m - aisles * ground.aisle_m
        if rows * DEPTHS[0] > room:
            break
        shut = strips[-1] == "d" and Edge.BOTTOM not in block.open_edges
        if shut or not rows:
            continue
        length = block.width_m
        if aisles and not {Edge.LEFT, Edge.RIGHT} & block.open_edges:
            length -= ground.aisle_m
        found.append(_Layout(strips, block, int(length * STEPS), int(room), turned))
    most = {layout.rows for layout in found}
    kept = sorted(most)[-2:]
    last = {layout.rows: layout for layout in found}
    return [last[rows] for rows in reversed(kept)]


# -- who stands in which row ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Filled:
    served: tuple[bool, ...]
    points: int
    drawn: list[Place]
    rows: tuple[Row, ...]
    proven: bool

    def better_than(self, other: "_Filled") -> bool:
        return (self.served, self.points) > (other.served, other.points)


def _fill(ground: Ground, layout: _Layout, case: Case, until: float) -> _Filled:
    every = units(case.applicants)
    taken: list[tuple[int, ...]] = []
    left = list(range(len(every)))
    served = [False] * len(every)
    sure = True
    while left:
        # The longest beginning of what is left that still fits; sets that fit shrink and fit.
        low, high = 0, len(left)
        while low < high:
            middle = (low + high + 1) // 2
            some = [*taken, *(every[at] for at in left[:middle])]
            answer = _fits(ground, layout, case, some, until)
            sure = sure and answer is not None
            low, high = (middle, high) if answer else (low, middle - 1)
        for at in left[:low]:
            served[at] = True
            taken.append(every[at])
        left = left[low + 1 :]
    best = _Rows(ground, layout, case, taken).best(max(until - time.monotonic(), 0.5))
    if best is None:
        return _Filled(tuple(served), 0, [], (), sure)
    points, standing = best
    rows = tuple(
        Row(Decimal(depth), tuple(Decimal(width) / STEPS for _, width in order))
        for depth, members in standing
        for order in [_ordered(case, layout, members)]
    )
    return _Filled(tuple(served), points, _drawn(ground, layout, rows), rows, sure)


def _fits(
    ground: Ground, layout: _Layout, case: Case, taken: list[tuple[int, ...]], until: float
) -> bool | None:
    """Whether these fit into the rows; None when the time was too short to know."""
    people = [case.applicants[one] for unit in taken for one in unit]
    least = sum((one.minimum_m2 for one in people), Decimal(0))
    if least > _net(ground) or len(people) > MOST_PLACES:
        return False
    model = _Rows(ground, layout, case, taken)
    solver = _solver(max(0.1, until - time.monotonic()))
    status = solver.solve(model.cp)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return True
    return False if status == cp_model.INFEASIBLE else None


def _net(ground: Ground) -> Decimal:
    gross = area(ground.block.width_m, ground.block.depth_m)
    return gross if ground.net_m2 is None else min(gross, ground.net_m2)


class _Rows:
    """Depths of rows, and the row and the front of everybody in `taken`."""

    def __init__(
        self, ground: Ground, layout: _Layout, case: Case, taken: list[tuple[int, ...]]
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
        cp.add(sum(areas) <= int(_net(ground) * STEPS))
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

    def best(self, seconds: float) -> tuple[int, list[tuple[int, list[tuple[int, int]]]]] | None:
        """(points, for each row its depth and its (applicant, front)); None in too little time."""
        gains = [-each for each in self.loss] + self._ends() + self._together()
        self.cp.maximize(sum(gains))
        solver = _solver(seconds)
        if solver.solve(self.cp) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        standing = []
        for row in range(self.layout.rows):
            members = [
                (one, solver.value(self.front[one]))
                for one in self.who
                if solver.boolean_value(self.at[one, row])
            ]
            standing.append((DEPTHS[solver.boolean_value(self.deep[row])], members))
        return round(solver.objective_value), standing

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


# -- the order within a row -----------------------------------------------------------------------


def _ordered(
    case: Case, layout: _Layout, members: Sequence[tuple[int, int]]
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
    solver = _solver(2.0)
    if solver.solve(cp) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return sorted(members, key=lambda each: case.applicants[each[0]].consortium)
    order: list[tuple[int, int]] = []
    node = 0
    while True:
        node = next(b for b in nodes if b != node and solver.boolean_value(arcs[node, b]))
        if node == 0:
            return order
        order.append(members[node - 1])


# -- on the floor ---------------------------------------------------------------------------------


def _drawn(ground: Ground, layout: _Layout, rows: Sequence[Row]) -> list[Place]:
    """The stands of the rows with the kinds that the aisles give them; what is left over widens
    the aisles. Nothing when a stand could not be entered.
    """
    aisles = layout.strips.count("a")
    over = layout.block.depth_m - sum((row.depth_m for row in rows), Decimal(0))
    aisle_m = metres(over / aisles) if aisles else Decimal(0)
    stands: list[Placed] = []
    y_m, at = Decimal("0.00"), 0
    for strip in layout.strips:
        if strip == "a":
            y_m = min(y_m + aisle_m, layout.block.depth_m)
            continue
        x_m, row = Decimal("0.00"), rows[at]
        depth_m = row.depth_m
        y_m = min(y_m, layout.block.depth_m - depth_m)
        for place, front_m in enumerate(row.fronts_m, 1):
            rect = Rect(metres(x_m), metres(y_m), metres(front_m), metres(depth_m))
            if layout.turned:
                rect = Rect(rect.y_m, rect.x_m, rect.depth_m, rect.width_m)
            stands.append(Placed(f"{chr(65 + at)}{place}", rect.outline))
            x_m += front_m
        y_m += depth_m
        at += 1
    sides = open_sides(ground.block, stands)
    kinds = [kind_for(len(sides[stand.label])) for stand in stands]
    if None in kinds:
        return []
    return [
        Place(
            stand.label,
            stand.outline,
            area(
                stand.outline[1][0] - stand.outline[0][0],
                stand.outline[2][1] - stand.outline[1][1],
            ),
            kind,
        )
        for stand, kind in zip(stands, kinds, strict=True)
        if kind is not None
    ]


def _solver(seconds: float) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = SEED
    return solver
