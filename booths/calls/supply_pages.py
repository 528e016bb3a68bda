"""The page about what the fee of a call buys."""

from typing import Any

from litestar import Request, Response

from booths.calls import queries, supplying
from booths.calls.rules import CallState
from server.accounts.permissions import Actor
from server.text import N_
from server.web import get, needs, page, post, submit

Asked = Request[Any, Any, Any]


async def _page(request: Asked, actor: Actor, call_id: int) -> Response[Any]:
    call = await queries.own_call(actor, call_id)
    return page(
        request, "calls/supply.html", call=call, supply=(await supplying.of(call_id)).value,
        draft=call.state is CallState.DRAFT,
    )  # fmt: skip


@get("/desk/calls/{call_id:int}/vat", needs("call.list"))
async def supply_page(request: Asked, actor: Actor, call_id: int) -> Response[Any]:
    """What the fee buys, and what VAT makes of it."""
    return await _page(request, actor, call_id)


@post("/desk/calls/{call_id:int}/vat", needs("call.write"))
async def keep_supply(request: Asked, actor: Actor, call_id: int) -> Response[Any]:
    """Say what the fee buys."""
    return await submit(
        request,
        supplying.SupplyForm,
        act=lambda form: supplying.set_supply(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}",
        said=N_("Quotes are taxed as you said."),
        again=lambda: _page(request, actor, call_id),
    )


HANDLERS = [supply_page, keep_supply]
