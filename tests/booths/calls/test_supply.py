"""Bare space: VAT of the State where the land lies, from the setting to the invoice."""

from datetime import timedelta

from server import clock
from server.database import execute, row, value
from tests.booths.calls.test_story import admit, done, fill, id_in, open_call, send, stand_ids
from tests.cast import Cast


async def test_fee_for_bare_space_carries_the_vat_of_the_land(cast: Cast) -> None:
    made = await open_call(cast.mara)
    call = made["call"]
    page = await cast.mara.send_form(f"/desk/calls/{call}/vat", {"supply": "bare_space"})
    assert page.status_code == 409, "published: companies rely on it"
    assert "A stand with services" in (await cast.vera.get(f"/desk/calls/{call}/vat")).text
    await execute("INSERT INTO call_supply (call, supply) VALUES ($1, 'bare_space')", call)
    application = await fill(cast.ana, call)
    assert (await send(cast.ana, application)).status_code == 303
    stand = (await stand_ids(made["booth"]))[0]
    done(await admit(cast.mara, application, stand))
    found = await row("SELECT content FROM invoice")
    assert found is not None
    vat = found["content"]["vat"]
    assert (vat["code"], vat["country"], vat["rate_bp"]) == ("land_rule", "DE", 1900)
    assert vat["check"], "somebody should look"
    assert vat["reason"].startswith("Bare space only")


async def test_draft_says_what_its_fee_buys(cast: Cast) -> None:
    made = await open_call(cast.mara)
    now = clock.local(clock.now(), "Europe/Berlin").replace(tzinfo=None)
    draft = id_in(
        done(
            await cast.mara.send_form(
                "/desk/calls/new",
                {
                    "title": "Bare space in Cologne", "booth": made["booth"],
                    "price_list": made["prices"],
                    "opens_at": (now + timedelta(days=30)).isoformat("T", "minutes"),
                    "closes_at": (now + timedelta(days=40)).isoformat("T", "minutes"),
                    "payment_days": "14", "text": "Later.",
                },
            )
        )
    )  # fmt: skip
    path = f"/desk/calls/{draft}/vat"
    assert (await cast.mara.send_form(path, {"supply": "land"})).status_code == 422
    done(await cast.mara.send_form(path, {"supply": "bare_space"}))
    assert await value("SELECT supply FROM call_supply WHERE call = $1", draft) == "bare_space"
    assert "Bare space only" in (await cast.mara.get(f"/desk/calls/{draft}")).text
