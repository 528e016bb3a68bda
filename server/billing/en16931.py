"""An invoice's frozen content as the semantic model of EN 16931-1: what `cii` and `ubl` write.

Business terms (BT) and groups (BG) are those of the standard. Amounts are Decimals of the invoice's
currency. A credit note's amounts are positive: its type code says that they are taken back.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from server.aid.rules import Shown
from server.billing.content import Content, complete
from server.billing.rules import InvoiceKind
from server.billing.sums import place_of
from server.money import exponent, to_decimal
from server.text import N_, gettext

TYPE_CODES = {
    InvoiceKind.INVOICE.value: "380",
    InvoiceKind.CREDIT_NOTE.value: "381",
    "prepayment": "386",
}
"""UNTDID 1001, BT-3."""
UNITS = {"m2": "MTK", "piece": "H87", "participation": "C62", "day": "DAY"}
"""UN/ECE Recommendation 20, BT-130."""
REASON_CODES = {"AE": "VATEX-EU-AE", "O": "VATEX-EU-O"}
"""BT-121, where the list of codes has one for the category."""
TAXED = ("S", "Z")
ENDPOINTS = {
    "AT": "9914", "BE": "9925", "BG": "9926", "CY": "9928", "CZ": "9929", "DE": "9930",
    "EE": "9931", "ES": "9920", "FR": "9957", "GR": "9933", "HR": "9934", "HU": "9910",
    "IE": "9935", "LT": "9937", "LU": "9938", "LV": "9939", "MT": "9943", "NL": "9944",
    "PL": "9945", "PT": "9946", "RO": "9947", "SI": "9949", "SK": "9950",
}  # fmt: skip
"""Electronic address schemes (EAS) whose identifier is the VAT ID, by country."""


@dataclass(frozen=True, slots=True)
class Party:
    """BG-4 or BG-7. `vat_id` is BT-31/48, `tax_no` BT-32, `endpoint` (scheme, id) BT-34/49."""

    name: str
    trading_name: str
    street: str
    postcode: str
    city: str
    country: str
    vat_id: str
    tax_no: str
    register_no: str
    endpoint: tuple[str, str] | None
    contact: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Category:
    """A VAT category and its rate in percent; None for what is not subject to VAT."""

    code: str
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Breakdown:
    """BG-23: one VAT category with its base, tax and reason."""

    category: Category
    base: Decimal
    tax: Decimal
    reason: str
    reason_code: str


@dataclass(frozen=True, slots=True)
class Allowance:
    """BG-20: a discount on the whole document."""

    amount: Decimal
    reason: str
    category: Category


@dataclass(frozen=True, slots=True)
class Line:
    """BG-25. A prepayment that is taken off has the quantity -1."""

    id: str
    name: str
    quantity: Decimal
    unit: str
    price: Decimal
    net: Decimal
    category: Category


@dataclass(frozen=True, slots=True)
class Invoice:
    """The document; totals are BG-22."""

    number: str
    type_code: str
    issued_on: date
    due_on: date | None
    currency: str
    tax_currency: str
    tax_in_currency: Decimal | None
    notes: tuple[str, ...]
    buyer_reference: str
    order_reference: str
    preceding: tuple[str, date] | None
    seller: Party
    buyer: Party
    period: tuple[date, date] | None
    reference: str
    iban: str
    bic: str
    account_name: str
    lines: tuple[Line, ...]
    allowances: tuple[Allowance, ...]
    breakdown: tuple[Breakdown, ...]
    line_total: Decimal
    allowance_total: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    paid: Decimal
    due: Decimal

    @property
    def is_credit(self) -> bool:
        """Whether it takes an invoice back."""
        return self.type_code == "381"


def gaps(of: Content) -> list[str]:
    """What keeps an invoice from being a structured one, as sentences; empty when nothing does."""
    of = complete(of)
    seller, found = of["seller"], []
    if not (seller["vat_id"] or seller["register_no"]):
        found.append(gettext(N_("The agency's VAT ID is missing in its details.")))
    if not of["buyer"]["country"]:
        found.append(gettext(N_("The buyer's country is missing.")))
    if exponent(of["currency"]) > 2:
        found.append(gettext(N_("Structured invoices know no currency with three decimals.")))
    categories = {each["category"] for each in of["taxes"]}
    buyer = of["buyer"]
    if "AE" in categories and not (buyer["vat_id"] or buyer.get("register_no", "")):
        found.append(gettext(N_("The buyer's VAT ID is missing.")))
    return found


def invoice(of: Content) -> Invoice:
    """The model of an invoice, a prepayment invoice, a final invoice or a credit note."""
    of = complete(of)
    currency = of["currency"]

    def amount(minor: int) -> Decimal:
        return to_decimal(minor, currency)

    categories = _categories(of)
    outside = any(each.code == "O" for each in categories)
    lines = _lines(of, categories)
    allowances = _allowances(of, categories)
    third = sum(
        each["amount_minor"] for each in of["subsidies"] if each["shown"] == Shown.THIRD_PARTY
    )
    gross = of["net_minor"] + of["vat"]["minor"]
    credit = of.get("credits")
    national = of.get("national")
    seller = of["seller"]
    start, end = of["supplied_from"], of["supplied_until"]
    return Invoice(
        number=of["number"],
        type_code=TYPE_CODES[of["kind"]],
        issued_on=date.fromisoformat(of["issued_on"]),
        due_on=None if credit else date.fromisoformat(of["due_on"]),
        currency=currency,
        tax_currency=national["currency"] if national else "",
        tax_in_currency=to_decimal(national["vat_minor"], national["currency"])
        if national
        else None,
        notes=tuple(filter(None, (of["subject"], of.get("why", ""), *_later(of)))),
        buyer_reference=of.get("buyer_reference", ""),
        order_reference=of.get("order_reference", ""),
        preceding=(credit["number"], date.fromisoformat(credit["issued_on"])) if credit else None,
        seller=_party(seller, outside),
        buyer=_party(of["buyer"], outside),
        period=(date.fromisoformat(start), date.fromisoformat(end)) if start and end else None,
        reference=of["reference"],
        iban=seller["iban"],
        bic=seller["bic"],
        account_name=seller["legal_name"] or seller["name"],
        lines=lines,
        allowances=allowances,
        breakdown=_breakdown(of, categories),
        line_total=sum((line.net for line in lines), Decimal(0)),
        allowance_total=sum((each.amount for each in allowances), Decimal(0)),
        net=amount(of["net_minor"]),
        tax=amount(of["vat"]["minor"]),
        gross=amount(gross),
        paid=amount(third),
        due=amount(gross - third),
    )


def _categories(of: Content) -> list[Category]:
    """The category of each tax. What is outside the scope of VAT can stand on a structured invoice
    only by itself (BR-O-11): beside other categories it is written as exempt, with its reason."""
    codes = [each["category"] for each in of["taxes"]]
    mixed = len(set(codes)) > 1
    return [
        Category(
            "E" if mixed and code == "O" else code,
            None if code == "O" and not mixed else Decimal(tax["rate_bp"]) / 100,
        )
        for code, tax in zip(codes, of["taxes"], strict=True)
    ]


def _lines(of: Content, categories: list[Category]) -> tuple[Line, ...]:
    def amount(minor: int) -> Decimal:
        return to_decimal(minor, of["currency"])

    found = [
        Line(
            str(place), line["description"] or of["subject"], Decimal(line["quantity"]),
            UNITS.get(line["unit"], "C62"), amount(line["unit_minor"]), amount(line["net_minor"]),
            categories[line["tax"]],
        )
        for place, line in enumerate(of["lines"], start=1)
    ]  # fmt: skip
    for place, each in enumerate(of["prepaid"], start=len(found) + 1):
        name = gettext(
            N_("Paid by {payer}, invoice {number} of {day}")
            if each.get("to")
            else N_("Prepayment, invoice {number} of {day}"),
            payer=each.get("to", ""),
            number=each["number"], day=each["issued_on"],
        )  # fmt: skip
        net = amount(each["net_minor"])
        at = place_of(each.get("code", ""), [tax["code"] for tax in of["taxes"]])
        found.append(Line(str(place), name, Decimal(-1), "C62", net, -net, categories[at]))
    return tuple(found)


def _allowances(of: Content, categories: list[Category]) -> tuple[Allowance, ...]:
    """Each category's part of the discount, under the names of the schemes that give it."""
    names = [
        each["label"] for each in of["subsidies"] if each["shown"] == Shown.DISCOUNT
    ]  # fmt: skip
    reason = ", ".join(filter(None, names)) or gettext(N_("Co-financing by the agency (discount)"))
    return tuple(
        Allowance(to_decimal(tax["discount_minor"], of["currency"]), reason, category)
        for tax, category in zip(of["taxes"], categories, strict=True)
        if tax["discount_minor"]
    )


def _breakdown(of: Content, categories: list[Category]) -> tuple[Breakdown, ...]:
    """One group for each category and rate: treatments that agree in both are one group."""
    kept: dict[Category, tuple[int, int, list[str]]] = {}
    for tax, category in zip(of["taxes"], categories, strict=True):
        base, minor, reasons = kept.get(category, (0, 0, []))
        kept[category] = (
            base + tax["base_minor"], minor + tax["minor"], [*reasons, tax["reason"]],
        )  # fmt: skip
    return tuple(
        Breakdown(
            category,
            to_decimal(base, of["currency"]),
            to_decimal(minor, of["currency"]),
            "" if category.code in TAXED else " ".join(dict.fromkeys(reasons)),
            REASON_CODES.get(category.code, ""),
        )
        for category, (base, minor, reasons) in kept.items()
    )


def _later(of: Content) -> list[str]:
    return [
        gettext(N_("{label}: paid out after proof, apart from this invoice."), label=each["label"])
        for each in of["subsidies"]
        if each["shown"] == Shown.AFTER_PROOF
    ]


def _party(of: dict[str, Any], outside: bool) -> Party:
    """A party. Where nothing is subject to VAT, its VAT ID may not stand as one (BR-O-02)."""
    vat_id = of["vat_id"]
    if vat_id and of["country"] == "GR" and vat_id.isdigit():
        vat_id = f"EL{vat_id}"
    scheme = ENDPOINTS.get(of["country"])
    stated = of.get("endpoint")
    return Party(
        name=of["legal_name"] or of["name"],
        trading_name=of["name"],
        street=of["street"],
        postcode=of["postcode"],
        city=of["city"],
        country=of["country"],
        vat_id="" if outside else vat_id,
        tax_no=vat_id if outside else "" if vat_id else of.get("register_no", ""),
        register_no=of.get("register_no", ""),
        endpoint=tuple(stated) if stated else (scheme, vat_id) if scheme and vat_id else None,
        contact=of.get("contact", "") or of["name"],
        email=of.get("email", ""),
        phone=of.get("phone", ""),
    )
