"""A session from its first form to open, and what its set-up refuses."""

import re
from datetime import timedelta

from events.matchmaking import queries
from server import clock
from server.database import counting, value
from tests.cast import Cast
from tests.events.matchmaking.scene import session_with

FORM = {
    "title": "Cold chain days", "kind": "office", "tz": "Europe/Berlin", "currency": "EUR",
    "description": "Buyers meet sellers.", "country": "DE",
}  # fmt: skip


def timetable(**more: object) -> dict[str, object]:
    day = (clock.today("Europe/Berlin") + timedelta(days=30)).isoformat()
    return {
        "first_on": day, "last_on": day, "morning_from": "09:00", "morning_until": "10:00",
        "afternoon_from": "14:00", "afternoon_until": "15:00", "minutes": "20", "gap": "0",
        **more,
    }  # fmt: skip


async def test_session_is_set_up_and_opened_by_its_pages(cast: Cast) -> None:
    made = await cast.mara.send_form("/desk/meetings/new", FORM)
    assert made.status_code == 303, made.text[-3000:]
    at = made.headers["location"]
    shown = await cast.mara.get(at)
    assert "There are no slots: set the timetable." in shown.text
    assert "There are no places" in shown.text
    early = await cast.mara.send_form(at, {}, to=f"{at}/open")
    assert early.status_code == 422
    assert "There are no slots" in early.text
    done = await cast.mara.send_form(f"{at}/slots", timetable())
    assert done.status_code == 303
    slots = await cast.mara.get(f"{at}/slots")
    assert "14:40–15:00" in slots.text
    assert 'value="09:00"' in slots.text
    place = {"kind": "table", "word": "Table", "first": "1", "count": "12", "seats": "4",
             "area": "Hall 3"}  # fmt: skip
    assert (await cast.mara.send_form(f"{at}/places", place)).status_code == 303
    twice = await cast.mara.send_form(f"{at}/places", {**place, "first": "12"})
    assert twice.status_code == 422
    assert "There is a place Table 12 already." in twice.text
    assert (await cast.mara.send_form(f"{at}/groups", {"name": "Speakers"})).status_code == 303
    assert (await cast.mara.get(f"{at}/interpreters")).status_code == 200
    lone = await cast.mara.send_form(f"{at}/interpreters", {"name": "Ida", "languages": ["de"]})
    assert "Choose at least two languages." in lone.text
    ida = await cast.mara.send_form(
        f"{at}/interpreters", {"name": "Ida", "languages": ["de", "fr"]}
    )
    assert ida.status_code == 303
    opened = await cast.mara.send_form(at, {}, to=f"{at}/open")
    assert opened.status_code == 303
    assert "Open for requests" in (await cast.vera.get(at)).text
    assert (await cast.nils.get(at)).status_code == 404
    assert "Cold chain days" not in (await cast.nils.get("/desk/meetings")).text


async def test_slot_with_a_meeting_does_not_go(cast: Cast) -> None:
    scene = await session_with(cast, 2, sign_in=False)
    at = f"/desk/meetings/{scene.id}"
    request = await value(
        "INSERT INTO meeting_request (session, asker, asked, state, made_at, answered_at)"
        " VALUES ($1, $2, $3, 'accepted', now(), now()) RETURNING id",
        scene.id, scene.people[0].id, scene.people[1].id,
    )  # fmt: skip
    meeting = await value(
        "INSERT INTO meeting (session, request, key, slot, state, created_at, changed_at)"
        " VALUES ($1, $2, gen_random_uuid(), $3, 'planned', now(), now()) RETURNING id",
        scene.id, request, scene.slots[4].id,
    )  # fmt: skip
    for one in scene.people:
        await value(
            "INSERT INTO meeting_seat (meeting, participant, slot) VALUES ($1, $2, $3)"
            " RETURNING id",
            meeting, one.id, scene.slots[4].id,
        )  # fmt: skip
    short = timetable(afternoon_until="14:20")
    refused = await cast.mara.send_form(f"{at}/slots", short)
    assert refused.status_code == 422
    assert "14:20 there is a meeting of Ana Example, Carla Example" in refused.text
    assert len(await queries.slots(scene.id)) == 6
    longer = await cast.mara.send_form(f"{at}/slots", timetable(morning_until="11:00"))
    assert longer.status_code == 303
    slots = await queries.slots(scene.id)
    assert [each.number for each in slots] == list(range(9))
    assert scene.slots[4].id in {each.id for each in slots}
    blocked = await cast.mara.send_form(
        f"{at}/people/{scene.people[0].id}",
        {"group": scene.groups["Buyers"].id, "blocked": [str(scene.slots[4].id)]},
    )
    assert blocked.status_code == 422
    assert "There is a meeting at" in blocked.text


async def test_sessions_at_a_fair_take_its_days_and_hours(cast: Cast) -> None:
    fair = await cast.mara.send_form(
        "/desk/fairs/new",
        {"name": "Frost Expo 2031", "city": "Hamburg", "country": "DE", "starts_on": "2031-03-04",
         "ends_on": "2031-03-06", "opens_at": "10:00", "closes_at": "18:00"},
    )  # fmt: skip
    fair_id = int(fair.headers["location"].rsplit("/", 1)[1])
    shown = await cast.mara.get(f"/desk/meetings/new?fair={fair_id}")
    assert "Meetings at Frost Expo 2031" in shown.text
    made = await cast.mara.send_form(
        "/desk/meetings/new",
        {"title": "Meetings at Frost Expo", "kind": "fair", "fair": str(fair_id)},
    )
    at = made.headers["location"]
    slots = (await cast.mara.get(f"{at}/slots")).text
    assert 'value="2031-03-04"' in slots
    assert 'value="10:00"' in slots
    assert 'value="18:00"' in slots
    wrong = await cast.mara.send_form(
        "/desk/meetings/new", {"title": "Nowhere", "kind": "fair", "tz": "Europe/Berlin"}
    )
    assert wrong.status_code == 422
    assert "Choose the fair at which people meet." in wrong.text


async def test_lists_cost_the_same_for_one_and_fifty(cast: Cast) -> None:
    scene = await session_with(cast, 2, sign_in=False)
    counts = []
    for _ in range(2):
        async with counting() as noted:
            for path in (f"/desk/meetings/{scene.id}/people", "/desk/meetings",
                         f"/desk/meetings/{scene.id}/invitations"):  # fmt: skip
                assert (await cast.mara.get(path)).status_code == 200
        counts.append(len([each for each in noted if "UPDATE session SET seen" not in each]))
        more = await cast.mara.send_form(
            f"/desk/meetings/{scene.id}/invitations",
            {"group": scene.groups["Buyers"].id,
             "lines": "\n".join(f"guest{n}@far.example" for n in range(30))},
        )  # fmt: skip
        assert more.status_code in (303, 422)
        await session_with(cast, 0)
    assert counts[0] == counts[1]


async def test_api_says_the_same_as_the_pages(cast: Cast) -> None:
    scene = await session_with(cast, 2, sign_in=False)
    async with await cast.mara.program() as program:
        people = (await program.get(f"/api/v1/desk/meetings/{scene.id}/people")).json()
        assert {each["name"] for each in people["items"]} == {"Ana Example", "Carla Example"}
        slots = (await program.get(f"/api/v1/desk/meetings/{scene.id}/slots?limit=4")).json()
        assert (len(slots["items"]), slots["next"]) == (4, "4")
        closed = await program.post(f"/api/v1/desk/meetings/{scene.id}/close", json={})
        assert closed.status_code == 200
    async with await cast.nils.program() as program:
        answer = await program.get(f"/api/v1/desk/meetings/{scene.id}/people")
        assert answer.status_code == 404
    assert re.search("Requests are over", (await cast.mara.get("/desk/meetings")).text)
