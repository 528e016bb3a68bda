"""Setting the terms, and giving up a contract: one act with its invoice and refund."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from booths.calls import applying, contracts
from booths.calls import queries as calls
from booths.calls.applying import link, write_to_company
from booths.calls.deciding import hold
from booths.calls.rows import Dossier
from booths.calls.rules import CallState, State
from booths.fees import queries as fees
from booths.withdrawals import queries
from booths.withdrawals.forms import CancelForm, LeaveForm, TermsForm
from booths.withdrawals.rules import Cost, Starts, Step, fault
from server import clock, jobs
from server.accounts.permissions import Actor, require
from server.audit import record
from server.billing import approvals, crediting, invoices, payments, refunds
from server.billing.acts import weigh_refund
from server.billing.rules import InvoiceLine, InvoiceState
from server.billing.vat import VatDecision
from server.database import action, execute, rows, step, value
from server.errors import Conflict, Refused
from server.money import format_money, to_minor
from server.text import N_, gettext

NO_SUPPLY = VatDecision(
    0,
    "no_supply",
    N_("No VAT: compensation for a withdrawal, not the price of a supply."),
    "O",
    "Directive 2006/112/EC, Article 2(1)",
)


@action
async def set_terms(actor: Actor, form: TermsForm, *, call_id: int) -> int:
    """Write the ladder of a draft."""
    require(actor, "call.write")
    await execute("SELECT 1 FROM call WHERE id = $1 FOR UPDATE", call_id)
    call = await calls.own_call(actor, call_id)
    if call.state is not CallState.DRAFT:
        raise Conflict(
            N_("This call is published, and companies rely on its terms: they stay as they are.")
        )
    steps = tuple(
        Step(
            each.starts,
            each.days if each.starts is not Starts.ALWAYS else 0,
            Cost(int(each.share * 100), each.base, to_minor(each.fixed, call.currency)),
        )
        for each in form.steps
    )
    wrong = fault(steps)
    if wrong:
        raise Refused(wrong, field="steps")
    relet = None
    if form.relet:
        relet = Cost(
            int((form.relet_share or 0) * 100),
            form.relet_base,
            to_minor(form.relet_fixed or Decimal(0), call.currency),
        )
    await execute(
        "INSERT INTO withdrawal_terms (call, steps, relet, module_m2, taxed)"
        " VALUES ($1,$2,$3,$4,$5) ON CONFLICT (call) DO UPDATE SET steps = excluded.steps,"
        " relet = excluded.relet, module_m2 = excluded.module_m2, taxed = excluded.taxed",
        call_id,
        msgspec.to_builtins(steps),
        msgspec.to_builtins(relet),
        form.module_m2,
        form.taxed == "yes",
    )
    await record(actor, "withdrawal.terms", "call", call_id, after=msgspec.to_builtins(form))
    return call_id


@action
async def leave(actor: Actor, form: LeaveForm, *, application_id: int) -> int:
    """The company gives up its stand: all it held is free, the cost is invoiced, the rest refunded.

    Conflict when the cost is no longer the one that was shown. A refund above the agency's limit
    waits for a person of the agency; the rest is done at once, for the company is free to go.
    """
    require(actor, "application.withdraw")
    found = await applying.held(actor, application_id)
    now = await queries.leaving(found)
    _as_seen(found, now, form.seen_cost)
    await _go(found, now, gettext(N_("The company has withdrawn.")))
    return application_id


def _as_seen(found: Dossier, now: queries.Leaving, cost_minor: int) -> None:
    """Conflict when the cost is no longer the one that was shown."""
    if now.due.cost_minor != cost_minor:
        raise Conflict(
            N_(
                "Withdrawing costs {cost} now, not what the page showed: a date has passed or the"
                " contract has changed. Nothing was done. Look at it again."
            ),
            cost=format_money(now.due.cost_minor, found.call.currency),
        )


async def cancel(actor: Actor, form: CancelForm, *, application_id: int) -> approvals.Outcome:
    """The agency writes a withdrawal down that it was told of, by the call's ladder: the same act
    as `leave`. Above the agency's limit it waits for a second person."""
    payload = {"application": application_id, "cost": form.seen_cost}
    return await approvals.run(actor, act="withdrawal", payload=payload, why=form.why)


async def _weigh(actor: Actor, of: approvals.Payload) -> approvals.Weight:
    found = await calls.desk_dossier(actor, of["application"])
    now = await queries.leaving(found)
    _as_seen(found, now, of["cost"])
    currency = found.row.currency
    assert found.admission is not None
    return approvals.Weight(
        agency=found.call.agency,
        about=f"application:{found.row.id}",
        amount_minor=now.moved_minor,
        currency=currency,
        seen=f"{found.admission.id} {now.due.cost_minor} {now.paid_minor} {now.invoiced_minor}",
        says=gettext(
            N_("{company} gives up stand {stand}. It costs {cost}; {total} is credited, {back}"
               " goes back."),
            company=found.row.company_name, stand=found.row.stand_label,
            cost=format_money(now.cost_minor, currency),
            total=format_money(now.invoiced_minor, currency),
            back=format_money(now.back_minor, currency),
        ),
        link=f"/desk/applications/{found.row.id}",
    )  # fmt: skip


async def _cancel(actor: Actor, of: approvals.Payload, why: str) -> int:
    found = await hold(actor, of["application"])
    now = await queries.leaving(found)
    _as_seen(found, now, of["cost"])
    await _go(found, now, why, approved=True)
    return found.row.id


approvals.register(
    approvals.Act(
        name="withdrawal", verb="application.admit", title=N_("Withdraw a company"),
        hold=contracts.hold_end, weigh=_weigh, do=_cancel,
    )
)  # fmt: skip


@step
async def _go(found: Dossier, now: queries.Leaving, why: str, *, approved: bool = False) -> None:
    """The one act: contract ended with all it held, the cost invoiced, the rest sent back."""
    application_id = found.row.id
    house = await contracts.for_agency(application_id)
    admission = found.admission
    assert admission is not None
    await contracts.end(house, found, State.WITHDRAWN, why)
    invoice = None
    if now.due.cost_minor:
        invoice = await _charge(house, found, now.due.cost_minor, taxed=now.terms.taxed)
    old = [paper for each in now.invoices for paper in each.papers]
    back = await _settle(house, found, old, invoice, why, approved=approved)
    await execute(
        "INSERT INTO withdrawal (application, admission_id, stand, withdrawn_at, cost_minor,"
        " relet_minor, invoice_id) VALUES ($1,$2,$3,$4,$5,$6,$7)",
        application_id,
        admission.id,
        admission.stand,
        clock.now(),
        now.due.cost_minor,
        now.due.relet_minor,
        invoice,
    )
    await record(
        house, "application.leave", "application", application_id,
        before={"state": found.row.state.value, "stand": found.row.stand_label},
        after={"state": "withdrawn", "cost_minor": now.due.cost_minor, "back_minor": back},
        why=why, agency_id=found.call.agency,
    )  # fmt: skip
    await _tell(found, f"leave:{admission.id}", now.due.cost_minor, back, now.due.relet_minor)


@step
async def _charge(house: Actor, found: Dossier, cost_minor: int, *, taxed: bool) -> int:
    assert found.admission is not None
    call = found.call
    quote = await fees.kept_quote(found.admission.quote)
    vat = VatDecision(quote.vat_rate_bp, quote.vat_code, quote.vat_reason) if taxed else NO_SUPPLY
    label = gettext(
        N_("Withdrawal from {fair}, stand {stand}"),
        fair=call.fair_name,
        stand=found.admission.stand_label,
    )
    return await invoices.issue_invoice(
        house,
        agency_id=call.agency,
        company_id=found.row.company,
        lines=[InvoiceLine(label, Decimal(1), "participation", cost_minor, cost_minor)],
        currency=found.row.currency,
        due_on=clock.today(call.tz) + timedelta(days=call.payment_days),
        about=f"application:{found.row.id}",
        fair_country=call.fair_country,
        vat=vat,
        subject=label,
    )


@step
async def _settle(
    house: Actor,
    found: Dossier,
    old_invoices: list[int],
    new_invoice: int | None,
    why: str,
    *,
    approved: bool = False,
) -> int:
    """Put what was paid on the new invoice, send back by card what is over; what goes back."""
    back = 0
    for paid in await rows(
        "SELECT id, method FROM payment WHERE invoice = ANY($1::int[]) AND currency = $2"
        " AND amount_minor > matched_minor + asked_back_minor ORDER BY id FOR UPDATE",
        old_invoices,
        found.row.currency,
    ):
        if (to := await _asks_it(new_invoice, paid["id"])) is not None:
            await payments.put_on_invoice(house, payment_id=paid["id"], invoice_id=to, why=why)
        left = int(
            await value(
                "SELECT amount_minor - matched_minor - asked_back_minor FROM payment WHERE id = $1",
                paid["id"],
            )
        )
        under_way = await value(
            "SELECT 1 FROM payment p WHERE p.id = $1 AND (EXISTS (SELECT FROM refund r"
            " WHERE r.payment = p.id AND r.state IN ('asked', 'sent')) OR EXISTS (SELECT"
            " FROM dispute d WHERE d.payment = p.id AND d.closed_at IS NULL))",
            paid["id"],
        )
        if left and under_way:  # one refund at a time, none in a dispute: a person looks later
            await jobs.enqueue("billing.needs_a_person", payment_id=paid["id"])
        elif left and paid["method"] == "card":
            await _send_back(house, paid["id"], left, found, why, approved=approved)
        back += left
    return back


async def _asks_it(new_invoice: int | None, payment: int) -> int | None:
    """Which invoice of the cost asks for a payment: a payer's money goes to its part first."""
    found = await value(
        "SELECT i.id FROM invoice n JOIN invoice i ON i.id IN (n.id, n.beside) WHERE n.id = $1"
        " AND i.total_minor > i.paid_minor ORDER BY (i.id = n.id) = EXISTS (SELECT FROM payment p"
        " JOIN invoice w ON w.beside = p.invoice WHERE p.id = $2) LIMIT 1",
        new_invoice,
        payment,
    )
    return None if found is None else int(found)


@step
async def _send_back(
    house: Actor, payment: int, left: int, found: Dossier, why: str, *, approved: bool
) -> None:
    """Refund by card, or ask a person first where it is above the agency's limit."""
    if approved or not await approvals.is_above(found.call.agency, left, found.row.currency):
        await refunds.ask_back(house, payment_id=payment, amount_minor=left, why=why)
        return
    if await approvals.waits("refund", f"payment:{payment}"):
        # Another amount was asked for before; that question is out of date now.
        await jobs.enqueue("billing.needs_a_person", payment_id=payment)
        return
    payload = {"payment": payment, "amount": left}
    await approvals.ask(house, "refund", payload, await weigh_refund(house, payload), why)


@step
async def let_again(actor: Actor, found: Dossier) -> None:
    """The stand of those who withdrew has a new exhibitor for sure: what it cost becomes less.

    Admitted before the fair opens, and paid: an admission that lapses has let nothing.
    """
    assert found.admission is not None
    if clock.local(found.admission.admitted_at, found.call.tz).date() >= found.call.starts_on:
        return
    stand = await value(
        "SELECT stand FROM allocation WHERE application = $1 AND state IN ('held', 'confirmed')",
        found.row.id,
    )
    for gone in await rows(
        "SELECT id, application, relet_minor, invoice_id FROM withdrawal WHERE stand = $1"
        " AND relet_at IS NULL AND relet_minor IS NOT NULL AND application <> $2"
        " ORDER BY id FOR UPDATE",
        stand,
        found.row.id,
    ):
        await _lower(gone)


@step
async def _lower(gone: dict[str, Any]) -> None:
    house = await contracts.for_agency(gone["application"])
    before = await calls.sent_dossier(house.agency_id, gone["application"])
    terms = await queries.terms(before.call.id)
    assert terms is not None
    why = gettext(N_("The stand was let again."))
    state = await value("SELECT state FROM invoice WHERE id = $1 FOR UPDATE", gone["invoice_id"])
    invoice = None
    if state != InvoiceState.CREDITED:
        await crediting.credit(house, invoice_id=gone["invoice_id"], why=why)
    if gone["relet_minor"]:
        invoice = await _charge(house, before, gone["relet_minor"], taxed=terms.taxed)
    back = await _settle(house, before, [gone["invoice_id"]], invoice, why)
    await execute(
        "UPDATE withdrawal SET relet_at = $2, relet_invoice_id = $3 WHERE id = $1",
        gone["id"],
        clock.now(),
        invoice,
    )
    await record(
        house, "withdrawal.relet", "application", gone["application"],
        after={"cost_minor": gone["relet_minor"], "back_minor": back}, why=why,
    )  # fmt: skip
    await _tell(before, f"relet:{gone['id']}", gone["relet_minor"], back, None, again=True)


@step
async def _tell(
    found: Dossier, key: str, cost: int, back: int, relet: int | None, *, again: bool = False
) -> None:
    currency = found.row.currency
    await write_to_company(
        found.row.company,
        found.call,
        f"application:{found.row.id}:{key}",
        "application-left",
        reference=found.row.reference,
        call=found.call.title,
        cost=format_money(cost, currency) if cost else "",
        back=format_money(back, currency) if back else "",
        later=format_money(relet, currency) if relet is not None else "",
        relet=again,
        link=link(f"/my/applications/{found.row.id}"),
    )
