"""Price lists, their fees and services, and kept quotes. Constraints live in migrations/fees."""

from typing import Any

from piccolo.columns import (
    JSONB,
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

AGENCY = LazyTableReference("Agency", module_path="server.organisations.tables")
BOOTH = LazyTableReference("Booth", module_path="booths.plans.tables")
SCHEME = LazyTableReference("Scheme", module_path="server.aid.tables")


class PriceList(Table, tablename="price_list"):
    """What a stand at a joint booth costs. Frozen with the first call that is published with it.

    `spaces` are the ways to take space (`booths.fees.space.Space`); without any, the price per m²
    stands for the only one. `succeeds` is the list that this one is a later edition of.
    """

    agency: ForeignKey[Any] = ForeignKey(
        AGENCY, on_delete=OnDelete.restrict, null=False, index=True
    )
    booth: ForeignKey[Any] = ForeignKey(BOOTH, on_delete=OnDelete.restrict, null=False, index=True)
    name = Varchar(length=200)
    currency = Varchar(length=3)
    per_m2_minor = BigInt()
    full_per_m2_minor = BigInt()
    minimum_m2 = Numeric(digits=(8, 2))
    corner_minor = BigInt(default=0)
    head_minor = BigInt(default=0)
    island_minor = BigInt(default=0)
    spaces = JSONB(default="[]")
    side_minor = BigInt(default=0)
    sides_most = Integer(default=4)
    early_until = Date(null=True, default=None)
    early_bp = Integer(default=0)
    early_minor = BigInt(default=0)
    late_from = Date(null=True, default=None)
    late_bp = Integer(default=0)
    late_minor = BigInt(default=0)
    edition = Integer(default=1)
    succeeds = Integer(null=True, default=None)
    valid_from = Date()
    frozen_at = Timestamptz(null=True, default=None)
    version = Integer(default=1)
    created_at = Timestamptz()


class Fee(Table, tablename="fee"):
    """A mandatory fee, or a service with stock. `taken` moves by a conditional UPDATE only."""

    price_list = ForeignKey(PriceList, on_delete=OnDelete.restrict, null=False, index=True)
    kind = Varchar(length=10)
    name = Varchar(length=200)
    unit = Varchar(length=14)
    amount_minor = BigInt()
    eligible = Boolean(default=True)
    stock = Integer(null=True, default=None)
    taken = Integer(default=0)
    ends_at = Timestamptz(null=True, default=None)
    cost_kind = Varchar(length=12, default="")
    reduced_minor = BigInt(null=True, default=None)
    included_in = JSONB(default="[]")
    position = Integer(default=0)
    supply = Varchar(length=12, default="")


class KeptQuote(Table, tablename="quote"):
    """A quote as the company saw it, for ever. Append-only."""

    application_id = BigInt(index=True)
    price_list = ForeignKey(PriceList, on_delete=OnDelete.restrict, null=False, index=True)
    scheme: ForeignKey[Any] = ForeignKey(
        SCHEME, on_delete=OnDelete.restrict, null=True, default=None
    )
    computed_at = Timestamptz()
    computed_on = Date()
    inputs = JSONB()
    lines = JSONB()
    notes = JSONB()
    billed_m2 = Numeric(digits=(8, 2))
    full_minor = BigInt()
    eligible_minor = BigInt()
    aid_minor = BigInt()
    offer_minor = BigInt(default=0)
    aid_later = Boolean(default=False)
    net_minor = BigInt()
    vat_minor = BigInt()
    total_minor = BigInt()
    vat_rate_bp = Integer()
    vat_code = Varchar(length=40)
    vat_reason = Text(default="")
    currency = Varchar(length=3)
    intensity_bp = Integer()
    legal_basis = Varchar(length=40)
    scheme_name = Varchar(length=1000, default="")
    awards = JSONB(null=True, default=None)
    later_minor = BigInt(null=True, default=None)
    cost_minor = BigInt(null=True, default=None)
    taxes = JSONB(default="[]")
    parts = JSONB(default="[]")
