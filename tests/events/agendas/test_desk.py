"""The day at the desk: the wall, no-shows, gaps, check-in, prints, figures, exports."""

import io
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from events.agendas.jobs import held
from server.database import action, counting, rows, value
from tests.booths.calls.test_story import done
from tests.cast import Cast
from tests.events.agendas.day import agreed, at, during, everybody_told, key_of, meeting
from tests.events.matchmaking.scene import Scene, session_with


@pytest.fixture
async def scene(cast: Cast) -> AsyncIterator[Scene]:
    """Six people and nobody's meetings yet."""
    made = await session_with(cast, 6, days_ahead=1)
    yield made
    await made.leave()


waits = action(agreed)


async def test_wall_shows_now_and_next_and_answers_304(cast: Cast, scene: Scene) -> None:
    await meeting(scene, 0, 1)
    await meeting(scene, 2, 3, slot=1, place=2)
    await meeting(scene, 4, 5, slot=3, place=1)
    path = f"/desk/meetings/{scene.id}/day"
    async with at(during(scene), cast):
        wall = await cast.vera.get(path)
        assert "Ana Example, Quinta do Vale" in wall.text
        assert "Person 2" in wall.text
        assert "Person 4" not in wall.text
        etag = wall.headers["etag"]
        again = await cast.vera.get(path, headers={"if-none-match": etag})
        assert (again.status_code, again.text) == (304, "")
        await meeting(scene, 1, 2, slot=2, place=3)
        assert (await cast.vera.get(path, headers={"if-none-match": etag})).status_code == 304
        home = f"/my/meetings/{scene.id}/agenda"
        key = await key_of(await value("SELECT min(id) FROM meeting"))
        done(await cast.ana.send_form(f"{home}/{key}", {"minutes": "5"}, to=f"{home}/{key}/late"))
        told = await cast.vera.get(path, headers={"if-none-match": etag})
        assert told.status_code == 200
        assert "Ana Example is 5 min late" in told.text
    later = scene.slots[3].start_local.isoformat(timespec="minutes")
    assert "Person 4" in (await cast.vera.get(f"{path}?at={later}")).text


async def test_wall_costs_the_same_for_one_and_for_many(cast: Cast, scene: Scene) -> None:
    path = f"/desk/meetings/{scene.id}/day"

    async def cost() -> int:
        async with counting() as noted:
            assert (await cast.mara.get(path)).status_code == 200
        return len(noted)

    await meeting(scene, 0, 1)
    one = await cost()
    await meeting(scene, 2, 3, place=1)
    await meeting(scene, 4, 5, place=2)
    assert await cost() == one


async def test_desk_no_show_sends_a_substitute_in_one_click(cast: Cast, scene: Scene) -> None:
    made = await meeting(scene, 0, 1)
    request = await waits(scene, 0, 3)
    home = f"/desk/meetings/{scene.id}/day/{made}"
    who = {"participant": str(scene.people[1].id)}
    async with at(during(scene), cast):
        assert (await cast.vera.send_form(home, who, to=f"{home}/missed")).status_code == 403
        done(await cast.mara.send_form(home, who, to=f"{home}/missed"))
        assert (await cast.mara.send_form(home, who, to=f"{home}/missed")).status_code == 409
        page = (await cast.mara.get(home)).text
        assert "Send Person 3 here" in page
        done(await cast.mara.send_form(home, {"request": str(request)}, to=f"{home}/instead"))
        back = await cast.mara.send_form(home, who, to=f"{home}/came")
        assert back.status_code == 409
        assert "two meetings at once" in back.text
        wall = (await cast.mara.get(f"/desk/meetings/{scene.id}/day")).text
        assert "Person 3" in wall


async def test_no_show_is_taken_back(cast: Cast, scene: Scene) -> None:
    made = await meeting(scene, 0, 1)
    home = f"/desk/meetings/{scene.id}/day/{made}"
    who = {"participant": str(scene.people[1].id)}
    async with at(during(scene), cast):
        done(await cast.mara.send_form(home, who, to=f"{home}/missed"))
        done(await cast.mara.send_form(home, who, to=f"{home}/came"))
        assert await value("SELECT state FROM meeting WHERE id = $1", made) == "planned"


async def test_gaps_are_filled_fewest_meetings_first_and_told_once(
    cast: Cast, scene: Scene
) -> None:
    await meeting(scene, 0, 1)
    busy = await waits(scene, 0, 3)
    lonely = await waits(scene, 4, 5)
    path = f"/desk/meetings/{scene.id}/gaps"
    page = (await cast.mara.get(path)).text
    put = re.findall(r'name="put"[^>]*value="([^"]+)"', page)
    assert [int(each.split(":")[0]) for each in put] == [lonely, busy]
    assert (await cast.mara.send_form(path, {"put": []})).status_code == 422
    assert (await cast.mara.send_form(path, {"put": ["x:1:2"]})).status_code == 422
    clash = [f"{busy}:{scene.slots[0].id}:{scene.places[1].id}"]
    refused = await cast.mara.send_form(path, {"put": clash})
    assert refused.status_code == 422
    done(await cast.mara.send_form(path, {"put": put}))
    assert (await cast.mara.send_form(path, {"put": put})).status_code == 409
    await everybody_told(scene)
    sent = await rows("SELECT person, count(*) AS n FROM message GROUP BY person")
    assert {each["n"] for each in sent} == {1}


async def test_search_finds_by_name_and_checks_in(cast: Cast, scene: Scene) -> None:
    await meeting(scene, 0, 1)
    path = f"/desk/meetings/{scene.id}/search"
    found = (await cast.mara.get(f"{path}?q=rossi")).text
    assert "Carla Example" in found
    assert "Person 2" not in found
    assert scene.places[0].label in found
    assert "Nobody is called that" in (await cast.mara.get(f"{path}?q=100%25")).text
    one = f"{path}/{scene.people[1].id}"
    done(await cast.mara.send_form(path, {"here": "yes"}, to=one))
    assert ">Carla Example</a>" not in (await cast.mara.get(f"{path}?here=missing")).text
    assert (await cast.vera.send_form(path, {"here": "no"}, to=one)).status_code == 403
    assert (await cast.nils.send_form("/desk/mail", {"here": "no"}, to=one)).status_code == 404


async def test_prints_are_tagged_and_name_everybody(cast: Cast, scene: Scene) -> None:
    path = f"/desk/meetings/{scene.id}/print"
    assert (await cast.mara.get(path)).status_code == 200
    assert (await cast.mara.get(f"{path}/people.pdf")).status_code == 422
    await meeting(scene, 0, 1)
    for name in ("people", "places"):
        made = await cast.vera.get(f"{path}/{name}.pdf")
        assert made.headers["content-type"] == "application/pdf"
        assert b"/StructTreeRoot" in made.content
        assert b"pdfuaid" in made.content
    own = await cast.ana.get(f"/my/meetings/{scene.id}/agenda.pdf")
    assert own.content[:5] == b"%PDF-"
    assert (await cast.nils.get(f"{path}/people.pdf")).status_code == 404


async def test_figures_count_by_group_and_country(cast: Cast, scene: Scene) -> None:
    first = await meeting(scene, 0, 1)
    await meeting(scene, 2, 3, slot=1, place=1)
    await waits(scene, 4, 5)
    home = f"/my/meetings/{scene.id}/agenda/{await key_of(first)}"
    desk = f"/desk/meetings/{scene.id}/day/{first}"
    async with at(during(scene, 1, 10), cast):
        done(await cast.ana.send_form(home, {"outcome": "not_held"}, to=f"{home}/rating"))
        done(
            await cast.mara.send_form(
                desk, {"participant": str(scene.people[1].id)}, to=f"{desk}/missed"
            )
        )
    async with at(during(scene, 2), cast):
        program = await cast.vera.program()
        found = (await program.get(f"/api/v1/desk/meetings/{scene.id}/statistics")).json()
        await program.aclose()
        lines = {(each["by"], each["name"]): each for each in found["items"]}
        whole = lines["all", ""]
        assert {k: whole[k] for k in ("people", "requested", "accepted", "placed")} == {
            "people": 6, "requested": 3, "accepted": 3, "placed": 2,
        }  # fmt: skip
        assert (whole["held"], whole["missed"], whole["rated"]) == (1, 1, 1)
        assert lines["group", "Sellers"]["requested"] == 0
        assert lines["group", "Sellers"]["held"] == 1
        assert lines["country", "IT"]["missed"] == 1
        assert lines["country", "FR"]["people"] == 4
        page = (await cast.vera.get(f"/desk/meetings/{scene.id}/statistics")).text
        assert "By country" in page
    later = scene.slots[1].ends_at + timedelta(hours=13)
    async with at(later, cast):
        await held()
        states = {each["state"] for each in await rows("SELECT state FROM meeting")}
        assert states == {"held", "missed"}


async def test_export_has_every_meeting_and_no_formula(cast: Cast, scene: Scene) -> None:
    await meeting(scene, 0, 1)

    @action
    async def rename() -> None:
        from server.database import execute

        await execute("UPDATE company SET name = '=1+1' WHERE id = $1", cast.rossi)

    await rename()
    base = f"/desk/meetings/{scene.id}/meetings"
    text = (await cast.mara.get(f"{base}.csv")).content.decode("utf-8-sig")
    head, line = text.strip().splitlines()
    assert head.startswith("Start,End,Place,State,Person 1")
    assert "Ana Example,Quinta do Vale,Portugal,Buyers" in line
    assert ",'=1+1," in line
    with zipfile.ZipFile(io.BytesIO((await cast.mara.get(f"{base}.xlsx")).content)) as book:
        assert "<t>=1+1</t>" in book.read("xl/sharedStrings.xml").decode()
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()
    assert (await cast.ana.get(f"{base}.csv")).status_code in (303, 403)
