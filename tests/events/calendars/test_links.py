# ruff: noqa: DTZ001 - wall times are naive

from datetime import date, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from events.calendars.links import add, subscribe
from events.calendars.rules import Timing

HOURS = Timing("Asia/Kolkata", datetime(2027, 3, 1, 10), datetime(2027, 3, 1, 18))
DAYS = Timing("Asia/Kolkata", start_on=date(2027, 3, 1), end_on=date(2027, 3, 5))


def asked(link: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


def test_subscribe_hands_the_whole_address_to_each_service() -> None:
    ways = subscribe("https://fairs.example/cal/s/food%20%26%20wine.ics", "Food & wine")
    assert ways.webcal == "webcal://fairs.example/cal/s/food%20%26%20wine.ics"
    assert asked(ways.google)["cid"] == ways.webcal
    for link in (ways.outlook, ways.office):
        assert asked(link) == {"url": ways.address, "name": "Food & wine"}


@pytest.mark.parametrize(
    ("timing", "google", "outlook"),
    [
        (
            HOURS,
            "20270301T043000Z/20270301T123000Z",
            ("2027-03-01T04:30:00+00:00", "2027-03-01T12:30:00+00:00", "false"),
        ),
        (DAYS, "20270301/20270305", ("2027-03-01", "2027-03-05", "true")),
        (
            Timing("Asia/Kolkata", datetime(2027, 3, 1, 10)),
            "20270301T043000Z/20270301T050000Z",
            ("2027-03-01T04:30:00+00:00", "2027-03-01T05:00:00+00:00", "false"),
        ),
    ],
)
def test_add_gives_both_services_the_same_time(
    timing: Timing, google: str, outlook: tuple[str, str, str]
) -> None:
    links = add(timing, "Fair & more", "Line\nline", "Hall 7")
    assert asked(links.google)["dates"] == google
    assert asked(links.google)["text"] == "Fair & more"
    said = asked(links.outlook)
    assert (said["startdt"], said["enddt"], said["allday"]) == outlook
    assert said["body"] == "Line\nline"
