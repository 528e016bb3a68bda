"""Questions through the front door: of visitors and companies, answered, passed on, erased."""

import asyncio
import re
from datetime import timedelta

import pytest

from events.enquiries import jobs as clockwork
from events.enquiries import setting
from events.enquiries.forms import RouteForm
from server import clock
from server.database import counting, row, rows, value
from server.organisations import personal
from tests.cast import PASSWORD, Cast, Someone, Visitor
from tests.events.enquiries.helpdesk import QUESTION, ask, at_desk, fill, mails, topics, turn

GUEST = {"name": "Pia Sommer", "email": "pia@sommer.example"}
ANSWER = "An ATA carnet is enough: your chamber of commerce issues it within a day."


async def link(to: str) -> str:
    """The address in the last mail to somebody."""
    found = re.findall(r"http://pavilion.test(/\S+)", str((await mails(to))[-1]["body_text"]))
    return str(found[0])


async def test_question_of_a_visitor_is_confirmed_answered_rated_and_erased(
    cast: Cast, visitor: Visitor
) -> None:
    topic, _ = await topics(cast)
    sent = await fill(visitor, topic, **GUEST)
    assert (sent.status_code, sent.headers["location"]) == (303, "/ask/sent")
    assert await value("SELECT state FROM enquiry") == "unconfirmed"
    assert QUESTION["subject"] not in (await cast.vera.get("/desk/enquiries?show=all")).text
    path = await link(GUEST["email"])
    assert "Send my question" in (await visitor.get(path)).text
    assert await value("SELECT state FROM enquiry") == "unconfirmed"  # a look sends nothing
    assert (await visitor.send_form(path, to=path + "/confirm")).status_code == 303
    (new,) = await mails("vera@cast.example")
    assert "Customs papers" in new["body_text"]
    number = int(await value("SELECT id FROM enquiry"))
    assert QUESTION["subject"] in (await cast.vera.get("/desk/enquiries")).text
    assert (await at_desk(cast.vera, number, "note", body="Ask Finn first.")).status_code == 303
    assert (await at_desk(cast.vera, number, "answer", body=ANSWER)).status_code == 303
    assert ANSWER in str((await mails(GUEST["email"]))[-1]["body_text"])
    shown = (await visitor.get(path)).text
    assert ANSWER in shown
    assert "Ask Finn first" not in shown
    assert "EnquiryRow(" not in shown
    assert (await visitor.send_form(path, {"rating": "3"}, to=path + "/rate")).status_code == 303
    assert await value("SELECT satisfaction FROM enquiry") == 3
    more = await visitor.send_form(path, {"body": "And by car?"}, to=path + "/write")
    assert more.status_code == 303
    assert await value("SELECT state FROM enquiry") == "waiting"
    assert "And by car?" in str((await mails("vera@cast.example"))[-1]["body_text"])
    assert (await visitor.send_form(path, to=path + "/close")).status_code == 303
    reopened = await visitor.send_form(path, {"body": "One more."}, to=path + "/write")
    assert reopened.status_code == 303
    assert await value("SELECT state FROM enquiry") == "waiting"
    assert (await visitor.send_form(path, to=path + "/erase")).status_code == 303
    kept = await row("SELECT * FROM enquiry")
    said = str(await rows("SELECT * FROM enquiry_message")) + str(kept)
    said += str(await rows("SELECT * FROM message")) + str(await rows("SELECT * FROM audit_line"))
    assert kept
    assert kept["first_minutes"] is not None
    for word in (*GUEST.values(), "And by car", "ATA carnet", QUESTION["question"]):
        assert word not in said
    assert (await at_desk(cast.vera, number, "answer", body=ANSWER)).status_code == 409


async def test_foreign_link_opens_nothing(cast: Cast, visitor: Visitor) -> None:
    topic, _ = await topics(cast)
    await fill(visitor, topic, **GUEST)
    path = await link(GUEST["email"])
    assert (await visitor.get(path[:-1] + ("A" if path[-1] != "A" else "B"))).status_code == 404
    other = re.sub(r"[0-9a-f]{8}-", "00000000-", path, count=1)
    assert (await visitor.get(other)).status_code == 404


async def test_public_form_refuses_programs_and_floods(cast: Cast, visitor: Visitor) -> None:
    topic, _ = await topics(cast)
    for wrong in ({"after": 1}, {"fax": "buy"}, {"opened": "nonsense"}, {"name": ""}):
        answer = await fill(visitor, topic, **{**GUEST, **wrong})
        assert answer.status_code == 422, wrong
        assert QUESTION["question"] in answer.text
    assert await value("SELECT count(*) FROM enquiry") == 0
    codes = [(await fill(visitor, topic, **GUEST)).status_code for _ in range(4)]
    assert codes == [303, 303, 303, 429]
    with clock.travel_everywhere(clock.now() + timedelta(days=4)):
        await clockwork.rest()
    assert await value("SELECT count(*) FROM enquiry") == 0
    assert GUEST["email"] not in str(await rows("SELECT * FROM message"))


async def test_question_of_a_company_is_seen_by_colleagues_and_by_nobody_else(
    cast: Cast,
) -> None:
    topic, _ = await topics(cast)
    number = await ask(cast.ana, topic)
    key = await value("SELECT key FROM enquiry WHERE id = $1", number)
    assert QUESTION["subject"] in (await cast.ben.get("/my/enquiries")).text
    assert (await cast.ben.get(f"/my/enquiries/{key}")).status_code == 200
    assert (await cast.carla.get(f"/my/enquiries/{key}")).status_code == 404
    assert (await cast.nils.get(f"/desk/enquiries/{number}")).status_code == 404
    assert QUESTION["subject"] not in (await cast.nils.get("/desk/enquiries?show=all")).text
    assert (await at_desk(cast.nils, number, "answer", body=ANSWER)).status_code == 404


async def test_two_answers_at_once_send_one_and_keep_the_other(cast: Cast) -> None:
    topic, _ = await topics(cast)
    number = await ask(cast.ana, topic)
    seen = await turn(number)
    answers = await asyncio.gather(
        *(
            at_desk(who, number, "answer", body=f"{who.email}: {ANSWER}", turn=seen)
            for who in (cast.vera, cast.mara, cast.finn)
        )
    )
    assert sorted(each.status_code for each in answers) == [303, 409, 409]
    late = next(each for each in answers if each.status_code == 409)
    assert ANSWER in late.text
    assert "Somebody else has written" in late.text
    assert await value("SELECT count(*) FROM enquiry_message WHERE kind = 'answer'") == 1
    assert len([m for m in await mails("ana@cast.example") if "Answer:" in m["subject"]]) == 1


async def test_passed_on_at_once_where_the_person_agreed_when_asking(cast: Cast) -> None:
    here, there = await topics(cast)
    number = await ask(cast.ana, here, may_pass="on")
    await at_desk(cast.vera, number, "note", body="Between us.")
    passed = await at_desk(cast.vera, number, "pass", topic=there, reason="They know Dutch law.")
    assert passed.status_code == 303
    assert (await cast.vera.get(f"/desk/enquiries/{number}")).status_code == 404
    shown = (await cast.nils.get(f"/desk/enquiries/{number}")).text
    assert "Between us" not in shown
    assert QUESTION["question"] in shown
    assert "They know Dutch law." in (await cast.vera.get("/desk/enquiries?show=passed")).text
    assert (await at_desk(cast.nils, number, "answer", body=ANSWER)).status_code == 303
    assert "Lagerwey Export" in str((await mails("ana@cast.example"))[-1]["body_text"])


@pytest.mark.parametrize("outside", [False, True])
async def test_without_consent_nothing_leaves_the_agency(cast: Cast, outside: bool) -> None:
    here, there = await topics(cast)
    number = await ask(cast.ana, here)
    chamber = {"to_name": "Chamber of Basel", "to_email": "help@chamber.example"}
    target = chamber if outside else {"topic": there}
    reason = "They issue the carnet."
    assert (await at_desk(cast.vera, number, "pass", reason=reason, **target)).status_code == 303
    assert await mails("help@chamber.example") == []
    assert (await cast.nils.get(f"/desk/enquiries/{number}")).status_code == 404
    key = await value("SELECT key FROM enquiry WHERE id = $1", number)
    mine = f"/my/enquiries/{key}"
    assert reason in (await cast.ana.get(mine)).text
    no = await cast.ana.send_form(mine, {"agree": "no"}, to=mine + "/consent")
    assert no.status_code == 303
    assert await value("SELECT state FROM enquiry") == "waiting"
    again = await cast.ana.send_form(mine, {"agree": "yes"}, to=mine + "/consent")
    assert again.status_code == 409
    await at_desk(cast.vera, number, "pass", reason=reason, **target)
    yes = await cast.ana.send_form(mine, {"agree": "yes"}, to=mine + "/consent")
    assert yes.status_code == 303
    if outside:
        (letter,) = await mails("help@chamber.example")
        assert QUESTION["question"] in letter["body_text"]
        assert "ana@cast.example" in letter["body_text"]
        assert await value("SELECT state FROM enquiry") == "passed_on"
    else:
        assert (await cast.nils.get(f"/desk/enquiries/{number}")).status_code == 200


async def test_route_gives_a_question_to_one_person_until_its_last_day(cast: Cast) -> None:
    topic, _ = await topics(cast)
    mara = await cast.mara.actor()
    today = clock.today("Europe/Berlin")
    await setting.make_route(
        mara,
        RouteForm(person=cast.finn.person_id, from_on=today, market="CH", until_on=today),
    )
    number = await ask(cast.ana, topic)
    assert await value("SELECT assignee FROM enquiry WHERE id = $1", number) == cast.finn.person_id
    assert len(await mails("finn@cast.example")) == 1
    assert await mails("vera@cast.example") == []
    other = await ask(cast.ana, topic, market="BR")
    assert await value("SELECT assignee FROM enquiry WHERE id = $1", other) is None
    assert len(await mails("vera@cast.example")) == 1
    given = await at_desk(cast.vera, other, "assign", topic=topic, person=cast.finn.person_id)
    assert given.status_code == 303
    foreign = await at_desk(cast.vera, other, "assign", topic=topic, person=cast.nils.person_id)
    assert foreign.status_code == 422


async def test_late_question_is_reminded_once_and_counts_in_the_figures(cast: Cast) -> None:
    topic, _ = await topics(cast)
    number = await ask(cast.ana, topic)
    due = await value("SELECT due_at FROM enquiry WHERE id = $1", number)
    with clock.travel_everywhere(due + timedelta(hours=1)):
        await clockwork.remind()
        await clockwork.remind()
        late = [m for m in await mails("vera@cast.example") if m["subject"].startswith("Late")]
        assert len(late) == 1
        vera = await cast.vera.arrive()
        assert "Late" in (await vera.get("/desk/enquiries")).text
        assert (await at_desk(vera, number, "answer", body=ANSWER)).status_code == 303
        found = (await vera.get("/desk/enquiries/times.csv")).text.splitlines()
        assert found[1].split(",")[:4] == ["All topics", "", "1", "1"]
        assert int(found[2].split(",")[4]) >= 16 * 60
        assert found[2].split(",")[8] == "0.00"
        page = (await vera.get("/desk/enquiries/times")).text
        assert "16 h" in page
        assert "0%" in page
    assert await value("SELECT in_time FROM enquiry") is False


async def test_old_questions_rest_and_are_forgotten(cast: Cast) -> None:
    topic, _ = await topics(cast)
    number = await ask(cast.ana, topic)
    await at_desk(cast.vera, number, "answer", body=ANSWER)
    with clock.travel_everywhere(clock.now() + timedelta(days=31)):
        await clockwork.rest()
    assert await value("SELECT state FROM enquiry") == "closed"
    with clock.travel_everywhere(clock.now() + timedelta(days=800)):
        await clockwork.rest()
    assert await value("SELECT erased_at IS NOT NULL AND question = '' FROM enquiry")


async def test_closing_without_an_answer_needs_a_reason_the_person_reads(cast: Cast) -> None:
    topic, _ = await topics(cast)
    number = await ask(cast.ana, topic)
    assert (await at_desk(cast.vera, number, "close")).status_code == 422
    why = "This is a question for your tax adviser."
    assert (await at_desk(cast.vera, number, "close", why=why)).status_code == 303
    assert why in str((await mails("ana@cast.example"))[-1]["body_text"])


async def test_program_asks_and_reads(cast: Cast) -> None:
    topic, _ = await topics(cast)
    program = await cast.ana.program()
    made = await program.post("/api/v1/my/enquiries", json={"topic": topic, **QUESTION})
    assert made.status_code == 201, made.text
    key = made.json()["enquiry"]["key"]
    desk = await cast.vera.program()
    number = made.json()["enquiry"]["id"]
    sent = await desk.post(
        f"/api/v1/desk/enquiries/{number}/answer", json={"turn": 1, "body": ANSWER}
    )
    assert sent.status_code == 200, sent.text
    read = await program.get(f"/api/v1/my/enquiries/{key}")
    assert read.json()["messages"][0]["body"] == ANSWER
    await program.aclose()
    await desk.aclose()


async def test_lists_ask_the_database_as_often_for_fifty_as_for_one(cast: Cast) -> None:
    topic, _ = await topics(cast)
    await ask(cast.ana, topic)

    async def cost(who: Someone, path: str) -> int:
        async with counting() as sent:
            assert (await who.get(path)).status_code == 200
        return len(sent)

    pages = [(cast.vera, "/desk/enquiries"), (cast.vera, "/desk/enquiries/times"),
             (cast.ana, "/my/enquiries"), (cast.vera, "/desk/enquiries/topics")]  # fmt: skip
    before = [await cost(*each) for each in pages]
    await rows(
        "INSERT INTO enquiry (key, agency, topic, state, company, name, email, language, subject,"
        " question, asked_at, arrived_at, due_at, moved_at) SELECT gen_random_uuid(), agency,"
        " topic, state, company, name, email, language, 'Copy ' || n, question, asked_at,"
        " arrived_at, due_at, moved_at FROM enquiry, generate_series(1, 60) n RETURNING id"
    )
    assert [await cost(*each) for each in pages] == before
    shown = (await cast.vera.get("/desk/enquiries")).text
    assert "Copy 60" in shown
    assert QUESTION["subject"] not in shown
    following = re.search(r'href="(\?[^"]*cursor=[^"]*)"', shown)
    assert following
    assert QUESTION["subject"] in (await cast.vera.get(f"/desk/enquiries{following[1]}")).text


async def test_page_that_failed_and_page_of_a_topic_lead_to_a_question_about_them(
    cast: Cast, visitor: Visitor
) -> None:
    topic, _ = await topics(cast)
    lost = await visitor.get("/calls/nowhere")
    assert lost.status_code == 404
    assert 'href="/ask?about=/calls/nowhere"' in lost.text
    shown = (await visitor.get("/ask?agency=nordhafen&market=CH&about=/calls/nowhere")).text
    assert "Customs papers" in shown
    assert "Dutch law" not in shown
    assert '<option value="CH" selected>' in shown
    number = await ask(cast.ana, topic, about="/calls/nowhere")
    assert 'href="/calls/nowhere"' in (await cast.vera.get(f"/desk/enquiries/{number}")).text
    await ask(cast.ana, topic, about="https://elsewhere.example/")
    assert await value("SELECT about FROM enquiry ORDER BY id DESC") == ""


async def test_closing_an_account_erases_what_was_asked_with_it(cast: Cast) -> None:
    topic, _ = await topics(cast)
    number = await ask(cast.paul, topic)
    await at_desk(cast.vera, number, "answer", body=ANSWER)
    await personal.close(await cast.paul.actor(), PASSWORD, "192.0.2.1")
    assert await value("SELECT erased_at IS NOT NULL AND email = '' FROM enquiry")
    assert QUESTION["question"] not in str(await rows("SELECT * FROM message"))
