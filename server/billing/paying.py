"""What a page about an invoice says of paying it by card or debit now."""

from datetime import date
from typing import Any

import msgspec

from server import clock
from server.aid.bases import add_working_days
from server.billing import accounts, stripe_seen
from server.billing.queries import InvoiceDetail
from server.database import row
from server.text import N_

INSTRUMENTS = {
    "acss_debit": N_("Direct debit (Canada)"),
    "au_becs_debit": N_("Direct debit (Australia)"),
    "bacs_debit": N_("Direct debit (United Kingdom)"),
    "boleto": "Boleto",
    "card": N_("Card"),
    "customer_balance": N_("Bank transfer over Stripe"),
    "multibanco": "Multibanco",
    "nz_bank_account": N_("Direct debit (New Zealand)"),
    "sepa_debit": N_("SEPA direct debit"),
    "us_bank_account": N_("Direct debit (United States)"),
}


class UnderWay(msgspec.Struct, frozen=True, kw_only=True):
    """A debit on its way: by which instrument, and by when it is known whether it arrives."""

    instrument: str
    days: int
    until: date | None


async def shown(invoice: InvoiceDetail) -> dict[str, Any]:
    """For a page: whether it can be paid by card, in which mode, and what is on its way."""
    found = await row(
        "SELECT i.agency, a.country, a.tz, k.instrument, k.under_way_since, k.failed_at, k.state"
        " FROM invoice i JOIN agency a ON a.id = i.agency LEFT JOIN LATERAL (SELECT * FROM checkout"
        " WHERE invoice = i.id ORDER BY id DESC LIMIT 1) AS k ON true WHERE i.id = $1::bigint",
        invoice.row.id,
    )
    assert found is not None
    account = await accounts.of_agency(found["agency"])
    fits = stripe_seen.fits(invoice.row.open_minor, invoice.row.currency)
    return {
        "by_card": account.usable and fits,
        "too_small": account.usable and not fits and invoice.row.open_minor > 0,
        "least_by_card": stripe_seen.smallest(invoice.row.currency),
        "test_payments": account.usable and not account.live,
        "under_way": _under_way(found) if found["state"] == "processing" else None,
        "debit_failed": found["state"] == "failed" and found["failed_at"] is not None,
        "instruments": INSTRUMENTS,
    }


def _under_way(found: dict[str, Any]) -> UnderWay:
    days = stripe_seen.days_under_way(found["instrument"])
    since = found["under_way_since"] or clock.now()
    until = (
        add_working_days(clock.local(since, found["tz"]).date(), days, found["country"])
        if days
        else None
    )
    return UnderWay(instrument=found["instrument"], days=days, until=until)
