"""Invitations by mail (iMIP, RFC 6047): the same entry as in the feed, under the same UID.

An invitation says what one person's calendar should hold: REQUEST for a new or changed entry,
CANCEL for one that is off (RFC 5546 3.2.2, 3.2.5). Its SEQUENCE is that of the item, so a mail
and a feed never contradict each other, whichever comes first. No answer is asked for: whoever is
invited has agreed to the meeting, only its time and place are new.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from icalendar import Calendar, Event
from icalendar.prop import vCalAddress, vText

from events.calendars import vtimezone
from events.calendars.rendering import PRODID, Text, zones_of
from events.calendars.rules import Status, Timing
from server import clock
from server.database import rows, step


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Somebody with an address, as an organizer or an attendee."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Told:
    """How an item stands: by this one sees whether it has changed for those who know it."""

    key: str
    sequence: int
    status: str
    summary: str
    location: str
    tz: str
    start_local: datetime | None
    end_local: datetime | None
    fragment: bytes


@step
async def standing(keys: Sequence[str]) -> dict[str, Told]:
    """The items of `keys` that exist, by key; locked until the transaction ends."""
    found = await rows(
        "SELECT key, sequence, status, summary, location, tz, start_local, end_local, fragment"
        " FROM calendar_item WHERE key = ANY($1::text[]) ORDER BY id FOR UPDATE",
        list(keys),
    )
    return {each["key"]: Told(**each) for each in found}


def changed(before: Told | None, after: Told) -> bool:
    """Whether somebody who knows `before` must be told of `after`: its SEQUENCE has risen, or it
    is new and not cancelled."""
    if before is None:
        return after.status != Status.CANCELLED
    return after.sequence > before.sequence


def invitation(item: Told, organizer: Mailbox, attendee: Mailbox) -> bytes:
    """The calendar of one mail to `attendee`: METHOD, the zone, and the entry of the feed.

    DTSTAMP is when it was made, as RFC 5545 3.8.7.2 wants it of a message with a METHOD.
    """
    off = item.status == Status.CANCELLED
    entry = Event.from_ical(item.fragment)
    assert isinstance(entry, Event)
    for name in ("dtstamp", "last-modified"):
        entry.pop(name, None)
    now = clock.now().replace(microsecond=0)
    entry.add("dtstamp", now)
    entry.add("organizer", _address(organizer))
    asked = _address(attendee)
    asked.params["CUTYPE"] = vText("INDIVIDUAL")
    asked.params["ROLE"] = vText("REQ-PARTICIPANT")
    asked.params["PARTSTAT"] = vText("NEEDS-ACTION")
    asked.params["RSVP"] = vText("FALSE")
    entry.add("attendee", asked)
    head = Calendar()
    for name, said in (("version", "2.0"), ("prodid", Text(PRODID)), ("calscale", "GREGORIAN")):
        head.add(name, said)
    head.add("method", "CANCEL" if off else "REQUEST")
    timing = Timing(item.tz, item.start_local, item.end_local)
    blocks = [
        vtimezone.block(tz, first, last)
        for tz, (first, last) in sorted(zones_of([timing]).items())
        if not vtimezone.is_utc(tz)
    ]
    end = b"END:VCALENDAR\r\n"
    opening = bytes(head.to_ical()).removesuffix(end)
    return b"".join((opening, *blocks, bytes(entry.to_ical()), end))


def _address(who: Mailbox) -> Any:
    found = vCalAddress(f"mailto:{who.email}")
    name = re.sub(r'[\x00-\x1f"\x7f]', "", who.name)
    if name:
        found.params["CN"] = vText(name)
    return found
