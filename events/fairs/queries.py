"""Fairs as pages, actions and the rooms above read them."""

import base64
import binascii
import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import msgspec

from events.calendars.subjects import Subject, name_sectors, subject
from events.fairs import rules
from events.fairs.forms import FairFilter
from events.fairs.rules import SECTOR_NAMES, Sector, Stage
from server import clock
from server.accounts.permissions import Actor, require
from server.database import page_id, row, rows, typed
from server.errors import NotFound, Refused
from server.text import N_, gettext

PAGE = 24
FAR = date(9999, 1, 1)


class FairRow(msgspec.Struct, frozen=True, kw_only=True):
    """A fair edition. Set-up and dismantling are naive and belong to `tz`."""

    id: int
    slug: str
    agency: int
    agency_name: str
    agency_slug: str
    name: str
    venue: str
    city: str
    country: str
    tz: str
    starts_on: date
    ends_on: date
    website: str
    sectors: list[str]
    description: str
    series: str
    setup_from: datetime | None
    setup_until: datetime | None
    dismantling_from: datetime | None
    dismantling_until: datetime | None
    version: int
    published_at: datetime | None

    @property
    def stage(self) -> Stage:
        """Where it stands now, by its own clock."""
        return rules.stage(
            published=self.published_at is not None,
            local=clock.local(clock.now(), self.tz).replace(tzinfo=None),
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            setup_from=self.setup_from,
            dismantling_until=self.dismantling_until,
        )

    @property
    def sector_names(self) -> list[str]:
        """The sectors in words."""
        return [gettext(SECTOR_NAMES[Sector(each)]) for each in self.sectors]

    @property
    def days_to_go(self) -> int:
        """Days until the doors open; negative afterwards."""
        return (self.starts_on - clock.today(self.tz)).days


class DayRow(msgspec.Struct, frozen=True):
    """The hours of one day."""

    day: date
    opens_at: time
    closes_at: time


SELECT = (
    "SELECT f.id, f.slug, f.agency, a.name AS agency_name, a.slug AS agency_slug, f.name, f.venue,"
    " f.city, f.country, f.tz, f.starts_on, f.ends_on, f.website, f.sectors, f.description,"
    " f.series, f.setup_from, f.setup_until, f.dismantling_from, f.dismantling_until, f.version,"
    " f.published_at FROM fair f JOIN agency a ON a.id = f.agency"
)


async def fair(fair_id: int) -> FairRow:
    """A fair, published or not: for rooms that check themselves whose it is."""
    found = await row(f"{SELECT} WHERE f.id = $1", fair_id)
    if found is None:
        raise NotFound(N_("This fair does not exist."))
    return typed(FairRow, found)


async def own_fair(actor: Actor, fair_id: int) -> FairRow:
    """A fair that this agency may work with: its own, or one that is published."""
    require(actor, "fair.list")
    found = await fair(fair_id)
    if found.agency != actor.agency_id and found.published_at is None and not actor.system:
        raise NotFound(N_("This fair does not exist."))
    return found


async def fair_by_slug(slug: str, actor: Actor | None = None) -> FairRow:
    """A published fair by its address; its own agency sees it before."""
    found = await row(f"{SELECT} WHERE f.slug = $1", slug)
    if found is not None:
        made = typed(FairRow, found)
        if made.published_at or (actor and actor.agency_id == made.agency):
            return made
    raise NotFound(N_("There is no fair at this address."))


name_sectors({str(code): name for code, name in SECTOR_NAMES.items()})


@subject("f")
async def calendar_subject(slug: str) -> Subject | None:
    """The published fair behind /cal/f/<slug>.ics."""
    found = await row(
        "SELECT id, name, tz FROM fair WHERE slug = $1 AND published_at IS NOT NULL", slug
    )
    return None if found is None else Subject(found["id"], found["name"], found["tz"])


async def days(fair_id: int) -> list[DayRow]:
    """Opening hours, day by day; empty while they are not known."""
    return typed(
        DayRow,
        await rows(
            "SELECT day, opens_at, closes_at FROM fair_day WHERE fair = $1 ORDER BY day", fair_id
        ),
    )


def _pattern(word: str) -> str:
    return "%" + re.sub(r"([\\%_])", r"\\\1", word) + "%"


def _after(cursor: str) -> tuple[date, int]:
    try:
        on, _, number = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        return date.fromisoformat(on), page_id(number) or 0
    except (ValueError, binascii.Error):
        raise Refused(N_("This list has no such page. Start it again."), field="cursor") from None


def _cursor(last: FairRow) -> str:
    return base64.urlsafe_b64encode(f"{last.starts_on.isoformat()}|{last.id}".encode()).decode()


async def _listed(
    whose: str, who: int | None, wanted: FairFilter, cursor: str, limit: int
) -> tuple[list[FairRow], str | None]:
    after_on, after_id = _after(cursor) if cursor else (date(1, 1, 1), 0)
    found = typed(
        FairRow,
        await rows(
            f"{SELECT} WHERE {whose}"
            " AND (f.starts_on, f.id) > ($2, $3) AND f.ends_on >= $4 AND f.starts_on <= $5"
            " AND ($6 = '' OR f.country = $6) AND ($7 = '' OR $7 = ANY(f.sectors))"
            " AND f.name || ' ' || f.city || ' ' || f.venue ILIKE ALL($8::text[])"
            " ORDER BY f.starts_on, f.id LIMIT $9",
            who,
            after_on,
            after_id,
            wanted.since or date(1, 1, 1),
            wanted.until or FAR,
            wanted.country,
            wanted.sector,
            [_pattern(word) for word in wanted.q.split()] or ["%"],
            limit + 1,
        ),
    )
    more = len(found) > limit
    return found[:limit], _cursor(found[limit - 1]) if more else None


async def published(
    wanted: FairFilter, cursor: str = "", limit: int = PAGE
) -> tuple[list[FairRow], str | None]:
    """What everybody may see, by first day; without a date, what is not over yet."""
    if wanted.since is None and wanted.until is None:
        wanted = wanted.replace(since=clock.today("UTC") - timedelta(days=1))
    return await _listed(
        "f.published_at IS NOT NULL AND $1::int IS NULL", None, wanted, cursor, limit
    )


async def of_agency(
    actor: Actor, wanted: FairFilter, cursor: str = "", limit: int = PAGE
) -> tuple[list[FairRow], str | None]:
    """The agency's own fairs, drafts and past ones included."""
    require(actor, "fair.list")
    return await _listed("f.agency = $1", actor.agency_id, wanted, cursor, limit)


async def coming(limit: int = 6) -> list[FairRow]:
    """The next published fairs."""
    found, _ = await published(FairFilter(), limit=limit)
    return found


class Elsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """A fair that another agency has entered."""

    id: int
    name: str
    slug: str
    starts_on: date
    ends_on: date
    city: str
    agency_name: str
    published: bool


async def elsewhere(
    agency: int, name: str, country: str, starts_on: date, ends_on: date
) -> list[Elsewhere]:
    """Fairs of other agencies that look like this edition: planned ones too, for all are told."""
    found = await rows(
        "SELECT f.id, f.name, f.slug, f.starts_on, f.ends_on, f.city, a.name AS agency_name,"
        " f.published_at IS NOT NULL AS published FROM fair f JOIN agency a ON a.id = f.agency"
        " WHERE f.agency <> $1 AND f.country = $2 AND f.starts_on <= $4 AND f.ends_on >= $3"
        " ORDER BY f.starts_on, f.id LIMIT 200",
        agency,
        country,
        starts_on,
        ends_on,
    )
    return [
        each
        for each in typed(Elsewhere, found)
        if rules.same_edition(name, starts_on, ends_on, each.name, each.starts_on, each.ends_on)
    ]


async def of_others(
    agency: int, countries: Sequence[str], first: date, last: date
) -> dict[str, list[Elsewhere]]:
    """Fairs of other agencies in these countries and between these days, by country."""
    found = await rows(
        "SELECT f.id, f.name, f.slug, f.starts_on, f.ends_on, f.city, f.country,"
        " a.name AS agency_name, f.published_at IS NOT NULL AS published"
        " FROM fair f JOIN agency a ON a.id = f.agency WHERE f.agency <> $1"
        " AND f.country = ANY($2::text[]) AND f.starts_on <= $4 AND f.ends_on >= $3 ORDER BY f.id",
        agency,
        list(countries),
        first,
        last,
    )
    others: dict[str, list[Elsewhere]] = {}
    for each in found:
        others.setdefault(each.pop("country"), []).append(typed(Elsewhere, each))
    return others


async def countries_in_use(agency: int | None = None) -> list[str]:
    """Countries for the filter: of published fairs, or of one agency's."""
    found = await rows(
        "SELECT DISTINCT country FROM fair WHERE CASE WHEN $1::int IS NULL"
        " THEN published_at IS NOT NULL ELSE agency = $1 END",
        agency,
    )
    return [each["country"] for each in found]


async def slugs() -> set[str]:
    """Every slug taken."""
    return {each["slug"] for each in await rows("SELECT slug FROM fair")}


async def taken_slugs(stem: str) -> set[str]:
    """The slugs that begin like `stem`."""
    found = await rows("SELECT slug FROM fair WHERE slug LIKE $1", f"{stem}%")
    return {each["slug"] for each in found}


async def known_keys(agency: int, keys: Sequence[str]) -> set[str]:
    """Which of these import keys the agency has."""
    found = await rows(
        "SELECT import_key FROM fair WHERE agency = $1 AND import_key = ANY($2::text[])",
        agency,
        list(keys),
    )
    return {each["import_key"] for each in found}


async def known_series(agency_id: int | None) -> list[str]:
    """The series that an edition may be put to: those named, and fairs that go by their name."""
    found = await rows(
        "SELECT DISTINCT coalesce(nullif(series, ''), name) AS name FROM fair"
        " WHERE agency = $1 OR published_at IS NOT NULL ORDER BY name LIMIT 1000",
        agency_id,
    )
    return [each["name"] for each in found]
