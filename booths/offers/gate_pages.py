"""Go or no-go: the minimum of a call, and cancelling it as a whole."""

from typing import Any

from litestar import Request, Response

from booths.calls import queries as calls
from booths.calls.rules import CallState
from booths.offers import cancelling, gates
from booths.offers.forms import CancelForm, GateForm
from booths.offers.rules import CAUSE_NAMES, Cause, Gate
from server.accounts.permissions import Actor
from server.billing.approvals import WAITS, waits_or
from server.errors import NotFound
from server.text import N_, gettext
from server.web import get, needs, page, post, submit

Asked = Request[Any, Any, Any]
Answer = Response[Any]
CALL = "/desk/calls/{call_id:int}"


async def _show_gate(request: Asked, actor: Actor, call_id: int) -> Answer:
    return page(
        request,
        "offers/gate.html",
        call=await calls.own_call(actor, call_id),
        gate=await gates.gate(call_id),
    )


@get(CALL + "/gate", needs("offer.write"))
async def gate_page(request: Asked, actor: Actor, call_id: int) -> Answer:
    """How many are needed, and when it is decided."""
    return await _show_gate(request, actor, call_id)


@post(CALL + "/gate", needs("offer.write"))
async def set_gate(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Save it."""
    return await submit(
        request,
        GateForm,
        act=lambda form: gates.set_gate(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}",
        said=N_("Saved. Companies read it on the page of the call."),
        again=lambda: _show_gate(request, actor, call_id),
    )


async def _show_cancel(request: Asked, actor: Actor, call_id: int) -> Answer:
    call = await calls.own_call(actor, call_id)
    if call.state not in (CallState.PUBLISHED, CallState.DECIDED):
        raise NotFound
    found = await gates.gate(call_id)
    short = found is not None and found.state is not Gate.MET
    return page(
        request,
        "offers/cancel.html",
        call=call,
        preview=await cancelling.preview(actor, call_id=call_id),
        gate=found,
        causes=[(cause.value, gettext(name)) for cause, name in CAUSE_NAMES.items()],
        likely=Cause.TOO_FEW.value if short else "",
    )


@get(CALL + "/cancel", needs("call.decide"))
async def cancel_page(request: Asked, actor: Actor, call_id: int) -> Answer:
    """What cancelling the call would do."""
    return await _show_cancel(request, actor, call_id)


@post(CALL + "/cancel", needs("call.decide"))
async def cancel(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Do it."""
    return await submit(
        request,
        CancelForm,
        act=lambda form: cancelling.cancel(actor, form, call_id=call_id),
        to=lambda done: waits_or(done, f"/desk/calls/{call_id}"),
        said=lambda done: (
            WAITS
            if done.approval
            else N_("The call is cancelled. Letters, credit notes and refunds are on their way.")
        ),
        again=lambda: _show_cancel(request, actor, call_id),
    )


HANDLERS = [gate_page, set_gate, cancel_page, cancel]
