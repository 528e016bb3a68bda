"""Working time, routes, moves and what no article may say."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.enquiries.rules import (
    HIT_OFF,
    HIT_ON,
    MOVES,
    OPEN,
    Act,
    Route,
    State,
    Week,
    after,
    can,
    due,
    personal,
    pieces,
    route_for,
    working_minutes,
)
from server import holidays
from server.errors import Conflict

ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland",
                         "Australia/Lord_Howe", "Africa/Casablanca"])  # fmt: skip
MOMENTS = st.integers(0, 700 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
WEEKS = st.builds(
    lambda tz, days, opens, hours, off: Week(
        tz, days, time(opens), time(opens + hours), lambda day: day in off
    ),
    ZONES,
    st.frozensets(st.integers(1, 7), min_size=1),
    st.integers(0, 12),
    st.integers(1, 11),
    st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=20),
)


@settings(max_examples=60)
@given(WEEKS, MOMENTS, st.integers(1, 60))
def test_due_is_reached_after_exactly_so_many_working_hours(
    week: Week, start: datetime, hours: int
) -> None:
    end = due(week, start, hours)
    assert end > start
    assert working_minutes(week, start, end) == hours * 60
    assert working_minutes(week, start, end - timedelta(minutes=1)) < hours * 60
    assert not week.off(end.astimezone(ZoneInfo(week.tz)).date())


@settings(max_examples=60)
@given(WEEKS, st.lists(MOMENTS, min_size=3, max_size=3))
def test_working_minutes_add_up(week: Week, moments: list[datetime]) -> None:
    first, middle, last = sorted(moment.replace(second=0, microsecond=0) for moment in moments)
    parts = working_minutes(week, first, middle) + working_minutes(week, middle, last)
    assert working_minutes(week, first, last) == parts


def test_due_leaves_out_weekend_holidays_and_the_night_of_the_clock_change() -> None:
    def off(day: date) -> bool:
        return day in holidays.days_of("DE", day.year)

    week = Week("Europe/Berlin", frozenset({1, 2, 3, 4, 5}), time(9), time(17), off)
    berlin = ZoneInfo("Europe/Berlin")
    friday = datetime(2026, 10, 23, 16, 0, tzinfo=berlin)
    assert due(week, friday, 4) == datetime(2026, 10, 26, 12, 0, tzinfo=berlin)
    before_christmas = datetime(2026, 12, 24, 9, 0, tzinfo=berlin)
    assert due(week, before_christmas, 16) == datetime(2026, 12, 28, 17, 0, tzinfo=berlin)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("act", Act)
def test_moves_are_the_table_and_nothing_else(state: State, act: Act) -> None:
    if can(state, act):
        assert after(state, act) is MOVES[state, act]
    else:
        with pytest.raises(Conflict):
            after(state, act)


def test_only_a_message_opens_what_is_closed_and_nothing_what_was_passed_on() -> None:
    assert [act for act in Act if can(State.CLOSED, act)] == [Act.WRITE]
    assert [act for act in Act if can(State.PASSED_ON, act)] == []
    assert {state for state, _ in MOVES} - OPEN == {State.UNCONFIRMED, State.CLOSED}


ROUTES = st.builds(
    Route,
    st.integers(1, 1000),
    st.sampled_from([None, 1, 2]),
    st.sampled_from(["", "BR", "JP"]),
    st.sampled_from(["", "en", "pt"]),
    st.integers(1, 9),
    st.dates(date(2026, 1, 1), date(2026, 6, 1)),
    st.one_of(st.none(), st.dates(date(2026, 6, 1), date(2026, 12, 1))),
)


@settings(max_examples=80)
@given(st.lists(ROUTES, max_size=8, unique_by=lambda one: one.id), st.dates(date(2026, 1, 1),
       date(2026, 12, 31)))  # fmt: skip
def test_route_that_wins_fits_and_no_fitting_one_says_more(routes: list[Route], on: date) -> None:
    found = route_for(routes, 1, "BR", "pt", on)
    assert found == route_for(reversed(routes), 1, "BR", "pt", on)

    def fits(one: Route) -> bool:
        return (
            one.topic in (None, 1)
            and one.market in ("", "BR")
            and one.language in ("", "pt")
            and one.from_on <= on <= (one.until_on or on)
        )

    assert (found is None) == (not any(map(fits, routes)))
    if found:
        assert fits(found)
        exact = [one for one in routes if fits(one) and one.topic and one.market and one.language]
        assert not exact or found in exact


def test_personal_finds_names_addresses_and_numbers_but_not_those_of_the_agency() -> None:
    text = "Ana Prado of Quinta wrote ana@quinta.example, +351 912 345 678. Ask us: info@a.example"
    found = personal(text, ["Ana Prado", "Quinta"], ["info@a.example"])
    assert found == ["Ana Prado", "Quinta", "ana@quinta.example", "+351 912 345 678"]
    assert personal("HS code 2204 21 00 10, Ananas", ["Ana"], []) == []
    assert personal("Call +49 40 1234 567", [], ["+49 40 1234-567"]) == []


@given(st.lists(st.tuples(st.text("ab <&", min_size=1), st.booleans()), max_size=6))
def test_headline_is_cut_where_its_marks_are(parts: list[tuple[str, bool]]) -> None:
    said = "".join(f"{HIT_ON}{words}{HIT_OFF}" if hit else words for words, hit in parts)
    found = pieces(said)
    assert "".join(words for words, _ in found) == "".join(words for words, _ in parts)
    assert [w for w, hit in found if hit] == [w for w, hit in parts if hit]
