"""A consortium in the ranking list: one place for all its members, decided on together."""

from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner

from server import clock
from server.commands.rank import command
from server.database import rows
from tests.booths.calls.test_story import done, open_call
from tests.booths.consortia.test_story import agree, gather, send_all, third
from tests.booths.proposals.test_placing import another, applied
from tests.booths.ranking.test_story import PLAN
from tests.cast import Cast


async def test_a_consortium_is_ranked_and_decided_as_one(cast: Cast, tmp_path: Path) -> None:
    """Two places: the consortium of three, first to arrive, does not fit, so nobody of it gets one
    and the single applicant behind it does; with one place more, it is the other way round."""
    made = await open_call(cast.mara)
    base = f"/desk/calls/{made['call']}/ranking"
    rule = {**PLAN, "main": "arrival", "minimum_total": "", "places": "2"}
    done(await cast.mara.send_form(base, rule))
    done(await cast.mara.send_form(base, {}, to=f"{base}/publish"))
    people = [cast.ana, cast.carla, await third(cast)]
    together = await gather(cast, made["call"], people)
    dora = await another("Atelier Dupont", "dora@cast.example")
    alone = await applied(dora, made["call"])
    for each, application in zip(people, together, strict=True):
        done(await agree(each, application))
    done(await send_all(cast.ana, together[0]))
    with clock.travel_everywhere(clock.now() + timedelta(days=21)):
        await cast.mara.arrive()
        listed = (await cast.mara.get(f"{base}/list")).text
        assert "with the consortium “Port and pasta”" in listed
        done(await cast.mara.send_form(f"{base}/list", {}, to=f"{base}/freeze"))
        done(await cast.mara.send_form(f"{base}/decisions/1/apply", {"sure": "on"}))
        states = "SELECT state FROM application ORDER BY id = $1, id"
        found = [each["state"] for each in await rows(states, alone)]
        assert found == ["wait_listed"] * 3 + ["eligible"]
        more = {"change": "space", "places": "3", "why": "A third place was found."}
        done(await cast.mara.send_form(f"{base}/decisions/1/edit", more))
        move = {"change": "move", "rank": "1", "why": "It was first.",
                "line": await _line(together[2])}  # fmt: skip
        done(await cast.mara.send_form(f"{base}/decisions/2/edit", move))
        order = await rows(
            "SELECT p.application, p.outcome FROM ranking_place p JOIN ranking_decision d"
            " ON d.id = p.decision WHERE d.version = 3 ORDER BY p.rank"
        )
        assert [(each["application"], each["outcome"]) for each in order] == [
            *[(each, "selected") for each in together], (alone, "waiting"),
        ]  # fmt: skip
        file = tmp_path / "decision.json"
        file.write_bytes((await cast.mara.get(f"{base}/decisions/3/file")).content)
    answer = CliRunner().invoke(command, [str(file)])
    assert (answer.exit_code, "identical" in answer.output) == (0, True), answer.output


async def _line(application: int) -> str:
    found = await rows("SELECT reference FROM application WHERE id = $1", application)
    return f"{found[0]['reference']}/1"
