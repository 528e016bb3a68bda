"""Findings follow the facts; declarations that end soon are announced once."""

import structlog

from booths.checks import actions, queries
from server.jobs import every

log = structlog.get_logger("checks")


@every("checks.refresh", minutes=15)
async def refresh() -> None:
    """Look again at what is not decided, one call a transaction."""
    for agency, call_id in await queries.calls_with_rules():
        try:
            await actions.refresh(agency, call_id)
        except Exception:  # the other calls must not wait for this one
            log.exception("checks failed", call=call_id)


@every("declarations.end", minutes=30)
async def announce() -> None:
    """Write to companies whose declarations end within 30 days and are needed."""
    for each in await queries.ending_soon():
        await actions.announce_end(each["id"], each["company"], each["kind"], each["valid_until"])
