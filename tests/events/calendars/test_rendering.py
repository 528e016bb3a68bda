# ruff: noqa: DTZ001 - wall times are naive
import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import icalendar
from hypothesis import given, settings
from hypothesis import strategies as st

from events.calendars.rendering import Header, event, feed, zones_of
from events.calendars.rules import (
    Content,
    Kind,
    Revision,
    Status,
    Timing,
    Visibility,
    clean,
    clean_line,
    timing,
)
from tests.events.calendars.engines import agreed

UID = UUID("6f9619ff-8b86-4d11-b42d-00c04fc964ff")
NOW = datetime(2027, 1, 10, 12, 0, tzinfo=UTC)
REVISION = Revision(3, NOW)
DAY = Timing("Europe/Berlin", start_on=date(2027, 3, 1), end_on=date(2027, 3, 5))
HOURS = Timing("Australia/Adelaide", datetime(2027, 3, 1, 9), datetime(2027, 3, 1, 18))
NASTY = [
    "\r\nBEGIN:VALARM\r\nACTION:EMAIL",
    "x\nEND:VEVENT\nBEGIN:VEVENT",
    "C:\\New; a, b",
    "\\n is not a line break",
    "tab\tand \x00 bell \x07 and \u2028 separator",
    "é" * 120,
    "🧀" * 60,
    "a" + "\\" * 90,
    " lead and trail ",
    "\ud800 alone",
    "<b>&amp;</b>",
]
texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=200))


def lines(made: bytes) -> list[str]:
    """The content lines, unfolded as RFC 5545 3.1 says and nothing else."""
    assert made.endswith(b"\r\n")
    return re.sub(rb"\r\n[ \t]", b"", made).decode().removesuffix("\r\n").split("\r\n")


def said(made: bytes, name: str) -> str | None:
    values = [line.partition(":")[2] for line in lines(made) if re.match(rf"{name}[;:]", line)]
    assert len(values) <= 1, name
    whole = {"n": "\n", "N": "\n"}
    return re.sub(r"\\(.)", lambda m: whole.get(m[1], m[1]), values[0]) if values else None


def one(summary: str = "Opening", **fields: object) -> bytes:
    content = {"kind": Kind.OPENING, "timing": HOURS, "summary": summary} | fields
    return event(UID, NOW, Content(**content), REVISION)  # type: ignore[arg-type]


@settings(max_examples=300, deadline=None)
@given(texts, texts, texts)
def test_event_says_what_it_was_given_and_nothing_more(
    summary: str, place: str, about: str
) -> None:
    summary, place, about = clean_line(summary), clean_line(place), clean(about)
    made = one(summary, location=place, description=about)
    names = [re.match(r"[A-Z-]+", line)[0] for line in lines(made)]  # type: ignore[index]
    assert (names[0], names[-1], names.count("BEGIN"), names.count("END")) == ("BEGIN", "END", 1, 1)
    assert len(set(names)) == len(names)
    assert said(made, "SUMMARY") == summary
    assert (said(made, "LOCATION") or "") == place
    assert (said(made, "DESCRIPTION") or "") == about


@settings(max_examples=100, deadline=None)
@given(texts, texts)
def test_event_is_folded_at_75_octets_between_characters(summary: str, about: str) -> None:
    made = one(clean_line(summary), description=clean(about))
    for line in made.removesuffix(b"\r\n").split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
    assert b"\n" not in made.replace(b"\r\n", b"")
    assert b"\r" not in made.replace(b"\r\n", b"")


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        ["Africa/Casablanca", "Africa/Cairo", "America/Santiago", "Asia/Kolkata", "Europe/Berlin"]
    ),
    st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31)),
    st.integers(1, 3000),
)
def test_feed_gives_the_instants_of_its_items(tz: str, start: datetime, minutes: int) -> None:
    start = start.replace(second=0, microsecond=0)
    end = start + timedelta(minutes=minutes)
    zone = ZoneInfo(tz)
    for moment in (start, end):
        aware = moment.replace(tzinfo=zone)
        if aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment:
            return
    span = Timing(tz, start, end)
    fragment = event(UID, NOW, Content(Kind.MEETING, span, "x"), REVISION)
    read = icalendar.Calendar.from_ical(feed(Header("A"), fragment, zones_of([span]))).events[0]
    assert read.start == start.replace(tzinfo=zone)
    assert read.end == end.replace(tzinfo=zone)


def test_event_has_the_same_bytes_each_time() -> None:
    assert one() == one()


def test_event_stamps_are_its_last_change() -> None:
    made = one()
    assert said(made, "DTSTAMP") == said(made, "LAST-MODIFIED") == "20270110T120000Z"
    assert said(made, "SEQUENCE") == "3"
    assert said(made, "UID") == str(UID)


def test_event_of_days_is_transparent_and_ends_the_day_after() -> None:
    made = one(timing=DAY)
    assert b"DTSTART;VALUE=DATE:20270301\r\n" in made
    assert b"DTEND;VALUE=DATE:20270305\r\n" in made
    assert said(made, "TRANSP") == "TRANSPARENT"


def test_event_cancelled_says_so_in_status_and_title() -> None:
    made = one(status=Status.CANCELLED)
    assert said(made, "STATUS") == "CANCELLED"
    assert said(made, "SUMMARY") == "CANCELLED: Opening"
    assert said(made, "TRANSP") == "TRANSPARENT"


def test_event_of_a_company_is_private() -> None:
    assert said(one(), "CLASS") == "PUBLIC"
    assert said(one(visibility=Visibility.COMPANY), "CLASS") == "PRIVATE"


def test_event_of_a_deadline_names_the_exact_hour_and_the_zone() -> None:
    due = timing(Kind.DEADLINE, "Asia/Kolkata", datetime(2027, 6, 30, 12), None, None, None)
    made = one(kind=Kind.DEADLINE, timing=due, description="Apply.", url="https://fair.example/x")
    assert said(made, "DESCRIPTION") == (
        "Apply.\n\nExact time: 2027-06-30 12:00 (Asia/Kolkata)\n\nhttps://fair.example/x"
    )
    assert b"DTSTART;VALUE=DATE:20270630" in made


def test_feed_has_one_zone_block_for_many_items_and_none_for_days() -> None:
    days = one(timing=DAY)
    made = feed(Header("A"), one() + days + one(), zones_of([HOURS, DAY, HOURS]))
    assert made.count(b"BEGIN:VTIMEZONE") == 1
    assert b"TZID:Australia/Adelaide" in made
    assert b"VTIMEZONE" not in feed(Header("A", tz="Europe/Berlin"), days, zones_of([DAY]))


def test_feed_without_items_is_still_a_calendar() -> None:
    made = feed(Header("A", tz="Europe/Berlin"), b"", {})
    assert len(icalendar.Calendar.from_ical(made).timezones) == 1


def test_feed_header_tells_name_refresh_and_source_but_no_method() -> None:
    made = feed(Header("Fair; 2027", source="https://x.example/cal/all.ics"), b"", {})
    assert said(made, "NAME") == said(made, "X-WR-CALNAME") == "Fair; 2027"
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT6H\r\n" in made
    assert b"X-PUBLISHED-TTL:PT6H\r\n" in made
    assert b"SOURCE;VALUE=URI:https://x.example/cal/all.ics\r\n" in made
    assert b"METHOD" not in made


def test_feed_of_nasty_words_is_read_alike_by_five_programs() -> None:
    zones = ["Europe/Berlin", "Africa/Casablanca", "Asia/Kolkata", "America/Santiago", "UTC"]
    entries, spans, before = [], [], NOW - timedelta(days=900)
    for number, text in enumerate(NASTY):
        start = datetime(2026 + number % 3, 1 + number % 12, 1 + number % 28, 9, 30)
        span = Timing(zones[number % len(zones)], start, start + timedelta(hours=8))
        content = Content(Kind.OPENING, span, clean_line(text), clean(text), clean_line(text))
        uid = UUID(int=UID.int + number)
        entries.append(event(uid, before, content, Revision(0, before)))
        spans.append(span)
    many = feed(Header("Nasty; texts", "Asia/Kolkata"), b"".join(entries), zones_of(spans))
    assert len(agreed(many)) == len(entries)
    assert agreed(feed(Header("Empty", "Asia/Kolkata"), b"", {})) == {}
