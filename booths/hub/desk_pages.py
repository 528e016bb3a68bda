"""What an agency sees: the set-up of tasks and shop, who is late, orders, badges."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response

from booths.calls import queries as calls
from booths.hub import answers, orders, printing, queries, reminding, setup
from booths.hub.company_pages import pdf, words
from booths.hub.forms import (
    MarkForm,
    MatrixFilter,
    PressForm,
    RemindersForm,
    TaskForm,
)
from booths.hub.prints import NAMES
from booths.hub.queries import TaskRow
from booths.hub.rules import KIND_NAMES, USUAL, Colour, Kind, Limits, TaskState, Wants, badge_names
from server.accounts.permissions import Actor
from server.errors import Invalid, NotFound, Refused
from server.money import to_decimal
from server.text import N_, gettext, ngettext
from server.web import get, needs, page, post, see_other, submit, typed_values
from server.web.forms import fields, parse
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
Answer = Response[Any]
COLOURS = {
    Colour.ANY: N_("Any"),
    Colour.CMYK: N_("CMYK, as for offset print"),
    Colour.RGB: N_("RGB, as for screens"),
}
WANTS = {
    Wants.CONFIRMATION: N_("A tick that it is done"),
    Wants.TEXT: N_("A text"),
    Wants.FILE: N_("A file"),
}


# -- tasks -----------------------------------------------------------------------------------------


async def _show_tasks(request: Asked, actor: Actor, call_id: int) -> Answer:
    call = await calls.own_call(actor, call_id)
    found = await queries.tasks(call_id)
    return page(
        request,
        "hub/tasks.html",
        call=call,
        tasks=found,
        remind=", ".join(str(each) for each in await queries.remind_days(call_id)),
        kinds=[(kind.value, gettext(KIND_NAMES[kind])) for kind in setup.kinds_left(found)],
        usual=[each for each in USUAL if each.kind not in {task.kind for task in found}],
        kind_names=KIND_NAMES,
    )


@get("/desk/calls/{call_id:int}/tasks", needs("hub.read"))
async def list_tasks(request: Asked, actor: Actor, call_id: int) -> Answer:
    """What exhibitors have to do before the fair."""
    return await _show_tasks(request, actor, call_id)


@post("/desk/calls/{call_id:int}/tasks/usual", needs("hub.manage"))
async def add_usual(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Add what most joint booths have."""
    return await submit(
        request,
        PressForm,
        act=lambda form: setup.add_usual(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}/tasks",
        said=N_("The usual tasks are set. Look at their days and sizes."),
        again=lambda: _show_tasks(request, actor, call_id),
    )


@post("/desk/calls/{call_id:int}/tasks/reminders", needs("hub.manage"))
async def set_reminders(request: Asked, actor: Actor, call_id: int) -> Answer:
    """When exhibitors are reminded by themselves."""
    return await submit(
        request,
        RemindersForm,
        act=lambda form: setup.set_reminders(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}/tasks",
        said=N_("The reminders are set."),
        again=lambda: _show_tasks(request, actor, call_id),
    )


async def _editor(
    request: Asked, actor: Actor, call_id: int, kind: Kind, task: TaskRow | None
) -> Answer:
    call = await calls.own_call(actor, call_id)
    usual = next((each for each in USUAL if each.kind is kind), None)
    limits = task.limits if task else (usual.limits if usual else Limits())
    return page(
        request,
        "hub/task_form.html",
        call=call,
        kind=kind.value,
        kind_name=gettext(KIND_NAMES[kind]),
        task=task,
        usual=usual,
        limits=limits,
        badge_price=to_decimal(limits.badge_minor, call.currency),
        form={
            each.name: {"label": gettext(each.label), "hint": gettext(each.hint)}
            for each in fields(TaskForm)
        },
        formats=list(NAMES.items()),
        colours=[(each.value, gettext(said)) for each, said in COLOURS.items()],
        wants=[(each.value, gettext(said)) for each, said in WANTS.items()],
    )


def _kind(given: object) -> Kind:
    try:
        return Kind(str(given))
    except ValueError:
        raise NotFound from None


@get("/desk/calls/{call_id:int}/tasks/new", needs("hub.manage"))
async def new_task(request: Asked, actor: Actor, call_id: int) -> Answer:
    """An empty task of a kind."""
    kind = _kind(request.query_params.get("kind", Kind.CUSTOM.value))
    return await _editor(request, actor, call_id, kind, None)


@post("/desk/calls/{call_id:int}/tasks/new", needs("hub.manage"))
async def add_task(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Add it."""
    typed = await typed_values(request)
    await calls.own_call(actor, call_id)
    kind = _kind(typed.get("kind", Kind.CUSTOM.value))
    return await submit(
        request,
        TaskForm,
        act=lambda form: setup.add_task(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}/tasks",
        said=N_("The task is set. Exhibitors find it in their hub."),
        again=lambda: _editor(request, actor, call_id, kind, None),
    )


@get("/desk/calls/{call_id:int}/tasks/{task_id:int}", needs("hub.manage"))
async def edit_task(request: Asked, actor: Actor, call_id: int, task_id: int) -> Answer:
    """A task that is there."""
    task = await queries.own_task(actor, call_id, task_id)
    return await _editor(request, actor, call_id, task.kind, task)


@post("/desk/calls/{call_id:int}/tasks/{task_id:int}", needs("hub.manage"))
async def change_task(request: Asked, actor: Actor, call_id: int, task_id: int) -> Answer:
    """Save it."""
    task = await queries.own_task(actor, call_id, task_id)
    return await submit(
        request,
        TaskForm,
        act=lambda form: setup.change_task(actor, form, call_id=call_id, task_id=task_id),
        to=f"/desk/calls/{call_id}/tasks",
        said=N_("The task is changed. Its deadline moves in the exhibitors' calendars."),
        again=lambda: _editor(request, actor, call_id, task.kind, task),
    )


@post("/desk/calls/{call_id:int}/tasks/{task_id:int}/remove", needs("hub.manage"))
async def remove_task(request: Asked, actor: Actor, call_id: int, task_id: int) -> Answer:
    """Take it away."""
    return await submit(
        request,
        PressForm,
        act=lambda form: setup.remove_task(actor, form, call_id=call_id, task_id=task_id),
        to=f"/desk/calls/{call_id}/tasks",
        said=N_("The task is taken away."),
        again=lambda: _show_tasks(request, actor, call_id),
    )


# -- who is late -----------------------------------------------------------------------------------


async def _show_matrix(request: Asked, actor: Actor, call_id: int) -> Answer:
    call = await calls.own_call(actor, call_id)
    shown = await queries.tasks(call_id)
    show = request.query_params.get("show", "")
    try:
        wanted = parse(MatrixFilter, {"show": show})
    except Invalid:
        wanted = MatrixFilter()
    late_only = wanted.show is TaskState.LATE
    found, following = await queries.exhibitors(
        call_id, shown, late_only=late_only, cursor=request.query_params.get("cursor", "")
    )
    late = [each.late for each in await queries.late_by_call(actor) if each.call == call_id]
    kept = {"show": show} if late_only else {}
    return page(
        request,
        "hub/matrix.html",
        call=call,
        tasks=shown,
        exhibitors=found,
        late=sum(late),
        late_only=late_only,
        following=f"?{urlencode({**kept, 'cursor': following})}" if following else "",
        words=words(),
        printed=await printing.printed(call.booth),
        has_badges=await queries.has_badges(call_id),
    )


@get("/desk/calls/{call_id:int}/hub", needs("hub.read"))
async def show_matrix(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Exhibitors and their tasks."""
    return await _show_matrix(request, actor, call_id)


@post("/desk/calls/{call_id:int}/hub/remind", needs("hub.remind"))
async def remind(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Remind everybody who is late."""
    n = await reminding.remind_late(actor, PressForm(), call_id=call_id)
    said = (
        ngettext("{n} exhibitor was reminded by mail.", "{n} exhibitors were reminded by mail.", n)
        if n
        else gettext(N_("Nobody was written to: whoever is late was reminded today already."))
    )
    return see_other(f"/desk/calls/{call_id}/hub", said=said)


@post("/desk/calls/{call_id:int}/hub/print", needs("hub.manage"))
async def print_catalogue(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Make the PDF of the catalogue."""
    call = await calls.own_call(actor, call_id)
    return await submit(
        request,
        PressForm,
        act=lambda form: printing.ask_for_print(actor, form, booth_id=call.booth),
        to=f"/desk/calls/{call_id}/hub",
        said=N_("The catalogue is being made. Look again in a minute."),
        again=lambda: _show_matrix(request, actor, call_id),
    )


@get("/desk/calls/{call_id:int}/hub/badges.pdf", needs("hub.read"))
async def badges(actor: Actor, call_id: int) -> Response[bytes]:
    """All badges of a call, ready to print."""
    call = await calls.own_call(actor, call_id)
    found = [
        {
            "name": name,
            "function": function,
            "company": sheet.company_name,
            "stand": sheet.stand or "",
        }
        for sheet in await queries.badge_sheets(actor, call_id)
        for name, function in badge_names(sheet.names)
    ]
    if not found:
        raise NotFound(N_("No exhibitor has given names for badges yet."))
    return pdf(
        await printing.badges_pdf(call.agency, call.fair_name, found), f"badges-{call.slug}.pdf"
    )


async def _show_exhibitor(request: Asked, actor: Actor, application_id: int) -> Answer:
    hub = await queries.desk_hub(actor, application_id)
    return page(
        request,
        "hub/desk_exhibitor.html",
        hub=hub,
        words=words(),
        orders=await orders.orders(application_id),
    )


@get("/desk/applications/{application_id:int}/hub", needs("hub.read"))
async def show_exhibitor(request: Asked, actor: Actor, application_id: int) -> Answer:
    """What one exhibitor gave."""
    return await _show_exhibitor(request, actor, application_id)


@post("/desk/applications/{application_id:int}/hub/{task_id:int}", needs("hub.manage"))
async def mark(request: Asked, actor: Actor, application_id: int, task_id: int) -> Answer:
    """Done, not needed, or open again, and why."""
    typed = await typed_values(request)
    given = {"state": typed.get("state", ""), "why": typed.get(f"why_{task_id}", "")}
    try:
        await answers.mark(
            actor, parse(MarkForm, given), application_id=application_id, task_id=task_id
        )
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        named = {
            f"why_{task_id}" if name in ("why", "state") else name: said
            for name, said in refused.errors.items()
        }
        show_again(request, typed, Invalid(named, typed))
        return await _show_exhibitor(request, actor, application_id)
    return see_other(f"/desk/applications/{application_id}/hub", said=N_("Noted."))


HANDLERS = [
    list_tasks, add_usual, set_reminders, new_task, add_task, edit_task, change_task, remove_task,
    show_matrix, remind, print_catalogue, badges, show_exhibitor, mark,
]  # fmt: skip
