"""Companies choose their stand themselves: a hold that counts down, once longer, then yes."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from booths.calls import deciding
from booths.calls.forms import DecideForm
from booths.offers import choosing
from booths.offers.forms import ChooseForm
from booths.offers.rules import by_rank, hold_until
from server import clock, jobs
from server.database import execute, row, value
from server.errors import Conflict
from tests.booths.calls.test_story import done
from tests.booths.offers.conftest import List, mails, state_of
from tests.booths.offers.test_moving import press, stand_of


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(6, 24)), min_size=1), st.integers(6, 24))
def test_the_best_has_the_most_open_sides_then_the_nearest_area(
    stands: list[tuple[int, int]], wish: int
) -> None:
    free = [
        SimpleNamespace(label=f"A{n}", open_sides=sides, area_m2=Decimal(area))
        for n, (sides, area) in enumerate(stands)
    ]
    best = by_rank(free, Decimal(wish))[0]
    for each in free:
        assert best.open_sides >= each.open_sides
        if each.open_sides == best.open_sides:
            assert abs(best.area_m2 - wish) <= abs(each.area_m2 - wish)


def test_a_hold_ends_with_the_choosing() -> None:
    now = clock.now()
    assert hold_until(now, 20, now + timedelta(hours=1)) == now + timedelta(minutes=20)
    assert hold_until(now, 20, now + timedelta(minutes=5)) == now + timedelta(minutes=5)


async def opened(waiting: List) -> None:
    """The call has closed, three companies are eligible and may choose for a day."""
    world = waiting.world
    await deciding.decide(
        world.mara, DecideForm(to="eligible", applications=world.applications[1:])
    )
    await execute("UPDATE call SET opens_at = now() - interval '9 days', closes_at = now()")
    until = clock.local(clock.now() + timedelta(days=1), "Europe/Berlin")
    path = f"/desk/calls/{world.call}/choosing"
    form = {"until": until.strftime("%Y-%m-%dT%H:%M"), "minutes": "20", "version": "0"}
    done(await waiting.mara.send_form(path, form))


async def test_a_company_chooses_extends_once_and_takes_the_stand(waiting: List) -> None:
    await opened(waiting)
    first = waiting.application(1)
    assert len(await mails("choose:")) == 3
    client = await waiting.client(1)
    assert "Choose your stand" in (await client.get(f"/my/applications/{first}")).text
    path = f"/my/applications/{first}/choose"
    shown = (await client.get(path)).text
    assert "Best available: stand" in shown
    done(await press(client, path))
    stand, state = await stand_of(first) or (0, "")
    assert state == "kept"
    best = await value(
        "SELECT id FROM stand WHERE id <> $1 ORDER BY open_sides DESC, label LIMIT 1",
        waiting.stand,
    )
    assert stand == best
    kept = await row("SELECT * FROM allocation WHERE application = $1", first)
    assert kept is not None
    assert kept["purpose"] == "choice"
    assert kept["until"] - clock.now() < timedelta(minutes=20)
    shown = (await client.get(path)).text
    assert "data-pv-until" in shown
    assert "data-pv-now" in shown
    done(await client.send_form(path, {}, to=f"{path}/extension"))
    again = await client.send_form(path, {}, to=f"{path}/extension")
    assert again.status_code == 409
    assert "extended this hold already" in again.text
    until = await value("SELECT until FROM allocation WHERE application = $1", first)
    assert until - kept["until"] == timedelta(minutes=20)
    shown = await client.get(path)
    total = shown.text.split('name="seen_total" value="')[1].split('"')[0]
    done(await client.send_form(path, {"seen_total": total}, to=f"{path}/contract"))
    assert await state_of(first) == "admitted"
    assert await stand_of(first) == (stand, "held")
    assert "You have stand" in (await client.get(path)).text


async def test_a_hold_that_is_over_is_free_at_once_for_the_next(waiting: List) -> None:
    """No sweep is needed; the first reads that its time is over."""
    await opened(waiting)
    first, second = waiting.application(1), waiting.application(2)
    one, two = await waiting.client(1), await waiting.client(2)
    stand = waiting.world.stands[2]
    done(await press(one, f"/my/applications/{first}/choose", stand=stand))
    path = f"/my/applications/{second}/choose"
    taken = await press(two, path, stand=stand)
    assert taken.status_code == 409
    assert "was taken a moment ago" in taken.text
    with clock.travel_everywhere(clock.now() + timedelta(minutes=21)):
        late = await one.send_form(
            f"/my/applications/{first}", {"seen_total": "1"},
            to=f"/my/applications/{first}/choose/contract",
        )  # fmt: skip
        assert late.status_code == 409
        assert "Choose again" in late.text
        done(await press(two, path, stand=stand))
        assert await stand_of(second) == (stand, "kept")
        assert await stand_of(first) is None


async def test_a_choice_runs_out_by_the_sweep_and_may_be_given_back(waiting: List) -> None:
    await opened(waiting)
    first = waiting.application(1)
    client = await waiting.client(1)
    path = f"/my/applications/{first}/choose"
    done(await press(client, path))
    done(await client.send_form(path, {}, to=f"{path}/return"))
    assert await stand_of(first) is None
    done(await press(client, path))
    with clock.travel_everywhere(clock.now() + timedelta(minutes=21)):
        for _ in range(2):
            await jobs.sweep("offers.sweep")
    assert await stand_of(first) is None
    await execute("UPDATE choosing SET until = now()")
    over = await press(client, path)
    assert over.status_code == 409
    assert "Stands could be chosen until" in over.text


async def test_a_stand_that_was_let_go_is_left_to_the_others_for_a_while(waiting: List) -> None:
    await opened(waiting)
    until = clock.local(clock.now() + timedelta(days=1), "Europe/Berlin")
    done(
        await waiting.mara.send_form(
            f"/desk/calls/{waiting.world.call}/choosing",
            {"until": until.strftime("%Y-%m-%dT%H:%M"), "minutes": "20", "pause": "30",
             "version": "1"},
        )
    )  # fmt: skip
    first, second = waiting.application(1), waiting.application(2)
    one, two = await waiting.client(1), await waiting.client(2)
    path = f"/my/applications/{first}/choose"
    assert "left to the others for 30 minutes" in (await one.get(path)).text
    done(await press(one, path))
    best, _ = await stand_of(first) or (0, "")
    with clock.travel_everywhere(clock.now() + timedelta(minutes=21)):
        again = await press(one, path, stand=best)
        assert again.status_code == 409
        assert "left to the others until" in again.text
        done(await press(one, path))
        other, _ = await stand_of(first) or (0, "")
        assert other != best
        done(await press(two, f"/my/applications/{second}/choose", stand=best))
        done(await two.send_form(path, {}, to=f"/my/applications/{second}/choose/return"))
        done(await one.send_form(path, {}, to=f"{path}/return"))
        assert "is left to the others until" in (await one.get(path)).text
    with clock.travel_everywhere(clock.now() + timedelta(minutes=52)):
        done(await press(one, path, stand=best))


async def test_two_who_press_at_the_same_moment_do_not_get_one_stand(waiting: List) -> None:
    await opened(waiting)
    form = ChooseForm(stand=waiting.world.stands[2])
    actors = [await waiting.actor(n) for n in (1, 2, 3)]
    outcomes = await asyncio.gather(
        *(
            choosing.choose(actor, form, application_id=application)
            for actor, application in zip(actors, waiting.world.applications[1:], strict=True)
        ),
        return_exceptions=True,
    )
    assert sorted(type(each) is Conflict for each in outcomes) == [False, True, True]
    assert await value("SELECT count(*) FROM allocation WHERE state = 'kept'") == 1


async def test_only_eligible_companies_choose_and_only_after_the_call(waiting: List) -> None:
    path = f"/desk/calls/{waiting.world.call}/choosing"
    early = await waiting.mara.send_form(
        path, {"until": "2027-09-01T12:00", "minutes": "20", "version": "0"}
    )
    assert early.status_code == 409
    assert "after the call has closed" in early.text
    await opened(waiting)
    await deciding.decide(
        waiting.world.mara,
        DecideForm(to="wait_listed", applications=[waiting.application(3)]),
    )
    client = await waiting.client(3)
    mine = f"/my/applications/{waiting.application(3)}/choose"
    refused = await client.send_form(f"/my/applications/{waiting.application(3)}", {}, to=mine)
    assert refused.status_code == 409
    stranger = await waiting.client(1)
    assert (await stranger.get(mine)).status_code == 404
