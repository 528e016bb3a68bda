"""Answers of VIES, payers other than the exhibitor, rates of exchange. Constraints: migrations."""

from typing import Any

from piccolo.columns import (
    JSONB,
    BigInt,
    Date,
    ForeignKey,
    Integer,
    Numeric,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.table import Table

from server.billing.tables import AGENCY, COMPANY, KEEP, Invoice


class VatCheck(Table, tablename="vat_check"):
    """One question to VIES about a VAT ID, with the answer as it came. Never changed."""

    company: ForeignKey[Any] = ForeignKey(COMPANY, on_delete=KEEP, null=False)
    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=True, default=None)
    invoice = ForeignKey(Invoice, on_delete=KEEP, null=True, default=None)
    vat_id = Varchar(length=30)
    answer = Varchar(length=12)
    consultation = Varchar(length=60, default="")
    name = Text(default="")
    address = Text(default="")
    payer = BigInt(null=True, default=None)
    raw = JSONB()  # type: ignore[assignment]
    why = Varchar(length=10)
    asked_by = BigInt(null=True, default=None)
    asked_by_name = Varchar(length=200)
    asked_at = Timestamptz()


class PayerLink(Table, tablename="payer_link"):
    """A signed address about an invoice for a payer without an account; one holds at a time."""

    invoice = ForeignKey(Invoice, on_delete=KEEP, null=False)
    email = Varchar(length=320)
    made_at = Timestamptz()
    opened_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)


class Payer(Table, tablename="payer"):
    """Who pays for a company: always (`about` empty), or for one thing such as an application."""

    company: ForeignKey[Any] = ForeignKey(COMPANY, on_delete=KEEP, null=False)
    about = Varchar(length=120, default="")
    name = Varchar(length=200)
    street = Varchar(length=200)
    postcode = Varchar(length=20)
    city = Varchar(length=120)
    country = Varchar(length=2)
    vat_id = Varchar(length=30, default="")
    email = Varchar(length=254)
    order_reference = Varchar(length=80, default="")
    buyer_reference = Varchar(length=80, default="")
    share = Varchar(length=8)
    share_bp = Integer(null=True, default=None)
    share_minor = BigInt(null=True, default=None)
    share_currency = Varchar(length=3, default="")
    vat_state = Varchar(length=12, default="")
    named_at = Timestamptz()
    ended_at = Timestamptz(null=True, default=None)


class ExchangeRate(Table, tablename="exchange_rate"):
    """How much of the national currency one unit of an invoice's currency is on a day."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    currency = Varchar(length=3)
    national = Varchar(length=3)
    rate = Numeric(digits=(18, 8))
    on_day = Date()
    source = Varchar(length=200)
    kept_at = Timestamptz()
