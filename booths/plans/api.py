"""Booths and stands in the JSON API."""

from booths.plans import actions, drafting, queries, sharing, undoing
from booths.plans.forms import (
    AppliedLayout,
    Blocking,
    ChangedBooth,
    ChangedShared,
    ChangedStand,
    Merging,
    NewBooth,
    NewShared,
    NewStand,
    RemovedStand,
    Split,
    Step,
)
from booths.plans.history import EditRow
from booths.plans.queries import BoothRow, StandRow
from server.text import N_
from server.web.api import Endpoint

TAG = "Joint booths"
STAND = "/booths/{booth_id:int}/stands/{stand_id:int}"
SHARED = "/booths/{booth_id:int}/shared"

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
    Endpoint(
        method="POST",
        path=STAND + "/split",
        verb="booth.change",
        summary=N_("Split a free stand at a line or into equal parts"),
        tag=TAG,
        form=Split,
        act=lambda actor, form, booth_id, stand_id: drafting.split_stand(
            actor, booth_id, stand_id, form
        ),
    ),
    Endpoint(
        method="POST",
        path=STAND + "/merge",
        verb="booth.change",
        summary=N_("Join free neighbours to a stand"),
        tag=TAG,
        form=Merging,
        act=lambda actor, form, booth_id, stand_id: drafting.merge_stands(
            actor, booth_id, stand_id, form
        ),
    ),
    Endpoint(
        method="POST",
        path=STAND + "/copy",
        verb="booth.change",
        summary=N_("Draw the same stand again at a free place"),
        tag=TAG,
        form=RemovedStand,
        act=lambda actor, form, booth_id, stand_id: drafting.copy_stand(
            actor, booth_id, stand_id, form
        ),
    ),
    Endpoint(
        method="POST",
        path=SHARED,
        verb="booth.change",
        summary=N_("Draw a shared area"),
        tag=TAG,
        form=NewShared,
        act=lambda actor, form, booth_id: sharing.add_shared(actor, booth_id, form),
        status=201,
    ),
    Endpoint(
        method="PUT",
        path=SHARED + "/{area_id:int}",
        verb="booth.change",
        summary=N_("Move, resize or rename a shared area"),
        tag=TAG,
        form=ChangedShared,
        act=lambda actor, form, booth_id, area_id: sharing.change_shared(
            actor, booth_id, area_id, form
        ),
    ),
    Endpoint(
        method="POST",
        path=SHARED + "/{area_id:int}/remove",
        verb="booth.change",
        summary=N_("Remove a shared area"),
        tag=TAG,
        form=RemovedStand,
        act=lambda actor, form, booth_id, area_id: sharing.remove_shared(
            actor, booth_id, area_id, form
        ),
    ),
    Endpoint(
        method="GET",
        path="/booths/{booth_id:int}/edits",
        verb="booth.change",
        summary=N_("List your own edits of the plan, the latest first"),
        tag=TAG,
        fetch=undoing.own_edits,
        row=EditRow,
        many=True,
    ),
    Endpoint(
        method="POST",
        path="/booths/{booth_id:int}/undo",
        verb="booth.change",
        summary=N_("Take back your latest edit, or your latest undo, of the plan"),
        tag=TAG,
        form=Step,
        act=lambda actor, form, booth_id: undoing.step_back(actor, booth_id, form),
    ),
]
