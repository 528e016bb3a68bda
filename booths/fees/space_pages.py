"""The agency's pages of ways to take space, and of new editions of a list that stands."""

from typing import Any

from litestar import Request, Response

from booths.fees import editions, queries, spaces
from booths.fees.forms import NothingForm
from booths.fees.showing import labels
from booths.fees.space import Space, SpaceBy
from booths.fees.space_forms import STEPS, EditionForm, SpaceForm
from server.accounts.permissions import Actor
from server.errors import NotFound
from server.money import to_decimal
from server.text import N_, gettext
from server.web import get, needs, page, post, submit

Asked = Request[Any, Any, Any]
Answer = Response[Any]
_LIST = "/desk/price-lists/{price_list_id:int}"
_ONE = _LIST + "/spaces/{space_key:int}"
BY = {
    SpaceBy.M2: (N_("Per m²"), N_("Each row prices the part of the area up to its end.")),
    SpaceBy.MODULE: (N_("Per module"), N_("Rows count modules: up to 1, up to 2 and so on.")),
    SpaceBy.PACKAGE: (
        N_("A package at one price"),
        N_("The first row is the package, further rows are for m² beyond it."),
    ),
    SpaceBy.STAND: (N_("One price for a stand"), N_("The row that the area falls in.")),
}


def _typed(found: Space | None, currency: str) -> dict[str, Any]:
    """A way as its form shows it."""
    if found is None:
        return {}
    given: dict[str, Any] = {
        "name": found.name,
        "by": found.by.value,
        "unit_m2": found.unit_m2,
        "minimum_m2": found.minimum_m2,
        "whole": found.whole,
        "cost": None if found.cost_minor is None else to_decimal(found.cost_minor, currency),
    }
    for n, step in zip(STEPS, found.steps, strict=False):
        given[f"up_to_{n}"] = step.up_to
        given[f"full_{n}"] = to_decimal(step.full_minor, currency)
        given[f"aided_{n}"] = "; ".join(str(to_decimal(one, currency)) for one in step.reduced)
    return given


async def _editor(
    request: Asked, actor: Actor, price_list_id: int, space_key: int | None
) -> Answer:
    found = await queries.price_list(actor, price_list_id)
    way = next((one for one in found.spaces if one.key == str(space_key)), None)
    if space_key is not None and way is None:
        raise NotFound()
    return page(
        request,
        "fees/space_form.html",
        found=found,
        way=way,
        given=_typed(way, found.currency),
        steps=STEPS,
        form=labels(SpaceForm),
        bys=[(by.value, gettext(name), gettext(hint)) for by, (name, hint) in BY.items()],
    )


@get(_LIST + "/spaces/new", needs("price_list.write"))
async def new_space(request: Asked, actor: Actor, price_list_id: int) -> Answer:
    """The form for one more way to take space."""
    return await _editor(request, actor, price_list_id, None)


@post(_LIST + "/spaces/new", needs("price_list.write"))
async def add_space(request: Asked, actor: Actor, price_list_id: int) -> Answer:
    """Add it."""
    return await submit(
        request,
        SpaceForm,
        act=lambda form: spaces.add_space(actor, form, price_list_id=price_list_id),
        to=f"/desk/price-lists/{price_list_id}#spaces",
        again=lambda: _editor(request, actor, price_list_id, None),
        said=N_("It is on the price list. Look at the worked example."),
    )


@get(_ONE, needs("price_list.write"))
async def edit_space(request: Asked, actor: Actor, price_list_id: int, space_key: int) -> Answer:
    """The form for a way that is there."""
    return await _editor(request, actor, price_list_id, space_key)


@post(_ONE, needs("price_list.write"))
async def change_space(request: Asked, actor: Actor, price_list_id: int, space_key: int) -> Answer:
    """Save it."""
    return await submit(
        request,
        SpaceForm,
        act=lambda form: spaces.change_space(
            actor, form, price_list_id=price_list_id, space_key=space_key
        ),
        to=f"/desk/price-lists/{price_list_id}#spaces",
        again=lambda: _editor(request, actor, price_list_id, space_key),
        said=N_("It is changed. Look at the worked example."),
    )


@post(_ONE + "/remove", needs("price_list.write"))
async def remove_space(request: Asked, actor: Actor, price_list_id: int, space_key: int) -> Answer:
    """Take it off the list."""
    return await submit(
        request,
        NothingForm,
        act=lambda _: spaces.remove_space(actor, price_list_id=price_list_id, space_key=space_key),
        to=f"/desk/price-lists/{price_list_id}#spaces",
        again=lambda: _editor(request, actor, price_list_id, space_key),
        said=N_("It is off the price list."),
    )


async def _edition(request: Asked, actor: Actor, price_list_id: int) -> Answer:
    return page(
        request,
        "fees/edition.html",
        found=await queries.price_list(actor, price_list_id),
        form=labels(EditionForm),
    )


@get(_LIST + "/edition", needs("price_list.write"))
async def edition_page(request: Asked, actor: Actor, price_list_id: int) -> Answer:
    """From when the new edition holds."""
    return await _edition(request, actor, price_list_id)


@post(_LIST + "/edition", needs("price_list.write"))
async def new_edition(request: Asked, actor: Actor, price_list_id: int) -> Answer:
    """Make the new edition and go on to it."""
    return await submit(
        request,
        EditionForm,
        act=lambda form: editions.new_edition(actor, form, price_list_id=price_list_id),
        to=lambda made: f"/desk/price-lists/{made}",
        again=lambda: _edition(request, actor, price_list_id),
        said=N_("This is the new edition. Change its prices, then put it in force."),
    )


@post(_LIST + "/in-force", needs("price_list.write"))
async def put_in_force(request: Asked, actor: Actor, price_list_id: int) -> Answer:
    """Fix the new edition."""
    return await submit(
        request,
        NothingForm,
        act=lambda _: editions.put_in_force(actor, price_list_id=price_list_id),
        to=f"/desk/price-lists/{price_list_id}",
        again=lambda: _edition(request, actor, price_list_id),
        said=N_("From its day on, applications pay these prices. What was sent keeps its own."),
    )


HANDLERS = [
    new_space, add_space, edit_space, change_space, remove_space, edition_page, new_edition,
    put_in_force,
]  # fmt: skip
