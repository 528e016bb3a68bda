"""Agendas and the day of meetings for programs."""

from uuid import UUID

from events.agendas import changing, figures, gaps, queries, saying, wall
from events.agendas.forms import (
    AnswerForm,
    CheckInForm,
    ContactForm,
    FillForm,
    InsteadForm,
    LateForm,
    MissedForm,
    NoteForm,
    OtherTimeForm,
    RatingForm,
)
from events.agendas.rows import AgendaRow, Contact, Figures, Found, Gap, MeetingLine, Wall
from server.accounts.permissions import Actor
from server.text import N_
from server.web.api import Endpoint, Made

MINE = "/my/meetings/{session_id:int}/agenda"
MEETING = "/my/meetings/{session_id:int}/agenda/{key:uuid}"
DESK = "/desk/meetings/{session_id:int}"
TAG = "meetings"


async def _contacts(
    actor: Actor, *, session_id: int, key: UUID, cursor: str = "", limit: int = 50
) -> tuple[list[Contact], str | None]:
    _, who, meeting = await queries.own_meeting(actor, session_id, key)
    return (await queries.contacts(meeting.id, who.id))[:limit], None


async def _gaps(
    actor: Actor, *, session_id: int, cursor: str = "", limit: int = 50
) -> tuple[list[Gap], str | None]:
    return (await gaps.fitting(actor, session_id))[:limit], None


async def _lines(
    actor: Actor, *, session_id: int, cursor: str = "", limit: int = 50
) -> tuple[list[MeetingLine], str | None]:
    found = await figures.meeting_lines(actor, session_id)
    at = int(cursor) if cursor.isdigit() and len(cursor) < 6 else 0
    return found[at : at + limit], str(at + limit) if len(found) > at + limit else None


ENDPOINTS = [
    Endpoint(
        method="GET", path=MINE, verb="agenda.own", tag=TAG, many=True,
        summary=N_("Your meetings of a session, in order"),
        fetch=queries.agenda_page, row=AgendaRow,
    ),
    Endpoint(
        method="GET", path=f"{MEETING}/contacts", verb="agenda.own", tag=TAG, many=True,
        summary=N_("The contacts that the others of a meeting have given"),
        fetch=_contacts, row=Contact,
    ),
    Endpoint(
        method="POST", path=f"{MEETING}/late", verb="agenda.own", tag=TAG,
        summary=N_("Say that you are late"), form=LateForm, act=saying.be_late, row=Made,
    ),
    Endpoint(
        method="POST", path=f"{MEETING}/missed", verb="agenda.own", tag=TAG,
        summary=N_("Say that somebody did not come"), form=MissedForm, act=changing.miss, row=Made,
    ),
    Endpoint(
        method="POST", path=f"{MINE}/instead", verb="agenda.own", tag=TAG,
        summary=N_("Meet somebody now with whom a meeting is agreed"),
        form=InsteadForm, act=changing.meet_instead, row=Made,
    ),
    Endpoint(
        method="POST", path=f"{MEETING}/rating", verb="agenda.own", tag=TAG,
        summary=N_("Say what came of a meeting"), form=RatingForm, act=saying.rate, row=Made,
    ),
    Endpoint(
        method="PUT", path=f"{MEETING}/note", verb="agenda.own", tag=TAG,
        summary=N_("Write a note that your company sees"),
        form=NoteForm, act=saying.write_note, row=Made,
    ),
    Endpoint(
        method="PUT", path=f"{MEETING}/contact", verb="agenda.own", tag=TAG,
        summary=N_("Give your contact to the others of a meeting, or take it back"),
        form=ContactForm, act=saying.give_contact, row=Made,
    ),
    Endpoint(
        method="POST", path=f"{MEETING}/other-time", verb="agenda.own", tag=TAG,
        summary=N_("Ask for another time"),
        form=OtherTimeForm, act=changing.ask_other_time, row=Made,
    ),
    Endpoint(
        method="POST", path=f"{MEETING}/other-time/answer", verb="agenda.own", tag=TAG,
        summary=N_("Agree to another time or not, or take your wish back"),
        form=AnswerForm, act=changing.answer_other_time, row=Made,
    ),
    Endpoint(
        method="GET", path=f"{DESK}/day", verb="day.read", tag=TAG,
        summary=N_("Who sits where now and next"), fetch=wall.wall, row=Wall,
    ),
    Endpoint(
        method="GET", path=f"{DESK}/day/people", verb="day.read", tag=TAG, many=True,
        summary=N_("People of a session, with their meeting of now or next"),
        fetch=wall.people, row=Found,
    ),
    Endpoint(
        method="POST", path=f"{DESK}/day/people/{{participant_id:int}}", verb="day.write", tag=TAG,
        summary=N_("Check somebody in"), form=CheckInForm, act=changing.check_in,
        shape=lambda here: {"here": here},
    ),
    Endpoint(
        method="POST", path=f"{DESK}/day/{{meeting_id:int}}/missed", verb="day.write", tag=TAG,
        summary=N_("Note that somebody did not come"),
        form=MissedForm, act=changing.miss_at_desk, row=Made,
    ),
    Endpoint(
        method="POST", path=f"{DESK}/day/{{meeting_id:int}}/came", verb="day.write", tag=TAG,
        summary=N_("Take back that somebody did not come"),
        form=MissedForm, act=changing.take_back, row=Made,
    ),
    Endpoint(
        method="POST", path=f"{DESK}/day/{{meeting_id:int}}/instead", verb="day.write", tag=TAG,
        summary=N_("Send somebody to a meeting that was missed"),
        form=InsteadForm, act=changing.place_instead, row=Made,
    ),
    Endpoint(
        method="GET", path=f"{DESK}/gaps", verb="day.read", tag=TAG, many=True,
        summary=N_("Agreed meetings without a time that fit into gaps"), fetch=_gaps, row=Gap,
    ),
    Endpoint(
        method="POST", path=f"{DESK}/gaps", verb="day.write", tag=TAG,
        summary=N_("Place agreed meetings into gaps"), form=FillForm, act=changing.fill_gaps,
        shape=lambda placed: {"placed": placed},
    ),
    Endpoint(
        method="GET", path=f"{DESK}/statistics", verb="day.read", tag=TAG, many=True,
        summary=N_("A session in numbers, by group and country"),
        fetch=figures.statistics_page, row=Figures,
    ),
    Endpoint(
        method="GET", path=f"{DESK}/meetings/export", verb="day.read", tag=TAG, many=True,
        summary=N_("All meetings of a session with what came of them"),
        fetch=_lines, row=MeetingLine,
    ),
]  # fmt: skip
