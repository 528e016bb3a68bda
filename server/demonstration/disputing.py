"""A card payment that the payer's bank disputes: the money is held until the bank decides."""

from datetime import timedelta
from decimal import Decimal

from server import clock
from server.accounts.permissions import SYSTEM, Actor
from server.billing import disputes, invoices, payments
from server.billing.accounts import house
from server.billing.stripe_seen import DisputeSeen
from server.billing.sums import InvoiceLine
from server.database import action, value
from server.demonstration.calendar import Calendar
from server.organisations.queries import own_agency

INTENT = "pi_demo_disputed"
PRICE = 24_000


async def dispute(finance: Actor, calendar: Calendar, company_id: int) -> None:
    """Furniture ordered at the fair, paid by card, disputed since; it was answered."""
    if await value("SELECT 1 FROM payment WHERE external_ref = $1", INTENT):
        return
    agency = await own_agency(finance)

    @action
    async def paid() -> int:
        made = await invoices.issue_invoice(
            SYSTEM, agency_id=agency.id, company_id=company_id,
            lines=[InvoiceLine("Showcase with lock", Decimal(2), "piece", PRICE // 2, PRICE)],
            currency="EUR", due_on=clock.today(agency.tz), about="", fair_country="PT",
            subject="Furniture on site",
        )  # fmt: skip
        asks = await value("SELECT total_minor FROM invoice WHERE id = $1::bigint", made)
        await payments.receive(
            agency_id=agency.id, invoice_id=made, method="card", amount_minor=asks, currency="EUR",
            received_at=clock.now(), external_ref=INTENT,
        )  # fmt: skip
        return int(asks)

    last = await value("SELECT max(created_at) FROM invoice WHERE agency = $1", agency.id)
    with clock.travel(last + timedelta(minutes=10)):
        held = await paid()
    with clock.travel(calendar.moment(-12)):
        now = clock.now()
        seen = DisputeSeen(
            id="dp_demo", intent=INTENT, amount_minor=held, currency="EUR",
            reason="product_not_received", status="under_review", withdrawn=True,
            due_at=now + timedelta(days=9), opened_at=now,
        )  # fmt: skip
        await disputes.seen_at_stripe(house(), seen)
