"""A price list taken over to the joint booth of another fair."""

from datetime import timedelta

from booths.fees.actions import copied
from server.accounts.permissions import Actor
from server.database import execute, step


@step
async def copied_for(
    actor: Actor, price_list_id: int, *, booth: int, name: str, days: int, tz: str
) -> int:
    """A copy for another booth, with its dates `days` later by the wall clock of `tz`."""
    made = await copied(actor, price_list_id, booth, name)
    later = timedelta(days=days)
    await execute(
        "UPDATE price_list SET valid_from = (valid_from + $2::interval)::date,"
        " early_until = (early_until + $2::interval)::date,"
        " late_from = (late_from + $2::interval)::date WHERE id = $1",
        made,
        later,
    )
    await execute(
        "UPDATE fee SET ends_at = ((ends_at AT TIME ZONE $3) + $2::interval) AT TIME ZONE $3"
        " WHERE price_list = $1 AND ends_at IS NOT NULL",
        made,
        later,
        tz,
    )
    return made
