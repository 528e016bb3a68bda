"""What an exhibitor sees after admission: its tasks one by one, and the shop."""

from typing import Any

from litestar import Request, Response

from booths.calls import moving_in
from booths.calls import queries as calls
from booths.hub import answers, catalogue, ordering, printing, prints, queries, shop
from booths.hub.forms import OrderForm, PressForm
from booths.hub.orders import orders
from booths.hub.queries import Hub, Item
from booths.hub.rules import (
    PRINTED,
    SECOND,
    STATE_NAMES,
    TONES,
    Kind,
    badge_names,
    badges_to_pay,
    code_of,
)
from server import clock
from server.accounts.permissions import Actor
from server.documents.rules import disposition
from server.errors import Invalid, NotFound, Refused
from server.organisations import queries as organisations
from server.text import N_, gettext
from server.web import get, needs, page, post, see_other, submit, typed_values
from server.web.forms import parse
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
Answer = Response[Any]
SAVED = {
    Kind.CATALOGUE: N_("Your entry is saved. This is how visitors see it."),
    Kind.LOGO: N_("The file can be printed. It is saved."),
    Kind.GRAPHICS: N_("The file can be printed. It is saved."),
    Kind.BADGES: N_("The names are saved."),
}
SAFE = {
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
}


def words() -> dict[str, dict[str, str]]:
    """The states of tasks for templates: words and tones."""
    return {
        state.value: {"words": gettext(STATE_NAMES[state]), "tone": TONES[state]}
        for state in STATE_NAMES
    }


@get("/my/applications/{application_id:int}/hub", needs("hub.own"))
async def show_hub(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Everything there is to do before the fair."""
    hub = await queries.own_hub(actor, application_id)
    stand = await moving_in.of_application(application_id)
    return page(
        request,
        "hub/own.html",
        hub=hub,
        stand=stand if stand and stand.blocks else None,
        papers=await moving_in.to_pay(application_id) if stand and not stand.may else [],
        words=words(),
        orders=await orders(application_id),
        code=code_of(application_id),
        listed=await _listed(hub),
    )


async def _listed(hub: Hub) -> bool:
    """Whether the exhibitor is in the public catalogue."""
    try:
        await catalogue.entry(hub.found.call.fair_slug, code_of(hub.found.row.id))
    except NotFound:
        return False
    return True


async def _show_task(request: Asked, actor: Actor, application_id: int, task_id: int) -> Answer:
    hub = await queries.own_hub(actor, application_id)
    item = hub.item(task_id)
    return page(
        request,
        f"hub/task_{'file' if item.task.kind in PRINTED else item.task.kind.value}.html",
        hub=hub,
        item=item,
        words=words(),
        **await _about(request, hub, item),
    )


async def _about(request: Asked, hub: Hub, item: Item) -> dict[str, Any]:
    """What the page of one kind of task needs beside the task."""
    task = item.task
    if task.kind is Kind.CATALOGUE:
        return {"given": await _entry(hub), "code": code_of(hub.found.row.id)}
    if task.kind in PRINTED:
        limits = task.limits
        wide, high = (side + 2 * limits.bleed_mm for side in (limits.width_mm, limits.height_mm))
        return {
            "names": [prints.NAMES[each] for each in limits.formats],
            "accept": ",".join(prints.MEDIA[each] for each in limits.formats),
            "pixels": (prints.pixels(wide, limits.dpi), prints.pixels(high, limits.dpi)),
            "size": (wide, high),
        }
    if task.kind is Kind.BADGES:
        typed = request.scope["state"].get("typed", {}).get("names")
        kept = item.answer.content.get("names", "") if item.answer else ""
        names = badge_names(str(typed if typed is not None else kept))
        free = queries.badge_allowance(hub, task)
        bought = await ordering.badges_bought(hub.found.row.id)
        more = badges_to_pay(len(names), free, bought)
        price = None
        if more and task.limits.badge_minor:
            price = await shop.badge_basket(hub, task, more)
        return {"free": free, "bought": bought, "more": more, "price": price}
    return {}


async def _entry(hub: Hub) -> dict[str, Any]:
    """The entry as it is, or what the profile and the application know already."""
    found = await catalogue.own_entry(hub.found.row.id)
    if found is not None:
        return {**found, "languages": ", ".join(found["languages"])}
    company = await organisations.company(hub.found.row.company)
    said = hub.found.draft.get("goals", {}).get("catalogue", "")
    return {
        "headline": "",
        "text": said or company.description,
        "products": company.products,
        "contact_name": "",
        "contact_email": "",
        "contact_phone": "",
        "website": company.website,
        "languages": "",
    }


@get("/my/applications/{application_id:int}/hub/{task_id:int}", needs("hub.own"))
async def show_task(request: Asked, actor: Actor, application_id: int, task_id: int) -> Answer:
    """One task."""
    return await _show_task(request, actor, application_id, task_id)


@post("/my/applications/{application_id:int}/hub/{task_id:int}", needs("hub.answer"))
async def do_task(request: Asked, actor: Actor, application_id: int, task_id: int) -> Answer:
    """Do it."""
    hub = await queries.own_hub(actor, application_id)
    kind = hub.item(task_id).task.kind
    base = f"/my/applications/{application_id}/hub"
    return await submit(
        request,
        answers.FORMS[kind],
        act=lambda form: answers.answer(
            actor, form, application_id=application_id, task_id=task_id
        ),
        to=f"{base}/preview" if kind is Kind.CATALOGUE else base,
        said=SAVED.get(kind, N_("Saved. The task is done.")),
        again=lambda: _show_task(request, actor, application_id, task_id),
    )


@get("/my/applications/{application_id:int}/hub/preview", needs("hub.own"))
async def preview(request: Asked, actor: Actor, application_id: int) -> Answer:
    """The entry as visitors see it."""
    hub = await queries.own_hub(actor, application_id)
    return page(
        request,
        "hub/preview.html",
        hub=hub,
        entry=await catalogue.previewed(hub),
        listed=await _listed(hub),
    )


@get("/my/applications/{application_id:int}/hub/sign.pdf", needs("hub.own"))
async def sign(actor: Actor, application_id: int) -> Response[bytes]:
    """A sheet for the stand with the exhibitor's code."""
    hub = await queries.own_hub(actor, application_id)
    call = hub.found.call
    data = await printing.sign_pdf(
        call.agency,
        hub.found.row.company_name,
        hub.found.row.stand_label or "",
        call.fair_name,
        catalogue.address(call.fair_slug, code_of(application_id)),
    )
    return pdf(data, f"sign-{hub.found.row.reference}.pdf")


def pdf(data: bytes, filename: str) -> Response[bytes]:
    """A PDF to be saved."""
    return Response(
        data,
        media_type="application/pdf",
        headers={**SAFE, "content-disposition": disposition(filename)},
    )


# -- the shop --------------------------------------------------------------------------------------


async def _show_shop(request: Asked, actor: Actor, application_id: int) -> Answer:
    found = await calls.own_dossier(actor, application_id)
    offered = await shop.offers(found)
    placed = await orders(application_id)
    until = {}
    for each in placed:
        ends = await shop.cancel_until(found, offered, each)
        if each.state == "placed" and ends is not None and clock.now() < ends:
            until[each.id] = ends - SECOND
    return page(
        request,
        "hub/shop.html",
        found=found,
        offers=offered,
        orders=placed,
        until=until,
        wanted={
            name: text for name, text in request.query_params.items() if name.startswith("service_")
        },
    )


@get("/my/applications/{application_id:int}/shop", needs("hub.own"))
async def show_shop(request: Asked, actor: Actor, application_id: int) -> Answer:
    """What can be ordered, and what was."""
    return await _show_shop(request, actor, application_id)


def _wanted(given: dict[str, object]) -> dict[str, int]:
    """The pieces typed beside each service."""
    pieces: dict[str, int] = {}
    errors: dict[str, str] = {}
    for name, raw in given.items():
        text = str(raw).strip() or "0"
        if not name.startswith("service_"):
            continue
        if not text.isdecimal() or len(text) > 4:
            errors[name] = gettext(N_("Write how many as a whole number, such as 2."))
        elif int(text):
            pieces[name.removeprefix("service_")] = int(text)
    if errors:
        raise Invalid(errors, given)
    return pieces


@get("/my/applications/{application_id:int}/shop/check", needs("shop.order"))
async def check_basket(request: Asked, actor: Actor, application_id: int) -> Answer:
    """The basket with its price, before it is ordered."""
    given = dict(request.query_params.items())
    found = await calls.own_dossier(actor, application_id)
    try:
        form = parse(OrderForm, {"services": _wanted(given), "seen_total": 0})
        price = await shop.basket(found, form.wanted)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, given, refused)
        return await _show_shop(request, actor, application_id)
    return page(request, "hub/basket.html", found=found, basket=price)


@post("/my/applications/{application_id:int}/shop", needs("shop.order"))
async def order(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Order it."""
    typed = await typed_values(request)
    found = await calls.own_dossier(actor, application_id)
    try:
        form = parse(
            OrderForm,
            {"services": _wanted(typed), "seen_total": typed.get("seen_total", "")},
        )
        await ordering.order(actor, form, application_id=application_id)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, typed, refused)
        return await _show_shop(request, actor, application_id)
    return see_other(
        f"/my/applications/{found.row.id}/shop",
        said=N_("Ordered. The invoice is in your mail."),
    )


@post(
    "/my/applications/{application_id:int}/shop/{order_id:int}/cancel",
    needs("shop.order"),
)
async def cancel(request: Asked, actor: Actor, application_id: int, order_id: int) -> Answer:
    """Take an order back."""
    return await submit(
        request,
        PressForm,
        act=lambda form: ordering.cancel(
            actor, form, application_id=application_id, order_id=order_id
        ),
        to=f"/my/applications/{application_id}/shop",
        said=N_("The order is cancelled. A credit note is in your mail."),
        again=lambda: _show_shop(request, actor, application_id),
    )


HANDLERS = [show_hub, preview, sign, show_task, do_task, show_shop, check_basket, order, cancel]
