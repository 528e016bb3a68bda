"""What the worker does about money after the commit. Every job may run twice."""

import structlog

from server.billing import (
    actions,
    approvals,
    checkouts,
    claims,
    dunning,
    evidence,
    ladders,
    reconcile,
    refunds,
    setting_up,
    telling,
    vat_checks,
    vies,
)
from server.jobs import every, job
from server.settings import load

log = structlog.get_logger("billing")


@job("billing.stripe_event")
async def stripe_event(event: int = 0, event_id: str = "") -> None:
    """Act on a webhook that is stored. One that an older version enqueued by its name is left to
    the sweep."""
    if event:
        await reconcile.process(event)
    else:
        log.info("left to the sweep", stripe_event=event_id)


@job("billing.debit_failed")
async def debit_failed(checkout_id: int) -> None:
    """Tell the company of a debit that did not arrive."""
    await telling.debit_failed(checkout_id)


@job("billing.dispute_told")
async def dispute_told(dispute_id: int, state: str) -> None:
    """Tell those whom a dispute concerns."""
    await telling.dispute_told(dispute_id, state)


@job("billing.evidence")
async def send_evidence(evidence_id: int) -> None:
    """Hand the answer of a dispute to Stripe."""
    await evidence.send(evidence_id)


@job("billing.close_checkout")
async def close_checkout(checkout_id: int) -> None:
    """Close a session that nobody should pay any more."""
    await checkouts.close(checkout_id)


@job("billing.refund")
async def send_refund(refund_id: int) -> None:
    """Send money back by card."""
    await refunds.send(refund_id)


@job("billing.needs_a_person")
async def needs_a_person(payment_id: int) -> None:
    """Tell the agency about money that was not matched by itself."""
    await actions.tell_agency(payment_id)


@job("billing.refund_failed")
async def refund_failed(refund_id: int) -> None:
    """Tell the agency about a refund that did not go through."""
    await actions.tell_of_refund(refund_id)


@job("billing.receipt")
async def receipt(invoice_id: int) -> None:
    """Send the receipt of an invoice that is paid."""
    await actions.send_receipt(invoice_id)


@job("billing.check_vat")
async def check_vat(
    company_id: int, why: str, agency_id: int | None = None, invoice_id: int | None = None,
    payer_id: int | None = None,
) -> None:  # fmt: skip
    """Ask VIES about the VAT ID of a company or its payer; its silence is an answer, too."""
    await vat_checks.check(
        company_id, why=why, agency_id=agency_id, invoice_id=invoice_id, payer_id=payer_id
    )


@every("billing.vat", minutes=60)
async def ask_vies_again() -> None:
    """Ask about the VAT IDs that VIES never answered about."""
    for company_id, payer_id in await vat_checks.to_ask_again():
        if not load().vies_api_base or vies.rest.resting:
            return
        await vat_checks.check(company_id, why="later", payer_id=payer_id)


@every("billing.reconcile", minutes=2)
async def sweep() -> None:
    """Find what webhooks missed."""
    await reconcile.sweep()


@every("billing.compare", minutes=30)
async def compare() -> None:
    """Find completed sales that our books lack."""
    await reconcile.compare()


@every("billing.ladders", minutes=15)
async def ladder_steps() -> None:
    """Issue the invoices of the steps whose time has come, one transaction for each contract."""
    for plan_id in await ladders.to_issue():
        try:
            await ladders.go_on(plan_id)
        except Exception:  # the others must not wait for this one
            log.exception("step not invoiced", plan=plan_id)


@every("billing.dunning", minutes=30)
async def dun() -> None:
    """Write the reminders and dunning letters that are due today, one transaction each."""
    for invoice_id in await claims.due():
        try:
            await dunning.remind(invoice_id)
        except Exception:  # the others must not wait for this one
            log.exception("letter not sent", invoice=invoice_id)


@every("billing.approvals", minutes=15)
async def expire_approvals() -> None:
    """Close what no second person decided in time."""
    await approvals.expire()


@every("billing.overdue", minutes=15)
async def overdue() -> None:
    """Mark invoices whose due date is over."""
    await actions.mark_overdue()


@every("billing.reseal", minutes=30)
async def reseal() -> None:
    """Move kept keys to today's secret, so that the one before can be taken away."""
    await setting_up.reseal()
