"""Reminders: those that go out by themselves, and the press that reminds everybody who is late."""

from datetime import date

from booths.calls import queries as calls
from booths.calls.applying import link, write_to_company
from booths.calls.rows import CallRow
from booths.hub import queries
from booths.hub.forms import PressForm
from booths.hub.queries import ExhibitorRow, TaskRow
from booths.hub.rules import TaskState, reminder_due
from server import clock
from server.accounts.permissions import SYSTEM, Actor, require
from server.audit import record
from server.database import LARGEST_ID, action, rows, step, value
from server.text import N_, gettext
from server.web.formats import day


@action
async def remind_late(actor: Actor, _: PressForm, *, call_id: int) -> int:
    """One mail to each exhibitor who is late, with its own late tasks; how many were reminded.

    Whoever was reminded today already is left in peace until tomorrow.
    """
    require(actor, "hub.remind")
    call = await calls.own_call(actor, call_id)
    shown = await queries.tasks(call_id)
    late = (await queries.exhibitors(call_id, shown, late_only=True, limit=LARGEST_ID - 1))[0]
    today = clock.today(call.tz)
    n = 0
    for each in late:
        owed = [(task, 0) for task in shown if each.states[task.id] is TaskState.LATE]
        if owed and await _remind(actor, call, each, "late", owed, today):
            n += 1
    await record(actor, "hub.remind", "call", call_id, after={"reminded": n})
    return n


@step
async def _remind(
    actor: Actor,
    call: CallRow,
    to: ExhibitorRow,
    kind: str,
    owed: list[tuple[TaskRow, int]],
    today: date,
) -> bool:
    """Write one reminder, unless this exhibitor had one of this kind today.

    `owed` are tasks, each with the threshold in days at which it is reminded.
    """
    made = await value(
        "INSERT INTO hub_reminder (application, kind, day, tasks, person_id, sent_at)"
        " VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT (application, kind, day) DO NOTHING RETURNING id",
        to.application,
        kind,
        today,
        [{"task": task.id, "due": task.due_day.isoformat(), "at": at} for task, at in owed],
        actor.person_id,
        clock.now(),
    )
    if made is None:
        return False
    await write_to_company(
        to.company,
        call,
        f"hub:{to.application}:{kind}:{today.isoformat()}",
        f"hub-{kind}",
        stand=to.stand or "",
        tasks=[
            gettext(N_("{title}: until {day}"), title=task.title, day=day(task.due_day))
            for task, _ in owed
        ],
        n=len(owed),
        link=link(f"/my/applications/{to.application}/hub"),
    )
    return True


async def calls_to_remind() -> list[tuple[int, int]]:
    """(call, agency) of everything that still has a deadline ahead."""
    found = await rows(
        "SELECT DISTINCT c.id, c.agency FROM hub_task t JOIN call c ON c.id = t.call"
        " JOIN booth b ON b.id = c.booth JOIN fair f ON f.id = b.fair"
        " WHERE c.state NOT IN ('draft', 'cancelled') AND f.ends_on >= $1 ORDER BY c.id",
        clock.today("UTC"),
    )
    return [(each["id"], each["agency"]) for each in found]


@action
async def remind_soon(call_id: int, agency_id: int) -> int:
    """Remind the exhibitors of a call whose deadlines are near; each threshold once."""
    actor = Actor(name=SYSTEM.name, system=True, agency_id=agency_id)
    days = await queries.remind_days(call_id)
    shown = await queries.tasks(call_id)
    near = {task.id: reminder_due(task.left, days) for task in shown if task.required}
    if not any(each is not None for each in near.values()):
        return 0
    call = await calls.own_call(actor, call_id)
    told = await _told(call_id)
    everybody, _ = await queries.exhibitors(call_id, shown, limit=LARGEST_ID - 1)
    n = 0
    for each in everybody:
        owed = []
        for task in shown:
            at = near.get(task.id)
            if at is None or each.states[task.id] is not TaskState.TO_DO:
                continue
            if min(told.get((each.application, task.id, task.due_day), [366])) > at:
                owed.append((task, at))
        if owed and await _remind(actor, call, each, "soon", owed, clock.today(call.tz)):
            n += 1
    return n


async def _told(call_id: int) -> dict[tuple[int, int, date], list[int]]:
    """The thresholds at which an exhibitor was told of a task with its deadline as it was then."""
    found = await rows(
        "SELECT r.application, t.* FROM hub_reminder r JOIN application x ON x.id = r.application,"
        " jsonb_to_recordset(r.tasks) AS t (task int, due date, at int)"
        " WHERE x.call = $1 AND r.kind = 'soon'",
        call_id,
    )
    told: dict[tuple[int, int, date], list[int]] = {}
    for each in found:
        told.setdefault((each["application"], each["task"], each["due"]), []).append(each["at"])
    return told
