"""After the commit and by the clock: who is asked next, and what runs out."""

import structlog

from booths.offers import actions, gates, keeping, queries
from server.errors import Refused
from server.jobs import every, job

log = structlog.get_logger("offers")


@job("offers.fill")
async def fill(call_id: int) -> None:
    """Ask about every free stand of a call for which there is somebody to ask."""
    for gap_id in await queries.to_fill(call_id):
        await _ask(gap_id)


async def _ask(gap_id: int) -> None:
    try:
        await actions.ask_next(gap_id)
    except Refused as refused:  # the booth is full, or somebody was quicker: the sweep comes again
        log.info("nobody asked", gap=gap_id, why=str(refused))
    except Exception:  # the other stands must not wait for this one
        log.exception("offer failed", gap=gap_id)


@every("offers.sweep", minutes=1)
async def sweep() -> None:
    """End offers whose time is over, and find what a lost job left undone."""
    for offer_id in await queries.due():
        try:
            await actions.expire(offer_id)
        except Exception:  # the others must not wait for this one
            log.exception("expiry failed", offer=offer_id)
    for application_id in await keeping.due():
        try:
            await keeping.run_out(application_id)
        except Exception:
            log.exception("end of a hold failed", application=application_id)
    for gap_id in await queries.to_fill():
        await _ask(gap_id)


@every("offers.gates", minutes=15)
async def gates_due() -> None:
    """Tell managers on the day on which a minimum number of participants is decided."""
    for call_id in await gates.to_tell():
        try:
            await gates.tell(call_id)
        except Exception:
            log.exception("telling of a gate failed", call=call_id)
