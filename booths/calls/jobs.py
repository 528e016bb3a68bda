"""After the commit: paid invoices confirm stands, unpaid admissions end."""

import structlog

from booths.calls import contracts, correcting, question_dates
from server.jobs import every, job

log = structlog.get_logger("calls")


@job("invoice.settled")
async def settled(invoice_id: int) -> None:
    """An invoice is fully paid."""
    await contracts.confirm(invoice_id)


@every("calls.lapse", minutes=1)
async def lapse_unpaid() -> None:
    """End admissions whose time to pay is over, one transaction each; confirm public bodies."""
    for application_id in await contracts.public_to_confirm():
        try:
            await contracts.confirm_public(application_id)
        except Exception:  # the others must not wait for this one
            log.exception("not confirmed", application=application_id)
    for application_id in await contracts.due_to_lapse():
        try:
            await contracts.lapse(application_id)
        except Exception:  # the others must not wait for this one
            log.exception("lapse failed", application=application_id)


@every("calls.corrections", minutes=1)
async def end_corrections() -> None:
    """What was not mended in time counts as it was sent before, one transaction each."""
    for application_id in await correcting.over():
        try:
            await correcting.end(application_id)
        except Exception:  # the others must not wait for this one
            log.exception("correction failed", application=application_id)


@every("calls.questions", minutes=10)
async def question_deadlines() -> None:
    """Deadlines of single questions in the calendars, and a mail to those who have not answered."""
    for call_id in await question_dates.to_write():
        try:
            await question_dates.write_dates(call_id)
        except Exception:  # the others must not wait for this one
            log.exception("question dates failed", call=call_id)
    for application_id in await question_dates.to_remind():
        try:
            await question_dates.remind(application_id)
        except Exception:  # the others must not wait for this one
            log.exception("question reminder failed", application=application_id)
