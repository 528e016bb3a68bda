"""The page behind a stand of the desk plan: give it, change who has it, or offer it again."""

from typing import Any

from litestar import Request, Response

from booths.calls.showing import occupants
from booths.offers import placing
from booths.offers.rules import MISFIT_WORDS
from booths.plans import queries as plans
from booths.plans.drawing import state_of
from booths.plans.rules import KIND_NAMES
from server.accounts.permissions import Actor
from server.text import gettext
from server.web import get, needs, page

Asked = Request[Any, Any, Any]


@get("/desk/stands/{stand_id:int}", needs("application.list"))
async def stand_page(request: Asked, actor: Actor, stand_id: int) -> Response[Any]:
    """Who has a stand, or who could have it, with the way to each step."""
    stand = await placing.own_stand(actor, stand_id)
    state = state_of(stand, await occupants(stand.booth))
    return page(
        request,
        "offers/stand.html",
        stand=stand,
        state=state.value,
        booth=await plans.booth(stand.booth),
        holders=await placing.holders(actor, stand_id),
        applicants=await placing.applicants(actor, stand) if state == "free" else [],
        kinds={kind.value: gettext(name) for kind, name in KIND_NAMES.items()},
        misfits=MISFIT_WORDS,
    )


HANDLERS = [stand_page]
