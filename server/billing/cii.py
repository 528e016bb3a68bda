"""An invoice as UN/CEFACT Cross Industry Invoice D22B, profile EN 16931: the XML of Factur-X."""

from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from lxml import etree

from server.billing.en16931 import Category, Invoice, Line, Party

PROFILE = "urn:cen.eu:en16931:2017"
_U = "urn:un:unece:uncefact:data:standard:"
NS = {
    "rsm": f"{_U}CrossIndustryInvoice:100",
    "ram": f"{_U}ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_U}UnqualifiedDataType:100",
    "qdt": f"{_U}QualifiedDataType:100",
}
Element: TypeAlias = Any


def written(of: Invoice) -> bytes:
    """The XML document, in UTF-8."""
    root = etree.Element(f"{{{NS['rsm']}}}CrossIndustryInvoice", nsmap=NS)
    context = _add(root, "rsm:ExchangedDocumentContext")
    _add(_add(context, "ram:GuidelineSpecifiedDocumentContextParameter"), "ram:ID", PROFILE)
    head = _add(root, "rsm:ExchangedDocument")
    _add(head, "ram:ID", of.number)
    _add(head, "ram:TypeCode", of.type_code)
    _day(_add(head, "ram:IssueDateTime"), of.issued_on)
    for note in of.notes:
        _add(_add(head, "ram:IncludedNote"), "ram:Content", note)
    trade = _add(root, "rsm:SupplyChainTradeTransaction")
    for line in of.lines:
        _line(trade, line)
    _agreement(trade, of)
    delivery = _add(trade, "ram:ApplicableHeaderTradeDelivery")
    if of.period:
        event = _add(delivery, "ram:ActualDeliverySupplyChainEvent")
        _day(_add(event, "ram:OccurrenceDateTime"), of.period[1])
    _settlement(trade, of)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _add(parent: Element, name: str, text: str | Decimal | None = None, **more: str) -> Element:
    prefix, local = name.split(":")
    made = etree.SubElement(parent, f"{{{NS[prefix]}}}{local}", dict(more))
    if text is not None:
        made.text = f"{text:f}" if isinstance(text, Decimal) else text
    return made


def _day(parent: Element, on: date, kind: str = "udt") -> None:
    _add(parent, f"{kind}:DateTimeString", f"{on:%Y%m%d}", format="102")


def _line(trade: Element, line: Line) -> None:
    item = _add(trade, "ram:IncludedSupplyChainTradeLineItem")
    _add(_add(item, "ram:AssociatedDocumentLineDocument"), "ram:LineID", line.id)
    _add(_add(item, "ram:SpecifiedTradeProduct"), "ram:Name", line.name)
    price = _add(_add(item, "ram:SpecifiedLineTradeAgreement"), "ram:NetPriceProductTradePrice")
    _add(price, "ram:ChargeAmount", line.price)
    delivered = _add(item, "ram:SpecifiedLineTradeDelivery")
    _add(delivered, "ram:BilledQuantity", line.quantity, unitCode=line.unit)
    settled = _add(item, "ram:SpecifiedLineTradeSettlement")
    _tax(_add(settled, "ram:ApplicableTradeTax"), line.category)
    sums = _add(settled, "ram:SpecifiedTradeSettlementLineMonetarySummation")
    _add(sums, "ram:LineTotalAmount", line.net)


def _tax(parent: Element, category: Category) -> None:
    _add(parent, "ram:TypeCode", "VAT")
    _add(parent, "ram:CategoryCode", category.code)
    if category.percent is not None:
        _add(parent, "ram:RateApplicablePercent", category.percent)


def _agreement(trade: Element, of: Invoice) -> None:
    agreed = _add(trade, "ram:ApplicableHeaderTradeAgreement")
    if of.buyer_reference:
        _add(agreed, "ram:BuyerReference", of.buyer_reference)
    _party(_add(agreed, "ram:SellerTradeParty"), of.seller, contact=True)
    _party(_add(agreed, "ram:BuyerTradeParty"), of.buyer, contact=False)
    if of.order_reference:
        order = _add(agreed, "ram:BuyerOrderReferencedDocument")
        _add(order, "ram:IssuerAssignedID", of.order_reference)


def _party(node: Element, of: Party, *, contact: bool) -> None:
    _add(node, "ram:Name", of.name)
    if of.register_no or of.trading_name != of.name:
        legal = _add(node, "ram:SpecifiedLegalOrganization")
        if of.register_no:
            _add(legal, "ram:ID", of.register_no)
        if of.trading_name != of.name:
            _add(legal, "ram:TradingBusinessName", of.trading_name)
    if contact:
        person = _add(node, "ram:DefinedTradeContact")
        _add(person, "ram:PersonName", of.contact)
        if of.phone:
            phone = _add(person, "ram:TelephoneUniversalCommunication")
            _add(phone, "ram:CompleteNumber", of.phone)
        if of.email:
            _add(_add(person, "ram:EmailURIUniversalCommunication"), "ram:URIID", of.email)
    address = _add(node, "ram:PostalTradeAddress")
    for name, text in (
        ("PostcodeCode", of.postcode), ("LineOne", of.street), ("CityName", of.city),
        ("CountryID", of.country),
    ):  # fmt: skip
        if text:
            _add(address, f"ram:{name}", text)
    if of.endpoint:
        web = _add(node, "ram:URIUniversalCommunication")
        _add(web, "ram:URIID", of.endpoint[1], schemeID=of.endpoint[0])
    for scheme, number in (("VA", of.vat_id), ("FC", of.tax_no if contact else "")):
        if number:
            _add(_add(node, "ram:SpecifiedTaxRegistration"), "ram:ID", number, schemeID=scheme)


def _settlement(trade: Element, of: Invoice) -> None:
    node = _add(trade, "ram:ApplicableHeaderTradeSettlement")
    _add(node, "ram:PaymentReference", of.reference)
    if of.tax_currency:
        _add(node, "ram:TaxCurrencyCode", of.tax_currency)
    _add(node, "ram:InvoiceCurrencyCode", of.currency)
    if of.iban and not of.is_credit:
        means = _add(node, "ram:SpecifiedTradeSettlementPaymentMeans")
        _add(means, "ram:TypeCode", "58")
        account = _add(means, "ram:PayeePartyCreditorFinancialAccount")
        _add(account, "ram:IBANID", of.iban)
        _add(account, "ram:AccountName", of.account_name)
        if of.bic:
            bank = _add(means, "ram:PayeeSpecifiedCreditorFinancialInstitution")
            _add(bank, "ram:BICID", of.bic)
    for each in of.breakdown:
        tax = _add(node, "ram:ApplicableTradeTax")
        _add(tax, "ram:CalculatedAmount", each.tax)
        _add(tax, "ram:TypeCode", "VAT")
        if each.reason:
            _add(tax, "ram:ExemptionReason", each.reason)
        _add(tax, "ram:BasisAmount", each.base)
        _add(tax, "ram:CategoryCode", each.category.code)
        if each.reason_code:
            _add(tax, "ram:ExemptionReasonCode", each.reason_code)
        if each.category.percent is not None:
            _add(tax, "ram:RateApplicablePercent", each.category.percent)
    if of.period:
        period = _add(node, "ram:BillingSpecifiedPeriod")
        _day(_add(period, "ram:StartDateTime"), of.period[0])
        _day(_add(period, "ram:EndDateTime"), of.period[1])
    for off in of.allowances:
        allowance = _add(node, "ram:SpecifiedTradeAllowanceCharge")
        _add(_add(allowance, "ram:ChargeIndicator"), "udt:Indicator", "false")
        _add(allowance, "ram:ActualAmount", off.amount)
        _add(allowance, "ram:ReasonCode", "95")
        _add(allowance, "ram:Reason", off.reason)
        _tax(_add(allowance, "ram:CategoryTradeTax"), off.category)
    if of.due_on:
        terms = _add(node, "ram:SpecifiedTradePaymentTerms")
        _day(_add(terms, "ram:DueDateDateTime"), of.due_on)
    _sums(node, of)
    if of.preceding:
        before = _add(node, "ram:InvoiceReferencedDocument")
        _add(before, "ram:IssuerAssignedID", of.preceding[0])
        _day(_add(before, "ram:FormattedIssueDateTime"), of.preceding[1], "qdt")


def _sums(node: Element, of: Invoice) -> None:
    sums = _add(node, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    _add(sums, "ram:LineTotalAmount", of.line_total)
    _add(sums, "ram:AllowanceTotalAmount", of.allowance_total)
    _add(sums, "ram:TaxBasisTotalAmount", of.net)
    _add(sums, "ram:TaxTotalAmount", of.tax, currencyID=of.currency)
    if of.tax_in_currency is not None:
        _add(sums, "ram:TaxTotalAmount", of.tax_in_currency, currencyID=of.tax_currency)
    _add(sums, "ram:GrandTotalAmount", of.gross)
    if of.paid:
        _add(sums, "ram:TotalPrepaidAmount", of.paid)
    _add(sums, "ram:DuePayableAmount", of.due)
