"""What every change of a plan goes through: locks, geometry, and kinds that follow the aisles.

Steps of one transaction. The stands that a change touches are locked before the booth, so that an
admission (stand first, area last) and an edit wait for each other in the same order.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import asyncpg

from booths.plans import queries
from booths.plans.drawing import Occupant
from booths.plans.forms import NewStand
from booths.plans.outlines import FAULTS, Outline, area_m2, bounds, fault
from booths.plans.queries import BoothRow, StandRow
from booths.plans.rules import (
    OPEN_SIDES,
    Block,
    Placed,
    Standing,
    StandKind,
    is_outside,
    overlapping,
    retype,
    room_left,
)
from server.accounts.permissions import Actor
from server.database import execute, row, typed, value
from server.errors import Conflict, NotFound, Refused
from server.text import N_, gettext
from server.web.formats import m2

CHANGED_MEANWHILE = N_(
    "Somebody else changed this while you were editing. Nothing of theirs was overwritten, and what"
    " you typed is kept below. Compare it with the plan as it is now, then save again to use yours."
)


async def hold_booth(actor: Actor, booth_id: int) -> BoothRow:
    """The booth of the actor's agency, locked."""
    held = await row(
        "SELECT id FROM booth WHERE id = $1 AND agency = $2 FOR UPDATE", booth_id, actor.agency_id
    )
    if held is None:
        raise NotFound()
    return await queries.booth(booth_id)


async def hold_stand(
    actor: Actor, booth_id: int, stand_id: int, version: int
) -> tuple[StandRow, BoothRow]:
    """The stand and its booth, locked, as the person saw them."""
    found = await row(
        "SELECT s.* FROM stand s JOIN booth b ON b.id = s.booth"
        " WHERE s.id = $1 AND s.booth = $2 AND b.agency = $3 FOR UPDATE OF s",
        stand_id,
        booth_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound(N_("This stand is no longer on the plan. Somebody may have removed it."))
    stand = typed(StandRow, found)
    if stand.version != version:
        raise Conflict(CHANGED_MEANWHILE)
    return stand, await hold_booth(actor, booth_id)


def fitting(booth: BoothRow, form: NewStand, others: list[StandRow]) -> Outline:
    """The outline of a form, if the plan has room for it."""
    if form.label.lower() in {stand.label.lower() for stand in others}:
        raise Refused(
            N_("There is a stand {label} on this plan already."), field="label", label=form.label
        )
    outline = form.outline
    shape_field = "corners" if form.corners else "width_m"
    wrong = fault(outline)
    if wrong is not None:
        raise Refused(FAULTS[wrong], field=shape_field, label=form.label)
    if is_outside(booth.floor, outline):
        rect = bounds(outline)
        over_right = rect.right_m - booth.width_m
        raise Refused(
            N_(
                "The stand would lie outside the block of {width} × {depth} m: it reaches to "
                "{right} m and {bottom} m."
            ),
            field="x_m" if over_right > 0 else "y_m",
            width=booth.width_m,
            depth=booth.depth_m,
            right=rect.right_m,
            bottom=rect.bottom_m,
        )
    hit = overlapping(outline, [Placed(stand.label, stand.outline) for stand in others])
    if hit:
        raise Refused(
            N_("The stand would overlap {labels}. Move it or make it smaller."),
            field="x_m",
            labels=listed(hit),
        )
    areas = [area_m2(outline), *(stand.area_m2 for stand in others)]
    check_sum(booth.net_m2, areas, shape_field)
    return outline


def check_sum(net_m2: Decimal, areas: list[Decimal], field: str) -> None:
    left = room_left(net_m2, areas)
    if left < 0:
        raise Refused(
            N_(
                "The stands would add up to {sum}, but the net area is {net}. That is {over} too "
                "much."
            ),
            field=field,
            sum=m2(net_m2 - left),
            net=m2(net_m2),
            over=m2(-left),
        )


async def kind_of(
    block: Block,
    form: NewStand,
    outline: Outline,
    others: list[StandRow],
    occupants: Mapping[int, Occupant],
    bought: StandKind | None = None,
) -> StandKind:
    """The kind of the stand in the form; its neighbours' kinds follow the new plan."""
    mine = Standing(form.label, outline, bought or form.kind)
    kinds = await retype_all(block, others, occupants, "x_m", mine)
    return kinds[form.label]


async def retype_all(
    block: Block,
    stands: list[StandRow],
    occupants: Mapping[int, Occupant],
    field: str,
    mine: Standing | None = None,
) -> dict[str, StandKind]:
    """Let kinds follow the plan; refuse a plan that walls a stand in or breaks a promised kind."""
    standing = [
        Standing(
            stand.label,
            stand.outline,
            stand.kind if stand.kind_stated or stand.id in occupants else None,
            stand.blocked,
        )
        for stand in stands
    ]
    found = retype(block, [*standing, mine] if mine else standing)
    if found.walled_in:
        raise Refused(
            N_(
                "Nobody could walk up to {labels}: no side would face an aisle of at least 1 m "
                "that leads to the hall."
            ),
            field=field,
            labels=listed(found.walled_in),
        )
    if found.broken:
        raise Refused(
            N_(
                "{labels} would have fewer open sides than stated or sold. Leave an aisle beside "
                "it."
            ),
            field="kind" if mine and mine.label in found.broken else field,
            labels=listed(found.broken),
        )
    for stand in stands:
        kind = found.kinds.get(stand.label, stand.kind)
        if kind != stand.kind:
            await execute(
                "UPDATE stand SET kind = $2, open_sides = $3 WHERE id = $1",
                stand.id,
                kind,
                OPEN_SIDES[kind],
            )
    return found.kinds


async def insert_stand(
    booth_id: int, label: str, kind: StandKind, outline: Outline, *, stated: bool = False
) -> int:
    """A new stand on the plan; its id."""
    rect = bounds(outline)
    stand_id: int = await value(
        "INSERT INTO stand (booth, label, kind, kind_stated, x_m, y_m, width_m, depth_m, outline,"
        " area_m2, open_sides, blocked, blocked_why, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, false, '', 1) RETURNING id",
        booth_id,
        label,
        kind,
        stated,
        rect.x_m,
        rect.y_m,
        rect.width_m,
        rect.depth_m,
        outline,
        area_m2(outline),
        OPEN_SIDES[kind],
    )
    return stand_id


async def take_off(stands: list[StandRow]) -> None:
    """Delete stands that no exhibitor ever had."""
    try:
        await execute("DELETE FROM stand WHERE id = ANY($1::int[])", [stand.id for stand in stands])
    except asyncpg.ForeignKeyViolationError:
        raise Conflict(
            N_(
                "An exhibitor has or had {labels}, so the plan keeps it on record. Block it "
                "instead."
            ),
            labels=listed(stand.label for stand in stands),
        ) from None


def told(label: str, kind: StandKind, outline: Outline) -> dict[str, object]:
    """A stand for the audit log."""
    rect = bounds(outline)
    return {
        "label": label,
        "kind": kind,
        "place": f"{rect.x_m}, {rect.y_m}",
        "size": f"{rect.width_m} x {rect.depth_m}",
        "area_m2": str(area_m2(outline)),
    }


def listed(labels: Iterable[str]) -> str:
    """A1, A2 and A3; shortened after eight."""
    some = list(labels)
    if len(some) > 8:
        return gettext(N_("{some} and {n} more"), some=", ".join(some[:8]), n=len(some) - 8)
    if len(some) > 1:
        return gettext(N_("{some} and {last}"), some=", ".join(some[:-1]), last=some[-1])
    return "".join(some)
