"""Consortia, their members, terms and answers; co-exhibitors. Constraints: migrations/consortia."""

from decimal import Decimal
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

COMPANY = LazyTableReference("Company", module_path="server.organisations.tables")
CALL = LazyTableReference("Call", module_path="booths.calls.tables")
APPLICATION = LazyTableReference("Application", module_path="booths.calls.tables")
KEEP = OnDelete.restrict


class Consortium(Table, tablename="consortium"):
    """Companies that apply to a call as one; `in_force`: the terms that were sent or agreed."""

    call: ForeignKey[Any] = ForeignKey(CALL, on_delete=KEEP, null=False, index=True)
    lead: ForeignKey[Any] = ForeignKey(COMPANY, on_delete=KEEP, null=False)
    name = Varchar(length=200)
    state = Varchar(length=10)
    in_force = BigInt(null=True, default=None)
    ended_why = Text(default="")
    created_at = Timestamptz()


class ConsortiumMember(Table, tablename="consortium_member"):
    """A company that was invited, and from when it joined its application."""

    consortium = ForeignKey(Consortium, on_delete=KEEP, null=False, index=True)
    company: ForeignKey[Any] = ForeignKey(COMPANY, on_delete=KEEP, null=True, default=None)
    application: ForeignKey[Any] = ForeignKey(APPLICATION, on_delete=KEEP, null=True, default=None)
    state = Varchar(length=10)
    invited_name = Varchar(length=200)
    invited_email = Varchar(length=254)
    invited_at = Timestamptz()
    left_why = Text(default="")


class ConsortiumTerms(Table, tablename="consortium_terms"):
    """One version of the terms: key, island, what of it stays empty, and (in consortium_part) who
    has what. Append-only."""

    consortium = ForeignKey(Consortium, on_delete=KEEP, null=False)
    version = Integer()
    key = Varchar(length=6)
    stand_kind = Varchar(length=6)
    island_m2 = Numeric(digits=(8, 2))
    gap_m2 = Numeric(digits=(8, 2), default=Decimal(0))
    answer_by = Timestamptz(null=True, default=None)
    why = Text(default="")
    made_at = Timestamptz()


class ConsortiumPart(Table, tablename="consortium_part"):
    """A member's part under one version of the terms. Append-only."""

    terms = ForeignKey(ConsortiumTerms, on_delete=KEEP, null=False)
    member = ForeignKey(ConsortiumMember, on_delete=KEEP, null=False)
    share_bp = Integer(null=True, default=None)
    area_m2 = Numeric(digits=(8, 2))


class ConsortiumAnswer(Table, tablename="consortium_answer"):
    """A member's answer to a version, with the price it saw. Append-only, the last one counts."""

    terms = ForeignKey(ConsortiumTerms, on_delete=KEEP, null=False)
    member = ForeignKey(ConsortiumMember, on_delete=KEEP, null=False)
    agrees = Boolean()
    total_minor = BigInt()
    person_id = BigInt(null=True, default=None)
    answered_at = Timestamptz()


class CoExhibitorRule(Table, tablename="co_exhibitor_rule"):
    """Whom exhibitors of a call may bring along, how many, for which fee, until which day."""

    call: ForeignKey[Any] = ForeignKey(CALL, on_delete=KEEP, null=False, unique=True)
    co_exhibitors = Boolean(default=False)
    represented = Boolean(default=False)
    most = Integer()
    co_exhibitor_minor = BigInt(default=0)
    represented_minor = BigInt(default=0)
    eligible = Boolean(default=False)
    until_on = Date()
    version = Integer(default=1)


class CoExhibitor(Table, tablename="co_exhibitor"):
    """A firm on somebody else's stand; the fee is the one of the day it was named."""

    application: ForeignKey[Any] = ForeignKey(APPLICATION, on_delete=KEEP, null=False, index=True)
    kind = Varchar(length=12)
    name = Varchar(length=200)
    country = Varchar(length=2)
    vat_id = Varchar(length=30, default="")
    register_no = Varchar(length=80, default="")
    contact_name = Varchar(length=200)
    contact_email = Varchar(length=254)
    website = Varchar(length=300, default="")
    brand = Varchar(length=200, default="")
    publish = Boolean(default=False)
    received_minor = BigInt(default=0)
    company: ForeignKey[Any] = ForeignKey(COMPANY, on_delete=KEEP, null=True, default=None)
    fee_minor = BigInt()
    eligible = Boolean()
    invoice = BigInt(null=True, default=None)
    named_at = Timestamptz()
    removed_at = Timestamptz(null=True, default=None)
