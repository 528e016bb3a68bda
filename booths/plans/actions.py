"""What people do to booths and stands.

Every change of a plan locks the stands it touches, then the booth, so that an admission (stand first, area last) and an
edit wait for each other in the same order.
"""

from collections.abc import Iterable
from decimal import Decimal

import asyncpg

from booths.plans import occupancy, queries
from booths.plans.forms import (
    AppliedLayout,
    Blocking,
    BoothFacts,
    ChangedBooth,
    ChangedStand,
    NewBooth,
    NewStand,
    RemovedStand,
)
from booths.plans.queries import BoothRow, StandRow
from booths.plans.rules import (

    MOST_STANDS,
    OPEN_SIDES,
    Block,
    Placed,
    Rect,
    Standing,
    StandKind,
    area,
    is_outside,
    metres,
    overlapping,
    retype,
    room_left,
    suggest,
)
from events.fairs import queries as fairs
from server import audit, clock
from server.accounts.permissions import Actor, require
from server.database import action, execute, row, rows, step, typed, value
from server.errors import Conflict, NotFound, Refused
from server.text import N_, gettext
from server.web.formats import m2

CHANGED_MEANWHILE = N_(
    "Somebody else changed this while you were editing. Nothing of theirs was overwritten, and what you typed is kept"
    " below. Compare it with the plan as it is now, then save again to use yours."
)


# -- booths -----------------------------------------------------------------------------------------------------------


@action
async def create_booth(actor: Actor, form: NewBooth) -> int:
    """Rent a block at a fair; the id of the new booth."""
    require(actor, "booth.create")
    fair = await fairs.fair(form.fair)
    if fair.agency != actor.agency_id and fair.published_at is None:
        raise NotFound()
    booth_id: int = await value(
        "INSERT INTO booth (fair, agency, name, hall, block, width_m, depth_m, gross_m2, net_m2, allocated_m2,"
        " open_edges, description, version, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, 1, $12) RETURNING id",
        form.fair,
        actor.agency_id,
        form.name,
        form.hall,
        form.block,
        metres(form.width_m),
        metres(form.depth_m),
        area(form.width_m, form.depth_m),
        metres(form.net_m2),
        sorted(set(form.open_edges)),
        form.description,
        clock.now(),
    )
    await audit.record(actor, "booth.create", "booth", booth_id, after=_facts(form))
    return booth_id


@action
async def change_booth(actor: Actor, booth_id: int, form: ChangedBooth) -> int:
    """Change the facts; stands must stay inside the block, and what was admitted must still fit."""
    require(actor, "booth.change")
    before = await _hold_booth(actor, booth_id)
    if before.version != form.version:
        raise Conflict(CHANGED_MEANWHILE)
    stands = await queries.stands(booth_id)
    block = Block(metres(form.width_m), metres(form.depth_m), frozenset(form.open_edges))
    net_m2 = metres(form.net_m2)
    if net_m2 < before.allocated_m2:
        raise Refused(
            N_("{taken} are already given to exhibitors, so the net area cannot be less."),
            field="net_m2",
            taken=m2(before.allocated_m2),
        )
    beyond = [stand.label for stand in stands if is_outside(block, stand.rect)]
    if beyond:
        raise Refused(
            N_("With this size, these stands would lie outside the block: {labels}. Move them first."),
            field="width_m",
            labels=_listed(beyond),
        )
    _check_sum(net_m2, [stand.area_m2 for stand in stands], "net_m2")
    await _retype(block, stands, await occupancy.of_booth(booth_id), "open_edges")
    await execute(
        "UPDATE booth SET name = $2, hall = $3, block = $4, width_m = $5, depth_m = $6, gross_m2 = $7, net_m2 = $8,"
        " open_edges = $9, description = $10, version = version + 1 WHERE id = $1",
        booth_id,
        form.name,
        form.hall,
        form.block,
        block.width_m,
        block.depth_m,
        area(block.width_m, block.depth_m),
        net_m2,
        sorted(set(form.open_edges)),
        form.description,
    )
    await audit.record(actor, "booth.change", "booth", booth_id, before=_facts(before), after=_facts(form))
    return booth_id


# -- stands -----------------------------------------------------------------------------------------------------------


@action
async def add_stand(actor: Actor, booth_id: int, form: NewStand) -> int:
    """Put a stand on the plan; its id."""
    require(actor, "booth.change")
    booth = await _hold_booth(actor, booth_id)
    others = await queries.stands(booth_id)
    if len(others) >= MOST_STANDS:
        raise Refused(N_("A booth can have {n} stands at most."), n=MOST_STANDS)
    rect = _placed(booth, form, others)
    kind = await _kind(booth.floor, form, rect, others, await occupancy.of_booth(booth_id))
    stand_id: int = await value(
        "INSERT INTO stand (booth, label, kind, kind_stated, x_m, y_m, width_m, depth_m, area_m2, open_sides, blocked,"
        " blocked_why, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, false, '', 1) RETURNING id",
        booth_id,
        form.label,
        kind,
        form.kind is not None,
        rect.x_m,
        rect.y_m,
        rect.width_m,
        rect.depth_m,
        rect.area_m2,
        OPEN_SIDES[kind],
    )
    await audit.record(
        actor, "stand.add", "booth", booth_id, after={"stand": stand_id, **_place(form.label, kind, rect)}
    )
    return stand_id


@action
async def change_stand(actor: Actor, booth_id: int, stand_id: int, form: ChangedStand) -> int:
    """Move, resize or rename a stand. One that is held or given may move, but keeps its size and kind."""
    require(actor, "booth.change")
    before, booth = await _hold_stand(actor, booth_id, stand_id, form.version)
    others = [stand for stand in await queries.stands(booth_id) if stand.id != stand_id]
    rect = _placed(booth, form, others)
    occupants = await occupancy.of_booth(booth_id)
    if stand_id in occupants and (rect.width_m, rect.depth_m) != (before.width_m, before.depth_m):
        raise Refused(
            N_("An exhibitor has this stand, so its size stays {width} × {depth} m. It can still be moved."),
            field="width_m",
            width=before.width_m,
            depth=before.depth_m,
        )
    if stand_id in occupants and form.kind is not None and form.kind != before.kind:
        raise Refused(N_("An exhibitor has this stand, so its kind stays as it is."), field="kind")
    kind = await _kind(
        booth.floor, form, rect, others, occupants, bought=before.kind if stand_id in occupants else None
    )
    await execute(
        "UPDATE stand SET label = $2, kind = $3, kind_stated = $4, x_m = $5, y_m = $6, width_m = $7, depth_m = $8,"
        " area_m2 = $9, open_sides = $10, version = version + 1 WHERE id = $1",
        stand_id,
        form.label,
        kind,
        form.kind is not None,
        rect.x_m,
        rect.y_m,
        rect.width_m,
        rect.depth_m,
        rect.area_m2,
        OPEN_SIDES[kind],
    )
    await audit.record(
        actor,
        "stand.change",
        "booth",
        booth_id,
        before={"stand": stand_id, **_place(before.label, before.kind, before.rect)},
        after={"stand": stand_id, **_place(form.label, kind, rect)},
    )
    return stand_id


@action
async def remove_stand(actor: Actor, booth_id: int, stand_id: int, form: RemovedStand) -> int:
    """Take a stand off the plan, unless an exhibitor has or had it."""
    require(actor, "booth.change")
    before, booth = await _hold_stand(actor, booth_id, stand_id, form.version)
    await _delete([before])
    others = [stand for stand in await queries.stands(booth_id) if stand.id != stand_id]
    await _retype(booth.floor, others, await occupancy.of_booth(booth_id), "")
    await audit.record(
        actor,
        "stand.remove",
        "booth",
        booth_id,
        before={"stand": stand_id, **_place(before.label, before.kind, before.rect)},
    )
    return booth_id


@action
async def block_stand(actor: Actor, booth_id: int, stand_id: int, form: Blocking) -> int:
    """Keep a free stand from exhibitors."""
    require(actor, "booth.change")
    before, _ = await _hold_stand(actor, booth_id, stand_id, form.version)
    if stand_id in await occupancy.of_booth(booth_id):
        raise Conflict(
            N_("Stand {label} is held or given to an exhibitor, so it was not blocked."), label=before.label
        )
    await execute(
        "UPDATE stand SET blocked = true, blocked_why = $2, version = version + 1 WHERE id = $1",
        stand_id,
        form.why,
    )
    await audit.record(actor, "stand.block", "booth", booth_id, after={"stand": stand_id}, why=form.why)
    return stand_id


@action
async def unblock_stand(actor: Actor, booth_id: int, stand_id: int, form: RemovedStand) -> int:
    """Offer a blocked stand to exhibitors again."""
    require(actor, "booth.change")
    await _hold_stand(actor, booth_id, stand_id, form.version)
    await execute(
        "UPDATE stand SET blocked = false, blocked_why = '', version = version + 1 WHERE id = $1", stand_id
    )
    booth = await queries.booth(booth_id)
    await _retype(booth.floor, await queries.stands(booth_id), await occupancy.of_booth(booth_id), "")
    await audit.record(actor, "stand.unblock", "booth", booth_id, after={"stand": stand_id})
    return stand_id


@action
async def lay_out(actor: Actor, booth_id: int, form: AppliedLayout) -> int:
    """Replace all stands by rows of equal ones; the number of stands."""
    require(actor, "booth.change")
    old = typed(StandRow, await rows("SELECT * FROM stand WHERE booth = $1 ORDER BY id FOR UPDATE", booth_id))
    booth = await _hold_booth(actor, booth_id)
    if booth.version != form.version:
        raise Conflict(CHANGED_MEANWHILE)
    taken = await occupancy.of_booth(booth_id)
    if taken:
        raise Conflict(
            N_("Exhibitors have stands on this plan: {labels}. A new layout would take them away, so nothing changed."),
            labels=_listed(stand.label for stand in old if stand.id in taken),
        )
    found = suggest(booth.floor, metres(form.width_m), metres(form.depth_m), metres(form.aisle_m), booth.net_m2)
    if not found:
        raise Refused(
            N_("Not even one stand of this size fits into the block with such aisles. Try a smaller one."),
            field="width_m",
        )
    await _delete(old)
    for stand in found:
        await execute(
            "INSERT INTO stand (booth, label, kind, kind_stated, x_m, y_m, width_m, depth_m, area_m2, open_sides,"
            " blocked, blocked_why, version) VALUES ($1, $2, $3, false, $4, $5, $6, $7, $8, $9, false, '', 1)",
            booth_id,
            stand.label,
            stand.kind,
            stand.rect.x_m,
            stand.rect.y_m,
            stand.rect.width_m,
            stand.rect.depth_m,
            stand.rect.area_m2,
            OPEN_SIDES[stand.kind],
        )
    await execute("UPDATE booth SET version = version + 1 WHERE id = $1", booth_id)
    await audit.record(
        actor,
        "booth.lay_out",
        "booth",
        booth_id,
        before={"stands": [stand.label for stand in old]},
        after={"stands": [stand.label for stand in found], "size": f"{form.width_m} x {form.depth_m}"},
    )
    return len(found)


# -- steps for the rooms above ----------------------------------------------------------------------------------------


@step
async def claim_stand(stand_id: int) -> StandRow:
    """Hold the stand's row until the end of the transaction, so that no edit changes it meanwhile.

    Conflict when the agency has blocked it. Call it before the allocation is written.
    """
    found = await row("SELECT * FROM stand WHERE id = $1 FOR UPDATE", stand_id)
    if found is None:
        raise NotFound()
    stand = typed(StandRow, found)
    if stand.blocked:
        raise Conflict(
            N_("Stand {label} is blocked and cannot be given to an exhibitor. Choose another one."),
            label=stand.label,
        )
    return stand


@step
async def take_area(booth_id: int, m2: Decimal) -> None:
    """Take square metres of the booth's net area; Conflict when there are not so many left.

    The hottest row of an admission: call it last.
    """
    taken = await row(
        "UPDATE booth SET allocated_m2 = allocated_m2 + $2 WHERE id = $1 AND allocated_m2 + $2 <= net_m2 RETURNING id",
        booth_id,
        m2,
    )
    if taken is None:
        booth = await queries.booth(booth_id)
        raise Conflict(
            N_("{left} m² of this booth are left, and {wanted} m² are wanted. Nothing was taken."),
            left=booth.left_m2,
            wanted=m2,
        )


@step
async def give_back_area(booth_id: int, m2: Decimal) -> None:
    """Give square metres back that were taken before."""
    given = await row(
        "UPDATE booth SET allocated_m2 = allocated_m2 - $2 WHERE id = $1 AND allocated_m2 >= $2 RETURNING id",
        booth_id,
        m2,
    )
    if given is None:
        raise RuntimeError(f"Booth {booth_id} has less than {m2} m² to give back.")


# -- what the verbs share ---------------------------------------------------------------------------------------------


async def _hold_booth(actor: Actor, booth_id: int) -> BoothRow:
    """The booth of the actor's agency, locked."""
    held = await row(
        "SELECT id FROM booth WHERE id = $1 AND agency = $2 FOR UPDATE", booth_id, actor.agency_id
    )
    if held is None:
        raise NotFound()
    return await queries.booth(booth_id)


async def _hold_stand(actor: Actor, booth_id: int, stand_id: int, version: int) -> tuple[StandRow, BoothRow]:
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
    return stand, await _hold_booth(actor, booth_id)


def _placed(booth: BoothRow, form: NewStand, others: list[StandRow]) -> Rect:
    """The rectangle of a form, if the plan has room for it."""
    if form.label.lower() in {stand.label.lower() for stand in others}:
        raise Refused(N_("There is a stand {label} on this plan already."), field="label", label=form.label)
    rect = Rect(metres(form.x_m), metres(form.y_m), metres(form.width_m), metres(form.depth_m))
    if is_outside(booth.floor, rect):
        over_right = rect.right_m - booth.width_m
        raise Refused(
            N_("The stand would lie outside the block of {width} × {depth} m: it reaches to {right} m and {bottom} m."),
            field="x_m" if over_right > 0 else "y_m",
            width=booth.width_m,
            depth=booth.depth_m,
            right=rect.right_m,
            bottom=rect.bottom_m,
        )
    hit = overlapping(rect, [Placed(stand.label, stand.rect) for stand in others])
    if hit:
        raise Refused(
            N_("The stand would overlap {labels}. Move it or make it smaller."), field="x_m", labels=_listed(hit)
        )
    _check_sum(booth.net_m2, [rect.area_m2, *(stand.area_m2 for stand in others)], "width_m")
    return rect


def _check_sum(net_m2: Decimal, areas: list[Decimal], field: str) -> None:
    left = room_left(net_m2, areas)
    if left < 0:
        raise Refused(
            N_("The stands would add up to {sum}, but the net area is {net}. That is {over} too much."),
            field=field,
            sum=m2(net_m2 - left),
            net=m2(net_m2),
            over=m2(-left),
        )


async def _kind(
    block: Block,
    form: NewStand,
    rect: Rect,
    others: list[StandRow],
    occupants: dict[int, occupancy.Occupant],
    bought: StandKind | None = None,
) -> StandKind:
    """The kind of the stand in the form; its neighbours' kinds follow the new plan."""
    mine = Standing(form.label, rect, bought or form.kind)
    kinds = await _retype(block, others, occupants, "x_m", mine)
    return kinds[form.label]


async def _retype(
    block: Block,
    stands: list[StandRow],
    occupants: dict[int, occupancy.Occupant],
    field: str,
    mine: Standing | None = None,
) -> dict[str, StandKind]:
    """Let kinds follow the plan; refuse a plan that walls a stand in or breaks a promised kind."""
    standing = [
        Standing(
            stand.label,
            stand.rect,
            stand.kind if stand.kind_stated or stand.id in occupants else None,
            stand.blocked,
        )
        for stand in stands
    ]
    found = retype(block, [*standing, mine] if mine else standing)
    if found.walled_in:
        raise Refused(
            N_("Nobody could walk up to {labels}: no side would face an aisle of at least 1 m that leads to the hall."),
            field=field,
            labels=_listed(found.walled_in),
        )
    if found.broken:
        raise Refused(
            N_("{labels} would have fewer open sides than stated or sold. Leave an aisle beside it."),
            field="kind" if mine and mine.label in found.broken else field,
            labels=_listed(found.broken),
        )
    for stand in stands:
        kind = found.kinds.get(stand.label, stand.kind)
        if kind != stand.kind:
            await execute(
                "UPDATE stand SET kind = $2, open_sides = $3 WHERE id = $1", stand.id, kind, OPEN_SIDES[kind]
            )
    return found.kinds


async def _delete(stands: list[StandRow]) -> None:
    """Delete stands that no exhibitor ever had."""
    try:
        await execute("DELETE FROM stand WHERE id = ANY($1::int[])", [stand.id for stand in stands])
    except asyncpg.ForeignKeyViolationError:
        raise Conflict(
            N_("An exhibitor has or had {labels}, so the plan keeps it on record. Block it instead."),
            labels=_listed(stand.label for stand in stands),
        ) from None


def _facts(booth: BoothFacts | BoothRow) -> dict[str, object]:
    return {
        "name": booth.name,
        "hall": booth.hall,
        "block": booth.block,
        "size": f"{booth.width_m} x {booth.depth_m} m",
        "net_m2": str(booth.net_m2),
        "open_edges": sorted(booth.open_edges),
    }


def _place(label: str, kind: StandKind, rect: Rect) -> dict[str, object]:
    return {
        "label": label,
        "kind": kind,
        "place": f"{rect.x_m}, {rect.y_m}",
        "size": f"{rect.width_m} x {rect.depth_m}",
    }


def _listed(labels: Iterable[str]) -> str:
    """A1, A2 and A3; shortened after eight."""
    some = list(labels)
    if len(some) > 8:
        return gettext(N_("{some} and {n} more"), some=", ".join(some[:8]), n=len(some) - 8)
    if len(some) > 1:
        return gettext(N_("{some} and {last}"), some=", ".join(some[:-1]), last=some[-1])
    return "".join(some)


