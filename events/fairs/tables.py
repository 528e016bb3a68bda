"""Fair editions and their opening hours. Constraints live in migrations/fairs."""

from typing import Any

from piccolo.columns import (
    Array,
    Date,
    ForeignKey,
    Integer,
    LazyTableReference,
    Text,
    Time,
    Timestamp,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table


class Fair(Table, tablename="fair"):
    """One edition of a trade fair. Wall-clock columns are naive and belong to `tz`."""

    slug = Varchar(length=80, unique=True)
    agency: ForeignKey[Any] = ForeignKey(
        LazyTableReference("Agency", module_path="server.organisations.tables"),
        on_delete=OnDelete.restrict,
        null=False,
        index=True,
    )
    name = Varchar(length=200)
    venue = Varchar(length=200, default="")
    city = Varchar(length=120, default="")
    country = Varchar(length=2)
    tz = Varchar(length=60)
    starts_on = Date()
    ends_on = Date()
    website = Varchar(length=300, default="")
    sectors = Array(base_column=Varchar(length=40), default=list)
    description = Text(default="")
    setup_from = Timestamp(null=True, default=None)
    setup_until = Timestamp(null=True, default=None)
    dismantling_from = Timestamp(null=True, default=None)
    dismantling_until = Timestamp(null=True, default=None)
    series = Varchar(length=200, default="")
    import_key = Varchar(length=64, null=True, default=None)
    version = Integer(default=1)
    published_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz()


class FairDay(Table, tablename="fair_day"):
    """When the fair is open to visitors on one of its days."""

    fair = ForeignKey(Fair, on_delete=OnDelete.restrict, null=False)
    day = Date()
    opens_at = Time()
    closes_at = Time()
