# ruff: noqa: DTZ001 - wall times are naive
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.calendars.rules import (
    Content,
    Kind,
    Revision,
    Status,
    Timing,
    clean,
    clean_line,
    clean_url,
    revise,
    timing,
    window,
)

NOW = datetime(2027, 1, 10, 12, 0, 0, 400_000, tzinfo=UTC)
OPENING = Content(
    Kind.OPENING,
    Timing("Europe/Berlin", datetime(2027, 3, 1, 9), datetime(2027, 3, 1, 18)),
    "Opening",
)
FIRST = Revision(4, datetime(2027, 1, 1, tzinfo=UTC))


def changed(content: Content, **fields: object) -> Content:
    from dataclasses import replace

    return replace(content, **fields)  # type: ignore[arg-type]


def test_revision_of_a_new_item_is_zero_with_whole_seconds() -> None:
    assert revise(None, None, OPENING, NOW) == Revision(0, NOW.replace(microsecond=0))


def test_revision_stays_when_nothing_changed() -> None:
    assert revise(OPENING, FIRST, changed(OPENING), NOW) is None


@pytest.mark.parametrize(
    "field",
    [
        {"timing": Timing("Europe/Berlin", datetime(2027, 3, 1, 10), datetime(2027, 3, 1, 18))},
        {"timing": Timing("Europe/Berlin", datetime(2027, 3, 1, 9), datetime(2027, 3, 1, 19))},
        {"timing": Timing("Europe/Paris", datetime(2027, 3, 1, 9), datetime(2027, 3, 1, 18))},
        {"timing": Timing("Europe/Berlin", start_on=date(2027, 3, 1), end_on=date(2027, 3, 2))},
        {"status": Status.CANCELLED},
    ],
)
def test_sequence_rises_with_time_and_status(field: dict[str, object]) -> None:
    after = revise(OPENING, FIRST, changed(OPENING, **field), NOW)
    assert after is not None
    assert after.sequence == 5


@pytest.mark.parametrize(
    "field", [{"summary": "x"}, {"description": "x"}, {"location": "Hall 2"}, {"url": "x"}]
)
def test_sequence_stays_with_text(field: dict[str, object]) -> None:
    after = revise(OPENING, FIRST, changed(OPENING, **field), NOW)
    assert after is not None
    assert after.sequence == 4
    assert after.last_modified > FIRST.last_modified


def test_sequence_rises_with_the_place_of_a_meeting() -> None:
    meeting = changed(OPENING, kind=Kind.MEETING)
    after = revise(meeting, FIRST, changed(meeting, location="Hall 2"), NOW)
    assert after is not None
    assert after.sequence == 5


@given(
    st.lists(st.tuples(st.integers(-3, 3), st.integers(8, 12), st.text(max_size=3)), max_size=12)
)
def test_revisions_only_rise_whatever_the_clock_says(edits: list[tuple[int, int, str]]) -> None:
    content, revision, now = OPENING, FIRST, NOW
    for seconds, hour, text in edits:
        now += timedelta(seconds=seconds)
        after = changed(
            content,
            summary=text,
            timing=Timing("Europe/Berlin", datetime(2027, 3, 1, hour), datetime(2027, 3, 1, 18)),
        )
        risen = revise(content, revision, after, now)
        if risen is None:
            assert after == content
            continue
        assert risen.last_modified > revision.last_modified
        assert risen.last_modified.microsecond == 0
        assert (risen.sequence > revision.sequence) == (after.timing != content.timing)
        content, revision = after, risen


def test_timing_of_days_ends_after_the_last_one() -> None:
    made = timing(Kind.FAIR, "Europe/Berlin", None, None, date(2027, 3, 1), date(2027, 3, 4))
    assert (made.start_on, made.end_on) == (date(2027, 3, 1), date(2027, 3, 5))


def test_timing_of_a_deadline_is_its_day_and_keeps_its_hour() -> None:
    made = timing(Kind.DEADLINE, "Europe/Berlin", datetime(2027, 6, 30, 12), None, None, None)
    assert (made.start_on, made.end_on, made.start) == (
        date(2027, 6, 30),
        date(2027, 7, 1),
        datetime(2027, 6, 30, 12),
    )


def test_timing_of_a_deadline_at_midnight_is_the_day_before() -> None:
    made = timing(Kind.PAYMENT, "Europe/Berlin", datetime(2027, 7, 1), None, None, None)
    assert made.start_on == date(2027, 6, 30)


@pytest.mark.parametrize(
    "given_times",
    [
        (None, None, None, None),
        (datetime(2027, 1, 1), None, date(2027, 1, 1), None),
        (datetime(2027, 1, 2), datetime(2027, 1, 1), None, None),
        (None, None, date(2027, 1, 2), date(2027, 1, 1)),
        (datetime(2027, 1, 1, tzinfo=UTC), None, None, None),
    ],
)
def test_timing_refuses_what_is_no_time(given_times: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match=r"item|wall times"):
        timing(Kind.MEETING, "Europe/Berlin", *given_times)  # type: ignore[arg-type]


@given(st.dates(date(2020, 1, 1), date(2090, 12, 31)))
def test_window_is_ninety_days_back_and_two_years_ahead(day: date) -> None:
    first, end = window(day)
    assert (day - first).days == 90
    assert end.year == day.year + 2
    assert end.month == day.month
    assert end.day == day.day or (day.month, day.day, end.day) == (2, 29, 28)


@given(st.text())
def test_clean_leaves_lines_without_control_characters(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert not any((ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160 for c in cleaned)
    assert clean(cleaned) == cleaned
    assert len(clean_line(text).splitlines()) <= 1


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://fair.example/a?b=c", True),
        ("javascript:alert(1)", False),
        ("https://a b", False),
        ("https://a\r\nATTENDEE:x", False),
        ("//a", False),
    ],
)
def test_clean_url_lets_only_web_addresses_pass(url: str, kept: bool) -> None:
    assert clean_url(url) == (url if kept else "")
