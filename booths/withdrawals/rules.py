"""What it costs to withdraw after the admission: a ladder of dates, and the re-let rule. Pure.

Amounts are integer minor units of the call's currency, before VAT, rounded down.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from server.money import floor_bp
from server.text import N_

MOST_STEPS = 6


class Starts(StrEnum):
    """What the days of a step are counted from."""

    ADMISSION = "admission"
    PLAN = "plan"
    OPENING = "opening"
    ALWAYS = "always"


class Base(StrEnum):
    """What a share is taken of."""

    PRICE = "price"
    FULL = "full"
    MODULE = "module"


STARTS_NAMES = {
    Starts.ADMISSION: N_("Days after the admission"),
    Starts.PLAN: N_("Days after the stand plan is published"),
    Starts.OPENING: N_("Days before the fair opens"),
    Starts.ALWAYS: N_("After that"),
}
BASE_NAMES = {
    Base.PRICE: N_("of what the company pays"),
    Base.FULL: N_("of the full cost, without the aid"),
    Base.MODULE: N_("of the full price of one module"),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """A share of something, plus a fixed amount."""

    share_bp: int = 0
    base: Base = Base.PRICE
    fixed_minor: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Until the end of a day, withdrawing costs this much."""

    starts: Starts
    days: int
    cost: Cost


@dataclass(frozen=True, slots=True)
class Ladder:
    """Steps in order; the last one has no end. `relet`: the cost where the stand finds another
    exhibitor before the fair opens.
    """

    steps: tuple[Step, ...]
    relet: Cost | None = None


@dataclass(frozen=True, slots=True)
class Amounts:
    """What the shares are taken of, for one contract."""

    price_minor: int
    full_minor: int
    module_minor: int


@dataclass(frozen=True, slots=True)
class Due:
    """What a withdrawal costs on a day: which step, how much, until when, and if it is re-let."""

    step: int
    cost_minor: int
    until: date | None
    relet_minor: int | None


def last_day(
    step: Step, admitted_on: date, opens_on: date, plan_on: date | None = None
) -> date | None:
    """The last day of a step; None for the one without an end, and for one that ends with the
    publication of the plan while that has not come (`plan_on`, never before the admission).
    """
    if step.starts is Starts.PLAN:
        return max(plan_on, admitted_on) + timedelta(days=step.days) if plan_on else None
    if step.starts is Starts.ADMISSION:
        return admitted_on + timedelta(days=step.days)
    if step.starts is Starts.OPENING:
        return opens_on - timedelta(days=step.days)
    return None


def amount(cost: Cost, of: Amounts) -> int:
    """A cost in minor units."""
    base = {
        Base.PRICE: of.price_minor,
        Base.FULL: of.full_minor,
        Base.MODULE: of.module_minor,
    }[cost.base]
    return floor_bp(base, cost.share_bp) + cost.fixed_minor


def due(
    ladder: Ladder,
    of: Amounts,
    admitted_on: date,
    opens_on: date,
    on: date,
    plan_on: date | None = None,
) -> Due:
    """What it costs to withdraw on a day: the first step that has not ended.

    A step that waits for the plan has ended when the fair opens, whatever became of the plan.

    A stand that is let again never makes it dearer.
    """
    for number, step in enumerate(ladder.steps):
        until = last_day(step, admitted_on, opens_on, plan_on)
        if step.starts is Starts.PLAN and on >= opens_on:
            continue
        if until is None or on <= until:
            cost = amount(step.cost, of)
            relet = None
            if ladder.relet is not None and on < opens_on:
                relet = min(cost, amount(ladder.relet, of))
            return Due(number, cost, until, relet if relet != cost else None)
    raise ValueError("a ladder ends with a step that always holds")


def fault(steps: tuple[Step, ...]) -> str:
    """Why these steps are no ladder; empty when they are one."""
    if not steps:
        return N_("Write at least one step.")
    if steps[-1].starts is not Starts.ALWAYS:
        return N_("The last step must be “After that”, so that no day is left without a rule.")
    if any(each.starts is Starts.ALWAYS for each in steps[:-1]):
        return N_("“After that” can only be the last step.")
    for one, other in pairwise(steps):
        if one.starts is not other.starts:
            continue
        grows = one.starts is not Starts.OPENING
        if (other.days <= one.days) if grows else (other.days >= one.days):
            return N_(
                "The steps must follow each other in time: each ends later than the one before."
            )
    return ""


@dataclass(frozen=True, slots=True)
class Paid:
    """What of a payment is there to go on the cost or back. `by_card`: it goes back by itself.

    `bound`: in a dispute, or a refund of it is under way, so that a person looks at it later.
    """

    left_minor: int
    by_card: bool
    bound: bool


@dataclass(frozen=True, slots=True)
class Back:
    """What becomes of what was paid beyond the cost."""

    card_minor: int = 0
    transfer_minor: int = 0
    bound_minor: int = 0

    @property
    def whole_minor(self) -> int:
        return self.card_minor + self.transfer_minor + self.bound_minor


def divide(payments: Sequence[Paid], cost_minor: int) -> Back:
    """Each payment in turn pays the cost; what is left of it goes back the way it came."""
    card = transfer = bound = 0
    for one in payments:
        used = min(cost_minor, one.left_minor)
        cost_minor, left = cost_minor - used, one.left_minor - used
        if one.bound:
            bound += left
        elif one.by_card:
            card += left
        else:
            transfer += left
    return Back(card, transfer, bound)
