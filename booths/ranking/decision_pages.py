"""The list, the frozen decision, its versions, and carrying it out."""

from typing import Any

from litestar import Request, Response

from booths.ranking import deciding, entering, queries, records
from booths.ranking.forms import ApplyForm, EditForm, NothingForm, ReopenForm
from booths.ranking.ordering import rank
from booths.ranking.rules import Key, Step, differences, lot
from booths.ranking.settings_pages import labels
from server.accounts.permissions import Actor
from server.documents.rules import disposition
from server.text import N_
from server.web import get, needs, page, post, submit

Asked = Request[Any, Any, Any]
Answer = Response[Any]
LIST = "/desk/calls/{call_id:int}/ranking/list"
VERSION = "/desk/calls/{call_id:int}/ranking/decisions/{version:int}"


async def _show_list(request: Asked, actor: Actor, call_id: int) -> Answer:
    call, found = await queries.must_have_plan(actor, call_id)
    hidden = await queries.hidden_from(actor, call_id)
    entries = await entering.entries(call)
    made = await entering.inputs(call, found.plan, entries, None)
    order = rank(found.plan, made)
    ids = {each.applicant.reference: each.application for each in entries}
    shown = not hidden and Key.LOTTERY not in found.plan.mode
    return page(
        request,
        "ranking/list.html",
        call=call,
        plan=found.plan,
        found=found,
        lines=deciding.lines(call, found.plan, made, order, ids) if shown else [],
        entries=entries,
        inputs=made,
        hidden=bool(hidden),
        unscored=deciding.unscored(found.plan, entries),
        corrections=await entering.corrections(call_id),
        decisions=await queries.decisions(call_id),
    )


@get(LIST, needs("ranking.read"))
async def list_page(request: Asked, actor: Actor, call_id: int) -> Answer:
    """The list as it would be now, and the decisions that are frozen."""
    return await _show_list(request, actor, call_id)


@post("/desk/calls/{call_id:int}/ranking/freeze", needs("ranking.decide"))
async def freeze(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Freeze the decision."""
    return await submit(
        request,
        NothingForm,
        act=lambda form: deciding.freeze(actor, form, call_id=call_id),
        to=lambda version: f"/desk/calls/{call_id}/ranking/decisions/{version}",
        said=N_("The decision is frozen with all it was made of."),
        again=lambda: _show_list(request, actor, call_id),
    )


@get(VERSION, needs("ranking.read"))
async def decision_page(request: Asked, actor: Actor, call_id: int, version: int) -> Answer:
    """One version: its list, what it was made of, and what it changed."""
    call, _ = await queries.must_have_plan(actor, call_id)
    found = await queries.decision(actor, call_id, version)
    plan, made, _edits, order = records.read(found.content)
    changed = []
    if version > 1:
        before = await queries.decision(actor, call_id, version - 1)
        changed = differences(records.read(before.content)[3], order)
    return page(
        request,
        "ranking/decision.html",
        call=call,
        plan=plan,
        found=found,
        inputs=made,
        lines=deciding.lines(call, plan, made, order, await deciding.ids_of(found.id)),
        changed=changed,
        companies={each.reference: each.company for each in made.applicants},
        lots=sorted((lot(made.seed, each.reference), each.reference) for each in made.applicants)
        if made.seed
        else [],
        decisions=await queries.decisions(call_id),
        differs=records.check({**found.content, "sha256": found.sha256}),
    )


@get(VERSION + "/file", needs("ranking.read"))
async def decision_file(actor: Actor, call_id: int, version: int) -> Response[bytes]:
    """The decision as a file that `pavilion rank` works out again."""
    content = await deciding.export(actor, call_id=call_id, version=version)
    return Response(
        records.canonical(content).encode(),
        media_type="application/json",
        headers={
            "content-disposition": disposition(f"decision-{call_id}-{version}.json"),
            "x-content-type-options": "nosniff",
        },
    )


async def _show_edit(request: Asked, actor: Actor, call_id: int, version: int) -> Answer:
    call, _ = await queries.must_have_plan(actor, call_id)
    found = await queries.decision(actor, call_id, version)
    plan, made, _edits, order = records.read(found.content)
    return page(
        request,
        "ranking/edit.html",
        call=call,
        found=found,
        plan=plan,
        lines=deciding.lines(call, plan, made, order, {}),
        wanted=request.query_params.get("line", ""),
        form=labels(EditForm),
    )


@get(VERSION + "/edit", needs("ranking.decide"))
async def edit_page(request: Asked, actor: Actor, call_id: int, version: int) -> Answer:
    """What to change by hand, and why."""
    return await _show_edit(request, actor, call_id, version)


@post(VERSION + "/edit", needs("ranking.decide"))
async def edit(request: Asked, actor: Actor, call_id: int, version: int) -> Answer:
    """Make the new version."""
    return await submit(
        request,
        EditForm,
        act=lambda form: deciding.edit(actor, form, call_id=call_id, version=version),
        to=lambda made: f"/desk/calls/{call_id}/ranking/decisions/{made}",
        said=N_("The new version is frozen. The one before stays."),
        again=lambda: _show_edit(request, actor, call_id, version),
    )


async def _show_reopen(request: Asked, actor: Actor, call_id: int, version: int) -> Answer:
    call, _ = await queries.must_have_plan(actor, call_id)
    return page(
        request,
        "ranking/reopen.html",
        call=call,
        found=await queries.decision(actor, call_id, version),
        form=labels(ReopenForm),
    )


@get(VERSION + "/reopen", needs("ranking.decide"))
async def reopen_page(request: Asked, actor: Actor, call_id: int, version: int) -> Answer:
    """What may change when a decision is opened again, and why it is."""
    return await _show_reopen(request, actor, call_id, version)


@post(VERSION + "/reopen", needs("ranking.decide"))
async def reopen(request: Asked, actor: Actor, call_id: int, version: int) -> Answer:
    """Open it again."""
    return await submit(
        request,
        ReopenForm,
        act=lambda form: deciding.reopen(actor, form, call_id=call_id, version=version),
        to=f"/desk/calls/{call_id}/ranking/list",
        said=N_(
            "The decision is open again. Mend what was wrong, then freeze the next version here."
        ),
        again=lambda: _show_reopen(request, actor, call_id, version),
    )


async def _show_apply(request: Asked, actor: Actor, call_id: int, version: int) -> Answer:
    call, _ = await queries.must_have_plan(actor, call_id)
    found = await queries.decision(actor, call_id, version)
    todo = await deciding.moves(found)
    return page(
        request,
        "ranking/apply.html",
        call=call,
        found=found,
        moves=todo,
        counts={step.value: sum(each.step is step for each in todo) for step in Step},
        form=labels(ApplyForm),
    )


@get(VERSION + "/apply", needs("ranking.decide"))
async def apply_page(request: Asked, actor: Actor, call_id: int, version: int) -> Answer:
    """What carrying the decision out will do."""
    return await _show_apply(request, actor, call_id, version)


@post(VERSION + "/apply", needs("ranking.decide"))
async def apply(request: Asked, actor: Actor, call_id: int, version: int) -> Answer:
    """Carry it out."""
    return await submit(
        request,
        ApplyForm,
        act=lambda form: deciding.apply(actor, form, call_id=call_id, version=version),
        to=f"/desk/calls/{call_id}/ranking/decisions/{version}",
        said=N_("The decision is carried out. The letters are on their way."),
        again=lambda: _show_apply(request, actor, call_id, version),
    )


HANDLERS = [
    list_page, freeze, decision_page, decision_file, edit_page, edit, reopen_page,
    reopen, apply_page, apply,
]  # fmt: skip
