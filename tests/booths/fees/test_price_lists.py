"""Price lists through the front door, stock under a rush, and what is frozen."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal

import asyncpg
import pytest

from booths.fees import actions, queries
from booths.fees.pricing import Choice
from booths.fees.rules import quote
from booths.plans.rules import StandKind
from server import clock
from server.billing.vat import VatDecision
from server.database import action, execute, value
from server.errors import Conflict
from tests.booths.fees.conftest import LABASIA, Stall
from tests.cast import Cast

COFFEE = {
    "kind": "service",
    "name": "Coffee bar",
    "amount": "123.45",
    "unit": "piece",
    "eligible": "no",
    "stock": "3",
    "ends_at": "2027-05-01T18:00",
}
ENTRY = {"kind": "mandatory", "name": "Organisation fee", "amount": "690"}


@action
async def take(price_list_id: int, services: dict[int, int]) -> None:
    """The step as a transaction of its own."""
    await actions.take_services(price_list_id, services)


@action
async def give_back(price_list_id: int, services: dict[int, int]) -> None:
    """The step as a transaction of its own."""
    await actions.give_back_services(price_list_id, services)


@action
async def freeze(price_list_id: int) -> None:
    """The step as a transaction of its own."""
    await actions.freeze(price_list_id)


async def test_prices_are_kept_as_they_were_typed(stall: Stall) -> None:
    await stall.add_fee(**ENTRY)
    found = await queries.prices(stall.price_list)
    assert (found.full_per_m2_minor, found.per_m2_minor) == (90_700, 32_500)
    assert found.minimum_m2 == Decimal(9)
    assert found.fees[0].amount_minor == 69_000
    shown = await stall.cast.vera.get(stall.path)
    assert shown.status_code == 200
    assert "LabASIA" in shown.text
    assert "Organisation fee" in shown.text
    assert "/edit" not in shown.text
    listed = await stall.cast.mara.get("/desk/price-lists")
    assert "With stand construction" in listed.text


async def test_worked_example_shows_price_aid_and_rest(stall: Stall) -> None:
    await stall.add_fee(**ENTRY)
    coffee = await stall.add_fee(**COFFEE)
    made = await stall.cast.mara.send_form(
        "/desk/schemes/new",
        {
            "name": "Foreign fairs",
            "legal_basis": "de_minimis",
            "mode": "fixed_price",
            "currency": "EUR",
            "budget": "100000",
            "valid_from": "2026-01-01",
            "intent": "save",
        },
    )
    assert made.status_code == 303, made.text
    scheme = made.headers["location"].rsplit("/", 1)[1]
    shown = await stall.cast.mara.get(f"{stall.path}?area=12&stand=row&scheme={scheme}")
    assert shown.status_code == 200
    for said in ("€11,574.00", "−€6,984.00", "€4,590.00", "60.35%", "VAT, 19%", "€5,462.10"):
        assert said in shown.text, said
    shown = await stall.cast.mara.get(f"{stall.path}?area=12&stand=corner&service={coffee}")
    assert "€123.45" in shown.text
    assert "Corner stand" in shown.text


@pytest.mark.parametrize("query", ["area=0", "area=x", "stand=tent", "service=999", "scheme=abc"])
async def test_example_that_cannot_be_priced_says_why(stall: Stall, query: str) -> None:
    shown = await stall.cast.mara.get(f"{stall.path}?{query}")
    assert shown.status_code == 422
    assert "govuk-error-summary" in shown.text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"full_per_m2": ""}, "Full price per m² is missing."),
        ({"per_m2": "908"}, "The reduced price is more than the full price."),
        ({"minimum_m2": "0"}, "must be more than 0"),
        ({"currency": "XYZ"}, "There is no currency with this code."),
        ({"corner": "1.0005"}, "EUR has 2 decimal places."),
        ({"booth": "999999"}, "Choose a joint booth that your agency leads or shares."),
    ],
)
async def test_price_list_that_cannot_be_says_why_and_keeps_what_was_typed(
    stall: Stall, change: dict[str, str], says: str
) -> None:
    typed = {**LABASIA, "booth": str(stall.booth), "name": "Kept while typing", **change}
    answer = await stall.cast.mara.send_form("/desk/price-lists/new", typed)
    assert answer.status_code == 422
    assert says in answer.text
    assert "Kept while typing" in answer.text
    assert await value("SELECT count(*) FROM price_list") == 1


async def test_price_list_of_another_agency_is_not_found(stall: Stall) -> None:
    for path in (stall.path, f"{stall.path}/edit", f"{stall.path}/fees/new"):
        assert (await stall.cast.nils.get(path)).status_code == 404
    assert (await stall.cast.ana.get(stall.path)).status_code == 403


async def test_frozen_list_is_copied_not_changed(stall: Stall) -> None:
    fee = await stall.add_fee(**ENTRY)
    await freeze(stall.price_list)
    await freeze(stall.price_list)
    typed = {**LABASIA, "booth": str(stall.booth), "full_per_m2": "908"}
    answer = await stall.cast.mara.send_form(f"{stall.path}/edit", typed)
    assert answer.status_code == 409
    assert "Copy the list and change the copy." in answer.text
    answer = await stall.cast.mara.send_form(f"{stall.path}/fees/new", ENTRY)
    assert answer.status_code == 409
    for sql in (
        f"UPDATE price_list SET per_m2_minor = 1 WHERE id = {stall.price_list}",
        f"UPDATE fee SET amount_minor = 1 WHERE id = {fee}",
        f"DELETE FROM fee WHERE id = {fee}",
        f"DELETE FROM price_list WHERE id = {stall.price_list}",
        "INSERT INTO fee (price_list, kind, name, unit, amount_minor)"
        f" VALUES ({stall.price_list}, 'mandatory', 'Late', 'm2', 1)",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await execute(sql)
    copied = await stall.cast.mara.send_form(
        f"{stall.path}/copy", {"booth": str(stall.booth), "name": "Next year"}
    )
    assert copied.status_code == 303
    copy = int(copied.headers["location"].rsplit("/", 1)[1])
    assert [one.name for one in await queries.fees(copy)] == ["Organisation fee"]
    typed["name"] = "Next year, dearer"
    answer = await stall.cast.mara.send_form(f"/desk/price-lists/{copy}/edit", typed)
    assert answer.status_code == 303


async def test_stale_edit_is_refused(stall: Stall) -> None:
    typed = {**LABASIA, "booth": str(stall.booth), "version": "1"}
    assert (await stall.cast.mara.send_form(f"{stall.path}/edit", typed)).status_code == 303
    answer = await stall.cast.olga.send_form(f"{stall.path}/edit", typed)
    assert answer.status_code == 409
    assert "Somebody else changed this a moment ago." in answer.text


async def test_fee_is_changed_and_removed(stall: Stall) -> None:
    fee = await stall.add_fee(**COFFEE)
    page = f"{stall.path}/fees/{fee}"
    shown = await stall.cast.mara.get(page)
    assert 'value="2027-05-01T18:00"' in shown.text
    ends_at = await value("SELECT ends_at FROM fee WHERE id = $1", fee)
    assert ends_at == datetime(2027, 5, 1, 10, tzinfo=UTC)
    assert (await stall.cast.mara.send_form(page, COFFEE | {"stock": "5"})).status_code == 303
    await take(stall.price_list, {fee: 4})
    answer = await stall.cast.mara.send_form(page, COFFEE | {"stock": "3"})
    assert answer.status_code == 422
    assert "4 are ordered already" in answer.text
    await give_back(stall.price_list, {fee: 4})
    gone = await stall.cast.mara.send_form(stall.path, {}, to=f"{page}/remove")
    assert gone.status_code == 303
    assert await queries.fees(stall.price_list) == []


async def test_services_are_taken_all_or_none(stall: Stall) -> None:
    coffee = await stall.add_fee(**COFFEE)
    chairs = await stall.add_fee(**COFFEE | {"name": "Chairs", "stock": ""})
    with clock.travel(datetime(2027, 3, 1, tzinfo=UTC)):
        await take(stall.price_list, {coffee: 2, chairs: 40})
        with pytest.raises(Conflict, match="Of “Coffee bar”, 1 are left"):
            await take(stall.price_list, {chairs: 1, coffee: 2})
    taken = {one.id: one.taken for one in await queries.fees(stall.price_list)}
    assert taken == {coffee: 2, chairs: 40}
    with (
        clock.travel(datetime(2027, 5, 1, 10, 0, 1, tzinfo=UTC)),
        pytest.raises(Conflict, match="only until its deadline"),
    ):
        await take(stall.price_list, {coffee: 1})


async def test_stock_is_never_oversold_in_a_rush(stall: Stall) -> None:
    coffee = await stall.add_fee(**COFFEE)
    await freeze(stall.price_list)
    answers = await asyncio.gather(
        *(take(stall.price_list, {coffee: 1}) for _ in range(12)), return_exceptions=True
    )
    assert len([one for one in answers if one is None]) == 3
    assert all(one is None or isinstance(one, Conflict) for one in answers)
    with pytest.raises(asyncpg.CheckViolationError):
        await execute("UPDATE fee SET taken = taken + 1")


async def test_quote_is_kept_for_ever_as_it_was(stall: Stall) -> None:
    await stall.add_fee(**ENTRY)
    coffee = await stall.add_fee(**COFFEE)
    choice = Choice(Decimal("4.5"), StandKind.CORNER, {coffee: 2})
    vat = VatDecision(1_900, "domestic", "VAT of DE")
    made = quote(await queries.prices(stall.price_list), choice, [], vat, date(2026, 11, 23))

    @action
    async def keep() -> int:
        return await actions.keep_quote(41, made, choice)

    kept = await keep()
    assert await queries.kept_quote(kept) == made
    assert await queries.latest_quote(41) == made
    assert await queries.latest_quote(42) is None
    for sql in ("UPDATE quote SET aid_minor = 1", "DELETE FROM quote"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await execute(sql)


async def test_api_writes_and_reads_price_lists(cast: Cast, stall: Stall) -> None:
    async with await cast.mara.program() as program:
        made = await program.post(
            "/api/v1/price-lists",
            json={**LABASIA, "booth": stall.booth, "name": "By program"},
            headers={"idempotency-key": "one"},
        )
        assert made.status_code == 201, made.text
        one = f"/api/v1/price-lists/{made.json()['id']}"
        assert (await program.post(f"{one}/fees", json=ENTRY)).status_code == 201
        fees = (await program.get(f"{one}/fees")).json()["items"]
        assert [fee["amount_minor"] for fee in fees] == [69_000]
        assert (await program.get(one)).json()["full_per_m2_minor"] == 90_700
        listed = (await program.get("/api/v1/price-lists?limit=1")).json()
        assert listed["next"]
        wrong = await program.post("/api/v1/price-lists", json={"name": "x"})
        assert wrong.status_code == 422
