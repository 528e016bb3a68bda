"""What no plan can do better: true bounds on the weight placed and on breaks."""

import math
from collections.abc import Mapping, Sequence

from ortools.linear_solver import pywraplp

from events.matchmaking.scheduler.problem import UNPLACED, Problem


def upper_weight(problem: Problem, most: Mapping[int, int] | None = None) -> int:
    """No plan places more weight: a linear programme of a matching with capacities.

    Every meeting counts at most once, everybody has at most as many meetings as open slots (or as
    `most` says, which no plan may go beyond), every
    slot as many meetings as tables. With full availability and both kinds of people apart it is
    exact (König: so many slots suffice as the busiest has meetings).
    """
    solver = pywraplp.Solver.CreateSolver("GLOP")
    share = [solver.NumVar(0.0, 1.0 if one.slots else 0.0, "") for one in problem.meetings]
    occupied: dict[int, list[int]] = {}
    for index, one in enumerate(problem.meetings):
        for each in one.all:
            occupied.setdefault(each, []).append(index)
    for each, own in occupied.items():
        slots = 0
        for index in own:
            slots |= problem.meetings[index].slots
        limit = min(slots.bit_count(), (most or {}).get(each, len(own)))
        if len(own) > limit:
            solver.Add(solver.Sum([share[index] for index in own]) <= limit)
    room = sum(problem.tables)
    at_tables = [each for one, each in zip(problem.meetings, share, strict=True) if one.table]
    if len(at_tables) > room:
        solver.Add(solver.Sum(at_tables) <= room)
    solver.Maximize(
        solver.Sum([one.weight * each for one, each in zip(problem.meetings, share, strict=True)])
    )
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        return sum(one.weight for one in problem.meetings)
    best: float = solver.Objective().Value()
    return math.floor(best + 1e-6)


def forced_breaks(problem: Problem, plan: Sequence[int]) -> int:
    """The fewest breaks with as many meetings for everybody as `plan` places.

    Everybody's open slots fall into runs. One run in each half-day costs nothing, every further
    one costs a break; the longest ones are taken first.
    """
    placed = [0] * problem.participants
    for one, slot in zip(problem.meetings, plan, strict=True):
        if slot != UNPLACED:
            for who in one.all:
                if who < problem.participants:
                    placed[who] += 1
    found = 0
    for who, own in enumerate(problem.of_participant):
        open_slots = 0
        for index in own:
            open_slots |= problem.meetings[index].slots
        found += fewest_breaks(open_slots, placed[who], problem.spans)
    return found


def fewest_breaks(open_slots: int, meetings: int, spans: Sequence[tuple[int, int]]) -> int:
    """The fewest breaks of one person with so many meetings in these open slots (a bit mask)."""
    free, further = 0, []
    for first, end in spans:
        runs = sorted(_runs((open_slots >> first) & ((1 << (end - first)) - 1)), reverse=True)
        if runs:
            free += runs[0]
            further += runs[1:]
    breaks = 0
    for run in sorted(further, reverse=True):
        if free >= meetings:
            break
        free += run
        breaks += 1
    return breaks


def _runs(mask: int) -> list[int]:
    found, length = [], 0
    while mask:
        if mask & 1:
            length += 1
        elif length:
            found.append(length)
            length = 0
        mask >>= 1
    return [*found, length] if length else found
