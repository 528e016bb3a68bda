"""Joint booths and their stands. Constraints live in migrations/plans."""

from decimal import Decimal

from piccolo.columns import (
    JSONB,
    Array,
    BigInt,
    Boolean,
    ForeignKey,
    Integer,
    Numeric,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.fairs.tables import Fair
from server.organisations.tables import Agency


class Booth(Table, tablename="booth"):
    """The block that an agency rents at a fair. `allocated_m2` is what admissions have taken of
    `net_m2`, `reserved_m2` what is promised to partner agencies and not taken yet.
    """

    fair = ForeignKey(
        Fair,
        on_delete=OnDelete.restrict,
        null=False,
        index=True,
    )
    agency = ForeignKey(
        Agency,
        on_delete=OnDelete.restrict,
        null=False,
        index=True,
    )
    name = Varchar(length=200)
    hall = Varchar(length=80, default="")
    block = Varchar(length=80, default="")
    width_m = Numeric(digits=(7, 2))
    depth_m = Numeric(digits=(7, 2))
    gross_m2 = Numeric(digits=(10, 2))
    net_m2 = Numeric(digits=(10, 2))
    allocated_m2 = Numeric(digits=(10, 2), default=Decimal(0))
    reserved_m2 = Numeric(digits=(10, 2), default=Decimal(0))
    open_edges = Array(base_column=Varchar(length=6), default=list)
    description = Text(default="")
    version = Integer(default=1)
    created_at = Timestamptz()


class Stand(Table, tablename="stand"):
    """One exhibitor's floor in the block. `outline` is its ring of corners; x_m, y_m, width_m and
    depth_m are the rectangle around it. The table plan_floor, kept by a trigger, holds each floor
    as a polygon under the constraint that no floor is used twice.
    """

    booth = ForeignKey(Booth, on_delete=OnDelete.restrict, null=False, index=True)
    label = Varchar(length=12)
    kind = Varchar(length=6)
    kind_stated = Boolean(default=False)
    x_m = Numeric(digits=(7, 2))
    y_m = Numeric(digits=(7, 2))
    width_m = Numeric(digits=(7, 2))
    depth_m = Numeric(digits=(7, 2))
    outline = JSONB()
    area_m2 = Numeric(digits=(10, 2))
    open_sides = Integer()
    blocked = Boolean(default=False)
    blocked_why = Varchar(length=200, default="")
    version = Integer(default=1)


class SharedArea(Table, tablename="shared_area"):
    """Floor of the block for everybody: information desk, lounge, storage, a drawn aisle."""

    booth = ForeignKey(Booth, on_delete=OnDelete.restrict, null=False, index=True)
    kind = Varchar(length=9)
    label = Varchar(length=40)
    outline = JSONB()
    area_m2 = Numeric(digits=(10, 2))
    version = Integer(default=1)


class PlanEdit(Table, tablename="plan_edit"):
    """One change of a plan with what was there before; append-only. `undoes` names the edit that
    this one took back.
    """

    booth = ForeignKey(Booth, on_delete=OnDelete.restrict, null=False, index=True)
    person_id = Integer(null=True)
    person_name = Varchar(length=200)
    at = Timestamptz()
    verb = Varchar(length=12)
    labels = Array(base_column=Varchar(length=40), default=list)
    before = JSONB()
    after = JSONB()
    way = Varchar(length=4)
    undoes = Integer(null=True, unique=True)


class PlanVersion(Table, tablename="plan_version"):
    """The plan as it was published: stands and shared areas whole. Append-only."""

    booth = ForeignKey(Booth, on_delete=OnDelete.restrict, null=False)
    number = Integer()
    width_m = Numeric(digits=(7, 2))
    depth_m = Numeric(digits=(7, 2))
    stands = JSONB()
    shared = JSONB()
    note = Text(default="")
    told = Integer(default=0)
    person_name = Varchar(length=200)
    published_at = Timestamptz()


class PlanImport(Table, tablename="plan_import"):
    """What a file showed, before and after it became the plan."""

    booth = ForeignKey(Booth, on_delete=OnDelete.restrict, null=False, index=True)
    filename = Varchar(length=200)
    drawn = JSONB()
    person_name = Varchar(length=200)
    created_at = Timestamptz()
    applied_at = Timestamptz(null=True, default=None)


class PlanBackdrop(Table, tablename="plan_backdrop"):
    """A picture of the hall under the drawing."""

    booth = ForeignKey(Booth, on_delete=OnDelete.restrict, null=False, unique=True)
    document = BigInt()
    x_m = Numeric(digits=(7, 2))
    y_m = Numeric(digits=(7, 2))
    width_m = Numeric(digits=(7, 2))
    depth_m = Numeric(digits=(7, 2))
    strength = Integer()
