"""What everybody sees of calls and joint booths."""

from typing import Any

from litestar import Request, Response

from booths.calls import (
    additions,
    company_pages,
    desk_pages,
    dossier_pages,
    list_pages,
    listing,
    paying_pages,
    pot_pages,
    queries,
    shared_pages,
    showing,
)
from booths.fees import queries as fees
from booths.fees.showing import ways_said
from booths.plans import queries as plans
from booths.plans import versions
from booths.questions import queries as questions
from booths.questions.wording import deadlines
from events.fairs import queries as fairs
from server import clock
from server.accounts.permissions import Actor
from server.aid import queries as aid
from server.errors import NotFound
from server.organisations import queries as organisations
from server.web import get, needs, page, see_other

Asked = Request[Any, Any, Any]
Answer = Response[Any]


@get("/", needs("public.read"))
async def front(request: Asked) -> Answer:
    """Open calls and the next fairs."""
    return page(
        request,
        "public/home.html",
        calls=await queries.public_calls(),
        fairs=await fairs.coming(),
    )


@get("/calls", needs("public.read"))
async def open_calls(request: Asked) -> Answer:
    """Every call that is open or about to open."""
    return page(request, "calls/public_list.html", calls=await queries.public_calls(limit=100))


@get("/calls/{slug:str}", needs("public.read"))
async def show_call(request: Asked, actor: Actor, slug: str) -> Answer:
    """One call: what is offered, what it costs, what will be asked, until when."""
    call = await queries.public_call(slug)
    mine = None
    if actor.company_id is not None:
        mine = await queries.application_for(actor.company_id, call.id)
    today = clock.today(call.tz)
    prices = await fees.prices_on(call.price_list, today, call.price_list)
    terms = await aid.scheme_terms(call.scheme) if call.scheme else None
    form = [each for each in await questions.form(call.id) if each.questions]
    return page(
        request,
        "calls/public_show.html",
        call=call,
        agency=await organisations.agency(call.agency),
        prices=prices,
        ways=ways_said(prices),
        others=[
            {**each, "ways": ways_said(each["prices"])} for each in await listing.shown(call, today)
        ],
        sections=form,
        until=deadlines(form, call.tz),
        terms=terms,
        mine=mine,
        panels=await additions.panels(additions.Place.CALL_PUBLIC, actor, call),
        has_services=any(fee.kind == "service" for fee in prices.fees),
    )


@get("/fairs/{slug:str}/booths/{booth_id:int}", needs("public.read"))
async def show_booth(request: Asked, actor: Actor, slug: str, booth_id: int) -> Answer:
    """The plan, the exhibitors and the calls of a joint booth."""
    booth = await plans.public_booth(booth_id)
    if booth.fair_slug != slug:
        raise NotFound
    seen, stands, version = await versions.shown(booth)
    return page(
        request,
        "calls/booth.html",
        booth=seen,
        stands=stands,
        version=version,
        states=await showing.public_occupants(booth_id),
        exhibitors=await showing.exhibitors(booth_id),
        calls=await queries.calls_of_booth(booth_id),
        panels=await additions.panels(additions.Place.BOOTH_PUBLIC, actor, booth),
    )


@get("/applications/{application_id:int}", needs("account.own"))
async def either_side(actor: Actor, application_id: int) -> Answer:
    """An entry of a calendar is read by both sides; each goes on to its own page."""
    side = "desk" if actor.agency_id is not None else "my"
    return see_other(f"/{side}/applications/{application_id}")


HANDLERS = [
    front, open_calls, show_call, show_booth, either_side, *company_pages.HANDLERS,
    *desk_pages.HANDLERS, *dossier_pages.HANDLERS, *paying_pages.HANDLERS, *list_pages.HANDLERS,
    *pot_pages.HANDLERS, *shared_pages.HANDLERS,
]  # fmt: skip
