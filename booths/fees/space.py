"""Ways to take space at a joint booth, and what each costs, as pure functions.

A way is priced per m² in steps, per module, per stand of a size, or as a package of some m² at one
price. Every price is double: the full one, and what a supported company pays at its first, second
and further supported participation; the difference is aid and needs a scheme.
Areas are whole hundredths of a square metre inside, amounts minor units of the list's currency.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from server.errors import Refused
from server.text import N_

LARGEST_M2 = Decimal(10_000)


class SpaceBy(StrEnum):
    """What the prices of a way count."""

    M2 = "m2"
    MODULE = "module"
    PACKAGE = "package"
    STAND = "stand"


@dataclass(frozen=True, slots=True)
class Step:
    """A price up to so many m², or modules, of one stand; `up_to` None: for all beyond.

    `reduced` is what a supported company pays at its first, second, n-th supported participation,
    the last for all further ones; empty: the full price.
    """

    up_to: Decimal | None
    full_minor: int
    reduced: tuple[int, ...] = ()

    def reduced_minor(self, participation: int) -> int:
        """What a supported company pays at its n-th supported participation, counted from 1."""
        if not self.reduced:
            return self.full_minor
        return self.reduced[min(max(participation, 1), len(self.reduced)) - 1]


@dataclass(frozen=True, slots=True)
class Space:
    """One way to take space: with construction, raw, in modules, a ready unit.

    `unit_m2` is the area of a module, or of what a package holds; the first step of a package is
    its price at once, further steps are for m² beyond it. `whole`: the whole area counts at the
    price of the step it falls in, instead of each part at its own. `cost_minor` is what one unit
    costs the agency, where that is more than the full price.
    """

    key: str
    name: str
    by: SpaceBy
    steps: tuple[Step, ...]
    minimum_m2: Decimal = Decimal(0)
    unit_m2: Decimal | None = None
    whole: bool = False
    cost_minor: int | None = None


class Piece(NamedTuple):
    """A part of the space at one price: `quantity` in hundredths of m² or of pieces."""

    by: SpaceBy
    quantity: int
    full_minor: int
    reduced_minor: int
    begins: int = 0

    def full(self) -> int:
        """The full price of the piece, rounded half up."""
        return (self.full_minor * self.quantity + 50) // 100

    def reduced(self) -> int:
        """What a supported company pays for it, rounded half up."""
        return (self.reduced_minor * self.quantity + 50) // 100


def hundredths(area_m2: Decimal) -> int:
    """An area as whole hundredths of m²; refused outside 0 to 10,000 m² or with more places."""
    if not 0 < area_m2 <= LARGEST_M2:
        raise Refused(
            N_("An area must be more than 0 and at most {most} m²."),
            field="area_m2",
            most=LARGEST_M2,
        )
    found = int(area_m2 * 100)
    if found != area_m2 * 100:
        raise Refused(N_("An area has at most two decimal places."), field="area_m2")
    return found


def most_m2(space: Space) -> Decimal | None:
    """The largest area that the way has a price for; None without an end."""
    last = space.steps[-1].up_to
    if space.by is SpaceBy.PACKAGE and len(space.steps) == 1:
        return space.unit_m2
    if last is None or space.by is not SpaceBy.MODULE:
        return last
    return last * (space.unit_m2 or 1)


def pieces(space: Space, area: int, participation: int = 1) -> tuple[list[Piece], int]:
    """The priced parts of `area`, in hundredths of m², and the area billed.

    Raises Refused where the way has no price for so much.
    """
    billed = max(area, int(space.minimum_m2 * 100))
    if space.by is SpaceBy.MODULE:
        unit = int((space.unit_m2 or 1) * 100)
        modules = -(-billed // unit)
        return _steps(space, space.steps, modules * 100, participation), modules * unit
    if space.by is SpaceBy.STAND:
        step, _ = _step(space, billed)
        return [Piece(SpaceBy.STAND, 100, step.full_minor, step.reduced_minor(participation))], (
            billed
        )
    if space.by is SpaceBy.PACKAGE:
        inside = int((space.unit_m2 or 1) * 100)
        billed = max(billed, inside)
        first = space.steps[0]
        found = [Piece(SpaceBy.PACKAGE, 100, first.full_minor, first.reduced_minor(participation))]
        if billed > inside:
            found += _steps(space, space.steps[1:], billed, participation, inside)
        return found, billed
    if space.whole:
        step, begins = _step(space, billed)
        reduced = step.reduced_minor(participation)
        return [Piece(SpaceBy.M2, billed, step.full_minor, reduced, begins)], billed
    return _steps(space, space.steps, billed, participation), billed


def _steps(
    space: Space, steps: tuple[Step, ...], quantity: int, participation: int, begin: int = 0
) -> list[Piece]:
    """Each part of `quantity` at the price of its step; `begin` is paid for otherwise."""
    by = SpaceBy.MODULE if space.by is SpaceBy.MODULE else SpaceBy.M2
    found = []
    for step in steps:
        end = quantity if step.up_to is None else min(quantity, int(step.up_to * 100))
        if end > begin:
            reduced = step.reduced_minor(participation)
            found.append(Piece(by, end - begin, step.full_minor, reduced, begin))
            begin = end
    if begin < quantity:
        raise _too_large(space)
    return found


def _step(space: Space, area: int) -> tuple[Step, int]:
    """The step that an area falls in, and where it begins."""
    begins = 0
    for step in space.steps:
        if step.up_to is None or area <= step.up_to * 100:
            return step, begins
        begins = int(step.up_to * 100)
    raise _too_large(space)


def _too_large(space: Space) -> Refused:
    return Refused(
        N_("“{name}” is offered up to {most} m²."),
        field="area_m2",
        name=space.name,
        most=f"{(most_m2(space) or LARGEST_M2).normalize():f}",
    )
