"""Who pays for one participation, where it is not the exhibitor."""

from typing import Any

from litestar import Request, Response

from booths.calls import queries
from server.accounts.permissions import Actor
from server.billing import bill_to, payer_pages
from server.billing.bill_to import Payer, PayerForm
from server.errors import NotFound
from server.web import get, needs, post

Asked = Request[Any, Any, Any]


async def _places(actor: Actor, application_id: int) -> dict[str, str]:
    """What the form is about, after a look whether it is the company's own."""
    found = await queries.own_dossier(actor, application_id)
    here = f"/my/applications/{found.row.id}"
    return {
        "about": f"application:{found.row.id}", "action": f"{here}/payer", "back": here,
        "currency": found.call.currency,
    }  # fmt: skip


async def own_payer(actor: Actor, *, application_id: int, **_: Any) -> Payer:
    """The payer of one participation, for the API."""
    places = await _places(actor, application_id)
    if (found := await bill_to.own_payer(actor, places["about"])) is None:
        raise NotFound
    return found


async def name_own_payer(actor: Actor, form: PayerForm, *, application_id: int) -> int:
    """Name it, for the API."""
    places = await _places(actor, application_id)
    return await bill_to.name_payer(actor, form, about=places["about"], currency=places["currency"])


@get("/my/applications/{application_id:int}/payer", needs("payer.name"))
async def payer(request: Asked, actor: Actor, application_id: int) -> Response[Any]:
    """Who pays for this participation."""
    return await payer_pages.payer_page(request, actor, **await _places(actor, application_id))


@post("/my/applications/{application_id:int}/payer", needs("payer.name"))
async def name_payer(request: Asked, actor: Actor, application_id: int) -> Response[Any]:
    """Say who pays for this participation."""
    return await payer_pages.kept(request, actor, **await _places(actor, application_id))


HANDLERS = [payer, name_payer]
