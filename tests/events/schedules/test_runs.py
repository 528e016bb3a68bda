"""Runs from the button to the plan that people know, held against the database alone."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import uuid4

import asyncpg
import pytest

from events.schedules import additions
from events.schedules.additions import Change
from server import clock, jobs
from server.accounts.permissions import Actor
from server.database import counting, execute, row, rows, value
from tests.cast import Cast, _insert
from tests.events.matchmaking.scene import Scene, session_with
from tests.events.schedules.plans import (
    accepted,
    count,
    desk,
    drafted,
    everybody,
    faults,
    live,
    publish,
    published,
    set_session,
)


@pytest.fixture
async def scene(cast: Cast) -> Scene:
    """Three buyers and three sellers."""
    return await session_with(cast, 6, sign_in=False)


@pytest.fixture
async def told() -> AsyncIterator[list[list[Change]]]:
    """What the rooms above were told, a list for each transaction."""
    heard: list[list[Change]] = []

    async def listen(actor: Actor, session_id: int, changes: Sequence[Change]) -> None:
        heard.append(list(changes))

    additions.told(listen)
    try:
        yield heard
    finally:
        additions._told.remove(listen)


async def test_a_run_is_worked_out_compared_and_published(
    cast: Cast, scene: Scene, told: list[list[Change]]
) -> None:
    await everybody(scene)
    number = await drafted(cast, scene)
    assert await count(scene) == 0, "a draft is known to nobody"
    shown = (await cast.mara.get(desk(scene, f"/runs/{number}"))).text
    assert "9 of 9" in shown
    assert "proven the best" in shown
    compared = (await cast.mara.get(desk(scene, f"/runs/{number}/compare"))).text
    assert "Publish this plan" in compared
    assert "Ana Example and Carla Example" in compared
    done = await publish(cast, scene, number)
    assert done.status_code == 303
    assert await count(scene) == 9
    assert await faults(scene) == []
    assert [each.kind for each in told[0]] == ["new"] * 9
    assert len(told) == 1
    plan = (await cast.vera.get(desk(scene, "/plan"))).text
    assert "Table 1" in plan
    assert "9 of 9 accepted meetings" in plan
    assert (await cast.mara.get(desk(scene, "/meetings"))).status_code == 200
    assert (await publish(cast, scene, number)).status_code == 409
    assert (await cast.nils.get(desk(scene, "/plan"))).status_code == 404


async def test_a_plan_keeps_every_rule_of_the_session(cast: Cast, scene: Scene) -> None:
    ana, carla, two, three, _, five = scene.people
    stand = await _insert(
        "session_place", session=scene.id, kind="stand", label="B 12", area="B",
        company=carla.company_id, position=1,
    )  # fmt: skip
    await set_session(scene, most_in_a_row=2, walking=True)
    await execute("UPDATE meeting_profile SET languages = '{ja}' WHERE id = $1", three.profile)
    helper = await _insert("interpreter", session=scene.id, name="Yuki", languages=["ja", "en"])
    await execute("INSERT INTO interpreter_away (interpreter, slot) VALUES ($1, $2)", helper,
                  scene.slots[0].id)  # fmt: skip
    await execute("UPDATE participant SET online = true, tz = 'America/New_York', day_from = 8"
                  " WHERE id = $1", five.id)  # fmt: skip
    await execute("UPDATE participant SET most_meetings = 2 WHERE id = $1", ana.id)
    await execute("INSERT INTO participant_away (participant, slot) VALUES ($1, $2)", two.id,
                  scene.slots[1].id)  # fmt: skip
    requests = await everybody(scene)
    third = await accepted(scene, 2, 4, 1)
    await execute("INSERT INTO request_order (earlier, later) VALUES ($1, $2)", requests[3], third)
    await published(cast, scene)
    assert await faults(scene) == []
    at = {each["request"]: each for each in await live(scene)}
    assert len(at) >= 7
    assert any(each["place"] == stand for each in at.values())
    assert any(each["interpreter"] == helper for each in at.values())
    assert all(each["half"] == 1 for each in at.values() if five.id in each["people"]), "14:00 on"
    reasons = await rows("SELECT why FROM run_meeting WHERE slot IS NULL")
    assert any("Ana Example has 3 accepted meetings and may have 2" in one["why"]
               for one in reasons)  # fmt: skip


async def test_what_does_not_fit_has_a_reason_and_alternatives(cast: Cast, scene: Scene) -> None:
    await execute("DELETE FROM session_place WHERE session = $1 AND label <> 'Table 1'", scene.id)
    await execute("DELETE FROM session_slot WHERE session = $1 AND number > 0", scene.id)
    await accepted(scene, 0, 1, priority=1)
    low = await accepted(scene, 2, 3, priority=3)
    await published(cast, scene)
    (only,) = await live(scene)
    assert only["people"] == [scene.people[0].id, scene.people[1].id]
    plan = (await cast.mara.get(desk(scene, f"/plan?fill={low}"))).text
    assert "all tables are taken" in plan
    assert "If this meeting moved" in plan
    assert plan.count("Ana Example and Carla Example") >= 1


async def test_a_stale_draft_is_refused_and_names_what_changed(cast: Cast, scene: Scene) -> None:
    await everybody(scene)
    number = await drafted(cast, scene)
    await execute("INSERT INTO participant_away (participant, slot) VALUES ($1, $2)",
                  scene.people[2].id, scene.slots[0].id)  # fmt: skip
    refused = await publish(cast, scene, number)
    assert refused.status_code == 409
    assert "Changed their times, languages or limits: Person 2." in refused.text
    assert await count(scene) == 0


async def test_going_back_makes_a_draft_of_the_earlier_plan(cast: Cast, scene: Scene) -> None:
    await everybody(scene)
    first = await published(cast, scene)
    known = {each["request"]: (each["slot"], each["place"]) for each in await live(scene)}
    gone = (await live(scene))[0]
    await cast.mara.send_form(desk(scene, f"/meetings/{gone['id']}"), {"why": "Rain"},
                              to=desk(scene, f"/meetings/{gone['id']}/cancel"))  # fmt: skip
    assert await count(scene) == 8
    made = await cast.mara.send_form(
        desk(scene, f"/runs/{first}"), to=desk(scene, f"/runs/{first}/back")
    )
    assert made.status_code == 303, made.text
    number = int(made.headers["location"].split("/")[-2])
    assert (await publish(cast, scene, number)).status_code == 303
    assert {each["request"]: (each["slot"], each["place"]) for each in await live(scene)} == known
    assert await faults(scene) == []


async def test_planning_again_keeps_what_people_know(
    cast: Cast, scene: Scene, told: list[list[Change]]
) -> None:
    await everybody(scene)
    await published(cast, scene)
    known = {each["request"]: (each["slot"], each["place"]) for each in await live(scene)}
    new = await accepted(scene, 0, 2)
    await published(cast, scene, "again")
    now = {each["request"]: (each["slot"], each["place"]) for each in await live(scene)}
    assert new in now
    assert sum(now[one] != known[one] for one in known) <= 1
    assert len(told[-1]) == 1 + sum(now[one] != known[one] for one in known)
    assert await faults(scene) == []


async def test_a_pinned_meeting_is_left_alone_by_a_whole_run(cast: Cast, scene: Scene) -> None:
    await everybody(scene)
    await published(cast, scene)
    one = (await live(scene))[0]
    here = desk(scene, f"/meetings/{one['id']}")
    assert (await cast.mara.send_form(here, {"pinned": "on"}, to=here + "/pin")).status_code == 303
    await execute("UPDATE participant SET most_meetings = 1 WHERE id = $1", one["people"][0])
    await published(cast, scene)
    (again,) = [each for each in await live(scene) if each["id"] == one["id"]]
    assert (again["slot"], again["place"]) == (one["slot"], one["place"])
    assert await faults(scene) == []


async def test_a_run_is_discarded_and_only_one_is_at_work(cast: Cast, scene: Scene) -> None:
    await everybody(scene)
    first = await cast.mara.send_form(desk(scene, "/runs"), {"kind": "whole", "seconds": "1"})
    second = await cast.mara.send_form(desk(scene, "/runs"), {"kind": "whole", "seconds": "1"})
    assert (first.status_code, second.status_code) == (303, 409)
    where = first.headers["location"]
    assert "being worked out" in (await cast.mara.get(where)).text
    assert (await cast.mara.send_form(where, to=where + "/discard")).status_code == 303
    await jobs.drain()
    assert await value("SELECT state FROM schedule_run") == "discarded"


async def test_nothing_is_planned_before_it_is_accepted(cast: Cast, scene: Scene) -> None:
    refused = await cast.mara.send_form(desk(scene, "/runs"), {"kind": "whole", "seconds": "1"})
    assert refused.status_code in (404, 422) or "No request is accepted" in refused.text
    client = await cast.mara.program()
    async with client:
        answer = await client.post(f"/api/v1{desk(scene, '/runs')}", json={"kind": "again"})
    assert answer.status_code == 422
    assert "No request is accepted yet" in answer.text


async def test_the_api_runs_publishes_and_lists(cast: Cast, scene: Scene) -> None:
    await everybody(scene)
    async with await cast.mara.program() as client:
        base = f"/api/v1{desk(scene)}"
        made = (await client.post(base + "/runs", json={"seconds": 1})).json()
        await jobs.drain()
        run = (await client.get(f"{base}/runs/{made['number']}")).json()
        assert run["run"]["answer"]["placed"] == len(run["lines"]) == 9
        done = await client.post(f"{base}/runs/{made['number']}/publish", json={})
        assert done.json() == {"changes": 9}
        first = (await client.get(base + "/meetings?limit=5")).json()
        rest = (await client.get(f"{base}/meetings?cursor={first['next']}")).json()
        assert (len(first["items"]), len(rest["items"]), rest["next"]) == (5, 4, None)
        assert (await client.get(base + "/runs")).json()["items"][0]["state"] == "published"


async def test_pages_cost_the_same_for_few_and_many(cast: Cast, scene: Scene) -> None:
    await accepted(scene, 0, 1)
    await published(cast, scene)

    async def costs() -> list[int]:
        found = []
        for rest in ("/runs", "/plan", "/meetings"):
            async with counting() as noted:
                assert (await cast.mara.get(desk(scene, rest))).status_code == 200
            found.append(len(noted))
        return found

    few = await costs()
    await everybody_but_first(scene)
    await published(cast, scene)
    assert await costs() == few


async def everybody_but_first(scene: Scene) -> None:
    """All further pairs."""
    n = len(scene.people)
    for a in range(0, n, 2):
        for b in range(1, n, 2):
            if (a, b) != (0, 1):
                await accepted(scene, a, b)


# -- the last guard -------------------------------------------------------------------------------


async def _seated(url: str, scene: Scene, requests: list[int]) -> list[object]:
    """Two programs that each see a free slot and take it, at the same moment."""
    both = asyncio.Barrier(2)

    async def take(request: int) -> None:
        held = await asyncpg.connect(url)
        try:
            async with held.transaction():
                taken = await held.fetchval(
                    "SELECT count(*) FROM meeting WHERE slot = $1 AND place = $2 AND live",
                    scene.slots[0].id, scene.places[0].id,
                )  # fmt: skip
                assert taken == 0
                await both.wait()
                await held.execute(
                    "INSERT INTO meeting (session, request, key, slot, place, state, created_at,"
                    " changed_at) VALUES ($1,$2,$3,$4,$5,'planned',$6,$6)",
                    scene.id, request, uuid4(), scene.slots[0].id, scene.places[0].id, clock.now(),
                )  # fmt: skip
        finally:
            await held.close()

    return await asyncio.gather(*(take(one) for one in requests), return_exceptions=True)


async def test_a_table_is_taken_once_by_constraint_and_twice_without(
    db: str, cast: Cast, scene: Scene
) -> None:
    requests = [await accepted(scene, 0, 1), await accepted(scene, 2, 3)]
    said = await _seated(db, scene, requests)
    assert [type(each) for each in said if each is not None] == [asyncpg.ExclusionViolationError]
    await execute("DELETE FROM meeting")
    await execute("ALTER TABLE meeting DROP CONSTRAINT meeting_place_once")
    try:
        assert await _seated(db, scene, requests) == [None, None], "the race is real"
    finally:
        await execute("DELETE FROM meeting")
        await execute(
            "ALTER TABLE meeting ADD CONSTRAINT meeting_place_once EXCLUDE USING btree"
            " (place WITH =, slot WITH =) WHERE (live AND place IS NOT NULL)"
            " DEFERRABLE INITIALLY DEFERRED"
        )


async def test_a_person_has_one_seat_in_a_slot_by_constraint(cast: Cast, scene: Scene) -> None:
    await accepted(scene, 0, 1)
    await published(cast, scene)
    seat = await row("SELECT * FROM meeting_seat LIMIT 1")
    other = await accepted(scene, 0, 3)
    assert seat is not None
    made = await _insert(
        "meeting", session=scene.id, request=other, key=uuid4(), slot=seat["slot"],
        state="planned", created_at=clock.now(), changed_at=clock.now(),
    )  # fmt: skip
    with pytest.raises(asyncpg.ExclusionViolationError):
        await _insert("meeting_seat", meeting=made, participant=seat["participant"],
                      slot=seat["slot"])  # fmt: skip


async def test_a_run_that_breaks_says_so_and_makes_way(cast: Cast, scene: Scene) -> None:
    """Whatever goes wrong in the worker, the next run can begin."""
    await everybody(scene)
    begun = await cast.mara.send_form(desk(scene, "/runs"), {"kind": "whole", "seconds": "1"})
    assert begun.status_code == 303
    await execute("UPDATE schedule_run SET asked = jsonb_set(asked, '{slots}', '\"broken\"')")
    await jobs.drain()
    assert await value("SELECT state FROM schedule_run") == "failed"
    shown = await cast.mara.get(desk(scene, "/runs/1"))
    assert "The plan that people know is as it was" in shown.text
    number = await drafted(cast, scene)
    assert number == 2
