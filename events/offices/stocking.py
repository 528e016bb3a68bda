"""Verbs of what an office has to book: resources, their units, own hours, prices, allotments."""

import asyncpg

from events.offices import queries
from events.offices.actions import held, write_hours
from events.offices.forms import (
    AllotmentForm,
    ChangedResource,
    HoursForm,
    RateForm,
    ResourceForm,
)
from server import clock
from server.accounts.permissions import Actor
from server.audit import record
from server.database import action, execute, step, value
from server.errors import Conflict, Refused
from server.money import to_minor
from server.text import N_

COLUMNS = (
    "name", "about", "seats", "span", "step", "least", "most", "notice_minutes", "horizon_days",
    "before_minutes", "after_minutes", "approval", "free", "supply", "attributes", "topics",
    "languages", "person",
)  # fmt: skip


async def _values(office_id: int, form: ResourceForm) -> list[object]:
    if form.person is not None and form.person not in {
        each.id for each in await queries.staff(office_id)
    }:
        raise Refused(N_("Choose a person of the list."), field="person")
    return [
        getattr(form, name).value if name in ("span", "supply") else getattr(form, name)
        for name in COLUMNS
    ]


@step
async def _units(resource_id: int, wanted: int) -> None:
    """Units 1 to `wanted` take bookings; those beyond take none and keep what they have."""
    await execute(
        "INSERT INTO resource_unit (resource, number) SELECT $1, n FROM generate_series(1, $2) n"
        " ON CONFLICT (resource, number) DO NOTHING",
        resource_id,
        wanted,
    )
    await execute(
        "UPDATE resource_unit SET active = number <= $2 WHERE resource = $1", resource_id, wanted
    )


@action
async def add_resource(actor: Actor, office_id: int, form: ResourceForm) -> int:
    """Something more to book, with its units. Its id."""
    await held(actor, office_id)
    places = ", ".join(f"${n}" for n in range(4, len(COLUMNS) + 4))
    made: int = await value(
        f"INSERT INTO resource ({', '.join(COLUMNS)}, office, kind, changed_at, position)"  # noqa: S608
        f" SELECT {places}, $1, $2, $3, coalesce(max(position) + 1, 0) FROM resource"
        " WHERE office = $1 RETURNING id",
        office_id,
        form.kind.value,
        clock.now(),
        *await _values(office_id, form),
    )
    await _units(made, form.units)
    await record(actor, "office.resource", "office", office_id,
                 after={"name": form.name, "units": form.units})  # fmt: skip
    return made


@action
async def change_resource(
    actor: Actor, office_id: int, resource_id: int, form: ChangedResource
) -> None:
    """Other terms for new bookings; those that exist stay as they were made."""
    await held(actor, office_id)
    found = await queries.resource(office_id, resource_id)
    if found.version != form.version:
        raise Conflict(
            N_("Somebody else changed {name} in the meantime. Nothing was saved: look at it and"
               " send yours again."),
            field="version", name=found.name,
        )  # fmt: skip
    sets = ", ".join(f"{name} = ${n}" for n, name in enumerate(COLUMNS, 5))
    await execute(
        f"UPDATE resource SET {sets}, kind = $2, active = $3, changed_at = $4,"  # noqa: S608
        " version = version + 1 WHERE id = $1",
        resource_id,
        form.kind.value,
        form.active,
        clock.now(),
        *await _values(office_id, form),
    )
    await _units(resource_id, form.units)
    await record(actor, "office.resource_changed", "office", office_id,
                 before={"name": found.name, "units": found.units},
                 after={"name": form.name, "units": form.units})  # fmt: skip


@action
async def set_own_hours(actor: Actor, office_id: int, resource_id: int, form: HoursForm) -> None:
    """Hours of its own, such as an advisor's; all empty: those of the office."""
    await held(actor, office_id)
    await queries.resource(office_id, resource_id)
    await write_hours(office_id, resource_id, form)
    await record(actor, "office.own_hours", "office", office_id,
                 after={"resource": resource_id, **form.typed()})  # fmt: skip


@action
async def add_rate(actor: Actor, office_id: int, resource_id: int, form: RateForm) -> None:
    """A line of the rate card. Raises Refused for a second one of the same day."""
    found = await held(actor, office_id)
    await queries.resource(office_id, resource_id)
    try:
        await execute(
            "INSERT INTO resource_rate (resource, since, per, price_minor) VALUES ($1, $2, $3, $4)",
            resource_id,
            form.since,
            form.per.value,
            to_minor(form.price, found.currency),
        )
    except asyncpg.UniqueViolationError:
        raise Refused(
            N_("There is a price from this day on already. It stays as it was said: choose a later"
               " day."),
            field="since",
        ) from None  # fmt: skip
    await record(actor, "office.rate", "office", office_id,
                 after={"resource": resource_id, "since": str(form.since), "per": form.per.value,
                        "price": str(form.price)})  # fmt: skip


@action
async def allot(actor: Actor, office_id: int, resource_id: int, form: AllotmentForm) -> None:
    """A limit for an agency that runs or shares the office; an empty one lifts it."""
    found = await held(actor, office_id)
    await queries.resource(office_id, resource_id)
    if form.agency not in {found.agency, *(each.id for each in await queries.sharing(office_id))}:
        raise Refused(N_("Choose an agency of the list."), field="agency")
    await execute(
        "DELETE FROM resource_allotment WHERE resource = $1 AND agency = $2",
        resource_id,
        form.agency,
    )
    if form.units is not None:
        await execute(
            "INSERT INTO resource_allotment (resource, agency, units) VALUES ($1, $2, $3)",
            resource_id,
            form.agency,
            form.units,
        )
    await record(
        actor, "office.allot", "office", office_id,
        after={"resource": resource_id, "agency": form.agency, "units": form.units},
    )  # fmt: skip
