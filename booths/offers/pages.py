"""The waiting list for staff, and the offer for the company that is asked."""

from typing import Any

from litestar import Request, Response

from booths.calls import queries as calls
from booths.calls.deciding import choice_for
from booths.calls.queries import own_dossier
from booths.calls.quoting import quoted
from booths.calls.showing import free_stands
from booths.offers import (
    actions,
    answering,
    choose_pages,
    gate_pages,
    place_pages,
    queries,
    rules,
    ruling,
    stand_pages,
)
from booths.offers.forms import (
    AcceptForm,
    DeclineForm,
    GapForm,
    HandOfferForm,
    SkipForm,
    UnskipForm,
    WaitingForm,
    WhyForm,
)
from booths.offers.rules import MISFIT_WORDS, OFFER_NAMES, REASON_NAMES, RULE_NAMES, RULE_WORDS
from booths.plans import queries as plans
from booths.plans.rules import KIND_NAMES
from server import clock
from server.accounts.permissions import Actor
from server.errors import NotFound
from server.text import N_, gettext
from server.web import get, needs, page, post, submit

Asked = Request[Any, Any, Any]
Answer = Response[Any]
LIST = "/desk/calls/{call_id:int}/waiting-list"


def _said(words: Any) -> dict[str, str]:
    """A table of words in the reader's language."""
    return {str(key): gettext(text) for key, text in words.items()}


async def _show_list(request: Asked, actor: Actor, call_id: int) -> Answer:
    call = await calls.own_call(actor, call_id)
    setting = await queries.waiting_rule(call_id)
    chains = await queries.chains(actor, call_id=call_id)
    listed, following = await queries.listed(
        actor, call_id=call_id, cursor=request.query_params.get("cursor", "")
    )
    up = {each.gap.stand for each in chains if each.gap.closed_at is None}
    return page(
        request,
        "offers/waiting_list.html",
        call=call,
        setting=setting,
        chains=chains,
        listed=listed,
        following=f"?cursor={following}" if following else "",
        free=[each for each in await free_stands(call.booth) if each.id not in up],
        running=rules.may_offer(call.state, queries.fair_starts(call), clock.now()),
        fits=queries.fits,
        kinds=_said(KIND_NAMES),
        rule_names=_said(RULE_NAMES),
        rule_words=_said(RULE_WORDS),
        reasons=_said(REASON_NAMES),
        offer_names=_said(OFFER_NAMES),
        misfits=_said(MISFIT_WORDS),
    )


@get(LIST, needs("offer.list"))
async def show_list(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Free stands with everybody who was asked about them, and the list."""
    return await _show_list(request, actor, call_id)


async def _show_setting(request: Asked, actor: Actor, call_id: int) -> Answer:
    return page(
        request,
        "offers/setting.html",
        call=await calls.own_call(actor, call_id),
        setting=await queries.waiting_rule(call_id),
        rule_names=_said(RULE_NAMES),
        rule_words=_said(RULE_WORDS),
    )


@get(LIST + "/setting", needs("offer.write"))
async def setting_page(request: Asked, actor: Actor, call_id: int) -> Answer:
    """How free stands go down the list."""
    return await _show_setting(request, actor, call_id)


@post(LIST + "/setting", needs("offer.write"))
async def change_setting(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Save it."""
    return await submit(
        request,
        WaitingForm,
        act=lambda form: ruling.set_waiting_rule(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}/waiting-list",
        said=N_("The rule is saved. Companies read it on the page of the call."),
        again=lambda: _show_setting(request, actor, call_id),
    )


@post(LIST + "/gaps", needs("offer.write"))
async def put_up(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Put a free stand up for the list."""
    return await submit(
        request,
        GapForm,
        act=lambda form: actions.put_up(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}/waiting-list",
        said=N_("The stand goes down the waiting list now."),
        again=lambda: _show_list(request, actor, call_id),
    )


@post(LIST + "/gaps/{gap_id:int}/close", needs("offer.write"))
async def close_gap(request: Asked, actor: Actor, call_id: int, gap_id: int) -> Answer:
    """Keep a free stand back."""
    return await submit(
        request,
        WhyForm,
        act=lambda form: actions.close_gap(actor, form, call_id=call_id, gap_id=gap_id),
        to=f"/desk/calls/{call_id}/waiting-list",
        said=N_("Nobody further is asked about this stand."),
        again=lambda: _show_list(request, actor, call_id),
    )


@post(LIST + "/offers", needs("offer.write"))
async def offer_by_hand(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Ask a certain company."""
    return await submit(
        request,
        HandOfferForm,
        act=lambda form: actions.offer_by_hand(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}/waiting-list",
        said=N_("The stand is kept for the company, and it has a mail."),
        again=lambda: _show_list(request, actor, call_id),
    )


@post(LIST + "/skips", needs("offer.write"))
async def skip(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Pass somebody over."""
    return await submit(
        request,
        SkipForm,
        act=lambda form: ruling.skip(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}/waiting-list",
        said=N_("The company is passed over until you ask it again."),
        again=lambda: _show_list(request, actor, call_id),
    )


@post(LIST + "/skips/end", needs("offer.write"))
async def unskip(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Ask somebody again."""
    return await submit(
        request,
        UnskipForm,
        act=lambda form: ruling.unskip(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}/waiting-list",
        said=N_("The company is asked again when it is its turn."),
        again=lambda: _show_list(request, actor, call_id),
    )


async def _show_offer(request: Asked, actor: Actor, offer_id: int) -> Answer:
    found = await queries.own_offer(actor, offer_id)
    return page(
        request,
        "offers/take_back.html",
        offer=found,
        call=await calls.own_call(actor, found.call),
        kinds=_said(KIND_NAMES),
        offer_names=_said(OFFER_NAMES),
    )


@get("/desk/offers/{offer_id:int}", needs("offer.list"))
async def show_offer(request: Asked, actor: Actor, offer_id: int) -> Answer:
    """One offer; an open one may be taken back here."""
    return await _show_offer(request, actor, offer_id)


@post("/desk/offers/{offer_id:int}", needs("offer.write"))
async def take_back(request: Asked, actor: Actor, offer_id: int) -> Answer:
    """Take it back."""
    return await submit(
        request,
        WhyForm,
        act=lambda form: actions.take_back(actor, form, offer_id=offer_id),
        to=lambda call_id: f"/desk/calls/{call_id}/waiting-list",
        said=N_("The offer is taken back, and the company has a mail."),
        again=lambda: _show_offer(request, actor, offer_id),
    )


async def _show_answer(request: Asked, actor: Actor, application_id: int) -> Answer:
    found = await own_dossier(actor, application_id)
    offer = await queries.last_offer(application_id)
    if offer is None:
        raise NotFound
    price, gone, stand, booth = None, list[str](), None, None
    answerable = offer.state is rules.OfferState.OPEN and offer.until > clock.now()
    if answerable:
        stand = await plans.stand(offer.stand)
        booth = await plans.booth(stand.booth)
        sent = await queries.as_sent(found)
        choice, gone = await choice_for(sent, stand)
        price = await quoted(found.call, found.row.company, choice)
    return page(
        request,
        "offers/answer.html",
        found=found,
        offer=offer,
        answerable=answerable,
        quote=price,
        gone=gone,
        stand=stand,
        booth=booth,
        kinds=_said(KIND_NAMES),
        offer_names=_said(OFFER_NAMES),
    )


@get("/my/applications/{application_id:int}/offer", needs("offer.answer"))
async def offer_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """The stand, its price, until when it is kept; yes or no."""
    return await _show_answer(request, actor, application_id)


@post("/my/applications/{application_id:int}/offer", needs("offer.answer"))
async def accept(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Yes."""
    return await submit(
        request,
        AcceptForm,
        act=lambda form: answering.accept(actor, form, application_id=application_id),
        to=f"/my/applications/{application_id}",
        said=N_("The stand is yours. The letters and the invoice are on their way."),
        again=lambda: _show_answer(request, actor, application_id),
    )


@post("/my/applications/{application_id:int}/offer/decline", needs("offer.answer"))
async def decline(request: Asked, actor: Actor, application_id: int) -> Answer:
    """No."""
    return await submit(
        request,
        DeclineForm,
        act=lambda form: answering.decline(actor, form, application_id=application_id),
        to=f"/my/applications/{application_id}",
        said=N_("You have declined this stand."),
        again=lambda: _show_answer(request, actor, application_id),
    )


@get("/my/applications/{application_id:int}/offer/decline", needs("offer.answer"))
async def decline_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """The same page: somebody came back to the address of the form."""
    return await _show_answer(request, actor, application_id)


HANDLERS = [
    show_list, setting_page, change_setting, put_up, close_gap, offer_by_hand, skip, unskip,
    show_offer, take_back, offer_page, accept, decline, decline_page, *gate_pages.HANDLERS,
    *stand_pages.HANDLERS, *place_pages.HANDLERS, *choose_pages.HANDLERS,
]  # fmt: skip
