"""Durable work. A job is enqueued by the transaction that decided it, so a roll-back leaves none;
a worker runs it after the commit, perhaps twice, so every job is safe to repeat."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

import structlog
from pgqueuer import PgQueuer, Queries
from pgqueuer.db import AsyncpgDriver
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job, Schedule
from pgqueuer.types import QueueExecutionMode

from server.database import connection, engine, step

Handler = Callable[..., Awaitable[None]]
RETRIES = 12
LONGEST_WAIT = timedelta(hours=1)
_jobs: dict[str, Handler] = {}
_sweeps: dict[str, tuple[str, Callable[[], Awaitable[None]]]] = {}
log = structlog.get_logger("jobs")


def job(name: str) -> Callable[[Handler], Handler]:
    """Register what the worker does for `name`."""

    def register(handler: Handler) -> Handler:
        assert name not in _jobs, f"{name} has two handlers"
        _jobs[name] = handler
        return handler

    return register


def every(
    name: str, *, minutes: int
) -> Callable[[Callable[[], Awaitable[None]]], Callable[[], Awaitable[None]]]:
    """Register what some worker does every `minutes`, however many workers there are."""

    def register(sweep: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        _sweeps[name] = (f"*/{minutes} * * * *" if minutes > 1 else "* * * * *", sweep)
        return sweep

    return register


@step
async def enqueue(name: str, *, delay: timedelta | None = None, **payload: object) -> None:
    """Ask for `name` to be done after this transaction commits; `payload` must be JSON."""
    assert name in _jobs, f"nobody handles {name}"
    await Queries(AsyncpgDriver(connection())).enqueue(
        name, json.dumps(payload).encode(), execute_after=delay
    )


@step
async def enqueue_many(name: str, payloads: Sequence[Mapping[str, object]]) -> None:
    """The same for many at once, by one statement."""
    assert name in _jobs, f"nobody handles {name}"
    if payloads:
        await Queries(AsyncpgDriver(connection())).enqueue(
            [name] * len(payloads),
            [json.dumps(each).encode() for each in payloads],
            [0] * len(payloads),
        )


def _run(name: str) -> Callable[[Job], Awaitable[None]]:
    async def run(given: Job) -> None:
        try:
            await _jobs[name](**json.loads(given.payload or b"{}"))
        except Exception as fault:
            log.exception("job failed", job=name, attempt=given.attempts)
            if given.attempts >= RETRIES:
                raise
            wait = min(timedelta(seconds=2**given.attempts), LONGEST_WAIT)
            raise RetryRequested(delay=wait, reason=str(fault)) from fault

    return run


def _sweep(name: str) -> Callable[[Schedule], Awaitable[None]]:
    async def run(_: Schedule) -> None:
        try:
            await _sweeps[name][1]()
        except Exception:
            log.exception("sweep failed", sweep=name)

    return run


def _queue() -> PgQueuer:
    pool = engine().pool
    assert pool is not None
    queue = PgQueuer.from_asyncpg_pool(pool)
    for name in _jobs:
        queue.entrypoint(name, on_failure="hold")(cast(Any, _run(name)))
    return queue


async def work(stop: asyncio.Event) -> None:
    """Do jobs and sweeps until `stop` is set; a job in hand is finished first."""
    queue = _queue()
    for name, (cron, _) in _sweeps.items():
        queue.schedule(name, cron)(cast(Any, _sweep(name)))

    async def watch() -> None:
        await stop.wait()
        queue.shutdown.set()

    watcher = asyncio.create_task(watch())
    try:
        await queue.run(dequeue_timeout=timedelta(seconds=5), batch_size=10)
    finally:
        watcher.cancel()


async def drain() -> None:
    """Tests and the demonstration: do every job that is due, then return."""
    await _queue().qm.run(
        mode=QueueExecutionMode.drain, dequeue_timeout=timedelta(seconds=0.1), batch_size=10
    )


async def sweep(name: str) -> None:
    """Tests: run one sweep now."""
    await _sweeps[name][1]()
