"""A case file: one programme, one company, one choice, and the quote that follows.

`compute` is what `pavilion quote CASE.json` calls; the format is described in docs/formats.md.
Amounts are written as people write them ("325" or "1,234.50"), in the currency of the list.
"""

from datetime import date
from decimal import Decimal
from typing import Any, Literal

import msgspec

from booths.fees.pricing import Choice, Fee, FeeKind, FeeUnit, Prices
from booths.fees.rules import Quote, quote
from booths.plans.rules import StandKind
from server.aid import law, rules
from server.aid.rules import Headroom, Mode, Received, SchemeTerms, Shown
from server.billing.vat import Supply, vat_decision
from server.errors import Refused
from server.money import parse_amount, to_decimal, to_minor
from server.text import N_
from server.web.formats import percent


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of a case; a name that is not known is refused."""


class FeeCase(_Part, frozen=True, kw_only=True):
    name: str
    amount: str
    kind: FeeKind = FeeKind.MANDATORY
    unit: FeeUnit = FeeUnit.PARTICIPATION
    eligible: bool = True


class ListCase(_Part, frozen=True, kw_only=True):
    full_per_m2: str
    per_m2: str | None = None
    minimum_m2: Decimal = Decimal(1)
    corner: str = "0"
    head: str = "0"
    island: str = "0"
    currency: str = "EUR"
    fees: list[FeeCase] = []


class SchemeCase(_Part, frozen=True, kw_only=True):
    legal_basis: str
    mode: Mode = Mode.RATE
    rate: Decimal | None = None
    fixed_per_m2: str | None = None
    cap: str | None = None
    budget: str | None = None
    invoice_shows: Shown = Shown.DISCOUNT
    valid_from: date = date(1958, 1, 1)
    valid_until: date | None = None
    name: str = "Scheme"


class ReceivedCase(_Part, frozen=True, kw_only=True):
    on: date
    amount: str
    legal_basis: str = "de_minimis"


class CompanyCase(_Part, frozen=True, kw_only=True):
    country: str = "DE"
    vat_id_valid: bool = True
    taxable_person: bool = True
    aid_received: list[ReceivedCase] = []


class ChoiceCase(_Part, frozen=True, kw_only=True):
    area_m2: Decimal
    stand: StandKind = StandKind.ROW
    services: dict[str, int] = {}


class Case(_Part, frozen=True, kw_only=True):
    """The whole file. `expect` holds figures that the answer must show, for trying a programme."""

    on: date
    price_list: ListCase
    choice: ChoiceCase
    scheme: SchemeCase | None = None
    company: CompanyCase = CompanyCase()
    agency_country: str = "DE"
    fair_country: str = "DE"
    supply: Literal["package", "bare_space"] = "package"
    smaller_aid: bool = False
    title: str = ""
    source: str = ""
    expect: dict[str, str] = {}


def compute(case: dict[str, Any]) -> dict[str, Any]:
    """The quote of a case as plain values: lines, sums, aid, legal basis, VAT, notes, differences.

    Raises Refused with a sentence when the file is not a case or the choice cannot be priced.
    """
    try:
        given = msgspec.convert(case, Case, strict=False)
    except msgspec.ValidationError as fault:
        raise Refused(N_("This is not a case: {fault}."), fault=str(fault)) from None
    answer = _shown(given, *_quoted(given))
    answer["differences"] = [
        f"{name}: {wanted} ≠ {answer.get(name)}"
        for name, wanted in given.expect.items()
        if str(answer.get(name)) != wanted
    ]
    return answer


def _quoted(case: Case) -> tuple[Quote, Headroom | None]:
    currency = case.price_list.currency
    terms = _terms(case.scheme, currency) if case.scheme else None
    room = _headroom(case) if terms else None
    vat = vat_decision(
        case.agency_country,
        case.company.country,
        case.company.vat_id_valid,
        case.company.taxable_person,
        Supply(case.supply),
        case.fair_country,
        case.on,
    )
    found = quote(
        _prices(case.price_list),
        _choice(case),
        terms,
        vat,
        room.left_minor if room else None,
        case.on,
        smaller_aid=case.smaller_aid,
    )
    return found, room


def _prices(case: ListCase) -> Prices:
    def minor(amount: str) -> int:
        return to_minor(parse_amount(amount), case.currency)

    return Prices(
        price_list_id=0,
        name="",
        currency=case.currency,
        per_m2_minor=minor(case.full_per_m2 if case.per_m2 is None else case.per_m2),
        full_per_m2_minor=minor(case.full_per_m2),
        minimum_m2=case.minimum_m2,
        corner_minor=minor(case.corner),
        head_minor=minor(case.head),
        island_minor=minor(case.island),
        fees=tuple(
            Fee(number, one.kind, one.name, one.unit, minor(one.amount), one.eligible)
            for number, one in enumerate(case.fees, 1)
        ),
    )


def _choice(case: Case) -> Choice:
    numbers = {one.name: number for number, one in enumerate(case.price_list.fees, 1)}
    for name in case.choice.services:
        if name not in numbers:
            raise Refused(N_("The price list has no service “{name}”."), name=name)
    services = {numbers[name]: pieces for name, pieces in case.choice.services.items()}
    return Choice(case.choice.area_m2, case.choice.stand, services)


def _terms(case: SchemeCase, currency: str) -> SchemeTerms:
    def minor(amount: str | None) -> int | None:
        return None if amount is None else to_minor(parse_amount(amount), currency)

    if case.legal_basis not in law.codes():
        raise Refused(
            N_("There is no legal basis “{code}”. Known are: {codes}."),
            code=case.legal_basis,
            codes=", ".join(law.codes()),
        )
    return SchemeTerms(
        scheme_id=0,
        name=case.name,
        legal_basis=case.legal_basis,
        mode=case.mode,
        currency=currency,
        rate_bp=None if case.rate is None else int(case.rate * 100),
        fixed_per_m2_minor=minor(case.fixed_per_m2),
        cap_minor=minor(case.cap),
        budget_minor=minor(case.budget) or 0,
        subsidy_shown=case.invoice_shows,
        valid_from=case.valid_from,
        valid_until=case.valid_until,
    )


def _headroom(case: Case) -> Headroom | None:
    assert case.scheme is not None
    basis = law.basis_on(case.scheme.legal_basis, case.on, case.scheme.valid_from)
    if basis is None:
        return None
    received = [
        Received(
            one.on, to_minor(parse_amount(one.amount), rules.CEILING_CURRENCY), one.legal_basis
        )
        for one in case.company.aid_received
    ]
    return rules.headroom(basis, received, case.on)


def _shown(case: Case, found: Quote, room: Headroom | None) -> dict[str, Any]:
    def amount(minor: int | None) -> str | None:
        return None if minor is None else str(to_decimal(minor, found.currency))

    basis = law.basis_on(
        found.legal_basis, case.on, case.scheme.valid_from if case.scheme else None
    )
    return {
        "title": case.title,
        "currency": found.currency,
        "lines": [
            {
                "label": line.label,
                "quantity": str(line.quantity),
                "unit": line.unit.value,
                "unit_price": amount(line.unit_minor),
                "amount": amount(line.amount_minor),
                "eligible": line.eligible,
                "sentence": line.sentence(found.currency),
                "note": str(line.note) if line.note else "",
            }
            for line in found.lines
        ],
        "billed_m2": str(found.billed_m2),
        "full": amount(found.full_minor),
        "eligible": amount(found.eligible_minor),
        "aid": amount(found.aid_minor),
        "intensity": percent(found.intensity_bp),
        "legal_basis": found.legal_basis,
        "citation": basis.citation if basis else "",
        "headroom_left": amount(room.left_minor) if room else None,
        "offer": amount(found.offer_minor),
        "net": amount(found.net_minor),
        "vat_rate": percent(found.vat_rate_bp),
        "vat": amount(found.vat_minor),
        "vat_reason": found.vat_reason,
        "total": amount(found.total_minor),
        "aid_paid_later": found.aid_later,
        "notes": [str(note) for note in found.notes],
    }
