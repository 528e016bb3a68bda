"""What every change of a plan goes through: locks, geometry, and kinds that follow the aisles.

Steps of one transaction. The stands that a change touches are locked before the booth, so that an
admission (stand first, area last) and an edit wait for each other in the same order.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

import asyncpg

from booths.plans import queries
from booths.plans.history import last_edit, meanwhile
from booths.plans.outlines import Outline
from booths.plans.queries import BoothRow, StandRow
from booths.plans.rules import OPEN_SIDES, Block, Standing, StandKind, retype, room_left
from booths.plans.wording import listed
from server.accounts.permissions import Actor
from server.database import execute, row, rows, typed
from server.errors import Conflict, NotFound, Refused
from server.text import N_
from server.web.formats import m2, moment

CHANGED_MEANWHILE = N_(
    "Somebody else changed this while you were editing. Nothing of theirs was overwritten, and what"
    " you typed is kept below. Compare it with the plan as it is now, then save again to use yours."
)


GONE = N_("This stand is no longer on the plan. Somebody may have removed it.")


async def hold_booth(actor: Actor, booth_id: int) -> BoothRow:
    """The booth of the actor's agency, locked."""
    held = await row(
        "SELECT id FROM booth WHERE id = $1 AND agency = $2 FOR UPDATE", booth_id, actor.agency_id
    )
    if held is None:
        raise NotFound()
    return await queries.booth(booth_id)


async def hold_stands(
    actor: Actor, booth_id: int, seen: Mapping[int, int]
) -> tuple[list[StandRow], BoothRow]:
    """Stands and their booth, locked, as the person saw them: `seen` has the version of each, 0
    where any will do. They come in the order of `seen`.
    """
    found = typed(
        StandRow,
        await rows(
            "SELECT s.* FROM stand s JOIN booth b ON b.id = s.booth"
            " WHERE s.id = ANY($1::int[]) AND s.booth = $2 AND b.agency = $3"
            " ORDER BY s.id FOR UPDATE OF s",
            list(seen),
            booth_id,
            actor.agency_id,
        ),
    )
    held = {stand.id: stand for stand in found}
    booth = await hold_booth(actor, booth_id)
    for id_, version in seen.items():
        if id_ not in held:
            raise await _gone(booth, id_)
        if version not in (0, held[id_].version):
            raise meanwhile(booth, await last_edit(booth_id, "stands", id_))
    return [held[id_] for id_ in seen], booth


async def _gone(booth: BoothRow, stand_id: int) -> NotFound:
    last = await last_edit(booth.id, "stands", stand_id)
    if last is None:
        return NotFound(GONE)
    return NotFound(
        N_("This stand is no longer on the plan: {who} {did} ({when})."),
        who=last.person_name,
        did=last.did,
        when=moment(last.at, booth.tz),
    )


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


def check_shared(shared_m2: Decimal, areas: Sequence[Decimal], field: str) -> None:
    """What is drawn as shared fits beside the net area."""
    drawn = sum(areas, Decimal("0.00"))
    if drawn > shared_m2:
        raise Refused(
            N_(
                "The shared areas would add up to {sum}, but gross less net area leaves {shared}"
                " for them. Lower the net area of the booth first."
            ),
            field=field,
            sum=m2(drawn),
            shared=m2(shared_m2),
        )


def kinds_on(
    block: Block,
    standing: Sequence[Standing],
    solid: Sequence[Outline],
    field: str,
    field_of_kind: str = "",
    mine: Collection[str] = (),
) -> dict[str, StandKind]:
    """The kinds of the stands by label; refuses a plan that walls a stand in or breaks a promised
    kind. A broken promise of one of `mine` is the fault of the kind that was asked for.
    """
    found = retype(block, standing, solid)
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
            field=field_of_kind if set(mine) & set(found.broken) else field,
            labels=listed(found.broken),
        )
    return found.kinds


async def follow_kinds(
    labels: Mapping[int, str], now: Mapping[int, StandRow], kinds: Mapping[str, StandKind]
) -> None:
    """Give the stands of these ids the kinds that the plan makes them."""
    changed = [
        {"id": i, "kind": kind, "open_sides": OPEN_SIDES[kind]}
        for i, label in labels.items()
        if (kind := kinds.get(label, now[i].kind)) != now[i].kind
    ]
    if changed:
        await execute(
            "UPDATE stand s SET kind = r.kind, open_sides = r.open_sides"
            " FROM jsonb_to_recordset($1) AS r (id int, kind varchar, open_sides int)"
            " WHERE s.id = r.id",
            changed,
        )


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
