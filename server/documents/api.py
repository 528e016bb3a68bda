"""Documents for programs."""

from server.accounts.permissions import Actor
from server.documents import actions, queries
from server.documents.forms import LogoForm
from server.documents.queries import DocumentRow
from server.text import N_
from server.web.api import Endpoint


async def _mine(actor: Actor, *, cursor: str, limit: int) -> tuple[list[DocumentRow], str | None]:
    found, following = await queries.own_documents(actor, cursor=cursor, limit=limit)
    return found, following or None


async def _logo(actor: Actor, form: LogoForm) -> int:
    return await actions.change_logo(actor, None if form.remove else form.logo)


ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/my/company/logo",
        verb="company.change",
        summary=N_("Show another logo, or none"),
        tag="documents",
        form=LogoForm,
        act=_logo,
    ),
    Endpoint(
        method="GET",
        path="/documents",
        verb="document.read",
        summary=N_("Documents issued to your company or by your agency"),
        tag="documents",
        fetch=_mine,
        row=DocumentRow,
        many=True,
    ),
]
