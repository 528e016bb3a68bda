"""Who is written to about an invoice, and by which address each of them opens it."""

import msgspec

from server.billing import payer_links
from server.billing.content import Content
from server.organisations.queries import CompanyRow, people_of_company
from server.settings import load


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who gets the mails about an invoice. `url` is "" for a payer whose address was
    revoked."""

    email: str
    name: str
    locale: str
    person: int | None
    url: str


async def readers(
    invoice_id: int, of: Content, company: CompanyRow, *, path: str = ""
) -> list[Reader]:
    """Each person of the company, its address for invoices, and the payer that the invoice is
    written to, who has no account and opens it by its signed address. `path` is what the company
    opens where that is not the invoice itself."""
    own = load().base_url.rstrip("/") + (path or f"/my/invoices/{invoice_id}")
    found = {
        each.email: Reader(
            email=each.email, name=each.name, locale=each.locale, person=each.person_id, url=own
        )
        for each in await people_of_company(company.id)
    }
    payer = of["buyer"].get("email", "")
    if payer and payer not in found:
        link = await payer_links.link_of(invoice_id)
        found[payer] = Reader(
            email=payer, name=of["buyer"]["name"], locale="en", person=None,
            url=link.address if link else "",
        )  # fmt: skip
    if company.invoice_email and company.invoice_email not in found:
        found[company.invoice_email] = Reader(
            email=company.invoice_email, name=company.name, locale="en", person=None, url=own
        )
    return list(found.values())
