"""The plan of one contract: its due items, the prepayment invoices, and the final invoice.

A prepayment makes its VAT chargeable and needs an invoice (Directive 2006/112/EC, Art. 65 and
220(1)(4)-(5)). The last item is the final invoice: it says the whole supply and takes off the
prepayments that were invoiced, with the VAT they carried.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from server import audit, clock
from server.accounts.permissions import SYSTEM, Actor, require
from server.billing import crediting, invoices, terms
from server.billing.content import complete
from server.billing.owed_forms import TermsForm
from server.billing.rules import TO_PAY, InvoiceKind, InvoiceLine, InvoiceState, VatDecision
from server.billing.sums import Prepaid, Subsidy, Tax, Totals, totals
from server.billing.terms import Fair, Item
from server.billing.vat import Supply as VatSupply
from server.database import action, execute, row, rows, step, typed, value
from server.errors import NotFound, Refused
from server.money import of_bp, split, to_minor
from server.organisations import queries as organisations
from server.text import N_, gettext

# The invoices about each due item: the exhibitor's, and the payer's part that stands beside it.
PAPERS = """
(SELECT d.plan, d.n, d.after_fair, unnest(array_remove(ARRAY[i.id, i.beside], NULL)) AS invoice
 FROM due_item d JOIN invoice i ON i.id = d.invoice)
"""


class Supply(msgspec.Struct, frozen=True, kw_only=True):
    """What a contract sells: all that its final invoice says, but its number and its day."""

    lines: list[InvoiceLine]
    currency: str
    fair_country: str
    vat: VatDecision
    subject: str
    subsidies: tuple[Subsidy, ...] = ()
    supplied_from: date | None = None
    supplied_until: date | None = None
    quoted: dict[VatSupply, VatDecision] = {}


class TermsRow(msgspec.Struct, frozen=True, kw_only=True):
    """Payment terms of an agency."""

    id: int
    name: str
    steps: tuple[terms.Step, ...]
    lead_days: int


class DueRow(msgspec.Struct, frozen=True, kw_only=True):
    """One due item, and the invoice about it once there is one. `state` is the invoice's.

    Where a payer has a part, `beside` is its invoice: amounts are of both, and paid means both.
    """

    plan: int
    n: int
    name: str
    net_minor: int
    total_minor: int
    currency: str
    issue_on: date
    due_on: date
    guarantees: bool
    after_fair: bool
    invoice: int | None
    number: str | None
    state: str | None
    paid_minor: int
    beside: int | None = None

    @property
    def papers(self) -> list[int]:
        """Its invoices: the exhibitor's and the payer's, as far as there are any."""
        return [each for each in (self.invoice, self.beside) if each is not None]

    @property
    def open_minor(self) -> int:
        """What is still to be paid of it, invoiced or not."""
        if self.state is None or self.state in TO_PAY:
            return self.total_minor - self.paid_minor
        return 0


@action
async def write_terms(actor: Actor, form: TermsForm) -> int:
    """Write payment terms; those of the same name are retired, and go on where they are agreed."""
    require(actor, "payment_terms.write")
    assert actor.agency_id is not None
    agency = await organisations.agency(actor.agency_id)
    steps = tuple(
        terms.Step(
            each.name.strip(),
            each.anchor,
            0 if each.anchor is terms.Anchor.DATE else each.days,
            each.on,
            int(each.share * 100),
            to_minor(each.fixed, agency.currency),
            each.guarantees,
        )
        for each in form.steps
    )
    if wrong := terms.fault(steps):
        raise Refused(wrong, field="steps")
    now, name = clock.now(), form.name.strip()
    await execute(
        "UPDATE payment_terms SET retired_at = $3 WHERE agency = $1 AND name = $2"
        " AND retired_at IS NULL",
        agency.id,
        name,
        now,
    )
    made = await value(
        "INSERT INTO payment_terms (agency, name, steps, lead_days, made_at)"
        " VALUES ($1,$2,$3,$4,$5) RETURNING id",
        agency.id,
        name,
        msgspec.to_builtins(steps),
        form.lead_days,
        now,
    )
    await audit.record(
        actor, "payment_terms.write", "payment_terms", made,
        after={"name": name, "steps": msgspec.to_builtins(steps)},
    )  # fmt: skip
    return int(made)


@action
async def retire_terms(actor: Actor, *, terms_id: int) -> int:
    """Offer terms to no further call; calls that have them keep them."""
    require(actor, "payment_terms.write")
    found = await value(
        "UPDATE payment_terms SET retired_at = $3 WHERE id = $1 AND agency = $2"
        " AND retired_at IS NULL RETURNING id",
        terms_id,
        actor.agency_id,
        clock.now(),
    )
    if found is None:
        raise NotFound
    await audit.record(actor, "payment_terms.retire", "payment_terms", terms_id)
    return terms_id


async def own_terms(actor: Actor) -> list[TermsRow]:
    """The terms that the actor's agency offers now, by name."""
    require(actor, "money.read")
    return _terms(
        await rows(
            "SELECT id, name, steps, lead_days FROM payment_terms WHERE agency = $1"
            " AND retired_at IS NULL ORDER BY name LIMIT 100",
            actor.agency_id,
        )
    )


async def terms_row(terms_id: int) -> TermsRow:
    """Terms by their id, retired or not."""
    found = await rows(
        "SELECT id, name, steps, lead_days FROM payment_terms WHERE id = $1", terms_id
    )
    if not found:
        raise NotFound
    return _terms(found)[0]


def _terms(found: list[dict[str, Any]]) -> list[TermsRow]:
    return msgspec.convert(found, list[TermsRow])


@step
async def begin(
    actor: Actor,
    *,
    agency_id: int,
    company_id: int,
    about: str,
    supply: Supply,
    steps: Sequence[terms.Step],
    fair: Fair,
    shortest_days: int,
    lead_days: int,
) -> int:
    """Write the plan of a contract and issue what is to be invoiced by today; the plan's id."""
    agency = await organisations.agency(agency_id)
    company = await organisations.company(company_id)
    vats = invoices.vats_of(
        agency, company, supply.lines, supply.vat, supply.fair_country, fair.admitted_on,
        supply.quoted,
    )  # fmt: skip
    total = totals(supply.lines, vats, supply.subsidies)
    net = max(0, total.net_minor - total.third_party_minor)
    items = terms.plan(steps, net, fair, shortest_days=shortest_days, lead_days=lead_days)
    asks = _asks(items, total)
    if asks[-1] < 0:  # rounding of cents: no ladder is worth a negative invoice
        whole = terms.at_once(items[0].name)
        items = terms.plan(whole, net, fair, shortest_days=shortest_days, lead_days=lead_days)
        asks = _asks(items, total)
    plan = await value(
        "INSERT INTO payment_plan (agency, company, about, currency, supply, made_at)"
        " VALUES ($1,$2,$3,$4,$5,$6) RETURNING id",
        agency_id,
        company_id,
        about,
        supply.currency,
        msgspec.to_builtins(supply, str_keys=True),
        clock.now(),
    )
    for n, (item, minor) in enumerate(zip(items, asks, strict=True), 1):
        await execute(
            "INSERT INTO due_item (plan, n, name, net_minor, total_minor, issue_on, due_on,"
            " guarantees, after_fair) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
            plan, n, item.name, item.net_minor, minor, item.issue_on, item.due_on,
            item.guarantees, item.after_fair,
        )  # fmt: skip
    await _issue_until(actor, plan, fair.admitted_on)
    return int(plan)


def _asks(items: Sequence[Item], total: Totals) -> list[int]:
    """What each item asks for with VAT; the last one asks for the rest."""
    found = [
        sum(part + of_bp(part, tax.vat.rate_bp) for tax, part in _spread(each.net_minor, total))
        for each in items[:-1]
    ]
    return [*found, total.total_minor - sum(found)]


def _spread(net_minor: int, total: Totals) -> list[tuple[Tax, int]]:
    """A prepayment over the treatments of the whole, by their bases: each is a prepayment for its
    own supplies (Art. 65)."""
    bases = [max(0, tax.base_minor) for tax in total.taxes]
    if not any(bases):
        return [(total.taxes[0], net_minor)]
    parts = split(net_minor, bases)
    return [(tax, part) for tax, part in zip(total.taxes, parts, strict=True) if part]


@step
async def _issue_until(actor: Actor, plan_id: int, today: date) -> int:
    """Invoice what is to be invoiced by a day, in order; how many there were."""
    plan = await row("SELECT * FROM payment_plan WHERE id = $1 FOR UPDATE", plan_id)
    if plan is None or plan["ended_at"] is not None:
        return 0
    items = await rows("SELECT * FROM due_item WHERE plan = $1 ORDER BY n", plan_id)
    n = 0
    for item in items:
        if item["invoice"] is None:
            if item["issue_on"] > today:
                break
            await _issue(actor, plan, item, last=item is items[-1])
            n += 1
    return n


@step
async def _issue(actor: Actor, plan: dict[str, Any], item: dict[str, Any], *, last: bool) -> None:
    supply = msgspec.convert(plan["supply"], Supply, strict=False)
    lines, kind, prepaid = supply.lines, InvoiceKind.INVOICE, list[Prepaid]()
    if last:
        prepaid = [
            Prepaid(
                each["number"], each["issued_on"].isoformat(), tax["base_minor"], tax["minor"],
                tax["base_minor"] + tax["minor"], "", tax["code"],
            )
            for each in await rows(
                "SELECT i.number, i.issued_on, i.content"
                " FROM due_item d JOIN invoice i ON i.id = d.invoice WHERE d.plan = $1"
                " AND i.state <> 'credited' ORDER BY d.n",
                plan["id"],
            )
            for tax in complete(each["content"])["taxes"]
        ]  # fmt: skip
    else:
        kind = InvoiceKind.PREPAYMENT
        words = gettext(N_("{step}: {subject}"), step=item["name"], subject=supply.subject)
        lines = await _prepaid_lines(plan, supply, item["net_minor"], words)
    made = await invoices.issue_invoice(
        actor,
        agency_id=plan["agency"],
        company_id=plan["company"],
        lines=lines,
        currency=supply.currency,
        due_on=item["due_on"],
        about=plan["about"],
        fair_country=supply.fair_country,
        subsidies=supply.subsidies if last else (),
        prepaid=prepaid,
        kind=kind,
        vat=supply.vat,
        quoted=supply.quoted,
        subject=supply.subject,
        supplied_from=supply.supplied_from if last else None,
        supplied_until=supply.supplied_until if last else None,
    )
    await execute("UPDATE due_item SET invoice = $2 WHERE id = $1", item["id"], made)


async def _prepaid_lines(
    plan: dict[str, Any], supply: Supply, net_minor: int, words: str
) -> list[InvoiceLine]:
    """The lines of a prepayment: one for each treatment of the whole."""
    agency = await organisations.agency(plan["agency"])
    company = await organisations.company(plan["company"])
    vats = invoices.vats_of(
        agency, company, supply.lines, supply.vat, supply.fair_country,
        clock.local(plan["made_at"], agency.tz).date(), supply.quoted,
    )  # fmt: skip
    first = {vats[line.supply]: line.supply for line in reversed(supply.lines)}
    parts = _spread(net_minor, totals(supply.lines, vats, supply.subsidies))
    return [
        InvoiceLine(words, Decimal(1), "participation", part, part, first[tax.vat])
        for tax, part in parts
    ]


async def to_issue() -> list[int]:
    """Plans of which something is to be invoiced by now, where their agency is."""
    found = await rows(
        "SELECT DISTINCT p.id FROM due_item d JOIN payment_plan p ON p.id = d.plan"
        " JOIN agency a ON a.id = p.agency WHERE d.invoice IS NULL AND p.ended_at IS NULL"
        " AND d.issue_on <= ($1::timestamptz AT TIME ZONE a.tz)::date ORDER BY p.id LIMIT 200",
        clock.now(),
    )
    return [each["id"] for each in found]


@action
async def go_on(plan_id: int) -> int:
    """The job's part: invoice what has come due for it. Twice is once."""
    found = await row(
        "SELECT a.id, a.tz FROM payment_plan p JOIN agency a ON a.id = p.agency WHERE p.id = $1",
        plan_id,
    )
    if found is None:
        return 0
    house = Actor(name=SYSTEM.name, system=True, agency_id=found["id"])
    return await _issue_until(house, plan_id, clock.today(found["tz"]))


@step
async def end(actor: Actor, plan_id: int, why: str) -> list[int]:
    """Stop a plan and take back all its invoices, the final one first; the credit notes' ids."""
    await execute(
        "UPDATE payment_plan SET ended_at = coalesce(ended_at, $2) WHERE id = $1",
        plan_id,
        clock.now(),
    )
    held = await rows(
        "SELECT i.id, i.state FROM due_item d JOIN invoice i ON i.id = d.invoice WHERE d.plan = $1"
        " ORDER BY d.n DESC FOR UPDATE OF i",
        plan_id,
    )
    # Somebody may have cancelled one by hand before.
    return [
        await crediting.credit(actor, invoice_id=each["id"], why=why)
        for each in held
        if each["state"] != InvoiceState.CREDITED
    ]


@step
async def hold_papers(applications: Sequence[int]) -> None:
    """Lock the invoices about applications: nothing is paid on them until the transaction ends."""
    await rows(
        "SELECT id FROM invoice WHERE about = ANY($1) ORDER BY id FOR UPDATE",
        [f"application:{each}" for each in applications],
    )


class OwnDue(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a company's contract that is not paid yet, invoiced or not."""

    agency_name: str
    subject: str
    name: str
    currency: str
    issue_on: date
    due_on: date
    open_minor: int
    invoice: int | None
    number: str | None


async def own_due(actor: Actor) -> list[OwnDue]:
    """What the actor's company has to pay by its contracts, the next first: a hundred at most."""
    require(actor, "invoice.own")
    found = await rows(
        "SELECT a.name AS agency_name, p.supply ->> 'subject' AS subject, d.name, p.currency,"
        " d.issue_on, coalesce(i.due_on, d.due_on) AS due_on, i.id AS invoice, i.number,"
        " CASE WHEN i.id IS NULL THEN d.total_minor ELSE i.total_minor - i.paid_minor"
        " + coalesce(b.total_minor - b.paid_minor, 0) END AS open_minor"
        " FROM due_item d JOIN payment_plan p ON p.id = d.plan JOIN agency a ON a.id = p.agency"
        " LEFT JOIN invoice i ON i.id = d.invoice LEFT JOIN invoice b ON b.id = i.beside"
        " WHERE p.company = $1::bigint AND p.ended_at IS NULL AND (i.id IS NULL"
        " OR (i.state <> 'credited' AND i.total_minor - i.paid_minor"
        " + coalesce(b.total_minor - b.paid_minor, 0) > 0))"
        " ORDER BY 6, d.plan, d.n LIMIT 100",
        actor.company_id,
    )
    return typed(OwnDue, found)


async def ladder(plan_id: int) -> list[DueRow]:
    """The due items of a plan, in order."""
    found = await rows(
        "SELECT d.plan, d.n, d.name, d.net_minor, p.currency, d.issue_on, d.due_on,"
        " coalesce(i.total_minor + coalesce(b.total_minor, 0), d.total_minor) AS total_minor,"
        " d.guarantees, d.after_fair, d.invoice, i.number, b.id AS beside,"
        " CASE WHEN i.state = 'paid' AND b.state <> 'paid' THEN"
        "  CASE WHEN b.state = 'overdue' THEN 'overdue' ELSE 'part_paid' END"
        "  WHEN i.state = 'open' AND b.paid_minor > 0 THEN 'part_paid' ELSE i.state END AS state,"
        " coalesce(i.paid_minor, 0) + coalesce(b.paid_minor, 0) AS paid_minor FROM due_item d"
        " JOIN payment_plan p ON p.id = d.plan LEFT JOIN invoice i ON i.id = d.invoice"
        " LEFT JOIN invoice b ON b.id = i.beside WHERE d.plan = $1 ORDER BY d.n",
        plan_id,
    )
    return typed(DueRow, found)
