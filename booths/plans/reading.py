"""From files to shapes and words: hall plans as SVG, DXF, JSON or CSV, in the file's own units.

Nothing is judged here: `understanding` makes stands of it. y always runs downwards afterwards.
"""

import io
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import ezdxf
import svgelements
from ezdxf.document import Drawing
from ezdxf.entities.dxfgfx import DXFGraphic
from ezdxf.lldxf.const import DXFError

from booths.plans.drawn import FOOT, Drawn, Point, Shape, Word, corners_of, meet
from booths.plans.reading_lists import read_csv, read_json
from server.errors import Refused
from server.text import N_

MOST_SHAPES = 5000
FARTHEST = 1e9
"""In units of the file: a thousand kilometres in millimetres. Not a number is farther."""


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
                ring = corners_of(points) if closed else ()
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
            yield points, closed or meet(points[0], points[-1])


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
            ring = corners_of(points) if closed else ()
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


READERS: dict[str, Callable[[str], Drawn]] = {
    "svg": read_svg,
    "dxf": read_dxf,
    "json": read_json,
    "csv": read_csv,
}
