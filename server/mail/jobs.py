"""Delivery after the commit, and a sweep for what waits for its next try."""

import asyncio

from server import clock
from server.database import rows
from server.jobs import every, job
from server.mail import actions, delivery

AT_ONCE = 8
A_SWEEP = 400


@job("mail.compose")
async def compose(to_email: str, to_name: str, template: str, context: dict[str, object]) -> None:
    """Write a mail of the house."""
    await actions.compose(to_email=to_email, to_name=to_name, template=template, context=context)


@job("mail.deliver")
async def deliver(message_id: int) -> None:
    """One try now; what fails is tried again by the sweep."""
    await delivery.deliver(message_id)


@every("mail.sweep", minutes=1)
async def sweep() -> None:
    """Try everything that is due, a few at once."""
    due = await rows(
        "SELECT id FROM message WHERE state = 'queued' AND next_try_at <= $1"
        " ORDER BY next_try_at LIMIT $2",
        clock.now(),
        A_SWEEP,
    )
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(message_id: int) -> None:
        async with turn:
            await delivery.deliver(message_id)

    await asyncio.gather(*(one(each["id"]) for each in due))
