"""The outbox for programs."""

from server.accounts.permissions import Actor
from server.mail import actions, queries
from server.mail.queries import MessageLine, MessageRow
from server.text import N_
from server.web.api import Endpoint, Made


async def _outbox(actor: Actor, *, cursor: str, limit: int) -> tuple[list[MessageLine], str | None]:
    found, following = await queries.outbox_page(actor, cursor=cursor, limit=limit)
    return found, following or None


async def _messages(
    actor: Actor, *, cursor: str, limit: int
) -> tuple[list[MessageRow], str | None]:
    found, following = await queries.own_messages(actor, cursor=cursor, limit=limit)
    return found, following or None


ENDPOINTS = [
    Endpoint(
        method="GET",
        path="/mail",
        verb="mail.list",
        summary=N_("The outbox of your agency"),
        tag="mail",
        fetch=_outbox,
        row=MessageLine,
        many=True,
    ),
    Endpoint(
        method="POST",
        path="/mail/{message_id:int}/resend",
        verb="mail.resend",
        summary=N_("Queue a failed mail again"),
        tag="mail",
        act=actions.resend,
        row=Made,
    ),
    Endpoint(
        method="GET",
        path="/messages",
        verb="message.read",
        summary=N_("Mails to you or to your company"),
        tag="mail",
        fetch=_messages,
        row=MessageRow,
        many=True,
    ),
]
