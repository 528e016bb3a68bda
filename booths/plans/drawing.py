"""What the templates need to draw a plan: whole centimetres, texts that fit, colours that can be
read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from markupsafe import Markup

from booths.plans.lettering import Writing, writing
from booths.plans.looks import PAINTS, SHARED, STATE_MEANINGS, STATE_NAMES, StandState
from booths.plans.outlines import Point, bounds, is_rectangle
from booths.plans.rules import KIND_NAMES, SHARED_NAMES, SharedKind, StandKind
from server.text import gettext, ngettext
from server.web.formats import m2, moment, number

_SOLD_FIRST = ("confirmed", "held", "reserved", "kept", "blocked", "free")


class HasBlock(Protocol):
    """As much of a booth as a drawing needs. `tz`: the zone in which ends of holds are said."""

    @property
    def tz(self) -> str: ...
    @property
    def shared(self) -> Sequence["HasShared"]: ...

    @property
    def width_m(self) -> Decimal: ...
    @property
    def depth_m(self) -> Decimal: ...
    @property
    def open_edges(self) -> Sequence[str]: ...


class HasShared(Protocol):
    """As much of a shared area as a drawing needs."""

    @property
    def id(self) -> int: ...
    @property
    def label(self) -> str: ...
    @property
    def kind(self) -> SharedKind: ...
    @property
    def outline(self) -> Sequence[Point]: ...
    @property
    def area_m2(self) -> Decimal: ...


class HasStand(Protocol):
    """As much of a stand as a drawing needs."""

    @property
    def id(self) -> int: ...
    @property
    def label(self) -> str: ...
    @property
    def kind(self) -> StandKind: ...
    @property
    def x_m(self) -> Decimal: ...
    @property
    def y_m(self) -> Decimal: ...
    @property
    def width_m(self) -> Decimal: ...
    @property
    def depth_m(self) -> Decimal: ...
    @property
    def outline(self) -> Sequence[Point]: ...
    @property
    def area_m2(self) -> Decimal: ...
    @property
    def blocked(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Occupant:
    """Who has a stand, or has it held. `company` stays empty where the reader may not know it;
    `until` is when a stand that is kept falls free.
    """

    state: StandState
    company: str = ""
    url: str = ""
    agency: int | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class DrawnStand:
    """A stand as drawn, in centimetres, and as told in words."""

    id: int
    label: str
    state: StandState
    company: str
    url: str
    until: str
    area_m2: Decimal
    kind_name: str
    area: str
    size: str
    told: str
    points: str
    writing: Writing


@dataclass(frozen=True, slots=True)
class DrawnShared:
    """A shared area as drawn and as told."""

    id: int
    label: str
    kind_name: str
    is_aisle: bool
    area: str
    size: str
    told: str
    points: str
    writing: Writing


@dataclass(frozen=True, slots=True)
class Total:
    """The stands in one state, for the legend and the sums."""

    state: StandState
    stands: int
    area_m2: Decimal

    @property
    def order(self) -> int:
        """Sold first, free last, as on a bar."""
        return _SOLD_FIRST.index(self.state)

    @property
    def name(self) -> str:
        return gettext(STATE_NAMES[self.state])

    @property
    def meaning(self) -> str:
        return gettext(STATE_MEANINGS[self.state])

    @property
    def told(self) -> str:
        """Such as "4 stands, 36 m²"."""
        return ngettext(
            "{n} stand, {area}", "{n} stands, {area}", self.stands, area=m2(self.area_m2)
        )


@dataclass(frozen=True, slots=True)
class Drawing:
    """A block of width x height centimetres with `margin` around it, and what stands in it."""

    width: int
    height: int
    margin: int
    walls: tuple[tuple[int, int, int, int], ...]
    entrances: tuple[str, ...]
    stands: tuple[DrawnStand, ...]
    shared: tuple[DrawnShared, ...]
    shared_told: str
    totals: tuple[Total, ...]
    description: str
    scale: str

    paints = PAINTS
    common = SHARED

    @property
    def view_box(self) -> str:
        m = self.margin
        return f"{-m} {-m} {self.width + 2 * m} {self.height + 2 * m}"

    @property
    def metre_marks(self) -> range:
        """Every five metres along the lower side."""
        return range(0, self.width + 1, 500)

    @property
    def scale_bar(self) -> tuple[int, str]:
        """Length of the scale bar in centimetres, and what it says."""
        metres = 5 if self.width >= 1500 else 2 if self.width >= 600 else 1
        return metres * 100, gettext("{n} m", n=metres)

    def floors(self, id: str) -> dict[str, Markup]:
        """Fill and border of a stand by its state; `id` is the prefix of the patterns' ids."""
        return {
            state: Markup('fill="{}" stroke="{}"').format(
                paint.floor if state is StandState.FREE else f"url(#{id}-{state})", paint.border
            )
            for state, paint in PAINTS.items()
        }

    def total(self, state: str) -> Total:
        """Number and square metres of the stands in one state."""
        found = [total for total in self.totals if total.state == state]
        return found[0] if found else Total(StandState(state), 0, Decimal("0.00"))


def state_of(stand: HasStand, occupants: Mapping[int, Occupant]) -> StandState:
    """Free, blocked, or what its occupant makes of it."""
    occupant = occupants.get(stand.id)
    if occupant is not None:
        return StandState(occupant.state)
    return StandState.BLOCKED if stand.blocked else StandState.FREE


def totals(stands: Sequence[HasStand], occupants: Mapping[int, Occupant]) -> tuple[Total, ...]:
    """Number and square metres of the stands in each state that there is."""
    areas: dict[StandState, list[Decimal]] = {}
    for stand in stands:
        areas.setdefault(state_of(stand, occupants), []).append(stand.area_m2)
    return tuple(
        Total(state, len(areas[state]), sum(areas[state], Decimal("0.00")))
        for state in StandState
        if state in areas
    )


def draw(booth: HasBlock, stands: Sequence[HasStand], occupants: Mapping[int, Occupant]) -> Drawing:
    """The drawing of a booth in the reader's language."""
    found = totals(stands, occupants)
    width, height = int(booth.width_m * 100), int(booth.depth_m * 100)
    sides = {
        "top": (0, 0, width, 0),
        "right": (width, 0, width, height),
        "bottom": (0, height, width, height),
        "left": (0, 0, 0, height),
    }
    size = gettext("{width} × {depth} m", width=number(booth.width_m), depth=number(booth.depth_m))
    sums = [f"{total.name}: {total.told}" for total in found]
    shared_told = ""
    if booth.shared:
        shared_told = ngettext(
            "{n} area, {area}",
            "{n} areas, {area}",
            len(booth.shared),
            area=m2(sum((each.area_m2 for each in booth.shared), Decimal("0.00"))),
        )
        sums.append(gettext("Shared: {told}", told=shared_told))
    margin = max(60, width // 16, height // 24)
    return Drawing(
        width=width,
        height=height,
        margin=margin,
        walls=tuple(line for side, line in sides.items() if side not in booth.open_edges),
        entrances=tuple(
            _arrow(*line, margin * 2 // 5)
            for side, line in sides.items()
            if side in booth.open_edges
        ),
        stands=tuple(
            _drawn(stand, state_of(stand, occupants), occupants.get(stand.id), booth.tz, width)
            for stand in stands
        ),
        shared=tuple(_drawn_shared(area, width) for area in booth.shared),
        shared_told=shared_told,
        totals=found,
        description=f"{size}. {'; '.join(sums)}." if sums else f"{size}.",
        scale=size,
    )


def _arrow(x1: int, y1: int, x2: int, y2: int, size: int) -> str:
    """A triangle before the middle of a side of the block that points into it."""
    x, y = (x1 + x2) // 2, (y1 + y2) // 2
    if y1 == y2:
        out = -size if y1 == 0 else size
        return f"{x},{y} {x - size},{y + out} {x + size},{y + out}"
    out = -size if x1 == 0 else size
    return f"{x},{y} {x + out},{y - size} {x + out},{y + size}"


def _points(outline: Sequence[Point]) -> str:
    """Corners in whole centimetres, as SVG has them."""
    return " ".join(f"{int(x * 100)},{int(y * 100)}" for x, y in outline)


def _size(outline: Sequence[Point]) -> str:
    box = bounds(outline)
    size = gettext("{width} × {depth} m", width=number(box.width_m), depth=number(box.depth_m))
    if is_rectangle(outline):
        return size
    return gettext("{n} corners within {size}", n=len(outline), size=size)


def _drawn(
    stand: HasStand, state: StandState, occupant: Occupant | None, tz: str, block: int
) -> DrawnStand:
    company = occupant.company if occupant else ""
    until = ""
    if occupant and occupant.until:
        until = gettext("until {when}", when=moment(occupant.until, tz, named=False))
    area = m2(stand.area_m2)
    kind = gettext(KIND_NAMES[StandKind(stand.kind)])
    word = gettext(STATE_NAMES[state])
    return DrawnStand(
        id=stand.id,
        label=stand.label,
        state=state,
        company=company,
        url=occupant.url if occupant else "",
        until=until,
        area_m2=stand.area_m2,
        kind_name=kind,
        area=area,
        size=_size(stand.outline),
        told=", ".join(
            filter(
                None,
                (gettext("Stand {label}", label=stand.label), kind, area, word, until, company),
            )
        ),
        points=_points(stand.outline),
        writing=writing(
            tuple(stand.outline),
            stand.label,
            area,
            " ".join(filter(None, (company or word, until))),
            word,
            block,
        ),
    )


def _drawn_shared(shared: HasShared, block: int) -> DrawnShared:
    kind = gettext(SHARED_NAMES[SharedKind(shared.kind)])
    area = m2(shared.area_m2)
    return DrawnShared(
        id=shared.id,
        label=shared.label,
        kind_name=kind,
        is_aisle=shared.kind == SharedKind.AISLE,
        area=area,
        size=_size(shared.outline),
        told=", ".join(dict.fromkeys((shared.label, kind, area, gettext("for everybody")))),
        points=_points(shared.outline),
        writing=writing(tuple(shared.outline), shared.label, area, "", "", block),
    )
