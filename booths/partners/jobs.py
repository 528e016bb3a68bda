"""What the worker does for partnerships."""

import structlog

from booths.partners import actions, queries
from server import clock
from server.jobs import every

log = structlog.get_logger("partners")


@every("partners.return", minutes=15)
async def return_unused() -> None:
    """Give unused allotments back to the lead agencies, one transaction each."""
    for partner_id in await queries.due_to_return(clock.now()):
        try:
            await actions.return_unused(partner_id)
        except Exception:  # the others must not wait for this one
            log.exception("return failed", partner=partner_id)
