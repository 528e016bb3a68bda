"""The agency's pages about when money comes: terms, dunning, public bodies, approvals."""

from typing import Any

from litestar import Request, Response

from server import clock
from server.accounts.permissions import Actor
from server.billing import approvals, claims, dunning, instalments, ladders, payers, queries
from server.billing.dunning_rules import MOST_LEVELS
from server.billing.owed_forms import (
    DecisionForm,
    LevelsForm,
    LimitForm,
    PartsForm,
    PauseForm,
    PublicForm,
    TermsForm,
)
from server.billing.terms import ANCHOR_NAMES, MOST_STEPS
from server.errors import Refused
from server.money import to_decimal
from server.organisations import queries as organisations
from server.organisations.queries import own_agency
from server.text import N_
from server.web import get, needs, page, post, see_other, submit, typed_values
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
Answer = Response[Any]
MOST_PARTS = 6
DECIDED = {
    "approved": N_("Approved, and done."),
    "refused": N_("Refused. Nothing was done."),
    "stale": N_("The facts have changed since this was asked for, so nothing was done. Whoever"
                " asked may ask again."),
}  # fmt: skip


async def _show_terms(request: Asked, actor: Actor) -> Answer:
    agency = await own_agency(actor)
    return page(
        request, "billing/terms.html", terms=await ladders.own_terms(actor), most=MOST_STEPS,
        anchors=ANCHOR_NAMES, currency=agency.currency,
    )  # fmt: skip


@get("/desk/money/terms", needs("money.read"))
async def show_terms(request: Asked, actor: Actor) -> Answer:
    """The agency's payment terms, and a form for more."""
    return await _show_terms(request, actor)


@post("/desk/money/terms", needs("payment_terms.write"))
async def write_terms(request: Asked, actor: Actor) -> Answer:
    """Write terms."""
    return await submit(
        request,
        TermsForm,
        act=lambda form: ladders.write_terms(actor, form),
        to="/desk/money/terms",
        said=N_("The terms are saved. A draft of a call can choose them."),
        again=lambda: _show_terms(request, actor),
    )


@post("/desk/money/terms/{terms_id:int}/retire", needs("payment_terms.write"))
async def retire_terms(actor: Actor, terms_id: int) -> Answer:
    """Offer them no more."""
    await ladders.retire_terms(actor, terms_id=terms_id)
    return see_other("/desk/money/terms", said=N_("Calls that have these terms keep them."))


async def _show_dunning(request: Asked, actor: Actor) -> Answer:
    found, following = await claims.claims(actor, cursor=request.query_params.get("after", ""))
    agency = await own_agency(actor)
    return page(
        request, "billing/dunning.html", claims=found, following=following, most=MOST_LEVELS,
        levels=[
            {
                "name": each.name, "days": each.days, "pay_within": each.pay_within,
                "fee": str(to_decimal(each.fee_minor, agency.currency)) if each.fee_minor else "",
                "interest": f"{each.interest_bp / 100:g}" if each.interest_bp else "",
                "ends": each.ends,
            }
            for each in await claims.levels(agency.id)
        ],
        currency=agency.currency,
    )  # fmt: skip


@get("/desk/money/dunning", needs("money.read"))
async def show_dunning(request: Asked, actor: Actor) -> Answer:
    """Who owes what, which letter they had, which comes next; and the levels."""
    return await _show_dunning(request, actor)


@post("/desk/money/dunning", needs("dunning.set"))
async def set_levels(request: Asked, actor: Actor) -> Answer:
    """Write the levels."""
    return await submit(
        request,
        LevelsForm,
        act=lambda form: dunning.set_levels(actor, form),
        to="/desk/money/dunning",
        said=N_("The levels are saved. Letters go out by them from now on."),
        again=lambda: _show_dunning(request, actor),
    )


@post("/desk/money/invoices/{invoice_id:int}/dun", needs("dunning.send"))
async def dun(request: Asked, actor: Actor, invoice_id: int) -> Answer:
    """Send the next letter now."""
    try:
        await dunning.send_now(actor, invoice_id=invoice_id)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, {}, refused)
        return await _show_dunning(request, actor)
    return see_other("/desk/money/dunning", said=N_("The letter is on its way."))


async def _show_claim(request: Asked, actor: Actor, invoice_id: int) -> Answer:
    found = await queries.agency_invoice(actor, invoice_id)
    return page(
        request, "billing/claim.html", invoice=found, claim=await claims.claim(invoice_id),
        parts=await instalments.agreed(invoice_id), most=MOST_PARTS,
        sent=await claims.notices(invoice_id), pauses=await claims.pauses(actor, found.row),
        today=clock.today(found.tz),
    )  # fmt: skip


@get("/desk/money/invoices/{invoice_id:int}/instalments", needs("money.read"))
async def show_claim(request: Asked, actor: Actor, invoice_id: int) -> Answer:
    """Instalments, letters and pauses of one invoice."""
    return await _show_claim(request, actor, invoice_id)


@post("/desk/money/invoices/{invoice_id:int}/instalments", needs("instalment.agree"))
async def agree(request: Asked, actor: Actor, invoice_id: int) -> Answer:
    """Agree on instalments."""
    return await submit(
        request,
        PartsForm,
        act=lambda form: instalments.agree(actor, form, invoice_id=invoice_id),
        to=f"/desk/money/invoices/{invoice_id}/instalments",
        said=N_("The instalments are agreed. Letters go by them now."),
        again=lambda: _show_claim(request, actor, invoice_id),
    )


@post("/desk/money/invoices/{invoice_id:int}/pause", needs("dunning.send"))
async def pause(request: Asked, actor: Actor, invoice_id: int) -> Answer:
    """No letters about this invoice, or to its company at all."""
    found = await queries.agency_invoice(actor, invoice_id)
    whole = (await typed_values(request)).pop("whole", "")

    async def act(form: PauseForm) -> int:
        return await dunning.pause(
            actor, form, company_id=found.row.company, invoice_id=None if whole else invoice_id
        )

    request.scope["state"]["form"] = {
        name: text for name, text in (await typed_values(request)).items() if name != "whole"
    }
    return await submit(
        request, PauseForm, act=act, to=f"/desk/money/invoices/{invoice_id}/instalments",
        said=N_("No letters go out until you go on."),
        again=lambda: _show_claim(request, actor, invoice_id),
    )  # fmt: skip


@post("/desk/money/invoices/{invoice_id:int}/go-on", needs("dunning.send"))
async def go_on(request: Asked, actor: Actor, invoice_id: int) -> Answer:
    """End the pauses."""
    found = await queries.agency_invoice(actor, invoice_id)
    whole = bool((await typed_values(request)).get("whole"))
    await dunning.go_on(
        actor, company_id=found.row.company, invoice_id=None if whole else invoice_id
    )
    return see_other(
        f"/desk/money/invoices/{invoice_id}/instalments", said=N_("Letters go out again.")
    )


async def _show_public(request: Asked, actor: Actor, company_id: int) -> Answer:
    company = await organisations.company_for_staff(actor, company_id=company_id)
    agency = await own_agency(actor)
    return page(
        request, "billing/public.html", company=company, tz=agency.tz,
        public=await payers.public(actor, company_id),
    )  # fmt: skip


@get("/desk/companies/{company_id:int}/public-body", needs("money.read"))
async def show_public(request: Asked, actor: Actor, company_id: int) -> Answer:
    """Whether a company counts as a public body, and why."""
    return await _show_public(request, actor, company_id)


@post("/desk/companies/{company_id:int}/public-body", needs("payer.mark"))
async def mark(request: Asked, actor: Actor, company_id: int) -> Answer:
    """Count it as one."""
    await organisations.company_for_staff(actor, company_id=company_id)
    return await submit(
        request, PublicForm, act=lambda form: payers.mark(actor, form, company_id=company_id),
        to=f"/desk/companies/{company_id}/public-body",
        said=N_("From now on its stands are confirmed before they are paid."),
        again=lambda: _show_public(request, actor, company_id),
    )  # fmt: skip


@post("/desk/companies/{company_id:int}/public-body/end", needs("payer.mark"))
async def unmark(actor: Actor, company_id: int) -> Answer:
    """Count it as any other."""
    await payers.unmark(actor, company_id=company_id)
    return see_other(f"/desk/companies/{company_id}/public-body", said=N_("It pays as any other."))


async def _show_approvals(request: Asked, actor: Actor) -> Answer:
    found, following = await approvals.approvals(
        actor, cursor=request.query_params.get("after", "")
    )
    agency = await own_agency(actor)
    return page(
        request, "billing/approvals.html", approvals=found, following=following, tz=agency.tz,
        limit_minor=await approvals.own_limit(actor), currency=agency.currency,
    )  # fmt: skip


@get("/desk/approvals", needs("money.read"))
async def show_approvals(request: Asked, actor: Actor) -> Answer:
    """What waits for a second person, what was decided, and above how much."""
    return await _show_approvals(request, actor)


@post("/desk/approvals", needs("approval.limit"))
async def set_limit(request: Asked, actor: Actor) -> Answer:
    """Write the limit."""
    return await submit(
        request, LimitForm, act=lambda form: approvals.set_limit(actor, form),
        to="/desk/approvals", said=N_("The limit is saved."),
        again=lambda: _show_approvals(request, actor),
    )  # fmt: skip


async def _show_approval(request: Asked, actor: Actor, approval_id: int) -> Answer:
    agency = await own_agency(actor)
    return page(
        request, "billing/approval.html", found=await approvals.approval(actor, approval_id),
        tz=agency.tz,
    )  # fmt: skip


@get("/desk/approvals/{approval_id:int}", needs("money.read"))
async def show_approval(request: Asked, actor: Actor, approval_id: int) -> Answer:
    """One of them: what will happen."""
    return await _show_approval(request, actor, approval_id)


@post("/desk/approvals/{approval_id:int}", needs("money.read"))
async def decide(request: Asked, actor: Actor, approval_id: int) -> Answer:
    """Approve or refuse; the act itself asks for its own verb."""
    return await submit(
        request, DecisionForm,
        act=lambda form: approvals.decide(actor, form, approval_id=approval_id),
        to=f"/desk/approvals/{approval_id}", said=lambda state: DECIDED[state],
        again=lambda: _show_approval(request, actor, approval_id),
    )  # fmt: skip


HANDLERS = [
    show_terms, write_terms, retire_terms, show_dunning, set_levels, dun, show_claim, agree, pause,
    go_on, show_public, mark, unmark, show_approvals, set_limit, show_approval, decide,
]  # fmt: skip
