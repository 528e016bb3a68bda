"""Where rows of stands can run in a free block: strips of rows and aisles."""

from dataclasses import dataclass
from decimal import Decimal

from booths.plans.rules import Block, Edge

DEPTHS = (3, 4)
STEPS = 2
"""Fronts are whole halves of a metre."""
NARROWEST = 2 * STEPS
_TURNED = {
    Edge.TOP: Edge.LEFT,
    Edge.LEFT: Edge.TOP,
    Edge.RIGHT: Edge.BOTTOM,
    Edge.BOTTOM: Edge.RIGHT,
}


@dataclass(frozen=True, slots=True)
class Ground:
    """What may be cut: the block, its net area (None: all of it), the aisles between rows."""

    block: Block
    net_m2: Decimal | None = None
    aisle_m: Decimal = Decimal(3)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of stands: its depth, and the fronts from left to right, in metres."""

    depth_m: Decimal
    fronts_m: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Strips from the upper side down: u a row facing up, d a row facing down, a an aisle.

    `turned` layouts run from left to right instead: they are made for the block lying on its side.
    """

    strips: str
    block: Block
    length: int
    room: int
    turned: bool

    @property
    def rows(self) -> int:
        return self.strips.count("u") + self.strips.count("d")


def layouts(ground: Ground, turned: bool) -> list[Layout]:
    """The one or two largest numbers of rows that fit: fewer rows may be deeper."""
    block = ground.block
    if turned:
        block = Block(
            block.depth_m, block.width_m, frozenset(_TURNED[edge] for edge in block.open_edges)
        )
    cycle = "uda" if Edge.TOP in block.open_edges else "dau"
    found: list[Layout] = []
    strips = ""
    while len(strips) < 60:
        strips += cycle[len(strips) % 3]
        aisles = strips.count("a")
        rows = len(strips) - aisles
        room = block.depth_m - aisles * ground.aisle_m
        if rows * DEPTHS[0] > room:
            break
        shut = strips[-1] == "d" and Edge.BOTTOM not in block.open_edges
        if shut or not rows:
            continue
        length = block.width_m
        if aisles and not {Edge.LEFT, Edge.RIGHT} & block.open_edges:
            length -= ground.aisle_m
        found.append(Layout(strips, block, int(length * STEPS), int(room), turned))
    most = {layout.rows for layout in found}
    kept = sorted(most)[-2:]
    last = {layout.rows: layout for layout in found}
    return [last[rows] for rows in reversed(kept)]
