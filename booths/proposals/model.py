"""The placement of chosen applicants as a model of CP-SAT: conditions constrain, wishes count.

x[one, at] says that an applicant stands at a place. A pair of neighbours has a variable for every
wall that they could share, which keeps the linear relaxation tight; tighter still because behind a
wall of one's stand stands one other at most, whoever of several would be welcome there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ortools.sat.python import cp_model

from booths.proposals.asked import Asked
from booths.proposals.rules import WishKind

SEED = 6


class Model:
    """Everybody of `taken` is placed, at one of `fitting`."""

    def __init__(
        self,
        asked: Asked,
        taken: Sequence[tuple[int, ...]],
        fitting: Sequence[frozenset[int]] | None = None,
    ) -> None:
        self.asked = asked
        self.fitting = fitting or asked.fitting
        self.cp = cp_model.CpModel()
        self.who = sorted(one for unit in taken for one in unit)
        self.x = {
            (one, at): self.cp.new_bool_var("")
            for one in self.who
            for at in sorted(self.fitting[one])
        }
        wanted: dict[int, list[Any]] = {}
        for (_, at), lit in self.x.items():
            wanted.setdefault(at, []).append(lit)
        for one in self.who:
            self.cp.add_exactly_one(self.x[one, at] for at in sorted(self.fitting[one]))
        for lits in wanted.values():
            self.cp.add_at_most_one(lits)
        self.behind: dict[tuple[int, int, int], list[Any]] = {}
        """By (who, at which place, place on the other side): the walls that it could be."""
        self.two = [(min(unit), max(unit)) for unit in taken if len(unit) == 2]
        for unit in taken:
            if len(unit) > 1:
                self._wall_to_wall(unit)

    # conditions

    def _beside(self, child: int, parent: int, only: Any = None) -> None:
        """`child` stands beside `parent`, if `only` holds."""
        for at in sorted(self.fitting[child]):
            clause: list[Any] = [
                self.x[parent, other]
                for other in sorted(self.asked.ground.beside[at])
                if (parent, other) in self.x
            ]
            clause.append(self.x[child, at].negated())
            if only is not None:
                clause.append(only.negated())
            self.cp.add_bool_or(clause)

    def _wall_to_wall(self, unit: tuple[int, ...]) -> None:
        """A tree from the first member: every other one has a parent that it touches."""
        if len(unit) == 2:
            self._beside(unit[0], unit[1])
            self._beside(unit[1], unit[0])
            return
        level = {one: self.cp.new_int_var(1, len(unit) - 1, "") for one in unit[1:]}
        for child in unit[1:]:
            lits = []
            for parent in unit:
                if parent == child:
                    continue
                lit = self.cp.new_bool_var("")
                lits.append(lit)
                self._beside(child, parent, lit)
                above = level.get(parent, 0)
                self.cp.add(level[child] == above + 1).only_enforce_if(lit)
            self.cp.add_exactly_one(lits)

    # goals

    def points(self) -> Any:
        """The points of all wishes of those who are placed."""
        here = set(self.who)
        self.behind.clear()
        lits, gains, constant = [], [], 0
        for key, lit in self.x.items():
            gain = self.asked.worths.get(key, 0)
            if gain:
                lits.append(lit)
                gains.append(gain)
        walls: dict[tuple[int, int], Any] = {}
        for (one, other), gain in self.asked.pairs[WishKind.NEIGHBOUR].items():
            if one in here and other in here:
                pair = (min(one, other), max(one, other))
                if pair not in walls:
                    walls[pair] = self._share_wall(*pair)
                lits.append(walls[pair])
                gains.append(gain)
        self._one_behind_each_wall(walls)
        near: dict[tuple[int, int], Any] = {}
        for (one, other), gain in self.asked.pairs[WishKind.APART].items():
            if one not in here:
                continue
            constant += gain
            if other in here:
                pair = (min(one, other), max(one, other))
                if pair not in near:
                    near[pair] = self._too_near(*pair)
                lits.append(near[pair])
                gains.append(-gain)
        return cp_model.LinearExpr.weighted_sum(lits, gains) + constant

    def _share_wall(self, one: int, other: int) -> Any:
        """Whether two stand side by side: at one of the walls that they could share, or at none."""
        walls: list[Any] = []
        mine: dict[int, list[Any]] = {}
        theirs: dict[int, list[Any]] = {}
        for at in sorted(self.fitting[one]):
            for there in sorted(self.asked.ground.beside[at] & self.fitting[other]):
                wall = self.cp.new_bool_var("")
                walls.append(wall)
                mine.setdefault(at, []).append(wall)
                theirs.setdefault(there, []).append(wall)
                self.behind.setdefault((one, at, there), []).append(wall)
                self.behind.setdefault((other, there, at), []).append(wall)
        for who, ends in ((one, mine), (other, theirs)):
            for at, some in ends.items():
                self.cp.add(cp_model.LinearExpr.sum(some) <= self.x[who, at])
        met = self.cp.new_bool_var("")
        self.cp.add(cp_model.LinearExpr.sum(walls) == met)
        return met

    def _one_behind_each_wall(self, walls: dict[tuple[int, int], Any]) -> None:
        """Nothing that the conditions do not say: it cuts what is only half true in the relaxation.
        Consortia of two are counted in, whose wall is no wish."""
        for pair in self.two:
            if pair not in walls:
                walls[pair] = self._share_wall(*pair)
            self.cp.add(walls[pair] == 1)
        for (one, at, _), behind in self.behind.items():
            if len(behind) > 1:
                self.cp.add(cp_model.LinearExpr.sum(behind) <= self.x[one, at])

    def _too_near(self, one: int, other: int) -> Any:
        seen = self.cp.new_bool_var("")
        for at in sorted(self.fitting[one]):
            around = [
                self.x[other, there]
                for there in sorted(self.asked.ground.near[at])
                if (other, there) in self.x
            ]
            if around:
                self.cp.add(self.x[one, at] + cp_model.LinearExpr.sum(around) <= 1 + seen)
        return seen

    def moves(self) -> Any:
        """How many of those who had a place before get another one."""
        here = set(self.who)
        stay = [self.x[key] for key in self.asked.before.items() if key in self.x]
        before = sum(1 for one in self.asked.before if one in here)
        return before - cp_model.LinearExpr.sum(stay)

    # search

    def hint(self, at: Mapping[int, int]) -> None:
        """Begin the search near a placement."""
        self.cp.clear_hints()  # type: ignore[no-untyped-call]
        for (one, place), lit in self.x.items():
            if one in at:
                self.cp.add_hint(lit, at[one] == place)

    def any(self, seconds: float) -> tuple[dict[int, int] | None, bool]:
        """(some placement of everybody, or None; whether that is certain)."""
        solver = _solver(seconds)
        status = solver.solve(self.cp)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return self._read(solver), True
        return None, status == cp_model.INFEASIBLE

    def best(self, seconds: float) -> tuple[dict[int, int] | None, int, int]:
        """(the best placement found, its value, what no placement exceeds) for the objective set.

        None when the time was too short to find any.
        """
        solver = _solver(seconds)
        status = solver.solve(self.cp)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None, 0, 0
        return (
            self._read(solver),
            round(solver.objective_value),
            round(solver.best_objective_bound),
        )

    def _read(self, solver: cp_model.CpSolver) -> dict[int, int]:
        return {one: at for (one, at), lit in self.x.items() if solver.boolean_value(lit)}


def _solver(seconds: float) -> cp_model.CpSolver:
    """One thread, so that the same question has the same answer; the linear relaxation in full,
    because without it neighbours cannot be bounded; neither probing, symmetry, cuts nor work on the
    clauses between, which take longer than they save here (tests/bench/placings.py). It leaves
    Ctrl-C to the program that asks: it would forget to give it back.
    """
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    solver.parameters.catch_sigint_signal = False
    solver.parameters.random_seed = SEED
    solver.parameters.linearization_level = 2
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.symmetry_level = 0
    solver.parameters.cut_level = 0
    solver.parameters.use_sat_inprocessing = False
    return solver
