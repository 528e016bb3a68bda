"""The log: readable by a person, whole for an auditor, nobody else's business."""

import csv
import io
import re
from pathlib import Path

import pytest

from server import audit, audit_words
from server.database import action, counting
from tests.cast import Cast

ROOT = Path(__file__).parents[2]
RECORD = re.compile(
    r'record\(\s*[^"]{1,80}?(f?)"([a-z_{}.]+\.[a-z_{}.]+)",\s*(f?"?[a-z_{]+"?)', re.M
)


def written() -> list[tuple[str, str]]:
    """Every verb and thing that the code writes, f-strings by their family."""
    found = []
    for floor in ("server", "events", "booths"):
        for path in (ROOT / floor).rglob("*.py"):
            found += [
                (match[2], match[3].strip('"') if match[3].startswith('"') else "")
                for match in RECORD.finditer(path.read_text("utf-8"))
            ]
    return found


def test_every_act_and_every_thing_that_is_written_has_words() -> None:
    found = written()
    assert len(found) > 250
    for verb, thing in found:
        family = verb.partition(".")[0]
        assert verb in audit_words.ACTS or "{" in verb, verb
        assert "{" not in verb or family in audit_words.MOVES | {"{kind}"}, verb
        assert not thing or thing in audit_words.THINGS, thing


@action
async def write(cast: Cast) -> None:
    """Three lines: a price, a name that looks like a formula, another agency's."""
    mara, nils = await cast.mara.actor(), await cast.nils.actor()
    await audit.record(
        mara, "invoice.issue", "invoice", 7,
        after={"number": "NH-7", "currency": "EUR", "total_minor": 123_456, "share_bp": 5_000},
    )  # fmt: skip
    await audit.record(
        mara, "application.admit", "application", 8, before={"state": "eligible"},
        after={"stand": "=A1", "gone": None, "open": True}, why="=1+1",
    )  # fmt: skip
    await audit.record(nils, "call.create", "call", 9, after={"title": "Theirs"})


async def test_log_says_in_words_who_did_what(cast: Cast) -> None:
    await write(cast)
    text = (await cast.olga.get("/desk/log")).text
    assert "<strong>Mara Example</strong> issued the invoice" in text
    assert 'href="/desk/money/invoices/7"' in text
    assert "€1,234.56" in text
    assert "50 %" in text
    assert "invoice.issue" not in text
    assert "Theirs" not in text
    assert (await cast.vera.get("/desk/log")).status_code == 403


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("thing=invoice", ["issued"]), ("thing=application&id=8", ["admitted"]),
        ("thing=application&id=9", []), ("person=mara", ["issued", "admitted"]),
        ("person=finn", []), ("since=2020-01-01&until=2020-12-31", []),
        ("since=2020-01-01", ["issued", "admitted"]),
    ],
)  # fmt: skip
async def test_log_is_found_by_thing_person_and_day(
    cast: Cast, query: str, shown: list[str]
) -> None:
    await write(cast)
    text = (await cast.olga.get(f"/desk/log?{query}")).text
    lines = re.findall(r"<strong>[^<]+</strong> (\w+)", text)
    assert sorted(lines) == sorted(shown)
    wrong = await cast.olga.get("/desk/log?since=yesterday")
    assert wrong.status_code == 422
    assert "yesterday" in wrong.text


async def test_log_is_taken_along_without_formulas(cast: Cast) -> None:
    await write(cast)
    answer = await cast.olga.get("/desk/log.csv?person=mara")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[9] for row in rows[1:]] == ["application.admit", "invoice.issue"]
    assert rows[1][8] == "'=1+1"
    assert "stand: =A1" in rows[1][7]
    assert (await cast.olga.get("/desk/log.xlsx")).content.startswith(b"PK")
    assert (await cast.vera.get("/desk/log.csv")).status_code == 403


async def test_log_takes_as_many_statements_for_one_line_as_for_fifty(cast: Cast) -> None:
    await write(cast)
    counts = []
    for _ in range(2):
        async with counting() as said:
            assert (await cast.olga.get("/desk/log")).status_code == 200
        counts.append(len(said))
        for _ in range(25):
            await write(cast)
    assert counts[0] == counts[1]
    text = (await cast.olga.get("/desk/log")).text
    following = re.search(r'href="(/desk/log\?before=\d+)"', text)
    assert following
    assert "issued the invoice" in (await cast.olga.get(following[1])).text
