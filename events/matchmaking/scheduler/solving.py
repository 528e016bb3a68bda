"""A question and the time for it: a proof where one may end, annealing beside it, bounds always."""

import os
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from events.matchmaking.scheduler import bounds, proof
from events.matchmaking.scheduler.problem import UNPLACED, Answer, Problem, Status
from events.matchmaking.scheduler.reasons import cannot

if TYPE_CHECKING:
    from events.matchmaking.scheduler.annealing import Annealing

HEAD_START = 3.0
"""Seconds that a proof is alone: most are over by then, and annealing is not even loaded."""
ALONE = 15.0
"""The same where both have one processor: loading the compiler would take a second from it."""
FIRST_ROUND = 1.5
"""Seconds of the first cooling beside a proof; every further one takes twice as long."""
_TURNS = 5
"""On one processor the proof gets most of it: annealing rests so many times as long as it works."""

Progress = Callable[[float, int, int], None]


def solve(
    problem: Problem, seconds: float, *, seed: int = 1, progress: Progress | None = None
) -> Answer:
    """The best plan that `seconds` are enough for, with what is proven about it.

    `progress` hears the part of the time that is over, the meetings placed and their breaks.
    """
    return _Search(problem, seconds, seed, progress).answer()


class _Search:
    def __init__(
        self, problem: Problem, seconds: float, seed: int, progress: Progress | None
    ) -> None:
        self.problem = problem
        self.began = self.turn = time.perf_counter()
        self.seconds = seconds
        self.seed = seed
        self.progress = progress
        self.proof: proof.Proof | None = None
        self.best: tuple[int, ...] | None = None
        self.breaks = 0
        self.noted = float("inf")
        self.shared = _processors() == 1

    @property
    def left(self) -> float:
        return self.seconds - (time.perf_counter() - self.began)

    @cached_property
    def annealing(self) -> "Annealing":
        # Loading the compiler's library takes longer than many a proof.
        from events.matchmaking.scheduler.annealing import Annealing

        return Annealing(self.problem, self.seed)

    def answer(self) -> Answer:
        """Prove what may be proven, anneal beside it while there is time."""
        reason = cannot(self.problem) if self.problem.all_placed else None
        if reason is not None:
            return self._said(Status.INFEASIBLE, 0, notes=(reason,))
        # A proof knows nothing of what people know: its plan would move them all for one break.
        provable = proof.fits(self.problem) and not self.problem.known
        if not self.problem.all_placed:
            self._anneal(min(HEAD_START, self.left / 4) if provable else self.left)
            provable = provable and self.best is not None and UNPLACED not in self.best
        if provable and not self._met(self._least()):
            return self._proven()
        while self.left > 0 and not self._met(self._least()):
            self._anneal(self.left)
        return self._said(self._state(self._least()), self._least())

    def _proven(self) -> Answer:
        self.proof = proof.Proof(self.problem)
        try:
            if self.best is None:
                self.proof.wait(min(ALONE if self.shared else HEAD_START, self.left / 4))
            self.turn, part = time.perf_counter(), FIRST_ROUND
            while self.left > 0 and not self.proof.over and not self._met(self.proof.learnt.bound):
                self._anneal(min(self.left, part))
                part *= 2
        finally:
            self.proof.stop()
        known = self.proof.learnt
        if known.impossible:
            return self._said(Status.INFEASIBLE, 0)
        if known.plan is not None and (self.best is None or known.bound < self.breaks):
            self.best, self.breaks = tuple(known.plan), known.bound
        bound = max(known.bound, self._least())
        return self._said(self._state(bound), bound)

    def _anneal(self, seconds: float) -> None:
        self.annealing.improve(seconds, enough=self._enough)
        self._note()

    def _enough(self, found: "Annealing") -> bool:
        if self.progress is not None:
            placed = int((found.best_at >= 0).sum())
            self.progress(min(1.0, 1 - self.left / self.seconds), placed, self.breaks)
        if found.best < self.noted - 1e-9:
            self._note()
            if self._met(self._least()):
                return True
        if self.left <= 0:
            return True
        if self.proof is None:
            return False
        if self.shared:
            self.proof.wait(min(_TURNS * (time.perf_counter() - self.turn), max(0.0, self.left)))
            self.turn = time.perf_counter()
        return self.proof.over or self._met(self.proof.learnt.bound)

    def _note(self) -> None:
        """Keep the best plan that is one: complete and fair where that is asked."""
        self.noted = self.annealing.best
        found = self.annealing.found()
        if not is_plan(self.problem, found.plan):
            return
        better = self.best is None or (-found.weight, found.breaks) < (
            -self.problem.weight(self.best), self.breaks
        )  # fmt: skip
        if better:
            self.best, self.breaks = found.plan, found.breaks

    def _least(self) -> int:
        """What the plan's own counts force: a bound for every plan if all is placed."""
        return 0 if self.best is None else bounds.forced_breaks(self.problem, self.best)

    @cached_property
    def _upper(self) -> int:
        return bounds.upper_weight(self.problem)

    def _met(self, bound: int) -> bool:
        """Whether nothing better can be found: no more weight, no fewer breaks."""
        return (
            self.best is not None
            and self.breaks <= bound
            and (self.problem.all_placed or self.problem.weight(self.best) >= self._upper)
        )

    def _state(self, bound: int) -> Status:
        if self.best is None:
            return Status.UNKNOWN
        if UNPLACED in self.best:
            # Other plans of the same weight may place other people: their bound is another one.
            return Status.FEASIBLE
        return Status.OPTIMAL if self.breaks <= bound else Status.FEASIBLE

    def _said(self, status: Status, bound: int, notes: tuple[str, ...] = ()) -> Answer:
        if status is Status.OPTIMAL:
            status = self._state(bound)
        return Answer(
            status=status,
            plan=self.best if status in (Status.OPTIMAL, Status.FEASIBLE) else None,
            breaks=self.breaks if status in (Status.OPTIMAL, Status.FEASIBLE) else None,
            bound=bound,
            weight=self.problem.weight(self.best) if self.best else 0,
            upper=self._upper,
            seconds=time.perf_counter() - self.began,
            notes=notes,
        )


def is_plan(problem: Problem, plan: tuple[int, ...]) -> bool:
    """Whether a plan of the annealing, which never breaks a rule of slots, is complete and fair."""
    if problem.all_placed and UNPLACED in plan:
        return False
    if problem.fairness is None:
        return True
    breaks = [problem.breaks_of(mask) for mask in problem.busy(plan)]
    return max(breaks, default=0) - min(breaks, default=0) <= problem.fairness


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
