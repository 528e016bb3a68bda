"""Days as people write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.fairs.spans import read_span
from server.errors import Refused

JULY = (date(2026, 7, 15), date(2026, 7, 21))


@pytest.mark.parametrize(
    "text",
    [
        "Jul 15, 2026 To Jul 21, 2026",
        "15.07.2026 - 21.07.2026",
        "15.-21.07.2026",
        "15. – 21. Juli 2026",
        "July 15-21, 2026",
        "2026-07-15 to 2026-07-21",
        "2026-07-15/2026-07-21",
        "2026.07.15-2026.07.21",
        "du 15 au 21 juillet 2026",
        "del 15 al 21 de julio de 2026",
        "dal 15 al 21 luglio 2026",
        "od 15 do 21 lipca 2026",
        "Wed 15 Jul 2026 – Tue 21 Jul 2026",
        "15/07/2026 - 21/07/2026",
    ],
)
def test_span_in_many_hands_is_the_same_days(text: str) -> None:
    assert read_span(text) == JULY


def test_span_over_new_year_takes_the_year_before() -> None:
    assert read_span("28 Dec – 3 Jan 2027") == (date(2026, 12, 28), date(2027, 1, 3))


def test_span_of_one_day_ends_where_it_begins() -> None:
    assert read_span("1 March 2027") == (date(2027, 3, 1), date(2027, 3, 1))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("03/04/2026", "two ways"),
        ("Jul 32, 2026", "does not exist"),
        ("Feb 29, 2027", "does not exist"),
        ("Jul 21, 2026 To Jul 15, 2026", "ends before it begins"),
        ("2026-01-01 to 2026-12-31", "longer than 60 days"),
        ("1 Jan 1066", "too far away"),
        ("TBA", "not a day"),
        ("", "not a day"),
        ("2026", "not a day"),
    ],
)
def test_span_that_is_none_is_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        read_span(text)


@given(st.text(max_size=40))
def test_span_of_anything_is_days_or_a_refusal(text: str) -> None:
    try:
        starts, ends = read_span(text)
    except Refused:
        return
    assert starts <= ends


@given(st.dates(date(1990, 1, 1), date(2100, 11, 1)), st.integers(0, 59))
def test_span_written_by_us_is_read_back(starts: date, more: int) -> None:
    ends = date.fromordinal(starts.toordinal() + more)
    for text in (
        f"{starts:%b %d, %Y} To {ends:%b %d, %Y}",
        f"{starts:%d.%m.%Y} - {ends:%d.%m.%Y}",
        f"{starts.isoformat()} to {ends.isoformat()}",
    ):
        assert read_span(text) == (starts, ends)
