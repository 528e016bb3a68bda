"""Joint booths and their stands. Constraints live in migrations/plans."""

from decimal import Decimal

from piccolo.columns import (
    Array,
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
    `net_m2`.
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
    open_edges = Array(base_column=Varchar(length=6), default=list)
    description = Text(default="")
    version = Integer(default=1)
    created_at = Timestamptz()


class Stand(Table, tablename="stand"):
    """One exhibitor's rectangle in the block; (x_m, y_m) is its upper left corner."""

    booth = ForeignKey(Booth, on_delete=OnDelete.restrict, null=False, index=True)
    label = Varchar(length=12)
    kind = Varchar(length=6)
    kind_stated = Boolean(default=False)
    x_m = Numeric(digits=(7, 2))
    y_m = Numeric(digits=(7, 2))
    width_m = Numeric(digits=(7, 2))
    depth_m = Numeric(digits=(7, 2))
    area_m2 = Numeric(digits=(10, 2))
    open_sides = Integer()
    blocked = Boolean(default=False)
    blocked_why = Varchar(length=200, default="")
    version = Integer(default=1)
