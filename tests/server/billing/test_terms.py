"""Payment terms as rules: real programmes, and any steps that add up."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.billing.terms import (
    Anchor,
    Fair,
    Part,
    Step,
    at_once,
    fault,
    next_part,
    parts_fault,
    plan,
)

FAIR = Fair(date(2019, 6, 3), date(2019, 10, 26), date(2019, 11, 3))
AFEMMA = (
    Step("Deposit", Anchor.ADMISSION, 14, share_bp=5000, guarantees=True),
    Step("Balance", Anchor.OPENING, 60, share_bp=5000),
)
CONSUMENTA = (Step("Stand", Anchor.DATE, on=date(2019, 9, 4), share_bp=10_000, guarantees=True),)
ON_PROOF = (Step("On proof of participation", Anchor.CLOSING, 30, share_bp=10_000),)


@st.composite
def ladders(draw: st.DrawFn) -> tuple[Step, ...]:
    """Any terms that may be written."""
    n = draw(st.integers(1, 5))
    sure = draw(st.integers(-1, n - 1))
    anchors = [draw(st.sampled_from(Anchor)) for _ in range(n)]
    rest = draw(st.booleans())
    cuts = sorted(draw(st.lists(st.integers(1, 9_999), min_size=n, max_size=n, unique=True)))
    shares = [b - a for a, b in zip([0, *cuts], cuts, strict=False)]
    if not rest:
        shares[-1] += 10_000 - sum(shares)
    steps = []
    for i, anchor in enumerate(anchors):
        last = rest and i == n - 1
        fixed = 0 if last or not rest else draw(st.sampled_from((0, 50_000)))
        steps.append(
            Step(
                f"Step {i}", anchor, draw(st.integers(0, 120)),
                FAIR.opens_on - timedelta(days=draw(st.integers(-40, 200)))
                if anchor is Anchor.DATE else None,
                0 if last or fixed else shares[i], fixed, i == sure,
            )
        )  # fmt: skip
    return tuple(steps)


@given(ladders(), st.integers(0, 10**8), st.integers(0, 60), st.integers(0, 90))
def test_a_plan_asks_for_all_once_and_in_order(
    steps: tuple[Step, ...], net: int, shortest: int, lead: int
) -> None:
    assert fault(steps) == ""
    items = plan(steps, net, FAIR, shortest_days=shortest, lead_days=lead)
    assert sum(each.net_minor for each in items) == net
    days = [each.due_on for each in items]
    assert days == sorted(set(days))
    assert days[0] >= FAIR.admitted_on + timedelta(days=shortest)
    assert items[0].issue_on == FAIR.admitted_on
    assert all(FAIR.admitted_on <= each.issue_on <= each.due_on for each in items)
    assert all(each.net_minor for each in items) or (net == 0 and len(items) == 1)
    assert sum(each.guarantees for each in items) == sum(each.guarantees for each in steps)


def test_programmes_are_data() -> None:
    """AFEMMA's deposit guarantees the place; Consumenta is paid by 4 Sep; on proof, after it."""
    deposit, balance = plan(AFEMMA, 198_001, FAIR, shortest_days=14, lead_days=30)
    assert (deposit.net_minor, deposit.due_on, deposit.guarantees) == (
        99_000, date(2019, 6, 17), True,
    )  # fmt: skip
    assert (balance.net_minor, balance.issue_on, balance.due_on) == (
        99_001, date(2019, 7, 28), date(2019, 8, 27),
    )  # fmt: skip
    (stand,) = plan(CONSUMENTA, 216_000, FAIR, shortest_days=14, lead_days=0)
    assert (stand.issue_on, stand.due_on) == (FAIR.admitted_on, date(2019, 9, 4))
    (proof,) = plan(ON_PROOF, 1, FAIR, shortest_days=14, lead_days=0)
    assert (proof.due_on, proof.guarantees, proof.after_fair) == (date(2019, 12, 3), False, True)


def test_who_comes_late_pays_all_at_once() -> None:
    late = Fair(date(2019, 10, 1), FAIR.opens_on, FAIR.ends_on)
    (one,) = plan(AFEMMA, 100, late, shortest_days=14, lead_days=30)
    assert (one.name, one.net_minor, one.due_on) == ("Deposit, Balance", 100, date(2019, 10, 15))


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ((), "at least one"),
        ((Step("A", Anchor.ADMISSION, share_bp=9_999),), "100 %"),
        ((Step("A", Anchor.ADMISSION), Step("B", Anchor.OPENING, share_bp=5000)), "Only the last"),
        ((Step("A", Anchor.ADMISSION, share_bp=1, fixed_minor=1), *ON_PROOF), "not both"),
        ((Step("A", Anchor.ADMISSION, fixed_minor=100),), "leave the last step empty"),
        ((*ON_PROOF, Step("B", Anchor.OPENING)), "nothing is left"),
        ((Step("A", Anchor.DATE, share_bp=10_000),), "Give a day"),
        (tuple(Step(n, Anchor.OPENING, share_bp=5000, guarantees=True) for n in "AB"), "Only one"),
    ],
)
def test_steps_that_are_no_terms(steps: tuple[Step, ...], said: str) -> None:
    assert said in fault(steps)
    assert not fault(at_once("Stand"))


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=6), st.data())
def test_what_is_paid_covers_the_earliest_instalments(sums: list[int], data: st.DataObject) -> None:
    today = date(2027, 1, 1)
    parts = [Part(n, today + timedelta(days=30 * n), each) for n, each in enumerate(sums, 1)]
    assert parts_fault(parts, sum(sums), today) == ""
    assert "add up" in parts_fault(parts, sum(sums) + 1, today)
    paid = data.draw(st.integers(0, sum(sums)))
    found = next_part(parts, sum(sums) - paid)
    if paid == sum(sums):
        assert found is None
    else:
        assert found is not None
        before = sum(each.amount_minor for each in parts if each.n < found.n)
        assert before <= paid < before + parts[found.n - 1].amount_minor
        assert found.amount_minor == before + parts[found.n - 1].amount_minor - paid
