"""Runs of the scheduler and the meetings that were told to people. Constraints:
migrations/schedules."""

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    Boolean,
    ForeignKey,
    Integer,
    Real,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.matchmaking.tables import Interpreter, MeetingSession, Participant, SessionPlace
from events.matchmaking.tables import SessionSlot as Slot
from events.requests.tables import MeetingRequest

KEEP = OnDelete.restrict


class ScheduleRun(Table, tablename="schedule_run"):
    """One working-out of a session's plan. `asked` is the whole question as it was (people,
    slots, places, meetings), `stamp` its SHA-256; `answer` what is known of the plan's quality.
    """

    session = ForeignKey(MeetingSession, on_delete=KEEP, null=False)
    number = Integer()
    kind = Varchar(length=8)
    state = Varchar(length=9)
    person_id = BigInt(null=True, default=None)
    made_by = Varchar(length=200)
    made_at = Timestamptz()
    seconds = Integer()
    based_on = BigInt(null=True, default=None)
    asked = JSONB(null=True, default=None)
    stamp = Varchar(length=64, default="")
    progress = Real(default=0)
    said = Text(default="")
    answer = JSONB(null=True, default=None)
    done_at = Timestamptz(null=True, default=None)
    published_at = Timestamptz(null=True, default=None)


class RunMeeting(Table, tablename="run_meeting"):
    """Where a run puts a meeting, or why it has no slot."""

    run = ForeignKey(ScheduleRun, on_delete=KEEP, null=False)
    request = ForeignKey(MeetingRequest, on_delete=KEEP, null=False)
    slot = ForeignKey(Slot, on_delete=KEEP, null=True, default=None)
    place = ForeignKey(SessionPlace, on_delete=KEEP, null=True, default=None)
    interpreter = ForeignKey(Interpreter, on_delete=KEEP, null=True, default=None)
    why = Text(default="")


class Meeting(Table, tablename="meeting"):
    """A meeting as people were told. Without `place` it is online; no run moves a `pinned` one.

    One that is cancelled, or whose other side did not come, is no longer `live`: all are free.
    """

    session = ForeignKey(MeetingSession, on_delete=KEEP, null=False)
    request = ForeignKey(MeetingRequest, on_delete=KEEP, null=False, index=True)
    run = ForeignKey(ScheduleRun, on_delete=KEEP, null=True, default=None)
    key = UUID(unique=True)
    slot = ForeignKey(Slot, on_delete=KEEP, null=False)
    place = ForeignKey(SessionPlace, on_delete=KEEP, null=True, default=None)
    interpreter = ForeignKey(Interpreter, on_delete=KEEP, null=True, default=None)
    state = Varchar(length=9)
    live = Boolean(default=True)
    pinned = Boolean(default=False)
    version = Integer(default=1)
    why = Text(default="")
    created_at = Timestamptz()
    changed_at = Timestamptz()


class Seat(Table, tablename="meeting_seat"):
    """One participant of a meeting, in its slot. `live` follows the meeting's."""

    meeting = ForeignKey(Meeting, on_delete=KEEP, null=False)
    participant = ForeignKey(Participant, on_delete=KEEP, null=False)
    slot = ForeignKey(Slot, on_delete=KEEP, null=False)
    live = Boolean(default=True)
