"""What becomes of a booking: answered, changed, cancelled, checked in, missed; who comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from events.bookings import facts, money, rules, telling
from events.bookings.actions import (
    Taken,
    columns,
    hold_resources,
    hosted,
    locked,
    own,
    place,
    price,
    priced,
    set_state,
)
from events.bookings.rows import BookingRow
from events.bookings.rules import Ask, State
from server import clock
from server.accounts.permissions import SYSTEM, Actor
from server.audit import record
from server.database import action, execute, rows, step
from server.errors import Conflict, Refused
from server.text import N_, gettext

EARLY = timedelta(hours=1)
"""So long before its start somebody may be checked in."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who comes; country and passport for whoever needs a letter for a visa."""

    name: str
    email: str = ""
    country: str = ""
    passport: str = ""


def _as_seen(one: BookingRow, version: int) -> None:
    if one.version != version:
        raise Conflict(
            N_(
                "Somebody else answered or changed this booking a moment ago. Nothing was changed:"
                " look at it again."
            )
        )


@action
async def answer(actor: Actor, key: UUID, *, version: int, yes: bool, why: str = "") -> None:
    """The office approves or refuses what waits; of two who answer at once, the first counts.

    `version` is that of the page on which it was answered: a booking that was changed meanwhile is
    looked at again. A refusal says why.
    """
    one = await hosted(actor, key)
    _as_seen(one, version)
    if not yes and not why.strip():
        raise Refused(N_("Say why: the company reads it. Nothing was changed."), field="why")
    if yes:
        at = await facts.of_resource(one.resource)
        await set_state(actor, one, State.CONFIRMED, answered_by=actor.name)
        await money.settle(one, at.supply)
    else:
        await refuse(actor, one, why.strip())
    await telling.tell([one.id])


@step
async def refuse(actor: Actor, one: BookingRow, why: str) -> None:
    """What waits is refused: its time and its free days are free again."""
    await set_state(
        actor, one, State.REFUSED, answered_by=actor.name, why=why, free_days=0, free_minor=0
    )


@action
async def change(actor: Actor, key: UUID, ask: Ask, *, version: int) -> None:
    """Another time, length or resource for a booking of the actor's company, at today's prices.

    It is the same booking: its calendar entry moves. Where the office answers, it answers again.
    Refused once a cancellation would cost something, and for whatever refuses a new booking; the
    booking then stays as it was.
    """
    one = await own(actor, key)
    _as_seen(one, version)
    at = await facts.of_resource(one.resource)
    if one.state is State.CONFIRMED and _share(one, at) > 0 and one.price_minor + one.free_minor:
        raise Refused(
            N_(
                "It is too late to move this booking free of charge. It stays as it is; you may"
                " cancel it, or ask {office} to move it."
            ),
            office=one.office_name,
        )
    await _move(actor, one, ask, answered=False)


@action
async def move(actor: Actor, key: UUID, ask: Ask, *, version: int) -> None:
    """The office moves a booking, at any time and without another approval."""
    one = await hosted(actor, key)
    _as_seen(one, version)
    await _move(actor, one, ask, answered=True)


@step
async def _move(actor: Actor, one: BookingRow, ask: Ask, *, answered: bool) -> None:
    if one.state not in (State.PENDING, State.CONFIRMED):
        raise Conflict(
            N_("Only what is confirmed or waits for the office can be moved. Nothing was changed.")
        )
    if one.starts_at <= clock.now():
        raise Refused(N_("This booking has begun. It stays as it is."))
    known = await hold_resources([ask.resource])
    at = known[ask.resource]
    (placed,) = await place(known, [ask], one.agency, without=one.id)
    quote = await price(placed, one.agency, one.company, one.undertaking, without=one.id)
    to = State.PENDING if at.approval and not answered else State.CONFIRMED
    if answered and one.state is State.PENDING:
        to = State.PENDING
    anew = (
        one.state is not to
        or quote.price_minor != one.price_minor
        or list(quote.free_on) != one.free_on
        or at.office.currency != one.currency
    )
    if anew and one.state is State.CONFIRMED:
        await money.take_back(one, gettext(N_("The booking was moved")))
    try:
        done = await execute(
            "UPDATE booking SET office = $2, resource = $3, unit = $4, starts_at = $5,"
            " ends_at = $6, start_local = $7, end_local = $8, blocked_from = $9,"
            " blocked_until = $10, price_minor = $11, free_days = $12, free_minor = $13,"
            " quote = $14, people = $15,"
            " currency = $16, state = $17, version = version + 1, changed_at = $18,"
            " reminded_at = NULL WHERE id = $1 AND version = $19",
            one.id, at.office.id, at.id, placed.unit, *columns(placed), *priced(placed, quote),
            ask.people, at.office.currency, to.value, clock.now(), one.version,
        )  # fmt: skip
    except asyncpg.ExclusionViolationError:
        raise Taken(at, ()) from None
    if done != "UPDATE 1":
        _as_seen(one, one.version + 1)
    await record(
        actor, "booking.change", "booking", one.id,
        before={"start": one.start_local.isoformat(), "resource": one.resource_name},
        after={"start": placed.where.start_local.isoformat(), "resource": at.name},
        agency_id=one.agency, company_id=one.company,
    )  # fmt: skip
    (now,) = await locked([one.id])
    if now.state is State.CONFIRMED and anew:
        await money.settle(now, at.supply)
    if now.state is State.PENDING:
        await telling.tell_hosts(now.office, f"bookings:{now.id}:{now.version}:waiting", [now])
    await telling.tell([one.id])


def _share(one: BookingRow, at: facts.ResourceFacts) -> int:
    ladder = rules.rungs_of(at.office.rungs, one.made_at.date())
    return rules.share_due(ladder, one.starts_at - clock.now())


async def cancellation(one: BookingRow) -> int:
    """What cancelling a booking now would cost its company, in minor units, net."""
    at = await facts.of_resource(one.resource)
    return rules.due(one.price_minor, _share(one, at)) if one.state is State.CONFIRMED else 0


@action
async def cancel(actor: Actor, key: UUID, *, why: str = "") -> int:
    """The company cancels; what it still costs by the office's ladder, which is 0 for what was
    not confirmed yet. Free days come back while nothing is due. Refused once it has begun."""
    one = await own(actor, key)
    at = await facts.of_resource(one.resource)
    share = _share(one, at) if one.state is State.CONFIRMED else 0
    return await _cancel(actor, one, at.supply, share, why)


@action
async def call_off(actor: Actor, key: UUID, *, why: str) -> None:
    """The office cancels: nothing is due, and free days come back. It says why."""
    one = await hosted(actor, key)
    if not why.strip():
        raise Refused(N_("Say why: the company reads it. Nothing was changed."), field="why")
    at = await facts.of_resource(one.resource)
    await _cancel(actor, one, at.supply, 0, why)


@step
async def _cancel(actor: Actor, one: BookingRow, supply: str, share: int, why: str) -> int:
    if one.starts_at <= clock.now() and one.state is State.CONFIRMED:
        raise Refused(N_("This booking has begun and cannot be cancelled any more."))
    due = rules.due(one.price_minor, share)
    back: dict[str, object] = {} if share else {"free_days": 0, "free_minor": 0}
    await set_state(
        actor,
        one,
        State.CANCELLED,
        why=why.strip(),
        due_minor=due if one.price_minor else 0,
        **back,
    )
    said = why.strip() or gettext(N_("The booking was cancelled"))
    if share:
        await money.settle_cancelled(one, due, supply, said)
    else:
        await money.take_back(one, said)
    if one.state is not State.HELD:
        await telling.tell([one.id])
    return due


@action
async def check_in(actor: Actor, key: UUID) -> BookingRow:
    """Somebody stands at the door with the code of their booking; twice is once.

    Refused for what is not confirmed, and outside an hour before its start to its end.
    """
    one = await hosted(actor, key)
    if one.checked_in_at is not None:
        return one
    now = clock.now()
    if one.state is not State.CONFIRMED:
        raise Conflict(
            N_("This booking is not confirmed: “{state}”. Nobody was checked in."),
            state=rules.STATE_NAMES[one.state],
        )
    if not one.starts_at - EARLY <= now < one.ends_at:
        raise Refused(
            N_("This booking is for {when}. Nobody was checked in."), when=telling.when(one)
        )
    await execute(
        "UPDATE booking SET checked_in_at = $2, changed_at = $2 WHERE id = $1", one.id, now
    )
    await record(
        actor, "booking.check_in", "booking", one.id, after={"name": one.resource_name},
        agency_id=one.agency, company_id=one.company,
    )  # fmt: skip
    return (await locked([one.id]))[0]


@action
async def no_show(actor: Actor, key: UUID) -> None:
    """Nobody came: the rest of the time is free for others, and nothing is paid back."""
    one = await hosted(actor, key)
    if one.starts_at > clock.now():
        raise Refused(N_("This booking has not begun yet. Nothing was changed."))
    if one.checked_in_at is not None:
        raise Conflict(N_("Somebody was checked in for this booking. Nothing was changed."))
    await set_state(actor, one, State.NO_SHOW)
    await telling.tell([one.id])


@action
async def name_visitors(actor: Actor, key: UUID, visitors: Sequence[Visitor]) -> None:
    """Who comes, in place of what was said before; until the office's deadline.

    Refused after it, and for more people than there are seats.
    """
    one = await own(actor, key)
    if one.state not in rules.TO_COME:
        rules.move(one.state, State.CANCELLED)
    if clock.now() > one.starts_at - timedelta(hours=one.names_hours):
        raise Refused(
            N_(
                "Visitors are named {hours} hours ahead, and that time is over. Write to {office}:"
                " the reception can still let somebody in."
            ),
            hours=one.names_hours,
            office=one.office_name,
        )
    seats = (await facts.of_resource(one.resource)).seats
    if len(visitors) > seats:
        raise Refused(
            N_("{name} has {seats} seats, and you named {people}. Nothing was saved."),
            name=one.resource_name,
            seats=seats,
            people=len(visitors),
        )
    await execute("DELETE FROM booking_visitor WHERE booking = $1", one.id)
    for n, each in enumerate(visitors):
        await execute(
            "INSERT INTO booking_visitor (booking, name, email, country, passport, position)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            one.id, each.name, each.email, each.country, each.passport, n,
        )  # fmt: skip
    await record(
        actor, "booking.visitors", "booking", one.id, after={"people": len(visitors)},
        agency_id=one.agency, company_id=one.company,
    )  # fmt: skip


@action
async def end_holds() -> int:
    """Holds that are over let go; how many there were."""
    now = clock.now()
    found = await rows(
        "SELECT id FROM booking WHERE state = 'held' AND held_until <= $1"
        " ORDER BY id LIMIT 500 FOR UPDATE SKIP LOCKED",
        now,
    )
    await execute(
        "UPDATE booking SET state = 'expired', free_days = 0, free_minor = 0, changed_at = $2,"
        " version = version + 1 WHERE id = ANY($1::int[])",
        [each["id"] for each in found],
        now,
    )
    return len(found)


@action
async def finish() -> int:
    """Confirmed bookings whose time is over took place; what nobody answered in time is refused."""
    now = clock.now()
    done = await execute(
        "UPDATE booking SET state = 'done', changed_at = $1, version = version + 1"
        " WHERE state = 'confirmed' AND ends_at <= $1",
        now,
    )
    late = await rows(
        "SELECT id FROM booking WHERE state = 'pending' AND starts_at <= $1 LIMIT 100", now
    )
    for one in await locked([each["id"] for each in late]):
        if one.state is State.PENDING:
            await refuse(SYSTEM, one, gettext(N_("The office did not answer in time.")))
            await telling.tell([one.id])
    return int(done.rpartition(" ")[2])
