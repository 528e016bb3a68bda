"""Links that calendar programs and services understand. Pure text; nothing is fetched."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote, urlencode

import msgspec

from events.calendars.rules import Timing
from server import clock

GOOGLE = "https://calendar.google.com/calendar"
OUTLOOK = "https://outlook.live.com/calendar/0"
OFFICE = "https://outlook.office.com/calendar/0"


class Subscribe(msgspec.Struct, frozen=True):
    """The ways to subscribe to one address."""

    address: str
    webcal: str
    google: str
    outlook: str
    office: str


def subscribe(address: str, name: str) -> Subscribe:
    """The ways to subscribe to `address`, a full http(s) address. The services are handed it."""
    webcal = "webcal://" + address.partition("://")[2]
    asked = urlencode({"url": address, "name": name}, quote_via=quote)
    return Subscribe(
        address,
        webcal,
        f"{GOOGLE}/r?cid={quote(webcal, safe='')}",
        f"{OUTLOOK}/addfromweb?{asked}",
        f"{OFFICE}/addfromweb?{asked}",
    )


class Add(msgspec.Struct, frozen=True):
    """The ways to add one entry without subscribing."""

    google: str
    outlook: str


def add(timing: Timing, summary: str, description: str = "", location: str = "") -> Add:
    """Links that open a filled-in entry; both services take the last day as exclusive."""
    first, last = _bounds(timing)
    dates = f"{_compact(first)}/{_compact(last)}"
    google = {
        "action": "TEMPLATE",
        "text": summary,
        "dates": dates,
        "ctz": timing.tz,
        "details": description,
        "location": location,
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": summary,
        "startdt": first.isoformat(),
        "enddt": last.isoformat(),
        "body": description,
        "location": location,
        "allday": "true" if timing.all_day else "false",
    }
    return Add(
        f"{GOOGLE}/render?{urlencode(google, quote_via=quote)}",
        f"{OUTLOOK}/deeplink/compose?{urlencode(outlook, quote_via=quote)}",
    )


def _bounds(timing: Timing) -> tuple[date, date]:
    if timing.start_on and timing.end_on:
        return timing.start_on, timing.end_on
    assert timing.start is not None
    start = clock.to_utc(timing.start, timing.tz)
    end = clock.to_utc(timing.end, timing.tz) if timing.end else start + timedelta(minutes=30)
    return start, end


def _compact(moment: date) -> str:
    if isinstance(moment, datetime):
        return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{moment:%Y%m%d}"
