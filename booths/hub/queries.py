"""Reads of tasks, of what exhibitors gave, and of who is late."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from booths.calls import queries as calls
from booths.calls.rows import Dossier
from booths.calls.rules import PLACED
from booths.hub.rules import (
    KIND_NAMES,
    Kind,
    Limits,
    Marked,
    TaskState,
    badges_free,
    due_at,
    last_day,
    progress,
    task_state,
)
from server import clock
from server.accounts.permissions import Actor, require
from server.database import page_id, row, rows, typed, value
from server.errors import NotFound

PLACES = [state.value for state in PLACED]
USUAL_REMINDERS = [14, 3]


class TaskRow(msgspec.Struct, frozen=True, kw_only=True):
    """A task of a call. Its deadline is counted in the fair's zone `tz`."""

    id: int
    call: int
    kind: Kind
    title: str
    explanation: str
    days_before: int | None
    due_on: date | None
    required: bool
    limits: Limits
    position: int
    version: int
    starts_on: date
    tz: str
    currency: str

    @property
    def due(self) -> datetime:
        """The instant at which it is late."""
        return due_at(self.starts_on, self.tz, days_before=self.days_before, due_on=self.due_on)

    @property
    def due_day(self) -> date:
        """The last day on which it is in time."""
        return last_day(self.due, self.tz)

    @property
    def before(self) -> int:
        """Days between the last day and the opening; negative after it."""
        return (self.starts_on - self.due_day).days

    @property
    def left(self) -> int:
        """Days from today to the last day, where the fair is; negative when it is over."""
        return (self.due_day - clock.today(self.tz)).days

    @property
    def late(self) -> bool:
        """Whether it is late for everybody who has not done it."""
        return self.required and clock.now() >= self.due

    @property
    def kind_name(self) -> str:
        """The kind in words, not translated yet."""
        return KIND_NAMES[self.kind]


class AnswerRow(msgspec.Struct, frozen=True, kw_only=True):
    """What an exhibitor gave for a task. `file` is the id of a document."""

    task: int
    application: int
    state: Marked
    content: dict[str, Any]
    file: int | None
    filename: str | None
    why: str
    person: str | None
    changed_at: datetime


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A task as it stands for one exhibitor."""

    task: TaskRow
    answer: AnswerRow | None
    state: TaskState


class Hub(msgspec.Struct, frozen=True, kw_only=True):
    """One exhibitor with its tasks, the next deadline first."""

    found: Dossier
    items: list[Item]

    @property
    def area_m2(self) -> Decimal:
        """The area of the stand in m²."""
        assert self.found.admission is not None
        return self.found.admission.area_m2

    @property
    def done(self) -> int:
        """How many tasks are finished."""
        return progress({each.task.id: each.state for each in self.items})[0]

    @property
    def late(self) -> list[Item]:
        """What is late."""
        return [each for each in self.items if each.state is TaskState.LATE]

    def item(self, task_id: int) -> Item:
        """One of the tasks."""
        for each in self.items:
            if each.task.id == task_id:
                return each
        raise NotFound


class ExhibitorRow(msgspec.Struct, frozen=True, kw_only=True):
    """An exhibitor in the matrix, with the state of each task by the task's id."""

    application: int
    company: int
    company_name: str
    reference: str | None
    stand: str | None
    area_m2: Decimal
    reminded_on: date | None
    states: dict[int, TaskState] = msgspec.field(default_factory=dict)

    @property
    def late(self) -> int:
        """How many tasks are late."""
        return sum(1 for each in self.states.values() if each is TaskState.LATE)


_TASK = """
SELECT t.id, t.call, t.kind, t.title, t.explanation, t.days_before, t.due_on, t.required, t.limits,
       t.position, t.version, f.starts_on, f.tz, p.currency
FROM hub_task t JOIN call c ON c.id = t.call JOIN booth b ON b.id = c.booth
JOIN fair f ON f.id = b.fair JOIN price_list p ON p.id = c.price_list
"""
_ANSWER = """
SELECT a.task, a.application, a.state, a.content, a.file, d.filename, a.why, p.name AS person,
       a.changed_at
FROM task_answer a LEFT JOIN document d ON d.id = a.file LEFT JOIN person p ON p.id = a.person_id
"""
# $2: the states of those who have a stand; $4 narrows the list to those who have not done one of
# these tasks, and is null for all.
_EXHIBITORS = """
SELECT x.id AS application, x.company, co.name AS company_name, x.reference, st.label AS stand,
       ad.area_m2, (SELECT max(r.day) FROM hub_reminder r
                    WHERE r.application = x.id AND r.kind = 'late') AS reminded_on
FROM application x
JOIN company co ON co.id = x.company
JOIN admission ad ON ad.application = x.id AND ad.ended_at IS NULL
LEFT JOIN allocation al ON al.application = x.id AND al.state <> 'released'
LEFT JOIN stand st ON st.id = al.stand
WHERE x.call = $1 AND x.state = ANY($2) AND x.id > $3
  AND ($4::int[] IS NULL OR EXISTS (
      SELECT FROM unnest($4::int[]) AS wanted (task) WHERE NOT EXISTS (
          SELECT FROM task_answer a WHERE a.application = x.id AND a.task = wanted.task
          AND a.state <> 'open')))
ORDER BY x.id LIMIT $5
"""


async def tasks(call_id: int) -> list[TaskRow]:
    """The tasks of a call, the first to be due first."""
    found = typed(TaskRow, await rows(f"{_TASK} WHERE t.call = $1", call_id))
    return sorted(found, key=lambda each: (each.due, each.position, each.id))


async def own_tasks(actor: Actor, call_id: int) -> list[TaskRow]:
    """The tasks of one of the agency's calls."""
    await calls.own_call(actor, call_id)
    return await tasks(call_id)


async def tasks_page(
    actor: Actor, *, call_id: int, cursor: str = "", limit: int = 50
) -> tuple[list[TaskRow], str | None]:
    """The same for the API; a call holds them all."""
    require(actor, "hub.read")
    return await own_tasks(actor, call_id), None


async def own_task(actor: Actor, call_id: int, task_id: int) -> TaskRow:
    """One task of one of the agency's calls."""
    require(actor, "hub.read")
    await calls.own_call(actor, call_id)
    found = await row(f"{_TASK} WHERE t.id = $1 AND t.call = $2", task_id, call_id)
    if found is None:
        raise NotFound
    return typed(TaskRow, found)


async def remind_days(call_id: int) -> list[int]:
    """How many days before a deadline exhibitors of a call are reminded."""
    found = await value("SELECT remind_days FROM hub_settings WHERE call = $1", call_id)
    return USUAL_REMINDERS if found is None else list(found)


async def answers(application_id: int) -> dict[int, AnswerRow]:
    """What an exhibitor gave, by task."""
    found = typed(AnswerRow, await rows(f"{_ANSWER} WHERE a.application = $1", application_id))
    return {each.task: each for each in found}


async def hub_of(found: Dossier) -> Hub:
    """The hub of an application that somebody has the right to see; NotFound before admission."""
    if found.row.state not in PLACED or found.admission is None:
        raise NotFound
    now = clock.now()
    given = await answers(found.row.id)
    return Hub(
        found=found,
        items=[
            Item(task=each, answer=given.get(each.id), state=_state(each, given.get(each.id), now))
            for each in await tasks(found.call.id)
        ],
    )


def _state(task: TaskRow, answer: AnswerRow | None, now: datetime) -> TaskState:
    return task_state(answer.state if answer else None, task.required, task.due, now)


async def own_hub(actor: Actor, application_id: int) -> Hub:
    """The hub of the actor's company; NotFound before admission."""
    require(actor, "hub.own")
    return await hub_of(await calls.own_dossier(actor, application_id))


async def desk_hub(actor: Actor, application_id: int) -> Hub:
    """The hub of an exhibitor of the actor's agency."""
    require(actor, "hub.read")
    return await hub_of(await calls.desk_dossier(actor, application_id))


def badge_allowance(hub: Hub, task: TaskRow) -> int:
    """The free badges of an exhibitor."""
    return badges_free(hub.area_m2, task.limits.badges, task.limits.badge_step_m2)


async def exhibitors(
    call_id: int,
    shown: list[TaskRow],
    *,
    late_only: bool = False,
    cursor: str = "",
    limit: int = 50,
) -> tuple[list[ExhibitorRow], str | None]:
    """Everybody who has a stand by this call, with the states of the tasks: two statements."""
    overdue = [each.id for each in shown if each.late]
    found = await rows(
        _EXHIBITORS,
        call_id,
        PLACES,
        page_id(cursor) or 0,
        overdue if late_only else None,
        limit + 1,
    )
    kept = found[:limit]
    marks = await rows(
        "SELECT task, application, state FROM task_answer WHERE application = ANY($1::int[])",
        [each["application"] for each in kept],
    )
    marked = {(each["application"], each["task"]): Marked(each["state"]) for each in marks}
    now = clock.now()
    items = [
        msgspec.structs.replace(
            typed(ExhibitorRow, each),
            states={
                task.id: task_state(
                    marked.get((each["application"], task.id)), task.required, task.due, now
                )
                for task in shown
            },
        )
        for each in kept
    ]
    return items, str(kept[-1]["application"]) if len(found) > limit else None


async def matrix_page(
    actor: Actor, *, call_id: int, cursor: str = "", limit: int = 50
) -> tuple[list[ExhibitorRow], str | None]:
    """The exhibitors of one of the agency's calls and their tasks, for the API."""
    require(actor, "hub.read")
    shown = await own_tasks(actor, call_id)
    return await exhibitors(call_id, shown, cursor=cursor, limit=limit)


class LateCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call some of whose exhibitors are late."""

    call: int
    title: str
    late: int


async def late_by_call(actor: Actor) -> list[LateCall]:
    """How many exhibitors are late, call by call, of fairs that are not over: two statements."""
    require(actor, "hub.read")
    coming = typed(
        TaskRow,
        await rows(
            f"{_TASK} WHERE c.agency = $1 AND t.required AND f.ends_on >= $2"
            " AND c.state NOT IN ('draft', 'cancelled')",
            actor.agency_id,
            clock.today("UTC"),
        ),
    )
    overdue = [each.id for each in coming if each.late]
    if not overdue:
        return []
    found = await rows(
        "SELECT c.id AS call, c.title, count(DISTINCT x.id) AS late FROM hub_task t"
        " JOIN call c ON c.id = t.call JOIN application x ON x.call = c.id AND x.state = ANY($2)"
        " WHERE t.id = ANY($1::int[]) AND NOT EXISTS (SELECT FROM task_answer a"
        " WHERE a.task = t.id AND a.application = x.id AND a.state <> 'open')"
        " GROUP BY c.id ORDER BY c.id",
        overdue,
        PLACES,
    )
    return typed(LateCall, found)


class BadgeSheet(msgspec.Struct, frozen=True, kw_only=True):
    """The badges of one exhibitor."""

    company_name: str
    stand: str | None
    names: str


async def has_badges(call_id: int) -> bool:
    """Whether an exhibitor of a call has given names."""
    return bool(
        await value(
            "SELECT 1 FROM task_answer a JOIN hub_task t ON t.id = a.task AND t.kind = 'badges'"
            " JOIN application x ON x.id = a.application AND x.state = ANY($2)"
            " WHERE t.call = $1 AND a.content ? 'names' LIMIT 1",
            call_id,
            PLACES,
        )
    )


async def badge_sheets(actor: Actor, call_id: int) -> list[BadgeSheet]:
    """The names of everybody who gave some, by company."""
    require(actor, "hub.read")
    await calls.own_call(actor, call_id)
    found = await rows(
        "SELECT co.name AS company_name, st.label AS stand, a.content ->> 'names' AS names"
        " FROM task_answer a JOIN hub_task t ON t.id = a.task AND t.kind = 'badges'"
        " JOIN application x ON x.id = a.application AND x.state = ANY($2)"
        " JOIN company co ON co.id = x.company"
        " LEFT JOIN allocation al ON al.application = x.id AND al.state <> 'released'"
        " LEFT JOIN stand st ON st.id = al.stand"
        " WHERE t.call = $1 AND a.content ? 'names' ORDER BY lower(co.name), x.id",
        call_id,
        PLACES,
    )
    return typed(BadgeSheet, found)
