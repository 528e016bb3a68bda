"""A small HTTP/1.1 client that asks, waits for the whole answer, and asks again."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass
class Load:
    """What the clients saw: seconds per answer, answers by status, bytes of the last body."""

    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    body_bytes: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, part: float) -> float:
        """Seconds that `part` of the answers took at most."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


class _Client(asyncio.Protocol):
    """One connection, one question at a time."""

    def __init__(self, load: Load, following: Callable[[], bytes | None]) -> None:
        self.load = load
        self.following = following
        self.done = asyncio.get_running_loop().create_future()
        self.buffer = b""
        self.needed = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._ask()

    def _ask(self) -> None:
        request = self.following()
        if request is None:
            self.transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        self.buffer, self.needed = b"", -1
        self.began = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.needed < 0:
            head, found, _ = self.buffer.partition(b"\r\n\r\n")
            if not found:
                return
            self.status = int(head[9:12])
            length, place = 0, ""
            for line in head.split(b"\r\n")[1:]:
                name, _, given = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(given)
                elif name.lower() == b"location":
                    place = given.strip().decode()
                elif name.lower() == b"transfer-encoding":
                    raise RuntimeError("This client reads answers with a length only.")
            self.place = place
            self.body = length
            self.needed = len(head) + 4 + length
        if len(self.buffer) < self.needed:
            return
        load = self.load
        load.latencies.append(time.perf_counter() - self.began)
        load.statuses[self.status] = load.statuses.get(self.status, 0) + 1
        if self.place:
            shape = "".join("0" if sign.isdigit() else sign for sign in self.place)
            load.places[shape] = load.places.get(shape, 0) + 1
        load.body_bytes = self.body
        self._ask()

    def connection_lost(self, fault: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(fault or ConnectionResetError("The server hung up."))


def get(port: int, path: str, cookie: str = "") -> bytes:
    """The bytes of a GET as a browser sends it."""
    return _request(port, "GET", path, cookie)


def post(port: int, path: str, cookie: str, form: str) -> bytes:
    """The bytes of a form sent by one of our own pages."""
    return _request(
        port,
        "POST",
        path,
        cookie,
        f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(form)}\r\n"
        f"origin: http://127.0.0.1:{port}\r\nsec-fetch-site: same-origin\r\n",
        form,
    )


def _request(
    port: int, method: str, path: str, cookie: str, more: str = "", body: str = ""
) -> bytes:
    said = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\naccept-encoding: gzip\r\n"
    if cookie:
        said += f"cookie: pavilion={cookie}\r\n"
    return f"{said}{more}\r\n{body}".encode()


async def _drive(port: int, clients: int, following: Callable[[], bytes | None]) -> Load:
    load = Load()
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    made = [
        await loop.create_connection(lambda: _Client(load, following), "127.0.0.1", port)
        for _ in range(clients)
    ]
    await asyncio.gather(*(client.done for _, client in made))
    load.seconds = time.perf_counter() - began
    return load


async def again_and_again(port: int, request: bytes, clients: int, seconds: float) -> Load:
    """The same question by so many clients for so long."""
    until = time.perf_counter() + seconds

    def following() -> bytes | None:
        return request if time.perf_counter() < until else None

    return await _drive(port, clients, following)


async def each_once(port: int, requests: Iterator[bytes], clients: int, seconds: float) -> Load:
    """Each question once, by whichever client is free, for so long at most."""
    until = time.perf_counter() + seconds

    def following() -> bytes | None:
        return next(requests, None) if time.perf_counter() < until else None

    return await _drive(port, clients, following)
