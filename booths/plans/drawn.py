"""What a file of a hall plan shows: shapes, words and lines, in the file's own units."""

import re
from dataclasses import dataclass, field

Point = tuple[float, float]
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


def meet(one: Point, other: Point) -> bool:
    """Whether two points are one, but for rounding."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < 1e-6


def corners_of(points: list[Point]) -> tuple[Point, ...]:
    """The corners without a repeated last one; empty when they enclose nothing."""
    if len(points) > 1 and meet(points[0], points[-1]):
        points = points[:-1]
    return tuple(points) if len(points) >= 3 else ()


# -- DXF ------------------------------------------------------------------------------------------

# $INSUNITS of the DXF reference, group code 70 in the header: what one drawing unit is.


def box(left: float, top: float, right: float, bottom: float) -> tuple[Point, ...]:
    """The corners of a rectangle."""
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def number(text: str) -> float:
    """A number as people write it, with a point or a comma."""
    return float(text.strip().replace(",", "."))


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
    return number(found[1]) * metres, number(found[2]) * metres
