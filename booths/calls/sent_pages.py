"""What was sent, each time it was sent, for both sides; and the files that came with it."""

from typing import Any

from litestar import Request, Response

from booths.calls import answering, queries, written
from booths.calls.rows import Dossier
from booths.fees import queries as fees
from server.accounts.permissions import Actor
from server.documents import queries as documents
from server.documents.rules import disposition
from server.errors import NotFound
from server.web import get, needs, page

Asked = Request[Any, Any, Any]
Answer = Response[Any]


async def _show_sent(request: Asked, found: Dossier, number: int, side: str) -> Answer:
    sent = await queries.submissions(found.row.id)
    at = next((n for n, each in enumerate(sent) if each.number == number), None)
    if at is None:
        raise NotFound
    prices = await fees.prices(found.call.price_list)
    services = {str(fee.id): fee.name for fee in prices.fees}
    groups = written.of_submission(found, sent[at], services)
    before = sent[at + 1] if at + 1 < len(sent) else None
    changed = None
    if before is not None:
        changed = written.changes(written.of_submission(found, before, services), groups)
    return page(
        request,
        "calls/sent_one.html",
        found=found,
        one=sent[at],
        sent=sent,
        groups=groups,
        before=before,
        changes=changed,
        quote=await fees.kept_quote(sent[at].quote),
        base=f"/{side}/applications/{found.row.id}",
        files="/documents/" if side == "my" else f"/desk/applications/{found.row.id}/files/",
    )


@get("/my/applications/{application_id:int}/sent/{number:int}", needs("application.own"))
async def own_sent(request: Asked, actor: Actor, application_id: int, number: int) -> Answer:
    """One sending as the company made it."""
    found = await queries.own_dossier(actor, application_id)
    return await _show_sent(request, found, number, "my")


@get("/desk/applications/{application_id:int}/sent/{number:int}", needs("application.list"))
async def desk_sent(request: Asked, actor: Actor, application_id: int, number: int) -> Answer:
    """One sending as it arrived."""
    found = await queries.desk_reading(actor, application_id)
    return await _show_sent(request, found, number, "desk")


@get("/desk/applications/{application_id:int}/files/{document_id:int}", needs("application.list"))
async def answer_file(actor: Actor, application_id: int, document_id: int) -> Response[bytes]:
    """A file that came with an application, always saved and never run."""
    found = await queries.desk_reading(actor, application_id)
    if document_id not in await _files(found):
        raise NotFound
    filename, media_type, data = await documents.pdf(document_id)
    return Response(
        data,
        media_type=media_type,
        headers={
            "content-security-policy": "default-src 'none'; sandbox",
            "x-content-type-options": "nosniff",
            "content-disposition": disposition(filename),
        },
    )


async def _files(found: Dossier) -> set[int]:
    """The files of everything that was sent: what is only typed is not the agency's business."""
    answers = [
        answer
        for each in await queries.submissions(found.row.id)
        for answer in each.content["answers"].get("form", {}).values()
    ]
    answers += [each.answer for each in await answering.supplements(found.row.id)]
    return {each["document"] for each in answers if isinstance(each, dict)}


HANDLERS = [own_sent, desk_sent, answer_file]
