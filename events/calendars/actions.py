"""Verbs: put and cancel items as steps of other rooms; a person's own feeds as actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec

from events.calendars import queries
from events.calendars.forms import FeedForm
from events.calendars.rendering import event
from events.calendars.rules import (
    CHUNKS,
    Content,
    Kind,
    Revision,
    Status,
    Timing,
    Visibility,
    clean,
    clean_line,
    clean_url,
    revise,
    timing,
)
from events.calendars.subjects import sector_name
from server import audit, clock, text
from server.accounts import tokens
from server.accounts.permissions import Actor, require
from server.database import action, execute, row, rows, step, value
from server.errors import NotFound, Refused
from server.settings import load
from server.text import N_

MOST_FEEDS = 20
COLUMNS = (
    "kind", "status", "sequence", "last_modified", "cancelled_at", "tz", "start_local",
    "end_local", "start_on", "end_on", "starts_at", "ends_at", "summary", "description",
    "location", "url", "visibility", "sectors", "country", "fair", "booth", "agency", "company",
    "person", "fragment",
)  # fmt: skip
INSERT = (
    f"INSERT INTO calendar_item (uid, key, created_at, {', '.join(COLUMNS)})"  # noqa: S608
    f" VALUES ({', '.join(f'${n}' for n in range(1, len(COLUMNS) + 4))})"
    " ON CONFLICT (key) DO NOTHING RETURNING id"
)
UPDATE = (
    "UPDATE calendar_item SET "  # noqa: S608
    + ", ".join(f"{name} = ${n}" for n, name in enumerate(COLUMNS, 2))
    + " WHERE id = $1"
)


class Belongs(msgspec.Struct, frozen=True):
    """Whose item it is."""

    fair: int | None = None
    booth: int | None = None
    agency: int | None = None
    company: int | None = None
    person: int | None = None


class NewAddress(msgspec.Struct, frozen=True):
    """A private address with its token, shown this once."""

    id: int
    address: str


@step
async def put(
    *,
    key: str,
    kind: str,
    summary: str,
    tz: str,
    start: datetime | None = None,
    end: datetime | None = None,
    start_on: date | None = None,
    end_on: date | None = None,
    description: str = "",
    location: str = "",
    url: str = "",
    fair: int | None = None,
    booth: int | None = None,
    agency: int | None = None,
    company: int | None = None,
    person: int | None = None,
    visibility: str = "public",
    sectors: Sequence[str] = (),
    country: str = "",
    tentative: bool = False,
) -> bool:
    """Write the item `key`, new or changed; whether anything changed.

    `start` and `end` are naive wall times in `tz`; `start_on` and `end_on` are the first and the
    last day. A deadline or payment with a `start` becomes an entry of that day that names the
    hour. A cancelled item that is put again is confirmed again. `url` may be a path of this site.
    An item of a company carries the fair too: it brings the fair's public items into the
    company's feed; with `agency`, that agency's staff see it. `person` is who alone it is about: a
    colleague may leave it out of theirs. Raises Refused for a wall time that
    a clock change skips and ValueError for times that fit no item.
    """
    content = Content(
        kind=Kind(kind),
        timing=timing(Kind(kind), tz, start, end, start_on, end_on),
        summary=clean_line(summary)[:300],
        description=clean(description),
        location=clean_line(location),
        url=clean_url(load().base_url + url if url.startswith("/") else url),
        visibility=Visibility(visibility),
        sectors=tuple(sorted({clean_line(sector) for sector in sectors} - {""})),
        country=country,
        status=Status.TENTATIVE if tentative else Status.CONFIRMED,
    )
    _instants(content.timing)
    return await _write(key, content, Belongs(fair, booth, agency, company, person))


@step
async def cancel(key: str) -> bool:
    """Cancel the item `key`; whether there was one to cancel. Feeds show it for 90 days more."""
    found = await _locked(key)
    if found is None or found["status"] == Status.CANCELLED:
        return False
    content, belongs = _content(found), _belongs(found)
    return await _write(key, replace(content, status=Status.CANCELLED), belongs)


async def _write(key: str, content: Content, belongs: Belongs) -> bool:
    now = clock.now()
    found = await _locked(key)
    if found is None:
        revision = revise(None, None, content, now)
        assert revision is not None
        uid, created = uuid4(), revision.last_modified
        fragment = _fragment(uid, created, content, revision)
        columns = _values(content, belongs, revision, fragment)
        made = await value(INSERT, uid, key, created, *columns)
        if made:
            await _touch(made, _sources(content, belongs))
            return True
        found = await _locked(key)
        assert found is not None
    before, owned = _content(found), _belongs(found)
    held = Revision(found["sequence"], found["last_modified"])
    risen = revise(before, held, content, now)
    if risen is None and owned == belongs:
        return False
    revision = risen or Revision(held.sequence, held.last_modified)
    fragment = _fragment(found["uid"], found["created_at"], content, revision)
    await execute(UPDATE, found["id"], *_values(content, belongs, revision, fragment, found))
    await _touch(found["id"], _sources(before, owned) | _sources(content, belongs))
    return True


def _fragment(uid: UUID, created: datetime, content: Content, revision: Revision) -> bytes:
    # The bytes are for everybody, so they do not follow the language of whoever edits.
    with text.speaking(None):
        named = tuple(sector_name(sector) for sector in content.sectors)
        return event(uid, created, replace(content, sectors=named), revision)


async def _locked(key: str) -> dict[str, Any] | None:
    return await row("SELECT * FROM calendar_item WHERE key = $1 FOR UPDATE", key)


def _content(found: dict[str, Any]) -> Content:
    span = Timing(
        found["tz"], found["start_local"], found["end_local"], found["start_on"], found["end_on"]
    )
    return Content(
        kind=Kind(found["kind"]),
        timing=span,
        summary=found["summary"],
        description=found["description"],
        location=found["location"],
        url=found["url"],
        visibility=Visibility(found["visibility"]),
        sectors=tuple(found["sectors"]),
        country=found["country"],
        status=Status(found["status"]),
    )


def _belongs(found: dict[str, Any]) -> Belongs:
    return Belongs(*(found[name] for name in ("fair", "booth", "agency", "company", "person")))


def _values(
    content: Content,
    belongs: Belongs,
    revision: Revision,
    fragment: bytes,
    before: dict[str, Any] | None = None,
) -> tuple[object, ...]:
    span = content.timing
    starts_at, ends_at = _instants(span)
    cancelled_at = None
    if content.status is Status.CANCELLED:
        cancelled_at = (before and before["cancelled_at"]) or revision.last_modified
    return (
        content.kind, content.status, revision.sequence, revision.last_modified, cancelled_at,
        span.tz, span.start, span.end, span.start_on, span.end_on, starts_at, ends_at,
        content.summary, content.description, content.location, content.url, content.visibility,
        list(content.sectors), content.country,
        belongs.fair, belongs.booth, belongs.agency, belongs.company, belongs.person, fragment,
    )  # fmt: skip


def _instants(span: Timing) -> tuple[datetime, datetime]:
    """When it starts and ends. A day starts at its first instant, even where midnight is
    skipped.
    """
    zone = ZoneInfo(span.tz)
    start = clock.to_utc(span.start, span.tz) if span.start else None
    if span.start_on and span.end_on:
        first, last = (
            datetime.combine(day, time.min, zone).astimezone(UTC)
            for day in (span.start_on, span.end_on)
        )
        return start or first, max(last, start or first)
    assert start is not None
    end = clock.to_utc(span.end, span.tz) if span.end else start
    if end < start:
        raise Refused(
            N_("The clocks change in between: {end} is before {start} that night."),
            start=f"{span.start:%H:%M}",
            end=f"{span.end:%H:%M}",
        )
    return start, end


def _sources(content: Content, belongs: Belongs) -> set[str]:
    """The names under which feeds watch this item."""
    if content.kind is Kind.HOLIDAY:
        return {f"holidays:{content.country}"}
    found = set()
    if belongs.company is not None:
        found.add(f"company:{belongs.company}")
    if belongs.agency is not None:
        found.add(f"staff:{belongs.agency}")
    if content.visibility is Visibility.PUBLIC:
        found.add("all")
        found |= {f"sector:{sector}" for sector in content.sectors}
        named = {
            "fair": belongs.fair,
            "booth": belongs.booth,
            "agency": belongs.agency,
            "country": content.country or None,
        }
        found |= {f"{name}:{which}" for name, which in named.items() if which is not None}
    return found


async def _touch(item_id: int, sources: set[str]) -> None:
    await execute(
        "INSERT INTO feed_touch (source, chunk, n) SELECT unnest($1::text[]), $2, 1",
        sorted(sources),
        item_id % CHUNKS,
    )


@action
async def add_up() -> None:
    """Replace the rows of each busy source by their sums, so that versions stay quick to read."""
    await execute(
        "WITH busy AS (SELECT source FROM feed_touch GROUP BY source HAVING count(*) > $1),"
        " gone AS (DELETE FROM feed_touch USING busy WHERE feed_touch.source = busy.source"
        " RETURNING feed_touch.source, chunk, n)"
        " INSERT INTO feed_touch (source, chunk, n)"
        " SELECT source, chunk, sum(n) FROM gone GROUP BY source, chunk",
        2 * CHUNKS,
    )


@action
async def read_clocks_again() -> int:
    """Work out anew when the items to come start and end: a country may have changed its clocks.

    The wall times stay, and with them the revision: a client reads the zone from the feed. Where a
    new gap swallows a wall time, the item keeps its instant until somebody moves it.
    """
    moved = 0
    for found in await rows(
        "SELECT id, tz, start_local, end_local, start_on, end_on, starts_at, ends_at"
        " FROM calendar_item WHERE ends_at >= $1 AND status <> 'cancelled' FOR UPDATE",
        clock.now() - timedelta(days=1),
    ):
        span = Timing(
            *(found[name] for name in ("tz", "start_local", "end_local", "start_on", "end_on"))
        )
        try:
            instants = _instants(span)
        except Refused:
            continue
        if instants != (found["starts_at"], found["ends_at"]):
            sql = "UPDATE calendar_item SET starts_at = $2, ends_at = $3 WHERE id = $1"
            await execute(sql, found["id"], *instants)
            moved += 1
    return moved


@action
async def create_feed(actor: Actor, form: FeedForm, *, desk: bool | None = None) -> NewAddress:
    """A new private address, which is never shown again; `desk`: for the agency's staff."""
    company, agency = queries.side(actor, desk)
    count = await value(
        "SELECT count(*) FROM feed WHERE person = $1 AND revoked_at IS NULL", actor.person_id
    )
    if count >= MOST_FEEDS:
        raise Refused(
            N_("You have {n} calendar addresses. Revoke one you no longer use first."), n=count
        )
    token, kept = tokens.new()
    feed_id: int = await value(
        "INSERT INTO feed (person, company, agency, label, kinds, alarms, own, locale, token_hash,"
        " created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) RETURNING id",
        actor.person_id, company, agency, form.label, [str(kind) for kind in form.kinds],
        form.alarms, form.own, actor.locale, kept, clock.now(),
    )  # fmt: skip
    await audit.record(actor, "calendar.create", "feed", feed_id, after={"label": form.label})
    return NewAddress(feed_id, f"{load().base_url}/cal/{token}.ics")


@action
async def change_feed(actor: Actor, feed_id: int, form: FeedForm) -> None:
    """Another label, other kinds, reminders or none; the address stays."""
    before = await _own(actor, feed_id)
    await execute(
        "UPDATE feed SET label = $2, kinds = $3, alarms = $4, own = $5 WHERE id = $1",
        feed_id, form.label, [str(kind) for kind in form.kinds], form.alarms, form.own,
    )  # fmt: skip
    await audit.record(
        actor, "calendar.change", "feed", feed_id,
        before={"label": before["label"]}, after={"label": form.label},
    )  # fmt: skip


@action
async def rotate_feed(actor: Actor, feed_id: int) -> NewAddress:
    """A new token in place of the old one, which stops working at once."""
    found = await _own(actor, feed_id)
    token, kept = tokens.new()
    await execute(
        "UPDATE feed SET token_hash = $2, last_used_at = NULL WHERE id = $1", feed_id, kept
    )
    await audit.record(actor, "calendar.rotate", "feed", feed_id, after={"label": found["label"]})
    return NewAddress(feed_id, f"{load().base_url}/cal/{token}.ics")


@action
async def revoke_feed(actor: Actor, feed_id: int) -> None:
    """The address stops working at once, for good."""
    found = await _own(actor, feed_id)
    await execute("UPDATE feed SET revoked_at = $2 WHERE id = $1", feed_id, clock.now())
    await execute("DELETE FROM feed_cache WHERE feed_key = $1", f"feed:{feed_id}")
    await execute("DELETE FROM feed_chunk WHERE feed_key = $1", f"feed:{feed_id}")
    await audit.record(actor, "calendar.revoke", "feed", feed_id, before={"label": found["label"]})


async def _own(actor: Actor, feed_id: int) -> dict[str, Any]:
    require(actor, "calendar.own")
    found = await row(
        "SELECT id, label FROM feed WHERE id = $1 AND person = $2 AND revoked_at IS NULL"
        " FOR UPDATE",
        feed_id,
        actor.person_id,
    )
    if found is None:
        raise NotFound(N_("This calendar address does not exist or was revoked before."))
    return found


async def used(feed_id: int) -> None:
    """Note that a calendar program has asked, at most once an hour."""
    now = clock.now()
    await execute(
        "UPDATE feed SET last_used_at = $2 WHERE id = $1"
        " AND (last_used_at IS NULL OR last_used_at < $3)",
        feed_id, now, now - timedelta(hours=1),
    )  # fmt: skip
