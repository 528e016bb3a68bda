"""Booking: all parts of an act or none. The times are looked at while their resources are held, and
behind that stands the exclusion constraint of the database (migrations/bookings).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from events.bookings import facts, finding, money, rules, telling
from events.bookings.facts import Fit, ResourceFacts, Stretch
from events.bookings.rows import BOOKING, HOSTED, BookingRow
from events.bookings.rules import Ask, Span, State
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, row, rows, step, typed, value
from server.errors import Conflict, NotFound, Refused
from server.locking import lock
from server.text import N_

_TAKEN = N_("{name} was taken a moment ago at that time. Nothing was booked: choose another time.")
_WITH = N_(
    "{name} was taken a moment ago at that time. Nothing was booked; the nearest free times are"
    " {times}."
)


class Taken(Conflict):
    """No unit is free. `alternatives` are up to three nearest times, as asks to book."""

    def __init__(self, known: ResourceFacts, alternatives: Sequence[Ask]) -> None:
        times = ", ".join(f"{each.start:%Y-%m-%d %H:%M}" for each in alternatives)
        super().__init__(
            _WITH if alternatives else _TAKEN, field="start", name=known.name, times=times
        )
        self.alternatives = tuple(alternatives)


@dataclass(frozen=True, slots=True)
class NotPossible:
    """A part that was refused, and why."""

    ask: Ask
    why: Refused


class PartsRefused(Conflict):
    """Some parts cannot be booked, so none was. `refused` names each with its sentence, `rest` are
    the others: booking those is offered."""

    def __init__(self, refused: Sequence[NotPossible], rest: Sequence[Ask]) -> None:
        dates = "; ".join(f"{each.ask.start:%Y-%m-%d %H:%M}: {each.why}" for each in refused)
        super().__init__(
            N_("Nothing was booked, because {n} of {all} parts are not possible. {dates}")
            if not rest
            else N_(
                "Nothing was booked, because {n} of {all} parts are not possible. You may book the"
                " other {rest}. {dates}"
            ),
            n=len(refused),
            all=len(refused) + len(rest),
            rest=len(rest),
            dates=dates,
        )
        self.refused = tuple(refused)
        self.rest = tuple(rest)


@dataclass(frozen=True, slots=True)
class Placed:
    """A part that can be booked: where, when, and which unit."""

    ask: Ask
    known: ResourceFacts
    where: Fit
    unit: int


@step
async def hold_resources(ids: Sequence[int]) -> dict[int, ResourceFacts]:
    """Let nobody else book these resources before the commit; what is known of them. Holds that
    are over end here."""
    await lock("resource", *sorted(set(ids)))
    await execute(
        "UPDATE booking SET state = 'expired', free_days = 0, changed_at = $2"
        " WHERE resource = ANY($1::int[]) AND state = 'held' AND held_until <= $2",
        list(ids),
        clock.now(),
    )
    known = await facts.of_resources(sorted(set(ids)))
    if set(known) != set(ids):
        raise NotFound
    return known


@step
async def place(
    known: dict[int, ResourceFacts], asks: Sequence[Ask], agency: int | None, *, without: int = 0
) -> list[Placed]:
    """A unit for each ask, beside the bookings there are and the asks before it.

    Raises the refusal of a single ask, or PartsRefused that names all that are not possible.
    """
    now = clock.now()
    found: list[Placed] = []
    refused: list[NotPossible] = []
    rest: list[Ask] = []
    fits: list[tuple[Ask, Fit | Refused]] = []
    for ask in asks:
        try:
            fits.append((ask, facts.fit(known[ask.resource], ask, now)))
        except Refused as why:
            fits.append((ask, why))
    blocked = [each.blocked for _, each in fits if isinstance(each, Fit)]
    taken: dict[int, list[Stretch]] = {}
    if blocked:
        start = min(a for a, _ in blocked) - finding.LOOK_AROUND
        end = max(b for _, b in blocked) + finding.LOOK_AROUND
        taken = await facts.taken_of(sorted(known), start, end, without=without)
    for ask, where in fits:
        at = known[ask.resource]
        try:
            if isinstance(where, Refused):
                raise where
            through = _through(at, agency)
            await _within_allotment(at, through, where, found, without)
            units = [each for each in at.units if ask.unit in (None, each[0])]
            unit = rules.best_unit(units, taken, where.blocked)
            if unit is None:
                raise Taken(at, await finding.nearest(at, ask, without=without))
        except Refused as why:
            refused.append(NotPossible(ask, why))
            continue
        taken.setdefault(unit, []).append(where.blocked)
        found.append(Placed(ask, at, where, unit))
        rest.append(ask)
    if len(asks) == 1 and refused:
        raise refused[0].why
    if refused:
        raise PartsRefused(refused, rest)
    return found


def _through(at: ResourceFacts, agency: int | None) -> int:
    """The agency that is booked through: the one that runs the office unless another is named."""
    if agency is None:
        return at.office.agency
    if agency not in at.office.agencies:
        raise Refused(
            N_("That agency does not share {office}. Book through one that does."),
            field="agency",
            office=at.office.name,
        )
    return agency


async def _within_allotment(
    at: ResourceFacts, agency: int, where: Fit, beside: Sequence[Placed], without: int
) -> None:
    """At no moment does an agency have more units than are allotted to it."""
    most = at.allotments.get(agency)
    if most is None:
        return
    held = await rows(
        "SELECT blocked_from, blocked_until FROM booking WHERE resource = $1 AND agency = $2"
        " AND tstzrange(blocked_from, blocked_until) && tstzrange($3, $4)"
        " AND state IN ('held', 'pending', 'confirmed', 'done') AND id <> $5",
        at.id, agency, *where.blocked, without,
    )  # fmt: skip
    start, end = where.blocked
    spans = [(each["blocked_from"], each["blocked_until"]) for each in held]
    spans += [
        each.where.blocked
        for each in beside
        if each.known.id == at.id and each.where.blocked[0] < end and start < each.where.blocked[1]
    ]
    inside = [(max(a, start), min(b, end)) for a, b in spans]
    if rules.most_at_once(inside) >= most:
        raise Refused(
            N_(
                "Your agency has {n} of {name} at one time, and they are taken then. Nothing was"
                " booked: choose another time."
            ),
            field="start",
            n=most,
            name=at.name,
        )


@step
async def insert(
    actor: Actor,
    found: Sequence[Placed],
    *,
    agency: int | None,
    group: int | None,
    purpose: str,
) -> list[int]:
    """Write placed parts as holds, with their price by today's rate card; their ids."""
    company = await row(
        "SELECT id, undertaking FROM company WHERE id = $1 FOR NO KEY UPDATE", actor.company_id
    )
    assert company is not None
    now = clock.now()
    await _few_holds(company["id"], now)
    made: list[int] = []
    for each in found:
        through = _through(each.known, agency)
        quote = await price(each, through, company["id"], company["undertaking"])
        try:
            made.append(
                await value(
                    "INSERT INTO booking (key, in_group, office, resource, unit, agency, company,"
                    " undertaking, person, state, starts_at, ends_at, start_local, end_local,"
                    " blocked_from, blocked_until, held_until, people, purpose, currency,"
                    " price_minor, free_days, free_minor, quote, changed_at, made_at)"
                    " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,'held',$10,$11,$12,$13,$14,$15,$16,$17,"
                    " $18,$19,$20,$21,$22,$23,$24,$24) RETURNING id",
                    uuid4(), group, each.known.office.id, each.known.id, each.unit, through,
                    company["id"], company["undertaking"], actor.person_id,
                    *columns(each), now + rules.HOLD, each.ask.people, purpose,
                    each.known.office.currency, *priced(each, quote), now,
                )
            )  # fmt: skip
        except asyncpg.ExclusionViolationError:
            raise Taken(each.known, ()) from None
    return made


@step
async def _few_holds(company: int, now: datetime) -> None:
    """Refuse a further hold to a company that keeps many times from others without booking."""
    found = await row(
        "SELECT count(DISTINCT coalesce(in_group, -id)) AS n, min(held_until) AS until"
        " FROM booking WHERE company = $1 AND state = 'held' AND held_until > $2",
        company,
        now,
    )
    assert found is not None
    if found["n"] >= rules.MOST_HOLDS:
        raise Refused(
            N_(
                "Your company holds {n} choices that are not booked yet. Book them or let them go,"
                " or wait: the first ends in {minutes} minutes. Nothing more was held."
            ),
            field="start",
            n=found["n"],
            minutes=int((found["until"] - now).total_seconds() // 60) + 1,
        )


@step
async def price(
    each: Placed, agency: int, company: int, undertaking: int, *, without: int = 0
) -> rules.Quote:
    """What a placed part costs a company."""
    quotas: dict[int, rules.Quota] = {}
    if each.known.free and each.known.terms.span is not Span.MINUTES:
        await lock("booking.free_days", undertaking)
        years = sorted({day.year for day in each.where.open_days})
        quotas = await money.quotas(agency, company, undertaking, years, without=without)
    return money.quote_of(each.known, each.where, each.ask.length, quotas)


def columns(each: Placed) -> tuple[object, ...]:
    """Its instants, wall times and blocked range, in the order of the table."""
    where = each.where
    return (
        where.starts_at, where.ends_at, where.start_local, where.end_local, *where.blocked,
    )  # fmt: skip


def priced(each: Placed, quote: rules.Quote) -> tuple[object, ...]:
    """Price, free days, their value, and how both came about."""
    said: dict[str, Any] = {
        "whole_minor": quote.whole_minor,
        "open_days": len(each.where.open_days),
        "free_on": [day.isoformat() for day in quote.free_on],
        "length": each.ask.length,
        "span": each.known.terms.span.value,
    }
    return quote.price_minor, len(quote.free_on), quote.free_minor, said


@action
async def hold(
    actor: Actor,
    asks: Sequence[Ask],
    *,
    kind: str = "parts",
    title: str = "",
    agency: int | None = None,
    purpose: str = "",
) -> list[UUID]:
    """Hold all asks for ten minutes, or none; the keys of the bookings, in the order of the asks.

    `kind` is "series", "package" or "parts". Raises Refused, AskedBack, Taken or PartsRefused.
    """
    made = await _hold(actor, asks, kind, title, agency, purpose)
    return [await value("SELECT key FROM booking WHERE id = $1", each) for each in made]


@step
async def _hold(
    actor: Actor, asks: Sequence[Ask], kind: str, title: str, agency: int | None, purpose: str
) -> list[int]:
    require(actor, "booking.own")
    if not 1 <= len(asks) <= rules.MOST_PARTS:
        raise Refused(
            N_("One act books between 1 and {most} times. Nothing was booked."),
            most=rules.MOST_PARTS,
        )
    known = await hold_resources([ask.resource for ask in asks])
    found = await place(known, asks, agency)
    group = None
    if len(asks) > 1:
        group = await value(
            "INSERT INTO booking_group (key, kind, title, company, made_at)"
            " VALUES ($1, $2, $3, $4, $5) RETURNING id",
            uuid4(), kind, title[:200], actor.company_id, clock.now(),
        )  # fmt: skip
    made = await insert(actor, found, agency=agency, group=group, purpose=purpose)
    for one, each in zip(made, found, strict=True):
        await record(
            actor, "booking.hold", "booking", one,
            after={"resource": each.known.name, "office": each.known.office.name,
                   "start": each.where.start_local.isoformat()},
            agency_id=_through(each.known, agency), company_id=actor.company_id,
        )  # fmt: skip
    return made


@action
async def confirm(
    actor: Actor, keys: Sequence[UUID], *, accepted: bool, people: int | None = None
) -> list[UUID]:
    """Book what is held: confirmed at once, or waiting where the office answers first.

    `accepted`: the house rules were. Conflict where a hold has ended meanwhile.
    """
    ids = await rows(
        "SELECT id FROM booking WHERE key = ANY($1::uuid[]) AND company = $2 ORDER BY id",
        list(keys),
        actor.company_id,
    )
    if not ids or len(ids) != len(set(keys)):
        raise NotFound
    await _confirm(actor, [each["id"] for each in ids], accepted, people)
    return list(keys)


@action
async def book(
    actor: Actor,
    asks: Sequence[Ask],
    *,
    accepted: bool,
    kind: str = "parts",
    title: str = "",
    agency: int | None = None,
    purpose: str = "",
) -> list[UUID]:
    """Hold and confirm in one act: all asks or none."""
    made = await _hold(actor, asks, kind, title, agency, purpose)
    await _confirm(actor, made, accepted, None)
    return [await value("SELECT key FROM booking WHERE id = $1", each) for each in made]


@step
async def _confirm(actor: Actor, ids: Sequence[int], accepted: bool, people: int | None) -> None:
    require(actor, "booking.own")
    now = clock.now()
    held = await locked(ids)
    known = await facts.of_resources(sorted({one.resource for one in held}))
    waiting: dict[int, list[int]] = {}
    for one in held:
        at = known[one.resource]
        if one.state is State.HELD and one.held_until is not None and one.held_until <= now:
            raise Conflict(
                N_("{name} was held for you until a moment ago. Nothing was booked: ask again."),
                name=one.resource_name,
            )
        if at.office.house_rules and not accepted:
            raise Refused(
                N_("Accept the house rules of {office} first. What you chose is still held."),
                field="accepted",
                office=at.office.name,
            )
        if not at.office.open:
            raise Refused(
                N_("{office} was closed meanwhile. Nothing was booked: choose another office."),
                office=at.office.name,
            )
        if people is not None and people > at.seats:
            raise Refused(
                N_("{name} has {seats} seats, and you are {people}."),
                field="people", name=at.name, seats=at.seats, people=people,
            )  # fmt: skip
        to = State.PENDING if at.approval else State.CONFIRMED
        await set_state(
            actor, one, to, rules_accepted_at=now if accepted else None,
            **({} if people is None else {"people": people}),
        )  # fmt: skip
        if to is State.CONFIRMED:
            await money.settle(one, at.supply)
        else:
            waiting.setdefault(one.office, []).append(one.id)
    for office, mine in sorted(waiting.items()):
        found = await telling.read(mine)
        await telling.tell_hosts(office, f"bookings:{mine[0]}:waiting", found)
    await telling.tell(ids)


@step
async def locked(ids: Sequence[int]) -> list[BookingRow]:
    """Bookings, in the order of their ids, that nobody else changes before the commit."""
    sql = BOOKING + "WHERE b.id = ANY($1::int[]) ORDER BY b.id FOR UPDATE OF b"
    return typed(BookingRow, await rows(sql, list(ids)))


@step
async def set_state(actor: Actor, one: BookingRow, to: State, **more: object) -> None:
    """Compare and swap: the state changes only if nobody has changed the booking meanwhile."""
    rules.move(one.state, to)
    names = ", ".join(f"{name} = ${n}" for n, name in enumerate(more, 6))
    done = await execute(
        "UPDATE booking SET state = $2, version = version + 1, changed_at = $3"  # noqa: S608
        + (f", {names}" if names else "")
        + " WHERE id = $1 AND state = $4 AND version = $5",
        one.id, to.value, clock.now(), one.state.value, one.version, *more.values(),
    )  # fmt: skip
    if done != "UPDATE 1":
        raise Conflict(
            N_("Somebody else answered or changed this booking a moment ago. Nothing was changed:"
               " look at it again.")
        )  # fmt: skip
    await record(
        actor, f"booking.{to.value}", "booking", one.id,
        before={"state": one.state.value}, after={"state": to.value, "name": one.resource_name},
        why=str(more.get("why", "")), agency_id=one.agency, company_id=one.company,
    )  # fmt: skip


@step
async def own(actor: Actor, key: UUID) -> BookingRow:
    """A booking of the actor's company, locked."""
    require(actor, "booking.own")
    found = await value(
        "SELECT id FROM booking WHERE key = $1 AND company = $2", key, actor.company_id
    )
    if found is None:
        raise NotFound
    return (await locked([found]))[0]


@step
async def hosted(actor: Actor, key: UUID) -> BookingRow:
    """A booking at an office that the actor runs, locked: its agency's staff, and its hosts."""
    require(actor, "booking.host")
    found = await row("SELECT id, office FROM booking WHERE key = $1", key)
    if found is None or not (
        actor.system or await value(HOSTED, found["office"], actor.agency_id, actor.person_id)
    ):
        raise NotFound
    return (await locked([found["id"]]))[0]
