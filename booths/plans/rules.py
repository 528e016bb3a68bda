"""Geometry of a joint booth: stands are rectangles in metres inside a rectangular block.

The origin is the block's upper left corner as drawn; x runs to the right, y downwards. All lengths
are metres and all areas square metres, as ``Decimal`` with two places. Inside, shapely works on
whole centimetres, so that two stands that share a wall touch and never overlap by a rounding error.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum

from shapely import box, union_all
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from server.text import N_

CENT = Decimal("0.01")
PASSAGE_M = Decimal("1.00")
"""A free strip narrower than this is a gap, not an aisle that visitors walk through."""
MOST_STANDS = 600


class StandKind(StrEnum):
    """What a stand is called by the number of its sides that face an aisle."""

    ROW = "row"
    CORNER = "corner"
    HEAD = "head"
    ISLAND = "island"


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
EDGE_NAMES = {
    Edge.TOP: N_("Upper side"),
    Edge.RIGHT: N_("Right side"),
    Edge.BOTTOM: N_("Lower side"),
    Edge.LEFT: N_("Left side"),
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


@dataclass(frozen=True, slots=True)
class Block:
    """The rented block: its size, and the sides along which the hall's aisles run."""

    width_m: Decimal
    depth_m: Decimal
    open_edges: frozenset[Edge] = ALL_EDGES


@dataclass(frozen=True, slots=True)
class Placed:
    """A stand on the plan."""

    label: str
    rect: Rect


@dataclass(frozen=True, slots=True)
class Suggested:
    """A stand as a layout proposes it."""

    label: str
    kind: StandKind
    rect: Rect


def metres(value: Decimal | int | str) -> Decimal:
    """A length or area with two places, half a centimetre rounded up."""
    return Decimal(value).quantize(CENT, rounding=ROUND_HALF_UP)


def area(width_m: Decimal, depth_m: Decimal) -> Decimal:
    """Square metres of a rectangle, two places."""
    return metres(width_m * depth_m)


# -- what may stand where -------------------------------------------------------------------------


def _shape(rect: Rect) -> Polygon:
    return box(
        int(rect.x_m * 100), int(rect.y_m * 100), int(rect.right_m * 100), int(rect.bottom_m * 100)
    )


def _block_shape(block: Block) -> Polygon:
    return box(0, 0, int(block.width_m * 100), int(block.depth_m * 100))


def is_outside(block: Block, rect: Rect) -> bool:
    """Whether any part of the rectangle lies beyond the block."""
    return not _block_shape(block).covers(_shape(rect))


def overlapping(rect: Rect, others: Iterable[Placed]) -> list[str]:
    """Labels of the stands that share floor with the rectangle; a shared wall is no overlap."""
    mine = _shape(rect)
    return [other.label for other in others if mine.intersection(_shape(other.rect)).area > 0]


def free_place(block: Block, width_m: Decimal, depth_m: Decimal, stands: Sequence[Placed]) -> Rect:
    """The first place from the upper left where such a stand fits; the corner itself when there is
    none.
    """
    tops = sorted({Decimal("0.00"), *(stand.rect.bottom_m for stand in stands)})
    lefts = sorted({Decimal("0.00"), *(stand.rect.right_m for stand in stands)})
    for y_m in tops:
        for x_m in lefts:
            rect = Rect(x_m, y_m, width_m, depth_m)
            if not is_outside(block, rect) and not overlapping(rect, stands):
                return rect
    return Rect(Decimal("0.00"), Decimal("0.00"), width_m, depth_m)


def room_left(net_m2: Decimal, stands: Iterable[Decimal]) -> Decimal:
    """Square metres of the net area that no stand uses yet; negative when the stands are too
    many.
    """
    return net_m2 - sum(stands, Decimal("0.00"))


def shared_m2(gross_m2: Decimal, net_m2: Decimal) -> Decimal:
    """What information desk, lounge, storage and aisles take of the rented area."""
    return gross_m2 - net_m2


# -- open sides -----------------------------------------------------------------------------------


def open_sides(block: Block, stands: Sequence[Placed]) -> dict[str, frozenset[Edge]]:
    """For each stand (by label) the sides that face an aisle.

    An aisle is floor without stands, at least ``PASSAGE_M`` wide everywhere, that can be walked to
    from an open side of the block; what lies before an open side counts as aisle, what lies behind
    a closed side does not.
    """
    aisles = _aisles(block, stands)
    return {
        stand.label: frozenset(
            edge
            for edge, strip in _strips(stand.rect)
            if strip.intersection(aisles).area >= 0.9 * strip.area
        )
        for stand in stands
    }


def kind_for(sides: int) -> StandKind | None:
    """The kind of a stand with that many open sides; None when nobody could enter it."""
    return next((kind for kind, number in OPEN_SIDES.items() if number == sides), None)


def _strips(rect: Rect, deep: int = 10) -> list[tuple[Edge, Polygon]]:
    """A thin strip of floor along the outside of each side, in centimetres."""
    x, y = int(rect.x_m * 100), int(rect.y_m * 100)
    right, bottom = int(rect.right_m * 100), int(rect.bottom_m * 100)
    return [
        (Edge.TOP, box(x, y - deep, right, y)),
        (Edge.RIGHT, box(right, y, right + deep, bottom)),
        (Edge.BOTTOM, box(x, bottom, right, bottom + deep)),
        (Edge.LEFT, box(x - deep, y, x, bottom)),
    ]


def _aisles(block: Block, stands: Sequence[Placed]) -> BaseGeometry:
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
    free = floor.union(halls).difference(union_all([_shape(stand.rect) for stand in stands]))
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
    rect: Rect
    promised: StandKind | None = None
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Retyped:
    """Kinds by label, and the stands that the plan wrongs."""

    kinds: dict[str, StandKind]
    walled_in: tuple[str, ...]
    broken: tuple[str, ...]


def retype(block: Block, stands: Sequence[Standing]) -> Retyped:
    """The kind of each stand on this plan; who cannot be entered; whose promised kind the plan
    does not keep.
    """
    sides = open_sides(block, [Placed(stand.label, stand.rect) for stand in stands])
    kinds: dict[str, StandKind] = {}
    walled_in: list[str] = []
    broken: list[str] = []
    for stand in stands:
        if stand.blocked:
            continue
        drawn = kind_for(len(sides[stand.label]))
        if drawn is None:
            walled_in.append(stand.label)
        elif stand.promised is None:
            kinds[stand.label] = drawn
        elif OPEN_SIDES[stand.promised] > OPEN_SIDES[drawn]:
            broken.append(stand.label)
        else:
            kinds[stand.label] = stand.promised
    return Retyped(kinds, tuple(walled_in), tuple(broken))


# -- a layout in one click ------------------------------------------------------------------------


def suggest(
    block: Block,
    width_m: Decimal,
    depth_m: Decimal,
    aisle_m: Decimal,
    net_m2: Decimal | None = None,
) -> list[Suggested]:
    """Rows of equal stands (``width_m`` along the aisle, ``depth_m`` deep) that fill the block.

    Rows run from left to right, stand back to back and face an aisle of ``aisle_m`` or an open
    side of the block. When neither the left nor the right side is open, a passage is kept free on
    the right so that inner aisles can be reached. Stands beyond ``net_m2`` are left out. Labels
    are a letter for the row and a number for the place. Returns an empty list when not even one
    stand fits.
    """
    rows, inner = _rows(block, depth_m, aisle_m)
    usable = block.width_m
    sideways = {Edge.LEFT, Edge.RIGHT} & block.open_edges
    if inner and not sideways:
        usable -= aisle_m
    per_row = int(usable // width_m)
    if not rows or per_row < 1:
        return []
    stands: list[Placed] = []
    used = Decimal("0.00")
    for number, y_m in enumerate(rows):
        for place in range(per_row):
            rect = Rect(metres(place * width_m), y_m, metres(width_m), metres(depth_m))
            used += rect.area_m2
            if (net_m2 is not None and used > net_m2) or len(stands) == MOST_STANDS:
                break
            stands.append(Placed(f"{_letters(number)}{place + 1}", rect))
    sides = open_sides(block, stands)
    typed = [(stand, kind_for(len(sides[stand.label]))) for stand in stands]
    return [Suggested(stand.label, kind, stand.rect) for stand, kind in typed if kind is not None]


def _letters(number: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


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
