"""What one call asks of its own, and what its companies answer."""

from datetime import datetime, time, timedelta
from typing import Any

from booths.calls import answering, queries
from booths.calls.drafts import Guard
from booths.questions import actions
from booths.questions import queries as questions
from booths.questions.forms import QuestionForm, SectionForm
from server.accounts.permissions import Actor
from server.demonstration.calendar import Calendar
from server.web.forms import Upload, parse

SECTIONS: tuple[tuple[str, str, tuple[dict[str, Any], ...]], ...] = (
    (
        "Machines at the stand",
        "The hall asks for these figures six weeks before the fair.",
        (
            {
                "key": "power", "label": "Power draw of everything at the stand", "kind": "number",
                "unit": "kW", "minimum": "0", "maximum": "60", "required": "on",
            },
            {
                "key": "running", "label": "Will machines run at the stand?", "kind": "yes_no",
                "required": "on",
            },
            {
                "key": "conformity", "label": "Declaration of conformity of the largest machine",
                "kind": "file", "required": "on", "show_if_question": "running",
                "show_if_values": "yes", "hint": "The one that is delivered with the machine.",
            },
            {
                "key": "heaviest", "label": "Weight of the heaviest exhibit", "kind": "number",
                "unit": "kg", "minimum": "0",
            },
        ),
    ),
    (
        "Visits and people",
        "One day is for visits to factories around the city.",
        (
            {
                "key": "visits", "label": "Which factories would you visit?", "kind": "choices",
                "options": "Machine tools\nVehicles\nFood processing\nMedical devices",
                "maximum": "2",
            },
            {
                "key": "people", "label": "Names of those who come", "kind": "long_text",
                "hint": "As in their passports.",
            },
        ),
    ),
)  # fmt: skip
PAPER = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


async def ask(manager: Actor, call_id: int, closes: int, calendar: Calendar) -> None:
    """Two sections; the names may come until three weeks after the closing, on day `closes`."""
    if await questions.form(call_id):
        return
    until = datetime.combine(calendar.day(closes) + timedelta(days=21), time(17))
    for title, intro, asked in SECTIONS:
        form = parse(SectionForm, {"title": title, "intro": intro})
        section = await actions.add_section(manager, form, call_id=call_id)
        for each in asked:
            facts = {**each, "section": section}
            if each["key"] == "people":
                facts["answer_until"] = until
            await actions.add_question(manager, parse(QuestionForm, facts), call_id=call_id)


async def answer(company: Actor, application_id: int, n: int) -> None:
    """What the company with the number `n` says, if it is asked anything."""
    found = await queries.own_dossier(company, application_id)
    running = n % 3 != 0
    given = {
        "power": str(3 + 2 * n % 25),
        "running": running,
        "heaviest": str(400 + 130 * n),
        "visits": ["Machine tools", "Vehicles"] if n % 2 else ["Medical devices"],
    }
    for section in found.sections:
        keys = [each.key for each in section.questions if each.key != "people"]
        if running and "conformity" in keys:
            paper = Upload("declaration-of-conformity.pdf", "application/pdf", PAPER)
            await answering.keep_files(
                company, {"conformity": paper}, application_id=application_id, task=section.task,
                guard=Guard(),
            )  # fmt: skip
        await answering.answer_section(
            company, given, application_id=application_id, task=section.task, asked=keys
        )
