"""Every stand of the desk plan leads to what can be done with it."""

from booths.offers import standing
from server.database import execute, row, value
from tests.booths.calls.test_story import done
from tests.booths.offers.conftest import List
from tests.booths.offers.test_moving import press, stand_of


async def test_a_free_stand_leads_to_whom_it_fits_and_is_given_from_there(
    waiting: List,
) -> None:
    mara, world = waiting.mara, waiting.world
    one, stand = waiting.application(1), world.stands[1]
    plan = (await mara.get(f"/desk/booths/{world.booth}")).text
    assert plan.count(f'href="/desk/stands/{stand}"') == 2, "in the picture and in the table"
    page = f"/desk/stands/{stand}"
    shown = (await mara.get(page)).text
    hold = f"/desk/applications/{one}/stand?stand={stand}"
    assert hold in shown
    done(await press(mara, hold, how="reserve", stand=stand))
    assert await stand_of(one) == (stand, "reserved")
    kept = (await mara.get(page)).text
    assert f"/desk/applications/{one}/admit?stand={stand}" in kept
    assert "Keep another stand, or none" in kept
    other = f"/desk/stands/{world.stands[2]}"
    assert "is kept for it" in (await mara.get(other)).text
    async with await mara.program() as program:
        found = (await program.get(f"/api/v1{other}/applicants")).json()["items"]
        assert {each["application"] for each in found} >= {one, waiting.application(2)}
        assert found[-1]["elsewhere"]
    cast = world.cast
    assert (await cast.vera.get(page)).status_code == 200
    assert "Hold or reserve" not in (await cast.vera.get(other)).text
    assert (await cast.nils.get(page)).status_code == 404
    assert (await cast.ana.get(page)).status_code == 403


async def test_a_taken_stand_leads_to_move_swap_and_vacate_and_a_blocked_one_is_opened(
    waiting: List,
) -> None:
    mara, world = waiting.mara, waiting.world
    held = await row(
        "SELECT stand, application FROM allocation WHERE state IN ('held', 'confirmed')"
    )
    if held is None:
        one = waiting.application(1)
        path = f"/desk/applications/{one}/admit?stand={world.stands[1]}"
        done(await press(mara, path, stand=world.stands[1]))
        held = {"stand": world.stands[1], "application": one}
    shown = (await mara.get(f"/desk/stands/{held['stand']}")).text
    for way in ("", "/move", "/swap", "/vacate"):
        assert f'href="/desk/applications/{held["application"]}{way}"' in shown, way
    free = await value(
        "SELECT s.id FROM stand s WHERE s.booth = $1 AND NOT s.blocked AND NOT EXISTS (SELECT"
        " FROM allocation a WHERE a.stand = s.id AND a.state <> 'released') LIMIT 1",
        world.booth,
    )
    await execute("UPDATE stand SET blocked = true, blocked_why = 'Pillar' WHERE id = $1", free)
    page = f"/desk/stands/{free}"
    blocked = (await mara.get(page)).text
    assert "Pillar" in blocked
    to = f"/desk/booths/{world.booth}/stands/{free}/unblock"
    version = await value("SELECT version FROM stand WHERE id = $1", free)
    done(await mara.send_form(page, {"version": version}, to=to))
    assert "Who could have it" in (await mara.get(page)).text
    assert await standing.version(held["application"])
