"""`pavilion demo`: the demonstration data."""

import asyncio

import click

from server.commands import instance
from server.settings import Settings


async def load(settings: Settings) -> str:
    """Load what is missing of the demonstration; how one signs in, as lines to print."""
    from server import app, demonstration

    async with instance.pool(settings, size=settings.pool_size):
        await instance.require_current_schema()
        app.register_jobs()
        await demonstration.load(lambda line: click.echo(f"  {line}"))
    return demonstration.sign_ins(settings.base_url)


@click.command("demo")
def command() -> None:
    """Load the demonstration: agencies, companies, fairs and calls in every stage.

    What is there already stays as it is, so a second run changes nothing.
    """
    with instance.opened() as settings:
        click.echo(asyncio.run(load(settings)))
