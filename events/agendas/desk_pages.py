"""The day at the desk: the wall, the search, one meeting, gaps, prints, figures."""

import hashlib
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response

from events.agendas import declining, figures, gaps, printing, queries, wall
from events.agendas.changing import check_in, fill_gaps, miss_at_desk, place_instead, take_back
from events.agendas.forms import CheckInForm, FillForm, InsteadForm, KeepForm, MissedForm
from server import clock
from server.accounts.permissions import Actor
from server.documents.rules import disposition, safe_filename
from server.errors import Refused
from server.text import N_
from server.web import get, needs, page, post, submit
from server.web.workbooks import MEDIA_TYPE

Asked = Request[Any, Any, Any]
Answer = Response[Any]
BASE = "/desk/meetings/{session_id:int}"
DAY = BASE + "/day/{meeting_id:int}"


def _at(request: Asked, tz: str) -> datetime | None:
    """The moment that ?at=2027-03-05T14:00 asks for on the session's clock; else now."""
    try:
        return clock.to_utc(datetime.fromisoformat(request.query_params.get("at", "")), tz)
    except (ValueError, Refused):
        return None


@get(f"{BASE}/day", needs("day.read"))
async def show_wall(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Who sits where now and next. A screen that asks again with the ETag gets 304 until
    something has changed; scripts do so by themselves, without them the page has a button."""
    occasion = await wall.desk_occasion(actor, session_id)
    at = _at(request, occasion.tz)
    found = await wall.wall(actor, session_id, at=at)
    etag = f'W/"{hashlib.sha256(msgspec.json.encode(found)).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") == etag:
        return Response(b"", status_code=304, headers={"etag": etag})
    answer = page(
        request, "agendas/wall.html", occasion=occasion, wall=found, asked=at,
        at=clock.local(at or clock.now(), occasion.tz).replace(tzinfo=None),
        days=await wall.days(session_id),
    )  # fmt: skip
    answer.headers["etag"] = etag
    return answer


@get(f"{BASE}/search", needs("day.read"))
async def search(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Somebody by name or company: where they sit, whether they have come."""
    occasion = await wall.desk_occasion(actor, session_id)
    asked = request.query_params
    q, here = asked.get("q", "")[:80], asked.get("here", "")
    here = here if here in ("here", "missing") else ""
    found, following = await wall.people(
        actor, session_id=session_id, q=q, here=here, cursor=asked.get("after", "")
    )
    return page(
        request, "agendas/search.html", occasion=occasion, found=found, following=following, q=q,
        here=here, at=clock.now(),
    )  # fmt: skip


@post(BASE + "/search/{participant_id:int}", needs("day.write"))
async def check_in_post(
    request: Asked, actor: Actor, session_id: int, participant_id: int
) -> Answer:
    """Somebody has arrived, or was ticked by mistake."""
    return await submit(
        request,
        CheckInForm,
        act=lambda form: check_in(
            actor, form, session_id=session_id, participant_id=participant_id
        ),
        to=f"/desk/meetings/{session_id}/search",
        said=lambda done: N_("Checked in.") if done else N_("The check-in is taken back."),
        again=lambda: search.fn(request, actor, session_id),
    )


@get(DAY, needs("day.read"))
async def show_day_meeting(
    request: Asked, actor: Actor, session_id: int, meeting_id: int
) -> Answer:
    """One meeting on the day: who is here, who did not come, whom to send instead."""
    occasion, meeting = await wall.day_meeting(actor, session_id, meeting_id)
    now = clock.now()
    instead = []
    if meeting.state == "missed" and meeting.ends_at > now:
        for each in meeting.people:
            if each.no_show is None and await queries.is_free(each.participant, meeting.slot):
                found = await queries.substitutes(each.participant, meeting.slot)
                instead.append((each, [one for one in found if one.request is not None]))
    return page(
        request, "agendas/day_meeting.html", occasion=occasion, meeting=meeting, instead=instead,
        at=now,
    )  # fmt: skip


@post(f"{DAY}/missed", needs("day.write"))
async def missed(request: Asked, actor: Actor, session_id: int, meeting_id: int) -> Answer:
    """Somebody did not come: the others are free at once."""
    home = f"/desk/meetings/{session_id}/day/{meeting_id}"
    return await submit(
        request,
        MissedForm,
        act=lambda form: miss_at_desk(actor, form, session_id=session_id, meeting_id=meeting_id),
        to=home,
        said=N_("The others are free at once. Below is whom they could meet now."),
        again=lambda: show_day_meeting.fn(request, actor, session_id, meeting_id),
    )


@post(f"{DAY}/came", needs("day.write"))
async def came(request: Asked, actor: Actor, session_id: int, meeting_id: int) -> Answer:
    """They came after all."""
    return await submit(
        request,
        MissedForm,
        act=lambda form: take_back(actor, form, session_id=session_id, meeting_id=meeting_id),
        to=f"/desk/meetings/{session_id}/day/{meeting_id}",
        said=N_("It is taken back."),
        again=lambda: show_day_meeting.fn(request, actor, session_id, meeting_id),
    )


@post(f"{DAY}/keep", needs("day.write"))
async def keep(request: Asked, actor: Actor, session_id: int, meeting_id: int) -> Answer:
    """It stays as it is, although somebody has declined it."""
    return await submit(
        request,
        KeepForm,
        act=lambda form: declining.keep(
            actor, form, session_id=session_id, meeting_id=meeting_id
        ),
        to=f"/desk/meetings/{session_id}/day/{meeting_id}",
        said=N_("Noted: the meeting stays as it is."),
        again=lambda: show_day_meeting.fn(request, actor, session_id, meeting_id),
    )  # fmt: skip


@post(f"{DAY}/instead", needs("day.write"))
async def instead(request: Asked, actor: Actor, session_id: int, meeting_id: int) -> Answer:
    """Put an agreed meeting into the time that became free."""
    return await submit(
        request,
        InsteadForm,
        act=lambda form: place_instead(actor, form, session_id=session_id, meeting_id=meeting_id),
        to=f"/desk/meetings/{session_id}/day",
        said=N_("They meet now, and both are told."),
        again=lambda: show_day_meeting.fn(request, actor, session_id, meeting_id),
    )


@get(f"{BASE}/gaps", needs("day.read"))
async def show_gaps(request: Asked, actor: Actor, session_id: int) -> Answer:
    """What fits into the gaps that cancellations left."""
    return page(
        request,
        "agendas/gaps.html",
        occasion=await wall.desk_occasion(actor, session_id),
        gaps=await gaps.fitting(actor, session_id),
    )


@post(f"{BASE}/gaps", needs("day.write"))
async def fill(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Place the ticked ones."""
    return await submit(
        request,
        FillForm,
        act=lambda form: fill_gaps(actor, form, session_id=session_id),
        to=f"/desk/meetings/{session_id}/gaps",
        said=N_("They are placed, and everybody is told once."),
        again=lambda: show_gaps.fn(request, actor, session_id),
    )


@get(f"{BASE}/print", needs("day.read"))
async def show_print(request: Asked, actor: Actor, session_id: int) -> Answer:
    """What can be printed and taken away."""
    return page(request, "agendas/print.html", occasion=await wall.desk_occasion(actor, session_id))


def _file(made: bytes, name: str, kind: str, media_type: str) -> Answer:
    return Response(
        made,
        media_type=media_type,
        headers={"content-disposition": disposition(safe_filename(name, kind))},
    )


@get(f"{BASE}/print/people.pdf", needs("day.read"))
async def print_people(actor: Actor, session_id: int) -> Answer:
    """A page for each person."""
    made = await printing.by_person(actor, session_id)
    return _file(made, f"agendas-{session_id}", "pdf", "application/pdf")


@get(f"{BASE}/print/places.pdf", needs("day.read"))
async def print_places(actor: Actor, session_id: int) -> Answer:
    """A page for each table and stand."""
    made = await printing.by_place(actor, session_id)
    return _file(made, f"tables-{session_id}", "pdf", "application/pdf")


@get(f"{BASE}/statistics", needs("day.read"))
async def show_statistics(request: Asked, actor: Actor, session_id: int) -> Answer:
    """The session in numbers."""
    found = await figures.statistics(actor, session_id)
    return page(
        request,
        "agendas/statistics.html",
        occasion=await wall.desk_occasion(actor, session_id),
        whole=next(each for each in found if each.by == "all"),
        groups=[each for each in found if each.by == "group"],
        countries=[each for each in found if each.by == "country"],
        outcomes=await figures.outcomes(session_id),
    )


@get(f"{BASE}/meetings.csv", needs("day.read"))
async def export_csv(actor: Actor, session_id: int) -> Answer:
    """Every meeting, for a spreadsheet."""
    made = figures.as_csv(await figures.meeting_lines(actor, session_id))
    return _file(made, f"meetings-{session_id}", "csv", "text/csv; charset=utf-8")


@get(f"{BASE}/meetings.xlsx", needs("day.read"))
async def export_xlsx(actor: Actor, session_id: int) -> Answer:
    """The same as a workbook."""
    occasion = await wall.desk_occasion(actor, session_id)
    made = figures.as_xlsx(occasion.title, await figures.meeting_lines(actor, session_id))
    return _file(made, f"meetings-{session_id}", "xlsx", MEDIA_TYPE)


HANDLERS = [
    show_wall, search, check_in_post, show_day_meeting, missed, came, keep, instead, show_gaps,
    fill, show_print, print_people, print_places, show_statistics, export_csv, export_xlsx,
]  # fmt: skip
