"""Outlines of floor: polygons in metres, to the centimetre, and what can be done to them.

An outline is a ring of corners (x_m, y_m) without a closing one. x runs to the right and y
downwards from the block's upper left corner, so the ring runs clockwise as drawn (which is
counter-clockwise to mathematicians). It starts at its uppermost, then leftmost corner, has no
corner on a straight wall, never crosses itself and has no hole. `ring` brings any list of corners
into this form, so that equal outlines are equal values.

Inside, shapely works on whole centimetres: walls that two stands share touch and never overlap by
a rounding error. Only a slanted wall that was cut has a corner up to 7 mm beside it, which is why
a strip of less than a centimetre is no overlap.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import lru_cache
from itertools import combinations, pairwise

from shapely import box, make_valid, union_all
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from server.text import N_

CENT = Decimal("0.01")
NARROWEST_M = Decimal("1.00")
MOST_CORNERS = 40
_SHARPEST = 15
"""Degrees: a sharper corner is a slip of the hand, and nobody can build it."""
_STRIP = 0.45
"""Half of what is less than a centimetre, in centimetres."""

_LENGTH = re.compile(r"-?\d{1,4}(\.\d{1,2})?")

Point = tuple[Decimal, Decimal]
Outline = Sequence[Point]


class Axis(StrEnum):
    """The direction in which a stand is cut into parts."""

    ACROSS = "across"
    DOWN = "down"


class Fault(StrEnum):
    """Why a ring of corners is no floor of a stand."""

    CORNERS = "corners"
    CROSSES = "crosses"
    SHARP = "sharp"
    NARROW = "narrow"


FAULTS = {
    Fault.CORNERS: N_("{label} needs three to 40 corners that do not lie on one line."),
    Fault.CROSSES: N_(
        "The walls of {label} would cross or touch each other. Give its corners in the order in"
        " which you would walk around it."
    ),
    Fault.SHARP: N_("{label} would have a corner of less than 15 degrees. Nobody can build it."),
    Fault.NARROW: N_("{label} would be narrower than 1 m. Make it at least 1 m wide everywhere."),
}


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in metres; (x_m, y_m) is its upper left corner."""

    x_m: Decimal
    y_m: Decimal
    width_m: Decimal
    depth_m: Decimal

    @property
    def right_m(self) -> Decimal:
        return self.x_m + self.width_m

    @property
    def bottom_m(self) -> Decimal:
        return self.y_m + self.depth_m

    @property
    def area_m2(self) -> Decimal:
        return area(self.width_m, self.depth_m)

    @property
    def outline(self) -> tuple[Point, ...]:
        """Its four corners."""
        return (
            (self.x_m, self.y_m),
            (self.right_m, self.y_m),
            (self.right_m, self.bottom_m),
            (self.x_m, self.bottom_m),
        )


def metres(value: Decimal | int | str) -> Decimal:
    """A length or area with two places, half a centimetre rounded up."""
    return Decimal(value).quantize(CENT, rounding=ROUND_HALF_UP)


def area(width_m: Decimal, depth_m: Decimal) -> Decimal:
    """Square metres of a rectangle, two places."""
    return metres(width_m * depth_m)


# -- corners, and shapes in centimetres -----------------------------------------------------------


def ring(corners: Iterable[Point]) -> tuple[Point, ...]:
    """The outline of these corners as this module keeps it; as they are where they are no floor."""
    walk = [(metres(x), metres(y)) for x, y in corners]
    found = _without_idle(walk)
    if len(found) < 3:
        return tuple(walk)
    turned = sum(x * v - u * y for (x, y), (u, v) in _walls(found))
    if turned < 0:
        found.reverse()
    start = min(range(len(found)), key=lambda at: (found[at][1], found[at][0]))
    return tuple(found[start:] + found[:start])


def read_corners(text: str) -> tuple[Point, ...] | None:
    """Corners from text: one in a line or between semicolons, its two metres apart by a space, as
    in "0 0; 6 0; 6 2,5". None when it cannot be read."""
    found = []
    for line in text.replace("\n", ";").split(";"):
        numbers = line.replace(",", ".").split()
        if not numbers:
            continue
        if len(numbers) != 2 or not all(_LENGTH.fullmatch(each) for each in numbers):
            return None
        found.append((Decimal(numbers[0]), Decimal(numbers[1])))
    return tuple(found)


def write_corners(outline: Outline) -> str:
    """The corners as `read_corners` reads them, counted from the outline's own upper left."""
    around = bounds(outline)
    return "; ".join(f"{x - around.x_m:f} {y - around.y_m:f}" for x, y in outline)


def _without_idle(walk: list[Point]) -> list[Point]:
    """The corners where the wall turns."""
    found = list(walk)
    at = 0
    while len(found) > 2 and at < len(found):
        (ax, ay), (bx, by), (cx, cy) = (found[(at + step) % len(found)] for step in (-1, 0, 1))
        if (bx - ax) * (cy - by) == (by - ay) * (cx - bx):
            del found[at]
            at = max(0, at - 2)
        else:
            at += 1
    return found


def _walls(outline: Outline) -> list[tuple[Point, Point]]:
    return list(zip(outline, [*outline[1:], outline[0]], strict=True))


def shape(outline: Outline) -> Polygon:
    """The polygon in centimetres."""
    return Polygon([(int(x * 100), int(y * 100)) for x, y in outline])


def _outline(found: Polygon) -> tuple[Point, ...]:
    corners = list(found.exterior.coords)[:-1]
    return ring((Decimal(round(x)) / 100, Decimal(round(y)) / 100) for x, y in corners)


def fault(outline: Outline) -> Fault | None:
    """What keeps these corners from being a floor; None when they are one."""
    if not 3 <= len(outline) <= MOST_CORNERS or not _turns(outline):
        return Fault.CORNERS
    found = shape(outline)
    if not found.is_valid:
        return Fault.CROSSES
    if _sharpest(outline) < _SHARPEST:
        return Fault.SHARP
    half = float(NARROWEST_M * 50) - 0.5
    wide = found.buffer(-half, join_style="mitre").buffer(half, join_style="mitre")
    return None if wide.area >= 0.99 * found.area else Fault.NARROW


def _turns(outline: Outline) -> bool:
    return len(_without_idle(list(outline))) > 2


def _sharpest(outline: Outline) -> float:
    """Degrees of the sharpest corner, seen from inside or from outside."""
    found = 180.0
    for (ax, ay), (bx, by), (cx, cy) in zip(
        [outline[-1], *outline[:-1]], outline, [*outline[1:], outline[0]], strict=True
    ):
        turn = math.atan2(cy - by, cx - bx) - math.atan2(ay - by, ax - bx)
        found = min(found, abs((math.degrees(turn) + 180) % 360 - 180))
    return found


def area_m2(outline: Outline) -> Decimal:
    """Square metres with two places; exact, since the corners are whole centimetres."""
    return metres(Decimal(shape(outline).area) / 10_000)


def bounds(outline: Outline) -> Rect:
    """The smallest rectangle around it."""
    xs, ys = [x for x, _ in outline], [y for _, y in outline]
    return Rect(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


@lru_cache(4096)
def label_box(outline: tuple[Point, ...]) -> Rect:
    """A large rectangle inside it, where a label is read best."""
    if is_rectangle(outline):
        return bounds(outline)
    whole = shape(outline)
    xs, ys = sorted({x for x, _ in outline}), sorted({y for _, y in outline})
    inside = [
        Rect(left, top, right - left, bottom - top)
        for left, right in combinations(xs, 2)
        for top, bottom in combinations(ys, 2)
        if whole.covers(box(*(int(each * 100) for each in (left, top, right, bottom))))
    ]
    if inside:
        return max(inside, key=lambda each: each.area_m2)
    middle, around = whole.representative_point(), bounds(outline)
    width, depth = metres(around.width_m * 2 / 5), metres(around.depth_m * 2 / 5)
    x, y = metres(Decimal(middle.x) / 100), metres(Decimal(middle.y) / 100)
    return Rect(metres(x - width / 2), metres(y - depth / 2), width, depth)


def is_rectangle(outline: Outline) -> bool:
    """Whether it is a rectangle along the block's sides."""
    return tuple(outline) == bounds(outline).outline


# -- moving, stretching, cutting, joining ---------------------------------------------------------


def moved(outline: Outline, x_m: Decimal, y_m: Decimal) -> tuple[Point, ...]:
    """The same floor with its bounding box at (x_m, y_m)."""
    box_ = bounds(outline)
    return tuple((x - box_.x_m + x_m, y - box_.y_m + y_m) for x, y in outline)


def same_floor(one: Outline, other: Outline) -> bool:
    """Whether one outline is the other one moved."""
    zero = Decimal("0.00")
    return moved(one, zero, zero) == moved(other, zero, zero)


def split(outline: Outline, axis: Axis, at_m: Sequence[Decimal]) -> list[tuple[Point, ...]]:
    """The parts when cut at distances from the left (ACROSS) or from the top (DOWN) of its
    bounding box, from left to right or from top to bottom. One piece: no cut went through it."""
    whole, around = shape(outline), bounds(outline)
    left, top = int(around.x_m * 100), int(around.y_m * 100)
    right, bottom = int(around.right_m * 100), int(around.bottom_m * 100)
    first, last = (left, right) if axis is Axis.ACROSS else (top, bottom)
    cuts = sorted({first + int(metres(at) * 100) for at in at_m})
    lines = [first, *(cut for cut in cuts if first < cut < last), last]
    parts: list[tuple[Point, ...]] = []
    for start, end in pairwise(lines):
        side = box(start, top, end, bottom) if axis is Axis.ACROSS else box(left, start, right, end)
        pieces = sorted(
            (_outline(each) for each in polygons(whole.intersection(side))),
            key=lambda each: (bounds(each).y_m, bounds(each).x_m),
        )
        parts += pieces
    return parts


def equal_cuts(outline: Outline, axis: Axis, parts: int) -> list[Decimal]:
    """Where to cut its bounding box into equal parts, to the centimetre."""
    around = bounds(outline)
    whole = around.width_m if axis is Axis.ACROSS else around.depth_m
    return [metres(whole * number / parts) for number in range(1, parts)]


def merge(outlines: Sequence[Outline]) -> tuple[Point, ...] | None:
    """One floor of several that share walls; None when they do not form one piece without holes."""
    grown = union_all([shape(each).buffer(_STRIP, join_style="mitre") for each in outlines])
    found = grown.buffer(-_STRIP, join_style="mitre")
    if not isinstance(found, Polygon) or found.interiors:
        return None
    return _outline(found)


def polygons(found: BaseGeometry) -> list[Polygon]:
    """The pieces of floor in a geometry that may hold lines and points as well."""
    parts = getattr(found, "geoms", [found])
    return [part for part in parts if isinstance(part, Polygon) and part.area > 0]


# -- one against another --------------------------------------------------------------------------


def is_floor(found: BaseGeometry) -> bool:
    """Whether a geometry (in centimetres) is anywhere a centimetre wide."""
    return not found.is_empty and not found.buffer(-_STRIP, join_style="mitre").is_empty


def overlap(one: BaseGeometry, other: BaseGeometry) -> bool:
    """Whether two shapes share floor; a shared wall is none."""
    if not one.intersects(other):
        return False
    return is_floor(one.intersection(other))


def loose(outline: Outline) -> BaseGeometry:
    """A shape that can be looked at even when the outline crosses itself."""
    return make_valid(shape(outline))
