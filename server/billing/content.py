"""The frozen content of an invoice: what is written down when it is issued, and read ever after.

Everything that is printed, sent or sealed into a structured invoice comes from here. Contents of
earlier versions lack some keys: `complete` fills in what they meant.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from server.aid.rules import Shown
from server.billing.rules import InvoiceKind
from server.billing.sums import InvoiceLine, Prepaid, Subsidy, Tax, Totals
from server.billing.vat import Supply, VatDecision
from server.organisations.queries import AgencyRow, CompanyRow

Content = dict[str, Any]
SELLER = (
    "name", "legal_name", "street", "postcode", "city", "country", "email", "phone", "vat_id",
    "register_no", "iban", "bic",
)  # fmt: skip
BUYER = ("name", "legal_name", "street", "postcode", "city", "country", "vat_id", "register_no")


def written(
    *,
    kind: InvoiceKind,
    agency: AgencyRow,
    buyer: Content,
    lines: Sequence[InvoiceLine],
    vats: Mapping[Supply, VatDecision],
    total: Totals,
    number: str,
    reference: str,
    issued_on: date,
    due_on: date,
    currency: str,
    subject: str,
    supplied_from: date | None,
    supplied_until: date | None,
    more: Content,
) -> Content:
    """Everything an invoice says (Art. 226 of Directive 2006/112/EC), to be frozen with it.

    `buyer` is `buyer_of` a company or a payer's facts; `more` holds what only some invoices say.
    """
    places = {tax.vat: place for place, tax in enumerate(total.taxes)}
    main = total.taxes[0].vat
    return {
        "kind": kind.value,
        "number": number,
        "reference": reference,
        "issued_on": issued_on.isoformat(),
        "due_on": due_on.isoformat(),
        "supplied_from": supplied_from.isoformat() if supplied_from else "",
        "supplied_until": supplied_until.isoformat() if supplied_until else "",
        "currency": currency,
        "subject": subject,
        "seller": {name: getattr(agency, name) for name in SELLER},
        "buyer": buyer,
        "lines": [
            {
                "description": line.description,
                "quantity": f"{line.quantity.normalize():f}",
                "unit": line.unit,
                "unit_minor": line.unit_minor,
                "net_minor": line.net_minor,
                "tax": places[vats[line.supply]],
            }
            for line in lines
        ],
        "full_minor": total.full_minor,
        "aid_minor": total.aid_minor,
        "third_party_minor": total.third_party_minor,
        "subsidies": [
            {
                "shown": each.shown.value,
                "label": each.label,
                "amount_minor": each.amount_minor,
                "source": each.source,
            }
            for each in total.subsidies
        ],
        "prepaid": [
            {
                "number": each.number,
                "issued_on": each.issued_on,
                "net_minor": each.net_minor,
                "vat_minor": each.vat_minor,
                "total_minor": each.total_minor,
                "to": each.to,
                "code": each.code,
            }
            for each in total.prepaid
        ],
        "net_minor": total.net_minor,
        "vat": _said(main) | {"minor": total.vat_minor},
        "taxes": [
            _said(tax.vat)
            | {
                "full_minor": tax.full_minor,
                "discount_minor": tax.discount_minor,
                "base_minor": tax.base_minor,
                "minor": tax.vat_minor,
            }
            for tax in total.taxes
        ],
        "total_minor": total.total_minor,
        **more,
    }


def _said(vat: VatDecision) -> Content:
    return {
        "rate_bp": vat.rate_bp, "code": vat.code, "category": vat.category, "reason": vat.reason,
        "source": vat.source, "check": vat.check, "country": vat.country,
    }  # fmt: skip


def buyer_of(company: CompanyRow) -> Content:
    """The company itself as the buyer."""
    return {name: getattr(company, name) for name in BUYER}


def credited(of: Content, number: str, reference: str, on: date, why: str) -> Content:
    """The content of the note that takes back the invoice `of` (Art. 219)."""
    return {
        **of,
        "kind": InvoiceKind.CREDIT_NOTE.value,
        "number": number,
        "reference": reference,
        "issued_on": on.isoformat(),
        "due_on": on.isoformat(),
        "credits": {"number": of["number"], "issued_on": of["issued_on"]},
        "why": why,
    }


def complete(of: Content) -> Content:
    """`of` with every key that contents have today."""
    vat = {"country": "", "source": "", "check": False, "category": "S"} | of["vat"]
    if "taxes" in of:
        return of
    label = of.get("aid_label", "")
    aid = of["aid_minor"]
    known = {
        "kind": (InvoiceKind.CREDIT_NOTE if "credits" in of else InvoiceKind.INVOICE).value,
        "third_party_minor": 0,
        "prepaid": [],
        "subsidies": [
            {"shown": Shown.DISCOUNT.value, "label": label, "amount_minor": aid, "source": None}
        ] if aid else [],
        "taxes": [vat | {
            "full_minor": of["full_minor"], "discount_minor": aid, "base_minor": of["net_minor"],
        }],
        "lines": [line | {"tax": 0} for line in of["lines"]],
    }  # fmt: skip
    return {**of, **known, "vat": vat}


def totals_of(of: Content) -> Totals:
    """The sums that an invoice was frozen with."""
    known = complete(of)
    return Totals(
        known["full_minor"],
        known["aid_minor"],
        known["net_minor"],
        known["vat"]["minor"],
        known["total_minor"],
        known["third_party_minor"],
        tuple(
            Tax(
                VatDecision(
                    each["rate_bp"], each["code"], each["reason"], each["category"],
                    each["source"], each["check"], each["country"],
                ),
                each["full_minor"], each["discount_minor"], each["base_minor"], each["minor"],
            )
            for each in known["taxes"]
        ),
        tuple(
            Subsidy(Shown(each["shown"]), each["label"], each["amount_minor"], each["source"])
            for each in known["subsidies"]
        ),
        tuple(Prepaid(**each) for each in known["prepaid"]),
    )  # fmt: skip
