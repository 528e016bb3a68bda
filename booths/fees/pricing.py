"""What a stand costs as pure functions: price list, choice, and the lines that follow.

A list names the full cost of a square metre and, where the list itself is the co-financing, a
reduced price. The full cost is always what is owed; only aid lowers it (`booths.fees.rules`).
Amounts are integer minor units of the list's currency, areas Decimal square metres.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from booths.fees.space import Space, SpaceBy, Step
from booths.plans.rules import StandKind
from server.aid.rules import CostKind, Note
from server.billing.vat import Supply
from server.errors import Refused
from server.money import of_bp, split
from server.text import N_

NOT_LISTED = N_("A service you chose is not on the price list any more. Choose again.")


class FeeKind(StrEnum):
    MANDATORY = "mandatory"
    SERVICE = "service"


class FeeUnit(StrEnum):
    PARTICIPATION = "participation"
    M2 = "m2"
    PIECE = "piece"
    MODULE = "module"


OPEN_SIDES = {StandKind.ROW: 1, StandKind.CORNER: 2, StandKind.HEAD: 3, StandKind.ISLAND: 4}
SURCHARGES = {
    StandKind.CORNER: N_("Corner stand, two open sides"),
    StandKind.HEAD: N_("Head stand, three open sides"),
    StandKind.ISLAND: N_("Island stand, four open sides"),
}


@dataclass(frozen=True, slots=True)
class Fee:
    """A mandatory fee, or a service a company may order. `stock` None: as many as wanted.

    `reduced_minor` is what a supported company pays of it, if less; ways to take space named in
    `included_in` have it in their own price. `supply` is what VAT law sees in it
    (`server.billing.vat.Supply`); "": a part of the stand.
    """

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
    reduced_minor: int | None = None
    included_in: tuple[str, ...] = ()
    supply: str = ""

    @property
    def left(self) -> int | None:
        """Pieces that can still be ordered; None without a limit."""
        return None if self.stock is None else self.stock - self.taken


@dataclass(frozen=True, slots=True)
class Early:
    """What an application sent until a day takes off each price of space: a part, an amount."""

    until: date
    off_bp: int = 0
    off_minor: int = 0

    def of(self, unit_minor: int) -> int:
        """A price of space at the early rate."""
        return max(0, unit_minor - of_bp(unit_minor, self.off_bp) - self.off_minor)


@dataclass(frozen=True, slots=True)
class Late:
    """What an application sent on a day or later adds: a part of the space, an amount at once."""

    since: date
    more_bp: int = 0
    more_minor: int = 0


@dataclass(frozen=True, slots=True)
class Prices:
    """A price list. `full_per_m2_minor` >= `per_m2_minor`; equal unless the list is reduced.

    These two and `minimum_m2` are the prices of a list with one way to take space; `spaces` stand
    in their place where there are more, or steps. `side_minor` is for each open side beyond the
    first, up to `sides_most` open sides.
    """

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
    spaces: tuple[Space, ...] = ()
    side_minor: int = 0
    sides_most: int = 4
    early: Early | None = None
    late: Late | None = None

    @property
    def supplies(self) -> set[Supply]:
        """What VAT law sees in its fees, beside the stand and its parts."""
        return {Supply(fee.supply) for fee in self.fees if fee.supply}

    @property
    def ways(self) -> tuple[Space, ...]:
        """The ways to take space, at least one."""
        if self.spaces:
            return self.spaces
        step = Step(None, self.full_per_m2_minor, (self.per_m2_minor,))
        return (Space("", N_("Stand space"), SpaceBy.M2, (step,), self.minimum_m2),)

    def way(self, key: str) -> Space:
        """The way a company chose; the first if it was never asked."""
        ways = self.ways
        for each in ways:
            if each.key == key:
                return each
        if key:
            raise Refused(
                N_("This way to take space is not on the price list any more. Choose again."),
                field="space",
            )
        return ways[0]

    def surcharge(self, kind: StandKind) -> int:
        """What a stand of `kind` costs more than a row stand, per participation."""
        if kind is StandKind.ROW:
            return 0
        if kind is StandKind.CORNER:
            return self.corner_minor
        return self.head_minor if kind is StandKind.HEAD else self.island_minor

    def sides(self, kind: StandKind) -> int:
        """How many open sides of a stand are charged for."""
        return min(OPEN_SIDES[kind], self.sides_most) - 1


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

    `share` says that the stand is a common one, of which `area_m2` is this company's part. `space`
    is the key of the way to take space, `participation` how many supported ones this makes, counted
    from 1, `sent_on` the day the application was sent, which decides early and late rates.
    """

    area_m2: Decimal
    stand_kind: StandKind = StandKind.ROW
    services: Mapping[int, int] = field(default_factory=dict)
    share: Share | None = None
    extras: tuple[Extra, ...] = ()
    space: str = ""
    participation: int = 1
    sent_on: date | None = None


def cost_kinds(prices: Prices) -> dict[str, CostKind]:
    """The kind of cost of each line that a list can have, by the line's key."""
    found = dict.fromkeys(("space", "stand", "sides"), CostKind.SPACE)
    for fee in prices.fees:
        usual = CostKind.RUNNING if fee.kind is FeeKind.SERVICE else CostKind.REGISTRATION
        if fee.kind is FeeKind.MANDATORY and fee.unit is FeeUnit.M2:
            usual = CostKind.CONSTRUCTION
        found[f"fee:{fee.id}"] = fee.cost or usual
    return found


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
