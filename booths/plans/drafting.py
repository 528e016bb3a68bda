"""What people do to the stands of a plan: draw, move, resize, split, merge, copy, remove, block,
lay out."""

from msgspec import structs

from booths.plans import occupancy, queries
from booths.plans.changing import Fields, change, new_ids
from booths.plans.forms import (
    AppliedLayout,
    Blocking,
    ChangedStand,
    Merging,
    NewStand,
    RemovedStand,
    Split,
)
from booths.plans.history import Pieces, StandDraft, Verb, drafted, edits, meanwhile
from booths.plans.labels import next_label, part_labels
from booths.plans.outlines import equal_cuts, merge, metres, moved, split
from booths.plans.placing import hold_booth, hold_stands
from booths.plans.queries import BoothRow, StandRow, placed
from booths.plans.rules import free_place, suggest
from booths.plans.wording import listed
from server.accounts.permissions import Actor, require
from server.database import action, execute, rows, typed
from server.errors import Conflict, Refused
from server.text import N_


def _fields(form: NewStand) -> Fields:
    return Fields("label", "x_m", "corners" if form.corners else "width_m", "kind")


@action
async def add_stand(actor: Actor, booth_id: int, form: NewStand) -> int:
    """Put a stand on the plan; its id."""
    require(actor, "booth.change")
    booth = await hold_booth(actor, booth_id)
    (stand_id,) = await new_ids("stand", 1)
    made = StandDraft(label=form.label, outline=form.outline, kind=form.kind)
    await change(actor, booth, Verb.ADD, Pieces(stands={stand_id: made}), fields=_fields(form))
    return stand_id


@action
async def change_stand(actor: Actor, booth_id: int, stand_id: int, form: ChangedStand) -> int:
    """Move, resize or rename a stand. One that is on hold or given may move, but keeps its outline
    and kind.
    """
    require(actor, "booth.change")
    (before,), booth = await hold_stands(actor, booth_id, {stand_id: form.version})
    made = StandDraft(
        label=form.label,
        outline=form.outline,
        kind=form.kind,
        blocked=before.blocked,
        blocked_why=before.blocked_why,
    )
    await change(actor, booth, Verb.CHANGE, Pieces(stands={stand_id: made}), fields=_fields(form))
    return stand_id


@action
async def remove_stand(actor: Actor, booth_id: int, stand_id: int, form: RemovedStand) -> int:
    """Take a stand off the plan, unless an exhibitor has or had it."""
    require(actor, "booth.change")
    _, booth = await hold_stands(actor, booth_id, {stand_id: form.version})
    await change(actor, booth, Verb.REMOVE, Pieces(stands={stand_id: None}))
    return booth_id


@action
async def block_stand(actor: Actor, booth_id: int, stand_id: int, form: Blocking) -> int:
    """Keep a free stand from exhibitors."""
    require(actor, "booth.change")
    (before,), booth = await hold_stands(actor, booth_id, {stand_id: form.version})
    made = _draft(before, blocked=True, blocked_why=form.why)
    await change(actor, booth, Verb.BLOCK, Pieces(stands={stand_id: made}))
    return stand_id


@action
async def unblock_stand(actor: Actor, booth_id: int, stand_id: int, form: RemovedStand) -> int:
    """Offer a blocked stand to exhibitors again."""
    require(actor, "booth.change")
    (before,), booth = await hold_stands(actor, booth_id, {stand_id: form.version})
    made = _draft(before, blocked=False, blocked_why="")
    await change(actor, booth, Verb.UNBLOCK, Pieces(stands={stand_id: made}))
    return stand_id


@action
async def split_stand(actor: Actor, booth_id: int, stand_id: int, form: Split) -> int:
    """Cut a free stand into parts; the first keeps its label. The number of parts."""
    require(actor, "booth.change")
    (before,), booth = await hold_stands(actor, booth_id, {stand_id: form.version})
    await _only_free(booth, [before], blocked_too=True)
    cuts = (
        [form.at_m]
        if form.at_m is not None
        else equal_cuts(before.outline, form.axis, form.parts or 2)
    )
    parts = split(before.outline, form.axis, cuts)
    if len(parts) < 2:
        raise Refused(
            N_(
                "This line does not go through stand {label} of {width} × {depth} m. Choose one"
                " between its sides."
            ),
            field="at_m",
            label=before.label,
            width=before.width_m,
            depth=before.depth_m,
        )
    used = [stand.label for stand in await queries.stands(booth_id)]
    ids = [stand_id, *await new_ids("stand", len(parts) - 1)]
    labels = part_labels(before.label, len(parts), used)
    made = {
        id_: _draft(before, label=label, outline=part, kind=None)
        for id_, label, part in zip(ids, labels, parts, strict=True)
    }
    fields = Fields(place="at_m", size="at_m" if form.at_m is not None else "parts")
    await change(
        actor, booth, Verb.SPLIT, Pieces(stands={**made}), labels=[before.label], fields=fields
    )
    return len(parts)


@action
async def merge_stands(actor: Actor, booth_id: int, stand_id: int, form: Merging) -> int:
    """Join free neighbours to a free stand, which keeps its label; its id."""
    require(actor, "booth.change")
    others = [each for each in dict.fromkeys(form.others) if each != stand_id]
    seen = {stand_id: form.version, **dict.fromkeys(others, 0)}
    found, booth = await hold_stands(actor, booth_id, seen)
    await _only_free(booth, found)
    whole = merge([stand.outline for stand in found])
    if whole is None or not others:
        raise Refused(
            N_(
                "{labels} do not share walls so that they make one stand without a gap inside."
                " Choose stands that stand wall to wall."
            ),
            field="others",
            labels=listed(stand.label for stand in found),
        )
    made: dict[int, StandDraft | None] = dict.fromkeys(others)
    made[stand_id] = _draft(found[0], outline=whole, kind=None)
    await change(
        actor,
        booth,
        Verb.MERGE,
        Pieces(stands=made),
        labels=[stand.label for stand in found],
        fields=Fields(place="others", size="others"),
    )
    return stand_id


@action
async def copy_stand(actor: Actor, booth_id: int, stand_id: int, form: RemovedStand) -> int:
    """Draw a stand of the same outline at the nearest free place; the id of the copy."""
    require(actor, "booth.change")
    (before,), booth = await hold_stands(actor, booth_id, {stand_id: form.version})
    stands = await queries.stands(booth_id)
    taken = [*placed(stands), *placed(booth.shared)]
    x_m, y_m = free_place(booth.floor, before.outline, taken, (before.x_m, before.y_m))
    (copy_id,) = await new_ids("stand", 1)
    made = StandDraft(
        label=next_label(before.label, [stand.label for stand in stands]),
        outline=moved(before.outline, x_m, y_m),
    )
    await change(
        actor, booth, Verb.DUPLICATE, Pieces(stands={copy_id: made}), labels=[before.label]
    )
    return copy_id


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
        raise meanwhile(booth, next(iter(await edits(booth_id, limit=1)), None))
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
        booth.floor,
        metres(form.width_m),
        metres(form.depth_m),
        metres(form.aisle_m),
        booth.net_m2,
        booth.shared_outlines,
    )
    if not found:
        raise Refused(
            N_(
                "Not even one stand of this size fits into the block with such aisles. Try a "
                "smaller one."
            ),
            field="width_m",
        )
    ids = await new_ids("stand", len(found))
    made: dict[int, StandDraft | None] = {stand.id: None for stand in old}
    for id_, each in zip(ids, found, strict=True):
        made[id_] = StandDraft(label=each.label, outline=each.rect.outline)
    await change(actor, booth, Verb.LAYOUT, Pieces(stands=made))
    await execute("UPDATE booth SET version = version + 1 WHERE id = $1", booth_id)
    return len(found)


def _draft(stand: StandRow, **changes: object) -> StandDraft:
    return structs.replace(drafted(stand), **changes)


async def _only_free(booth: BoothRow, stands: list[StandRow], *, blocked_too: bool = False) -> None:
    """Refuse to cut or join what an exhibitor has, what is on hold, and what is blocked."""
    occupants = await occupancy.of_booth(booth.id)
    held = [stand.label for stand in stands if stand.id in occupants]
    if held:
        raise Conflict(
            N_(
                "An exhibitor has {labels} or has it on hold, so nothing was cut or joined."
                " Vacate it first."
            ),
            labels=listed(held),
        )
    blocked = [stand.label for stand in stands if stand.blocked and not blocked_too]
    if blocked:
        raise Conflict(
            N_("{labels} is blocked, so nothing was joined. Offer it again first."),
            labels=listed(blocked),
        )
