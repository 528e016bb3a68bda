"""The bytes of a feed: kept while its version stands, joined anew from fragments when it moved."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec

from events.calendars import rendering, rules, subjects
from events.calendars.queries import SCOPES
from events.calendars.rules import DUE, KEEP_CANCELLED
from events.calendars.subjects import Public
from server import clock, text
from server.accounts import tokens
from server.database import action, execute, row
from server.locking import lock
from server.settings import load
from server.text import N_, gettext

SETUP_WEEK = timedelta(days=7)
HURRY = timedelta(hours=1)


class Standing(msgspec.Struct, frozen=True):
    """How often what a feed is made of has changed, and what is kept of it."""

    counts: str
    held: str | None
    etag: str | None
    body_changed_at: datetime | None


class Feed(msgspec.Struct, frozen=True):
    """A feed somebody asked for: its name, what it is made of, and who may keep it."""

    key: str
    header: rendering.Header
    condition: str
    argument: object
    sources: tuple[str, ...]
    filename: str
    private: bool = False
    kinds: tuple[str, ...] = ()
    alarms: bool = False
    only: int | None = None
    locale: str = "en"
    feed_id: int = 0
    last_used_at: datetime | None = None
    standing: Standing | None = None


class Body(msgspec.Struct, frozen=True):
    """What a client is given, and by what it recognises it."""

    etag: str
    changed_at: datetime
    body_gz: bytes


async def find(name: str, letter: str = "") -> Feed | None:
    """The feed of an address below /cal/, without its ".ics"."""
    with text.speaking(None):
        if letter:
            public = await subjects.public(letter, name)
            return None if public is None else _public(public)
        if name == "all":
            return _public(subjects.everything())
    return await _private(name)


def _public(public: Public) -> Feed:
    header = rendering.Header(public.name, public.tz, source=load().base_url + public.path)
    condition = f"i.visibility = 'public' AND {public.condition}"
    filename = public.path.rsplit("/", 1)[1]
    return Feed(public.path, header, condition, public.argument, public.sources, filename)


COUNTS = """
SELECT coalesce(string_agg(source || '=' || n, ',' ORDER BY source), '')
FROM (SELECT source, sum(n) AS n FROM feed_touch
    WHERE source = ANY({sources}) GROUP BY source) added
"""
STANDING = f"""
SELECT ({COUNTS.format(sources="$2::text[]")}) AS counts,
    c.version AS held, c.etag, c.body_changed_at
FROM (SELECT 1) one LEFT JOIN feed_cache c ON c.feed_key = $1
"""  # noqa: S608 - constants
PRIVATE = f"""
WITH mine AS (
    SELECT f.id, f.company, f.agency, f.kinds, f.alarms, f.locale, f.last_used_at,
        CASE WHEN f.own THEN f.person END AS only,
        coalesce(c.name, a.name) AS name, coalesce(a.tz, 'UTC') AS tz,
        coalesce('company:' || f.company, 'staff:' || f.agency) || ARRAY(
            SELECT 'fair:' || i.fair FROM calendar_item i
            WHERE i.company = f.company AND i.fair IS NOT NULL AND i.status <> 'cancelled'
            UNION
            SELECT 'fair:' || i.fair FROM calendar_item i
            WHERE i.agency = f.agency AND i.fair IS NOT NULL AND i.status <> 'cancelled'
        ) AS sources
    FROM feed f
    JOIN person p ON p.id = f.person AND p.disabled_at IS NULL
    LEFT JOIN company c ON c.id = f.company
    LEFT JOIN agency a ON a.id = f.agency
    WHERE f.token_hash = $1 AND f.revoked_at IS NULL AND (
        EXISTS (SELECT 1 FROM company_member m WHERE m.company = f.company AND m.person = f.person)
        OR EXISTS (SELECT 1 FROM agency_member m WHERE m.agency = f.agency AND m.person = f.person))
)
SELECT mine.*, ({COUNTS.format(sources="mine.sources")}) AS counts,
    c.version AS held, c.etag, c.body_changed_at
FROM mine LEFT JOIN feed_cache c ON c.feed_key = 'feed:' || mine.id
"""  # noqa: S608 - constants


async def _private(token: str) -> Feed | None:
    """The feed of a token, whose owner is still a member, and how it stands: one read for a 304."""
    found = await row(PRIVATE, tokens.hash_of(token))
    if found is None:
        return None
    scope = "company" if found["company"] is not None else "agency"
    with text.speaking(found["locale"]):
        name = gettext(N_("{organisation}: fairs and deadlines"), organisation=found["name"])
    return Feed(
        key=f"feed:{found['id']}",
        header=rendering.Header(name, found["tz"], colour=rendering.COLOURS["private"]),
        condition=SCOPES[scope],
        argument=found[scope],
        sources=tuple(found["sources"]),
        filename="pavilion.ics",
        private=True,
        kinds=tuple(found["kinds"]),
        alarms=found["alarms"],
        only=found["only"],
        locale=found["locale"],
        feed_id=found["id"],
        last_used_at=found["last_used_at"],
        standing=_standing(found),
    )


def _standing(found: dict[str, Any]) -> Standing:
    return Standing(found["counts"], found["held"], found["etag"], found["body_changed_at"])


async def _stands(feed: Feed) -> Standing:
    found = await row(STANDING, feed.key, list(feed.sources))
    assert found is not None
    return _standing(found)


async def current(feed: Feed, fresh: Callable[[str, datetime], bool]) -> Body:
    """The feed as it is now; without bytes where `fresh` says that the client has them already.

    The window moves once a day, at midnight UTC.
    """
    standing = feed.standing or await _stands(feed)
    if standing.held != _recipe(feed) + standing.counts:
        return await _rebuild(feed)
    assert standing.etag is not None
    assert standing.body_changed_at is not None
    if fresh(standing.etag, standing.body_changed_at):
        return Body(standing.etag, standing.body_changed_at, b"")
    return await _kept(feed) or await _rebuild(feed)


async def _kept(feed: Feed) -> Body | None:
    found = await row(
        "SELECT etag, body_changed_at, body_gz FROM feed_cache WHERE feed_key = $1", feed.key
    )
    return None if found is None else Body(*found.values())


def _recipe(feed: Feed) -> str:
    """Everything beside the items that decides the bytes, and the day."""
    told = (feed.header, feed.kinds, feed.alarms, feed.locale, feed.only)
    parts = (clock.now().date(), *told)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16] + ":"


@action
async def _rebuild(feed: Feed) -> Body:
    """Join the fragments anew. Only one does; if the bytes are the same, so are their stamps."""
    await lock("feed", feed.key)
    # How it stands is read before the items: what changes in between makes the next one rebuild.
    standing = await _stands(feed)
    version = _recipe(feed) + standing.counts
    kept = await _kept(feed)
    if kept is not None and standing.held == version:
        return kept
    await execute("SET LOCAL work_mem = '64MB'")  # so that sorting the entries needs no disk
    made, count = await _join(feed)
    etag = hashlib.sha256(made).hexdigest()[:43]
    now = clock.now().replace(microsecond=0)
    if kept is not None and kept.etag == etag:
        body = kept
    else:
        changed_at = now if kept is None else max(now, kept.changed_at + rules.SECOND)
        body = Body(etag, changed_at, gzip.compress(made, 3, mtime=0))
    await execute(
        "INSERT INTO feed_cache (feed_key, version, etag, body_gz, body_changed_at, items)"
        " VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT (feed_key) DO UPDATE SET version = $2, etag = $3,"
        " body_gz = $4, body_changed_at = $5, items = $6",
        feed.key, version, body.etag, body.body_gz, body.changed_at, count,
    )  # fmt: skip
    return body


JOIN = """
WITH shown AS MATERIALIZED (
    SELECT i.uid, i.kind, i.starts_at, i.start_on, i.start_local, i.end_local, i.tz,
        CASE WHEN $6 AND i.kind = ANY($7) AND i.visibility = 'company'
            THEN substring(i.fragment FOR length(i.fragment) - length($8::bytea)) || $9::bytea
            ELSE i.fragment END AS entry
    FROM calendar_item i
    WHERE {condition} AND i.starts_at < $2 AND i.ends_at >= $3
        AND (i.cancelled_at IS NULL OR i.cancelled_at >= $4)
        AND (cardinality($5::text[]) = 0 OR i.kind = ANY($5::text[]))
        AND ($12::int IS NULL OR i.person IS NULL OR i.person = $12)
), zones AS (
    SELECT tz, extract(year FROM min(start_local))::int AS first,
        extract(year FROM max(coalesce(end_local, start_local)))::int AS last
    FROM shown WHERE start_on IS NULL GROUP BY tz
)
SELECT count(*) AS items,
    coalesce(string_agg(entry, ''::bytea ORDER BY starts_at, uid), ''::bytea) AS body,
    coalesce(bool_or(kind = 'setup' AND starts_at >= $10 AND starts_at < $11), false) AS hurry,
    (SELECT coalesce(jsonb_object_agg(tz, jsonb_build_array(first, last)), '{{}}') FROM zones)
        AS zones
FROM shown
"""


async def _join(feed: Feed) -> tuple[bytes, int]:
    """The bytes of the feed and the number of its items. The entries are joined where they lie."""
    today = clock.now().date()
    first, end = (_midnight(day) for day in rules.window(today))
    found = await row(
        JOIN.format(condition=feed.condition),
        feed.argument,
        end,
        first,
        _midnight(today - KEEP_CANCELLED),
        list(feed.kinds),
        feed.alarms,
        sorted(DUE),
        rendering.END,
        rendering.END_WITH_ALARMS,
        _midnight(today),
        _midnight(today + SETUP_WEEK),
        feed.only,
    )
    assert found is not None
    header = replace(feed.header, refresh=HURRY) if found["hurry"] else feed.header
    zones = {tz: (years[0], years[1]) for tz, years in found["zones"].items()}
    return rendering.feed(header, found["body"], zones), found["items"]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
