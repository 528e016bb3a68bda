"""Booths and stands in the JSON API."""

from booths.plans import actions, drafting, queries
from booths.plans.forms import (
    AppliedLayout,
    Blocking,
    ChangedBooth,
    ChangedStand,
    NewBooth,
    NewStand,
    RemovedStand,
)
from booths.plans.queries import BoothRow, StandRow
from server.text import N_
from server.web.api import Endpoint

TAG = "Joint booths"
STAND = "/booths/{booth_id:int}/stands/{stand_id:int}"

ENDPOINTS = [
    Endpoint(
        method="GET",
        path="/booths",
        verb="booth.read",
        summary=N_("List your joint booths"),
        tag=TAG,
        fetch=queries.of_agency,
        row=BoothRow,
        many=True,
    ),
    Endpoint(
        method="POST",
        path="/booths",
        verb="booth.create",
        summary=N_("Create a joint booth at a fair"),
        tag=TAG,
        form=NewBooth,
        act=lambda actor, form: actions.create_booth(actor, form),
        status=201,
    ),
    Endpoint(
        method="GET",
        path="/booths/{booth_id:int}",
        verb="booth.read",
        summary=N_("Show a joint booth"),
        tag=TAG,
        fetch=queries.own_booth,
        row=BoothRow,
    ),
    Endpoint(
        method="PUT",
        path="/booths/{booth_id:int}",
        verb="booth.change",
        summary=N_("Change a joint booth"),
        tag=TAG,
        form=ChangedBooth,
        act=lambda actor, form, booth_id: actions.change_booth(actor, booth_id, form),
    ),
    Endpoint(
        method="GET",
        path="/booths/{booth_id:int}/stands",
        verb="booth.read",
        summary=N_("List the stands of a joint booth"),
        tag=TAG,
        fetch=queries.own_stands_page,
        row=StandRow,
        many=True,
    ),
    Endpoint(
        method="POST",
        path="/booths/{booth_id:int}/stands",
        verb="booth.change",
        summary=N_("Add a stand to the plan"),
        tag=TAG,
        form=NewStand,
        act=lambda actor, form, booth_id: drafting.add_stand(actor, booth_id, form),
        status=201,
    ),
    Endpoint(
        method="PUT",
        path=STAND,
        verb="booth.change",
        summary=N_("Move, resize or rename a stand"),
        tag=TAG,
        form=ChangedStand,
        act=lambda actor, form, booth_id, stand_id: drafting.change_stand(
            actor, booth_id, stand_id, form
        ),
    ),
    Endpoint(
        method="POST",
        path=STAND + "/remove",
        verb="booth.change",
        summary=N_("Remove a stand that no exhibitor has or had"),
        tag=TAG,
        form=RemovedStand,
        act=lambda actor, form, booth_id, stand_id: drafting.remove_stand(
            actor, booth_id, stand_id, form
        ),
    ),
    Endpoint(
        method="POST",
        path=STAND + "/block",
        verb="booth.change",
        summary=N_("Keep a stand from exhibitors"),
        tag=TAG,
        form=Blocking,
        act=lambda actor, form, booth_id, stand_id: drafting.block_stand(
            actor, booth_id, stand_id, form
        ),
    ),
    Endpoint(
        method="POST",
        path=STAND + "/unblock",
        verb="booth.change",
        summary=N_("Offer a blocked stand again"),
        tag=TAG,
        form=RemovedStand,
        act=lambda actor, form, booth_id, stand_id: drafting.unblock_stand(
            actor, booth_id, stand_id, form
        ),
    ),
    Endpoint(
        method="POST",
        path="/booths/{booth_id:int}/layout",
        verb="booth.change",
        summary=N_("Replace all stands by rows of equal ones"),
        tag=TAG,
        form=AppliedLayout,
        act=lambda actor, form, booth_id: drafting.lay_out(actor, booth_id, form),
    ),
]
