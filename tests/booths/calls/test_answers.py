"""What a company answers: section by section, kept while typing, sent, compared, answered later."""

import io
import json
import re
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from PIL import Image

from booths.calls import answering, queries
from server import clock, jobs
from server.database import execute, row, value
from tests.booths.calls.test_story import done, fill, open_call, send
from tests.booths.questions.test_form import ask, beside, draft, publish, question, section
from tests.cast import Cast, Someone

PDF = b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"


async def form_call(mara: Someone) -> int:
    """A published call with two sections, one condition and one file."""
    made = await draft(mara)
    await ask(mara, made["call"])
    await publish(mara, made["call"])
    return made["call"]


async def begin(ana: Someone, call: int) -> tuple[int, list[str]]:
    """An application with all but the call's own sections filled; its id and their tasks."""
    application = await fill(ana, call, sections=True)
    found = await queries.own_dossier(await ana.actor(), application)
    return application, [each.task for each in found.sections]


async def stay_signed_in() -> None:
    """After a journey through time."""
    until = clock.now() + timedelta(days=60)
    await execute("UPDATE session SET seen_at = $1, expires_at = $2", clock.now(), until)


async def fields(someone: Someone, path: str) -> dict[str, Any]:
    """The hidden fields of a task page."""
    shown = await someone.get(path)
    assert shown.status_code == 200, shown.text[:200]
    return {
        name: re.search(rf'name="{name}" value="([^"]*)"', shown.text)[1]  # type: ignore[index]
        for name in ("csrf_token", "revision", "hand")
    }


async def answer_food(ana: Someone, base: str, task: str) -> None:
    """Yes to food, then the certificate that this leads to, as without JavaScript."""
    path = f"{base}/{task}"
    sent = {"q_do_you_serve_food": "yes", "asked": "do_you_serve_food"}
    assert done(await ana.send_form(path, sent)) == path
    shown = await ana.get(path)
    assert not re.search(r'data-pv-question="hygiene_certificate"[^>]* hidden', shown.text)
    done(
        await ana.send_form(
            path,
            {**sent, "asked": ["do_you_serve_food", "hygiene_certificate"]},
            files={"q_hygiene_certificate": ("certificate.pdf", PDF, "application/pdf")},
        )
    )


async def answer_stand(ana: Someone, base: str, task: str, power: str = "3,5") -> httpx.Response:
    """Power and languages."""
    return await ana.send_form(
        f"{base}/{task}",
        {
            "q_power_draw": power,
            "q_languages": ["German", "English"],
            "asked": ["power_draw", "languages"],
        },
    )


async def test_a_form_is_announced_answered_sent_and_read(cast: Cast) -> None:
    call = await form_call(cast.mara)
    slug = await value("SELECT slug FROM call WHERE id = $1", call)
    for path in (f"/calls/{slug}", f"/my/apply/{call}"):
        shown = (await cast.ana.get(path)).text
        for words in ("Food and drink: 2 questions", "Have these files ready", "Hygiene certif"):
            assert words in shown, (path, words)
    application, (food, stand) = await begin(cast.ana, call)
    base = f"/my/applications/{application}"
    early = await cast.ana.send_form(f"{base}/check", {"seen_total": "1"})
    assert early.status_code == 422
    assert "Food and drink" in early.text
    await answer_food(cast.ana, base, food)
    refused = await answer_stand(cast.ana, base, stand, power="a lot")
    assert refused.status_code == 422
    assert "with a number" in refused.text
    assert 'value="a lot"' in refused.text
    assert done(await answer_stand(cast.ana, base, stand)) == f"{base}/check"
    check = await cast.ana.get(f"{base}/check")
    for words in ("Hygiene certificate", "certificate.pdf", "3.5 kW", "English, German"):
        assert words in check.text, words
    assert f'href="{base}/{stand}"' in check.text
    done(await send(cast.ana, application))
    desk = await cast.mara.get(f"/desk/applications/{application}")
    for words in ("Power draw", "3.5 kW", "certificate.pdf"):
        assert words in desk.text, words
    address = re.search(rf"/desk/applications/{application}/files/\d+", desk.text)
    assert address
    got = await cast.mara.get(address[0])
    assert got.content == PDF
    assert got.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in got.headers["content-security-policy"]
    assert (await cast.nils.get(address[0])).status_code == 404
    receipt = await row("SELECT content FROM document WHERE kind = 'receipt' ORDER BY id DESC")
    assert receipt is not None
    printed = json.dumps(receipt["content"])
    for words in ("Row stand", "Power draw", "3.5 kW", "Refrigerator", "We export now and then"):
        assert words in printed, words
    assert [each[0] for each in receipt["content"]["sections"]][-3:] == [
        "Food and drink", "Power and weight", "Declarations",
    ]  # fmt: skip
    await jobs.drain()
    document = await value("SELECT max(id) FROM document WHERE kind = 'receipt'")
    pdf = await cast.ana.get(f"/documents/{document}")
    assert pdf.content.startswith(b"%PDF")


async def test_each_sending_stays_readable_with_what_changed(cast: Cast) -> None:
    call = await form_call(cast.mara)
    application, (food, stand) = await begin(cast.ana, call)
    base = f"/my/applications/{application}"
    done(await cast.ana.send_form(f"{base}/{food}", {
        "q_do_you_serve_food": "no", "asked": "do_you_serve_food",
    }))  # fmt: skip
    done(await answer_stand(cast.ana, base, stand))
    done(await send(cast.ana, application))
    done(await answer_stand(cast.ana, base, stand, power="12"))
    done(await cast.ana.send_form(f"{base}/goals", {
        "exhibits": "Port wine and olive oil", "export_status": "occasional", "markets": "Japan",
        "goals": "10 leads",
    }))  # fmt: skip
    done(await send(cast.ana, application))
    for who, side in ((cast.ana, "my"), (cast.mara, "desk")):
        first = await who.get(f"/{side}/applications/{application}/sent/1")
        assert "3.5 kW" in first.text
        assert "A later sending has replaced this one" in first.text
        second = await who.get(f"/{side}/applications/{application}/sent/2")
        changes = second.text[second.text.index("What is different") :]
        table = changes[: changes.index("</table>")]
        for words in ("Power and weight: Power draw", "3.5 kW", "12 kW", "olive oil"):
            assert words in table, words
        assert "Languages" not in table
        assert "Do you serve food" not in table
        assert (await who.get(f"/{side}/applications/{application}/sent/3")).status_code == 404
    assert (await cast.carla.get(f"{base}/sent/1")).status_code == 404
    assert (await cast.nils.get(f"/desk/applications/{application}/sent/1")).status_code == 404


async def test_what_is_typed_is_kept_and_is_no_answer(cast: Cast) -> None:
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    base = f"/my/applications/{application}"
    held = await fields(cast.ana, f"{base}/stand")
    kept = await cast.ana.post(
        f"{base}/stand/typed", data={**held, "area_m2": "tw", "stand_kind": "island"}
    )
    assert kept.status_code == 200, kept.text
    assert kept.json()["at"]
    mine = await row("SELECT draft, typed FROM application WHERE id = $1", application)
    assert mine is not None
    assert mine["draft"]["stand"]["area_m2"] == "9"
    assert mine["typed"]["stand"]["values"] == {"area_m2": "tw", "stand_kind": "island"}
    elsewhere = await cast.ben.get(f"{base}/stand")
    assert 'value="tw"' in elsewhere.text
    assert "Typed, but not saved as an answer" in elsewhere.text
    check = await cast.ana.get(f"{base}/check")
    assert "typed, but not saved as an answer" in check.text
    assert (await cast.ana.post(f"{base}/check", data={**held, "seen_total": "1"})).status_code in (
        409, 422,
    )  # fmt: skip
    assert await value("SELECT count(*) FROM submission") == 0
    desk = await cast.mara.get(f"/api/v1/desk/applications/{application}")
    assert "tw" not in desk.text
    done(await cast.ana.send_form(f"{base}/stand", {}, to=f"{base}/stand/forget"))
    assert 'value="9"' in (await cast.ana.get(f"{base}/stand")).text
    done(await send(cast.ana, application))


async def test_two_devices_do_not_write_over_each_other(cast: Cast) -> None:
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    path = f"/my/applications/{application}/stand"
    first, second = await fields(cast.ana, path), await fields(cast.ben, path)
    wish = {"area_m2": "18", "stand_kind": "corner"}
    for _ in range(2):  # a page may keep again and again, whatever revision it was opened with
        assert (await cast.ana.post(f"{path}/typed", data={**first, **wish})).status_code == 200
    late = await cast.ben.post(f"{path}/typed", data={**second, "area_m2": "9"})
    assert late.status_code == 409
    assert "Ana Example kept something on this page" in late.json()["said"]
    refused = await cast.ben.post(path, data={**second, "area_m2": "9", "stand_kind": "row"})
    assert refused.status_code == 409
    assert "Nothing of yours was saved" in refused.text
    assert 'value="9"' in refused.text
    done(await cast.ana.post(path, data={**first, **wish}))
    after = await cast.ana.post(f"{path}/typed", data={**first, "area_m2": "1"})
    assert after.status_code == 200
    kept = await row("SELECT draft, typed FROM application WHERE id = $1", application)
    assert kept is not None
    assert kept["draft"]["stand"]["area_m2"] == "18"
    assert kept["typed"]["stand"]["values"] is None, "what was under way while saving is older"
    shown = re.search(r'name="revision" value="(\d+)"', refused.text)
    hand = re.search(r'name="hand" value="(\w+)"', refused.text)
    assert shown
    assert hand
    stale = {**second, "revision": shown[1], "hand": hand[1], "area_m2": "9", "stand_kind": "row"}
    assert (await cast.ben.post(path, data=stale)).status_code == 409, "saved since by Ana"
    fresh = await fields(cast.ben, path)
    done(await cast.ben.post(path, data={**fresh, "area_m2": "9", "stand_kind": "row"}))


async def test_typing_goes_on_after_the_session_has_ended(cast: Cast) -> None:
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    path = f"/my/applications/{application}/goals"
    held = await fields(cast.ana, path)
    cast.ana.cookies.clear()
    typed = {"exhibits": "Port wine and a long story", "markets": "Japan"}
    kept = await cast.ana.post(f"{path}/typed", data={**held, **typed})
    assert kept.status_code == 303
    saved = await cast.ana.post(
        path, data={**held, **typed}, headers={"referer": f"http://pavilion.test{path}"}
    )
    await cast.ana.arrive()
    token = re.search(r"kept=([^&]+)", saved.headers["location"])
    assert token
    again = await cast.ana.get(f"{path}?kept={token[1]}")
    assert "Port wine and a long story" in again.text


async def test_files_are_replaced_and_bad_ones_refused(cast: Cast) -> None:
    call = await form_call(cast.mara)
    application, (food, _) = await begin(cast.ana, call)
    base = f"/my/applications/{application}"
    await answer_food(cast.ana, base, food)
    sent = {
        "q_do_you_serve_food": "yes", "asked": ["do_you_serve_food", "hygiene_certificate"],
    }  # fmt: skip
    for data in (b"", b"MZ not a document", b"%PDF-1.7 cut short"):
        refused = await cast.ana.send_form(
            f"{base}/{food}", sent, files={"q_hygiene_certificate": ("x.pdf", data, "image/png")}
        )
        assert refused.status_code == 422, data
    held = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(held, "JPEG")
    done(
        await cast.ana.send_form(
            f"{base}/{food}",
            sent,
            files={"q_hygiene_certificate": ("photo.jpg", held.getvalue(), "image/jpeg")},
        )
    )
    found = await queries.own_dossier(await cast.ana.actor(), application)
    kept = found.answers["hygiene_certificate"]
    assert kept["name"] == "photo.png"
    first = await value("SELECT min(id) FROM document WHERE kind = 'answer'")
    assert (await cast.ana.get(f"/documents/{first}")).content == PDF
    assert (await cast.carla.get(f"/documents/{first}")).status_code == 404
    unsent = await cast.mara.get(f"/desk/applications/{application}/files/{kept['document']}")
    assert unsent.status_code == 404, "what is not sent is not the agency's business"


async def test_answers_given_after_sending(cast: Cast) -> None:
    made = await draft(cast.mara)
    call, now = made["call"], clock.now()
    later = (clock.local(now, "Europe/Berlin") + timedelta(days=40)).replace(tzinfo=None)
    part = await section(cast.mara, call, "On site")
    await question(cast.mara, call, part, "Who will be at the stand?")
    await question(
        cast.mara, call, part, "Names for the badges", kind="long_text",
        answer_until=later.isoformat("T", "minutes"),
    )  # fmt: skip
    await publish(cast.mara, call)
    application, (task,) = await begin(cast.ana, call)
    base = f"/my/applications/{application}"
    done(await cast.ana.send_form(f"{base}/{task}", {
        "q_who_will_be_at_the_stand": "Ana", "q_names_for_the_badges": "",
        "asked": ["who_will_be_at_the_stand", "names_for_the_badges"],
    }))  # fmt: skip
    done(await send(cast.ana, application))
    sent = await value("SELECT content FROM submission WHERE application = $1", application)
    with clock.travel(now + timedelta(days=25)):
        await stay_signed_in()
        shown = await cast.ana.get(base)
        assert "Names for the badges" in shown.text
        given = {"q_names_for_the_badges": "Ana, Ben", "asked": "names_for_the_badges"}
        done(await cast.ana.send_form(f"{base}/later", given))
        done(await cast.ana.send_form(
            f"{base}/later", {**given, "q_names_for_the_badges": "Ana, Rui"}
        ))  # fmt: skip
        early = {"q_who_will_be_at_the_stand": "Ben", "asked": "who_will_be_at_the_stand"}
        assert (await cast.ana.send_form(f"{base}/later", early)).status_code == 404
        desk = await cast.mara.get(f"/desk/applications/{application}")
        for words in ("Answered after sending", "Ana, Ben", "Ana, Rui"):
            assert words in desk.text, words
    with clock.travel(now + timedelta(days=41)):
        await stay_signed_in()
        refused = await cast.ana.send_form(f"{base}/later", given)
        assert refused.status_code == 422
        assert "could be answered until" in refused.text
    assert await value("SELECT count(*) FROM supplement") == 2
    assert await value("SELECT content FROM submission WHERE application = $1", application) == sent
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute("UPDATE supplement SET said = 'x'")


async def test_a_deadline_of_its_own_is_in_the_calendar_and_mailed_once(cast: Cast) -> None:
    made = await draft(cast.mara)
    call, now = made["call"], clock.now()
    later = (clock.local(now, "Europe/Berlin") + timedelta(days=40)).replace(tzinfo=None)
    part = await section(cast.mara, call, "On site")
    await question(
        cast.mara, call, part, "Names for the badges", kind="long_text",
        answer_until=later.isoformat("T", "minutes"),
    )  # fmt: skip
    await publish(cast.mara, call)
    application, (task,) = await begin(cast.ana, call)
    form = {"q_names_for_the_badges": "", "asked": "names_for_the_badges"}
    done(await cast.ana.send_form(f"/my/applications/{application}/{task}", form))
    done(await send(cast.ana, application))
    mails = "SELECT count(*) FROM message WHERE key LIKE '%:question:%'"
    await jobs.sweep("calls.questions")
    item = await row("SELECT summary, start_local FROM calendar_item WHERE key LIKE '%:question:%'")
    assert item is not None
    assert item["summary"].startswith("Answer “Names for the badges” by today")
    assert item["start_local"] == later.replace(second=0, microsecond=0)
    assert await value(mails) == 0, "three days before, not earlier"
    with clock.travel(now + timedelta(days=38)):
        for _ in range(2):
            await jobs.sweep("calls.questions")
        assert await value(mails) == 2, "to Ana and Ben, once"
        await stay_signed_in()
        given = {"q_names_for_the_badges": "Ana, Ben", "asked": "names_for_the_badges"}
        done(await cast.ana.send_form(f"/my/applications/{application}/later", given))
        await execute("DELETE FROM message WHERE key LIKE '%:question:%'")
        await jobs.sweep("calls.questions")
        assert await value(mails) == 0, "it is answered"


async def test_an_answer_mended_after_it_was_given_later_is_not_masked(cast: Cast) -> None:
    """Given after sending, then answered differently in a correction: the correction counts."""
    call = await form_call(cast.mara)
    application, (food, _) = await begin(cast.ana, call)
    await answer_food(cast.ana, f"/my/applications/{application}", food)
    found = await queries.own_dossier(await cast.ana.actor(), application)
    later = (
        "INSERT INTO supplement (application, key, label, said, answer, given_at)"
        " VALUES ($1, 'height', 'Height', '3', '\"3\"', $2)"
    )
    sent = (
        "INSERT INTO submission (application, number, submitted_at, content, quote)"
        " SELECT $1, $2, $3, jsonb_build_object('answers', jsonb_build_object('form',"
        " jsonb_build_object('height', $4::text))), 0"
    )
    now = clock.now()
    await execute(sent, application, 1, now, "2")
    await execute(later, application, now + timedelta(minutes=1))

    async def height() -> str:
        given = await answering.supplements(application)
        return str(answering.with_supplements(found, given).get("height"))

    assert await height() == "3"
    await execute(sent, application, 2, now + timedelta(minutes=2), "2")
    assert await height() == "3", "not touched in the correction"
    await execute(sent, application, 3, now + timedelta(minutes=3), "4")
    assert await height() == "None", "what was sent last counts"


async def test_a_question_with_an_earlier_deadline_takes_no_answer_after_it(cast: Cast) -> None:
    made = await draft(cast.mara)
    call, now = made["call"], clock.now()
    soon = (clock.local(now, "Europe/Berlin") + timedelta(days=2)).replace(tzinfo=None)
    part = await section(cast.mara, call, "Halls")
    await question(
        cast.mara, call, part, "Which hall?", answer_until=soon.isoformat("T", "minutes")
    )
    await question(cast.mara, call, part, "Height", kind="number", required=None)
    await publish(cast.mara, call)
    first, (task,) = await begin(cast.ana, call)
    second, _ = await begin(cast.carla, call)
    page = f"/my/applications/{first}/{task}"
    both = {"q_which_hall": "7", "q_height": "", "asked": ["which_hall", "height"]}
    done(await cast.ana.send_form(page, both))
    with clock.travel(now + timedelta(days=3)):
        await stay_signed_in()
        refused = await cast.ana.send_form(page, {**both, "q_which_hall": "8"})
        assert refused.status_code == 422
        assert "What you gave before then stays" in refused.text
        done(await cast.ana.send_form(page, {"q_height": "4", "asked": "height"}))
        found = await queries.own_dossier(await cast.ana.actor(), first)
        assert found.answers == {"which_hall": "7", "height": "4"}
        done(await send(cast.ana, first))
        check = await cast.carla.send_form(f"/my/applications/{second}/check", {"seen_total": "1"})
        assert check.status_code == 422
        assert "had to be answered before its own deadline" in check.text


async def test_the_api_shows_and_takes_the_same_answers(cast: Cast) -> None:
    call = await form_call(cast.mara)
    application, _ = await begin(cast.ana, call)
    slug = await value("SELECT slug FROM call WHERE id = $1", call)
    async with await cast.ana.program() as program:
        asked = (await program.get(f"/api/v1/calls/{slug}/form")).json()["items"]
        assert asked[1]["questions"][0]["unit"] == "kW"
        path = f"/api/v1/my/applications/{application}/sections"
        one, two = (each["id"] for each in asked)
        refused = await program.post(f"{path}/{two}", json={"answers": {"power_draw": "99"}})
        assert refused.status_code == 422
        assert "at most 40 kW" in refused.text
        for section_id, answers in (
            (one, {"do_you_serve_food": False}),
            (two, {"power_draw": 4, "languages": ["German"]}),
        ):
            answer = await program.post(f"{path}/{section_id}", json={"answers": answers})
            assert answer.status_code == 200, answer.text
    found = await queries.own_dossier(await cast.ana.actor(), application)
    assert found.answers == {
        "do_you_serve_food": False, "power_draw": "4", "languages": ["German"],
    }  # fmt: skip
    assert found.left == []


async def test_nobody_answers_with_the_file_of_another_company(cast: Cast) -> None:
    """A program names a document's number: only the file that was kept for the question counts."""
    made = await open_call(cast.mara)
    call = await beside(cast.mara, made)
    papers = await section(cast.mara, call, "Papers")
    key = await question(cast.mara, call, papers, "Price list", kind="file", required=None)
    await publish(cast.mara, call)
    other = await fill(cast.carla, made["call"])
    done(await send(cast.carla, other))
    paper = await value("SELECT document FROM submission")
    application = await fill(cast.ana, call, sections=True)
    program = await cast.ana.program()
    async with program:
        answer = await program.post(
            f"/api/v1/my/applications/{application}/sections/{papers}",
            json={"answers": {key: {"document": paper, "name": "mine.pdf"}}},
        )
    assert answer.status_code == 422
    assert "Choose a file" in answer.text
    draft = await value("SELECT draft FROM application WHERE id = $1", application)
    assert not draft.get("form", {}).get(key)
