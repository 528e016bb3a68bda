"""Plans of meetings: the command, its proofs, and every plan held against an independent check."""

import csv
import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from server.commands.meetings import command
from tests.events.matchmaking import verifier

PUBLIC = Path(__file__).parents[4] / "shared" / "data" / "meetings"
# Two rooms, four slots; 1 and 2 are busy people, 4 comes for the afternoon only.
SMALL = """\
nBusiness = 4;
nMeetings = 5;
nTables = 2;
nTotalSlots = 4;
nMorningSlots = 2;
requested = [|1,2,3,
|1,3,3,
|2,3,3,
|2,4,2,
|1,4,3, |];
nMeetingsBusiness = [3,3,2,2];
forbidden = [{0},{0},{0},{0,1,2}];
fixed = [0,0,0,0,0];
precedences = [{},{1},{},{},{}];
"""


def solve(path: Path, *options: str) -> tuple[int, dict[str, Any]]:
    ran = CliRunner().invoke(
        command, ["solve", str(path), "--json", *options], standalone_mode=False
    )
    assert ran.exception is None, ran.exception
    return ran.return_value, json.loads(ran.stdout)


def slots(answer: dict[str, Any]) -> dict[int, int]:
    return {each["meeting"]: each["slot"] for each in answer["meetings"]}


def test_an_instance_is_solved_to_its_proven_optimum(tmp_path: Path) -> None:
    file = tmp_path / "small.dzn"
    file.write_text(SMALL)
    code, answer = solve(file, "--fairness", "2", "--time-limit", "20")
    of = verifier.read(SMALL)
    assert code == 0
    assert verifier.faults(of, slots(answer), 2) == []
    assert (answer["status"], answer["breaks"]) == ("optimal", fewest(of, 2))
    assert answer["bound"] == answer["breaks"] == verifier.breaks(of, slots(answer))


def test_an_instance_without_a_plan_is_answered_with_its_reason(tmp_path: Path) -> None:
    file = tmp_path / "full.dzn"
    file.write_text(SMALL.replace("nTotalSlots = 4", "nTotalSlots = 2"))
    code, answer = solve(file)
    assert (code, answer["status"], answer["meetings"]) == (0, "infeasible", [])
    said = CliRunner().invoke(command, ["solve", str(file)], standalone_mode=False).stdout
    assert "has no slot that is open to both" in said or "open slots" in said


@pytest.mark.parametrize(
    ("wrong", "line", "reason"),
    [
        (("|1,3,3,", "|1,9,3,"), 7, "there is no participant 9"),
        (("|1,3,3,", "|3,3,3,"), 7, "cannot meet themselves"),
        (("|1,3,3,", "|1,3,4,"), 7, "4 is no session"),
        (("|1,3,3,", "|1,3,"), 7, "three numbers, not 2"),
        (("|1,3,3,", "|1,x,3,"), 7, "a number was expected, not “x”"),
        (("nTables = 2;", "nTables = ;"), 3, "a number was expected"),
        (("nTables = 2;", "nTables = -1;"), 3, "whole number from 0"),
        (("nTables = 2;\n", ""), 14, "“nTables” is missing"),
        (("fixed = [0,0", "fixed = [7,0"), 13, "holds 7; 0 to 4"),
        (("{0},{0,1,2}]", "{0}]"), 12, "must have 4 sets"),
        (("{},{1},", "{},1,"), 14, "holds sets"),
        (("[3,3,2,2]", "[3,3,3,2]"), 11, "participant 3 has 2 meetings"),
        (("nMeetings = 5", "nMeetings = 6"), 6, "one row for each of 6"),
        (("nTotalSlots = 4;", "nTotalSlots = 4; nTotalSlots = 5;"), 4, "was given before"),
        (("|1,4,3, |];", "|1,4,3;"), 10, "expected, not “;”"),
        (("fixed =", "fixed ?"), 13, "“?” means nothing here"),
    ],
)
def test_a_file_with_an_error_is_refused_with_line_and_reason(
    tmp_path: Path, wrong: tuple[str, str], line: int, reason: str
) -> None:
    file = tmp_path / "wrong.dzn"
    assert wrong[0] in SMALL
    file.write_text(SMALL.replace(*wrong))
    ran = CliRunner().invoke(command, ["solve", str(file), "--json"], standalone_mode=False)
    said = str(ran.exception)
    assert f"Line {line}:" in said
    assert reason in said


def fewest(of: dict[str, Any], fairness: int | None) -> int | None:
    """The fewest breaks by trying every plan; None where there is none."""
    best = None
    for plan in itertools.product(range(1, of["slots"] + 1), repeat=len(of["requested"])):
        slot_of = dict(enumerate(plan, 1))
        if not verifier.faults(of, slot_of, fairness):
            found = verifier.breaks(of, slot_of)
            best = found if best is None else min(best, found)
    return best


@st.composite
def instances(draw: st.DrawFn) -> str:
    """Small instances with everything that the format knows."""
    people = draw(st.integers(3, 5))
    slots_ = draw(st.integers(3, 5))
    morning = draw(st.integers(0, slots_))
    pairs = draw(
        st.lists(
            st.tuples(st.integers(1, people), st.integers(1, people)).filter(
                lambda pair: pair[0] < pair[1]
            ),
            min_size=1, max_size=5,
        )
    )  # fmt: skip
    session = st.sampled_from([3, 3, 3, 1, 2])
    forbidden = [draw(st.sets(st.integers(1, slots_), max_size=1)) for _ in range(people)]
    fixed = [draw(st.sampled_from([0, 0, 0, 1, slots_])) for _ in pairs]
    before = [
        draw(st.sets(st.integers(1, at), max_size=1)) if at and draw(st.booleans()) else set()
        for at in range(len(pairs))
    ]

    def sets(each: list[set[int]]) -> str:
        return ",".join("{" + ",".join(map(str, sorted(one | {0}))) + "}" for one in each)

    rows = "".join(f"|{a},{b},{draw(session)},\n" for a, b in pairs)
    return (
        f"nBusiness = {people};\nnMeetings = {len(pairs)};\nnTables = {draw(st.integers(1, 2))};\n"
        f"nTotalSlots = {slots_};\nnMorningSlots = {morning};\nrequested = [{rows}|];\n"
        f"forbidden = [{sets(forbidden)}];\nfixed = [{','.join(map(str, fixed))}];\n"
        f"precedences = [{sets(before)}];\n"
    )


@settings(max_examples=25, deadline=None)
@given(instances(), st.integers(0, 2))
def test_a_small_instance_has_the_optimum_of_trying_everything(text: str, fairness: int) -> None:
    from events.matchmaking.scheduler import dzn, proof

    of = verifier.read(text)
    known = proof.prove(dzn.read(text, fairness))
    wanted = fewest(of, fairness)
    if wanted is None:
        assert known.impossible
    else:
        assert known.plan is not None
        slot_of = {meeting: slot + 1 for meeting, slot in enumerate(known.plan, 1)}
        assert verifier.faults(of, slot_of, fairness) == []
        assert (known.bound, verifier.breaks(of, slot_of)) == (wanted, wanted)


def test_a_large_event_is_placed_by_weight_and_says_its_bounds() -> None:
    ran = CliRunner().invoke(
        command,
        ["simulate", "--participants", "150", "--requests", "700", "--slots", "16",
         "--tables", "40", "--seed", "3", "--time-limit", "1.5", "--json"],
        standalone_mode=False,
    )  # fmt: skip
    answer = json.loads(ran.stdout)
    assert answer["placed"] == len(answer["meetings"])
    assert answer["upper_bound"] >= answer["weight"] >= 0.995 * answer["upper_bound"]
    assert answer["breaks"] >= answer["bound"]
    from events.matchmaking.scheduler.simulate import large

    problem = large(150, 700, 16, 40, 3)
    seen: set[tuple[int, int]] = set()
    per_slot: dict[int, int] = {}
    weight = 0
    for each in answer["meetings"]:
        one, slot = problem.meetings[each["meeting"] - 1], each["slot"] - 1
        assert one.slots >> slot & 1
        for who in (one.a, one.b):
            assert (who, slot) not in seen
            seen.add((who, slot))
        per_slot[slot] = per_slot.get(slot, 0) + 1
        weight += one.weight
    assert weight == answer["weight"]
    assert max(per_slot.values()) <= 40


@pytest.mark.skipif(not PUBLIC.is_dir(), reason="the public instances are not beside this checkout")
@pytest.mark.parametrize("variant", ["original", "forb0003", "fixed020-Forb", "prec15"])
@pytest.mark.parametrize("name", ["tic-12", "tic-14crafd", "forumt-14crafc"])
def test_a_public_instance_has_its_published_verdict(name: str, variant: str) -> None:
    check_public(name, variant, 2)


@pytest.mark.skipif(
    not PUBLIC.is_dir() or not os.environ.get("PAVILION_NIGHTLY"),
    reason="all public instances are solved nightly (PAVILION_NIGHTLY=1)",
)
def test_every_public_instance_has_its_published_verdict() -> None:
    with (PUBLIC / "optima.csv").open() as file:
        for row in csv.DictReader(file):
            check_public(row["instance"], row["variant"], int(row["fairness"]))


def check_public(name: str, variant: str, fairness: int) -> None:
    path = PUBLIC / f"{name}.{variant}.dzn"
    with (PUBLIC / "optima.csv").open() as file:
        wanted = next(
            row["optimal_breaks"]
            for row in csv.DictReader(file)
            if (row["instance"], row["variant"], row["fairness"]) == (name, variant, str(fairness))
        )
    code, answer = solve(path, "--fairness", str(fairness), "--time-limit", "120")
    assert code == 0
    if wanted == "UNSAT":
        assert answer["status"] == "infeasible"
        return
    of = verifier.read(path.read_text())
    assert verifier.faults(of, slots(answer), fairness) == []
    assert (answer["status"], answer["breaks"]) == ("optimal", int(wanted))
    assert verifier.breaks(of, slots(answer)) == int(wanted)
