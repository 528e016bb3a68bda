"""Times in which an office, or one resource, cannot be booked: whom they hit, and where to move."""

from dataclasses import dataclass, replace
from datetime import datetime

from events.bookings import facts, finding
from events.bookings.rows import BOOKING, HOSTED, BookingRow
from events.bookings.rules import Ask
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, rows, typed, value
from server.errors import Conflict, NotFound, Refused
from server.locking import lock
from server.text import N_


@dataclass(frozen=True, slots=True)
class Hit:
    """A booking inside a blackout, and up to three nearest times to which it may be moved."""

    booking: BookingRow
    moves: tuple[Ask, ...]


async def _run_by(actor: Actor, office: int) -> None:
    require(actor, "booking.host")
    if not await value(HOSTED, office, actor.agency_id, actor.person_id):
        raise NotFound


async def hits(
    actor: Actor, office: int, starts_at: datetime, ends_at: datetime, resource: int | None = None
) -> list[Hit]:
    """Whom a blackout of that time hits, in the order of their starts; none of the moves offered
    lies inside it."""
    await _run_by(actor, office)
    found = typed(
        BookingRow,
        await rows(
            BOOKING + "WHERE b.office = $1 AND b.starts_at < $3 AND b.ends_at > $2"
            " AND b.state IN ('pending', 'confirmed') AND ($4::int IS NULL OR b.resource = $4)"
            " ORDER BY b.starts_at, b.id LIMIT 200",
            office, starts_at, ends_at, resource,
        ),
    )  # fmt: skip
    known = await facts.of_resources(sorted({one.resource for one in found}))
    made = []
    for one in found:
        at = known[one.resource]
        black = (*at.blackouts, (starts_at, ends_at, ""))
        around = await finding.nearest(replace(at, blackouts=black), ask_of(one), without=one.id)
        made.append(Hit(one, tuple(around)))
    return made


def ask_of(one: BookingRow) -> Ask:
    """What was asked for when it was booked."""
    return Ask(one.resource, one.start_local, int(one.quote["length"]), people=one.people)


@action
async def black_out(
    actor: Actor,
    office: int,
    *,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    resource: int | None = None,
) -> int:
    """Take no bookings in that time; those that are there stay until they are moved or called off
    (`hits`). Returns the blackout."""
    await _run_by(actor, office)
    if starts_at >= ends_at:
        raise Refused(N_("It ends before it begins. Nothing was saved."), field="ends")
    mine = [each["id"] for each in await rows("SELECT id FROM resource WHERE office = $1", office)]
    if resource is not None and resource not in mine:
        raise NotFound
    await lock("resource", *(mine if resource is None else [resource]))
    made: int = await value(
        "INSERT INTO blackout (office, resource, starts_at, ends_at, reason, said_by, made_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        office, resource, starts_at, ends_at, reason, actor.name, clock.now(),
    )  # fmt: skip
    await record(
        actor, "office.blackout", "blackout", made,
        after={"from": starts_at.isoformat(), "until": ends_at.isoformat(), "reason": reason},
    )  # fmt: skip
    return made


@action
async def lift(actor: Actor, office: int, blackout: int) -> None:
    """The time can be booked again."""
    await _run_by(actor, office)
    done = await execute(
        "UPDATE blackout SET lifted_at = $3 WHERE id = $1 AND office = $2 AND lifted_at IS NULL",
        blackout, office, clock.now(),
    )  # fmt: skip
    if done != "UPDATE 1":
        raise Conflict(N_("This blackout was lifted already. Nothing was changed."))
    await record(actor, "office.blackout_lifted", "blackout", blackout)
