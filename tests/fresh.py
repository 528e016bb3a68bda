"""Fresh databases: a copy of the migrated one, and the same copy emptied for the next test.

Emptying takes a tenth of the time of dropping and copying. A test that changed the schema, or left
somebody in its database, gets it dropped instead.
"""

import asyncio
import io
import os
import re
from dataclasses import dataclass, field
from typing import Any

import asyncpg

_TABLES = (
    "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = 'public' ORDER BY 1"
)
_SEQUENCES = "SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences"
_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
# What a test may not change and keep its database: tables, constraints, triggers, functions.
_SCHEMA = (
    "SELECT (SELECT (count(*), max(oid)) FROM pg_class WHERE relnamespace = 'public'::regnamespace)"
    "::text || (SELECT (count(*), max(oid), bool_and(convalidated)) FROM pg_constraint)::text"
    " || (SELECT (count(*), max(oid), min(tgenabled)) FROM pg_trigger)::text"
    " || (SELECT (count(*), max(oid), md5(string_agg(md5(prosrc), '' ORDER BY oid)))"
    " FROM pg_proc WHERE pronamespace = 'public'::regnamespace)::text"
)


def named(url: str, name: str) -> str:
    """`url` with another database's name."""
    head, _, options = url.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/{name}" + (f"?{options}" if options else "")


def as_superuser(url: str) -> str:
    """The same address for the server's own superuser, whom it lets in from this machine."""
    return re.sub(r"//[^@/]*@", "//postgres@", url)


async def run(url: str, sql: str) -> None:
    """One statement on a connection of its own."""
    held = await asyncpg.connect(url)
    try:
        await held.execute(sql)
    finally:
        await held.close()


async def drop(postgres: str, name: str) -> None:
    """Drop a database; one that autovacuum is in may not be forced, but waits for it."""
    try:
        await run(postgres, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    except asyncpg.InsufficientPrivilegeError:
        await run(postgres, f"DROP DATABASE IF EXISTS {name}")


@dataclass
class _Blank:
    """What a fresh copy holds: its schema, its few rows, and where its sequences stand."""

    schema: str
    empty: str
    rows: dict[str, bytes] = field(default_factory=dict)


class Copies:
    """The copies of one process: one at a time, the same one again where it can be emptied."""

    def __init__(self, postgres: str, template: str) -> None:
        self.postgres = postgres
        self.template = template
        self.made = 0
        self.kept: str | None = None
        self.blank: _Blank | None = None

    async def take(self) -> str:
        """The URL of a database that nobody has used."""
        if self.kept is None:
            self.made += 1
            self.kept = f"pavilion_{os.getpid()}_{self.made}"
            await run(
                self.postgres,
                f"CREATE DATABASE {self.kept} TEMPLATE {self.template} STRATEGY wal_log",
            )
        return named(self.postgres, self.kept)

    async def give_back(self) -> None:
        """Empty the database for the next test, or drop it."""
        assert self.kept is not None
        try:
            clean = await self._emptied(named(self.postgres, self.kept))
        except (asyncpg.PostgresError, OSError):
            clean = False
        if not clean:
            await self.close()

    async def close(self) -> None:
        """Drop the database."""
        if self.kept is not None:
            name, self.kept = self.kept, None
            await drop(self.postgres, name)

    async def _emptied(self, url: str) -> bool:
        if self.blank is None:
            self.blank = await _blank(named(self.postgres, self.template))
        held = await asyncpg.connect(as_superuser(url))
        try:
            if not await _alone(held) or await held.fetchval(_SCHEMA) != self.blank.schema:
                return False
            # The triggers that keep the ledger as it is are for everybody but this.
            await held.execute(self.blank.empty)
            for table, data in self.blank.rows.items():
                await held.copy_to_table(table, source=io.BytesIO(data), format="binary")
        finally:
            await held.close()
        return True


async def _alone(held: asyncpg.Connection) -> bool:
    """Whether everybody else is gone; whoever has just said good-bye needs a moment."""
    for _ in range(50):
        if not await held.fetchval(_OTHERS):
            return True
        await asyncio.sleep(0.01)
    return False


async def _blank(template: str) -> _Blank:
    held = await asyncpg.connect(template)
    try:
        tables = [each[0] for each in await held.fetch(_TABLES)]
        statements = ["SET lock_timeout = '2s'", "SET session_replication_role = replica"]
        statements += [f"DELETE FROM {table}" for table in tables]
        statements += [
            f"SELECT setval('{name}', {last or 1}, {last is not None})".lower()
            for name, last in await held.fetch(_SEQUENCES)
        ]
        found = _Blank(await held.fetchval(_SCHEMA), "; ".join(statements))
        for table in tables:
            if await held.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):
                data: Any = io.BytesIO()
                await held.copy_from_table(table, output=data, format="binary")
                found.rows[table] = data.getvalue()
        return found
    finally:
        await held.close()
