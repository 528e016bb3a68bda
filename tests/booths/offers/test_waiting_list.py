"""A stand that becomes free goes down the waiting list until somebody takes it."""

import re
from datetime import timedelta

import httpx
import pytest

from booths.calls import actions as calls
from booths.calls.forms import MoveForm
from booths.offers import actions, queries, ruling
from booths.offers.forms import GapForm, WaitingForm
from booths.offers.rules import Rule
from server import clock, jobs
from server.database import counting, execute, row, value
from tests.booths.calls.test_story import done
from tests.booths.offers.conftest import List, mails, offers, state_of
from tests.cast import Someone


async def say_yes(client: Someone, application: int) -> httpx.Response:
    """Press yes at the price that the page shows."""
    path = f"/my/applications/{application}/offer"
    shown = await client.get(path)
    total = re.search(r'name="seen_total" value="(\d+)"', shown.text)
    assert total, shown.text[-3000:]
    return await client.send_form(path, {"seen_total": total[1]})


async def say_no(client: Someone, application: int, then: str = "stay") -> httpx.Response:
    path = f"/my/applications/{application}/offer"
    return await client.send_form(
        path, {"then": then, "why": "Too far from the entrance"}, to=f"{path}/decline"
    )


async def test_a_release_keeps_the_stand_for_the_first_and_writes_to_it(waiting: List) -> None:
    """A real hold with an expiry; the page and the mail say until when and at what price."""
    await waiting.release()
    first = waiting.application(1)
    assert await offers() == [(first, "open")]
    kept = await row("SELECT * FROM allocation WHERE application = $1", first)
    assert kept is not None
    assert (kept["state"], kept["purpose"], kept["stand"]) == ("kept", "offer", waiting.stand)
    assert timedelta(hours=71) < kept["until"] - clock.now() < timedelta(hours=73)
    assert len(await mails(f"application:{first}:offer:")) == 1
    client = await waiting.client(1)
    assert "is kept for you until" in (await client.get(f"/my/applications/{first}")).text
    shown = await client.get(f"/my/applications/{first}/offer")
    assert "Yes, we take stand" in shown.text
    assert "To pay" in shown.text
    public = await waiting.mara.get("/calls/anuga-2027-with-nordhafen")
    assert "offered to the first company of the waiting list" in public.text


async def test_yes_is_the_contract_at_once(waiting: List) -> None:
    """Stand, invoice and mail at the price seen; the gap is filled and the next is not asked."""
    await waiting.release()
    first = waiting.application(1)
    assert done(await say_yes(await waiting.client(1), first)) == f"/my/applications/{first}"
    await jobs.drain()
    assert await state_of(first) == "admitted"
    assert await offers() == [(first, "accepted")]
    gap = await row("SELECT filled, closed_at FROM gap")
    assert gap is not None
    assert gap["filled"]
    assert await value("SELECT allocated_m2 FROM booth") == 9
    assert await value("SELECT wait_position FROM application WHERE id = $1", first) is None
    by = await value("SELECT person_name FROM audit_line WHERE verb = 'offer.accept'")
    assert by == "Ana Example"


async def test_a_price_that_was_not_seen_is_not_agreed(waiting: List) -> None:
    await waiting.release()
    first = waiting.application(1)
    client = await waiting.client(1)
    answer = await client.send_form(f"/my/applications/{first}/offer", {"seen_total": "1"})
    assert answer.status_code == 409
    assert "The price of this admission is" in answer.text
    assert await state_of(first) == "wait_listed"
    assert await offers() == [(first, "open")]


async def test_no_keeps_the_place_and_asks_the_next(waiting: List) -> None:
    """The first is not asked about the same stand twice; the chain is there to read."""
    await waiting.release()
    first, second = waiting.application(1), waiting.application(2)
    done(await say_no(await waiting.client(1), first))
    await jobs.drain()
    assert await offers() == [(first, "declined"), (second, "open")]
    assert await state_of(first) == "wait_listed"
    assert await value("SELECT wait_position FROM application WHERE id = $1", first) == 1
    shown = await waiting.mara.get(f"/desk/calls/{waiting.world.call}/waiting-list")
    assert "Declined" in shown.text
    assert "Waiting for the answer" in shown.text


async def test_no_may_leave_the_list(waiting: List) -> None:
    await waiting.release()
    first, second = waiting.application(1), waiting.application(2)
    done(await say_no(await waiting.client(1), first, "leave"))
    await jobs.drain()
    assert await state_of(first) == "withdrawn"
    assert await offers() == [(first, "declined"), (second, "open")]


async def test_silence_goes_to_the_next_and_the_sweep_may_run_twice(waiting: List) -> None:
    form = WaitingForm(rule=Rule.STRICT, hours=1, automatic=True)
    await ruling.set_waiting_rule(waiting.world.mara, form, call_id=waiting.world.call)
    await waiting.release()
    first, second = waiting.application(1), waiting.application(2)
    with clock.travel_everywhere(clock.now() + timedelta(minutes=61)):
        late = await say_no(await waiting.client(1), first)
        assert late.status_code == 409
        assert "it was good until" in late.text
        for _ in range(2):
            await jobs.sweep("offers.sweep")
            await jobs.drain()
        assert await offers() == [(first, "expired"), (second, "open")]
        assert await actions.expire(await value("SELECT min(id) FROM offer")) is False
    assert len(await mails(":expired")) == 1


async def test_strict_order_waits_and_says_for_whom(waiting: List) -> None:
    """The first wishes 18 m²: nobody is asked about 9 m², and staff read why; then by hand."""
    world, mara = waiting.world, waiting.mara
    first, second = waiting.application(1), waiting.application(2)
    await execute("UPDATE application SET area_m2 = 18 WHERE id = $1", first)
    await waiting.release()
    assert await offers() == []
    path = f"/desk/calls/{world.call}/waiting-list"
    shown = (await mara.get(path)).text
    assert "Nobody is asked: we wait for" in shown
    assert "too small for the wish" in shown
    done(
        await mara.send_form(
            f"{path}/setting",
            {"rule": "fill_gap", "hours": "24", "under_m2": "0", "over_m2": "3", "automatic": "on",
             "version": "0"},
        )
    )  # fmt: skip
    await jobs.drain()
    assert await offers() == [(second, "open")]
    until = await value("SELECT until FROM offer")
    assert until - clock.now() < timedelta(hours=25)


async def test_stopped_offers_skips_and_offers_by_hand(waiting: List) -> None:
    world, mara = waiting.world, waiting.mara
    path = f"/desk/calls/{world.call}/waiting-list"
    setting = {"rule": "strict", "hours": "72", "under_m2": "0", "over_m2": "3", "version": "0"}
    done(await mara.send_form(f"{path}/setting", setting))
    again = await mara.send_form(f"{path}/setting", setting)
    assert again.status_code == 409
    assert "Somebody changed this meanwhile" in again.text
    await waiting.release()
    assert await offers() == []
    gap = await value("SELECT id FROM gap")
    third = waiting.application(3)
    done(await mara.send_form(path, {"gap": gap, "application": third}, to=f"{path}/offers"))
    assert await offers() == [(third, "open")]
    offer = await value("SELECT id FROM offer")
    done(await mara.send_form(f"/desk/offers/{offer}", {"why": "It was a mistake."}))
    assert await offers() == [(third, "taken_back")]
    assert len(await mails("taken-back")) == 1
    first, second = waiting.application(1), waiting.application(2)
    skip = {"application": first, "why": "Builds no stand this year"}
    done(await mara.send_form(path, skip, to=f"{path}/skips"))
    done(await mara.send_form(f"{path}/setting", {**setting, "automatic": "on", "version": "1"}))
    await jobs.drain()
    assert await offers() == [(third, "taken_back"), (second, "open")]
    assert "Passed over" in (await mara.get(path)).text
    done(await mara.send_form(path, {"application": first}, to=f"{path}/skips/end"))
    done(await mara.send_form(f"/desk/offers/{offer + 1}", {"why": "The first is asked."}))
    await jobs.drain()
    assert (await offers())[2:] == [(first, "open")]


async def test_a_free_stand_is_put_up_by_hand_and_kept_back(waiting: List) -> None:
    world, mara = waiting.world, waiting.mara
    path = f"/desk/calls/{world.call}/waiting-list"
    done(await mara.send_form(path, {"stand": world.stands[2]}, to=f"{path}/gaps"))
    await jobs.drain()
    assert await offers() == [(waiting.application(1), "open")]
    taken = await mara.send_form(path, {"stand": waiting.stand}, to=f"{path}/gaps")
    assert taken.status_code == 409
    gap = await value("SELECT id FROM gap")
    busy = await mara.send_form(path, {"why": "For storage"}, to=f"{path}/gaps/{gap}/close")
    assert busy.status_code == 409
    await execute("UPDATE call SET state = 'decided'")
    done(
        await mara.send_form(
            f"/desk/offers/{await value('SELECT id FROM offer')}", {"why": "Storage"}
        )
    )
    done(await mara.send_form(path, {"why": "For storage"}, to=f"{path}/gaps/{gap}/close"))
    await jobs.drain()
    assert len(await offers()) == 1


async def test_leaving_the_list_takes_the_offer_to_the_next(waiting: List) -> None:
    """Withdrawn or rejected while being asked."""
    await waiting.release()
    first, second, third = (waiting.application(n) for n in (1, 2, 3))
    client = await waiting.client(1)
    done(await client.send_form(f"/my/applications/{first}/withdraw", {"sure": "on"}))
    await jobs.drain()
    assert await offers() == [(first, "taken_back"), (second, "open")]
    done(
        await waiting.mara.send_form(
            f"/desk/applications/{second}", {"to": "rejected", "why": "Arrears with us."}
        )
    )
    await jobs.drain()
    assert await offers() == [(first, "taken_back"), (second, "taken_back"), (third, "open")]


@pytest.mark.parametrize("over", ["fair", "closed_out"])
async def test_nobody_is_asked_when_it_is_over(waiting: List, over: str) -> None:
    """The fair has begun, or the call is closed out."""
    at = clock.now()
    if over == "fair":
        await execute("UPDATE fair SET starts_on = $1, ends_on = $1", clock.today("Europe/Berlin"))
    else:
        await execute("UPDATE call SET closes_at = now() - interval '1 minute'")
        await execute("UPDATE call SET state = 'decided'")
        await calls.move_call(
            waiting.world.mara, MoveForm(to="closed_out"), call_id=waiting.world.call
        )
    with clock.travel_everywhere(at):
        await waiting.release()
        await jobs.sweep("offers.sweep")
        assert await offers() == []
        path = f"/desk/calls/{waiting.world.call}/waiting-list"
        assert "Nobody is asked now" in (await waiting.mara.get(path)).text


async def test_pages_cost_the_same_for_one_and_many(waiting: List) -> None:
    await waiting.release()
    actor = await waiting.mara.actor()
    async with counting() as few:
        await queries.chains(actor, call_id=waiting.world.call)
    for stand in waiting.world.stands[1:]:
        await actions.put_up(actor, GapForm(stand=stand), call_id=waiting.world.call)
    await jobs.drain()
    async with counting() as many:
        found = await queries.chains(actor, call_id=waiting.world.call)
    assert len(found) == 6
    assert len(many) == len(few)


async def test_another_agency_finds_nothing(waiting: List) -> None:
    await waiting.release()
    nils = waiting.world.cast.nils
    offer = await value("SELECT id FROM offer")
    for path in (f"/desk/calls/{waiting.world.call}/waiting-list", f"/desk/offers/{offer}"):
        assert (await nils.get(path)).status_code == 404
    stranger = await waiting.client(2)
    path = f"/my/applications/{waiting.application(1)}/offer"
    assert (await stranger.get(path)).status_code == 404
    assert (await stranger.send_form("/my", {"seen_total": "1"}, to=path)).status_code == 404
