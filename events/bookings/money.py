"""What a booking costs and how it is paid: free days first, then the rate card.

Free days are aid: their value is granted under the scheme that the agency names for the year, by
the same grant as the fee of a call, and taken back by the same reversal. What is left is invoiced.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from events.bookings import rules
from events.bookings.facts import Fit, ResourceFacts
from events.bookings.rows import BookingRow
from events.bookings.rules import Quota, Quote, Span
from server import clock
from server.accounts.permissions import SYSTEM
from server.aid import granting, taking_back
from server.billing import crediting, invoices
from server.billing.sums import InvoiceLine
from server.billing.vat import Supply
from server.database import execute, row, rows, step, value
from server.errors import Refused
from server.text import N_, gettext

PAYMENT_DAYS = 14
USED = """
SELECT b.company, day::date AS day FROM booking b,
    jsonb_array_elements_text(b.quote -> 'free_on') AS day
WHERE b.undertaking = $1 AND b.agency = $2 AND b.free_days > 0 AND b.id <> $4
    AND NOT (b.state = 'held' AND b.held_until <= $3)
"""


@step
async def quotas(
    agency: int, company: int, undertaking: int, years: Sequence[int], *, without: int = 0
) -> dict[int, Quota]:
    """The free days of `years` that an agency gives, and what is used of them.

    The undertaking is held, so that nobody of it uses the same day.
    """
    given = await rows(
        "SELECT year, per_company, per_undertaking FROM free_days"
        " WHERE agency = $1 AND year = ANY($2::int[])",
        agency,
        list(years),
    )
    if not given:
        return {}
    used = await rows(USED, undertaking, agency, clock.now(), without)
    return {
        each["year"]: Quota(
            each["per_company"],
            each["per_undertaking"],
            sum(u["day"].year == each["year"] and u["company"] == company for u in used),
            sum(u["day"].year == each["year"] for u in used),
        )
        for each in given
    }


def quote_of(known: ResourceFacts, where: Fit, length: int, quotas: dict[int, Quota]) -> Quote:
    """The price of a time by the rate card of its first day, less its free days.

    Refused where days are neither free nor have a price.
    """
    span, days = known.terms.span, where.open_days
    whole = rules.price(known.rates, span, length, len(days), where.start_local.date())
    may_be_free = known.free and span is not Span.MINUTES
    free_on = rules.free_days(days, quotas) if may_be_free else ()
    if may_be_free and not known.rates and len(free_on) < len(days):
        raise Refused(
            N_(
                "{name} is given for free days only, and {left} of the {days} days you ask for are"
                " left this year. Choose fewer days, or something with a price; nothing was booked."
            ),
            field="length",
            name=known.name,
            left=len(free_on),
            days=len(days),
        )
    return rules.quote(whole, len(days), free_on)


@step
async def settle(one: BookingRow, supply: str) -> None:
    """A booking is confirmed: its free days are granted, the rest is invoiced."""
    await grant(one)
    if one.price_minor:
        invoice = await invoice_for(one, one.price_minor, supply, _line(one))
        await execute("UPDATE booking SET invoice = $2 WHERE id = $1", one.id, invoice)


@step
async def grant(one: BookingRow) -> None:
    """Grant the value of its free days, where the agency has a scheme for them."""
    if not one.free_minor:
        return
    year = one.free_on[0].year
    found = await row(
        "SELECT f.scheme, s.currency FROM free_days f JOIN scheme s ON s.id = f.scheme"
        " WHERE f.agency = $1 AND f.year = $2",
        one.agency,
        year,
    )
    if found is None:
        return
    if found["currency"] != one.currency:
        raise Refused(
            N_(
                "The free days of {year} are kept in {kept}, and {office} has its prices in"
                " {currency}. Nothing was booked: the agency names a scheme in {currency} first."
            ),
            year=year,
            kept=found["currency"],
            office=one.office_name,
            currency=one.currency,
        )
    made = await granting.grant(
        SYSTEM, scheme_id=found["scheme"], company_id=one.company,
        amount_minor=one.free_minor, eligible_minor=one.free_minor, about=about(one),
    )  # fmt: skip
    await execute("UPDATE booking SET aid_grant = $2 WHERE id = $1", one.id, made)


@step
async def take_back(one: BookingRow, why: str) -> None:
    """Its grant and its invoice are taken back, as if it had not been booked."""
    if one.aid_grant is not None:
        await taking_back.reverse(SYSTEM, about=about(one), why=why)
        await execute("UPDATE booking SET aid_grant = NULL WHERE id = $1", one.id)
    await _credit(one, why)


async def _credit(one: BookingRow, why: str) -> None:
    if one.invoice is None:
        return
    if await value("SELECT state FROM invoice WHERE id = $1", one.invoice) != "credited":
        await crediting.credit(SYSTEM, invoice_id=one.invoice, why=why)
    await execute("UPDATE booking SET invoice = NULL WHERE id = $1", one.id)


@step
async def settle_cancelled(one: BookingRow, due_minor: int, supply: str, why: str) -> None:
    """What is due stays or is invoiced anew; the rest comes back by a credit note.

    Free days come back with their grant where nothing is due; otherwise they stay used.
    """
    if one.invoice is not None and due_minor < one.price_minor:
        await _credit(one, why)
        if due_minor:
            line = gettext(
                N_("Cancellation of {name}, {when}"),
                name=one.resource_name,
                when=f"{one.start_local:%Y-%m-%d %H:%M}",
            )
            invoice = await invoice_for(one, due_minor, supply, line)
            await execute("UPDATE booking SET invoice = $2 WHERE id = $1", one.id, invoice)


@step
async def invoice_for(one: BookingRow, minor: int, supply: str, line: str) -> int:
    """An invoice to the company, with the office's country as the place of what is let."""
    address: dict[str, Any] | None = await row(
        "SELECT street, city FROM company WHERE id = $1", one.company
    )
    if address is None or not address["street"] or not address["city"]:
        raise Refused(
            N_(
                "The address of {company} is missing, and it stands on the invoice. Complete the"
                " company's profile and try again; nothing was changed."
            ),
            company=one.company_name,
        )
    due_on: date = clock.today(one.tz) + timedelta(days=PAYMENT_DAYS)
    lines = [InvoiceLine(line, Decimal(1), gettext(N_("booking")), minor, minor, Supply(supply))]
    return await invoices.issue_invoice(
        SYSTEM, agency_id=one.agency, company_id=one.company, lines=lines, currency=one.currency,
        due_on=due_on, about=about(one), fair_country=one.country, subject=one.office_name,
        supplied_from=one.start_local.date(), supplied_until=one.end_local.date(),
    )  # fmt: skip


def about(one: BookingRow) -> str:
    """How grants and invoices name a booking."""
    return f"booking:{one.id}"


def _line(one: BookingRow) -> str:
    return gettext(
        N_("{name} {label}, {office}, {start} to {end}"),
        name=one.resource_name,
        label=one.label,
        office=one.office_name,
        start=f"{one.start_local:%Y-%m-%d %H:%M}",
        end=f"{one.end_local:%Y-%m-%d %H:%M}",
    )
