"""From the published rule to letters in the order of the list, through the front door."""

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner

from booths.ranking import entering, queries
from server import clock, jobs
from server.commands.rank import command
from server.database import execute, row, rows, value
from tests.booths.calls.test_story import done, fill, open_call, send
from tests.cast import Cast

PLAN = {
    "main": "points", "tie_1": "arrival", "top": "100", "join": "mean", "evaluators": "1",
    "apart": "30", "gap": "fill", "places": "1", "published": "on", "minimum_total": "20",
}  # fmt: skip
FIT = {
    "name": "Fit to the fair", "weight": "60", "low": "0", "high": "10", "source": "evaluators",
    "hint": "Ten for buyers who ask for it.",
}  # fmt: skip
EXPORT = {
    "name": "New exporters", "weight": "40", "low": "0", "high": "10", "source": "facts",
    "fact_1": "export_status", "op_1": "is", "values_1": "We do not export yet", "points_1": "10",
    "fact_2": "export_status", "op_2": "is", "values_2": "occasional", "points_2": "5",
}  # fmt: skip


async def write_rule(cast: Cast, call: int, **more: str) -> str:
    """Mara writes the rule of a published call to which nobody has applied, and publishes it."""
    base = f"/desk/calls/{call}/ranking"
    done(await cast.mara.send_form(base, {**PLAN, **more}))
    done(await cast.mara.send_form(f"{base}/rules/criteria/new", FIT))
    done(await cast.mara.send_form(f"{base}/rules/criteria/new", EXPORT))
    done(await cast.mara.send_form(base, {}, to=f"{base}/publish"))
    people = [cast.vera.person_id, cast.finn.person_id]
    done(await cast.mara.send_form(f"{base}/evaluators", {"people": people}))
    return base


@pytest.fixture
async def closed(cast: Cast) -> AsyncIterator[tuple[int, dict[str, int]]]:
    """A call with a rule, closed an hour ago, with the applications of Ana and Carla."""
    made = await open_call(cast.mara)
    await write_rule(cast, made["call"])
    applications = {}
    for name in ("ana", "carla"):
        someone = getattr(cast, name)
        applications[name] = await fill(someone, made["call"])
        done(await send(someone, applications[name]))
    with clock.travel_everywhere(clock.now() + timedelta(days=21)):
        for someone in cast.people().values():
            await someone.arrive()
        yield made["call"], applications


async def scored(cast: Cast, call: int, applications: dict[str, int], **points: int) -> None:
    """Vera declares no conflict and scores the company of each name."""
    for name, n in points.items():
        base = f"/desk/calls/{call}/score/{applications[name]}"
        done(await cast.vera.send_form(base, {"conflict": "no"}, to=f"{base}/declaration"))
        done(await cast.vera.send_form(base, {"points_c1": n, "comment": "Seen their stand."}))


async def test_the_rule_is_shown_in_plain_words_and_stands(cast: Cast) -> None:
    made = await open_call(cast.mara)
    base = await write_rule(cast, made["call"], tie_1="lottery")
    shown = (await cast.paul.get("/calls/joint-booth-at-anuga-2027")).text
    for words in ("Places are given by points", "Fit to the fair", "60%", "10 for Export status"):
        assert words in shown, words
    promised = await row("SELECT seed, commitment FROM ranking_plan")
    assert promised is not None
    assert promised["commitment"] in shown
    assert promised["seed"] not in shown
    refused = await cast.mara.send_form(base, PLAN)
    assert refused.status_code == 409
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute("UPDATE ranking_plan SET plan = '{}'")


async def test_a_rule_that_does_not_add_up_is_not_published(cast: Cast) -> None:
    made = await open_call(cast.mara)
    base = f"/desk/calls/{made['call']}/ranking"
    done(await cast.mara.send_form(base, PLAN))
    done(await cast.mara.send_form(f"{base}/rules/criteria/new", FIT))
    refused = await cast.mara.send_form(base, {}, to=f"{base}/publish")
    assert refused.status_code == 422
    assert "60.0 % together" in refused.text
    done(await cast.mara.send_form(f"{base}/rules/criteria/0", {**FIT, "weight": "100"}))
    done(await cast.mara.send_form(base, {}, to=f"{base}/publish"))


async def test_no_rule_after_the_first_application(cast: Cast) -> None:
    made = await open_call(cast.mara)
    done(await send(cast.ana, await fill(cast.ana, made["call"])))
    refused = await cast.mara.send_form(f"/desk/calls/{made['call']}/ranking", PLAN)
    assert refused.status_code == 409


async def test_a_conflict_of_interest_locks_the_evaluator_out(
    cast: Cast, closed: tuple[int, dict[str, int]]
) -> None:
    """No look before the declaration, none after a conflict, and no score past the database."""
    call, applications = closed
    ana, carla = applications["ana"], applications["carla"]
    page = f"/desk/calls/{call}/score/{ana}"
    first = await cast.vera.get(page)
    assert "Quinta do Vale" in first.text
    assert "Port wine" not in first.text
    assert (await cast.vera.get(f"/desk/applications/{ana}")).status_code == 403
    early = await cast.vera.send_form(page, {"points_c1": 9})
    assert early.status_code == 409
    done(await cast.vera.send_form(page, {"conflict": "no"}, to=f"{page}/declaration"))
    assert "Port wine" in (await cast.vera.get(page)).text
    off = await cast.vera.send_form(page, {"points_c1": 11})
    assert off.status_code == 422
    assert "a whole number from 0 to 10" in off.text
    done(await cast.vera.send_form(page, {"points_c1": 9}))

    other = f"/desk/calls/{call}/score/{carla}"
    nameless = await cast.vera.send_form(other, {"conflict": "yes"}, to=f"{other}/declaration")
    assert nameless.status_code == 422
    said = {"conflict": "yes", "why": "My sister works there."}
    done(await cast.vera.send_form(other, said, to=f"{other}/declaration"))
    for closed_page in (other, f"/desk/applications/{carla}"):
        refused = await cast.vera.get(closed_page)
        assert refused.status_code == 403
        assert "conflict of interest" in refused.text
    assert "Officina Rossi" not in (await cast.vera.get(f"/desk/calls/{call}/scores")).text
    with pytest.raises(asyncpg.RestrictViolationError, match="no conflict of interest"):
        await execute(
            "INSERT INTO evaluation (application, person, number, points, at)"
            " VALUES ($1, $2, 1, '{\"c1\": 0}', now())",
            carla,
            cast.vera.person_id,
        )
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute(
            "INSERT INTO conflict_declaration (application, person, conflict, at)"
            " VALUES ($1, $2, false, now())",
            carla,
            cast.vera.person_id,
        )


async def test_scores_of_others_are_hidden_until_ones_own_are_given(
    cast: Cast, closed: tuple[int, dict[str, int]]
) -> None:
    call, applications = closed
    await scored(cast, call, applications, ana=9)
    overview = f"/desk/calls/{call}/scores"
    assert "54" not in (await cast.finn.get(overview)).text
    assert "Quinta do Vale" in (await cast.mara.get(overview)).text
    page = f"/desk/calls/{call}/score/{applications['ana']}"
    done(await cast.finn.send_form(page, {"conflict": "no"}, to=f"{page}/declaration"))
    assert "Seen their stand" not in (await cast.finn.get(page)).text
    done(await cast.finn.send_form(page, {"points_c1": 4}))
    shown = (await cast.finn.get(overview)).text
    assert "Far apart" in shown
    for number in ("39", "24", "54", "15"):  # average, lowest, highest, deviation
        assert f">{number}</div>" in shown, number
    assert (await cast.nils.get(overview)).status_code == 404
    done(await cast.finn.send_form(page, {"points_c1": 8}))
    assert await value("SELECT count(*) FROM evaluation") == 3


async def test_from_the_list_to_the_letters(
    cast: Cast, closed: tuple[int, dict[str, int]], tmp_path: Path
) -> None:
    """Freeze, check again with the command, change by hand, carry out, tell the companies."""
    call, applications = closed
    base = f"/desk/calls/{call}/ranking"
    missing = await cast.mara.send_form(f"{base}/list", {}, to=f"{base}/freeze")
    assert missing.status_code == 422
    await scored(cast, call, applications, ana=5, carla=5)
    assert "tie with" in (await cast.mara.get(f"{base}/list")).text
    listed = await cast.mara.send_form(f"{base}/list", {}, to=f"{base}/freeze")
    assert done(listed) == f"{base}/decisions/1"
    first = (await cast.mara.get(f"{base}/decisions/1")).text
    assert "it is identical" in first
    assert re.search(r"Rank 1 of 2: 50 points; tie with \S+ broken by arrival \d\d:", first)
    late = f"/desk/calls/{call}/score/{applications['ana']}"
    assert (await cast.vera.send_form(late, {"points_c1": 10})).status_code == 409
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute("UPDATE ranking_decision SET content = '{}'")

    file = tmp_path / "decision.json"
    file.write_bytes((await cast.mara.get(f"{base}/decisions/1/file")).content)
    answer = CliRunner().invoke(command, [str(file)])
    assert (answer.exit_code, "identical" in answer.output) == (0, True), answer.output
    content = json.loads(file.read_text("utf-8"))
    content["inputs"]["applicants"][1]["sheets"][0]["points"]["c1"] = 6
    file.write_text(json.dumps(content), "utf-8")
    answer = CliRunner().invoke(command, [str(file)], standalone_mode=False)
    assert answer.return_value == 1
    assert "fingerprint" in answer.output
    assert "Rank 1" in answer.output

    carla = await value("SELECT reference FROM application WHERE id = $1", applications["carla"])
    edit = f"{base}/decisions/1/edit"
    unreasoned = await cast.mara.send_form(edit, {"change": "move", "line": f"{carla}/1"})
    assert unreasoned.status_code == 422
    change = {"change": "move", "line": f"{carla}/1", "rank": "1", "why": "A score was misread."}
    assert done(await cast.mara.send_form(edit, change)) == f"{base}/decisions/2"
    assert (await cast.mara.send_form(edit, change)).status_code == 409
    second = (await cast.mara.get(f"{base}/decisions/2")).text
    assert "What this version changes" in second
    assert "A score was misread." in second

    apply = f"{base}/decisions/2/apply"
    assert (
        "1 become eligible with a place, 1 go on the waiting list"
        in (await cast.mara.get(apply)).text
    )
    assert (await cast.mara.send_form(apply, {})).status_code == 422
    done(await cast.mara.send_form(apply, {"sure": "on"}))
    assert (await cast.mara.send_form(apply, {"sure": "on"})).status_code == 409
    states = await rows("SELECT state, wait_position FROM application ORDER BY id")
    assert [tuple(each.values()) for each in states] == [("wait_listed", 1), ("eligible", None)]
    assert [(each.application, each.rank, each.m2) for each in await queries.selected(call)] == [
        (applications["carla"], 1, 9)
    ]
    await jobs.drain()
    mail = await row("SELECT body_text FROM message WHERE key LIKE '%wait-listed%'")
    assert mail is not None
    assert "Rank 2 of 2: 50 points" in mail["body_text"]
    mine = (await cast.ana.get(f"/my/applications/{applications['ana']}")).text
    assert "rank 2 of 2, 50 points" in mine
    assert "Officina Rossi" not in mine
    async with await cast.mara.program() as program:
        decisions = (await program.get(f"/api/v1/desk/calls/{call}/decisions")).json()
        assert [each["version"] for each in decisions["items"]] == [2, 1]
        whole = (await program.get(f"/api/v1/desk/calls/{call}/decisions/2")).json()
        assert len(whole["order"]) == 2


async def test_a_new_order_of_the_waiting_list_takes_no_offer_back(
    cast: Cast, closed: tuple[int, dict[str, int]]
) -> None:
    """Who gets another place and has a stand on offer goes on having it, and reads no other."""
    call, applications = closed
    base = f"/desk/calls/{call}/ranking"
    await scored(cast, call, applications, ana=5, carla=5)
    done(await cast.mara.send_form(f"{base}/list", {}, to=f"{base}/freeze"))
    none = {"change": "space", "places": "0", "why": "The hall has taken our places."}
    done(await cast.mara.send_form(f"{base}/decisions/1/edit", none))
    done(await cast.mara.send_form(f"{base}/decisions/2/apply", {"sure": "on"}))
    path = f"/desk/calls/{call}/waiting-list"
    stand = await value("SELECT min(id) FROM stand")
    done(await cast.mara.send_form(path, {"stand": stand}, to=f"{path}/gaps"))
    await jobs.drain()
    assert await value("SELECT application FROM offer") == applications["ana"]
    carla = await value("SELECT reference FROM application WHERE id = $1", applications["carla"])
    change = {"change": "move", "line": f"{carla}/1", "rank": "1", "why": "A score was misread."}
    done(await cast.mara.send_form(f"{base}/decisions/2/edit", change))
    done(await cast.mara.send_form(f"{base}/decisions/3/apply", {"sure": "on"}))
    states = await rows("SELECT state, wait_position FROM application ORDER BY id")
    assert [tuple(each.values()) for each in states] == [("wait_listed", 2), ("wait_listed", 1)]
    assert await value("SELECT state FROM offer") == "open"
    await jobs.drain()
    mails = "SELECT count(*) FROM message WHERE key LIKE $1"
    assert (
        await value(mails, f"application:{applications['ana']}:wait-listed:%") == 4
    )  # to Ana and Ben, twice
    assert await value(mails, "%taken-back%") == 0


async def test_who_has_a_conflict_decides_nothing_about_the_company(
    cast: Cast, closed: tuple[int, dict[str, int]]
) -> None:
    """A manager who evaluates and has declared a conflict cannot reject the company by hand."""
    call, applications = closed
    base = f"/desk/calls/{call}/ranking"
    done(await cast.mara.send_form(f"{base}/evaluators", {"people": [cast.mara.person_id]}))
    page = f"/desk/calls/{call}/score/{applications['ana']}"
    said = {"conflict": "yes", "why": "I hold shares."}
    done(await cast.mara.send_form(page, said, to=f"{page}/declaration"))
    decided = await cast.mara.send_form(
        "/desk/applications",
        {"to": "rejected", "applications": [applications["ana"]], "why": "No room for you."},
    )
    assert decided.status_code == 403
    state = await value("SELECT state FROM application WHERE id = $1", applications["ana"])
    assert state == "submitted"


async def test_what_the_agency_notes_counts_in_the_list(
    cast: Cast, closed: tuple[int, dict[str, int]]
) -> None:
    call, applications = closed
    noted = f"/desk/calls/{call}/ranking/noted"
    form = {"word": "Export training", "applications": [applications["ana"]]}
    done(await cast.mara.send_form(noted, form))
    actor = await cast.mara.actor()
    one = (await entering.entries((await queries.own_plan(actor, call))[0]))[0]
    assert one.applicant.facts["noted"] == ["Export training"]
    done(await cast.mara.send_form(noted, {"word": "Export training"}))
    assert await entering.noted_words(call) == {"Export training": []}
