"""Disputes, payouts, and what comparing with Stripe found, as the agency sees them."""

from typing import Any

from litestar import Request, Response

from server.accounts.permissions import Actor, require
from server.billing import accounts, comparing, evidence, payouts
from server.billing.evidence import AnswerForm
from server.organisations.queries import own_agency
from server.text import N_
from server.web import get, needs, page, post, see_other, submit

Asked = Request[Any, Any, Any]


@get("/desk/money/disputes", needs("money.read"))
async def disputes(request: Asked, actor: Actor) -> Response[Any]:
    """Every dispute of the agency."""
    found, following = await evidence.listed(actor, cursor=request.query_params.get("after", ""))
    agency = await own_agency(actor)
    return page(request, "billing/disputes.html", disputes=found, following=following, tz=agency.tz)


async def _dispute_page(request: Asked, actor: Actor, dispute_id: int) -> Response[Any]:
    return page(
        request,
        "billing/dispute.html",
        dispute=await evidence.one(actor, dispute_id),
        papers=evidence.PAPERS,
    )


@get("/desk/money/disputes/{dispute_id:int}", needs("money.read"))
async def dispute(request: Asked, actor: Actor, dispute_id: int) -> Response[Any]:
    """One dispute: where the money is, what helps, and the answer."""
    return await _dispute_page(request, actor, dispute_id)


@post("/desk/money/disputes/{dispute_id:int}", needs("money.record"))
async def answer(request: Asked, actor: Actor, dispute_id: int) -> Response[Any]:
    """Send the answer to the payer's bank."""
    await evidence.one(actor, dispute_id)
    return await submit(
        request,
        AnswerForm,
        act=lambda form: evidence.answer(actor, form, dispute_id=dispute_id),
        to=f"/desk/money/disputes/{dispute_id}",
        said=N_("The answer is on its way to the payer's bank."),
        again=lambda: _dispute_page(request, actor, dispute_id),
    )


@get("/desk/money/stripe", needs("money.read"))
async def stripe(request: Asked, actor: Actor) -> Response[Any]:
    """The last comparisons with Stripe, what they found, and the payouts."""
    paid, following = await payouts.own_payouts(actor, cursor=request.query_params.get("after", ""))
    agency = await own_agency(actor)
    return page(
        request, "billing/stripe.html", runs=await comparing.latest(actor), payouts=paid,
        following=following, tz=agency.tz, account=await accounts.of_agency(agency.id),
    )  # fmt: skip


@post("/desk/money/stripe", needs("money.record"))
async def compare(request: Asked, actor: Actor) -> Response[Any]:
    """Compare now."""
    require(actor, "money.record")
    assert actor.agency_id is not None
    account = await accounts.of_agency(actor.agency_id)
    if not account.usable:
        return see_other("/desk/money/stripe")
    await comparing.compare(account)
    return see_other("/desk/money/stripe", said=N_("The books were compared with Stripe."))


HANDLERS = [disputes, dispute, answer, stripe, compare]
