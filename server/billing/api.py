"""Money over the API."""

from typing import Any

from server.accounts.permissions import Actor
from server.billing import (
    actions,
    bank_lists,
    bill_to,
    comparing,
    downloads,
    evidence,
    owed_api,
    payouts,
    queries,
    statements,
    vat_checks,
)
from server.billing.approvals import Outcome
from server.billing.forms import CreditForm, MatchForm, MoneyFilter, RefundForm, TransferForm
from server.errors import NotFound
from server.text import N_
from server.web.api import Endpoint

TAG = "Money"


async def _sums(actor: Actor, **_: Any) -> tuple[list[queries.Sums], None]:
    return await queries.sums(actor), None


async def _waiting(actor: Actor, **_: Any) -> tuple[list[queries.PaymentRow], None]:
    return await queries.waiting(actor), None


async def _comparisons(actor: Actor, **_: Any) -> tuple[list[comparing.Comparison], None]:
    return await comparing.latest(actor), None


async def _open_entries(
    actor: Actor, *, cursor: str = "", limit: int = queries.PAGE, **_: Any
) -> tuple[list[bank_lists.EntryRow], str]:
    return await bank_lists.entries(actor, state="open", cursor=cursor, limit=limit)


async def _accounts(actor: Actor, **_: Any) -> tuple[list[statements.AccountRow], None]:
    return await statements.accounts(actor), None


async def _payer(actor: Actor, **_: Any) -> bill_to.Payer:
    if (found := await bill_to.own_payer(actor)) is None:
        raise NotFound
    return found


ENDPOINTS = [
    Endpoint(
        method="GET", path="/my/payer", verb="payer.name", tag=TAG, fetch=_payer,
        row=bill_to.Payer, summary=N_("Who pays for your company, where it is not you"),
    ),
    Endpoint(
        method="PUT", path="/my/payer", verb="payer.name", tag=TAG, form=bill_to.PayerForm,
        act=bill_to.name_payer, summary=N_("Say who pays for your company from now on"),
    ),
    *owed_api.ENDPOINTS,
    Endpoint(
        method="GET", path="/my/invoices", verb="invoice.own", tag=TAG, many=True,
        fetch=queries.own_invoices, row=queries.InvoiceRow,
        summary=N_("Invoices and credit notes of your company"),
    ),
    Endpoint(
        method="GET", path="/my/invoices/{invoice_id:int}", verb="invoice.own", tag=TAG,
        fetch=queries.own_invoice, row=queries.InvoiceDetail,
        summary=N_("One invoice of your company"),
    ),
    Endpoint(
        method="POST", path="/my/invoices/{invoice_id:int}/pay", verb="invoice.pay", tag=TAG,
        act=actions.pay, row=actions.Started,
        summary=N_("Start or continue the card payment of an invoice"),
    ),
    Endpoint(
        method="GET", path="/money", verb="money.read", tag=TAG, many=True,
        fetch=_sums, row=queries.Sums, summary=N_("Invoiced, paid, open and overdue by currency"),
    ),
    Endpoint(
        method="GET", path="/money/invoices", verb="money.read", tag=TAG, many=True,
        fetch=queries.invoices, query=MoneyFilter, row=queries.InvoiceRow,
        summary=N_("Invoices of your agency"),
    ),
    Endpoint(
        method="GET", path="/money/invoices/{invoice_id:int}", verb="money.read", tag=TAG,
        fetch=queries.agency_invoice, row=queries.InvoiceDetail,
        summary=N_("One invoice of your agency"),
    ),
    Endpoint(
        method="POST", path="/money/invoices/{invoice_id:int}/cancel", verb="invoice.credit",
        tag=TAG, form=CreditForm, act=actions.cancel_invoice, row=Outcome,
        summary=N_("Cancel an invoice by a credit note"),
    ),
    Endpoint(
        method="GET", path="/money/payments", verb="money.read", tag=TAG, many=True,
        fetch=queries.payments, row=queries.PaymentRow, summary=N_("Payments to your agency"),
    ),
    Endpoint(
        method="GET", path="/money/payments/waiting", verb="money.read", tag=TAG, many=True,
        fetch=_waiting, row=queries.PaymentRow, summary=N_("Payments that need a person"),
    ),
    Endpoint(
        method="GET", path="/money/payments/{payment_id:int}", verb="money.read", tag=TAG,
        fetch=queries.payment, row=queries.PaymentDetail, summary=N_("One payment"),
    ),
    Endpoint(
        method="POST", path="/money/payments/{payment_id:int}/match", verb="money.record",
        tag=TAG, form=MatchForm, act=actions.match_payment, row=actions.Received,
        summary=N_("Put a waiting payment on an invoice"),
    ),
    Endpoint(
        method="POST", path="/money/payments/{payment_id:int}/refund", verb="money.refund",
        tag=TAG, form=RefundForm, act=actions.refund, status=201, row=Outcome,
        summary=N_("Refund a payment in part or in full"),
    ),
    Endpoint(
        method="POST", path="/money/transfers", verb="money.record", tag=TAG, status=201,
        form=TransferForm, act=actions.record_transfer, row=actions.Received,
        summary=N_("Record a bank transfer"),
    ),
    Endpoint(
        method="GET", path="/my/invoices/{invoice_id:int}/ubl", verb="invoice.own", tag=TAG,
        fetch=downloads.own_ubl, row=downloads.Structured,
        summary=N_("One invoice of your company as UBL, for programs and Peppol"),
    ),
    Endpoint(
        method="GET", path="/money/invoices/{invoice_id:int}/ubl", verb="money.read", tag=TAG,
        fetch=downloads.agency_ubl, row=downloads.Structured,
        summary=N_("One invoice of your agency as UBL, for programs and Peppol"),
    ),
    Endpoint(
        method="GET", path="/money/vat-checks", verb="money.read", tag=TAG, many=True,
        fetch=vat_checks.checks, row=vat_checks.CheckRow,
        summary=N_("What VIES said about VAT IDs, with its evidence"),
    ),
    Endpoint(
        method="GET", path="/money/disputes", verb="money.read", tag=TAG, many=True,
        fetch=evidence.listed, row=evidence.DisputeRow, summary=N_("Disputed card payments"),
    ),
    Endpoint(
        method="GET", path="/money/disputes/{dispute_id:int}", verb="money.read", tag=TAG,
        fetch=evidence.one, row=evidence.DisputeDetail,
        summary=N_("One dispute and what helps to answer it"),
    ),
    Endpoint(
        method="GET", path="/money/payouts", verb="money.read", tag=TAG, many=True,
        fetch=payouts.own_payouts, row=payouts.PayoutRow,
        summary=N_("Payouts from Stripe to your bank"),
    ),
    Endpoint(
        method="GET", path="/money/comparisons", verb="money.read", tag=TAG, many=True,
        fetch=_comparisons, row=comparing.Comparison,
        summary=N_("What comparing Stripe with the books found"),
    ),
    Endpoint(
        method="GET", path="/money/accounts", verb="money.read", tag=TAG, many=True,
        fetch=_accounts, row=statements.AccountRow, summary=N_("The ledger's accounts"),
    ),
    Endpoint(
        method="GET", path="/money/accounts/{account:str}/{currency:str}", verb="money.read",
        tag=TAG, many=True, fetch=statements.postings, row=statements.StatementRow,
        summary=N_("The statement of an account"),
    ),
    Endpoint(
        method="GET", path="/money/bank/entries", verb="money.read", tag=TAG, many=True,
        fetch=_open_entries, row=bank_lists.EntryRow,
        summary=N_("Entries of the bank that a person has to decide, with guesses"),
    ),
]  # fmt: skip
