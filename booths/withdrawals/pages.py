"""The terms of a call at the desk, and the way out for a company."""

from decimal import Decimal
from typing import Any

from litestar import Request, Response

from booths.calls import queries as calls
from booths.withdrawals import actions, queries
from booths.withdrawals.forms import CancelForm, LeaveForm, TermsForm
from booths.withdrawals.rules import BASE_NAMES, MOST_STEPS, STARTS_NAMES
from server.accounts.permissions import Actor
from server.billing.approvals import WAITS, waits_or
from server.money import to_decimal
from server.text import N_
from server.web import get, needs, page, post, submit

Asked = Request[Any, Any, Any]
Answer = Response[Any]


def _lines(terms: queries.TermsRow | None, currency: str) -> list[dict[str, str]]:
    """The ladder as the form shows it, with empty lines to write on."""
    found = [
        {
            "starts": step.starts.value,
            "days": str(step.days),
            "share": f"{Decimal(step.cost.share_bp) / 100:f}",
            "base": step.cost.base.value,
            "fixed": str(to_decimal(step.cost.fixed_minor, currency)),
        }
        for step in (terms.steps if terms else ())
    ]
    empty = {"starts": "", "days": "", "share": "", "base": "price", "fixed": ""}
    return [*found, *([empty] * (MOST_STEPS - len(found)))]


@get("/desk/calls/{call_id:int}/withdrawal", needs("call.list"))
async def show_terms(request: Asked, actor: Actor, call_id: int) -> Answer:
    """The ladder, to write or to read."""
    call, terms = await queries.own_terms(actor, call_id)
    relet = terms.relet if terms else None
    return page(
        request,
        "withdrawals/terms.html",
        call=call,
        terms=terms,
        lines=_lines(terms, call.currency),
        starts=STARTS_NAMES,
        bases=BASE_NAMES,
        relet_share=f"{Decimal(relet.share_bp) / 100:f}" if relet else "",
        relet_fixed=to_decimal(relet.fixed_minor, call.currency) if relet else "",
        relet_base=relet.base.value if relet else "module",
    )


@post("/desk/calls/{call_id:int}/withdrawal", needs("call.write"))
async def set_terms(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Save the ladder."""
    return await submit(
        request,
        TermsForm,
        act=lambda form: actions.set_terms(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}",
        said=N_("The terms of withdrawal are saved. Companies read them before they apply."),
        again=lambda: show_terms.fn(request, actor, call_id),
    )


@get("/my/applications/{application_id:int}/leave", needs("application.withdraw"))
async def leave_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """What it costs today, what goes back, what is given up."""
    found = await calls.own_dossier(actor, application_id)
    return page(
        request, "withdrawals/leave.html", found=found, leaving=await queries.leaving(found)
    )


@post("/my/applications/{application_id:int}/leave", needs("application.withdraw"))
async def leave(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Give it up."""
    return await submit(
        request,
        LeaveForm,
        act=lambda form: actions.leave(actor, form, application_id=application_id),
        to=f"/my/applications/{application_id}",
        said=N_("You have withdrawn, and the stand is free for somebody else."),
        again=lambda: leave_page.fn(request, actor, application_id),
    )


@get("/desk/applications/{application_id:int}/withdrawal", needs("application.admit"))
async def cancel_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """What a withdrawal would cost today, credit, refund and free, for the agency."""
    found = await calls.desk_dossier(actor, application_id)
    return page(
        request, "withdrawals/cancel.html", found=found, leaving=await queries.leaving(found)
    )


@post("/desk/applications/{application_id:int}/withdrawal", needs("application.admit"))
async def cancel(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Write it down: one act, or a second person first."""
    return await submit(
        request,
        CancelForm,
        act=lambda form: actions.cancel(actor, form, application_id=application_id),
        to=lambda done: waits_or(done, f"/desk/applications/{application_id}"),
        said=lambda done: (
            WAITS
            if done.approval
            else N_("The withdrawal is written down, and the stand is free for somebody else.")
        ),
        again=lambda: cancel_page.fn(request, actor, application_id),
    )


HANDLERS = [show_terms, set_terms, leave_page, leave, cancel_page, cancel]
