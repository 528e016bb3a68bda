# ruff: noqa: DTZ001 - wall times are naive
"""The blocks are read back by two independent readers and compared with the tz database."""

import io
import os
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dateutil.tz import tzical
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Timezone

from events.calendars.vtimezone import block

ZONES = (
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/Santiago",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Jerusalem",
    "Asia/Gaza",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "America/St_Johns",
    "Asia/Dubai",
    "America/Nuuk",
    "UTC",
)


def instants(first: int, last: int) -> list[datetime]:
    moment, out = datetime(first, 1, 1, 12), []
    while moment.year <= last:
        out.append(moment)
        moment += timedelta(days=3, hours=7)
    return out


def exists_once(moment: datetime, zone: ZoneInfo) -> bool:
    return (
        moment.replace(tzinfo=zone, fold=0).utcoffset()
        == moment.replace(tzinfo=zone, fold=1).utcoffset()
    )


def wrong(tzid: str, first: int, last: int) -> list[tuple[str, datetime]]:
    zone, made = ZoneInfo(tzid), block(tzid, first, last)
    by_dateutil = tzical(io.StringIO(made.decode())).get(tzid)
    by_icalendar = Timezone.from_ical(made).to_tz(lookup_tzid=False)
    found = []
    for moment in instants(first, last):
        if not exists_once(moment, zone):
            continue
        want = moment.replace(tzinfo=zone).utcoffset()
        found += [
            (name, moment)
            for name, reader in (("dateutil", by_dateutil), ("icalendar", by_icalendar))
            if moment.replace(tzinfo=reader).utcoffset() != want
        ]
    return found


@pytest.mark.parametrize("tzid", ZONES)
def test_block_gives_the_offsets_of_the_database(tzid: str) -> None:
    assert wrong(tzid, 2026, 2028) == []


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(available_timezones())), st.integers(2000, 2035), st.integers(0, 2))
def test_block_is_right_for_any_zone_and_years(tzid: str, first: int, more: int) -> None:
    assert wrong(tzid, first, first + more) == []


@pytest.mark.skipif(
    not os.environ.get("PAVILION_NIGHTLY"), reason="all zones are read nightly (PAVILION_NIGHTLY=1)"
)
def test_block_is_right_for_all_zones() -> None:
    assert [tzid for tzid in sorted(available_timezones()) if wrong(tzid, 2026, 2028)] == []


@pytest.mark.parametrize("tzid", ["Europe/Berlin", "America/New_York", "Australia/Adelaide"])
def test_block_of_a_regular_zone_has_two_yearly_rules(tzid: str) -> None:
    made = block(tzid, 2026, 2028)
    assert made.count(b"BEGIN:STANDARD") == made.count(b"BEGIN:DAYLIGHT") == 1
    assert made.count(b"RRULE:FREQ=YEARLY;BYMONTH=") == 2


def test_block_of_a_zone_without_changes_has_no_rule() -> None:
    made = block("Asia/Kolkata", 2026, 2028)
    assert (made.count(b"BEGIN:STANDARD"), made.count(b"DAYLIGHT"), made.count(b"RRULE")) == (
        1,
        0,
        0,
    )


def test_block_of_an_irregular_zone_names_each_change_without_lists() -> None:
    made = block("Africa/Casablanca", 2026, 2028)
    assert made.count(b"BEGIN:STANDARD") + made.count(b"BEGIN:DAYLIGHT") > 6
    assert b"RDATE" not in made
    assert b"RRULE" not in made


def test_block_starts_at_the_wall_time_before_the_change() -> None:
    assert b"DTSTART:20250330T020000\r\nTZOFFSETFROM:+0100\r\n" in block(
        "Europe/Berlin", 2026, 2026
    )
