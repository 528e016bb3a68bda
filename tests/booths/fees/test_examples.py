"""Every worked case of the documentation gives the figures that it names."""

import json
from pathlib import Path

import pytest

from booths.fees.cases import compute

CASES = sorted((Path(__file__).parents[3] / "docs" / "examples").glob("quote-*.json"))


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_worked_case_gives_its_figures(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    assert case["expect"]
    assert compute(case)["differences"] == []


def test_there_is_a_case_for_each_kind_of_price() -> None:
    assert len(CASES) >= 11
