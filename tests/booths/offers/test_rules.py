"""Who is asked next: strict order, filling the gap, and when nobody may be asked."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booths.calls.rules import CallState
from booths.offers.rules import (
    Fit,
    Free,
    Misfit,
    Next,
    Rule,
    Waiting,
    answer_by,
    may_offer,
    misfit,
    next_for,
    queue,
)
from booths.plans.rules import StandKind

AREAS = st.sampled_from([Decimal(n) for n in (6, 9, 12, 18, 24)])
KINDS = st.sampled_from(list(StandKind))
STANDS = st.builds(Free, AREAS, KINDS)
FITS = st.builds(Fit, AREAS, AREAS, st.booleans())
ROW, CORNER = StandKind.ROW, StandKind.CORNER
NEAR = Fit(Decimal(0), Decimal(3), False)


@st.composite
def lists(draw: st.DrawFn) -> list[Waiting]:
    """A waiting list in any order of rows."""
    number = draw(st.integers(0, 8))
    made = [
        Waiting(
            100 + place, place, draw(AREAS), draw(KINDS), draw(st.booleans()), draw(st.booleans()),
            draw(st.booleans()),
        )
        for place in range(1, number + 1)
    ]  # fmt: skip
    return draw(st.permutations(made))


def waits(place: int, area: int, **more: bool) -> Waiting:
    return Waiting(place, place, Decimal(area), ROW, **more)


def test_fit_has_two_limits_and_a_kind() -> None:
    """9 m² wished, up to 3 m² more: 9 and 12 fit, 8 and 13 do not."""
    for area, says in ((8, Misfit.TOO_SMALL), (9, None), (12, None), (13, Misfit.TOO_LARGE)):
        assert misfit(Decimal(9), ROW, Free(Decimal(area), CORNER), NEAR) is says
    strict = Fit(Decimal(0), Decimal(3), True)
    assert misfit(Decimal(9), ROW, Free(Decimal(9), CORNER), strict) is Misfit.OTHER_KIND


def test_strict_order_waits_while_the_first_does_not_fit() -> None:
    stand = Free(Decimal(9), ROW)
    list_ = [waits(1, 18), waits(2, 9)]
    assert next_for(Rule.STRICT, stand, list_, NEAR) == Next(None, 1, Misfit.TOO_SMALL)
    assert next_for(Rule.FILL_GAP, stand, list_, NEAR) == Next(2)


def test_who_was_asked_or_is_skipped_lets_the_next_come() -> None:
    stand = Free(Decimal(9), ROW)
    list_ = [
        waits(1, 9, asked=True), waits(2, 9, engaged=True), waits(3, 9, skipped=True), waits(4, 9),
    ]  # fmt: skip
    assert next_for(Rule.STRICT, stand, list_, NEAR) == Next(4)
    assert next_for(Rule.STRICT, stand, list_[:3], NEAR) == Next(None)


@given(STANDS, lists(), FITS)
def test_strict_order_asks_the_first_or_nobody(stand: Free, list_: list[Waiting], fit: Fit) -> None:
    then = next_for(Rule.STRICT, stand, list_, fit)
    turn = queue(list_)
    if then.application is not None:
        assert then.application == turn[0].application
    elif turn:
        assert then.waits_for == turn[0].application
        assert then.misfit == misfit(turn[0].area_m2, turn[0].kind, stand, fit) is not None


@given(STANDS, lists(), FITS)
def test_filling_the_gap_passes_over_only_whom_it_does_not_fit(
    stand: Free, list_: list[Waiting], fit: Fit
) -> None:
    then = next_for(Rule.FILL_GAP, stand, list_, fit)
    fitting = [each for each in queue(list_) if misfit(each.area_m2, each.kind, stand, fit) is None]
    assert then.application == (fitting[0].application if fitting else None)


@given(STANDS, lists(), FITS)
def test_filling_the_gap_asks_whoever_strict_order_would(
    stand: Free, list_: list[Waiting], fit: Fit
) -> None:
    strict = next_for(Rule.STRICT, stand, list_, fit)
    if strict.application is not None:
        assert next_for(Rule.FILL_GAP, stand, list_, fit) == strict


NOW = datetime(2027, 10, 8, 20, tzinfo=UTC)


@pytest.mark.parametrize("state", CallState)
def test_offers_end_with_the_call_and_with_the_beginning_of_the_fair(state: CallState) -> None:
    living = state in (CallState.PUBLISHED, CallState.DECIDED)
    assert may_offer(state, NOW + timedelta(seconds=1), NOW) is living
    assert not may_offer(state, NOW, NOW)


def test_an_answer_is_never_awaited_beyond_the_beginning_of_the_fair() -> None:
    assert answer_by(NOW, 2, NOW + timedelta(hours=3)) == NOW + timedelta(hours=2)
    assert answer_by(NOW, 72, NOW + timedelta(hours=3)) == NOW + timedelta(hours=3)
