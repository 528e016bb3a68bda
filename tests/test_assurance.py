"""docs/assurance.md names for each fault the tests that make it happen, and they exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FAULTS = [f"F{n}" for n in (*range(1, 21), 32)]
ROWS = {
    row.split(":")[0].strip("| "): row
    for row in (ROOT / "docs" / "assurance.md").read_text("utf-8").splitlines()
    if re.match(r"\| F\d+:", row)
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_has_tests_that_exist(fault: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", ROWS[fault])
    assert named
    for file, test in named:
        path = ROOT / file
        assert path.exists(), file
        assert re.search(rf"^(async )?def {test}\(", path.read_text("utf-8"), re.M), test


def test_every_test_that_is_named_belongs_to_a_row() -> None:
    text = (ROOT / "docs" / "assurance.md").read_text("utf-8")
    assert text.count("::") == sum(row.count("::") for row in ROWS.values())
