"""Placing at the desk, from the applicants' words to reserved stands and contracts."""

import re
from typing import Any

import asyncpg
import httpx
import pytest

from server import jobs
from server.database import execute, row, rows, value
from tests.booths.calls.test_story import done, fill, open_call, send, stand_ids
from tests.booths.consortia.test_story import sent_by_three
from tests.cast import Cast, Someone, company, member, person


async def another(name: str, email: str) -> Someone:
    """One more company with somebody who can apply."""
    made = await company(name, "FR", "FR40303265045", "Lyon")
    person_id = await person(email, name)
    await member("company", made, person_id, "admin")
    return await Someone(email, person_id).arrive()


async def applied(who: Someone, call: int, **wish: str) -> int:
    """A sent application; `wish` has area, kind, and words about neighbours."""
    made = await fill(who, call, area=wish.pop("area", "9"), kind=wish.get("kind", "row"))
    if set(wish) - {"kind"}:
        done(
            await who.send_form(
                f"/my/applications/{made}/stand",
                {"area_m2": "9", "stand_kind": wish.pop("kind", "row"), **wish},
            )
        )
    done(await send(who, made))
    return made


async def asked(mara: Someone, call: int, **more: str) -> tuple[str, httpx.Response]:
    """Work out a proposal; its address and its page."""
    where = done(await mara.send_form(f"/desk/calls/{call}/placing", dict(more)))
    return where, await mara.get(where)


async def answer(call: int, number: int = 1) -> dict[str, Any]:
    return await value("SELECT answer FROM proposal WHERE call = $1 AND number = $2", call, number)


async def test_from_wishes_to_reserved_stands_and_contracts(cast: Cast) -> None:
    made = await open_call(cast.mara)
    call = made["call"]
    ana = await applied(cast.ana, call, kind="corner", neighbours="Officina Rossi, please")
    carla = await applied(cast.carla, call, apart_from="")
    dora = await another("Atelier Dupont", "dora@cast.example")
    dupont = await applied(dora, call)
    shown = await cast.mara.get(f"/desk/calls/{call}/placing")
    assert "beside Officina Rossi" in re.sub(r"\s+", " ", shown.text)
    set_up = await cast.mara.get(f"/desk/calls/{call}")
    assert f"/desk/calls/{call}/placing" in set_up.text

    path = f"/desk/calls/{call}/placing/applicants/{dupont}"
    done(
        await cast.mara.send_form(
            path,
            {
                "minimum_m2": "9", "maximum_m2": "9", "open_sides": "0", "power_kw": "6",
                "needs": "water", "apart_from": [str(ana)],
            },
        )
    )  # fmt: skip
    stands = await stand_ids(made["booth"])
    for stand in stands[:-1]:
        done(
            await cast.mara.send_form(
                f"/desk/booths/{made['booth']}/stands/{stand}/utilities", {"power_kw": "3"}
            )
        )
    where, proposal = await asked(cast.mara, call)
    found = await answer(call)
    assert found["proven"]
    assert found["placed"] == 3
    last = await value("SELECT label FROM stand WHERE id = $1", stands[-1])
    assert found["placement"][str(dupont)] == last
    assert "beside Officina Rossi" in proposal.text
    assert "Atelier Dupont (rank 3) gets" in proposal.text
    case = await cast.mara.get(f"{where}/case.json")
    assert case.json()["applicants"][0]["name"] == "Quinta do Vale"

    again = done(await cast.mara.send_form(where, {"pins": [str(ana)], "again": "few_moves"}))
    second = await answer(call, 2)
    assert second["placement"] == found["placement"]
    assert second["moved"] == []
    compared = await cast.mara.get(again)
    assert "Everybody has the same stand in both" in compared.text

    done(await cast.mara.send_form(where, {}, to=f"{where}/reserve"))
    kept = await rows(
        "SELECT al.application, s.label, al.state, al.purpose FROM allocation al"
        " JOIN stand s ON s.id = al.stand WHERE al.state <> 'released'"
    )
    assert {str(each["application"]): each["label"] for each in kept} == found["placement"]
    assert {(each["state"], each["purpose"]) for each in kept} == {("reserved", "desk")}

    done(await cast.mara.send_form(where, {}, to=f"{where}/admit"))
    await jobs.drain()
    assert await value("SELECT count(*) FROM admission WHERE ended_at IS NULL") >= 1
    lines = await rows("SELECT application, state, said FROM proposed_admission ORDER BY id")
    assert [each["application"] for each in lines] == [ana, carla, dupont]
    for each in lines:
        state = await value("SELECT state FROM application WHERE id = $1", each["application"])
        assert (each["state"] == "done") == (state == "admitted")
        assert (each["state"] == "done") == (each["said"] == "")
    assert "Admitted" in (await cast.mara.get(where)).text
    before = await value("SELECT count(*) FROM admission")
    done(await cast.mara.send_form(where, {}, to=f"{where}/admit"))
    await jobs.drain()
    assert await value("SELECT count(*) FROM admission") == before


async def test_reserving_is_all_or_nothing(cast: Cast) -> None:
    """Somebody else takes one of the proposed stands: no stand is reserved."""
    made = await open_call(cast.mara)
    call = made["call"]
    ana, carla = await applied(cast.ana, call), await applied(cast.carla, call)
    where, _ = await asked(cast.mara, call)
    placed = (await answer(call))["placement"]
    dora = await another("Atelier Dupont", "dora@cast.example")
    third = await applied(dora, call)
    await execute(
        "INSERT INTO allocation (stand, application, area_m2, state, since, purpose)"
        " SELECT id, $2, area_m2, 'reserved', now(), 'desk' FROM stand WHERE booth = $3"
        " AND label = $1",
        placed[str(carla)],
        third,
        made["booth"],
    )
    refused = await cast.mara.send_form(where, {}, to=f"{where}/reserve")
    assert refused.status_code == 409
    assert "Nothing was reserved" in refused.text
    assert await value("SELECT count(*) FROM allocation WHERE application = $1", ana) == 0


async def test_plan_that_changed_since_is_not_reserved(cast: Cast) -> None:
    made = await open_call(cast.mara)
    await applied(cast.ana, made["call"])
    where, _ = await asked(cast.mara, made["call"])
    (label,) = (await answer(made["call"]))["placement"].values()
    await execute(
        "UPDATE stand SET label = 'Z9' WHERE booth = $1 AND label = $2", made["booth"], label
    )
    refused = await cast.mara.send_form(where, {}, to=f"{where}/reserve")
    assert refused.status_code == 409
    assert "not on the plan as it was proposed" in refused.text


async def test_free_block_is_cut_drawn_and_reserved(cast: Cast) -> None:
    """A booth without stands: the proposal cuts it, prices the corners, and draws the stands."""
    made = await open_call(cast.mara)
    call = made["call"]
    ana = await applied(cast.ana, call, area="12", kind="corner")
    carla = await applied(cast.carla, call)
    await execute("DELETE FROM stand WHERE booth = $1", made["booth"])
    where = done(await cast.mara.send_form(f"/desk/calls/{call}/placing", {}))
    waits = await cast.mara.get(where)
    assert "It is being worked out" in waits.text
    await jobs.drain()
    found = await answer(call)
    assert found["placed"] == 2
    assert {float(each["area_m2"]) for each in found["stands"]} <= {9.0, 10.5, 12.0, 13.5, 14.0}
    corners = sum(each["kind"] == "corner" for each in found["stands"])
    assert found["prices"]["surcharges"] == f"{250 * corners}.00"
    shown = await cast.mara.get(where)
    assert "Draw these stands" in shown.text
    assert "Reserve these stands" not in shown.text
    done(await cast.mara.send_form(where, {}, to=f"{where}/draw"))
    drawn = await rows("SELECT label, kind FROM stand WHERE booth = $1", made["booth"])
    assert {each["label"]: each["kind"] for each in drawn} == {
        each["key"]: each["kind"] for each in found["stands"]
    }
    done(await cast.mara.send_form(where, {}, to=f"{where}/reserve"))
    kept = await rows("SELECT application FROM allocation WHERE state = 'reserved'")
    assert {each["application"] for each in kept} == {ana, carla}


async def test_proposal_is_never_changed_after_its_answer(cast: Cast) -> None:
    made = await open_call(cast.mara)
    await applied(cast.ana, made["call"])
    await asked(cast.mara, made["call"])
    found = await row("SELECT id FROM proposal")
    assert found is not None
    for sql in ("UPDATE proposal SET failed = 'x'", "DELETE FROM proposal"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await execute(sql)


async def test_staff_of_another_agency_see_nothing(cast: Cast) -> None:
    made = await open_call(cast.mara)
    await applied(cast.ana, made["call"])
    where, _ = await asked(cast.mara, made["call"])
    for path in (where, f"{where}/case.json", f"/desk/calls/{made['call']}/placing"):
        assert (await cast.nils.get(path)).status_code == 404
    seen = await cast.vera.get(where)
    assert seen.status_code == 200
    assert "Reserve these stands" not in seen.text


async def test_consortium_is_placed_as_one_and_its_island_reserved_for_all(cast: Cast) -> None:
    made, _, members, consortium = await sent_by_three(cast)
    call = made["call"]
    where, shown = await asked(cast.mara, call, smaller_by="80", larger_by="200")
    found = await answer(call)
    assert found["placed"] == 1
    (label,) = found["placement"].values()
    name = await value("SELECT name FROM consortium WHERE id = $1", consortium)
    assert name in shown.text
    assert "one stand for all its 3 members" in shown.text
    done(await cast.mara.send_form(where, {}, to=f"{where}/reserve"))
    kept = await rows(
        "SELECT al.application, al.consortium, s.label FROM allocation al"
        " JOIN stand s ON s.id = al.stand WHERE al.state = 'reserved'"
    )
    assert {each["application"] for each in kept} == set(members)
    assert {(each["consortium"], each["label"]) for each in kept} == {(consortium, label)}
    again, _ = await asked(cast.mara, call, smaller_by="80", larger_by="200")
    assert (await answer(call, 2))["moved"] == []
    done(await cast.mara.send_form(again, {}, to=f"{again}/reserve"))
    done(await cast.mara.send_form(again, {}, to=f"{again}/admit"))
    await jobs.drain()
    line = await row("SELECT state, said FROM proposed_admission")
    assert line is not None
    assert line["state"] == "refused"
    assert "on its own page" in line["said"]


async def test_a_better_rank_takes_the_stand_that_was_reserved_for_who_gets_none_now(
    cast: Cast,
) -> None:
    made = await open_call(cast.mara)
    call = made["call"]
    ana, carla = await applied(cast.ana, call), await applied(cast.carla, call)
    where, _ = await asked(cast.mara, call)
    done(await cast.mara.send_form(where, {}, to=f"{where}/reserve"))
    label = (await answer(call))["placement"][str(carla)]
    await execute(
        "UPDATE allocation SET state = 'released', released_at = now() WHERE application = $1", ana
    )
    await execute(
        "UPDATE stand SET blocked = true, blocked_why = 'Pillar' WHERE booth = $1 AND label <> $2",
        made["booth"],
        label,
    )
    where, _ = await asked(cast.mara, call)
    assert (await answer(call, 2))["placement"] == {str(ana): label}
    done(await cast.mara.send_form(where, {}, to=f"{where}/reserve"))
    kept = await rows("SELECT application FROM allocation WHERE state <> 'released'")
    assert [each["application"] for each in kept] == [ana]


async def test_admitting_all_where_reservations_cross(cast: Cast) -> None:
    """Each has reserved what the proposal gives to the other."""
    made = await open_call(cast.mara)
    call = made["call"]
    ana, carla = await applied(cast.ana, call), await applied(cast.carla, call)
    where, _ = await asked(cast.mara, call)
    placed = (await answer(call))["placement"]
    for one, other in ((ana, carla), (carla, ana)):
        await execute(
            "INSERT INTO allocation (stand, application, area_m2, state, since, purpose)"
            " SELECT id, $2, area_m2, 'reserved', now(), 'desk' FROM stand WHERE booth = $3"
            " AND label = $1", placed[str(other)], one, made["booth"],
        )  # fmt: skip
    done(await cast.mara.send_form(where, {}, to=f"{where}/admit"))
    await jobs.drain()
    held = await rows(
        "SELECT al.application, s.label FROM allocation al JOIN stand s ON s.id = al.stand"
        " WHERE al.state = 'held'"
    )
    assert {str(each["application"]): each["label"] for each in held} == placed
