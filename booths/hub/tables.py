"""Tasks, answers, reminders, the shop's terms and orders. Constraints live in migrations/hub."""

from typing import Any

from piccolo.columns import (
    JSONB,
    Array,
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
FEE = LazyTableReference("Fee", module_path="booths.fees.tables")
KEEP = OnDelete.restrict


class HubTask(Table, tablename="hub_task"):
    """Something each exhibitor of a call does before the fair. `limits` is a rules.Limits."""

    call: ForeignKey[Any] = ForeignKey(CALL, on_delete=KEEP, null=False, index=True)
    kind = Varchar(length=10)
    title = Varchar(length=120)
    explanation = Text(default="")
    days_before = Integer(null=True, default=None)
    due_on = Date(null=True, default=None)
    required = Boolean(default=True)
    limits = JSONB(default="{}")
    position = Integer(default=0)
    version = Integer(default=1)


class TaskAnswer(Table, tablename="task_answer"):
    """What an exhibitor gave for a task; no row: nothing yet. `file` is a document."""

    task = ForeignKey(HubTask, on_delete=KEEP, null=False)
    application: ForeignKey[Any] = ForeignKey(APPLICATION, on_delete=KEEP, null=False, index=True)
    state = Varchar(length=10)
    content = JSONB(default="{}")
    file = BigInt(null=True, default=None)
    why = Text(default="")
    person_id = BigInt(null=True, default=None)
    changed_at = Timestamptz()


class HubSettings(Table, tablename="hub_settings"):
    """How many days before a deadline a call's exhibitors are reminded by themselves."""

    call: ForeignKey[Any] = ForeignKey(CALL, on_delete=KEEP, null=False, unique=True)
    remind_days = Array(base_column=Integer())


class HubReminder(Table, tablename="hub_reminder"):
    """A reminder that was mailed: one of a kind per exhibitor and day. Append-only."""

    application: ForeignKey[Any] = ForeignKey(APPLICATION, on_delete=KEEP, null=False)
    kind = Varchar(length=4)
    day = Date()
    tasks = JSONB()
    person_id = BigInt(null=True, default=None)
    sent_at = Timestamptz()


class CatalogueEntry(Table, tablename="catalogue_entry"):
    """An exhibitor's words in the joint catalogue; without one, its profile stands there."""

    application: ForeignKey[Any] = ForeignKey(APPLICATION, on_delete=KEEP, null=False, unique=True)
    headline = Varchar(length=400)
    text = Text()
    products = Text(default="")
    contact_name = Varchar(length=120, default="")
    contact_email = Varchar(length=254, default="")
    contact_phone = Varchar(length=40, default="")
    website = Varchar(length=300, default="")
    languages = Array(base_column=Text())
    changed_at = Timestamptz()


class ShopTerms(Table, tablename="shop_terms"):
    """When a service of a price list can be ordered after admission, and what late costs."""

    fee: ForeignKey[Any] = ForeignKey(FEE, on_delete=KEEP, null=False, unique=True)
    offered = Boolean(default=True)
    late_days = Integer(null=True, default=None)
    surcharge_bp = Integer(default=0)
    last_days = Integer(null=True, default=None)


class ShopOrder(Table, tablename="shop_order"):
    """An order after admission, with the invoice it was billed by."""

    application: ForeignKey[Any] = ForeignKey(APPLICATION, on_delete=KEEP, null=False, index=True)
    invoice = BigInt(unique=True)
    state = Varchar(length=9)
    placed_at = Timestamptz()
    person_id = BigInt(null=True, default=None)
    cancelled_at = Timestamptz(null=True, default=None)
    why = Text(default="")


class ShopLine(Table, tablename="shop_line"):
    """A line of an order as it was sold; `fee` is null for badges. Append-only."""

    shop_order = ForeignKey(ShopOrder, on_delete=KEEP, null=False, index=True)
    fee: ForeignKey[Any] = ForeignKey(FEE, on_delete=KEEP, null=True, default=None)
    label = Varchar(length=200)
    unit = Varchar(length=14)
    pieces = Integer()
    quantity = Numeric(digits=(10, 2))
    unit_minor = BigInt()
    net_minor = BigInt()
    surcharge_bp = Integer(default=0)
    surcharge_minor = BigInt(default=0)
    supply = Varchar(length=12, default="")
