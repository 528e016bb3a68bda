"""The agency's pages of price lists: prices, fees, services, and a worked example."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from msgspec import Meta

from booths.fees import actions, examples, queries, space_pages
from booths.fees.forms import CopyForm, FeeForm, NothingForm, PriceListForm
from booths.fees.pricing import Choice, FeeKind, FeeUnit
from booths.fees.queries import FeeRow, PriceListRow
from booths.fees.rules import Quote
from booths.fees.showing import labels, ways_said
from booths.plans.rules import KIND_NAMES, StandKind
from server import clock
from server.accounts.permissions import Actor
from server.aid import queries as aid
from server.aid.rules import COST_NAMES
from server.billing.vat import SUPPLY_NAMES
from server.errors import Refused
from server.money import to_decimal
from server.text import N_, gettext
from server.web import get, needs, page, post, submit
from server.web.forms import Form, parse
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
Answer = Response[Any]

KINDS = {
    FeeKind.MANDATORY: (N_("Mandatory fee"), N_("Part of every participation.")),
    FeeKind.SERVICE: (N_("Service"), N_("A company may order it.")),
}
UNITS = {
    FeeUnit.PARTICIPATION: N_("per participation"),
    FeeUnit.M2: N_("per m² of the stand"),
    FeeUnit.PIECE: N_("per piece"),
}


class ExampleForm(Form, kw_only=True, frozen=True):
    """One participation to try the prices on."""

    area: Annotated[Decimal, Meta(gt=0, le=10_000, title=N_("Area in m²"))] = Decimal(12)
    stand: Annotated[StandKind, Meta(title=N_("Kind of stand"))] = StandKind.CORNER
    scheme: Annotated[int | None, Meta(title=N_("Scheme"))] = None
    space: Annotated[str, Meta(title=N_("How the space is taken"), max_length=9)] = ""
    participation: Annotated[
        int, Meta(ge=1, le=99, title=N_("Which supported participation it is"))
    ] = 1
    sent_on: Annotated[date | None, Meta(title=N_("Sent on"))] = None
    service: Annotated[list[int], Meta(title=N_("Services, one each"))] = msgspec.field(
        default_factory=list
    )


def _typed(found: PriceListRow | None) -> dict[str, Any]:
    """A price list as its form shows it."""
    if found is None:
        return {}

    def amount(minor: int) -> Decimal:
        return to_decimal(minor, found.currency)

    reduced = found.per_m2_minor != found.full_per_m2_minor
    return {
        "booth": found.booth,
        "name": found.name,
        "currency": found.currency,
        "full_per_m2": amount(found.full_per_m2_minor),
        "per_m2": amount(found.per_m2_minor) if reduced else None,
        "minimum_m2": found.minimum_m2,
        "corner": amount(found.corner_minor),
        "head": amount(found.head_minor),
        "island": amount(found.island_minor),
        "side": amount(found.side_minor),
        "sides_most": found.sides_most,
        "early_until": found.early_until,
        "early_percent": Decimal(found.early_bp) / 100,
        "early_off": amount(found.early_minor),
        "late_from": found.late_from,
        "late_percent": Decimal(found.late_bp) / 100,
        "late_more": amount(found.late_minor),
        "valid_from": found.valid_from,
    }


@get("/desk/price-lists", needs("price_list.list"))
async def list_price_lists(request: Asked, actor: Actor) -> Answer:
    """Every price list of the agency."""
    found, following = await queries.price_lists(
        actor, cursor=request.query_params.get("cursor", ""), limit=50
    )
    return page(
        request,
        "fees/lists.html",
        lists=found,
        following=following,
        booths=await queries.booths(actor),
    )


async def _editor(request: Asked, actor: Actor, found: PriceListRow | None) -> Answer:
    return page(
        request,
        "fees/list_form.html",
        found=found,
        given=_typed(found) or {"booth": request.query_params.get("booth", "")},
        form=labels(PriceListForm),
        booths=await queries.booths(actor),
    )


@get("/desk/price-lists/new", needs("price_list.write"))
async def new_price_list(request: Asked, actor: Actor) -> Answer:
    """The form for a new price list."""
    return await _editor(request, actor, None)


@post("/desk/price-lists/new", needs("price_list.write"))
async def create_price_list(request: Asked, actor: Actor) -> Answer:
    """Make the price list and go on to its fees."""
    return await submit(
        request,
        PriceListForm,
        act=lambda form: actions.create_price_list(actor, form),
        to=lambda made: f"/desk/price-lists/{made}",
        again=lambda: _editor(request, actor, None),
        said=N_("The price list is saved. Now add fees and services."),
    )


@get("/desk/price-lists/{price_list_id:int}", needs("price_list.list"))
async def show_price_list(request: Asked, actor: Actor, price_list_id: int) -> Answer:
    """The prices, the fees and services, and a worked example from the query."""
    found = await queries.price_list(actor, price_list_id)
    asked: dict[str, object] = {
        name: request.query_params.getall(name) if name == "service" else raw
        for name, raw in request.query_params.items()
        if name in ExampleForm.__struct_fields__
    }
    example: Quote | None = None
    table: list[examples.ExampleRow] = []
    try:
        wanted = parse(ExampleForm, asked)
        example = await examples.example(
            actor,
            price_list_id,
            Choice(
                wanted.area, wanted.stand, dict.fromkeys(wanted.service, 1), space=wanted.space,
                participation=wanted.participation, sent_on=wanted.sent_on,
            ),
            wanted.scheme,
        )  # fmt: skip
        table = await examples.example_table(
            actor,
            price_list_id,
            Choice(
                wanted.area, space=wanted.space, participation=wanted.participation,
                sent_on=wanted.sent_on,
            ),
            wanted.scheme,
        )  # fmt: skip
    except Refused as refused:
        if refused.status != 422:
            raise
        show_again(request, asked, refused)
    return page(
        request,
        "fees/list.html",
        found=found,
        fees=await queries.fees(price_list_id),
        units={unit.value: gettext(name) for unit, name in UNITS.items()},
        supplies=SUPPLY_NAMES,
        schemes=[one for one in await aid.schemes(actor) if one.currency == found.currency]
        if actor.may("scheme.list")
        else [],
        stands=[(kind.value, gettext(KIND_NAMES[kind])) for kind in StandKind],
        form=labels(ExampleForm),
        asked=asked,
        example=example,
        table=table,
        ways=ways_said(await queries.prices(price_list_id)),
    )


@get("/desk/price-lists/{price_list_id:int}/edit", needs("price_list.write"))
async def edit_price_list(request: Asked, actor: Actor, price_list_id: int) -> Answer:
    """The form for a price list that is there."""
    return await _editor(request, actor, await queries.price_list(actor, price_list_id))


@post("/desk/price-lists/{price_list_id:int}/edit", needs("price_list.write"))
async def change_price_list(request: Asked, actor: Actor, price_list_id: int) -> Answer:
    """Save the prices."""
    return await submit(
        request,
        PriceListForm,
        act=lambda form: actions.change_price_list(actor, form, price_list_id=price_list_id),
        to=f"/desk/price-lists/{price_list_id}",
        again=lambda: edit_price_list.fn(request, actor, price_list_id),
        said=N_("The price list is changed."),
    )


@get("/desk/price-lists/{price_list_id:int}/copy", needs("price_list.write"))
async def new_copy(request: Asked, actor: Actor, price_list_id: int) -> Answer:
    """Where the copy goes and what it is called."""
    return page(
        request,
        "fees/copy.html",
        found=await queries.price_list(actor, price_list_id),
        form=labels(CopyForm),
        booths=await queries.booths(actor),
    )


@post("/desk/price-lists/{price_list_id:int}/copy", needs("price_list.write"))
async def copy_price_list(request: Asked, actor: Actor, price_list_id: int) -> Answer:
    """Make the copy and go on to it."""
    return await submit(
        request,
        CopyForm,
        act=lambda form: actions.copy_price_list(actor, form, price_list_id=price_list_id),
        to=lambda made: f"/desk/price-lists/{made}",
        again=lambda: new_copy.fn(request, actor, price_list_id),
        said=N_("This is the copy. Change what you like."),
    )


async def _fee_editor(
    request: Asked, actor: Actor, price_list_id: int, fee: FeeRow | None
) -> Answer:
    found = await queries.price_list(actor, price_list_id)
    return page(
        request,
        "fees/fee_form.html",
        found=found,
        fee=fee,
        price=to_decimal(fee.amount_minor, found.currency) if fee else "",
        reduced=to_decimal(fee.reduced_minor, found.currency)
        if fee and fee.reduced_minor is not None
        else None,
        ends=clock.local(fee.ends_at, found.tz) if fee and fee.ends_at else None,
        form=labels(FeeForm),
        kinds=[(kind.value, gettext(name), gettext(hint)) for kind, (name, hint) in KINDS.items()],
        units=[(unit.value, gettext(name)) for unit, name in UNITS.items()],
        costs=[(kind.value, gettext(name)) for kind, name in COST_NAMES.items()],
        supplies=[(supply, gettext(name)) for supply, name in SUPPLY_NAMES.items()],
    )


@get("/desk/price-lists/{price_list_id:int}/fees/new", needs("price_list.write"))
async def new_fee(request: Asked, actor: Actor, price_list_id: int) -> Answer:
    """The form for one more fee or service."""
    return await _fee_editor(request, actor, price_list_id, None)


@post("/desk/price-lists/{price_list_id:int}/fees/new", needs("price_list.write"))
async def add_fee(request: Asked, actor: Actor, price_list_id: int) -> Answer:
    """Add it."""
    return await submit(
        request,
        FeeForm,
        act=lambda form: actions.add_fee(actor, form, price_list_id=price_list_id),
        to=f"/desk/price-lists/{price_list_id}#fees",
        again=lambda: new_fee.fn(request, actor, price_list_id),
        said=N_("It is on the price list."),
    )


@get("/desk/price-lists/{price_list_id:int}/fees/{fee_id:int}", needs("price_list.write"))
async def edit_fee(request: Asked, actor: Actor, price_list_id: int, fee_id: int) -> Answer:
    """The form for a fee or service that is there."""
    fee = await queries.fee(actor, price_list_id, fee_id)
    return await _fee_editor(request, actor, price_list_id, fee)


@post("/desk/price-lists/{price_list_id:int}/fees/{fee_id:int}", needs("price_list.write"))
async def change_fee(request: Asked, actor: Actor, price_list_id: int, fee_id: int) -> Answer:
    """Save it."""
    return await submit(
        request,
        FeeForm,
        act=lambda form: actions.change_fee(
            actor, form, price_list_id=price_list_id, fee_id=fee_id
        ),
        to=f"/desk/price-lists/{price_list_id}#fees",
        again=lambda: edit_fee.fn(request, actor, price_list_id, fee_id),
        said=N_("It is changed."),
    )


@post("/desk/price-lists/{price_list_id:int}/fees/{fee_id:int}/remove", needs("price_list.write"))
async def remove_fee(request: Asked, actor: Actor, price_list_id: int, fee_id: int) -> Answer:
    """Take it off the list."""
    return await submit(
        request,
        NothingForm,
        act=lambda _: actions.remove_fee(actor, price_list_id=price_list_id, fee_id=fee_id),
        to=f"/desk/price-lists/{price_list_id}#fees",
        again=lambda: show_price_list.fn(request, actor, price_list_id),
        said=N_("It is off the price list."),
    )


HANDLERS = [
    list_price_lists,
    new_price_list,
    create_price_list,
    show_price_list,
    edit_price_list,
    change_price_list,
    new_copy,
    copy_price_list,
    new_fee,
    add_fee,
    edit_fee,
    change_fee,
    remove_fee,
    *space_pages.HANDLERS,
]
