"""The ledger, invoices, payments, and what Stripe told us. Constraints: migrations/billing."""

from typing import Any

from piccolo.columns import (
    JSONB,
    BigInt,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    LazyTableReference,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

AGENCY = LazyTableReference("Agency", module_path="server.organisations.tables")
COMPANY = LazyTableReference("Company", module_path="server.organisations.tables")
DOCUMENT = LazyTableReference("Document", module_path="server.documents.tables")
SCHEME = LazyTableReference("Scheme", module_path="server.aid.tables")
INVOICE = LazyTableReference("Invoice", module_path="server.billing.tables")
STRIPE_ACCOUNT = LazyTableReference("StripeAccount", module_path="server.billing.stripe_tables")
BANK_ENTRY = LazyTableReference("BankEntry", module_path="server.billing.bank_tables")
REFUND_FILE = LazyTableReference("RefundFile", module_path="server.billing.bank_tables")
KEEP = OnDelete.restrict


class LedgerEntry(Table, tablename="ledger_entry"):
    """One business event. `key` names it, so that it is posted once. Append-only."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False, index=True)
    at = Timestamptz()
    kind = Varchar(length=20)
    about = Varchar(length=120)
    key = Varchar(length=120, unique=True)
    invoice: ForeignKey[Any] = ForeignKey(INVOICE, on_delete=KEEP, null=True)


class LedgerPosting(Table, tablename="ledger_posting"):
    """One signed amount of an entry; debits are positive. Append-only, zero per currency."""

    entry = ForeignKey(LedgerEntry, on_delete=KEEP, null=False, index=True)
    account = Varchar(length=20)
    company: ForeignKey[Any] = ForeignKey(COMPANY, on_delete=KEEP, null=True, default=None)
    amount_minor = BigInt()
    currency = Varchar(length=3)
    source: ForeignKey[Any] = ForeignKey(SCHEME, on_delete=KEEP, null=True, default=None)


class NumberSeries(Table, tablename="number_series"):
    """The last number given out; its row lock is what keeps the series without a gap."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    series = Varchar(length=20)
    year = SmallInt()
    last = Integer(default=0)


class Invoice(Table, tablename="invoice"):
    """An invoice or a credit note (amounts negative). Only paid, state and document may change."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    company: ForeignKey[Any] = ForeignKey(COMPANY, on_delete=KEEP, null=False)
    kind = Varchar(length=12)
    number = Varchar(length=40)
    issued_on = Date()
    due_on = Date()
    currency = Varchar(length=3)
    content = JSONB()
    net_minor = BigInt()
    vat_minor = BigInt()
    aid_minor = BigInt(default=0)
    third_party_minor = BigInt(default=0)
    total_minor = BigInt()
    paid_minor = BigInt(default=0)
    state = Varchar(length=10)
    reference = Varchar(length=25, unique=True)
    about = Varchar(length=120, default="", index=True)
    credits = BigInt(null=True, default=None)
    beside = BigInt(null=True, default=None)
    document: ForeignKey[Any] = ForeignKey(DOCUMENT, on_delete=KEEP, null=True, default=None)
    created_at = Timestamptz()


class Checkout(Table, tablename="checkout"):
    """An intent to pay by card: `key` and `params` are stored before Stripe is asked."""

    invoice = ForeignKey(Invoice, on_delete=KEEP, null=False, index=True)
    amount_minor = BigInt()
    currency = Varchar(length=3)
    key = Varchar(length=80, unique=True)
    params = JSONB()
    session_id = Varchar(length=120, null=True, default=None, unique=True)
    url = Text(default="")
    state = Varchar(length=12)
    note = Text(default="")
    created_at = Timestamptz()
    expires_at = Timestamptz()
    seen_at = Timestamptz()
    account: ForeignKey[Any] = ForeignKey(STRIPE_ACCOUNT, on_delete=KEEP, null=True, default=None)
    live = Boolean(null=True, default=None)
    instrument = Varchar(length=40, default="")
    under_way_since = Timestamptz(null=True, default=None)
    failed_at = Timestamptz(null=True, default=None)


class Payment(Table, tablename="payment"):
    """Money received. amount = matched (on the invoice) + back (returned) + what still waits.

    `beyond_minor` went out on top of it, where a refund and the payer's bank both took it.
    """

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False, index=True)
    invoice = ForeignKey(Invoice, on_delete=KEEP, null=True, default=None, index=True)
    company: ForeignKey[Any] = ForeignKey(COMPANY, on_delete=KEEP, null=True, default=None)
    checkout = ForeignKey(Checkout, on_delete=KEEP, null=True, default=None)
    method = Varchar(length=10)
    amount_minor = BigInt()
    matched_minor = BigInt(default=0)
    asked_back_minor = BigInt(default=0)
    back_minor = BigInt(default=0)
    currency = Varchar(length=3)
    received_at = Timestamptz()
    external_ref = Varchar(length=200)
    reference = Varchar(length=140, default="")
    payer = Varchar(length=200, default="")
    state = Varchar(length=10)
    note = Text(default="")
    created_at = Timestamptz()
    bank_entry: ForeignKey[Any] = ForeignKey(BANK_ENTRY, on_delete=KEEP, null=True, default=None)
    part_of: ForeignKey[Any] = ForeignKey("self", on_delete=KEEP, null=True, default=None)
    received_minor = BigInt(null=True, default=None)
    fee_minor = BigInt(default=0)
    account: ForeignKey[Any] = ForeignKey(STRIPE_ACCOUNT, on_delete=KEEP, null=True, default=None)
    live = Boolean(null=True, default=None)
    instrument = Varchar(length=40, default="")
    beyond_minor = BigInt(default=0)


class StripeEvent(Table, tablename="stripe_event"):
    """A webhook as it arrived, once per account and event id, before anything is done about it."""

    account: ForeignKey[Any] = ForeignKey(STRIPE_ACCOUNT, on_delete=KEEP, null=True, default=None)
    event_id = Varchar(length=120)
    type = Varchar(length=120)
    payload = JSONB()
    received_at = Timestamptz()
    processed_at = Timestamptz(null=True, default=None)
    outcome = Text(default="")


class Refund(Table, tablename="refund"):
    """Money on its way back; asked by a person (`key` goes to Stripe) or found at Stripe."""

    payment = ForeignKey(Payment, on_delete=KEEP, null=False, index=True)
    amount_minor = BigInt()
    key = Varchar(length=120, unique=True)
    state = Varchar(length=8)
    external_ref = Varchar(length=120, null=True, default=None, unique=True)
    why = Text(default="")
    asked_by = BigInt(null=True, default=None)
    note = Text(default="")
    created_at = Timestamptz()
    done_at = Timestamptz(null=True, default=None)
    file: ForeignKey[Any] = ForeignKey(REFUND_FILE, on_delete=KEEP, null=True, default=None)
    bank_entry: ForeignKey[Any] = ForeignKey(BANK_ENTRY, on_delete=KEEP, null=True, default=None)
