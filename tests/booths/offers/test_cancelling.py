"""A call that falls below its minimum is cancelled as a whole, by a person who saw what it does."""

import os
import re
import time
from datetime import timedelta

import pytest

from booths.calls import deciding
from booths.calls.forms import AdmitForm, DecideForm
from booths.offers import cancelling, gates
from booths.offers.forms import CancelForm, GateForm
from booths.offers.rules import Cause, Gate, Needed, gate_now
from server import clock, jobs
from server.database import execute, row, rows, value
from tests.booths.calls.test_ends import transfer
from tests.booths.calls.test_story import done
from tests.booths.offers.conftest import List, mails, offers
from tests.concurrency.world import build

SURE = {"cause": "too_few", "why": "Only one company is left.", "sure": "on"}


def test_a_gate_is_met_far_near_or_due() -> None:
    day = clock.now().date()
    assert gate_now(Needed(5), Needed(5), day, day) is Gate.MET
    assert gate_now(Needed(5), Needed(4), day, day) is Gate.DUE
    assert gate_now(Needed(5), Needed(4), day + timedelta(days=14), day) is Gate.NEAR
    assert gate_now(Needed(5), Needed(4), day + timedelta(days=15), day) is Gate.FAR


async def cancel(waiting: List, **more: str) -> int:
    """Open the preview, tick, press; the status of the answer."""
    path = f"/desk/calls/{waiting.world.call}/cancel"
    shown = await waiting.mara.get(path)
    seen = re.search(r'name="seen" value="([^"]*)"', shown.text)
    assert seen, shown.text[-2000:]
    answer = await waiting.mara.send_form(path, {**SURE, "seen": seen[1], **more})
    return answer.status_code


async def pay_by_card(invoice: int, minor: int) -> None:
    """A card payment as the books hold it."""
    found = await row("SELECT * FROM invoice WHERE id = $1", invoice)
    assert found is not None
    await execute(
        "INSERT INTO payment (agency, invoice, company, method, amount_minor, matched_minor,"
        " currency, received_at, external_ref, state, asked_back_minor, back_minor, reference,"
        " payer, note, created_at) VALUES"
        " ($1,$2,$3,'card',$4,$4,'EUR',$5,'pi_x','matched',0,0,'','','',$5)",
        found["agency"],
        invoice,
        found["company"],
        minor,
        clock.now(),
    )
    await execute("UPDATE invoice SET paid_minor = $2, state = 'part_paid' WHERE id = $1", invoice,
                  minor)  # fmt: skip


async def test_the_whole_call_ends_in_one_act(waiting: List) -> None:
    """Letters to all, the stand and the aid given back, invoices credited, money listed."""
    world, mara = waiting.world, waiting.mara
    invoice = await row("SELECT * FROM invoice")
    assert invoice is not None
    await transfer(world.cast.finn, invoice["reference"], invoice["total_minor"], "T-1")
    path = f"/desk/calls/{world.call}/waiting-list"
    done(await mara.send_form(path, {"stand": world.stands[1]}, to=f"{path}/gaps"))
    await jobs.drain()
    assert len(await offers()) == 1
    shown = (await mara.get(f"/desk/calls/{world.call}/cancel")).text
    assert invoice["number"] in shown
    assert await cancel(waiting) == 303
    await jobs.drain()
    assert await value("SELECT state FROM call") == "cancelled"
    assert await value("SELECT count(*) FROM application WHERE state = 'cancelled'") == 4
    assert await value("SELECT count(*) FROM allocation WHERE state <> 'released'") == 0
    assert await value("SELECT allocated_m2 FROM booth") == 0
    assert await value("SELECT committed_minor FROM scheme") == 0
    assert await value("SELECT state FROM invoice WHERE kind = 'invoice'") == "credited"
    assert await value("SELECT state FROM payment") == "late"
    assert (await offers())[0][1] == "taken_back"
    assert len(await mails(":cancelled:")) >= 4
    assert await value("SELECT count(*) FROM calendar_item WHERE status <> 'cancelled'") == 0
    at_desk = (await mara.get(f"/desk/calls/{world.call}")).text
    assert "To pay back by transfer" in at_desk
    told = (await world.cast.ana.get(f"/my/applications/{world.applications[0]}")).text
    assert "Only one company is left." in told
    assert (await mara.get(f"/desk/calls/{world.call}/cancel")).status_code == 404


async def test_cards_are_refunded_by_jobs_after_the_commit(waiting: List) -> None:
    invoice = await value("SELECT id FROM invoice")
    await pay_by_card(invoice, 1000)
    assert await cancel(waiting) == 303
    refund = await row("SELECT state, amount_minor FROM refund")
    assert refund == {"state": "asked", "amount_minor": 1000}
    queued = await value("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'billing.refund'")
    assert queued == 1


async def test_what_changed_since_the_preview_cancels_nothing(waiting: List) -> None:
    path = f"/desk/calls/{waiting.world.call}/cancel"
    old = re.search(r'name="seen" value="([^"]*)"', (await waiting.mara.get(path)).text)
    assert old
    await deciding.decide(
        waiting.world.mara,
        DecideForm(to="rejected", applications=[waiting.application(3)], why="No stand left"),
    )
    answer = await waiting.mara.send_form(path, {**SURE, "seen": old[1]})
    assert answer.status_code == 409
    assert "Nothing was cancelled" in answer.text
    assert "Only one company is left." in answer.text
    assert await value("SELECT state FROM call") == "published"
    assert await cancel(waiting, sure="") == 422


async def test_a_draft_is_told_too_and_nobody_can_go_on(waiting: List) -> None:
    await execute(
        "UPDATE application SET state = 'draft', submitted_at = NULL, reference = NULL,"
        " wait_position = NULL WHERE id = $1",
        waiting.application(3),
    )
    assert await cancel(waiting) == 303
    found = await row("SELECT state FROM application WHERE id = $1", waiting.application(3))
    assert found == {"state": "cancelled"}
    client = await waiting.client(3)
    page = await client.get(f"/my/applications/{waiting.application(3)}")
    assert "The call was cancelled" in page.text
    assert len(await mails(f"application:{waiting.application(3)}:cancelled")) == 1


async def test_the_gate_is_stated_pressing_mailed_once_and_never_acts(waiting: List) -> None:
    """A person decides; the board and one mail say that it is time."""
    world, mara = waiting.world, waiting.mara
    path = f"/desk/calls/{world.call}/gate"
    day = clock.today("Europe/Berlin")
    half = await mara.send_form(path, {"minimum": "3", "decide_on": "", "version": "0"})
    assert half.status_code == 422
    many = {"minimum": "3", "smes": "4", "decide_on": str(day), "version": "0"}
    refused = await mara.send_form(path, many)
    assert refused.status_code == 422
    assert "It cannot be more than the smallest number." in refused.text
    done(await mara.send_form(path, {"minimum": "3", "decide_on": str(day), "version": "0"}))
    public = (await mara.get("/calls/anuga-2027-with-nordhafen")).text
    assert "at least 3 participants" in public
    assert "Decide now whether it takes place" in (await mara.get("/desk")).text
    for _ in range(2):
        await jobs.sweep("offers.gates")
    told = [each for each in await mails(":gate:")]
    assert len(told) == 2  # Mara and Olga
    assert await value("SELECT state FROM call") == "published"
    actor = await mara.actor()
    later = GateForm(minimum=3, decide_on=day + timedelta(days=40), version=1)
    await gates.set_gate(actor, later, call_id=world.call)
    assert "Decide now" not in (await mara.get("/desk")).text
    stale = await mara.send_form(path, {"minimum": "9", "decide_on": str(day), "version": "1"})
    assert stale.status_code == 409


async def test_money_to_look_at_is_on_the_board_when_the_day_is_over(waiting: List) -> None:
    invoice = await row("SELECT reference, total_minor FROM invoice")
    assert invoice is not None
    await transfer(waiting.world.cast.finn, invoice["reference"], 5000, "P-1")
    assert "past the day to pay" not in (await waiting.mara.get("/desk")).text
    await execute("UPDATE admission SET pay_until = now() - interval '1 hour'")
    assert "past the day to pay" in (await waiting.mara.get("/desk")).text


@pytest.mark.slow
@pytest.mark.skipif("PAVILION_KILLS" not in os.environ, reason="make soak")
async def test_five_hundred_applications_go_in_one_act(db: str) -> None:
    """60 of them admitted. It takes seconds, not minutes."""
    world = await build(500)
    for n in range(60):
        await deciding.admit(
            world.mara, AdmitForm(stand=world.stands[n]), application_id=world.applications[n]
        )
    seen = (await cancelling.preview(world.mara, call_id=world.call)).seen
    began = time.perf_counter()
    form = CancelForm(cause=Cause.POSTPONED, seen=seen, sure=True)
    assert (await cancelling.cancel(world.mara, form, call_id=world.call)).id == world.call
    took = time.perf_counter() - began
    print(f"500 applications, 60 contracts: {took:.1f} s")
    assert took < 60
    left = await rows("SELECT state, count(*) FROM application GROUP BY state")
    assert left == [{"state": "cancelled", "count": 500}]
    await world.cast.leave()
