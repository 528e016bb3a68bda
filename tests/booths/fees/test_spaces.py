"""Ways to take space on the pages of a price list, its editions, and copies with all of them."""

import html
from datetime import date
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from booths.fees import actions, queries
from booths.fees.pricing import Choice
from booths.fees.rules import quote
from booths.plans.rules import StandKind
from server import clock
from server.aid.rules import Mode, SchemeTerms, Source
from server.billing.vat import VatDecision
from server.database import action, execute, value
from tests.booths.fees.conftest import Stall

VAT = VatDecision(1_900, "domestic", "VAT of DE")
BUILT = {
    "name": "With stand construction", "by": "m2", "minimum_m2": "9", "up_to_1": "100",
    "full_1": "907", "aided_1": "325", "full_2": "907",
}  # fmt: skip
UNIT = {
    "name": "Ready unit", "by": "package", "unit_m2": "12", "full_1": "2160",
    "aided_1": "0; 500; 1,000", "full_2": "180",
}  # fmt: skip


@action
async def freeze(price_list_id: int) -> None:
    """A call is published with the list."""
    await actions.freeze(price_list_id)


async def page(stall: Stall, path: str = "") -> str:
    """A page of the list as Mara reads it."""
    answer = await stall.cast.mara.get(stall.path + path)
    assert answer.status_code == 200
    return html.unescape(answer.text)


async def post(stall: Stall, path: str, data: dict[str, Any]) -> Any:
    return await stall.cast.mara.send_form(stall.path + path, data)


async def test_list_gets_ways_and_prices_by_them(stall: Stall) -> None:
    assert (await post(stall, "/spaces/new", UNIT)).status_code == 303
    assert (await post(stall, "/spaces/1", BUILT)).status_code == 303
    await stall.add_fee(name="Registration", amount="690", included_in=["2"])
    found = await queries.prices(stall.price_list)
    assert [way.name for way in found.ways] == ["With stand construction", "Ready unit"]
    assert (found.full_per_m2_minor, found.per_m2_minor) == (90_700, 32_500)
    source = Source(SchemeTerms(1, "Abroad", "de_minimis", Mode.FIXED_PRICE, "EUR"))
    built = quote(found, Choice(Decimal(12), space="1"), [source], VAT, date(2026, 11, 23))
    assert (built.full_minor, built.aid_minor, built.net_minor) == (1_157_400, 698_400, 459_000)
    unit = Choice(Decimal(14), StandKind.CORNER, space="2", participation=2)
    second = quote(found, unit, [source], VAT, date(2026, 11, 23))
    assert (second.full_minor, second.aid_minor) == (216_000 + 36_000 + 25_000, 166_000)
    shown = await page(stall, "?space=2&area=14&stand=row")
    for words in (
        "12 m² at one price", "per m², up to 100 m²", "€0.00 the first time",
        "€1,000.00 from then on",
        "included in “Ready unit”", "Included in “Ready unit”.", "€2,520.00",
    ):  # fmt: skip
        assert words in shown, words


async def test_worked_example_shows_usual_areas_as_row_and_corner(stall: Stall) -> None:
    shown = await page(stall)
    table = shown[shown.index("At a glance") :]
    for amount in ("€8,163.00", "€8,413.00", "€10,884.00", "€16,326.00", "€21,768.00"):
        assert amount in table
    modules = {"name": "Module", "by": "module", "unit_m2": "9", "up_to_1": "2", "full_1": "3600"}
    assert (await post(stall, "/spaces/new", modules)).status_code == 303
    shown = await page(stall, "?space=2")
    assert "No price" in shown[shown.index("At a glance") :]  # 24 m² are more than two modules


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"up_to_1": "100", "up_to_2": "50"}, "up_to_2", "must be more than in the row before"),
        ({"up_to_1": ""}, "full_2", "nothing can follow it"),
        ({"by": "module"}, "unit_m2", "Modules and packages have an area"),
        ({"aided_1": "1000"}, "aided_1", "more than the full price"),
        ({"aided_1": "free"}, "aided_1", "is not an amount"),
        ({"full_1": "1.2345"}, "full_1", "decimal places"),
        ({"aided_3": "5"}, "full_3", "needs its full price"),
    ],
)
async def test_way_that_makes_no_sense_is_refused_whole(
    stall: Stall, change: dict[str, str], field: str, says: str
) -> None:
    answer = await post(stall, "/spaces/new", BUILT | change)
    assert answer.status_code == 422
    assert says in html.unescape(answer.text)
    assert f'id="e-{field}"' in answer.text
    assert BUILT["name"] in answer.text
    assert await value("SELECT spaces FROM price_list WHERE id = $1", stall.price_list) == []


async def test_way_goes_with_what_was_included_in_it(stall: Stall) -> None:
    await post(stall, "/spaces/new", UNIT)
    await stall.add_fee(name="Registration", amount="690", included_in=["2"])
    assert (await post(stall, "/spaces/2/remove", {})).status_code == 303
    found = await queries.prices(stall.price_list)
    assert found.fees[0].included_in == ()
    assert (await post(stall, "/spaces/1/remove", {})).status_code == 422  # the last one stays


async def test_new_edition_holds_from_its_day_on(stall: Stall) -> None:
    await post(stall, "/spaces/new", UNIT)
    fee = await stall.add_fee(name="Counter", kind="service", unit="piece", amount="145", stock="3")
    assert (await post(stall, "/edition", {"valid_from": "2027-01-01"})).status_code == 409
    await freeze(stall.price_list)
    early = await post(stall, "/edition", {"valid_from": "2025-12-31"})
    assert "a new one begins later" in early.text
    day = clock.today("Europe/Berlin").replace(year=clock.now().year + 1)
    made = await post(stall, "/edition", {"valid_from": day.isoformat()})
    assert made.status_code == 303
    newer = await value("SELECT max(id) FROM price_list")
    assert await queries.in_force(stall.price_list, day) == stall.price_list
    later = Stall(stall.cast, stall.booth, newer, f"/desk/price-lists/{newer}")
    assert "is not in force" in await page(later)
    dearer = {**UNIT, "full_1": "2400", "aided_1": ""}
    assert (await post(later, "/spaces/2", dearer)).status_code == 303
    assert (await post(later, "/in-force", {})).status_code == 303
    assert await queries.in_force(stall.price_list, day) == newer
    before = day.replace(year=day.year - 1)
    assert await queries.in_force(stall.price_list, before) == stall.price_list
    found = await queries.prices_on(stall.price_list, day)
    assert found.way("2").steps[0].full_minor == 240_000
    services = await queries.prices_on(stall.price_list, day, stall.price_list)
    assert [one.id for one in services.fees] == [fee]  # one stock for all editions
    assert (await post(stall, "/edition", {"valid_from": day.isoformat()})).status_code in (
        409,
        422,
    )
    assert (await post(later, "/spaces/2", UNIT)).status_code in (409, 422)
    with pytest.raises(asyncpg.PostgresError):
        await execute("UPDATE price_list SET spaces = '[]' WHERE id = $1", newer)


async def test_copy_has_ways_rates_and_fees(stall: Stall) -> None:
    await post(stall, "/spaces/new", UNIT)
    await stall.add_fee(name="Registration", amount="690", included_in=["2"], reduced="100")
    copied = await post(stall, "/copy", {"booth": stall.booth, "name": "Next year"})
    assert copied.status_code == 303
    first = await queries.prices(stall.price_list)
    second = await queries.prices(await value("SELECT max(id) FROM price_list"))
    assert second.spaces == first.spaces
    assert second.fees[0].included_in == ("2",)
    assert second.fees[0].reduced_minor == 10_000


async def test_early_and_late_rates_are_decided_by_the_day_of_sending(stall: Stall) -> None:
    form = {
        "booth": stall.booth, "name": "With rates", "currency": "EUR", "full_per_m2": "100",
        "valid_from": "2026-01-01", "early_until": "2027-01-31", "early_percent": "10",
        "late_from": "2027-03-01", "late_more": "250", "side": "50", "sides_most": "3",
    }  # fmt: skip
    made = await stall.cast.mara.send_form("/desk/price-lists/new", form)
    assert made.status_code == 303, made.text
    found = await queries.prices(await value("SELECT max(id) FROM price_list"))

    def full(day: str, kind: StandKind = StandKind.ROW) -> int:
        choice = Choice(Decimal(10), kind, sent_on=date.fromisoformat(day))
        return quote(found, choice, (), VAT, date(2027, 6, 1)).full_minor

    assert [full(day) for day in ("2027-01-31", "2027-02-01", "2027-02-28", "2027-03-01")] == [
        90_000, 100_000, 100_000, 125_000,
    ]  # fmt: skip
    assert full("2027-02-01", StandKind.ISLAND) == 110_000  # three open sides at most
    wrong = await stall.cast.mara.send_form(
        "/desk/price-lists/new", form | {"late_from": "2027-01-31"}
    )
    assert wrong.status_code == 422
    assert "Late comes after early" in wrong.text
