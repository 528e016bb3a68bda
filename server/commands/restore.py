"""`pavilion restore FILE`: a backup into a database, all of it or nothing."""

import asyncio
import subprocess
import tempfile
from pathlib import Path

import click

from server.commands import instance, postgres
from server.commands.backup import TABLES, contents
from server.settings import Settings

OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


async def _look(url: str) -> tuple[int, int]:
    connection = await instance.connect(url)
    try:
        return int(await connection.fetchval(TABLES)), int(await connection.fetchval(OTHERS))
    finally:
        await connection.close()


def restore(url: str, file: Path, *, force: bool) -> None:
    """Read `file` back in one transaction: on any fault the database is as it was before."""
    expected = contents(file)
    tables, others = asyncio.run(_look(url))
    where = instance.without_password(url)
    if others:
        raise instance.Problem(
            f"{others} connection(s) still use the database {where}; stop Pavilion there first."
        )
    if tables and not force:
        raise instance.Problem(
            f"The database {where} is not empty; restore into another one, or say --force to"
            " replace what is in it."
        )
    plain, environ = postgres.target(url)
    options = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    script = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
    click.echo(f"Restoring {expected} tables into {where} ...")
    with tempfile.TemporaryFile("w+") as said:
        read = subprocess.Popen(  # noqa: S603 - our program, our words
            [postgres.program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", file],
            stdout=subprocess.PIPE,
            stderr=said,
        )
        written = subprocess.run(  # noqa: S603 - our program, our words
            [postgres.program("psql"), *options, f"--command={script}", "--file=-", plain],
            stdin=read.stdout,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env={**environ, "PGOPTIONS": "--client-min-messages=warning"},
            check=False,
        )
        if read.stdout is not None:
            read.stdout.close()
        if read.wait() != 0 or written.returncode != 0:
            said.seek(0)
            why = next((line.strip() for line in said if "ERROR" in line or "rror:" in line), "")
            raise instance.Problem(f"Nothing was restored and nothing was changed: {why}")


async def _schema(settings: Settings) -> None:
    async with instance.pool(settings):
        await instance.require_current_schema()


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--force", is_flag=True, help="Replace what is in the database.")
def command(file: Path, force: bool) -> None:
    """Read FILE into the database of DATABASE_URL, or into the embedded one.

    It refuses a database that holds something, unless --force is said, and one that is in use.
    """
    with instance.opened() as settings:
        restore(settings.database_url, file, force=force)
        try:
            asyncio.run(_schema(settings))
        except instance.Problem as behind:
            click.echo(behind.format_message())
            return
    click.echo("Restored. `pavilion doctor` checks the rest; then start Pavilion.")
