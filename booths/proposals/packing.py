"""Who fits into the rows of a layout: a question of lengths alone, before anybody has a place.

Everybody takes the least front that the smallest area allows: one length in a row 3 m deep, another
in a row 4 m deep; a consortium takes the sum of its members' and stays in one row. A row is full
when its length is. The ranking is gone through once, for every number of deep rows at a time:

* No: all rows of a depth as one long row (exact, by dynamic programming) would be too short.
* Yes: the fronts are put into the rows, each filled as full as it can be from the largest on.
* What lies between is left to CP-SAT, as long as time is left.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil

from ortools.sat.python import cp_model

from booths.plans.outlines import area
from booths.proposals.layouts import DEPTHS, NARROWEST, STEPS, Ground, Layout
from booths.proposals.model import SEED
from booths.proposals.rules import MOST_PLACES, Applicant, Case, units

SHALLOW, DEEP = DEPTHS
Rows = list[list[int]]
"""For each row who is in it, as places in the list of units; shallow rows first."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Which units are served, in rank order; of whom it is `undecided` whether there is room for
    them too; how many rows are deep, and the units in each row (shallow rows first)."""

    units: list[tuple[int, ...]]
    served: tuple[bool, ...]
    undecided: tuple[int, ...]
    deep: int
    rows: Rows

    @property
    def at_best(self) -> tuple[bool, ...]:
        """The beginning of the ranking that this layout might serve, given time without end."""
        if not self.undecided:
            return self.served
        return (*self.served[: self.undecided[0]], True)


@dataclass(slots=True)
class _Option:
    """One number of deep rows. `rows` None: the taken ones may fit, but it is not known how."""

    deep: int
    lengths: tuple[int, int]
    rows: Rows | None
    dead: bool = False


def net_of(ground: Ground) -> Decimal:
    """What may be cut at most, in square metres."""
    gross = area(ground.block.width_m, ground.block.depth_m)
    return gross if ground.net_m2 is None else min(gross, ground.net_m2)


def least_front(applicant: Applicant, depth: int) -> int | None:
    """The narrowest front, in steps, that gives the smallest area; None where it gives too much."""
    front = max(NARROWEST, ceil(applicant.minimum_m2 * STEPS / depth))
    return front if front * depth <= int(applicant.maximum_m2 * STEPS) else None


def pack(ground: Ground, layout: Layout, case: Case, until: float) -> Packed:
    """The ranking served as far as the rows are long."""
    return _Packing(ground, layout, case, until).run()


@dataclass(slots=True)
class _Packing:
    ground: Ground
    layout: Layout
    case: Case
    until: float
    units: list[tuple[int, ...]] = field(init=False)
    fronts: list[tuple[int | None, int | None]] = field(init=False)
    net: int = field(init=False)
    taken: list[int] = field(default_factory=list)
    least: list[list[int]] = field(default_factory=list)
    """After each of `taken`: for every length of shallow rows the least length of deep rows."""

    def run(self) -> Packed:
        self.units = units(self.case.applicants)
        self.fronts = [self._front(unit) for unit in self.units]
        self.net = int(net_of(self.ground) * STEPS)
        rows, length = self.layout.rows, self.layout.length
        options = [
            _Option(deep, ((rows - deep) * length, deep * length), [[] for _ in range(rows)])
            for deep in range(rows + 1)
            if SHALLOW * rows + (DEEP - SHALLOW) * deep <= self.layout.room
        ]
        self.least = [[0] * (rows * length + 1)]
        served, undecided, people = [], [], 0
        for unit in range(len(self.units)):
            people += len(self.units[unit])
            known = people <= MOST_PLACES and self._take(options, unit)
            if known is None:
                undecided.append(unit)
            if not known:
                people -= len(self.units[unit])
            served.append(bool(known))
        best = next(each for each in options if not each.dead and each.rows is not None)
        assert best.rows is not None
        return Packed(self.units, tuple(served), tuple(undecided), best.deep, best.rows)

    def _front(self, unit: tuple[int, ...]) -> tuple[int | None, int | None]:
        found = []
        for depth in DEPTHS:
            each = [least_front(self.case.applicants[one], depth) for one in unit]
            total = None if None in each else sum(front for front in each if front is not None)
            found.append(None if total is None or total > self.layout.length else total)
        return found[0], found[1]

    def _take(self, options: list[_Option], unit: int) -> bool | None:
        """Whether a unit fits beside those taken, who are packed anew if it must be."""
        more = self._with(self.least[-1], self.fronts[unit])
        tried: list[tuple[_Option, Rows | None]] = []
        for option in options:
            if option.dead or not self._room(more, option):
                continue
            rows = None if option.rows is None else self._added(option, unit)
            tried.append((option, rows or self._packed(option, more, [*self.taken, unit])))
        if not tried:
            return False
        if all(rows is None for _, rows in tried):
            answers = [(option, *self._searched(option, unit)) for option, _ in tried]
            tried = [(option, rows) for option, rows, sure in answers if rows or not sure]
            if not tried:
                return False
            if all(rows is None for _, rows in tried):
                return None
        alive = {id(option): rows for option, rows in tried}
        for option in options:
            option.dead = option.dead or id(option) not in alive
            option.rows = alive.get(id(option))
        self.taken.append(unit)
        self.least.append(more)
        return True

    # all rows of a depth as one

    def _with(self, least: list[int], fronts: tuple[int | None, int | None]) -> list[int]:
        shallow, deep = fronts
        never = 1 << 30
        found = [never] * len(least) if deep is None else [each + deep for each in least]
        if shallow is not None:
            for at in range(shallow, len(least)):
                found[at] = min(found[at], least[at - shallow])
        return found

    def _lengths(self, least: list[int], option: _Option) -> list[int]:
        """The lengths of shallow rows with which everybody would fit, the most even ones first."""
        shallow, deep = option.lengths
        even = []
        for at in range(shallow + 1):
            used = SHALLOW * at + DEEP * least[at]
            if least[at] <= deep and used <= self.net:
                spare = min(
                    shallow - at if shallow else deep, deep - least[at] if deep else shallow
                )
                even.append((-spare, used, at))
        return [at for *_, at in sorted(even)]

    def _room(self, least: list[int], option: _Option) -> bool:
        shallow, deep = option.lengths
        return any(
            least[at] <= deep and SHALLOW * at + DEEP * least[at] <= self.net
            for at in range(shallow, -1, -1)
        )

    # into the rows

    def _depth(self, option: _Option, row: int) -> int:
        return int(row >= self.layout.rows - option.deep)

    def _used(self, option: _Option, rows: Rows) -> list[int]:
        return [
            sum(self.fronts[unit][self._depth(option, n)] or 0 for unit in row)
            for n, row in enumerate(rows)
        ]

    def _added(self, option: _Option, unit: int) -> Rows | None:
        """The unit in the fullest row that still has room."""
        assert option.rows is not None
        used = self._used(option, option.rows)
        areas = sum(DEPTHS[self._depth(option, n)] * each for n, each in enumerate(used))
        fitting = []
        for n, each in enumerate(used):
            depth = self._depth(option, n)
            front = self.fronts[unit][depth]
            if front is None or each + front > self.layout.length:
                continue
            if areas + DEPTHS[depth] * front <= self.net:
                fitting.append((self.layout.length - each - front, n))
        if not fitting:
            return None
        _, best = min(fitting)
        return [[*row, unit] if n == best else row for n, row in enumerate(option.rows)]

    def _packed(self, option: _Option, least: list[int], who: Sequence[int]) -> Rows | None:
        """Everybody anew: first how deep, from the long rows, then row by row."""
        steps = [*self.least[: len(who)], least]
        lengths = self._lengths(least, option)
        for at in lengths[:: max(1, len(lengths) // 4)][:4]:
            deep: list[int] = []
            shallow: list[int] = []
            left = at
            for n in range(len(who) - 1, -1, -1):
                front, back = self.fronts[who[n]]
                after, before = steps[n + 1][left], steps[n]
                if back is not None and before[left] + back == after:
                    deep.append(who[n])
                else:
                    assert front is not None
                    shallow.append(who[n])
                    left -= front
            some = self._filled(shallow, 0, self.layout.rows - option.deep)
            more = None if some is None else self._filled(deep, 1, option.deep)
            if some is not None and more is not None:
                return [*some, *more]
        return None

    def _filled(self, who: Sequence[int], depth: int, rows: int) -> Rows | None:
        """Each row as full as it can be, the largest first; None when somebody is left over."""

        def front(unit: int) -> int:
            return self.fronts[unit][depth] or 0

        left = sorted(who, key=lambda unit: (front(unit), unit))
        found: Rows = []
        for _ in range(rows):
            reached, before = 1, []
            for unit in left:
                before.append(reached)
                reached |= (reached << front(unit)) & ((1 << self.layout.length + 1) - 1)
            rest = reached.bit_length() - 1
            row = []
            for unit, sums in zip(reversed(left), reversed(before), strict=True):
                if rest >= front(unit) and sums >> (rest - front(unit)) & 1:
                    row.append(unit)
                    rest -= front(unit)
            left = [unit for unit in left if unit not in set(row)]
            found.append(row)
        return None if left else found

    def _searched(self, option: _Option, unit: int) -> tuple[Rows | None, bool]:
        """(the rows, or None; whether None is proven)."""
        seconds = min(1.0, (self.until - time.monotonic()) / 3)
        if seconds <= 0:
            return None, False
        cp, who, length = cp_model.CpModel(), [*self.taken, unit], self.layout.length
        at = {}
        for one in who:
            for row in range(self.layout.rows):
                if self.fronts[one][self._depth(option, row)] is not None:
                    at[one, row] = cp.new_bool_var("")
            cp.add_exactly_one(lit for (other, _), lit in at.items() if other == one)
        used, areas = [], []
        for row in range(self.layout.rows):
            depth = self._depth(option, row)
            some = [(lit, self.fronts[one][depth] or 0) for (one, n), lit in at.items() if n == row]
            used.append(sum(lit * front for lit, front in some))
            areas.append(used[-1] * DEPTHS[depth])
            cp.add(used[-1] <= length)
            if row and depth == self._depth(option, row - 1):
                cp.add(used[-2] >= used[-1])  # rows alike need not be told apart
        cp.add(sum(areas) <= self.net)
        solver = timed(seconds)
        status = solver.solve(cp)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return [
                [one for one in who if (one, row) in at and solver.boolean_value(at[one, row])]
                for row in range(self.layout.rows)
            ], True
        return None, status == cp_model.INFEASIBLE


def timed(seconds: float) -> cp_model.CpSolver:
    """A search of one thread, so that the same question has the same answer."""
    solver = cp_model.CpSolver()
    solver.parameters.catch_sigint_signal = False
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = SEED
    return solver


def least_m2(case: Case, who: Iterable[int]) -> Decimal:
    """The smallest areas of some applicants, together."""
    return sum((case.applicants[one].minimum_m2 for one in who), Decimal(0))
