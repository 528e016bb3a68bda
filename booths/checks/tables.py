"""Rules of calls, what they found, and what was waived. Constraints: migrations/checks."""

from typing import Any

from piccolo.columns import (
    JSONB,
    BigInt,
    Boolean,
    ForeignKey,
    Integer,
    LazyTableReference,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

CALL = LazyTableReference("Call", module_path="booths.calls.tables")
APPLICATION = LazyTableReference("Application", module_path="booths.calls.tables")
KEEP = OnDelete.restrict


class CheckRule(Table, tablename="check_rule"):
    """One eligibility rule of a call; it stands still once the call is published."""

    call: ForeignKey[Any] = ForeignKey(CALL, on_delete=KEEP, null=False)
    kind = Varchar(length=30)
    parameters = JSONB()
    hard = Boolean()
    position = Integer()


class CheckRun(Table, tablename="check_run"):
    """One look at an application, with the facts it saw. Append-only."""

    application: ForeignKey[Any] = ForeignKey(APPLICATION, on_delete=KEEP, null=False)
    occasion = Varchar(length=10)
    facts = JSONB()
    at = Timestamptz()


class CheckFinding(Table, tablename="check_finding"):
    """What one rule found in one look: the sentence, and what it saw. Append-only."""

    run = ForeignKey(CheckRun, on_delete=KEEP, null=False)
    rule = ForeignKey(CheckRule, on_delete=KEEP, null=False)
    outcome = Varchar(length=8)
    said = Text()
    saw = Text(default="")


class CheckWaiver(Table, tablename="check_waiver"):
    """A manager's word that a finding is not held against a company. It covers what was seen."""

    application: ForeignKey[Any] = ForeignKey(APPLICATION, on_delete=KEEP, null=False)
    rule = ForeignKey(CheckRule, on_delete=KEEP, null=False)
    saw = Text(default="")
    why = Text()
    person_id = BigInt(null=True, default=None)
    at = Timestamptz()
