"""Stripe's stand-in and our own front door on real ports, in this process's loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import uvicorn

from server import jobs
from server.accounts.permissions import SYSTEM
from server.aid.rules import Shown
from server.billing import actions, stripe_client
from server.billing.sums import InvoiceLine, Subsidy
from server.database import action, rows, value
from server.settings import load
from tests.cast import Cast, door
from tests.stripe_stand_in.app import StandIn

SECRET = "whsec_pavilion_tests"
DUE = date(2099, 1, 31)


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """`app` on a port of its own; its address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning"))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listening.close()


class Shop:
    """The stand-in and what tests do with it."""

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in
        self.books = stand_in.books
        self.postman = stand_in.postman
        self.faults = stand_in.faults

    @property
    def sessions(self) -> list[dict[str, Any]]:
        return list(self.books.kept["sessions"].values())

    def pay(self, session: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Somebody pays the newest session, or `session`."""
        chosen = session or self.sessions[-1]
        paid = self.books.pay(
            chosen["id"], more.get("amount"), more.get("currency"), bool(more.get("later"))
        )
        self.postman.take(self.books.held)
        return paid

    async def delivered(self) -> None:
        """Wait until every webhook that is under way has been answered, then do the jobs."""
        while self.postman.tasks:
            await asyncio.gather(*self.postman.tasks)
        await jobs.drain()

    def captured(self, currency: str = "eur") -> int:
        """Minor units captured, less refunds."""
        money = self.stand_in.state()["money"].get(currency, {"captured": 0, "refunded": 0})
        return int(money["captured"] - money["refunded"])

    def calls(self, method: str, path: str) -> int:
        return sum(
            1 for c in self.stand_in.calls if c["method"] == method and c["path"].startswith(path)
        )


@pytest.fixture
async def shop(db: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    """A stand-in that our settings point to and whose webhooks reach our own front door."""
    async with serving(door()) as ours:
        stand_in = StandIn("http://stripe.test", f"{ours}/stripe/webhook", SECRET)
        async with serving(stand_in) as theirs:
            stand_in.books.base_url = theirs
            monkeypatch.setenv("STRIPE_API_BASE", theirs)
            monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", SECRET)
            load.cache_clear()
            await stripe_client.close()
            yield Shop(stand_in)
            await stripe_client.close()
            for task in stand_in.postman.tasks:
                task.cancel()
            await asyncio.gather(*stand_in.postman.tasks, return_exceptions=True)
    monkeypatch.undo()
    load.cache_clear()


def discount(minor: int) -> list[Subsidy]:
    """Aid that the agency takes off the price."""
    return [Subsidy(Shown.DISCOUNT, "Aid: Sustainable exports", minor)]


Issue = Callable[..., Awaitable[int]]


@pytest.fixture
async def issue(cast: Cast) -> Issue:
    """Issue an invoice to Quinta do Vale: 10 m2 at 300.00, aid 1,000.00, reverse charge."""

    @action
    async def act(**more: Any) -> int:
        return await actions.issue_invoice(
            SYSTEM,
            **{
                "agency_id": cast.nordhafen,
                "company_id": cast.quinta,
                "lines": [InvoiceLine("Stand space", Decimal(10), "m2", 30_000, 300_000)],
                "subsidies": discount(100_000),
                "currency": "EUR",
                "due_on": DUE,
                "about": "application:1",
                "fair_country": "JP",
                "subject": "Joint booth at Foodex, Tokyo",
                **more,
            },
        )

    return act


async def balances() -> dict[str, int]:
    """The balance of every account that is not zero."""
    found = await rows(
        "SELECT account, sum(amount_minor)::bigint AS n FROM ledger_posting GROUP BY account"
    )
    return {each["account"]: each["n"] for each in found if each["n"]}


async def payment_states() -> list[str]:
    """The states of all payments, oldest first."""
    return [each["state"] for each in await rows("SELECT state FROM payment ORDER BY id")]


async def invoice_state(invoice_id: int) -> str:
    """The state of an invoice."""
    return str(await value("SELECT state FROM invoice WHERE id = $1::bigint", invoice_id))
