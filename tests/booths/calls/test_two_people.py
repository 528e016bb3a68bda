"""Everything that ends contracts above the agency's limit waits for a second person."""

from typing import Any

import pytest

from server import clock, jobs
from server.billing import checks, payments
from server.database import action, execute, row, rows, value
from tests.booths.calls import test_paying
from tests.booths.calls.test_ends import state_of
from tests.booths.calls.test_story import done
from tests.booths.offers.conftest import List
from tests.booths.offers.conftest import waiting as waiting
from tests.booths.offers.test_cancelling import SURE, pay_by_card
from tests.booths.offers.test_moving import press
from tests.booths.withdrawals.test_cancelling import in_steps
from tests.cast import Cast, Someone

receive = action(payments.receive)


async def limited(cast: Cast) -> None:
    done(await cast.olga.send_form("/desk/approvals", {"limit": "100"}))


async def decide(who: Someone, approval: str) -> str:
    done(await who.send_form(approval, {"decision": "approve"}))
    return str(await value("SELECT state FROM approval ORDER BY id DESC LIMIT 1"))


@pytest.mark.parametrize(
    ("path", "more", "becomes"),
    [
        ("vacate", {"to": "wait_listed", "why": "The hall was changed."}, "wait_listed"),
        ("exclude", {"why": "False declaration."}, "excluded"),
    ],
)
async def test_an_admission_that_is_ended_in_another_way_waits_too(
    waiting: List, path: str, more: dict[str, Any], becomes: str
) -> None:
    cast, first = waiting.world.cast, waiting.application(0)
    await limited(cast)
    to = done(await press(waiting.mara, f"/desk/applications/{first}/{path}", **more))
    assert "/desk/approvals/" in to
    assert await state_of(first) == "admitted"
    assert (await waiting.mara.send_form(to, {"decision": "approve"})).status_code == 422
    assert await decide(cast.olga, to) == "approved"
    assert await state_of(first) == becomes
    assert await checks.faults() == []


async def test_who_holds_no_stand_is_excluded_by_one_person(waiting: List) -> None:
    await limited(waiting.world.cast)
    path = f"/desk/applications/{waiting.application(2)}/exclude"
    done(await press(waiting.mara, path, why="False declaration."))
    assert await state_of(waiting.application(2)) == "excluded"


async def test_a_whole_call_is_cancelled_by_two_and_never_on_other_numbers(waiting: List) -> None:
    cast, path = waiting.world.cast, f"/desk/calls/{waiting.world.call}/cancel"
    await limited(cast)
    first = done(await press(waiting.mara, path, **SURE))
    assert "/desk/approvals/" in first
    await pay_by_card(await value("SELECT id FROM invoice"), 1000)
    assert "Out of date" in (await cast.olga.get(first)).text
    assert await decide(cast.olga, first) == "stale"
    assert await value("SELECT state FROM call") == "published"
    again = done(await press(waiting.mara, path, **SURE))
    assert "applications" in (await cast.olga.get(again)).text
    assert await decide(cast.olga, again) == "approved"
    assert await value("SELECT state FROM call") == "cancelled"
    assert await value("SELECT sum(amount_minor) FROM refund") == 1000


async def by_card(cast: Cast) -> int:
    """An admission whose deposit came by card; withdrawing costs a tenth."""
    application = await test_paying.admitted(cast, await in_steps(cast))
    deposit = await row("SELECT id, agency, total_minor FROM invoice")
    assert deposit is not None
    await receive(
        agency_id=deposit["agency"], invoice_id=deposit["id"], method="card",
        amount_minor=deposit["total_minor"], currency="EUR", received_at=clock.now(),
        external_ref="pi_1", reference="",
    )  # fmt: skip
    await jobs.drain()
    return application


async def leave(cast: Cast, application: int) -> None:
    cost = await value("SELECT net_minor FROM quote ORDER BY id DESC LIMIT 1") // 10
    path = f"/my/applications/{application}/leave"
    done(await cast.ana.send_form(path, {"seen_cost": str(cost), "sure": "on"}))


async def test_a_company_goes_at_once_and_its_money_follows_a_second_look(cast: Cast) -> None:
    application = await by_card(cast)
    await limited(cast)
    await leave(cast, application)
    assert await state_of(application) == "withdrawn"
    assert await value("SELECT count(*) FROM allocation WHERE state <> 'released'") == 0
    assert await value("SELECT count(*) FROM refund") == 0
    asked = await row("SELECT id, act, asked_by FROM approval")
    assert asked is not None
    assert (asked["act"], asked["asked_by"]) == ("refund", None)
    assert await decide(cast.finn, f"/desk/approvals/{asked['id']}") == "approved"
    assert await value("SELECT count(*) FROM refund") == 1
    assert await checks.faults() == []


async def test_a_refund_that_waits_already_holds_no_company_back(cast: Cast) -> None:
    application = await by_card(cast)
    await limited(cast)
    payment = await value("SELECT id FROM payment")
    path = f"/desk/money/payments/{payment}"
    done(
        await cast.finn.send_form(path, {"amount": "500", "why": "Goodwill."}, to=f"{path}/refund")
    )
    await leave(cast, application)
    assert await state_of(application) == "withdrawn"
    asked = await rows("SELECT id FROM approval")
    assert len(asked) == 1
    assert await decide(cast.mara, f"/desk/approvals/{asked[0]['id']}") == "stale"
    assert await value("SELECT count(*) FROM refund") == 0
    assert f"/desk/money/payments/{payment}" in (await cast.finn.get("/desk/money")).text
    assert await checks.faults() == []


async def test_a_payment_in_dispute_holds_no_company_back(cast: Cast) -> None:
    """Its bank decides about the money; the contract ends all the same."""
    application = await by_card(cast)
    await in_dispute()
    await leave(cast, application)
    assert await state_of(application) == "withdrawn"
    assert await value("SELECT count(*) FROM refund") == 0
    assert await checks.faults() == []


async def in_dispute() -> None:
    await execute(
        "INSERT INTO dispute (payment, external_ref, amount_minor, held_minor, currency, reason,"
        " state, opened_at) SELECT id, 'dp_1', amount_minor, 0, currency, 'general',"
        " 'warning_needs_response', now() FROM payment"
    )


async def test_a_payment_in_dispute_holds_no_cancelled_call_back(waiting: List) -> None:
    await pay_by_card(await value("SELECT id FROM invoice"), 1000)
    await in_dispute()
    done(await press(waiting.mara, f"/desk/calls/{waiting.world.call}/cancel", **SURE))
    assert await value("SELECT state FROM call") == "cancelled"
    assert await value("SELECT count(*) FROM refund") == 0


async def test_the_preview_names_who_is_first_on_the_waiting_list(waiting: List) -> None:
    await execute("UPDATE call SET state = 'draft'")
    steps = [{"starts": "always", "days": 0, "cost": {"share_bp": 1000}}]
    await execute(
        "INSERT INTO withdrawal_terms (call, steps, taxed) VALUES ($1, $2, false)",
        waiting.world.call,
        steps,
    )
    await execute("UPDATE call SET state = 'published'")
    first = await value(
        "SELECT c.name FROM application x JOIN company c ON c.id = x.company WHERE x.id = $1",
        waiting.application(1),
    )
    shown = await waiting.mara.get(f"/desk/applications/{waiting.application(0)}/withdrawal")
    assert f"{first} is first." in shown.text
