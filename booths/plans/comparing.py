"""What differs between two versions of a plan, stand by stand. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from booths.plans.outlines import Outline, area_m2, bounds, same_floor
from booths.plans.rules import KIND_NAMES, StandKind
from server.text import N_, gettext
from server.web.formats import m2


@dataclass(frozen=True, slots=True)
class Seen:
    """As much of a stand as a reader of the plan sees."""

    label: str
    outline: Outline
    kind: StandKind


class Change(StrEnum):
    """What became of a stand."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Difference:
    """One stand in both versions; `said` are sentences about what changed."""

    stand: int
    change: Change
    before: Seen | None
    after: Seen | None
    said: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Its name now, or its last one."""
        seen = self.after or self.before
        assert seen is not None
        return seen.label


def differences(before: Mapping[int, Seen], after: Mapping[int, Seen]) -> list[Difference]:
    """Every stand of either version, what changed first, each group in order of the labels."""
    order = [Change.CHANGED, Change.NEW, Change.GONE, Change.SAME]
    found = [_difference(each, before.get(each), after.get(each)) for each in {*before, *after}]
    return sorted(found, key=lambda each: (order.index(each.change), each.label, each.stand))


def _difference(stand: int, then: Seen | None, now: Seen | None) -> Difference:
    if then is None:
        return Difference(stand, Change.NEW, then, now)
    if now is None:
        return Difference(stand, Change.GONE, then, now)
    said = tuple(_said(then, now))
    return Difference(stand, Change.CHANGED if said else Change.SAME, then, now, said)


def _said(then: Seen, now: Seen) -> list[str]:
    said = []
    if then.label != now.label:
        said.append(gettext(N_("It is called {label} now."), label=now.label))
    if not same_floor(then.outline, now.outline):
        was, is_ = bounds(then.outline), bounds(now.outline)
        said.append(
            gettext(
                N_("Its floor was {was} ({before}) and is {now} ({after})."),
                was=_size(was.width_m, was.depth_m),
                before=m2(area_m2(then.outline)),
                now=_size(is_.width_m, is_.depth_m),
                after=m2(area_m2(now.outline)),
            )
        )
    elif tuple(then.outline) != tuple(now.outline):
        said.append(_moved(then.outline, now.outline))
    if then.kind is not now.kind:
        said.append(
            gettext(
                N_("It was a {was} and is a {now}."),
                was=gettext(KIND_NAMES[then.kind]).lower(),
                now=gettext(KIND_NAMES[now.kind]).lower(),
            )
        )
    return said


def _size(width_m: Decimal, depth_m: Decimal) -> str:
    return f"{width_m.normalize():f} × {depth_m.normalize():f} m"


def _moved(then: Outline, now: Outline) -> str:
    was, is_ = bounds(then), bounds(now)
    across, down = is_.x_m - was.x_m, is_.y_m - was.y_m
    parts = []
    if across:
        way = N_("{far} m to the right") if across > 0 else N_("{far} m to the left")
        parts.append(gettext(way, far=f"{abs(across).normalize():f}"))
    if down:
        way = N_("{far} m down") if down > 0 else N_("{far} m up")
        parts.append(gettext(way, far=f"{abs(down).normalize():f}"))
    return gettext(N_("It was moved {far} on the plan."), far=", ".join(parts))
