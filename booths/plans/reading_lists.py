"""Hall plans as lists of stands: JSON with geometry, CSV with one stand a line."""

import csv
import io
import json
from typing import Any

from booths.plans.drawn import UNITS, Drawn, Point, Shape, box, corners_of, number, stated_size
from server.errors import Refused
from server.text import N_


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
        return corners_of(points)
    if where.get("r"):
        # Two opposite corners, each as (up, right): maps count upwards, plans downwards.
        (up, left), (top, right) = where["r"]
        return box(float(left), -float(top), float(right), -float(up))
    x, y = float(where["x"]), float(where["y"])
    width = float(where.get("width", where.get("w", 0)))
    depth = float(where.get("depth", where.get("height", where.get("h", 0))))
    return box(x, y, x + width, y + depth) if width > 0 and depth > 0 else ()


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
                number(line[str(columns[name])]) for name in ("x", "y", "width", "depth")
            )
        except (ValueError, TypeError, AttributeError):
            skipped += 1
            continue
        if width > 0 and depth > 0:
            label = (line[str(columns["label"])] or "").strip()[:12]
            shapes.append(Shape(box(x, y, x + width, y + depth), label))
        else:
            skipped += 1
    return Drawn(
        tuple(shapes), (), (), 1.0, {"lines without four numbers": skipped} if skipped else {}
    )
