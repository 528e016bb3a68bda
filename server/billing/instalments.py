"""Instalments that an agency agrees for one invoice: what is late counts for each by itself."""

from typing import Any

from server import audit, clock
from server.accounts.permissions import Actor, require
from server.billing import invoices
from server.billing.owed_forms import PartsForm
from server.billing.rules import TO_PAY
from server.billing.terms import Part, parts_fault
from server.database import action, execute, rows
from server.errors import Conflict, NotFound, Refused
from server.money import to_minor
from server.organisations import queries as organisations
from server.text import N_


@action
async def agree(actor: Actor, form: PartsForm, *, invoice_id: int) -> int:
    """Agree on instalments for what is open of an invoice; they replace earlier ones."""
    require(actor, "instalment.agree")
    invoice = await invoices.lock_invoice(invoice_id)
    if invoice["agency"] != actor.agency_id:
        raise NotFound
    if invoice["state"] not in TO_PAY:
        raise Conflict(N_("Nothing is open on this invoice any more. Nothing was agreed."))
    agency = await organisations.agency(invoice["agency"])
    parts = [
        Part(n, each.due_on, to_minor(each.amount, invoice["currency"]))
        for n, each in enumerate(form.parts, 1)
    ]
    wrong = parts_fault(
        parts, invoice["total_minor"] - invoice["paid_minor"], clock.today(agency.tz)
    )
    if wrong:
        raise Refused(wrong, field="parts")
    now = clock.now()
    await execute(
        "UPDATE instalment SET ended_at = $2 WHERE invoice = $1 AND ended_at IS NULL",
        invoice_id,
        now,
    )
    for part in parts:
        await execute(
            "INSERT INTO instalment (invoice, n, due_on, amount_minor, why, agreed_by, agreed_at)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7)",
            invoice_id, part.n, part.due_on, part.amount_minor, form.why.strip(),
            actor.person_id, now,
        )  # fmt: skip
    await invoices.set_paid(invoice, invoice["paid_minor"])
    await audit.record(
        actor, "instalment.agree", "invoice", invoice_id,
        after={"instalments": [[each.due_on.isoformat(), each.amount_minor] for each in parts]},
        why=form.why, agency_id=agency.id, company_id=invoice["company"],
    )  # fmt: skip
    return invoice_id


async def agreed(invoice_id: int) -> list[dict[str, Any]]:
    """The instalments that hold for an invoice, with what each still asks for."""
    found = await rows(
        "SELECT n.n, n.due_on, n.amount_minor, n.why, greatest(0, least(n.amount_minor,"
        " i.total_minor - i.paid_minor - coalesce((SELECT sum(l.amount_minor) FROM instalment l"
        " WHERE l.invoice = n.invoice AND l.ended_at IS NULL AND l.n > n.n), 0)))::bigint"
        " AS open_minor FROM instalment n JOIN invoice i ON i.id = n.invoice"
        " WHERE n.invoice = $1 AND n.ended_at IS NULL ORDER BY n.n",
        invoice_id,
    )
    return found
