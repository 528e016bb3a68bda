"""Terms and plans, instalments, dunning, public bodies, approvals. Constraints: migrations."""

from typing import Any

from piccolo.columns import (
    JSONB,
    BigInt,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.table import Table

from server.billing.tables import AGENCY, COMPANY, DOCUMENT, KEEP, Invoice


class PaymentTerms(Table, tablename="payment_terms"):
    """When a price is paid, step by step. Never changed: new terms retire old ones."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    name = Varchar(length=120)
    steps = JSONB()
    lead_days = SmallInt()
    made_at = Timestamptz()
    retired_at = Timestamptz(null=True, default=None)


class PaymentPlan(Table, tablename="payment_plan"):
    """How one contract is paid; `supply` is what its final invoice says."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    company: ForeignKey[Any] = ForeignKey(COMPANY, on_delete=KEEP, null=False)
    about = Varchar(length=120, index=True)
    currency = Varchar(length=3)
    supply = JSONB()
    made_at = Timestamptz()
    ended_at = Timestamptz(null=True, default=None)


class DueItem(Table, tablename="due_item"):
    """One item of a plan; only its invoice is added, once."""

    plan = ForeignKey(PaymentPlan, on_delete=KEEP, null=False)
    n = SmallInt()
    name = Varchar(length=200)
    net_minor = BigInt()
    total_minor = BigInt()
    issue_on = Date()
    due_on = Date()
    guarantees = Boolean()
    after_fair = Boolean(default=False)
    invoice = ForeignKey(Invoice, on_delete=KEEP, null=True, default=None, unique=True)


class Instalment(Table, tablename="instalment"):
    """A part of what is open of an invoice, agreed until a day."""

    invoice = ForeignKey(Invoice, on_delete=KEEP, null=False)
    n = SmallInt()
    due_on = Date()
    amount_minor = BigInt()
    why = Text()
    agreed_by = BigInt(null=True, default=None)
    agreed_at = Timestamptz()
    ended_at = Timestamptz(null=True, default=None)


class PublicPayer(Table, tablename="public_payer"):
    """A company that an agency counts as a public body, with what shows it."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    company: ForeignKey[Any] = ForeignKey(COMPANY, on_delete=KEEP, null=False)
    term_days = SmallInt()
    why = Text()
    marked_by = BigInt(null=True, default=None)
    since = Timestamptz()
    ended_at = Timestamptz(null=True, default=None)
    evidence: ForeignKey[Any] = ForeignKey(DOCUMENT, on_delete=KEEP, null=True, default=None)


class DunningPolicy(Table, tablename="dunning_policy"):
    """How an agency reminds and duns."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False, unique=True)
    levels = JSONB()


class DunningPause(Table, tablename="dunning_pause"):
    """No letters to a company, or about one invoice, for now."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    company: ForeignKey[Any] = ForeignKey(COMPANY, on_delete=KEEP, null=False)
    invoice = ForeignKey(Invoice, on_delete=KEEP, null=True, default=None)
    why = Text()
    until = Date(null=True, default=None)
    paused_by = BigInt(null=True, default=None)
    since = Timestamptz()
    ended_at = Timestamptz(null=True, default=None)


class DunningNotice(Table, tablename="dunning_notice"):
    """A letter that went out, once per level, invoice and instalment. Append-only."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    company: ForeignKey[Any] = ForeignKey(COMPANY, on_delete=KEEP, null=False)
    invoice = ForeignKey(Invoice, on_delete=KEEP, null=False)
    instalment = Integer(default=0)
    level = SmallInt()
    name = Varchar(length=120)
    open_minor = BigInt()
    fee_minor = BigInt()
    interest_minor = BigInt()
    currency = Varchar(length=3)
    document: ForeignKey[Any] = ForeignKey(DOCUMENT, on_delete=KEEP, null=False)
    fee_invoice = ForeignKey(Invoice, on_delete=KEEP, null=True, default=None)
    sent_by = BigInt(null=True, default=None)
    sent_at = Timestamptz()


class ApprovalLimit(Table, tablename="approval_limit"):
    """Above how much of its currency an agency wants a second person."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False, unique=True)
    limit_minor = BigInt()


class Approval(Table, tablename="approval"):
    """An act that waits, or waited, for a second person; `seen` names the facts it was about."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    act = Varchar(length=40)
    about = Varchar(length=120)
    payload = JSONB()
    seen = Varchar(length=200)
    amount_minor = BigInt()
    currency = Varchar(length=3)
    why = Text()
    asked_by = BigInt(null=True, default=None)
    asked_at = Timestamptz()
    expires_at = Timestamptz()
    state = Varchar(length=10)
    decided_by = BigInt(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)
    decided_why = Text(default="")
