"""Subscribing: a page for a company, the same one for an agency's desk, one for everybody."""

from typing import Any
from uuid import UUID

import msgspec
import segno
from litestar import Request, Response

from events.calendars import actions, answers, delivery, free, links, queries, wall
from events.calendars.actions import NewAddress
from events.calendars.forms import AnswerForm, BusyForm, FeedForm, NoForm
from events.calendars.queries import ItemRow
from events.calendars.rules import ANSWER_NAMES, KIND_NAMES, Answer, Kind
from events.calendars.subjects import source_address
from server.accounts.permissions import Actor
from server.errors import NotFound
from server.settings import load
from server.text import N_, gettext
from server.web import get, needs, page, post, see_other, signing, submit

Asked = Request[Any, Any, Any]
ONCE = "new_calendar"
SHOWN = 25
CHOICES = (
    Kind.FAIR, Kind.SETUP, Kind.OPENING, Kind.DISMANTLING, Kind.DEADLINE, Kind.PAYMENT,
    Kind.MEETING, Kind.BRIEFING, Kind.TRAINING, Kind.OFFICE_BOOKING,
)  # fmt: skip


class Entry(msgspec.Struct, frozen=True):
    """An item of the list with the links that add it alone."""

    item: ItemRow
    add: links.Add
    download: str


def _base(desk: bool) -> str:
    return "/desk/calendars" if desk else "/my/calendars"


async def _overview(request: Asked, actor: Actor, desk: bool) -> Response[Any]:
    """The addresses, the next items, and a new address if one was made a moment ago."""
    base = _base(desk)
    feeds = await queries.own_feeds(actor, desk=desk)
    cursor = str(request.query_params.get("after", ""))
    items, following = await queries.upcoming(actor, cursor=cursor, limit=SHOWN, desk=desk)
    sealed = request.cookies.get(ONCE, "")
    made = signing.unseal(ONCE, sealed) if sealed else None
    response = page(
        request,
        "calendars/overview.html",
        base=base,
        desk=desk,
        feeds=feeds,
        entries=[_entry(item, base) for item in items],
        following=following,
        made=_ways(made) if made else None,
        kinds=_kinds(),
        answers=await answers.latest(actor, desk=desk),
        busy=[] if desk else await free.own(actor),
    )
    if sealed:
        response.delete_cookie(ONCE, path=base)
    return response


def _entry(item: ItemRow, base: str) -> Entry:
    adding = links.add(item.timing, item.summary, item.description, item.location)
    return Entry(item, adding, f"{base}/items/{item.uid}.ics")


def _ways(address: str) -> dict[str, Any]:
    ways = links.subscribe(address, "Pavilion")
    picture = segno.make(ways.webcal, error="m").svg_data_uri(scale=4, border=2)
    return {"ways": ways, "picture": picture}


def _kinds() -> list[tuple[str, str]]:
    return [(kind, gettext(KIND_NAMES[kind])) for kind in CHOICES]


def _shown_once(made: NewAddress, base: str) -> Response[Any]:
    """Go on to the page that shows the address; only this browser, once, within two minutes."""
    response = see_other(base, said=N_("Your calendar address is ready. Copy it now."))
    response.set_cookie(
        ONCE,
        signing.seal(ONCE, made.address),
        path=base,
        max_age=120,
        httponly=True,
        samesite="strict",
        secure=load().secure,
    )
    return response


async def _create(request: Asked, actor: Actor, desk: bool) -> Response[Any]:
    kept: list[NewAddress] = []

    async def act(form: FeedForm) -> None:
        kept.append(await actions.create_feed(actor, form, desk=desk))

    async def again() -> Response[Any]:
        return await _overview(request, actor, desk)

    response = await submit(request, FeedForm, act=act, to=_base(desk), again=again)
    return _shown_once(kept[0], _base(desk)) if kept else response


async def _edit(request: Asked, actor: Actor, feed_id: int, desk: bool) -> Response[Any]:
    feed = await queries.own_feed(actor, feed_id, desk=desk)
    return page(
        request, "calendars/address.html", base=_base(desk), desk=desk, feed=feed, kinds=_kinds()
    )


async def _change(request: Asked, actor: Actor, feed_id: int, desk: bool) -> Response[Any]:
    return await submit(
        request,
        FeedForm,
        act=lambda form: actions.change_feed(actor, feed_id, form),
        to=_base(desk),
        said=N_("The address was changed. Calendars show it when they next ask."),
        again=lambda: _edit(request, actor, feed_id, desk),
    )


async def _rotate(request: Asked, actor: Actor, feed_id: int, desk: bool) -> Response[Any]:
    kept: list[NewAddress] = []

    async def act(form: NoForm) -> None:
        kept.append(await actions.rotate_feed(actor, feed_id))

    async def again() -> Response[Any]:
        return await _edit(request, actor, feed_id, desk)

    response = await submit(request, NoForm, act=act, to=_base(desk), again=again)
    return _shown_once(kept[0], _base(desk)) if kept else response


async def _revoke(request: Asked, actor: Actor, feed_id: int, desk: bool) -> Response[Any]:
    return await submit(
        request,
        NoForm,
        act=lambda form: actions.revoke_feed(actor, feed_id),
        to=_base(desk),
        said=N_("The address was revoked. Calendars that used it get nothing any more."),
        again=lambda: _edit(request, actor, feed_id, desk),
    )


async def _download(actor: Actor, uid: str, desk: bool) -> Response[bytes]:
    try:
        which = UUID(uid.removesuffix(".ics"))
    except ValueError:
        raise NotFound from None
    made = delivery.single(await queries.own_item(actor, which, desk=desk))
    return Response(
        made,
        media_type="text/calendar; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{which}.ics"'},
    )


@get("/calendars", needs("public.read"))
async def everybody(request: Asked) -> Response[Any]:
    """The public calendars, how to subscribe, and how late calendar programs are."""
    return page(
        request,
        "calendars/everybody.html",
        everything=links.subscribe(source_address("/cal/all.ics"), gettext(N_("All trade fairs"))),
        groups=await queries.public_calendars(),
        walls=await wall.years(),
    )


async def _answer_page(request: Asked, invitation: int, signature: str) -> Response[Any]:
    found = await answers.asked(invitation, signature)
    return page(
        request,
        "calendars/invitation.html",
        asked=found,
        add=links.add(found.timing, found.summary, "", found.location),
        choices=[(each, gettext(ANSWER_NAMES[each])) for each in Answer if each is not Answer.NONE],
        answer_name=gettext(ANSWER_NAMES[found.answer]),
    )


@get("/invitations/{invitation:int}/{signature:str}", needs("public.read"))
async def show_invitation(request: Asked, invitation: int, signature: str) -> Response[Any]:
    """What somebody is invited to. Programs that follow the links of mails change nothing here."""
    return await _answer_page(request, invitation, signature)


@post("/invitations/{invitation:int}/{signature:str}", needs("public.read"))
async def answer_invitation(request: Asked, invitation: int, signature: str) -> Response[Any]:
    """Yes, perhaps or no; it may be changed as long as the meeting is ahead."""
    return await submit(
        request,
        AnswerForm,
        act=lambda form: answers.answer(invitation, signature, form.answer),
        to=f"/invitations/{invitation}/{signature}",
        said=N_("Your answer is noted. You may change it here until the meeting begins."),
        again=lambda: _answer_page(request, invitation, signature),
    )


@get("/calendars/{agency:str}/{name:str}", needs("public.read"))
async def wall_calendar(agency: str, name: str) -> Response[bytes]:
    """The year of an agency as one sheet for the wall, and its list: 2027.pdf."""
    made = await wall.pdf(agency, name)
    return Response(
        made,
        media_type="application/pdf",
        headers={"content-disposition": f'inline; filename="{agency}-{name}"'},
    )


@get("/my/calendars/busy", needs("calendar.company"))
async def busy_page(request: Asked, actor: Actor) -> Response[Any]:
    """The calendars that say when the actor, or the company, is busy."""
    return page(request, "calendars/busy.html", busy=await free.own(actor))


@post("/my/calendars/busy", needs("calendar.company"))
async def give_busy(request: Asked, actor: Actor) -> Response[Any]:
    """Give one."""
    return await submit(
        request,
        BusyForm,
        act=lambda form: free.give(actor, form),
        to="/my/calendars/busy",
        said=N_("Your calendar is being read. Its busy times count from now on."),
        again=lambda: busy_page.fn(request, actor),
    )


@post("/my/calendars/busy/{calendar_id:int}/end", needs("calendar.company"))
async def end_busy(request: Asked, actor: Actor, calendar_id: int) -> Response[Any]:
    """Forget one."""
    return await submit(
        request,
        NoForm,
        act=lambda form: free.take_away(actor, calendar_id),
        to="/my/calendars/busy",
        said=N_("The calendar and its busy times are forgotten."),
        again=lambda: busy_page.fn(request, actor),
    )


def _handlers(desk: bool) -> list[Any]:
    """The same pages for a company and for an agency's desk."""
    base, own = _base(desk), needs("calendar.desk" if desk else "calendar.company")

    @get(base, own)
    async def overview(request: Asked, actor: Actor) -> Response[Any]:
        return await _overview(request, actor, desk)

    @post(base, own)
    async def create(request: Asked, actor: Actor) -> Response[Any]:
        return await _create(request, actor, desk)

    @get(base + "/{feed_id:int}", own)
    async def edit(request: Asked, actor: Actor, feed_id: int) -> Response[Any]:
        return await _edit(request, actor, feed_id, desk)

    @post(base + "/{feed_id:int}", own)
    async def change(request: Asked, actor: Actor, feed_id: int) -> Response[Any]:
        return await _change(request, actor, feed_id, desk)

    @post(base + "/{feed_id:int}/rotate", own)
    async def rotate(request: Asked, actor: Actor, feed_id: int) -> Response[Any]:
        return await _rotate(request, actor, feed_id, desk)

    @post(base + "/{feed_id:int}/revoke", own)
    async def revoke(request: Asked, actor: Actor, feed_id: int) -> Response[Any]:
        return await _revoke(request, actor, feed_id, desk)

    @get(base + "/items/{uid:str}", own)
    async def item(actor: Actor, uid: str) -> Response[Any]:
        return await _download(actor, uid, desk)

    return [overview, create, edit, change, rotate, revoke, item]


HANDLERS = [
    *delivery.HANDLERS, everybody, wall_calendar, show_invitation, answer_invitation, busy_page,
    give_busy, end_busy, *_handlers(False), *_handlers(True),
]  # fmt: skip
