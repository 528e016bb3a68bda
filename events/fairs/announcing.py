"""A fair's entries in calendars: its days, the hours of each day, set-up and dismantling."""

from datetime import datetime
from typing import Any

from events.calendars import actions as calendars
from events.fairs.queries import FairRow, days, fair
from server.database import rows, step
from server.text import N_, gettext


def _place(found: FairRow) -> str:
    return ", ".join(part for part in (found.venue, found.city) if part)


@step
async def announce(fair_id: int) -> None:
    """Write the calendar items of a published fair as it is, and cancel what no longer holds."""
    found = await fair(fair_id)
    if found.published_at is None:
        return
    common: dict[str, Any] = {
        "tz": found.tz,
        "location": _place(found),
        "url": f"/fairs/{found.slug}",
        "fair": found.id,
        "agency": found.agency,
        "visibility": "public",
        "sectors": found.sectors,
        "country": found.country,
    }
    stem = f"fair:{fair_id}"
    kept = {stem}
    await calendars.put(
        key=stem, kind="fair", summary=found.name, start_on=found.starts_on, end_on=found.ends_on,
        description=found.description, **common,
    )  # fmt: skip
    for each in await days(fair_id):
        key = f"{stem}:opening:{each.day.isoformat()}"
        kept.add(key)
        await calendars.put(
            key=key,
            kind="opening",
            summary=gettext(N_("{fair}: open"), fair=found.name),
            start=datetime.combine(each.day, each.opens_at),
            end=datetime.combine(each.day, each.closes_at),
            **common,
        )
    for kind, said, since, until in (
        ("setup", N_("{fair}: set-up"), found.setup_from, found.setup_until),
        ("dismantling", N_("{fair}: dismantling"), found.dismantling_from, found.dismantling_until),
    ):
        if since is not None and until is not None:
            kept.add(f"{stem}:{kind}")
            await calendars.put(
                key=f"{stem}:{kind}", kind=kind, summary=gettext(said, fair=found.name),
                start=since, end=until, **common,
            )  # fmt: skip
    before = await rows(
        "SELECT key FROM calendar_item WHERE fair = $1 AND status <> 'cancelled'"
        " AND (key = $2 OR key LIKE $2 || ':opening:%' OR key = ANY($3))",
        fair_id,
        stem,
        [f"{stem}:setup", f"{stem}:dismantling"],
    )
    for old in before:
        if old["key"] not in kept:
            await calendars.cancel(old["key"])
