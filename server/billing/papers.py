"""What invoices, credit notes and receipts look like: the frozen content as PDF and mail."""

import io
from datetime import date
from decimal import Decimal

import segno
from segno import helpers

from server import clock
from server.aid.rules import Shown
from server.billing import accounts, cii, en16931
from server.billing.content import Content, complete
from server.billing.readers import readers
from server.billing.rules import in_sepa, spoken_reference
from server.billing.schemas import must_fit
from server.database import execute, step, value
from server.documents import actions as documents
from server.mail import actions as mail
from server.money import format_money, to_decimal
from server.organisations.queries import AgencyRow, CompanyRow
from server.organisations.rules import country_name
from server.text import N_, gettext

LARGEST_EPC_MINOR = 99_999_999_999
TITLES = {
    "invoice": N_("Invoice"),
    "prepayment": N_("Prepayment invoice"),
    "credit_note": N_("Credit note"),
}


def structured(of: Content) -> str:
    """The invoice as the XML that its PDF carries (Factur-X); "" where something keeps it from
    being a structured one (`en16931.gaps`)."""
    if en16931.gaps(of):
        return ""
    return must_fit(cii.written(en16931.invoice(of)), "cii").decode()


def epc_qr(of: Content, amount_minor: int) -> str:
    """The EPC069-12 code for a transfer in euro as SVG text; "" where banks could not read it."""
    seller = of["seller"]
    iban, bic = ("".join(seller[name].split()).upper() for name in ("iban", "bic"))
    if of["currency"] != "EUR" or not in_sepa(iban) or not 0 < amount_minor <= LARGEST_EPC_MINOR:
        return ""
    code = helpers.make_epc_qr(
        name=(seller["legal_name"] or seller["name"])[:70],
        iban=iban,
        bic=bic if len(bic) in (8, 11) else None,
        amount=to_decimal(amount_minor, "EUR"),
        reference=of["reference"],
    )
    return _svg(code)


def _svg(code: segno.QRCode) -> str:
    out = io.BytesIO()
    code.save(out, kind="svg", xmldecl=False, svgns=True, border=2, scale=4, omitsize=False)
    return out.getvalue().decode()


def quantity(line: Content) -> str:
    """How much of it, as people read it: 12 m², or 2 for pieces and participations."""
    return f"{line['quantity']} m²" if line["unit"] == "m2" else str(line["quantity"])


def percent(bp: int) -> str:
    """1900 as "19 %", 2550 as "25.5 %"."""
    return f"{(Decimal(bp) / 100).normalize():f} %"


def day(iso: str) -> str:
    """A date as printed: 23 Nov 2026."""
    return f"{date.fromisoformat(iso):%-d %b %Y}" if iso else ""


def sum_rows(of: Content) -> list[tuple[str, int, str]]:
    """What stands between the lines and the total: (label, minor units, sum | off | vat).

    VAT is said by rate, with its base where there are several rates (Art. 226(8)).
    """
    of = complete(of)
    shown = {
        how: [each for each in of["subsidies"] if each["shown"] == how]
        for how in (Shown.DISCOUNT, Shown.THIRD_PARTY)
    }
    found = [(gettext(N_("Full price")), of["full_minor"], "sum")]
    found += [
        (
            each["label"] or gettext(N_("Co-financing by the agency (discount)")),
            -each["amount_minor"],
            "off",
        )
        for each in shown[Shown.DISCOUNT]
    ]
    found += [
        (
            gettext(
                N_("Paid by {payer}, invoice {number}")
                if each.get("to")
                else N_("Prepayment, invoice {number}"),
                number=each["number"],
                payer=each.get("to", ""),
            ),
            -each["net_minor"],
            "off",
        )
        for each in of["prepaid"]
    ]
    found.append((gettext(N_("Net amount")), of["net_minor"], "sum"))
    for each in of["taxes"]:
        label = N_("VAT {rate}") if len(of["taxes"]) == 1 else N_("VAT {rate} on {base}")
        base = format_money(each["base_minor"], of["currency"])
        found.append(
            (gettext(label, rate=percent(each["rate_bp"]), base=base), each["minor"], "vat")
        )
    if shown[Shown.THIRD_PARTY]:
        gross = of["net_minor"] + of["vat"]["minor"]
        found.append((gettext(N_("Total with VAT")), gross, "sum"))
        found += [
            (
                gettext(N_("Paid by a third party: {label}"), label=each["label"]),
                -each["amount_minor"],
                "off",
            )
            for each in shown[Shown.THIRD_PARTY]
        ]
    return found  # fmt: skip


def remarks(of: Content) -> list[str]:
    """The reason of each VAT treatment, and what is granted apart from the invoice."""
    of = complete(of)
    later = [
        gettext(
            N_("{label}: {amount} is paid out after proof, apart from this invoice."),
            label=each["label"],
            amount=format_money(each["amount_minor"], of["currency"]),
        )
        for each in of["subsidies"]
        if each["shown"] == Shown.AFTER_PROOF
    ]
    found = [*dict.fromkeys(each["reason"] for each in of["taxes"]), *later]
    if national := of.get("national"):
        found.append(
            gettext(
                N_("VAT in national currency: {amount} (1 {currency} = {rate} {national}, {on},"
                   " {source})."),
                amount=format_money(national["vat_minor"], national["currency"]),
                currency=of["currency"], rate=national["rate"], national=national["currency"],
                on=day(national["on"]), source=national["source"],
            )
        )  # fmt: skip
    return found


def printed(of: Content) -> Content:
    """The invoice or credit note as its Typst template reads it: text only."""
    of = complete(of)
    currency, buyer = of["currency"], of["buyer"]

    def money(minor: int) -> str:
        return format_money(minor, currency)

    credit = of.get("credits")
    supplied = " – ".join(filter(None, (day(of["supplied_from"]), day(of["supplied_until"]))))
    kind = gettext(TITLES[of["kind"]])
    facts = [
        [gettext(N_("Number")), of["number"]],
        [gettext(N_("Date")), day(of["issued_on"])],
        *([[gettext(N_("Date of supply")), supplied]] if supplied else []),
    ]
    if credit:
        facts += [[gettext(N_("Takes back")), f"{credit['number']}, {day(credit['issued_on'])}"],
                  [gettext(N_("Reason")), of["why"]]]  # fmt: skip
    else:
        facts += [
            [gettext(label), of[name]]
            for name, label in (
                ("order_reference", N_("Your order")),
                ("buyer_reference", N_("Your reference")),
            )
            if of.get(name)
        ]
        facts.append([gettext(N_("Pay by")), day(of["due_on"])])
        facts.append([gettext(N_("Payment reference")), spoken_reference(of["reference"])])
    return {
        "title": f"{kind} {of['number']}",
        "to": {**buyer, "country": country_name(buyer["country"])},
        "facts": facts,
        "subject": of["subject"],
        "head": [gettext(N_("Item")), gettext(N_("Quantity")), gettext(N_("Unit price")),
                 gettext(N_("Amount"))],
        "lines": [
            [line["description"], quantity(line),
             money(line["unit_minor"]), money(line["net_minor"])]
            for line in of["lines"]
        ],
        "sums": [[label, money(minor)] for label, minor, _ in sum_rows(of)],
        "total": [gettext(N_("Credited") if credit else N_("To pay")), money(of["total_minor"])],
        "remarks": remarks(of),
        "to_pay": not credit and of["total_minor"] > 0,
        "bank": [
            [gettext(N_("Account holder")), of["seller"]["legal_name"]],
            ["IBAN", _grouped(of["seller"]["iban"])],
            ["BIC", of["seller"]["bic"]],
            [gettext(N_("Reference")), spoken_reference(of["reference"])],
            [gettext(N_("Amount")), money(of["total_minor"])],
        ],
        "qr": "" if credit else epc_qr(of, of["total_minor"]),
        "qr_says": gettext(N_("Code for a bank transfer: recipient, IBAN, amount and reference")),
    }  # fmt: skip


def _grouped(iban: str) -> str:
    return " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))


@step
async def send_invoice(
    invoice_id: int, of: Content, agency: AgencyRow, company: CompanyRow
) -> None:
    """Issue the PDF of an invoice and mail it to the company."""
    document = await _issue("invoice", N_("Invoice {number}"), invoice_id, of, agency, company)
    await _write(
        f"invoice:{invoice_id}", "invoice", of, agency, company, document,
        path=f"/my/invoices/{invoice_id}", linked=invoice_id,
    )  # fmt: skip


@step
async def send_credit_note(
    note_id: int, of: Content, agency: AgencyRow, company: CompanyRow
) -> None:
    """Issue the PDF of a credit note and mail it to the company."""
    document = await _issue("credit-note", N_("Credit note {number}"), note_id, of, agency, company)
    await _write(
        f"credit:{note_id}", "credit-note", of, agency, company, document,
        path=f"/my/invoices/{note_id}",
        linked=await value("SELECT credits FROM invoice WHERE id = $1::bigint", note_id),
    )  # fmt: skip


@step
async def send_receipt(
    invoice_id: int, of: Content, agency: AgencyRow, company: CompanyRow, invoice_document: int,
    payments: list[tuple[str, date, int]],
) -> None:  # fmt: skip
    """Issue a receipt over everything paid on an invoice, and mail it with the invoice.

    `payments` are (how, day, minor units).
    """
    money = of["currency"]
    document = await documents.issue(
        kind="receipt",
        title=gettext(N_("Receipt for {number}"), number=of["number"]),
        filename=f"{of['number']}-receipt.pdf",
        template="receipt",
        content={
            "title": gettext(N_("Receipt for invoice {number}"), number=of["number"]),
            "to": {**of["buyer"], "country": country_name(of["buyer"]["country"])},
            "date": day(clock.today(agency.tz).isoformat()),
            "subject": of["subject"],
            "head": [gettext(N_("Received by")), gettext(N_("Date")), gettext(N_("Amount"))],
            "rows": [
                [how, day(on.isoformat()), format_money(minor, money)]
                for how, on, minor in payments
            ],
            "total": [gettext(N_("Paid in full")), "", format_money(of["total_minor"], money)],
            "test_payments": await accounts.in_tests(agency.id),
        },
        agency=agency.id,
        company=company.id,
        about=f"invoice:{invoice_id}",
    )
    await _write(
        f"receipt:{invoice_id}", "receipt", of, agency, company, document, invoice_document,
        path=f"/my/invoices/{invoice_id}", linked=invoice_id,
    )  # fmt: skip


@step
async def _issue(
    template: str, title: str, invoice_id: int, of: Content, agency: AgencyRow, company: CompanyRow
) -> int:
    document = await documents.issue(
        kind=template.replace("-", "_"),
        title=gettext(title, number=of["number"]),
        filename=f"{of['number']}.pdf",
        template="invoice",
        content=printed(of)
        | {"facturx": structured(of), "test_payments": await accounts.in_tests(agency.id)},
        agency=agency.id,
        company=company.id,
        about=f"invoice:{invoice_id}",
    )
    await execute("UPDATE invoice SET document = $2 WHERE id = $1::bigint", invoice_id, document)
    return int(document)


@step
async def _write(
    key: str, template: str, of: Content, agency: AgencyRow, company: CompanyRow,
    *attachments: int, path: str, linked: int,
) -> None:  # fmt: skip
    """One mail to each who reads it: a payer gets its signed address."""
    for reader in await readers(linked, of, company, path=path):
        await mail.send(
            key=f"{key}:{reader.email}"[:200],
            to_email=reader.email,
            to_name=reader.name,
            locale=reader.locale,
            template=template,
            agency=agency.id,
            company=company.id,
            person=reader.person,
            attachments=attachments,
            number=of["number"],
            subject=of["subject"],
            agency_name=agency.name,
            company_name=company.name,
            total=format_money(of["total_minor"], of["currency"], reader.locale),
            due_on=day(of["due_on"]),
            reference=spoken_reference(of["reference"]),
            iban=_grouped(of["seller"]["iban"]),
            credited=of.get("credits", {}).get("number", ""),
            why=of.get("why", ""),
            url=reader.url,
        )
