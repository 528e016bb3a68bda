"""`pavilion import`: tables from elsewhere."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.commands import instance
from server.settings import Settings

if TYPE_CHECKING:
    from events.fairs.actions import ImportReport

LARGEST_FILE = 20_000_000


async def _agency(slug: str | None) -> int:
    """The agency meant: the one that is named, or the only one there is."""
    from server import database

    agencies = {
        each["slug"]: each["id"] for each in await database.rows("SELECT id, slug FROM agency")
    }
    if slug is None and len(agencies) == 1:
        return int(next(iter(agencies.values())))
    if slug is None and not agencies:
        raise instance.Problem("There is no agency yet; make one with `pavilion create-agency`.")
    if slug is None or slug not in agencies:
        known = ", ".join(sorted(agencies)[:20])
        raise instance.Problem(f"Say whose fairs these are with --agency; there are: {known}.")
    return int(agencies[slug])


async def import_fairs(
    settings: Settings, data: bytes, *, agency: str | None, leave_out: bool, publish: bool
) -> "ImportReport":
    """What became of each row of the file `data`."""
    from events.fairs import actions
    from server import app, errors
    from server.accounts.permissions import SYSTEM

    async with instance.pool(settings):
        await instance.require_current_schema()
        app.register_jobs()
        try:
            return await actions.import_fairs(
                SYSTEM,
                data,
                agency=await _agency(agency),
                leave_out=leave_out,
                publish=publish,
            )
        except errors.Refused as refused:
            raise instance.Problem(" ".join(refused.errors.values())) from None


@click.group("import")
def command() -> None:
    """Read tables from elsewhere."""


@command.command("fairs")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--agency", help="Short name of the agency; needed if there are several.")
@click.option("--leave-out", is_flag=True, help="Import the good rows although some are refused.")
@click.option("--publish", is_flag=True, help="Show the new fairs to everybody at once.")
def fairs(file: Path, agency: str | None, leave_out: bool, publish: bool) -> int:
    """Read fairs from a CSV file, all of them or none.

    UTF-8 or Windows-1252, commas or semicolons. The same file again changes nothing.
    """
    if file.stat().st_size > LARGEST_FILE:
        raise instance.Problem(f"{file} is larger than 20 MB; split it.")
    click.echo(f"Reading {file} ...")
    with instance.opened() as settings:
        report = asyncio.run(
            import_fairs(
                settings,
                file.read_bytes(),
                agency=agency,
                leave_out=leave_out,
                publish=publish,
            )
        )
    for line in report.refused:
        click.echo(f"  line {line.line} ({line.name or 'no name'}): {line.reason}", err=True)
    if report.unknown:
        click.echo(f"  columns that were not used: {', '.join(report.unknown)}")
    click.echo(
        f"{report.lines} rows ({report.encoding}): {len(report.created)} new, {report.known} there"
        f" already, {len(report.refused)} refused."
    )
    if not report.written:
        click.echo("Nothing was imported: mend the refused rows, or say --leave-out.", err=True)
        return 1
    return 0
