"""How fast placements are proven: made-up calls of two sizes, always the same ones."""

import os
import random
import time
from decimal import Decimal

from booths.plans.outlines import Rect, area_m2
from booths.plans.rules import Block, Edge, Placed, StandKind, kind_for, open_sides
from booths.proposals.rules import PAIRS, Applicant, Case, Place, wishes
from booths.proposals.solver import Goal, solve

SMALL, LARGE = (6, 10, 80), (20, 20, 600)
SEEDS = range(1, 31)


def places(rows: int, per_row: int, chance: random.Random) -> tuple[Place, ...]:
    """Rows back to back along aisles of 3 m, fronts of 3 to 6 m, 3 m or 4 m deep."""
    stands, y, depth = [], Decimal(0), Decimal(3)
    for row in range(rows):
        if row % 2 == 0:
            depth = Decimal(chance.choice([3, 3, 4]))
        x = Decimal(0)
        for place in range(per_row):
            width = Decimal(chance.choice([3, 3, 4, 4, 5, 6]))
            stands.append(Placed(f"{row + 1}.{place + 1}", Rect(x, y, width, depth).outline))
            x += width
        y += depth + (3 if row % 2 else 0)
    block = Block(max(stand.outline[1][0] for stand in stands), y, frozenset(Edge))
    sides = open_sides(block, stands)
    return tuple(
        Place(
            stand.label, stand.outline, area_m2(stand.outline),
            kind_for(len(sides[stand.label])) or StandKind.ROW,
            Decimal(chance.choice([3, 6, 9, 9])),
        )
        for stand in stands
    )  # fmt: skip


def case(size: tuple[int, int, int], seed: int) -> Case:
    """Areas from 9 to 24 m², some in limits; a third wish a neighbour, a fifth fear a competitor;
    every twentieth belongs to a consortium of two."""
    rows, per_row, people = size
    chance = random.Random(seed)
    found = []
    for number in range(people):
        wanted = Decimal(chance.choice([9, 9, 12, 12, 12, 15, 16, 18, 20, 24]))
        others = [f"c{other}" for other in range(people) if other != number]
        found.append(
            Applicant(
                key=f"c{number}", name=f"Company {number}", rank=number + 1, wanted_m2=wanted,
                minimum_m2=max(Decimal(9), wanted - chance.choice([0, 3, 3, 4])),
                maximum_m2=wanted + chance.choice([0, 3, 4, 6]),
                kind=chance.choice([None, StandKind.ROW, StandKind.ROW, StandKind.CORNER]),
                open_sides=chance.choice([0, 0, 0, 2]),
                neighbours=(chance.choice(others),) if chance.random() < 0.33 else (),
                apart_from=(chance.choice(others),) if chance.random() < 0.2 else (),
                consortium=f"k{number // 40}" if number % 40 in (7, 21) else "",
                power_kw=Decimal(chance.choice([0, 0, 0, 3, 6])),
            )
        )  # fmt: skip
    return Case(tuple(found), places(rows, per_row, chance))


def measure(size: tuple[int, int, int], seed: int, seconds: float) -> str:
    """One line: size, time on the clock and on the processor, how good."""
    asked = case(size, seed)
    began, busy = time.monotonic(), time.process_time()
    found = solve(asked, seconds)
    took, cpu = time.monotonic() - began, time.process_time() - busy
    stage = next(each for each in found.stages if each.goal is Goal.WISHES)
    pairs = sum(wish.kind in PAIRS for wish in wishes(asked))
    said = "proven" if found.proven else f"gap {float(stage.gap):.2%}"
    return (
        f"  case {seed:>2}: {len(asked.places)} stands, {len(asked.applicants)} applicants,"
        f" {pairs} wishes about others: {len(found.placement)} placed, {took:.2f} s"
        f" ({cpu:.2f} s of CPU), {said}"
    )


def main() -> None:
    """Thirty cases of the small size, one of the large."""
    print(f"Placements, one thread each; load of the machine {os.getloadavg()[0]:.1f}:", flush=True)
    for seed in SEEDS:
        print(measure(SMALL, seed, 30), flush=True)
    print(measure(LARGE, 1, 60), flush=True)
