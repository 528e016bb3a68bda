"""The form of a call, made on the desk through the front door."""

import re
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from booths.questions import queries
from server import clock
from server.database import execute, row, value
from tests.booths.calls.test_story import done, id_in, open_call
from tests.cast import Cast, Someone


async def beside(mara: Someone, made: dict[str, int], **more: Any) -> int:
    """A draft call at the joint booth of another."""
    now = clock.local(clock.now(), "Europe/Berlin").replace(tzinfo=None)
    return id_in(
        done(
            await mara.send_form(
                "/desk/calls/new",
                {
                    "title": "Joint booth at Anuga, second list", "booth": made["booth"],
                    "price_list": made["prices"], "scheme": made["scheme"],
                    "opens_at": (now - timedelta(days=1)).isoformat("T", "minutes"),
                    "closes_at": (now + timedelta(days=20)).isoformat("T", "minutes"),
                    "payment_days": "14", **more,
                },
            )
        )
    )  # fmt: skip


async def draft(mara: Someone, **more: Any) -> dict[str, int]:
    """A call like that of the story, still a draft beside the published one."""
    made = await open_call(mara)
    return {**made, "call": await beside(mara, made, **more)}


async def section(mara: Someone, call: int, title: str, intro: str = "") -> int:
    """Add a section by its form; its id."""
    path = f"/desk/calls/{call}/form/sections/new"
    return id_in(done(await mara.send_form(path, {"title": title, "intro": intro})))


async def question(mara: Someone, call: int, section_id: int, label: str, **more: Any) -> str:
    """Add a question by its form; its short name."""
    path = f"/desk/calls/{call}/form/questions/new"
    given = {"section": section_id, "label": label, "kind": "text", "required": "on", **more}
    done(await mara.send_form(path, {k: v for k, v in given.items() if v is not None}))
    return str(
        await value("SELECT key FROM question WHERE call = $1 ORDER BY id DESC LIMIT 1", call)
    )


async def publish(mara: Someone, call: int) -> None:
    """Publish it."""
    path = f"/desk/calls/{call}"
    done(await mara.send_form(path, {}, to=f"{path}/publish"))


async def ask(mara: Someone, call: int) -> dict[str, Any]:
    """Two sections with one condition, a file, and a question that may be answered later."""
    food = await section(mara, call, "Food and drink", "The hall asks us.")
    await question(mara, call, food, "Do you serve food?", kind="yes_no")
    await question(
        mara, call, food, "Hygiene certificate", kind="file", show_if_question="do_you_serve_food",
        show_if_operator="is", show_if_values="Yes",
    )  # fmt: skip
    stand = await section(mara, call, "Power and weight")
    await question(mara, call, stand, "Power draw", kind="number", unit="kW", maximum="40")
    await question(
        mara, call, stand, "Languages", kind="choices", options="English\nGerman\nPortuguese",
        required=None,
    )  # fmt: skip
    return {"food": food, "stand": stand}


async def test_a_form_is_made_shown_and_listed(cast: Cast) -> None:
    made = await draft(cast.mara)
    await ask(cast.mara, made["call"])
    shown = await cast.mara.get(f"/desk/calls/{made['call']}/form")
    for words in ("Food and drink", "Only if “Do you serve food?” is Yes", "English, German"):
        assert words in shown.text, words
    preview = await cast.mara.get(f"/desk/calls/{made['call']}/form/preview")
    assert re.search(r'data-pv-question="hygiene_certificate"[^>]* hidden', preview.text)
    assert "Hygiene certificate" in preview.text
    program = await cast.mara.program()
    found = (await program.get(f"/api/v1/desk/calls/{made['call']}/form")).json()
    await program.aclose()
    assert [each["key"] for each in found["sections"][0]["questions"]] == [
        "do_you_serve_food", "hygiene_certificate",
    ]  # fmt: skip
    viewer = await cast.vera.get(f"/desk/calls/{made['call']}/form")
    assert viewer.status_code == 200
    assert "Add a section" not in viewer.text
    assert (await cast.nils.get(f"/desk/calls/{made['call']}/form")).status_code == 404


async def test_questions_move_and_change_but_stay_sound(cast: Cast) -> None:
    made = await draft(cast.mara)
    call = made["call"]
    await ask(cast.mara, call)
    base = f"/desk/calls/{call}/form"
    ids = {q.key: q.id for s in await queries.form(call) for q in s.questions}
    first, second = ids["do_you_serve_food"], ids["hygiene_certificate"]
    refused = await cast.mara.send_form(base, {"to": "up"}, to=f"{base}/questions/{second}/move")
    assert refused.status_code == 422
    assert "depends on a question that does not come before it" in refused.text
    refused = await cast.mara.send_form(base, {}, to=f"{base}/questions/{first}/remove")
    assert refused.status_code == 422
    power, languages = ids["power_draw"], ids["languages"]
    done(await cast.mara.send_form(base, {"to": "up"}, to=f"{base}/questions/{languages}/move"))
    found = await queries.form(call)
    assert [each.id for each in found[1].questions] == [languages, power]
    path = f"{base}/questions/{power}"
    version = found[1].questions[1].version
    changed = {
        "section": found[0].id, "label": "Power", "kind": "number", "maximum": "20",
        "version": str(version),
    }  # fmt: skip
    done(await cast.mara.send_form(path, changed))
    again = await cast.mara.send_form(path, changed)
    assert again.status_code == 409
    assert "Somebody changed this meanwhile" in again.text
    found = await queries.form(call)
    assert [each.key for each in found[0].questions][-1] == "power_draw"
    done(await cast.mara.send_form(base, {}, to=f"{base}/sections/{found[0].id}/remove"))
    assert [each.title for each in await queries.form(call)] == ["Power and weight"]


async def test_a_question_that_makes_no_sense_is_refused(cast: Cast) -> None:
    made = await draft(cast.mara)
    stand = (await ask(cast.mara, made["call"]))["stand"]
    path = f"/desk/calls/{made['call']}/form/questions/new"
    for more, said in (
        ({"kind": "choice"}, "Offer at least two answers"),
        ({"kind": "number", "minimum": "5", "maximum": "2"}, "cannot be less than"),
        ({"show_if_question": "languages", "show_if_values": "French"}, "cannot have"),
        ({"show_if_question": "languages"}, "Say for which answer"),
        ({"show_if_question": "power_draw", "show_if_values": "2\n3"}, "choose “is any of”"),
        ({"show_if_question": "nothing", "show_if_values": "2"}, "Choose a question of this form"),
    ):
        refused = await cast.mara.send_form(
            path, {"section": stand, "label": "One more", "kind": "text", **more}
        )
        assert refused.status_code == 422
        assert said in refused.text
        assert "One more" in refused.text


async def test_a_published_form_stays_and_only_time_is_added(cast: Cast) -> None:
    made = await draft(cast.mara)
    call = made["call"]
    sections = await ask(cast.mara, call)
    await publish(cast.mara, call)
    base = f"/desk/calls/{call}/form"
    refused = await cast.mara.send_form(
        base, {"title": "One more"}, to=f"{base}/sections/{sections['food']}"
    )
    assert refused.status_code == 409
    assert "form stays as it is" in refused.text
    for statement in (
        "UPDATE question SET label = 'Other' WHERE call = $1",
        "DELETE FROM question WHERE call = $1",
        "UPDATE section SET title = 'Other' WHERE call = $1",
        "INSERT INTO section (call, title) VALUES ($1, 'Other')",
        "UPDATE question SET answer_until = now() WHERE call = $1",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await execute(statement, call)
    power = await value("SELECT id FROM question WHERE call = $1 AND kind = 'number'", call)
    path = f"{base}/questions/{power}/deadline"
    assert "Give more time" in (await cast.mara.get(base)).text
    early = {"answer_until": "2020-01-01T12:00", "why": "The hall asks later."}
    assert (await cast.mara.send_form(path, early)).status_code == 422
    later = (clock.local(clock.now(), "Europe/Berlin") + timedelta(days=40)).replace(tzinfo=None)
    done(
        await cast.mara.send_form(path, {**early, "answer_until": later.isoformat("T", "minutes")})
    )
    kept = await row("SELECT why, after FROM audit_line WHERE verb = 'form.extend'")
    assert kept is not None
    assert kept["why"] == "The hall asks later."


async def test_a_form_is_copied_from_an_earlier_call(cast: Cast) -> None:
    made = await draft(cast.mara)
    await ask(cast.mara, made["call"])
    other = await beside(cast.mara, made, title="Joint booth again")
    path = f"/desk/calls/{other}/form/copy"
    shown = await cast.mara.get(f"{path}?source={made['call']}")
    assert "Food and drink" in shown.text
    ids = [each.id for each in await queries.form(made["call"])]
    form = {"source": made["call"], "sections": ids}
    done(await cast.mara.send_form(path, form))
    done(await cast.mara.send_form(path, {**form, "sections": ids[:1]}))
    found = await queries.form(other)
    assert [each.title for each in found] == [
        "Food and drink", "Power and weight", "Food and drink",
    ]  # fmt: skip
    last = found[2].questions[1]
    assert last.key == "hygiene_certificate_2"
    assert last.show_if is not None
    assert last.show_if.question == "do_you_serve_food_2"
    assert (await cast.nils.get(path)).status_code == 404
