"""After the commit: a run is worked out in a thread of its own, never in the event loop."""

import asyncio
from dataclasses import dataclass

from events.schedules import actions, queries
from events.schedules.planning import Plan, work_out
from server.errors import Refused
from server.jobs import job

EVERY = 1.0
"""Seconds between two notes of progress."""


@dataclass
class _Progress:
    part: float = 0.0
    placed: int = 0
    stopped: bool = False

    def __call__(self, part: float, placed: int, _breaks: int) -> None:
        if self.stopped:
            raise Stopped
        self.part, self.placed = part, placed


class Stopped(Exception):
    """The run was discarded while it was worked out."""


@job("schedules.work_out")
async def work(run_id: int) -> None:
    """Work a run out and keep what came out; twice is once."""
    begun = await actions.begin(run_id)
    run = await queries.run(run_id)
    if begun is None or run is None:
        return
    question, shut = begun
    progress = _Progress()
    noting = asyncio.create_task(_note(run_id, progress))
    try:
        plan: Plan = await asyncio.to_thread(
            work_out, question, float(run.seconds), again=run.kind == "again", begun=shut,
            seed=run.number, progress=progress,
        )  # fmt: skip
    except Stopped:
        return
    except Refused as refused:
        await actions.fail(run_id, " ".join(refused.errors.values()))
        return
    finally:
        noting.cancel()
    await actions.keep(run_id, plan)


async def _note(run_id: int, progress: _Progress) -> None:
    while True:
        await asyncio.sleep(EVERY)
        if not await actions.note_progress(run_id, progress.part, progress.placed):
            progress.stopped = True
            return
