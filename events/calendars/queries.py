"""Reads: what comes next, whose feeds there are, and which organisation an actor stands for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec

from events.calendars.rules import DUE, KIND_NAMES, Kind, Status, Timing
from events.calendars.subjects import sector_name
from server import clock
from server.accounts.permissions import Actor, require
from server.database import page_id, row, rows, typed
from server.errors import Forbidden, NotFound
from server.text import N_, gettext
from server.web.formats import country


class ItemRow(msgspec.Struct, frozen=True):
    """An item as a list shows it, on the wall clock of its fair."""

    id: int
    uid: UUID
    kind: Kind
    status: Status
    summary: str
    description: str
    location: str
    url: str
    tz: str
    starts_at: datetime
    start_local: datetime | None
    end_local: datetime | None
    start_on: date | None
    end_on: date | None
    visibility: str
    fair: int | None

    @property
    def kind_name(self) -> str:
        return gettext(KIND_NAMES[self.kind])

    @property
    def timing(self) -> Timing:
        return Timing(self.tz, self.start_local, self.end_local, self.start_on, self.end_on)

    @property
    def is_due(self) -> bool:
        return self.kind in DUE

    @property
    def last_day(self) -> date | None:
        """The last day of an all-day item."""
        return self.end_on and date.fromordinal(self.end_on.toordinal() - 1)


class FeedRow(msgspec.Struct, frozen=True):
    """A private address of somebody, without its token: that is known to nobody any more."""

    id: int
    label: str
    kinds: list[Kind]
    alarms: bool
    own: bool
    created_at: datetime
    last_used_at: datetime | None

    @property
    def kind_names(self) -> list[str]:
        return [gettext(KIND_NAMES[kind]) for kind in self.kinds]


ITEM = (
    "SELECT id, uid, kind, status, summary, description, location, url, tz, starts_at,"
    " start_local, end_local, start_on, end_on, visibility, fair FROM calendar_item i WHERE "
)
# What a private feed shows: everything of one's own, and what is public at the fairs of one's own.
SCOPES = {
    "company": (
        "((i.company = $1 AND i.visibility <> 'agency') OR (i.visibility = 'public' AND i.fair IN"
        " (SELECT o.fair FROM calendar_item o WHERE o.company = $1 AND o.status <> 'cancelled')))"
    ),
    "agency": (
        "(i.agency = $1 OR (i.visibility = 'public' AND i.fair IN"
        " (SELECT o.fair FROM calendar_item o WHERE o.agency = $1 AND o.status <> 'cancelled')))"
    ),
}


def side(actor: Actor, desk: bool | None = None) -> tuple[int | None, int | None]:
    """(company, agency) the actor stands for, exactly one of them.

    `desk` asks for the agency (True) or the company (False) of somebody who may have both.
    """
    require(actor, "calendar.own")
    if desk is not True and actor.company_id is not None:
        return actor.company_id, None
    if desk is not False and actor.agency_id is not None:
        return None, actor.agency_id
    raise Forbidden(
        N_("Calendars belong to a company or an agency. Register your company, or ask for access.")
    )


def scope_of(actor: Actor, desk: bool | None = None) -> tuple[str, int]:
    """The name of the scope and the number of the organisation."""
    company, agency = side(actor, desk)
    return ("company", company) if company is not None else ("agency", agency or 0)


async def upcoming(
    actor: Actor, *, cursor: str = "", limit: int = 20, desk: bool | None = None
) -> tuple[list[ItemRow], str | None]:
    """What is next for the actor's organisation, soonest first, and where the next page begins."""
    name, which = scope_of(actor, desk)
    since, after = _read_cursor(cursor)
    found = await rows(
        ITEM
        + SCOPES[name]
        + " AND i.ends_at >= $2 AND i.status <> 'cancelled' AND (i.starts_at, i.id) > ($3, $4)"
        " ORDER BY i.starts_at, i.id LIMIT $5",
        which,
        clock.now(),
        since,
        after,
        limit + 1,
    )
    shown = typed(ItemRow, found[:limit])
    more = len(found) > limit
    return shown, f"{shown[-1].starts_at.isoformat()}_{shown[-1].id}" if more else None


async def upcoming_public(fair: int, *, limit: int = 20) -> list[ItemRow]:
    """The next public items of a fair."""
    found = await rows(
        ITEM + "i.fair = $1 AND i.visibility = 'public' AND i.ends_at >= $2"
        " AND i.status <> 'cancelled' ORDER BY i.starts_at, i.id LIMIT $3",
        fair,
        clock.now(),
        limit,
    )
    return typed(ItemRow, found)


async def own_item(actor: Actor, uid: UUID, *, desk: bool | None = None) -> dict[str, Any]:
    """The row of one item the actor's organisation may see."""
    name, which = scope_of(actor, desk)
    found = await row(
        "SELECT summary, fragment, tz, start_local, end_local, start_on, end_on"  # noqa: S608
        " FROM calendar_item i WHERE " + SCOPES[name] + " AND i.uid = $2",
        which,
        uid,
    )
    if found is None:
        raise NotFound()
    return found


async def own_feeds(actor: Actor, *, desk: bool | None = None) -> list[FeedRow]:
    """The actor's own addresses for the organisation they stand for, the newest first."""
    company, agency = side(actor, desk)
    found = await rows(
        "SELECT id, label, kinds, alarms, own, created_at, last_used_at FROM feed"
        " WHERE person = $1 AND revoked_at IS NULL"
        " AND company IS NOT DISTINCT FROM $2 AND agency IS NOT DISTINCT FROM $3 ORDER BY id DESC",
        actor.person_id,
        company,
        agency,
    )
    return typed(FeedRow, found)


async def feeds_page(
    actor: Actor, *, cursor: str = "", limit: int = 50
) -> tuple[list[FeedRow], str | None]:
    """The same in pages. Somebody has 20 of them at most, so there is one page."""
    return (await own_feeds(actor))[:limit], None


async def own_feed(actor: Actor, feed_id: int, *, desk: bool | None = None) -> FeedRow:
    """One of them."""
    for feed in await own_feeds(actor, desk=desk):
        if feed.id == feed_id:
            return feed
    raise NotFound(N_("This calendar address does not exist or was revoked before."))


class PublicRow(msgspec.Struct, frozen=True):
    """A public calendar: its address on this site and how many items are still to come."""

    path: str
    name: str
    items: int


PUBLIC = """
WITH coming AS (
    SELECT kind, agency, country, sectors FROM calendar_item
    WHERE visibility = 'public' AND status <> 'cancelled' AND ends_at >= $1
)
SELECT 'a' AS letter, a.slug AS address, a.name, count(*) AS items
FROM coming JOIN agency a ON a.id = coming.agency GROUP BY a.slug, a.name
UNION ALL
SELECT 'p', a.slug, a.name, count(*) FROM coming JOIN agency a ON a.id = coming.agency
WHERE kind IN ('fair', 'deadline') GROUP BY a.slug, a.name
UNION ALL
SELECT CASE kind WHEN 'holiday' THEN 'd' ELSE 'h' END AS letter, country, country, count(*)
FROM coming WHERE country <> '' GROUP BY 1, 2
UNION ALL
SELECT 's', sector, sector, count(*) FROM coming, unnest(sectors) AS sector GROUP BY sector
"""
GROUPS: dict[str, tuple[str, Callable[[str], str]]] = {
    "p": (N_("An agency's fairs and calls of the year"), str),
    "a": (N_("Everything of an agency"), str),
    "h": (N_("By country"), country),
    "s": (N_("By sector"), sector_name),
    "d": (N_("Public holidays where the fairs are"), country),
}


async def public_calendars() -> list[tuple[str, list[PublicRow]]]:
    """The public calendars that have something to come, by group, each group by name."""
    found = await rows(PUBLIC, clock.now())
    groups = []
    for letter, (title, naming) in GROUPS.items():
        shown = [
            PublicRow(
                f"/cal/{letter}/{quote(each['address'], safe='')}.ics",
                naming(each["name"]),
                each["items"],
            )
            for each in found
            if each["letter"] == letter
        ]
        if shown:
            groups.append((gettext(title), sorted(shown, key=lambda row: row.name)))
    return groups


def _read_cursor(cursor: str) -> tuple[datetime, int]:
    since, _, after = cursor.rpartition("_")
    first = datetime(1970, 1, 1, tzinfo=UTC), 0
    try:
        return datetime.fromisoformat(since).astimezone(UTC), page_id(after) or 0
    except (ValueError, OverflowError):
        return first
