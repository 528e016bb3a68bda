"""Corrections in time and too late, exclusions, and declarations that expire meanwhile."""

import re
from datetime import timedelta

import pytest

from server import clock, jobs
from server.database import execute, row, value
from tests.booths.calls.test_story import admit, done, fill, open_call, send, stand_ids
from tests.cast import Cast, Someone
from tests.server.declarations.test_declarations import PDF


async def ask(mara: Someone, application: int, *, hours: int = 48) -> None:
    """Ask for two points, by the form."""
    until = clock.local(clock.now() + timedelta(hours=hours), "Europe/Berlin")
    done(
        await mara.send_form(
            f"/desk/applications/{application}/correct",
            {
                "points": "Name the vintage of the wine.\n- Say which importers you look for.",
                "until": until.replace(tzinfo=None).isoformat("T", "minutes"),
            },
        )
    )


async def test_a_correction_in_time_keeps_the_place(cast: Cast) -> None:
    """Asked for, mended after the call has closed, sent: the first arrival counts."""
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    done(await send(cast.ana, application))
    arrived = await value("SELECT submitted_at FROM application")
    await ask(cast.mara, application)
    await jobs.drain()
    mail = await value("SELECT body_text FROM message WHERE key LIKE '%:correct:%'")
    assert "- Name the vintage of the wine." in mail
    assert "- Say which importers you look for." in mail
    await execute("UPDATE call SET closes_at = $1", clock.now() - timedelta(seconds=1))
    shown = await cast.ana.get(f"/my/applications/{application}")
    assert "Name the vintage of the wine." in shown.text
    assert "Check and send again" in shown.text
    done(
        await cast.ana.send_form(
            f"/my/applications/{application}/goals",
            {
                "exhibits": "Port wine of 2019", "export_status": "occasional",
                "markets": "Japan", "goals": "10 leads",
            },
        )
    )  # fmt: skip
    done(await send(cast.ana, application))
    found = await row("SELECT state, submitted_at FROM application")
    assert found == {"state": "submitted", "submitted_at": arrived}
    assert await value("SELECT answered_at < until FROM correction")
    assert await value("SELECT max(submitted_at) FROM submission") > arrived
    await jobs.drain()
    receipt = await value("SELECT body_text FROM message WHERE key LIKE '%submitted:2%'")
    assert "it keeps its place" in receipt or "keeps its place of" in receipt
    for someone, side in ((cast.ana, "my"), (cast.mara, "desk")):
        page = await someone.get(f"/{side}/applications/{application}")
        assert "keeps its arrival of" in page.text
    program = await cast.ana.program()
    async with program:
        late = await program.post(
            f"/api/v1/my/applications/{application}/submission", json={"seen_total": 1}
        )
    assert late.status_code == 422
    assert "The call closed on" in late.text


async def test_a_correction_too_late_counts_as_sent_before(cast: Cast) -> None:
    """Refused to the second; the job gives it back to the agency with a note to the company."""
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    done(await send(cast.ana, application))
    await ask(cast.mara, application)
    check = await cast.ana.get(f"/my/applications/{application}/check")
    assert "seen_total" in check.text
    total = await value("SELECT total_minor FROM quote")
    await execute("UPDATE call SET closes_at = $1", clock.now() - timedelta(seconds=1))
    until = await value("SELECT until FROM correction")
    with clock.travel(until):
        async with await cast.ana.program() as program:
            late = await program.post(
                f"/api/v1/my/applications/{application}/submission", json={"seen_total": total}
            )
    assert late.status_code == 422, late.text
    assert "The time to correct this application ended" in late.text
    with clock.travel(until):
        await jobs.sweep("calls.corrections")
        await jobs.sweep("calls.corrections")
    assert await value("SELECT state FROM application") == "submitted"
    assert await value("SELECT count(*) FROM submission") == 1
    assert await value("SELECT count(*) FROM message WHERE key LIKE '%correction-over%'") == 2
    page = await cast.ana.get(f"/my/applications/{application}")
    assert "counts as you sent it before" in page.text


async def test_who_may_ask_and_until_when(cast: Cast) -> None:
    """A viewer may not, a day in the past is none, a second request takes the first one's place."""
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    done(await send(cast.ana, application))
    path = f"/desk/applications/{application}/correct"
    assert (await cast.vera.get(path)).status_code == 403
    assert (await cast.nils.get(path)).status_code == 404
    for form in (
        {"points": "Mend this.", "until": "2020-01-01T12:00"},
        {"points": "Mend this.", "until": "2099-01-01T12:00"},
        {"points": "", "until": "2027-01-01T12:00"},
    ):
        assert (await cast.mara.send_form(path, form)).status_code == 422
    await ask(cast.mara, application)
    await ask(cast.mara, application, hours=72)
    assert await value("SELECT count(*) FROM correction WHERE ended_at IS NULL") == 1
    decided = await cast.mara.send_form(
        "/desk/applications", {"to": "eligible", "applications": [application]}
    )
    assert decided.status_code == 409


async def test_excluding_gives_everything_back(cast: Cast) -> None:
    """An admitted company with false data: stand, aid and invoice are taken back, it reads why."""
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    done(await send(cast.ana, application))
    done(await admit(cast.mara, application, (await stand_ids(made["booth"]))[0]))
    path = f"/desk/applications/{application}/exclude"
    assert (await cast.finn.get(path)).status_code == 403
    assert "The contract ends" in (await cast.mara.get(path)).text
    done(await cast.mara.send_form(path, {"why": "The figures of the company were not true."}))
    assert await value("SELECT state FROM application") == "excluded"
    assert await value("SELECT allocated_m2 FROM booth") == 0
    assert await value("SELECT committed_minor FROM scheme") == 0
    assert await value("SELECT state FROM invoice ORDER BY id LIMIT 1") == "credited"
    page = await cast.ana.get(f"/my/applications/{application}")
    assert "The figures of the company were not true." in page.text
    assert (await cast.mara.get(path)).status_code == 404
    other = await fill(cast.carla, made["call"])
    done(await send(cast.carla, other))
    done(
        await cast.mara.send_form(
            f"/desk/applications/{other}/exclude", {"why": "Invoices of last year are open."}
        )
    )
    assert await value("SELECT state FROM application WHERE id = $1", other) == "excluded"


async def test_an_expired_declaration_blocks_sending_and_says_which(cast: Cast) -> None:
    """Six months later two of four have expired: both are named, renewed, and it can be sent."""
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    await execute("ALTER TABLE declaration DISABLE TRIGGER declaration_stands")
    await execute(
        "UPDATE declaration SET given_on = '2025-01-01', valid_until = '2025-07-01'"
        " WHERE kind IN ('no_insolvency', 'conditions')"
    )
    await execute("ALTER TABLE declaration ENABLE TRIGGER declaration_stands")
    check = await cast.ana.get(f"/my/applications/{application}/check")
    for name in ("No insolvency", "Conditions of participation accepted"):
        assert f"The declaration “{name}” expired on" in check.text
    assert 'name="seen_total"' not in check.text
    task = await cast.ana.get(f"/my/applications/{application}/declarations")
    assert "Declared already" in task.text
    assert task.text.count('name="given"') == 2
    partly = await cast.ana.send_form(
        f"/my/applications/{application}/declarations", {"given": ["no_insolvency"]}
    )
    assert partly.status_code == 422
    assert await value("SELECT count(*) FROM declaration") == 4
    done(
        await cast.ana.send_form(
            f"/my/applications/{application}/declarations",
            {"given": ["no_insolvency", "conditions"]},
        )
    )
    done(await send(cast.ana, application))
    signed = await value("SELECT content -> 'declarations' FROM submission")
    assert {each["kind"] for each in signed} == {
        "conditions", "no_insolvency", "no_double_funding", "de_minimis",
    }  # fmt: skip
    assert all(each["text"] and each["valid_until"] > "2026" for each in signed)


async def test_the_end_of_a_declaration_is_announced_once(cast: Cast) -> None:
    """Thirty days before it ends, to companies with an open application that rests on it."""
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    done(await send(cast.ana, application))
    await jobs.sweep("declarations.end")
    assert await value("SELECT count(*) FROM message WHERE key LIKE 'declaration:%'") == 0
    until = await value("SELECT valid_until FROM declaration WHERE kind = 'no_insolvency'")
    on = clock.now() + timedelta(days=(until - clock.now().date()).days - 20)
    with clock.travel(on):
        await jobs.sweep("declarations.end")
        await jobs.sweep("declarations.end")
    assert await value("SELECT count(*) FROM message WHERE key LIKE 'declaration:%'") == 2


async def test_staff_see_evidence_on_applications_to_their_agency_only(cast: Cast) -> None:
    """The file behind a declaration is no business of an agency that the company has not asked."""
    made = await open_call(cast.mara)
    done(
        await cast.ana.send_form(
            "/my/company/declarations/conditions",
            {"agreed": "on"},
            files={"evidence": ("signed.pdf", PDF, "application/pdf")},
        )
    )
    application = await fill(cast.ana, made["call"])
    declaration = await value("SELECT id FROM declaration WHERE evidence IS NOT NULL")
    path = f"/desk/applications/{application}/evidence/{declaration}"
    assert (await cast.vera.get(path)).status_code == 404
    done(await send(cast.ana, application))
    assert (await cast.vera.get(path)).content == PDF
    assert path in (await cast.vera.get(f"/desk/applications/{application}")).text
    assert (await cast.nils.get(path)).status_code == 404


async def test_the_deadline_of_a_correction_is_in_the_calendar(cast: Cast) -> None:
    """The company has it among its dates until it has answered."""
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    done(await send(cast.ana, application))
    await ask(cast.mara, application)
    assert "Mend the application by now" in (await cast.ana.get("/my")).text
    done(await send(cast.ana, application))
    assert "Mend the application by now" not in (await cast.ana.get("/my")).text
    done(await send(cast.ana, application))
    assert await value("SELECT submitted_at > arrived_at FROM application, correction")
    page = await cast.ana.get(f"/my/applications/{application}")
    assert "keeps its arrival" not in page.text


@pytest.mark.parametrize("way", ["withdraw", "exclude", "cancel"])
async def test_who_is_out_has_no_deadline_to_mend_any_more(cast: Cast, way: str) -> None:
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    done(await send(cast.ana, application))
    await ask(cast.mara, application)
    if way == "withdraw":
        done(await cast.ana.send_form(f"/my/applications/{application}/withdraw", {"sure": "on"}))
    elif way == "exclude":
        path = f"/desk/applications/{application}"
        done(await cast.mara.send_form(path, {"why": "False data."}, to=f"{path}/exclude"))
    else:
        path = f"/desk/calls/{made['call']}/cancel"
        seen = re.search(r'name="seen" value="([^"]*)"', (await cast.mara.get(path)).text)
        assert seen
        form = {"seen": seen[1], "cause": "other", "why": "No fair.", "sure": "on"}
        done(await cast.mara.send_form(path, form))
    assert await value("SELECT ended_at IS NOT NULL FROM correction")
    assert "Mend the application by now" not in (await cast.ana.get("/my")).text


async def test_a_correction_is_answered_although_the_booth_is_full(cast: Cast) -> None:
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    done(await send(cast.ana, application))
    await ask(cast.mara, application)
    await execute("UPDATE booth SET allocated_m2 = net_m2")
    await execute("UPDATE call SET closes_at = $1", clock.now() - timedelta(seconds=1))
    done(
        await cast.ana.send_form(
            f"/my/applications/{application}/stand", {"area_m2": "9", "stand_kind": "corner"}
        )
    )
    more = await cast.ana.send_form(
        f"/my/applications/{application}/stand", {"area_m2": "12", "stand_kind": "corner"}
    )
    assert more.status_code == 422
    assert "are left" in more.text
    done(await send(cast.ana, application))
