"""Geometry of a joint booth: what may stand where in a rectangular block, and what faces an aisle.

The origin is the block's upper left corner as drawn; x runs to the right, y downwards. All lengths
are metres and all areas square metres, as ``Decimal`` with two places. How outlines are kept, cut
and joined: outlines.py.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from shapely import STRtree, box, prepare, union_all
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from booths.plans.labels import letters
from booths.plans.outlines import (
    CENT,
    Outline,
    Point,
    Rect,
    is_floor,
    loose,
    metres,
    moved,
    overlap,
    shape,
)
from server.text import N_

PASSAGE_M = Decimal("1.00")
"""A free strip narrower than this is a gap, not an aisle that visitors walk through."""
MOST_STANDS = 600
MOST_PLACES = 5000
"""How many corners are tried for a new stand before the search is given up."""


class StandKind(StrEnum):
    """What a stand is called by the number of its sides that face an aisle."""

    ROW = "row"
    CORNER = "corner"
    HEAD = "head"
    ISLAND = "island"


class SharedKind(StrEnum):
    """What everybody uses. Visitors walk on a drawn aisle; all else stands in their way."""

    INFO_DESK = "info_desk"
    LOUNGE = "lounge"
    STORAGE = "storage"
    AISLE = "aisle"
    OTHER = "other"


class Edge(StrEnum):
    """A side of the block or of a stand, as drawn."""

    TOP = "top"
    RIGHT = "right"
    BOTTOM = "bottom"
    LEFT = "left"


OPEN_SIDES = {StandKind.ROW: 1, StandKind.CORNER: 2, StandKind.HEAD: 3, StandKind.ISLAND: 4}
ALL_EDGES = frozenset(Edge)

KIND_NAMES = {
    StandKind.ROW: N_("Row stand"),
    StandKind.CORNER: N_("Corner stand"),
    StandKind.HEAD: N_("Head stand"),
    StandKind.ISLAND: N_("Island stand"),
}
SHARED_NAMES = {
    SharedKind.INFO_DESK: N_("Information desk"),
    SharedKind.LOUNGE: N_("Lounge"),
    SharedKind.STORAGE: N_("Storage"),
    SharedKind.AISLE: N_("Aisle"),
    SharedKind.OTHER: N_("Other shared area"),
}
EDGE_NAMES = {
    Edge.TOP: N_("Upper side"),
    Edge.RIGHT: N_("Right side"),
    Edge.BOTTOM: N_("Lower side"),
    Edge.LEFT: N_("Left side"),
}


@dataclass(frozen=True, slots=True)
class Block:
    """The rented block: its size, and the sides along which the hall's aisles run."""

    width_m: Decimal
    depth_m: Decimal
    open_edges: frozenset[Edge] = ALL_EDGES


@dataclass(frozen=True, slots=True)
class Placed:
    """A stand or a shared area on the plan."""

    label: str
    outline: Outline


@dataclass(frozen=True, slots=True)
class Suggested:
    """A stand as a layout proposes it."""

    label: str
    kind: StandKind
    rect: Rect


# -- what may stand where -------------------------------------------------------------------------


def _block_shape(block: Block) -> Polygon:
    return box(0, 0, int(block.width_m * 100), int(block.depth_m * 100))


def is_outside(block: Block, outline: Outline) -> bool:
    """Whether any part of the floor lies beyond the block."""
    return is_floor(loose(outline).difference(_block_shape(block)))


def overlapping(outline: Outline, others: Iterable[Placed]) -> list[str]:
    """Labels of what shares floor with the outline; a shared wall is no overlap."""
    mine = shape(outline)
    return [other.label for other in others if overlap(mine, shape(other.outline))]


def collisions(placed: Sequence[Placed]) -> list[tuple[str, str]]:
    """Pairs of labels of what shares floor, the earlier one first."""
    shapes = [shape(each.outline) for each in placed]
    near = STRtree(shapes).query(shapes, predicate="intersects") if shapes else [[], []]
    pairs = sorted((int(one), int(other)) for one, other in zip(*near, strict=True) if one < other)
    return [
        (placed[one].label, placed[other].label)
        for one, other in pairs
        if overlap(shapes[one], shapes[other])
    ]


def free_place(
    block: Block, outline: Outline, taken: Sequence[Placed], near: Point = (Decimal(0), Decimal(0))
) -> Point:
    """Where such an outline fits: the upper left corner of the free place nearest to `near`.

    Places begin where something else ends. The block's own corner when there is none.
    """
    tops = {Decimal("0.00"), *(y for each in taken for _, y in each.outline)}
    lefts = {Decimal("0.00"), *(x for each in taken for x, _ in each.outline)}
    places = sorted(
        ((x, y) for x in lefts for y in tops),
        key=lambda at: (abs(at[1] - near[1]) + abs(at[0] - near[0]), at[1], at[0]),
    )
    shapes = [shape(each.outline) for each in taken]
    tree = STRtree(shapes)
    for x_m, y_m in places[:MOST_PLACES]:
        there = moved(outline, x_m, y_m)
        mine = shape(there)
        if not is_outside(block, there) and not any(
            overlap(mine, shapes[at]) for at in tree.query(mine)
        ):
            return x_m, y_m
    return Decimal("0.00"), Decimal("0.00")


def room_left(net_m2: Decimal, stands: Iterable[Decimal]) -> Decimal:
    """Square metres of the net area that no stand uses yet; negative when the stands are too
    many.
    """
    return net_m2 - sum(stands, Decimal("0.00"))


def shared_m2(gross_m2: Decimal, net_m2: Decimal) -> Decimal:
    """What information desk, lounge, storage and aisles take of the rented area."""
    return gross_m2 - net_m2


# -- open sides -----------------------------------------------------------------------------------


def open_sides(
    block: Block, stands: Sequence[Placed], solid: Sequence[Outline] = ()
) -> dict[str, frozenset[Edge]]:
    """For each stand (by label) the sides that face an aisle.

    An aisle is floor without stands and without `solid` shared areas, at least ``PASSAGE_M`` wide
    everywhere, that can be walked to from an open side of the block; what lies before an open side
    counts as aisle, what lies behind a closed side does not.

    A stand has four sides whatever its outline: the walls that look up, to the right, down and to
    the left as drawn, a slanted wall belonging to the side that it looks to most. A side is open
    when at least 90 % of the length of its walls face an aisle.
    """
    aisles = _aisles(block, stands, solid)
    prepare(aisles)
    return {
        stand.label: frozenset(
            edge
            for edge, strips in _strips(stand.outline).items()
            if sum(strip.intersection(aisles).area for strip in strips)
            >= 0.9 * sum(strip.area for strip in strips)
        )
        for stand in stands
    }


def kind_for(sides: int) -> StandKind | None:
    """The kind of a stand with that many open sides; None when nobody could enter it."""
    return next((kind for kind, number in OPEN_SIDES.items() if number == sides), None)


def _strips(outline: Outline, deep: int = 10) -> dict[Edge, list[Polygon]]:
    """A thin strip of floor along the outside of each wall, in centimetres, by the side of the
    stand."""
    found: dict[Edge, list[Polygon]] = {}
    corners = [(int(x * 100), int(y * 100)) for x, y in outline]
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        long = math.hypot(bx - ax, by - ay)
        out_x, out_y = (by - ay) / long, (ax - bx) / long
        if abs(out_y) >= abs(out_x):
            side = Edge.TOP if out_y < 0 else Edge.BOTTOM
        else:
            side = Edge.LEFT if out_x < 0 else Edge.RIGHT
        over_x, over_y = deep * out_x, deep * out_y
        strip = Polygon(
            [(ax, ay), (ax + over_x, ay + over_y), (bx + over_x, by + over_y), (bx, by)]
        )
        found.setdefault(side, []).append(strip)
    return found


def _aisles(block: Block, stands: Sequence[Placed], solid: Sequence[Outline]) -> BaseGeometry:
    floor, beyond = _block_shape(block), int(PASSAGE_M * 200)
    width, depth = int(block.width_m * 100), int(block.depth_m * 100)
    around = {
        Edge.TOP: box(-beyond, -beyond, width + beyond, 0),
        Edge.RIGHT: box(width, -beyond, width + beyond, depth + beyond),
        Edge.BOTTOM: box(-beyond, depth, width + beyond, depth + beyond),
        Edge.LEFT: box(-beyond, -beyond, 0, depth + beyond),
    }
    closed = union_all([around[edge] for edge in ALL_EDGES - block.open_edges])
    halls = union_all([around[edge] for edge in block.open_edges]).difference(closed)
    used = [shape(stand.outline) for stand in stands] + [shape(each) for each in solid]
    free = floor.union(halls).difference(union_all(used))
    half = float(PASSAGE_M * 50) - 0.5
    walkable = free.buffer(-half, join_style="mitre").buffer(half, join_style="mitre")
    reached = [part for part in getattr(walkable, "geoms", [walkable]) if part.intersects(halls)]
    return union_all(reached)


@dataclass(frozen=True, slots=True)
class Standing:
    """A stand whose kind may have to follow the plan.

    ``promised`` is a kind that somebody stated or bought: it stays, and may not promise more open
    sides than the plan has. None means that the kind follows the plan. Blocked stands need no
    aisle.
    """

    label: str
    outline: Outline
    promised: StandKind | None = None
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Retyped:
    """Kinds by label, and the stands that the plan wrongs."""

    kinds: dict[str, StandKind]
    walled_in: tuple[str, ...]
    broken: tuple[str, ...]


def retype(block: Block, stands: Sequence[Standing], solid: Sequence[Outline] = ()) -> Retyped:
    """The kind of each stand on this plan; who cannot be entered; whose promised kind the plan
    does not keep. `solid`: shared areas that are no aisle. A blocked stand needs no aisle.
    """
    sides = open_sides(block, [Placed(stand.label, stand.outline) for stand in stands], solid)
    kinds: dict[str, StandKind] = {}
    walled_in: list[str] = []
    broken: list[str] = []
    for stand in stands:
        drawn = kind_for(len(sides[stand.label]))
        if drawn is not None and OPEN_SIDES[stand.promised or drawn] <= OPEN_SIDES[drawn]:
            kinds[stand.label] = stand.promised or drawn
        elif not stand.blocked:
            (walled_in if drawn is None else broken).append(stand.label)
    return Retyped(kinds, tuple(walled_in), tuple(broken))


# -- a layout in one click ------------------------------------------------------------------------


def suggest(
    block: Block,
    width_m: Decimal,
    depth_m: Decimal,
    aisle_m: Decimal,
    net_m2: Decimal | None = None,
    shared: Sequence[Outline] = (),
) -> list[Suggested]:
    """Rows of equal stands (``width_m`` along the aisle, ``depth_m`` deep) that fill the block.

    Rows run from left to right, stand back to back and face an aisle of ``aisle_m`` or an open
    side of the block. When neither the left nor the right side is open, a passage is kept free on
    the right so that inner aisles can be reached. Stands beyond ``net_m2`` and stands on a
    ``shared`` area are left out. Labels are a letter for the row and a number for the place.
    Returns an empty list when not even one stand fits.
    """
    rows, inner = _rows(block, depth_m, aisle_m)
    usable = block.width_m
    sideways = {Edge.LEFT, Edge.RIGHT} & block.open_edges
    if inner and not sideways:
        usable -= aisle_m
    per_row = int(usable // width_m)
    if not rows or per_row < 1:
        return []
    stands: list[tuple[str, Rect]] = []
    used = Decimal("0.00")
    kept_free = [Placed("", outline) for outline in shared]
    for number, y_m in enumerate(rows):
        for place in range(per_row):
            rect = Rect(metres(place * width_m), y_m, metres(width_m), metres(depth_m))
            if overlapping(rect.outline, kept_free):
                continue
            used += rect.area_m2
            if (net_m2 is not None and used > net_m2) or len(stands) == MOST_STANDS:
                break
            stands.append((f"{letters(number)}{place + 1}", rect))
    sides = open_sides(block, [Placed(label, rect.outline) for label, rect in stands])
    typed = [(label, rect, kind_for(len(sides[label]))) for label, rect in stands]
    return [Suggested(label, kind, rect) for label, rect, kind in typed if kind is not None]


def _rows(block: Block, depth_m: Decimal, aisle_m: Decimal) -> tuple[list[Decimal], bool]:
    """Upper edges of the rows from top to bottom, and whether the layout needs an inner aisle.

    From an open upper side the strips run: row facing up, row facing down, aisle, row facing up
    ... A closed upper side starts with the row facing down. A layout may end behind a row that
    faces up, before an open lower side, or with an aisle. What is left over widens the inner
    aisles.
    """
    cycle = "uda" if Edge.TOP in block.open_edges else "dau"
    deep = {"u": depth_m, "d": depth_m, "a": aisle_m}
    strips, best, used = "", "", Decimal(0)
    while True:
        strip = cycle[len(strips) % 3]
        if used + deep[strip] > block.depth_m:
            break
        strips, used = strips + strip, used + deep[strip]
        shut = strip == "d" and Edge.BOTTOM not in block.open_edges
        if not shut and _count(strips) > _count(best):
            best = strips
    aisles = best.count("a")
    over = block.depth_m - sum((deep[strip] for strip in best), Decimal(0))
    wider = (over / aisles).quantize(CENT, rounding=ROUND_DOWN) if aisles else Decimal(0)
    tops, y_m = [], Decimal("0.00")
    for strip in best:
        if strip == "a":
            y_m += wider
        else:
            tops.append(metres(y_m))
        y_m += deep[strip]
    return tops, aisles > 0


def _count(strips: str) -> int:
    return strips.count("u") + strips.count("d")
