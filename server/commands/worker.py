"""`pavilion worker`: what happens after the commit: mail, documents, payments, sweeps."""

import asyncio
import contextlib
import signal
import socket

import click

from server.commands import instance
from server.commands.leash import hold, option
from server.settings import Settings

SIGN_SECONDS = 15
SIGN = """
INSERT INTO worker_sign (name, seen_at) VALUES ($1, now())
ON CONFLICT (name) DO UPDATE SET seen_at = now()
"""


async def work(settings: Settings) -> None:
    """Do jobs until SIGTERM or SIGINT; the job in hand is finished first."""
    from server import app, database, jobs
    from server.mail import arriving

    async with instance.pool(settings, size=settings.pool_size + 2):
        await instance.require_current_schema()
        app.configure_log()
        app.register_jobs()
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)

        async def give_signs() -> None:
            name = f"worker on {socket.gethostname()}"[:80]
            while True:
                with contextlib.suppress(Exception):
                    await database.execute(SIGN, name)
                await asyncio.sleep(SIGN_SECONDS)

        signs = asyncio.create_task(give_signs())
        letterbox = await arriving.listen()
        try:
            await jobs.work(stop)
        finally:
            signs.cancel()
            if letterbox is not None:
                letterbox.close()


@click.command("worker")
@option
def command(leash: bool) -> None:
    """Run the worker alone. Any number of workers may run; each job is done by one of them."""
    with instance.opened() as settings:
        if leash:
            hold()
        asyncio.run(work(settings))
