"""The outbox of an agency, the messages of a company, the caught mail of the demonstration."""

from typing import Any

from litestar import Request, Response

from server.accounts.permissions import Actor
from server.documents import queries as documents
from server.mail import actions, queries
from server.mail.rules import MessageState
from server.mail.writing import pieces
from server.organisations.queries import own_agency
from server.settings import load
from server.text import N_
from server.web import get, needs, page, post, see_other

Asked = Request[Any, Any, Any]


@get("/desk/mail", needs("mail.list"))
async def outbox(request: Asked, actor: Actor) -> Response[Any]:
    """What waits, what went out, what was given up and why."""
    wanted = request.query_params.get("state", "")
    state = wanted if wanted in list(MessageState) else ""
    found, following = await queries.outbox_page(
        actor, state=state, cursor=request.query_params.get("after", "")
    )
    return page(
        request,
        "mail/outbox.html",
        messages=found,
        following=following,
        counts=await queries.counts(actor),
        state=state,
        configured=bool(load().smtp_host),
        tz=(await own_agency(actor)).tz,
    )


@post("/desk/mail/{message_id:int}/resend", needs("mail.resend"))
async def resend(actor: Actor, message_id: int) -> Response[Any]:
    """A dead letter goes back into the queue."""
    await actions.resend(actor, message_id=message_id)
    return see_other("/desk/mail", said=N_("The mail is queued again."))


@get("/my/messages", needs("message.read"))
async def messages(request: Asked, actor: Actor) -> Response[Any]:
    """Every mail that was sent to this person."""
    found, following = await queries.own_messages(
        actor, cursor=request.query_params.get("after", "")
    )
    return page(request, "mail/messages.html", messages=found, following=following)


@get("/my/messages/{message_id:int}", needs("message.read"))
async def message(request: Asked, actor: Actor, message_id: int) -> Response[Any]:
    """One of them."""
    found = await queries.own_message(actor, message_id=message_id)
    attached = await documents.titles(found.attachments)
    return page(request, "mail/message.html", message=found, attached=attached, pieces=pieces)


@get("/demo/mail", needs("public.read"))
async def caught(request: Asked) -> Response[Any]:
    """What the demonstration would have mailed."""
    return page(request, "mail/caught.html", caught=await queries.caught(), pieces=pieces)


HANDLERS = [outbox, resend, messages, message, caught]
