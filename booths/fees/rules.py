"""Quotes as pure functions: full cost = aid + what remains.

Only the aid of a scheme lowers the full cost of the lines (`booths.fees.pricing`), so that no
reduction stays without a legal basis.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from booths.fees.lines import Line, priced
from booths.fees.pricing import Choice, FeeUnit, Prices, cost_kinds
from server.aid.law import basis_on
from server.aid.rules import (
    NO_AID,
    Award,
    Cost,
    CostKind,
    Note,
    Shown,
    Source,
    intensity,
    stack,
)
from server.billing.sums import taxed
from server.billing.vat import VatDecision
from server.errors import Refused
from server.money import of_bp
from server.text import N_

ONE = Decimal(1)


class Taxed(msgspec.Struct, frozen=True):
    """The lines of a quote that are taxed in one way. `supplies`: see `Line.supply`."""

    supplies: tuple[str, ...]
    vat: VatDecision
    base_minor: int
    vat_minor: int


class Part(msgspec.Struct, frozen=True):
    """What one payer pays of a quote, with its own VAT. total = net + VAT."""

    payer: str
    net_minor: int
    vat_minor: int
    total_minor: int
    vat_rate_bp: int
    vat_reason: str


class Quote(msgspec.Struct, frozen=True):
    """What a participation costs, what the aid takes off, and what remains.

    `awards` are the sources of aid in their order, `aid_minor` their sum. What is paid out after
    proof (`later_minor`) takes nothing off now: full = `now_minor` + net; total = net + VAT.
    `aid_later` says that all aid is such. `offer_minor` is the largest aid that would fit where
    the headroom made it 0. `taxes` are the treatments where there are several: the stand's first,
    which `vat_rate_bp`, `vat_code` and `vat_reason` name. `parts` are the payers', where another
    than the company pays a part: the company's is the last, and `taxes` are of its part.
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
    awards: tuple[Award, ...] = ()
    cost_minor: int = 0
    taxes: tuple[Taxed, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def given(self) -> tuple[Award, ...]:
        """The sources that give something."""
        return tuple(one for one in self.awards if one.aid_minor)

    @property
    def later_minor(self) -> int:
        """Aid that is paid out after proof."""
        return sum(one.aid_minor for one in self.awards if one.shown is Shown.AFTER_PROOF)

    @property
    def now_minor(self) -> int:
        """Aid that lowers what is owed on the invoice."""
        return self.aid_minor - self.later_minor


def quote(
    prices: Prices,
    choice: Choice,
    sources: Sequence[Source],
    vat: VatDecision,
    on: date,
    *,
    smaller_aid: bool = False,
    others: Mapping[str, VatDecision] | None = None,
) -> Quote:
    """The price of `choice` on `on`, with the aid of `sources` in order and the VAT decided.

    `others` is the VAT of supplies that are no part of the stand, as `Fee.supply` names them.

    Raises Refused for an area or a service that the list does not know. Stock and deadlines of
    services are kept when they are taken, not here: a kept choice must stay computable.
    """
    cost_of = priced(prices, choice, on)
    lines, eligible, billed = cost_of.lines, cost_of.eligible_minor, cost_of.billed_m2
    full = cost_of.full_minor
    awards: tuple[Award, ...] = ()
    if sources:
        for source in sources:
            _same_currency(source.terms.currency, prices.currency)
        cost = Cost(
            eligible,
            cost_of.space_minor,
            billed,
            prices.per_m2_minor,
            _by_kind(prices, lines) if any(one.terms.bounds.kinds for one in sources) else {},
            vat.rate_bp,
            cost_of.waived_minor,
        )
        bases = [
            (one, basis_on(one.terms.legal_basis, on, one.terms.valid_from)) for one in sources
        ]
        awards = stack(bases, cost, on, smaller=smaller_aid)
        charges = tuple(_charges(awards))
        full += sum([line.amount_minor for line in charges])
        lines += charges
    aid = later = paid_by_third = 0
    for one in awards:
        aid += one.aid_minor
        if one.shown is Shown.AFTER_PROOF:
            later += one.aid_minor
        elif one.shown is Shown.THIRD_PARTY:
            paid_by_third += one.aid_minor
    net = full - (aid - later)
    taxes: tuple[Taxed, ...] = ()
    if others:
        taxes = _taxed(lines, vat, others, aid - later - paid_by_third)
    if len(taxes) > 1:
        vat_minor = sum([each.vat_minor for each in taxes])
    else:
        taxes, vat_minor = (), of_bp(net + paid_by_third, vat.rate_bp)
    giving = next((one for one in awards if one.aid_minor), None)
    return Quote(
        lines=lines,
        full_minor=full,
        eligible_minor=eligible,
        aid_minor=aid,
        net_minor=net,
        vat_minor=vat_minor,
        total_minor=net + vat_minor,
        intensity_bp=intensity(aid, eligible),
        legal_basis=giving.legal_basis if giving else NO_AID,
        currency=prices.currency,
        price_list_id=prices.price_list_id,
        scheme_id=sources[0].terms.scheme_id if sources else None,
        scheme_name=" + ".join(dict.fromkeys(one.scheme_name for one in awards)),
        billed_m2=billed,
        vat_rate_bp=vat.rate_bp,
        vat_code=vat.code,
        vat_reason=vat.reason,
        on=on,
        offer_minor=sum([one.offer_minor for one in awards]),
        aid_later=0 < aid == later,
        notes=tuple([note for one in awards for note in one.notes]),
        awards=awards,
        cost_minor=max(full, cost_of.cost_minor),
        taxes=taxes,
    )


def _taxed(
    lines: Iterable[Line], vat: VatDecision, others: Mapping[str, VatDecision], discount: int
) -> tuple[Taxed, ...]:
    """The sums by treatment, as the invoice will have them."""
    groups: dict[VatDecision, int] = {}
    supplies: dict[VatDecision, list[str]] = {}
    for line in lines:
        of = others.get(line.supply, vat)
        groups[of] = groups.get(of, 0) + line.amount_minor
        if line.supply not in supplies.setdefault(of, []):
            supplies[of].append(line.supply)
    return tuple(
        Taxed(tuple(supplies[each.vat]), each.vat, each.base_minor, each.vat_minor)
        for each in taxed(groups, discount)
    )


def first_base(of: Quote) -> int:
    """What the stand's own VAT is on: the most that a payer's part can be of."""
    third = sum(one.aid_minor for one in of.awards if one.shown is Shown.THIRD_PARTY)
    return of.taxes[0].base_minor if of.taxes else of.net_minor + third


def parted(of: Quote, payer: str, part_minor: int, vat: VatDecision) -> Quote:
    """The quote where `payer` pays `part_minor` before VAT, taxed as `vat` says for it.

    The company's own VAT is that of the whole less what the part would have carried, as its
    invoice takes the part off.
    """
    tax = of_bp(part_minor, vat.rate_bp)
    own = of.vat_minor - of_bp(part_minor, of.vat_rate_bp)
    rest = of.net_minor - part_minor
    first = [
        msgspec.structs.replace(
            each,
            base_minor=each.base_minor - part_minor,
            vat_minor=each.vat_minor - of_bp(part_minor, of.vat_rate_bp),
        )
        for each in of.taxes[:1]
    ]
    return msgspec.structs.replace(
        of,
        vat_minor=own + tax,
        total_minor=of.net_minor + own + tax,
        taxes=(*first, *of.taxes[1:]),
        parts=(
            Part(payer, part_minor, tax, part_minor + tax, vat.rate_bp, vat.reason),
            Part("", rest, own, rest + own, of.vat_rate_bp, of.vat_reason),
        ),
    )


def _same_currency(scheme: str, listed: str) -> None:
    if scheme != listed:
        raise Refused(
            N_("The scheme pays in {scheme}, the price list counts in {list}: they must agree."),
            scheme=scheme,
            list=listed,
        )


def _by_kind(prices: Prices, lines: Iterable[Line]) -> dict[CostKind, int]:
    """The eligible cost by kind."""
    kinds = cost_kinds(prices)
    found: dict[CostKind, int] = {}
    for line in lines:
        if line.eligible:
            kind = kinds.get(line.key) or kinds.get(line.key.partition(":")[0], CostKind.OTHER)
            found[kind] = found.get(kind, 0) + line.amount_minor
    return found


def _charges(awards: Iterable[Award]) -> Iterable[Line]:
    """What an association charges on aid that lowers the invoice, as lines of their own.

    On aid that is paid out later the charge is kept back from the payment.
    """
    for one in awards:
        if one.charge_minor and one.shown is not Shown.AFTER_PROOF:
            yield Line(
                f"charge:{one.scheme_id}",
                N_("Charge of the association on the aid"),
                ONE,
                FeeUnit.PARTICIPATION,
                one.charge_minor,
                one.charge_minor,
                False,
            )
