"""Bring a database to this version: a migration and its mark in one transaction, under a lock."""

import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, redirect_stdout

import asyncpg
from pgqueuer import Queries
from pgqueuer.db import AsyncpgDriver
from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.apps.migrations.commands.base import BaseMigrationManager
from piccolo.apps.migrations.tables import Migration
from piccolo.conf.apps import Finder

from server.database import engine, script

_LOCK = 7_046_029_254


def by_hand(migration_id: str, app_name: str, description: str, sql: str) -> MigrationManager:
    """A migration made of plain SQL."""
    manager = MigrationManager(
        migration_id=migration_id, app_name=app_name, description=description
    )

    async def run() -> None:
        await script(sql)

    manager.add_raw(run)
    return manager


async def pending() -> list[tuple[str, str]]:
    """(room, migration) pairs that this version has and the database lacks, in order."""
    base = BaseMigrationManager()
    await base.create_migration_table()
    missing: list[tuple[str, str]] = []
    for app_name in base.get_sorted_app_names():
        modules = base.get_migration_modules(
            Finder().get_app_config(app_name).resolved_migrations_folder_path
        )
        done = set(await Migration.get_migrations_which_ran(app_name=app_name))
        missing += [(app_name, each) for each in sorted(modules) if each not in done]
    missing.sort(key=lambda pair: (not pair[1].startswith("0001"), pair[0] != "house"))
    return missing


async def unknown() -> list[str]:
    """Migrations that the database has and this version does not: it is newer than the code."""
    base = BaseMigrationManager()
    ran = await Migration.select(Migration.app_name, Migration.name).run()
    known = {
        (app, each)
        for app in base.get_sorted_app_names()
        for each in base.get_migration_modules(
            Finder().get_app_config(app).resolved_migrations_folder_path
        )
    }
    return [f"{r['app_name']} {r['name']}" for r in ran if (r["app_name"], r["name"]) not in known]


@asynccontextmanager
async def _alone() -> AsyncIterator[None]:
    held: asyncpg.Connection = await engine().get_new_connection()
    try:
        await held.execute("SET statement_timeout = 0")
        await held.execute("SET lock_timeout = 0")
        await held.execute("SELECT pg_advisory_lock($1)", _LOCK)
        yield
    finally:
        await held.close()


async def migrate(said: Callable[[str], None] = lambda _: None) -> int:
    """Run what is pending and install the job queue; the number of migrations that ran."""
    async with _alone():
        todo = await pending()
        base = BaseMigrationManager()
        for app_name, each in todo:
            folder = Finder().get_app_config(app_name).resolved_migrations_folder_path
            module = base.get_migration_modules(folder)[each]
            async with engine().transaction():
                manager = await module.forwards()
                with redirect_stdout(io.StringIO()):
                    await manager.run()
                await Migration.insert().add(Migration(name=each, app_name=app_name)).run()
            said(f"{app_name} {each}: {module.DESCRIPTION or 'tables'}")
        held = await engine().get_new_connection()
        try:
            queue = Queries(AsyncpgDriver(held))
            if await queue.schema_is_installed():
                await queue.upgrade()
            else:
                await queue.install()
        finally:
            await held.close()
    return len(todo)
