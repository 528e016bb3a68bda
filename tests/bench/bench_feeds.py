"""What a poll of a calendar costs, as ratios against a bare ASGI answer of the same server.

Run it with `python -m tests.bench.bench_feeds`; `make bench` calls `main()`.
"""

from __future__ import annotations

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SECONDS = 3.0
CONNECTIONS = 8
BARE = b"There is nothing here but an answer.\n"


def serving() -> Any:
    """The application behind its door, with one bare path in front of it."""
    from server.app import create

    house = create()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == "/bare":
            length = (b"content-length", str(len(BARE)).encode())
            await send({"type": "http.response.start", "status": 200, "headers": [length]})
            await send({"type": "http.response.body", "body": BARE})
        else:
            await house(scope, receive, send)

    return app


class Client(asyncio.Protocol):
    """One connection that asks again as soon as it has been answered."""

    def __init__(self, request: bytes, until: float) -> None:
        self.request = request
        self.until = until
        self.buffer = b""
        self.answers = 0
        self.status = b""
        self.bytes = 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = 0
        for line in head.split(b"\r\n"):
            if line[:15].lower() == b"content-length:":
                length = int(line[15:])
        if len(rest) < length:
            return
        self.status, self.bytes = head[9:12], len(head) + 4 + length
        self.answers += 1
        self.buffer = rest[length:]
        if time.perf_counter() < self.until:
            self.transport.write(self.request)
        else:
            self.transport.close()
            self.done.set_result(None)


async def ask(
    port: int, path: str, seconds: float = 0.0, connections: int = 1, **headers: str
) -> Client:
    """Ask for `path` for a while; the first connection, with the answers of all of them."""
    lines = [f"GET {path} HTTP/1.1", "Host: pavilion.test"]
    lines += [f"{name.replace('_', '-')}: {said}" for name, said in headers.items()]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    until = time.perf_counter() + seconds
    loop = asyncio.get_running_loop()
    clients = []
    for _ in range(connections):
        _, client = await loop.create_connection(lambda: Client(request, until), "127.0.0.1", port)
        clients.append(client)
    await asyncio.gather(*(client.done for client in clients))
    clients[0].answers = sum(client.answers for client in clients)
    return clients[0]


async def rate(port: int, path: str, expected: bytes, **headers: str) -> float:
    """Answers a second."""
    began = time.perf_counter()
    client = await ask(port, path, SECONDS, CONNECTIONS, **headers)
    assert client.status == expected, (path, client.status)
    return client.answers / (time.perf_counter() - began)


async def wait(port: int, path: str, expected: bytes, times: int = 40, **headers: str) -> float:
    """Seconds that one client waits for an answer, at the median."""
    waits = []
    for _ in range(times):
        began = time.perf_counter()
        client = await ask(port, path, **headers)
        waits.append(time.perf_counter() - began)
        assert client.status == expected, (path, client.status)
    return statistics.median(waits)


@contextmanager
def server(url: str) -> Iterator[int]:
    """One worker of the real server, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "uvicorn", "--factory", "tests.bench.bench_feeds:serving",
        "--port", str(port), "--log-level", "warning", "--no-access-log",
    ]  # fmt: skip
    environ = {**os.environ, "DATABASE_URL": url}
    process = subprocess.Popen(command, env=environ, cwd=Path(__file__).parents[2])
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


async def fill() -> str:
    """A feed of 1,000 items, one of 10,000, and a company's private one; the private token."""
    from events.calendars import actions
    from server import clock
    from server.accounts import tokens
    from server.database import action, execute, value

    @action
    async def put_all(sector: str, many: int) -> None:
        start = (clock.now() + timedelta(days=30)).replace(tzinfo=None, second=0, microsecond=0)
        for number in range(many):
            begins = start + timedelta(hours=number % 9_000)
            await actions.put(
                key=f"{sector}:{number}", kind="meeting", summary=f"Meeting {number}", fair=1,
                tz="Europe/Berlin", start=_safe(begins), end=_safe(begins) + timedelta(minutes=45),
                description="At the joint booth. Bring samples; the table is reserved.",
                location="Hall 5.1, stand A-12", sectors=[sector], url=f"https://pavilion.test/{number}",
            )  # fmt: skip

    await put_all("thousand", 1_000)
    await put_all("tenthousand", 10_000)
    now = clock.now()
    person = await value(
        "INSERT INTO person (email, name, locale, created_at)"
        " VALUES ('b@bench.example', 'B', 'en', $1)"
        " RETURNING id",
        now,
    )
    undertaking = await value("INSERT INTO undertaking (name) VALUES ('B') RETURNING id")
    company = await value(
        "INSERT INTO company (undertaking, name, legal_name, country, street, postcode, city,"
        " invoice_email, created_at)"
        " VALUES ($1, 'B', 'B', 'PT', 's', 'p', 'c', 'b@bench.example', $2) RETURNING id",
        undertaking,
        now,
    )
    await execute(
        "INSERT INTO company_member (company, person, role, since) VALUES ($1, $2, 'admin', $3)",
        company,
        person,
        now,
    )
    await execute("UPDATE calendar_item SET company = $1 WHERE key = 'thousand:0'", company)
    token, kept = tokens.new()
    await execute(
        "INSERT INTO feed (person, company, label, kinds, alarms, locale, token_hash, created_at)"
        " VALUES ($1, $2, 'bench', '{}', false, 'en', $3, $4)",
        person,
        company,
        kept,
        now,
    )
    await execute("UPDATE calendar_item SET fair = 2 WHERE key LIKE 'tenthousand:%'")
    return token


def _safe(wall: datetime) -> datetime:
    """Away from the hours in which clocks change."""
    return wall.replace(hour=9 + wall.hour % 10)


def rendered(many: int) -> float:
    """Seconds to render `many` events for one answer with the icalendar library alone."""
    from icalendar import Calendar, Event

    began = time.perf_counter()
    calendar = Calendar()
    for number in range(many):
        made = Event()
        start = datetime(2027, 3, 1, 9, tzinfo=UTC) + timedelta(hours=number)
        for name, said in {
            "uid": str(number), "dtstamp": start, "last-modified": start, "created": start,
            "sequence": 0, "status": "CONFIRMED", "transp": "OPAQUE", "dtstart": start,
            "dtend": start + timedelta(minutes=45), "summary": f"Meeting {number}",
            "description": "At the joint booth. Bring samples; the table is reserved.",
            "location": "Hall 5.1, stand A-12", "url": f"https://pavilion.test/{number}",
            "class": "PUBLIC",
        }.items():  # fmt: skip
            made.add(name, said)
        calendar.add_component(made)
    calendar.to_ical()
    return time.perf_counter() - began


async def measure(url: str) -> None:
    """Fill, serve, ask, print."""
    from events.calendars import actions
    from server import database
    from server.database import action, script, value
    from server.migrating import migrate

    database.engine().config = database.connection_options(url)
    await migrate()
    await database.open_pool(url, size=4)

    @action
    async def edit(number: int) -> None:
        await actions.cancel(f"tenthousand:{number}")

    token = await fill()
    await actions.add_up()  # as a worker does every other minute
    await script("ANALYZE")  # and the database by itself
    small, large, private = "/cal/s/thousand.ics", "/cal/s/tenthousand.ics", f"/cal/{token}.ics"
    with server(url) as port:
        for path in (small, large, private):
            first = await ask(port, path, accept_encoding="gzip")
            assert first.status == b"200", (path, first.status)

        async def tag(path: str) -> str:
            wanted = "feed:%" if path == private else path
            etag = await value("SELECT etag FROM feed_cache WHERE feed_key LIKE $1", wanted)
            return f'"{etag}-gz"'

        bare = await rate(port, "/bare", b"200")
        print(f"{'bare ASGI answer':44}{bare:9,.0f} /s      1.00")
        for name, path, expected in (
            ("304, public, held in memory", small, b"304"),
            ("304, private, read from the database", private, b"304"),
            ("200, public, 1,000 items, stored gzip", small, b"200"),
            ("200, private, 1,000 items, stored gzip", private, b"200"),
        ):
            headers = {"accept_encoding": "gzip"}
            if expected == b"304":
                headers["if_none_match"] = await tag(path)
            reached = await rate(port, path, expected, **headers)
            print(f"{name:44}{reached:9,.0f} /s {reached / bare:9.2f}")
            if name.startswith("200, public"):
                each = statistics.median(rendered(1_000) for _ in range(3))
                said = "... against rendering it for each request"
                print(f"{said:44}{'':12} {reached * each:9,.0f} times")
        known = await wait(port, large, b"304", if_none_match=await tag(large))
        asked = await wait(port, private, b"304", if_none_match=await tag(private))
        news = []
        for number in range(5):
            await edit(number)
            await asyncio.sleep(5.1)
            news.append(await wait(port, large, b"200", times=1, accept_encoding="gzip"))
        fresh = statistics.median(news)
        print(
            f"{'first answer after an edit, 10,000 items':44}{fresh * 1000:9.1f} ms"
            f" {fresh / asked:9.1f} times a 304 that asks the database ({asked * 1000:.2f} ms),"
            f" {fresh / known:.1f} times one from memory ({known * 1000:.2f} ms)"
        )
    await database.close_pool()


def main() -> None:
    """Start a throw-away database and print the table."""
    os.environ.setdefault("PAVILION_SECRET_KEY", "a-secret-for-the-bench-0123456789abcdef")
    os.environ.setdefault("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    from server import embedded

    with (
        tempfile.TemporaryDirectory(prefix="pv") as folder,
        embedded.running(Path(folder) / "pg") as url,
    ):
        asyncio.run(measure(url))


if __name__ == "__main__":
    main()
