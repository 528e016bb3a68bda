"""One's own agenda and meetings, phone first."""

from itertools import groupby
from typing import Any
from uuid import UUID

from litestar import Request, Response

from events.agendas import desk_pages, maps, printing, queries, saying
from events.agendas.changing import answer_other_time, ask_other_time, meet_instead, miss
from events.agendas.forms import (
    AnswerForm,
    ContactForm,
    InsteadForm,
    LateForm,
    MissedForm,
    NoteForm,
    OtherTimeForm,
    RatingForm,
)
from events.agendas.rules import OUTCOME_NAMES
from events.agendas.vcard import card
from server import clock
from server.accounts.permissions import Actor
from server.documents.rules import disposition, safe_filename
from server.errors import NotFound
from server.text import N_
from server.web import get, needs, page, post, submit

Asked = Request[Any, Any, Any]
Answer = Response[Any]
LATE = (5, 10, 15)
FREE_SHOWN = 3
"""So many of those who are free now stand above the day; all with whom a meeting is agreed do."""
AGENDA = "/my/meetings/{session_id:int}/agenda"
MEETING = "/my/meetings/{session_id:int}/agenda/{key:uuid}"


def _home(session_id: int, key: UUID) -> str:
    return f"/my/meetings/{session_id}/agenda/{key}"


@get(AGENDA, needs("agenda.own"))
async def show_agenda(request: Asked, actor: Actor, session_id: int) -> Answer:
    """The day: what is next on top, then everything by day; who is free can meet somebody."""
    of = request.query_params.get("of", "")
    occasion, mine = await queries.own_occasion(actor, session_id)
    who = queries.chosen(mine, of)
    found = await queries.agenda(who.id)
    now = clock.now()
    nearest = next((each for each in found if each.live and each.ends_at > now), None)
    slot = await queries.slot_now(session_id)
    today = clock.local(now, occasion.tz).date()
    days = [(day, list(each)) for day, each in groupby(found, key=lambda one: one.day)]
    instead = []
    if who.me and slot is not None and await queries.is_free(who.id, slot["id"]):
        instead = await queries.substitutes(who.id, slot["id"])
    return page(
        request,
        "agendas/agenda.html",
        occasion=occasion,
        mine=mine,
        who=who,
        days=[each for each in days if each[0] >= today],
        earlier=[each for each in days if each[0] < today],
        nearest=nearest,
        instead=[each for n, each in enumerate(instead) if each.request or n < FREE_SHOWN],
        more=len(instead) > FREE_SHOWN,
        plans=await maps.pages(each.stand for each in found),
        at=now,
    )


@get("/my/meetings/{session_id:int}/agenda.pdf", needs("agenda.own"))
async def print_agenda(request: Asked, actor: Actor, session_id: int) -> Answer:
    """The same on paper."""
    occasion, mine = await queries.own_occasion(actor, session_id)
    who = queries.chosen(mine, request.query_params.get("of", ""))
    return pdf(await printing.of_one(occasion, who.id), f"agenda-{who.name}")


def pdf(made: bytes, name: str) -> Answer:
    """A PDF to be saved."""
    return Response(
        made,
        media_type="application/pdf",
        headers={"content-disposition": disposition(safe_filename(name, "pdf"))},
    )


@get(MEETING, needs("agenda.own"))
async def show_meeting(request: Asked, actor: Actor, session_id: int, key: UUID) -> Answer:
    """One meeting: where, with whom, and what one can say about it."""
    occasion, who, meeting = await queries.own_meeting(actor, session_id, key)
    now = clock.now()
    planned = meeting.state == "planned"
    return page(
        request,
        "agendas/meeting.html",
        occasion=occasion,
        who=who,
        meeting=meeting,
        abouts=await queries.abouts(meeting.id, who.id),
        contacts={each.participant: each for each in await queries.contacts(meeting.id, who.id)},
        notes=await queries.notes(actor, meeting.id),
        asked=await queries.asked_before(meeting.id),
        plans=await maps.pages([meeting.stand]),
        outcomes=OUTCOME_NAMES,
        late_choices=LATE,
        may_late=planned and now < meeting.ends_at,
        may_miss=planned and now >= meeting.starts_at,
        may_rate=meeting.state != "cancelled" and now >= meeting.starts_at,
        slots=await queries.free_slots(meeting.id, now)
        if planned and now < meeting.starts_at and who.me
        else [],
        at=now,
    )


@post(f"{MEETING}/late", needs("agenda.own"))
async def late(request: Asked, actor: Actor, session_id: int, key: UUID) -> Answer:
    """I am late."""
    return await submit(
        request,
        LateForm,
        act=lambda form: saying.be_late(actor, form, session_id=session_id, key=key),
        to=_home(session_id, key),
        said=N_("The other side is told: on their agenda and by mail."),
        again=lambda: show_meeting.fn(request, actor, session_id, key),
    )


@post(f"{MEETING}/missed", needs("agenda.own"))
async def missed(request: Asked, actor: Actor, session_id: int, key: UUID) -> Answer:
    """They did not come."""
    return await submit(
        request,
        MissedForm,
        act=lambda form: miss(actor, form, session_id=session_id, key=key),
        to=f"/my/meetings/{session_id}/agenda",
        said=N_("It is noted, and your time is free. Below is whom you could meet instead."),
        again=lambda: show_meeting.fn(request, actor, session_id, key),
    )


@post(f"{AGENDA}/instead", needs("agenda.own"))
async def instead(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Meet somebody now with whom a meeting is agreed but has no time."""
    return await submit(
        request,
        InsteadForm,
        act=lambda form: meet_instead(actor, form, session_id=session_id),
        to=f"/my/meetings/{session_id}/agenda",
        said=N_("You meet now. The other side is told by mail and on their agenda."),
        again=lambda: show_agenda.fn(request, actor, session_id),
    )


@post(f"{MEETING}/rating", needs("agenda.own"))
async def rating(request: Asked, actor: Actor, session_id: int, key: UUID) -> Answer:
    """What came of it."""
    return await submit(
        request,
        RatingForm,
        act=lambda form: saying.rate(actor, form, session_id=session_id, key=key),
        to=_home(session_id, key) + "#rating",
        again=lambda: show_meeting.fn(request, actor, session_id, key),
    )


@post(f"{MEETING}/note", needs("agenda.own"))
async def note(request: Asked, actor: Actor, session_id: int, key: UUID) -> Answer:
    """A note."""
    return await submit(
        request,
        NoteForm,
        act=lambda form: saying.write_note(actor, form, session_id=session_id, key=key),
        to=_home(session_id, key),
        said=N_("Your note is saved. Only your company sees it."),
        again=lambda: show_meeting.fn(request, actor, session_id, key),
    )


@post(f"{MEETING}/contact", needs("agenda.own"))
async def contact(request: Asked, actor: Actor, session_id: int, key: UUID) -> Answer:
    """Give one's contact, or take it back."""
    return await submit(
        request,
        ContactForm,
        act=lambda form: saying.give_contact(actor, form, session_id=session_id, key=key),
        to=_home(session_id, key) + "#contact",
        again=lambda: show_meeting.fn(request, actor, session_id, key),
    )


@get(MEETING + "/contact/{participant_id:int}", needs("agenda.own"))
async def contact_file(
    actor: Actor, session_id: int, key: UUID, participant_id: int
) -> Response[bytes]:
    """The contact of somebody who gave it, for the phone's address book."""
    _, who, meeting = await queries.own_meeting(actor, session_id, key)
    for each in await queries.contacts(meeting.id, who.id):
        if each.participant == participant_id:
            name = safe_filename(each.name, "vcf")
            return Response(
                card(each),
                media_type="text/vcard; charset=utf-8",
                headers={"content-disposition": disposition(name)},
            )
    raise NotFound(N_("This contact was not given, or it was taken back."))


@post(f"{MEETING}/other-time", needs("agenda.own"))
async def other_time(request: Asked, actor: Actor, session_id: int, key: UUID) -> Answer:
    """Ask for another time."""
    return await submit(
        request,
        OtherTimeForm,
        act=lambda form: ask_other_time(actor, form, session_id=session_id, key=key),
        to=_home(session_id, key),
        said=N_("The other side is asked. Until they agree, the meeting stays where it is."),
        again=lambda: show_meeting.fn(request, actor, session_id, key),
    )


@post(f"{MEETING}/other-time/answer", needs("agenda.own"))
async def answer(request: Asked, actor: Actor, session_id: int, key: UUID) -> Answer:
    """Agree to another time, decline it, or take one's wish back."""
    return await submit(
        request,
        AnswerForm,
        act=lambda form: answer_other_time(actor, form, session_id=session_id, key=key),
        to=_home(session_id, key),
        said=N_("Your answer is saved, and the other side is told."),
        again=lambda: show_meeting.fn(request, actor, session_id, key),
    )


HANDLERS = [
    show_agenda, print_agenda, show_meeting, late, missed, instead, rating, note, contact,
    contact_file, other_time, answer, *desk_pages.HANDLERS,
]  # fmt: skip
