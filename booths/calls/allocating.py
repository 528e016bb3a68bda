"""The stand of an admission: given to one at a time, and in the calendars with the day to pay."""

from datetime import datetime, time
from decimal import Decimal
from typing import Any

from booths.calls.rows import Dossier
from booths.plans.queries import StandRow
from events.calendars import actions as calendars
from server import clock
from server.billing import ladders
from server.billing.rules import InvoiceState
from server.database import execute, step, value
from server.errors import Conflict, Refused
from server.text import N_, gettext


@step
async def allocate(
    found: Dossier, stand: StandRow, area_m2: Decimal, consortium: int | None
) -> None:
    """Give a stand to an application, or to all of a consortium, or refuse."""
    if stand.booth != found.call.booth:
        raise Refused(
            N_("This stand is on another joint booth. Choose one of this call."), field="stand"
        )
    await execute(
        "UPDATE allocation SET state = 'released', released_at = $2 WHERE application = $1"
        " AND state IN ('kept', 'reserved')",
        found.row.id,
        clock.now(),
    )
    await free_expired(stand.id)
    made = await value(
        "INSERT INTO allocation (stand, application, area_m2, state, since, consortium)"
        " VALUES ($1,$2,$3,'held',$4,$5) ON CONFLICT DO NOTHING RETURNING id",
        stand.id,
        found.row.id,
        area_m2,
        clock.now(),
        consortium,
    )
    if made is None:
        raise Conflict(
            N_("Stand {label} was taken a moment ago. Nothing was done: choose another stand."),
            field="stand",
            label=stand.label,
        )


@step
async def free_expired(stand_id: int) -> None:
    """A hold whose time is over keeps nobody out, although no sweep has seen it yet."""
    await execute(
        "UPDATE allocation SET state = 'released', released_at = $2 WHERE stand = $1"
        " AND state = 'kept' AND until <= $2",
        stand_id,
        clock.now(),
    )


@step
async def write_calendar(found: Dossier, stand: StandRow, plan_id: int) -> None:
    """The fair with its stand, still tentative, and each day to pay."""
    call = found.call
    where = f"{call.venue}, {call.city}"
    common: dict[str, Any] = {
        "fair": call.fair, "booth": call.booth, "agency": call.agency,
        "company": found.row.company, "visibility": "company", "country": call.fair_country,
        "url": f"/applications/{found.row.id}",
    }  # fmt: skip
    await calendars.put(
        key=f"application:{found.row.id}:stand",
        kind="fair",
        summary=gettext(
            N_("{fair}: stand {stand} ({company})"),
            fair=call.fair_name, stand=stand.label, company=found.row.company_name,
        ),
        tz=call.fair_tz,
        start_on=call.starts_on,
        end_on=call.ends_on,
        location=where,
        tentative=True,
        **common,
    )  # fmt: skip
    for item in await ladders.ladder(plan_id):
        if item.state == InvoiceState.PAID:
            continue
        await calendars.put(
            key=payment_key(found.row.id, item.n),
            kind="payment",
            summary=gettext(
                N_("Pay by today: {fair} ({company})"),
                fair=call.fair_name,
                company=found.row.company_name,
            ),
            tz=call.tz,
            start=datetime.combine(item.due_on, time(23, 59, 59)),
            **common,
        )


def payment_key(application_id: int, n: int) -> str:
    """The name of a due item in the calendars."""
    return f"application:{application_id}:payment" + (f":{n}" if n > 1 else "")


@step
async def end_calendar(application_id: int, plan_id: int) -> None:
    """Take the stand and all days to pay out of the calendars."""
    await calendars.cancel(f"application:{application_id}:stand")
    for item in await ladders.ladder(plan_id):
        await calendars.cancel(payment_key(application_id, item.n))
