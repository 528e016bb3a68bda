"""What a stand costs as pure functions: price list, choice, and the lines that follow.

A list names the full cost of a square metre and, where the list itself is the co-financing, a
reduced price. The full cost is always what is owed; only aid lowers it (`booths.fees.rules`).
Amounts are integer minor units of the list's currency, areas Decimal square metres.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from booths.plans.rules import StandKind
from server.aid.rules import CostKind, Note
from server.errors import Refused
from server.money import format_money, round_half_up, split
from server.text import N_, gettext

ONE = Decimal(1)
NOT_LISTED = N_("A service you chose is not on the price list any more. Choose again.")
LARGEST_M2 = Decimal(10_000)


class FeeKind(StrEnum):
    MANDATORY = "mandatory"
    SERVICE = "service"


class FeeUnit(StrEnum):
    PARTICIPATION = "participation"
    M2 = "m2"
    PIECE = "piece"


SURCHARGES = {
    StandKind.CORNER: N_("Corner stand, two open sides"),
    StandKind.HEAD: N_("Head stand, three open sides"),
    StandKind.ISLAND: N_("Island stand, four open sides"),
}


@dataclass(frozen=True, slots=True)
class Fee:
    """A mandatory fee, or a service a company may order. `stock` None: as many as wanted."""

    id: int
    kind: FeeKind
    name: str
    unit: FeeUnit
    amount_minor: int
    eligible: bool = True
    stock: int | None = None
    taken: int = 0
    ends_at: datetime | None = None
    cost: CostKind | None = None

    @property
    def left(self) -> int | None:
        """Pieces that can still be ordered; None without a limit."""
        return None if self.stock is None else self.stock - self.taken


@dataclass(frozen=True, slots=True)
class Prices:
    """A price list. `full_per_m2_minor` >= `per_m2_minor`; equal unless the list is reduced."""

    price_list_id: int
    name: str
    currency: str
    per_m2_minor: int
    full_per_m2_minor: int
    minimum_m2: Decimal
    corner_minor: int = 0
    head_minor: int = 0
    island_minor: int = 0
    fees: tuple[Fee, ...] = ()

    def surcharge(self, kind: StandKind) -> int:
        """What a stand of `kind` costs more than a row stand, per participation."""
        return {
            StandKind.ROW: 0,
            StandKind.CORNER: self.corner_minor,
            StandKind.HEAD: self.head_minor,
            StandKind.ISLAND: self.island_minor,
        }[kind]


@dataclass(frozen=True, slots=True)
class Share:
    """One company's part of a stand: the areas of all who share it (two places), and whose it is.

    What is owed for the stand as a whole is split by these areas, so that the parts of all add up
    to it exactly.
    """

    areas: tuple[Decimal, ...]
    place: int = 0

    @property
    def whole_m2(self) -> Decimal:
        """The area of the whole stand."""
        return sum(self.areas, Decimal(0))

    def of(self, whole: int) -> int:
        """This company's part of an amount that is owed for the whole stand."""
        return split(whole, [int(area * 100) for area in self.areas])[self.place]


@dataclass(frozen=True, slots=True)
class Extra:
    """Something charged beside the list, such as a co-exhibitor. `unit_minor` is for one piece."""

    key: str
    label: str
    pieces: int
    unit_minor: int
    eligible: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What a company asks for: square metres, kind of stand, pieces by service.

    `share` says that the stand is a common one, of which `area_m2` is this company's part.
    """

    area_m2: Decimal
    stand_kind: StandKind = StandKind.ROW
    services: Mapping[int, int] = field(default_factory=dict)
    share: Share | None = None
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a quote, before aid and VAT. `key`: space, stand, fee:<id> or an extra's."""

    key: str
    label: str
    quantity: Decimal
    unit: FeeUnit
    unit_minor: int
    amount_minor: int
    eligible: bool
    note: Note | None = None

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
        if self.unit is FeeUnit.PIECE:
            return gettext(N_("{label}: {quantity} at {unit} = {amount}"), **values)
        return gettext(N_("{label}: {amount}"), **values)


def cost_kinds(prices: Prices) -> dict[str, CostKind]:
    """The kind of cost of each line that a list can have, by the line's key."""
    found = {"space": CostKind.SPACE, "stand": CostKind.SPACE}
    for fee in prices.fees:
        usual = CostKind.RUNNING if fee.kind is FeeKind.SERVICE else CostKind.REGISTRATION
        if fee.kind is FeeKind.MANDATORY and fee.unit is FeeUnit.M2:
            usual = CostKind.CONSTRUCTION
        found[f"fee:{fee.id}"] = fee.cost or usual
    return found


def price_lines(prices: Prices, choice: Choice) -> tuple[Line, ...]:
    """The lines of `choice` at full cost; the space comes first."""
    if not Decimal(0) < choice.area_m2 <= LARGEST_M2:
        raise Refused(
            N_("An area must be more than 0 and at most {most} m²."),
            field="area_m2",
            most=LARGEST_M2,
        )
    share = choice.share or Share((choice.area_m2,))
    whole = max(share.whole_m2, prices.minimum_m2)
    billed = Decimal(share.of(int(whole * 100))) / 100 if choice.share else whole
    found = [
        Line(
            "space",
            N_("Stand space"),
            billed,
            FeeUnit.M2,
            prices.full_per_m2_minor,
            share.of(round_half_up(whole * prices.full_per_m2_minor)),
            True,
            _space_note(share, whole),
        )
    ]
    extra = prices.surcharge(choice.stand_kind)
    if extra:
        label, part = SURCHARGES[choice.stand_kind], share.of(extra)
        found.append(
            Line(
                "stand", label, ONE, FeeUnit.PARTICIPATION, part, part, True,
                _surcharge_note(share, extra, prices.currency),
            )
        )  # fmt: skip
    wanted = {one: pieces for one, pieces in choice.services.items() if pieces}
    for fee in prices.fees:
        if fee.kind is FeeKind.MANDATORY and fee.unit is FeeUnit.M2:
            amount = share.of(round_half_up(whole * fee.amount_minor))
            found.append(replace(_fee_line(fee, billed, 1), amount_minor=amount))
        elif fee.kind is FeeKind.MANDATORY:
            found.append(_fee_line(fee, billed, 1))
        elif fee.id in wanted:
            found.append(_fee_line(fee, billed, wanted.pop(fee.id)))
    found += [_extra_line(each) for each in choice.extras if each.pieces]
    if wanted:
        raise Refused(NOT_LISTED, field="services")
    return tuple(found)


def _space_note(share: Share, whole: Decimal) -> Note | None:
    if whole > share.whole_m2:
        least = f"{whole.normalize():f}"
        return Note(N_("The smallest area billed is {minimum} m²."), {"minimum": least})
    if len(share.areas) > 1:
        return Note(
            N_("Your part of a common stand of {whole} m²."), {"whole": f"{whole.normalize():f}"}
        )
    return None


def _surcharge_note(share: Share, extra: int, currency: str) -> Note | None:
    if len(share.areas) == 1:
        return None
    return Note(
        N_("{amount} for the common stand, split by area."),
        {"amount": format_money(extra, currency)},
    )


def _extra_line(extra: Extra) -> Line:
    return Line(
        extra.key, extra.label, Decimal(extra.pieces), FeeUnit.PIECE, extra.unit_minor,
        extra.pieces * extra.unit_minor, extra.eligible,
    )  # fmt: skip


def cannot_order(fee: Fee, pieces: int, now: datetime) -> Note | None:
    """Why `pieces` of a service cannot be ordered at `now`, or None when they can."""
    if fee.kind is not FeeKind.SERVICE:
        return Note(N_("“{name}” is part of every participation."), {"name": fee.name})
    if fee.ends_at is not None and now >= fee.ends_at:
        return Note(N_("“{name}” could be ordered only until its deadline."), {"name": fee.name})
    if fee.unit is not FeeUnit.PIECE and pieces > 1:
        return Note(N_("“{name}” can be ordered once only."), {"name": fee.name})
    if fee.left is not None and pieces > fee.left:
        return Note(
            N_("Of “{name}”, {left} are left."), {"name": fee.name, "left": str(max(0, fee.left))}
        )
    return None


def may_order(prices: Prices, services: Mapping[int, int], now: datetime) -> None:
    """Refuse an order that the list, its stock or its deadlines do not allow at `now`."""
    listed = {fee.id: fee for fee in prices.fees}
    for fee_id, pieces in services.items():
        if fee_id not in listed:
            raise Refused(NOT_LISTED, field="services")
        reason = cannot_order(listed[fee_id], pieces, now)
        if reason is not None:
            values: dict[str, Any] = dict(reason.values)
            raise Refused(reason.text, field=f"service_{fee_id}", **values)


def _fee_line(fee: Fee, billed: Decimal, pieces: int) -> Line:
    if pieces < 1 or (pieces > 1 and fee.unit is not FeeUnit.PIECE):
        raise Refused(
            N_("“{name}” cannot be ordered {pieces} times."),
            field="services",
            name=fee.name,
            pieces=pieces,
        )
    quantity = billed if fee.unit is FeeUnit.M2 else Decimal(pieces)
    return Line(
        f"fee:{fee.id}",
        fee.name,
        quantity,
        fee.unit,
        fee.amount_minor,
        round_half_up(quantity * fee.amount_minor),
        fee.eligible,
    )
