"""Programmes, schemes, grants, and what companies declare. Constraints: migrations/aid."""

from typing import Any

from piccolo.columns import (
    JSONB,
    BigInt,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    LazyTableReference,
    Numeric,
    SmallInt,
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


class Programme(Table, tablename="programme"):
    """Budget lines under one ceiling. `usual` holds the schemes that name no line of their own."""

    agency: ForeignKey[Any] = ForeignKey(
        AGENCY, on_delete=OnDelete.restrict, null=False, index=True
    )
    name = Varchar(length=200)
    currency = Varchar(length=3)
    ceiling_minor = BigInt(null=True, default=None)
    committed_minor = BigInt(default=0)
    usual = Boolean(default=False)
    version = Integer(default=1)
    created_at = Timestamptz()


class BudgetLine(Table, tablename="budget_line"):
    """A part of a programme, by funds and year. A trigger adds up what its schemes commit."""

    programme = ForeignKey(Programme, on_delete=OnDelete.restrict, null=False, index=True)
    name = Varchar(length=200)
    funds = Varchar(length=200, default="")
    year = SmallInt(null=True, default=None)
    ceiling_minor = BigInt(null=True, default=None)
    committed_minor = BigInt(default=0)
    version = Integer(default=1)
    created_at = Timestamptz()


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
    budget_line = ForeignKey(BudgetLine, on_delete=OnDelete.restrict, null=False, index=True)
    amount_minor = BigInt(null=True, default=None)
    tiers = JSONB(default="[]")
    tier_by = Varchar(length=14, default="participation")
    bounds = JSONB(default="{}")
    after_funder = Boolean(default=False)
    proof = Text(default="")
    version = Integer(default=1)
    created_at = Timestamptz()


class AidGrant(Table, tablename="aid_grant"):
    """Aid granted, or taken back by a negative row. Append-only but for its entry in the register.

    `euro_minor` is the gross grant equivalent in euro cents, which ceilings count, at `euro_rate`
    units of the scheme's currency for one euro. `limits` are the ceilings that held on the day, as
    the last guard in the database reads them; `beneficiary` is what the register and the letter
    say, as it was on the day.
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
    fair = Varchar(length=200, default="")
    series = Varchar(length=200, default="")
    fair_on = Date(null=True, default=None)
    applied_on = Date(null=True, default=None)
    ordered_on = Date(null=True, default=None)
    cost_minor = BigInt(null=True, default=None)
    charge_minor = BigInt(default=0)
    why = Text(default="")
    reverses: ForeignKey[Any] = ForeignKey(
        "self", on_delete=OnDelete.restrict, null=True, default=None
    )
    register_due_on = Date(null=True, default=None)
    registered_on = Date(null=True, default=None)
    register_reference = Varchar(length=80, default="")
    publish_due_on = Date(null=True, default=None)
    published_on = Date(null=True, default=None)
    letter: ForeignKey[Any] = ForeignKey(
        DOCUMENT, on_delete=OnDelete.restrict, null=True, default=None
    )
    euro_minor = BigInt(null=True, default=None)
    euro_rate = Numeric(digits=(18, 8), null=True, default=None)
    euro_rate_on = Date(null=True, default=None)
    euro_rate_source = Varchar(length=200, default="")
    created_at = Timestamptz()


class AidHold(Table, tablename="aid_hold"):
    """Budget and headroom that an offer holds until it is a grant or is let go."""

    scheme = ForeignKey(Scheme, on_delete=OnDelete.restrict, null=False)
    company: ForeignKey[Any] = ForeignKey(COMPANY, on_delete=OnDelete.restrict, null=False)
    amount_minor = BigInt()
    legal_basis = Varchar(length=40)
    member_state = Varchar(length=2)
    about = Varchar(length=120, index=True)
    held_on = Date()
    held_at = Timestamptz()
    released_at = Timestamptz(null=True, default=None)
    euro_minor = BigInt(null=True, default=None)


class AidPayment(Table, tablename="aid_payment"):
    """Aid that was paid out after proof, or accounted for on a paid invoice. Append-only."""

    aid_grant = ForeignKey(AidGrant, on_delete=OnDelete.restrict, null=False, index=True)
    kind = Varchar(length=10)
    amount_minor = BigInt()
    charge_minor = BigInt(default=0)
    paid_on = Date()
    reference = Varchar(length=140, default="")
    why = Text(default="")
    recorded_by = BigInt(null=True, default=None)
    recorded_at = Timestamptz()


class AidProof(Table, tablename="aid_proof"):
    """What a company handed in for a grant paid after proof, and what the agency decided.

    `lowered_to` is the grant that took the place of `aid_grant` where less cost was proven.
    """

    aid_grant = ForeignKey(AidGrant, on_delete=OnDelete.restrict, null=False, index=True)
    report = Text()
    proven_minor = BigInt()
    documents = JSONB(default="[]")
    state = Varchar(length=10)
    accepted_minor = BigInt(null=True, default=None)
    payout_minor = BigInt(null=True, default=None)
    lowered_to = ForeignKey(AidGrant, on_delete=OnDelete.restrict, null=True, default=None)
    why = Text(default="")
    funder_paid_on = Date(null=True, default=None)
    handed_in_by = BigInt(null=True, default=None)
    handed_in_at = Timestamptz()
    decided_by = BigInt(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)


class PotShare(Table, tablename="pot_share"):
    """The part of a pot that one participation gets, once all claims are in."""

    scheme = ForeignKey(Scheme, on_delete=OnDelete.restrict, null=False)
    about = Varchar(length=120)
    company: ForeignKey[Any] = ForeignKey(COMPANY, on_delete=OnDelete.restrict, null=False)
    claim_minor = BigInt()
    share_minor = BigInt()
    fixed_at = Timestamptz()


class AidPast(Table, tablename="aid_past"):
    """An earlier participation with aid that is not in this register, as the agency's files say."""

    scheme = ForeignKey(Scheme, on_delete=OnDelete.restrict, null=False)
    company: ForeignKey[Any] = ForeignKey(
        COMPANY, on_delete=OnDelete.restrict, null=False, index=True
    )
    fair = Varchar(length=200)
    fair_on = Date()
    amount_minor = BigInt()
    source = Varchar(length=200, default="")
    evidence = BigInt(null=True, default=None)
    said_by = BigInt(null=True, default=None)
    said_at = Timestamptz()


class UndertakingLink(Table, tablename="undertaking_link"):
    """Control between two companies: declared by one, decided on by an agency of either."""

    company: ForeignKey[Any] = ForeignKey(COMPANY, on_delete=OnDelete.restrict, null=False)
    other: ForeignKey[Any] = ForeignKey(
        COMPANY, on_delete=OnDelete.restrict, null=False, index=True
    )
    kind = Varchar(length=12)
    since_on = Date()
    state = Varchar(length=10)
    why = Text(default="")
    declared_by = BigInt(null=True, default=None)
    declared_at = Timestamptz()
    decided_by = BigInt(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)
    ended_on = Date(null=True, default=None)


class AidMoved(Table, tablename="aid_moved"):
    """Aid that went from one company to another when their undertaking parted. Append-only."""

    link = ForeignKey(UndertakingLink, on_delete=OnDelete.restrict, null=False)
    company: ForeignKey[Any] = ForeignKey(
        COMPANY, on_delete=OnDelete.restrict, null=False, index=True
    )
    amount_minor = BigInt()
    granted_on = Date()
    legal_basis = Varchar(length=40)
    member_state = Varchar(length=2)
    created_at = Timestamptz()


class SizeTest(Table, tablename="size_test"):
    """What an enterprise said of its size: each closed year with all that counts, and its status.
    The latest counts. Append-only.
    """

    company: ForeignKey[Any] = ForeignKey(
        COMPANY, on_delete=OnDelete.restrict, null=False, index=True
    )
    inputs = JSONB()
    result = Varchar(length=8)
    data_year = SmallInt()
    years = JSONB(default="[]")
    said_by = BigInt(null=True, default=None)
    said_at = Timestamptz()


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
    evidence: ForeignKey[Any] = ForeignKey(
        DOCUMENT, on_delete=OnDelete.restrict, null=True, default=None
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
    vat_recoverable = Varchar(length=3, default="yes")
    said_by = BigInt(null=True, default=None)
    said_at = Timestamptz()
