"""What people do to the stands of a plan: add, move, resize, remove, block, lay out."""

from booths.plans import occupancy, queries
from booths.plans.forms import AppliedLayout, Blocking, ChangedStand, NewStand, RemovedStand
from booths.plans.outlines import area_m2, bounds, metres, same_floor
from booths.plans.placing import (
    CHANGED_MEANWHILE,
    fitting,
    hold_booth,
    hold_stand,
    insert_stand,
    kind_of,
    listed,
    retype_all,
    take_off,
    told,
)
from booths.plans.queries import StandRow
from booths.plans.rules import MOST_STANDS, OPEN_SIDES, suggest
from server import audit
from server.accounts.permissions import Actor, require
from server.database import action, execute, rows, typed
from server.errors import Conflict, Refused
from server.text import N_


@action
async def add_stand(actor: Actor, booth_id: int, form: NewStand) -> int:
    """Put a stand on the plan; its id."""
    require(actor, "booth.change")
    booth = await hold_booth(actor, booth_id)
    others = await queries.stands(booth_id)
    if len(others) >= MOST_STANDS:
        raise Refused(N_("A booth can have {n} stands at most."), n=MOST_STANDS)
    outline = fitting(booth, form, others)
    kind = await kind_of(booth.floor, form, outline, others, await occupancy.of_booth(booth_id))
    stand_id = await insert_stand(booth_id, form.label, kind, outline, stated=form.kind is not None)
    await audit.record(
        actor,
        "stand.add",
        "booth",
        booth_id,
        after={"stand": stand_id, **told(form.label, kind, outline)},
    )
    return stand_id


@action
async def change_stand(actor: Actor, booth_id: int, stand_id: int, form: ChangedStand) -> int:
    """Move, resize or rename a stand. One that is held or given may move, but keeps its size and
    kind.
    """
    require(actor, "booth.change")
    before, booth = await hold_stand(actor, booth_id, stand_id, form.version)
    others = [stand for stand in await queries.stands(booth_id) if stand.id != stand_id]
    outline = fitting(booth, form, others)
    occupants = await occupancy.of_booth(booth_id)
    if stand_id in occupants and not same_floor(outline, before.outline):
        raise Refused(
            N_(
                "An exhibitor has this stand, so its size stays {width} × {depth} m. It can still "
                "be moved."
            ),
            field="width_m",
            width=before.width_m,
            depth=before.depth_m,
        )
    if stand_id in occupants and form.kind is not None and form.kind != before.kind:
        raise Refused(N_("An exhibitor has this stand, so its kind stays as it is."), field="kind")
    kind = await kind_of(
        booth.floor,
        form,
        outline,
        others,
        occupants,
        bought=before.kind if stand_id in occupants else None,
    )
    rect = bounds(outline)
    await execute(
        "UPDATE stand SET label = $2, kind = $3, kind_stated = $4, x_m = $5, y_m = $6, width_m = "
        "$7, depth_m = $8, outline = $9, area_m2 = $10, open_sides = $11, version = version + 1 "
        "WHERE id = $1",
        stand_id,
        form.label,
        kind,
        form.kind is not None,
        rect.x_m,
        rect.y_m,
        rect.width_m,
        rect.depth_m,
        outline,
        area_m2(outline),
        OPEN_SIDES[kind],
    )
    await audit.record(
        actor,
        "stand.change",
        "booth",
        booth_id,
        before={"stand": stand_id, **told(before.label, before.kind, before.outline)},
        after={"stand": stand_id, **told(form.label, kind, outline)},
    )
    return stand_id


@action
async def remove_stand(actor: Actor, booth_id: int, stand_id: int, form: RemovedStand) -> int:
    """Take a stand off the plan, unless an exhibitor has or had it."""
    require(actor, "booth.change")
    before, booth = await hold_stand(actor, booth_id, stand_id, form.version)
    await take_off([before])
    others = [stand for stand in await queries.stands(booth_id) if stand.id != stand_id]
    await retype_all(booth.floor, others, await occupancy.of_booth(booth_id), "")
    await audit.record(
        actor,
        "stand.remove",
        "booth",
        booth_id,
        before={"stand": stand_id, **told(before.label, before.kind, before.outline)},
    )
    return booth_id


@action
async def block_stand(actor: Actor, booth_id: int, stand_id: int, form: Blocking) -> int:
    """Keep a free stand from exhibitors."""
    require(actor, "booth.change")
    before, _ = await hold_stand(actor, booth_id, stand_id, form.version)
    if stand_id in await occupancy.of_booth(booth_id):
        raise Conflict(
            N_("Stand {label} is held or given to an exhibitor, so it was not blocked."),
            label=before.label,
        )
    await execute(
        "UPDATE stand SET blocked = true, blocked_why = $2, version = version + 1 WHERE id = $1",
        stand_id,
        form.why,
    )
    await audit.record(
        actor, "stand.block", "booth", booth_id, after={"stand": stand_id}, why=form.why
    )
    return stand_id


@action
async def unblock_stand(actor: Actor, booth_id: int, stand_id: int, form: RemovedStand) -> int:
    """Offer a blocked stand to exhibitors again."""
    require(actor, "booth.change")
    await hold_stand(actor, booth_id, stand_id, form.version)
    await execute(
        "UPDATE stand SET blocked = false, blocked_why = '', version = version + 1 WHERE id = $1",
        stand_id,
    )
    booth = await queries.booth(booth_id)
    await retype_all(
        booth.floor, await queries.stands(booth_id), await occupancy.of_booth(booth_id), ""
    )
    await audit.record(actor, "stand.unblock", "booth", booth_id, after={"stand": stand_id})
    return stand_id


@action
async def lay_out(actor: Actor, booth_id: int, form: AppliedLayout) -> int:
    """Replace all stands by rows of equal ones; the number of stands."""
    require(actor, "booth.change")
    old = typed(
        StandRow,
        await rows("SELECT * FROM stand WHERE booth = $1 ORDER BY id FOR UPDATE", booth_id),
    )
    booth = await hold_booth(actor, booth_id)
    if booth.version != form.version:
        raise Conflict(CHANGED_MEANWHILE)
    taken = await occupancy.of_booth(booth_id)
    if taken:
        raise Conflict(
            N_(
                "Exhibitors have stands on this plan: {labels}. A new layout would take them "
                "away, so nothing changed."
            ),
            labels=listed(stand.label for stand in old if stand.id in taken),
        )
    found = suggest(
        booth.floor, metres(form.width_m), metres(form.depth_m), metres(form.aisle_m), booth.net_m2
    )
    if not found:
        raise Refused(
            N_(
                "Not even one stand of this size fits into the block with such aisles. Try a "
                "smaller one."
            ),
            field="width_m",
        )
    await take_off(old)
    for stand in found:
        await insert_stand(booth_id, stand.label, stand.kind, stand.rect.outline)
    await execute("UPDATE booth SET version = version + 1 WHERE id = $1", booth_id)
    await audit.record(
        actor,
        "booth.lay_out",
        "booth",
        booth_id,
        before={"stands": [stand.label for stand in old]},
        after={
            "stands": [stand.label for stand in found],
            "size": f"{form.width_m} x {form.depth_m}",
        },
    )
    return len(found)
