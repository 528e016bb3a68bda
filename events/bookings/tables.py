"""Bookings of what offices have, who comes, and what is booked together.

Constraints live in migrations/bookings: no two bookings of one unit overlap.
"""

from typing import Any

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
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

from events.offices.tables import Office, Resource, ResourceUnit
from server.accounts.tables import Person
from server.organisations.tables import Agency, Company, Undertaking

KEEP = OnDelete.restrict
GONE = OnDelete.cascade
INVOICE = LazyTableReference("Invoice", module_path="server.billing.tables")
GRANT = LazyTableReference("AidGrant", module_path="server.aid.tables")


class BookingGroup(Table, tablename="booking_group"):
    """Bookings made in one act: a series, a package, or several parts of one search."""

    key = UUID(unique=True)
    kind = Varchar(length=7)
    title = Varchar(length=200, default="")
    company = ForeignKey(Company, on_delete=KEEP, null=False, index=True)
    made_at = Timestamptz()


class Booking(Table, tablename="booking"):
    """One unit of one resource for one stretch of time. `key` stands for it in addresses and QR.

    `starts_at` to `ends_at` is what was booked, `start_local` and `end_local` the same on the wall
    clock of the office; `blocked_from` to `blocked_until` has the buffers as well, and is what
    nobody else can have while the state is held, pending, confirmed or done. `agency` is the one
    that the company books through: its allotment, free days and invoice. `free_days` were taken
    from the quota, worth `free_minor`; `price_minor` (net) is what is charged beside them; `quote`
    says how both came about, line by line. `due_minor` is what a cancelled one still costs.
    A hold ends at `held_until`. A change raises `version`.
    """

    key = UUID(unique=True)
    in_group = ForeignKey(BookingGroup, on_delete=KEEP, null=True, default=None, index=True)
    office = ForeignKey(Office, on_delete=KEEP, null=False)
    resource = ForeignKey(Resource, on_delete=KEEP, null=False)
    unit = ForeignKey(ResourceUnit, on_delete=KEEP, null=False)
    agency = ForeignKey(Agency, on_delete=KEEP, null=False, index=True)
    company = ForeignKey(Company, on_delete=KEEP, null=False)
    undertaking = ForeignKey(Undertaking, on_delete=KEEP, null=False)
    person = ForeignKey(Person, on_delete=KEEP, null=False, index=True)
    state = Varchar(length=9)
    starts_at = Timestamptz()
    ends_at = Timestamptz()
    start_local = Timestamp()
    end_local = Timestamp()
    blocked_from = Timestamptz()
    blocked_until = Timestamptz()
    held_until = Timestamptz(null=True, default=None)
    people = SmallInt(default=1)
    purpose = Text(default="")
    why = Text(default="")
    currency = Varchar(length=3)
    price_minor = BigInt(default=0)
    free_days = SmallInt(default=0)
    free_minor = BigInt(default=0)
    due_minor = BigInt(null=True, default=None)
    quote = JSONB(default="{}")
    invoice: ForeignKey[Any] = ForeignKey(INVOICE, on_delete=KEEP, null=True, default=None)
    aid_grant: ForeignKey[Any] = ForeignKey(GRANT, on_delete=KEEP, null=True, default=None)
    rules_accepted_at = Timestamptz(null=True, default=None)
    reminded_at = Timestamptz(null=True, default=None)
    checked_in_at = Timestamptz(null=True, default=None)
    answered_by = Varchar(length=200, default="")
    version = Integer(default=1)
    changed_at = Timestamptz()
    made_at = Timestamptz()


class BookingVisitor(Table, tablename="booking_visitor"):
    """Somebody who comes. `country` and `passport` are asked for where a letter for a visa is."""

    booking = ForeignKey(Booking, on_delete=GONE, null=False, index=True)
    name = Varchar(length=120)
    email = Varchar(length=254, default="")
    country = Varchar(length=2, default="")
    passport = Varchar(length=40, default="")
    position = Integer(default=0)
