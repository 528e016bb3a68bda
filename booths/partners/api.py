"""Partnerships in the JSON API."""

from booths.partners import actions, queries
from booths.partners.forms import AnswerForm, ChangedAllotment, EndForm, InviteForm
from booths.partners.queries import PartnerRow
from server.text import N_
from server.web.api import Endpoint

TAG = "Partners"
ONE = "/partnerships/{partner_id:int}"

ENDPOINTS = [
    Endpoint(
        method="GET",
        path="/partnerships",
        verb="partner.read",
        summary=N_("List the booths of other agencies that you share"),
        tag=TAG,
        fetch=queries.mine,
        row=PartnerRow,
        many=True,
    ),
    Endpoint(
        method="POST",
        path="/booths/{booth_id:int}/partners",
        verb="partner.write",
        summary=N_("Offer a part of your booth to another agency"),
        tag=TAG,
        form=InviteForm,
        act=actions.invite,
        status=201,
    ),
    Endpoint(
        method="GET",
        path=ONE,
        verb="partner.read",
        summary=N_("Show a partnership"),
        tag=TAG,
        fetch=queries.partner,
        row=PartnerRow,
    ),
    Endpoint(
        method="PUT",
        path=ONE,
        verb="partner.write",
        summary=N_("Change the terms of a partnership at your booth"),
        tag=TAG,
        form=ChangedAllotment,
        act=actions.change,
    ),
    Endpoint(
        method="POST",
        path=ONE + "/answer",
        verb="partner.write",
        summary=N_("Accept or decline a part of another agency's booth"),
        tag=TAG,
        form=AnswerForm,
        act=actions.answer,
    ),
    Endpoint(
        method="POST",
        path=ONE + "/end",
        verb="partner.write",
        summary=N_("End a partnership in which nothing was given away"),
        tag=TAG,
        form=EndForm,
        act=actions.end,
    ),
]
