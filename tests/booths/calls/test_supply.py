"""Bare space: VAT of the State where the land lies, from the setting to the invoice."""

from datetime import timedelta

from server import clock, jobs
from server.billing import checks, papers
from server.database import execute, row, rows, value
from tests.booths.calls.test_paying import admitted, with_terms
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


async def test_prepayment_of_a_mixed_contract_is_taxed_in_its_parts(cast: Cast) -> None:
    """A stand for a firm abroad with a service that is taxed at the fair: both treatments stand on
    the quote, on the prepayment and, taken off again, on the final invoice."""
    await execute(
        "UPDATE company SET country = 'PT', vat_id = 'PT502757191' WHERE id = $1", cast.quinta
    )
    ground = await with_terms(cast)
    await execute("ALTER TABLE fee DISABLE TRIGGER USER")  # the call is open: its prices stand
    await execute("UPDATE fee SET supply = 'catering' WHERE kind = 'service'")
    await execute("ALTER TABLE fee ENABLE TRIGGER USER")
    application = await admitted(cast, ground)
    quote = await row("SELECT * FROM quote ORDER BY id DESC LIMIT 1")
    assert quote is not None
    codes = ["reverse_charge", "catering_state"]
    assert [each["vat"]["code"] for each in quote["taxes"]] == codes
    assert "Art. 55" in (await cast.mara.get(f"/desk/applications/{application}")).text
    items = await rows("SELECT total_minor FROM due_item ORDER BY n")
    assert sum(each["total_minor"] for each in items) == quote["total_minor"]
    opens = await value("SELECT starts_on FROM fair")
    wait = (opens - clock.today("Europe/Berlin")).days
    with clock.travel_everywhere(clock.now() + timedelta(days=wait - 90)):
        await jobs.sweep("billing.ladders")
    first, last = await rows("SELECT * FROM invoice ORDER BY id")
    for invoice in (first, last):
        assert [each["code"] for each in invoice["content"]["taxes"]] == codes
        assert papers.structured(invoice["content"]), "valid, and in the PDF"
    assert first["vat_minor"] > 0
    assert first["vat_minor"] + last["vat_minor"] == quote["vat_minor"]
    assert {each["code"] for each in last["content"]["prepaid"]} == set(codes)
    assert all(each["base_minor"] >= 0 for each in last["content"]["taxes"])
    assert await checks.faults() == []
