"""Programmes and budget lines: pages, ceilings, and many grants at one moment."""

import asyncio
import io
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from PIL import Image

from server.aid import budget_queries, budgets, queries
from server.aid.granting import hold, release
from server.aid.programme_forms import BudgetLineForm, ProgrammeForm
from server.database import action, execute, row, value
from server.errors import Conflict, Refused
from tests.cast import Cast
from tests.server.aid.conftest import MakeScheme, grant, reverse

PLACES = 10


async def make_line(cast: Cast, programme: int | None = None, line: int | None = None) -> int:
    mara = await cast.mara.actor()
    top = await budgets.create_programme(
        mara,
        ProgrammeForm(name="Exports", ceiling=None if programme is None else Decimal(programme)),
    )
    return await budgets.add_line(
        mara,
        BudgetLineForm(name="Fairs", year=2026, ceiling=None if line is None else Decimal(line)),
        programme_id=top,
    )


def what(scheme_id: int, cast: Cast, n: int = 1, amount: int = 100_000) -> dict[str, Any]:
    return {
        "scheme_id": scheme_id,
        "company_id": cast.quinta,
        "amount_minor": amount,
        "eligible_minor": 2 * amount,
        "about": f"application:{n}",
    }


async def test_budget_pages_show_ceiling_commitments_grants_and_months(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    made = await cast.mara.send_form("/desk/budgets/new", {"name": "Exports", "ceiling": "9000"})
    at = made.headers["location"]
    added = await cast.mara.send_form(
        f"{at}/lines/new",
        {"name": "Fairs 2026", "funds": "ERDF", "year": "2026", "ceiling": "5000"},
    )
    assert added.headers["location"] == at
    line = int(await value("SELECT max(id) FROM budget_line"))
    scheme = await make_scheme(budget_line=line)
    await grant(await cast.mara.actor(), **what(scheme, cast))
    shown = (await cast.vera.get(at)).text
    for said in ("Exports", "€9,000.00", "ERDF", "€5,000.00", "€1,000.00", "€8,000.00", "€4,000"):
        assert said in shown
    assert "Exports, Fairs 2026" in (await cast.vera.get(f"/desk/schemes/{scheme}")).text.replace(
        "</a>", ""
    )
    low = await cast.mara.send_form(
        f"/desk/budgets/lines/{line}", {"name": "Fairs 2026", "ceiling": "999"}
    )
    assert low.status_code == 422
    assert "the ceiling cannot be less than that" in low.text
    low = await cast.mara.send_form(f"{at}/edit", {"name": "X", "ceiling": "many"})
    assert low.status_code == 422
    assert (await cast.nils.get(at)).status_code == 404


@pytest.mark.parametrize(("programme", "line"), [(None, 2500), (2500, None)])
async def test_schemes_of_one_line_never_pass_its_ceiling_or_the_programmes(
    cast: Cast, make_scheme: MakeScheme, programme: int | None, line: int | None
) -> None:
    on = await make_line(cast, programme, line)
    first = await make_scheme(budget_line=on)
    second = await make_scheme(budget_line=on, name="Other")
    mara = await cast.mara.actor()
    await grant(mara, **what(first, cast, 1, 200_000))
    with pytest.raises(Conflict, match=r"€500\.00 are left and €1,000\.00"):
        await grant(mara, **what(second, cast, 2))
    await reverse(mara, about="application:1", why="Withdrawn")
    await grant(mara, **what(second, cast, 2))
    found = await row("SELECT l.committed_minor AS line, p.committed_minor AS programme"
                      " FROM budget_line l JOIN programme p ON p.id = l.programme"
                      " WHERE l.id = $1", on)  # fmt: skip
    assert found == {"line": 100_000, "programme": 100_000}


async def test_database_itself_refuses_what_passes_a_ceiling(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    scheme = await make_scheme(budget_line=await make_line(cast, 100, None))
    with pytest.raises(asyncpg.CheckViolationError, match="programme has"):
        await execute("UPDATE scheme SET committed_minor = 10001 WHERE id = $1", scheme)
    with pytest.raises(asyncpg.CheckViolationError):
        await execute("UPDATE budget_line SET ceiling_minor = -1")


async def test_sixty_four_at_once_fill_the_programme_and_no_more(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    on = await make_line(cast, PLACES * 1000, None)
    schemes = [await make_scheme(budget_line=on, name=f"S{n}") for n in range(4)]
    mara = await cast.mara.actor()
    answers = await asyncio.gather(
        *(grant(mara, **what(schemes[n % 4], cast, n)) for n in range(64)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, int) for one in answers) == PLACES
    assert all(isinstance(one, int | Conflict) for one in answers)
    assert await value("SELECT sum(amount_minor) FROM aid_grant") == PLACES * 100_000
    assert await value("SELECT committed_minor FROM programme WHERE NOT usual") == PLACES * 100_000


async def test_race_passes_the_ceiling_where_the_guard_is_taken_away(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    """What the triggers are for: a check before the act lets two through at once."""
    on = await make_line(cast, 1000, None)
    schemes = [await make_scheme(budget_line=on, name=f"S{n}") for n in range(2)]
    await execute("DROP TRIGGER scheme_commits ON scheme")
    mara, met = await cast.mara.actor(), asyncio.Barrier(2)

    @action
    async def naive(scheme: int, n: int) -> int:
        left = await value(
            "SELECT ceiling_minor - coalesce((SELECT sum(amount_minor) FROM aid_grant), 0)"
            " FROM programme WHERE NOT usual"
        )
        await met.wait()
        assert left >= 100_000
        from server.aid.granting import grant as step

        return await step(mara, **what(scheme, cast, n))

    await asyncio.gather(*(naive(scheme, n) for n, scheme in enumerate(schemes)))
    assert await value("SELECT sum(amount_minor) FROM aid_grant") == 200_000


async def test_offer_holds_budget_and_headroom_until_the_grant_takes_them(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    scheme = await make_scheme(budget=Decimal(1000))
    mara = await cast.mara.actor()

    @action
    async def keep(n: int) -> int:
        return await hold(mara, scheme_id=scheme, company_id=cast.quinta, amount_minor=60_000,
                          about=f"application:{n}")  # fmt: skip

    @action
    async def let_go(n: int) -> None:
        await release(about=f"application:{n}")

    await keep(1)
    today = await queries.today(mara)
    assert await queries.scheme_headroom(scheme, cast.quinta, today) == 29_940_000
    with pytest.raises(Conflict, match="used up a moment ago"):
        await keep(2)
    await grant(mara, **what(scheme, cast, 1, 60_000))
    assert await queries.scheme_headroom(scheme, cast.quinta, today) == 29_940_000
    found = await queries.scheme(mara, scheme)
    assert (found.committed_minor, found.left_minor) == (60_000, 40_000)
    await reverse(mara, about="application:1", why="Withdrawn")
    await keep(2)
    await let_go(2)
    await let_go(2)
    assert (await queries.scheme(mara, scheme)).committed_minor == 0


async def test_burn_down_runs_month_by_month(cast: Cast, make_scheme: MakeScheme) -> None:
    on = await make_line(cast, 5000, None)
    scheme = await make_scheme(budget_line=on)
    mara = await cast.mara.actor()
    await grant(mara, **what(scheme, cast, 1))
    top = int(await value("SELECT programme FROM budget_line WHERE id = $1", on))
    book = await budget_queries.book(mara, top)
    assert [(m.committed_minor, m.granted_minor, m.paid_minor, m.left_minor)
            for m in book.months] == [(100_000, 100_000, 0, 400_000)]  # fmt: skip


async def test_earlier_participations_entered_by_hand_count_for_steps_and_numbers(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    scheme = await make_scheme(most_fair=1)
    at = f"/desk/schemes/{scheme}/past"
    entry = {"number": "PT 501 964 843", "fair": "BOAT Days 2024", "fair_on": "2024-03-01",
             "source": "Payment list 2024, line 7"}  # fmt: skip
    stranger = await cast.mara.send_form(at, {**entry, "amount": "900"})
    assert stranger.status_code == 422
    assert "has applied to you" in stranger.text, "a company without dealings"
    await grant(await cast.mara.actor(), **what(scheme, cast, 1), fair="First Days")
    made = await cast.mara.send_form(at, {**entry, "amount": "900"})
    assert made.status_code == 303, made.text
    shown = (await cast.vera.get(at)).text
    assert "BOAT Days 2024" in shown
    assert "Payment list 2024, line 7" in shown
    page = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(page, "PNG")
    copied = await cast.mara.send_form(
        at, {**entry, "fair": "Tea 2023", "fair_on": "2023-03-01", "amount": "5"},
        files={"evidence": ("list.png", page.getvalue(), "image/png")},
    )  # fmt: skip
    assert copied.status_code == 303, copied.text
    kept = await value("SELECT evidence FROM aid_past WHERE fair = 'Tea 2023'")
    assert f"/documents/{kept}" in (await cast.vera.get(at)).text
    assert (await cast.vera.get(f"/documents/{kept}")).status_code == 200
    assert (await cast.nils.get(f"/documents/{kept}")).status_code == 404
    nobody = await cast.mara.send_form(at, {**entry, "number": "XX1", "amount": "900"})
    assert nobody.status_code == 422
    mara = await cast.mara.actor()
    with pytest.raises(Refused, match="supports 1 participations at one fair"):
        await grant(mara, **what(scheme, cast), fair="Boat Days")
    await grant(mara, **what(scheme, cast), fair="Other Days")
