"""What an agency sets for a call: tasks with their deadlines, and when it reminds."""

from typing import Any

import asyncpg
import msgspec

from booths.calls import queries as calls
from booths.calls.rows import CallRow
from booths.hub import queries
from booths.hub.forms import PressForm, RemindersForm, TaskForm
from booths.hub.rules import KIND_NAMES, ONCE, USUAL, Kind
from events.calendars import actions as calendars
from server import jobs
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, row, rows, step, value
from server.errors import Conflict, NotFound, Refused
from server.money import to_minor
from server.text import N_, gettext

_COLUMNS = ("kind", "title", "explanation", "days_before", "due_on", "required", "limits")


@step
async def _held(actor: Actor, call_id: int) -> CallRow:
    """The agency's call, whose tasks one person changes at a time."""
    held = await row(
        "SELECT 1 FROM call WHERE id = $1 AND agency = $2 FOR NO KEY UPDATE",
        call_id,
        actor.agency_id,
    )
    if held is None:
        raise NotFound
    return await calls.own_call(actor, call_id)


def _columns(form: TaskForm, call: CallRow) -> list[Any]:
    limits = form.limits(to_minor(form.badge_price, call.currency))
    return [
        form.kind.value, form.title, form.explanation, form.days_before, form.due_on,
        form.required == "yes", msgspec.to_builtins(limits),
    ]  # fmt: skip


@step
async def _add(call_id: int, columns: list[Any]) -> int:
    return int(
        await value(
            "INSERT INTO hub_task (call, kind, title, explanation, days_before, due_on, required,"
            " limits, position) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,"
            " (SELECT coalesce(max(position), 0) + 1 FROM hub_task WHERE call = $1)) RETURNING id",
            call_id,
            *columns,
        )
    )


@action
async def add_task(actor: Actor, form: TaskForm, *, call_id: int) -> int:
    """One more task. A call has one catalogue entry and one list of badges."""
    require(actor, "hub.manage")
    call = await _held(actor, call_id)
    try:
        made = await _add(call_id, _columns(form, call))
    except asyncpg.UniqueViolationError:
        raise Conflict(
            N_("This call has the task “{kind}” already. Change that one."),
            field="kind",
            kind=gettext(KIND_NAMES[form.kind]),
        ) from None
    await record(actor, "hub.task_add", "call", call_id, after={"task": made, "title": form.title})
    await jobs.enqueue("hub.dates", call_id=call_id)
    return made


@action
async def add_usual(actor: Actor, _: PressForm, *, call_id: int) -> int:
    """The tasks that most joint booths have, of kinds that the call has not yet; how many."""
    require(actor, "hub.manage")
    await _held(actor, call_id)
    known = {each["kind"] for each in await rows(
        "SELECT DISTINCT kind FROM hub_task WHERE call = $1", call_id
    )}  # fmt: skip
    wanted = [each for each in USUAL if each.kind.value not in known]
    for each in wanted:
        await _add(
            call_id,
            [
                each.kind.value, gettext(KIND_NAMES[each.kind]), gettext(each.explanation),
                each.days_before, None, each.required, msgspec.to_builtins(each.limits),
            ],
        )  # fmt: skip
    await record(actor, "hub.task_usual", "call", call_id, after={"tasks": len(wanted)})
    await jobs.enqueue("hub.dates", call_id=call_id)
    return len(wanted)


@action
async def change_task(actor: Actor, form: TaskForm, *, call_id: int, task_id: int) -> int:
    """Another text, limit or deadline. The kind stays: answers were given to it."""
    require(actor, "hub.manage")
    call = await _held(actor, call_id)
    before = await queries.own_task(actor, call_id, task_id)
    if form.version is not None and form.version != before.version:
        raise Conflict(
            N_(
                "Somebody changed this task meanwhile. What you typed is below:"
                " compare and save again."
            )
        )
    if form.kind is not before.kind:
        raise Refused(N_("The kind of a task stays. Add another task instead."), field="kind")
    sets = ", ".join(f"{name} = ${n}" for n, name in enumerate(_COLUMNS, 2))
    await execute(
        f"UPDATE hub_task SET version = version + 1, {sets} WHERE id = $1",  # noqa: S608
        task_id,
        *_columns(form, call),
    )
    await record(
        actor, "hub.task_change", "call", call_id,
        before={"task": task_id, "title": before.title, "due": before.due_day},
        after={"title": form.title, "days_before": form.days_before, "due_on": form.due_on},
    )  # fmt: skip
    await jobs.enqueue("hub.dates", call_id=call_id)
    return task_id


@action
async def remove_task(actor: Actor, _: PressForm, *, call_id: int, task_id: int) -> int:
    """Take a task back that nobody has answered."""
    require(actor, "hub.manage")
    await _held(actor, call_id)
    task = await queries.own_task(actor, call_id, task_id)
    if await value("SELECT 1 FROM task_answer WHERE task = $1 LIMIT 1", task_id):
        raise Conflict(
            N_("Exhibitors have answered this task, so it stays. You can make it voluntary.")
        )
    for item in await rows(
        "SELECT i.key FROM application x JOIN calendar_item i"
        " ON i.key = 'hub:' || x.id || ':' || $2::text WHERE x.call = $1",
        call_id,
        str(task_id),
    ):
        await calendars.cancel(item["key"])
    await execute("DELETE FROM hub_task WHERE id = $1", task_id)
    await record(
        actor, "hub.task_remove", "call", call_id, before={"task": task_id, "title": task.title}
    )
    return task_id


@action
async def set_reminders(actor: Actor, form: RemindersForm, *, call_id: int) -> int:
    """How many days before a deadline exhibitors are reminded by themselves."""
    require(actor, "hub.manage")
    await _held(actor, call_id)
    before = await queries.remind_days(call_id)
    await execute(
        "INSERT INTO hub_settings (call, remind_days) VALUES ($1, $2)"
        " ON CONFLICT (call) DO UPDATE SET remind_days = EXCLUDED.remind_days",
        call_id,
        form.days,
    )
    await record(
        actor, "hub.reminders", "call", call_id,
        before={"remind_days": before}, after={"remind_days": form.days},
    )  # fmt: skip
    return call_id


def kinds_left(known: list[queries.TaskRow]) -> list[Kind]:
    """The kinds that can still be added."""
    taken = {each.kind for each in known if each.kind in ONCE}
    return [kind for kind in Kind if kind not in taken]
