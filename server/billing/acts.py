"""The acts of billing that a second person may have to approve: a refund, a cancelled invoice."""

from server.accounts.permissions import Actor
from server.aid.queries import GrantRow, standing_about
from server.aid.taking_back import reverse
from server.billing import crediting, invoices, refunds
from server.billing.approvals import Act, Payload, Weight, register
from server.billing.payments import lock_payment
from server.database import row, value
from server.errors import NotFound
from server.money import format_money
from server.text import N_, gettext


async def weigh_refund(actor: Actor, of: Payload) -> Weight:
    """What sending `amount` of `payment` back moves, beside what people sent back of it before."""
    found = await row(
        "SELECT p.*, coalesce(c.name, p.payer) AS who, (SELECT coalesce(sum(r.amount_minor), 0)"
        " FROM refund r WHERE r.payment = p.id AND r.asked_by IS NOT NULL"
        " AND r.state <> 'failed') AS before_minor FROM payment p LEFT JOIN company c"
        " ON c.id = p.company WHERE p.id = $1::bigint AND p.agency = $2",
        of["payment"],
        actor.agency_id,
    )
    if found is None:
        raise NotFound
    return Weight(
        agency=found["agency"],
        about=f"payment:{of['payment']}",
        amount_minor=of["amount"],
        currency=found["currency"],
        seen=f"{found['state']} {found['matched_minor']} {found['asked_back_minor']}",
        says=gettext(
            N_("{amount} goes back to {who}; {left} of the payment stays."),
            amount=format_money(of["amount"], found["currency"]),
            who=found["who"] or "?",
            left=format_money(
                found["amount_minor"] - found["asked_back_minor"] - of["amount"], found["currency"]
            ),
        ),
        link=f"/desk/money/payments/{of['payment']}",
        before_minor=int(found["before_minor"]),
    )


async def _hold_payment(actor: Actor, of: Payload) -> None:
    """The payment with its invoice, which is locked first."""
    invoice = await value(
        "SELECT invoice FROM payment WHERE id = $1::bigint AND agency = $2",
        of["payment"],
        actor.agency_id,
    )
    if invoice is not None:
        await invoices.lock_invoice(invoice)
    await lock_payment(actor, of["payment"])


async def _refund(actor: Actor, of: Payload, why: str) -> int:
    return await refunds.ask_back(
        actor, payment_id=of["payment"], amount_minor=of["amount"], why=why
    )


async def _hold_invoice(actor: Actor, of: Payload) -> None:
    locked = await invoices.lock_invoice(of["invoice"])
    if locked["agency"] != actor.agency_id:
        raise NotFound


async def _weigh_credit(actor: Actor, of: Payload) -> Weight:
    found = await row(
        "SELECT i.*, c.name AS who FROM invoice i JOIN company c ON c.id = i.company"
        " WHERE i.id = $1::bigint AND i.agency = $2",
        of["invoice"],
        actor.agency_id,
    )
    if found is None:
        raise NotFound
    currency, aid = found["currency"], await standing_about(found["about"])
    choice = of.get("aid", "")
    return Weight(
        agency=found["agency"],
        about=f"invoice:{of['invoice']}",
        amount_minor=max(0, found["total_minor"]),
        currency=currency,
        seen=f"{found['state']} {found['paid_minor']} {choice} {[one.id for one in aid]}",
        says=gettext(
            N_("Invoice {number} to {who} over {total} is cancelled by a credit note; {paid} that"
               " is paid on it waits for a person."),
            number=found["number"], who=found["who"],
            total=format_money(found["total_minor"], currency),
            paid=format_money(found["paid_minor"], currency),
        ) + _says_aid(aid, choice),
        link=f"/desk/money/invoices/{of['invoice']}",
    )  # fmt: skip


def _says_aid(aid: list[GrantRow], choice: str) -> str:
    """What becomes of the aid, in a sentence; nothing where there is none."""
    if not aid:
        return ""
    amounts = ", ".join(
        f"{one.scheme_name} {format_money(one.amount_minor, one.currency)}" for one in aid
    )
    if choice == "take_back":
        return " " + gettext(N_("The aid is taken back: {amounts}."), amounts=amounts)
    return " " + gettext(N_("The aid stays granted: {amounts}."), amounts=amounts)


async def _credit(actor: Actor, of: Payload, why: str) -> int:
    note = await crediting.credit(actor, invoice_id=of["invoice"], why=why)
    if of.get("aid") == "take_back":
        about = await value("SELECT about FROM invoice WHERE id = $1::bigint", of["invoice"])
        await reverse(actor, about=about, why=why)
    return note


register(
    Act(name="refund", verb="money.refund", title=N_("Refund a payment"),
        hold=_hold_payment, weigh=weigh_refund, do=_refund)
)  # fmt: skip
register(
    Act(name="credit", verb="invoice.credit", title=N_("Cancel an invoice"),
        hold=_hold_invoice, weigh=_weigh_credit, do=_credit)
)  # fmt: skip
