"""Withdrawing in the JSON API."""

from booths.withdrawals import actions
from booths.withdrawals.forms import CancelForm, LeaveForm, TermsForm
from server.billing.approvals import Outcome
from server.text import N_
from server.web.api import Endpoint

ENDPOINTS = [
    Endpoint(
        method="PUT",
        path="/desk/calls/{call_id:int}/withdrawal-terms",
        verb="call.write",
        summary=N_("Set what it costs to withdraw after the admission"),
        tag="Calls",
        form=TermsForm,
        act=actions.set_terms,
    ),
    Endpoint(
        method="POST",
        path="/my/applications/{application_id:int}/leave",
        verb="application.withdraw",
        summary=N_("Give up a contract at the cost that the call's terms say"),
        tag="Applications",
        form=LeaveForm,
        act=actions.leave,
    ),
    Endpoint(
        method="POST",
        path="/desk/applications/{application_id:int}/withdrawal",
        verb="application.admit",
        summary=N_("Write down that a company has withdrawn, by the call's ladder"),
        tag="Applications",
        form=CancelForm,
        act=actions.cancel,
        row=Outcome,
    ),
]
