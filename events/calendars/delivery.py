"""How calendar programs are answered: strong ETags, 304, gzip, and one 404 for all that is missing.

No session, no cookie, and nothing that a poll does not need. A path here may hold a token, so it
is never logged.
"""

import gzip
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import msgspec
from litestar import Request
from litestar.types import ASGIApp, Receive, Scope, Send

from events.calendars import actions, feeds, rendering
from events.calendars.joining import Body, Feed
from events.calendars.rules import Timing
from server import clock
from server.database import engine, row
from server.web import get, needs

PREFIX = "/cal/"
ADDRESS = re.compile(r"(?:([fbapshde])/)?([^/\x00-\x1f]{1,120})\.ics")
PUBLIC_CACHE = b"public, max-age=900, stale-while-revalidate=3600"
PRIVATE_CACHE = b"private, max-age=0, must-revalidate"
MISSING = b"There is no calendar at this address.\n"
HOLD = timedelta(seconds=5)
MOST_HELD = 200
USED = timedelta(hours=1)

Headers = list[tuple[bytes, bytes]]


class Asked(msgspec.Struct, frozen=True):
    """What the headers of a poll say."""

    tags: frozenset[str]
    any_tag: bool
    has_tags: bool
    since: datetime | None
    gzipped: bool

    def fresh(self, etag: str, changed_at: datetime) -> bool:
        """Whether the client's copy is this one. A tag decides alone where there is one."""
        if self.has_tags:
            return self.any_tag or bool(self.tags & {etag, f"{etag}-gz"})
        return self.since is not None and changed_at <= self.since


class Held(msgspec.Struct, frozen=True):
    """An answer kept in memory for a moment, as long as the database it came from is the same."""

    until: datetime
    pool: object
    feed: Feed
    body: Body

    def holds(self, pool: object) -> bool:
        """Whether it may be given once more."""
        return self.until > clock.now() and self.pool is pool


_held: dict[str, Held] = {}


def forget() -> None:
    """Drop what is held in memory."""
    _held.clear()


async def serve(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a GET below /cal/. For a HEAD the door withholds the body."""
    asked = _asked(scope["headers"])
    path = _path(scope)
    found = ADDRESS.fullmatch(path.removeprefix(PREFIX))
    if found is None:
        await _missing(send)
        return
    letter, name = found[1] or "", unquote(found[2])
    if letter == "e":
        await _one(send, asked, name)
        return
    feed = await feeds.find(name, letter)
    if feed is None:
        await _missing(send)
        return
    if feed.private:
        if feed.last_used_at is None or feed.last_used_at < clock.now() - USED:
            await actions.used(feed.feed_id)
        await _give(send, asked, feed, await feeds.current(feed, asked.fresh))
        return
    body = await feeds.current(feed, _never)
    if len(_held) >= MOST_HELD:
        _held.clear()
    _held[path] = Held(clock.now() + HOLD, engine().pool, feed, body)
    await _give(send, asked, feed, body)


class Front:
    """Stands before the door: a poll for what is held in memory goes no further than here."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.engine = engine()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            held = _held.get(_path(scope))
            if held and held.holds(self.engine.pool) and scope["method"] in ("GET", "HEAD"):
                shown = send if scope["method"] == "GET" else _without_body(send)
                await _give(shown, _asked(scope["headers"]), held.feed, held.body)
                return
        await self.app(scope, receive, send)


def _without_body(send: Send) -> Send:
    async def sent(message: Any) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return sent


def _never(etag: str, changed_at: datetime) -> bool:
    return False


def _path(scope: Any) -> str:
    whole = str(scope.get("raw_path", b"").decode("latin-1") or scope["path"])
    return whole.partition("?")[0]


def _asked(headers: Iterable[tuple[bytes, bytes]]) -> Asked:
    tags: set[str] = set()
    any_tag = has_tags = gzipped = False
    since = None
    for name, value in headers:
        if name == b"if-none-match":
            has_tags = True
            said = value.decode("latin-1")
            any_tag = any_tag or said.strip() == "*"
            tags |= set(re.findall(r'(?:W/)?"([^"]*)"', said))
        elif name == b"if-modified-since":
            try:
                since = parsedate_to_datetime(value.decode("latin-1"))
            except ValueError:
                since = None
            if since is not None and since.tzinfo is None:
                since = since.replace(tzinfo=UTC)
        elif name == b"accept-encoding":
            gzipped = _takes_gzip(value.decode("latin-1").lower())
    return Asked(frozenset(tags), any_tag, has_tags, since, gzipped)


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.split(","):
        coding, _, parameter = part.partition(";")
        if coding.strip() in ("gzip", "x-gzip"):
            quality = re.fullmatch(r"\s*q\s*=\s*([\d.]+)\s*", parameter)
            return quality is None or quality[1].strip("0.") != ""
    return False


async def _give(send: Send, asked: Asked, feed: Feed, body: Body) -> None:
    # A copy is named by its coding too: the client hears the tag it asked with again.
    coded = f"{body.etag}-gz" in asked.tags or (asked.gzipped and body.etag not in asked.tags)
    headers = [
        (b"etag", f'"{body.etag}{"-gz" if coded else ""}"'.encode()),
        (b"last-modified", format_datetime(body.changed_at, usegmt=True).encode()),
        (b"vary", b"Accept-Encoding"),
        *_standing(private=feed.private),
    ]
    if asked.fresh(body.etag, body.changed_at):
        await _answer(send, 304, headers, b"")
        return
    headers[0] = (b"etag", f'"{body.etag}{"-gz" if asked.gzipped else ""}"'.encode())
    headers += [
        (b"content-type", b"text/calendar; charset=utf-8"),
        (b"content-disposition", _filename(feed.filename)),
    ]
    if asked.gzipped:
        headers.append((b"content-encoding", b"gzip"))
        sent = body.body_gz
    else:
        sent = gzip.decompress(body.body_gz)
    await _answer(send, 200, headers, sent)


async def _one(send: Send, asked: Asked, name: str) -> None:
    """A single public item as a file."""
    try:
        uid = UUID(name)
    except ValueError:
        await _missing(send)
        return
    found = await row(
        "SELECT summary, fragment, tz, start_local, end_local, start_on, end_on, last_modified"
        " FROM calendar_item WHERE uid = $1 AND visibility = 'public'",
        uid,
    )
    if found is None:
        await _missing(send)
        return
    made = single(found)
    body = Body(sha256(made).hexdigest()[:43], found["last_modified"], gzip.compress(made, mtime=0))
    feed = Feed(name, rendering.Header(""), "", None, (), f"{uid}.ics")
    await _give(send, asked, feed, body)


def single(found: dict[str, Any]) -> bytes:
    """A calendar of one item, from its row."""
    names = ("tz", "start_local", "end_local", "start_on", "end_on")
    zones = rendering.zones_of([Timing(*(found[name] for name in names))])
    return rendering.feed(rendering.Header(found["summary"], found["tz"]), found["fragment"], zones)


async def _missing(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *_standing(private=True)]
    await _answer(send, 404, headers, MISSING)


def _standing(*, private: bool) -> Headers:
    return [
        (b"cache-control", PRIVATE_CACHE if private else PUBLIC_CACHE),
        (b"x-robots-tag", b"noindex"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
    ]


def _filename(name: str) -> bytes:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name) or "calendar.ics"
    return f'inline; filename="{plain}"'.encode()


async def _answer(send: Send, status: int, headers: Headers, body: bytes) -> None:
    if status != 304:
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _answered(request: Request[Any, Any, Any]) -> ASGIApp:
    return serve


HANDLERS = [
    get(path, needs("public.read"))(_answered)
    for path in ("/cal/{name:str}", "/cal/{letter:str}/{name:str}")
]
