"""A case file: one programme, one company, one choice, and the quote that follows.

`compute` is what `pavilion quote CASE.json` calls; the format is described in docs/formats.md.
Amounts are written as people write them ("325" or "1,234.50"), in the currency of the list.
"""

from datetime import date
from typing import Any, Literal

import msgspec

from booths.fees.case_values import Amount, Country, Name, Nth, Percent, read_value
from booths.fees.list_cases import ChoiceCase, ListCase, choice_in, list_for, prices_of
from booths.fees.rules import Quote, quote
from server.aid import law, rules
from server.aid.rules import (
    Bounds,
    CostKind,
    Headroom,
    Mode,
    Past,
    Received,
    SchemeTerms,
    Shown,
    Source,
    Tier,
    TierBy,
)
from server.billing.vat import Supply, VatDecision, vat_decision
from server.errors import Refused
from server.money import parse_amount, to_decimal, to_minor
from server.text import N_
from server.web.formats import percent


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of a case; a name that is not known is refused."""


class TierCase(_Part, frozen=True, kw_only=True):
    nth: Nth
    rate: Percent


class PastCase(_Part, frozen=True, kw_only=True):
    """An earlier participation with aid of the scheme of that name (of the first, if empty)."""

    on: date
    aid: Amount = Amount("0")
    same_fair: bool = False
    same_edition: bool = False
    scheme: str = ""


class SchemeCase(_Part, frozen=True, kw_only=True):
    legal_basis: str
    mode: Mode = Mode.RATE
    rate: Percent | None = None
    fixed_per_m2: Amount | None = None
    cap: Amount | None = None
    budget: Amount | None = None
    invoice_shows: Shown = Shown.DISCOUNT
    valid_from: date = date(1958, 1, 1)
    valid_until: date | None = None
    name: Name = Name("Scheme")
    amount: Amount | None = None
    tiers: list[TierCase] = []
    tier_by: TierBy = TierBy.PARTICIPATION
    cap_fair: Amount | None = None
    cap_year: Amount | None = None
    cap_lifetime: Amount | None = None
    most_fair: Nth | None = None
    most_year: Nth | None = None
    most_lifetime: Nth | None = None
    minimum_cost: Amount = Amount("0")
    kinds: list[CostKind] = []
    charge: Percent = Percent(0)
    vat_eligible: bool = False
    claims: list[Amount] = []


class ReceivedCase(_Part, frozen=True, kw_only=True):
    on: date
    amount: Amount
    legal_basis: str = "de_minimis"


class CompanyCase(_Part, frozen=True, kw_only=True):
    country: Country = Country("DE")
    vat_id_valid: bool = True
    taxable_person: bool = True
    aid_received: list[ReceivedCase] = []
    participations: list[PastCase] = []
    missing: list[str] = []
    failed: list[str] = []
    vat_recoverable: bool = True


class Case(_Part, frozen=True, kw_only=True):
    """The whole file: `price_list`, or `price_lists` of which the first is the usual one.

    `expect` holds figures that the answer must show, for trying a programme.
    """

    on: date
    price_list: ListCase | None = None
    price_lists: list[ListCase] = []
    choice: ChoiceCase
    scheme: SchemeCase | None = None
    schemes: list[SchemeCase] = []
    company: CompanyCase = CompanyCase()
    agency_country: Country = Country("DE")
    fair_country: Country = Country("DE")
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
        given = msgspec.convert(case, Case, strict=False, dec_hook=read_value)
    except msgspec.ValidationError as fault:
        said, _, where = str(fault).partition(" - at `$.")
        field = f"{where.rstrip('`')}: " if where else ""
        raise Refused(N_("This is not a case: {fault}."), fault=field + said) from None
    answer = _shown(given, *_quoted(given))
    answer["differences"] = [
        f"{name}: {wanted} ≠ {answer.get(name)}"
        for name, wanted in given.expect.items()
        if str(answer.get(name)) != wanted
    ]
    return answer


def _quoted(case: Case) -> tuple[Quote, Headroom | None]:
    used = _used(case)
    sources = _sources(case, used.case.currency) if used.aided else []
    prices = prices_of(used.case)
    vats: dict[str, VatDecision] = {
        supply: vat_decision(
            case.agency_country,
            case.company.country,
            case.company.vat_id_valid,
            case.company.taxable_person,
            supply,
            case.fair_country,
            case.on,
        )
        for supply in (Supply(case.supply), *prices.supplies)
    }
    found = quote(
        prices,
        choice_in(case.choice, used.case),
        sources,
        vats[case.supply],
        case.on,
        smaller_aid=case.smaller_aid,
        others=vats,
    )
    given = _schemes(case) if used.aided else []
    return found, _headroom(case, given[0]) if given else None


def _schemes(case: Case) -> list[SchemeCase]:
    """The sources in order: `scheme` first, then `schemes`."""
    return ([case.scheme] if case.scheme else []) + case.schemes


def _sources(case: Case, currency: str) -> list[Source]:
    found = []
    for number, one in enumerate(_schemes(case)):
        terms = _terms(one, currency, number)
        room = _headroom(case, one)
        past = tuple(
            Past(each.on, to_minor(parse_amount(each.aid), currency), each.same_fair,
                 each.same_edition)
            for each in case.company.participations
            if each.scheme == one.name or (not each.scheme and number == 0)
        )  # fmt: skip
        share = None
        if one.claims:
            claims = [to_minor(parse_amount(claim), currency) for claim in one.claims]
            share = rules.split_pot(terms.budget_minor, claims)[0]
        lost = not case.company.vat_recoverable
        found.append(Source(terms, room.left_minor if room else None, past, share, lost))
    return found


class _Used(msgspec.Struct, frozen=True):
    """The list of a case that prices its company, with or without aid, and why."""

    case: ListCase
    aided: bool
    why: list[str]


def _used(case: Case) -> _Used:
    lists = ([case.price_list] if case.price_list else []) + case.price_lists
    if not lists:
        raise Refused(N_("This is not a case: {fault}."), fault="price_list")
    found, used = list_for(lists, case.company.missing, case.company.failed)
    return _Used(found, used.aided, [str(one) for one in used.why])


def _terms(case: SchemeCase, currency: str, number: int = 0) -> SchemeTerms:
    def minor(amount: str | None) -> int | None:
        return None if amount is None else to_minor(parse_amount(amount), currency)

    if case.legal_basis not in law.codes():
        raise Refused(
            N_("There is no legal basis “{code}”. Known are: {codes}."),
            code=case.legal_basis,
            codes=", ".join(law.codes()),
        )
    return SchemeTerms(
        scheme_id=number,
        name=case.name,
        legal_basis=case.legal_basis,
        mode=case.mode,
        currency=currency,
        rate_bp=None if case.rate is None else case.rate.bp,
        fixed_per_m2_minor=minor(case.fixed_per_m2),
        cap_minor=minor(case.cap),
        budget_minor=minor(case.budget) or 0,
        subsidy_shown=case.invoice_shows,
        valid_from=case.valid_from,
        valid_until=case.valid_until,
        amount_minor=minor(case.amount),
        tiers=tuple(Tier(one.nth, one.rate.bp) for one in case.tiers),
        tier_by=case.tier_by,
        bounds=Bounds(
            cap_fair_minor=minor(case.cap_fair),
            cap_year_minor=minor(case.cap_year),
            cap_lifetime_minor=minor(case.cap_lifetime),
            most_fair=case.most_fair,
            most_year=case.most_year,
            most_lifetime=case.most_lifetime,
            minimum_cost_minor=minor(case.minimum_cost) or 0,
            kinds=tuple(case.kinds),
            charge_bp=case.charge.bp,
            vat_eligible=case.vat_eligible,
        ),
    )


def _headroom(case: Case, scheme: SchemeCase) -> Headroom | None:
    basis = law.basis_on(scheme.legal_basis, case.on, scheme.valid_from)
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

    first = next(iter(_schemes(case)), None)
    basis = law.basis_on(found.legal_basis, case.on, first.valid_from if first else None)
    return {
        "title": case.title,
        "currency": found.currency,
        "lines": [
            {
                "label": line.label,
                "quantity": f"{line.quantity.normalize():f}",
                "unit": line.unit.value,
                "unit_price": amount(line.unit_minor),
                "amount": amount(line.amount_minor),
                "eligible": line.eligible,
                "sentence": line.sentence(found.currency),
                "note": str(line.note) if line.note else "",
            }
            for line in found.lines
        ],
        "price_list": _used(case).case.name,
        "why_this_list": _used(case).why,
        "billed_m2": f"{found.billed_m2.normalize():f}",
        "cost": amount(found.cost_minor),
        "full": amount(found.full_minor),
        "eligible": amount(found.eligible_minor),
        "aid": amount(found.aid_minor),
        "intensity": percent(found.intensity_bp),
        "awards": [
            {
                "scheme": one.scheme_name,
                "legal_basis": one.legal_basis,
                "aid": amount(one.aid_minor),
                "intensity": percent(one.intensity_bp),
                "eligible": amount(one.eligible_minor),
                "offer": amount(one.offer_minor),
                "charge": amount(one.charge_minor),
                "shown": one.shown.value,
                "notes": [str(note) for note in one.notes],
            }
            for one in found.awards
        ],
        "charge": amount(sum(one.charge_minor for one in found.awards)),
        "paid_later": amount(found.later_minor),
        "legal_basis": found.legal_basis,
        "citation": basis.citation if basis else "",
        "headroom_left": amount(room.left_minor) if room else None,
        "offer": amount(found.offer_minor),
        "net": amount(found.net_minor),
        "vat_rate": percent(found.vat_rate_bp),
        "vat": amount(found.vat_minor),
        "vat_reason": found.vat_reason,
        "vats": [
            {
                "rate": percent(each.vat.rate_bp),
                "base": amount(each.base_minor),
                "vat": amount(each.vat_minor),
                "reason": each.vat.reason,
            }
            for each in found.taxes
        ],
        "total": amount(found.total_minor),
        "aid_paid_later": found.aid_later,
        "notes": [str(note) for note in found.notes],
    }
