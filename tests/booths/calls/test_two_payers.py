"""A contract of which another pays a part: both parts make it sure, either keeps it alive."""

from datetime import timedelta

from server import clock, jobs
from server.billing import checks
from server.database import execute, row, rows, value
from tests.booths.calls.test_ends import state_of, transfer
from tests.booths.calls.test_paying import admitted, with_terms
from tests.booths.calls.test_story import done, open_call, stand_ids
from tests.cast import Cast
from tests.server.billing.conftest import balances
from tests.server.billing.test_payers import PAYER


async def pay(cast: Cast, n: int) -> None:
    """Pay the n-th invoice as a whole, whoever it is written to."""
    found = await rows(
        "SELECT reference, total_minor FROM invoice WHERE credits IS NULL ORDER BY id"
    )
    await transfer(cast.finn, found[n]["reference"], found[n]["total_minor"], f"B-{n}")


async def test_prepayments_of_both_are_taken_off_and_both_make_it_sure(cast: Cast) -> None:
    await execute(
        "UPDATE company SET country = 'DE', vat_id = 'DE136695976' WHERE id = $1", cast.quinta
    )
    done(await cast.ana.send_form("/my/company/payer", {**PAYER, "share": "percent",
                                                        "percent": "40"}))  # fmt: skip
    application = await admitted(cast, await with_terms(cast))
    theirs, _ = await rows("SELECT * FROM invoice ORDER BY id")
    assert theirs["vat_minor"] == 0, "reverse charge for the payer abroad"
    await pay(cast, 1)
    assert await state_of(application) == "admitted", "the payer's part is open"
    shown = (await cast.ana.get(f"/my/applications/{application}")).text
    assert theirs["number"] in shown
    await pay(cast, 0)
    assert await state_of(application) == "confirmed"
    opens = await value("SELECT starts_on FROM fair")
    wait = (opens - clock.today("Europe/Berlin")).days
    with clock.travel_everywhere(clock.now() + timedelta(days=wait - 90)):
        await cast.finn.arrive()
        await jobs.sweep("billing.ladders")
        quote = await row("SELECT net_minor, vat_minor FROM quote ORDER BY id DESC LIMIT 1")
        assert quote is not None
        found = await rows("SELECT * FROM invoice WHERE credits IS NULL ORDER BY id")
        assert [each["kind"] for each in found] == ["prepayment"] * 2 + ["invoice"] * 2
        assert sum(each["net_minor"] for each in found) == quote["net_minor"]
        own = sum(each["vat_minor"] for each in found)
        assert abs(own - quote["vat_minor"]) <= 2, "quoted with each part's own VAT"
        assert len(found[3]["content"]["prepaid"]) == 3
        assert "advance" not in await balances()
        assert await checks.faults() == []
        await pay(cast, 3)
        await pay(cast, 2)
    assert await checks.faults() == []
    assert await value("SELECT state FROM payment WHERE state <> 'matched'") is None


async def test_money_of_the_payer_alone_keeps_the_stand(cast: Cast) -> None:
    done(await cast.ana.send_form("/my/company/payer", {**PAYER, "share": "percent",
                                                        "percent": "50"}))  # fmt: skip
    ground = await open_call(cast.mara)
    application = await admitted(cast, ground)
    await pay(cast, 0)
    with clock.travel_everywhere(clock.now() + timedelta(days=100)):
        await jobs.sweep("calls.lapse")
    assert await state_of(application) == "admitted"
    why = {"why": "The exhibitor never paid."}
    done(await cast.mara.send_form(f"/desk/applications/{application}/release", why))
    stand = (await stand_ids(ground["booth"]))[0]
    path = f"/desk/applications/{application}"
    revived = await cast.mara.send_form(
        f"{path}/revive?stand={stand}", {"stand": stand}, to=f"{path}/revive"
    )
    done(revived)
    part, own = await rows(
        "SELECT state FROM invoice WHERE credits IS NULL AND state <> 'credited' ORDER BY id"
    )
    assert (part["state"], own["state"]) == ("paid", "open"), "the payer's money stays the payer's"
    assert await checks.faults() == []
