"""What a payer without an account may do by its address, and what the agency does about it."""

from server import audit, clock
from server.accounts.permissions import SYSTEM, Actor, require
from server.billing import checkouts, payer_links, queries
from server.billing.queries import InvoiceDetail
from server.billing.sessions import Started
from server.database import action, execute, value
from server.documents import queries as documents
from server.errors import Conflict, NotFound
from server.mail import actions as mail
from server.money import format_money
from server.organisations import queries as organisations
from server.text import N_


async def opened(token: str) -> InvoiceDetail:
    """The invoice of an address that holds."""
    link = await payer_links.by_token(token)
    return await queries.any_invoice(link.invoice)


@action
async def note_opened(token: str) -> None:
    """Keep that the payer has seen the page: the agency's page says so."""
    link = await payer_links.by_token(token)
    await execute("UPDATE payer_link SET opened_at = $2 WHERE id = $1", link.id, clock.now())


async def paper(token: str) -> tuple[str, str, bytes]:
    """The invoice's PDF: file name, media type, bytes."""
    found = await opened(token)
    if found.document is None:
        raise NotFound
    return await documents.pdf(found.document)


async def pay(token: str) -> Started:
    """On to the card payment of the invoice, in the name of the payer."""
    link = await payer_links.by_token(token)
    company = await value("SELECT company FROM invoice WHERE id = $1", link.invoice)
    payer = Actor(name=SYSTEM.name, email=link.email, system=True, company_id=company)
    return await checkouts.pay(payer, invoice_id=link.invoice)


@action
async def revoke(actor: Actor, *, invoice_id: int) -> int:
    """End a payer's address: who opens it then finds nothing."""
    require(actor, "payer.link")
    await queries.agency_invoice(actor, invoice_id)
    ended = await value(
        "UPDATE payer_link SET revoked_at = $2 WHERE invoice = $1 AND revoked_at IS NULL"
        " RETURNING id",
        invoice_id,
        clock.now(),
    )
    if ended is None:
        raise Conflict(N_("This invoice has no link that holds. Nothing was changed."))
    await audit.record(actor, "payer.link_revoked", "invoice", invoice_id)
    return invoice_id


@action
async def send(actor: Actor, *, invoice_id: int) -> int:
    """Mail the payer a new address; the one before it ends."""
    require(actor, "payer.link")
    found = await queries.agency_invoice(actor, invoice_id)
    buyer = found.content["buyer"]
    if not buyer.get("email"):
        raise Conflict(
            N_("This invoice is written to the exhibitor, who sees it after signing in.")
        )
    made = await payer_links.make(invoice_id, buyer["email"])
    await audit.record(actor, "payer.link_sent", "invoice", invoice_id, after={"link": made.id})
    agency = await organisations.agency(actor.agency_id or 0)
    await mail.send(
        key=f"payer-link:{made.id}",
        to_email=buyer["email"],
        to_name=buyer["name"],
        locale="en",
        template="payer-link",
        agency=agency.id,
        number=found.row.number,
        subject=found.content["subject"],
        agency_name=agency.name,
        company_name=found.row.company_name,
        open=format_money(found.row.open_minor, found.row.currency),
        url=made.address,
    )
    return invoice_id
