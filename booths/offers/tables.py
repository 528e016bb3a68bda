"""Waiting-list rules, gaps on the plan, offers, skips. Constraints: migrations/offers."""

from typing import Any

from piccolo.columns import (
    BigInt,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    LazyTableReference,
    Numeric,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

CALL = LazyTableReference("Call", module_path="booths.calls.tables")
APPLICATION = LazyTableReference("Application", module_path="booths.calls.tables")
ALLOCATION = LazyTableReference("Allocation", module_path="booths.calls.tables")
STAND = LazyTableReference("Stand", module_path="booths.plans.tables")
KEEP = OnDelete.restrict


class WaitingRule(Table, tablename="waiting_rule"):
    """How a call hands free stands down its waiting list. Without a row: strict order, 72 hours."""

    call: ForeignKey[Any] = ForeignKey(CALL, on_delete=KEEP, null=False, unique=True)
    rule = Varchar(length=10)
    hours = Integer()
    under_m2 = Numeric(digits=(8, 2))
    over_m2 = Numeric(digits=(8, 2))
    kind_must_fit = Boolean()
    automatic = Boolean()
    version = Integer(default=1)


class Gap(Table, tablename="gap"):
    """A stand that became free and goes down the waiting list, until it is filled or closed."""

    call: ForeignKey[Any] = ForeignKey(CALL, on_delete=KEEP, null=False)
    stand: ForeignKey[Any] = ForeignKey(STAND, on_delete=KEEP, null=False)
    reason = Varchar(length=10)
    opened_at = Timestamptz()
    closed_at = Timestamptz(null=True, default=None)
    filled = Boolean(default=False)
    why = Text(default="")


class Offer(Table, tablename="offer"):
    """The stand of a gap, kept for one application until it answers."""

    gap = ForeignKey(Gap, on_delete=KEEP, null=False)
    application: ForeignKey[Any] = ForeignKey(APPLICATION, on_delete=KEEP, null=False)
    allocation: ForeignKey[Any] = ForeignKey(ALLOCATION, on_delete=KEEP, null=False)
    state = Varchar(length=10)
    made_at = Timestamptz()
    until = Timestamptz()
    answered_at = Timestamptz(null=True, default=None)
    by_hand = Boolean(default=False)
    why = Text(default="")


class Skip(Table, tablename="skip"):
    """An application that is passed over for a while, and why."""

    application: ForeignKey[Any] = ForeignKey(APPLICATION, on_delete=KEEP, null=False)
    why = Text()
    person_id = BigInt(null=True, default=None)
    skipped_at = Timestamptz()
    ended_at = Timestamptz(null=True, default=None)


class Gate(Table, tablename="gate"):
    """How many participants a call needs, and the day on which that is decided."""

    call: ForeignKey[Any] = ForeignKey(CALL, on_delete=KEEP, null=False, unique=True)
    minimum = Integer()
    unrelated = Boolean(default=False)
    smes = Integer(default=0)
    decide_on = Date()
    told_on = Date(null=True, default=None)
    version = Integer(default=1)


class Choosing(Table, tablename="choosing"):
    """Until when eligible companies choose their stand themselves; how long a choice is kept, and
    for how long a stand that a company let go is left to others, both in minutes."""

    call: ForeignKey[Any] = ForeignKey(CALL, on_delete=KEEP, null=False, unique=True)
    until = Timestamptz()
    minutes = Integer()
    pause = Integer(default=0)
    version = Integer(default=1)
