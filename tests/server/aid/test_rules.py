"""State-aid rules: dates, windows, ceilings, intensities, sentences."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.aid import law, rules
from server.aid.eligibility import Facts, refusals, size_of
from server.aid.rules import (
    Cost,
    Mode,
    Past,
    Received,
    SchemeTerms,
    Source,
    TierBy,
    participation,
)
from server.aid.sizes import Link, SizeClass, SizeData, size_class, size_over_years, with_links

TODAY = date(2026, 11, 23)
MINIMIS = law.basis_on("de_minimis", TODAY)
FAIRS = law.basis_on("gber_19", TODAY)
assert MINIMIS is not None
assert FAIRS is not None


def size(awu: str, turnover: int | None, balance: int | None) -> SizeData:
    def cents(euro: int | None) -> int | None:
        return None if euro is None else euro * 100

    return SizeData(Decimal(awu), cents(turnover), cents(balance))


@pytest.mark.parametrize(
    ("code", "on", "scheme_from", "ceiling"),
    [
        ("de_minimis", date(2023, 12, 31), None, None),
        ("de_minimis", date(2024, 1, 1), None, 300_000),
        ("de_minimis", date(2030, 12, 31), None, 300_000),
        ("de_minimis", date(2031, 1, 1), None, None),
        ("gber_19", date(2023, 6, 30), None, 2_000_000),
        ("gber_19", date(2023, 7, 1), None, 2_200_000),
        ("gber_19", date(2026, 12, 31), None, 2_200_000),
        ("gber_19", date(2027, 1, 1), None, None),
        ("gber_19", date(2027, 1, 1), date(2026, 5, 1), 2_200_000),
        ("gber_19", date(2027, 6, 30), date(2026, 12, 31), 2_200_000),
        ("gber_19", date(2027, 6, 30), date(2027, 1, 1), None),
        ("gber_19", date(2027, 7, 1), date(2026, 5, 1), None),
        ("agricultural", TODAY, None, 50_000),
        ("fisheries", TODAY, None, 30_000),
        ("sgei", TODAY, None, 750_000),
        ("unknown", TODAY, None, None),
    ],
)
def test_basis_on_date_of_grant(
    code: str, on: date, scheme_from: date | None, ceiling: int | None
) -> None:
    basis = law.basis_on(code, on, scheme_from)
    assert (basis.limits[0].ceiling_minor // 100 if basis else None) == ceiling


def test_every_basis_can_be_cited() -> None:
    for basis in law.bases():
        assert basis.code in law.NAMES
        assert law.NAMES[basis.code] == basis.name
        assert "Regulation" in basis.citation or basis.code == rules.NO_AID
        assert basis.valid_until is None or basis.valid_from <= basis.valid_until


def test_dates_of_one_code_do_not_overlap() -> None:
    for code in law.codes():
        versions = [one for one in law.bases() if one.code == code]
        for older, newer in pairwise(versions):
            assert older.valid_until is not None
            assert newer.valid_from == older.valid_until + timedelta(days=1)


@pytest.mark.parametrize(
    ("granted_on", "used"),
    [
        (date(2023, 11, 23), 0),
        (date(2023, 11, 24), 100),
        (TODAY, 100),
    ],
)
def test_headroom_rolls_by_the_day(granted_on: date, used: int) -> None:
    room = rules.headroom(MINIMIS, [Received(granted_on, 100, "de_minimis")], TODAY)
    assert room.used_minor == used
    assert room.left_minor == 30_000_000 - used
    assert room.since == date(2023, 11, 24)


def test_headroom_adds_agricultural_aid_and_leaves_other_bases_out() -> None:
    received = [
        Received(TODAY, 100, "de_minimis"),
        Received(TODAY, 10, "agricultural"),
        Received(TODAY, 1_000, "gber_19"),
        Received(TODAY, 5_000, "sgei"),
    ]
    assert rules.headroom(MINIMIS, received, TODAY).used_minor == 110


def test_headroom_is_that_of_the_tightest_limit() -> None:
    farm = law.basis_on("agricultural", TODAY)
    assert farm is not None
    room = rules.headroom(farm, [Received(TODAY, 29_000_000, "de_minimis")], TODAY)
    assert (room.ceiling_minor, room.left_minor) == (30_000_000, 1_000_000)
    room = rules.headroom(farm, [Received(TODAY, 4_900_000, "agricultural")], TODAY)
    assert (room.ceiling_minor, room.left_minor) == (5_000_000, 100_000)


def test_headroom_of_fiscal_years_counts_whole_years() -> None:
    fish = law.basis_on("fisheries", TODAY)
    assert fish is not None
    received = [
        Received(date(2024, 1, 1), 100, "fisheries"),
        Received(date(2023, 12, 31), 1_000, "fisheries"),
    ]
    assert rules.headroom(fish, received, TODAY).used_minor == 100


def test_headroom_without_ceiling_is_open() -> None:
    none = law.basis_on("none", TODAY)
    assert none is not None
    assert rules.headroom(none, [], TODAY).left_minor is None


def test_headroom_after_a_reversal_is_whole_again() -> None:
    taken_back = [Received(TODAY, 100, "de_minimis"), Received(TODAY, -100, "de_minimis")]
    assert rules.headroom(MINIMIS, taken_back, TODAY).left_minor == 30_000_000


def test_leap_day_looks_back_to_28_february() -> None:
    assert rules.years_before(date(2028, 2, 29), 3) == date(2025, 2, 28)


def terms(**change: object) -> SchemeTerms:
    given: dict[str, object] = {
        "scheme_id": 1,
        "name": "Fairs abroad",
        "legal_basis": "de_minimis",
        "mode": Mode.RATE,
        "rate_bp": 5_000,
        "currency": "EUR",
    }
    return SchemeTerms(**(given | change))  # type: ignore[arg-type]


def cost(eligible: int, space: int | None = None, m2: str = "10") -> Cost:
    whole = eligible if space is None else space
    return Cost(eligible, whole, Decimal(m2), 0)


def test_aid_is_rounded_down() -> None:
    award = rules.award(terms(), MINIMIS, cost(1_001), headroom_minor=None, on=TODAY)
    assert award.aid_minor == 500


def test_aid_beyond_headroom_is_out_altogether_and_the_offer_named() -> None:
    award = rules.award(terms(), MINIMIS, cost(2_000), headroom_minor=999, on=TODAY)
    assert (award.aid_minor, award.offer_minor) == (0, 999)
    assert str(award.notes[0]) == (
        "The aid of €10.00 would pass the ceiling of the undertaking, so all of it is out. "
        "The largest amount that fits is €9.99: the agency may offer it."
    )


def test_smaller_aid_takes_the_offer_up() -> None:
    award = rules.award(terms(), MINIMIS, cost(2_000), headroom_minor=999, on=TODAY, smaller=True)
    assert award.aid_minor == 999


def test_aid_stops_at_the_cap_and_says_so() -> None:
    award = rules.award(terms(cap_minor=300), MINIMIS, cost(2_000), headroom_minor=None, on=TODAY)
    assert award.aid_minor == 300
    assert str(award.notes[0]) == "The aid stops at the cap of the scheme, €3.00."


def test_aid_stops_at_the_intensity_of_the_basis() -> None:
    generous = terms(legal_basis="gber_19", rate_bp=6_000)
    award = rules.award(generous, FAIRS, cost(2_000), headroom_minor=None, on=TODAY)
    assert (award.aid_minor, award.intensity_bp) == (1_000, 5_000)
    assert "50% of the eligible cost: Article 19" in str(award.notes[0])


@pytest.mark.parametrize(
    "change",
    [{"valid_until": date(2026, 11, 22)}, {"valid_from": date(2026, 11, 24)}],
)
def test_scheme_outside_its_dates_gives_nothing(change: dict[str, object]) -> None:
    award = rules.award(terms(**change), MINIMIS, cost(2_000), headroom_minor=None, on=TODAY)
    assert award.aid_minor == 0
    assert "gives no aid on 2026-11-23" in str(award.notes[0])


@given(
    eligible=st.integers(0, 10**9),
    space_share=st.integers(0, 10_000),
    m2=st.decimals(min_value="0.01", max_value=500, places=2),
    mode=st.sampled_from(Mode),
    rate=st.integers(0, 10_000),
    fixed=st.integers(0, 200_000),
    cap=st.none() | st.integers(0, 10**7),
    room=st.none() | st.integers(0, 10**8),
    smaller=st.booleans(),
    code=st.sampled_from(["de_minimis", "gber_19", "none"]),
)
def test_aid_never_passes_any_bound(
    *,
    eligible: int,
    space_share: int,
    m2: Decimal,
    mode: Mode,
    rate: int,
    fixed: int,
    cap: int | None,
    room: int | None,
    smaller: bool,
    code: str,
) -> None:
    basis = law.basis_on(code, TODAY)
    assert basis is not None
    promised = terms(
        legal_basis=code, mode=mode, rate_bp=rate, fixed_per_m2_minor=fixed, cap_minor=cap
    )
    what = Cost(eligible, eligible * space_share // 10_000, m2, 0)
    award = rules.award(promised, basis, what, headroom_minor=room, on=TODAY, smaller=smaller)
    assert 0 <= award.aid_minor <= award.offer_minor <= eligible
    assert cap is None or award.aid_minor <= cap
    assert room is None or award.offer_minor <= room
    assert award.aid_minor in (0, award.offer_minor)
    if basis.max_intensity_bp is not None:
        assert award.intensity_bp <= basis.max_intensity_bp
        assert award.aid_minor * 10_000 <= eligible * basis.max_intensity_bp
    if mode is Mode.RATE:
        assert award.aid_minor * 10_000 <= eligible * rate


@given(
    st.lists(st.tuples(st.integers(0, 3_000), st.integers(1, 40_000_000)), min_size=1, max_size=30)
)
def test_grants_within_headroom_never_pass_the_ceiling_in_any_window(
    wishes: list[tuple[int, int]],
) -> None:
    limit = MINIMIS.limits[0]
    granted: list[Received] = []
    for offset, wish in sorted(wishes):
        day = date(2024, 1, 1) + timedelta(days=offset)
        left = rules.headroom(MINIMIS, granted, day).left_minor
        assert left is not None
        if wish <= left:
            granted.append(Received(day, wish, "de_minimis"))
    for last in granted:
        after = rules.counts_after(limit, last.granted_on)
        window = [one for one in granted if after < one.granted_on <= last.granted_on]
        assert sum(one.amount_minor for one in window) <= limit.ceiling_minor


@pytest.mark.parametrize(
    ("granted_on", "country", "due"),
    [
        # 20 working days from a Monday in Germany cross 25 December (a Friday) only.
        (date(2026, 11, 30), "DE", date(2026, 12, 29)),
        (date(2026, 4, 1), "DE", date(2026, 5, 4)),
        # A country that the calendar does not know: weekends only.
        (date(2026, 11, 30), "XX", date(2026, 12, 28)),
        # Before the register existed nothing was due.
        (date(2025, 11, 30), "DE", None),
    ],
)
def test_register_is_due_after_twenty_working_days(
    granted_on: date, country: str, due: date | None
) -> None:
    assert rules.register_due(MINIMIS, granted_on, country) == due


def test_fair_aid_under_the_block_exemption_is_not_for_this_register() -> None:
    assert rules.register_due(FAIRS, TODAY, "DE") is None


@pytest.mark.parametrize(
    ("code", "facts", "says"),
    [
        ("gber_19", Facts(size=SizeClass.LARGE), "small and medium-sized"),
        ("gber_19", Facts(in_difficulty=True), "undertaking in difficulty"),
        ("gber_19", Facts(recovery_order=True), "recovery order"),
        ("gber_19", Facts(nace_code="01.21"), "Primary production (NACE 01.21)"),
        ("de_minimis", Facts(nace_code="A03.11"), "Primary production (NACE 03.11)"),
        ("agricultural", Facts(nace_code="28.41"), "not to NACE 28.41"),
        ("gber_19", Facts(SizeClass.SMALL, "10.51", False, False), None),
        ("de_minimis", Facts(SizeClass.LARGE, "28.41", True, True), None),
        ("agricultural", Facts(nace_code="01.21"), None),
        ("gber_19", Facts(), None),
    ],
)
def test_eligibility_is_a_sentence(code: str, facts: Facts, says: str | None) -> None:
    basis = law.basis_on(code, TODAY)
    assert basis is not None
    found = [str(one) for one in refusals(basis, facts)]
    if says is None:
        assert found == []
    else:
        assert len(found) == 1
        assert says in found[0]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (size("9.9", 2_000_000, 9_000_000), SizeClass.MICRO),
        (size("9.9", 9_000_000, 2_000_000), SizeClass.MICRO),
        (size("10", 1, 1), SizeClass.SMALL),
        (size("5", 2_000_001, 2_000_001), SizeClass.SMALL),
        (size("49.9", 10_000_000, None), SizeClass.SMALL),
        (size("50", 1, 1), SizeClass.MEDIUM),
        (size("249.9", 50_000_000, 99_000_000), SizeClass.MEDIUM),
        (size("249.9", 99_000_000, 43_000_000), SizeClass.MEDIUM),
        (size("249.9", 50_000_001, 43_000_001), SizeClass.LARGE),
        (size("250", 1, 1), SizeClass.LARGE),
        (size("3", None, None), SizeClass.LARGE),
    ],
)
def test_size_class_of_annex_i(data: SizeData, expected: SizeClass) -> None:
    assert size_class(data, law.size_bounds()) is expected


def test_size_is_unknown_where_the_figures_do_not_say_enough() -> None:
    bounds = law.size_bounds()
    assert size_of(None, 100, 100, bounds) is None
    assert size_of(Decimal(3), None, None, bounds) is None
    assert size_of(Decimal(3), None, 100, bounds) is SizeClass.MICRO


@pytest.mark.parametrize(
    ("amount", "on", "by"),
    [
        (10_000_000, date(2026, 8, 31), None),
        (10_000_001, date(2026, 8, 31), date(2027, 2, 28)),
        (10_000_001, date(2026, 6, 15), date(2026, 12, 15)),
    ],
)
def test_large_award_is_published_within_six_months(amount: int, on: date, by: date | None) -> None:
    assert rules.publish_by(FAIRS, amount, on) == by
    assert rules.publish_by(MINIMIS, amount, on) is None


def test_partners_count_by_share_and_linked_in_full() -> None:
    own = size("8", 1_000_000, 1_000_000)
    partner = Link(size("100", 4_000_000, 4_000_000), share_bp=2_500)
    linked = Link(size("30", 4_000_000, 4_000_000), share_bp=5_001)
    minor = Link(size("900", 90_000_000, 90_000_000), share_bp=2_499)
    assert with_links(own, [minor]) == own
    assert with_links(own, [partner]) == size("33", 2_000_000, 2_000_000)
    assert with_links(own, [partner, linked]) == size("63", 6_000_000, 6_000_000)


def test_size_changes_after_two_years_in_a_row_only() -> None:
    small, medium = size("20", 1, 1), size("60", 1, 1)
    bounds = law.size_bounds()
    assert size_over_years([small, medium], bounds) is SizeClass.SMALL
    assert size_over_years([small, medium, small], bounds) is SizeClass.SMALL
    assert size_over_years([small, medium, medium], bounds) is SizeClass.MEDIUM
    assert size_over_years([medium], bounds, before=SizeClass.SMALL) is SizeClass.SMALL


def test_participation_counts_over_all_sources_as_the_first_one_counts() -> None:
    def source(by: TierBy, *history: Past) -> Source:
        terms = SchemeTerms(1, "Fairs", "de_minimis", Mode.RATE, "EUR", rate_bp=5000, tier_by=by)
        return Source(terms, history=history)

    first = Past(date(2024, 3, 1), 1000, same_fair=True, about="application:1")
    second = Past(date(2025, 3, 1), 1000, about="application:2")
    both = source(TierBy.PARTICIPATION, first), source(TierBy.PARTICIPATION, first, second)
    assert participation([], TODAY) == 1
    assert participation(both, TODAY) == 3
    assert participation((source(TierBy.FAIR), both[1]), TODAY) == 2
    assert participation((source(TierBy.YEAR), both[1]), TODAY) == 3


def test_fishery_ceiling_is_higher_only_where_the_state_keeps_a_register() -> None:
    fishery = law.basis_on("fisheries", TODAY)
    assert fishery is not None
    own = fishery.limits[0]
    assert (own.ceiling_in("DE"), own.raised_minor) == (3_000_000, 4_000_000)
    raised = replace(own, raised_in=("DK",))
    assert [raised.ceiling_in(state) for state in ("DK", "DE")] == [4_000_000, 3_000_000]
