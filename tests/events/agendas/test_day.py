"""The day of a participant: agenda, late, no-show and substitute, ratings, notes, contacts."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.database import action, counting, execute, row, value
from tests.booths.calls.test_story import done
from tests.cast import Cast
from tests.events.agendas.day import agreed, at, during, everybody_told, key_of, meeting
from tests.events.matchmaking.scene import Scene, session_with


@pytest.fixture
async def scene(cast: Cast) -> AsyncIterator[Scene]:
    """Four people; Ana meets Carla in the first slot and Person 3 in the second."""
    made = await session_with(cast, 4, days_ahead=1)
    yield made
    await made.leave()


@action
async def run(sql: str, *args: Any) -> None:
    await execute(sql, *args)


async def test_agenda_shows_what_is_next_with_its_place(cast: Cast, scene: Scene) -> None:
    await meeting(scene, 0, 1)
    await meeting(scene, 0, 3, slot=4)
    base = f"/my/meetings/{scene.id}/agenda"
    before = (await cast.ana.get(base)).text
    assert "Carla Example" in before
    assert "Next" in before
    async with at(during(scene), cast):
        now = (await cast.ana.get(base)).text
        assert re.search(r'id="next">Now<', now)
        assert scene.places[0].label in now
    async with at(during(scene, 3), cast):
        later = (await cast.ana.get(base)).text
        nearest = re.search(r'class="pv-next".*?</section>', later, re.S)
        assert nearest is not None
        assert "Person 3" in nearest[0]
    assert "no meeting has a time" not in before.lower()
    empty = (await scene.someone[2].get(base)).text
    assert "No meeting has a time yet" in empty


async def test_agenda_costs_the_same_for_one_and_for_many(cast: Cast, scene: Scene) -> None:
    base = f"/my/meetings/{scene.id}/agenda"
    await meeting(scene, 0, 1)

    async def cost() -> int:
        async with counting() as noted:
            assert (await cast.ana.get(base)).status_code == 200
        return len(noted)

    one = await cost()
    await meeting(scene, 0, 3, slot=4)
    assert await cost() == one


async def test_nobody_sees_the_agenda_of_another_company(cast: Cast, scene: Scene) -> None:
    made = await meeting(scene, 0, 1)
    home = f"/my/meetings/{scene.id}/agenda/{await key_of(made)}"
    stranger = scene.someone[2]
    assert (await stranger.get(home)).status_code == 404
    assert (await cast.paul.get(home)).status_code in (303, 403)
    assert (await cast.ben.get(home)).status_code == 404
    for act in ("late", "rating", "note", "contact", "missed", "other-time"):
        answer = await stranger.send_form("/my/messages", {}, to=f"{home}/{act}")
        assert answer.status_code in (404, 422), act
    other = str(scene.people[0].key)
    assert (await stranger.get(f"/my/meetings/{scene.id}/agenda?of={other}")).status_code == 404
    assert (await cast.nils.get(f"/desk/meetings/{scene.id}/day")).status_code == 404


async def test_admin_reads_a_colleagues_agenda_and_says_nothing_for_them(
    cast: Cast, scene: Scene
) -> None:
    made = await meeting(scene, 0, 1)
    home = f"/my/meetings/{scene.id}/agenda/{await key_of(made)}"
    await run("UPDATE meeting_profile SET person = $1 WHERE id = $2", cast.ben.person_id,
              scene.people[0].profile)  # fmt: skip
    await run("UPDATE participant SET person = $1 WHERE id = $2", cast.ben.person_id,
              scene.people[0].id)  # fmt: skip
    assert "Agenda of Ben Example" in (await cast.ana.get(home.rsplit("/", 1)[0])).text
    assert (await cast.ana.get(home)).status_code == 200
    assert (await cast.ben.get(home)).status_code == 200
    answer = await cast.ana.send_form(home, {"minutes": "5"}, to=f"{home}/late")
    assert answer.status_code == 403


async def test_late_is_told_to_the_other_side(cast: Cast, scene: Scene) -> None:
    made = await meeting(scene, 0, 1)
    home = f"/my/meetings/{scene.id}/agenda/{await key_of(made)}"
    done(await cast.ana.send_form(home, {"minutes": "10"}, to=f"{home}/late"))
    seen = (await cast.carla.get(home)).text
    assert "Ana Example is about 10 minutes late" in seen
    mail = await row("SELECT * FROM message WHERE person = $1", cast.carla.person_id)
    assert mail is not None
    assert "10 minutes late" in mail["subject"]
    done(await cast.ana.send_form(home, {"minutes": "10"}, to=f"{home}/late"))
    assert await value("SELECT count(*) FROM message WHERE person = $1", cast.carla.person_id) == 1
    assert (
        await cast.ana.send_form(home, {"minutes": "500"}, to=f"{home}/late")
    ).status_code == 422


async def test_rating_is_two_taps_after_the_start(cast: Cast, scene: Scene) -> None:
    made = await meeting(scene, 0, 1)
    home = f"/my/meetings/{scene.id}/agenda/{await key_of(made)}"
    early = await cast.ana.send_form(home, {"outcome": "informative"}, to=f"{home}/rating")
    assert early.status_code == 422
    assert "from its start" in early.text
    async with at(during(scene), cast):
        none = await cast.ana.send_form(home, {"stars": "4"}, to=f"{home}/rating")
        assert none.status_code == 422
        done(await cast.ana.send_form(home, {"outcome": "cooperation"}, to=f"{home}/rating"))
        done(await cast.ana.send_form(home, {"stars": "5"}, to=f"{home}/rating"))
        kept = await row("SELECT outcome, stars FROM meeting_rating WHERE meeting = $1", made)
        assert kept == {"outcome": "cooperation", "stars": 5}
        assert 'aria-pressed="true"' not in (await cast.carla.get(home)).text


async def test_notes_stay_in_the_company(cast: Cast, scene: Scene) -> None:
    made = await meeting(scene, 0, 1)
    home = f"/my/meetings/{scene.id}/agenda/{await key_of(made)}"
    done(await cast.ana.send_form(home, {"text": "Send the price list"}, to=f"{home}/note"))
    assert "Send the price list" in (await cast.ana.get(home)).text
    assert "Send the price list" not in (await cast.carla.get(home)).text
    assert (
        "Send the price list"
        not in (await cast.mara.get(f"/desk/meetings/{scene.id}/day/{made}")).text
    )
    done(await cast.ana.send_form(home, {"text": ""}, to=f"{home}/note"))
    assert await value("SELECT count(*) FROM meeting_note") == 0


async def test_contact_is_shown_with_consent_only(cast: Cast, scene: Scene) -> None:
    made = await meeting(scene, 0, 1)
    await run("UPDATE meeting_profile SET phone = '+39 059 1234' WHERE id = $1",
              scene.people[1].profile)  # fmt: skip
    home = f"/my/meetings/{scene.id}/agenda/{await key_of(made)}"
    file = f"{home}/contact/{scene.people[1].id}"
    assert "carla@cast.example" not in (await cast.ana.get(home)).text
    assert (await cast.ana.get(file)).status_code == 404
    done(await cast.carla.send_form(home, {"given": "yes"}, to=f"{home}/contact"))
    assert "carla@cast.example" in (await cast.ana.get(home)).text
    assert (
        "ana@cast.example"
        not in (await cast.carla.get(home)).text.replace("/account", "").split("<main", 1)[1]
    )
    card = await cast.ana.get(file)
    assert card.headers["content-type"].startswith("text/vcard")
    assert "TEL;TYPE=WORK,VOICE:+39 059 1234\r\n" in card.text
    program = await cast.ana.program()
    found = (await program.get(f"/api/v1{home}/contacts")).json()
    assert "carla@cast.example" in str(found)
    await program.aclose()
    done(await cast.carla.send_form(home, {"given": "no"}, to=f"{home}/contact"))
    assert (await cast.ana.get(file)).status_code == 404


async def test_no_show_frees_at_once_and_offers_who_is_free(cast: Cast, scene: Scene) -> None:
    made = await meeting(scene, 0, 1)

    @action
    async def waiting() -> int:
        return await agreed(scene, 0, 3)

    request = await waiting()
    base = f"/my/meetings/{scene.id}/agenda"
    home = f"{base}/{await key_of(made)}"
    who = {"participant": str(scene.people[1].id)}
    async with at(during(scene, minutes=2), cast):
        early = await cast.ana.send_form(home, who, to=f"{home}/missed")
        assert early.status_code == 422
    async with at(during(scene), cast):
        own = {"participant": str(scene.people[0].id)}
        assert (await cast.ana.send_form(home, own, to=f"{home}/missed")).status_code == 422
        done(await cast.ana.send_form(home, who, to=f"{home}/missed"))
        assert await value("SELECT live FROM meeting WHERE id = $1", made) is False
        offered = (await cast.ana.get(base)).text
        assert "You are free now" in offered
        assert "Person 3" in offered
        assert "Meet now" not in (await cast.carla.get(base)).text
        other = await cast.ana.send_form(base, {"request": "999999"}, to=f"{base}/instead")
        assert other.status_code == 409
        done(await cast.ana.send_form(base, {"request": str(request)}, to=f"{base}/instead"))
        await everybody_told(scene)
        seated = await row("SELECT slot, place FROM meeting WHERE request = $1", request)
        assert seated == {"slot": scene.slots[0].id, "place": scene.places[0].id}
        assert "New:" in str(
            await value("SELECT subject FROM message WHERE person = $1 ORDER BY id DESC",
                        scene.people[3].person_id)
        )  # fmt: skip
        again = await cast.ana.send_form(base, {"request": str(request)}, to=f"{base}/instead")
        assert again.status_code == 409


async def test_another_time_moves_when_the_other_side_agrees(cast: Cast, scene: Scene) -> None:
    made = await meeting(scene, 0, 1)
    await meeting(scene, 1, 2, slot=1, place=1)
    home = f"/my/meetings/{scene.id}/agenda/{await key_of(made)}"
    await everybody_told(scene)
    ask = {"slot": str(scene.slots[1].id), "why": "My train is late"}
    busy = await cast.ana.send_form(home, ask, to=f"{home}/other-time")
    assert busy.status_code == 422
    assert "My train is late" in busy.text
    ask["slot"] = str(scene.slots[2].id)
    done(await cast.ana.send_form(home, ask, to=f"{home}/other-time"))
    assert "My train is late" in (await cast.carla.get(home)).text
    answer = f"{home}/other-time/answer"
    assert (await cast.ana.send_form(home, {"answer": "agreed"}, to=answer)).status_code == 422
    assert (await cast.ana.send_form(home, ask, to=f"{home}/other-time")).status_code == 409
    done(await cast.carla.send_form(home, {"answer": "agreed"}, to=answer))
    assert await value("SELECT slot FROM meeting WHERE id = $1", made) == scene.slots[2].id
    await everybody_told(scene)
    subject = await value(
        "SELECT subject FROM message WHERE person = $1 ORDER BY id DESC", cast.ana.person_id
    )
    assert subject.startswith("Moved:")
    late = await cast.carla.send_form(home, {"answer": "declined"}, to=answer)
    assert late.status_code == 409


async def test_session_page_shows_the_next_meeting_and_the_days_pages(
    cast: Cast, scene: Scene
) -> None:
    made = await meeting(scene, 0, 1)
    assert "Your next meeting" in (await cast.ana.get(f"/my/meetings/{scene.id}")).text
    desk = (await cast.mara.get(f"/desk/meetings/{scene.id}")).text
    for page in ("day", "search", "print", "statistics"):
        assert f"/desk/meetings/{scene.id}/{page}" in desk
    profile = (await cast.ana.get(f"/my/meetings/{scene.id}/agenda/{await key_of(made)}")).text
    assert "English, German" in profile
    assert "Refrigerated transport" in profile
