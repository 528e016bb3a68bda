"""Geometry of the joint booth, without a database."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booths.plans.outlines import Outline, Rect, area_m2, metres
from booths.plans.rules import (
    OPEN_SIDES,
    Block,
    Edge,
    Placed,
    StandKind,
    is_outside,
    kind_for,
    open_sides,
    overlapping,
    room_left,
    shared_m2,
    suggest,
)

D = Decimal


def rect(x: str, y: str, w: str, d: str) -> Outline:
    return Rect(D(x), D(y), D(w), D(d)).outline


def test_area_of_a_stand_is_rounded_to_the_square_decimetre() -> None:
    assert area_m2(rect("0", "0", "3.33", "2.55")) == D("8.49")


@pytest.mark.parametrize(
    ("x", "w", "outside"),
    [("0", "3", False), ("7", "3", False), ("7.01", "3", True), ("-0.01", "3", True)],
)
def test_a_stand_outside_the_block_is_seen_to_the_centimetre(x: str, w: str, outside: bool) -> None:
    assert is_outside(Block(D(10), D(6)), rect(x, "0", w, "3")) is outside


def test_stands_that_share_a_wall_do_not_overlap() -> None:
    others = [Placed("A1", rect("0", "0", "3.33", "3")), Placed("A2", rect("6.66", "0", "3", "3"))]
    assert overlapping(rect("3.33", "0", "3.33", "3"), others) == []


def test_one_centimetre_of_shared_floor_is_an_overlap_and_names_the_stand() -> None:
    others = [Placed("A1", rect("0", "0", "3", "3")), Placed("B1", rect("0", "3", "3", "3"))]
    assert overlapping(rect("2.99", "2.99", "3", "3"), others) == ["A1", "B1"]


def test_net_and_gross() -> None:
    assert shared_m2(D("120.00"), D("90.00")) == D("30.00")
    assert room_left(D("90.00"), [D("9.00")] * 9) == D("9.00")
    assert room_left(D("9.00"), [D("9.00"), D("0.01")]) == D("-0.01")


def sides(block: Block, *stands: Placed) -> dict[str, int]:
    return {label: len(found) for label, found in open_sides(block, stands).items()}


def test_a_lone_stand_in_an_open_block_is_an_island() -> None:
    block = Block(D(9), D(9))
    assert sides(block, Placed("A1", rect("3", "3", "3", "3"))) == {"A1": 4}


def test_a_stand_that_fills_an_island_block_is_an_island() -> None:
    assert sides(Block(D(6), D(6)), Placed("A1", rect("0", "0", "6", "6"))) == {"A1": 4}


def test_row_corner_and_head_in_a_block_with_a_back_wall() -> None:
    block = Block(D(9), D(6), frozenset({Edge.BOTTOM, Edge.LEFT, Edge.RIGHT}))
    row = [Placed(f"A{n + 1}", rect(str(3 * n), "0", "3", "3")) for n in range(3)]
    assert sides(block, *row) == {"A1": 2, "A2": 1, "A3": 2}
    head = Placed("A1", rect("0", "0", "3", "6"))
    assert sides(block, head) == {"A1": 3}


def test_a_gap_narrower_than_a_passage_is_no_aisle() -> None:
    block = Block(D(7), D(3), frozenset({Edge.BOTTOM}))
    narrow = [Placed("A1", rect("0", "0", "3", "3")), Placed("A2", rect("3.50", "0", "3", "3"))]
    wide = [Placed("A1", rect("0", "0", "3", "3")), Placed("A2", rect("4", "0", "3", "3"))]
    assert sides(block, *narrow) == {"A1": 1, "A2": 1}
    assert sides(block, *wide) == {"A1": 2, "A2": 2}


def test_free_floor_that_nobody_can_reach_is_no_aisle() -> None:
    block = Block(D(6), D(8), frozenset({Edge.TOP}))
    wall = Placed("A1", rect("0", "0", "6", "3"))
    assert open_sides(block, [wall]) == {"A1": frozenset({Edge.TOP})}


def test_kind_follows_the_number_of_open_sides() -> None:
    assert [kind_for(n) for n in range(5)] == [None, *StandKind]


def test_layout_of_an_island_block_has_corners_at_the_ends_of_its_rows() -> None:
    stands = suggest(Block(D(12), D(6)), D(3), D(3), D(3))
    assert [s.label for s in stands] == ["A1", "A2", "A3", "A4", "B1", "B2", "B3", "B4"]
    assert [s.kind for s in stands] == [
        StandKind.CORNER,
        StandKind.ROW,
        StandKind.ROW,
        StandKind.CORNER,
    ] * 2


def test_layout_of_a_shut_block_keeps_an_aisle_and_a_way_into_it() -> None:
    block = Block(D(15), D(9), frozenset({Edge.BOTTOM}))
    stands = suggest(block, D(3), D(3), D(3))
    assert {s.rect.y_m for s in stands} == {D(0), D(6)}
    assert max(s.rect.right_m for s in stands) <= D(12)
    assert all(s.kind in StandKind for s in stands)


def test_layout_stops_at_the_net_area() -> None:
    stands = suggest(Block(D(12), D(6)), D(3), D(3), D(3), net_m2=D("50"))
    assert sum(s.rect.area_m2 for s in stands) == D("45")


def test_layout_is_empty_when_no_stand_fits() -> None:
    assert suggest(Block(D(2), D(6)), D(3), D(3), D(3)) == []
    assert suggest(Block(D(12), D(2)), D(3), D(3), D(3)) == []


lengths = st.integers(200, 4000).map(lambda cm: metres(D(cm) / 100))
edges = st.sets(st.sampled_from(list(Edge)), min_size=1).map(frozenset)


@settings(max_examples=60, deadline=None)
@given(lengths, lengths, edges, st.integers(150, 600), st.integers(150, 600), st.integers(100, 400))
def test_every_layout_fits_and_every_stand_can_be_entered(
    width: Decimal, depth: Decimal, open_edges: frozenset[Edge], w: int, d: int, aisle: int
) -> None:
    block = Block(width, depth, open_edges)
    found = suggest(block, metres(D(w) / 100), metres(D(d) / 100), metres(D(aisle) / 100))
    placed = [Placed(s.label, s.rect.outline) for s in found]
    assert len({s.label for s in found}) == len(found)
    for number, stand in enumerate(placed):
        assert not is_outside(block, stand.outline)
        assert overlapping(stand.outline, placed[:number]) == []
    counted = open_sides(block, placed)
    for stand in found:
        assert OPEN_SIDES[stand.kind] == len(counted[stand.label]) >= 1
