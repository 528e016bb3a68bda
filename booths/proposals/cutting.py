"""Stands for a block that has none: rows along aisles, 3 m or 4 m deep, as wide as is asked for.

First who is served, in the same sense as in rules.py: for rows that is a question of lengths, and
packing.py answers it in a moment for every way to lay the rows. Then CP-SAT widens the fronts of
the best ways, so that as many wishes as possible can be met (filling.py), and puts each row in
order, one circuit a row. What comes out are stands, on which solver.py places the applicants as on
any other plan.

The members of a consortium share a row. Power and water are laid to where they are needed.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import ceil

from booths.plans.outlines import Rect, area, metres
from booths.plans.rules import Placed, kind_for, open_sides
from booths.proposals.filling import Filled, fill
from booths.proposals.layouts import STEPS, Ground, Layout, Row, layouts
from booths.proposals.packing import Packed, net_of, pack
from booths.proposals.rules import Case, Place, check
from server.errors import Refused
from server.text import N_, gettext
from server.web.formats import m2, number, percent


@dataclass(frozen=True, slots=True)
class Cut:
    """The case with its new places and the rows. `left_out`: who has no room together with all
    ranked before; `undecided`: of whom that is not proven. `points` of wishes that the rows can
    meet, and the `bound` that no cutting of these rows exceeds; `room_m2`: what rows could take.
    """

    case: Case
    rows: tuple[Row, ...]
    left_out: tuple[str, ...]
    undecided: tuple[str, ...]
    points: int
    bound: int
    room_m2: Decimal

    @property
    def proven(self) -> bool:
        """Whether nobody was passed over who could be served."""
        return not self.undecided

    @property
    def gap(self) -> Decimal:
        """How far the points may be from the best, as a part of the bound."""
        if self.points >= self.bound:
            return Decimal(0)
        return Decimal(self.bound - self.points) / max(abs(self.bound), abs(self.points))

    def told(self) -> list[str]:
        """A sentence for each row, and what is known of all."""
        said = [
            gettext(
                N_("Row {row}: {n} stands, {depth} m deep, {long} m along the aisle."),
                row=chr(65 + at),
                n=len(row.fronts_m),
                depth=number(row.depth_m),
                long=number(sum(row.fronts_m, Decimal(0))),
            )
            for at, row in enumerate(self.rows)
            if row.fronts_m
        ]
        used = sum((place.area_m2 for place in self.case.places), Decimal(0))
        said.append(
            gettext(
                N_("{n} stands with {area} are cut; rows along these aisles hold at most {room}."),
                n=len(self.case.places),
                area=m2(used),
                room=m2(self.room_m2),
            )
        )
        if self.left_out:
            said.append(
                gettext(
                    N_("Together with everybody ranked before there is no room for {names}."),
                    names=", ".join(self.left_out),
                )
            )
        if self.undecided:
            said.append(
                gettext(
                    N_("In the time given it was not proven that there is no room for {names}."),
                    names=", ".join(self.undecided),
                )
            )
        said.append(
            gettext(N_("No cutting of these rows can meet more wishes."))
            if not self.gap
            else gettext(
                N_(
                    "Another cutting of these rows could meet at most {gap} more wishes, by weight."
                ),
                gap=percent(ceil(self.gap * 10_000)),
            )
        )
        return said


def cut(ground: Ground, case: Case, seconds: float) -> Cut:
    """The best cutting found in about `seconds`. Refused when not even one stand fits."""
    check(case)
    until = time.monotonic() + seconds
    every = [layout for turned in (False, True) for layout in layouts(ground, turned)]
    packed: list[tuple[Layout, Packed]] = []
    for at, layout in enumerate(every):
        # Half of the time for the question who is served; what is not needed of it is for wishes.
        share = (until - seconds / 2 - time.monotonic()) / (len(every) - at)
        packed.append((layout, pack(ground, layout, case, time.monotonic() + share)))
    packed.sort(key=lambda each: each[1].served, reverse=True)
    best: tuple[Filled, list[Place], Layout, Packed] | None = None
    for at, (layout, each) in enumerate(packed):
        if not any(each.served) or (best is not None and each.served < best[3].served):
            break
        alike = sum(1 for _, other in packed[at:] if other.served == each.served)
        share = (until - time.monotonic()) / alike
        filled = fill(ground, layout, case, each, share)
        drawn = _drawn(ground, layout, filled.rows)
        if drawn and (best is None or filled.points > best[0].points):
            best = filled, drawn, layout, each
    if best is None:
        raise Refused(N_("No stand of the sizes asked for fits into this block with such aisles."))
    filled, drawn, layout, found = best
    undecided = {
        other.undecided[0]
        for _, other in packed
        if other.undecided and other.at_best > found.served[: len(other.at_best)]
    } | set(found.undecided)
    names = {
        unit: [case.applicants[one].name for one in members]
        for unit, members in enumerate(found.units)
    }
    return Cut(
        replace(case, places=tuple(drawn)),
        filled.rows,
        tuple(name for unit, served in enumerate(found.served)
              if not served and unit not in undecided for name in names[unit]),
        tuple(name for unit in sorted(undecided) for name in names[unit]),
        filled.points,
        filled.bound,
        min(net_of(ground), Decimal(layout.length * layout.room) / STEPS),
    )  # fmt: skip


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
