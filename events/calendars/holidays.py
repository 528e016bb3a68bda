"""Public holidays as calendar items: a feed of their own for each country where there are fairs.

They are in no other feed: an exhibitor wants to know that Monday is a holiday there, not to have
every holiday of the world beside their deadlines.
"""

from __future__ import annotations

from datetime import date

from events.calendars import actions
from events.calendars.rules import Kind, Visibility, window
from server import clock
from server.database import action, rows, step
from server.holidays import of_years, supported

_kept: set[tuple[str, int]] = set()


async def keep_holidays() -> None:
    """Put the holidays of the countries of fairs to come, each country once a year and process.

    A process goes by one edition of the source; what a newer edition corrects is put by the next.
    """
    first, last = (day.year for day in window(clock.now().date()))
    for country in await _countries():
        if (country, last) not in _kept:
            await _keep(country, first, last)
            _kept.add((country, last))


async def _countries() -> list[str]:
    found = await rows(
        "SELECT DISTINCT country FROM calendar_item WHERE visibility = 'public' AND kind = 'fair'"
        " AND status <> 'cancelled' AND ends_at >= $1 ORDER BY country",
        clock.now(),
    )
    return [each["country"] for each in found if each["country"] in supported()]


@action
async def _keep(country: str, first: int, last: int) -> None:
    await put_holidays(country, list(of_years(country, first, last)))


@step
async def put_holidays(country: str, holidays: list[tuple[date, str]]) -> None:
    """Make the holidays of `country` in the years of `holidays` exactly these."""
    kept = set()
    for day, name in holidays:
        key = f"holiday:{country}:{day.isoformat()}"
        kept.add(key)
        await actions.put(
            key=key,
            kind=Kind.HOLIDAY,
            summary=name,
            tz="UTC",
            start_on=day,
            country=country,
            visibility=Visibility.PUBLIC,
        )
    years = sorted({day.year for day, _ in holidays})
    for each in await rows(
        "SELECT key FROM calendar_item WHERE kind = 'holiday' AND country = $1"
        " AND extract(year FROM start_on) = ANY($2::int[]) AND status <> 'cancelled'",
        country,
        years,
    ):
        if each["key"] not in kept:
            await actions.cancel(each["key"])
