"""`pavilion backup FILE`: the whole database in one file, as of one instant."""

import asyncio
import os
import subprocess
import tempfile
from pathlib import Path

import click

from server.commands import instance, postgres

TABLES = (
    "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
)


async def _tables(url: str) -> int:
    connection = await instance.connect(url)
    try:
        return int(await connection.fetchval(TABLES))
    finally:
        await connection.close()


def backup(url: str, file: Path) -> int:
    """Write `file` in pg_dump's custom format and read it back; the number of tables in it.

    The file appears under its name only when it is whole and on the disk.
    """
    tables = asyncio.run(_tables(url))
    if not tables:
        raise instance.Problem(f"There is nothing in {instance.without_password(url)} to back up.")
    fresh = file.with_name(file.name + ".part")
    where, environ = postgres.target(url)
    words = ["--format=custom", "--no-owner", "--no-privileges", "--verbose"]
    try:
        with fresh.open("xb"):
            pass
        fresh.chmod(0o600)
        dump = subprocess.Popen(  # noqa: S603 - our program, our words
            [postgres.program("pg_dump"), *words, f"--file={fresh}", f"--dbname={where}"],
            stderr=subprocess.PIPE,
            text=True,
            env=environ,
        )
        last = ""
        assert dump.stderr is not None
        with click.progressbar(length=tables, label="Backing up", show_pos=True) as shown:
            for line in dump.stderr:
                last = line.strip() or last
                if "dumping contents of table" in line:
                    shown.update(1)
        if dump.wait() != 0:
            raise instance.Problem(f"The backup failed and no file was kept: {last}")
        listed = contents(fresh)
        with fresh.open("rb") as written:
            os.fsync(written.fileno())
        fresh.rename(file)
    except FileExistsError:
        raise instance.Problem(
            f"{fresh} is there already: another backup is under way, or one was cut off; delete it"
            " if none is."
        ) from None
    except OSError as wrong:
        fresh.unlink(missing_ok=True)
        raise instance.Problem(f"{file} cannot be written: {wrong.strerror}.") from None
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return listed


def contents(file: Path) -> int:
    """How many tables with data a backup holds. A Problem when it is no backup, or a broken one."""
    with tempfile.TemporaryFile("w+") as output:
        listed = subprocess.run(  # noqa: S603 - our program, our words
            [postgres.program("pg_restore"), "--list", file],
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        output.seek(0)
        tables = sum(" TABLE DATA " in line for line in output)
    if listed.returncode != 0 or not tables:
        raise instance.Problem(f"{file} is not a whole backup of Pavilion.")
    return tables


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
def command(file: Path, force: bool) -> None:
    """Write the whole database to FILE while Pavilion runs."""
    if file.exists() and not force:
        raise instance.Problem(f"{file} is there already; take another name or say --force.")
    with instance.opened() as settings:
        tables = backup(settings.database_url, file)
    size = file.stat().st_size / 1_000_000
    click.echo(f"{file} holds {tables} tables ({size:.1f} MB). Try it: docs/operators.md says how.")
