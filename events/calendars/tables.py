"""Calendar items, private feeds, and the stored bytes of feeds.

A fair and a booth are plain numbers here: their rooms lie above this one.
"""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    SmallInt,
    Text,
    Timestamp,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from server.accounts.tables import Person
from server.organisations.tables import Agency, Company


class CalendarItem(Table, tablename="calendar_item"):
    """Something at a time. `key` is the name its room gives it; `uid` is the one clients know.

    `starts_at` and `ends_at` are derived from the wall times and the zone; `fragment` is the
    finished VEVENT. An item is never deleted: a trigger sees to it.
    """

    uid = UUID(unique=True)
    key = Text(unique=True)
    kind = Varchar(length=20)
    status = Varchar(length=10)
    sequence = Integer()
    created_at = Timestamptz()
    last_modified = Timestamptz()
    cancelled_at = Timestamptz(null=True, default=None)
    tz = Varchar(length=60)
    start_local = Timestamp(null=True, default=None)
    end_local = Timestamp(null=True, default=None)
    start_on = Date(null=True, default=None)
    end_on = Date(null=True, default=None)
    starts_at = Timestamptz(index=True)
    ends_at = Timestamptz()
    summary = Text()
    description = Text()
    location = Text()
    url = Text()
    visibility = Varchar(length=10)
    sectors = Array(base_column=Text())
    country = Varchar(length=2, index=True)
    fair = BigInt(null=True, default=None, index=True)
    booth = BigInt(null=True, default=None, index=True)
    agency = ForeignKey(Agency, on_delete=OnDelete.restrict, index=True)
    company = ForeignKey(Company, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, on_delete=OnDelete.restrict, null=True, default=None)
    fragment = Bytea()


class Feed(Table, tablename="feed"):
    """A private calendar address of one person in one organisation; only its SHA-256 is here.

    No `kinds` means all of them; `own` leaves out what is of one colleague alone. The address dies
    with the membership, at the next request.
    """

    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    company = ForeignKey(Company, on_delete=OnDelete.restrict, index=True)
    agency = ForeignKey(Agency, on_delete=OnDelete.restrict, index=True)
    label = Varchar(length=80)
    kinds = Array(base_column=Text())
    alarms = Boolean(default=False)
    own = Boolean(default=False)
    locale = Varchar(length=10, default="en")
    token_hash = Bytea(unique=True)
    created_at = Timestamptz()
    last_used_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)


class FeedTouch(Table, tablename="feed_touch"):
    """Changes of what feeds are made of. The sum of `n` over a source is its version; `chunk` is
    the part of a large feed that the item lies in, -1 where that is not known.

    Writers only add rows, so two edits never wait for each other; a sweep adds rows up.
    """

    source = Text(index=True)
    n = BigInt(default=1)
    chunk = SmallInt(default=-1)


class FeedCache(Table, tablename="feed_cache"):
    """The bytes of a feed as they were last made, and the version they were made from.

    `body_changed_at` is when these bytes were first produced: it never goes back.
    """

    feed_key = Text(unique=True)
    version = Text()
    etag = Varchar(length=64)
    body_gz = Bytea()
    body_changed_at = Timestamptz()
    items = Integer()


class FeedChunk(Table, tablename="feed_chunk"):
    """A part of a large feed, compressed by itself, and the version it was made from: an edit
    makes one part anew. `crc`, `length` and `digest` are of the text that was compressed.
    """

    feed_key = Text()
    chunk = SmallInt()
    version = Text()
    deflated = Bytea()
    crc = BigInt()
    length = BigInt()
    digest = Bytea()
    items = Integer()
    hurry = Boolean()
    zones = JSONB()


class Invitation(Table, tablename="invitation"):
    """One person's invitation to an item: what was sent last, and what they answered.

    `key` is in the address that answers are mailed to; a trigger lets `sequence` only rise.
    `written_at` is when the newest answer was written: one written before it changes nothing.
    """

    item = ForeignKey(CalendarItem, null=False, on_delete=OnDelete.restrict)
    agency = ForeignKey(Agency, on_delete=OnDelete.restrict)
    company = ForeignKey(Company, on_delete=OnDelete.restrict)
    email = Text()
    name = Text()
    key = UUID(unique=True)
    sequence = Integer()
    sent_at = Timestamptz()
    answer = Text(default="needs-action")
    answered_at = Timestamptz(null=True, default=None)
    answered_by = Text(default="")
    written_at = Timestamptz(null=True, default=None)


class BusyCalendar(Table, tablename="busy_calendar"):
    """A calendar elsewhere that says when a person, or everybody of a company, is busy.

    Its address is sealed; of what it holds only the ranges below are kept.
    """

    company = ForeignKey(Company, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict)
    everybody = Boolean()
    host = Text()
    sealed = Text()
    created_at = Timestamptz()
    read_at = Timestamptz(null=True, default=None)
    tried_at = Timestamptz(null=True, default=None)
    fault = Text(default="")


class BusyRange(Table, tablename="busy_range"):
    """From when until when it is busy. The view `busy_time` says of whom."""

    calendar = ForeignKey(BusyCalendar, null=False, on_delete=OnDelete.cascade)
    starts_at = Timestamptz()
    ends_at = Timestamptz()
