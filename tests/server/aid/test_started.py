"""Aid that must be applied for before anything is ordered, and edges of days and amounts."""

from datetime import date
from decimal import Decimal

import pytest

from server.aid import law, rules
from server.aid.eligibility import begun_before
from server.aid.rules import Cost, Received, stack
from server.aid.sourcing import Occasion, sources
from server.database import row
from server.errors import Refused
from tests.cast import Cast
from tests.server.aid.conftest import MakeScheme, grant

APPLIED = date(2026, 3, 10)


async def test_order_before_the_application_closes_gber_but_not_de_minimis(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    closed = await make_scheme(legal_basis="gber_19", name="Fairs, Article 19")
    open_still = await make_scheme()
    mara = await cast.mara.actor()
    what = Occasion("application:1", "Boat Days", None, APPLIED, date(2026, 3, 9))
    found = await sources([closed, open_still], cast.quinta, APPLIED, what)
    cost = Cost(200_000, 200_000, Decimal(9), 0)
    bases = [law.basis_on(one.terms.legal_basis, APPLIED) for one in found]
    first, second = stack(list(zip(found, bases, strict=True)), cost, APPLIED)
    assert first.aid_minor == 0
    assert "before aid for it was applied for" in str(first.notes[0])
    assert second.aid_minor == 100_000
    given = {
        "company_id": cast.quinta, "amount_minor": 1000, "eligible_minor": 2000,
        "about": "application:1", "applied_on": APPLIED,
    }  # fmt: skip
    with pytest.raises(Refused, match="Article 6"):
        await grant(mara, scheme_id=closed, ordered_on=date(2026, 3, 9), **given)
    made = await grant(mara, scheme_id=open_still, ordered_on=date(2026, 3, 9), **given)
    kept = await row("SELECT applied_on, ordered_on FROM aid_grant WHERE id = $1", made)
    assert kept == {"applied_on": APPLIED, "ordered_on": date(2026, 3, 9)}


def test_order_on_the_day_of_the_application_or_none_closes_nothing() -> None:
    gber = law.basis_on("gber_19", APPLIED)
    assert gber is not None
    for ordered in (APPLIED, date(2026, 4, 1), None):
        assert begun_before(gber, APPLIED, ordered) is None
    assert begun_before(gber, APPLIED, date(2026, 3, 9)) is not None


@pytest.mark.parametrize(
    ("granted", "on", "counts"),
    [
        (date(2024, 2, 29), date(2027, 2, 28), True),
        (date(2024, 2, 29), date(2027, 3, 1), False),
        (date(2025, 2, 28), date(2028, 2, 28), False),
        (date(2025, 3, 1), date(2028, 2, 29), True),
        (date(2025, 6, 2), date(2028, 6, 1), True),
        (date(2025, 6, 1), date(2028, 6, 1), False),
        (date(2028, 6, 1), date(2028, 6, 1), True),
    ],
)
def test_rolling_window_of_three_years_to_the_day(granted: date, on: date, counts: bool) -> None:
    basis = law.basis_on("de_minimis", on)
    assert basis is not None
    room = rules.headroom(basis, [Received(granted, 100, "de_minimis")], on)
    assert room.used_minor == (100 if counts else 0)


@pytest.mark.parametrize(("country", "due"), [("ES", date(2027, 1, 14)), ("PL", date(2027, 1, 15))])
def test_register_is_due_after_national_holidays_of_christmas(country: str, due: date) -> None:
    basis = law.basis_on("de_minimis", date(2026, 12, 14))
    assert basis is not None
    assert rules.register_due(basis, date(2026, 12, 14), country) == due


def test_award_of_exactly_the_threshold_is_not_published() -> None:
    on = date(2026, 3, 1)
    basis = law.basis_on("gber_19", on)
    assert basis is not None
    assert rules.publish_by(basis, 10_000_000, on) is None
    assert rules.publish_by(basis, 10_000_001, on) == date(2026, 9, 1)


def test_claim_above_the_pot_keeps_its_full_weight() -> None:
    assert rules.split_pot(20_000, [30_000, 10_000]) == (15_000, 5_000)
