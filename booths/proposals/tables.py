"""Proposals, what applicants need and wish, what stands have. Constraints: migrations/proposals."""

from typing import Any

from piccolo.columns import (
    JSONB,
    Array,
    BigInt,
    Boolean,
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
STAND = LazyTableReference("Stand", module_path="booths.plans.tables")
KEEP = OnDelete.restrict


class StandUtility(Table, tablename="stand_utility"):
    """What a stand has. A stand without a row, or without a power, has as much as is asked for."""

    stand: ForeignKey[Any] = ForeignKey(STAND, on_delete=OnDelete.cascade, null=False, unique=True)
    power_kw = Numeric(digits=(6, 2), null=True, default=None)
    water = Boolean(default=True)
    drain = Boolean(default=True)
    internet = Boolean(default=True)


class PlacingNeed(Table, tablename="placing_need"):
    """What an applicant can do with, as a manager has written it down."""

    application: ForeignKey[Any] = ForeignKey(APPLICATION, on_delete=KEEP, null=False, unique=True)
    minimum_m2 = Numeric(digits=(8, 2))
    maximum_m2 = Numeric(digits=(8, 2))
    open_sides = Integer(default=0)
    power_kw = Numeric(digits=(6, 2))
    needs = Array(base_column=Varchar(length=8), default=list)


class PlacingWish(Table, tablename="placing_wish"):
    """Whom an applicant wishes beside it, or apart."""

    application: ForeignKey[Any] = ForeignKey(APPLICATION, on_delete=KEEP, null=False)
    kind = Varchar(length=10)
    other: ForeignKey[Any] = ForeignKey(APPLICATION, on_delete=KEEP, null=False)


class Proposal(Table, tablename="proposal"):
    """A case as it was asked (the format of `pavilion allocate`) and its answer. Never changed
    after it is answered.
    """

    call: ForeignKey[Any] = ForeignKey(CALL, on_delete=KEEP, null=False)
    number = Integer()
    person_id = BigInt(null=True, default=None)
    made_by = Varchar(length=200)
    made_at = Timestamptz()
    based_on = BigInt(null=True, default=None)
    content = JSONB()
    answer = JSONB(null=True, default=None)
    failed = Text(default="")
    done_at = Timestamptz(null=True, default=None)


class ProposedAdmission(Table, tablename="proposed_admission"):
    """One admission of those that were asked for together, and what became of it."""

    proposal: ForeignKey[Any] = ForeignKey(Proposal, on_delete=KEEP, null=False)
    application: ForeignKey[Any] = ForeignKey(APPLICATION, on_delete=KEEP, null=False)
    stand = BigInt()
    person_id = BigInt(null=True, default=None)
    state = Varchar(length=8)
    said = Text(default="")
