"""Sessions that are not a hall with tables: by video at decent hours, and visits to companies."""

from zoneinfo import ZoneInfo

from server import jobs
from server.database import execute, rows
from tests.cast import Cast
from tests.events.matchmaking.scene import session_with
from tests.events.schedules.plans import accepted, desk, everybody, faults, live, published


async def test_a_session_by_video_meets_at_decent_hours_of_everybody_and_says_where_none_is(
    cast: Cast,
) -> None:
    scene = await session_with(cast, 5, kind="online", sign_in=False)
    for n, zone, first, last in (
        (2, "America/New_York", 8, 20), (3, "Asia/Kolkata", 9, 18), (4, "Pacific/Auckland", 9, 18),
    ):  # fmt: skip
        await execute(
            "UPDATE participant SET tz = $2, day_from = $3, day_until = $4 WHERE id = $1",
            scene.people[n].id, zone, first, last,
        )  # fmt: skip
    asleep = (await everybody(scene))[-1]
    await published(cast, scene)
    assert await faults(scene) == []
    held = await live(scene)
    for one in held:
        local = one["starts_at"].astimezone
        if scene.people[2].id in one["people"]:
            assert local(ZoneInfo("America/New_York")).hour >= 8
        if scene.people[3].id in one["people"]:
            assert local(ZoneInfo("Asia/Kolkata")).hour < 18
    assert all(one["place"] is None for one in held)
    assert {scene.people[0].id, scene.people[1].id} in [set(one["people"]) for one in held]
    assert not [one for one in held if scene.people[4].id in one["people"]]  # night in Auckland
    (why,) = await rows("SELECT why FROM run_meeting WHERE request = $1", asleep)
    assert "Person 4" in why["why"]


async def test_a_delegation_meets_each_company_at_its_own_premises(cast: Cast) -> None:
    scene = await session_with(cast, 6, kind="inward", sign_in=False)
    await execute("DELETE FROM session_place WHERE session = $1", scene.id)
    page = desk(scene, "/places")
    for n in (1, 3, 5):
        added = await cast.mara.send_form(
            page,
            {"kind": "company", "word": f"Works of {scene.people[n].company_name}", "first": "",
             "count": "1", "area": f"Town {n}", "seats": "8",
             "company": str(scene.people[n].company_id)},
        )  # fmt: skip
        assert added.status_code == 303, added.text
    await execute("UPDATE meeting_session SET walking = true WHERE id = $1", scene.id)
    await everybody(scene)
    await published(cast, scene)
    assert await faults(scene) == []
    held = await live(scene)
    assert len(held) >= 6
    of = {each.id: each.company_id for each in scene.people}
    assert all(one["place_kind"] == "company" for one in held)
    assert all(one["place_company"] in {of[who] for who in one["people"]} for one in held)


async def test_a_meeting_with_a_time_that_is_called_off_is_one_mail_and_no_other(
    cast: Cast,
) -> None:
    scene = await session_with(cast, 2)
    made = await accepted(scene, 0, 1)
    await published(cast, scene)
    await jobs.drain()
    before = {each["id"] for each in await rows("SELECT id FROM message")}
    mine = f"/my/meetings/{scene.id}/requests/{made}"
    done = await scene.someone[0].send_form(mine, {"why": "My flight is off."}, to=mine + "/cancel")
    assert done.status_code == 303
    await jobs.drain()
    told = [
        each
        for each in await rows("SELECT id, to_email, subject FROM message ORDER BY id")
        if each["id"] not in before
    ]
    assert sorted(each["to_email"] for each in told) == ["ana@cast.example", "carla@cast.example"]
    assert all(each["subject"].startswith("Cancelled:") for each in told)
    await scene.leave()
