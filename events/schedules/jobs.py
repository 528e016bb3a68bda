"""After the commit: a run is worked out in a thread of its own, never in the event loop."""

import asyncio
from dataclasses import dataclass

import structlog
from asyncpg import InterfaceError, PostgresError

from events.schedules import actions, queries
from events.schedules.planning import Plan, work_out
from server.errors import Refused
from server.jobs import job
from server.text import N_, gettext

log = structlog.get_logger("schedules")
_OURS = N_(
    "Something of ours went wrong while this run was worked out; it has been noted. The plan that"
    " people know is as it was. Begin another run. If that fails too, tell whoever runs this site."
)
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
    try:
        plan = await _work_out(run_id)
    except Stopped:
        return
    except Refused as refused:
        await actions.fail(run_id, " ".join(refused.errors.values()))
    except (OSError, PostgresError, InterfaceError):
        raise
    except Exception:
        # Asked again it would end the same way, and meanwhile nobody could begin another run.
        log.exception("run failed", run=run_id)
        await actions.fail(run_id, gettext(_OURS))
    else:
        if plan is not None:
            await actions.keep(run_id, plan)


async def _work_out(run_id: int) -> Plan | None:
    begun = await actions.begin(run_id)
    run = await queries.run(run_id)
    if begun is None or run is None:
        return None
    question, shut = begun
    progress = _Progress()
    noting = asyncio.create_task(_note(run_id, progress))
    try:
        return await asyncio.to_thread(
            work_out, question, float(run.seconds), again=run.kind == "again", begun=shut,
            seed=run.number, progress=progress,
        )  # fmt: skip
    finally:
        noting.cancel()


async def _note(run_id: int, progress: _Progress) -> None:
    while True:
        await asyncio.sleep(EVERY)
        if not await actions.note_progress(run_id, progress.part, progress.placed):
            progress.stopped = True
            return
