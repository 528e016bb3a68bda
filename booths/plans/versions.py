"""Published versions of a plan: each is kept, and those whose stand changed are told."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from booths.plans import queries
from booths.plans.comparing import Change, Difference, Seen, differences
from booths.plans.placing import hold_booth
from booths.plans.queries import BoothRow, SharedRow, StandRow
from booths.plans.version_forms import PublishPlan
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, row, rows, typed, value
from server.errors import Conflict, NotFound
from server.text import N_


class VersionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A version in a list. `told` is how many exhibitors had a mail about it."""

    number: int
    note: str
    told: int
    person_name: str
    published_at: datetime


class VersionRow(VersionLine, frozen=True, kw_only=True):
    """A version with its plan, as it was published."""

    width_m: Decimal
    depth_m: Decimal
    stands: list[StandRow]
    shared: list[SharedRow]

    @property
    def seen(self) -> dict[int, Seen]:
        """The stands by id, as the comparison knows them."""
        return seen(self.stands)


def seen(stands: Sequence[StandRow]) -> dict[int, Seen]:
    """Stands by id, as the comparison knows them."""
    return {each.id: Seen(each.label, tuple(each.outline), each.kind) for each in stands}


Tells = Callable[[Actor, BoothRow, Sequence[Difference]], Awaitable[int]]
_tells: list[Tells] = []


def tells(found: Tells) -> Tells:
    """Register who tells exhibitors about their stands; it returns how many it has told."""
    _tells.append(found)
    return found


_LINE = "SELECT number, note, told, person_name, published_at"
_WHOLE = f"{_LINE}, width_m, depth_m, stands, shared"


async def versions(actor: Actor, booth_id: int) -> list[VersionLine]:
    """The versions of a booth of the actor's agency, the newest first."""
    await queries.own_booth(actor, booth_id)
    found = await rows(
        f"{_LINE} FROM plan_version WHERE booth = $1 ORDER BY number DESC LIMIT 200",
        booth_id,
    )
    return typed(VersionLine, found)


async def version(booth_id: int, number: int) -> VersionRow:
    """One version. For callers that have checked whose booth it is."""
    found = await row(
        f"{_WHOLE} FROM plan_version WHERE booth = $1 AND number = $2", booth_id, number
    )
    if found is None:
        raise NotFound
    return msgspec.convert(found, VersionRow, strict=False)


async def latest(booth_id: int) -> VersionRow | None:
    """The version that everybody sees; None while none was published."""
    found = await row(
        f"{_WHOLE} FROM plan_version WHERE booth = $1 ORDER BY number DESC LIMIT 1", booth_id
    )
    return msgspec.convert(found, VersionRow, strict=False) if found else None


async def shown(booth: BoothRow) -> tuple[BoothRow, list[StandRow], VersionLine | None]:
    """Booth and stands as everybody sees them: the last version, or the drawing while none is.

    A stand that was taken off the plan or blocked since then is shown as blocked: nobody gets it.
    """
    last = await latest(booth.id)
    drawn = await queries.stands(booth.id)
    if last is None:
        return booth, drawn, None
    offered = {each.id for each in drawn if not each.blocked}
    seen_booth = msgspec.structs.replace(
        booth, width_m=last.width_m, depth_m=last.depth_m, shared=last.shared
    )
    stands = [msgspec.structs.replace(each, blocked=each.id not in offered) for each in last.stands]
    return seen_booth, stands, last


async def unpublished(booth_id: int) -> list[Difference]:
    """What differs between the plan as it is drawn and the version that everybody sees."""
    last = await latest(booth_id)
    if last is None:
        return []
    found = differences(last.seen, seen(await queries.stands(booth_id)))
    return [each for each in found if each.change is not Change.SAME]


@action
async def publish(actor: Actor, form: PublishPlan, *, booth_id: int) -> int:
    """Keep the plan as it is now as the next version, and tell those whose stand changed.

    Refused where nothing has changed since the last one. The number of the version.
    """
    require(actor, "booth.change")
    booth = await hold_booth(actor, booth_id)
    stands = await queries.stands(booth_id)
    last = await latest(booth_id)
    found = differences(last.seen if last else {}, seen(stands))
    changed = [each for each in found if each.change is not Change.SAME]
    same_block = last and (last.width_m, last.depth_m) == (booth.width_m, booth.depth_m)
    if last and same_block and not changed and _areas(last.shared) == _areas(booth.shared):
        raise Conflict(
            N_("The plan is the same as version {number}: there is nothing to publish."),
            number=last.number,
        )
    told = sum([await each(actor, booth, changed) for each in _tells]) if last else 0
    number = 1 + (last.number if last else 0)
    await value(
        "INSERT INTO plan_version (booth, number, width_m, depth_m, stands, shared, note, told,"
        " person_name, published_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) RETURNING id",
        booth_id,
        number,
        booth.width_m,
        booth.depth_m,
        msgspec.to_builtins(stands),
        msgspec.to_builtins(booth.shared),
        form.note,
        told,
        actor.name,
        clock.now(),
    )
    await record(
        actor, "plan.publish", "booth", booth_id,
        after={"version": number, "changed": [each.label for each in changed], "told": told},
    )  # fmt: skip
    return number


def _areas(shared: Sequence[SharedRow]) -> list[tuple[Any, ...]]:
    return sorted((each.id, each.label, str(each.kind), tuple(each.outline)) for each in shared)
