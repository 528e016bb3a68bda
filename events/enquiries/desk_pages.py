"""The desk: what waits, one question with its conversation, how fast answers are."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response

from events.enquiries import actions, queries, times
from events.enquiries.ask_pages import country_choices
from events.enquiries.forms import (
    AnswerForm,
    AssignForm,
    CloseForm,
    EnquiriesQuery,
    NoteForm,
    PassForm,
    TimesQuery,
)
from server.accounts.permissions import Actor
from server.documents.rules import disposition
from server.organisations import queries as organisations
from server.text import N_
from server.web import get, needs, page, post, submit
from server.web.forms import Form, parse

Asked = Request[Any, Any, Any]
Answer = Response[Any]
_ONE = "/desk/enquiries/{enquiry_id:int}"


def asked_for(request: Asked, form: type[Form]) -> Any:
    """The filters of an address."""
    return parse(form, {k: v for k, v in request.query_params.items() if k != "cursor"})


@get("/desk/enquiries", needs("enquiry.list"))
async def listed(request: Asked, actor: Actor) -> Answer:
    """What waits, and with a filter everything."""
    query: EnquiriesQuery = asked_for(request, EnquiriesQuery)
    cursor = str(request.query_params.get("cursor", ""))
    found, following = await queries.listed(actor, query, cursor)
    kept = {k: v for k, v in query.typed().items() if v not in ("", None)}
    topics = await queries.topics(actor)
    return page(
        request,
        "enquiries/desk.html",
        enquiries=found,
        next_url="?" + urlencode({**kept, "cursor": following}) if following else "",
        counts=await queries.counts(actor),
        looked_for=query,
        topics=[(each.id, each.name) for each in topics],
        handed_on=await queries.passed_on(actor) if query.show == "passed" else [],
        tz=(await organisations.own_agency(actor)).tz,
    )


@get(_ONE, needs("enquiry.list"))
async def one(request: Asked, actor: Actor, enquiry_id: int) -> Answer:
    """One question, all that was written, and what can be done."""
    found = await queries.at_desk(actor, enquiry_id)
    everybody = await queries.topics_open()
    return page(
        request,
        "enquiries/one.html",
        found=found,
        talk=await queries.conversation(found, agency=actor.agency_id),
        own_topics=[(each.id, each.name) for each in await queries.topics(actor)],
        staff=[(each.person_id, each.name) for each in await organisations.own_staff(actor)],
        others=[
            (each.id, f"{each.agency_name}: {each.name}")
            for each in everybody
            if each.agency != actor.agency_id
        ],
        country_names=dict(country_choices()),
        hours=times.hours,
    )


def _act(name: str, form: type[Form], act: Any, said: str, away: bool = False) -> Any:
    @post(f"{_ONE}/{name}", needs("enquiry.answer"))
    async def do(request: Asked, actor: Actor, enquiry_id: int) -> Answer:
        return await submit(
            request, form, act=lambda given: act(actor, given, enquiry_id=enquiry_id),
            to="/desk/enquiries" if away else f"/desk/enquiries/{enquiry_id}", said=said,
            again=lambda: one.fn(request, actor, enquiry_id),
        )  # fmt: skip

    return do


@get("/desk/enquiries/times", needs("enquiry.list"))
async def times_page(request: Asked, actor: Actor) -> Answer:
    """How fast the desk answers, by topic."""
    query: TimesQuery = asked_for(request, TimesQuery)
    agency = await organisations.own_agency(actor)
    since, until = times.span(query, agency.tz)
    return page(
        request,
        "enquiries/times.html",
        figures=await times.figures(actor, query),
        since=since,
        until=until,
        hours=times.hours,
    )


@get("/desk/enquiries/times.csv", needs("enquiry.list"))
async def times_csv(request: Asked, actor: Actor) -> Response[bytes]:
    """The same for a spreadsheet."""
    found = await times.figures(actor, asked_for(request, TimesQuery))
    return Response(
        times.as_csv(found),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": disposition("answer-times.csv")},
    )


HANDLERS = [
    listed,
    one,
    times_page,
    times_csv,
    _act("answer", AnswerForm, actions.answer, N_("The answer is sent.")),
    _act("note", NoteForm, actions.note, N_("The note is kept. Only your agency reads it.")),
    _act("assign", AssignForm, actions.assign, N_("Saved.")),
    _act(
        "pass",
        PassForm,
        actions.pass_on,
        N_("The question goes there as soon as the person agrees, or at once where they did."),
        away=True,
    ),
    _act("close", CloseForm, actions.close, N_("The question is closed.")),
]
