"""Companies under one control: declared, confirmed, joined, parted, with the aid they had."""

from decimal import Decimal

from server import clock
from server.aid import queries
from server.database import value
from tests.cast import Cast
from tests.server.aid.conftest import MakeScheme, grant


async def link(cast: Cast) -> str:
    number = await value("SELECT vat_id FROM company WHERE id = $1", cast.rossi)
    declared = await cast.ana.send_form(
        "/my/company/aid/links", {"number": number, "kind": "votes", "since_on": "2025-01-01"}
    )
    assert declared.status_code == 303, declared.text
    return f"/desk/aid/links/{await value('SELECT max(id) FROM undertaking_link')}"


async def give(cast: Cast, scheme: int, company: int, amount: int) -> None:
    await grant(
        await cast.mara.actor(), scheme_id=scheme, company_id=company, amount_minor=amount,
        eligible_minor=2 * amount, about=f"application:{company}",
    )  # fmt: skip


async def left(scheme: int, company: int) -> int | None:
    return await queries.scheme_headroom(scheme, company, clock.today("Europe/Berlin"))


async def test_confirmed_link_joins_ceilings_and_its_end_parts_them(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    scheme = await make_scheme(budget=Decimal(400000), cap=None)
    await give(cast, scheme, cast.quinta, 10_000_000)
    await give(cast, scheme, cast.rossi, 5_000_000)
    at = await link(cast)
    assert await left(scheme, cast.quinta) == 20_000_000
    assert (await cast.vera.send_form(at, {"decision": "confirmed"})).status_code == 403
    assert (await cast.mara.send_form(at, {"decision": "confirmed"})).status_code == 303
    assert await left(scheme, cast.quinta) == await left(scheme, cast.rossi) == 15_000_000
    assert "share the ceiling" in (await cast.ana.get("/my/company/aid")).text
    late = await cast.mara.send_form(at, {"ended_on": "2024-12-31"}, to=f"{at}/part")
    assert late.status_code == 422
    ended = await cast.mara.send_form(at, {"ended_on": "2026-01-31"}, to=f"{at}/part")
    assert ended.status_code == 303
    assert await left(scheme, cast.quinta) == 20_000_000
    assert await left(scheme, cast.rossi) == 25_000_000


async def test_parting_by_equity_moves_sums_and_loses_none(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    scheme = await make_scheme(budget=Decimal(400000), cap=None)
    await give(cast, scheme, cast.quinta, 10_000_001)
    at = await link(cast)
    await cast.mara.send_form(at, {"decision": "confirmed"})
    parted = {"ended_on": "2026-01-31", "equity": "25"}
    await cast.mara.send_form(at, parted, to=f"{at}/part")
    assert await left(scheme, cast.rossi) == 27_500_000
    assert await left(scheme, cast.quinta) == 30_000_000 - 7_500_001
    assert await value("SELECT sum(amount_minor) FROM aid_moved") == 0


async def test_link_to_nobody_and_refused_link_change_nothing(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    nobody = await cast.ana.send_form(
        "/my/company/aid/links", {"number": "XX1", "kind": "votes", "since_on": "2025-01-01"}
    )
    assert nobody.status_code == 422
    assert "No other company here has this number" in nobody.text
    before = await value("SELECT undertaking FROM company WHERE id = $1", cast.rossi)
    at = await link(cast)
    assert (await cast.mara.get(at)).status_code == 404
    assert at not in (await cast.mara.get("/desk/aid/links")).text
    stranger = await cast.mara.send_form("/desk/aid/links", {"decision": "confirmed"}, to=at)
    assert stranger.status_code == 404
    await give(cast, await make_scheme(), cast.rossi, 100_000)
    assert at in (await cast.mara.get("/desk/aid/links")).text
    await cast.mara.send_form(at, {"decision": "refused", "why": "Not shown by the register."})
    assert await value("SELECT undertaking FROM company WHERE id = $1", cast.rossi) == before
    assert "Not shown by the register." in (await cast.ana.get("/my/company/aid/links")).text
