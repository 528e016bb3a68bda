"""The day itself: who is late or did not come, ratings, notes, contacts, other times. Constraints:
migrations/agendas."""

from piccolo.columns import Boolean, ForeignKey, SmallInt, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.matchmaking.tables import Participant, SessionSlot
from events.schedules.tables import Meeting

KEEP = OnDelete.restrict


class Lateness(Table, tablename="meeting_lateness"):
    """A participant says that they will be late."""

    meeting = ForeignKey(Meeting, on_delete=KEEP, null=False)
    participant = ForeignKey(Participant, on_delete=KEEP, null=False)
    minutes = SmallInt()
    at = Timestamptz()


class NoShow(Table, tablename="meeting_no_show"):
    """`participant` did not come. `said_by` is who said so; staff may take it back."""

    meeting = ForeignKey(Meeting, on_delete=KEEP, null=False)
    participant = ForeignKey(Participant, on_delete=KEEP, null=False)
    said_by = Varchar(length=200)
    at = Timestamptz()
    taken_back_at = Timestamptz(null=True, default=None)


class Rating(Table, tablename="meeting_rating"):
    """What came of a meeting for one of its people: four outcomes, one tap; stars, another."""

    meeting = ForeignKey(Meeting, on_delete=KEEP, null=False)
    participant = ForeignKey(Participant, on_delete=KEEP, null=False)
    outcome = Varchar(length=12)
    stars = SmallInt(null=True, default=None)
    at = Timestamptz()


class Note(Table, tablename="meeting_note"):
    """What a participant wrote down about a meeting, for their own company."""

    meeting = ForeignKey(Meeting, on_delete=KEEP, null=False)
    participant = ForeignKey(Participant, on_delete=KEEP, null=False)
    text = Text()
    at = Timestamptz()


class ContactConsent(Table, tablename="contact_consent"):
    """A participant gives their contact to the others of a meeting, or takes it back."""

    meeting = ForeignKey(Meeting, on_delete=KEEP, null=False)
    participant = ForeignKey(Participant, on_delete=KEEP, null=False)
    given = Boolean()
    at = Timestamptz()


class OtherTime(Table, tablename="meeting_other_time"):
    """A participant asks to have a meeting in another slot; the others agree or not."""

    meeting = ForeignKey(Meeting, on_delete=KEEP, null=False)
    participant = ForeignKey(Participant, on_delete=KEEP, null=False)
    slot = ForeignKey(SessionSlot, on_delete=KEEP, null=False)
    state = Varchar(length=9)
    why = Text(default="")
    made_at = Timestamptz()
    answered_at = Timestamptz(null=True, default=None)


class Declined(Table, tablename="meeting_declined"):
    """A participant has declined a meeting in their calendar. `kept_by` has decided that it stays
    as it is all the same."""

    meeting = ForeignKey(Meeting, on_delete=KEEP, null=False)
    participant = ForeignKey(Participant, on_delete=KEEP, null=False)
    at = Timestamptz()
    kept_at = Timestamptz(null=True, default=None)
    kept_by = Varchar(length=200, default="")


class ToTell(Table, tablename="meeting_to_tell"):
    """A participant has not been told yet how a meeting stands now."""

    meeting = ForeignKey(Meeting, on_delete=KEEP, null=False)
    participant = ForeignKey(Participant, on_delete=KEEP, null=False)
    at = Timestamptz()
