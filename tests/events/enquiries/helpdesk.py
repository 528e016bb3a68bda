"""A help desk to knock at: topics of both agencies, and how a visitor asks."""

import re
from datetime import timedelta
from typing import Any

import httpx

from events.enquiries import setting
from events.enquiries.forms import TopicForm
from server import clock
from server.database import rows, value
from tests.cast import Cast, Visitor

QUESTION = {
    "subject": "Which papers does a sample need at the Swiss border?",
    "question": "We carry samples of wine to a fair in Basel and come back with most of them.",
    "market": "CH",
    "language": "en",
}


async def topics(cast: Cast) -> tuple[int, int]:
    """ "Customs papers" of Nordhafen, which Vera answers, and "Dutch law" of Lagerwey."""
    mara, nils = await cast.mara.actor(), await cast.nils.actor()
    first = await setting.make_topic(
        mara,
        TopicForm(name="Customs papers", target_hours=16, people=[cast.vera.person_id], open=True),
    )
    second = await setting.make_topic(
        nils, TopicForm(name="Dutch law", target_hours=8, people=[], open=True)
    )
    return first, second


async def fill(who: Visitor, topic: int, *, after: float = 60, **data: Any) -> httpx.Response:
    """Open the form, type for a minute, send it."""
    shown = await who.get("/ask")
    found = {
        name: re.search(rf'name="{name}" value="([^"]*)"', shown.text)
        for name in ("csrf_token", "opened")
    }
    given = {name: each[1] for name, each in found.items() if each}
    with clock.travel_everywhere(clock.now() + timedelta(seconds=after)):
        return await who.post("/ask", data={**QUESTION, "topic": topic, **given, **data})


async def ask(who: Visitor, topic: int, **data: Any) -> int:
    """A question of somebody with an account; its number."""
    answer = await fill(who, topic, **data)
    assert answer.status_code == 303, answer.text[-3000:]
    return int(await value("SELECT max(id) FROM enquiry"))


async def mails(to: str) -> list[dict[str, Any]]:
    return await rows("SELECT subject, body_text FROM message WHERE to_email = $1 ORDER BY id", to)


async def turn(enquiry: int) -> int:
    return int(await value("SELECT turn FROM enquiry WHERE id = $1", enquiry))


async def at_desk(who: Visitor, enquiry: int, act: str, **data: Any) -> httpx.Response:
    """An act at the desk, with the conversation as it stands unless `turn` is given."""
    if act in ("answer", "pass", "close"):
        data = {"turn": await turn(enquiry), **data}
    return await who.send_form(
        "/desk/enquiries/topics", data, to=f"/desk/enquiries/{enquiry}/{act}"
    )
