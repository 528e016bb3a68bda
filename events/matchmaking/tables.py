"""Sessions of meetings: their slots, places, groups, people, profiles.

Constraints live in migrations/matchmaking.
"""

from typing import Any

from piccolo.columns import (
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    LazyTableReference,
    SmallInt,
    Text,
    Timestamp,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.fairs.tables import Fair
from server.accounts.tables import Person
from server.organisations.tables import Agency, Company

KEEP = OnDelete.restrict
GONE = OnDelete.cascade
INVOICE = LazyTableReference("Invoice", module_path="server.billing.tables")


class MeetingSession(Table, tablename="meeting_session"):
    """An occasion with slots at which people meet one to one. `kind` is where: at a fair, online,
    with companies that a delegation visits, or at an office; wall times belong to `tz`.

    `walking` says that two meetings in a row must lie in the same area. `fee_minor` is the price of
    taking part, free without one.
    """

    agency = ForeignKey(Agency, on_delete=KEEP, null=False, index=True)
    fair = ForeignKey(Fair, on_delete=KEEP, null=True, default=None, index=True)
    slug = Varchar(length=80, unique=True)
    kind = Varchar(length=8)
    title = Varchar(length=200)
    description = Text(default="")
    venue = Varchar(length=200, default="")
    country = Varchar(length=2, default="")
    tz = Varchar(length=60)
    state = Varchar(length=10, default="draft")
    slot_minutes = SmallInt()
    requests_until = Timestamptz(null=True, default=None)
    answers_until = Timestamptz(null=True, default=None)
    by_invitation = Boolean(default=True)
    by_application = Boolean(default=False)
    of_exhibitors = Boolean(default=False)
    most_in_a_row = SmallInt(null=True, default=None)
    fairness = SmallInt(null=True, default=None)
    walking = Boolean(default=False)
    fee_minor = BigInt(null=True, default=None)
    currency = Varchar(length=3, default="EUR")
    version = Integer(default=1)
    changed_at = Timestamptz()
    created_at = Timestamptz()


class SessionSlot(Table, tablename="session_slot"):
    """One stretch of time in which meetings are. `half` numbers the half-day it belongs to."""

    session = ForeignKey(MeetingSession, on_delete=GONE, null=False)
    number = SmallInt()
    half = SmallInt()
    start_local = Timestamp()
    end_local = Timestamp()
    starts_at = Timestamptz()
    ends_at = Timestamptz()


class SessionPlace(Table, tablename="session_place"):
    """Where one meeting at a time can be: a table, a stand, a room, a company's premises.

    `company` is whose stand or premises it is: that company's people are met there. `stand` names
    a stand on a plan; plans lie above this room.
    """

    session = ForeignKey(MeetingSession, on_delete=GONE, null=False)
    kind = Varchar(length=8)
    label = Varchar(length=60)
    area = Varchar(length=60, default="")
    seats = SmallInt(default=4)
    company = ForeignKey(Company, on_delete=KEEP, null=True, default=None)
    stand = BigInt(null=True, default=None)
    position = Integer(default=0)
    closed = Boolean(default=False)


class Interpreter(Table, tablename="interpreter"):
    """Somebody who helps in meetings of people without a language in common, one at a time."""

    session = ForeignKey(MeetingSession, on_delete=GONE, null=False)
    name = Varchar(length=120)
    languages = Array(base_column=Varchar(length=3), default=list)


class InterpreterAway(Table, tablename="interpreter_away"):
    """A slot in which an interpreter is not there."""

    interpreter = ForeignKey(Interpreter, on_delete=GONE, null=False)
    slot = ForeignKey(SessionSlot, on_delete=GONE, null=False)


class ParticipantGroup(Table, tablename="participant_group"):
    """What people are in a session (buyer, exhibitor, speaker) and how much they may ask for."""

    session = ForeignKey(MeetingSession, on_delete=GONE, null=False)
    name = Varchar(length=60)
    position = Integer(default=0)
    most_requests = SmallInt(null=True, default=None)
    most_meetings = SmallInt(null=True, default=None)


class GroupRule(Table, tablename="group_rule"):
    """People of `asker` may ask people of `asked`."""

    asker = ForeignKey(ParticipantGroup, on_delete=GONE, null=False)
    asked = ForeignKey(ParticipantGroup, on_delete=GONE, null=False)


class MeetingProfile(Table, tablename="meeting_profile"):
    """What one person of one company brings and looks for: asked once, used by every session."""

    person = ForeignKey(Person, on_delete=KEEP, null=False, index=True)
    company = ForeignKey(Company, on_delete=KEEP, null=False, index=True)
    position = Varchar(length=120, default="")
    phone = Varchar(length=40, default="")
    intro = Text(default="")
    visible = Varchar(length=8, default="shown")
    sectors = Array(base_column=Varchar(length=12), default=list)
    languages = Array(base_column=Varchar(length=3), default=list)
    markets = Array(base_column=Varchar(length=2), default=list)
    aims = Array(base_column=Varchar(length=2), default=list)
    gives = Array(base_column=Varchar(length=12), default=list)
    seeks = Array(base_column=Varchar(length=12), default=list)
    certificates = Array(base_column=Varchar(length=60), default=list)
    asks = Array(base_column=Varchar(length=60), default=list)
    sizes = Array(base_column=Varchar(length=12), default=list)
    version = Integer(default=1)
    changed_at = Timestamptz()


class ProfileGood(Table, tablename="profile_good"):
    """One thing that is offered or needed: words, and codes of HS or NACE as `taxonomy.code`."""

    profile = ForeignKey(MeetingProfile, on_delete=GONE, null=False, index=True)
    side = Varchar(length=5)
    text = Varchar(length=300, default="")
    codes = Array(base_column=Varchar(length=20), default=list)
    position = Integer(default=0)


class Participant(Table, tablename="participant"):
    """A person of a company in a session.

    `key` stands for them in addresses. `online` people meet by video, between the hours `day_from`
    and `day_until` of their own `tz`.
    """

    session = ForeignKey(MeetingSession, on_delete=KEEP, null=False)
    in_group = ForeignKey(ParticipantGroup, on_delete=KEEP, null=False)
    person = ForeignKey(Person, on_delete=KEEP, null=False, index=True)
    company = ForeignKey(Company, on_delete=KEEP, null=False, index=True)
    profile = ForeignKey(MeetingProfile, on_delete=KEEP, null=False)
    key = UUID(unique=True)
    state = Varchar(length=9)
    came_by = Varchar(length=11)
    place = ForeignKey(SessionPlace, on_delete=OnDelete.set_null, null=True, default=None)
    most_meetings = SmallInt(null=True, default=None)
    online = Boolean(default=False)
    tz = Varchar(length=60, default="")
    day_from = SmallInt(default=8)
    day_until = SmallInt(default=20)
    invoice: ForeignKey[Any] = ForeignKey(INVOICE, on_delete=KEEP, null=True, default=None)
    why = Text(default="")
    checked_in_at = Timestamptz(null=True, default=None)
    changed_at = Timestamptz()
    created_at = Timestamptz()


class SessionInvitation(Table, tablename="session_invitation"):
    """An e-mail address that was invited to a session, until somebody takes part by it."""

    session = ForeignKey(MeetingSession, on_delete=KEEP, null=False)
    in_group = ForeignKey(ParticipantGroup, on_delete=KEEP, null=False)
    email = Varchar(length=254)
    name = Varchar(length=200, default="")
    company_name = Varchar(length=200, default="")
    token_hash = Bytea(unique=True)
    sent_at = Timestamptz()
    answered_at = Timestamptz(null=True, default=None)
    taken_back_at = Timestamptz(null=True, default=None)
    participant = ForeignKey(Participant, on_delete=KEEP, null=True, default=None)


class Away(Table, tablename="participant_away"):
    """A slot in which a participant cannot meet: their own choice, set-up, or another booking."""

    participant = ForeignKey(Participant, on_delete=GONE, null=False)
    slot = ForeignKey(SessionSlot, on_delete=GONE, null=False)
    why = Varchar(length=8, default="own")
