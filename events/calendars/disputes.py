"""The last day to answer a dispute, in the agency's calendars until it is answered."""

from events.calendars import actions as calendars
from server import clock
from server.billing.disputes import TO_ANSWER
from server.database import action, row
from server.money import format_money
from server.text import N_, gettext


@action
async def write_deadline(dispute_id: int) -> None:
    """Put, move or take away the day by which Stripe wants the answer to a dispute."""
    found = await row(
        "SELECT d.state, d.amount_minor, d.currency, d.due_at, p.agency, a.tz,"
        " coalesce(c.name, p.payer) AS who FROM dispute d JOIN payment p ON p.id = d.payment"
        " JOIN agency a ON a.id = p.agency LEFT JOIN company c ON c.id = p.company"
        " WHERE d.id = $1::bigint",
        dispute_id,
    )
    key = f"dispute:{dispute_id}:answer"
    if found is None or found["state"] not in TO_ANSWER or found["due_at"] is None:
        await calendars.cancel(key)
        return
    await calendars.put(
        key=key,
        kind="deadline",
        summary=gettext(
            N_("Answer the dispute about {amount} ({company})"),
            amount=format_money(found["amount_minor"], found["currency"]),
            company=found["who"] or "?",
        ),
        tz=found["tz"],
        start=clock.local(found["due_at"], found["tz"]).replace(tzinfo=None),
        url=f"/desk/money/disputes/{dispute_id}",
        agency=found["agency"],
        visibility="agency",
    )
