"""Statements of the bank, what became of their entries, and closed periods.

Constraints: migrations/billing.
"""

from typing import Any

from piccolo.columns import (
    JSONB,
    BigInt,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.table import Table

from server.billing.tables import AGENCY, COMPANY, KEEP


class BankSetting(Table, tablename="bank_setting"):
    """How an agency works with its bank, and its account numbers in exports."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False, unique=True)
    fee_tolerance_minor = BigInt(default=0)
    refunds_by_file = Boolean(default=False)
    layouts = JSONB(default="{}")
    numbers = JSONB(default="{}")
    adviser = Integer(default=1001)
    client = Integer(default=1)


class BankAccount(Table, tablename="bank_account"):
    """An account that a person has said is the agency's own."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    account = Varchar(length=40)
    added_by = BigInt(null=True, default=None)
    added_at = Timestamptz()


class BankFile(Table, tablename="bank_file"):
    """A bank's file as it came: evidence once it is booked, and then never changed or removed."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    name = Varchar(length=200)
    format = Varchar(length=10)
    sha256 = Varchar(length=64)
    data = Bytea(db_column_name="raw")
    read_by = BigInt(null=True, default=None)
    read_at = Timestamptz()
    booked_by = BigInt(null=True, default=None)
    booked_at = Timestamptz(null=True, default=None)


class BankStatement(Table, tablename="bank_statement"):
    """A statement of a file that was booked: opening + moved = closing."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    file = ForeignKey(BankFile, on_delete=KEEP, null=False, index=True)
    account = Varchar(length=40)
    currency = Varchar(length=3)
    number = Varchar(length=40, default="")
    from_on = Date()
    until_on = Date()
    opening_minor = BigInt(null=True, default=None)
    closing_minor = BigInt(null=True, default=None)
    moved_minor = BigInt()


class BankEntry(Table, tablename="bank_entry"):
    """One movement as the bank told it, once; only what became of it may change."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    statement = ForeignKey(BankStatement, on_delete=KEEP, null=False)
    identity = Varchar(length=80)
    line = Integer()
    booked_on = Date()
    amount_minor = BigInt()
    currency = Varchar(length=3)
    bank_ref = Varchar(length=140, default="")
    end_to_end = Varchar(length=140, default="")
    text = Text(default="")
    name = Varchar(length=200, default="")
    account_hash = Varchar(length=64, default="")
    account_hint = Varchar(length=12, default="")
    returned = Boolean(default=False)
    state = Varchar(length=10)
    why = Varchar(length=20, default="")
    guesses = JSONB(default="[]")
    decided_by = BigInt(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)


class PayerAccount(Table, tablename="payer_account"):
    """An account that a company has paid from, as a keyed hash."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    company: ForeignKey[Any] = ForeignKey(COMPANY, on_delete=KEEP, null=False)
    account_hash = Varchar(length=64)
    since = Timestamptz()


class RefundFile(Table, tablename="refund_file"):
    """An order to the bank (pain.001) to carry out refunds, as it was handed out."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    message = Varchar(length=35, unique=True)
    xml = Text()
    made_by = BigInt(null=True, default=None)
    made_at = Timestamptz()


class LedgerClose(Table, tablename="ledger_close"):
    """The books of an agency are closed up to and with this day. Append-only."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    until_on = Date()
    closed_by = BigInt(null=True, default=None)
    closed_at = Timestamptz()


class SourcePayment(Table, tablename="source_payment"):
    """What a third party paid of its subsidies; `source` is the scheme. Only taken back."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    source = Integer()
    amount_minor = BigInt()
    currency = Varchar(length=3)
    received_on = Date()
    payer = Varchar(length=200)
    bank_entry = ForeignKey(BankEntry, on_delete=KEEP, null=True, default=None)
    document = BigInt(null=True, default=None)
    made_by = BigInt(null=True, default=None)
    made_at = Timestamptz()
    taken_back_at = Timestamptz(null=True, default=None)
    why = Text(default="")
