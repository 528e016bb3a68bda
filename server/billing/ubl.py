"""An invoice or credit note as OASIS UBL 2.1, EN 16931; Peppol BIS Billing 3 where it can be."""

from decimal import Decimal
from typing import Any, TypeAlias

from lxml import etree

from server.billing.en16931 import Category, Invoice, Line, Party

PLAIN = "urn:cen.eu:en16931:2017"
PEPPOL = f"{PLAIN}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PEPPOL_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_U = "urn:oasis:names:specification:ubl:schema:xsd:"
CAC, CBC = f"{_U}CommonAggregateComponents-2", f"{_U}CommonBasicComponents-2"
Element: TypeAlias = Any


def is_peppol(of: Invoice) -> bool:
    """Whether Peppol BIS Billing 3 has what it asks for beyond EN 16931: both electronic addresses
    (R010, R020), and the buyer's reference or order number (R003)."""
    referred = of.buyer_reference or of.order_reference
    return bool(of.seller.endpoint and of.buyer.endpoint and referred)


def written(of: Invoice) -> bytes:
    """The XML document, in UTF-8."""
    name = "CreditNote" if of.is_credit else "Invoice"
    space = f"{_U}{name}-2"
    root = etree.Element(f"{{{space}}}{name}", nsmap={None: space, "cac": CAC, "cbc": CBC})
    _add(root, "CustomizationID", PEPPOL if is_peppol(of) else PLAIN)
    if is_peppol(of):
        _add(root, "ProfileID", PEPPOL_PROCESS)
    _add(root, "ID", of.number)
    _add(root, "IssueDate", of.issued_on.isoformat())
    if of.due_on:
        _add(root, "DueDate", of.due_on.isoformat())
    _add(root, f"{name}TypeCode", of.type_code)
    if of.notes:
        _add(root, "Note", "\n".join(of.notes))
    _add(root, "DocumentCurrencyCode", of.currency)
    if of.tax_currency:
        _add(root, "TaxCurrencyCode", of.tax_currency)
    if of.buyer_reference:
        _add(root, "BuyerReference", of.buyer_reference)
    if of.period:
        period = _group(root, "InvoicePeriod")
        _add(period, "StartDate", of.period[0].isoformat())
        _add(period, "EndDate", of.period[1].isoformat())
    if of.order_reference:
        _add(_group(root, "OrderReference"), "ID", of.order_reference)
    if of.preceding:
        before = _group(_group(root, "BillingReference"), "InvoiceDocumentReference")
        _add(before, "ID", of.preceding[0])
        _add(before, "IssueDate", of.preceding[1].isoformat())
    _party(_group(root, "AccountingSupplierParty"), of.seller, contact=True)
    _party(_group(root, "AccountingCustomerParty"), of.buyer, contact=False)
    if of.period:
        _add(_group(root, "Delivery"), "ActualDeliveryDate", of.period[1].isoformat())
    _payment(root, of)
    for off in of.allowances:
        allowance = _group(root, "AllowanceCharge")
        _add(allowance, "ChargeIndicator", "false")
        _add(allowance, "AllowanceChargeReasonCode", "95")
        _add(allowance, "AllowanceChargeReason", off.reason)
        _money(allowance, "Amount", off.amount, of)
        _category(_group(allowance, "TaxCategory"), off.category)
    _tax_totals(root, of)
    _sums(root, of)
    for line in of.lines:
        _line(root, line, of)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _group(parent: Element, name: str) -> Element:
    return etree.SubElement(parent, f"{{{CAC}}}{name}")


def _add(parent: Element, name: str, text: str | Decimal, **more: str) -> None:
    made = etree.SubElement(parent, f"{{{CBC}}}{name}", dict(more))
    made.text = f"{text:f}" if isinstance(text, Decimal) else text


def _money(parent: Element, name: str, amount: Decimal, of: Invoice) -> None:
    _add(parent, name, amount, currencyID=of.currency)


def _category(node: Element, category: Category) -> None:
    _add(node, "ID", category.code)
    if category.percent is not None:
        _add(node, "Percent", category.percent)
    _add(_group(node, "TaxScheme"), "ID", "VAT")


def _party(parent: Element, of: Party, *, contact: bool) -> None:
    node = _group(parent, "Party")
    if of.endpoint:
        _add(node, "EndpointID", of.endpoint[1], schemeID=of.endpoint[0])
    _add(_group(node, "PartyName"), "Name", of.trading_name)
    address = _group(node, "PostalAddress")
    for name, text in (
        ("StreetName", of.street), ("CityName", of.city), ("PostalZone", of.postcode),
    ):  # fmt: skip
        if text:
            _add(address, name, text)
    _add(_group(address, "Country"), "IdentificationCode", of.country)
    for scheme, number in (("VAT", of.vat_id), ("TAX", of.tax_no if contact else "")):
        if number:
            tax = _group(node, "PartyTaxScheme")
            _add(tax, "CompanyID", number)
            _add(_group(tax, "TaxScheme"), "ID", scheme)
    legal = _group(node, "PartyLegalEntity")
    _add(legal, "RegistrationName", of.name)
    if of.register_no:
        _add(legal, "CompanyID", of.register_no)
    if contact:
        person = _group(node, "Contact")
        _add(person, "Name", of.contact)
        if of.phone:
            _add(person, "Telephone", of.phone)
        if of.email:
            _add(person, "ElectronicMail", of.email)


def _payment(root: Element, of: Invoice) -> None:
    if not of.iban or of.is_credit:
        return
    means = _group(root, "PaymentMeans")
    _add(means, "PaymentMeansCode", "58")
    _add(means, "PaymentID", of.reference)
    account = _group(means, "PayeeFinancialAccount")
    _add(account, "ID", of.iban)
    _add(account, "Name", of.account_name)
    if of.bic:
        _add(_group(account, "FinancialInstitutionBranch"), "ID", of.bic)


def _tax_totals(root: Element, of: Invoice) -> None:
    total = _group(root, "TaxTotal")
    _money(total, "TaxAmount", of.tax, of)
    for each in of.breakdown:
        part = _group(total, "TaxSubtotal")
        _money(part, "TaxableAmount", each.base, of)
        _money(part, "TaxAmount", each.tax, of)
        node = _group(part, "TaxCategory")
        _add(node, "ID", each.category.code)
        if each.category.percent is not None:
            _add(node, "Percent", each.category.percent)
        if each.reason_code:
            _add(node, "TaxExemptionReasonCode", each.reason_code)
        if each.reason:
            _add(node, "TaxExemptionReason", each.reason)
        _add(_group(node, "TaxScheme"), "ID", "VAT")
    if of.tax_in_currency is not None:
        _add(_group(root, "TaxTotal"), "TaxAmount", of.tax_in_currency, currencyID=of.tax_currency)


def _sums(root: Element, of: Invoice) -> None:
    sums = _group(root, "LegalMonetaryTotal")
    _money(sums, "LineExtensionAmount", of.line_total, of)
    _money(sums, "TaxExclusiveAmount", of.net, of)
    _money(sums, "TaxInclusiveAmount", of.gross, of)
    _money(sums, "AllowanceTotalAmount", of.allowance_total, of)
    if of.paid:
        _money(sums, "PrepaidAmount", of.paid, of)
    _money(sums, "PayableAmount", of.due, of)


def _line(root: Element, line: Line, of: Invoice) -> None:
    node = _group(root, "CreditNoteLine" if of.is_credit else "InvoiceLine")
    _add(node, "ID", line.id)
    quantity = "CreditedQuantity" if of.is_credit else "InvoicedQuantity"
    _add(node, quantity, line.quantity, unitCode=line.unit)
    _money(node, "LineExtensionAmount", line.net, of)
    item = _group(node, "Item")
    _add(item, "Name", line.name)
    _category(_group(item, "ClassifiedTaxCategory"), line.category)
    _money(_group(node, "Price"), "PriceAmount", line.price, of)
