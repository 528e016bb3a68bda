"""Who pays for one participation, where it is not the exhibitor."""

from typing import Any

from litestar import Request, Response

from booths.calls import queries
from server.accounts.permissions import Actor
from server.billing import payer_pages
from server.web import get, needs, post

Asked = Request[Any, Any, Any]


async def _places(actor: Actor, application_id: int) -> dict[str, str]:
    """What the form is about, after a look whether it is the company's own."""
    found = await queries.own_dossier(actor, application_id)
    here = f"/my/applications/{found.row.id}"
    return {"about": f"application:{found.row.id}", "action": f"{here}/payer", "back": here}


@get("/my/applications/{application_id:int}/payer", needs("payer.name"))
async def payer(request: Asked, actor: Actor, application_id: int) -> Response[Any]:
    """Who pays for this participation."""
    return await payer_pages.payer_page(request, actor, **await _places(actor, application_id))


@post("/my/applications/{application_id:int}/payer", needs("payer.name"))
async def name_payer(request: Asked, actor: Actor, application_id: int) -> Response[Any]:
    """Say who pays for this participation."""
    return await payer_pages.kept(request, actor, **await _places(actor, application_id))


HANDLERS = [payer, name_payer]
