"""Further people of a meeting: colleagues brought along, before and after the plan is told."""

from collections.abc import AsyncIterator

import pytest

from server import jobs
from server.database import action, execute, rows, value
from tests.cast import Cast, _insert, member, person
from tests.events.matchmaking.scene import Scene, participant, session_with
from tests.events.schedules.plans import accepted, desk, faults, live, published


@pytest.fixture
async def scene(cast: Cast) -> AsyncIterator[Scene]:
    """Four people, and a colleague of Ana's who takes part as well."""
    made = await session_with(cast, 4)

    @action
    async def colleague() -> int:
        who = await person("bruna@cast.example", "Bruna Example")
        await member("company", cast.quinta, who, "member")
        return await participant(made.id, made.groups["Buyers"].id, who, cast.quinta)

    made.colleague = await colleague()  # type: ignore[attr-defined]
    yield made
    await made.leave()


def page(scene: Scene, request: int, rest: str = "") -> str:
    return f"/my/meetings/{scene.id}/requests/{request}{rest}"


async def subjects(email: str) -> list[str]:
    found = await rows("SELECT subject FROM message WHERE to_email = $1 ORDER BY id", email)
    return [each["subject"] for each in found]


async def test_a_colleague_comes_along_before_the_plan_and_all_are_told(
    cast: Cast, scene: Scene
) -> None:
    made, ana = await accepted(scene, 0, 1), scene.someone[0]
    colleague = str(scene.colleague)  # type: ignore[attr-defined]
    assert "Bruna Example" in (await ana.get(page(scene, made))).text
    stranger = await ana.send_form(
        page(scene, made), {"participant": str(scene.people[3].id)}, to=page(scene, made, "/guests")
    )
    assert (stranger.status_code, "people of your own company" in stranger.text) == (422, True)
    done = await ana.send_form(
        page(scene, made), {"participant": colleague}, to=page(scene, made, "/guests")
    )
    assert done.status_code == 303, done.text
    assert await subjects("bruna@cast.example") == ["A meeting for you at Cold chain meetings"]
    assert await subjects(scene.people[1].email) == ["Bruna Example joins a meeting of yours"]
    other = await scene.someone[1].send_form(
        page(scene, made), to=page(scene, made, f"/guests/{colleague}/remove")
    )
    assert other.status_code == 404  # only her own company takes her out
    await published(cast, scene)
    (meeting,) = await live(scene)
    assert int(colleague) in meeting["people"]
    assert await faults(scene) == []


async def test_a_colleague_joins_a_meeting_that_has_a_time_and_leaves_it(
    cast: Cast, scene: Scene
) -> None:
    made, ana = await accepted(scene, 0, 1), scene.someone[0]
    colleague: int = scene.colleague  # type: ignore[attr-defined]
    await published(cast, scene)
    await jobs.drain()
    (before,) = await live(scene)
    form = {"participant": str(colleague)}
    done = await ana.send_form(page(scene, made), form, to=page(scene, made, "/guests"))
    assert done.status_code == 303, done.text
    await jobs.drain()
    (after,) = await live(scene)
    assert after["people"] == [*before["people"], colleague]
    assert (after["slot"], after["place"]) == (before["slot"], before["place"])
    (told,) = await subjects("bruna@cast.example")
    assert told.startswith("New: ")
    mail = await value(
        "SELECT body_text FROM message WHERE to_email = $1 ORDER BY id DESC LIMIT 1",
        scene.people[1].email,
    )
    assert "Other people:" in mail
    assert "Bruna Example" in mail
    gone = await ana.send_form(
        page(scene, made), to=page(scene, made, f"/guests/{colleague}/remove")
    )
    assert gone.status_code == 303
    await jobs.drain()
    (back,) = await live(scene)
    assert back["people"] == before["people"]
    assert len(await subjects("bruna@cast.example")) == 2
    assert await faults(scene) == []


async def test_a_colleague_who_is_busy_then_is_refused_by_name_with_alternatives(
    cast: Cast, scene: Scene
) -> None:
    made = await accepted(scene, 0, 1)
    colleague: int = scene.colleague  # type: ignore[attr-defined]
    await published(cast, scene)
    (meeting,) = await live(scene)

    @action
    async def away() -> None:
        await _insert("participant_away", participant=colleague, slot=meeting["slot"])

    await away()
    refused = await scene.someone[0].send_form(
        page(scene, made), {"participant": str(colleague)}, to=page(scene, made, "/guests")
    )
    assert refused.status_code == 422
    assert "Bruna Example is not free then" in refused.text
    assert "Nothing was changed. It would fit at" in refused.text
    assert await value("SELECT count(*) FROM request_guest") == 0

    @action
    async def small() -> None:
        await execute("UPDATE session_place SET seats = 2")
        await execute("DELETE FROM participant_away")

    await small()
    full = await cast.mara.send_form(
        desk(scene, f"/requests/{made}"), {"participant": str(colleague)},
        to=desk(scene, f"/requests/{made}/guests"),
    )  # fmt: skip
    assert (full.status_code, "no open place with seats for all" in full.text) == (422, True)
    assert len((await live(scene))[0]["people"]) == 2
