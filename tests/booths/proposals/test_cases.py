"""Case files: the three of the documentation, what is refused, and what the command prints."""

import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from booths.plans.rules import Block, Edge, Placed, kind_for, open_sides, overlapping
from booths.proposals.cases import answer
from booths.proposals.cutting import cut
from booths.proposals.layouts import Ground, layouts
from booths.proposals.packing import pack
from booths.proposals.rules import Applicant, Case
from booths.proposals.solver import solve
from server.commands.allocate import command
from server.errors import Refused

EXAMPLES = sorted((Path(__file__).parents[3] / "docs" / "examples").glob("allocate-*.json"))


def example(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        next(path for path in EXAMPLES if name in path.name).read_text("utf-8")
    )
    return found


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_case_of_the_documentation(path: Path) -> None:
    case = json.loads(path.read_text("utf-8"))
    assert case["expect"]["placement"]
    found = CliRunner().invoke(command, [str(path), "--json"], standalone_mode=False)
    assert found.return_value == 0, found.output
    told = json.loads(found.stdout)
    assert told["proven"]
    for applicant in case["applicants"]:
        assert any(each["applicant"] == applicant["key"] for each in told["told"])
    shown = CliRunner().invoke(command, [str(path)], standalone_mode=False)
    for each in told["told"]:
        assert each["said"] in shown.stdout
        assert all(unmet in shown.stdout for unmet in each["unmet"])


def test_case_that_expects_something_else_is_told_so(tmp_path: Path) -> None:
    case = example("neighbours")
    case["expect"] = {"placed": 6}
    file = tmp_path / "case.json"
    file.write_text(json.dumps(case))
    found = CliRunner().invoke(command, [str(file)], standalone_mode=False)
    assert found.return_value == 1
    assert "placed: 6 ≠ 4" in found.stderr


def test_consortium_case_keeps_what_it_must() -> None:
    """The pin holds, the members touch, nobody is without the power and water they need."""
    found = answer(example("consortium"))["placement"]
    assert found["serra"] == "B1"
    assert found["falk"] == "A3"
    assert sorted(found[key] for key in ("mattei", "duarte", "olmo")) in (
        ["A1", "A2", "B2"], ["A2", "A3", "A4"], ["B2", "B3", "B4"], ["A1", "A2", "A3"],
    )  # fmt: skip
    assert found["lund"] not in ("A4", "B3")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"pins": {"quinta": "Z9"}}, "not in this case"),
        ({"pins": {"quinta": "A1", "rossi": "A1"}}, "both pinned"),
        ({"stands": [{"key": "A1"}]}, "needs a width"),
        ({"weights": {"area": -1}}, "0 to 1000"),
        ({"wishes": []}, "unknown field"),
        ({"block": {"width_m": 10, "depth_m": 10}}, "either stands"),
    ],
)
def test_case_that_makes_no_sense_is_refused_in_a_sentence(
    change: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused) as refused:
        answer({**example("neighbours"), **change})
    assert said in str(refused.value)


def test_applicant_whose_areas_contradict_is_refused() -> None:
    case = example("neighbours")
    case["applicants"][0]["minimum_m2"] = 20
    with pytest.raises(Refused, match="area wanted"):
        answer(case)


WANTED = st.lists(st.sampled_from([9, 12, 18]), min_size=1, max_size=6)


@st.composite
def grounds(draw: st.DrawFn) -> tuple[Ground, Case]:
    edges = draw(st.sets(st.sampled_from(Edge), min_size=1))
    width, depth = draw(st.integers(4, 24)), draw(st.integers(4, 20))
    people = tuple(
        Applicant(
            key=str(n), name=str(n), rank=n + 1,
            wanted_m2=Decimal(wanted), minimum_m2=Decimal(wanted) - 3,
            maximum_m2=Decimal(wanted) + 3,
            consortium=draw(st.sampled_from(["", "", "P"])),
        )
        for n, wanted in enumerate(draw(WANTED))
    )  # fmt: skip
    block = Block(Decimal(width), Decimal(depth), frozenset(edges))
    net = draw(st.sampled_from([None, Decimal(30)]))
    return Ground(block, net), Case(people, ())


@settings(max_examples=25)
@given(grounds())
def test_cutting_keeps_to_the_block(asked: tuple[Ground, Case]) -> None:
    """Stands lie in the block, never overlap, can be entered, keep to the net area, and their
    kinds are those that the aisles give them."""
    ground, case = asked
    try:
        found = cut(ground, case, 2)
    except Refused:
        return
    places = found.case.places
    stands = [Placed(place.key, place.outline) for place in places]
    sides = open_sides(ground.block, stands)
    for place in places:
        assert all(0 <= x <= ground.block.width_m for x, _ in place.outline)
        assert all(0 <= y <= ground.block.depth_m for _, y in place.outline)
        others = [each for each in stands if each.label != place.key]
        assert overlapping(place.outline, others) == []
        assert place.kind is kind_for(len(sides[place.key]))
    used = sum(place.area_m2 for place in places)
    assert solve(found.case, 2).placement.keys() == {
        each.key for each in case.applicants if each.name not in found.left_out + found.undecided
    }
    assert used <= (ground.net_m2 or ground.block.width_m * ground.block.depth_m)
    assert len(places) + len(found.left_out + found.undecided) == len(case.applicants)
    assert all(row.depth_m in (3, 4) for row in found.rows)


def test_cutting_serves_the_ranking_first() -> None:
    """Room for one of two: the better rank gets it, though the other would use more of it."""
    people = tuple(
        Applicant(str(n), str(n), n, Decimal(wanted), Decimal(wanted), Decimal(wanted))
        for n, wanted in enumerate([9, 18, 9], 1)
    )
    ground = Ground(Block(Decimal(6), Decimal(3), frozenset({Edge.TOP})))
    found = cut(ground, Case(people, ()), 2)
    assert found.left_out == ("2",)
    assert len(found.case.places) == 2
    assert found.proven


def test_rows_of_a_large_block_take_everybody_who_fits() -> None:
    """60 x 30 m: rows of 60 m hold 1,260 m². 120 small applicants all fit, and of 120 larger ones
    the ranking is served until the rows are full; both is proven, long before a minute is over."""
    ground = Ground(Block(Decimal(60), Decimal(30), frozenset(Edge)))
    began = time.monotonic()
    for wishes, room in (((9, 9, 12), True), ((9, 12, 12, 18, 24), False)):
        people = tuple(
            Applicant(
                str(n), str(n), n + 1, Decimal(wishes[n % len(wishes)]), Decimal(9),
                Decimal(wishes[n % len(wishes)] + 3),
            ) if room else Applicant(
                str(n), str(n), n + 1, *[Decimal(wishes[n % len(wishes)])] * 2,
                Decimal(wishes[n % len(wishes)] + 3),
            )
            for n in range(120)
        )  # fmt: skip
        packed = [
            pack(ground, layout, Case(people, ()), time.monotonic() + 2)
            for turned in (False, True)
            for layout in layouts(ground, turned)
        ]
        best = max(each.served for each in packed)
        assert all(best) is room
        assert not any(each.undecided and each.at_best > best for each in packed)
        if not room:
            used = sum(one.minimum_m2 for one, served in zip(people, best, strict=True) if served)
            assert 1250 <= used <= 1260
    assert time.monotonic() - began < 10
