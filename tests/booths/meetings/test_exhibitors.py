"""Exhibitors of a joint booth meet at their stands, wherever these move."""

from booths.meetings import jobs
from events.matchmaking import queries
from server.database import execute, value
from tests.booths.calls.test_story import admit, done, fill, id_in, open_call, send, stand_ids
from tests.cast import Cast


async def test_exhibitors_come_in_with_their_stands_and_follow_them(cast: Cast) -> None:
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    done(await send(cast.ana, application))
    await execute("UPDATE application SET state = 'eligible' WHERE id = $1", application)
    stands = await stand_ids(made["booth"])
    done(await admit(cast.mara, application, stands[0]))
    fair = await value("SELECT fair FROM booth WHERE id = $1", made["booth"])
    session = id_in(
        done(
            await cast.mara.send_form(
                "/desk/meetings/new",
                {"title": "Meetings at Anuga", "kind": "fair", "fair": str(fair),
                 "of_exhibitors": "on"},
            )
        )
    )  # fmt: skip
    at = f"/desk/meetings/{session}"
    done(
        await cast.mara.send_form(
            f"{at}/slots",
            {"first_on": "2027-10-08", "last_on": "2027-10-09", "afternoon_from": "17:00",
             "afternoon_until": "19:00", "minutes": "30", "gap": "0"},
        )
    )  # fmt: skip
    shown = await cast.vera.get(f"{at}/exhibitors")
    assert "Quinta do Vale" in shown.text
    done(await cast.mara.send_form(f"{at}/exhibitors", {}))
    (ana,) = await queries.people(session)
    assert (ana.name, ana.came_by, ana.group_name) == ("Ana Example", "exhibitor", "Exhibitors")
    (place,) = await queries.places(session)
    assert (place.stand, place.company, place.kind) == (stands[0], cast.quinta, "stand")
    assert ana.place == place.id
    # the eighth is a day of set-up until 18:00: two of its four half hours are blocked
    slots = {each.id: each.start_local for each in await queries.slots(session)}
    away = (await queries.away(session))[ana.id]
    assert sorted(f"{slots[each]:%d %H:%M}" for each in away) == ["08 17:00", "08 17:30"]
    again = await cast.mara.send_form(f"{at}/exhibitors", {})
    assert again.status_code == 303
    assert len(await queries.people(session)) == 1
    # the stand moves
    await execute(
        "UPDATE allocation SET stand = $2 WHERE application = $1 AND state <> 'released'",
        application,
        stands[1],
    )
    await jobs.follow_fairs()
    (moved,) = await queries.places(session)
    label = await value("SELECT label FROM stand WHERE id = $1", stands[1])
    assert (moved.id, moved.stand, moved.label) == (place.id, stands[1], label)
    # the exhibitor leaves
    await execute(
        "UPDATE allocation SET state = 'released', released_at = now() WHERE application = $1",
        application,
    )
    await jobs.follow_fairs()
    assert await queries.people(session) == []
    (closed,) = await queries.places(session)
    assert closed.closed
    assert (await cast.nils.get(f"{at}/exhibitors")).status_code == 404
