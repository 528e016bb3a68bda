"""Races: 64 clients in four processes that start together, on the real database."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from server import database
from server.accounts.permissions import Actor

PROCESSES = 4
CLIENTS = 64
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    """What one client got: a yes, a sentence, or a fault of the server's."""

    accepted: bool
    said: str
    fault: str
    seconds: float
    item: dict[str, Any]


@dataclass(frozen=True)
class Race:
    """All outcomes, and the seconds from the first start to the last answer."""

    outcomes: list[Outcome]
    seconds: float

    @property
    def accepted(self) -> list[Outcome]:
        return [each for each in self.outcomes if each.accepted]

    @property
    def refused(self) -> list[Outcome]:
        return [each for each in self.outcomes if not each.accepted and not each.fault]

    @property
    def faults(self) -> list[str]:
        return [each.fault for each in self.outcomes if each.fault]

    def told(self, what: str) -> str:
        """One line with the rates."""
        slowest = max(each.seconds for each in self.outcomes)
        return (
            f"{what}: {len(self.outcomes)} clients in {PROCESSES} processes, {self.seconds:.2f} s:"
            f" {len(self.accepted)} accepted ({len(self.accepted) / self.seconds:.0f}/s),"
            f" {len(self.refused)} refused ({len(self.refused) / self.seconds:.0f}/s),"
            f" {len(self.faults)} faults, slowest answer {slowest:.2f} s"
        )


_runners: list[asyncio.subprocess.Process] = []


async def race(url: str, verb: str, actor: Actor, items: list[dict[str, Any]]) -> Race:
    """Run `verb` for each item at the same moment, the items dealt out to the processes.

    The processes stay for the next race, until `retire`: loading the house takes each of them
    longer than a race.
    """
    while len(_runners) < PROCESSES:
        _runners.append(
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.concurrency.racer",
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=2**24,
            )
        )
    try:
        for number, runner in enumerate(_runners):
            plan = {
                "url": url,
                "verb": verb,
                "actor": msgspec.to_builtins(actor),
                "items": items[number::PROCESSES],
            }
            await _say(runner, json.dumps(plan))
        for runner in _runners:
            assert await _hear(runner) == "ready"
        began = time.perf_counter()
        for runner in _runners:
            await _say(runner, "go")
        found = [json.loads(line) for line in await asyncio.gather(*map(_hear, _runners))]
        seconds = time.perf_counter() - began
    except BaseException:
        await retire()
        raise
    return Race([_outcome(each) for part in found for each in part], seconds)


async def retire() -> None:
    """Let the processes go."""
    while _runners:
        runner = _runners.pop()
        if runner.returncode is None:
            runner.kill()
        await runner.wait()


def _outcome(found: dict[str, Any]) -> Outcome:
    told = {name: found.pop(name) for name in ("accepted", "said", "fault", "seconds")}
    return Outcome(**told, item=found)


async def _say(runner: asyncio.subprocess.Process, line: str) -> None:
    assert runner.stdin is not None
    runner.stdin.write(line.encode() + b"\n")
    await runner.stdin.drain()


async def _hear(runner: asyncio.subprocess.Process) -> str:
    assert runner.stdout is not None
    async with asyncio.timeout(120):
        return (await runner.stdout.readline()).decode().strip()


@asynccontextmanager
async def scratch(url: str, *without: str) -> AsyncIterator[str]:
    """A copy of the database at `url` where the SQL in `without` has taken guards away.

    PostgreSQL copies a database only while nobody is connected, so this process leaves for it.
    """
    base, _, options = url.partition("?")
    head, name = base.rsplit("/", 1)
    tail = f"?{options}" if options else ""
    server = await asyncpg.connect(f"{head}/postgres{tail}")
    copy = f"{name}_scratch"
    try:
        await database.close_pool()
        await server.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}" STRATEGY wal_log')
        await database.open_pool(url, size=10)
        made = await asyncpg.connect(f"{head}/{copy}{tail}")
        for sql in without:
            await made.execute(sql)
        await made.close()
        yield f"{head}/{copy}{tail}"
    finally:
        await server.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
        await server.close()
