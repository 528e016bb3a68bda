"""Reads of invoices and payments, always for one company or one agency."""

from base64 import b64encode
from datetime import date, datetime
from typing import Any

import msgspec

from server.accounts.permissions import Actor, require
from server.billing import papers, rules
from server.billing.forms import MoneyFilter
from server.billing.rules import VatDecision
from server.database import page_id, row, rows, typed, value
from server.errors import NotFound
from server.organisations.queries import AgencyRow, CompanyRow
from server.organisations.rules import VatState
from server.text import N_

PAGE = 50
METHODS = {"card": N_("Card"), "transfer": N_("Bank transfer")}


class InvoiceRow(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice or credit note in a list."""

    id: int
    kind: str
    number: str
    company: int
    company_name: str
    agency_name: str
    issued_on: date
    due_on: date
    currency: str
    total_minor: int
    paid_minor: int
    state: str
    about: str
    subject: str

    @property
    def open_minor(self) -> int:
        """What is still to be paid."""
        return max(0, self.total_minor - self.paid_minor) if self.state in rules.TO_PAY else 0


class PaymentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A payment; `waits_minor` is what no person or rule has put anywhere yet."""

    id: int
    invoice: int | None
    number: str | None
    about: str | None
    company: int | None
    company_name: str | None
    method: str
    amount_minor: int
    matched_minor: int
    asked_back_minor: int
    back_minor: int
    beyond_minor: int
    currency: str
    received_at: datetime
    external_ref: str
    reference: str
    payer: str
    state: str
    note: str

    @property
    def waits_minor(self) -> int:
        """Received, not on an invoice, and not going back."""
        return self.amount_minor - self.matched_minor - self.asked_back_minor

    @property
    def refundable_minor(self) -> int:
        """What may still go back."""
        return self.amount_minor - self.asked_back_minor


class InvoiceDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One invoice with everything that a page about it shows."""

    row: InvoiceRow
    content: dict[str, Any]
    reference: str
    document: int | None
    tz: str
    credits: InvoiceRow | None
    credited_by: InvoiceRow | None
    payments: list[PaymentRow]
    checkout_state: str

    @property
    def spoken_reference(self) -> str:
        """The payment reference in groups of four."""
        return rules.spoken_reference(self.reference)

    @property
    def sums(self) -> list[tuple[str, int, str]]:
        """Its sums from the full price to the VAT: label, minor units, kind of row."""
        return papers.sum_rows(self.content)

    @property
    def remarks(self) -> list[str]:
        """The sentences below the sums."""
        return papers.remarks(self.content)

    @property
    def qr(self) -> str:
        """The bank-transfer code of what is open, as the address of an image; "" without one."""
        svg = papers.epc_qr(self.content, self.row.open_minor)
        return svg and f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


class RefundRow(msgspec.Struct, frozen=True, kw_only=True):
    """A refund in a payment's history."""

    id: int
    amount_minor: int
    state: str
    why: str
    note: str
    asked_by_name: str | None
    created_at: datetime
    done_at: datetime | None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a history: what was done, by whom, when."""

    at: datetime
    verb: str
    who: str
    why: str
    after: dict[str, Any]


class PaymentDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One payment, its refunds and its history; `guesses` are invoices it may belong to."""

    row: PaymentRow
    tz: str
    guesses: list[InvoiceRow]
    refunds: list[RefundRow]
    history: list[Step]


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """An agency's money in one currency."""

    currency: str
    invoiced_minor: int
    paid_minor: int
    open_minor: int
    overdue_minor: int
    waiting_minor: int


def vat_of(
    agency: AgencyRow, company: CompanyRow, *, supply: str, fair_country: str, on: date
) -> VatDecision:
    """The VAT of a supply by `agency` to `company`. A VAT ID counts until VIES calls it invalid."""
    counts = bool(company.vat_id) and company.vat_state != VatState.INVALID
    return rules.vat_decision(
        agency.country, company.country, counts, company.taxable, supply, fair_country, on
    )


_INVOICE = (
    "SELECT i.id, i.kind, i.number, i.company, c.name AS company_name, a.name AS agency_name,"
    " i.issued_on, i.due_on, i.currency, i.total_minor, i.paid_minor, i.state, i.about,"
    " i.content ->> 'subject' AS subject FROM invoice i JOIN company c ON c.id = i.company"
    " JOIN agency a ON a.id = i.agency"
)
_PAYMENT = (
    "SELECT p.id, p.invoice, i.number, i.about, p.company, c.name AS company_name, p.method,"
    " p.amount_minor, p.matched_minor, p.asked_back_minor, p.back_minor, p.beyond_minor,"
    " p.currency, p.received_at, p.external_ref, p.reference, p.payer, p.state, p.note"
    " FROM payment p"
    " LEFT JOIN invoice i ON i.id = p.invoice LEFT JOIN company c ON c.id = p.company"
)


async def own_invoices(
    actor: Actor, *, cursor: str = "", limit: int = PAGE
) -> tuple[list[InvoiceRow], str]:
    """The invoices of the company that `actor` acts for, newest first."""
    require(actor, "invoice.own")
    found = await rows(
        f"{_INVOICE} WHERE i.company = $1::bigint AND ($2::bigint IS NULL OR i.id < $2)"
        " ORDER BY i.id DESC LIMIT $3",
        actor.company_id,
        page_id(cursor),
        limit + 1,
    )
    shown = typed(InvoiceRow, found[:limit])
    return shown, str(shown[-1].id) if len(found) > limit else ""


async def own_invoice(actor: Actor, invoice_id: int) -> InvoiceDetail:
    """One invoice of the company that `actor` acts for, or NotFound."""
    require(actor, "invoice.own")
    return await _detail("i.company", actor.company_id, invoice_id)


async def agency_invoice(actor: Actor, invoice_id: int) -> InvoiceDetail:
    """One invoice of the agency that `actor` acts for, or NotFound."""
    require(actor, "money.read")
    return await _detail("i.agency", actor.agency_id, invoice_id)


async def any_invoice(invoice_id: int) -> InvoiceDetail:
    """One invoice, for who has shown that it is theirs to see: a payer's signed address."""
    return await _detail("i.id", invoice_id, invoice_id)


async def _detail(scope: str, owner: int | None, invoice_id: int) -> InvoiceDetail:
    more = "SELECT i.content, i.reference, i.document, i.credits, a.tz,"
    found = await row(
        _INVOICE.replace("SELECT", more, 1) + f" WHERE i.id = $1::bigint AND {scope} = $2::bigint",
        invoice_id,
        owner,
    )
    if found is None:
        raise NotFound()
    own = {name: found.pop(name) for name in ("content", "reference", "document", "tz")}
    credits = found.pop("credits")
    linked = await rows(
        f"{_INVOICE} WHERE i.id = $1::bigint OR i.credits = $2::bigint", credits, invoice_id
    )
    others = {each.id: each for each in typed(InvoiceRow, linked)}
    payments = await rows(f"{_PAYMENT} WHERE p.invoice = $1::bigint ORDER BY p.id", invoice_id)
    checkout = await value(
        "SELECT state FROM checkout WHERE invoice = $1::bigint ORDER BY id DESC LIMIT 1",
        invoice_id,
    )
    return InvoiceDetail(
        row=typed(InvoiceRow, found),
        credits=others.pop(credits, None) if credits else None,
        credited_by=next(iter(others.values()), None),
        payments=typed(PaymentRow, payments),
        checkout_state=checkout or "",
        **own,
    )


async def invoices(
    actor: Actor, *, query: MoneyFilter, cursor: str = "", limit: int = PAGE
) -> tuple[list[InvoiceRow], str]:
    """The agency's invoices that fit the filter, newest first."""
    require(actor, "money.read")
    states = [query.state] if query.state else []
    if query.state == "to_pay":
        states = [state.value for state in rules.TO_PAY]
    words = query.q.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found = await rows(
        f"{_INVOICE} WHERE i.agency = $1::bigint AND ($2::bigint IS NULL OR i.id < $2)"
        " AND (cardinality($3::text[]) = 0 OR i.state = ANY($3)) AND ($4 = '' OR i.number ILIKE"
        " '%' || $4 || '%' OR c.name ILIKE '%' || $4 || '%' OR i.reference = $5)"
        " ORDER BY i.id DESC LIMIT $6",
        actor.agency_id,
        page_id(cursor),
        states,
        words,
        rules.compact_reference(query.q) or "",
        limit + 1,
    )
    shown = typed(InvoiceRow, found[:limit])
    return shown, str(shown[-1].id) if len(found) > limit else ""


async def sums(actor: Actor) -> list[Sums]:
    """The agency's money, one row per currency."""
    require(actor, "money.read")
    found = await rows(
        "SELECT currency, sum(invoiced)::bigint AS invoiced_minor, sum(paid)::bigint AS paid_minor,"
        " sum(unpaid)::bigint AS open_minor, sum(overdue)::bigint AS overdue_minor,"
        " sum(waiting)::bigint AS waiting_minor FROM ("
        " SELECT currency, total_minor AS invoiced, paid_minor AS paid,"
        " CASE WHEN state IN ('open', 'part_paid', 'overdue') THEN total_minor - paid_minor"
        " ELSE 0 END AS unpaid, CASE WHEN state = 'overdue' THEN total_minor - paid_minor ELSE 0"
        " END AS overdue, 0 AS waiting FROM invoice WHERE agency = $1::bigint"
        " UNION ALL SELECT currency, 0, 0, 0, 0, amount_minor - matched_minor - back_minor"
        " FROM payment WHERE agency = $1::bigint) AS money GROUP BY currency ORDER BY currency",
        actor.agency_id,
    )
    return typed(Sums, found)


async def waiting(actor: Actor) -> list[PaymentRow]:
    """Payments with money that needs a person, oldest first."""
    require(actor, "money.read")
    found = await rows(
        f"{_PAYMENT} WHERE p.agency = $1::bigint"
        " AND p.matched_minor + p.back_minor < p.amount_minor"
        " ORDER BY p.received_at, p.id LIMIT 200",
        actor.agency_id,
    )
    return typed(PaymentRow, found)


async def payments(
    actor: Actor, *, cursor: str = "", limit: int = PAGE
) -> tuple[list[PaymentRow], str]:
    """The agency's payments, newest first."""
    require(actor, "money.read")
    found = await rows(
        f"{_PAYMENT} WHERE p.agency = $1::bigint AND ($2::bigint IS NULL OR p.id < $2)"
        " ORDER BY p.id DESC LIMIT $3",
        actor.agency_id,
        page_id(cursor),
        limit + 1,
    )
    shown = typed(PaymentRow, found[:limit])
    return shown, str(shown[-1].id) if len(found) > limit else ""


async def payment(actor: Actor, payment_id: int) -> PaymentDetail:
    """One payment of the agency, or NotFound."""
    require(actor, "money.read")
    found = await row(
        f"{_PAYMENT.replace('SELECT', 'SELECT a.tz,', 1)} JOIN agency a ON a.id = p.agency"
        " WHERE p.id = $1::bigint AND p.agency = $2::bigint",
        payment_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound()
    tz = found.pop("tz")
    back = await rows(
        "SELECT r.id, r.amount_minor, r.state, r.why, r.note, p.name AS asked_by_name,"
        " r.created_at, r.done_at FROM refund r LEFT JOIN person p ON p.id = r.asked_by"
        " WHERE r.payment = $1::bigint ORDER BY r.id",
        payment_id,
    )
    steps = await rows(
        "SELECT at, verb, person_name AS who, why, after FROM audit_line"
        " WHERE thing = 'payment' AND thing_id = $1 ORDER BY at, id",
        payment_id,
    )
    shown = typed(PaymentRow, found)
    return PaymentDetail(
        row=shown,
        tz=tz,
        guesses=await _guesses(actor, shown) if shown.waits_minor > 0 else [],
        refunds=typed(RefundRow, back),
        history=typed(Step, steps),
    )


async def _guesses(actor: Actor, waits: PaymentRow) -> list[InvoiceRow]:
    """Open invoices of the same amount or the same name, the best first."""
    found = await rows(
        f"{_INVOICE} WHERE i.agency = $1::bigint AND i.currency = $2 AND i.state = ANY($3)"
        " AND (i.total_minor - i.paid_minor = $4 OR i.company = $5::bigint OR"
        " ($6 <> '' AND position(lower(c.name) IN lower($6)) > 0))"
        " ORDER BY (i.total_minor - i.paid_minor = $4) DESC, i.due_on, i.id LIMIT 5",
        actor.agency_id,
        waits.currency,
        [state.value for state in rules.TO_PAY],
        waits.waits_minor,
        waits.company,
        f"{waits.payer} {waits.reference}".strip(),
    )
    return typed(InvoiceRow, found)


async def currency_of_payment(actor: Actor, payment_id: int) -> str:
    """In which currency a payment of the agency came, or NotFound."""
    found = await value(
        "SELECT currency FROM payment WHERE id = $1::bigint AND agency = $2::bigint",
        payment_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound()
    return str(found)


async def settled_by(invoice_id: int) -> list[tuple[str, datetime, int]]:
    """(method, instant, minor units) of what is matched to an invoice."""
    found = await rows(
        "SELECT method, received_at, matched_minor FROM payment WHERE invoice = $1::bigint"
        " AND matched_minor > 0 ORDER BY received_at, id",
        invoice_id,
    )
    return [(each["method"], each["received_at"], each["matched_minor"]) for each in found]


async def invoice_state(invoice_id: int) -> str | None:
    """For other rooms: the state of an invoice, None if there is none."""
    found = await value("SELECT state FROM invoice WHERE id = $1::bigint", invoice_id)
    return None if found is None else str(found)


async def invoices_about(about: str) -> list[InvoiceRow]:
    """For other rooms: the invoices and credit notes about one thing, oldest first."""
    found = await rows(f"{_INVOICE} WHERE i.about = $1 ORDER BY i.id", about)
    return typed(InvoiceRow, found)
