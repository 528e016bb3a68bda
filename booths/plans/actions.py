"""What people do to a booth, and the steps that admissions take. Its stands: drafting.py."""

from decimal import Decimal

from booths.plans import occupancy, queries
from booths.plans.forms import BoothFacts, ChangedBooth, NewBooth
from booths.plans.outlines import area, metres
from booths.plans.placing import (
    CHANGED_MEANWHILE,
    check_shared,
    check_sum,
    follow_kinds,
    hold_booth,
    kinds_on,
)
from booths.plans.queries import BoothRow, StandRow
from booths.plans.rules import Block, Standing, is_outside
from booths.plans.wording import listed
from events.fairs import queries as fairs
from server import audit, clock
from server.accounts.permissions import Actor, require
from server.database import action, execute, row, step, typed, value
from server.errors import Conflict, NotFound, Refused
from server.text import N_
from server.web.formats import m2


@action
async def create_booth(actor: Actor, form: NewBooth) -> int:
    """Rent a block at a fair; the id of the new booth."""
    require(actor, "booth.create")
    fair = await fairs.fair(form.fair)
    if fair.agency != actor.agency_id and fair.published_at is None:
        raise NotFound()
    booth_id: int = await value(
        "INSERT INTO booth (fair, agency, name, hall, block, width_m, depth_m, gross_m2, net_m2, "
        "allocated_m2,"
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
    before = await hold_booth(actor, booth_id)
    if before.version != form.version:
        raise Conflict(CHANGED_MEANWHILE)
    stands = await queries.stands(booth_id)
    block = Block(metres(form.width_m), metres(form.depth_m), frozenset(form.open_edges))
    net_m2 = metres(form.net_m2)
    if net_m2 < before.allocated_m2 + before.reserved_m2:
        raise Refused(
            N_(
                "{taken} are already given to exhibitors or promised to partner agencies, so the"
                " net area cannot be less."
            ),
            field="net_m2",
            taken=m2(before.allocated_m2 + before.reserved_m2),
        )
    pieces = [*queries.placed(stands), *queries.placed(before.shared)]
    beyond = [each.label for each in pieces if is_outside(block, each.outline)]
    if beyond:
        raise Refused(
            N_("With this size, these would lie outside the block: {labels}. Move them first."),
            field="width_m",
            labels=listed(beyond),
        )
    check_sum(net_m2, [stand.area_m2 for stand in stands], "net_m2")
    check_shared(area(block.width_m, block.depth_m) - net_m2, [before.drawn_shared_m2], "net_m2")
    taken = await occupancy.of_booth(booth_id)
    standing = [
        Standing(
            stand.label,
            stand.outline,
            stand.kind if stand.kind_stated or stand.id in taken else None,
            stand.blocked,
        )
        for stand in stands
    ]
    kinds = kinds_on(block, standing, before.solid, "open_edges")
    await follow_kinds(
        {stand.id: stand.label for stand in stands}, {stand.id: stand for stand in stands}, kinds
    )
    await execute(
        "UPDATE booth SET name = $2, hall = $3, block = $4, width_m = $5, depth_m = $6, gross_m2 "
        "= $7, net_m2 = $8,"
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
    await audit.record(
        actor, "booth.change", "booth", booth_id, before=_facts(before), after=_facts(form)
    )
    return booth_id


# -- steps for the rooms above --------------------------------------------------------------------


@step
async def claim_stand(stand_id: int) -> StandRow:
    """Hold the stand's row until the end of the transaction, so that no edit changes it meanwhile.

    Conflict when the agency has blocked it, or when the booth has no room for it any more: who
    comes too late learns it here and not after all the work, though only `take_area` makes sure.
    Call it before the allocation is written.
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
    left = await value("SELECT net_m2 - allocated_m2 FROM booth WHERE id = $1", stand.booth)
    if left < stand.area_m2:
        raise _used_up(left, stand.area_m2)
    return stand


@step
async def take_area(booth_id: int, m2: Decimal) -> None:
    """Take square metres of the booth's net area; Conflict when there are not so many left.

    The hottest row of an admission: call it last.
    """
    taken = await row(
        "UPDATE booth SET allocated_m2 = allocated_m2 + $2 WHERE id = $1 AND"
        " allocated_m2 + reserved_m2 + $2 <= net_m2 RETURNING id",
        booth_id,
        m2,
    )
    if taken is None:
        raise _used_up((await queries.booth(booth_id)).left_m2, m2)


def _used_up(left: Decimal, wanted: Decimal) -> Conflict:
    return Conflict(
        N_("{left} m² of this booth are left, and {wanted} m² are wanted. Nothing was taken."),
        left=left,
        wanted=wanted,
    )


@step
async def give_back_area(booth_id: int, m2: Decimal) -> None:
    """Give square metres back that were taken before."""
    given = await row(
        "UPDATE booth SET allocated_m2 = allocated_m2 - $2 WHERE id = $1 AND allocated_m2 >= $2 "
        "RETURNING id",
        booth_id,
        m2,
    )
    if given is None:
        raise RuntimeError(f"Booth {booth_id} has less than {m2} m² to give back.")


@step
async def reserve_area(booth_id: int, m2: Decimal) -> None:
    """Set square metres aside for a partner agency; Conflict when there are not so many left."""
    taken = await row(
        "UPDATE booth SET reserved_m2 = reserved_m2 + $2 WHERE id = $1 AND"
        " allocated_m2 + reserved_m2 + $2 <= net_m2 RETURNING id",
        booth_id,
        m2,
    )
    if taken is None:
        raise _used_up((await queries.booth(booth_id)).left_m2, m2)


@step
async def free_reserved_area(booth_id: int, m2: Decimal) -> None:
    """Give back square metres that were set aside for a partner agency."""
    await execute("UPDATE booth SET reserved_m2 = reserved_m2 - $2 WHERE id = $1", booth_id, m2)


@step
async def take_reserved_area(booth_id: int, m2: Decimal) -> None:
    """Turn square metres that were set aside for a partner agency into taken ones."""
    await execute(
        "UPDATE booth SET reserved_m2 = reserved_m2 - $2, allocated_m2 = allocated_m2 + $2"
        " WHERE id = $1",
        booth_id,
        m2,
    )


def _facts(booth: BoothFacts | BoothRow) -> dict[str, object]:
    return {
        "name": booth.name,
        "hall": booth.hall,
        "block": booth.block,
        "size": f"{booth.width_m} x {booth.depth_m} m",
        "net_m2": str(booth.net_m2),
        "open_edges": sorted(booth.open_edges),
    }
