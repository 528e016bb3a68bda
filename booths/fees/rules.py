"""Quotes as pure functions: full cost = aid + what remains.

Only the aid of a scheme lowers the full cost of the lines (`booths.fees.pricing`), so that no
reduction stays without a legal basis.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from booths.fees.pricing import Choice, Line, Prices, price_lines
from server.aid.law import basis_on
from server.aid.rules import NO_AID, Award, Cost, Note, SchemeTerms, Shown, award
from server.billing.vat import VatDecision
from server.errors import Refused
from server.money import of_bp
from server.text import N_


@dataclass(frozen=True, slots=True)
class Quote:
    """What a participation costs, what the aid takes off, and what remains.

    full = aid taken off + net; total = net + VAT. `aid_later` says that the aid is paid out after
    proof, so that nothing is taken off now. `offer_minor` is the largest aid that would fit where
    the headroom made it 0.
    """

    lines: tuple[Line, ...]
    full_minor: int
    eligible_minor: int
    aid_minor: int
    net_minor: int
    vat_minor: int
    total_minor: int
    intensity_bp: int
    legal_basis: str
    currency: str
    price_list_id: int
    scheme_id: int | None
    scheme_name: str
    billed_m2: Decimal
    vat_rate_bp: int
    vat_code: str
    vat_reason: str
    on: date
    offer_minor: int = 0
    aid_later: bool = False
    notes: tuple[Note, ...] = ()


def quote(
    prices: Prices,
    choice: Choice,
    terms: SchemeTerms | None,
    vat: VatDecision,
    headroom_minor: int | None,
    on: date,
    *,
    smaller_aid: bool = False,
) -> Quote:
    """The price of `choice` on `on`, with the aid of `terms` and the VAT that was decided.

    Raises Refused for an area or a service that the list does not know. Stock and deadlines of
    services are kept when they are taken, not here: a kept choice must stay computable.
    """
    lines = price_lines(prices, choice)
    full = sum(line.amount_minor for line in lines)
    eligible = sum(line.amount_minor for line in lines if line.eligible)
    billed = lines[0].quantity
    shown = terms.subsidy_shown if terms else Shown.DISCOUNT
    given = Award(0, 0, 0)
    if terms is not None:
        if terms.currency != prices.currency:
            raise Refused(
                N_(
                    "The scheme pays in {scheme}, the price list counts in {list}: they must agree."
                ),
                scheme=terms.currency,
                list=prices.currency,
            )
        cost = Cost(eligible, lines[0].amount_minor, billed, prices.per_m2_minor)
        given = award(
            terms,
            basis_on(terms.legal_basis, on, terms.valid_from),
            cost,
            headroom_minor=headroom_minor,
            on=on,
            smaller=smaller_aid,
        )
    later = shown is Shown.AFTER_PROOF
    net = full if later else full - given.aid_minor
    base = full if shown is Shown.THIRD_PARTY else net
    vat_minor = of_bp(base, vat.rate_bp)
    return Quote(
        lines=lines,
        full_minor=full,
        eligible_minor=eligible,
        aid_minor=given.aid_minor,
        net_minor=net,
        vat_minor=vat_minor,
        total_minor=net + vat_minor,
        intensity_bp=given.intensity_bp,
        legal_basis=terms.legal_basis if terms and given.aid_minor else NO_AID,
        currency=prices.currency,
        price_list_id=prices.price_list_id,
        scheme_id=terms.scheme_id if terms else None,
        scheme_name=terms.name if terms else "",
        billed_m2=billed,
        vat_rate_bp=vat.rate_bp,
        vat_code=vat.code,
        vat_reason=vat.reason,
        on=on,
        offer_minor=given.offer_minor,
        aid_later=later and given.aid_minor > 0,
        notes=given.notes,
    )
