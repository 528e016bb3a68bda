"""`pavilion reset-second-factor`: for somebody whose telephone and codes are both lost."""

import asyncio

import click

from server.commands import instance
from server.settings import Settings


async def reset(settings: Settings, email: str) -> None:
    """Take it away and end the person's sessions; a Problem where nobody has this address."""
    from server import errors
    from server.accounts import second
    from server.accounts.permissions import SYSTEM

    async with instance.pool(settings):
        await instance.require_current_schema()
        try:
            await second.forget(SYSTEM, email)
        except errors.Refused as refused:
            raise instance.Problem(str(refused)) from None


@click.command("reset-second-factor")
@click.argument("email")
def command(email: str) -> None:
    """Take somebody's second step at sign-in away, once you are sure that it is them who asks."""
    with instance.opened() as settings:
        asyncio.run(reset(settings, email))
    click.echo(f"{email} is signed out everywhere. Staff set up a new second step next.")
