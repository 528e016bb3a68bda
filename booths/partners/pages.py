"""Partnerships as their two agencies see them."""

from typing import Any

from litestar import Request, Response

from booths.partners import actions, queries
from booths.partners.forms import AnswerForm, ChangedAllotment, EndForm, InviteForm
from booths.plans import occupancy
from booths.plans import queries as plans
from server.accounts.permissions import Actor
from server.money import to_decimal
from server.organisations import queries as organisations
from server.text import N_
from server.web import get, needs, page, post, submit

Asked = Request[Any, Any, Any]
Answer = Response[Any]


@get("/desk/partnerships", needs("partner.read"))
async def list_partnerships(request: Asked, actor: Actor) -> Answer:
    """The booths of others that the agency shares."""
    found, following = await queries.mine(actor, cursor=request.query_params.get("cursor", ""))
    return page(request, "partners/list.html", partners=found, following=following)


@get("/desk/booths/{booth_id:int}/partners", needs("partner.read"))
async def list_partners(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """Who shares a booth of the agency, and what each has of it."""
    return page(
        request,
        "partners/booth.html",
        booth=await plans.own_booth(actor, booth_id),
        partners=await queries.of_booth(actor, booth_id),
    )


@get("/desk/booths/{booth_id:int}/partners/new", needs("partner.write"))
async def new_partner(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """Offer a part of the booth to another agency."""
    return page(
        request,
        "partners/form.html",
        booth=await plans.own_booth(actor, booth_id),
        found=None,
        choices=await queries.choices(actor, booth_id),
        currency=(await organisations.own_agency(actor)).currency,
        price="0",
        budget="",
    )


@post("/desk/booths/{booth_id:int}/partners/new", needs("partner.write"))
async def invite(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """Offer it."""
    return await submit(
        request,
        InviteForm,
        act=lambda form: actions.invite(actor, form, booth_id=booth_id),
        to=f"/desk/booths/{booth_id}/partners",
        said=N_("The agency is invited. Its square metres are set aside until it answers."),
        again=lambda: new_partner.fn(request, actor, booth_id),
    )


@get("/desk/partnerships/{partner_id:int}", needs("partner.read"))
async def show(request: Asked, actor: Actor, partner_id: int) -> Answer:
    """The terms, what is used, and the plan, for either side."""
    found = await queries.partner(actor, partner_id)
    booth = await plans.booth(found.booth)
    return page(
        request,
        "partners/show.html",
        found=found,
        booth=booth,
        stands=await plans.stands(booth.id),
        states=occupancy.as_seen_by(actor, await occupancy.of_booth(booth.id)),
        leads=found.lead == actor.agency_id,
    )


@post("/desk/partnerships/{partner_id:int}", needs("partner.write"))
async def answer(request: Asked, actor: Actor, partner_id: int) -> Answer:
    """Accept or decline."""
    return await submit(
        request,
        AnswerForm,
        act=lambda form: actions.answer(actor, form, partner_id=partner_id),
        to=f"/desk/partnerships/{partner_id}",
        said=N_("Your answer is kept, and the agency that leads the booth has a mail."),
        again=lambda: show.fn(request, actor, partner_id),
    )


@get("/desk/partnerships/{partner_id:int}/edit", needs("partner.write"))
async def edit(request: Asked, actor: Actor, partner_id: int) -> Answer:
    """Other terms."""
    found = await queries.partner(actor, partner_id)
    return page(
        request,
        "partners/form.html",
        booth=await plans.own_booth(actor, found.booth),
        found=found,
        choices=[],
        currency=found.currency,
        price=to_decimal(found.price_per_m2_minor, found.currency),
        budget="" if found.budget_minor is None else to_decimal(found.budget_minor, found.currency),
    )


@post("/desk/partnerships/{partner_id:int}/edit", needs("partner.write"))
async def change(request: Asked, actor: Actor, partner_id: int) -> Answer:
    """Agree on other terms."""
    return await submit(
        request,
        ChangedAllotment,
        act=lambda form: actions.change(actor, form, partner_id=partner_id),
        to=f"/desk/partnerships/{partner_id}",
        said=N_("The terms are changed, and the partner has a mail."),
        again=lambda: edit.fn(request, actor, partner_id),
    )


@post("/desk/partnerships/{partner_id:int}/end", needs("partner.write"))
async def end(request: Asked, actor: Actor, partner_id: int) -> Answer:
    """End it."""
    return await submit(
        request,
        EndForm,
        act=lambda form: actions.end(actor, form, partner_id=partner_id),
        to=f"/desk/partnerships/{partner_id}",
        said=N_("The partnership has ended. Its square metres are back."),
        again=lambda: show.fn(request, actor, partner_id),
    )


HANDLERS = [
    list_partnerships, list_partners, new_partner, invite, show, answer, edit, change, end,
]  # fmt: skip
