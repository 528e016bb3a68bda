"""Reading a plan from a file: keep what it shows, look at what was understood, then use it."""

from datetime import datetime
from decimal import Decimal

import msgspec

from booths.plans import apart, occupancy, queries
from booths.plans.changing import change, new_ids
from booths.plans.drawn import Drawn
from booths.plans.history import Pieces, StandDraft, Verb, edits, meanwhile
from booths.plans.outlines import Outline, area, metres, moved
from booths.plans.placing import hold_booth
from booths.plans.queries import BoothRow, StandRow
from booths.plans.rules import Block, Edge, Standing, retype
from booths.plans.understanding import Understood
from booths.plans.version_forms import ImportChoice, PlanFile, UsedImport
from booths.plans.wording import listed
from server import clock
from server.accounts.permissions import Actor, require
from server.database import action, execute, row, rows, step, typed, value
from server.errors import Conflict, NotFound, Refused
from server.text import N_, gettext

LONGEST_M = 500
"""As the form of a booth takes it."""
NO_AISLE = N_("No aisle reaches it on this plan.")


class ImportRow(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was read for a booth."""

    id: int
    booth: int
    filename: str
    person_name: str
    created_at: datetime
    applied_at: datetime | None
    drawn: Drawn


async def imported(actor: Actor, booth_id: int, import_id: int) -> ImportRow:
    """A file that was read for a booth of the actor's agency."""
    await queries.own_booth(actor, booth_id)
    found = await row(
        "SELECT id, booth, filename, person_name, created_at, applied_at, drawn FROM plan_import"
        " WHERE id = $1 AND booth = $2",
        import_id,
        booth_id,
    )
    if found is None:
        raise NotFound
    return msgspec.convert(found, ImportRow, strict=False)


async def read_file(actor: Actor, form: PlanFile, *, booth_id: int) -> int:
    """Keep what a file shows; nothing on the plan changes. The import's id."""
    require(actor, "booth.change")
    await queries.own_booth(actor, booth_id)
    assert form.file is not None
    drawn = await apart.read(form.file.filename, form.file.data)
    return await _keep(actor, form.file.filename, drawn, booth_id)


@action
async def _keep(actor: Actor, filename: str, drawn: Drawn, booth_id: int) -> int:
    await hold_booth(actor, booth_id)
    return int(
        await value(
            "INSERT INTO plan_import (booth, filename, drawn, person_name, created_at)"
            " VALUES ($1,$2,$3,$4,$5) RETURNING id",
            booth_id,
            filename[:200],
            msgspec.to_builtins(drawn),
            actor.name,
            clock.now(),
        )
    )


async def understood(found: ImportRow, choice: ImportChoice) -> Understood:
    """What a file means at the scale that was chosen."""
    scale = None if choice.scale is None else float(choice.scale)
    return await apart.understood(found.drawn, scale, upside_down=choice.upside_down)


def fits(booth: BoothRow, found: Understood) -> bool:
    """Whether all its stands lie inside the block and its net area as they are."""
    return (
        found.width_m <= booth.width_m
        and found.depth_m <= booth.depth_m
        and found.area_m2 <= booth.net_m2
    )


async def use_import(actor: Actor, form: UsedImport, *, booth_id: int, import_id: int) -> int:
    """Replace the plan by the stands of a file; the number of stands.

    Refused where exhibitors have stands. Where the block is too small it is made larger, if the
    person said so. A stand that no aisle reaches comes blocked, with that reason.
    """
    require(actor, "booth.change")
    found = await understood(await imported(actor, booth_id, import_id), form)
    if not found.stands:
        raise Refused(gettext(found.scale_from), field="scale")
    return await _use(actor, found, form, booth_id, import_id)


@action
async def _use(
    actor: Actor, found: Understood, form: UsedImport, booth_id: int, import_id: int
) -> int:
    old = typed(
        StandRow,
        await rows("SELECT * FROM stand WHERE booth = $1 ORDER BY id FOR UPDATE", booth_id),
    )
    booth = await hold_booth(actor, booth_id)
    if booth.version != form.version:
        raise meanwhile(booth, next(iter(await edits(booth_id, limit=1)), None))
    await _nobody_stands(booth_id, old)
    if not fits(booth, found):
        booth = await _grow(actor, booth, found, form)
    left = (booth.width_m - found.width_m) / 2 if form.centred else Decimal(0)
    top = (booth.depth_m - found.depth_m) / 2 if form.centred else Decimal(0)
    placed = {each.label: _shifted(each.outline, metres(left), metres(top))
              for each in found.stands}  # fmt: skip
    lost = retype(
        booth.floor,
        [Standing(label, outline) for label, outline in placed.items()],
        booth.shared_outlines,
    ).walled_in
    ids = await new_ids("stand", len(placed))
    made: dict[int, StandDraft | None] = {stand.id: None for stand in old}
    for id_, (label, outline) in zip(ids, placed.items(), strict=True):
        made[id_] = StandDraft(
            label=label,
            outline=outline,
            blocked=label in lost,
            blocked_why=gettext(NO_AISLE) if label in lost else "",
        )
    await change(actor, booth, Verb.REPLACE, Pieces(stands=made))
    await execute("UPDATE booth SET version = version + 1 WHERE id = $1", booth_id)
    await execute("UPDATE plan_import SET applied_at = $2 WHERE id = $1", import_id, clock.now())
    return len(placed)


def _shifted(outline: Outline, left: Decimal, top: Decimal) -> tuple[tuple[Decimal, Decimal], ...]:
    x, y = min(x for x, _ in outline), min(y for _, y in outline)
    return moved(outline, x + left, y + top)


async def _nobody_stands(booth_id: int, old: list[StandRow]) -> None:
    taken = await occupancy.of_booth(booth_id)
    if taken:
        raise Conflict(
            N_(
                "Exhibitors have stands on this plan: {labels}. A plan from a file would take them"
                " away, so nothing changed."
            ),
            labels=listed(stand.label for stand in old if stand.id in taken),
        )


@step
async def _grow(actor: Actor, booth: BoothRow, found: Understood, form: UsedImport) -> BoothRow:
    if not form.grow:
        raise Refused(
            N_(
                "The stands of this file need {width} × {depth} m and {needed} m² net; the block"
                " has {has_width} × {has_depth} m and {net} m² net. Tick the box to make it as"
                " large as that, or choose another scale."
            ),
            field="grow",
            width=found.width_m,
            depth=found.depth_m,
            needed=found.area_m2,
            has_width=booth.width_m,
            has_depth=booth.depth_m,
            net=booth.net_m2,
        )
    if max(found.width_m, found.depth_m) > LONGEST_M:
        raise Refused(
            N_(
                "The stands of this file spread over {width} × {depth} m, and a block has at most"
                " {most} m either way. Choose another scale."
            ),
            field="scale",
            width=found.width_m,
            depth=found.depth_m,
            most=LONGEST_M,
        )
    block = Block(
        max(booth.width_m, found.width_m),
        max(booth.depth_m, found.depth_m),
        frozenset(Edge(each) for each in booth.open_edges),
    )
    await execute(
        "UPDATE booth SET width_m = $2, depth_m = $3, gross_m2 = $4, net_m2 = $5 WHERE id = $1",
        booth.id,
        block.width_m,
        block.depth_m,
        area(block.width_m, block.depth_m),
        max(booth.net_m2, found.area_m2),
    )
    return await queries.booth(booth.id)
