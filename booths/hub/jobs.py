"""After the commit: deadlines in calendars, reminders, the printed catalogue."""

import structlog

from booths.hub import answers, printing, reminding
from server.jobs import every, job

log = structlog.get_logger("hub")


@job("hub.dates")
async def write_dates(call_id: int, application_id: int | None = None) -> None:
    """Deadlines of one exhibitor, or of everybody of a call, one transaction each."""
    wanted = [application_id] if application_id else await answers.exhibitors_of(call_id)
    for each in wanted:
        await answers.write_dates(each)


@job("hub.catalogue")
async def print_catalogue(booth_id: int) -> None:
    """Make the PDF of a booth's catalogue."""
    await printing.print_catalogue(booth_id)


@every("hub.remind", minutes=30)
async def remind() -> None:
    """Remind of deadlines that are near, one transaction for each call."""
    for call_id, agency_id in await reminding.calls_to_remind():
        try:
            await reminding.remind_soon(call_id, agency_id)
        except Exception:  # the others must not wait for this one
            log.exception("reminding failed", call=call_id)
