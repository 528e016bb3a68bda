"""Stands for a block that has none: rows along aisles, 3 m or 4 m deep, as wide as is asked for.

First the rows: CP-SAT chooses how deep each one is, who stands in it and how wide each front is, so
that the ranking is served as far as the block allows (in the same sense as in rules.py), and then
as many wishes as possible. Then the order within each row, one circuit a row. What comes out are
stands, on which solver.py places the applicants as on any other plan.

The members of a consortium share a row. Power and water are laid to where they are needed.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from booths.plans.outlines import Rect, area, metres
from booths.plans.rules import Placed, kind_for, open_sides
from booths.proposals.filling import Filled, fill
from booths.proposals.layouts import Ground, Layout, Row, layouts
from booths.proposals.rules import Case, Place, check, units
from server.errors import Refused
from server.text import N_, gettext
from server.web.formats import m2, number


@dataclass(frozen=True, slots=True)
class Cut:
    """The case with its new places, the rows, and whether nobody was passed over."""

    case: Case
    rows: tuple[Row, ...]
    left_out: tuple[str, ...]
    proven: bool

    def told(self) -> list[str]:
        """A sentence for each row, and one for all."""
        said = [
            gettext(
                N_("Row {row}: {n} stands, {depth} m deep, {long} m along the aisle."),
                row=chr(65 + at),
                n=len(row.fronts_m),
                depth=number(row.depth_m),
                long=number(sum(row.fronts_m, Decimal(0))),
            )
            for at, row in enumerate(self.rows)
        ]
        used = sum((place.area_m2 for place in self.case.places), Decimal(0))
        said.append(
            gettext(N_("{n} stands with {area} are cut."), n=len(self.case.places), area=m2(used))
        )
        if self.left_out:
            said.append(
                gettext(
                    N_("Together with everybody ranked before there is no room for {names}."),
                    names=", ".join(self.left_out),
                )
            )
        if not self.proven:
            said.append(
                gettext(N_("In the time given it was not proven that no cutting serves more."))
            )
        return said


def cut(ground: Ground, case: Case, seconds: float) -> Cut:
    """The best cutting found in about `seconds`. Refused when not even one stand fits."""
    check(case)
    until = time.monotonic() + seconds
    every = [layout for turned in (False, True) for layout in layouts(ground, turned)]
    best: tuple[Filled, list[Place]] | None = None
    proven = True
    for at, layout in enumerate(every):
        share = (until - time.monotonic()) / (len(every) - at)
        filled = fill(ground, layout, case, time.monotonic() + max(share, 0.2))
        proven = proven and filled.proven
        drawn = _drawn(ground, layout, filled.rows) if filled.rows else []
        if drawn and (best is None or _worth(filled) > _worth(best[0])):
            best = filled, drawn
    if best is None:
        raise Refused(N_("No stand of the sizes asked for fits into this block with such aisles."))
    filled, drawn = best
    left_out = tuple(
        case.applicants[one].name
        for unit, served in zip(units(case.applicants), filled.served, strict=True)
        for one in unit
        if not served
    )
    return Cut(replace(case, places=tuple(drawn)), filled.rows, left_out, proven)


def _worth(filled: Filled) -> tuple[tuple[bool, ...], int]:
    """The ranking first, then wishes."""
    return filled.served, filled.points


def _drawn(ground: Ground, layout: Layout, rows: Sequence[Row]) -> list[Place]:
    """The stands of the rows with the kinds that the aisles give them; what is left over widens
    the aisles. Nothing when a stand could not be entered.
    """
    aisles = layout.strips.count("a")
    over = layout.block.depth_m - sum((row.depth_m for row in rows), Decimal(0))
    aisle_m = metres(over / aisles) if aisles else Decimal(0)
    stands: list[Placed] = []
    y_m, at = Decimal("0.00"), 0
    for strip in layout.strips:
        if strip == "a":
            y_m = min(y_m + aisle_m, layout.block.depth_m)
            continue
        x_m, row = Decimal("0.00"), rows[at]
        depth_m = row.depth_m
        y_m = min(y_m, layout.block.depth_m - depth_m)
        for place, front_m in enumerate(row.fronts_m, 1):
            rect = Rect(metres(x_m), metres(y_m), metres(front_m), metres(depth_m))
            if layout.turned:
                rect = Rect(rect.y_m, rect.x_m, rect.depth_m, rect.width_m)
            stands.append(Placed(f"{chr(65 + at)}{place}", rect.outline))
            x_m += front_m
        y_m += depth_m
        at += 1
    sides = open_sides(ground.block, stands)
    kinds = [kind_for(len(sides[stand.label])) for stand in stands]
    if None in kinds:
        return []
    return [
        Place(
            stand.label,
            stand.outline,
            area(
                stand.outline[1][0] - stand.outline[0][0],
                stand.outline[2][1] - stand.outline[1][1],
            ),
            kind,
        )
        for stand, kind in zip(stands, kinds, strict=True)
        if kind is not None
    ]
