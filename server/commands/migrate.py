"""`pavilion migrate`: bring the database to this version."""

import asyncio

import click

from server.commands import instance
from server.settings import Settings


async def migrate(settings: Settings) -> int:
    """Run what is pending, a line for each; the number of migrations that ran."""
    from server import migrating

    async with instance.pool(settings):
        await migrating.pending()
        if ahead := await migrating.unknown():
            raise instance.Problem(
                f"The database is newer than this Pavilion ({ahead[0]} is unknown here); install"
                " the newer version."
            )
        return await migrating.migrate(lambda line: click.echo(f"  {line}"))


@click.command("migrate")
def command() -> None:
    """Bring the database to this version of Pavilion.

    Safe to run twice and from several machines at once: they take turns.
    """
    with instance.opened() as settings:
        ran = asyncio.run(migrate(settings))
    click.echo(f"{ran} migration(s) ran." if ran else "The database is up to date.")
