"""Pages of aid that is paid after proof: for the company that proves, for the agency that pays."""

from typing import Any

from litestar import Request, Response

from server.accounts.permissions import Actor
from server.aid import proofs, queries
from server.aid.proof_forms import PayoutForm, ProofDecision, ProofForm
from server.aid.scheme_pages import labels
from server.documents.queries import titles
from server.text import N_
from server.web import get, needs, page, post, submit

Asked = Request[Any, Any, Any]
Answer = Response[Any]


async def _shown(request: Asked, actor: Actor, grant_id: int, template: str) -> Answer:
    found = await proofs.paper(actor, grant_id)
    papers = [one for proof in found.proofs for one in proof.documents]
    return page(
        request,
        template,
        found=found,
        grant=found.grant,
        titles=dict(await titles(papers)),
        form=labels(ProofForm, ProofDecision, PayoutForm),
        today=await queries.today(actor),
    )


@get("/my/company/aid/grants/{grant_id:int}", needs("aid.own"))
async def show_own(request: Asked, actor: Actor, grant_id: int) -> Answer:
    """What to hand in for a grant, what was, and what is paid."""
    return await _shown(request, actor, grant_id, "aid/prove.html")


@post("/my/company/aid/grants/{grant_id:int}", needs("aid.declare"))
async def hand_in(request: Asked, actor: Actor, grant_id: int) -> Answer:
    """Hand in the proof."""
    return await submit(
        request,
        ProofForm,
        act=lambda form: proofs.hand_in(actor, form, grant_id=grant_id),
        to=f"/my/company/aid/grants/{grant_id}",
        again=lambda: show_own.fn(request, actor, grant_id),
        said=N_("Your proof is handed in. The agency looks at it and pays what it carries."),
    )


@get("/desk/aid/proofs", needs("aid.read"))
async def list_proofs(request: Asked, actor: Actor) -> Answer:
    """Every grant that is paid after proof, and where it stands."""
    found, following = await proofs.to_pay(actor, cursor=request.query_params.get("cursor", ""))
    return page(request, "aid/proofs.html", items=found, following=following)


@get("/desk/aid/{grant_id:int}/proof", needs("aid.read"))
async def show_proof(request: Asked, actor: Actor, grant_id: int) -> Answer:
    """What was handed in, and the decision or the payment that is next."""
    return await _shown(request, actor, grant_id, "aid/proof.html")


@post("/desk/aid/{grant_id:int}/proof", needs("aid.pay"))
async def decide(request: Asked, actor: Actor, grant_id: int) -> Answer:
    """Accept it or send it back."""
    return await submit(
        request,
        ProofDecision,
        act=lambda form: proofs.decide(actor, form, grant_id=grant_id),
        to=f"/desk/aid/{grant_id}/proof",
        again=lambda: show_proof.fn(request, actor, grant_id),
        said=N_("The decision is kept."),
    )


@post("/desk/aid/{grant_id:int}/paid", needs("aid.pay"))
async def pay(request: Asked, actor: Actor, grant_id: int) -> Answer:
    """Note the payment."""
    return await submit(
        request,
        PayoutForm,
        act=lambda form: proofs.record_payout(actor, form, grant_id=grant_id),
        to=f"/desk/aid/{grant_id}/proof",
        again=lambda: show_proof.fn(request, actor, grant_id),
        said=N_("The payment is noted."),
    )


HANDLERS = [show_own, hand_in, list_proofs, show_proof, decide, pay]
