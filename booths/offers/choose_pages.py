"""Choosing a stand oneself: the setting for staff, the plan and the hold for companies."""

from datetime import datetime
from typing import Any

from litestar import Request, Response

from booths.calls import additions
from booths.calls import queries as calls
from booths.calls.deciding import choice_for
from booths.calls.queries import own_dossier
from booths.calls.quoting import quoted
from booths.calls.rules import State
from booths.calls.showing import free_stands, public_occupants
from booths.offers import choosing, queries, standing
from booths.offers.forms import AcceptForm, ChooseForm, ChoosingForm, NothingForm
from booths.offers.rules import BEST_WORDS
from booths.plans import queries as plans
from booths.plans.rules import KIND_NAMES
from server import clock
from server.accounts.permissions import Actor
from server.errors import NotFound
from server.text import N_, gettext
from server.web import get, needs, page, post, submit

Asked = Request[Any, Any, Any]
Answer = Response[Any]
SETTING = "/desk/calls/{call_id:int}/choosing"
MINE = "/my/applications/{application_id:int}/choose"


async def _show_setting(request: Asked, actor: Actor, call_id: int) -> Answer:
    call = await calls.own_call(actor, call_id)
    found = await choosing.choosing(call_id)
    states = await calls.state_counts(actor, call_id)
    return page(
        request,
        "offers/choosing.html",
        call=call,
        choosing=found,
        until=clock.local(found.until, call.tz) if found else None,
        eligible=states.get(State.ELIGIBLE, 0),
    )


@get(SETTING, needs("offer.write"))
async def setting_page(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Until when companies choose."""
    return await _show_setting(request, actor, call_id)


@post(SETTING, needs("offer.write"))
async def change_setting(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Save it, and write to the companies."""
    return await submit(
        request,
        ChoosingForm,
        act=lambda form: choosing.set_choosing(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}",
        said=N_("Saved. Eligible companies have a mail with the link."),
        again=lambda: _show_setting(request, actor, call_id),
    )


async def _show_choose(request: Asked, actor: Actor, application_id: int) -> Answer:
    found = await own_dossier(actor, application_id)
    setting = await choosing.choosing(found.call.id)
    if setting is None:
        raise NotFound
    joint = found.row.id in await additions.together(found.call.id)
    open_now = setting.running and found.row.state is State.ELIGIBLE and not joint
    kept = await standing.kept(application_id)
    mine = None
    if open_now and kept is not None and kept.until is not None and kept.purpose == "choice":
        mine = kept if kept.until > clock.now() else None
    booth = await plans.booth(found.call.booth)
    stands = await plans.stands(booth.id)
    wanted = request.query_params.get("stand", "")
    price, gone, chosen = None, list[str](), None
    free: list[plans.StandRow] = []
    paused: list[tuple[str, datetime]] = []
    if mine is not None:
        chosen = await plans.stand(mine.stand)
        choice, gone = await choice_for(await queries.as_sent(found), chosen)
        price = await quoted(found.call, found.row.company, choice)
    elif open_now:
        rule = await queries.waiting_rule(found.call.id)
        others = await choosing.left_to_others(application_id, setting)
        fitting = choosing.fitting(await free_stands(booth.id), found, rule)
        free = [each for each in fitting if each.id not in others]
        paused = [(each.label, others[each.id]) for each in fitting if each.id in others]
    return page(
        request,
        "offers/choose.html",
        found=found,
        choosing=setting,
        open_now=open_now,
        mine=mine,
        over=kept if open_now and kept is not None and mine is None else None,
        booth=booth,
        stands=stands,
        states=await public_occupants(booth.id),
        free=free,
        paused=paused,
        chosen=chosen,
        quote=price,
        gone=gone,
        wanted=wanted if wanted in {str(each.id) for each in free} else "",
        misfit=wanted.isdecimal() and wanted not in {str(each.id) for each in free},
        best=gettext(BEST_WORDS),
        kinds={kind.value: gettext(name) for kind, name in KIND_NAMES.items()},
    )


@get(MINE, needs("offer.answer"))
async def choose_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """The plan with free stands that fit; or the stand that is kept, its price, its time."""
    return await _show_choose(request, actor, application_id)


@post(MINE, needs("offer.answer"))
async def choose(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Keep a stand."""
    return await submit(
        request,
        ChooseForm,
        act=lambda form: choosing.choose(actor, form, application_id=application_id),
        to=f"/my/applications/{application_id}/choose",
        again=lambda: _show_choose(request, actor, application_id),
    )


@post(MINE + "/extension", needs("offer.answer"))
async def extend(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Once as long again."""
    return await submit(
        request,
        NothingForm,
        act=lambda form: choosing.extend(actor, form, application_id=application_id),
        to=f"/my/applications/{application_id}/choose",
        said=N_("The stand is kept longer."),
        again=lambda: _show_choose(request, actor, application_id),
    )


@post(MINE + "/return", needs("offer.answer"))
async def leave(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Another stand instead."""
    return await submit(
        request,
        NothingForm,
        act=lambda form: choosing.leave(actor, form, application_id=application_id),
        to=f"/my/applications/{application_id}/choose",
        again=lambda: _show_choose(request, actor, application_id),
    )


@post(MINE + "/contract", needs("offer.answer"))
async def settle(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Take it."""
    return await submit(
        request,
        AcceptForm,
        act=lambda form: choosing.settle(actor, form, application_id=application_id),
        to=f"/my/applications/{application_id}",
        said=N_("The stand is yours. The letters and the invoice are on their way."),
        again=lambda: _show_choose(request, actor, application_id),
    )


HANDLERS = [setting_page, change_setting, choose_page, choose, extend, leave, settle]
