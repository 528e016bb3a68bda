"""Agencies, companies, undertakings, memberships. Constraints live in migrations/organisations."""

from piccolo.columns import (
    BigInt,
    Boolean,
    Date,
    ForeignKey,
    LazyTableReference,
    Numeric,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

PERSON = LazyTableReference("Person", module_path="server.accounts.tables")


class Agency(Table, tablename="agency"):
    """A promotion agency: it rents joint booths, publishes calls, grants aid and invoices."""

    slug = Varchar(length=60, unique=True)
    name = Varchar(length=200)
    legal_name = Varchar(length=200)
    country = Varchar(length=2)
    street = Varchar(length=200, default="")
    postcode = Varchar(length=20, default="")
    city = Varchar(length=120, default="")
    email = Varchar(length=254)
    phone = Varchar(length=40, default="")
    website = Varchar(length=300, default="")
    vat_id = Varchar(length=30, default="")
    register_no = Varchar(length=80, default="")
    iban = Varchar(length=34, default="")
    bic = Varchar(length=11, default="")
    brand_colour = Varchar(length=7, default="#003a70")
    currency = Varchar(length=3, default="EUR")
    member_state = Varchar(length=2, default="")
    tz = Varchar(length=60)
    invoice_prefix = Varchar(length=12, default="")
    logo_document = BigInt(null=True, default=None)
    created_at = Timestamptz()


class Undertaking(Table, tablename="undertaking"):
    """All companies under one control; aid ceilings count for the whole of it."""

    name = Varchar(length=200)
    member_state = Varchar(length=2, default="")


class Company(Table, tablename="company"):
    """A company's profile: asked once, reused by every application."""

    undertaking = ForeignKey(Undertaking, on_delete=OnDelete.restrict, null=False, index=True)
    name = Varchar(length=200)
    legal_name = Varchar(length=200)
    country = Varchar(length=2)
    region = Varchar(length=120, default="")
    street = Varchar(length=200)
    postcode = Varchar(length=20)
    city = Varchar(length=120)
    vat_id = Varchar(length=30, default="")
    vat_state = Varchar(length=12, default="")
    taxable = Boolean(default=True)
    register_no = Varchar(length=80, default="")
    founded_on = Date(null=True, default=None)
    nace_code = Varchar(length=5, default="")
    nace_revision = Varchar(length=3, default="")
    employees_awu = Numeric(digits=(10, 2), null=True, default=None)
    turnover_minor = BigInt(null=True, default=None)
    balance_minor = BigInt(null=True, default=None)
    size_year = SmallInt(null=True, default=None)
    size_class = Varchar(length=12, default="")
    website = Varchar(length=300, default="")
    iban = Varchar(length=34, default="")
    invoice_email = Varchar(length=254)
    description = Text(default="")
    products = Text(default="")
    logo_document = BigInt(null=True, default=None)
    created_at = Timestamptz()


class AgencyMember(Table, tablename="agency_member"):
    """A person's role in an agency."""

    agency = ForeignKey(Agency, on_delete=OnDelete.restrict, null=False)
    person: ForeignKey[Table] = ForeignKey(
        PERSON, on_delete=OnDelete.restrict, null=False, index=True
    )
    role = Varchar(length=10)
    since = Timestamptz()


class CompanyMember(Table, tablename="company_member"):
    """A person's role in a company."""

    company = ForeignKey(Company, on_delete=OnDelete.restrict, null=False)
    person: ForeignKey[Table] = ForeignKey(
        PERSON, on_delete=OnDelete.restrict, null=False, index=True
    )
    role = Varchar(length=10)
    since = Timestamptz()


class Dealing(Table, tablename="dealing"):
    """An agency has to do with a company, from the first application, invoice or meeting on. The
    rooms' triggers write it; it opens the company's profile to the agency's staff."""

    agency = ForeignKey(Agency, null=False)
    company = ForeignKey(Company, null=False)
    since = Timestamptz()
