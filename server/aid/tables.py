"""Schemes, grants, and what companies declare. Constraints and triggers: migrations/aid."""

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

AGENCY = LazyTableReference("Agency", module_path="server.organisations.tables")
UNDERTAKING = LazyTableReference("Undertaking", module_path="server.organisations.tables")
COMPANY = LazyTableReference("Company", module_path="server.organisations.tables")
DOCUMENT = LazyTableReference("Document", module_path="server.documents.tables")


class Scheme(Table, tablename="scheme"):
    """A co-financing programme with a budget. Its terms stand still once a grant rests on them."""

    agency: ForeignKey[Any] = ForeignKey(
        AGENCY, on_delete=OnDelete.restrict, null=False, index=True
    )
    name = Varchar(length=200)
    reference = Varchar(length=60, default="")
    legal_basis = Varchar(length=40)
    mode = Varchar(length=12)
    rate_bp = Integer(null=True, default=None)
    fixed_per_m2_minor = BigInt(null=True, default=None)
    cap_minor = BigInt(null=True, default=None)
    currency = Varchar(length=3)
    budget_minor = BigInt()
    committed_minor = BigInt(default=0)
    subsidy_shown = Varchar(length=12)
    valid_from = Date()
    valid_until = Date(null=True, default=None)
    version = Integer(default=1)
    created_at = Timestamptz()


class AidGrant(Table, tablename="aid_grant"):
    """Aid granted, or taken back by a negative row. Append-only but for its entry in the register.

    `limits` are the ceilings that held on the day, as the last guard in the database reads them;
    `beneficiary` is what the register and the letter say, as it was on the day.
    """

    scheme = ForeignKey(Scheme, on_delete=OnDelete.restrict, null=False, index=True)
    undertaking: ForeignKey[Any] = ForeignKey(
        UNDERTAKING, on_delete=OnDelete.restrict, null=False, index=True
    )
    company: ForeignKey[Any] = ForeignKey(
        COMPANY, on_delete=OnDelete.restrict, null=False, index=True
    )
    amount_minor = BigInt()
    eligible_minor = BigInt()
    intensity_bp = Integer()
    legal_basis = Varchar(length=40)
    ceiling_minor = BigInt(null=True, default=None)
    limits = JSONB()
    beneficiary = JSONB()
    granted_on = Date()
    member_state = Varchar(length=2)
    about = Varchar(length=120)
    why = Text(default="")
    reverses: ForeignKey[Any] = ForeignKey(
        "self", on_delete=OnDelete.restrict, null=True, default=None
    )
    register_due_on = Date(null=True, default=None)
    registered_on = Date(null=True, default=None)
    register_reference = Varchar(length=80, default="")
    letter: ForeignKey[Any] = ForeignKey(
        DOCUMENT, on_delete=OnDelete.restrict, null=True, default=None
    )
    created_at = Timestamptz()


class DeclaredAid(Table, tablename="declared_aid"):
    """Aid from elsewhere that a company declares; a slip is taken back by a negative row."""

    company: ForeignKey[Any] = ForeignKey(
        COMPANY, on_delete=OnDelete.restrict, null=False, index=True
    )
    undertaking: ForeignKey[Any] = ForeignKey(
        UNDERTAKING, on_delete=OnDelete.restrict, null=False, index=True
    )
    amount_minor = BigInt()
    granted_on = Date()
    authority = Varchar(length=200)
    legal_basis = Varchar(length=40)
    member_state = Varchar(length=2)
    reverses: ForeignKey[Any] = ForeignKey(
        "self", on_delete=OnDelete.restrict, null=True, default=None
    )
    declared_by = BigInt(null=True, default=None)
    declared_at = Timestamptz()


class AidStatement(Table, tablename="aid_statement"):
    """What a company says about itself before aid is granted. The latest one counts."""

    company: ForeignKey[Any] = ForeignKey(
        COMPANY, on_delete=OnDelete.restrict, null=False, index=True
    )
    undertaking: ForeignKey[Any] = ForeignKey(UNDERTAKING, on_delete=OnDelete.restrict, null=False)
    in_difficulty = Varchar(length=3)
    recovery_order = Varchar(length=3)
    linked_companies = Text(default="")
    said_by = BigInt(null=True, default=None)
    said_at = Timestamptz()
