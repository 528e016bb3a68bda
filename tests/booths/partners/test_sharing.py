"""Two agencies share a booth: offer, answer, allotment, what goes back, and who sees what."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booths.partners import actions, jobs
from booths.partners.rules import Allotment, owed, unused
from server import clock
from server.database import action, row, value
from server.errors import Conflict
from tests.booths.calls.test_story import done, fill, open_call, send, stand_ids
from tests.cast import Cast

areas = st.decimals(min_value=0, max_value=1000, places=2)


@given(areas, areas, st.integers(-30, 30))
def test_unused_area_goes_back_only_after_its_last_day(
    taken: Decimal, left: Decimal, days: int
) -> None:
    last = date(2027, 3, 1)
    allotment = Allotment(taken + left, taken, last)
    back = unused(allotment, last + timedelta(days=days))
    assert back == (left if days > 0 else 0)


@given(areas, st.integers(0, 100_000))
def test_a_partner_owes_for_what_it_keeps_to_the_cent(area: Decimal, price: int) -> None:
    assert abs(owed(area, price) - area * price) <= Decimal("0.5")


async def shared(cast: Cast, **terms: Any) -> tuple[int, int]:
    """Nordhafen offers Lagerwey 20 m² of its booth; booth and partnership."""
    ground = await open_call(cast.mara)
    booth = ground["booth"]
    answer = await cast.mara.send_form(
        f"/desk/booths/{booth}/partners/new",
        {
            "agency": cast.lagerwey, "allotted_m2": "20", "price_per_m2": "310.50",
            "budget": "5000", "returns_on": "2030-01-31", "terms": "", **terms,
        },
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    return booth, int(await value("SELECT max(id) FROM booth_partner"))


async def accepted(cast: Cast, **terms: Any) -> tuple[int, int]:
    booth, partner = await shared(cast, **terms)
    answer = await cast.nils.send_form(
        f"/desk/partnerships/{partner}", {"accept": "on", "version": "1"}
    )
    assert answer.status_code == 303, answer.text
    return booth, partner


async def test_an_offer_sets_the_area_aside_and_declining_gives_it_back(cast: Cast) -> None:
    booth, partner = await shared(cast)
    assert await value("SELECT reserved_m2 FROM booth WHERE id = $1", booth) == 20
    offered = await cast.nils.get("/desk/partnerships")
    assert f"/desk/partnerships/{partner}" in offered.text
    mails = await value(
        "SELECT count(*) FROM message WHERE agency = $1 AND key LIKE 'partner:%'", cast.lagerwey
    )
    assert mails >= 1
    await cast.nils.send_form(f"/desk/partnerships/{partner}", {"accept": "", "version": "1"})
    found = await row("SELECT state, allotted_m2 FROM booth_partner WHERE id = $1", partner)
    assert found == {"state": "declined", "allotted_m2": Decimal(0)}
    assert await value("SELECT reserved_m2 FROM booth WHERE id = $1", booth) == 0


async def test_terms_that_changed_meanwhile_are_not_accepted_unread(cast: Cast) -> None:
    _, partner = await shared(cast)
    changed = await cast.mara.send_form(
        f"/desk/partnerships/{partner}/edit",
        {"allotted_m2": "10", "price_per_m2": "400", "returns_on": "2030-01-31", "version": "1"},
    )
    assert changed.status_code == 303, changed.text
    answer = await cast.nils.send_form(
        f"/desk/partnerships/{partner}", {"accept": "on", "version": "1"}
    )
    assert answer.status_code == 409
    assert "The terms have changed" in answer.text
    assert await value("SELECT state FROM booth_partner WHERE id = $1", partner) == "invited"


async def test_a_partner_takes_of_its_allotment_and_of_its_budget_only(cast: Cast) -> None:
    booth, partner = await accepted(cast)

    @action
    async def take(m2: str, aid: int) -> None:
        await actions.take_area(cast.lagerwey, booth, Decimal(m2), aid)

    @action
    async def give_back(m2: str, aid: int) -> None:
        await actions.give_back_area(cast.lagerwey, booth, Decimal(m2), aid)

    await take("12", 300_000)
    with pytest.raises(Conflict, match="allotment"):
        await take("9", 0)
    with pytest.raises(Conflict, match="budget"):
        await take("8", 300_000)
    await take("8", 200_000)
    found = await row("SELECT allocated_m2, reserved_m2 FROM booth WHERE id = $1", booth)
    assert found == {"allocated_m2": Decimal(20), "reserved_m2": Decimal(0)}
    await give_back("8", 200_000)
    found = await row("SELECT allocated_m2, reserved_m2 FROM booth WHERE id = $1", booth)
    assert found == {"allocated_m2": Decimal(12), "reserved_m2": Decimal(8)}
    assert (
        await value("SELECT committed_minor FROM booth_partner WHERE id = $1", partner) == 300_000
    )


async def test_the_lead_cannot_give_away_what_is_promised(cast: Cast) -> None:
    booth, _ = await accepted(cast)
    net = await value("SELECT net_m2 FROM booth WHERE id = $1", booth)

    @action
    async def take(m2: Decimal) -> None:
        await actions.take_area(cast.nordhafen, booth, m2, 0)

    with pytest.raises(Conflict, match="are left"):
        await take(net - 19)
    await take(net - 20)


async def test_unused_area_goes_back_at_its_date_and_both_are_told(cast: Cast) -> None:
    booth, partner = await accepted(cast, returns_on="2029-06-30")
    with clock.travel(clock.now().replace(year=2029, month=6, day=30, hour=12)):
        await jobs.return_unused()
    assert await value("SELECT reserved_m2 FROM booth WHERE id = $1", booth) == 20
    with clock.travel(clock.now().replace(year=2029, month=7, day=1, hour=1)):
        await jobs.return_unused()
        await jobs.return_unused()
    assert await value("SELECT reserved_m2 FROM booth WHERE id = $1", booth) == 0
    told = await value(
        "SELECT count(DISTINCT agency) FROM message WHERE key LIKE $1",
        f"partner:{partner}:returned%",
    )
    assert told == 2


async def own_call(cast: Cast, booth: int) -> str:
    """Lagerwey's own prices and call for the booth; the address of the call."""
    listed = await cast.nils.get("/desk/price-lists/new")
    assert f'value="{booth}"' in listed.text
    made = await cast.nils.send_form(
        "/desk/price-lists/new",
        {
            "booth": booth, "name": "Lagerwey prices", "currency": "EUR", "full_per_m2": "420",
            "minimum_m2": "6", "corner": "0", "head": "0", "island": "0",
            "valid_from": "2026-01-01",
        },
    )  # fmt: skip
    assert made.status_code == 303, made.text
    prices = await value("SELECT max(id) FROM price_list")
    call = await cast.nils.send_form(
        "/desk/calls/new",
        {
            "title": "Lagerwey at the fair", "booth": booth, "price_list": prices,
            "opens_at": "2026-10-01T10:00", "closes_at": "2030-01-01T10:00", "payment_days": "14",
        },
    )  # fmt: skip
    assert call.status_code == 303, call.text
    return str(call.headers["location"]).partition("?")[0]


async def test_a_partner_writes_its_own_prices_and_call_for_the_booth(cast: Cast) -> None:
    booth, _ = await accepted(cast)
    shown = await cast.nils.get(await own_call(cast, booth))
    assert shown.status_code == 200


async def published_call(cast: Cast, **terms: Any) -> tuple[int, int, int]:
    """Booth, partnership and the open call of the partner."""
    booth, partner = await accepted(cast, **terms)
    page = await own_call(cast, booth)
    done(await cast.nils.send_form(page, {}, to=f"{page}/publish"))
    return booth, partner, int(page.rpartition("/")[2])


async def test_a_call_of_an_agency_that_has_left_the_booth_takes_no_application(cast: Cast) -> None:
    _, partner, call = await published_call(cast)
    mine = await fill(cast.ana, call)
    async with await cast.mara.program() as lead:
        path = f"/api/v1/partnerships/{partner}/end"
        assert (await lead.post(path, json={})).status_code == 200
    late = await cast.carla.send_form(f"/my/apply/{call}", {})
    assert late.status_code == 409
    assert "does not take part in this joint booth any more" in late.text
    async with await cast.ana.program() as program:
        path = f"/api/v1/my/applications/{mine}/submission"
        refused = await program.post(path, json={"seen_total": 0})
    assert refused.status_code == 409
    assert "What you wrote is kept" in refused.text


async def test_a_partner_keeps_no_more_stands_than_its_allotment_holds(cast: Cast) -> None:
    booth, _, call = await published_call(cast, allotted_m2="12")
    stands = await stand_ids(booth)
    kept = []
    for someone, stand in ((cast.ana, stands[0]), (cast.carla, stands[1])):
        application = await fill(someone, call)
        done(await send(someone, application))
        async with await cast.nils.program() as program:
            path = f"/api/v1/desk/applications/{application}/stand"
            seen = (await program.get(path)).json()["version"]
            form = {"stand": stand, "how": "reserve", "hours": 48, "seen": seen}
            kept.append(await program.post(path, json=form))
    assert kept[0].status_code == 200, kept[0].text
    assert kept[1].status_code == 422
    assert "Of your allotment in this joint booth 3 m² are left" in kept[1].text


async def test_another_agency_sees_neither_terms_nor_booth(cast: Cast) -> None:
    booth, partner = await shared(cast)
    assert (await cast.nils.get(f"/desk/booths/{booth}/partners")).status_code == 404
    assert (await cast.ana.get(f"/desk/partnerships/{partner}")).status_code in (303, 403, 404)
    assert (
        await cast.vera.send_form(
            f"/desk/partnerships/{partner}/end", {}, to=f"/desk/partnerships/{partner}/end"
        )
    ).status_code == 403
