"""Terms of withdrawal and withdrawals. Constraints: migrations/withdrawals."""

from typing import Any

from piccolo.columns import (
    JSONB,
    BigInt,
    Boolean,
    ForeignKey,
    LazyTableReference,
    Numeric,
    Timestamptz,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

CALL = LazyTableReference("Call", module_path="booths.calls.tables")
APPLICATION = LazyTableReference("Application", module_path="booths.calls.tables")
STAND = LazyTableReference("Stand", module_path="booths.plans.tables")
KEEP = OnDelete.restrict


class WithdrawalTerms(Table, tablename="withdrawal_terms"):
    """What it costs to withdraw from a call. Fixed once the call is published."""

    call: ForeignKey[Any] = ForeignKey(CALL, on_delete=KEEP, null=False, unique=True)
    steps = JSONB()
    relet = JSONB(null=True, default=None)
    module_m2 = Numeric(digits=(8, 2), null=True, default=None)
    taxed = Boolean(default=False)


class Withdrawal(Table, tablename="withdrawal"):
    """A contract that its company gave up: what it cost, and what it costs since it was re-let."""

    application: ForeignKey[Any] = ForeignKey(APPLICATION, on_delete=KEEP, null=False, index=True)
    admission_id = BigInt(unique=True)
    stand: ForeignKey[Any] = ForeignKey(STAND, on_delete=KEEP, null=True, default=None)
    withdrawn_at = Timestamptz()
    cost_minor = BigInt()
    relet_minor = BigInt(null=True, default=None)
    invoice_id = BigInt(null=True, default=None)
    relet_at = Timestamptz(null=True, default=None)
    relet_invoice_id = BigInt(null=True, default=None)
