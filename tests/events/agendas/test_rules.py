"""What may be said when; gaps are filled without conflict, fewest meetings first."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.agendas.rows import Contact
from events.agendas.rules import (
    AskState,
    When,
    answer,
    ask_other,
    be_late,
    miss,
    rate,
    share,
)
from events.agendas.vcard import card
from server.errors import Conflict, Refused

START = datetime(2027, 3, 5, 9, 0, tzinfo=UTC)
PLANNED = When("planned", START, START + timedelta(minutes=20))
CANCELLED = When("cancelled", START, START + timedelta(minutes=20))


def test_rating_is_from_the_start_on_for_60_days() -> None:
    with pytest.raises(Refused, match="from its start"):
        rate(PLANNED, START - timedelta(seconds=1))
    rate(PLANNED, START)
    rate(When("missed", START, START), START)
    with pytest.raises(Refused, match="60 days"):
        rate(PLANNED, START + timedelta(days=61))
    with pytest.raises(Conflict):
        rate(CANCELLED, START)


def test_no_show_waits_five_minutes_and_is_of_the_day() -> None:
    for minutes, fits in ((-1, False), (4, False), (5, True), (600, True), (800, False)):
        at = START + timedelta(minutes=minutes)
        if fits:
            miss(PLANNED, at)
        else:
            with pytest.raises(Refused):
                miss(PLANNED, at)
    for state in ("cancelled", "missed", "held"):
        with pytest.raises(Conflict):
            miss(When(state, START, START), START + timedelta(minutes=6))


def test_late_is_before_the_end_and_another_time_before_the_start() -> None:
    be_late(PLANNED, START - timedelta(hours=2))
    with pytest.raises(Refused):
        be_late(PLANNED, START + timedelta(minutes=20))
    ask_other(PLANNED, START - timedelta(minutes=1), START + timedelta(hours=1))
    with pytest.raises(Refused):
        ask_other(PLANNED, START, START + timedelta(hours=1))
    with pytest.raises(Refused):
        ask_other(PLANNED, START - timedelta(hours=2), START - timedelta(hours=3))


def test_wish_is_answered_once() -> None:
    answer(AskState.OPEN, AskState.AGREED)
    for state in (AskState.AGREED, AskState.DECLINED, AskState.WITHDRAWN):
        with pytest.raises(Conflict):
            answer(state, AskState.DECLINED)


@given(st.integers(0, 500), st.integers(0, 500))
def test_share_is_a_rounded_percentage(part: int, rest: int) -> None:
    whole = part + rest
    found = share(part, whole)
    if whole == 0:
        assert found is None
    else:
        assert found is not None
        assert abs(found - 100 * part / whole) <= 0.5


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=120))
def test_vcard_has_short_lines_and_escapes_what_people_typed(name: str) -> None:
    made = card(
        Contact(
            participant=1, name=name, company=name, position=f"{name};,", email="a@b.example",
            phone="+49 40 1", website="", country="DE",
        )
    )  # fmt: skip
    lines = made.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCARD"
    assert lines[-2:] == [b"END:VCARD", b""]
    assert all(len(line) <= 75 for line in lines)
    whole = made.decode().replace("\r\n ", "")
    title = next(line for line in whole.split("\r\n") if line.startswith("TITLE:"))
    assert title.endswith("\\;\\,")
