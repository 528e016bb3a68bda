"""The rule, its lines, what is noted, scores and a decision opened again, through the API."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from server import clock
from server.database import value
from tests.booths.calls.test_story import done, fill, open_call, send
from tests.booths.ranking.test_story import scored
from tests.cast import Cast

PLAN = {
    "main": "points", "top": 100, "evaluators": 1, "apart": "30", "places": 1, "published": True
}  # fmt: skip
FIT = {"name": "Fit to the fair", "weight": "60", "high": 10, "source": "evaluators"}
TRAINED = {
    "name": "Export training", "weight": "40", "high": 10, "source": "facts",
    "fact_1": "noted", "op_1": "is", "values_1": "Export training", "points_1": 10,
}  # fmt: skip
NEW = {"name": "First-timers", "fact_1": "participations", "op_1": "is", "values_1": "0"}
MOST = {**NEW, "name": "Not only first-timers", "bound": "most", "amount": "30", "unit": "places"}


def good(answer: httpx.Response, status: int = 200) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    found: dict[str, object] = answer.json()
    return found


@pytest.fixture
async def program(cast: Cast) -> AsyncIterator[httpx.AsyncClient]:
    async with await cast.mara.program() as client:
        yield client


async def write(program: httpx.AsyncClient, call: int) -> str:
    base = f"/api/v1/desk/calls/{call}/ranking"
    good(await program.post(base, json=PLAN))
    good(await program.post(f"{base}/criteria", json=FIT), 201)
    good(await program.post(f"{base}/criteria", json={**TRAINED, "weight": "10"}), 201)
    return base


async def test_a_program_writes_the_whole_rule(cast: Cast, program: httpx.AsyncClient) -> None:
    made = await open_call(cast.mara)
    base = await write(program, made["call"])
    unfinished = await program.post(f"{base}/publication", json={})
    assert "must be 100 %" in good(unfinished, 422)["detail"]
    good(await program.post(f"{base}/criteria/1", json=TRAINED))
    good(await program.post(f"{base}/groups", json=NEW), 201)
    good(await program.post(f"{base}/quotas", json=MOST), 201)
    twice = await program.post(f"{base}/groups", json=NEW)
    assert "of this name already" in good(twice, 422)["detail"]
    plan = good(await program.get(base))["plan"]
    assert [each["weight_bp"] for each in plan["criteria"]] == [6000, 4000]
    assert [each["name"] for each in plan["groups"] + plan["quotas"]] == [
        "First-timers", "Not only first-timers",
    ]  # fmt: skip
    good(await program.post(f"{base}/groups/0/removal", json={}))
    assert (await program.post(f"{base}/groups/0/removal", json={})).status_code == 404
    good(await program.post(f"{base}/publication", json={}))
    assert (await program.post(f"{base}/quotas/0/removal", json={})).status_code == 409
    async with await cast.nils.program() as stranger:
        assert (await stranger.post(f"{base}/criteria", json=FIT)).status_code == 404
        assert (await stranger.get(f"{base}/noted")).status_code == 404
    async with await cast.vera.program() as viewer:
        assert (await viewer.post(f"{base}/noted", json={})).status_code in (403, 422)


async def test_a_decision_opened_again_is_made_of_what_was_mended(
    cast: Cast, program: httpx.AsyncClient
) -> None:
    made = await open_call(cast.mara)
    call = made["call"]
    base = await write(program, call)
    good(await program.post(f"{base}/criteria/1", json=TRAINED))
    good(await program.post(f"{base}/publication", json={}))
    people = {"people": [cast.vera.person_id]}
    good(await program.post(f"/api/v1/desk/calls/{call}/evaluators", json=people))
    ids = {}
    for name in ("ana", "carla"):
        ids[name] = await fill(getattr(cast, name), call)
        done(await send(getattr(cast, name), ids[name]))
    with clock.travel_everywhere(clock.now() + timedelta(days=21)):
        await cast.mara.arrive()
        await cast.vera.arrive()
        async with await cast.mara.program() as later:
            await scored(cast, call, ids, ana=6, carla=5)
            found = good(await later.get(f"/api/v1/desk/calls/{call}/scores"))["items"]
            assert sorted(each["spread"]["mean"] for each in found) == ["30.00", "36.00"]
            listed = good(await later.get(f"{base}/list"))["items"]
            assert [each["application"] for each in listed] == [ids["ana"], ids["carla"]]
            decisions = f"/api/v1/desk/calls/{call}/decisions"
            assert good(await later.post(decisions, json={}), 201) == {"version": 1}
            note = {"word": "Export training", "applications": [ids["carla"]]}
            assert (await later.post(f"{base}/noted", json=note)).status_code == 409
            assert (await later.post(decisions, json={})).status_code == 409

            opened = f"{decisions}/1/reopening"
            assert (await later.post(opened, json={"why": ""})).status_code == 422
            why = {"why": "A certificate of training had been overlooked."}
            assert good(await later.post(opened, json=why), 201) == {"version": 1}
            assert (await later.post(opened, json=why)).status_code == 409
            applied = await later.post(f"{decisions}/1/application", json={"sure": True})
            assert applied.status_code == 409
            shown = (await cast.mara.get(f"/desk/calls/{call}/ranking/list")).text
            assert "Version 1 was opened again" in shown
            good(await later.post(f"{base}/noted", json=note))
            assert good(await later.get(f"{base}/noted"))["items"] == [note]
            await scored_again(cast, call, ids["carla"], 6)
            assert good(await later.post(decisions, json={}), 201) == {"version": 2}
            whole = good(await later.get(f"{decisions}/2"))
            assert whole["why"] == why["why"]
            order = [each["reference"] for each in whole["order"]]
            carla = await value("SELECT reference FROM application WHERE id = $1", ids["carla"])
            assert order[0] == carla
            moves = good(await later.get(f"{decisions}/2/moves"))["items"]
            assert [(each["application"], each["step"]) for each in moves] == [
                (ids["carla"], "select"), (ids["ana"], "wait"),
            ]  # fmt: skip
            page = (await cast.mara.get(f"/desk/calls/{call}/ranking/decisions/2")).text
            assert "it is identical" in page
            assert "What this version changes" in page
            assert "A certificate of training" in page
            good(await later.post(f"{decisions}/2/application", json={"sure": True}))


async def scored_again(cast: Cast, call: int, application: int, points: int) -> None:
    page = f"/desk/calls/{call}/score/{application}"
    done(await cast.vera.send_form(page, {"points_c1": points}))
