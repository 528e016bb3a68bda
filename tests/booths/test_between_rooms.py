"""What one room does to an application that another room has something to do with."""

from datetime import timedelta

from server import clock, jobs
from server.database import execute, rows, value
from tests.booths.calls.test_story import (
    done,
    fill,
    open_call,
    send,
    stand_ids,
)
from tests.booths.checks.test_corrections import ask
from tests.booths.consortia.test_story import admit_all, agree, sent_by_three
from tests.booths.offers.test_moving import press
from tests.booths.proposals.test_placing import asked
from tests.cast import Cast, Someone


async def decide(mara: Someone, application: int, to: str) -> None:
    """One decision, by the list."""
    done(
        await mara.send_form(
            "/desk/applications", {"to": to, "why": "So it is.", "applications": [application]}
        )
    )


async def close(call: int) -> None:
    """The call closed a second ago."""
    await execute(
        "UPDATE call SET closes_at = $2 WHERE id = $1", call, clock.now() - timedelta(seconds=1)
    )


async def leave(someone: Someone, application: int) -> None:
    """Leave the consortium."""
    done(
        await someone.send_form(
            f"/my/applications/{application}/consortium/leave", {"why": "We go alone."}
        )
    )


async def alone(someone: Someone, application: int) -> None:
    """Choose a space of one's own and send."""
    done(
        await someone.send_form(
            f"/my/applications/{application}/stand", {"area_m2": "9", "stand_kind": "row"}
        )
    )
    done(await send(someone, application))


async def test_a_member_that_waits_and_leaves_may_apply_alone(cast: Cast) -> None:
    _made, _, applications, _ = await sent_by_three(cast)
    await decide(cast.mara, applications[1], "wait_listed")
    await leave(cast.carla, applications[1])
    await alone(cast.carla, applications[1])


async def test_a_member_whose_contract_ended_may_apply_alone(cast: Cast) -> None:
    made, _, applications, consortium = await sent_by_three(cast)
    done(await admit_all(cast.mara, consortium, (await stand_ids(made["booth"]))[0]))
    done(
        await cast.mara.send_form(
            f"/desk/applications/{applications[1]}/release", {"why": "It asked us to end it."}
        )
    )
    await decide(cast.mara, applications[1], "eligible")
    await alone(cast.carla, applications[1])


async def test_an_island_reserved_is_not_kept_for_who_has_left(cast: Cast) -> None:
    made, _, applications, consortium = await sent_by_three(cast)
    where, _ = await asked(cast.mara, made["call"])
    await jobs.drain()
    done(await cast.mara.send_form(where, {}, to=f"{where}/reserve"))
    held = "SELECT count(*) FROM allocation WHERE state = 'reserved'"
    assert await value(held) == 3
    tinto = await value("SELECT id FROM consortium_member WHERE application = $1", applications[2])
    done(
        await cast.mara.send_form(
            f"/desk/consortia/{consortium}", {"why": "It is not eligible."},
            to=f"/desk/consortia/{consortium}/members/{tinto}/leave-out",
        )
    )  # fmt: skip
    assert await value(held) == 2
    done(
        await cast.mara.send_form(
            f"/desk/consortia/{consortium}", {"why": "They fell out."},
            to=f"/desk/consortia/{consortium}/dissolve",
        )
    )  # fmt: skip
    assert await value(held) == 0


async def test_a_consortium_does_not_grow_after_the_call_has_closed(cast: Cast) -> None:
    """Members may share what was asked for otherwise; more than that would be a late application.

    While the call is open, the limits of the call hold for a consortium as for everybody.
    """
    made, people, applications, _ = await sent_by_three(cast)
    path = f"/my/applications/{applications[0]}/consortium/terms"
    terms = {"key": "equal", "island_m2": "5000", "stand_kind": "island"}
    huge = await cast.ana.send_form(path, terms)
    assert huge.status_code == 422
    assert "are left" in huge.text
    await close(made["call"])
    grown = await cast.ana.send_form(path, {**terms, "island_m2": "12"})
    assert grown.status_code == 422
    assert "closed" in grown.text
    done(
        await cast.ana.send_form(
            path,
            {
                "key": "by_m2", "island_m2": "9", "stand_kind": "island",
                **{
                    f"part_{each['id']}": part
                    for each, part in zip(
                        await rows("SELECT id FROM consortium_member ORDER BY id"),
                        ("4", "3", "2"),
                        strict=True,
                    )
                },
            },
        )
    )  # fmt: skip
    for each, application in zip(people, applications, strict=True):
        done(await agree(each, application))
    areas = [each["area_m2"] for each in await rows("SELECT area_m2 FROM application ORDER BY id")]
    assert areas == [4, 3, 2]


async def test_a_waiting_consortium_is_not_asked_member_by_member(cast: Cast) -> None:
    made, _, applications, _ = await sent_by_three(cast)
    for each in applications:
        await decide(cast.mara, each, "wait_listed")
    await execute("UPDATE application SET area_m2 = 9")
    path = f"/desk/calls/{made['call']}/waiting-list"
    stand = (await stand_ids(made["booth"]))[0]
    done(await cast.mara.send_form(path, {"stand": stand}, to=f"{path}/gaps"))
    await jobs.drain()
    assert await value("SELECT count(*) FROM offer") == 0
    hand = await cast.mara.send_form(
        path, {"gap": await value("SELECT id FROM gap"), "application": applications[0]},
        to=f"{path}/offers",
    )  # fmt: skip
    assert hand.status_code == 409
    assert "one stand for all" in hand.text
    assert "admit it as a whole" in (await cast.mara.get(path)).text
    assert await value("SELECT count(*) FROM allocation") == 0


async def test_a_member_of_a_consortium_does_not_choose_a_stand_for_itself(cast: Cast) -> None:
    made, _, applications, _ = await sent_by_three(cast)
    for each in applications:
        await decide(cast.mara, each, "eligible")
    await execute("UPDATE call SET opens_at = now() - interval '9 days', closes_at = now()")
    until = clock.local(clock.now() + timedelta(days=1), "Europe/Berlin")
    done(
        await cast.mara.send_form(
            f"/desk/calls/{made['call']}/choosing",
            {"until": until.strftime("%Y-%m-%dT%H:%M"), "minutes": "20", "version": "0"},
        )
    )
    await jobs.drain()
    assert await value("SELECT count(*) FROM message WHERE key LIKE '%:choose:%'") == 0
    shown = await cast.carla.get(f"/my/applications/{applications[1]}")
    assert "Choose your stand" not in shown.text
    path = f"/my/applications/{applications[1]}"
    answer = await cast.carla.send_form(path, {}, to=f"{path}/choose")
    assert answer.status_code == 409
    assert "one stand for all" in answer.text
    assert await value("SELECT count(*) FROM allocation") == 0


async def test_asking_for_a_correction_keeps_the_stand_that_is_reserved(cast: Cast) -> None:
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    done(await send(cast.ana, application))
    stand = (await stand_ids(made["booth"]))[0]
    path = f"/desk/applications/{application}/stand"
    done(await press(cast.mara, path, stand=stand, how="reserve"))
    await ask(cast.mara, application)
    state = "SELECT state FROM allocation WHERE application = $1"
    assert await value(state, application) == "reserved"
    done(await send(cast.ana, application))
    assert await value(state, application) == "reserved"
