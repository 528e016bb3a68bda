"""`pavilion reconcile`: compare the books with Stripe now."""

import asyncio

import click

from server.commands import instance
from server.settings import Settings


async def _compare(settings: Settings) -> list[str]:
    from server import app
    from server.billing import accounts, comparing, reconcile, stripe_client
    from server.money import format_money

    app.register_jobs()
    async with instance.pool(settings):
        await instance.require_current_schema()
        await reconcile.sweep()
        said = []
        for account in await accounts.to_compare():
            name = account.account or "the installation's account"
            found = await comparing.compare(account)
            for each in found:
                amount = format_money(each.amount_minor, each.currency, "en")
                now = "brought in" if each.mended else "to be looked at"
                said.append(f"{name}: {each.words}: {each.ref}, {amount} ({now})")
            said.append(f"{name}: {len(found)} differences")
        await stripe_client.close()
        return said or ["No account at Stripe is set up: there is nothing to compare."]


@click.command("reconcile")
def command() -> None:
    """Compare the last days at Stripe with the books, account by account, and bring in what they
    lack. Running it again finds nothing."""
    with instance.opened() as settings:
        for line in asyncio.run(_compare(settings)):
            click.echo(line)
