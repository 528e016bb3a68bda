"""A process that dies between two steps of a payment, as if the power had gone just there."""

import asyncio

import pytest

from server import app
from server.database import rows, value
from tests.faults.stack import Stack
from tests.faults.test_kills_during_payment import admitted, pay

POINTS = {
    "checkout.intent": ("server", "the intent is stored, Stripe was not asked yet"),
    "checkout.session": ("server", "Stripe made the session, we do not know it yet"),
    "webhook.stored": ("server", "the webhook is stored, Stripe got no answer"),
    "payment.booked": ("worker", "the payment is posted, the transaction not committed"),
    "mail.said": ("worker", "the mail server has the mail, we have not noted it"),
}


@pytest.mark.parametrize("point", POINTS)
async def test_a_crash_between_two_steps_loses_and_doubles_nothing(db: str, point: str) -> None:
    app.register_jobs()
    victim, _ = POINTS[point]
    world, invoices = await admitted(1)
    async with Stack(db, but=victim) as stack:
        stack.start(victim, PAVILION_CRASH_AT=point)
        await stack.until_up()

        async def raise_from_the_dead() -> None:
            died = await asyncio.to_thread(stack.processes[victim].wait, 180)
            assert died == 137, stack.last_words()
            stack.start(victim)

        await asyncio.gather(raise_from_the_dead(), pay(stack, world.tokens[0], invoices[0]))
        for _ in range(960):
            if await value("SELECT count(*) FROM application WHERE state = 'confirmed'"):
                break
            await asyncio.sleep(0.25)
        at_stripe = await stack.stripe("state")
    await world.cast.leave()
    assert len(at_stripe["charges"]) == len(at_stripe["sessions"]) == 1, stack.last_words()
    assert await value("SELECT count(*) FROM application WHERE state = 'confirmed'") == 1
    payments = await rows("SELECT state FROM payment")
    assert [each["state"] for each in payments] == ["matched"]
    assert len(await rows("SELECT id FROM ledger_entry WHERE kind = 'payment'")) == 1
