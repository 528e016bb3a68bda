"""Payment terms, instalments, letters, public bodies and approvals over the API."""

from typing import Any

import msgspec

from server.accounts.permissions import Actor
from server.billing import approvals, claims, dunning, instalments, ladders, payers
from server.billing.owed_forms import (
    DecisionForm,
    LevelsForm,
    LimitForm,
    PartsForm,
    PublicForm,
    TermsForm,
)
from server.text import N_
from server.web.api import Endpoint

TAG = "Money"


class Decided(msgspec.Struct, frozen=True):
    """What became of an act that waited."""

    state: str


async def _terms(actor: Actor, **_: Any) -> tuple[list[ladders.TermsRow], None]:
    return await ladders.own_terms(actor), None


ENDPOINTS = [
    Endpoint(
        method="GET", path="/money/terms", verb="money.read", tag=TAG, many=True, fetch=_terms,
        row=ladders.TermsRow, summary=N_("Payment terms of your agency"),
    ),
    Endpoint(
        method="POST", path="/money/terms", verb="payment_terms.write", tag=TAG, status=201,
        form=TermsForm, act=ladders.write_terms, summary=N_("Write payment terms"),
    ),
    Endpoint(
        method="GET", path="/money/claims", verb="money.read", tag=TAG, many=True,
        fetch=claims.claims, row=claims.Claim,
        summary=N_("Who owes what, and which letter comes next"),
    ),
    Endpoint(
        method="PUT", path="/money/dunning", verb="dunning.set", tag=TAG, form=LevelsForm,
        act=dunning.set_levels, summary=N_("Set the levels of reminders and dunning letters"),
    ),
    Endpoint(
        method="POST", path="/money/invoices/{invoice_id:int}/dunning", verb="dunning.send",
        tag=TAG, act=dunning.send_now, status=201,
        summary=N_("Send the next letter about an invoice now"),
    ),
    Endpoint(
        method="PUT", path="/money/invoices/{invoice_id:int}/instalments",
        verb="instalment.agree", tag=TAG, form=PartsForm, act=instalments.agree,
        summary=N_("Agree on instalments for what is open of an invoice"),
    ),
    Endpoint(
        method="PUT", path="/desk/companies/{company_id:int}/public-body", verb="payer.mark",
        tag=TAG, form=PublicForm, act=payers.mark,
        summary=N_("Count a company as a public body that pays late"),
    ),
    Endpoint(
        method="GET", path="/approvals", verb="money.read", tag=TAG, many=True,
        fetch=approvals.approvals, row=approvals.ApprovalRow,
        summary=N_("What waits for a second person, and what was decided"),
    ),
    Endpoint(
        method="GET", path="/approvals/{approval_id:int}", verb="money.read", tag=TAG,
        fetch=approvals.approval, row=approvals.ApprovalDetail,
        summary=N_("One of them, with what it would do now"),
    ),
    Endpoint(
        method="POST", path="/approvals/{approval_id:int}", verb="money.read", tag=TAG,
        form=DecisionForm, act=approvals.decide, shape=Decided, row=Decided,
        summary=N_("Approve or refuse as the second person"),
    ),
    Endpoint(
        method="PUT", path="/approvals/limit", verb="approval.limit", tag=TAG, form=LimitForm,
        act=approvals.set_limit, summary=N_("Set above how much a second person decides"),
    ),
]  # fmt: skip
