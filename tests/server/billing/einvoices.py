"""Invoices across all VAT cases, ways to show a subsidy and kinds, as frozen contents."""

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from server.aid.rules import Shown
from server.billing import rules
from server.billing.content import Content, credited, written
from server.billing.sums import InvoiceLine, Prepaid, Subsidy, totals
from server.billing.vat import Supply, VatDecision, vat_decision
from server.money import of_bp
from server.organisations.queries import AgencyRow

ON = date(2026, 11, 23)
NORDHAFEN = AgencyRow(
    id=1, slug="nordhafen", name="Nordhafen Trade", legal_name="Nordhafen Trade GmbH",
    country="DE", street="Kai 1", postcode="20457", city="Hamburg", email="fairs@nordhafen.example",
    phone="+49 40 123456", website="https://nordhafen.example", vat_id="DE136695976",
    register_no="HRB 12345", iban="DE89370400440532013000", bic="COBADEFFXXX",
    brand_colour="#123a5e", currency="EUR", member_state="DE", tz="Europe/Berlin",
    invoice_prefix="NH", created_at=datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip
BUYERS = {
    "DE": "DE811569869", "PT": "PT501964843", "FR": "FR40303265045", "CH": "CHE107787577IVA",
    "GR": "EL094259216", "JP": "", "IT": "IT00743110157",
}  # fmt: skip
EXEMPT = VatDecision(
    0, "exempt", "Exempt: Directive 2006/112/EC, Art. 132(1)(l)", "E", "Art. 132", country="DE"
)
ZERO = VatDecision(0, "zero", "Zero rate.", "Z", "Art. 110", country="DE")
KINDS = ("invoice", "prepayment", "final", "credit_note")


def cases(count: int, seed: int = 7) -> Iterator[tuple[str, Content]]:
    """`count` invoices, each with a name that says what it is; the same for the same seed."""
    dice = random.Random(seed)
    decisions = list(_decisions())
    for n in range(count):
        country, vats = decisions[n % len(decisions)]
        kind = KINDS[n // len(decisions) % len(KINDS)]
        modes = (n + n // len(decisions)) % 5
        name = f"{n}: {'+'.join(sorted({v.code for v in vats.values()}))} {country} {kind} {modes}"
        yield name, _content(dice, n, country, vats, kind, modes)


def _decisions() -> Iterator[tuple[str, Mapping[Supply, VatDecision]]]:
    """All rows of the table of treatments, exemption and zero rate, and two treatments at once."""
    for country, valid, taxable, supply, fair in (
        ("DE", True, True, Supply.PACKAGE, "JP"),
        ("PT", True, True, Supply.PACKAGE, "FR"),
        ("CH", False, True, Supply.PACKAGE, "DE"),
        ("FR", False, False, Supply.PACKAGE, "IT"),
        ("FR", False, False, Supply.PACKAGE, "JP"),
        ("GR", True, True, Supply.BARE_SPACE, "NL"),
        ("IT", True, True, Supply.ADMISSION, "ES"),
        ("JP", False, True, Supply.PACKAGE, "PT"),
    ):
        yield country, {supply: vat_decision("DE", country, valid, taxable, supply, fair, ON)}
    yield "DE", {Supply.PACKAGE: EXEMPT}
    yield "DE", {Supply.PACKAGE: ZERO}
    for country, fair in (("PT", "FR"), ("CH", "DE"), ("DE", "DE")):
        yield (
            country,
            {
                supply: vat_decision("DE", country, country != "CH", True, supply, fair, ON)
                for supply in (Supply.PACKAGE, Supply.ADMISSION)
            },
        )


def _content(
    dice: random.Random, n: int, country: str, vats: Mapping[Supply, VatDecision], kind: str,
    modes: int,
) -> Content:  # fmt: skip
    lines = []
    for place in range(dice.randint(1, 4)):
        supply = list(vats)[place % len(vats)]
        quantity = Decimal(dice.choice(("1", "9.5", "12", "20.25")))
        unit = dice.choice((33_333, 90_700, 1, 12_345))
        lines.append(
            InvoiceLine(
                dice.choice(("Stand space", "Catering & <coffee>", "Électricité 3 kW")), quantity,
                "m2" if quantity > 1 else "piece", unit, int(quantity * unit), supply,
            )
        )  # fmt: skip
    full = sum(line.net_minor for line in lines)
    part = full * dice.randint(1, 50) // 100
    subsidies = {
        0: [],
        1: [Subsidy(Shown.DISCOUNT, "Aid: Export 2026", part, 1)],
        2: [Subsidy(Shown.THIRD_PARTY, "Regional fund", part, 2)],
        3: [Subsidy(Shown.AFTER_PROOF, "Federal fund", part, 3)],
        4: [
            Subsidy(Shown.DISCOUNT, "Aid: Export 2026", part, 1),
            Subsidy(Shown.THIRD_PARTY, "Regional fund", part // 2, 2),
        ],
    }[modes]
    prepaid = []
    if kind == "final" and not any(each.shown is Shown.THIRD_PARTY for each in subsidies):
        first = vats[lines[0].supply]
        before = totals(lines, vats, subsidies).taxes[0].base_minor * 3 // 10
        tax = of_bp(before, first.rate_bp)
        prepaid = [Prepaid("NH-2026-00001", "2026-10-01", before, tax, before + tax)]
    total = totals(lines, vats, subsidies, prepaid)
    more: dict[str, Any] = {}
    if n % 3 == 0:
        more = {"order_reference": f"PO-{n}", "buyer_reference": "04011000-12345-34"}
    if n % 4 == 0 and total.vat_minor:
        more["national"] = {
            "currency": "CZK", "rate": "24.215", "on": "2026-11-20", "source": "ECB",
            "vat_minor": total.vat_minor * 24,
        }  # fmt: skip
    buyer = {
        "name": "Quinta do Vale", "legal_name": "Quinta do Vale, Lda.", "street": "Rua 1",
        "postcode": "4000-001", "city": "Porto", "country": country,
        "vat_id": BUYERS[country], "register_no": "",
    }  # fmt: skip
    content = written(
        kind=rules.InvoiceKind.INVOICE, agency=replace_vat(NORDHAFEN, n), buyer=buyer, lines=lines,
        vats=vats, total=total, number=f"NH-2026-{n:05d}",
        reference=rules.reference(1, rules.InvoiceKind.INVOICE, 2026, n + 1), issued_on=ON,
        due_on=date(2026, 12, 23), currency="EUR", subject="Stand A1, Foodex",
        supplied_from=date(2027, 3, 1) if n % 2 else None,
        supplied_until=date(2027, 3, 4) if n % 2 else None, more=more,
    )  # fmt: skip
    if kind == "prepayment":
        return content | {"kind": "prepayment"}
    if kind == "credit_note":
        return credited(content, f"NH-2026-C{n:05d}", content["reference"], ON, "Withdrawn")
    return content


def replace_vat(agency: AgencyRow, n: int) -> AgencyRow:
    """The agency, now and then without a bank account's BIC or a phone."""
    from msgspec.structs import replace as replaced

    return replaced(
        agency, bic="" if n % 5 == 0 else agency.bic, phone="" if n % 7 == 0 else "1234"
    )
