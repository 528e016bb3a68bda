"""Sharing a joint booth between agencies: allotments and what they cost. Pure.

Areas are Decimal square metres with two places, amounts integer minor units.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from server.errors import Conflict
from server.money import round_half_up
from server.text import N_


class PartnerState(StrEnum):
    INVITED = "invited"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ENDED = "ended"


MOVES: dict[PartnerState, frozenset[PartnerState]] = {
    PartnerState.INVITED: frozenset(
        {PartnerState.ACCEPTED, PartnerState.DECLINED, PartnerState.ENDED}
    ),
    PartnerState.ACCEPTED: frozenset({PartnerState.ENDED}),
    PartnerState.DECLINED: frozenset(),
    PartnerState.ENDED: frozenset(),
}


def move(now: PartnerState, to: PartnerState) -> PartnerState:
    """`to`, if an invitation may go there from `now`."""
    if to not in MOVES[now]:
        raise Conflict(N_("This partnership has moved on: it is “{now}” now."), now=now.value)
    return to


@dataclass(frozen=True, slots=True)
class Allotment:
    """What a partner was promised, what it has given to exhibitors, and until when it may."""

    allotted_m2: Decimal
    taken_m2: Decimal
    returns_on: date

    @property
    def left_m2(self) -> Decimal:
        """What the partner can still give to exhibitors."""
        return self.allotted_m2 - self.taken_m2


def unused(allotment: Allotment, today: date) -> Decimal:
    """Square metres that go back to the lead agency on `today`: all that is unused after the date.

    The date itself is the partner's last day.
    """
    return allotment.left_m2 if today > allotment.returns_on else Decimal(0)


def owed(allotted_m2: Decimal, price_per_m2_minor: int) -> int:
    """What a partner owes the lead agency: the square metres it keeps, at the agreed price.

    Before the date of return it keeps all that it was allotted; after it, what it has given away.
    """
    return round_half_up(allotted_m2 * price_per_m2_minor)
