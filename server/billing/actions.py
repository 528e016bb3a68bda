"""The verbs of billing that other rooms and our own pages use."""

import re
from datetime import UTC, datetime, time

from server import clock
from server.accounts.permissions import AGENCY_ROLES, TABLE, Actor, require
from server.aid.queries import standing_about
from server.billing import acts as acts
from server.billing import approvals, papers, queries, rules
from server.billing.approvals import Outcome
from server.billing.checkouts import pay as pay
from server.billing.crediting import credit as credit
from server.billing.crediting import credit_invoice as credit_invoice
from server.billing.forms import CreditForm, MatchForm, RefundForm, TransferForm
from server.billing.invoices import issue_invoice as issue_invoice
from server.billing.invoices import mark_overdue as mark_overdue
from server.billing.payments import Received as Received
from server.billing.payments import put_on_invoice as put_on_invoice
from server.billing.payments import receive as receive
from server.billing.reconcile import record_stripe as record_stripe
from server.billing.sessions import Started as Started
from server.database import action, row, value
from server.errors import Conflict, NotFound, Refused
from server.mail import actions as mail
from server.money import LARGEST_MINOR, format_money, to_minor
from server.organisations import queries as organisations
from server.settings import load
from server.text import N_


@action
async def record_transfer(actor: Actor, form: TransferForm) -> Received:
    """Keep a bank transfer that a person read off the account statement.

    The creditor reference in its text finds the invoice; without one it waits as "unmatched".
    """
    require(actor, "money.record")
    if actor.agency_id is None:
        raise NotFound()
    currency = form.currency.upper()
    amount = to_minor(form.amount, currency)
    reference = find_reference(form.reference)
    invoice = await value(
        "SELECT id FROM invoice WHERE agency = $1::bigint AND kind <> 'credit_note'"
        " AND (reference = $2 OR number = $3)",
        actor.agency_id,
        reference or "",
        form.reference.strip().upper(),
    )
    own = form.bank_ref.strip() or "|".join(
        (form.received_on.isoformat(), str(amount), currency,
         re.sub(r"\s+", " ", form.reference).strip().upper()[:80],
         form.payer.strip().casefold()[:60])
    )  # fmt: skip
    kept = await receive(
        agency_id=actor.agency_id,
        invoice_id=invoice,
        method="transfer",
        amount_minor=amount,
        currency=currency,
        received_at=datetime.combine(form.received_on, time(12), UTC),
        external_ref=f"{actor.agency_id}:{own}",
        reference=form.reference.strip(),
        payer=form.payer.strip(),
        actor=actor,
    )
    if kept is None:
        raise Conflict(
            N_("This transfer was recorded already, so nothing was added. If it is a second one,"
               " give the bank's own number of it."),
            field="bank_ref",
        )  # fmt: skip
    return kept


def find_reference(text: str) -> str | None:
    """The creditor reference (RF...) inside the text of a transfer, however it is spaced."""
    whole = rules.compact_reference(text) if text.strip() else None
    if whole:
        return whole
    squeezed = re.sub(r"[^A-Z0-9]", "", text.upper())
    for start in (found.start() for found in re.finditer(r"RF\d\d", squeezed)):
        for length in range(25, 4, -1):
            candidate = squeezed[start : start + length]
            if len(candidate) == length and (ref := rules.compact_reference(candidate)):
                return ref
    return None


@action
async def match_payment(actor: Actor, form: MatchForm, *, payment_id: int) -> Received:
    """A person says which invoice waiting money belongs to."""
    require(actor, "money.record")
    wanted = form.invoice.strip().upper()
    invoice = await value(
        "SELECT id FROM invoice WHERE agency = $1::bigint AND (number = $2 OR reference = $3)",
        actor.agency_id,
        wanted,
        find_reference(wanted) or wanted,
    )
    if invoice is None:
        raise Refused(N_("There is no invoice {number}."), field="invoice", number=form.invoice)
    return await put_on_invoice(actor, payment_id=payment_id, invoice_id=invoice, why=form.why)


def amount_of_refund(form: RefundForm, currency: str, left_minor: int) -> int:
    """The minor units that `form` asks for, refused beside its field when too many or too few."""
    try:
        amount = to_minor(form.amount, currency)
    except Refused as refused:
        raise Refused(str(refused), field="amount") from None
    if not 0 < amount <= left_minor:
        raise Refused(
            N_("At most {left} of this payment can go back."),
            field="amount",
            left=format_money(left_minor, currency),
        )
    return amount


async def refund(actor: Actor, form: RefundForm, *, payment_id: int) -> Outcome:
    """Send part or all of a payment back, or let it wait for a second person."""
    currency = await queries.currency_of_payment(actor, payment_id)
    amount = amount_of_refund(form, currency, LARGEST_MINOR)
    payload = {"payment": payment_id, "amount": amount}
    return await approvals.run(actor, act="refund", payload=payload, why=form.why)


async def cancel_invoice(actor: Actor, form: CreditForm, *, invoice_id: int) -> Outcome:
    """Take an invoice back by a credit note, or let it wait for a second person.

    Where aid was granted for what it is about, `aid` says whether that is taken back in the same
    act: a credit note ends neither participation nor grant by itself.
    """
    about = (await queries.agency_invoice(actor, invoice_id)).row.about
    if form.aid == "take_back":
        require(actor, "aid.grant")
    elif not form.aid and await standing_about(about):
        raise Refused(
            N_("Aid was granted for what this invoice is about: say whether it is taken back in"
               " the same act. Nothing was done."),
            field="aid",
        )  # fmt: skip
    payload = {"invoice": invoice_id, "aid": form.aid}
    return await approvals.run(actor, act="credit", payload=payload, why=form.why)


@action
async def tell_agency(payment_id: int) -> None:
    """Write to those who look after the agency's money that a payment waits for them."""
    found = await row(
        "SELECT p.*, c.name AS company_name, i.number FROM payment p LEFT JOIN company c"
        " ON c.id = p.company LEFT JOIN invoice i ON i.id = p.invoice WHERE p.id = $1::bigint",
        payment_id,
    )
    if found is None:
        return
    for person in await _money_people(found["agency"]):
        await mail.send(
            key=f"payment:{payment_id}:{found['state']}:{person.person_id}",
            to_email=person.email,
            to_name=person.name,
            locale=person.locale,
            template="payment-waits",
            agency=found["agency"],
            person=person.person_id,
            amount=format_money(found["amount_minor"], found["currency"], person.locale),
            company_name=found["company_name"] or found["payer"] or "?",
            number=found["number"] or "",
            note=found["note"],
            url=f"{load().base_url.rstrip('/')}/desk/money/payments/{payment_id}",
        )


@action
async def tell_of_refund(refund_id: int) -> None:
    """Write to the same people that a refund did not go through."""
    found = await row(
        "SELECT r.amount_minor, r.note, p.id AS payment, p.agency, p.currency,"
        " coalesce(c.name, p.payer) AS company_name FROM refund r JOIN payment p"
        " ON p.id = r.payment LEFT JOIN company c ON c.id = p.company WHERE r.id = $1::bigint",
        refund_id,
    )
    if found is None:
        return
    for person in await _money_people(found["agency"]):
        await mail.send(
            key=f"refund:{refund_id}:failed:{person.person_id}",
            to_email=person.email,
            to_name=person.name,
            locale=person.locale,
            template="refund-failed",
            agency=found["agency"],
            person=person.person_id,
            amount=format_money(found["amount_minor"], found["currency"], person.locale),
            company_name=found["company_name"],
            note=found["note"],
            url=f"{load().base_url.rstrip('/')}/desk/money/payments/{found['payment']}",
        )


async def _money_people(agency_id: int) -> list[organisations.PersonRow]:
    """Those of an agency who may send money back."""
    may = {role.value for role in TABLE["money.refund"] if role in AGENCY_ROLES}
    people = await organisations.people_of_agency(agency_id)
    return [person for person in people if person.role in may]


@action
async def send_receipt(invoice_id: int) -> None:
    """The receipt of an invoice that is paid in full, once."""
    found = await row("SELECT * FROM invoice WHERE id = $1::bigint FOR UPDATE", invoice_id)
    sent = await value(
        "SELECT 1 FROM document WHERE kind = 'receipt' AND about = $1", f"invoice:{invoice_id}"
    )
    if found is None or sent or found["state"] != rules.InvoiceState.PAID:
        return
    agency = await organisations.agency(found["agency"])
    company = await organisations.company(found["company"])
    payments = await queries.settled_by(invoice_id)
    await papers.send_receipt(
        invoice_id, found["content"], agency, company, found["document"],
        [(queries.METHODS[how], clock.local(at, agency.tz).date(), minor)
         for how, at, minor in payments],
    )  # fmt: skip
