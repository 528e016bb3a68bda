"""The proof: how few breaks a plan with every meeting can have. In a process of its own.

A core-guided search (RC2 over CaDiCaL) raises its bound with every core that it finds and ends with
a plan that meets it. `python -m events.matchmaking.scheduler.proof` reads one problem from its
input and writes a line for each thing it learns, so that it can be left at any moment.
"""

import os
import subprocess
import sys
from threading import Thread
from typing import Any

import msgspec
from pysat.examples.rc2 import RC2
from pysat.formula import WCNF

from events.matchmaking.scheduler.clauses import Clauses
from events.matchmaking.scheduler.problem import Problem

SOLVER = "cadical195"
STEADY = {"stabilizeonly": 1, "chrono": 0}
"""Phases are kept and few restarts made: finding the plan that meets the bound, by far the longest
part of a proof, takes a third of the time. Backtracking over single levels does not pay here."""
MOST_SLOTS = 62
MOST_MEETINGS = 1_000


class Learnt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is known: a bound, the plan that meets it, or that there is no plan."""

    bound: int = 0
    plan: list[int] | None = None
    impossible: bool = False


class Proof:
    """A proof that goes on beside its caller; read `learnt` at any time, and `stop` it."""

    def __init__(self, problem: Problem) -> None:
        self.learnt = Learnt()
        self.over = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "events.matchmaking.scheduler.proof"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(problem))
        self._process.stdin.close()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait(self, seconds: float) -> None:
        """Until it is over, but no longer than this."""
        self._reader.join(seconds)

    def stop(self) -> None:
        """End the process; what was learnt stays."""
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self.learnt = msgspec.json.decode(line, type=Learnt)
        self.over = True


def fits(problem: Problem) -> bool:
    """Whether a proof is worth starting: beyond this size none ends in useful time.

    The clauses know of no limit to meetings in a row: it is a wish, and only annealing hears it.
    """
    small = problem.slots <= MOST_SLOTS and len(problem.meetings) <= MOST_MEETINGS
    return small and problem.in_a_row is None


class _Told(RC2):  # type: ignore[misc]
    """RC2 over a steady search that says each new bound."""

    def init(self, formula: WCNF, incr: bool = False) -> None:
        super().init(formula, incr=incr)
        self.oracle.configure(STEADY)

    def process_core(self) -> None:
        super().process_core()
        _say(Learnt(bound=self.cost))


def prove(problem: Problem) -> Learnt:
    """The fewest breaks of any plan with every meeting, and such a plan."""
    clauses = Clauses(problem)
    if not clauses.possible:
        return Learnt(impossible=True)
    with _Told(clauses.wcnf, solver=SOLVER) as search:
        model: Any = search.compute()
        if model is None:
            return Learnt(impossible=True)
        return Learnt(bound=search.cost, plan=clauses.plan(model))


def _say(learnt: Learnt) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(learnt) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    _say(prove(msgspec.json.decode(sys.stdin.buffer.read(), type=Problem)))
