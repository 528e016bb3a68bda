"""An agency's year for the wall: one sheet with every day, and the list of what is on it."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from events.calendars.rules import Kind
from server import clock
from server.database import row, rows, typed
from server.documents.typesetting import typeset
from server.errors import NotFound
from server.holidays import of_years, supported
from server.organisations.queries import letterhead
from server.text import N_, gettext, locale
from server.web.formats import country, day, days

MOST = 400
"""Entries on a sheet; the list names them all, and this many still can be read."""
ITEMS = """
SELECT kind, summary, location, country, start_on, end_on, start_local, starts_at FROM calendar_item
WHERE agency = $1 AND visibility = 'public' AND status <> 'cancelled' AND kind = ANY($4)
    AND start_on IS NOT NULL AND start_on <= $3 AND end_on > $2
ORDER BY start_on, kind, id LIMIT $5
"""
YEARS = """
SELECT DISTINCT a.slug, a.name, extract(year FROM i.start_on)::int AS year
FROM calendar_item i JOIN agency a ON a.id = i.agency
WHERE i.visibility = 'public' AND i.status <> 'cancelled' AND i.kind = 'fair'
    AND i.start_on >= $1 AND i.start_on < $2 ORDER BY a.name, year
"""
MONTHS = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"),
    N_("August"), N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip
WEEKDAYS = (N_("Mo"), N_("Tu"), N_("We"), N_("Th"), N_("Fr"), N_("Sa"), N_("Su"))


class Year(msgspec.Struct, frozen=True):
    """A sheet that there is."""

    slug: str
    name: str
    year: int


async def years() -> list[Year]:
    """The sheets of this year and the next for agencies that have fairs in them."""
    this = clock.now().year
    return typed(Year, await rows(YEARS, date(this, 1, 1), date(this + 2, 1, 1)))


async def pdf(slug: str, name: str) -> bytes:
    """The sheet at /calendars/<agency>/<year>.pdf; NotFound where there is none."""
    said = re.fullmatch(r"(20\d\d)\.pdf", name)
    agency = await row("SELECT id, name, country FROM agency WHERE slug = $1", slug)
    if said is None or agency is None:
        raise NotFound(N_("There is no such sheet. A year looks like 2027.pdf."))
    year = int(said[1])
    first, last = date(year, 1, 1), date(year, 12, 31)
    kinds = [Kind.FAIR.value, Kind.DEADLINE.value]
    found = await rows(ITEMS, agency["id"], first, last, kinds, MOST)
    land = agency["country"] or ""
    off = dict(of_years(land, year, year)) if land in supported() else {}
    content = {
        "title": gettext(N_("{agency}: fairs and calls {year}"), agency=agency["name"], year=year),
        "language": locale(),
        "agency": await letterhead(agency["id"]),
        "months": [gettext(month) for month in MONTHS],
        "grid": _grid(year, found, off),
        "head": [gettext(each) for each in (N_("No."), N_("When"), N_("What"), N_("Where"))],
        "entries": [_line(n, each) for n, each in enumerate(found, 1)],
        "holidays": gettext(N_("Grey: weekends and public holidays ({country})"), country=country(
            land)) if off else gettext(N_("Grey: weekends")),
        "nothing": gettext(N_("No fair of this year is published yet.")),
        "as_of": gettext(
            N_("As of {day}. The calendar to subscribe to is always the current one."),
            day=day(clock.now().date()),
        ),
    }  # fmt: skip
    # The bytes follow from the day, not the second: the same sheet all day.
    at = datetime.combine(clock.now().date(), datetime.min.time(), UTC)
    return await asyncio.to_thread(typeset, "wall", content, at)


def _line(n: int, item: dict[str, Any]) -> list[str]:
    last = item["end_on"] - timedelta(days=1)
    when = day(last) if item["start_on"] == last else days(item["start_on"], last)
    if item["start_local"] is not None:
        when += f", {item['start_local']:%H:%M}"
    where = item["location"] or (country(item["country"]) if item["country"] else "")
    return [str(n), when, item["summary"], where]


def _grid(year: int, found: list[dict[str, Any]], off: dict[date, str]) -> list[list[Any]]:
    """For each month its days: number, weekday, whether grey, and what is on it."""
    on: dict[date, list[dict[str, str]]] = {}
    for n, item in enumerate(found, 1):
        at = max(item["start_on"], date(year, 1, 1))
        until = min(item["end_on"], date(year + 1, 1, 1))
        begins = True
        while at < until:
            said = f"{n} {item['summary']}" if begins or at.day == 1 else str(n)
            on.setdefault(at, []).append({"kind": item["kind"], "said": said})
            at, begins = at + timedelta(days=1), False
    months: list[list[Any]] = [[] for _ in range(12)]
    at = date(year, 1, 1)
    while at.year == year:
        months[at.month - 1].append({
            "n": at.day, "weekday": gettext(WEEKDAYS[at.weekday()]),
            "grey": at.weekday() > 4 or at in off, "holiday": off.get(at, ""),
            "on": on.get(at, []),
        })  # fmt: skip
        at += timedelta(days=1)
    return months
