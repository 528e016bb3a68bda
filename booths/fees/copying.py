"""Copies of price lists: for the same joint booth, for a new edition, for another fair."""

from datetime import timedelta

from server import clock
from server.accounts.permissions import Actor
from server.database import execute, step, value
from server.errors import NotFound

COLUMNS = (
    "booth", "name", "currency", "per_m2_minor", "full_per_m2_minor", "minimum_m2",
    "corner_minor", "head_minor", "island_minor", "valid_from", "side_minor", "sides_most",
    "early_until", "early_bp", "early_minor", "late_from", "late_bp", "late_minor",
)  # fmt: skip
FEE_COLUMNS = (
    "kind", "name", "unit", "amount_minor", "eligible", "stock", "ends_at", "cost_kind",
    "reduced_minor", "included_in", "supply",
)  # fmt: skip
_COPIED = ", ".join(name for name in COLUMNS if name not in ("booth", "name", "valid_from"))


@step
async def copied(actor: Actor, price_list_id: int, booth: int, name: str) -> int:
    """A copy with all prices, fees and services, nothing taken; NotFound if it is not one's own."""
    made = await value(
        f"INSERT INTO price_list (agency, booth, name, valid_from, created_at, spaces, {_COPIED})"  # noqa: S608
        f" SELECT agency, $3, $4, valid_from, $5, spaces, {_COPIED}"
        " FROM price_list WHERE id = $1::bigint AND agency = $2 RETURNING id",
        price_list_id,
        actor.agency_id,
        booth,
        name,
        clock.now(),
    )
    if made is None:
        raise NotFound()
    columns = ", ".join(FEE_COLUMNS)
    await execute(
        f"INSERT INTO fee (price_list, taken, position, {columns})"  # noqa: S608
        f" SELECT $2, 0, position, {columns} FROM fee WHERE price_list = $1::bigint",
        price_list_id,
        made,
    )
    return int(made)


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
