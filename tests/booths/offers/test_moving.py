"""Hold, reserve, move, swap, vacate: nothing of anybody's is overwritten, money follows."""

import re
from datetime import timedelta
from typing import Any

import httpx

from booths.calls import contracts, deciding
from booths.calls.forms import AdmitForm
from booths.offers import standing
from server import clock, jobs
from server.database import execute, row, rows, value
from tests.booths.calls.test_ends import transfer
from tests.booths.calls.test_story import done
from tests.booths.offers.conftest import List, mails, offers, state_of
from tests.cast import Someone


async def press(client: Someone, path: str, **more: Any) -> httpx.Response:
    """Open the page, keep its hidden answers, add ours, send."""
    shown = await client.get(path)
    main = shown.text[shown.text.index("<main") :]
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', main))
    return await client.send_form(path, {**hidden, **more}, to=path.partition("?")[0])


async def stand_of(application: int) -> tuple[int, str] | None:
    found = await row(
        "SELECT stand, state FROM allocation WHERE application = $1 AND state <> 'released'",
        application,
    )
    return (found["stand"], found["state"]) if found else None


async def test_a_hold_ends_by_itself_and_a_reservation_does_not(waiting: List) -> None:
    mara, world = waiting.mara, waiting.world
    one, two = waiting.application(1), waiting.application(2)
    held, reserved = world.stands[1], world.stands[2]
    path = f"/desk/applications/{one}/stand"
    done(await press(mara, path, stand=held, how="hold", hours="2"))
    done(await press(mara, f"/desk/applications/{two}/stand", stand=reserved, how="reserve"))
    assert await stand_of(one) == (held, "kept")
    assert await stand_of(two) == (reserved, "reserved")
    plan = (await mara.get(f"/desk/booths/{world.booth}")).text
    assert "On hold" in plan
    assert "until" in plan
    assert "is on hold until" in (await mara.get(f"/desk/applications/{one}")).text
    with clock.travel_everywhere(clock.now() + timedelta(hours=2, minutes=1)):
        for _ in range(2):
            await jobs.sweep("offers.sweep")
        assert await stand_of(one) is None
        assert await stand_of(two) == (reserved, "reserved")
    give = f"/desk/applications/{two}/stand/give-back"
    seen = await standing.version(two)
    done(await mara.send_form(f"/desk/applications/{two}", {"seen": seen}, to=give))
    assert await stand_of(two) is None


async def test_a_kept_stand_is_nobody_elses_but_an_ended_hold_is_free_at_once(
    waiting: List,
) -> None:
    mara, world = waiting.mara, waiting.world
    one, two = waiting.application(1), waiting.application(2)
    stand = world.stands[1]
    done(await press(mara, f"/desk/applications/{one}/stand", stand=stand, how="hold", hours="1"))
    path = f"/desk/applications/{two}/stand"
    taken = await press(mara, path, stand=stand, how="reserve")
    assert taken.status_code == 409
    assert "has stand" in taken.text
    with clock.travel_everywhere(clock.now() + timedelta(minutes=61)):
        done(await press(mara, path, stand=stand, how="reserve"))
    assert await stand_of(two) == (stand, "reserved")
    await deciding.admit(world.mara, AdmitForm(stand=stand), application_id=two)
    assert await stand_of(two) == (stand, "held")


async def test_two_at_once_the_second_reads_who_did_what_and_keeps_what_was_typed(
    waiting: List,
) -> None:
    mara, world = waiting.mara, waiting.world
    one = waiting.application(1)
    path = f"/desk/applications/{one}/stand"
    old = await standing.version(one)
    done(await press(mara, path, stand=world.stands[1], how="hold", hours="2"))
    olga = world.cast.olga
    answer = await olga.send_form(
        path, {"stand": world.stands[2], "how": "reserve", "hours": "7", "seen": old}
    )
    assert answer.status_code == 409
    assert "Mara Example changed the application of" in answer.text
    assert "put a stand on hold" in answer.text
    assert 'value="7"' in answer.text
    assert await stand_of(one) == (world.stands[1], "kept")


async def test_a_move_to_the_same_size_keeps_the_contract(waiting: List) -> None:
    """A new letter, a mail, the calendar; no new invoice. The old stand goes down the list."""
    mara, world = waiting.mara, waiting.world
    first = waiting.application(0)
    kind = await value("SELECT kind FROM stand WHERE id = $1", waiting.stand)
    to = await value(
        "SELECT id FROM stand WHERE id <> $1 AND kind = $2 ORDER BY id LIMIT 1", waiting.stand, kind
    )
    invoice = await row("SELECT * FROM invoice")
    assert invoice is not None
    await transfer(world.cast.finn, invoice["reference"], invoice["total_minor"], "T-1")
    assert await state_of(first) == "confirmed"
    path = f"/desk/applications/{first}/move?stand={to}"
    assert "the contract and its price stay" in (await mara.get(path)).text
    done(await press(mara, path, why="A pillar was moved."))
    await jobs.drain()
    assert await stand_of(first) == (to, "confirmed")
    assert await value("SELECT count(*) FROM invoice") == 1
    assert len(await mails(":moved:")) >= 1
    label = await value("SELECT label FROM stand WHERE id = $1", to)
    told = await value(
        "SELECT summary FROM calendar_item WHERE key = $1", f"application:{first}:stand"
    )
    assert label in told
    assert await offers() == [(waiting.application(1), "open")]
    assert await value("SELECT reason FROM gap") == "moved"


async def corners_cost_more() -> None:
    """As if the price list had been so from the beginning: published prices do not change."""
    await execute("ALTER TABLE price_list DISABLE TRIGGER USER")
    await execute("UPDATE price_list SET corner_minor = 25000")
    await execute("ALTER TABLE price_list ENABLE TRIGGER USER")


async def other_kind(waiting: List) -> int:
    """Make the stand beside it a larger one of another kind, so that its price is another."""
    to = waiting.world.stands[1]
    await execute("UPDATE stand SET kind = 'corner', open_sides = 2 WHERE id = $1", to)
    await execute("UPDATE stand SET kind = 'row', open_sides = 1 WHERE id = $1", waiting.stand)
    await corners_cost_more()
    return to


async def test_a_move_to_another_kind_is_another_contract_with_the_money_on_it(
    waiting: List,
) -> None:
    mara, world = waiting.mara, waiting.world
    first = waiting.application(0)
    to = await other_kind(waiting)
    invoice = await row("SELECT * FROM invoice")
    assert invoice is not None
    await transfer(world.cast.finn, invoice["reference"], invoice["total_minor"], "T-1")
    path = f"/desk/applications/{first}/move?stand={to}"
    shown = (await mara.get(path)).text
    assert "so the contract is another" in shown
    assert await value("SELECT count(*) FROM invoice") == 1, "looking changes nothing"
    blind = await press(mara, path, why="A pillar was moved.", seen_total="1")
    assert blind.status_code == 409
    done(await press(mara, path, why="A pillar was moved."))
    await jobs.drain()
    states = await rows("SELECT kind, state, paid_minor FROM invoice ORDER BY id")
    assert [each["state"] for each in states] == ["credited", "credit", "part_paid"]
    assert states[2]["paid_minor"] == invoice["total_minor"]
    assert await stand_of(first) == (to, "held")
    assert await state_of(first) == "admitted"
    assert await value("SELECT allocated_m2 FROM booth") == 9
    committed = await value("SELECT committed_minor FROM scheme")
    assert committed == await value(
        "SELECT (SELECT sum(amount_minor) FROM aid_grant)"
        " + (SELECT coalesce(sum(amount_minor), 0) FROM aid_hold WHERE released_at IS NULL)"
    )


async def test_two_exhibitors_exchange_their_stands(waiting: List) -> None:
    """Of the same size under the same contracts, of another size with new ones."""
    mara, world = waiting.mara, waiting.world
    one, two = waiting.application(0), waiting.application(1)
    kind = await value("SELECT kind FROM stand WHERE id = $1", waiting.stand)
    other = await value(
        "SELECT id FROM stand WHERE id <> $1 AND kind = $2 ORDER BY id LIMIT 1", waiting.stand, kind
    )
    await deciding.admit(world.mara, AdmitForm(stand=other), application_id=two)
    path = f"/desk/applications/{one}/swap?other={two}"
    done(await press(mara, path, why="Neighbours asked for it."))
    assert (await stand_of(one), await stand_of(two)) == ((other, "held"), (waiting.stand, "held"))
    assert await value("SELECT count(*) FROM invoice") == 2
    await execute("UPDATE stand SET kind = 'corner', open_sides = 2 WHERE id = $1", other)
    await execute("UPDATE stand SET kind = 'row', open_sides = 1 WHERE id = $1", waiting.stand)
    await corners_cost_more()
    done(await press(mara, path, why="Back again."))
    await jobs.drain()
    assert (await stand_of(one), await stand_of(two)) == ((waiting.stand, "held"), (other, "held"))
    assert await value("SELECT count(*) FROM invoice") == 6
    assert await value("SELECT allocated_m2 FROM booth") == 18
    assert await value("SELECT count(*) FROM gap WHERE closed_at IS NULL") == 0


async def test_giving_a_stand_up_keeps_the_application(waiting: List) -> None:
    mara, first = waiting.mara, waiting.application(0)
    path = f"/desk/applications/{first}/vacate"
    done(await press(mara, path, to="wait_listed", why="The hall was changed."))
    await jobs.drain()
    assert await state_of(first) == "wait_listed"
    assert await stand_of(first) is None
    assert await value("SELECT state FROM invoice WHERE kind = 'invoice'") == "credited"
    assert await offers() == [(waiting.application(1), "open")]
    assert len(await mails("vacated")) == 2  # Ana and Ben
    assert (await mara.get(path)).status_code == 404


async def test_a_stand_that_was_paid_meanwhile_is_still_moved_as_it_is(waiting: List) -> None:
    """The page was opened before the payment came: the second look says so."""
    mara, first = waiting.mara, waiting.application(0)
    to = waiting.world.stands[1]
    old = await standing.version(first)
    invoice = await row("SELECT id FROM invoice")
    assert invoice is not None
    await execute("UPDATE invoice SET state = 'paid', paid_minor = total_minor")
    assert await contracts.confirm(invoice["id"])
    answer = await mara.send_form(
        f"/desk/applications/{first}/move", {"stand": to, "why": "A pillar", "seen": old}
    )
    assert answer.status_code == 409
    assert "it was paid" in answer.text
