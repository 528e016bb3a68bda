"""How fast quotes are worked out: lists with steps, modules, fees, and two sources of aid."""

import os
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial

from booths.fees.pricing import Choice, Early, Fee, FeeKind, FeeUnit, Late, Prices
from booths.fees.rules import Quote, quote
from booths.fees.space import Space, SpaceBy, Step
from booths.plans.rules import StandKind
from server.aid.rules import Mode, SchemeTerms, Source
from server.billing.vat import VatDecision

DAY = date(2026, 11, 23)
VAT = VatDecision(1_900, "domestic", "VAT of DE")
ROUNDS, RUNS = 4_000, 5
ONCE, M2, PIECE = FeeUnit.PARTICIPATION, FeeUnit.M2, FeeUnit.PIECE
FEES = (
    Fee(1, FeeKind.MANDATORY, "Organisation fee", ONCE, 69_000),
    Fee(2, FeeKind.MANDATORY, "Catalogue", ONCE, 42_000, reduced_minor=0),
    Fee(3, FeeKind.MANDATORY, "Cleaning", M2, 1_250),
    Fee(4, FeeKind.SERVICE, "Counter", PIECE, 14_500),
    Fee(5, FeeKind.SERVICE, "Power", PIECE, 18_500, stock=40, taken=3),
    Fee(6, FeeKind.SERVICE, "Catering", PIECE, 1_800, eligible=False),
)
SPACES = (
    Space(
        "1", "With stand construction", SpaceBy.M2,
        (Step(Decimal(100), 90_700, (32_500, 45_000)), Step(None, 90_700)), Decimal(9),
    ),
    Space("2", "Modules", SpaceBy.MODULE,
        (Step(Decimal(1), 360_000), Step(Decimal(3), 420_000)), unit_m2=Decimal(9),
    ),
)  # fmt: skip
PRICES = Prices(
    1, "Bench", "EUR", 90_700, 90_700, Decimal(9), 25_000, 40_000, 60_000, FEES, SPACES,
    side_minor=15_000, early=Early(date(2026, 12, 31), 500), late=Late(date(2027, 3, 1), 0, 50_000),
)  # fmt: skip
SOURCES = (
    Source(SchemeTerms(1, "Abroad", "de_minimis", Mode.FIXED_PRICE, "EUR"), 30_000_000),
    Source(
        SchemeTerms(2, "Region", "de_minimis", Mode.RATE, "EUR", rate_bp=1_000, cap_minor=50_000),
        30_000_000,
    ),
)
CASES: tuple[tuple[str, Choice, tuple[Source, ...]], ...] = (
    ("12 m² by steps, 6 fees, two sources",
     Choice(Decimal(12), StandKind.CORNER, {4: 2, 5: 1, 6: 10}, space="1"), SOURCES),
    ("120 m² over a step, 6 fees, two sources",
     Choice(Decimal(120), StandKind.ISLAND, {4: 2, 5: 1, 6: 10}, space="1", participation=2),
     SOURCES),
    ("two modules, 6 fees, one source",
     Choice(Decimal(16), StandKind.HEAD, {4: 2, 5: 1, 6: 10}, space="2"), SOURCES[1:]),
    ("12 m² by steps, 3 fees, no aid", Choice(Decimal(12), StandKind.ROW, {}, space="1"), ()),
)  # fmt: skip


def rate(work: Callable[[], Quote]) -> float:
    """Quotes a second of this core: of several runs the best, by the time of this process only."""
    best = 0.0
    for _ in range(RUNS):
        began = time.process_time()
        for _ in range(ROUNDS):
            work()
        best = max(best, ROUNDS / (time.process_time() - began))
    return best


def main() -> None:
    """A rate for each case."""
    print(f"Quotes a second on one of {os.cpu_count()} cores, best of {RUNS} runs of {ROUNDS}:")
    for name, choice, sources in CASES:
        found = rate(partial(quote, PRICES, choice, sources, VAT, DAY))
        print(f"  {name:42}{found:>9,.0f}/s", flush=True)
