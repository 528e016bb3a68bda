"""Requests for meetings through the front door: asking, answering, all refusals, mails, links."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from events.requests import jobs as clockwork
from server import clock
from server.database import action, counting, execute, row, rows, value
from tests.cast import Cast, Visitor
from tests.events.matchmaking.scene import Scene, participant, session_with

HELLO = "We pack what you ship: let us talk about it."


@pytest.fixture
async def scene(cast: Cast) -> AsyncIterator[Scene]:
    made = await session_with(cast, 4)
    yield made
    await made.leave()


def my(scene: Scene, path: str) -> str:
    return f"/my/meetings/{scene.id}/{path}"


async def ask(scene: Scene, who: int, whom: int, **more: object) -> httpx.Response:
    """`who` asks `whom` on that person's page, or where it cannot be opened by the same form."""
    path = my(scene, f"people/{scene.people[whom].key}")
    someone = scene.someone[who]
    return await someone.send_form(
        my(scene, "people"), {"message": HELLO, "priority": "1", **more}, to=path
    )


async def asked(scene: Scene, who: int, whom: int) -> int:
    answer = await ask(scene, who, whom)
    assert answer.status_code == 303, answer.text[-3000:]
    return int(answer.headers["location"].rsplit("/", 1)[1])


async def send(scene: Scene, who: int, path: str, **data: object) -> httpx.Response:
    return await scene.someone[who].send_form(my(scene, "requests"), data, to=my(scene, path))


async def run(sql: str, *args: object) -> None:
    @action
    async def do() -> None:
        await execute(sql, *args)

    await do()


async def state(request_id: int) -> str:
    return str(await value("SELECT state FROM meeting_request WHERE id = $1", request_id))


async def mails(to: str) -> list[dict[str, object]]:
    return await rows("SELECT subject, body_text FROM message WHERE to_email = $1 ORDER BY id", to)


async def test_request_is_accepted_and_both_are_told(scene: Scene) -> None:
    made = await asked(scene, 0, 1)
    (came,) = await mails("carla@cast.example")
    assert "would like to meet you" in str(came["subject"])
    assert HELLO in str(came["body_text"])
    assert HELLO in (await scene.someone[1].get(my(scene, "requests"))).text
    shown = await scene.someone[1].get(my(scene, f"requests/{made}"))
    assert "asks you for a meeting" in shown.text
    assert (await send(scene, 1, f"requests/{made}/accept", priority="3")).status_code == 303
    found = await row("SELECT * FROM meeting_request WHERE id = $1", made)
    assert found is not None
    assert (found["state"], found["priority"], found["answer_priority"]) == ("accepted", 1, 3)
    (told,) = await mails("ana@cast.example")
    assert "will meet you" in str(told["subject"])
    assert "Accepted" in (await scene.someone[0].get(my(scene, "requests?side=sent"))).text


async def test_decline_needs_a_reason_and_the_same_person_is_not_asked_again(
    scene: Scene,
) -> None:
    made = await asked(scene, 0, 1)
    refused = await send(scene, 1, f"requests/{made}/decline", why="")
    assert refused.status_code == 422
    assert await state(made) == "open"
    why = "We have a carrier already."
    assert (await send(scene, 1, f"requests/{made}/decline", why=why)).status_code == 303
    assert why in str((await mails("ana@cast.example"))[-1]["body_text"])
    again = await ask(scene, 0, 1)
    assert again.status_code == 422
    assert "has declined. You can ask again 14 days after" in again.text
    await run(
        "UPDATE meeting_request SET answered_at = answered_at - interval '15 days' WHERE id = $1",
        made,
    )
    assert (await ask(scene, 0, 1)).status_code == 303


async def test_nobody_asks_themselves_or_their_own_company(cast: Cast, scene: Scene) -> None:
    alone = await ask(scene, 0, 0)
    assert alone.status_code == 422
    assert "nobody meets themselves" in alone.text

    @action
    async def colleague() -> int:
        return await participant(
            scene.id, scene.groups["Sellers"].id, cast.ben.person_id, cast.quinta
        )

    key = await value("SELECT key FROM participant WHERE id = $1", await colleague())
    answer = await cast.ana.send_form(
        my(scene, "people"), {"message": HELLO}, to=my(scene, f"people/{key}")
    )
    assert answer.status_code == 422
    assert "is of your own company" in answer.text


async def test_hidden_and_blocked_people_are_not_found_and_not_asked(scene: Scene) -> None:
    me, carla = scene.someone[0], scene.people[1]
    page = my(scene, f"people/{carla.key}")
    await run("UPDATE meeting_profile SET visible = 'hidden' WHERE id = $1", carla.profile)
    assert carla.name not in (await me.get(my(scene, "people"))).text
    assert (await me.get(page)).status_code == 404
    hidden = await ask(scene, 0, 1)
    assert (hidden.status_code, "takes no requests from you" in hidden.text) == (422, True)
    await run("UPDATE meeting_profile SET visible = 'shown' WHERE id = $1", carla.profile)
    block = my(scene, f"people/{scene.people[0].key}/block")
    assert (await scene.someone[1].send_form(my(scene, "people"), to=block)).status_code == 303
    assert carla.name not in (await me.get(my(scene, "people"))).text
    assert (await me.get(page)).status_code == 404
    barred = await ask(scene, 0, 1)
    assert (barred.status_code, "takes no requests from you" in barred.text) == (422, True)
    own = await ask(scene, 1, 0)
    assert (own.status_code, "You have blocked" in own.text) == (422, True)
    unblock = block.removesuffix("block") + "unblock"
    assert (await scene.someone[1].send_form(my(scene, "people"), to=unblock)).status_code == 303
    assert (await ask(scene, 0, 1)).status_code == 303


async def test_block_ends_open_requests_quietly(scene: Scene) -> None:
    made = await asked(scene, 0, 1)
    block = my(scene, f"people/{scene.people[0].key}/block")
    await scene.someone[1].send_form(my(scene, "people"), to=block)
    assert await state(made) == "cancelled"
    assert await mails("ana@cast.example") == []


async def test_groups_limits_and_spam_are_refused_in_sentences(scene: Scene) -> None:
    same = await ask(scene, 0, 2)
    assert (same.status_code, "your group does not ask the group" in same.text) == (422, True)
    await run(
        "UPDATE participant_group SET most_requests = 1 WHERE id = $1", scene.groups["Buyers"].id
    )
    made = await asked(scene, 0, 1)
    limit = await ask(scene, 0, 3)
    assert (limit.status_code, "may have 1 requests under way" in limit.text) == (422, True)
    assert (await send(scene, 0, f"requests/{made}/cancel")).status_code == 303
    assert (await ask(scene, 0, 3)).status_code == 303
    await run("UPDATE participant_group SET most_requests = NULL")
    await run(
        "INSERT INTO meeting_request (session, asker, asked, state, made_at, ended_at)"
        " SELECT session, asker, asked, 'cancelled', made_at, made_at FROM meeting_request,"
        " generate_series(1, 18) WHERE id = $1",
        made,
    )
    spam = await ask(scene, 0, 1)
    assert (spam.status_code, "within an hour" in spam.text) == (422, True)


async def test_twice_and_crossing_requests_are_refused(scene: Scene) -> None:
    await asked(scene, 0, 1)
    twice, crossing = await ask(scene, 0, 1), await ask(scene, 1, 0)
    assert (twice.status_code, "You have asked" in twice.text) == (409, True)
    assert (crossing.status_code, "has asked you already" in crossing.text) == (409, True)


async def test_deadlines_end_asking_and_answering(scene: Scene) -> None:
    made = await asked(scene, 0, 1)
    past = clock.now() - timedelta(minutes=1)
    await run("UPDATE meeting_session SET requests_until = $1", past)
    late = await ask(scene, 0, 3)
    assert (late.status_code, "The time for requests is over" in late.text) == (409, True)
    await run("UPDATE meeting_session SET answers_until = $1", past)
    answer = await send(scene, 1, f"requests/{made}/accept")
    assert (answer.status_code, "The time for answers is over" in answer.text) == (409, True)
    await run("UPDATE meeting_session SET answers_until = NULL, state = 'closed'")
    assert (await ask(scene, 0, 3)).status_code == 409
    assert (await send(scene, 1, f"requests/{made}/accept")).status_code == 303


async def test_expired_requests_show_their_date_and_are_over(scene: Scene) -> None:
    made = await asked(scene, 0, 1)
    assert "Ends without an answer" in (await scene.someone[1].get(my(scene, "requests"))).text
    await run("UPDATE meeting_request SET expires_at = $1", clock.now() - timedelta(minutes=1))
    assert "Expired" in (await scene.someone[0].get(my(scene, "requests?side=sent"))).text
    late = await send(scene, 1, f"requests/{made}/accept")
    assert (late.status_code, "has expired without an answer" in late.text) == (409, True)
    await clockwork.expire()
    assert await state(made) == "expired"
    assert (await ask(scene, 0, 1)).status_code == 303


async def test_accept_of_what_was_cancelled_a_moment_ago(scene: Scene) -> None:
    made = await asked(scene, 0, 1)
    await send(scene, 0, f"requests/{made}/cancel")
    answer = await send(scene, 1, f"requests/{made}/accept")
    assert answer.status_code == 409
    assert "took this request back a moment ago" in answer.text


async def test_race_of_accept_and_cancel_has_one_order(scene: Scene) -> None:
    """Whoever is first is right: a cancelled one is never accepted; who accepts first is told."""
    for whom in (1, 3):
        made = await asked(scene, 0, whom)
        accepted, cancelled = await asyncio.gather(
            send(scene, whom, f"requests/{made}/accept"),
            send(scene, 0, f"requests/{made}/cancel"),
        )
        assert cancelled.status_code == 303
        assert await state(made) == "cancelled"
        assert accepted.status_code in (303, 409)
        told = [each["subject"] for each in await mails(scene.people[whom].email)]
        assert any("is cancelled" in str(each) for each in told) == (accepted.status_code == 303)


async def test_link_of_the_mail_answers_by_post_only(scene: Scene, visitor: Visitor) -> None:
    made = await asked(scene, 0, 1)
    (came,) = await mails("carla@cast.example")
    found = re.search(r"http://pavilion\.test(/meetings/answer/\S+)", str(came["body_text"]))
    assert found is not None
    link = found[1]
    shown = await visitor.get(link)
    assert shown.status_code == 200
    assert HELLO in shown.text
    assert "@" not in re.sub(r"<[^>]*>", "", shown.text.split("<main")[1])
    assert await state(made) == "open"
    missing = await visitor.send_form(link, {"answer": "decline", "why": ""})
    assert (missing.status_code, await state(made)) == (422, "open")
    done = await visitor.send_form(link, {"answer": "accept", "priority": "1"})
    assert (done.status_code, await state(made)) == (303, "accepted")
    assert "You have said yes" in (await visitor.get(link)).text
    csrf = re.search(r'name="csrf_token" value="([^"]*)"', shown.text)
    assert csrf is not None
    visitor.token = csrf[1]
    twice = await visitor.send_form(link, {"answer": "accept"})
    assert twice.status_code == 409
    forged = link[:-2] + ("aa" if not link.endswith("aa") else "bb")
    assert (await visitor.get(forged)).status_code == 404
    other = re.sub(r"/answer/\d+", "/answer/999999", link)
    assert (await visitor.get(other)).status_code == 404


async def test_leaving_ends_requests_and_tells_those_who_had_agreed(scene: Scene) -> None:
    from events.matchmaking.additions import Event, happened
    from events.matchmaking.queries import participant as read
    from events.matchmaking.queries import session

    agreed, waits = await asked(scene, 0, 1), await asked(scene, 0, 3)
    await send(scene, 1, f"requests/{agreed}/accept")
    ana = await scene.someone[0].actor()

    @action
    async def leave() -> None:
        await execute("UPDATE participant SET state = 'left' WHERE id = $1", scene.people[0].id)
        gone = await read(scene.id, scene.people[0].id)
        await happened(Event.PARTICIPANT_LEFT, ana, await session(scene.id), gone)

    await leave()
    assert {await state(agreed), await state(waits)} == {"cancelled"}
    assert "is cancelled" in str((await mails("carla@cast.example"))[-1]["subject"])
    assert len(await mails(scene.people[3].email)) == 1


async def test_reminders_come_once_and_by_hand(cast: Cast, scene: Scene) -> None:
    await asked(scene, 0, 1)
    await clockwork.remind()
    assert len(await mails("carla@cast.example")) == 1
    await run("UPDATE meeting_request SET made_at = made_at - interval '4 days'")
    await clockwork.remind()
    await clockwork.remind()
    found = await mails("carla@cast.example")
    assert len(found) == 2
    assert "waits for your answer" in str(found[1]["subject"])
    assert "/meetings/answer/" in str(found[1]["body_text"])
    desk = f"/desk/meetings/{scene.id}/requests"
    await cast.mara.send_form(desk, to=desk + "/remind")
    assert len(await mails("carla@cast.example")) == 2
    await run("UPDATE meeting_request SET reminded_at = reminded_at - interval '1 day'")
    await cast.mara.send_form(desk, to=desk + "/remind")
    assert len(await mails("carla@cast.example")) == 3


async def test_lists_cost_the_same_for_one_and_for_fifty(cast: Cast, scene: Scene) -> None:
    made = await asked(scene, 0, 1)
    addresses = [
        (scene.someone[0], my(scene, "requests?side=sent")),
        (cast.vera, f"/desk/meetings/{scene.id}/requests"),
    ]

    async def cost() -> list[int]:
        found = []
        for someone, path in addresses:
            async with counting() as noted:
                assert (await someone.get(path)).status_code == 200
            found.append(len(noted))
        return found

    before = await cost()
    await run(
        "INSERT INTO meeting_request (session, asker, asked, state, made_at, ended_at)"
        " SELECT session, asker, asked, 'cancelled', made_at, made_at FROM meeting_request,"
        " generate_series(1, 59) WHERE id = $1",
        made,
    )
    assert await cost() == before
    page = (await cast.vera.get(addresses[1][1])).text
    assert "cursor=" in page


async def test_requests_are_read_by_their_two_and_their_agency_alone(
    cast: Cast, scene: Scene
) -> None:
    made = await asked(scene, 0, 1)
    assert (await scene.someone[3].get(my(scene, f"requests/{made}"))).status_code == 404
    assert (await send(scene, 3, f"requests/{made}/accept")).status_code == 404
    desk = f"/desk/meetings/{scene.id}/requests"
    assert (await cast.nils.get(desk)).status_code == 404
    assert (await cast.nils.get(f"{desk}/{made}")).status_code == 404
    assert (await cast.vera.get(f"{desk}/{made}")).status_code == 200


async def test_open_requests_end_with_a_session_that_is_called_off(
    cast: Cast, scene: Scene
) -> None:
    from events.matchmaking import cancelling as sessions

    made = await asked(scene, 0, 1)
    await sessions.cancel_session(await cast.mara.actor(), scene.id)
    assert await state(made) == "expired"
