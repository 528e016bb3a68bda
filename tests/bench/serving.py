"""The server under test: the real application, and beside it the barest answer ASGI can give."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.embedded_place import locate

ROOT = Path(__file__).parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
BARE = "/bare"


def create() -> Any:
    """The application with one more address, answered before anything of ours is asked."""
    from server.app import create as door

    inner = door()

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == BARE:
            await send(
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": [(b"content-type", b"text/plain"), (b"content-length", b"2")],
                }
            )
            await send({"type": "http.response.body", "body": b"ok"})
            return
        await inner(scope, receive, send)

    return app


@dataclass(frozen=True)
class Serving:
    """A server that runs: where it listens, and the process on top of it."""

    port: int
    process: int

    def cpu(self) -> float:
        """CPU seconds that the server and its workers have used so far."""
        return cpu_of(self.process)


def cpu_of(process: int) -> float:
    """CPU seconds of a process and all that it started."""
    parents: dict[int, list[int]] = {}
    spent: dict[int, float] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            told = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        number = int(folder.name)
        parents.setdefault(int(told[1]), []).append(number)
        spent[number] = (int(told[11]) + int(told[12])) / TICKS
    total, todo = 0.0, [process]
    while todo:
        one = todo.pop()
        total += spent.get(one, 0.0)
        todo += parents.get(one, [])
    return total


def database_process(folder: Path) -> int:
    """The process on top of the embedded PostgreSQL of `folder`."""
    return int((locate(folder).data / "postmaster.pid").read_text().split("\n", 1)[0])


@contextmanager
def serving(url: str, workers: int) -> Iterator[Serving]:
    """uvicorn with so many workers on the database at `url`, as `pavilion serve` starts it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "PAVILION_SECOND_FACTOR": "offered",
        "DATABASE_URL": url,
        "PAVILION_BASE_URL": f"http://127.0.0.1:{port}",
    }
    process = subprocess.Popen(
        [
            sys.executable, "-m", "uvicorn", "tests.bench.serving:create", "--factory",
            "--port", str(port), "--workers", str(workers), "--log-level", "warning",
            "--no-access-log", "--no-server-header",
        ],
        cwd=ROOT,
        env=environment,
    )  # fmt: skip
    try:
        _wait(port, process)
        yield Serving(port, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(1200):
        if process.poll() is not None:
            raise RuntimeError("The server under test did not start.")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{BARE}", timeout=1)
            time.sleep(1)  # the other workers
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("The server under test does not answer.")
