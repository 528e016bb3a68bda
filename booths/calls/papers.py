"""What the printed papers of an application show: its receipt, and the letter of its admission."""

from datetime import datetime, timedelta
from decimal import Decimal

from booths.calls import written
from booths.calls.rows import Dossier
from booths.fees.rules import Quote
from booths.plans.queries import StandRow
from server.money import format_money
from server.organisations import queries as organisations
from server.organisations.queries import CompanyRow
from server.text import N_, gettext
from server.web.formats import country, days, m2, moment, percent


def receipt(
    found: Dossier,
    company: CompanyRow,
    words: list[written.Group],
    price: Quote,
    reference: str,
    now: datetime,
    arrived: datetime,
    number: int,
) -> dict[str, object]:
    """What the receipt's PDF shows."""
    call = found.call
    return {
        "to": {
            "name": company.legal_name,
            "street": company.street,
            "postcode": company.postcode,
            "city": company.city,
            "country": country(company.country),
        },
        "reference": reference,
        "number": number,
        "at": moment(now, call.tz, seconds=True),
        "call": call.title,
        "fair": f"{call.fair_name}, {call.city}",
        "answers": [[gettext(N_("Its place counts from")), moment(arrived, call.tz, seconds=True)]],
        "sections": [
            [
                group.title,
                [[line.label, line.said or gettext(N_("Not given"))] for line in group.lines],
            ]
            for group in words
        ],
        "price": price_rows(price),
    }


def price_rows(price: Quote) -> list[list[str]]:
    """A quote as label and amount, line by line."""

    def amount(minor: int) -> str:
        return format_money(minor, price.currency)

    found = [[gettext(line.label), amount(line.amount_minor)] for line in price.lines]
    found.append([gettext(N_("Full cost")), amount(price.full_minor)])
    if price.aid_minor:
        found.append(
            [gettext(N_("Aid: {scheme}"), scheme=price.scheme_name), amount(-price.aid_minor)]
        )
    for tax in price.taxes:
        words = gettext(
            N_("VAT {rate} on {base}. {reason}"), rate=percent(tax.vat.rate_bp),
            base=amount(tax.base_minor), reason=tax.vat.reason,
        )  # fmt: skip
        found.append([words, amount(tax.vat_minor)])
    for part in price.parts:
        words = gettext(
            N_("{payer} pays, with VAT {rate}. {reason}") if part.payer else N_("You pay with VAT"),
            payer=part.payer, rate=percent(part.vat_rate_bp), reason=part.vat_reason,
        )  # fmt: skip
        found.append([words, amount(part.total_minor)])
    if not (price.taxes or price.parts):
        found.append([gettext(N_("VAT")), amount(price.vat_minor)])
    found.append([gettext(N_("To pay")), amount(price.total_minor)])
    found += [[str(note), ""] for note in price.notes]
    return found


async def admission(
    found: Dossier,
    stand: StandRow,
    area_m2: Decimal,
    price: Quote,
    pay_until: datetime,
    now: datetime,
) -> dict[str, object]:
    """What the letter of an admission shows."""
    company = await organisations.company(found.row.company)
    call = found.call
    return {
        "to": {
            "name": company.legal_name,
            "street": company.street,
            "postcode": company.postcode,
            "city": company.city,
            "country": country(company.country),
        },
        "reference": found.row.reference,
        "date": moment(now, call.tz),
        "call": call.title,
        "fair": f"{call.fair_name}, {call.venue}, {call.city}",
        "period": days(call.starts_on, call.ends_on),
        "stand": [
            [gettext(N_("Stand")), stand.label],
            [gettext(N_("Area")), m2(area_m2)],
            [gettext(N_("Joint booth")), call.booth_name],
            [gettext(N_("Pay by")), moment(pay_until - timedelta(seconds=1), call.tz)],
        ],
        "price": price_rows(price),
    }
