# ruff: noqa: DTZ001 -- wall times are naive on purpose
"""Wall clocks of many zones, opening hours, units, free days, prices, the cancellation ladder."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.bookings import rules
from events.bookings.hours import (
    AskedBack,
    Hours,
    Meant,
    day_start,
    edge,
    free,
    instant,
    local,
    readings,
)
from events.bookings.rules import Per, Quota, Rate, Rung, Span
from server.errors import Refused

# The last two changes of Sao Paulo before it gave them up, those of this year elsewhere.
SKIPPED = [
    ("Europe/Berlin", datetime(2026, 3, 29, 2, 30), (1, 30), (3, 30)),
    ("America/New_York", datetime(2026, 3, 8, 2, 30), (1, 30), (3, 30)),
    ("America/Sao_Paulo", datetime(2018, 11, 4, 0, 0), (23, 0), (1, 0)),
    ("Africa/Casablanca", datetime(2026, 3, 22, 2, 30), (1, 30), (3, 30)),
    ("Pacific/Auckland", datetime(2026, 9, 27, 2, 30), (1, 30), (3, 30)),
    ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 15), (1, 45), (2, 45)),
]
TWICE = [
    ("Europe/Berlin", datetime(2026, 10, 25, 2, 30), 60),
    ("America/New_York", datetime(2026, 11, 1, 1, 30), 60),
    ("America/Sao_Paulo", datetime(2018, 2, 17, 23, 30), 60),
    ("Africa/Casablanca", datetime(2026, 2, 15, 2, 30), 60),
    ("Pacific/Auckland", datetime(2026, 4, 5, 2, 30), 60),
    ("Australia/Lord_Howe", datetime(2026, 4, 5, 1, 45), 30),
]


@pytest.mark.parametrize(("tz", "wall", "first", "second"), SKIPPED)
def test_time_that_does_not_exist_is_asked_back_with_two_choices(
    tz: str, wall: datetime, first: tuple[int, int], second: tuple[int, int]
) -> None:
    assert readings(wall, tz) == ()
    with pytest.raises(AskedBack) as asked:
        instant(wall, tz)
    earlier, later = asked.value.choices
    assert (earlier.wall.hour, earlier.wall.minute) == first
    assert (later.wall.hour, later.wall.minute) == second
    assert f"{wall:%Y-%m-%d %H:%M} does not exist in {tz}" in str(asked.value)
    for choice in asked.value.choices:
        assert instant(wall, tz, choice.meant) == choice.at
        assert readings(choice.wall, tz) == (choice.at,)


@pytest.mark.parametrize(("tz", "wall", "apart"), TWICE)
def test_time_that_exists_twice_is_asked_back_with_two_choices(
    tz: str, wall: datetime, apart: int
) -> None:
    with pytest.raises(AskedBack) as asked:
        instant(wall, tz)
    earlier, later = asked.value.choices
    assert later.at - earlier.at == timedelta(minutes=apart)
    assert earlier.wall == later.wall == wall
    assert earlier.offset != later.offset
    assert earlier.offset in str(asked.value)
    assert instant(wall, tz, Meant.EARLIER) == earlier.at
    assert instant(wall, tz, Meant.LATER) == later.at


def test_kolkata_never_changes_its_clock() -> None:
    for hour in range(24 * 366):
        wall = datetime(2026, 1, 1) + timedelta(hours=hour)
        assert instant(wall, "Asia/Kolkata") == wall.replace(tzinfo=UTC) - timedelta(
            hours=5, minutes=30
        )


def test_day_starts_where_midnight_is_skipped() -> None:
    start = day_start(date(2018, 11, 4), "America/Sao_Paulo")
    assert local(start, "America/Sao_Paulo") == datetime(2018, 11, 4, 1)
    assert day_start(date(2018, 11, 5), "America/Sao_Paulo") - start == timedelta(hours=23)


ZONES = st.sampled_from(
    [
        "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Africa/Casablanca",
        "Asia/Kolkata", "Pacific/Auckland", "Australia/Lord_Howe", "America/Havana",
        "Asia/Kathmandu", "Pacific/Apia",
    ]
)  # fmt: skip
WALLS = st.datetimes(datetime(2008, 1, 1), datetime(2037, 1, 1))


@given(ZONES, WALLS)
def test_reading_is_what_the_clock_shows(tz: str, wall: datetime) -> None:
    wall = wall.replace(second=0, microsecond=0)
    for found in readings(wall, tz):
        assert local(found, tz) == wall
    if not readings(wall, tz):
        change = edge(wall, tz)
        assert local(change, tz) > wall
        assert local(change - timedelta(seconds=1), tz) < wall


@given(ZONES, st.dates(date(2012, 1, 1), date(2036, 12, 31)))
def test_open_day_and_night_is_open_without_a_break(tz: str, on: date) -> None:
    hours = Hours(tz, {weekday: [(0, 1440)] for weekday in range(7)})
    reached = day_start(on, tz)
    for n in range(3):
        for opens, closes in hours.spans(on + timedelta(days=n)):
            assert opens == reached
            reached = closes
    assert hours.open_at(day_start(on, tz), reached)


SPAN = st.tuples(st.integers(0, 200), st.integers(1, 60)).map(
    lambda pair: (
        datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=pair[0]),
        datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=sum(pair)),
    )
)


@given(SPAN, st.lists(SPAN, max_size=6))
def test_free_is_what_nothing_covers(
    opened: tuple[datetime, datetime], taken: list[tuple[datetime, datetime]]
) -> None:
    found = list(free([opened], taken))
    minute = opened[0]
    while minute < opened[1]:
        covered = any(a <= minute < b for a, b in taken)
        assert any(a <= minute < b for a, b in found) is not covered
        minute += timedelta(minutes=1)


@given(st.lists(SPAN, max_size=8))
def test_most_at_once_is_counted_at_every_minute(spans: list[tuple[datetime, datetime]]) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    naive = max(sum(a <= first + timedelta(minutes=m) < b for a, b in spans) for m in range(0, 260))
    assert rules.most_at_once(spans) == naive


def test_unit_that_fragments_least_is_taken() -> None:
    def hour(n: int) -> datetime:
        return datetime(2026, 1, 1, n, tzinfo=UTC)

    taken = {1: [(hour(8), hour(9)), (hour(14), hour(15))], 2: [(hour(8), hour(10)),
             (hour(11), hour(12))], 3: []}  # fmt: skip
    units = [(1, 1), (2, 2), (3, 3)]
    assert rules.best_unit(units, taken, (hour(10), hour(11))) == 2
    assert rules.best_unit(units, taken, (hour(9), hour(14))) == 1
    assert rules.best_unit(units, taken, (hour(9), hour(15))) == 3
    assert rules.best_unit(units[:2], taken, (hour(8), hour(12))) is None


def test_special_day_goes_before_holiday_and_own_hours_stay_inside_it() -> None:
    day = date(2026, 5, 1)
    hours = Hours("Europe/Berlin", {4: [(480, 1080)]}, holidays={day: "Labour Day"})
    assert hours.of_day(day) == ()
    open_then = Hours("Europe/Berlin", {4: [(480, 1080)]}, {day: [(600, 840)]}, {day: "Labour Day"})
    assert open_then.of_day(day) == ((600, 840),)
    advisor = Hours("Europe/Berlin", {4: [(480, 1080)]}, {day: [(600, 840)]}, own={4: [(540, 720)]})
    assert advisor.of_day(day) == ((600, 720),)
    assert advisor.of_day(date(2026, 5, 8)) == ((540, 720),)


def test_series_of_months_ends_on_last_days() -> None:
    found = rules.series(datetime(2026, 1, 31, 9), Span.MONTHS, 1, 3)
    assert [each.date() for each in found] == [
        date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31),
    ]  # fmt: skip
    with pytest.raises(Refused, match="between 1 and 60 dates"):
        rules.series(datetime(2026, 1, 31, 9), Span.DAYS, 1, 61)


def test_free_days_end_with_the_smaller_rest_and_with_the_year() -> None:
    days = [date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 4), date(2027, 1, 5)]
    quotas = {2026: Quota(5, 20, company_used=4, undertaking_used=4), 2027: Quota(9, 3, 0, 2)}
    assert rules.free_days(days, quotas) == (days[0], days[2])


def test_price_follows_the_rate_card_of_the_day() -> None:
    card = [Rate(date(2025, 1, 1), Per.DAY, 4000), Rate(date(2026, 1, 1), Per.DAY, 5000),
            Rate(date(2026, 1, 1), Per.HOUR, 1999)]  # fmt: skip
    assert rules.price(card, Span.DAYS, 3, 3, date(2025, 12, 31)) == 12000
    assert rules.price(card, Span.DAYS, 3, 3, date(2026, 1, 1)) == 15000
    assert rules.price(card, Span.MINUTES, 90, 1, date(2026, 2, 1)) == 2999
    assert rules.price(card, Span.WEEKS, 1, 5, date(2026, 2, 1)) == 25000
    card.append(Rate(date(2026, 1, 1), Per.WEEK, 20000))
    assert rules.price(card, Span.WEEKS, 2, 10, date(2026, 2, 1)) == 40000


def test_value_of_free_days_is_rounded_down() -> None:
    quote = rules.quote(10000, 3, (date(2026, 1, 1),))
    assert (quote.free_minor, quote.price_minor) == (3333, 6667)


def test_ladder_is_the_one_of_the_day_of_booking() -> None:
    rungs = [Rung(date(2025, 1, 1), 24, 10000), Rung(date(2026, 1, 1), 48, 5000),
             Rung(date(2026, 1, 1), 12, 10000)]  # fmt: skip
    old, new = (rules.rungs_of(rungs, date(y, 6, 1)) for y in (2025, 2026))
    assert rules.share_due(old, timedelta(hours=30)) == 0
    assert [rules.share_due(new, timedelta(hours=h)) for h in (48, 47, 12, 11)] == [
        0, 5000, 5000, 10000,
    ]  # fmt: skip
    assert rules.share_due((), timedelta(0)) == 0
