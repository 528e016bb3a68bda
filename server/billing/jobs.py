"""What the worker does about money after the commit. Every job may run twice."""

from server.billing import actions, checkouts, reconcile, refunds
from server.jobs import every, job


@job("billing.stripe_event")
async def stripe_event(event_id: str) -> None:
    """Act on a webhook that is stored."""
    await reconcile.process(event_id)


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


@every("billing.reconcile", minutes=2)
async def sweep() -> None:
    """Find what webhooks missed."""
    await reconcile.sweep()


@every("billing.compare", minutes=30)
async def compare() -> None:
    """Find completed sales that our books lack."""
    await reconcile.compare()


@every("billing.overdue", minutes=15)
async def overdue() -> None:
    """Mark invoices whose due date is over."""
    await actions.mark_overdue()
