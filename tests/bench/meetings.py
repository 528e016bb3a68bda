"""Times for meetings: proofs on the public instances, the best in ten seconds, large events.

Every plan is counted by the independent verifier of the tests, and stands beside its bound.
"""

import dataclasses
import random
import resource
import time
from pathlib import Path

from events.matchmaking.scheduler import bounds, dzn
from events.matchmaking.scheduler.annealing import Annealing, warm
from events.matchmaking.scheduler.problem import UNPLACED, Problem
from events.matchmaking.scheduler.simulate import large
from events.matchmaking.scheduler.solving import solve
from tests.events.matchmaking import verifier
from tests.events.matchmaking.test_solving import PUBLIC

ANYTIME = 10.0
CANCELLED, LOCKED = 20, 200


def main() -> None:
    """Everything; the public instances only where they lie beside the checkout."""
    warm()
    if PUBLIC.is_dir():
        _exact()
        _anytime()
    else:
        print(f"The public instances are not at {PUBLIC}: no proofs, no ten seconds.", flush=True)
    _large()


def _originals() -> list[Path]:
    return sorted(PUBLIC.glob("*.original.dzn"))


def _exact() -> None:
    print("Public instances, proven:", flush=True)
    seconds, most, breaks = 0.0, 0.0, 0
    for path in _originals():
        text = path.read_text()
        found = solve(dzn.read(text, 2), 120)
        assert found.plan is not None
        slots = {meeting: slot + 1 for meeting, slot in enumerate(found.plan, 1)}
        of = verifier.read(text)
        assert verifier.faults(of, slots, 2) == []
        breaks += verifier.breaks(of, slots)
        seconds, most = seconds + found.seconds, max(most, found.seconds)
        print(f"  {path.name.split('.')[0]:16} {found.status.value:9} {found.breaks:2} breaks"
              f" {found.seconds:6.1f} s", flush=True)  # fmt: skip
    print(f"  all: {breaks} breaks, {seconds:.1f} s, the slowest {most:.1f} s", flush=True)


def _anytime() -> None:
    breaks = unplaced = 0
    for path in _originals():
        text = path.read_text()
        search = Annealing(dzn.read(text, 2))
        search.improve(ANYTIME, enough=lambda found: found.best < 1e-9)
        plan = search.found().plan
        unplaced += plan.count(UNPLACED)
        slots = {meeting: slot + 1 for meeting, slot in enumerate(plan, 1)}
        breaks += verifier.breaks(verifier.read(text), slots)
    print(f"Annealing alone, {ANYTIME:.0f} s each: {breaks} breaks (36 is proven),"
          f" {unplaced} unplaced", flush=True)  # fmt: skip


def _large() -> None:
    for people, requests, tables, seconds in (
        (1000, 5000, 200, 20), (1000, 5000, 200, 120), (1000, 5000, 100, 120),
        (3000, 20_000, 600, 120),
    ):  # fmt: skip
        problem = large(people, requests, 40, tables, 1)
        found = solve(problem, seconds)
        assert found.plan is not None
        placed = sum(slot != UNPLACED for slot in found.plan)
        print(
            f"{people} people, {requests} requests, {tables} tables, {found.seconds:.0f} s:"
            f" {placed} placed, weight {found.weight} of at most {found.upper}"
            f" ({found.weight / found.upper:.2%}), {found.breaks} breaks, {found.bound} forced",
            flush=True,
        )
        if (people, tables, seconds) == (1000, 200, 20):
            _again(problem, found.plan)
    print(f"Memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB",
          flush=True)  # fmt: skip


def _again(problem: Problem, plan: tuple[int, ...]) -> None:
    chance = random.Random(1)
    placed = [meeting for meeting, slot in enumerate(plan) if slot != UNPLACED]
    gone = set(chance.sample(placed, CANCELLED))
    locked = set(chance.sample([one for one in placed if one not in gone], LOCKED))
    kept = [one for one in range(len(plan)) if one not in gone]
    left = dataclasses.replace(
        problem,
        meetings=tuple(
            dataclasses.replace(problem.meetings[one], pinned=one in locked) for one in kept
        ),
        before=tuple(plan[one] for one in kept),
    )
    began = time.perf_counter()
    found = solve(left, 2)
    assert found.plan is not None
    moved = [
        one for one, slot in zip(kept, found.plan, strict=True) if plan[one] not in (UNPLACED, slot)
    ]
    print(
        f"  {CANCELLED} cancelled, {LOCKED} locked, planned again in"
        f" {time.perf_counter() - began:.1f} s: {len(moved)} moved"
        f" ({len(moved) / len(placed):.2%}), of the locked {len(locked & set(moved))};"
        f" weight {found.weight} of at most {bounds.upper_weight(left)}, {found.breaks} breaks",
        flush=True,
    )
