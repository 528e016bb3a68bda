"""Verbs of offices: open one, change it, its hours, days, agencies, hosts, packages."""

import asyncpg

from events.offices import queries, rules
from events.offices.forms import (
    ChangedOffice,
    DayForm,
    FreeDaysForm,
    HostForm,
    HoursForm,
    LadderForm,
    OfficeForm,
    PackageForm,
    PartForm,
    PhotoForm,
    ShareForm,
)
from events.offices.rows import OfficeRow
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, step, value
from server.documents.actions import keep_upload
from server.errors import Conflict, Forbidden, NotFound, Refused
from server.locking import lock
from server.organisations.rules import slug as slug_of
from server.text import N_

COLUMNS = (
    "name", "country", "region", "city", "street", "postcode", "email", "phone", "languages",
    "markets", "services", "about", "house_rules", "keeps_holidays", "names_hours", "currency",
)  # fmt: skip
MOST_PHOTOS = 6


@step
async def held(actor: Actor, office_id: int) -> OfficeRow:
    """The office of the actor's agency, locked for this act. Raises Forbidden and NotFound."""
    require(actor, "office.write")
    await queries.own_office(actor, office_id)
    await value("SELECT id FROM office WHERE id = $1 FOR UPDATE", office_id)
    return await queries.own_office(actor, office_id)


@action
async def create_office(actor: Actor, form: OfficeForm, agency: int | None = None) -> int:
    """An office with usual hours that is not in the directory until it is opened. Its id."""
    require(actor, "office.write")
    agency = agency if actor.system and agency is not None else actor.agency_id
    if agency is None:
        raise Forbidden
    await lock("office.slug", 0)
    stem = slug_of(f"{form.name} {form.city}" if form.city not in form.name else form.name)
    stem = stem or "office"
    taken = await queries.taken_slugs(stem)
    slug = next(
        each for n in range(1, len(taken) + 3)
        if (each := stem if n == 1 else f"{stem}-{n}") not in taken
    )  # fmt: skip
    places = ", ".join(f"${n}" for n in range(5, len(COLUMNS) + 5))
    made: int = await value(
        f"INSERT INTO office ({', '.join(COLUMNS)}, agency, slug, tz, changed_at, created_at)"  # noqa: S608
        f" VALUES ({places}, $1, $2, $3, $4, $4) RETURNING id",
        agency,
        slug,
        form.zone,
        clock.now(),
        *(getattr(form, name) for name in COLUMNS),
    )
    await execute(
        "INSERT INTO opening_hours (office, weekday, opens, closes)"
        " SELECT $1, d, 540, 1080 FROM generate_series(0, 4) d",
        made,
    )
    await record(
        actor, "office.create", "office", made, after={"name": form.name}, agency_id=agency
    )
    return made


@action
async def change_office(actor: Actor, office_id: int, form: ChangedOffice) -> None:
    """What is said of an office. The zone stays while something is booked there."""
    found = await held(actor, office_id)
    if found.version != form.version:
        raise Conflict(
            N_("Somebody else changed this office in the meantime. Nothing was saved: look at it"
               " and send yours again."),
            field="version",
        )  # fmt: skip
    if found.tz != form.zone and await queries.resources(office_id):
        raise Refused(
            N_("What is booked at this office was booked on the clocks of {zone}, so its time zone"
               " stays. Make a new office instead."),
            field="tz", zone=found.tz,
        )  # fmt: skip
    sets = ", ".join(f"{name} = ${n}" for n, name in enumerate(COLUMNS, 4))
    await execute(
        f"UPDATE office SET {sets}, tz = $2, changed_at = $3, version = version + 1 WHERE id = $1",  # noqa: S608
        office_id,
        form.zone,
        clock.now(),
        *(getattr(form, name) for name in COLUMNS),
    )
    await record(
        actor, "office.change", "office", office_id, before={"name": found.name},
        after={name: getattr(form, name) for name in ("name", "city", "country")},
    )  # fmt: skip


@action
async def set_open(actor: Actor, office_id: int, *, open_now: bool) -> None:
    """Into the directory, or out of it; bookings that exist stay."""
    await held(actor, office_id)
    if open_now and not await queries.resources(office_id, active=True):
        raise Refused(
            N_("There is nothing to book at this office yet: add a desk, a room or an advisor"
               " first. It stays closed.")
        )  # fmt: skip
    await execute(
        "UPDATE office SET open = $2, changed_at = $3, version = version + 1 WHERE id = $1",
        office_id,
        open_now,
        clock.now(),
    )
    await record(actor, "office.open" if open_now else "office.close", "office", office_id)


@step
async def write_hours(office_id: int, resource_id: int | None, form: HoursForm) -> None:
    """The usual week of an office, or of one resource, anew."""
    lines = [(day, a, b) for day, spans in form.week().items() for a, b in spans]
    await execute(
        "DELETE FROM opening_hours WHERE office = $1 AND resource IS NOT DISTINCT FROM $2",
        office_id,
        resource_id,
    )
    await execute(
        "INSERT INTO opening_hours (office, resource, weekday, opens, closes)"
        " SELECT $1, $2, * FROM unnest($3::smallint[], $4::smallint[], $5::smallint[])",
        office_id,
        resource_id,
        *([each[n] for each in lines] for n in range(3)),
    )


@action
async def set_hours(actor: Actor, office_id: int, form: HoursForm) -> None:
    """The usual week. What is booked already stays."""
    await held(actor, office_id)
    await write_hours(office_id, None, form)
    await record(actor, "office.hours", "office", office_id, after=form.typed())


@action
async def set_day(actor: Actor, office_id: int, form: DayForm) -> None:
    """A day that differs from the week or corrects a public holiday."""
    await held(actor, office_id)
    hours = rules.read_hours(form.hours)
    opens, closes = hours[0] if hours else (None, None)
    await execute(
        'INSERT INTO office_day (office, "on", opens, closes, reason) VALUES ($1, $2, $3, $4, $5)'
        ' ON CONFLICT (office, "on") DO UPDATE SET opens = $3, closes = $4, reason = $5',
        office_id,
        form.on,
        opens,
        closes,
        form.reason,
    )
    await record(actor, "office.day", "office", office_id, after=form.typed())


@action
async def remove_day(actor: Actor, office_id: int, day_id: int) -> None:
    """The day is as every other one of its weekday again."""
    await held(actor, office_id)
    on = await value(
        'DELETE FROM office_day WHERE id = $1 AND office = $2 RETURNING "on"', day_id, office_id
    )
    if on is None:
        raise NotFound(N_("This day is as usual already."))
    await record(actor, "office.day_gone", "office", office_id, before={"on": str(on)})


@action
async def share(actor: Actor, office_id: int, form: ShareForm) -> None:
    """The companies of another agency may book here too."""
    found = await held(actor, office_id)
    if form.agency == found.agency:
        raise Refused(N_("Your agency runs this office: choose another one."), field="agency")
    try:
        await execute(
            "INSERT INTO office_agency (office, agency, since) VALUES ($1, $2, $3)"
            " ON CONFLICT DO NOTHING",
            office_id,
            form.agency,
            clock.now(),
        )
    except asyncpg.ForeignKeyViolationError:
        raise Refused(N_("Choose an agency of the list."), field="agency") from None
    await record(actor, "office.share", "office", office_id, after={"agency": form.agency})


@action
async def unshare(actor: Actor, office_id: int, agency_id: int) -> None:
    """No new bookings of that agency's companies; those that exist stay."""
    await held(actor, office_id)
    await execute(
        "DELETE FROM office_agency WHERE office = $1 AND agency = $2", office_id, agency_id
    )
    await record(actor, "office.unshare", "office", office_id, before={"agency": agency_id})


@action
async def add_host(actor: Actor, office_id: int, form: HostForm) -> None:
    """Somebody of the agencies that run or share the office looks after its day."""
    await held(actor, office_id)
    if form.person not in {each.id for each in await queries.staff(office_id)}:
        raise Refused(N_("Choose a person of the list."), field="person")
    await execute(
        "INSERT INTO office_host (office, person) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        office_id,
        form.person,
    )
    await record(actor, "office.host", "office", office_id, after={"person": form.person})


@action
async def remove_host(actor: Actor, office_id: int, person_id: int) -> None:
    """They no longer look after it."""
    await held(actor, office_id)
    await execute("DELETE FROM office_host WHERE office = $1 AND person = $2", office_id, person_id)
    await record(actor, "office.host_gone", "office", office_id, before={"person": person_id})


@action
async def set_free_days(actor: Actor, form: FreeDaysForm) -> None:
    """The free days of a year for the agency's companies."""
    require(actor, "office.write")
    if actor.agency_id is None:
        raise Forbidden
    if form.scheme and form.scheme not in {s.id for s in await queries.schemes(actor.agency_id)}:
        raise Refused(N_("Choose a scheme of the list."), field="scheme")
    await execute(
        "INSERT INTO free_days (agency, year, per_company, per_undertaking, scheme)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (agency, year) DO UPDATE"
        " SET per_company = $3, per_undertaking = $4, scheme = $5",
        actor.agency_id,
        form.year,
        form.per_company,
        form.per_undertaking,
        form.scheme,
    )
    await record(actor, "office.free_days", "agency", actor.agency_id, after=form.typed())


@action
async def set_ladder(actor: Actor, office_id: int, form: LadderForm) -> None:
    """A ladder for bookings made from a day on; those made before keep theirs."""
    found = await held(actor, office_id)
    if form.since < clock.today(found.tz):
        raise Refused(
            N_("That day is over: bookings made since then keep the ladder they were made under."
               " Choose today or later."),
            field="since",
        )  # fmt: skip
    rungs = rules.read_ladder(form.rungs)
    await execute(
        "DELETE FROM cancellation_rung WHERE office = $1 AND since = $2", office_id, form.since
    )
    await execute(
        "INSERT INTO cancellation_rung (office, since, hours, share_bp)"
        " SELECT $1, $2, * FROM unnest($3::smallint[], $4::smallint[])",
        office_id,
        form.since,
        [each[0] for each in rungs],
        [each[1] for each in rungs],
    )
    await record(actor, "office.ladder", "office", office_id, after=form.typed())


@action
async def add_package(actor: Actor, office_id: int, form: PackageForm) -> int:
    """A template without parts yet. Its id."""
    await held(actor, office_id)
    try:
        made: int = await value(
            "INSERT INTO package (office, name, about, position) SELECT $1, $2, $3,"
            " coalesce(max(position) + 1, 0) FROM package WHERE office = $1 RETURNING id",
            office_id,
            form.name,
            form.about,
        )
    except asyncpg.UniqueViolationError:
        raise Refused(
            N_("There is a package {name} already."), field="name", name=form.name
        ) from None
    await record(actor, "office.package", "office", office_id, after=form.typed())
    return made


@step
async def _package(office_id: int, package_id: int) -> None:
    if not await value(
        "SELECT id FROM package WHERE id = $1 AND office = $2", package_id, office_id
    ):
        raise NotFound(N_("This office has no such package."))


@action
async def add_part(actor: Actor, office_id: int, package_id: int, form: PartForm) -> int:
    """A further part, within the lengths of what it books. Its id."""
    await held(actor, office_id)
    await _package(office_id, package_id)
    found = await queries.resource(office_id, form.resource)
    minutes = found.span == rules.Span.MINUTES
    opens = form.minute()
    if minutes and opens is None:
        raise Refused(
            N_("{name} is booked by the minute: say at what time."), field="opens", name=found.name
        )
    if not found.least <= form.length <= found.most:
        raise Refused(
            N_("{name} is booked for {least} to {most}."), field="length", name=found.name,
            least=found.least, most=found.most,
        )  # fmt: skip
    made: int = await value(
        "INSERT INTO package_part (package, resource, count, day, opens, length)"
        " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        package_id,
        form.resource,
        form.count,
        form.day - 1,
        opens if minutes else None,
        form.length,
    )
    await record(actor, "office.part", "office", office_id, after=form.typed())
    return made


@action
async def remove_part(actor: Actor, office_id: int, package_id: int, part_id: int) -> None:
    """The package is booked without it from now on."""
    await held(actor, office_id)
    await _package(office_id, package_id)
    await execute("DELETE FROM package_part WHERE id = $1 AND package = $2", part_id, package_id)
    await record(actor, "office.part_gone", "office", office_id, before={"part": part_id})


@action
async def set_offered(actor: Actor, office_id: int, package_id: int, *, offered: bool) -> None:
    """Whether companies see the package."""
    await held(actor, office_id)
    await _package(office_id, package_id)
    await execute("UPDATE package SET active = $2 WHERE id = $1", package_id, offered)
    await record(actor, "office.offered", "office", office_id,
                 after={"package": package_id, "offered": offered})  # fmt: skip


@action
async def add_photo(actor: Actor, office_id: int, form: PhotoForm) -> int:
    """A picture more on the page of the office. The document's id."""
    found = await held(actor, office_id)
    if len(found.photos) >= MOST_PHOTOS:
        raise Refused(
            N_("An office shows {n} pictures at most. Take one away first."), field="photo",
            n=MOST_PHOTOS,
        )  # fmt: skip
    made = await keep_upload(
        actor, kind="office_photo", filename=form.photo.filename, data=form.photo.data,
        agency=found.agency, about=f"office:{office_id}", field="photo",
    )  # fmt: skip
    await execute("UPDATE office SET photos = photos || $2::bigint WHERE id = $1", office_id, made)
    return made


@action
async def remove_photo(actor: Actor, office_id: int, document_id: int) -> None:
    """It is no longer shown."""
    await held(actor, office_id)
    await execute(
        "UPDATE office SET photos = array_remove(photos, $2::bigint) WHERE id = $1",
        office_id,
        document_id,
    )
    await record(actor, "office.photo_gone", "office", office_id, before={"photo": document_id})
