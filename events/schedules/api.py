"""Plans of meetings in the JSON API."""

import msgspec

from events.schedules import actions, moving, queries
from events.schedules.forms import (
    CancelForm,
    DoForm,
    FillForm,
    MoveForm,
    PinForm,
    RunForm,
    SwapForm,
)
from events.schedules.queries import LineRow, MeetingRow, RunRow
from server.accounts.permissions import Actor
from server.database import page_id
from server.text import N_
from server.web.api import Endpoint, Made

TAG = "Meetings"
SESSION = "/desk/meetings/{session_id:int}"
RUN = SESSION + "/runs/{number:int}"
MEETING = SESSION + "/meetings/{meeting_id:int}"


class RunNumber(msgspec.Struct, frozen=True):
    """The number of a run in its session."""

    number: int


class Changes(msgspec.Struct, frozen=True):
    """How many meetings people were told about."""

    changes: int


class RunWithLines(msgspec.Struct, frozen=True, kw_only=True):
    """A run with every request: where it is, or why it has no slot."""

    run: RunRow
    lines: list[LineRow]


async def _runs(
    actor: Actor, session_id: int, cursor: str, limit: int
) -> tuple[list[RunRow], str | None]:
    await queries.own_session(actor, session_id)
    found = await queries.runs(session_id, page_id(cursor), limit + 1)
    return found[:limit], str(found[limit - 1].number) if len(found) > limit else None


async def _run(actor: Actor, session_id: int, number: int) -> RunWithLines:
    _, run = await queries.own_run(actor, session_id, number)
    return RunWithLines(run=run, lines=list((await queries.lines(run.id)).values()))


def _number(number: int) -> RunNumber:
    return RunNumber(number)


def _changes(changes: int) -> Changes:
    return Changes(changes)


def _made(made: int) -> Made:
    return Made(id=made)


ENDPOINTS = [
    Endpoint(
        method="GET", path=SESSION + "/runs", verb="schedule.read", many=True, tag=TAG,
        summary=N_("Runs of the scheduler, the latest first"), fetch=_runs, row=RunRow,
    ),
    Endpoint(
        method="POST", path=SESSION + "/runs", verb="schedule.write", tag=TAG,
        summary=N_("Ask for a run; it is worked out in the background"),
        form=RunForm, act=actions.ask, shape=_number, row=RunNumber, status=202,
    ),
    Endpoint(
        method="GET", path=RUN, verb="schedule.read", tag=TAG,
        summary=N_("A run and where it puts every request, or why it has no slot"),
        fetch=_run, row=RunWithLines,
    ),
    Endpoint(
        method="POST", path=RUN + "/publish", verb="schedule.write", tag=TAG,
        summary=N_("Publish a draft: people are told what is new, moved or cancelled"),
        form=DoForm, act=actions.publish, shape=_changes, row=Changes,
    ),
    Endpoint(
        method="POST", path=RUN + "/back", verb="schedule.write", tag=TAG,
        summary=N_("Make a draft that goes back to a published run"),
        form=DoForm, act=actions.back, shape=_number, row=RunNumber,
    ),
    Endpoint(
        method="POST", path=RUN + "/discard", verb="schedule.write", tag=TAG,
        summary=N_("Throw a run away, or stop one at work"),
        form=DoForm, act=actions.discard, shape=_number, row=RunNumber,
    ),
    Endpoint(
        method="GET", path=SESSION + "/meetings", verb="schedule.read", many=True, tag=TAG,
        summary=N_("All meetings of a session"), fetch=queries.own_meetings, row=MeetingRow,
    ),
    Endpoint(
        method="POST", path=SESSION + "/meetings", verb="schedule.write", tag=TAG,
        summary=N_("Give an accepted request without a slot this one"),
        form=FillForm, act=moving.fill, shape=_made, row=Made,
    ),
    Endpoint(
        method="GET", path=MEETING, verb="schedule.read", tag=TAG,
        summary=N_("One meeting"), fetch=queries.own_meeting, row=MeetingRow,
    ),
    Endpoint(
        method="POST", path=MEETING + "/move", verb="schedule.write", tag=TAG,
        summary=N_("Move a meeting to another slot or place"),
        form=MoveForm, act=moving.move, shape=_made, row=Made,
    ),
    Endpoint(
        method="POST", path=MEETING + "/swap", verb="schedule.write", tag=TAG,
        summary=N_("Swap the slots of two meetings"),
        form=SwapForm, act=moving.swap, shape=_made, row=Made,
    ),
    Endpoint(
        method="POST", path=MEETING + "/pin", verb="schedule.write", tag=TAG,
        summary=N_("Pin a meeting where it is, or let runs move it again"),
        form=PinForm, act=moving.pin, shape=_made, row=Made,
    ),
    Endpoint(
        method="POST", path=MEETING + "/cancel", verb="schedule.write", tag=TAG,
        summary=N_("Cancel a meeting and tell its people why"),
        form=CancelForm, act=moving.cancel, shape=_made, row=Made,
    ),
]  # fmt: skip
