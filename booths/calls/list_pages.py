"""The agency's page of the price lists of a call."""

from typing import Any

from litestar import Request, Response

from booths.calls import listing, queries
from booths.calls.listing import ListsForm
from booths.fees import queries as fees
from booths.fees.showing import labels
from booths.fees.which import When
from server.accounts.permissions import Actor
from server.declarations.kinds import NAMES
from server.text import N_, gettext
from server.web import get, needs, page, post, submit

Asked = Request[Any, Any, Any]
Answer = Response[Any]
_PATH = "/desk/calls/{call_id:int}/price-lists"


async def _show(request: Asked, actor: Actor, call_id: int) -> Answer:
    call = await queries.own_call(actor, call_id)
    others = {each.when: each for each in await listing.others_of(call_id)}
    by_lack = others.get(When.UNDECLARED)
    lists = await fees.price_lists_of(call.booth)
    return page(
        request,
        "calls/price_lists.html",
        call=call,
        first=next((each for each in lists if each.id == call.price_list), None),
        lists=[
            (each.id, each.name)
            for each in lists
            if each.agency == actor.agency_id
            and each.id != call.price_list
            and each.currency == call.currency
        ],
        not_eligible=others.get(When.NOT_ELIGIBLE),
        undeclared=by_lack,
        form=labels(ListsForm),
        kinds=[(kind, gettext(name)) for kind, name in NAMES.items()],
    )


@get(_PATH, needs("call.list"))
async def lists_page(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Which list prices whom."""
    return await _show(request, actor, call_id)


@post(_PATH, needs("call.write"))
async def set_lists(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Save it."""
    return await submit(
        request,
        ListsForm,
        act=lambda form: listing.set_lists(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}",
        again=lambda: _show(request, actor, call_id),
        said=N_("The price lists of the call are saved."),
    )


HANDLERS = [lists_page, set_lists]
