"""Issuing invoices, and what follows when one is paid. Credit notes: `crediting.py`."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from server import audit, clock, jobs
from server.accounts.permissions import SYSTEM, Actor, require
from server.billing import bill_to, exchange, papers, payer_links, postings, queries, rules
from server.billing.bill_to import Payer
from server.billing.content import buyer_of, written
from server.billing.ledger import post
from server.billing.rules import (
    INVOICE_MOVES,
    LIVE_CHECKOUTS,
    InvoiceKind,
    InvoiceState,
    Owed,
)
from server.billing.sums import InvoiceLine, Prepaid, Subsidy, Totals, totals
from server.billing.terms import Part, next_part
from server.billing.vat import REVERSE_CHARGE, Supply, VatDecision, as_quoted
from server.database import action, execute, row, rows, step, value
from server.errors import NotFound, Refused
from server.money import is_currency
from server.organisations import queries as organisations
from server.text import N_


@step
async def take_number(agency_id: int, kind: InvoiceKind, year: int) -> int:
    """The next number of the series. Its row stays locked until the end of the transaction, so
    that a roll-back gives the number back and no gap is left."""
    found = await value(
        "INSERT INTO number_series (agency, series, year, last) VALUES ($1,$2,$3,1)"
        " ON CONFLICT (agency, series, year) DO UPDATE SET last = number_series.last + 1"
        " RETURNING last",
        agency_id,
        rules.series(kind),
        year,
    )
    return int(found)


@step
async def issue_invoice(
    actor: Actor,
    *,
    agency_id: int,
    company_id: int,
    lines: list[InvoiceLine],
    currency: str,
    due_on: date,
    about: str,
    fair_country: str,
    subsidies: Sequence[Subsidy] = (),
    prepaid: Sequence[Prepaid] = (),
    kind: InvoiceKind = InvoiceKind.INVOICE,
    vat: VatDecision | None = None,
    quoted: Mapping[Supply, VatDecision] | None = None,
    payer: Payer | None = None,
    subject: str = "",
    supplied_from: date | None = None,
    supplied_until: date | None = None,
) -> int:
    """Issue an invoice with its number, posting, PDF and mail; returns its id.

    `lines` are at the full price; how the subsidies stand on it is theirs to say (`sums`). `vat`
    is the decision that the customer was quoted for the supply of the first line, `quoted` those
    for others; what they do not say is decided for today. Where the company has named a payer for
    a part, its invoice is issued beside this one; `payer` says that this is such an invoice.
    """
    require(actor, "invoice.issue")
    if not is_currency(currency):
        raise Refused(N_("{currency} is no currency that is known here."), currency=currency)
    agency = await organisations.agency(agency_id)
    company = await organisations.company(company_id)
    on = clock.today(agency.tz)
    vats = vats_of(agency, company, lines, vat, fair_country, on, quoted or {})
    beside, to = None, payer
    if payer is None:
        prepaid = await bill_to.with_parts(agency_id, prepaid)
        to = await bill_to.payer(company_id, about)
        if to is not None and to.share != "all":
            whole = totals(lines, vats, subsidies, prepaid)
            before = await bill_to.paid_before(to, about) if to.share_minor else 0
            part = to.part_of(
                whole.net_minor, currency, first_minor=whole.taxes[0].base_minor,
                third_minor=whole.third_party_minor, before_minor=before,
            )  # fmt: skip
            if part:
                beside = await issue_invoice(
                    actor, agency_id=agency_id, company_id=company_id, payer=to,
                    lines=[bill_to.line_of(part, to, subject, lines[0])], currency=currency,
                    due_on=due_on, about=about, fair_country=fair_country, kind=kind,
                    subject=subject, supplied_from=supplied_from, supplied_until=supplied_until,
                )  # fmt: skip
                prepaid = [*prepaid, await bill_to.taken_off(beside, to, whole.taxes[0].vat)]
            to = None
    if to is not None:
        said = {*(quoted or ()), *([lines[0].supply] if vat is not None else ())}
        for supply in vats:
            if payer is not None or supply not in said:
                vats[supply] = bill_to.vat_of(
                    agency, to, supply=supply, fair_country=fair_country, on=on
                )
    total = totals(lines, vats, subsidies, prepaid)
    buyer = to.buyer() if to else buyer_of(company)
    national = await exchange.national_vat(agency_id, total, currency, on)
    n = await take_number(agency_id, kind, on.year)
    number = rules.number(agency.invoice_prefix or "INV", kind, on.year, n)
    reference = rules.reference(agency_id, kind, on.year, n)
    content = written(
        kind=kind, agency=agency, buyer=buyer, lines=lines, vats=vats,
        total=total, number=number, reference=reference, issued_on=on, due_on=max(due_on, on),
        currency=currency, subject=subject, supplied_from=supplied_from,
        supplied_until=supplied_until,
        more=(to.more() if to else {}) | ({"national": national} if national else {}),
    )  # fmt: skip
    state = InvoiceState.PAID if total.total_minor == 0 else InvoiceState.OPEN
    invoice_id = await insert(
        kind, agency_id, company_id, content, total, about, state, sign=1, beside=beside
    )
    await post(
        agency_id,
        "invoice",
        f"invoice:{invoice_id}",
        f"invoice:{invoice_id}",
        postings.of_invoice(total, currency, company_id, prepayment=kind is InvoiceKind.PREPAYMENT),
    )
    await audit.record(
        actor, "invoice.issue", "invoice", invoice_id,
        after={"number": number, "total_minor": total.total_minor, "currency": currency},
        agency_id=agency_id, company_id=company_id,
    )  # fmt: skip
    if any(tax.vat.code == REVERSE_CHARGE for tax in total.taxes):
        await jobs.enqueue(
            "billing.check_vat", company_id=company_id, why="invoice", agency_id=agency_id,
            invoice_id=invoice_id, payer_id=to.id if to else None,
        )  # fmt: skip
    if to is not None:
        await payer_links.make(invoice_id, to.email)
    await papers.send_invoice(invoice_id, content, agency, company)
    if state is InvoiceState.PAID:
        await jobs.enqueue("invoice.settled", invoice_id=invoice_id)
    return invoice_id


def vats_of(
    agency: organisations.AgencyRow,
    company: organisations.CompanyRow,
    lines: Sequence[InvoiceLine],
    vat: VatDecision | None,
    fair_country: str,
    on: date,
    quoted: Mapping[Supply, VatDecision],
) -> dict[Supply, VatDecision]:
    """How each supply among the lines is taxed: as quoted, `vat` for the first line's."""
    found = {
        supply: queries.vat_of(agency, company, supply=supply, fair_country=fair_country, on=on)
        for supply in {line.supply for line in lines}
    }
    if vat is not None:
        if not vat.source:
            vat = as_quoted(vat.rate_bp, vat.code, vat.reason, agency.country, fair_country, on)
        found[lines[0].supply] = vat
    return found | {supply: each for supply, each in quoted.items() if supply in found}


@step
async def insert(
    kind: InvoiceKind,
    agency_id: int,
    company_id: int,
    content: dict[str, Any],
    total: Totals,
    about: str,
    state: InvoiceState,
    *,
    sign: int,
    credits: int | None = None,
    beside: int | None = None,
) -> int:
    """Write the row of an invoice, or of a credit note with `sign` -1; its id."""
    found = await value(
        "INSERT INTO invoice (agency, company, kind, number, issued_on, due_on, currency, content,"
        " net_minor, vat_minor, aid_minor, third_party_minor, total_minor, paid_minor, state,"
        " reference, about, credits, created_at, beside)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,0,$14,$15,$16,$17,$18,$19)"
        " RETURNING id",
        agency_id,
        company_id,
        kind.value,
        content["number"],
        date.fromisoformat(content["issued_on"]),
        date.fromisoformat(content["due_on"]),
        content["currency"],
        content,
        sign * total.net_minor,
        sign * total.vat_minor,
        sign * total.aid_minor,
        sign * total.third_party_minor,
        sign * total.total_minor,
        state.value,
        content["reference"],
        about,
        credits,
        clock.now(),
        beside,
    )
    return int(found)


@step
async def lock_invoice(invoice_id: int) -> dict[str, Any]:
    """The invoice's row, held until the end of the transaction. Locked before its payments."""
    found = await row("SELECT * FROM invoice WHERE id = $1::bigint FOR UPDATE", invoice_id)
    if found is None:
        raise NotFound()
    return found


def owed(invoice: dict[str, Any]) -> Owed:
    """What an invoice's row still asks for."""
    return Owed(
        InvoiceState(invoice["state"]),
        invoice["currency"],
        invoice["total_minor"],
        invoice["paid_minor"],
    )


@step
async def set_paid(invoice: dict[str, Any], paid_minor: int) -> InvoiceState:
    """Note how much of a locked invoice is paid, and all that follows when nothing is open."""
    agency_tz = await value("SELECT tz FROM agency WHERE id = $1::bigint", invoice["agency"])
    before = InvoiceState(invoice["state"])
    after = rules.move(
        INVOICE_MOVES,
        before,
        rules.state_after(
            Owed(before, invoice["currency"], invoice["total_minor"], paid_minor),
            await _next_due(invoice, paid_minor),
            clock.today(agency_tz),
        ),
    )
    await execute(
        "UPDATE invoice SET paid_minor = $2, state = $3 WHERE id = $1::bigint",
        invoice["id"],
        paid_minor,
        after.value,
    )
    if after is InvoiceState.PAID and before is not InvoiceState.PAID:
        await jobs.enqueue("invoice.settled", invoice_id=invoice["id"])
        await jobs.enqueue("billing.receipt", invoice_id=invoice["id"])
        await close_checkouts(invoice["id"])
    return after


async def _next_due(invoice: dict[str, Any], paid_minor: int) -> date:
    """The day of what is to be paid next: of an instalment, where some are agreed."""
    parts = [
        Part(each["n"], each["due_on"], each["amount_minor"])
        for each in await rows(
            "SELECT n, due_on, amount_minor FROM instalment WHERE invoice = $1::bigint"
            " AND ended_at IS NULL",
            invoice["id"],
        )
    ]
    part = next_part(parts, invoice["total_minor"] - paid_minor)
    due: date = part.due_on if part else invoice["due_on"]
    return due


@step
async def close_checkouts(invoice_id: int) -> None:
    """Ask for the sessions of an invoice that nobody should pay any more to be closed."""
    live = [state.value for state in LIVE_CHECKOUTS]
    for found in await rows(
        "SELECT id FROM checkout WHERE invoice = $1::bigint AND state = ANY($2)", invoice_id, live
    ):
        await jobs.enqueue("billing.close_checkout", checkout_id=found["id"])


@action
async def mark_overdue() -> int:
    """Move the invoices whose due date is over in their agency's zone; how many there were."""
    found = await rows(
        "SELECT i.* FROM invoice i JOIN agency a ON a.id = i.agency"
        " LEFT JOIN LATERAL (SELECT min(n.due_on) FILTER (WHERE i.total_minor - i.paid_minor >"
        " coalesce((SELECT sum(l.amount_minor) FROM instalment l WHERE l.invoice = i.id"
        " AND l.ended_at IS NULL AND l.n > n.n), 0)) AS due_on FROM instalment n"
        " WHERE n.invoice = i.id AND n.ended_at IS NULL) part ON true"
        " WHERE i.state IN ('open', 'part_paid') AND coalesce(part.due_on, i.due_on)"
        " < ($1::timestamptz AT TIME ZONE a.tz)::date ORDER BY i.id LIMIT 500 FOR UPDATE OF i",
        clock.now(),
    )
    for invoice in found:
        state = await set_paid(invoice, invoice["paid_minor"])
        await audit.record(
            SYSTEM, "invoice.overdue", "invoice", invoice["id"],
            before={"state": invoice["state"]}, after={"state": state.value},
            agency_id=invoice["agency"], company_id=invoice["company"],
        )  # fmt: skip
    return len(found)
