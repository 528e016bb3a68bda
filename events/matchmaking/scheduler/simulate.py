"""Large events made up from a seed, for measuring and for trying.

A quarter of the people are hosts, whom the others ask for meetings; popularity falls by Zipf's
law, flattened at the top, so that some have more requests than slots. 30 % of the requests weigh
3, half of them 2, the rest 1. Everybody may miss half-days and has hours that are blocked.
"""

import numpy as np

from events.matchmaking.scheduler.problem import Meeting, Problem

HOSTS = 0.25
FLAT = 18.0
STEEP = 1.0
MISSING_HALF = 0.04
BLOCKED = 0.05
HALVES = 4


def large(
    participants: int,
    requests: int,
    slots: int,
    tables: int,
    seed: int,
    *,
    absences: bool = True,
    two_sided: bool = True,
) -> Problem:
    """An event of so many people and requests; `two_sided`: only hosts and guests meet.

    With `absences` one half-day in twenty-five is missed (never all of them) and one slot in
    twenty is blocked.
    """
    draw = np.random.default_rng(seed)
    hosts = max(1, round(participants * HOSTS))
    if hosts >= participants:
        raise ValueError("there must be hosts and guests")
    rank = np.arange(hosts)
    popular = 1.0 / (rank + FLAT) ** STEEP
    popular /= popular.sum()
    most = hosts * (participants - hosts) if two_sided else participants * (participants - 1) // 2
    wanted = min(requests, most)
    pairs: dict[tuple[int, int], None] = {}
    while len(pairs) < wanted:
        size = wanted - len(pairs)
        a = draw.choice(hosts, size=size, p=popular)
        low = hosts if two_sided else 0
        b = draw.integers(low, participants, size=size)
        for one, other in zip(a.tolist(), b.tolist(), strict=True):
            if one != other and len(pairs) < wanted:
                pairs.setdefault((min(one, other), max(one, other)))
    halves = tuple(sorted({slots * part // HALVES for part in range(HALVES)}))
    open_slots = _open(draw, participants, slots, halves) if absences else None
    full = (1 << slots) - 1
    weights = draw.choice([3, 2, 1], size=len(pairs), p=[0.3, 0.5, 0.2]).tolist()
    meetings = tuple(
        Meeting(a, b, open_slots[a] & open_slots[b] if open_slots else full, weight)
        for (a, b), weight in zip(pairs, weights, strict=True)
    )
    return Problem(participants, meetings, (tables,) * slots, halves=halves)


def _open(
    draw: np.random.Generator, participants: int, slots: int, halves: tuple[int, ...]
) -> list[int]:
    ends = (*halves[1:], slots)
    found = []
    for _ in range(participants):
        there = draw.random(len(halves)) >= MISSING_HALF
        if not there.any():
            there[draw.integers(len(halves))] = True
        mask = 0
        for here, first, end in zip(there, halves, ends, strict=True):
            if here:
                for slot in range(first, end):
                    if draw.random() >= BLOCKED:
                        mask |= 1 << slot
        found.append(mask)
    return found
