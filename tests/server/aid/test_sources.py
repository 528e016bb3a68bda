"""Modes, tiers, caps and several sources for one fee, as pure rules."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.aid import law, rules
from server.aid.rules import (
    Bounds,
    Cost,
    CostKind,
    Mode,
    Past,
    SchemeTerms,
    Shown,
    Source,
    Tier,
    TierBy,
)

TODAY = date(2026, 11, 23)


def terms(**change: Any) -> SchemeTerms:
    given: dict[str, Any] = {
        "scheme_id": 1,
        "name": "Fairs abroad",
        "legal_basis": "de_minimis",
        "mode": Mode.RATE,
        "rate_bp": 5_000,
        "currency": "EUR",
    }
    return SchemeTerms(**(given | change))


def cost(space: int = 600_000, registration: int = 0, travel: int = 0, vat_bp: int = 0) -> Cost:
    kinds = {
        CostKind.SPACE: space,
        CostKind.REGISTRATION: registration,
        CostKind.TRAVEL: travel,
    }
    return Cost(space + registration + travel, space, Decimal(10), 0, kinds, vat_bp)


def give(*sources: Source, of: Cost | None = None, smaller: bool = False) -> tuple[Any, ...]:
    bases = [(one, law.basis_on(one.terms.legal_basis, TODAY)) for one in sources]
    return rules.stack(bases, of or cost(), TODAY, smaller=smaller)


def past(*years: int, aid: int = 100, same: bool = False) -> tuple[Past, ...]:
    return tuple(Past(date(year, 3, 1), aid, same, same and year == 2026) for year in years)


@pytest.mark.parametrize(
    ("by", "before", "rate"),
    [
        (TierBy.PARTICIPATION, (), 6_000),
        (TierBy.PARTICIPATION, past(2026), 6_000),
        (TierBy.PARTICIPATION, past(2025, 2026), 5_000),
        (TierBy.FAIR, past(2024, 2025, 2026), 6_000),
        (TierBy.FAIR, past(2024, 2025, same=True), 5_000),
        (TierBy.YEAR, past(2025, 2026, 2026), 6_000),
        (TierBy.YEAR, past(2024), 5_000),
        (TierBy.YEAR, past(2021), 0),
    ],
)
def test_steps_of_a_rate_count_what_they_say(
    by: TierBy, before: tuple[Past, ...], rate: int
) -> None:
    steps = (Tier(1, 6_000), Tier(3, 5_000), Tier(6, 0))
    found = give(Source(terms(tiers=steps, tier_by=by), None, before))[0]
    assert found.intensity_bp == rate
    assert bool(found.notes) == (rate == 0)


@pytest.mark.parametrize(
    ("bounds", "before", "aid"),
    [
        (Bounds(cap_fair_minor=350_000), past(2026, aid=100_000, same=True), 250_000),
        (Bounds(cap_fair_minor=350_000), past(2025, aid=100_000, same=True), 300_000),
        (Bounds(cap_year_minor=350_000), past(2026, aid=100_000), 250_000),
        (Bounds(cap_year_minor=350_000), past(2025, aid=100_000), 300_000),
        (Bounds(cap_lifetime_minor=350_000), past(2019, aid=350_000), 0),
        (Bounds(most_fair=1), past(2024), 300_000),
        (Bounds(most_fair=1), past(2024, same=True), 0),
        (Bounds(most_year=1), past(2025), 300_000),
        (Bounds(most_year=1), past(2026), 0),
        (Bounds(most_lifetime=2), past(2024), 300_000),
        (Bounds(most_lifetime=2), past(2023, 2024), 0),
        (Bounds(minimum_cost_minor=600_001), (), 0),
        (Bounds(minimum_cost_minor=600_000), (), 300_000),
    ],
)
def test_caps_and_counts_bound_the_aid(bounds: Bounds, before: tuple[Past, ...], aid: int) -> None:
    found = give(Source(terms(bounds=bounds), None, before))[0]
    assert found.aid_minor == aid
    assert bool(found.notes) == (aid < 300_000)


def test_amount_for_a_participation_stops_at_its_cost() -> None:
    module = terms(mode=Mode.AMOUNT, rate_bp=None, amount_minor=100_000)
    assert give(Source(module))[0].aid_minor == 100_000
    assert give(Source(module), of=cost(40_000))[0].aid_minor == 40_000


def test_scheme_covers_its_kinds_of_cost_only() -> None:
    space = terms(bounds=Bounds(kinds=(CostKind.SPACE,)))
    found = give(Source(space), of=cost(600_000, registration=50_000))[0]
    assert (found.eligible_minor, found.aid_minor) == (600_000, 300_000)


@pytest.mark.parametrize(
    ("shown", "lost", "eligible"),
    [
        (Shown.AFTER_PROOF, True, 714_000),
        (Shown.AFTER_PROOF, False, 600_000),
        (Shown.DISCOUNT, True, 600_000),
    ],
)
def test_vat_counts_as_cost_only_where_it_is_lost(shown: Shown, lost: bool, eligible: int) -> None:
    with_vat = terms(bounds=Bounds(vat_eligible=True), subsidy_shown=shown)
    found = give(Source(with_vat, vat_lost=lost), of=cost(vat_bp=1_900))[0]
    assert found.eligible_minor == eligible


def test_pot_that_is_claimed_twice_over_is_shared_in_proportion() -> None:
    assert rules.split_pot(100, [60, 60, 80]) == (30, 30, 40)
    assert rules.split_pot(100, [60, 40]) == (60, 40)
    pot = terms(mode=Mode.POT, rate_bp=2_500, budget_minor=100_000)
    before, after = give(Source(pot))[0], give(Source(pot, share_minor=70_000))[0]
    assert (before.aid_minor, after.aid_minor) == (100_000, 70_000)
    assert "shared by all who take part" in str(before.notes[0])
    assert "€700.00 is this company’s part" in str(after.notes[0])


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**9), min_size=1, max_size=60))
def test_shares_of_a_pot_are_within_it_and_within_the_claims(pot: int, claims: list[int]) -> None:
    shares = rules.split_pot(pot, claims)
    assert sum(shares) == min(pot, sum(claims))
    assert all(0 <= share <= claim for share, claim in zip(shares, claims, strict=True))


def test_charge_of_the_association_is_on_the_aid() -> None:
    found = give(Source(terms(bounds=Bounds(charge_bp=1_500))))[0]
    assert (found.aid_minor, found.charge_minor) == (300_000, 45_000)


def test_second_source_gets_what_the_highest_intensity_leaves() -> None:
    state = Source(terms(legal_basis="gber_19", rate_bp=4_000))
    chamber = Source(terms(rate_bp=2_000))
    first, second = give(state, chamber)
    assert (first.aid_minor, second.aid_minor) == (240_000, 60_000)
    assert "Other aid for the same costs leaves room" in str(second.notes[0])
    assert [one.aid_minor for one in give(chamber, state)] == [120_000, 180_000]


def test_sources_for_different_costs_do_not_meet() -> None:
    stand = Source(terms(rate_bp=10_000, bounds=Bounds(kinds=(CostKind.SPACE,))))
    travel = Source(terms(rate_bp=5_000, bounds=Bounds(kinds=(CostKind.TRAVEL,))))
    found = give(stand, travel, of=cost(600_000, travel=90_000))
    assert [one.aid_minor for one in found] == [600_000, 45_000]


def test_sources_under_one_ceiling_share_its_headroom() -> None:
    first = Source(terms(rate_bp=3_000), 200_000)
    second = Source(terms(rate_bp=1_000), 200_000)
    found = give(first, second)
    assert [one.aid_minor for one in found] == [180_000, 0]
    assert found[1].offer_minor == 20_000
    assert [one.aid_minor for one in give(first, second, smaller=True)] == [180_000, 20_000]


any_terms = st.builds(
    SchemeTerms,
    scheme_id=st.just(1),
    name=st.just("Any"),
    legal_basis=st.sampled_from(["de_minimis", "gber_19", "gber_18", "none"]),
    mode=st.sampled_from([Mode.RATE, Mode.AMOUNT, Mode.POT]),
    currency=st.just("EUR"),
    rate_bp=st.integers(0, 10_000),
    amount_minor=st.integers(0, 10**6),
    cap_minor=st.none() | st.integers(0, 10**6),
    budget_minor=st.integers(0, 10**7),
    bounds=st.builds(
        Bounds,
        kinds=st.lists(st.sampled_from([CostKind.SPACE, CostKind.TRAVEL]), max_size=2).map(tuple),
    ),
)


@given(
    st.lists(st.builds(Source, any_terms, st.none() | st.integers(0, 10**6)), max_size=4),
    st.builds(cost, st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6)),
    st.booleans(),
)
def test_sources_together_stay_within_cost_intensity_cap_and_headroom(
    sources: list[Source], of: Cost, smaller: bool
) -> None:
    found = give(*sources, of=of, smaller=smaller)
    assert sum(one.aid_minor for one in found) <= of.eligible_minor
    if any(one.legal_basis.startswith("gber") for one in found if one.aid_minor):
        assert sum(one.aid_minor for one in found) * 2 <= of.eligible_minor
    for one, source in zip(found, sources, strict=True):
        assert 0 <= one.aid_minor <= one.offer_minor <= one.eligible_minor
        if source.terms.cap_minor is not None:
            assert one.aid_minor <= source.terms.cap_minor
        if source.headroom_minor is not None:
            assert one.aid_minor <= source.headroom_minor
    for kind in (CostKind.SPACE, CostKind.TRAVEL):
        alone = [
            one.aid_minor
            for one, source in zip(found, sources, strict=True)
            if source.terms.bounds.kinds == (kind,)
        ]
        assert sum(alone) <= of.kinds[kind]


@pytest.mark.parametrize(
    ("change", "proven", "paid"),
    [
        ({}, 600_000, 300_000),
        ({}, 900_000, 300_000),
        ({}, 400_000, 200_000),
        ({}, 33_333, 16_666),
        ({}, 0, 0),
        ({"bounds": Bounds(minimum_cost_minor=50_000)}, 49_999, 0),
        ({"mode": Mode.AMOUNT, "rate_bp": None, "amount_minor": 300_000}, 400_000, 300_000),
        ({"mode": Mode.AMOUNT, "rate_bp": None, "amount_minor": 300_000}, 250_000, 250_000),
    ],
)
def test_payout_follows_the_proven_cost(change: dict[str, Any], proven: int, paid: int) -> None:
    basis = law.basis_on("de_minimis", TODAY)
    assert basis is not None
    found = rules.payout(
        terms(**change),
        basis,
        granted_minor=300_000,
        eligible_minor=600_000,
        proven_minor=proven,
    )
    assert found == paid
