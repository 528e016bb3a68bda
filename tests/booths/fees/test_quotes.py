"""Quotes: programmes as data, and properties that hold for every list, scheme and choice."""

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booths.fees.cases import compute
from booths.fees.pricing import Choice, Fee, FeeKind, FeeUnit, Prices, cannot_order
from booths.fees.rules import Quote, quote
from booths.plans.rules import StandKind
from server.aid.rules import Mode, SchemeTerms, Shown, Source
from server.billing.vat import VatDecision
from server.errors import Refused

TODAY = date(2026, 11, 23)
VAT = VatDecision(1_900, "domestic", "VAT of DE")
LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC)
PROGRAMMES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "programmes.toml").read_text(encoding="utf-8")
)["case"]


@pytest.mark.parametrize("case", PROGRAMMES, ids=[one["title"] for one in PROGRAMMES])
def test_programme_as_configuration(case: dict[str, Any]) -> None:
    assert case["expect"]
    assert compute(case)["differences"] == []


def prices(**change: Any) -> Prices:
    given: dict[str, Any] = {
        "price_list_id": 1,
        "name": "With construction",
        "currency": "EUR",
        "per_m2_minor": 90_700,
        "full_per_m2_minor": 90_700,
        "minimum_m2": Decimal(9),
        "corner_minor": 25_000,
        "head_minor": 40_000,
        "island_minor": 60_000,
        "fees": (
            Fee(1, FeeKind.MANDATORY, "Organisation fee", FeeUnit.PARTICIPATION, 69_000),
            Fee(2, FeeKind.SERVICE, "Coffee bar", FeeUnit.PIECE, 12_345, eligible=False, stock=3),
            Fee(3, FeeKind.SERVICE, "Carpet", FeeUnit.M2, 1_299),
        ),
    }
    return Prices(**(given | change))


def ask(
    choice: Choice,
    terms: SchemeTerms | None = None,
    of: Prices | None = None,
    room: int | None = None,
) -> Quote:
    sources = [Source(terms, room)] if terms else []
    return quote(of or prices(), choice, sources, VAT, TODAY)


FIXED = SchemeTerms(
    scheme_id=7,
    name="Abroad",
    legal_basis="de_minimis",
    mode=Mode.FIXED_PRICE,
    currency="EUR",
    fixed_per_m2_minor=32_500,
)


def test_lines_read_as_sentences() -> None:
    found = ask(Choice(Decimal(12), StandKind.CORNER, {2: 2, 3: 1}))
    assert [line.sentence("EUR") for line in found.lines] == [
        "Stand space: 12 m² at €907.00 = €10,884.00",
        "Corner stand, two open sides: €250.00",
        "Organisation fee: €690.00",
        "Coffee bar: 2 at €123.45 = €246.90",
        "Carpet: 12 m² at €12.99 = €155.88",
    ]


def test_small_area_is_billed_at_the_minimum_and_says_so() -> None:
    line = ask(Choice(Decimal("4.5"))).lines[0]
    assert line.quantity == 9
    assert str(line.note) == "The smallest area billed is 9 m²."


@pytest.mark.parametrize("area", ["0", "-1", "10000.01"])
def test_area_out_of_this_world_is_refused(area: str) -> None:
    with pytest.raises(Refused, match="An area must be more than 0"):
        ask(Choice(Decimal(area)))


@pytest.mark.parametrize(
    ("services", "says"),
    [
        ({99: 1}, "not on the price list any more"),
        ({1: 1}, "not on the price list any more"),
        ({3: 2}, "cannot be ordered 2 times"),
        ({2: -1}, "cannot be ordered -1 times"),
    ],
)
def test_service_that_cannot_be_priced_is_refused(services: dict[int, int], says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        ask(Choice(Decimal(12), StandKind.ROW, services))
    assert refused.value.field == "services"


def test_scheme_in_another_currency_is_refused() -> None:
    with pytest.raises(Refused, match="they must agree"):
        ask(Choice(Decimal(12)), replace(FIXED, currency="SEK"))


def test_without_a_scheme_the_full_price_is_owed() -> None:
    found = ask(Choice(Decimal(12)), None, prices(per_m2_minor=32_500))
    assert (found.full_minor, found.aid_minor, found.net_minor) == (1_157_400, 0, 1_157_400)


@pytest.mark.parametrize(
    ("fee", "pieces", "says"),
    [
        (Fee(1, FeeKind.SERVICE, "Bar", FeeUnit.PIECE, 1, stock=3, taken=1), 2, None),
        (Fee(1, FeeKind.SERVICE, "Bar", FeeUnit.PIECE, 1, stock=3, taken=1), 3, "2 are left"),
        (Fee(1, FeeKind.SERVICE, "Bar", FeeUnit.PIECE, 1, ends_at=LONG_AGO), 1, "its deadline"),
        (Fee(1, FeeKind.SERVICE, "Bar", FeeUnit.M2, 1), 2, "once only"),
        (Fee(1, FeeKind.MANDATORY, "Bar", FeeUnit.PIECE, 1), 1, "part of every participation"),
    ],
)  # fmt: skip
def test_what_cannot_be_ordered_says_why(fee: Fee, pieces: int, says: str | None) -> None:
    reason = cannot_order(fee, pieces, datetime(2026, 11, 23, tzinfo=UTC))
    assert (str(reason) if reason else None) == says if says is None else says in str(reason)


areas = st.decimals(min_value="0.01", max_value=300, places=2)
amounts = st.integers(0, 200_000)
fees = st.lists(
    st.builds(
        Fee,
        id=st.integers(1, 9),
        kind=st.sampled_from(FeeKind),
        name=st.just("Fee"),
        unit=st.sampled_from(FeeUnit),
        amount_minor=amounts,
        eligible=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda fee: fee.id,
)


@st.composite
def lists(draw: st.DrawFn) -> Prices:
    full = draw(amounts)
    return Prices(
        price_list_id=1,
        name="Any",
        currency="EUR",
        per_m2_minor=draw(st.integers(0, full)),
        full_per_m2_minor=full,
        minimum_m2=draw(st.decimals(min_value="0.01", max_value=50, places=2)),
        corner_minor=draw(amounts),
        head_minor=draw(amounts),
        island_minor=draw(amounts),
        fees=tuple(draw(fees)),
    )


@st.composite
def schemes(draw: st.DrawFn) -> SchemeTerms:
    mode = draw(st.sampled_from(Mode))
    return SchemeTerms(
        scheme_id=1,
        name="Any",
        legal_basis=draw(st.sampled_from(["de_minimis", "gber_19", "none"])),
        mode=mode,
        currency="EUR",
        rate_bp=draw(st.integers(1, 10_000)) if mode is Mode.RATE else None,
        fixed_per_m2_minor=draw(st.none() | amounts) if mode is Mode.FIXED_PRICE else None,
        cap_minor=draw(st.none() | st.integers(1, 10**7)),
        subsidy_shown=draw(st.sampled_from(Shown)),
    )


@given(
    of=lists(),
    terms=st.none() | schemes(),
    area=areas,
    kind=st.sampled_from(StandKind),
    room=st.none() | st.integers(0, 10**7),
    vat_bp=st.sampled_from([0, 700, 1_900, 2_550]),
)
def test_totals_add_up_and_aid_stays_within_its_bounds(
    *,
    of: Prices,
    terms: SchemeTerms | None,
    area: Decimal,
    kind: StandKind,
    room: int | None,
    vat_bp: int,
) -> None:
    services = {fee.id: 1 for fee in of.fees if fee.kind is FeeKind.SERVICE}
    vat = VatDecision(vat_bp, "any", "")
    sources = [Source(terms, room)] if terms else []
    found = quote(of, Choice(area, kind, services), sources, vat, TODAY)
    assert found.full_minor == sum(line.amount_minor for line in found.lines)
    assert found.eligible_minor == sum(x.amount_minor for x in found.lines if x.eligible)
    assert found.total_minor == found.net_minor + found.vat_minor
    taken_off = 0 if found.aid_later else found.aid_minor
    assert found.net_minor == found.full_minor - taken_off
    assert 0 <= found.aid_minor <= found.eligible_minor <= found.full_minor
    assert found.aid_minor <= found.offer_minor or found.offer_minor == found.aid_minor
    if room is not None:
        assert found.aid_minor <= room
        assert found.offer_minor <= room
    if terms is None:
        assert (found.aid_minor, found.legal_basis) == (0, "none")
    else:
        if terms.cap_minor is not None:
            assert found.aid_minor <= terms.cap_minor
        if terms.legal_basis == "gber_19":
            assert found.aid_minor * 2 <= found.eligible_minor
    for line in found.lines:
        assert abs(line.quantity * line.unit_minor - line.amount_minor) <= Decimal("0.5")
        assert line.sentence(found.currency)


@given(of=lists(), terms=st.none() | schemes(), small=areas, more=areas)
def test_more_space_never_costs_less(
    of: Prices, terms: SchemeTerms | None, small: Decimal, more: Decimal
) -> None:
    if terms is not None:
        # A fixed price above the full one gives no aid; below, aid rounds by a minor unit at most.
        terms = replace(terms, subsidy_shown=Shown.DISCOUNT)
    first = ask(Choice(small), terms, of)
    second = ask(Choice(small + more), terms, of)
    assert first.full_minor <= second.full_minor
    assert first.eligible_minor <= second.eligible_minor
    assert first.aid_minor <= second.aid_minor + 1
    assert first.net_minor <= second.net_minor + 1


def test_case_that_is_none_is_refused_in_a_sentence() -> None:
    with pytest.raises(Refused, match="This is not a case"):
        compute({"on": "2026-11-23"})
    with pytest.raises(Refused, match="no legal basis “gber”"):
        compute(PROGRAMMES[0] | {"scheme": {"legal_basis": "gber"}})
    with pytest.raises(Refused, match="no service “Sofa”"):
        compute(PROGRAMMES[0] | {"choice": {"area_m2": 9, "services": {"Sofa": 1}}})
