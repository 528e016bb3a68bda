"""Stages, hours, addresses and clocks of fairs. Wall clocks are naive."""
# ruff: noqa: DTZ001

from datetime import date, datetime, time

import pytest

from events.fairs import rules, zones
from events.fairs.rules import Hours, Stage
from server.errors import Refused

FIRST, LAST = date(2027, 3, 3), date(2027, 3, 5)


@pytest.mark.parametrize(
    ("local", "stage"),
    [
        (datetime(2027, 2, 27, 12), Stage.UPCOMING),
        (datetime(2027, 3, 1, 8), Stage.SETTING_UP),
        (datetime(2027, 3, 3, 0), Stage.RUNNING),
        (datetime(2027, 3, 5, 23, 59), Stage.RUNNING),
        (datetime(2027, 3, 6, 1), Stage.DISMANTLING),
        (datetime(2027, 3, 6, 18), Stage.OVER),
    ],
)
def test_stage_follows_the_fairs_own_clock(local: datetime, stage: Stage) -> None:
    assert (
        rules.stage(
            published=True, local=local, starts_on=FIRST, ends_on=LAST,
            setup_from=datetime(2027, 3, 1, 8), dismantling_until=datetime(2027, 3, 6, 18),
        )
        is stage
    )  # fmt: skip


def test_stage_unpublished_is_a_draft() -> None:
    local = datetime(2027, 3, 4)
    assert rules.stage(published=False, local=local, starts_on=FIRST, ends_on=LAST) is Stage.DRAFT


def test_hours_with_other_days_come_back_as_they_were_typed() -> None:
    other = "2027-03-04 closed\n2027-03-05 09:00-16:00"
    hours = rules.opening_hours(FIRST, LAST, time(9), time(18), other)
    assert hours == [Hours(FIRST, time(9), time(18)), Hours(LAST, time(9), time(16))]
    again = rules.usual_hours(FIRST, LAST, hours)
    assert rules.opening_hours(FIRST, LAST, *again) == hours


def test_hours_of_a_last_day_in_another_hand_are_read() -> None:
    hours = rules.opening_hours(FIRST, LAST, time(9), time(18), "5.3.2027: 9.00 – 16.30")
    assert hours[-1] == Hours(LAST, time(9), time(16, 30))


@pytest.mark.parametrize(
    ("opens", "closes", "other", "field"),
    [
        (time(18), time(9), "", "closes_at"),
        (time(9), None, "", "closes_at"),
        (None, time(18), "", "opens_at"),
        (time(9), time(18), "2027-03-09 closed", "other_hours"),
        (time(9), time(18), "2027-03-05 16:00-09:00", "other_hours"),
        (time(9), time(18), "2027-03-05 25:00-26:00", "other_hours"),
        (time(9), time(18), "Sunday off", "other_hours"),
    ],
)
def test_hours_that_cannot_be_are_refused_at_their_field(
    opens: time | None, closes: time | None, other: str, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        rules.opening_hours(FIRST, LAST, opens, closes, other)
    assert refused.value.field == field


def test_slug_is_plain_carries_the_year_and_is_free() -> None:
    assert rules.slug("Grüne Woche", date(2027, 1, 15)) == "grune-woche-2027"
    assert rules.slug("Expo 2027", FIRST) == "expo-2027"
    assert rules.slug("Expo 2027", FIRST, {"expo-2027", "expo-2027-2"}) == "expo-2027-3"
    assert rules.slug("医療展", FIRST) == "fair-2027"


@pytest.mark.parametrize(
    ("country", "city", "zone"),
    [
        ("DE", "Köln", "Europe/Berlin"),
        ("ES", "Madrid", "Europe/Madrid"),
        ("ES", "Las Palmas", "Atlantic/Canary"),
        ("ES", "", None),
        ("US", "Las Vegas", "America/Los_Angeles"),
        ("US", "Springfield", None),
        ("CN", "Shanghai", "Asia/Shanghai"),
        ("IN", "Mumbai", "Asia/Kolkata"),
        ("NP", "", "Asia/Kathmandu"),
        ("BR", "São Paulo", "America/Sao_Paulo"),
    ],
)
def test_zone_is_derived_only_where_nothing_is_left_to_guess(
    country: str, city: str, zone: str | None
) -> None:
    assert zones.derive(country, city, 2027) == zone


def test_zones_of_the_file_exist() -> None:
    data = zones._data()
    named = {*data["official"].values(), *(z for c in data["cities"].values() for z in c.values())}
    assert named <= set(zones.all_zones())
    for country, cities in data["cities"].items():
        assert all(zones.plain(city) == city for city in cities)
        assert zones.derive(country, "", 2027) is None or country in data["official"] or cities


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Deutschland", "DE"),
        ("Korea, Republic of", "KR"),
        ("España", "ES"),
        ("pl", "PL"),
        ("Mars", None),
    ],
)
def test_country_is_known_by_code_and_by_name(text: str, code: str | None) -> None:
    assert zones.country_code(text) == code


def test_web_address_is_completed_or_refused() -> None:
    assert rules.web_address("www.example.org") == "https://www.example.org"
    for wrong in (
        "javascript:alert(1)",
        "https://user@host.org",
        "no address",
        "ftp://example.org",
    ):
        with pytest.raises(Refused):
            rules.web_address(wrong)
