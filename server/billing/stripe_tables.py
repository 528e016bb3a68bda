"""Accounts at Stripe, disputes, movements, payouts, comparisons; see migrations/billing."""

from typing import Any

from piccolo.columns import (
    JSONB,
    BigInt,
    Boolean,
    Date,
    ForeignKey,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from server.billing.tables import AGENCY, KEEP, Payment


class StripeAccount(Table, tablename="stripe_account"):
    """Where an agency is paid. `secret` and `webhooks` are sealed; `token` names the endpoint."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    way = Varchar(length=8)
    account = Varchar(length=80, default="")
    live = Boolean(default=False)
    token = Varchar(length=60, unique=True)
    secret = Text(default="")
    webhooks = JSONB(default="[]")
    seen = JSONB(default="{}")
    seen_at = Timestamptz(null=True, default=None)
    ready = Boolean(default=False)
    created_at = Timestamptz()
    ended_at = Timestamptz(null=True, default=None)


class Dispute(Table, tablename="dispute"):
    """A payer's bank wants money back. `held_minor` is what of the payment it concerns."""

    payment = ForeignKey(Payment, on_delete=KEEP, null=False, index=True)
    external_ref = Varchar(length=120, unique=True)
    amount_minor = BigInt()
    held_minor = BigInt()
    currency = Varchar(length=3)
    reason = Varchar(length=60, default="")
    state = Varchar(length=30)
    stance = Varchar(length=6, default="none")
    due_at = Timestamptz(null=True, default=None)
    opened_at = Timestamptz()
    closed_at = Timestamptz(null=True, default=None)


class DisputeEvidence(Table, tablename="dispute_evidence"):
    """What a person sent to the payer's bank: words by field, documents by field."""

    dispute = ForeignKey(Dispute, on_delete=KEEP, null=False)
    key = Varchar(length=80, unique=True)
    words = JSONB()
    papers = JSONB()
    sent_by = BigInt(null=True, default=None)
    created_at = Timestamptz()
    sent_at = Timestamptz(null=True, default=None)
    note = Text(default="")


class StripeMovement(Table, tablename="stripe_movement"):
    """A balance transaction of an account, kept once. Append-only."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    account = ForeignKey(StripeAccount, on_delete=KEEP, null=True, default=None)
    external_ref = Varchar(length=120, unique=True)
    kind = Varchar(length=60)
    source = Varchar(length=120, default="")
    amount_minor = BigInt()
    fee_minor = BigInt()
    currency = Varchar(length=3)
    at = Timestamptz()


class Payout(Table, tablename="payout"):
    """Money on its way from Stripe to the bank; `statement_ref` is the line that showed it."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    account = ForeignKey(StripeAccount, on_delete=KEEP, null=True, default=None)
    external_ref = Varchar(length=120, unique=True)
    amount_minor = BigInt()
    currency = Varchar(length=3)
    arrives_on = Date()
    state = Varchar(length=12)
    posted = Boolean(default=False)
    statement_ref = Varchar(length=200, default="")
    created_at = Timestamptz()


class StripeComparison(Table, tablename="stripe_comparison"):
    """One comparison of an account with the books; NULL is the installation's own account."""

    account = ForeignKey(StripeAccount, on_delete=KEEP, null=True, default=None)
    started_at = Timestamptz()
    ended_at = Timestamptz(null=True, default=None)
    since = Timestamptz()
    fault = Text(default="")
    balances = JSONB(default="[]")


class StripeDifference(Table, tablename="stripe_difference"):
    """Something that one side had and the other had not."""

    comparison = ForeignKey(StripeComparison, on_delete=OnDelete.cascade, null=False, index=True)
    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=True, default=None)
    kind = Varchar(length=20)
    external_ref = Varchar(length=120)
    amount_minor = BigInt()
    currency = Varchar(length=3)
    mended = Boolean()
