"""Annealing with Kempe chains, compiled: the best plan that can be found in the time there is.

A move takes a placed meeting to another slot and swaps all that is in its way: the meetings of the
two slots that share people with it, and theirs, change sides together. Only those who had a
meeting in one of the two slots alone notice, so that a move costs a few bit operations. Meetings
that found no slot push others out, which look for another one.

Energy: weight that is missing, then people without any meeting, breaks, idle slots (0.2 each:
they lead to fewer breaks, too), breaks beyond the fairness, meetings in a row beyond the limit.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from events.matchmaking.scheduler.moves import DROPPED, LONELY, greedy, is_free, put, run, seed_with
from events.matchmaking.scheduler.problem import UNPLACED, Meeting, Problem

LONGEST_HALF = 63
ANEW, AGAIN = 0.7, 0.08
"""Temperatures to begin with, in breaks: for a plan from nothing and for one that people know."""
STAY = 1.6
"""What moving a meeting that people know costs, in breaks: two breaks that it ends are worth it."""
_CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Found:
    """A plan, its weight, breaks and idle slots, and how many moves were tried."""

    plan: tuple[int, ...]
    weight: int
    breaks: int
    tried: int


class Annealing:
    """One search over a problem; `improve` goes on where it stands."""

    def __init__(self, problem: Problem, seed: int = 1) -> None:
        if any(end - first > LONGEST_HALF for first, end in problem.spans):
            raise ValueError(f"a half-day has at most {LONGEST_HALF} slots")
        self.problem = problem
        self.rng = np.random.default_rng(seed)
        seed_with(seed)
        self._things()
        self._slots()
        self._order()
        heaviest = max((one.weight for one in problem.meetings), default=1)
        lightest = min((one.weight for one in problem.meetings), default=1)
        known = sorted({one.weight for one in problem.meetings})
        step = min((b - a for a, b in pairwise(known)), default=lightest)
        # A meeting more, or one of more weight instead, is worth more than all breaks it can make.
        self.worth = max(
            6.0 / step, 6.0 / lightest if heaviest <= 3 * lightest else 12.0 / lightest
        )
        self.tried = 0
        self.stamp = 0
        self.start()

    def start(self, plan: Sequence[int] | None = None) -> None:
        """Begin anew: from `plan`, and greedily for whatever it leaves out."""
        meetings = len(self.problem.meetings)
        people = self.problem.participants
        self.at = np.full(meetings, -1, np.int32)
        self.meet = np.full((people + self.problem.things, self.problem.slots), -1, np.int32)
        self.count = np.zeros(self.problem.slots, np.int32)
        self.mask = np.zeros((people, len(self.problem.halves)), np.uint64)
        self.cost = np.zeros(people, np.float64)
        self.state = (
            self.res, self.at, self.meet, self.count, self.half, self.bit, self.mask, self.cost,
            self.rules, self.wanted, people, self.home, STAY, self.uses,
        )  # fmt: skip
        self.pool = np.zeros(meetings + 1, np.int32)
        self.where = np.full(meetings, -1, np.int32)
        self.mark = np.zeros(meetings, np.int64)
        self.energy = LONELY * float(self.wanted.sum())
        self.cost[self.wanted] = LONELY
        given = self.problem.before if plan is None and self.problem.before else plan
        if given is not None:
            for index, slot in enumerate(given):
                if slot != UNPLACED and self.allowed[index, slot] and is_free(
                    index, slot, self.state, self.tables
                ):  # fmt: skip
                    self.energy += put(index, slot, self.state)
        left = [index for index in range(meetings) if self.at[index] < 0]
        order = np.array(sorted(left, key=self._urgency), np.int32)
        self.size, change = greedy(
            order, self.state, self.tables, self.dom, self.dom_at, self.prec, self.pool, self.where
        )
        self.energy += change + self.worth * sum(self.weight[one] for one in self.pool[: self.size])
        known = self.home[self.pool[: self.size]] >= 0
        self.energy += DROPPED * STAY * float(known.sum())
        self.best = self.energy
        self.best_at = self.at.copy()

    def improve(
        self,
        seconds: float,
        *,
        hot: float | None = None,
        cold: float = 0.04,
        enough: Callable[["Annealing"], bool] | None = None,
    ) -> None:
        """Work for so many seconds, from `hot` to `cold`; stops when `enough` says so.

        A plan that people know is not heated up: what is good in it stays. The time that `enough`
        takes does not count, so that it may rest.
        """
        if hot is None:
            hot = AGAIN if self.problem.known else ANEW
        worked = 0.0
        while worked < seconds and self.problem.meetings:
            began = time.perf_counter()
            heat = hot * (cold / hot) ** (worked / seconds)
            self.energy, self.best, self.size, self.stamp = run(
                _CHUNK, heat, self.worth, self.energy, self.best, self.best_at, self.size,
                self.state, self.tables, self.dom, self.dom_at, self.allowed, self.pinned,
                self.weight, self.own, self.own_at, self.prec, self.pool, self.where, self.mark,
                self.stamp,
            )  # fmt: skip
            self.tried += _CHUNK
            worked += time.perf_counter() - began
            if enough is not None and enough(self):
                break

    def found(self) -> Found:
        """The best plan so far."""
        plan = tuple(int(slot) for slot in self.best_at)
        return Found(plan, self.problem.weight(plan), self.problem.breaks(plan), self.tried)

    def _urgency(self, index: int) -> tuple[int, int, int]:
        meeting = self.problem.meetings[index]
        free = meeting.slots.bit_count()
        crowd = sum(
            len(self.problem.of_participant[who])
            for who in meeting.all
            if who < self.problem.participants
        )
        return -meeting.weight, free, -crowd

    def _things(self) -> None:
        problem = self.problem
        widest = max((len(one.all) for one in problem.meetings), default=2)
        self.res = np.full((len(problem.meetings), widest), -1, np.int32)
        for index, one in enumerate(problem.meetings):
            self.res[index, : len(one.all)] = one.all
        self.weight = np.array([one.weight for one in problem.meetings], np.float64)
        self.uses = np.array([one.table for one in problem.meetings], np.int32)
        self.pinned = np.array([one.pinned for one in problem.meetings], np.bool_)
        self.wanted = np.array([bool(each) for each in problem.of_participant], np.bool_)
        self.own = np.array([one for each in problem.of_participant for one in each], np.int32)
        self.own_at = np.concatenate(
            [[0], np.cumsum([len(each) for each in problem.of_participant])]
        ).astype(np.int32)
        self.home = np.array(problem.before or [UNPLACED] * len(problem.meetings), np.int32)
        self.rules = np.array(
            [-1 if problem.fairness is None else problem.fairness, problem.in_a_row or 0], np.int64
        )

    def _slots(self) -> None:
        problem = self.problem
        self.tables = np.array(problem.tables, np.int32)
        self.half = np.zeros(problem.slots, np.int32)
        self.bit = np.zeros(problem.slots, np.uint64)
        for h, (first, end) in enumerate(problem.spans):
            for slot in range(first, end):
                self.half[slot] = h
                self.bit[slot] = np.uint64(1 << (slot - first))
        self.allowed = np.zeros((len(problem.meetings), problem.slots), np.bool_)
        for index, one in enumerate(problem.meetings):
            for slot in range(problem.slots):
                self.allowed[index, slot] = one.slots >> slot & 1
        self.dom = np.nonzero(self.allowed)[1].astype(np.int32)
        self.dom_at = np.concatenate([[0], np.cumsum(self.allowed.sum(axis=1))]).astype(np.int32)

    def _order(self) -> None:
        pairs = self.problem.precedences
        count = len(self.problem.meetings)

        def rows(index: int, other: int) -> tuple[Any, Any]:
            found: list[list[int]] = [[] for _ in range(count)]
            for pair in pairs:
                found[pair[index]].append(pair[other])
            flat = np.array([one for each in found for one in each], np.int32)
            return flat, np.concatenate([[0], np.cumsum([len(each) for each in found])]).astype(
                np.int32
            )

        self.prec = (*rows(1, 0), *rows(0, 1))


def warm() -> None:
    """Compile the moves and keep them on disk, so that the first search does not wait for it."""
    meetings = (Meeting(0, 1, 7), Meeting(1, 2, 7), Meeting(0, 2, 7))
    Annealing(Problem(3, meetings, (1, 1, 1), precedences=((0, 1),))).improve(0.01)
