"""The one way to change a plan: what it is now, what it should be, all checks, one line in the log.

A change is a mapping from the id of a stand (or of a shared area) to what it should become; None
takes it off the plan. Because each line of the log holds both sides, taking a change back is the
same change the other way round. Steps of one transaction; the booth and the stands that change are
locked by the caller.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from shapely import STRtree

from booths.plans import occupancy, queries
from booths.plans.drawing import Occupant
from booths.plans.history import (
    EditRow,
    Pieces,
    SharedDraft,
    StandDraft,
    Verb,
    Way,
    drafted,
    shared_draft,
)
from booths.plans.outlines import FAULTS, area_m2, bounds, fault, overlap, same_floor, shape
from booths.plans.placing import check_shared, check_sum, follow_kinds, kinds_on, take_off
from booths.plans.queries import BoothRow, StandRow
from booths.plans.rules import (
    MOST_STANDS,
    OPEN_SIDES,
    SharedKind,
    Standing,
    StandKind,
    is_outside,
)
from booths.plans.wording import listed
from server import audit, clock
from server.accounts.permissions import Actor
from server.database import execute, rows, step
from server.errors import Conflict, Refused
from server.text import N_
from server.web.formats import m2


class Fields(NamedTuple):
    """The fields of the form that a refusal belongs to; "" where the form has none."""

    label: str = ""
    place: str = ""
    size: str = ""
    kind: str = ""


NO_FIELDS = Fields()


async def new_ids(table: str, many: int) -> list[int]:
    """Ids for what is drawn next, of the table stand or shared_area."""
    found = await rows(
        "SELECT nextval(pg_get_serial_sequence($1, 'id'))::int AS id FROM generate_series(1, $2)",
        table,
        many,
    )
    return [each["id"] for each in found]


async def pieces_now(booth: BoothRow, wanted: Pieces) -> Pieces:
    """What stands at the places of `wanted` now."""
    stands = {stand.id: drafted(stand) for stand in await queries.stands(booth.id)}
    shared = {area.id: shared_draft(area) for area in booth.shared}
    return Pieces(
        stands={id_: stands.get(id_) for id_ in wanted.stands},
        shared={id_: shared.get(id_) for id_ in wanted.shared},
    )


@step
async def change(
    actor: Actor,
    booth: BoothRow,
    verb: Verb,
    wanted: Pieces,
    *,
    labels: Sequence[str] = (),
    fields: Fields = NO_FIELDS,
    undoes: EditRow | None = None,
) -> None:
    """Bring the plan from what it is to what is wanted, or refuse with a sentence that names who
    is in the way. `labels`: what the log says was changed, else everything that was.
    """
    now = await queries.stands(booth.id)
    occupants = await occupancy.of_booth(booth.id)
    by_id = {stand.id: stand for stand in now}
    before = Pieces(
        stands={i: drafted(by_id[i]) if i in by_id else None for i in wanted.stands},
        shared={
            i: next((shared_draft(area) for area in booth.shared if area.id == i), None)
            for i in wanted.shared
        },
    )
    after = Pieces(
        stands={i: _newer(each, before.stands[i]) for i, each in wanted.stands.items()},
        shared={i: _newer(each, before.shared[i]) for i, each in wanted.shared.items()},
    )
    _keep_sold(by_id, after, occupants, fields)
    stands = {stand.id: drafted(stand) for stand in now} | after.stands
    shared = {area.id: shared_draft(area) for area in booth.shared} | after.shared
    standing = {i: each for i, each in stands.items() if each}
    spread = {i: each for i, each in shared.items() if each}
    _check_floor(booth, after, standing, spread, fields)
    kinds = kinds_on(
        booth.floor,
        [
            Standing(
                each.label,
                each.outline,
                by_id[i].kind if i in occupants and i in by_id else each.kind,
                each.blocked,
            )
            for i, each in standing.items()
        ],
        [each.outline for each in spread.values() if each.kind is not SharedKind.AISLE],
        fields.place,
        fields.kind,
        [each.label for each in after.stands.values() if each],
    )
    await _write(booth.id, by_id, after, standing, kinds)
    way = Way.DO
    if undoes:
        way = Way.REDO if undoes.way is Way.UNDO else Way.UNDO
    said = list(labels) or _labels(before, after)
    await execute(
        "INSERT INTO plan_edit (booth, person_id, person_name, at, verb, labels, before, after,"
        " way, undoes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        booth.id,
        actor.person_id,
        actor.name,
        clock.now(),
        verb,
        said[:MOST_STANDS],
        msgspec.to_builtins(before, str_keys=True),
        msgspec.to_builtins(after, str_keys=True),
        way,
        undoes.id if undoes else None,
    )
    await audit.record(
        actor,
        f"plan.{verb if way is Way.DO else way}",
        "booth",
        booth.id,
        before=_told(before),
        after=_told(after),
    )


def _newer(wanted: Any, before: Any) -> Any:
    """With the version after this change; what returns to the plan goes on from where it left."""
    if wanted is None:
        return None
    return msgspec.structs.replace(wanted, version=(before or wanted).version + 1)


def _labels(before: Pieces, after: Pieces) -> list[str]:
    found: list[str] = []
    for then, now in ((before.stands, after.stands), (before.shared, after.shared)):
        found += [each.label for i in now if (each := now[i] or then[i])]
    return found


def _told(pieces: Pieces) -> dict[str, object]:
    """For the audit log: label, size and place of each piece."""
    found: dict[str, object] = {}
    for some in (pieces.stands, pieces.shared):
        for each in some.values():
            if each:
                box = bounds(each.outline)
                found[each.label] = (
                    f"{m2(area_m2(each.outline))}, {box.width_m} x {box.depth_m} m"
                    f" at {box.x_m}, {box.y_m}"
                )
    return found


# -- what may not be ------------------------------------------------------------------------------


def _keep_sold(
    now: Mapping[int, StandRow],
    after: Pieces,
    occupants: Mapping[int, Occupant],
    fields: Fields,
) -> None:
    """A stand that somebody has or has on hold may move and be renamed, and that is all."""
    for i, wanted in after.stands.items():
        stand = now.get(i)
        if stand is None or i not in occupants:
            continue
        if wanted is None or wanted.blocked:
            raise Conflict(
                N_("Stand {label} is held or given to an exhibitor, so nothing was changed."),
                label=stand.label,
            )
        if not same_floor(wanted.outline, stand.outline):
            raise Refused(
                N_(
                    "An exhibitor has {label} or has it on hold, so its size stays {width} ×"
                    " {depth} m. It can still be moved."
                ),
                field=fields.size,
                label=stand.label,
                width=stand.width_m,
                depth=stand.depth_m,
            )
        if wanted.kind not in (None, stand.kind):
            raise Refused(
                N_("An exhibitor has {label} or has it on hold, so its kind stays as it is."),
                field=fields.kind,
                label=stand.label,
            )


def _check_floor(
    booth: BoothRow,
    after: Pieces,
    stands: Mapping[int, StandDraft],
    shared: Mapping[int, SharedDraft],
    fields: Fields,
) -> None:
    """Labels are used once, floors are floors, inside the block, and nobody else's."""
    if len(stands) > MOST_STANDS:
        raise Refused(N_("A booth can have {n} stands at most."), n=MOST_STANDS)
    touched = {i for i, each in after.stands.items() if each}
    seen = {each.label.lower(): i for i, each in stands.items() if i not in touched}
    for i in touched:
        if seen.setdefault(stands[i].label.lower(), i) != i:
            raise Refused(
                N_("There is a stand {label} on this plan already."),
                field=fields.label,
                label=stands[i].label,
            )
    everything: dict[tuple[str, int], StandDraft | SharedDraft] = {
        **{("stand", i): each for i, each in stands.items()},
        **{("shared", i): each for i, each in shared.items()},
    }
    changed = [("stand", i) for i in touched]
    changed += [("shared", i) for i, area in after.shared.items() if area]
    for key in changed:
        _check_piece(booth, everything[key], fields)
    names, shapes = list(everything), [shape(each.outline) for each in everything.values()]
    tree = STRtree(shapes)
    for key in changed:
        mine = everything[key]
        floor = shape(mine.outline)
        near = [at for at in tree.query(floor, predicate="intersects") if names[at] != key]
        hit = [everything[names[at]].label for at in near if overlap(floor, shapes[at])]
        if hit:
            raise Refused(
                N_("{label} would overlap {labels}. Move it or make it smaller."),
                field=fields.place,
                label=mine.label,
                labels=listed(sorted(hit)),
            )
    if touched:
        check_sum(booth.net_m2, [area_m2(each.outline) for each in stands.values()], fields.size)
    check_shared(booth.shared_m2, [area_m2(each.outline) for each in shared.values()], fields.size)


def _check_piece(booth: BoothRow, piece: StandDraft | SharedDraft, fields: Fields) -> None:
    wrong = fault(piece.outline)
    if wrong is not None:
        raise Refused(FAULTS[wrong], field=fields.size, label=piece.label)
    if is_outside(booth.floor, piece.outline):
        box = bounds(piece.outline)
        raise Refused(
            N_(
                "{label} would lie outside the block of {width} × {depth} m: it reaches to "
                "{right} m and {bottom} m."
            ),
            field=fields.place,
            label=piece.label,
            width=booth.width_m,
            depth=booth.depth_m,
            right=box.right_m,
            bottom=box.bottom_m,
        )


# -- writing --------------------------------------------------------------------------------------

_PUT_STANDS = """
INSERT INTO stand (id, booth, label, kind, kind_stated, x_m, y_m, width_m, depth_m, outline,
                   area_m2, open_sides, blocked, blocked_why, version)
SELECT id, $1, label, kind, kind_stated, x_m, y_m, width_m, depth_m, outline, area_m2, open_sides,
       blocked, blocked_why, version
FROM jsonb_to_recordset($2) AS r (
    id int, label varchar, kind varchar, kind_stated boolean, x_m numeric, y_m numeric,
    width_m numeric, depth_m numeric, outline jsonb, area_m2 numeric, open_sides int,
    blocked boolean, blocked_why varchar, version int)
ON CONFLICT (id) DO UPDATE SET
    label = excluded.label, kind = excluded.kind, kind_stated = excluded.kind_stated,
    x_m = excluded.x_m, y_m = excluded.y_m, width_m = excluded.width_m,
    depth_m = excluded.depth_m, outline = excluded.outline, area_m2 = excluded.area_m2,
    open_sides = excluded.open_sides, blocked = excluded.blocked,
    blocked_why = excluded.blocked_why, version = excluded.version
"""
_PUT_SHARED = """
INSERT INTO shared_area (id, booth, kind, label, outline, area_m2, version)
SELECT id, $1, kind, label, outline, area_m2, version
FROM jsonb_to_recordset($2) AS r (
    id int, kind varchar, label varchar, outline jsonb, area_m2 numeric, version int)
ON CONFLICT (id) DO UPDATE SET
    kind = excluded.kind, label = excluded.label, outline = excluded.outline,
    area_m2 = excluded.area_m2, version = excluded.version
"""


async def _write(
    booth_id: int,
    now: Mapping[int, StandRow],
    after: Pieces,
    standing: Mapping[int, StandDraft],
    kinds: Mapping[str, StandKind],
) -> None:
    """Off with what goes, then everything else at once: two stands may change places or labels."""
    await execute("SET CONSTRAINTS plan_floor_is_used_once DEFERRED")
    gone = [now[i] for i, each in after.stands.items() if each is None and i in now]
    if gone:
        await take_off(gone)
    await execute(
        "DELETE FROM shared_area WHERE id = ANY($1::int[])",
        [i for i, each in after.shared.items() if each is None],
    )
    renamed = [
        i for i, each in after.stands.items() if each and i in now and each.label != now[i].label
    ]
    if len(renamed) > 1:
        await execute("UPDATE stand SET label = '~' || id WHERE id = ANY($1::int[])", renamed)
    await execute(
        _PUT_STANDS,
        booth_id,
        [
            _stand_row(i, each, kinds.get(each.label, now[i].kind if i in now else StandKind.ROW))
            for i, each in after.stands.items()
            if each
        ],
    )
    await execute(
        _PUT_SHARED,
        booth_id,
        [_shared_row(i, each) for i, each in after.shared.items() if each],
    )
    await execute("SET CONSTRAINTS plan_floor_is_used_once IMMEDIATE")
    await follow_kinds(
        {i: each.label for i, each in standing.items() if i not in after.stands}, now, kinds
    )


def _stand_row(id_: int, stand: StandDraft, kind: StandKind) -> dict[str, object]:
    box = bounds(stand.outline)
    return {
        "id": id_,
        "label": stand.label,
        "kind": kind,
        "kind_stated": stand.kind is not None,
        "x_m": box.x_m,
        "y_m": box.y_m,
        "width_m": box.width_m,
        "depth_m": box.depth_m,
        "outline": stand.outline,
        "area_m2": area_m2(stand.outline),
        "open_sides": OPEN_SIDES[kind],
        "blocked": stand.blocked,
        "blocked_why": stand.blocked_why,
        "version": stand.version,
    }


def _shared_row(id_: int, area: SharedDraft) -> dict[str, object]:
    return {
        "id": id_,
        "kind": area.kind,
        "label": area.label,
        "outline": area.outline,
        "area_m2": area_m2(area.outline),
        "version": area.version,
    }
