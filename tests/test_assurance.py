"""docs/assurance.md names for each fault and each attempt the tests that make it happen."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FAULTS = [f"F{n}" for n in (*range(1, 21), 32)]
ATTEMPTS = [f"S{n}" for n in range(1, 46)]
ROWS = {
    row.split(":")[0].strip("| "): row
    for row in (ROOT / "docs" / "assurance.md").read_text("utf-8").splitlines()
    if re.match(r"\| [FS]\d+:", row)
}


@pytest.mark.parametrize("row", FAULTS + ATTEMPTS)
def test_row_has_tests_that_exist(row: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", ROWS[row])
    assert named or "Does not apply" in ROWS[row]
    for file, test in named:
        path = ROOT / file
        assert path.exists(), file
        assert re.search(rf"^(async )?def {test}\(", path.read_text("utf-8"), re.M), test


def test_every_test_that_is_named_belongs_to_a_row() -> None:
    text = (ROOT / "docs" / "assurance.md").read_text("utf-8")
    assert text.count("::") == sum(row.count("::") for row in ROWS.values())
