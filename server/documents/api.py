"""Documents for programs."""

from server.accounts.permissions import Actor
from server.documents import queries
from server.documents.queries import DocumentRow
from server.text import N_
from server.web.api import Endpoint


async def _mine(actor: Actor, *, cursor: str, limit: int) -> tuple[list[DocumentRow], str | None]:
    found, following = await queries.own_documents(actor, cursor=cursor, limit=limit)
    return found, following or None


ENDPOINTS = [
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
