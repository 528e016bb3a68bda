"""Declarations of companies. Constraints and the trigger: migrations/declarations."""

from typing import Any

from piccolo.columns import (
    JSONB,
    BigInt,
    Date,
    ForeignKey,
    Integer,
    LazyTableReference,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

COMPANY = LazyTableReference("Company", module_path="server.organisations.tables")
DOCUMENT = LazyTableReference("Document", module_path="server.documents.tables")


class Declaration(Table, tablename="declaration"):
    """What a company signed, word for word. The latest of a kind counts; none is ever changed."""

    company: ForeignKey[Any] = ForeignKey(COMPANY, on_delete=OnDelete.restrict, null=False)
    kind = Varchar(length=30)
    version = Integer()
    text = Text()
    details = JSONB(default="{}")
    given_by = BigInt(null=True, default=None)
    given_on = Date()
    given_at = Timestamptz()
    valid_until = Date()
    evidence: ForeignKey[Any] = ForeignKey(
        DOCUMENT, on_delete=OnDelete.restrict, null=True, default=None
    )
    withdrawn_at = Timestamptz(null=True, default=None)
