"""Agencies that share the joint booth of another agency. Constraints: migrations/partners."""

from decimal import Decimal
from typing import Any

from piccolo.columns import (
    BigInt,
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

AGENCY = LazyTableReference("Agency", module_path="server.organisations.tables")
BOOTH = LazyTableReference("Booth", module_path="booths.plans.tables")
KEEP = OnDelete.restrict


class Partner(Table, tablename="booth_partner"):
    """A partner agency's allotment at a joint booth.

    `taken_m2` and `committed_minor` are what its admissions have taken of `allotted_m2` and
    `budget_minor`; what it has not taken stands in `booth.reserved_m2` until it goes back.
    """

    booth: ForeignKey[Any] = ForeignKey(BOOTH, on_delete=KEEP, null=False, index=True)
    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False, index=True)
    state = Varchar(length=10)
    first_allotted_m2 = Numeric(digits=(10, 2))
    allotted_m2 = Numeric(digits=(10, 2))
    taken_m2 = Numeric(digits=(10, 2), default=Decimal(0))
    price_per_m2_minor = BigInt()
    currency = Varchar(length=3)
    budget_minor = BigInt(null=True, default=None)
    committed_minor = BigInt(default=0)
    returns_on = Date()
    returned_at = Timestamptz(null=True, default=None)
    terms = Text(default="")
    version = Integer(default=1)
    created_at = Timestamptz()
