"""Plans from files: shapes and words of SVG, DXF, JSON and CSV, and what is made of them."""

import io
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import ezdxf
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booths.plans.drawn import Drawn, stated_size
from booths.plans.reading import read
from booths.plans.understanding import understand
from server.errors import Refused

FORMATS = Path(__file__).parents[3] / "docs" / "formats.md"
REAL = Path(__file__).parents[4] / "shared" / "data" / "plans"

SVG = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2000 1000">
<rect x="0" y="0" width="1800" height="900" fill="none"/>
<g transform="translate(100 100)">
  <polygon points="0,0 900,0 900,300 0,300"/>
  <polyline points="300,0 300,300"/><line x1="600" y1="0" x2="600" y2="300"/>
  <text x="20" y="100">A1</text><text x="20" y="140">3X3</text>
  <text x="320" y="100">A2</text><text x="620" y="100">A 3</text><text x="620" y="140">9 m2</text>
</g>
<g transform="rotate(90) scale(2)"><rect x="300" y="-500" width="150" height="200"/>
<text x="310" y="-400">B1</text></g>
<circle cx="50" cy="850" r="20"/><text x="1900" y="950">Toilets</text>
</svg>"""


def test_lines_part_a_block_into_stands_and_words_name_them() -> None:
    found = understand(read("hall.svg", SVG.encode()))
    assert {each.label: (each.area_m2, each.written) for each in found.stands} == {
        "A1": (9, "A1 3X3"),
        "A2": (9, "A2"),
        "A3": (9, "A 3 9 m2"),
        "B1": (12, "B1"),
    }
    assert found.metres_per_unit == pytest.approx(0.01)
    assert {(each.what, each.count) for each in found.left_out} >= {("circle", 1), ("texts", 1)}


def test_a_size_that_is_not_the_one_drawn_is_said() -> None:
    text = SVG.replace("<text x=\"320\" y=\"100\">A2</text>", "<text x='320' y='100'>A2</text>"
                       "<text x='320' y='140'>3X6</text>")  # fmt: skip
    found = {each.label: each for each in understand(read("hall.svg", text.encode())).stands}
    assert not found["A1"].doubts
    assert "are written in it" in found["A2"].doubts[0][0]


def test_two_labels_in_one_shape_are_left_out_with_the_reason() -> None:
    text = SVG.replace('<line x1="600" y1="0" x2="600" y2="300"/>', "")
    found = understand(read("hall.svg", text.encode()))
    assert {each.label for each in found.stands} == {"A1", "B1"}
    assert ("A 3, A2", "no line parts these stands in the drawing") in {
        (each.what, each.why) for each in found.left_out
    }


def dxf(unit: int) -> bytes:
    made = ezdxf.new("R2010")  # type: ignore[attr-defined]
    made.header["$INSUNITS"] = unit
    block = made.blocks.new("STAND")
    block.add_lwpolyline([(0, 0), (3000, 0), (3000, 4000), (0, 4000)], close=True)
    space = made.modelspace()
    for at in range(3):
        space.add_blockref("STAND", (at * 3000, 0))
        space.add_text(f"C{at + 1}", dxfattribs={"insert": (at * 3000 + 200, 2000)})
    space.add_lwpolyline([(0, 4000), (3000, 4000), (3000, 7000), (0, 7000)], close=True)
    space.add_mtext("C9", dxfattribs={"insert": (500, 6000)})
    space.add_circle((0, 0), 5)
    out = io.StringIO()
    made.write(out)
    return out.getvalue().encode()


def test_dxf_blocks_texts_and_units_are_read_with_y_upwards() -> None:
    found = understand(read("hall.dxf", dxf(4)))
    assert {each.label: each.area_m2 for each in found.stands} == {
        "C1": 12, "C2": 12, "C3": 12, "C9": 9,
    }  # fmt: skip
    where = {each.label: each.outline[0] for each in found.stands}
    assert where["C9"] == (0, 0)
    assert where["C1"] == (0, 3)


def test_dxf_without_a_unit_asks_for_the_scale() -> None:
    drawn = read("hall.dxf", dxf(0))
    assert understand(drawn).metres_per_unit is None
    assert "give the scale" in understand(drawn).scale_from
    assert len(understand(drawn, 0.001).stands) == 4
    turned = {
        each.label: each.outline[0] for each in understand(drawn, 0.001, upside_down=True).stands
    }
    assert turned["C1"] == (0, 0)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_is_read_with_any_of_the_usual_marks(mark: str) -> None:
    lines = ["Stand;X;Y;Width;Depth", "A1;0;0;3;3", "A2;3;0;4,5;3", "A3;nowhere;0;3;3"]
    text = "\n".join(lines).replace(";", mark)
    if mark == ",":
        text = text.replace("4,5", "4.5")
    found = understand(read("stands.csv", text.encode("utf-8-sig")))
    assert {each.label: float(each.area_m2) for each in found.stands} == {"A1": 9, "A2": 13.5}
    assert [(each.what, each.count) for each in found.left_out] == [
        ("lines without four numbers", 1)
    ]


def test_json_with_outlines_is_read() -> None:
    stands: list[dict[str, Any]] = [
        {"label": "A1", "outline": [[0, 0], [300, 0], [300, 300], [0, 300]]},
        {"label": "A2", "outline": [[300, 0], [900, 0], [900, 600], [600, 600], [600, 300],
                                    [300, 300]]},
        {"label": "A1", "x": 900, "y": 0, "width": 300, "depth": 300},
        {"label": "none"},
    ]  # fmt: skip
    found = understand(read("s.json", json.dumps({"unit": "cm", "stands": stands}).encode()))
    assert {each.label: each.area_m2 for each in found.stands} == {"A1": 9, "A2": 27}
    assert {each.why for each in found.left_out} >= {"another stand has this label already"}


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("plan.pdf", b"%PDF", "SVG, DXF, JSON or CSV"),
        ("plan.svg", b"<svg", "no SVG"),
        ("plan.svg", b'<!DOCTYPE x [<!ENTITY a "b">]><svg/>', "entities"),
        ("plan.svg", b'<svg xmlns="http://www.w3.org/2000/svg"></svg>', "no shape"),
        ("plan.dxf", b"0\nSECTION\nnot this", "no DXF"),
        ("plan.json", b"{", "no JSON"),
        ("plan.csv", b"a,b\n1,2", "label, x, y, width, depth"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(name: str, data: bytes, said: str) -> None:
    with pytest.raises(Refused) as refused:
        read(name, data)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "unit", "size"),
    [
        ("3X5", "m", (3, 5)),
        ("3 × 4,5 m", "m", (3, 4.5)),
        ("20 x 20", "sq ft", (6.096, 6.096)),
        ("10x10'", "m", (3.048, 3.048)),
        ("300 x 400 cm", "m", (3, 4)),
        ("A3", "m", None),
        ("15m2", "m", None),
    ],
)
def test_sizes_in_words(text: str, unit: str, size: tuple[float, float] | None) -> None:
    found = stated_size(text, unit)
    assert found == (None if size is None else pytest.approx(size))


@given(
    st.lists(st.integers(2, 8), min_size=1, max_size=8),
    st.floats(0.01, 100),
    st.integers(-400, 400),
)
def test_a_row_of_stands_comes_back_whatever_unit_and_place(
    widths: list[int], unit: float, away: int
) -> None:
    """Neighbours share their walls again, whatever rounding the file has."""
    at, stands = float(away), []
    for number, width in enumerate(widths):
        stands.append({
            "label": f"A{number + 1}", "x": at / unit, "y": away / unit, "width": width / unit,
            "depth": 3 / unit,
        })  # fmt: skip
        at += width
    drawn = read("row.json", json.dumps({"unit": "none", "stands": stands}).encode())
    found = understand(drawn, unit)
    assert [float(each.area_m2) for each in found.stands] == [3.0 * width for width in widths]
    assert not found.left_out


@pytest.mark.skipif(not REAL.exists(), reason="the shared plans are not on this machine")
def test_real_plans_are_read_nearly_whole() -> None:
    booths = understand(read("booths.json", (REAL / "booths_244.json").read_bytes()))
    assert len(booths.stands) == 244
    assert not [each for each in booths.stands if each.doubts]
    hall = understand(read("hall.svg", (REAL / "hall_unlabelled_shapes.svg").read_bytes()))
    assert len(hall.stands) >= 180
    assert hall.metres_per_unit == pytest.approx(0.00254, rel=1e-3)
    by_label = {each.label: float(each.area_m2) for each in hall.stands}
    assert by_label["A3"] == pytest.approx(15, rel=0.02)
    assert by_label["A4"] == pytest.approx(18, rel=0.02)


def test_the_documented_table_is_understood() -> None:
    """The example of docs/formats.md."""
    found = re.search(r"```csv\n(.*?)```", FORMATS.read_text("utf-8"), re.S)
    assert found
    plan = understand(read("plan.csv", found[1].encode()))
    assert [(each.label, each.area_m2) for each in plan.stands] == [
        ("A1", 9),
        ("A2", Decimal("13.5")),
    ]


def test_a_printed_size_without_a_unit_is_in_metres() -> None:
    stand = {"label": "A1", "r": [[10, 0], [40, 30]], "dimension": "3x3"}
    plan = understand(read("plan.json", json.dumps([stand]).encode()))
    assert [(each.label, each.area_m2) for each in plan.stands] == [("A1", 9)]


STAND = '{"label": "B1", "x": 0, "y": 0, "width": 3, "depth": 3}'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '[{"label": "A1", "x": NaN, "y": 0, "width": 3, "depth": 3}, STAND]'),
        ("a.json", '[{"label": "A1", "x": 0, "y": 0, "width": 1e999, "depth": 3}, STAND]'),
        ("a.json", '[{"label": "A1", "x": 1' + "0" * 400 + ', "y": 0, "width": 3}, STAND]'),
        ("a.json", '[{"label": "A1", "geometry": "here"}, STAND]'),
        ("a.json", '[{"label": "A1", "x": 1e200, "y": 0, "width": 3, "depth": 3}, STAND]'),
        ("a.json", "[" + STAND.replace("B1", "B\\u0000\\ud8001") + "]"),
        ("a.csv", "label,x,y,width,depth\nA1,nan,0,3,3\nA2,inf,0,3,3\nB1,0,0,3,3"),
    ],
)
def test_numbers_that_are_none_and_letters_that_cannot_be_kept_stay_outside(
    name: str, text: str
) -> None:
    """The rest of the file is read, and what was read can be kept as JSON."""
    drawn = read(name, text.replace("STAND", STAND).encode())
    kept = msgspec.json.decode(msgspec.json.encode(drawn), type=Drawn)
    assert kept == drawn
    assert [each.label for each in understand(kept, 1.0).stands] == ["B1"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", b"[" * 200_000),
        ("a.csv", b'label,x,y,width,depth\n"' + b"A" * 200_000 + b'",0,0,3,3'),
        ("a.dxf", b"0\nSECTION\n2\nENTITIES\n0\nINSERT\n0\nEOF\n"),
    ],
)
def test_a_file_that_no_parser_can_read_is_refused_in_a_sentence(name: str, data: bytes) -> None:
    with pytest.raises(Refused):
        read(name, data)
