"""Invitations by mail (iMIP, RFC 6047): the same entry as in the feed, under the same UID.

An invitation says what one person's calendar should hold: REQUEST for a new or changed entry,
CANCEL for one that is off, or for who alone is no longer invited (RFC 5546 3.2.2, 3.2.5). Its
SEQUENCE is that of the item, so a mail and a feed never contradict each other, whichever comes
first. Whoever is invited answers on a signed page, which asks for no sign-in; where the house takes
mail, a calendar program may answer too, to an address of this one invitation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from icalendar import Calendar, Event
from icalendar.prop import vCalAddress, vText

from events.calendars import vtimezone
from events.calendars.rendering import PRODID, Text, zones_of
from events.calendars.rules import SECOND, Status, Timing
from server import clock
from server.database import row, rows, step
from server.mail import arriving
from server.mail.writing import link
from server.web import signing

BOX = "meet"
PURPOSE = "invitation"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Somebody with an address, as an organizer or an attendee."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Told:
    """How an item stands: by this one sees whether it has changed for those who know it."""

    id: int
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
        "SELECT id, key, sequence, status, summary, location, tz, start_local, end_local, fragment"
        " FROM calendar_item WHERE key = ANY($1::text[]) ORDER BY id FOR UPDATE",
        list(keys),
    )
    return {each["key"]: Told(**each) for each in found}


def changed(before: Told | None, after: Told) -> bool:
    """Whether somebody who knows `before` must be told of `after`: its SEQUENCE has risen, it says
    something else (who meets: the same SEQUENCE sent anew, RFC 5546 section 2.1.4), or it is new
    and not cancelled."""
    if before is None:
        return after.status != Status.CANCELLED
    return after.sequence > before.sequence or after.summary != before.summary


@dataclass(frozen=True, slots=True)
class Issued:
    """What a mail carries: the calendar, and the page on which it is answered ("" for one that is
    off)."""

    calendar: bytes
    page: str


ISSUE = """
INSERT INTO invitation (item, agency, company, email, name, key, sequence, sent_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (item, email) DO UPDATE SET name = excluded.name, sequence = excluded.sequence,
    sent_at = greatest(excluded.sent_at, invitation.sent_at + $9),
    answer = CASE WHEN excluded.sequence > invitation.sequence THEN 'needs-action'
        ELSE invitation.answer END,
    answered_at = CASE WHEN excluded.sequence > invitation.sequence THEN NULL
        ELSE invitation.answered_at END,
    answered_by = CASE WHEN excluded.sequence > invitation.sequence THEN ''
        ELSE invitation.answered_by END,
    written_at = CASE WHEN excluded.sequence > invitation.sequence THEN NULL
        ELSE invitation.written_at END
RETURNING id, key, sent_at
"""


@step
async def issue(
    item: Told,
    organizer: Mailbox,
    attendee: Mailbox,
    *,
    agency: int | None = None,
    company: int | None = None,
    still_on: bool = False,
) -> Issued:
    """Invite `attendee` to `item` as it is now, or take the invitation back.

    A new time or place asks anew: an answer to the old one is forgotten (RFC 5546 3.2.2.1).
    `still_on`: the meeting goes on without this guest, so their CANCEL says no STATUS
    (RFC 5546 3.2.5). DTSTAMP rises with each mail, even within a second.
    """
    found = await row(
        ISSUE, item.id, agency, company, attendee.email.lower(), attendee.name, uuid4(),
        item.sequence, clock.now().replace(microsecond=0), SECOND,
    )  # fmt: skip
    assert found is not None
    off = item.status == Status.CANCELLED
    here = arriving.address(BOX, found["key"].hex)
    made = _calendar(
        item,
        Mailbox(organizer.name, here or organizer.email),
        attendee,
        at=found["sent_at"],
        asks=bool(here),
        still_on=still_on,
    )
    return Issued(made, "" if off else page_of(found["id"]))


def page_of(invitation: int) -> str:
    """The full address of the page that takes the answer to `invitation`."""
    return link(f"/invitations/{invitation}/{signing.sign(PURPOSE, str(invitation))}")


def _calendar(
    item: Told,
    organizer: Mailbox,
    attendee: Mailbox,
    *,
    at: datetime,
    asks: bool,
    still_on: bool,
) -> bytes:
    """The calendar of one mail to `attendee`: METHOD, the zone, and the entry of the feed.

    DTSTAMP is when it was made, as RFC 5545 3.8.7.2 wants it of a message with a METHOD.
    """
    off = item.status == Status.CANCELLED
    entry = Event.from_ical(item.fragment)
    assert isinstance(entry, Event)
    for name in ("dtstamp", "last-modified", *(("status",) if off and still_on else ())):
        entry.pop(name, None)
    entry.add("dtstamp", at)
    entry.add("organizer", _address(organizer))
    asked = _address(attendee)
    asked.params["CUTYPE"] = vText("INDIVIDUAL")
    asked.params["ROLE"] = vText("REQ-PARTICIPANT")
    asked.params["PARTSTAT"] = vText("NEEDS-ACTION")
    asked.params["RSVP"] = vText("TRUE" if asks and not off else "FALSE")
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
