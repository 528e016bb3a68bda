"""Offices and what they consist of, as pages, actions and the rooms above read them."""

from datetime import date
from typing import Any

from events.offices.forms import OfficeFilter
from events.offices.rows import (
    AllotmentRow,
    BlackoutRow,
    DayRow,
    FreeDaysRow,
    HoursRow,
    NamedRow,
    OfficeRow,
    PackageRow,
    PartRow,
    RateRow,
    ResourceRow,
    RungRow,
)
from server.accounts.permissions import Actor, require
from server.database import page_id, row, rows, typed, value
from server.errors import NotFound
from server.text import N_

PAGE = 50
NONE = N_("This office does not exist, or it is not yours.")


OFFICE = (
    "SELECT o.id, o.agency, a.name AS agency_name, o.slug, o.name, o.country, o.region, o.city,"
    " o.street, o.postcode, o.tz, o.email, o.phone, o.languages, o.markets, o.services, o.about,"
    " o.house_rules, o.keeps_holidays, o.names_hours, o.currency, o.photos, o.open, o.version,"
    " coalesce(k.kinds, '{}') AS kinds"
    " FROM office o JOIN agency a ON a.id = o.agency"
    " LEFT JOIN LATERAL (SELECT array_agg(DISTINCT r.kind::text ORDER BY r.kind::text) AS kinds"
    " FROM resource r WHERE r.office = o.id AND r.active) k ON true"
)
SEEN = (
    "(o.agency = $1 OR EXISTS (SELECT FROM office_agency s WHERE s.office = o.id"
    " AND s.agency = $1))"
)
RESOURCE = (
    "SELECT r.id, r.office, r.kind, r.name, r.about, r.seats, r.span, r.step, r.least, r.most,"
    " r.notice_minutes, r.horizon_days, r.before_minutes, r.after_minutes, r.approval, r.free,"
    " r.supply, r.attributes, r.topics, r.languages, r.person, coalesce(p.name, '') AS person_name,"
    " r.active, r.version, (SELECT count(*) FROM resource_unit u WHERE u.resource = r.id"
    " AND u.active) AS units FROM resource r LEFT JOIN person p ON p.id = r.person"
)


async def office(office_id: int) -> OfficeRow:
    """An office: for rooms that check themselves whose it is."""
    found = await row(f"{OFFICE} WHERE o.id = $1", office_id)
    if found is None:
        raise NotFound(NONE)
    return typed(OfficeRow, found)


async def seen_office(actor: Actor, office_id: int) -> OfficeRow:
    """An office that the actor's agency runs or shares."""
    require(actor, "office.list")
    found = await row(f"{OFFICE} WHERE {SEEN} AND o.id = $2", actor.agency_id, office_id)
    if found is None:
        raise NotFound(NONE)
    return typed(OfficeRow, found)


async def own_office(actor: Actor, office_id: int) -> OfficeRow:
    """An office that the actor's agency runs: only it changes anything."""
    require(actor, "office.list")
    found = await office(office_id)
    if found.agency != actor.agency_id and not actor.system:
        raise NotFound(NONE)
    return found


async def by_slug(slug: str) -> OfficeRow:
    """An office of the directory."""
    found = await row(f"{OFFICE} WHERE o.slug = $1 AND o.open", slug)
    if found is None:
        raise NotFound(N_("There is no office at this address, or it is closed."))
    return typed(OfficeRow, found)


async def of_agency(
    actor: Actor, cursor: str = "", limit: int = PAGE
) -> tuple[list[OfficeRow], str | None]:
    """The offices that the agency runs or shares, the latest first."""
    require(actor, "office.list")
    found = typed(
        OfficeRow,
        await rows(
            f"{OFFICE} WHERE {SEEN} AND ($2::int IS NULL OR o.id < $2) ORDER BY o.id DESC LIMIT $3",
            actor.agency_id,
            page_id(cursor),
            limit + 1,
        ),
    )
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


async def directory(
    wanted: OfficeFilter, cursor: str = "", limit: int = PAGE
) -> tuple[list[OfficeRow], str | None]:
    """Open offices that fit, in the order of their opening."""
    found = typed(
        OfficeRow,
        await rows(
            f"{OFFICE} WHERE o.open AND ($1::int IS NULL OR o.id > $1)"
            " AND ($2 = '' OR strpos(lower(o.name || ' ' || o.city || ' ' || o.region),"
            " lower($2)) > 0)"
            " AND ($3 = '' OR $3 = ANY(o.markets) OR $3 = o.country)"
            " AND ($4 = '' OR $4 = ANY(o.languages))"
            " AND ($5 = '' OR $5 = ANY(k.kinds)) ORDER BY o.id LIMIT $6",
            page_id(cursor),
            wanted.q,
            wanted.market,
            wanted.language,
            wanted.kind.value if wanted.kind else "",
            limit + 1,
        ),
    )
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


async def in_use() -> tuple[list[str], list[str]]:
    """Markets and languages of the open offices: what the directory can be searched by."""
    found = await row(
        "SELECT (SELECT array_agg(DISTINCT m) FROM office o, unnest(o.markets || o.country) m"
        " WHERE o.open) AS markets, (SELECT array_agg(DISTINCT l) FROM office o,"
        " unnest(o.languages) l WHERE o.open) AS languages"
    )
    assert found is not None
    return list(found["markets"] or ()), list(found["languages"] or ())


async def hours(office_id: int) -> list[HoursRow]:
    """The usual week of the office and of resources with hours of their own."""
    return typed(
        HoursRow,
        await rows(
            "SELECT resource, weekday, opens, closes FROM opening_hours WHERE office = $1"
            " ORDER BY resource NULLS FIRST, weekday, opens",
            office_id,
        ),
    )


async def days(office_id: int, since: date) -> list[DayRow]:
    """Days that differ, from `since` on."""
    return typed(
        DayRow,
        await rows(
            'SELECT id, "on", opens, closes, reason FROM office_day WHERE office = $1'
            ' AND "on" >= $2 ORDER BY "on" LIMIT 400',
            office_id,
            since,
        ),
    )


async def resources(office_id: int, *, active: bool = False) -> list[ResourceRow]:
    """What can be booked there, in order."""
    return typed(
        ResourceRow,
        await rows(
            f"{RESOURCE} WHERE r.office = $1 AND (r.active OR NOT $2)"
            " ORDER BY r.position, r.id LIMIT 500",
            office_id,
            active,
        ),
    )


async def resource(office_id: int, resource_id: int) -> ResourceRow:
    """One of them."""
    found = await row(f"{RESOURCE} WHERE r.office = $1 AND r.id = $2", office_id, resource_id)
    if found is None:
        raise NotFound(N_("This office has nothing of that number to book."))
    return typed(ResourceRow, found)


async def rates(office_id: int) -> list[RateRow]:
    """The rate card of the office, the latest lines first."""
    return typed(
        RateRow,
        await rows(
            "SELECT t.resource, t.since, t.per, t.price_minor FROM resource_rate t JOIN resource r"
            " ON r.id = t.resource WHERE r.office = $1 ORDER BY t.resource, t.since DESC, t.per",
            office_id,
        ),
    )


async def allotments(resource_id: int) -> list[AllotmentRow]:
    """Who has how many units at most."""
    return typed(
        AllotmentRow,
        await rows(
            "SELECT t.resource, t.agency, a.name AS agency_name, t.units FROM resource_allotment t"
            " JOIN agency a ON a.id = t.agency WHERE t.resource = $1 ORDER BY a.name",
            resource_id,
        ),
    )


async def sharing(office_id: int) -> list[NamedRow]:
    """The agencies that share the office beside the one that runs it."""
    return typed(
        NamedRow,
        await rows(
            "SELECT a.id, a.name FROM office_agency s JOIN agency a ON a.id = s.agency"
            " WHERE s.office = $1 ORDER BY a.name",
            office_id,
        ),
    )


async def agencies(without: int) -> list[NamedRow]:
    """Every agency but one, to share with."""
    return typed(
        NamedRow,
        await rows("SELECT id, name FROM agency WHERE id <> $1 ORDER BY name LIMIT 500", without),
    )


async def hosts(office_id: int) -> list[NamedRow]:
    """Who runs the office on site."""
    return typed(
        NamedRow,
        await rows(
            "SELECT p.id, p.name FROM office_host h JOIN person p ON p.id = h.person"
            " WHERE h.office = $1 ORDER BY p.name",
            office_id,
        ),
    )


async def staff(office_id: int) -> list[NamedRow]:
    """People of the agencies that run or share the office: hosts and advisors are among them."""
    return typed(
        NamedRow,
        await rows(
            "SELECT DISTINCT p.id, p.name FROM agency_member m JOIN person p ON p.id = m.person"
            " WHERE m.agency IN (SELECT agency FROM office WHERE id = $1 UNION SELECT agency"
            " FROM office_agency WHERE office = $1) ORDER BY p.name LIMIT 500",
            office_id,
        ),
    )


async def free_days(actor: Actor) -> list[FreeDaysRow]:
    """What the agency gives each year."""
    require(actor, "office.list")
    return typed(
        FreeDaysRow,
        await rows(
            "SELECT f.year, f.per_company, f.per_undertaking, f.scheme,"
            " coalesce(s.name, '') AS scheme_name FROM free_days f LEFT JOIN scheme s"
            " ON s.id = f.scheme WHERE f.agency = $1 ORDER BY f.year DESC",
            actor.agency_id,
        ),
    )


async def schemes(agency_id: int | None) -> list[NamedRow]:
    """The schemes of the agency."""
    return typed(
        NamedRow,
        await rows("SELECT id, name FROM scheme WHERE agency = $1 ORDER BY name", agency_id),
    )


async def ladder(office_id: int) -> list[RungRow]:
    """Every rung that was ever in force, the latest first."""
    return typed(
        RungRow,
        await rows(
            "SELECT since, hours, share_bp FROM cancellation_rung WHERE office = $1"
            " ORDER BY since DESC, hours",
            office_id,
        ),
    )


async def blackouts(office_id: int, cursor: str = "") -> tuple[list[BlackoutRow], str | None]:
    """Times that cannot be booked, the latest made first."""
    found = typed(
        BlackoutRow,
        await rows(
            "SELECT b.id, b.resource, coalesce(r.name, '') AS resource_name, b.starts_at,"
            " b.ends_at, b.reason, b.said_by, b.lifted_at FROM blackout b LEFT JOIN resource r"
            " ON r.id = b.resource WHERE b.office = $1 AND ($2::int IS NULL OR b.id < $2)"
            " ORDER BY b.id DESC LIMIT $3",
            office_id,
            page_id(cursor),
            PAGE + 1,
        ),
    )
    return found[:PAGE], str(found[PAGE - 1].id) if len(found) > PAGE else None


async def packages(office_id: int) -> list[PackageRow]:
    """The templates of the office."""
    return typed(
        PackageRow,
        await rows(
            "SELECT id, name, about, active FROM package WHERE office = $1 ORDER BY position, id",
            office_id,
        ),
    )


async def parts(office_id: int) -> list[PartRow]:
    """The parts of every package of the office, in order."""
    return typed(
        PartRow,
        await rows(
            "SELECT x.id, x.package, x.resource, r.name AS resource_name, r.span, x.count, x.day,"
            " x.opens, x.length FROM package_part x JOIN package p ON p.id = x.package"
            " JOIN resource r ON r.id = x.resource WHERE p.office = $1"
            " ORDER BY x.package, x.day, x.opens NULLS FIRST, x.id",
            office_id,
        ),
    )


async def photo(slug: str, document_id: int) -> bytes | None:
    """A picture of an office of the directory."""
    found: Any = await value(
        "SELECT d.bytes FROM office o JOIN document d ON d.id = ANY(o.photos)"
        " WHERE o.slug = $1 AND o.open AND d.id = $2",
        slug,
        document_id,
    )
    return bytes(found) if found is not None else None


async def taken_slugs(stem: str) -> set[str]:
    """Slugs that begin with `stem`."""
    return {
        each["slug"]
        for each in await rows("SELECT slug FROM office WHERE slug LIKE $1 || '%'", stem)
    }
