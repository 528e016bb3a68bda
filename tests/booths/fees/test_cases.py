"""`pavilion quote`: the documented case, figures that differ, files that are no case."""

import json
import re
from pathlib import Path

import pytest

from server.cli import main

DOCS = Path(__file__).parents[3] / "docs" / "formats.md"


def run(*arguments: str) -> int:
    """The exit code of `pavilion quote`."""
    with pytest.raises(SystemExit) as end:
        main(["quote", *arguments])
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """The example of docs/formats.md as a file."""
    found = re.search(r"```json\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    assert found
    path = tmp_path / "case.json"
    path.write_text(found[1], encoding="utf-8")
    return path


def test_documented_case_comes_out(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(case)) == 0
    said = capsys.readouterr().out
    assert "Stand space: 12 m² at €907.00 = €10,884.00" in said
    assert "Aid: 6984.00 EUR, 60.35% of the eligible cost" in said
    assert "To pay: 5533.14 EUR" in said


def test_other_figures_than_expected_are_named(
    case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = json.loads(case.read_text(encoding="utf-8"))
    given["expect"] = {"aid": "1.00"}
    case.write_text(json.dumps(given), encoding="utf-8")
    assert run(str(case), "--json") == 1
    both = capsys.readouterr()
    assert "aid: 1.00 ≠ 6984.00" in both.err
    assert json.loads(both.out)["net"] == "4649.70"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[", "is not JSON"),
        ("[]", "This is not a case"),
        ('{"on": "2026-11-23", "prices": {}}', "This is not a case"),
    ],
)
def test_file_that_is_no_case_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    path = tmp_path / "case.json"
    path.write_text(text, encoding="utf-8")
    assert run(str(path)) == 1
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("where", "value", "says"),
    [
        ("scheme.rate", 1e400, "scheme.rate: a percentage lies between 0 and 100"),
        ("scheme.rate", -1, "scheme.rate: a percentage lies between 0 and 100"),
        ("scheme.rate", 0.1234567, "scheme.rate: this has at most two decimal places"),
        ("scheme.tiers", [{"nth": 1, "rate": 100.01}], "scheme.tiers[0].rate: a percentage"),
        ("scheme.tiers", [{"nth": -1, "rate": 50}], "scheme.tiers[0].nth"),
        ("scheme.name", "  ", "scheme.name: a name is text of one line and not blank"),
        ("scheme.cap", "", "scheme.cap: “” is not an amount"),
        ("scheme.cap", "-1", "scheme.cap: -1 is less than 0"),
        ("scheme.cap", "9" * 5000, "scheme.cap: 99999"),
        ("choice.area_m2", 0, "choice.area_m2: an area is more than 0 m²"),
        ("choice.participation", 0, "choice.participation"),
        ("price_list.currency", "XXY", "price_list.currency: a currency is a code"),
        ("company", {"country": "germany"}, "company.country: a country is a code"),
        ("price_list.fees", [{"name": "\x00", "amount": "5"}], "price_list.fees[0].name"),
        ("price_list.fees", [{"name": "A", "amount": "x"}], "price_list.fees[0].amount"),
    ],
)
def test_value_that_cannot_be_is_refused_with_its_field(
    case: Path, capsys: pytest.CaptureFixture[str], where: str, value: object, says: str
) -> None:
    given = json.loads(case.read_text(encoding="utf-8"))
    part = given
    *path, last = where.split(".")
    for key in path:
        part = part[key]
    part[last] = value
    case.write_text(json.dumps(given).replace("Infinity", "1e400"), encoding="utf-8")
    assert run(str(case)) == 1
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("text", ["[" * 200_000, '{"on": NaN}', '{"on": Infinity}', "\x00"])
def test_file_that_no_reader_takes_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    path = tmp_path / "case.json"
    path.write_text(text, encoding="utf-8")
    assert run(str(path)) == 1
    assert re.search(r"case\.json (is not JSON|nests)", capsys.readouterr().err)
