"""From files to shapes and words: hall plans as SVG, DXF, JSON or CSV, in the file's own units.

Nothing is judged here: `understanding` makes stands of it. y always runs downwards afterwards.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import ezdxf
import svgelements
from ezdxf.document import Drawing
from ezdxf.entities.dxfgfx import DXFGraphic
from ezdxf.lldxf.const import DXFError

from server.errors import Refused
from server.text import N_

Point = tuple[float, float]
MOST_SHAPES = 5000
FARTHEST = 1e9
"""In units of the file: a thousand kilometres in millimetres. Not a number is farther."""
FOOT = 0.3048
UNITS = {
    "m": 1.0, "metre": 1.0, "meter": 1.0, "cm": 0.01, "mm": 0.001, "ft": FOOT, "foot": FOOT,
    "feet": FOOT, "in": FOOT / 12, "inch": FOOT / 12,
}  # fmt: skip
"""Metres in one unit."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A closed line: its corners, and what the file itself says about it.

    `label` is empty where the file has none; `size_m` is width and depth in metres as the file
    states them beside the drawing.
    """

    corners: tuple[Point, ...]
    label: str = ""
    size_m: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """A text and where it begins."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a file shows. `strokes` are lines that do not close by themselves: walls between stands.

    `unit_m` is how many metres one unit has, where the file says so.
    """

    shapes: tuple[Shape, ...]
    words: tuple[Word, ...] = ()
    strokes: tuple[tuple[Point, ...], ...] = ()
    unit_m: float | None = None
    skipped: dict[str, int] = field(default_factory=dict)


def read(filename: str, data: bytes) -> Drawn:
    """What the file shows, by its ending. Refused with a sentence when it cannot be read."""
    ending = filename.rpartition(".")[2].lower()
    reader = READERS.get(ending)
    if reader is None:
        raise Refused(
            N_("A plan is read from SVG, DXF, JSON or CSV. This file is called {name}."),
            field="file",
            name=filename[:80],
        )
    try:
        found = _sound(reader(_text(data)))
    except Refused:
        raise
    except Exception:  # whatever a parser trips over, the file is at fault
        raise Refused(
            N_("This file is no plan that can be read, or its values make no sense."),
            field="file",
        ) from None
    if not found.shapes and not found.strokes:
        raise Refused(
            N_("There is no shape and no line in this file, so no stand was found."),
            field="file",
        )
    if len(found.shapes) + len(found.strokes) > MOST_SHAPES:
        raise Refused(
            N_("This file has {n} shapes; at most {most} are read. Take the part with your block."),
            field="file",
            n=len(found.shapes) + len(found.strokes),
            most=MOST_SHAPES,
        )
    return found


def _sound(found: Drawn) -> Drawn:
    """Without what lies nowhere or further away than any hall; with letters that can be kept."""

    def lies(points: Iterable[Point]) -> bool:
        return all(abs(each) < FARTHEST for point in points for each in point)

    shapes = tuple(
        replace(each, label=_letters(each.label)) for each in found.shapes if lies(each.corners)
    )
    strokes = tuple(each for each in found.strokes if lies(each))
    words = tuple(
        replace(each, text=_letters(each.text)) for each in found.words if lies([(each.x, each.y)])
    )
    nowhere = len(found.shapes) + len(found.strokes) - len(shapes) - len(strokes)
    skipped = found.skipped | ({"shapes without a real place": nowhere} if nowhere else {})
    return replace(found, shapes=shapes, strokes=strokes, words=words, skipped=skipped)


def _letters(text: str) -> str:
    return "".join(each for each in text if each.isprintable())


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


# -- SVG ------------------------------------------------------------------------------------------


def read_svg(text: str) -> Drawn:
    """Polygons, rectangles, straight lines and paths, and the texts, all transforms done.

    SVG 2, sections 8 to 11; curves are left out, because no stand has a round wall.
    """
    if "<!ENTITY" in text:
        raise Refused(
            N_("This SVG defines entities, which are not read. Save it as plain SVG again."),
            field="file",
        )
    try:
        document = svgelements.SVG.parse(io.StringIO(text), reify=True)
    except Exception:  # whatever a parser trips over, the file is at fault
        raise Refused(N_("This is no SVG that can be read."), field="file") from None
    shapes: list[Shape] = []
    strokes: list[tuple[Point, ...]] = []
    words: list[Word] = []
    skipped: dict[str, int] = {}
    for each in document.elements():
        if isinstance(each, svgelements.Text):
            if each.text and each.text.strip():
                at = each.transform.point_in_matrix_space((float(each.x), float(each.y)))
                words.append(Word(" ".join(each.text.split()), float(at.x), float(at.y)))
        elif isinstance(each, svgelements.Shape):
            known = len(shapes) + len(strokes)
            for points, closed in _svg_lines(each):
                ring = _closed(points) if closed else ()
                if ring:
                    shapes.append(Shape(ring))
                else:
                    strokes.append(tuple(points))
            if known == len(shapes) + len(strokes):
                name = type(each).__name__.lower()
                skipped[name] = skipped.get(name, 0) + 1
    return Drawn(tuple(shapes), tuple(words), tuple(strokes), None, skipped)


_CURVES = (svgelements.CubicBezier, svgelements.QuadraticBezier, svgelements.Arc)


def _svg_lines(found: svgelements.Shape) -> Iterable[tuple[list[Point], bool]]:
    """Each part made of straight lines, and whether it closes."""
    for part in abs(svgelements.Path(found)).as_subpaths():
        segments = list(svgelements.Path(part))
        if any(
            isinstance(
                each, svgelements.CubicBezier | svgelements.QuadraticBezier | svgelements.Arc
            )
            for each in segments
        ):
            continue
        ends = [each.end for each in segments if each.end is not None]
        points = [(float(point.x), float(point.y)) for point in ends]
        if len(points) > 1:
            closed = any(isinstance(each, svgelements.Close) for each in segments)
            yield points, closed or _meet(points[0], points[-1])


def _meet(one: Point, other: Point) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < 1e-6


def _closed(points: list[Point]) -> tuple[Point, ...]:
    """The corners without a repeated last one; empty when they enclose nothing."""
    if len(points) > 1 and _meet(points[0], points[-1]):
        points = points[:-1]
    return tuple(points) if len(points) >= 3 else ()


# -- DXF ------------------------------------------------------------------------------------------

# $INSUNITS of the DXF reference, group code 70 in the header: what one drawing unit is.
_DXF_UNITS = {1: FOOT / 12, 2: FOOT, 4: 0.001, 5: 0.01, 6: 1.0, 14: 0.1}


def read_dxf(text: str) -> Drawn:
    """Lines, polylines and texts of the model space, blocks resolved; y turned downwards."""
    try:
        document: Drawing = ezdxf.read(io.StringIO(text))  # type: ignore[attr-defined]
    except (DXFError, ValueError, KeyError, IndexError, UnicodeError):
        raise Refused(
            N_("This is no DXF that can be read. Save it as DXF 2010 or later in text form."),
            field="file",
        ) from None
    shapes: list[Shape] = []
    strokes: list[tuple[Point, ...]] = []
    words: list[Word] = []
    skipped: dict[str, int] = {}
    for each in _entities(document.modelspace()):
        kind = each.dxftype()
        if kind in ("LWPOLYLINE", "POLYLINE"):
            points, closed = _dxf_line(each)
            ring = _closed(points) if closed else ()
            if ring:
                shapes.append(Shape(ring))
                continue
            if len(points) > 1:
                strokes.append(tuple(points))
                continue
        elif kind == "LINE":
            start, end = each.dxf.start, each.dxf.end
            strokes.append(((float(start.x), -float(start.y)), (float(end.x), -float(end.y))))
            continue
        elif kind == "TEXT":
            words.append(_word(each.dxf.text, each.dxf.insert))
            continue
        elif kind == "MTEXT":
            words.append(_word(each.plain_text(), each.dxf.insert))  # type: ignore[attr-defined]
            continue
        skipped[kind.lower()] = skipped.get(kind.lower(), 0) + 1
    unit = _DXF_UNITS.get(int(document.header.get("$INSUNITS", 0)))
    return Drawn(tuple(shapes), tuple(words), tuple(strokes), unit, skipped)


def _entities(found: Iterable[Any], deep: int = 0) -> Iterable[DXFGraphic]:
    for each in found:
        if each.dxftype() == "INSERT" and deep < 8:
            yield from _entities(each.virtual_entities(), deep + 1)
            yield from each.attribs
        else:
            yield each


def _dxf_line(found: Any) -> tuple[list[Point], bool]:
    """Its corners, none where it is bowed; and whether it closes."""
    if found.dxftype() == "LWPOLYLINE":
        points = [(float(x), -float(y)) for x, y, *_ in found.get_points("xy")]
        bowed = any(found.get_points("b")[at][0] for at in range(len(points)))
    else:
        points = [(float(v.dxf.location.x), -float(v.dxf.location.y)) for v in found.vertices]
        bowed = any(v.dxf.get("bulge", 0) for v in found.vertices)
    closed = bool(found.is_closed) or (len(points) > 3 and points[0] == points[-1])
    return ([], False) if bowed else (points, closed)


def _word(text: str, at: Any) -> Word:
    return Word(" ".join(str(text).split()), float(at.x), -float(at.y))


# -- JSON -----------------------------------------------------------------------------------------


def read_json(text: str) -> Drawn:
    """A list of stands with geometry; docs/formats.md describes the forms that are understood."""
    try:
        found = json.loads(text)
    except ValueError:
        raise Refused(N_("This is no JSON that can be read."), field="file") from None
    unit = None
    if isinstance(found, dict):
        unit = UNITS.get(str(found.get("unit", "m")).lower())
        found = found.get("stands", found.get("booths", []))
    if not isinstance(found, list):
        raise Refused(N_("This JSON holds no list of stands."), field="file")
    shapes, skipped = [], 0
    for each in found:
        shape = _json_shape(each) if isinstance(each, dict) else None
        if shape is None:
            skipped += 1
        else:
            shapes.append(shape)
    return Drawn(tuple(shapes), (), (), unit, {"without geometry": skipped} if skipped else {})


def _json_shape(stand: dict[str, Any]) -> Shape | None:
    label = stand.get("label", stand.get("number", stand.get("name", "")))
    if isinstance(label, dict):
        label = label.get("text", "")
    where = stand.get("geometry", stand)
    try:
        corners = _json_corners(where)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError):
        return None
    if not corners:
        return None
    size = stated_size(str(stand.get("dimension", "")), str(stand.get("unit") or "m"))
    return Shape(corners, str(label).strip()[:12], size)


def _json_corners(where: dict[str, Any]) -> tuple[Point, ...]:
    outline = where.get("outline") or where.get("p") or where.get("points")
    if outline:
        points = [
            (float(each["x"]), float(each["y"]))
            if isinstance(each, dict)
            else (float(each[0]), float(each[1]))
            for each in outline
        ]
        return _closed(points)
    if where.get("r"):
        # Two opposite corners, each as (up, right): maps count upwards, plans downwards.
        (up, left), (top, right) = where["r"]
        return _box(float(left), -float(top), float(right), -float(up))
    x, y = float(where["x"]), float(where["y"])
    width = float(where.get("width", where.get("w", 0)))
    depth = float(where.get("depth", where.get("height", where.get("h", 0))))
    return _box(x, y, x + width, y + depth) if width > 0 and depth > 0 else ()


def _box(left: float, top: float, right: float, bottom: float) -> tuple[Point, ...]:
    return ((left, top), (right, top), (right, bottom), (left, bottom))


# -- CSV ------------------------------------------------------------------------------------------

_COLUMNS = {
    "label": ("label", "stand", "booth", "number", "name"),
    "x": ("x", "x_m", "left"),
    "y": ("y", "y_m", "top"),
    "width": ("width", "width_m", "w"),
    "depth": ("depth", "depth_m", "height", "h", "length"),
}


def read_csv(text: str) -> Drawn:
    """One stand a line: label, x, y, width and depth in metres; comma, semicolon or tab."""
    first = text.lstrip().partition("\n")[0]
    mark = max(";,\t", key=first.count)
    lines = csv.DictReader(io.StringIO(text.lstrip()), delimiter=mark)
    heads = {(name or "").strip().lower(): name for name in lines.fieldnames or ()}
    columns = {
        wanted: next((heads[each] for each in names if each in heads), None)
        for wanted, names in _COLUMNS.items()
    }
    missing = [name for name, column in columns.items() if column is None]
    if missing:
        raise Refused(
            N_("The first line of this table must name its columns. These are missing: {missing}."),
            field="file",
            missing=", ".join(missing),
        )
    shapes, skipped = [], 0
    for line in lines:
        try:
            x, y, width, depth = (
                _number(line[str(columns[name])]) for name in ("x", "y", "width", "depth")
            )
        except (ValueError, TypeError, AttributeError):
            skipped += 1
            continue
        if width > 0 and depth > 0:
            label = (line[str(columns["label"])] or "").strip()[:12]
            shapes.append(Shape(_box(x, y, x + width, y + depth), label))
        else:
            skipped += 1
    return Drawn(
        tuple(shapes), (), (), 1.0, {"lines without four numbers": skipped} if skipped else {}
    )


def _number(text: str) -> float:
    return float(text.strip().replace(",", "."))


# -- sizes in words -------------------------------------------------------------------------------

_SIZE = re.compile(
    r"^\s*(\d{1,4}(?:[.,]\d{1,2})?)\s*[x×X*хХ]\s*(\d{1,4}(?:[.,]\d{1,2})?)\s*(m|cm|mm|ft|')?\s*$"
)


def stated_size(text: str, unit: str = "m") -> tuple[float, float] | None:
    """Width and depth in metres from "3x5", "3 × 4,5 m" or "20 x 20" with the unit "sq ft"."""
    found = _SIZE.match(text)
    if not found:
        return None
    said = (found[3] or unit).lower().removeprefix("sq").strip(" .'") or "ft"
    metres = UNITS.get(said.removesuffix("²").removesuffix("2"), 1.0)
    return _number(found[1]) * metres, _number(found[2]) * metres


READERS: dict[str, Callable[[str], Drawn]] = {
    "svg": read_svg,
    "dxf": read_dxf,
    "json": read_json,
    "csv": read_csv,
}
