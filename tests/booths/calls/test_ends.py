"""Contracts hold what was sent, end whatever came before, and start again with all the money."""

from datetime import timedelta

from server import clock, jobs
from server.database import row, rows, value
from tests.booths.calls.test_refusals import sent_application
from tests.booths.calls.test_story import admit, done, open_call, stand_ids
from tests.cast import Cast, Someone


async def transfer(finn: Someone, reference: str, minor: int, bank_ref: str) -> None:
    """Finn reads a transfer off the statement."""
    done(
        await finn.send_form(
            "/desk/money/transfer",
            {
                "received_on": clock.today("Europe/Berlin").isoformat(), "currency": "EUR",
                "amount": f"{minor / 100:.2f}", "reference": reference,
                "payer": "Quinta do Vale", "bank_ref": bank_ref,
            },
        )
    )  # fmt: skip
    await jobs.drain()


async def admitted(cast: Cast) -> tuple[int, int, int]:
    """An admitted application of Ana's, its stand, its invoice."""
    made = await open_call(cast.mara)
    application = await sent_application(cast.ana, made["call"])
    stand = (await stand_ids(made["booth"]))[0]
    done(await admit(cast.mara, application, stand))
    return application, stand, int(await value("SELECT id FROM invoice WHERE kind = 'invoice'"))


async def state_of(application: int) -> str:
    return str(await value("SELECT state FROM application WHERE id = $1", application))


async def test_what_was_typed_after_sending_is_in_no_contract(cast: Cast) -> None:
    """Services and consent count as they were sent; nobody at the agency reads the rest."""
    made = await open_call(cast.mara)
    application = await sent_application(cast.ana, made["call"])
    service = await value("SELECT id FROM fee WHERE kind = 'service'")
    done(
        await cast.ana.send_form(
            f"/my/applications/{application}/services", {f"service_{service}": "2"}
        )
    )
    program = await cast.mara.program()
    seen = (await program.get(f"/api/v1/desk/applications/{application}")).json()
    await program.aclose()
    assert seen["draft"]["services"] == {"services": {str(service): 1}}
    done(await admit(cast.mara, application, (await stand_ids(made["booth"]))[0]))
    assert await value("SELECT taken FROM fee WHERE id = $1", service) == 1
    assert await value("SELECT services FROM admission") == {str(service): 1}


async def test_the_agencys_note_is_for_the_agency(cast: Cast) -> None:
    """Neither the page nor the API tells it to the company."""
    made = await open_call(cast.mara)
    application = await sent_application(cast.ana, made["call"])
    path = f"/desk/applications/{application}"
    done(await cast.mara.send_form(path, {"note": "Late payer in 2024"}, to=f"{path}/note"))
    assert "Late payer" in (await cast.mara.get(path)).text
    program = await cast.ana.program()
    told = await program.get(f"/api/v1/my/applications/{application}")
    await program.aclose()
    assert told.status_code == 200
    assert "Late payer" not in told.text
    assert "Late payer" not in (await cast.ana.get(f"/my/applications/{application}")).text


async def test_an_admission_ends_although_its_invoice_was_cancelled_by_hand(cast: Cast) -> None:
    """Neither a lapse nor a release stumbles over it: stand, area and aid are free again."""
    application, _, invoice = await admitted(cast)
    done(
        await cast.finn.send_form(
            f"/desk/money/invoices/{invoice}/cancel", {"why": "Wrong name.", "aid": "keep"}
        )
    )
    with clock.travel_everywhere(clock.now() + timedelta(days=16)):
        await jobs.sweep("calls.lapse")
    assert await state_of(application) == "lapsed"
    assert await value("SELECT allocated_m2 FROM booth") == 0
    assert await value("SELECT committed_minor FROM scheme") == 0
    assert await value("SELECT count(*) FROM invoice WHERE kind = 'credit_note'") == 1


async def test_flagged_money_keeps_the_stand_until_a_person_has_looked(cast: Cast) -> None:
    """A cent too much is no reason to give the stand away."""
    application, _, invoice = await admitted(cast)
    asked = await row("SELECT reference, total_minor FROM invoice WHERE id = $1", invoice)
    assert asked is not None
    await transfer(cast.finn, asked["reference"], asked["total_minor"] + 1, "A-1")
    assert await value("SELECT state FROM payment") == "flagged"
    with clock.travel_everywhere(clock.now() + timedelta(days=16)):
        await jobs.sweep("calls.lapse")
        assert await state_of(application) == "admitted"


async def test_reviving_takes_as_much_of_all_late_money_as_is_asked_for(cast: Cast) -> None:
    """Somebody who paid twice, too late, gets the stand; the second payment goes on waiting."""
    application, stand, invoice = await admitted(cast)
    asked = await row("SELECT reference, total_minor FROM invoice WHERE id = $1", invoice)
    assert asked is not None
    with clock.travel_everywhere(clock.now() + timedelta(days=16)):
        await jobs.sweep("calls.lapse")
    for bank_ref in ("A-1", "A-2"):
        await transfer(cast.finn, asked["reference"], asked["total_minor"], bank_ref)
    path = f"/desk/applications/{application}"
    done(
        await cast.mara.send_form(
            f"{path}/revive?stand={stand}", {"stand": stand}, to=f"{path}/revive"
        )
    )
    await jobs.drain()
    assert await state_of(application) == "confirmed"
    states = await rows("SELECT state, matched_minor FROM payment ORDER BY id")
    assert [each["state"] for each in states] == ["matched", "late"]
    assert states[1]["matched_minor"] == 0


async def test_services_are_checked_when_they_are_ordered(cast: Cast) -> None:
    """What is not on the list, or not in stock, is refused at once and locks nobody out."""
    made = await open_call(cast.mara)
    application = await sent_application(cast.ana, made["call"])
    service = await value("SELECT id FROM fee WHERE kind = 'service'")
    program = await cast.ana.program()
    path = f"/api/v1/my/applications/{application}"
    for odd in ({"abc": 1}, {"²": 1}, {str(service + 999): 1}, {str(service): 3}, {"": 1}):
        answer = await program.post(f"{path}/services", json={"services": odd})
        assert answer.status_code == 422, (odd, answer.text)
    assert (await program.get(f"{path}/quote")).status_code == 200
    await program.aclose()
    typed = await cast.ana.send_form(
        f"/my/applications/{application}/services", {f"service_{service}": "3"}
    )
    assert typed.status_code == 422
    assert "2 are left" in typed.text


async def test_calls_of_one_name_get_addresses_of_their_own(cast: Cast) -> None:
    """Whatever numbers or letters their titles have."""
    made = await open_call(cast.mara)
    shown = await value("SELECT opens_at FROM call")
    form = {
        "booth": made["booth"], "price_list": made["prices"], "scheme": made["scheme"],
        "opens_at": f"{shown:%Y-%m-%dT%H:%M}", "closes_at": "2099-01-01T00:00",
        "payment_days": "14",
    }  # fmt: skip
    for title in ("Spring fair", "Spring fair 3", "Spring fair", "Spring fair", "日本食品展示会"):
        done(await cast.mara.send_form("/desk/calls/new", {**form, "title": title}))
    slugs = [each["slug"] for each in await rows("SELECT slug FROM call ORDER BY id OFFSET 1")]
    assert slugs == ["spring-fair", "spring-fair-3", "spring-fair-2", "spring-fair-4", "call"]
