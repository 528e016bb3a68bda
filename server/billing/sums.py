"""What an invoice adds up to: its lines, the subsidies it shows, VAT by rate. Pure.

A subsidy is shown in one of three ways, which decides the base of the VAT. An agency's discount is
not in the taxable amount (Directive 2006/112/EC, Art. 79(b)); what a third party pays in direct
link with the price is (Art. 73), so that it only lowers what is left to pay; a grant that is paid
out after proof leaves the invoice as it is. Amounts are integer minor units.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from server import money
from server.aid.rules import Shown
from server.billing.vat import Supply, VatDecision
from server.errors import Refused
from server.text import N_


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line at its full price, before aid and VAT; `net_minor` is quantity times unit price.

    `supply` is what VAT law sees in it: lines of one invoice may be taxed in different ways.
    """

    description: str
    quantity: Decimal
    unit: str
    unit_minor: int
    net_minor: int
    supply: Supply = Supply.PACKAGE


@dataclass(frozen=True, slots=True)
class Subsidy:
    """Aid as an invoice shows it. `source` is the scheme it comes from."""

    shown: Shown
    label: str
    amount_minor: int
    source: int | None = None


@dataclass(frozen=True, slots=True)
class Prepaid:
    """An invoice that this one takes off again, with the VAT it carried: a prepayment, or the part
    that the payer `to` was invoiced. `code` names the treatment it comes off; the first if "".
    """

    number: str
    issued_on: str
    net_minor: int
    vat_minor: int
    total_minor: int
    to: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Tax:
    """The lines that are taxed in one way: their full price, discount, base and VAT.

    base = full - discount - what was prepaid.
    """

    vat: VatDecision
    full_minor: int
    discount_minor: int
    base_minor: int
    vat_minor: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums in minor units.

    net = full - aid - prepaid net: the taxable amount. total = net + VAT - third party: what the
    company owes. `aid_minor` is the discount, `third_party_minor` what third parties owe.
    """

    full_minor: int
    aid_minor: int
    net_minor: int
    vat_minor: int
    total_minor: int
    third_party_minor: int = 0
    taxes: tuple[Tax, ...] = ()
    subsidies: tuple[Subsidy, ...] = ()
    prepaid: tuple[Prepaid, ...] = ()

    @property
    def prepaid_net_minor(self) -> int:
        """The net of the prepayments that were taken off."""
        return sum(each.net_minor for each in self.prepaid if not each.to)

    @property
    def parted_net_minor(self) -> int:
        """The net of the parts that others were invoiced."""
        return sum(each.net_minor for each in self.prepaid if each.to)


def totals(
    lines: Sequence[InvoiceLine],
    vats: Mapping[Supply, VatDecision],
    subsidies: Sequence[Subsidy] = (),
    prepaid: Sequence[Prepaid] = (),
) -> Totals:
    """The sums of an invoice whose lines are taxed as `vats` says for their supply.

    A discount lowers each rate's base by its part of the full price. A prepayment comes off the
    base it was taxed with, with exactly the VAT that it carried. Refused when nothing would be
    left to take the aid from.
    """
    if not lines:
        raise Refused(N_("An invoice needs at least one line."))
    full = sum(line.net_minor for line in lines)
    discount = _sum_of(subsidies, Shown.DISCOUNT)
    third = _sum_of(subsidies, Shown.THIRD_PARTY)
    if any(each.amount_minor < 0 for each in subsidies) or discount + third > full:
        raise Refused(N_("The aid cannot be more than the full price."))
    groups: dict[VatDecision, int] = {}
    for line in lines:
        vat = vats[line.supply]
        groups[vat] = groups.get(vat, 0) + line.net_minor
    taxes = taxed(groups, discount)
    for each in prepaid:
        at = place_of(each.code, [tax.vat.code for tax in taxes])
        taxes[at] = replace(
            taxes[at],
            base_minor=taxes[at].base_minor - each.net_minor,
            vat_minor=taxes[at].vat_minor - each.vat_minor,
        )
    net = sum(each.base_minor for each in taxes)
    vat_minor = sum(each.vat_minor for each in taxes)
    return Totals(
        full, discount, net, vat_minor, net + vat_minor - third, third, tuple(taxes),
        tuple(each for each in subsidies if each.amount_minor), tuple(prepaid),
    )  # fmt: skip


def taxed(groups: Mapping[VatDecision, int], discount_minor: int) -> list[Tax]:
    """Full prices by their treatment, after a discount: each treatment's base and VAT."""
    weights = [max(0, each) for each in groups.values()]
    none = (discount_minor,) + (0,) * (len(groups) - 1)
    shares = money.split(discount_minor, weights) if any(weights) else none
    return [
        Tax(vat, full, off, full - off, money.of_bp(full - off, vat.rate_bp))
        for (vat, full), off in zip(groups.items(), shares, strict=True)
    ]


def place_of(code: str, codes: Sequence[str]) -> int:
    """Where a treatment stands among those of an invoice; the first place where it does not."""
    return codes.index(code) if code in codes else 0


def _sum_of(subsidies: Sequence[Subsidy], shown: Shown) -> int:
    return sum(each.amount_minor for each in subsidies if each.shown is shown)
