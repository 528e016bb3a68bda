"""Outlines without a database: kept in one form, cut and joined exactly, refused when no floor."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from booths.plans.labels import next_label, part_labels
from booths.plans.outlines import (
    Axis,
    Fault,
    Outline,
    Point,
    Rect,
    area_m2,
    bounds,
    equal_cuts,
    fault,
    is_rectangle,
    label_box,
    merge,
    metres,
    moved,
    overlap,
    read_corners,
    ring,
    same_floor,
    shape,
    split,
    write_corners,
)
from booths.plans.rules import Block, Edge, Placed, collisions, open_sides

D = Decimal


def at(*corners: tuple[object, object]) -> tuple[Point, ...]:
    return ring((D(str(x)), D(str(y))) for x, y in corners)


ELL = at((0, 0), (6, 0), (6, 3), (3, 3), (3, 6), (0, 6))


def test_an_outline_has_one_form_whatever_the_order_of_its_corners() -> None:
    square = at((3, 3), (0, 3), (0, 0), (3, 0))
    assert square == at((0, 0), (3, 0), (3, 3), (0, 3))
    assert square == at((0, 0), (1.5, 0), (3, 0), (3, 3), (0, 3), (0, 0))
    assert square == Rect(D(0), D(0), D(3), D(3)).outline
    assert is_rectangle(square)
    assert not is_rectangle(ELL)


def test_area_of_an_outline_is_exact() -> None:
    assert area_m2(ELL) == D("27.00")
    assert area_m2(at((0, 0), (3.33, 0), (3.33, 2.55), (0, 2.55))) == D("8.49")
    assert area_m2(at((0, 0), (3, 0), (3, 3))) == D("4.50")


@pytest.mark.parametrize(
    ("corners", "why"),
    [
        (((0, 0), (3, 0)), Fault.CORNERS),
        (((0, 0), (3, 0), (6, 0)), Fault.CORNERS),
        (((0, 0), (3, 0), (0, 3), (3, 3)), Fault.CROSSES),
        (((0, 0), (9, 0), (0, 1.5)), Fault.SHARP),
        (((0, 0), (0.99, 0), (0.99, 3), (0, 3)), Fault.NARROW),
        (((0, 0), (6, 0), (6, 3), (3, 3), (3, 6), (2.5, 6), (2.5, 3), (0, 3)), Fault.NARROW),
        (((0, 0), (1, 0), (1, 3), (0, 3)), None),
        (((0, 0), (3, 0), (4.5, 1.5), (3, 3), (0, 3)), None),
    ],
)
def test_what_is_no_floor_of_a_stand_is_told_why(
    corners: tuple[tuple[float, float], ...], why: Fault | None
) -> None:
    assert fault(at(*corners)) == why


def test_corners_are_read_as_people_write_them() -> None:
    assert read_corners("0 0; 6 0\n6 2,5; 0 2.5") == (
        (D(0), D(0)), (D(6), D(0)), (D(6), D("2.5")), (D(0), D("2.5")),
    )  # fmt: skip
    assert read_corners("0 0; 6") is None
    assert read_corners("a b") is None
    lower = moved(ELL, D("1.50"), D("2.00"))
    back = read_corners(write_corners(lower))
    assert back is not None
    assert ring(back) == ELL
    assert same_floor(lower, ELL)


def test_a_stand_is_cut_where_it_is_asked_and_only_there() -> None:
    assert [bounds(part) for part in split(ELL, Axis.ACROSS, [D("2")])] == [
        Rect(D(0), D(0), D(2), D(6)),
        Rect(D(2), D(0), D(4), D(6)),
    ]
    fork = at((0, 0), (9, 0), (9, 6), (6, 6), (6, 3), (3, 3), (3, 6), (0, 6))
    assert len(split(fork, Axis.DOWN, [D("3")])) == 3
    assert split(ELL, Axis.DOWN, [D("6")]) == [ELL]
    assert equal_cuts(at((0, 0), (10, 0), (10, 3), (0, 3)), Axis.ACROSS, 3) == [
        D("3.33"),
        D("6.67"),
    ]


def test_only_neighbours_wall_to_wall_are_joined() -> None:
    one, other = at((0, 0), (3, 0), (3, 3), (0, 3)), at((3, 1), (6, 1), (6, 4), (3, 4))
    assert merge([one, other]) == at((0, 0), (3, 0), (3, 1), (6, 1), (6, 4), (3, 4), (3, 3), (0, 3))
    assert merge([one, moved(other, D("3.01"), D(1))]) is None
    assert merge([one, moved(other, D("3.00"), D("3.00"))]) is None
    around = [
        at((0, 0), (6, 0), (6, 2), (0, 2)), at((0, 4), (6, 4), (6, 6), (0, 6)),
        at((0, 2), (2, 2), (2, 4), (0, 4)), at((4, 2), (6, 2), (6, 4), (4, 4)),
    ]  # fmt: skip
    assert merge(around) is None


def test_l_shapes_that_fit_into_each_other_do_not_overlap() -> None:
    other = at((6, 3), (6, 6), (3, 6), (3, 3))
    assert not overlap(shape(ELL), shape(other))
    assert overlap(shape(ELL), shape(at((6, 3), (6, 6), (2.99, 6), (2.99, 3))))
    pairs = collisions(
        [Placed("A1", ELL), Placed("A2", other), Placed("A3", at((5, 0), (8, 0), (8, 2), (5, 2)))]
    )
    assert pairs == [("A1", "A3")]


def test_a_label_is_written_inside_its_outline() -> None:
    assert label_box(ELL).area_m2 == D("18.00")
    triangle = at((0, 0), (6, 0), (3, 5))
    found = label_box(triangle)
    assert shape(triangle).covers(shape(found.outline).centroid)


def test_a_side_of_an_l_is_open_when_nine_tenths_of_its_walls_are() -> None:
    block = Block(D(12), D(9))
    alone = open_sides(block, [Placed("A1", moved(ELL, D(3), D(0)))])
    assert alone["A1"] == frozenset(Edge)
    filled = Placed("A2", at((6, 3), (9, 3), (9, 6), (6, 6)))
    both = open_sides(block, [Placed("A1", moved(ELL, D(3), D(0))), filled])
    assert both["A1"] == {Edge.TOP, Edge.LEFT}
    assert both["A2"] == {Edge.RIGHT, Edge.BOTTOM}


def test_a_lounge_closes_a_side_and_a_drawn_aisle_does_not() -> None:
    block = Block(D(6), D(3), frozenset({Edge.BOTTOM}))
    stand, rest = at((0, 0), (3, 0), (3, 3), (0, 3)), at((3, 0), (6, 0), (6, 3), (3, 3))
    assert open_sides(block, [Placed("A1", stand)])["A1"] == {Edge.RIGHT, Edge.BOTTOM}
    assert open_sides(block, [Placed("A1", stand)], [rest])["A1"] == {Edge.BOTTOM}


def test_labels_go_on_where_they_are_free() -> None:
    assert next_label("A1", ["a2", "A1"]) == "A3"
    assert next_label("Island", []) == "Island2"
    assert part_labels("A1", 3, ["A1", "A1-2"]) == ["A1", "A1-3", "A1-4"]
    assert len(part_labels("A-long-label", 2, [])[1]) <= 12


@st.composite
def rectilinear(draw: st.DrawFn) -> Outline:
    """A staircase of columns side by side: any outline without holes that goes down from a line."""
    widths = draw(st.lists(st.integers(100, 400), min_size=1, max_size=5))
    depths = draw(st.lists(st.integers(100, 500), min_size=len(widths), max_size=len(widths)))
    left = D(draw(st.integers(0, 300))) / 100
    parts = []
    for width, depth in zip(widths, depths, strict=True):
        parts.append(Rect(left, D(0), D(width) / 100, D(depth) / 100).outline)
        left += D(width) / 100
    whole = merge(parts)
    assert whole is not None
    return whole


@settings(max_examples=80)
@given(rectilinear(), st.sampled_from(Axis), st.integers(1, 2000))
def test_split_then_merge_gives_the_same_outline_and_area(
    outline: Outline, axis: Axis, cut: int
) -> None:
    parts = split(outline, axis, [metres(D(cut) / 100)])
    assert merge(parts) == outline
    assert sum(area_m2(part) for part in parts) - area_m2(outline) <= D("0.01") * len(parts)
    assert not any(
        overlap(shape(one), shape(other)) for n, one in enumerate(parts) for other in parts[:n]
    )


slanted = st.lists(
    st.tuples(st.integers(0, 1200), st.integers(0, 900)), min_size=3, max_size=6, unique=True
).map(lambda found: ring((D(x) / 100, D(y) / 100) for x, y in found))


@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
@given(slanted, st.sampled_from(Axis), st.integers(2, 4))
def test_parts_of_any_outline_never_overlap_and_lose_no_floor(
    outline: Outline, axis: Axis, number: int
) -> None:
    assume(fault(outline) is None)
    parts = split(outline, axis, equal_cuts(outline, axis, number))
    assert not any(
        overlap(shape(one), shape(other)) for n, one in enumerate(parts) for other in parts[:n]
    )
    lost = area_m2(outline) - sum(area_m2(part) for part in parts)
    assert abs(lost) <= D("0.30")
