"""The page on which a session takes the exhibitors of its fair."""

from typing import Any

from litestar import Request, Response

from booths.meetings import actions, queries
from events.matchmaking import queries as sessions
from events.matchmaking.exhibitors import Followed
from server.accounts.permissions import Actor
from server.database import rows
from server.text import N_, gettext, ngettext
from server.web import get, needs, page, post, submit
from server.web.forms import Form

Asked = Request[Any, Any, Any]
AT = "/desk/meetings/{session_id:int}/exhibitors"


@get(AT, needs("session.list"))
async def show(request: Asked, actor: Actor, session_id: int) -> Response[Any]:
    """Who exhibits where, and whether they are in the session."""
    session = await sessions.own_session(actor, session_id)
    found = await queries.exhibits(session.agency, session.fair) if session.fair else []
    names = {
        each["id"]: each["name"]
        for each in await rows(
            "SELECT id, name FROM company WHERE id = ANY($1::int[])",
            [each.company for each in found],
        )
    }
    inside = {each.company_id for each in await sessions.people(session_id)}
    return page(
        request, "meetings/exhibitors.html", session=session, exhibits=found, names=names,
        inside=inside, stale=await queries.changed_since(session_id),
    )  # fmt: skip


def _said(found: Followed) -> str:
    if not found.any:
        return gettext(N_("Everything is as it is at the fair already."))
    came = ngettext("{n} person came in", "{n} people came in", found.came)
    left = ngettext("{n} person left", "{n} people left", found.left)
    stands = ngettext("{n} stand changed", "{n} stands changed", found.stands)
    return f"{came}, {left}, {stands}."


@post(AT, needs("session.write"))
async def take(request: Asked, actor: Actor, session_id: int) -> Response[Any]:
    """Take them all in one step."""
    return await submit(
        request,
        Form,
        act=lambda _: actions.take_exhibitors(actor, session_id),
        to=f"/desk/meetings/{session_id}/exhibitors",
        again=lambda: show.fn(request, actor, session_id),
        said=_said,
    )


HANDLERS = [show, take]
