"""The bytes of a feed: kept while its version stands, joined anew from fragments when it moved."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from events.calendars import joining, rendering, rules, subjects
from events.calendars.joining import WHOLE, Body, Counts, Feed, Standing
from events.calendars.pieces import gzipped
from events.calendars.queries import SCOPES
from events.calendars.subjects import Public
from server import clock, text
from server.accounts import tokens
from server.database import action, execute, row, rows
from server.locking import lock
from server.settings import load
from server.text import N_, gettext


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
SELECT coalesce(string_agg(source || '=' || n, ',' ORDER BY source COLLATE "C"), '')
FROM (SELECT source, sum(n) AS n FROM feed_touch
    WHERE source = ANY({sources}) GROUP BY source) added
"""
STANDING = f"""
SELECT ({COUNTS.format(sources="$2::text[]")}) AS counts,
    c.version AS held, c.etag, c.body_changed_at, coalesce(c.items, 0) AS items
FROM (SELECT 1) one LEFT JOIN feed_cache c ON c.feed_key = $1
"""  # noqa: S608 - constants
IN_PARTS = """
SELECT added.source, added.chunk, added.n,
    c.version AS held, c.etag, c.body_changed_at, coalesce(c.items, 0) AS items
FROM (SELECT 1) one LEFT JOIN feed_cache c ON c.feed_key = $1
LEFT JOIN (SELECT source, chunk, sum(n)::bigint AS n FROM feed_touch
    WHERE source = ANY($2::text[]) GROUP BY source, chunk) added ON true
"""
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
    c.version AS held, c.etag, c.body_changed_at, coalesce(c.items, 0) AS items
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
    names = ("counts", "held", "etag", "body_changed_at", "items")
    return Standing(*(found[name] for name in names))


async def _stands(feed: Feed) -> Standing:
    found = await row(STANDING, feed.key, list(feed.sources))
    assert found is not None
    return _standing(found)


async def _in_parts(feed: Feed) -> tuple[Counts, Standing]:
    """How the feed and each of its parts stand, read at one moment."""
    found = await rows(IN_PARTS, feed.key, list(feed.sources))
    counts = Counts(
        {(each["source"], each["chunk"]): each["n"] for each in found if each["source"]}
    )
    return counts, _standing({**found[0], "counts": counts.of()})


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
    return await joining.kept(feed) or await _rebuild(feed)


def _recipe(feed: Feed) -> str:
    """Everything beside the items that decides the bytes, and the day."""
    told = (feed.header, feed.kinds, feed.alarms, feed.locale, feed.only)
    parts = (clock.now().date(), *told)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16] + ":"


@action
async def _rebuild(feed: Feed) -> Body:
    """Join the fragments anew. Only one does; if the bytes are the same, so are their stamps."""
    await lock("feed", feed.key)
    counts, standing = await _in_parts(feed)
    recipe = _recipe(feed)
    if standing.held == recipe + standing.counts and (body := await joining.kept(feed)):
        return body
    # Nothing here is lost with a crash that could not be joined again; sorting needs no disk.
    await execute("SET LOCAL synchronous_commit = off; SET LOCAL work_mem = '64MB'")
    chunks = await joining.join(feed, recipe, counts, large=standing.items > WHOLE)
    pieces = joining.pieces(feed, chunks)
    etag = hashlib.sha256(b"".join(each.digest for each in pieces)).hexdigest()[:43]
    packed = gzipped(pieces)
    before = standing.body_changed_at
    changed_at = clock.now().replace(microsecond=0)
    if before is not None:
        same = standing.etag == etag
        changed_at = before if same else max(changed_at, before + rules.SECOND)
    await execute(
        "INSERT INTO feed_cache (feed_key, version, etag, body_gz, body_changed_at, items)"
        " VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT (feed_key) DO UPDATE SET version = $2, etag = $3,"
        " body_gz = $4, body_changed_at = $5, items = $6",
        feed.key, recipe + standing.counts, etag, packed if len(chunks) == 1 else b"", changed_at,
        sum(each.items for each in chunks),
    )  # fmt: skip
    return Body(etag, changed_at, packed)
