"""The plan by hand: moves into conflicts are named, people who leave are followed."""

import asyncio
from itertools import combinations

import pytest

from server.database import execute, value
from tests.cast import Cast
from tests.events.matchmaking.scene import Scene, session_with
from tests.events.schedules.plans import (
    accepted,
    count,
    desk,
    everybody,
    faults,
    live,
    published,
)


@pytest.fixture
async def scene(cast: Cast) -> Scene:
    """Four people whose four meetings are known: each buyer meets each seller."""
    made = await session_with(cast, 4, sign_in=False)
    await everybody(made)
    await published(cast, made)
    return made


async def test_a_move_to_a_free_slot_is_told_once(cast: Cast, scene: Scene) -> None:
    one = (await live(scene))[0]
    here = desk(scene, f"/meetings/{one['id']}")
    assert "It also fits at" in (await cast.mara.get(here)).text
    done = await cast.mara.send_form(here, {"slot": str(scene.slots[5].id), "place": ""})
    assert done.status_code == 303, done.text
    (now,) = [each for each in await live(scene) if each["id"] == one["id"]]
    assert (now["number"], now["version"], now["place"]) == (5, 2, one["place"])
    assert await faults(scene) == []


async def test_a_move_into_a_conflict_is_refused_by_name_with_alternatives(
    cast: Cast, scene: Scene
) -> None:
    known = await live(scene)
    one, other = next(
        (a, b)
        for a in known
        for b in known
        if a["slot"] != b["slot"] and set(a["people"]) & set(b["people"])
    )
    before = await live(scene)
    refused = await cast.mara.send_form(
        desk(scene, f"/meetings/{one['id']}"), {"slot": str(other["slot"]), "place": ""}
    )
    assert refused.status_code == 422
    assert "has a meeting then" in refused.text
    assert "Nothing was changed. It would fit at" in refused.text
    assert await live(scene) == before


async def test_a_place_that_is_taken_is_refused_by_name(cast: Cast, scene: Scene) -> None:
    first, second = [each for each in await live(scene) if each["number"] == 0] or (
        await live(scene)
    )[:2]
    refused = await cast.mara.send_form(
        desk(scene, f"/meetings/{first['id']}"),
        {"slot": str(second["slot"]), "place": str(second["place"])},
    )
    assert refused.status_code == 422
    assert "is taken then" in refused.text


async def test_two_moves_into_one_place_and_slot_leave_one(cast: Cast, scene: Scene) -> None:
    known = await live(scene)
    one, other = next(
        (a, b) for a in known for b in known if not set(a["people"]) & set(b["people"])
    )
    to = {"slot": str(scene.slots[5].id), "place": str(scene.places[4].id)}
    answers = await asyncio.gather(
        cast.mara.send_form(desk(scene, f"/meetings/{one['id']}"), to),
        cast.olga.send_form(desk(scene, f"/meetings/{other['id']}"), to),
    )
    assert sorted(each.status_code for each in answers) == [303, 422]
    assert await faults(scene) == []


async def test_two_meetings_are_swapped(cast: Cast, scene: Scene) -> None:
    """Every two that share a person are tried until one pair fits; a refusal changes nothing."""
    known = await live(scene)
    swapped = False
    for one, other in combinations(known, 2):
        if one["slot"] == other["slot"] or not set(one["people"]) & set(other["people"]):
            continue
        before = {each["id"]: each["slot"] for each in await live(scene)}
        here = desk(scene, f"/meetings/{one['id']}")
        done = await cast.mara.send_form(here, {"other": str(other["id"])}, to=here + "/swap")
        now = {each["id"]: each["slot"] for each in await live(scene)}
        if done.status_code == 303:
            wanted = {one["id"]: before[other["id"]], other["id"]: before[one["id"]]}
            assert now == before | wanted
            swapped = True
            break
        assert "Nothing was swapped." in done.text
        assert now == before
    assert swapped
    assert await faults(scene) == []


async def test_a_cancelled_meeting_can_be_filled_in_again(cast: Cast, scene: Scene) -> None:
    one = (await live(scene))[0]
    here = desk(scene, f"/meetings/{one['id']}")
    without = await cast.mara.send_form(here, {"why": ""}, to=here + "/cancel")
    assert without.status_code == 422
    done = await cast.mara.send_form(here, {"why": "The train is late."}, to=here + "/cancel")
    assert done.status_code == 303
    assert await count(scene) == 3
    shown = (await cast.mara.get(desk(scene, f"/plan?fill={one['request']}"))).text
    assert "Give it this slot" in shown
    filled = await cast.mara.send_form(
        desk(scene, f"/plan?fill={one['request']}"),
        {"request": str(one["request"]), "slot": str(one["slot"])}, to=desk(scene, "/plan"),
    )  # fmt: skip
    assert filled.status_code == 303, filled.text
    assert await count(scene) == 4
    assert await faults(scene) == []


async def test_who_leaves_has_no_meetings_and_a_guest_leaves_the_meeting_to_others(
    cast: Cast, scene: Scene
) -> None:
    from events.matchmaking import additions, queries
    from events.matchmaking.additions import Event
    from server.database import action

    group = await accepted(scene, 0, 2, 3)
    await published(cast, scene, "again")
    leaver = scene.people[3]
    mara = await cast.mara.actor()

    @action
    async def leave() -> None:
        await execute("UPDATE participant SET state = 'left' WHERE id = $1", leaver.id)
        await additions.happened(
            Event.PARTICIPANT_LEFT, mara, await queries.session(scene.id), leaver
        )

    await leave()
    assert all(leaver.id not in each["people"] for each in await live(scene))
    assert group in {each["request"] for each in await live(scene)}
    assert await count(scene) == 3
    assert "no longer takes part" in await value("SELECT why FROM meeting WHERE NOT live LIMIT 1")


async def test_a_change_after_the_plan_needs_a_look(cast: Cast, scene: Scene) -> None:
    one = (await live(scene))[0]
    await execute("INSERT INTO participant_away (participant, slot) VALUES ($1, $2)",
                  one["people"][0], one["slot"])  # fmt: skip
    shown = (await cast.mara.get(desk(scene, "/plan"))).text
    assert "Needs a look" in shown
    assert "is not free then" in shown


async def test_only_managers_change_the_plan(cast: Cast, scene: Scene) -> None:
    one = (await live(scene))[0]
    here = desk(scene, f"/meetings/{one['id']}")
    assert "Move the meeting" not in (await cast.vera.get(here)).text
    assert (await cast.vera.send_form(here, {"slot": "1"})).status_code == 403
    assert (await cast.nils.send_form(here, {"slot": "1"})).status_code == 404
    assert (await cast.mara.get(desk(scene, "/meetings/999"))).status_code == 404
