"""VAT, references, totals, states and matching as pure functions."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.aid.rules import Shown
from server.billing import rules
from server.billing.rules import (
    INVOICE_MOVES,
    InvoiceKind,
    InvoiceLine,
    InvoiceState,
    Match,
    Owed,
    PaymentState,
    RefundState,
)
from server.billing.vat import as_quoted
from server.errors import Conflict, Refused
from tests.server.billing.conftest import discount

ON = date(2026, 11, 23)
MEMBER_STATES = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
)


@pytest.mark.parametrize(
    ("supplier", "customer", "valid", "taxable", "supply", "fair", "rate", "code"),
    [
        ("DE", "DE", True, True, "package", "JP", 1900, "domestic"),
        ("DE", "DE", False, True, "package", "FR", 1900, "domestic"),
        ("DE", "FR", True, True, "package", "DE", 0, "reverse_charge"),
        ("DE", "FR", False, True, "package", "IT", 2200, "fair_state"),
        ("DE", "FR", False, True, "package", "IN", 0, "fair_outside"),
        ("DE", "CH", False, True, "package", "DE", 0, "outside_scope"),
        ("DE", "DE", False, False, "package", "ES", 2100, "fair_state"),
        ("DE", "FR", True, True, "bare_space", "IT", 2200, "land_rule"),
        ("DE", "FR", True, True, "bare_space", "AE", 0, "land_outside"),
        ("DE", "US", False, True, "admission", "RO", 2100, "fair_state"),
        ("GB", "FR", True, True, "package", "DE", 0, "supplier_outside"),
    ],
)
def test_vat_follows_customer_supply_and_place(
    supplier: str, customer: str, valid: bool, taxable: bool, supply: str, fair: str, rate: int,
    code: str,
) -> None:  # fmt: skip
    decided = rules.vat_decision(supplier, customer, valid, taxable, supply, fair, ON)
    assert (decided.rate_bp, decided.code) == (rate, code)
    assert decided.source


def test_vat_reverse_charge_says_the_words_that_the_law_asks_for() -> None:
    decided = rules.vat_decision("EE", "LV", True, True, "package", "IN", ON)
    assert decided.reason.startswith("Reverse charge")
    assert (decided.category, decided.check) == ("AE", False)


@pytest.mark.parametrize(
    ("country", "on", "bp"),
    [
        ("EE", date(2025, 6, 30), 2200),
        ("EE", date(2025, 7, 1), 2400),
        ("RO", date(2025, 7, 31), 1900),
        ("RO", date(2025, 8, 1), 2100),
        ("SK", date(2024, 12, 31), 2000),
        ("FI", ON, 2550),
    ],
)
def test_vat_rate_is_the_one_of_the_day(country: str, on: date, bp: int) -> None:
    assert rules.standard_rate(country, on) == bp


def test_vat_rates_are_known_for_every_member_state() -> None:
    assert all(1500 <= rules.standard_rate(country, ON) <= 2700 for country in MEMBER_STATES)


def test_vat_rate_before_the_table_begins_is_refused() -> None:
    with pytest.raises(Refused, match="No VAT rate is known for HR"):
        rules.standard_rate("HR", date(1999, 1, 1))


@given(
    st.sampled_from([*MEMBER_STATES, "CH", "IN", "US"]),
    st.sampled_from([*MEMBER_STATES, "CH", "IN", "US"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(list(rules.Supply)),
    st.sampled_from([*MEMBER_STATES, "JP", "AE"]),
)
def test_vat_is_decided_for_every_case(
    supplier: str, customer: str, valid: bool, taxable: bool, supply: str, fair: str
) -> None:
    decided = rules.vat_decision(supplier, customer, valid, taxable, supply, fair, ON)
    assert (decided.rate_bp > 0) == (decided.category == "S")
    assert "{" not in decided.reason


def taxed(rate_bp: int) -> dict[rules.Supply, rules.VatDecision]:
    return {rules.Supply.PACKAGE: rules.VatDecision(rate_bp, "domestic", "VAT")}


lines = st.lists(
    st.integers(0, 10**9).map(lambda n: InvoiceLine("Space", Decimal(1), "m2", n, n)), min_size=1
)


@given(lines, st.integers(0, 10_000), st.integers(0, 3000))
def test_totals_add_up_and_aid_never_makes_them_negative(
    of: list[InvoiceLine], share: int, rate: int
) -> None:
    full = sum(line.net_minor for line in of)
    found = rules.totals(of, taxed(rate), discount(full * share // 10_000))
    assert found.full_minor - found.aid_minor == found.net_minor >= 0
    assert found.net_minor + found.vat_minor == found.total_minor
    assert abs(found.vat_minor * 10_000 - found.net_minor * rate) <= 5_000


def test_totals_with_more_aid_than_price_are_refused() -> None:
    with pytest.raises(Refused, match="more than the full price"):
        rules.totals([InvoiceLine("Space", Decimal(1), "m2", 100, 100)], taxed(0), discount(101))


@given(st.integers(1, 9999), st.sampled_from(InvoiceKind), st.integers(1, 999_999))
def test_reference_has_right_check_digits_and_survives_how_people_write_it(
    agency: int, kind: InvoiceKind, n: int
) -> None:
    ref = rules.reference(agency, kind, 2026, n)
    assert len(ref) <= 25
    assert rules.compact_reference(f"  {rules.spoken_reference(ref).lower()} ") == ref
    wrong = ref[:-1] + str((int(ref[-1]) + 1) % 10)
    assert rules.compact_reference(wrong) is None


def owed(state: InvoiceState = InvoiceState.OPEN, total: int = 1000, paid: int = 0) -> Owed:
    return Owed(state, "EUR", total, paid)


@pytest.mark.parametrize(
    ("what", "amount", "currency", "asked", "how", "becomes"),
    [
        (owed(), 1000, "EUR", 1000, Match.EXACT, PaymentState.MATCHED),
        (owed(), 1000, "EUR", None, Match.EXACT, PaymentState.MATCHED),
        (owed(), 400, "EUR", None, Match.PART, PaymentState.MATCHED),
        (owed(), 400, "EUR", 1000, Match.PART, PaymentState.FLAGGED),
        (owed(), 1001, "EUR", 1000, Match.OVER, PaymentState.FLAGGED),
        (owed(), 1000, "USD", 1000, Match.CURRENCY, PaymentState.FLAGGED),
        (
            owed(InvoiceState.PAID, paid=1000),
            1000,
            "EUR",
            1000,
            Match.SETTLED,
            PaymentState.FLAGGED,
        ),
        (owed(InvoiceState.CREDITED), 1000, "EUR", 1000, Match.CREDITED, PaymentState.LATE),
        (None, 1000, "EUR", None, Match.UNKNOWN, PaymentState.UNMATCHED),
    ],
)
def test_payment_is_confirmed_by_itself_only_when_it_fits(
    what: Owed | None, amount: int, currency: str, asked: int | None, how: Match,
    becomes: PaymentState,
) -> None:  # fmt: skip
    found = rules.match(what, amount, currency)
    assert found is how
    assert rules.payment_state(found, asked_minor=asked, amount_minor=amount) is becomes


@given(st.sampled_from(InvoiceState), st.integers(1, 10**6), st.integers(0, 2 * 10**6))
def test_invoice_state_follows_its_figures_along_listed_edges(
    state: InvoiceState, total: int, paid: int
) -> None:
    after = rules.state_after(Owed(state, "EUR", total, paid), date(2026, 12, 1), ON)
    if state in (InvoiceState.CREDITED, InvoiceState.CREDIT):
        assert after is state
    else:
        assert (after is InvoiceState.PAID) == (paid >= total)


def test_invoice_past_its_date_is_overdue_until_paid() -> None:
    assert rules.state_after(owed(paid=999), date(2026, 11, 22), ON) is InvoiceState.OVERDUE
    assert rules.state_after(owed(paid=999), ON, ON) is InvoiceState.PART_PAID
    assert rules.state_after(owed(paid=1000), date(2026, 11, 22), ON) is InvoiceState.PAID


def test_credited_invoice_moves_no_further() -> None:
    with pytest.raises(Conflict, match="it is credited now"):
        rules.move(INVOICE_MOVES, InvoiceState.CREDITED, InvoiceState.PAID)


@given(
    st.integers(1, 10**6), st.lists(st.tuples(st.sampled_from(RefundState), st.integers(1, 999)))
)
def test_never_more_is_refundable_than_was_paid(
    amount: int, refunds: list[tuple[RefundState, int]]
) -> None:
    left = rules.refundable(amount, refunds)
    assert 0 <= left <= amount
    assert rules.refundable(amount, [(RefundState.FAILED, n) for _, n in refunds]) == amount


def decided(customer: str, *, valid: bool = True, taxable: bool = True, supply: str = "package",
            fair: str = "FR") -> rules.VatDecision:  # fmt: skip
    return rules.vat_decision("DE", customer, valid, taxable, supply, fair, ON)


def test_six_rows_of_the_table_with_their_reasons() -> None:
    same = decided("DE", fair="JP")
    assert (same.code, same.rate_bp, same.country) == ("domestic", 1900, "DE")
    other = decided("PT")
    assert (other.code, other.category, other.rate_bp) == ("reverse_charge", "AE", 0)
    assert other.reason.startswith("Reverse charge")
    assert "Art. 44 and 196" in other.reason
    outside = decided("CH", valid=False)
    assert (outside.category, outside.rate_bp) == ("O", 0)
    assert "outside the EU" in outside.reason
    private = decided("PT", valid=False, taxable=False)
    assert (private.code, private.rate_bp, private.country) == ("fair_state", 2000, "FR")
    assert private.check, "registration in the fair's State, or OSS"
    bare = decided("PT", supply="bare_space")
    assert (bare.code, bare.country, bare.check) == ("land_rule", "FR", True)
    assert "Art. 47" in bare.reason
    ticket = decided("PT", supply="admission")
    assert (ticket.rate_bp, ticket.country) == (2000, "FR")
    assert "Art. 53" in ticket.source


def test_firm_without_a_valid_vat_id_is_told_why_it_pays_vat() -> None:
    now = decided("PT", valid=False)
    assert (now.code, now.rate_bp) == ("fair_state", 2000)
    assert "without a valid VAT ID" in now.reason


def test_decision_of_a_kept_quote_is_whole_again() -> None:
    for one in (decided("DE"), decided("PT"), decided("CH"), decided("PT", supply="bare_space")):
        assert as_quoted(one.rate_bp, one.code, one.reason, "DE", "FR", ON) == one


@given(
    st.lists(st.tuples(st.integers(0, 10**8), st.sampled_from(rules.Supply)), min_size=1),
    st.lists(st.tuples(st.sampled_from(Shown), st.integers(0, 3_000)), max_size=3),
)
def test_subsidies_lower_the_base_or_the_debt_or_nothing(
    parts: list[tuple[int, rules.Supply]], aid: list[tuple[Shown, int]]
) -> None:
    vats = {
        supply: decided("PT" if supply is rules.Supply.PACKAGE else "DE", supply=supply)
        for supply in rules.Supply
    }
    of = [InvoiceLine("x", Decimal(1), "piece", n, n, supply) for n, supply in parts]
    full = sum(n for n, _ in parts)
    given = [rules.Subsidy(shown, "Fund", full * bp // 10_000, 1) for shown, bp in aid]
    by = {how: sum(s.amount_minor for s in given if s.shown is how) for how in Shown}
    found = rules.totals(of, vats, given)
    assert found.full_minor == full
    assert found.net_minor == full - by[Shown.DISCOUNT]
    assert found.third_party_minor == by[Shown.THIRD_PARTY]
    assert found.total_minor == found.net_minor + found.vat_minor - by[Shown.THIRD_PARTY]
    for tax in found.taxes:
        assert tax.full_minor - tax.discount_minor == tax.base_minor >= 0
        assert abs(tax.vat_minor * 10_000 - tax.base_minor * tax.vat.rate_bp) <= 5_000
    assert sum(tax.base_minor for tax in found.taxes) == found.net_minor
