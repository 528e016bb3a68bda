"""Calendar bytes: one VEVENT per item, rendered once, and feeds that are joins of them.

The same item always gives the same bytes: without METHOD, DTSTAMP means LAST-MODIFIED (RFC 5545
3.8.7.2), so nothing here asks for the time. Feeds carry no METHOD, no attendee and no alarm of
somebody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from icalendar.prop import vCategory, vDuration, vText, vUri

from events.calendars import vtimezone
from events.calendars.rules import KIND_NAMES, Content, Revision, Status, Timing, Visibility
from server.text import N_, gettext

PRODID = "-//Pavilion//Calendars 1//EN"
Zones = Mapping[str, tuple[int, int]]

END = b"END:VEVENT\r\n"
CALENDAR_END = b"END:VCALENDAR\r\n"
ALARMS = b"".join(
    b"BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Pavilion\r\nTRIGGER:-P%dD\r\nEND:VALARM\r\n"
    % days
    for days in (7, 1)
)
END_WITH_ALARMS = ALARMS + END
COLOURS = {"public": "steelblue", "private": "darkcyan"}


class Text(vText):
    """A TEXT value that keeps a backslash before an N, which vText takes for a line break."""

    def to_ical(self) -> bytes:
        said = str(self).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
        return said.replace("\n", "\\n").encode()


@dataclass(frozen=True, slots=True)
class Header:
    """What a feed says about itself. `tz` is described even where no entry uses it."""

    name: str
    tz: str = "UTC"
    description: str = ""
    source: str = ""
    colour: str = COLOURS["public"]
    refresh: timedelta = field(default=timedelta(hours=6))


def event(uid: UUID, created_at: datetime, content: Content, revision: Revision) -> bytes:
    """The VEVENT of an item, folded, with its line ends."""
    timing = content.timing
    cancelled = content.status is Status.CANCELLED
    said = (
        gettext(N_("CANCELLED: {title}"), title=content.summary) if cancelled else content.summary
    )
    made = Event()
    made.add("uid", Text(str(uid)))
    for name in ("dtstamp", "last-modified"):
        made.add(name, revision.last_modified)
    made.add("created", created_at.replace(microsecond=0))
    made.add("sequence", revision.sequence)
    made.add("status", content.status.upper())
    made.add("transp", "TRANSPARENT" if timing.all_day or cancelled else "OPAQUE")
    first, last = bounds(timing)
    made.add("dtstart", first)
    if last is not None:
        made.add("dtend", last)
    made.add("summary", Text(said))
    if description := _description(content):
        made.add("description", Text(description))
    if content.location:
        made.add("location", Text(content.location))
    if content.url:
        made.add("url", vUri(content.url))
    kinds = [gettext(KIND_NAMES[content.kind]), *content.sectors]
    made.add("categories", vCategory([Text(kind) for kind in kinds]))
    made.add("class", "PUBLIC" if content.visibility is Visibility.PUBLIC else "PRIVATE")
    return bytes(made.to_ical())


def bounds(timing: Timing) -> tuple[date, date | None]:
    """DTSTART and DTEND: dates, or wall times in their zone (a UTC zone is written with Z)."""
    if timing.start_on is not None:
        return timing.start_on, timing.end_on
    zone = ZoneInfo("UTC" if vtimezone.is_utc(timing.tz) else timing.tz)
    assert timing.start is not None
    end = None if timing.end is None else timing.end.replace(tzinfo=zone)
    return timing.start.replace(tzinfo=zone), end


def zones_of(timings: Iterable[Timing]) -> Zones:
    """The zones that items need, each with its first and last year. An all-day item needs none."""
    found: dict[str, tuple[int, int]] = {}
    for timing in timings:
        if timing.start_on is None and timing.start is not None:
            last = (timing.end or timing.start).year
            first, until = found.get(timing.tz, (timing.start.year, last))
            found[timing.tz] = min(first, timing.start.year), max(until, last)
    return found


def _description(content: Content) -> str:
    parts = [content.description]
    timing = content.timing
    if timing.all_day and timing.start is not None:
        until = gettext(
            N_("Exact time: {time} ({zone})"), time=f"{timing.start:%Y-%m-%d %H:%M}", zone=timing.tz
        )
        parts.append(until)
    parts.append(content.url)
    return "\n\n".join(part for part in parts if part)


def feed(header: Header, body: bytes, zones: Zones) -> bytes:
    """A whole calendar: its header, the zones its entries use, and its entries, joined already."""
    return b"".join((head(header, zones, empty=not body), body, CALENDAR_END))


def head(header: Header, zones: Zones, *, empty: bool) -> bytes:
    """All of a calendar that stands before its entries: its header and the zones they use."""
    # An object without any component is no calendar (RFC 5545 3.6): an empty feed describes a zone.
    needed = {header.tz: (2026, 2026)} if empty else dict(zones)
    blocks = [
        vtimezone.block(tz, first, last)
        for tz, (first, last) in sorted(needed.items())
        if empty or not vtimezone.is_utc(tz)
    ]
    return b"".join((_opening(header), *blocks))


def _opening(header: Header) -> bytes:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", Text(PRODID))
    calendar.add("calscale", "GREGORIAN")
    for name in ("name", "x-wr-calname"):
        calendar.add(name, Text(header.name))
    if header.description:
        calendar.add("description", Text(header.description))
        calendar.add("x-wr-caldesc", Text(header.description))
    every = vDuration(header.refresh)
    calendar.add("refresh-interval", every, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", bytes(every.to_ical()).decode())  # type: ignore[no-untyped-call]
    if header.source:
        calendar.add("source", vUri(header.source), parameters={"VALUE": "URI"})
    calendar.add("color", header.colour)
    return bytes(calendar.to_ical()).removesuffix(CALENDAR_END)
