"""Rules of requests, without a database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.requests.rules import (
    MOVES,
    RequestState,
    cycle,
    gini,
    good_until,
    move,
)
from server.errors import Conflict

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def test_gini_of_equal_shares_is_zero_and_of_one_who_has_all_nearly_one() -> None:
    assert gini([3, 3, 3, 3]) == 0
    assert gini([]) == gini([0, 0]) == 0
    assert gini([0, 0, 0, 8]) == pytest.approx(0.75)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40))
def test_gini_is_the_mean_difference_of_pairs(counts: list[int]) -> None:
    total = sum(counts)
    slow = sum(abs(a - b) for a in counts for b in counts)
    wanted = slow / (2 * len(counts) * total) if total else 0.0
    assert gini(counts) == pytest.approx(wanted)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=25))
def test_orders_taken_one_by_one_never_go_in_a_circle(wanted: list[tuple[int, int]]) -> None:
    kept: list[tuple[int, int]] = []
    for earlier, later in wanted:
        if not cycle(kept, earlier, later):
            kept.append((earlier, later))
    left = set(range(7))
    while left:
        free = {n for n in left if not any(b == n and a in left for a, b in kept)}
        assert free, kept
        left -= free


def test_request_is_good_for_two_weeks_or_until_the_first_deadline() -> None:
    assert good_until(NOW, None, None) == NOW + timedelta(days=14)
    assert good_until(NOW, NOW + timedelta(days=3), NOW + timedelta(days=9)) == NOW + timedelta(3)
    assert good_until(NOW, None, NOW + timedelta(days=9)) == NOW + timedelta(days=9)


@pytest.mark.parametrize("now", list(RequestState))
@pytest.mark.parametrize("to", list(RequestState))
def test_every_move_outside_the_table_is_a_conflict(now: RequestState, to: RequestState) -> None:
    if to in MOVES[now]:
        move(now, to, "Ana")
        return
    with pytest.raises(Conflict):
        move(now, to, "Ana")
