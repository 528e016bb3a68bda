"""What the templates need to draw a plan: whole centimetres, texts that fit, colours that can be
read.

Colours come with a pattern and a word, and their contrast is tested, because neither colour nor
pattern alone tells everyone what a stand's state is.
"""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from markupsafe import Markup, escape

from booths.plans.outlines import Point
from booths.plans.rules import KIND_NAMES, StandKind
from server.text import N_, gettext, ngettext
from server.web.formats import m2, number

_LETTER = 0.6
"""Width of an average letter, as a part of its height."""


class StandState(StrEnum):
    """What a stand looks like on the plan."""

    FREE = "free"
    KEPT = "kept"
    RESERVED = "reserved"
    HELD = "held"
    CONFIRMED = "confirmed"
    BLOCKED = "blocked"


STATE_NAMES = {
    StandState.FREE: N_("Free"),
    StandState.KEPT: N_("On hold"),
    StandState.RESERVED: N_("Reserved"),
    StandState.HELD: N_("Held"),
    StandState.CONFIRMED: N_("Confirmed"),
    StandState.BLOCKED: N_("Blocked"),
}
STATE_MEANINGS = {
    StandState.FREE: N_("can be given to an exhibitor"),
    StandState.KEPT: N_("on hold for an applicant until a stated time"),
    StandState.RESERVED: N_("set aside for an applicant who is not admitted yet"),
    StandState.HELD: N_("kept for an exhibitor who has not paid yet"),
    StandState.CONFIRMED: N_("belongs to an exhibitor"),
    StandState.BLOCKED: N_("not for exhibitors"),
}


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours of a state: floor, its pattern, its border and the text upon it."""

    floor: str
    mark: str
    border: str
    ink: str


PAINTS = {
    StandState.FREE: Paint("#ffffff", "#ffffff", "#1d5c2e", "#0b2e15"),
    StandState.KEPT: Paint("#e2f1f5", "#a9d3df", "#0f5a6e", "#06313d"),
    StandState.RESERVED: Paint("#ece6f7", "#c9b8e8", "#4c2c92", "#2a1a52"),
    StandState.HELD: Paint("#fff0c2", "#f5d67a", "#7a5200", "#3d2900"),
    StandState.CONFIRMED: Paint("#0b4a86", "#2462a0", "#06294b", "#ffffff"),
    StandState.BLOCKED: Paint("#e3e5e6", "#c3c7ca", "#50565b", "#24282b"),
}


class HasBlock(Protocol):
    """As much of a booth as a drawing needs."""

    @property
    def width_m(self) -> Decimal: ...
    @property
    def depth_m(self) -> Decimal: ...
    @property
    def open_edges(self) -> Sequence[str]: ...


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
    """Who has a stand, or has it held. `company` stays empty where the reader may not know it."""

    state: StandState
    company: str = ""
    url: str = ""
    agency: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text in a stand; `small` lines are left out on narrow screens."""

    y: int
    size: int
    text: str
    small: bool


@dataclass(frozen=True, slots=True)
class DrawnStand:
    """A stand as drawn, in centimetres, and as told in words."""

    id: int
    label: str
    state: StandState
    company: str
    url: str
    area_m2: Decimal
    kind_name: str
    area: str
    size: str
    told: str
    x: int
    y: int
    width: int
    height: int
    lines: tuple[Line, ...]

    @property
    def box(self) -> str:
        """The attributes of its rectangle, all whole numbers."""
        return Markup(  # noqa: S704
            f'x="{self.x}" y="{self.y}" width="{self.width}" height="{self.height}"'
        )

    @property
    def writing(self) -> str:
        """Its lines as SVG: a large plan has hundreds, and a template takes ten times as long."""
        x = self.x + self.width // 2
        return Markup(  # noqa: S704
            "".join(
                f'<text class="pv-plan-{"small" if line.small else "label"}" x="{x}"'
                f' y="{self.y + line.y}" font-size="{line.size}">{escape(line.text)}</text>'
                for line in self.lines
            )
        )


@dataclass(frozen=True, slots=True)
class Total:
    """The stands in one state, for the legend and the sums."""

    state: StandState
    stands: int
    area_m2: Decimal

    @property
    def order(self) -> int:
        """Sold first, free last, as on a bar."""
        return [
            StandState.CONFIRMED,
            StandState.HELD,
            StandState.RESERVED,
            StandState.KEPT,
            StandState.BLOCKED,
            StandState.FREE,
        ].index(self.state)

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
    stands: tuple[DrawnStand, ...]
    totals: tuple[Total, ...]
    description: str
    scale: str

    paints = PAINTS

    @property
    def view_box(self) -> str:
        m = self.margin
        return f"{-m} {-m} {self.width + 2 * m} {self.height + 2 * m}"

    @property
    def metre_marks(self) -> range:
        """Every five metres along the lower side."""
        return range(0, self.width + 1, 500)

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
    sums = "; ".join(f"{total.name}: {total.told}" for total in found)
    return Drawing(
        width=width,
        height=height,
        margin=max(40, width // 40, height // 24),
        walls=tuple(line for side, line in sides.items() if side not in booth.open_edges),
        stands=tuple(_drawn(stand, occupants) for stand in stands),
        totals=found,
        description=f"{size}. {sums}." if sums else f"{size}.",
        scale=size,
    )


def _drawn(stand: HasStand, occupants: Mapping[int, Occupant]) -> DrawnStand:
    state = state_of(stand, occupants)
    occupant = occupants.get(stand.id)
    company = occupant.company if occupant else ""
    area = m2(stand.area_m2)
    size = gettext("{width} × {depth} m", width=number(stand.width_m), depth=number(stand.depth_m))
    kind = gettext(KIND_NAMES[StandKind(stand.kind)])
    word = gettext(STATE_NAMES[state])
    width, height = int(stand.width_m * 100), int(stand.depth_m * 100)
    return DrawnStand(
        id=stand.id,
        label=stand.label,
        state=state,
        company=company,
        url=occupant.url if occupant else "",
        area_m2=stand.area_m2,
        kind_name=kind,
        area=area,
        size=size,
        told=", ".join(
            filter(None, (gettext("Stand {label}", label=stand.label), kind, area, word, company))
        ),
        x=int(stand.x_m * 100),
        y=int(stand.y_m * 100),
        width=width,
        height=height,
        lines=_lines(width, height, stand.label, area, company or word),
    )


@lru_cache(4096)
def _lines(width: int, height: int, label: str, area: str, told: str) -> tuple[Line, ...]:
    """Label, area and state or exhibitor, as large as the stand allows, set around its middle.

    `y` counts from the stand's upper side.
    """
    room = width * 0.9
    big = int(min(height * 0.3, room / (len(label) * _LETTER), 90))
    small = int(min(height * 0.14, room / (len(area) * _LETTER), 42))
    letters = max(2, int(room / (small * _LETTER)))
    most = max(0, min(3, int((height * 0.92 - big * 1.15 - small * 1.25) // (small * 1.25))))
    pieces = textwrap.wrap(told, letters) if most else []
    if len(pieces) > most:
        pieces = [*pieces[: most - 1], pieces[most - 1][: letters - 1].rstrip() + "…"]
    wanted = [(label, big), (area, small), *((piece, small) for piece in pieces)]
    heights = [big * 1.15, *[small * 1.25] * (len(wanted) - 1)]
    at = (height - sum(heights)) / 2
    lines = []
    for place, ((line, size), high) in enumerate(zip(wanted, heights, strict=True)):
        at += high
        lines.append(Line(int(at - size * 0.28), size, line, small=place > 0))
    return tuple(lines)
