"""Grants on the real database: budget, headroom, reversal, and the guards behind the code."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from server import clock, database
from server.aid import actions, queries, standing
from server.aid.forms import DeclaredAidForm, StatementForm
from server.aid.rules import Mode
from server.database import action, execute, row, rows, value
from server.errors import Conflict, NotFound, Refused
from tests.cast import Cast
from tests.server.aid.conftest import MakeScheme, grant, reverse, scheme_form

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def what(scheme_id: int, cast: Cast, amount: int = 100_000, **change: Any) -> dict[str, Any]:
    given = {
        "scheme_id": scheme_id,
        "company_id": cast.quinta,
        "amount_minor": amount,
        "eligible_minor": 2 * amount,
        "about": "application:1",
    }
    return given | change


async def test_grant_keeps_what_the_register_asks_for(cast: Cast, make_scheme: MakeScheme) -> None:
    scheme_id = await make_scheme(reference="SA.123456")
    mara = await cast.mara.actor()
    with clock.travel(NOON):
        grant_id = await grant(mara, **what(scheme_id, cast))
        found = await queries.grant_row(mara, grant_id)
    assert found.amount_minor == 100_000
    assert found.intensity_bp == 5_000
    assert found.granted_on == date(2026, 11, 23)
    assert found.member_state == "DE"
    assert found.register_due_on == date(2026, 12, 21)
    assert found.beneficiary["identifier"] == "PT501964843"
    assert found.beneficiary["size"] == "small"
    assert found.beneficiary["authority"] == "Nordhafen Trade"
    assert "2023/2831" in found.beneficiary["citation"]
    scheme = await queries.scheme(mara, scheme_id)
    assert (scheme.committed_minor, scheme.left_minor, scheme.grants) == (100_000, 4_900_000, 1)


async def test_grant_beyond_budget_says_what_is_left(cast: Cast, make_scheme: MakeScheme) -> None:
    scheme_id = await make_scheme(budget=Decimal(1200))
    mara = await cast.mara.actor()
    with pytest.raises(Conflict) as refused:
        await grant(mara, **what(scheme_id, cast, 120_001))
    assert str(refused.value) == (
        "The budget of “Fairs abroad” was used up a moment ago: €1,200.00 are left and €1,200.01 "
        "are needed. Nothing was granted."
    )
    assert await value("SELECT count(*) FROM aid_grant") == 0
    await grant(mara, **what(scheme_id, cast, 120_000))


async def test_grant_beyond_headroom_is_refused_with_the_offer(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    scheme_id = await make_scheme()
    ana, mara = await cast.ana.actor(), await cast.mara.actor()
    with clock.travel(NOON):
        await actions.declare_aid(
            ana,
            DeclaredAidForm(
                amount=Decimal("299500"),
                granted_on=date(2023, 11, 24),
                authority="Other bank",
                member_state="DE",
            ),
        )
        assert await queries.scheme_headroom(scheme_id, cast.quinta, date(2026, 11, 23)) == 50_000
        with pytest.raises(Conflict) as refused:
            await grant(mara, **what(scheme_id, cast, 50_001))
        assert "€500.00 are left. Nothing was granted. You may offer up to €500.00." in str(
            refused.value
        )
        await grant(mara, **what(scheme_id, cast, 50_000))


async def test_declared_aid_leaves_the_window_after_three_years(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    ana = await cast.ana.actor()
    await actions.declare_aid(
        ana,
        DeclaredAidForm(
            amount=Decimal(300000),
            granted_on=date(2023, 11, 23),
            authority="Other bank",
            member_state="DE",
        ),
    )
    room = await queries.headroom(cast.quinta, "de_minimis", date(2026, 11, 23), "DE")
    assert room.left_minor == 30_000_000
    room = await queries.headroom(cast.quinta, "de_minimis", date(2026, 11, 22), "DE")
    assert room.left_minor == 0


async def test_companies_of_one_undertaking_share_a_ceiling(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    scheme_id = await make_scheme(budget=Decimal(400000), cap=None)
    mara = await cast.mara.actor()
    await execute(
        "UPDATE company SET undertaking = (SELECT undertaking FROM company WHERE id = $1)"
        " WHERE id = $2",
        cast.quinta,
        cast.rossi,
    )
    await grant(mara, **what(scheme_id, cast, 20_000_000))
    with pytest.raises(Conflict):
        await grant(mara, **what(scheme_id, cast, 10_000_001, company_id=cast.rossi))
    await grant(mara, **what(scheme_id, cast, 10_000_000, company_id=cast.rossi))


async def test_aid_from_before_a_merger_counts_after_it(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    scheme_id = await make_scheme(budget=Decimal(600000), cap=None)
    mara = await cast.mara.actor()
    await grant(mara, **what(scheme_id, cast, 20_000_000))
    await grant(mara, **what(scheme_id, cast, 9_000_000, company_id=cast.rossi))
    await execute(
        "UPDATE company SET undertaking = (SELECT undertaking FROM company WHERE id = $1)"
        " WHERE id = $2",
        cast.rossi,
        cast.quinta,
    )
    today = clock.today("Europe/Berlin")
    assert await queries.scheme_headroom(scheme_id, cast.quinta, today) == 1_000_000
    with pytest.raises(asyncpg.CheckViolationError, match="29000000 used of 30000000"):
        await execute(
            "INSERT INTO aid_grant (scheme, undertaking, company, amount_minor, eligible_minor,"
            " intensity_bp, legal_basis, limits, beneficiary, granted_on, member_state, about,"
            " created_at, euro_minor) SELECT scheme, undertaking, company, 1000001, eligible_minor,"
            " intensity_bp, legal_basis, limits, beneficiary, granted_on, member_state, 'x',"
            " now(), 1000001 FROM aid_grant WHERE company = $1",
            cast.rossi,
        )


async def test_reversal_gives_budget_and_headroom_back_once(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    scheme_id = await make_scheme()
    mara = await cast.mara.actor()
    grant_id = await grant(mara, **what(scheme_id, cast))
    made = await reverse(mara, about="application:1", why="The company withdrew.")
    assert len(made) == 1
    assert await reverse(mara, about="application:1", why="Again") == []
    taken = await queries.grant_row(mara, made[0])
    assert (taken.amount_minor, taken.reverses, taken.why) == (
        -100_000,
        grant_id,
        "The company withdrew.",
    )
    assert (await queries.scheme(mara, scheme_id)).committed_minor == 0
    left = await queries.scheme_headroom(scheme_id, cast.quinta, date(2026, 11, 23))
    assert left == 30_000_000


async def test_reversal_bears_the_date_of_its_grant(cast: Cast, make_scheme: MakeScheme) -> None:
    scheme_id = await make_scheme()
    mara = await cast.mara.actor()
    with clock.travel(datetime(2026, 2, 1, tzinfo=UTC)):
        await grant(mara, **what(scheme_id, cast))
    with clock.travel(NOON):
        made = await reverse(mara, about="application:1", why="")
        taken = await queries.grant_row(mara, made[0])
    assert taken.granted_on == date(2026, 2, 1)
    assert taken.register_due_on == date(2026, 12, 21)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"amount_minor": 0}, "more than nothing"),
        ({"amount_minor": 300_000}, "at most the eligible cost"),
        ({"amount_minor": 600_000, "eligible_minor": 900_000}, "at most €5,000.00"),
    ],
)
async def test_grant_outside_the_terms_is_refused(
    cast: Cast, make_scheme: MakeScheme, change: dict[str, int], says: str
) -> None:
    scheme_id = await make_scheme()
    mara = await cast.mara.actor()
    with pytest.raises(Refused, match=says):
        await grant(mara, **what(scheme_id, cast, **change))


async def test_grant_above_the_intensity_of_the_law_is_refused(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    scheme_id = await make_scheme(legal_basis="gber_19")
    with pytest.raises(Refused, match="at most 50% of the eligible cost"):
        await grant(await cast.mara.actor(), **what(scheme_id, cast, 100, eligible_minor=199))


async def test_company_in_difficulty_has_no_aid_under_the_block_exemption(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    scheme_id = await make_scheme(legal_basis="gber_19")
    said = StatementForm(in_difficulty="yes", recovery_order="no")
    await actions.state(await cast.ana.actor(), said)
    mara = await cast.mara.actor()
    with pytest.raises(Refused, match="in difficulty"):
        await grant(mara, **what(scheme_id, cast))
    await actions.state(await cast.ana.actor(), said.replace(in_difficulty="no"))
    await grant(mara, **what(scheme_id, cast))


async def test_scheme_of_another_agency_is_not_found(cast: Cast, make_scheme: MakeScheme) -> None:
    scheme_id = await make_scheme()
    nils = await cast.nils.actor()
    with pytest.raises(NotFound):
        await grant(nils, **what(scheme_id, cast))
    with pytest.raises(NotFound):
        await queries.scheme(nils, scheme_id)


async def test_many_grants_at_once_stay_within_the_budget(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    scheme_id = await make_scheme(budget=Decimal(10000), cap=None)
    mara = await cast.mara.actor()
    answers = await asyncio.gather(
        *(
            grant(mara, **what(scheme_id, cast, 300_000, about=f"application:{n}"))
            for n in range(12)
        ),
        return_exceptions=True,
    )
    refused = [one for one in answers if isinstance(one, Conflict)]
    assert len(answers) - len(refused) == 3
    assert all("used up a moment ago" in str(one) for one in refused)
    assert (await queries.scheme(mara, scheme_id)).committed_minor == 900_000


async def test_many_grants_at_once_stay_within_the_ceiling(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    schemes = [await make_scheme(name=f"S{n}", budget=Decimal(500000), cap=None) for n in range(4)]
    mara = await cast.mara.actor()
    answers = await asyncio.gather(
        *(
            grant(mara, **what(schemes[n % 4], cast, 7_000_000, about=f"application:{n}"))
            for n in range(12)
        ),
        return_exceptions=True,
    )
    assert len([one for one in answers if isinstance(one, int)]) == 4
    assert all(isinstance(one, (int, Conflict)) for one in answers)
    assert await value("SELECT sum(amount_minor) FROM aid_grant") == 28_000_000


async def test_guard_of_the_database_refuses_what_the_code_let_pass(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    scheme_id = await make_scheme(budget=Decimal(400000), cap=None)
    await grant(await cast.mara.actor(), **what(scheme_id, cast, 29_900_000))
    with pytest.raises(asyncpg.CheckViolationError, match="would pass its ceiling"):
        await execute(
            "INSERT INTO aid_grant (scheme, undertaking, company, amount_minor, eligible_minor,"
            " intensity_bp, legal_basis, limits, beneficiary, granted_on, member_state, about,"
            " created_at, euro_minor) SELECT scheme, undertaking, company, 100001, eligible_minor,"
            " intensity_bp, legal_basis, limits, beneficiary, granted_on, member_state, 'x',"
            " now(), 100001 FROM aid_grant"
        )


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE aid_grant SET amount_minor = 1",
        "UPDATE aid_grant SET granted_on = granted_on - 1",
        "DELETE FROM aid_grant",
        "UPDATE scheme SET rate_bp = 4000",
    ],
)
async def test_what_was_granted_is_never_changed(
    cast: Cast, make_scheme: MakeScheme, sql: str
) -> None:
    scheme_id = await make_scheme()
    await grant(await cast.mara.actor(), **what(scheme_id, cast))
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute(sql)


async def test_overdrawn_budget_is_impossible(cast: Cast, make_scheme: MakeScheme) -> None:
    await make_scheme()
    with pytest.raises(asyncpg.CheckViolationError):
        await execute("UPDATE scheme SET committed_minor = budget_minor + 1")


async def test_terms_stand_still_once_aid_is_granted(cast: Cast, make_scheme: MakeScheme) -> None:
    scheme_id = await make_scheme()
    mara = await cast.mara.actor()
    await grant(mara, **what(scheme_id, cast))
    with pytest.raises(Refused, match="create a new scheme"):
        await actions.change_scheme(mara, scheme_form(rate=Decimal(40)), scheme_id=scheme_id)
    with pytest.raises(Refused, match="cannot be less"):
        await actions.change_scheme(mara, scheme_form(budget=Decimal(999)), scheme_id=scheme_id)
    more = scheme_form(budget=Decimal(60000), name="Fairs, all of them", version=1)
    await actions.change_scheme(mara, more, scheme_id=scheme_id)
    with pytest.raises(Conflict, match="Somebody else changed this"):
        await actions.change_scheme(mara, more, scheme_id=scheme_id)


async def test_letter_names_everything_it_must(cast: Cast, make_scheme: MakeScheme) -> None:
    scheme_id = await make_scheme(reference="SA.123456")
    mara = await cast.mara.actor()

    @action
    async def admit() -> int:
        grant_id = await actions.grant(mara, **what(scheme_id, cast))
        return await actions.issue_letter(
            mara, grant_id=grant_id, fair="Boat Days, Hamburg", period="1 – 4 Mar 2027"
        )

    document = await admit()
    content = await value("SELECT content FROM document WHERE id = $1", document)
    said = str(content)
    for needed in (
        "Quinta do Vale", "PT501964843", "SA.123456", "2023/2831", "OJ L, 2023/2831, 15.12.2023",
        "€1,000.00", "€2,000.00", "50%", "Boat Days, Hamburg, 1 – 4 Mar 2027", "€299,000.00",
        "ten years", "public register", "taken back", "one month", "same costs",
    ):  # fmt: skip
        assert needed in said, needed
    from server.documents.typesetting import typeset

    pdf = typeset("aid-letter", content, NOON)
    assert pdf.startswith(b"%PDF")
    found = await row("SELECT letter FROM aid_grant")
    assert found == {"letter": document}


async def test_headroom_costs_the_same_statements_for_any_number_of_grants(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    scheme_id = await make_scheme()
    mara, ana = await cast.mara.actor(), await cast.ana.actor()
    counts = []
    for n in range(3):
        await grant(mara, **what(scheme_id, cast, 1_000, about=f"application:{n}"))
        async with database.counting() as sent:
            await standing.account(ana)
            await queries.register(mara)
        counts.append(len(sent))
    assert len(set(counts)) == 1


async def test_fixed_price_scheme_has_no_rate(cast: Cast, make_scheme: MakeScheme) -> None:
    scheme_id = await make_scheme(mode=Mode.FIXED_PRICE, fixed_per_m2=Decimal(325))
    terms = await queries.scheme_terms(scheme_id)
    assert (terms.mode, terms.rate_bp, terms.fixed_per_m2_minor) == (Mode.FIXED_PRICE, None, 32_500)
    assert len(await rows("SELECT 1 FROM audit_line WHERE verb = 'scheme.create'")) == 1
