"""Aid in another currency counts in euro, at a rate of its day that is kept with it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import clock
from server.aid import queries, standing
from server.aid.euros import Rate
from server.database import row, value
from server.errors import Refused
from tests.cast import Cast
from tests.server.aid.conftest import MakeScheme, grant, reverse


@given(
    st.integers(0, 10**9), st.decimals("0.0001", "20000", places=4), st.sampled_from(("SEK", "JPY"))
)
def test_no_rate_lets_an_amount_pass_the_room_it_was_cut_to(
    left: int, units: Decimal, currency: str
) -> None:
    rate = Rate(currency, units)
    assert rate.euro(rate.own(left)) <= left
    assert rate.euro(rate.own(left) + 1) > left


async def enter(cast: Cast, days_ago: int = 1) -> None:
    day = clock.today("Europe/Berlin") - timedelta(days=days_ago)
    kept = await cast.finn.send_form(
        "/desk/money/rates",
        {
            "currency": "EUR", "national": "SEK", "rate": "11.5", "on_day": day.isoformat(),
            "source": "European Central Bank",
        },
    )  # fmt: skip
    assert kept.status_code == 303, kept.text


async def test_grant_in_kronor_counts_in_euro_and_keeps_its_rate(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    scheme = await make_scheme(
        currency="SEK", budget=Decimal(9_000_000), cap=None, rate=Decimal(100)
    )
    mara = await cast.mara.actor()
    what = {"scheme_id": scheme, "company_id": cast.quinta}
    with pytest.raises(Refused, match="no rate of the last 31 days is known for SEK"):
        await grant(
            mara, **what, amount_minor=1_150_000, eligible_minor=9_000_000, about="application:1"
        )
    await enter(cast, days_ago=40)
    with pytest.raises(Refused, match="no rate of the last 31 days"):
        await grant(
            mara, **what, amount_minor=1_150_000, eligible_minor=9_000_000, about="application:1"
        )
    await enter(cast)
    made = await grant(
        mara, **what, amount_minor=1_150_001, eligible_minor=9_000_000, about="application:1"
    )
    kept = await row("SELECT euro_minor, euro_rate, euro_rate_source FROM aid_grant")
    assert kept == {
        "euro_minor": 100_001, "euro_rate": Decimal("11.5"),
        "euro_rate_source": "European Central Bank",
    }  # fmt: skip
    ours = await standing.account(await cast.ana.actor())
    assert [each.used_minor for each in ours.headrooms if each.member_state == "DE"] == [100_001]
    today = clock.today("Europe/Berlin")
    left = await queries.scheme_headroom(scheme, cast.quinta, today)
    assert left == int((30_000_000 - 100_001) * Decimal("11.5"))
    with pytest.raises(Refused, match="would pass the ceiling"):
        await grant(
            mara, **what, amount_minor=left + 1, eligible_minor=10**9, about="application:2"
        )
    assert "€1,000.01, at 11.5 SEK for one euro" in (await cast.vera.get(f"/desk/aid/{made}")).text
    await reverse(mara, about="application:1", why="Withdrawn")
    assert await value("SELECT sum(euro_minor) FROM aid_grant") == 0
    assert await queries.scheme_headroom(scheme, cast.quinta, today) == 345_000_000
