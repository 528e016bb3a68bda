"""Rules of a call: told before, found when sent, decided on together, waived by a person."""

import asyncpg
import pytest

from server import jobs
from server.database import counting, execute, row, rows, value
from tests.booths.calls.test_story import admit, done, fill, send, stand_ids
from tests.booths.checks.conftest import call_with
from tests.cast import Cast

SMALL = {"kind": "size_in", "sizes": ["micro", "small"]}
NO_WINE = {"kind": "nace_excluded", "codes_2": "C, G", "unless_2": "10"}
IN_EUROPE = {"kind": "country_in", "countries": "PT, IT"}


async def test_rules_are_told_before_and_found_when_sent(cast: Cast) -> None:
    """The public page, the start page with a warning, the panel, the list, the letter."""
    call = await call_with(cast.mara, [SMALL, NO_WINE, IN_EUROPE], appeal="Write within a month.")
    public = await cast.paul.get("/calls/booth-with-conditions")
    assert "Your main activity is not among NACE rev. 2: C, G (− 10)." in public.text
    start = await cast.ana.get(f"/my/apply/{call}")
    assert "it does not fulfil everything" in start.text
    assert "The main activity is NACE 11.02 (rev. 2); this call is closed to C, G (− 10)." in (
        start.text
    )
    application = await fill(cast.ana, call)
    done(await send(cast.ana, application))
    panel = await cast.mara.get(f"/desk/applications/{application}")
    assert "Fails a rule" in panel.text
    assert "small enterprise" in panel.text.lower()
    found = await rows(
        "SELECT r.kind, f.outcome FROM check_finding f JOIN check_rule r ON r.id = f.rule"
    )
    assert {each["kind"]: each["outcome"] for each in found} == {
        "size_in": "ok", "nace_excluded": "failed", "country_in": "ok",
    }  # fmt: skip
    facts = await value("SELECT facts FROM check_run")
    assert facts["nace_code"] == "11.02"
    listed = await cast.mara.get(f"/desk/calls/{call}/checks?show=failed")
    assert "Quinta do Vale" in listed.text
    assert (
        "Quinta do Vale" not in (await cast.mara.get(f"/desk/calls/{call}/checks?show=passed")).text
    )
    empty = await cast.mara.send_form(
        f"/desk/calls/{call}/checks",
        {"to": "ineligible", "applications": [application], f"why_{application}": ""},
    )
    assert empty.status_code == 422
    reason = "Wine makers are not in this call."
    done(
        await cast.mara.send_form(
            f"/desk/calls/{call}/checks",
            {"to": "ineligible", "applications": [application], f"why_{application}": reason},
        )
    )
    await jobs.drain()
    letter = await value("SELECT body_text FROM message WHERE key LIKE '%:ineligible:%'")
    assert reason in letter
    assert "Write within a month." in letter
    mine = await cast.ana.get(f"/my/applications/{application}")
    assert reason in mine.text
    assert "Write within a month." in mine.text


async def test_everybody_who_passes_is_eligible_at_once(cast: Cast) -> None:
    """One button for all that pass; who fails stays, and a waiver makes it pass too."""
    call = await call_with(cast.mara, [{"kind": "country_in", "countries": "PT"}])
    ana, carla = await fill(cast.ana, call), await fill(cast.carla, call)
    done(await send(cast.ana, ana))
    done(await send(cast.carla, carla))
    page = f"/desk/calls/{call}/checks"
    assert "All 1 that fulfil every rule" in (await cast.mara.get(page)).text
    done(await cast.mara.send_form(page, {"to": "all_passed"}))
    assert await value("SELECT state FROM application WHERE id = $1", ana) == "eligible"
    assert await value("SELECT state FROM application WHERE id = $1", carla) == "submitted"
    rule = await value("SELECT id FROM check_rule")
    for to, path in (("eligible", page), ("eligible", "/desk/applications")):
        yes = await cast.mara.send_form(path, {"to": to, "applications": [carla]})
        assert yes.status_code == 409
        assert "Officina Rossi does not fulfil every rule" in yes.text
    assert (
        await admit(cast.mara, carla, await value("SELECT min(id) FROM stand"))
    ).status_code == (409)
    waiver = f"/desk/applications/{carla}/findings/{rule}"
    assert (await cast.vera.get(waiver)).status_code == 403
    done(await cast.mara.send_form(waiver, {"why": "A branch is being opened in Porto."}))
    assert (await cast.mara.send_form(waiver, {"why": "Once more."})).status_code == 409
    assert (
        "A branch is being opened in Porto."
        in (await cast.mara.get(f"/desk/applications/{carla}")).text
    )
    done(await cast.mara.send_form(page, {"to": "all_passed"}))
    assert await value("SELECT state FROM application WHERE id = $1", carla) == "eligible"


async def test_findings_follow_the_facts(cast: Cast) -> None:
    """The sweep looks again and writes only what changed; a waiver covers what was seen."""
    call = await call_with(cast.mara, [{"kind": "country_in", "countries": "PT"}])
    application = await fill(cast.ana, call)
    done(await send(cast.ana, application))
    await jobs.sweep("checks.refresh")
    assert await value("SELECT count(*) FROM check_run") == 1
    await execute("UPDATE company SET country = 'ES' WHERE id = $1", cast.quinta)
    await jobs.sweep("checks.refresh")
    assert await value("SELECT count(*) FROM check_run") == 2
    assert (await row("SELECT outcome FROM check_finding ORDER BY id DESC"))["outcome"] == "failed"
    done(
        await cast.mara.send_form(
            f"/desk/calls/{call}/checks", {}, to=f"/desk/calls/{call}/checks/again"
        )
    )
    assert await value("SELECT count(*) FROM check_run") == 2


async def test_a_call_may_refuse_at_once(cast: Cast) -> None:
    """With that setting a failed rule stands in the way of sending, in its own words."""
    call = await call_with(cast.mara, [{"kind": "country_in", "countries": "DE"}], at_once="on")
    application = await fill(cast.ana, call)
    check = await cast.ana.get(f"/my/applications/{application}/check")
    assert "The company is in Portugal; this call is open to Germany." in check.text
    assert 'name="seen_total"' not in check.text
    program = await cast.ana.program()
    async with program:
        quote = (await program.get(f"/api/v1/my/applications/{application}/quote")).json()
        sent = await program.post(
            f"/api/v1/my/applications/{application}/submission",
            json={"seen_total": quote["total_minor"]},
        )
    assert sent.status_code == 422
    assert "open to Germany" in sent.text
    assert await value("SELECT state FROM application WHERE id = $1", application) == "draft"


async def test_rules_stand_still_once_published(cast: Cast) -> None:
    """The page refuses, and so does the database."""
    call = await call_with(cast.mara, [IN_EUROPE])
    refused = await cast.mara.send_form(
        f"/desk/calls/{call}/rules/country_in", {"countries": "PT", "weight": "hard"}
    )
    assert refused.status_code == 409
    rule = await value("SELECT id FROM check_rule")
    for sql in (
        "UPDATE check_rule SET hard = false WHERE id = $1",
        "DELETE FROM check_rule WHERE id = $1",
        "UPDATE call_terms SET at_once = true WHERE id IN (SELECT id FROM call_terms) OR id = $1",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await execute(sql, rule)


async def test_a_rule_without_its_facts_is_refused_at_the_gate(cast: Cast) -> None:
    """Codes of the wrong revision, countries that are none, nothing at all."""
    call = await call_with(cast.mara, [], publish=False)
    for kind, form in (
        ("nace_excluded", {"codes_2": "V"}),
        ("nace_included", {}),
        ("country_in", {"countries": "QQ"}),
        ("size_in", {}),
        ("younger_than", {"years": "0"}),
    ):
        path = f"/desk/calls/{call}/rules/{kind}"
        answer = await cast.mara.send_form(path, {**form, "weight": "hard"})
        assert answer.status_code == 422, kind
        assert "pv-error" in answer.text or "govuk-error-message" in answer.text
    assert await value("SELECT count(*) FROM check_rule") == 0
    assert (await cast.mara.get(f"/desk/calls/{call}/rules/nothing")).status_code == 404
    assert (await cast.nils.get(f"/desk/calls/{call}/conditions")).status_code == 404


async def test_a_branch_is_looked_at_again_on_the_day_of_payment(cast: Cast) -> None:
    """Declared when sent, taken back before the payment: the result of both days is kept."""
    call = await call_with(cast.mara, [{"kind": "branch_at_payment", "places": "Bremen"}])
    done(
        await cast.ana.send_form(
            "/my/company/declarations/branch",
            {"branch_region": "Bremen", "branch_since": "2026-01-01", "agreed": "on"},
        )
    )
    application = await fill(cast.ana, call)
    done(await send(cast.ana, application))
    assert await value("SELECT outcome FROM check_finding ORDER BY id DESC LIMIT 1") == "ok"
    booth = await value("SELECT booth FROM call WHERE id = $1", call)
    done(await admit(cast.mara, application, (await stand_ids(booth))[0]))
    declaration = await value("SELECT id FROM declaration WHERE kind = 'branch'")
    done(
        await cast.ana.send_form(
            "/my/company/declarations/branch",
            {},
            to=f"/my/company/declarations/{declaration}/withdraw",
        )
    )
    invoice = await row("SELECT total_minor, reference FROM invoice")
    assert invoice is not None
    done(
        await cast.finn.send_form(
            "/desk/money/transfer",
            {
                "received_on": "2026-11-20", "currency": "EUR", "payer": "Quinta", "bank_ref": "1",
                "amount": f"{invoice['total_minor'] / 100:.2f}", "reference": invoice["reference"],
            },
        )
    )  # fmt: skip
    await jobs.drain()
    assert await value("SELECT occasion FROM check_run ORDER BY id DESC LIMIT 1") == "payment"
    assert await value("SELECT outcome FROM check_finding ORDER BY id DESC LIMIT 1") == "failed"
    panel = await cast.mara.get(f"/desk/applications/{application}")
    assert "On the day of payment" in panel.text


async def test_the_list_costs_the_same_for_many(cast: Cast) -> None:
    """One more application asks the database no more often."""
    call = await call_with(cast.mara, [SMALL, IN_EUROPE])
    done(await send(cast.ana, await fill(cast.ana, call)))
    page = f"/desk/calls/{call}/checks"
    async with counting() as one:
        assert (await cast.mara.get(page)).status_code == 200
    done(await send(cast.carla, await fill(cast.carla, call)))
    async with counting() as two:
        assert (await cast.mara.get(page)).status_code == 200
    assert len(one) == len(two)


async def test_the_api_sets_rules_reads_findings_and_decides(cast: Cast) -> None:
    """The same acts as on the pages, with the same refusals."""
    call = await call_with(cast.mara, [], publish=False)
    async with await cast.mara.program() as mara:
        base = f"/api/v1/desk/calls/{call}"
        made = await mara.post(f"{base}/rules/country_in", json={"countries": "PT"})
        assert made.status_code == 201
        extra = await mara.post(f"{base}/rules/younger_than", json={"years": 3})
        gone = await mara.post(f"{base}/rules/{extra.json()['id']}/removal", json={})
        assert gone.status_code == 200
        terms = {"declarations": ["conditions"], "appeal": "Write to us.", "at_once": False}
        assert (await mara.post(f"{base}/conditions", json=terms)).status_code == 200
        odd = await mara.post(f"{base}/conditions", json={"declarations": ["nothing"]})
        assert odd.status_code == 422
        assert (await mara.post(f"{base}/publication", json={})).status_code == 200
        assert (await mara.get(f"{base}/conditions")).json() == terms
        rules = (await mara.get(f"{base}/rules")).json()["items"]
        assert [each["kind"] for each in rules] == ["country_in"]
        application = await fill(cast.ana, call)
        done(await send(cast.ana, application))
        listed = (await mara.get(f"{base}/checks?show=passed")).json()["items"]
        assert [each["id"] for each in listed] == [application]
        run = (await mara.get(f"/api/v1/desk/applications/{application}/findings")).json()
        assert run["findings"][0]["outcome"] == "ok"
        decided = await mara.post(f"{base}/checks", json={"to": "all_passed"})
        assert decided.json() == {"n": 1}
    async with await cast.nils.program() as nils:
        assert (await nils.get(f"{base}/checks")).status_code == 404
        assert (await nils.get(f"{base}/rules")).status_code == 404
