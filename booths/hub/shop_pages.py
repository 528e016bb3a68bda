"""What an agency sees of the services shop: its terms, the orders, what the stand builder needs."""

import csv
import io
from typing import Any

from litestar import Request, Response

from booths.calls import queries as calls
from booths.fees.pages import UNITS
from booths.hub import orders, shop
from booths.hub.forms import TermsForm
from booths.hub.orders import Needed
from server.accounts.permissions import Actor
from server.errors import NotFound
from server.text import N_, gettext
from server.web import get, needs, page, post, submit
from server.web.forms import fields

Asked = Request[Any, Any, Any]
Answer = Response[Any]


async def _show_terms(request: Asked, actor: Actor, call_id: int) -> Answer:
    return page(
        request,
        "hub/desk_shop.html",
        call=await calls.own_call(actor, call_id),
        services=await shop.own_terms(actor, call_id),
        sums=await orders.sums(actor, call_id),
        units={unit.value: gettext(name) for unit, name in UNITS.items()},
    )


@get("/desk/calls/{call_id:int}/shop", needs("hub.read"))
async def show_terms(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Services, when they can be ordered, and what was ordered."""
    return await _show_terms(request, actor, call_id)


async def _edit_terms(request: Asked, actor: Actor, call_id: int, fee_id: int) -> Answer:
    for each in await shop.own_terms(actor, call_id):
        if each.fee.id == fee_id:
            return page(
                request,
                "hub/terms_form.html",
                call=await calls.own_call(actor, call_id),
                service=each,
                form={
                    one.name: {"label": gettext(one.label), "hint": gettext(one.hint)}
                    for one in fields(TermsForm)
                },
            )
    raise NotFound


@get("/desk/calls/{call_id:int}/shop/{fee_id:int}", needs("hub.manage"))
async def edit_terms(request: Asked, actor: Actor, call_id: int, fee_id: int) -> Answer:
    """The days of one service."""
    return await _edit_terms(request, actor, call_id, fee_id)


@post("/desk/calls/{call_id:int}/shop/{fee_id:int}", needs("hub.manage"))
async def set_terms(request: Asked, actor: Actor, call_id: int, fee_id: int) -> Answer:
    """Save them."""
    return await submit(
        request,
        TermsForm,
        act=lambda form: shop.set_terms(actor, form, call_id=call_id, fee_id=fee_id),
        to=f"/desk/calls/{call_id}/shop",
        said=N_("The service is set."),
        again=lambda: _edit_terms(request, actor, call_id, fee_id),
    )


@get("/desk/calls/{call_id:int}/orders", needs("hub.read"))
async def list_orders(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Every order, the newest first."""
    found, following = await orders.orders_of_call(
        actor, call_id=call_id, cursor=request.query_params.get("cursor", "")
    )
    return page(
        request,
        "hub/orders.html",
        call=await calls.own_call(actor, call_id),
        orders=found,
        following=f"?cursor={following}" if following else "",
    )


@get("/desk/calls/{call_id:int}/orders.csv", needs("hub.read"))
async def orders_csv(actor: Actor, call_id: int) -> Response[bytes]:
    """What each stand needs, for the stand builder."""
    return Response(
        _csv(await orders.needed(actor, call_id)),
        media_type="text/csv",
        headers={"content-disposition": f'attachment; filename="orders-{call_id}.csv"'},
    )


def _csv(found: list[Needed]) -> bytes:
    """UTF-8 with a byte order mark; no cell that a spreadsheet takes for a formula."""
    file = io.StringIO()
    writer = csv.writer(file)
    head = (N_("Stand"), N_("Exhibitor"), N_("Service"), N_("Unit"), N_("Pieces"))
    writer.writerow([gettext(title) for title in head])
    for each in found:
        texts = (each.stand, each.company, each.name, each.unit)
        plain = [f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text for text in texts]
        writer.writerow([*plain, each.pieces])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


HANDLERS = [show_terms, edit_terms, set_terms, list_orders, orders_csv]
