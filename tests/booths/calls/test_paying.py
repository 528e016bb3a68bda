"""A call that is paid in steps, who is sure before paying, and who may move in."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from server import clock, jobs
from server.billing import checks
from server.database import execute, row, rows, value
from tests.booths.calls.test_ends import state_of, transfer
from tests.booths.calls.test_refusals import sent_application
from tests.booths.calls.test_story import admit, done, open_call, stand_ids
from tests.cast import Cast

TERMS = {
    "name": "Half as deposit", "lead_days": "30",
    "name_1": "Deposit", "anchor_1": "admission", "days_1": "14", "share_1": "50",
    "guarantees_1": "on",
    "name_2": "Balance", "anchor_2": "opening", "days_2": "60", "share_2": "50",
}  # fmt: skip


async def with_terms(
    cast: Cast, before: Callable[[], Awaitable[None]] | None = None, **changes: Any
) -> dict[str, int]:
    """An open call whose payment was set while it was a draft, after what `before` set."""
    ground = await open_call(cast.mara)
    call = ground["call"]
    await execute("UPDATE call SET state = 'draft' WHERE id = $1", call)
    if before:
        await before()
    done(await cast.mara.send_form("/desk/money/terms", TERMS))
    terms = await value("SELECT id FROM payment_terms")
    path = f"/desk/calls/{call}/payment"
    done(await cast.mara.send_form(path, {"terms": terms, "move_in": "paid", **changes}))
    await execute("UPDATE call SET state = 'published' WHERE id = $1", call)
    return ground


async def admitted(cast: Cast, ground: dict[str, int]) -> int:
    application = await sent_application(cast.ana, ground["call"])
    stand = (await stand_ids(ground["booth"]))[0]
    done(await admit(cast.mara, application, stand))
    return application


async def pay(cast: Cast, n: int) -> None:
    """Pay the n-th invoice as a whole."""
    found = await rows(
        "SELECT reference, total_minor FROM invoice WHERE credits IS NULL ORDER BY id"
    )
    await transfer(cast.finn, found[n]["reference"], found[n]["total_minor"], f"B-{n}")


async def test_the_deposit_makes_the_place_sure_and_the_balance_opens_the_door(
    cast: Cast,
) -> None:
    ground = await with_terms(cast)
    slug = await value("SELECT slug FROM call WHERE id = $1", ground["call"])
    assert "with it the place is sure" in (await cast.ana.get(f"/calls/{slug}")).text
    application = await admitted(cast, ground)
    mine = f"/my/applications/{application}"
    shown = (await cast.ana.get(mine)).text
    assert "Deposit" in shown
    assert "May not move in yet" in shown
    hub = (await cast.ana.get(f"{mine}/hub")).text
    number = await value("SELECT number FROM invoice")
    assert "To be paid before moving in" in hub
    assert number in hub, "the page says what to pay, and where"
    first = await row("SELECT kind, total_minor FROM invoice")
    assert first is not None
    assert first["kind"] == "prepayment"
    dates = await rows(
        "SELECT key, status FROM calendar_item WHERE key LIKE '%:payment%' ORDER BY key"
    )
    assert [each["status"] for each in dates] == ["confirmed", "confirmed"]
    await pay(cast, 0)
    assert await state_of(application) == "confirmed"
    opens = await value("SELECT starts_on FROM fair")
    wait = (opens - clock.today("Europe/Berlin")).days
    with clock.travel_everywhere(clock.now() + timedelta(days=wait - 90)):
        await cast.finn.arrive()
        await jobs.sweep("billing.ladders")
        await pay(cast, 1)
    listed = (await cast.mara.get(f"/desk/calls/{ground['call']}/on-site")).text
    hub = (await cast.ana.get(f"{mine}/hub")).text
    assert "May move in" in hub
    assert "To be paid before moving in" not in hub
    final = await row("SELECT content FROM invoice WHERE kind = 'invoice'")
    assert final is not None
    assert len(final["content"]["prepaid"]) == 1
    assert "May move in" in listed
    assert await checks.faults() == []
    assert not await rows(
        "SELECT 1 FROM calendar_item WHERE key LIKE '%:payment%' AND status <> 'cancelled'"
    )


async def test_a_manager_lets_in_who_has_not_paid(cast: Cast) -> None:
    ground = await with_terms(cast)
    application = await admitted(cast, ground)
    path = f"/desk/applications/{application}/move-in"
    assert (await cast.finn.get(path)).status_code == 403
    done(await cast.mara.send_form(path, {"why": "Paid in cash on site."}))
    listed = await cast.vera.get(f"/desk/calls/{ground['call']}/on-site.csv")
    line = listed.text.splitlines()[1]
    assert ",yes," in line
    assert "Paid in cash on site." in line
    again = await cast.mara.send_form(path, {"why": "Paid in cash on site."})
    assert again.status_code == 409


async def test_everything_of_a_ladder_goes_back_with_its_contract(cast: Cast) -> None:
    ground = await with_terms(cast)
    application = await admitted(cast, ground)
    await pay(cast, 0)
    done(
        await cast.mara.send_form(
            f"/desk/applications/{application}/release", {"why": "No longer an SME."}
        )
    )
    assert await value("SELECT count(*) FROM invoice WHERE state = 'credited'") == 1
    assert await value("SELECT state FROM payment") == "late"
    with clock.travel_everywhere(clock.now() + timedelta(days=250)):
        await jobs.sweep("billing.ladders")
    assert await value("SELECT count(*) FROM invoice WHERE credits IS NULL") == 1
    stand = (await stand_ids(ground["booth"]))[0]
    path = f"/desk/applications/{application}"
    done(
        await cast.mara.send_form(
            f"{path}/revive?stand={stand}", {"stand": stand}, to=f"{path}/revive"
        )
    )
    await jobs.drain()
    assert await state_of(application) == "confirmed"
    assert await checks.faults() == []


async def test_a_public_body_is_confirmed_before_it_pays_and_never_lapses(cast: Cast) -> None:
    ground = await open_call(cast.mara)
    path = f"/desk/companies/{cast.quinta}/public-body"
    wrong = await cast.finn.send_form(
        path, {"term_days": "60", "why": "Law 12/1998, article 3."},
        files={"evidence": ("law.exe", b"MZ no paper", "application/pdf")},
    )  # fmt: skip
    assert wrong.status_code == 422
    assert "Law 12/1998" in wrong.text, "what was typed is not lost"
    done(
        await cast.finn.send_form(
            path, {"term_days": "60", "why": "Law 12/1998, article 3."},
            files={"evidence": ("law.pdf", b"%PDF-1.7 law %%EOF", "application/pdf")},
        )
    )  # fmt: skip
    paper = await value("SELECT evidence FROM public_payer")
    assert f"/documents/{paper}" in (await cast.vera.get(path)).text
    assert (await cast.finn.get(f"/documents/{paper}")).content == b"%PDF-1.7 law %%EOF"
    assert (await cast.nils.get(f"/documents/{paper}")).status_code == 404
    assert (await cast.ana.get(f"/documents/{paper}")).status_code == 404
    application = await admitted(cast, ground)
    assert await state_of(application) == "confirmed"
    for who, page in (
        (cast.ana, f"/my/applications/{application}"),
        (cast.mara, f"/desk/applications/{application}"),
        (cast.mara, "/desk/applications"),
    ):
        assert "Confirmed, unpaid" in (await who.get(page)).text
    due = await value("SELECT due_on FROM invoice")
    assert due == clock.today("Europe/Berlin") + timedelta(days=60)
    with clock.travel_everywhere(clock.now() + timedelta(days=100)):
        await jobs.sweep("calls.lapse")
    assert await state_of(application) == "confirmed"


async def test_a_call_in_another_currency_takes_no_fixed_amount(cast: Cast) -> None:
    ground = await open_call(cast.mara)
    await execute("UPDATE call SET state = 'draft' WHERE id = $1", ground["call"])
    await execute("UPDATE agency SET currency = 'PLN' WHERE id = $1", cast.nordhafen)
    fixed = {
        "name": "Fixed", "lead_days": "30", "name_1": "Deposit", "anchor_1": "admission",
        "days_1": "14", "fixed_1": "500", "name_2": "Balance", "anchor_2": "opening",
        "days_2": "60",
    }  # fmt: skip
    done(await cast.mara.send_form("/desk/money/terms", fixed))
    terms = await value("SELECT id FROM payment_terms")
    path = f"/desk/calls/{ground['call']}/payment"
    answer = await cast.mara.send_form(path, {"terms": terms, "move_in": "free"})
    assert answer.status_code == 422
    assert "a fixed amount in PLN, and this call is in EUR" in answer.text


async def test_a_published_call_keeps_how_it_is_paid(cast: Cast) -> None:
    ground = await with_terms(cast)
    path = f"/desk/calls/{ground['call']}/payment"
    assert (await cast.mara.send_form(path, {"terms": "", "move_in": "free"})).status_code == 409


async def test_invoice_list_shows_what_is_due_when(cast: Cast) -> None:
    """Every step of a contract that is not paid, invoiced or not; a paid one is gone."""
    await admitted(cast, await with_terms(cast))
    due = await rows("SELECT * FROM due_item ORDER BY n")
    page = (await cast.ana.get("/my/invoices")).text
    shown = page[page.index("What is due when") :]
    assert shown.index("Deposit") < shown.index("Balance") < shown.index("is issued on")
    await pay(cast, 0)
    after = (await cast.ana.get("/my/invoices")).text
    assert "Deposit" not in after[after.index("What is due when") : after.index("All invoices")]
    assert "What is due when" not in (await cast.carla.get("/my/invoices")).text
    assert len(due) == 2
