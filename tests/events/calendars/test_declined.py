"""What becomes of an answer: the organiser sees who has declined, and decides."""

import pytest

from events.schedules.additions import Kind
from server.database import counting, value
from tests.booths.calls.test_story import done
from tests.cast import Cast, Visitor
from tests.events.agendas.day import change, everybody_told, meeting
from tests.events.calendars.test_answers import page_of
from tests.events.matchmaking.scene import Scene, session_with

SAYS = "Declined in their calendar"


@pytest.fixture
async def scene(cast: Cast) -> Scene:
    made = await session_with(cast, 4)
    await meeting(made, 0, 1)
    await everybody_told(made)
    return made


async def test_desk_sees_who_declines_a_meeting_and_keeps_it(
    cast: Cast, visitor: Visitor, scene: Scene
) -> None:
    desk = f"/desk/meetings/{scene.id}"
    day = f"{desk}/day/{await value('SELECT id FROM meeting')}"
    path = await page_of(cast)
    await visitor.send_form(path, {"answer": "accepted"})
    assert SAYS not in (await cast.mara.get(desk)).text
    await visitor.send_form(path, {"answer": "declined"})
    shown = (await cast.mara.get(desk)).text
    assert SAYS in shown
    assert f'href="{day}"' in shown
    assert "Carla Example (Officina Rossi)" in shown
    assert SAYS in (await cast.vera.get(desk)).text
    assert "Keep the meeting with Ana Example" in (await cast.mara.get(day)).text
    ana = {"participant": str(scene.people[0].id)}
    for wrong, status in (({"participant": str(scene.people[1].id)}, 409), ({}, 422)):
        assert (await cast.mara.send_form(day, wrong, to=f"{day}/keep")).status_code == status
    done(await cast.mara.send_form(day, ana, to=f"{day}/keep"))
    assert SAYS not in (await cast.mara.get(desk)).text
    assert "It stays all the same" in (await cast.mara.get(day)).text
    assert (await cast.mara.send_form(day, ana, to=f"{day}/keep")).status_code == 409
    await visitor.send_form(path, {"answer": "tentative"})
    await visitor.send_form(path, {"answer": "declined"})
    assert SAYS in (await cast.mara.get(desk)).text
    await visitor.send_form(path, {"answer": "accepted"})
    assert SAYS not in (await cast.mara.get(desk)).text


async def test_declined_time_is_forgotten_when_the_meeting_moves_or_is_off(
    cast: Cast, visitor: Visitor, scene: Scene
) -> None:
    desk, made = f"/desk/meetings/{scene.id}", await value("SELECT id FROM meeting")
    path = await page_of(cast)
    await visitor.send_form(path, {"answer": "declined"})
    await change([made], Kind.MOVED, "slot = $2", scene.slots[1].id)
    assert SAYS not in (await cast.mara.get(desk)).text
    await visitor.send_form(path, {"answer": "accepted"})
    await visitor.send_form(path, {"answer": "declined"})
    assert SAYS not in (await cast.mara.get(desk)).text, "an answer to the time before"
    await everybody_told(scene)
    await visitor.send_form(path, {"answer": "declined"})
    assert SAYS in (await cast.mara.get(desk)).text
    await change([made], Kind.CANCELLED, "state = 'cancelled', live = false")
    assert SAYS not in (await cast.mara.get(desk)).text
    assert await value("SELECT count(*) FROM meeting_declined") == 0


async def test_list_of_declined_costs_the_same_for_one_and_for_many(
    cast: Cast, visitor: Visitor, scene: Scene
) -> None:
    async def cost() -> int:
        async with counting() as noted:
            text = (await cast.mara.get(f"/desk/meetings/{scene.id}")).text
        assert SAYS in text
        return len(noted)

    await visitor.send_form(await page_of(cast), {"answer": "declined"})
    one = await cost()
    for n in (2, 3):
        await meeting(scene, 0, n, slot=n)
        await everybody_told(scene)
        await visitor.send_form(await page_of(cast), {"answer": "declined"})
    assert await value("SELECT count(*) FROM meeting_declined") == 3
    assert await cost() == one
