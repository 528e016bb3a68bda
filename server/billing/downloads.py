"""An invoice as UBL, for programs and for Peppol, beside the PDF."""

from typing import Any

import msgspec
from litestar import Request, Response

from server.accounts.permissions import Actor
from server.billing import en16931, queries, ubl
from server.billing.queries import InvoiceDetail
from server.billing.schemas import must_fit
from server.documents.rules import disposition, safe_filename
from server.errors import Conflict
from server.text import N_
from server.web import get, needs

Asked = Request[Any, Any, Any]


class Structured(msgspec.Struct, frozen=True, kw_only=True):
    """A UBL 2.1 document; `peppol` says whether it follows Peppol BIS Billing 3."""

    filename: str
    peppol: bool
    xml: str


def structured(of: InvoiceDetail) -> Structured:
    """The UBL of an invoice or credit note; a Conflict with the reasons where there is none."""
    gaps = en16931.gaps(of.content)
    if gaps:
        raise Conflict(
            N_("This invoice cannot be a structured one. {reasons}"), reasons=" ".join(gaps)
        )
    model = en16931.invoice(of.content)
    xml = must_fit(ubl.written(model), "ubl-credit" if model.is_credit else "ubl-invoice")
    return Structured(
        filename=safe_filename(of.row.number, "xml"), peppol=ubl.is_peppol(model), xml=xml.decode()
    )


async def own_ubl(actor: Actor, invoice_id: int) -> Structured:
    """The UBL of an invoice of the company that `actor` acts for."""
    return structured(await queries.own_invoice(actor, invoice_id))


async def agency_ubl(actor: Actor, invoice_id: int) -> Structured:
    """The UBL of an invoice of the agency that `actor` acts for."""
    return structured(await queries.agency_invoice(actor, invoice_id))


def _saved(found: Structured) -> Response[str]:
    return Response(
        found.xml,
        media_type="application/xml",
        headers={
            "content-disposition": disposition(found.filename),
            "content-security-policy": "default-src 'none'; sandbox",
            "x-content-type-options": "nosniff",
        },
    )


@get("/my/invoices/{invoice_id:int}/ubl", needs("invoice.own"))
async def own(actor: Actor, invoice_id: int) -> Response[str]:
    """The company's copy."""
    return _saved(await own_ubl(actor, invoice_id))


@get("/desk/money/invoices/{invoice_id:int}/ubl", needs("money.read"))
async def agency(actor: Actor, invoice_id: int) -> Response[str]:
    """The agency's copy."""
    return _saved(await agency_ubl(actor, invoice_id))


HANDLERS = [own, agency]
