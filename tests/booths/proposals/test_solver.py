"""The solver against every placement there is, on cases small enough to try them all."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booths.plans.outlines import Rect
from booths.plans.rules import StandKind
from booths.proposals.explaining import explain
from booths.proposals.rules import (
    Again,
    Applicant,
    Case,
    Place,
    Utility,
    WishKind,
    connected,
    floor,
    moves,
    total,
    unfit,
    units,
)
from booths.proposals.solver import Goal, solve
from server.errors import Refused

KINDS = (StandKind.ROW, StandKind.CORNER, StandKind.HEAD)


def place(key: str, x: str, y: str, width: str, depth: str, **more: object) -> Place:
    rect = Rect(Decimal(x), Decimal(y), Decimal(width), Decimal(depth))
    return Place(key, rect.outline, rect.area_m2, **more)  # type: ignore[arg-type]


def applicant(key: str, rank: int, wanted: int, **more: object) -> Applicant:
    area = Decimal(wanted)
    given: dict[str, object] = {"minimum_m2": area, "maximum_m2": area, **more}
    return Applicant(key=key, name=key.upper(), rank=rank, wanted_m2=area, **given)  # type: ignore[arg-type]


@st.composite
def cases(draw: st.DrawFn, pins: bool = False, previous: bool = False) -> Case:
    """Up to six applicants and six stands: two rows with an aisle between them."""
    widths = draw(st.lists(st.sampled_from([3, 4]), min_size=1, max_size=6))
    places, x = [], {0: 0, 1: 0}
    for number, width in enumerate(widths):
        row = draw(st.integers(0, 1))
        places.append(
            place(
                f"S{number}", str(x[row]), str(6 * row), str(width), "3",
                kind=draw(st.sampled_from(KINDS)),
                power_kw=draw(st.sampled_from([None, Decimal(3)])),
                lacks=draw(st.sampled_from([frozenset(), frozenset({Utility.WATER})])),
            )
        )  # fmt: skip
        x[row] += width
    n = draw(st.integers(1, 6))
    keys = [f"c{number}" for number in range(n)]
    others = st.lists(st.sampled_from(keys), max_size=2, unique=True)
    ranks = draw(st.permutations(range(1, n + 1)))
    people = []
    for key, rank in zip(keys, ranks, strict=True):
        low, high = draw(st.sampled_from([(9, 9), (9, 12), (12, 12), (9, 15)]))
        people.append(
            applicant(
                key, rank, draw(st.integers(low, high)),
                minimum_m2=Decimal(low), maximum_m2=Decimal(high),
                kind=draw(st.sampled_from([None, *KINDS])),
                open_sides=draw(st.integers(0, 2)),
                neighbours=tuple(each for each in draw(others) if each != key),
                apart_from=tuple(each for each in draw(others) if each != key),
                consortium=draw(st.sampled_from(["", "", "", "P", "Q"])),
                power_kw=draw(st.sampled_from([Decimal(0), Decimal(6)])),
                needs=draw(st.sampled_from([frozenset(), frozenset({Utility.WATER})])),
            )
        )  # fmt: skip
    made = Case(tuple(people), tuple(places), again=draw(st.sampled_from(Again)))
    some = st.permutations(keys).flatmap(
        lambda order: st.permutations([each.key for each in places]).map(
            lambda spots: dict(zip(order, spots, strict=False))
        )
    )
    if previous:
        made = replace(made, previous=draw(some))
    if pins:
        chosen = draw(some)
        made = replace(made, pins=dict(list(chosen.items())[: draw(st.integers(0, 2))]))
    return made


def everything(case: Case) -> Iterator[dict[str, str]]:
    """Every placement that keeps the conditions, whole units only."""
    ground = floor(case.places, case.apart_m)
    n = len(case.applicants)
    spots: list[int | None] = [*range(len(case.places)), *[None] * n]
    for chosen in set(permutations(spots, n)):
        ok = all(
            case.pins.get(one.key) == case.places[at].key
            if one.key in case.pins and at is not None
            else one.key not in case.pins and (at is None or unfit(one, case.places[at]) is None)
            for one, at in zip(case.applicants, chosen, strict=True)
        )
        if not ok:
            continue
        groups = [[chosen[one] for one in unit] for unit in units(case.applicants)]
        if all(
            all(at is None for at in group)
            or (None not in group and connected([at for at in group if at is not None], ground))
            for group in groups
        ):
            yield {
                one.key: case.places[at].key
                for one, at in zip(case.applicants, chosen, strict=True)
                if at is not None
            }


def ranked(case: Case, found: dict[str, str]) -> tuple[bool, ...]:
    """Who is placed, units with pins first, then by rank: larger is better."""
    order = sorted(
        units(case.applicants),
        key=lambda unit: not any(case.applicants[one].key in case.pins for one in unit),
    )
    return tuple(case.applicants[unit[0]].key in found for unit in order)


def best(case: Case) -> tuple[object, ...] | None:
    """What the best of all placements reaches: rank, then moves and points as the case asks."""
    ground = floor(case.places, case.apart_m)
    return max((reached(case, each, ground) for each in everything(case)), default=None)


def reached(case: Case, found: dict[str, str], ground: object) -> tuple[object, ...]:
    still, worth = -len(moves(case, found)), total(case, found, ground)  # type: ignore[arg-type]
    later = (still, worth) if case.again is Again.FEW_MOVES else (worth, still)
    return (ranked(case, found), *later)


def compare(case: Case) -> None:
    try:
        found = solve(case, 20)
    except Refused:
        assert best(case) is None
        return
    ground = floor(case.places, case.apart_m)
    assert found.proven
    assert found.placement in list(everything(case))
    assert reached(case, found.placement, ground) == best(case)
    assert found.points == total(case, found.placement, ground)
    assert {stage.goal: stage.value for stage in found.stages}[Goal.WISHES] == found.points
    assert set(found.moved) == set(moves(case, found.placement))
    told = explain(case, found)
    assert [each.rank for each in told] == sorted(one.rank for one in case.applicants)
    assert {each.applicant: each.place for each in told if each.place} == found.placement


@settings(max_examples=60)
@given(cases())
def test_placement_is_the_best_of_all(case: Case) -> None:
    compare(case)


@settings(max_examples=40)
@given(cases(pins=True, previous=True))
def test_placement_with_pins_and_a_placement_before_is_the_best_of_all(case: Case) -> None:
    compare(case)


@settings(max_examples=30)
@given(cases(previous=True))
def test_large_search_keeps_its_bound(case: Case) -> None:
    """The search part by part never claims more than there is, nor a bound below it."""
    found = solve(case, 0.4, large_from=-1)
    ground = floor(case.places, case.apart_m)
    assert found.placement in list(everything(case))
    wanted = best(case)
    assert wanted is not None
    assert ranked(case, found.placement) == wanted[0]
    first = found.stages[1]
    if first.goal is Goal.MOVES:
        assert first.bound <= -wanted[1] <= first.value  # type: ignore[operator]
    else:
        assert first.value <= wanted[1] <= first.bound  # type: ignore[operator]
    assert found.points == total(case, found.placement, ground)


def row(n: int, width: int = 3) -> tuple[Place, ...]:
    return tuple(place(f"A{at + 1}", str(at * width), "0", str(width), "3") for at in range(n))


def test_rank_better_one_is_never_passed_over() -> None:
    """The second of the ranking fits only where the first could also stand: the first moves."""
    places = (*row(1), place("B1", "3", "0", "4", "3"))
    people = (
        applicant("first", 1, 9, maximum_m2=Decimal(12)),
        applicant("second", 2, 9),
        applicant("third", 3, 12),
    )
    found = solve(Case(people, places))
    assert found.placement == {"first": "B1", "second": "A1"}
    assert found.needed["third"] == (("A1", "B1"), ("first", "second"))


def test_consortium_is_placed_whole_at_the_rank_of_its_best_member() -> None:
    places = (*row(2), place("B1", "20", "0", "3", "3"))
    people = (
        applicant("lead", 1, 9, consortium="P"),
        applicant("other", 2, 9),
        applicant("late", 3, 9),
        applicant("member", 4, 9, consortium="P"),
    )
    found = solve(Case(people, places))
    assert {found.placement["lead"], found.placement["member"]} == {"A1", "A2"}
    assert found.placement["other"] == "B1"
    assert "late" not in found.placement


def test_consortium_that_cannot_touch_is_left_out_and_says_so() -> None:
    places = (*row(1), place("B1", "20", "0", "3", "3"))
    people = tuple(applicant(key, n, 9, consortium="P") for n, key in enumerate("ab", 1))
    case = Case(people, places)
    found = solve(case)
    assert found.placement == {}
    assert found.proven
    assert "wall to wall" in explain(case, found)[0].said


def test_consortium_in_a_line_needs_its_third_between_the_others() -> None:
    """Three stands in a row, the middle one fits only the last member."""
    places = (*row(1), place("A2", "3", "0", "4", "3"), place("A3", "7", "0", "3", "3"))
    people = (
        applicant("a", 1, 9, consortium="P"),
        applicant("b", 2, 9, consortium="P"),
        applicant("c", 3, 12, consortium="P"),
    )
    found = solve(Case(people, places))
    assert found.placement["c"] == "A2"
    assert len(found.placement) == 3


def test_solving_again_keeps_pins_and_moves_as_few_as_possible() -> None:
    """One pin takes somebody's stand: one moves besides, though wishes would shuffle all."""
    places = row(4)
    people = tuple(
        applicant(key, n, 9, neighbours=(other,))
        for n, (key, other) in enumerate([("a", "c"), ("b", "d"), ("c", "a"), ("d", "b")], 1)
    )
    before = {"a": "A1", "b": "A2", "c": "A3", "d": "A4"}
    case = Case(people, places, pins={"a": "A2"}, previous=before)
    found = solve(case)
    assert found.placement["a"] == "A2"
    assert set(found.moved) == {"a", "b"}
    more = solve(replace(case, again=Again.WISHES))
    assert more.points > found.points
    assert len(more.moved) > 2


def test_pins_that_tear_a_consortium_apart_are_refused() -> None:
    people = tuple(applicant(key, n, 9, consortium="P") for n, key in enumerate("ab", 1))
    with pytest.raises(Refused, match="wall to wall"):
        solve(Case(people, row(4), pins={"a": "A1", "b": "A4"}))


def test_pin_is_the_managers_word() -> None:
    """A pinned applicant stands there though the stand is too small, and this is said."""
    people = (applicant("a", 1, 20), applicant("b", 2, 9))
    case = Case(people, row(2), pins={"a": "A1"})
    found = solve(case)
    assert found.placement == {"a": "A1", "b": "A2"}
    assert "although it is too small" in explain(case, found)[0].said


def test_explanation_names_who_has_the_stand_and_what_a_free_one_would_cost() -> None:
    places = (
        place("A1", "0", "0", "4", "3", kind=StandKind.CORNER),
        place("A2", "4", "0", "3", "3"),
        place("B1", "30", "0", "4", "3", kind=StandKind.CORNER),
    )
    people = (
        applicant("a", 1, 12, kind=StandKind.CORNER, neighbours=("b",)),
        applicant(
            "b", 2, 9, maximum_m2=Decimal(12), kind=StandKind.CORNER, neighbours=("a",)
        ),
    )  # fmt: skip
    case = Case(people, places)
    found = solve(case)
    assert found.placement == {"a": "A1", "b": "A2"}
    unmet = " ".join(explain(case, found)[1].unmet)
    assert "A1 (A)" in unmet
    assert "B1 is free, but going there would cost 8.33 points" in unmet


def test_weight_of_one_applicant_counts_for_it_alone() -> None:
    places = (*row(1), place("A2", "3", "0", "3", "3", kind=StandKind.CORNER))
    people = (
        applicant("a", 1, 9, kind=StandKind.CORNER),
        applicant("b", 2, 9, kind=StandKind.CORNER, weights={WishKind.KIND: 9}),
    )
    assert solve(Case(people, places)).placement["b"] == "A2"
