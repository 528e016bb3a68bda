"""Requests for meetings, what people said of each other, suggestions. Constraints:
migrations/requests."""

from piccolo.columns import (
    Array,
    BigInt,
    Boolean,
    ForeignKey,
    Integer,
    Real,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.matchmaking.tables import MeetingSession, Participant
from server.accounts.tables import Person

KEEP = OnDelete.restrict
GONE = OnDelete.cascade


class MeetingRequest(Table, tablename="meeting_request"):
    """Somebody asks somebody for a meeting; it never holds a slot. `priority` is the asker's wish
    and `answer_priority` that of who was asked: 1 must be, 2 would be good, 3 if there is room.
    """

    session = ForeignKey(MeetingSession, on_delete=KEEP, null=False)
    asker = ForeignKey(Participant, on_delete=KEEP, null=False)
    asked = ForeignKey(Participant, on_delete=KEEP, null=False, index=True)
    message = Text(default="")
    priority = SmallInt(default=2)
    answer_priority = SmallInt(null=True, default=None)
    state = Varchar(length=9)
    why = Text(default="")
    by_hand = Boolean(default=False)
    made_at = Timestamptz()
    expires_at = Timestamptz(null=True, default=None)
    reminded_at = Timestamptz(null=True, default=None)
    answered_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)


class RequestGuest(Table, tablename="request_guest"):
    """A further participant of a meeting: a colleague, or the third of a group."""

    request = ForeignKey(MeetingRequest, on_delete=KEEP, null=False)
    participant = ForeignKey(Participant, on_delete=KEEP, null=False, index=True)


class RequestOrder(Table, tablename="request_order"):
    """One meeting must be before another: the precedences of the organiser."""

    earlier = ForeignKey(MeetingRequest, on_delete=KEEP, null=False)
    later = ForeignKey(MeetingRequest, on_delete=KEEP, null=False)


class Block(Table, tablename="meeting_block"):
    """A person does not want to be found or asked by another, in any session."""

    person = ForeignKey(Person, on_delete=KEEP, null=False)
    other = ForeignKey(Person, on_delete=KEEP, null=False)
    since = Timestamptz()


class Signal(Table, tablename="meeting_signal"):
    """What a participant thinks of another, for their own eyes: `wish` or `refused`."""

    participant = ForeignKey(Participant, on_delete=GONE, null=False)
    other = ForeignKey(Participant, on_delete=GONE, null=False)
    kind = Varchar(length=7)
    at = Timestamptz()


class Suggested(Table, tablename="meeting_suggestion"):
    """Somebody in somebody's list as it was last worked out, with the reasons in words."""

    participant = ForeignKey(Participant, on_delete=GONE, null=False)
    other = ForeignKey(Participant, on_delete=GONE, null=False)
    rank = SmallInt()
    score = Real()
    reasons = Array(base_column=Text(), default=list)
    made_at = Timestamptz()
    shown = BigInt(default=0)


class Suggesting(Table, tablename="meeting_suggesting"):
    """When the suggestions of a session were worked out, and from what: the stamp of its people,
    profiles, times and signals."""

    session = ForeignKey(MeetingSession, on_delete=GONE, null=False, unique=True)
    stamp = Varchar(length=64, default="")
    made_at = Timestamptz(null=True, default=None)
    people = Integer(default=0)
