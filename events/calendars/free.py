"""Calendars of companies that say when they are busy: given, read every hour, forgotten.

Of what such a calendar holds only the busy ranges are kept, for a year ahead; its address is
sealed. Rooms that look for a time join the view `busy_time`, or ask `busy`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from events.calendars.busy import Range, ranges
from events.calendars.fetching import checked, fetch
from events.calendars.forms import BusyForm
from server import audit, clock, jobs
from server.accounts.permissions import Actor, require
from server.database import action, execute, row, rows, typed, value
from server.errors import Forbidden, NotFound, Refused
from server.sealing import Unreadable, seal, unseal
from server.text import N_

READ = "calendars.read_busy"
MOST = 5
AHEAD = timedelta(days=366)
EVERY = timedelta(hours=1)

CLASH = """EXISTS (SELECT FROM busy_time b WHERE b.company = {who}.company
    AND (b.person IS NULL OR b.person = {who}.person)
    AND b.starts_at < {slot}.ends_at AND b.ends_at > {slot}.starts_at)"""
"""A condition of SQL: `who` (company, person) is busy in `slot` (starts_at, ends_at)."""


class BusyRow(msgspec.Struct, frozen=True):
    """A calendar that somebody gave; its address is known to nobody but the worker."""

    id: int
    host: str
    everybody: bool
    mine: bool
    read_at: datetime | None
    tried_at: datetime | None
    fault: str
    ranges: int


async def own(actor: Actor) -> list[BusyRow]:
    """The actor's own, and those that hold for everybody of the company."""
    found = await rows(
        "SELECT c.id, c.host, c.everybody, c.person = $2 AS mine, c.read_at, c.tried_at, c.fault,"
        " (SELECT count(*) FROM busy_range r WHERE r.calendar = c.id) AS ranges"
        " FROM busy_calendar c WHERE c.company = $1 AND (c.person = $2 OR c.everybody)"
        " ORDER BY c.id",
        actor.company_id,
        actor.person_id,
    )
    return typed(BusyRow, found)


async def page_of_own(
    actor: Actor, *, cursor: str = "", limit: int = 50
) -> tuple[list[BusyRow], str | None]:
    """The same in pages; there are so few that there is one page."""
    require(actor, "calendar.company")
    return (await own(actor))[:limit], None


@action
async def give(actor: Actor, form: BusyForm) -> int:
    """Keep an address and have it read after the commit. Refused for an address that is not safe
    to ask."""
    require(actor, "calendar.company")
    if actor.company_id is None:
        raise Forbidden(N_("Busy times belong to a company. Register your company first."))
    url = checked(form.url)
    held = await value(
        "SELECT count(*) FROM busy_calendar WHERE company = $1 AND person = $2",
        actor.company_id,
        actor.person_id,
    )
    if held >= MOST:
        raise Refused(N_("You gave {n} calendars. Take one away first."), n=held)
    host = urlsplit(url).hostname or ""
    made: int = await value(
        "INSERT INTO busy_calendar (company, person, everybody, host, sealed, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        actor.company_id, actor.person_id, form.everybody, host, seal(url), clock.now(),
    )  # fmt: skip
    await jobs.enqueue(READ, calendar_id=made)
    await audit.record(
        actor, "calendar.busy", "busy_calendar", made,
        after={"host": host, "everybody": form.everybody},
    )  # fmt: skip
    return made


@action
async def take_away(actor: Actor, calendar_id: int) -> None:
    """Forget a calendar of the actor's own and its ranges."""
    require(actor, "calendar.company")
    gone = await row(
        "DELETE FROM busy_calendar WHERE id = $1 AND company = $2 AND person = $3 RETURNING host",
        calendar_id,
        actor.company_id,
        actor.person_id,
    )
    if gone is None:
        raise NotFound(N_("This calendar is not there any more."))
    await audit.record(
        actor, "calendar.busy_end", "busy_calendar", calendar_id, before={"host": gone["host"]}
    )


async def read(calendar_id: int) -> None:
    """Ask for a calendar and keep its ranges. What cannot be read leaves the ranges of before."""
    found = await row(
        "SELECT c.sealed, c.company FROM busy_calendar c WHERE c.id = $1"
        " AND EXISTS (SELECT FROM company_member m WHERE m.company = c.company"
        " AND m.person = c.person)",
        calendar_id,
    )
    if found is None:
        await execute("DELETE FROM busy_calendar WHERE id = $1", calendar_id)
        return
    now = clock.now()
    try:
        data = await fetch(unseal(found["sealed"]))
        ours = await rows("SELECT uid FROM calendar_item WHERE company = $1", found["company"])
        known = [str(each["uid"]) for each in ours]
        kept = await asyncio.to_thread(ranges, data, now, now + AHEAD, known)
    except Unreadable:
        await _noted(calendar_id, "Its address cannot be read any more. Give it again.")
    except Refused as refused:
        await _noted(calendar_id, str(refused))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError):
        await _noted(calendar_id, "It sent something other than a calendar.")
    else:
        await _keep(calendar_id, kept)


async def _noted(calendar_id: int, fault: str) -> None:
    await execute(
        "UPDATE busy_calendar SET tried_at = $2, fault = $3 WHERE id = $1",
        calendar_id,
        clock.now(),
        fault[:300],
    )


@action
async def _keep(calendar_id: int, kept: Sequence[Range]) -> None:
    there = await row("SELECT id FROM busy_calendar WHERE id = $1 FOR UPDATE", calendar_id)
    if there is None:
        return
    await execute("DELETE FROM busy_range WHERE calendar = $1", calendar_id)
    await execute(
        "INSERT INTO busy_range (calendar, starts_at, ends_at)"
        " SELECT $1, unnest($2::timestamptz[]), unnest($3::timestamptz[])",
        calendar_id,
        [start for start, _ in kept],
        [end for _, end in kept],
    )
    await execute(
        "UPDATE busy_calendar SET read_at = $2, tried_at = $2, fault = '' WHERE id = $1",
        calendar_id,
        clock.now(),
    )


async def read_due() -> None:
    """Read what was last tried an hour ago or more, one after the other."""
    for each in await rows(
        "SELECT id FROM busy_calendar WHERE tried_at IS NULL OR tried_at <= $1"
        " ORDER BY tried_at NULLS FIRST LIMIT 200",
        clock.now() - EVERY,
    ):
        await read(each["id"])


async def busy(company: int, since: datetime, until: datetime, person: int = 0) -> list[Range]:
    """When a company, or one of its people, is busy in a span of time; ranges may overlap."""
    found = await rows(
        "SELECT starts_at, ends_at FROM busy_time WHERE company = $1"
        " AND (person IS NULL OR person = $4) AND starts_at < $3 AND ends_at > $2"
        " ORDER BY starts_at",
        company, since, until, person,
    )  # fmt: skip
    return [(each["starts_at"], each["ends_at"]) for each in found]
