"""`pavilion create-agency`: the first thing a new installation needs."""

import asyncio
from typing import Any

import click

from server.commands import instance
from server.settings import Settings


async def create(settings: Settings, facts: dict[str, str], owner: tuple[str, str, str]) -> int:
    """The new agency's id. A Problem with a sentence for each fact that is wrong."""
    from server import app, errors
    from server.accounts import passwords, rules
    from server.accounts.permissions import SYSTEM
    from server.organisations import actions
    from server.organisations.forms import AgencyForm
    from server.web.forms import parse

    name, email, password = owner
    if password and (fault := rules.password_fault(password, email, name)):
        raise instance.Problem(fault)
    async with instance.pool(settings):
        await instance.require_current_schema()
        app.register_jobs()
        try:
            return await actions.create_agency(
                SYSTEM,
                parse(AgencyForm, facts),
                owner_name=name,
                owner_email=email.lower(),
                owner_password_hash=await passwords.hashed(password) if password else None,
            )
        except errors.Refused as refused:
            said = "\n".join(f"--{at.replace('_', '-')}: {why}" if at else why
                             for at, why in refused.errors.items())  # fmt: skip
            raise instance.Problem(said) from None


@click.command("create-agency")
@click.option("--name", prompt="Name of the agency")
@click.option("--legal-name", prompt="Legal name")
@click.option("--country", prompt="Country (two letters)")
@click.option("--email", prompt="E-mail address of the agency")
@click.option("--owner-name", prompt="Name of its first person")
@click.option("--owner-email", prompt="E-mail address of that person")
@click.option("--set-password", is_flag=True, help="Ask for a password instead of sending mail.")
@click.option("--street", default="")
@click.option("--postcode", default="")
@click.option("--city", default="")
@click.option("--tz", default="Europe/Berlin", show_default=True, help="IANA time zone.")
@click.option("--currency", default="EUR", show_default=True)
@click.option("--member-state", default="", help="The EU member state whose aid it grants.")
@click.option("--vat-id", default="")
@click.option("--iban", default="")
@click.option("--bic", default="")
@click.option("--invoice-prefix", default="", help="Letters in front of invoice numbers.")
def command(owner_name: str, owner_email: str, set_password: bool, **facts: Any) -> None:
    """Create an agency and invite its owner by mail."""
    password = ""
    if set_password:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    with instance.opened() as settings:
        facts["country"] = facts["country"].upper()
        number = asyncio.run(create(settings, facts, (owner_name, owner_email, password)))
    click.echo(f"The agency “{facts['name']}” has number {number}.")
    if password:
        click.echo(f"{owner_email} can sign in at {settings.base_url}/login.")
    else:
        click.echo(f"{owner_email} gets an invitation by mail as soon as the worker runs.")
