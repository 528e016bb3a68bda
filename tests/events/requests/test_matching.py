"""The organiser matches by hand: groups, orders, refusals; and the API of both sides."""

from collections.abc import AsyncIterator

import httpx
import pytest

from events.requests import additions
from server.accounts.permissions import Actor
from server.database import action, execute, rows, value
from tests.cast import Cast
from tests.events.matchmaking.scene import Scene, session_with


@pytest.fixture
async def scene(cast: Cast) -> AsyncIterator[Scene]:
    made = await session_with(cast, 5)
    yield made
    await made.leave()


def desk(scene: Scene, path: str = "") -> str:
    return f"/desk/meetings/{scene.id}/requests{path}"


async def match(cast: Cast, scene: Scene, *who: int, **more: object) -> httpx.Response:
    ids = [scene.people[n].id for n in who]
    data = {"first": ids[0], "second": ids[1], "guests": ids[2:], "message": "You fit.", **more}
    return await cast.mara.send_form(desk(scene, "/new"), data)


async def matched(cast: Cast, scene: Scene, *who: int) -> int:
    answer = await match(cast, scene, *who)
    assert answer.status_code == 303, answer.text[-2000:]
    return int(answer.headers["location"].rsplit("/", 1)[1])


async def subjects(email: str) -> list[str]:
    return [
        each["subject"]
        for each in await rows("SELECT subject FROM message WHERE to_email = $1 ORDER BY id", email)
    ]


async def test_matched_by_hand_is_agreed_at_once_and_all_are_told(cast: Cast, scene: Scene) -> None:
    made = await matched(cast, scene, 0, 2, 3)  # two buyers, whom no rule lets ask, and a seller
    found = await rows("SELECT state, by_hand, answer_priority FROM meeting_request")
    assert found == [{"state": "accepted", "by_hand": True, "answer_priority": 2}]
    for n in (0, 2, 3):
        assert await subjects(scene.people[n].email) == ["A meeting for you at Cold chain meetings"]
    mine = await scene.someone[3].get(f"/my/meetings/{scene.id}/requests?side=together")
    assert scene.people[0].name in mine.text
    assert (
        await scene.someone[3].get(f"/my/meetings/{scene.id}/requests/{made}")
    ).status_code == 200
    shown = (await cast.vera.get(desk(scene, "?by_hand=yes"))).text
    assert "By the organiser" in shown
    twice = await match(cast, scene, 2, 0)
    assert (twice.status_code, "agreed to meet already" in twice.text) == (409, True)


async def test_match_answers_what_was_asked(cast: Cast, scene: Scene) -> None:
    path = f"/my/meetings/{scene.id}/people/{scene.people[1].key}"
    await scene.someone[0].send_form(path, {"message": "We would like to buy from you."})
    made = await matched(cast, scene, 1, 0)
    assert await value("SELECT state FROM meeting_request WHERE id = $1", made) == "accepted"
    assert await value("SELECT count(*) FROM meeting_request") == 1


async def test_match_is_refused_inside_a_company_with_a_block_and_of_strangers(
    cast: Cast, scene: Scene
) -> None:
    same = await match(cast, scene, 0, 0)
    assert (same.status_code, "Choose two different people" in same.text) == (422, True)

    @action
    async def block() -> None:
        await execute(
            "INSERT INTO meeting_block (person, other, since) VALUES ($1, $2, now())",
            scene.people[3].person_id,
            scene.people[0].person_id,
        )

    await block()
    for who in ((0, 3), (0, 1, 3)):
        barred = await match(cast, scene, *who)
        assert (barred.status_code, "does not want to meet" in barred.text) == (422, True)
    stranger = await match(cast, scene, 0, 1, second=987654)
    assert (stranger.status_code, "take part in this session" in stranger.text) == (422, True)
    viewer = await cast.vera.get(desk(scene, "/new"))
    assert viewer.status_code == 403
    assert await value("SELECT count(*) FROM meeting_request") == 0


async def test_further_people_and_orders(cast: Cast, scene: Scene) -> None:
    one, other = await matched(cast, scene, 0, 1), await matched(cast, scene, 0, 3)
    page = desk(scene, f"/{one}")
    added = await cast.mara.send_form(
        page, {"participant": scene.people[4].id}, to=page + "/guests"
    )
    assert added.status_code == 303
    twice = await cast.mara.send_form(
        page, {"participant": scene.people[4].id}, to=page + "/guests"
    )
    assert (twice.status_code, "in this meeting already" in twice.text) == (422, True)
    set_it = await cast.mara.send_form(
        page, {"other": other, "place": "before"}, to=page + "/order"
    )
    assert set_it.status_code == 303
    assert await rows("SELECT earlier, later FROM request_order") == [
        {"earlier": one, "later": other}
    ]
    back = desk(scene, f"/{other}")
    circle = await cast.mara.send_form(back, {"other": one, "place": "before"}, to=back + "/order")
    assert (circle.status_code, "the other way round already" in circle.text) == (422, True)
    shown = (await cast.mara.get(page)).text
    assert "before Ana Example – Person 3" in shown
    gone = page + f"/guests/{scene.people[4].id}/remove"
    assert (await cast.mara.send_form(page, to=gone)).status_code == 303
    assert (await cast.mara.send_form(page, to=page + f"/order/{other}/remove")).status_code == 303
    assert await rows("SELECT id FROM request_order UNION ALL SELECT id FROM request_guest") == []


async def test_cancelled_at_the_desk_is_told_and_followed(cast: Cast, scene: Scene) -> None:
    made = await matched(cast, scene, 0, 1)
    heard: list[tuple[int, int, str]] = []

    async def follows(_: Actor, session: int, request: int, why: str) -> bool:
        heard.append((session, request, why))
        return False

    additions.ended(follows)
    try:
        page = desk(scene, f"/{made}")
        no_reason = await cast.mara.send_form(page, {"why": ""}, to=page + "/cancel")
        assert no_reason.status_code == 422
        await cast.mara.send_form(page, {"why": "The hall is closed."}, to=page + "/cancel")
    finally:
        additions._ended.remove(follows)
    assert heard == [(scene.id, made, "The hall is closed.")]
    assert "is cancelled" in (await subjects("ana@cast.example"))[-1]


async def test_api_of_both_sides(cast: Cast, scene: Scene) -> None:
    ana, carla = await cast.ana.program(), await cast.carla.program()
    my = f"/api/v1/my/meetings/{scene.id}"
    seen = (await ana.get(f"{my}/people?country=IT")).json()["items"]
    assert [each["name"] for each in seen] == ["Carla Example"]
    assert "@" not in str(seen)
    listed = (await ana.get(f"{my}/recommendations")).json()
    assert all(each["reasons"] for each in listed)
    made = await ana.post(
        f"{my}/people/{seen[0]['key']}/requests",
        json={"message": "We would like to buy from you.", "priority": 1},
    )
    assert made.status_code == 200, made.text
    got = (await carla.get(f"{my}/requests/received")).json()["items"]
    assert [each["id"] for each in got] == [made.json()["id"]]
    yes = await carla.post(f"{my}/requests/{got[0]['id']}/accept", json={})
    assert yes.status_code == 200
    assert (await ana.get(f"{my}/requests/sent")).json()["items"][0]["state"] == "accepted"
    mara = await cast.mara.program()
    found = await mara.get(f"/api/v1/desk/meetings/{scene.id}/requests?state=accepted")
    assert len(found.json()["items"]) == 1
    for each in (ana, carla, mara):
        await each.aclose()
