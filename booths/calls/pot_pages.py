"""The pots of a call: what everybody claims, and the parts once they are shared."""

from typing import Any

from litestar import Request, Response

from booths.calls import queries
from booths.calls.forms import StartForm
from booths.calls.rows import CallRow
from server.accounts.permissions import Actor, require
from server.aid import pots
from server.aid.pots import Claim
from server.aid.rules import split_pot
from server.database import action, rows
from server.errors import Refused
from server.text import N_
from server.web import get, needs, page, post, submit

Asked = Request[Any, Any, Any]
Answer = Response[Any]


async def claims(call: CallRow, scheme_id: int) -> list[Claim]:
    """What the applications that can still be admitted claim, by their last quote."""
    found = await rows(
        "SELECT x.id, x.company, c.name, coalesce((SELECT sum(coalesce("
        "nullif((a->>'claim_minor')::bigint, 0), (a->>'offer_minor')::bigint))"
        " FROM jsonb_array_elements(q.awards) a WHERE (a->>'scheme_id')::bigint = $2), 0)::bigint"
        " AS claim FROM application x JOIN company c ON c.id = x.company"
        " JOIN quote q ON q.id = x.quote WHERE x.call = $1"
        " AND x.state IN ('submitted', 'to_correct', 'eligible', 'admitted', 'confirmed')"
        " ORDER BY c.name, x.id",
        call.id,
        scheme_id,
    )
    return [
        Claim(f"application:{one['id']}", one["company"], one["name"], one["claim"])
        for one in found
        if one["claim"]
    ]


def _schemes(call: CallRow) -> list[int]:
    return [one for one in (call.scheme, *call.more_schemes) if one is not None]


@action
async def share(actor: Actor, _: StartForm, *, call_id: int) -> int:
    """Share every pot of a call among those who can still be admitted."""
    require(actor, "application.admit")
    call = await queries.own_call(actor, call_id)
    shared = 0
    for pot in await pots.pots(_schemes(call)):
        found = await claims(call, pot.scheme)
        if found:
            await pots.fix(actor, scheme_id=pot.scheme, claims=found)
            shared += 1
    if not shared:
        raise Refused(N_("Nobody claims anything of a pot yet. Nothing was shared."))
    return call_id


@get("/desk/calls/{call_id:int}/pot", needs("call.list"))
async def show_pots(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Each pot with its claims, and what everybody gets."""
    call = await queries.own_call(actor, call_id)
    shown = []
    for pot in await pots.pots(_schemes(call)):
        found = await claims(call, pot.scheme)
        parts = split_pot(max(0, pot.left_minor), [one.claim_minor for one in found])
        shown.append((pot, list(zip(found, parts, strict=True))))
    return page(request, "calls/pots.html", call=call, pots=shown)


@post("/desk/calls/{call_id:int}/pot", needs("application.admit"))
async def share_pots(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Fix the parts."""
    return await submit(
        request,
        StartForm,
        act=lambda form: share(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}/pot",
        again=lambda: show_pots.fn(request, actor, call_id),
        said=N_("The pot is shared. Admissions use these parts."),
    )


HANDLERS = [show_pots, share_pots]
