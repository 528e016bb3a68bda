"""The key of a common stand: parts that add up, whatever the numbers."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booths.consortia.rules import (
    Answer,
    Key,
    Standing,
    areas,
    on_stand,
    shares_bp,
    standing,
    without,
)
from booths.fees.lines import price_lines
from booths.fees.pricing import Choice, Fee, FeeKind, FeeUnit, Prices, Share
from booths.plans.rules import StandKind
from server.errors import Refused
from server.money import round_half_up, split

CENTI = st.integers(1, 50_000).map(lambda n: Decimal(n) / 100)


@given(
    whole=st.integers(0, 10**10), weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=20)
)
def test_parts_add_up_and_none_is_a_unit_away_from_its_share(
    whole: int, weights: list[int]
) -> None:
    if not any(weights):
        weights = [*weights, 1]
    parts = split(whole, weights)
    assert sum(parts) == whole
    total = sum(weights)
    assert all(
        abs(part * total - whole * weight) < total
        for part, weight in zip(parts, weights, strict=True)
    )


@given(island=st.integers(2000, 500_000), members=st.integers(1, 20))
def test_equal_parts_of_any_island_differ_by_a_square_centimetre_at_most(
    island: int, members: int
) -> None:
    found = areas(Key.EQUAL, Decimal(island) / 100, [Decimal(0)] * members)
    assert sum(found) == Decimal(island) / 100
    assert max(found) - min(found) <= Decimal("0.01")


@given(parts=st.lists(CENTI, min_size=1, max_size=20))
def test_stated_square_metres_are_taken_as_they_are(parts: list[Decimal]) -> None:
    assert areas(Key.BY_M2, sum(parts, Decimal(0)), parts) == tuple(parts)


@st.composite
def _shares(draw: Any) -> list[Decimal]:
    cuts = draw(st.lists(st.integers(200, 9_800), min_size=0, max_size=12, unique=True))
    edges = [0, *sorted(cuts), 10_000]
    return [Decimal(b - a) / 100 for a, b in pairwise(edges) if b > a]


@given(island=st.integers(20_000, 500_000), stated=_shares())
def test_stated_shares_split_the_island_exactly(island: int, stated: list[Decimal]) -> None:
    whole = Decimal(island) / 100
    found = areas(Key.SHARES, whole, stated)
    assert sum(found) == whole
    assert sum(each or 0 for each in shares_bp(Key.SHARES, stated)) == 10_000
    for area, share in zip(found, stated, strict=True):
        assert abs(area - whole * share / 100) < Decimal("0.01")


@given(
    parts=st.lists(CENTI, min_size=1, max_size=12),
    per_m2=st.integers(1, 200_001),
    surcharge=st.integers(0, 500_003),
    minimum=st.integers(1, 4_000),
)
def test_what_all_members_pay_is_what_one_company_would(
    parts: list[Decimal], per_m2: int, surcharge: int, minimum: int
) -> None:
    cleaning = Fee(1, FeeKind.MANDATORY, "Cleaning", FeeUnit.M2, 1_234)
    entry = Fee(2, FeeKind.MANDATORY, "Registration", FeeUnit.PARTICIPATION, 69_000)
    prices = Prices(
        1, "List", "EUR", per_m2, per_m2, Decimal(minimum) / 100, island_minor=surcharge,
        fees=(cleaning, entry),
    )  # fmt: skip
    whole = max(sum(parts, Decimal(0)), prices.minimum_m2)
    all_lines = [
        price_lines(prices, Choice(area, StandKind.ISLAND, share=Share(tuple(parts), place)))
        for place, area in enumerate(parts)
    ]
    found: dict[str, int] = {}
    billed = Decimal(0)
    for lines in all_lines:
        billed += lines[0].quantity
        for line in lines:
            found[line.key] = found.get(line.key, 0) + line.amount_minor
    assert billed == whole
    assert found["space"] == round_half_up(whole * per_m2)
    assert found.get("stand", 0) == surcharge
    assert found["fee:1"] == round_half_up(whole * 1_234)
    assert found["fee:2"] == 69_000 * len(parts)


@given(stand=CENTI, agreed=st.lists(CENTI, min_size=1, max_size=20))
def test_another_stand_is_split_in_the_same_proportion(
    stand: Decimal, agreed: list[Decimal]
) -> None:
    assert sum(on_stand(stand, [int(each * 100) for each in agreed])) == stand


@given(stated=_shares(), gone=st.integers(0, 12), key=st.sampled_from(list(Key)))
def test_what_is_proposed_when_somebody_leaves_can_be_agreed_to(
    stated: list[Decimal], gone: int, key: Key
) -> None:
    island = Decimal("360.00")
    if key is Key.BY_M2:
        stated = list(areas(Key.SHARES, island, stated))
    before = list(zip(areas(key, island, stated), shares_bp(key, stated), strict=True))
    kept = [part for n, part in enumerate(before) if n != gone % len(before)]
    if kept:
        assert sum(areas(key, island, without(key, island, kept))) == island


@pytest.mark.parametrize(
    ("key", "stated", "said"),
    [
        (Key.SHARES, ["50", "49.99"], "99.99 %"),
        (Key.BY_M2, ["12", "12"], "24 m²"),
        (Key.BY_M2, ["36", "0"], "more than 0"),
        (Key.SHARES, ["33.333", "66.667"], "two decimal places"),
    ],
)
def test_parts_that_do_not_add_up_are_refused(key: Key, stated: list[str], said: str) -> None:
    with pytest.raises(Refused, match=said):
        areas(key, Decimal(36), [Decimal(each) for each in stated])


def test_an_island_too_small_for_its_members_is_refused() -> None:
    with pytest.raises(Refused, match="0 m²"):
        areas(Key.EQUAL, Decimal("0.02"), [Decimal(1)] * 3)


def test_an_agreement_holds_for_the_price_that_was_seen() -> None:
    assert standing(None, 5) is Standing.WAITING
    assert standing(Answer(agrees=False, total_minor=5), 5) is Standing.REFUSED
    assert standing(Answer(agrees=True, total_minor=5), 5) is Standing.AGREED
    assert standing(Answer(agrees=True, total_minor=4), 5) is Standing.ANOTHER_PRICE
