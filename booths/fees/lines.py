"""The lines of a participation at full cost, from a price list and a choice, as pure functions."""

from datetime import date
from decimal import Decimal

import msgspec

from booths.fees.pricing import (
    NOT_LISTED,
    SURCHARGES,
    Choice,
    Early,
    Extra,
    Fee,
    FeeKind,
    FeeUnit,
    Late,
    Prices,
    Share,
)
from booths.fees.space import Piece, Space, SpaceBy, hundredths, pieces
from booths.plans.rules import StandKind
from server.aid.rules import Note
from server.errors import Refused
from server.money import Amount, format_money, of_bp
from server.text import N_, gettext

ONE = Decimal(1)
SPACE_UNITS = {
    SpaceBy.M2: FeeUnit.M2,
    SpaceBy.MODULE: FeeUnit.MODULE,
    SpaceBy.PACKAGE: FeeUnit.PARTICIPATION,
    SpaceBy.STAND: FeeUnit.PARTICIPATION,
}


class Line(msgspec.Struct, frozen=True):
    """One line of a quote, before aid and VAT. `key`: space, stand, fee:<id> or an extra's.

    `waived_minor` is what the list itself takes off where the company is supported. `supply` is
    what VAT law sees in it; "": a part of the stand.
    """

    key: str
    label: str
    quantity: Decimal
    unit: FeeUnit
    unit_minor: int
    amount_minor: int
    eligible: bool
    note: Note | None = None
    waived_minor: int = 0
    supply: str = ""

    def sentence(self, currency: str) -> str:
        """The line as people read it out: "Stand space: 12 m² at €907.00 = €10,884.00"."""
        quantity = f"{self.quantity.normalize():f}"
        unit = format_money(self.unit_minor, currency)
        values = {
            "label": gettext(self.label),
            "quantity": quantity,
            "unit": unit,
            "amount": format_money(self.amount_minor, currency),
        }
        if self.unit is FeeUnit.M2:
            return gettext(N_("{label}: {quantity} m² at {unit} = {amount}"), **values)
        if self.unit is FeeUnit.MODULE:
            return gettext(N_("{label}: modules, {quantity} at {unit} = {amount}"), **values)
        if self.unit is FeeUnit.PIECE:
            return gettext(N_("{label}: {quantity} at {unit} = {amount}"), **values)
        return gettext(N_("{label}: {amount}"), **values)


class Priced(msgspec.Struct, frozen=True):
    """The lines of a choice, the area they bill, and what the participation costs the agency.

    Of the sums, `cost_minor` is at least `full_minor`, and `waived_minor` counts eligible lines.
    """

    lines: tuple[Line, ...]
    billed_m2: Decimal
    full_minor: int
    eligible_minor: int
    space_minor: int
    waived_minor: int
    cost_minor: int


def price_lines(prices: Prices, choice: Choice, on: date | None = None) -> tuple[Line, ...]:
    """The lines of `choice` at full cost; the space comes first."""
    return priced(prices, choice, on).lines


def priced(prices: Prices, choice: Choice, on: date | None = None) -> Priced:
    """What `choice` costs in full; `on` is the day of the application if none is chosen.

    Raises Refused for an area, a way or a service that the list does not know.
    """
    own = hundredths(choice.area_m2)
    share, day = choice.share, choice.sent_on or on
    asked = own if share is None else int(share.whole_m2 * 100)
    way = prices.way(choice.space)
    early = prices.early if prices.early and day and day <= prices.early.until else None
    found, whole = pieces(way, asked, choice.participation)
    billed = Decimal(whole if share is None else share.of(whole)) / 100
    lines: list[Line] = []
    for number, piece in enumerate(found):
        lines.append(_space_line(prices, way, piece, number, (asked, whole), share, early))
    space = sum([line.amount_minor for line in lines])
    lines += _sides(prices, choice.stand_kind, share)
    late = prices.late
    if late is not None and day is not None and day >= late.since:
        lines.append(_late_line(late, space, late.more_minor))
    lines += _fees(prices, choice, way, billed, whole)
    lines += [_extra_line(each) for each in choice.extras if each.pieces]
    full = eligible = waived = 0
    for line in lines:
        full += line.amount_minor
        if line.eligible:
            eligible += line.amount_minor
            waived += line.waived_minor
    cost = full
    if way.cost_minor is not None:
        own_cost = sum([piece.quantity for piece in found if piece.by is way.by])
        own_cost = (own_cost * way.cost_minor + 50) // 100
        cost = max(full, full - space + (own_cost if share is None else share.of(own_cost)))
    return Priced(tuple(lines), billed, full, eligible, space, waived, cost)


def _space_line(
    prices: Prices,
    way: Space,
    piece: Piece,
    number: int,
    areas: tuple[int, int],
    share: Share | None,
    early: Early | None,
) -> Line:
    """A part of the space as a line; `areas` are those asked for and billed."""
    asked, whole = areas
    unit, given = SPACE_UNITS[piece.by], piece
    if early is not None:
        given = piece._replace(
            full_minor=early.of(piece.full_minor), reduced_minor=early.of(piece.reduced_minor)
        )
    full, reduced, quantity = given.full(), given.reduced(), piece.quantity
    if share is not None:
        full, reduced = share.of(full), share.of(reduced)
        if unit is FeeUnit.M2:
            quantity = share.of(quantity)
        else:
            unit, quantity = FeeUnit.PARTICIPATION, 100
            given = given._replace(full_minor=full)
    note = None
    if number == 0 and whole != asked:
        note = _least_note(way, whole)
    elif number == 0 and share is not None and len(share.areas) > 1:
        note = Note(N_("Your part of a common stand of {whole} m²."), {"whole": _m2(whole)})
    elif piece.begins and way.by is SpaceBy.MODULE:
        note = Note(N_("From module {number} on."), {"number": str(piece.begins // 100 + 1)})
    elif piece.begins:
        note = Note(N_("The part above {from} m²."), {"from": _m2(piece.begins)})
        if way.whole:
            note = Note(N_("The price above {from} m²."), {"from": _m2(piece.begins)})
    elif early is not None:
        note = Note(
            N_("The early rate, for applications until {until}; {price} later."),
            {
                "until": f"{early.until:%-d %b %Y}",
                "price": Amount(piece.full_minor, prices.currency),
            },
        )
    return Line(
        "space" if number == 0 else f"space:{number + 1}",
        way.name,
        Decimal(quantity) / 100,
        unit,
        given.full_minor,
        full,
        True,
        note,
        max(0, full - reduced),
    )


def _m2(area: int) -> str:
    return f"{(Decimal(area) / 100).normalize():f}"


def _least_note(way: Space, whole: int) -> Note:
    if way.by is SpaceBy.MODULE:
        return Note(N_("Modules are billed whole: {whole} m²."), {"whole": _m2(whole)})
    if way.by is SpaceBy.PACKAGE:
        return Note(N_("The package is {whole} m²."), {"whole": _m2(whole)})
    return Note(N_("The smallest area billed is {minimum} m²."), {"minimum": _m2(whole)})


def _sides(prices: Prices, kind: StandKind, share: Share | None) -> list[Line]:
    """What open sides cost: for the kind of stand, and side by side."""
    found = []
    extra = prices.surcharge(kind)
    if extra:
        part = extra if share is None else share.of(extra)
        found.append(
            Line(
                "stand", SURCHARGES[kind], ONE, FeeUnit.PARTICIPATION, part, part, True,
                _surcharge_note(share, extra, prices.currency),
            )
        )  # fmt: skip
    more = prices.sides(kind) if prices.side_minor else 0
    if more > 0:
        label, sum_ = N_("Open sides beyond the first"), more * prices.side_minor
        if share is None:
            found.append(
                Line("sides", label, Decimal(more), FeeUnit.PIECE, prices.side_minor, sum_, True)
            )
        else:
            part, note = share.of(sum_), _surcharge_note(share, sum_, prices.currency)
            found.append(Line("sides", label, ONE, FeeUnit.PARTICIPATION, part, part, True, note))
    return found


def _late_line(late: Late, space: int, at_once: int) -> Line:
    amount, since = of_bp(space, late.more_bp) + at_once, f"{late.since:%-d %b %Y}"
    return Line(
        "late", N_("Surcharge for a late application"), ONE, FeeUnit.PARTICIPATION, amount, amount,
        False, Note(N_("For applications sent on {since} or later."), {"since": since}),
    )  # fmt: skip


def _fees(prices: Prices, choice: Choice, way: Space, billed: Decimal, whole: int) -> list[Line]:
    """Mandatory fees, and the services that were ordered."""
    wanted = {one: pieces for one, pieces in choice.services.items() if pieces}
    found = []
    for fee in prices.fees:
        if fee.kind is FeeKind.SERVICE:
            if fee.id in wanted:
                found.append(_fee_line(fee, billed, whole, None, wanted.pop(fee.id)))
        elif way.key and way.key in fee.included_in:
            note = Note(N_("Included in “{space}”."), {"space": way.name})
            found.append(
                Line(
                    f"fee:{fee.id}", fee.name, ONE, FeeUnit.PARTICIPATION, 0, 0, fee.eligible, note
                )
            )
        else:
            found.append(_fee_line(fee, billed, whole, choice.share, 1))
    if wanted:
        raise Refused(NOT_LISTED, field="services")
    return found


def _included(fee: Fee, note: Note) -> Line:
    return Line(f"fee:{fee.id}", fee.name, ONE, FeeUnit.PARTICIPATION, 0, 0, fee.eligible, note)


def _surcharge_note(share: Share | None, extra: int, currency: str) -> Note | None:
    if share is None or len(share.areas) == 1:
        return None
    return Note(
        N_("{amount} for the common stand, split by area."), {"amount": Amount(extra, currency)}
    )


def _extra_line(extra: Extra) -> Line:
    return Line(
        extra.key, extra.label, Decimal(extra.pieces), FeeUnit.PIECE, extra.unit_minor,
        extra.pieces * extra.unit_minor, extra.eligible,
    )  # fmt: skip


def _fee_line(fee: Fee, billed: Decimal, whole: int, share: Share | None, number: int) -> Line:
    """A fee or `number` pieces of a service. Per m² it is for all m² billed, or for a share of it;
    a service of a shared stand for one's own m² only."""
    if number < 1 or (number > 1 and fee.unit is not FeeUnit.PIECE):
        raise Refused(
            N_("“{name}” cannot be ordered {pieces} times."),
            field="services",
            name=fee.name,
            pieces=number,
        )
    waived = 0 if fee.reduced_minor is None else fee.amount_minor - fee.reduced_minor
    if fee.unit is FeeUnit.M2:
        quantity = billed
        area = whole if share is not None else int(billed * 100)
        amount, waived = (fee.amount_minor * area + 50) // 100, (waived * area + 50) // 100
        if share is not None:
            amount, waived = share.of(amount), share.of(waived)
    else:
        quantity = ONE if number == 1 else Decimal(number)
        amount, waived = fee.amount_minor * number, waived * number
    return Line(
        f"fee:{fee.id}", fee.name, quantity, fee.unit, fee.amount_minor, amount, fee.eligible, None,
        min(waived, amount), fee.supply,
    )  # fmt: skip
