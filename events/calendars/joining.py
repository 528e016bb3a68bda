"""Joining the entries of a feed: a small one as a whole, a large one in parts.

An edit of a large feed makes one of its parts anew: the parts are compressed apart and answered as
one stream.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec

from events.calendars import rendering, rules
from events.calendars.pieces import Piece, gzipped, piece
from events.calendars.rules import CHUNKS, DUE, KEEP_CANCELLED
from server import clock
from server.database import execute, rows, step

SETUP_WEEK = timedelta(days=7)
HURRY = timedelta(hours=1)
WHOLE = 2000
"""A feed with more items is kept in parts."""
CLOSING = piece(rendering.CALENDAR_END)


class Standing(msgspec.Struct, frozen=True):
    """How often what a feed is made of has changed, and what is kept of it."""

    counts: str
    held: str | None
    etag: str | None
    body_changed_at: datetime | None
    items: int


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


class Counts(msgspec.Struct, frozen=True):
    """How often what a feed is made of has changed: (source, part) to a number."""

    added: dict[tuple[str, int], int]

    def of(self, chunk: int | None = None) -> str:
        """The version of a part, or of all."""
        found: dict[str, int] = {}
        for (source, part), n in self.added.items():
            if chunk in (None, part):
                found[source] = found.get(source, 0) + n
        return ",".join(f"{source}={found[source]}" for source in sorted(found))


class Body(msgspec.Struct, frozen=True):
    """What a client is given, and by what it recognises it."""

    etag: str
    changed_at: datetime
    body_gz: bytes


class Chunk(msgspec.Struct, frozen=True):
    """Entries joined: of a whole feed, or of one part of a large one."""

    piece: Piece
    items: int
    hurry: bool
    zones: dict[str, list[int]]


NOTHING = Chunk(piece(b""), 0, False, {})


async def kept(feed: Feed) -> Body | None:
    """The stored bytes with what they are recognised by, read at one moment."""
    found = await rows(
        "SELECT c.etag, c.body_changed_at, c.body_gz, k.deflated, k.crc, k.length, k.digest,"
        " k.items, k.hurry, k.zones FROM feed_cache c LEFT JOIN feed_chunk k"
        " ON k.feed_key = c.feed_key AND c.body_gz = '' WHERE c.feed_key = $1 ORDER BY k.chunk",
        feed.key,
    )
    if not found or (not found[0]["body_gz"] and found[0]["deflated"] is None):
        return None
    first = found[0]
    packed = first["body_gz"] or gzipped(pieces(feed, [_chunk(each) for each in found]))
    return Body(first["etag"], first["body_changed_at"], packed)


@step
async def join(feed: Feed, recipe: str, counts: Counts, *, large: bool) -> list[Chunk]:
    """The entries as they are now: one part, or those of a large feed with what is stale made
    anew. `recipe` stands for all that decides the bytes beside the items, `counts` for these: it
    was read before them, so what changes in between makes the next one join again."""
    if not large:
        whole = (await _joined(feed, "0")).get(0, NOTHING)
        if whole.items <= WHOLE:
            return [whole]
    return await _parts(feed, recipe, counts)


def pieces(feed: Feed, chunks: list[Chunk]) -> list[Piece]:
    """The whole calendar: what stands before the entries as all parts need it, the parts, the
    end."""
    zones: dict[str, tuple[int, int]] = {}
    for each in chunks:
        for tz, (first, last) in each.zones.items():
            before = zones.get(tz, (first, last))
            zones[tz] = min(first, before[0]), max(last, before[1])
    hurry = any(each.hurry for each in chunks)
    header = replace(feed.header, refresh=HURRY) if hurry else feed.header
    head = rendering.head(header, zones, empty=not any(each.items for each in chunks))
    return [piece(head), *(each.piece for each in chunks), CLOSING]


JOIN = """
WITH shown AS MATERIALIZED (
    SELECT {chunk} AS chunk, i.uid, i.kind, i.starts_at, i.start_on, i.start_local, i.end_local,
        i.tz, CASE WHEN $6 AND i.kind = ANY($7) AND i.visibility = 'company'
            THEN substring(i.fragment FOR length(i.fragment) - length($8::bytea)) || $9::bytea
            ELSE i.fragment END AS entry
    FROM calendar_item i
    WHERE {condition} AND i.starts_at < $2 AND i.ends_at >= $3
        AND (i.cancelled_at IS NULL OR i.cancelled_at >= $4)
        AND (cardinality($5::text[]) = 0 OR i.kind = ANY($5::text[]))
        AND ($12::int IS NULL OR i.person IS NULL OR i.person = $12) {narrowed}
), zones AS (
    SELECT chunk, tz, extract(year FROM min(start_local))::int AS first,
        extract(year FROM max(coalesce(end_local, start_local)))::int AS last
    FROM shown WHERE start_on IS NULL GROUP BY chunk, tz
)
SELECT chunk, count(*) AS items, string_agg(entry, ''::bytea ORDER BY starts_at, uid) AS body,
    bool_or(kind = 'setup' AND starts_at >= $10 AND starts_at < $11) AS hurry,
    (SELECT coalesce(jsonb_object_agg(tz, jsonb_build_array(first, last)), '{{}}') FROM zones z
        WHERE z.chunk = shown.chunk) AS zones
FROM shown GROUP BY chunk
"""


async def _joined(feed: Feed, chunk: str, narrowed: str = "", *more: object) -> dict[int, Chunk]:
    """Entries of the feed joined where they lie, by the part they are in."""
    today = clock.now().date()
    first, end = (_midnight(day) for day in rules.window(today))
    found = await rows(
        JOIN.format(condition=feed.condition, chunk=chunk, narrowed=narrowed),
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
        *more,
    )
    return {
        each["chunk"]: Chunk(piece(each["body"]), each["items"], each["hurry"], each["zones"])
        for each in found
    }


async def _parts(feed: Feed, recipe: str, counts: Counts) -> list[Chunk]:
    """The parts of a large feed, of which those are made anew whose version has moved."""
    # What an older version of this program has written may lie in any part.
    same = f"{recipe}{counts.of(-1)}:"
    wanted = [same + counts.of(n) for n in range(CHUNKS)]
    held = await rows(
        "SELECT chunk, version, deflated, crc, length, digest, items, hurry, zones FROM feed_chunk"
        " WHERE feed_key = $1",
        feed.key,
    )
    found = {
        each["chunk"]: _chunk(each) for each in held if wanted[each["chunk"]] == each["version"]
    }
    stale = [n for n in range(CHUNKS) if n not in found]
    if stale:
        narrowed = f"AND i.id % {CHUNKS} = ANY($13::int[])"
        made = await _joined(feed, f"i.id % {CHUNKS}", narrowed, stale)
        for n in stale:
            found[n] = made.get(n, NOTHING)
            await _keep(feed, n, wanted[n], found[n])
    return [found[n] for n in range(CHUNKS)]


def _chunk(found: dict[str, Any]) -> Chunk:
    parts = (found[name] for name in ("deflated", "crc", "length", "digest"))
    return Chunk(Piece(*parts), found["items"], found["hurry"], found["zones"])


async def _keep(feed: Feed, n: int, version: str, made: Chunk) -> None:
    await execute(
        "INSERT INTO feed_chunk (feed_key, chunk, version, deflated, crc, length, digest, items,"
        " hurry, zones) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)"
        " ON CONFLICT (feed_key, chunk) DO UPDATE SET version = $3, deflated = $4, crc = $5,"
        " length = $6, digest = $7, items = $8, hurry = $9, zones = $10",
        feed.key, n, version, made.piece.deflated, made.piece.crc, made.piece.length,
        made.piece.digest, made.items, made.hurry, made.zones,
    )  # fmt: skip


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
