"""Pages of co-exhibitors and represented firms."""

from typing import Any

from litestar import Request, Response

from booths.calls import queries as calls
from booths.calls.rules import HOLDING, CallState
from booths.consortia import co_queries, naming, rules
from booths.consortia.co_forms import FirmForm, RuleForm
from booths.consortia.co_queries import FirmFilter
from server.accounts.permissions import Actor
from server.errors import NotFound, Refused
from server.money import to_decimal
from server.organisations.rules import countries
from server.text import N_, gettext, locale
from server.web import get, needs, page, post, see_other, submit
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
Answer = Response[Any]
_DESK = "/desk/calls/{call_id:int}/co-exhibitors"
_MINE = "/my/applications/{application_id:int}/co-exhibitors"


def _kinds() -> dict[str, tuple[str, str]]:
    return {
        str(kind): (gettext(words), gettext(hint))
        for kind, (words, hint) in rules.KIND_WORDS.items()
    }


async def _show_desk(request: Asked, actor: Actor, call_id: int) -> Answer:
    call = await calls.own_call(actor, call_id)
    rule = await co_queries.rule(call_id)
    found, following = await co_queries.firms(
        actor,
        query=FirmFilter(call=call_id),
        cursor=request.query_params.get("cursor", ""),
        limit=50,
    )
    return page(
        request,
        "consortia/co_desk.html",
        call=call,
        rule=rule,
        fees={
            kind: to_decimal(rule.fee(kind), call.currency) if rule else "" for kind in rules.Kind
        },
        fixed=call.state is not CallState.DRAFT and rule is not None,
        firms=found,
        following=following,
        kinds=_kinds(),
    )


@get(_DESK, needs("co_exhibitor.list"))
async def desk_page(request: Asked, actor: Actor, call_id: int) -> Answer:
    """What the call allows, and every firm that was named."""
    return await _show_desk(request, actor, call_id)


@post(_DESK, needs("co_exhibitor.write"))
async def allow(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Set it."""
    return await submit(
        request,
        RuleForm,
        act=lambda form: naming.allow(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}/co-exhibitors",
        said=N_("Saved."),
        again=lambda: _show_desk(request, actor, call_id),
    )


async def _show_mine(request: Asked, actor: Actor, application_id: int) -> Answer:
    found = await calls.own_dossier(actor, application_id)
    rule = await co_queries.rule(found.call.id)
    firms = await co_queries.firms_of(application_id)
    if rule is None or not (rule.kinds or firms):
        raise NotFound
    may = rule.open(found.call.tz) and (found.editable or found.row.state in HOLDING)
    return page(
        request,
        "consortia/co_mine.html",
        found=found,
        rule=rule,
        firms=firms,
        may=may and len(firms) < rule.most,
        later=found.row.state in HOLDING,
        kinds=_kinds(),
        countries=countries(locale()),
    )


@get(_MINE, needs("co_exhibitor.own"))
async def mine(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Who else is on the stand, and what it costs."""
    return await _show_mine(request, actor, application_id)


@post(_MINE, needs("co_exhibitor.name"))
async def name(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Name one more."""
    return await submit(
        request,
        FirmForm,
        act=lambda form: naming.name(actor, form, application_id=application_id),
        to=f"/my/applications/{application_id}/co-exhibitors",
        said=N_("The firm is on your list."),
        again=lambda: _show_mine(request, actor, application_id),
    )


@post(_MINE + "/{firm_id:int}/remove", needs("co_exhibitor.name"))
async def remove(request: Asked, actor: Actor, application_id: int, firm_id: int) -> Answer:
    """Take one off."""
    try:
        await naming.remove(actor, application_id=application_id, firm_id=firm_id)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, {}, refused)
        return await _show_mine(request, actor, application_id)
    return see_other(
        f"/my/applications/{application_id}/co-exhibitors", said=N_("The firm is taken off.")
    )


HANDLERS = [desk_page, allow, mine, name, remove]
