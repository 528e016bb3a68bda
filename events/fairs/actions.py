"""Verbs: create, change and publish a fair; import a list of them."""

from datetime import time
from typing import Any

import asyncpg
import msgspec

from events.fairs import following, imports, queries, rules
from events.fairs.announcing import announce
from events.fairs.forms import ChangedFair, FairForm
from events.fairs.imports import ImportRow, RefusedLine
from events.fairs.queries import FairRow
from server import audit, clock
from server.accounts.permissions import Actor, require
from server.database import action, execute, rows, step, value
from server.errors import Conflict, Forbidden, NotFound, Refused
from server.locking import lock
from server.text import N_, gettext
from server.web.formats import days

COLUMNS = (
    "name", "venue", "city", "country", "tz", "starts_on", "ends_on", "website", "sectors",
    "description", "series", "setup_from", "setup_until", "dismantling_from", "dismantling_until",
)  # fmt: skip
TWICE = N_("You already have {name} on these days. Open it in the list and change it there.")


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file. `written` is False when refused lines kept everything out."""

    lines: int
    created: list[str]
    known: int
    refused: list[RefusedLine]
    written: bool
    encoding: str
    delimiter: str
    unknown: list[str]


def _values(form: FairForm) -> list[Any]:
    return [
        form.name, form.venue, form.city, form.country, form.zone, form.starts_on, form.ends_on,
        rules.web_address(form.website), [str(each) for each in form.sectors], form.description,
        form.new_series.strip() or form.series.strip(),
        form.setup_from, form.setup_until, form.dismantling_from, form.dismantling_until,
    ]  # fmt: skip


def _agency(actor: Actor, agency: int | None) -> int:
    if actor.system and agency is not None:
        return agency
    if actor.agency_id is None:
        raise Forbidden
    return actor.agency_id


def _facts(found: FairRow) -> dict[str, object]:
    return {name: getattr(found, name) for name in COLUMNS}


@step
async def _write_days(fair_id: int, hours: list[rules.Hours]) -> None:
    await execute("DELETE FROM fair_day WHERE fair = $1", fair_id)
    opens: list[time] = [each.opens_at for each in hours]
    closes: list[time] = [each.closes_at for each in hours]
    await execute(
        "INSERT INTO fair_day (fair, day, opens_at, closes_at)"
        " SELECT $1, * FROM unnest($2::date[], $3::time[], $4::time[])",
        fair_id,
        [each.day for each in hours],
        opens,
        closes,
    )


@action
async def create_fair(actor: Actor, form: FairForm, agency: int | None = None) -> int:
    """A draft that only its agency sees. Raises Conflict when it has this edition already."""
    require(actor, "fair.create")
    agency = _agency(actor, agency)
    await lock("fair.slug", 0)  # first: of two agencies at one moment the second is warned
    if not form.anyway and not actor.system:
        await _warn(agency, form)
    stem = rules.slug(form.name, form.starts_on)
    slug = rules.slug(form.name, form.starts_on, await queries.taken_slugs(stem))
    places = ", ".join(f"${n}" for n in range(5, len(COLUMNS) + 5))
    try:
        fair_id: int = await value(
            f"INSERT INTO fair ({', '.join(COLUMNS)}, slug, agency, import_key, created_at,"  # noqa: S608
            f" version) VALUES ({places}, $1, $2, $3, $4, 1) RETURNING id",
            slug,
            agency,
            rules.import_key(form.name, form.starts_on),
            clock.now(),
            *_values(form),
        )
    except asyncpg.UniqueViolationError:
        raise Conflict(TWICE, field="name", name=form.name) from None
    await _write_days(fair_id, form.hours())
    await audit.record(
        actor,
        "fair.create",
        "fair",
        fair_id,
        after={"name": form.name, "slug": slug},
        agency_id=agency,
    )
    return fair_id


async def _warn(agency: int, form: FairForm) -> None:
    """Refuse once where another agency has this edition: one entry serves both."""
    found = await queries.elsewhere(agency, form.name, form.country, form.starts_on, form.ends_on)
    if found:
        first = found[0]
        known = N_(
            "{agency} has this fair already: {name}, {days}, {city}. Open it among all fairs and"
            " add your joint booth there, so that nobody plans twice. Nothing was saved yet; what"
            " you typed is below."
        )
        planned = N_(
            "{agency} is planning this fair already: {name}, {days}, {city}. Ask them to publish"
            " it, so that nobody plans twice. Nothing was saved yet; what you typed is below."
        )
        raise Refused(
            known if first.published else planned,
            field="anyway",
            agency=first.agency_name,
            name=first.name,
            days=days(first.starts_on, first.ends_on),
            city=first.city,
        )


@step
async def _held(actor: Actor, fair_id: int) -> FairRow:
    """The agency's own fair, locked for a change."""
    await lock("fair", fair_id)
    found = await queries.fair(fair_id)
    if found.agency != actor.agency_id and not actor.system:
        raise NotFound(N_("This fair does not exist."))
    return found


@action
async def change_fair(actor: Actor, fair_id: int, form: ChangedFair) -> int:
    """Save what is different. Calendars of a published fair follow; the address stays."""
    require(actor, "fair.change")
    before = await _held(actor, fair_id)
    if before.version != form.version:
        raise Conflict(
            N_(
                "Somebody else changed this fair in the meantime. What you typed is kept:"
                " compare it with the fair’s page in another window, and save again."
            )
        )
    sets = ", ".join(f"{name} = ${n}" for n, name in enumerate(COLUMNS, 2))
    await execute(
        f"UPDATE fair SET version = version + 1, {sets} WHERE id = $1",  # noqa: S608
        fair_id,
        *_values(form),
    )
    await _write_days(fair_id, form.hours())
    after = await queries.fair(fair_id)
    await audit.record(
        actor, "fair.change", "fair", fair_id, before=_facts(before), after=_facts(after)
    )
    await announce(fair_id)
    await following.changed(fair_id)
    return fair_id


@action
async def publish_fair(actor: Actor, fair_id: int) -> int:
    """Show it to everybody and write its calendar. Publishing again changes nothing."""
    require(actor, "fair.change")
    found = await _held(actor, fair_id)
    if found.published_at is not None:
        return fair_id
    await execute(
        "UPDATE fair SET published_at = $2, version = version + 1 WHERE id = $1",
        fair_id,
        clock.now(),
    )
    await audit.record(actor, "fair.publish", "fair", fair_id, after={"slug": found.slug})
    await announce(fair_id)
    return fair_id


@action
async def import_fairs(
    actor: Actor,
    data: bytes,
    *,
    tz: str = "",
    country: str = "",
    leave_out: bool = False,
    anyway: bool = False,
    publish: bool = False,
    agency: int | None = None,
) -> ImportReport:
    """Take a list of fairs, all or nothing; rows that are there already stay as they are.

    One refused line keeps the whole file out, unless `leave_out` says to take the others. A new
    fair that another agency has is such a line, unless `anyway`. `agency` is for the house itself
    (the command line), which is not warned; everybody else imports for their own agency.
    """
    require(actor, "fair.import")
    agency = _agency(actor, agency)
    reading = imports.read(data, tz=tz, country=country)
    keys = {rules.import_key(each.name, each.starts_on): each for each in reading.rows}
    await lock("fair.slug", 0)
    known = await queries.known_keys(agency, list(keys))
    refused = list(reading.refused)
    if not anyway and not actor.system:
        elsewhere = await _elsewhere(agency, {k: v for k, v in keys.items() if k not in known})
        refused = sorted([*refused, *elsewhere.values()], key=lambda each: each.line)
        keys = {key: each for key, each in keys.items() if key not in elsewhere}
    take = not refused or leave_out
    new = {key: each for key, each in keys.items() if key not in known} if take else {}
    ids = await _insert(agency, new) if new else []
    if publish:
        await _publish(ids)
    if ids:
        await audit.record(
            actor, "fair.import", "agency", agency, agency_id=agency,
            after={"fairs": len(ids), "refused": len(refused), "published": publish},
        )  # fmt: skip
    return ImportReport(
        lines=len(reading.rows) + len(reading.refused),
        created=[each.name for each in new.values()],
        known=len(known),
        refused=refused,
        written=take,
        encoding=reading.encoding,
        delimiter=imports.describe(reading.delimiter),
        unknown=list(reading.unknown),
    )


@step
async def _elsewhere(agency: int, new: dict[str, ImportRow]) -> dict[str, RefusedLine]:
    """The new rows, by key, that another agency has, each with whose it is."""
    if not new:
        return {}
    others = await queries.of_others(
        agency,
        sorted({each.country for each in new.values()}),
        min(each.starts_on for each in new.values()),
        max(each.ends_on for each in new.values()),
    )
    found = {}
    for key, each in new.items():
        for other in others.get(each.country, ()):
            if rules.same_edition(
                each.name, each.starts_on, each.ends_on, other.name, other.starts_on, other.ends_on
            ):
                found[key] = RefusedLine(
                    each.line, each.name,
                    gettext(
                        N_("{agency} has this fair already: {name}, {days}, {city}."),
                        agency=other.agency_name, name=other.name,
                        days=days(other.starts_on, other.ends_on), city=other.city,
                    ),
                )  # fmt: skip
                break
    return found


@step
async def _insert(agency: int, new: dict[str, ImportRow]) -> list[int]:
    taken = await queries.slugs()
    records = []
    for key, each in new.items():
        slug = rules.slug(each.name, each.starts_on, taken)
        taken.add(slug)
        records.append(
            {
                "slug": slug, "key": key, "name": each.name, "venue": each.venue,
                "city": each.city, "country": each.country, "tz": each.tz,
                "starts_on": each.starts_on.isoformat(), "ends_on": each.ends_on.isoformat(),
                "website": each.website, "sectors": list(each.sectors),
                "description": each.description, "series": each.series,
            }
        )  # fmt: skip
    made = await rows(
        "INSERT INTO fair (slug, agency, import_key, created_at, version, name, venue, city,"
        " country, tz, starts_on, ends_on, website, sectors, description, series)"
        " SELECT r.slug, $1, r.key, $2, 1, r.name, r.venue, r.city, r.country, r.tz, r.starts_on,"
        " r.ends_on, r.website, r.sectors, r.description, r.series"
        " FROM jsonb_to_recordset($3::jsonb) AS r("
        " slug text, key text, name text, venue text, city text, country text, tz text,"
        " starts_on date, ends_on date, website text, sectors text[], description text,"
        " series text)"
        " RETURNING id",
        agency,
        clock.now(),
        records,
    )
    return [each["id"] for each in made]


@step
async def _publish(ids: list[int]) -> None:
    await execute(
        "UPDATE fair SET published_at = $2 WHERE id = ANY($1::int[]) AND published_at IS NULL",
        ids,
        clock.now(),
    )
    for fair_id in ids:
        await announce(fair_id)
