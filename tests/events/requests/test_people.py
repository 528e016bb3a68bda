"""Whom to meet: recommendations with reasons, search, not interested, exposure."""

from collections.abc import AsyncIterator

import pytest

from events.requests import gathering, suggesting
from events.requests import jobs as clockwork
from server import jobs
from server.database import action, counting, execute, row, rows, value
from tests.cast import Cast
from tests.events.matchmaking.scene import Scene, session_with


@pytest.fixture
async def scene(cast: Cast) -> AsyncIterator[Scene]:
    made = await session_with(cast, 6)
    yield made
    await made.leave()


async def run(sql: str, *args: object) -> None:
    @action
    async def do() -> None:
        await execute(sql, *args)

    await do()


async def needing(scene: Scene, one: int, offers: str, needs: str) -> None:
    profile = scene.people[one].profile
    for side, text in (("offer", offers), ("need", needs)):
        await run(
            "UPDATE profile_good SET text = $2, codes = '{}' WHERE profile = $1 AND side = $3",
            profile,
            text,
            side,
        )
    await run("UPDATE meeting_profile SET changed_at = now() WHERE id = $1", profile)


async def trading(scene: Scene) -> None:
    """Buyers offer olive oil and look for bottles, sellers the other way round."""
    for n in range(len(scene.people)):
        goods = ("Olive oil", "Glass bottles")
        await needing(scene, n, *(goods if n % 2 == 0 else goods[::-1]))


async def standing(scene: Scene, one: int) -> list[int]:
    return [
        each["other"]
        for each in await rows(
            "SELECT other FROM meeting_suggestion WHERE participant = $1 ORDER BY rank",
            scene.people[one].id,
        )
    ]


def page(scene: Scene, path: str = "") -> str:
    return f"/my/meetings/{scene.id}/people{path}"


async def test_recommendations_come_first_with_their_reasons(scene: Scene) -> None:
    await needing(scene, 0, "Olive oil", "Glass bottles")
    await needing(scene, 3, "Glass bottles", "Olive oil")
    await clockwork.suggest()
    assert (await standing(scene, 0))[0] == scene.people[3].id
    shown = (await scene.someone[0].get(page(scene))).text
    part = shown.split("All people you may ask")[0]
    assert scene.people[3].name in part
    assert "You need Glass bottles; they offer it." in part
    assert "Both speak English and German." in part
    # the group of buyers does not ask buyers
    assert scene.people[2].name not in shown
    times = await row(
        "SELECT shown FROM meeting_suggestion WHERE participant = $1 AND other = $2",
        scene.people[0].id,
        scene.people[3].id,
    )
    assert times == {"shown": 1}


async def test_first_look_needs_no_waiting(scene: Scene) -> None:
    await trading(scene)
    assert await value("SELECT count(*) FROM meeting_suggestion") == 0
    shown = (await scene.someone[0].get(page(scene))).text
    assert "No recommendations yet" not in shown
    assert len(await standing(scene, 0)) == 3


async def test_not_interested_is_out_at_once_and_learnt_from(scene: Scene) -> None:
    await needing(scene, 0, "Olive oil", "Glass bottles")
    for n, offers in ((1, "Glass bottles"), (3, "Glass bottles and jars"), (5, "Refrigeration")):
        await needing(scene, n, offers, "Olive oil")
    await clockwork.suggest()
    before = await standing(scene, 0)
    assert before[-1] == scene.people[5].id
    out = page(scene, f"/{scene.people[1].key}/pass-over")
    assert (await scene.someone[0].send_form(page(scene), to=out)).status_code == 303
    assert scene.people[1].id not in await standing(scene, 0)
    score = await value(
        "SELECT score FROM meeting_suggestion WHERE participant = $1 AND other = $2",
        scene.people[0].id,
        scene.people[3].id,
    )
    await jobs.drain()
    assert scene.people[1].id not in await standing(scene, 0)
    after = await value(
        "SELECT score FROM meeting_suggestion WHERE participant = $1 AND other = $2",
        scene.people[0].id,
        scene.people[3].id,
    )
    assert after < score
    # nobody else sees what was said
    assert scene.people[0].id in await standing(scene, 3)
    back = page(scene, f"/{scene.people[1].key}/forget")
    await scene.someone[0].send_form(page(scene), to=back)
    await jobs.drain()
    assert scene.people[1].id in await standing(scene, 0)


async def test_lists_are_worked_out_anew_only_when_something_changed(scene: Scene) -> None:
    await clockwork.suggest()
    first = await value("SELECT made_at FROM meeting_suggesting")
    await clockwork.suggest()
    assert await value("SELECT made_at FROM meeting_suggesting") == first
    await needing(scene, 0, "Olive oil", "Cardboard")
    assert await suggesting.stale(scene.id)
    await clockwork.suggest()
    assert await value("SELECT made_at FROM meeting_suggesting") > first
    await run("UPDATE participant SET state = 'left' WHERE id = $1", scene.people[1].id)
    await clockwork.suggest()
    assert scene.people[1].id not in await standing(scene, 0)
    assert await standing(scene, 1) == []


async def test_blocked_while_it_was_worked_out_is_not_kept(scene: Scene) -> None:
    await run(
        "INSERT INTO meeting_block (person, other, since) VALUES ($1, $2, now())",
        scene.people[1].person_id,
        scene.people[0].person_id,
    )
    await suggesting.for_all(scene.id)
    assert scene.people[1].id not in await standing(scene, 0)
    assert scene.people[0].id not in await standing(scene, 1)


async def test_people_without_a_common_slot_are_not_suggested(scene: Scene) -> None:
    for slot in scene.slots:
        await run(
            "INSERT INTO participant_away (participant, slot, why) VALUES ($1, $2, 'own')",
            scene.people[1].id,
            slot.id,
        )
    index = await gathering.index(scene.id)
    assert index.profiles[index.at[str(scene.people[1].id)]].slots == 0
    await suggesting.for_all(scene.id)
    assert scene.people[1].id not in await standing(scene, 0)


async def test_search_narrows(scene: Scene) -> None:
    await needing(scene, 3, "Glass bottles", "Olive oil")
    await run("UPDATE meeting_profile SET sectors = '{46}' WHERE id = $1", scene.people[5].profile)
    for query, wanted in (
        ("words=glass", [3]),
        ("words=GLASS&country=FR", [3]),
        ("country=IT", [1]),
        ("language=de", [1, 3, 5]),
        ("language=fr", []),
        ("sector=46", [5]),
        ("words=%25", []),
    ):
        shown = (await scene.someone[0].get(page(scene, f"?{query}"))).text
        found = [n for n in range(6) if f"/people/{scene.people[n].key}" in shown]
        assert found == wanted, query


async def test_people_page_by_page_costs_the_same(cast: Cast) -> None:
    many = await session_with(cast, 46, sign_in=False)

    async def look(query: str) -> tuple[int, str]:
        async with counting() as noted:
            answer = await cast.ana.get(page(many, f"?{query}"))
        assert answer.status_code == 200
        return len(noted), answer.text

    one, (cost, shown) = await look("country=IT"), await look("language=de")
    assert cost == one[0]
    first = {str(each.key) for each in many.people if str(each.key) in shown}
    cursor = shown.split("cursor=")[1].split('"')[0]
    rest = (await look(f"cursor={cursor}&language=de"))[1]
    second = {str(each.key) for each in many.people if str(each.key) in rest}
    assert (len(first), len(second)) == (20, 3)
    assert not first & second


async def test_exposure_says_whom_nobody_sees(cast: Cast, scene: Scene) -> None:
    await run(
        "UPDATE meeting_profile SET languages = '{vi}' WHERE id = $1", scene.people[5].profile
    )
    await trading(scene)
    await suggesting.for_all(scene.id)
    report = await cast.vera.get(f"/desk/meetings/{scene.id}/requests/exposure")
    assert report.status_code == 200
    assert "Gini index" in report.text
    assert scene.people[5].name in report.text.split("in nobody")[-1]
    without = await cast.vera.get(f"/desk/meetings/{scene.id}/requests/without")
    assert all(each.name in without.text for each in scene.people)
    program = await cast.vera.program()
    figures = (await program.get(f"/api/v1/desk/meetings/{scene.id}/requests/exposure")).json()
    assert (figures["people"], figures["unseen"]) == (6, 1)
    await program.aclose()
