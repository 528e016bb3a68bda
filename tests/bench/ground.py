"""Databases to measure on: one call with few applications, one with many."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from booths.calls import deciding
from booths.calls.forms import AdmitForm
from server import database
from server.database import execute
from server.migrating import migrate
from tests.concurrency.world import World, build

TEMPLATE = "bench_template"


def named(url: str, name: str) -> str:
    """`url` with another database's name."""
    head, _, options = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{options}" if options else "")


async def _run(url: str, sql: str) -> None:
    held = await asyncpg.connect(url)
    try:
        await held.execute(sql)
    finally:
        await held.close()


async def prepare(url: str) -> None:
    """A migrated database that the others are copies of."""
    await _run(url, f"CREATE DATABASE {TEMPLATE}")
    database.engine().config = database.connection_options(named(url, TEMPLATE))
    await migrate()


@asynccontextmanager
async def empty(url: str, name: str) -> AsyncIterator[str]:
    """A fresh database with nothing in it; this process is connected to it."""
    await _run(url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY wal_log")
    here = named(url, name)
    await database.open_pool(here, size=4)
    try:
        yield here
    finally:
        await database.close_pool()
        await _run(url, f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def ground(
    url: str, name: str, applicants: int, **more: bool
) -> AsyncIterator[tuple[str, World]]:
    """A fresh database with a call and so many applications; this process is connected to it."""
    async with empty(url, name) as here:
        world = await build(applicants, **more)
        yield here, world
        await world.cast.leave()


async def decide_some(world: World, admitted: int) -> None:
    """As a call looks while it is decided: some admitted, a third checked, some waiting."""
    for application, stand in zip(world.applications[:admitted], world.stands, strict=False):
        await deciding.admit(world.mara, AdmitForm(stand=stand), application_id=application)
    rest = world.applications[admitted:]
    await execute(
        "UPDATE application SET state = 'eligible' WHERE id = ANY($1::int[])",
        rest[: len(rest) // 3],
    )
    await execute(
        "UPDATE application a SET state = 'wait_listed', wait_position = w.place FROM"
        " unnest($1::int[]) WITH ORDINALITY AS w (id, place) WHERE a.id = w.id",
        rest[len(rest) // 3 : len(rest) // 2],
    )
    await execute("ANALYZE")
