"""Whether an application comes in time, and which arrival counts."""

from datetime import datetime

from booths.calls import rules
from booths.calls.rows import CallRow, Dossier
from booths.calls.rules import Phase, State
from events.calendars import actions as calendars
from server.database import execute, step
from server.errors import Conflict
from server.text import N_
from server.web.formats import moment


def must_be_in_time(found: Dossier, now: datetime) -> None:
    """In the open call; or, where a correction was asked for, before its deadline."""
    call, asked = found.call, found.correction
    phase = rules.phase(call.state, call.opens_at, call.closes_at, now)
    if found.row.state is State.TO_CORRECT and asked is not None and phase is not Phase.OPEN:
        rules.may_correct(asked.until, now, moment(asked.until, call.tz, seconds=True))
    else:
        must_be_open(call, now)


@step
async def arrival(found: Dossier, now: datetime) -> datetime:
    """The arrival that counts: now, or the first one where a correction is answered in time."""
    asked = found.correction
    if found.row.state is not State.TO_CORRECT or asked is None or now >= asked.until:
        return now
    await execute("UPDATE correction SET answered_at = $2 WHERE id = $1", asked.id, now)
    await calendars.cancel(f"application:{found.row.id}:correction")
    return asked.arrived_at


def must_be_open(call: CallRow, now: datetime) -> None:
    """Refuse what comes before the opening or after the closing, with both instants; and what
    comes to a call whose agency shares its booth no more."""
    if call.agency != call.lead and call.allotment_left_m2 is None:
        raise Conflict(
            N_(
                "{agency} does not take part in this joint booth any more, so this call takes no"
                " applications. What you wrote is kept. Look at the other calls for {fair}."
            ),
            agency=call.agency_name,
            fair=call.fair_name,
        )
    rules.may_arrive(
        rules.phase(call.state, call.opens_at, call.closes_at, now),
        opens=moment(call.opens_at, call.tz, seconds=True),
        closes=moment(call.closes_at, call.tz, seconds=True),
        at=moment(now, call.tz, seconds=True),
    )
