"""When a price is paid: an agency's payment terms, and the plan of one contract. Pure.

Amounts are integer minor units before VAT; shares are basis points of what the company pays. Days
are counted in the agency's zone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from server.money import floor_bp
from server.text import N_

MOST_STEPS = 6
WHOLE_BP = 10_000


class Anchor(StrEnum):
    """What the day of a step is counted from."""

    ADMISSION = "admission"
    OPENING = "opening"
    CLOSING = "closing"
    DATE = "date"


ANCHOR_NAMES = {
    Anchor.ADMISSION: N_("Days after the admission"),
    Anchor.OPENING: N_("Days before the fair opens"),
    Anchor.CLOSING: N_("Days after the fair"),
    Anchor.DATE: N_("On a day"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a share or a fixed amount, or with neither what is left, due on a day.

    `guarantees`: when it is paid, the place is sure.
    """

    name: str
    anchor: Anchor
    days: int = 0
    on: date | None = None
    share_bp: int = 0
    fixed_minor: int = 0
    guarantees: bool = False


@dataclass(frozen=True, slots=True)
class Fair:
    """The days that a plan is counted from."""

    admitted_on: date
    opens_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Item:
    """A due item of one contract: `net_minor` before VAT, invoiced on a day, due on another."""

    name: str
    net_minor: int
    issue_on: date
    due_on: date
    guarantees: bool
    after_fair: bool


def fault(steps: Sequence[Step]) -> str:
    """Why these steps are no payment terms; empty when they are some: they add up to 100 %."""
    if not steps:
        return N_("Write at least one step.")
    rests = [n for n, each in enumerate(steps, 1) if not each.share_bp and not each.fixed_minor]
    if len(rests) > 1 or (rests and rests[0] != len(steps)):
        return N_("Only the last step may take what is left: give the others a share or an amount.")
    if any(each.share_bp and each.fixed_minor for each in steps):
        return N_("A step has a share or a fixed amount, not both.")
    share = sum(each.share_bp for each in steps)
    if not rests and any(each.fixed_minor for each in steps):
        return N_("With a fixed amount, leave the last step empty: it takes what is left.")
    if not rests and share != WHOLE_BP:
        return N_("The shares must add up to 100 %.")
    if rests and share >= WHOLE_BP:
        return N_("The shares add up to 100 %, so nothing is left for the last step.")
    if any((each.anchor is Anchor.DATE) != (each.on is not None) for each in steps):
        return N_("Give a day where a step is due on a day, and only there.")
    if sum(each.guarantees for each in steps) > 1:
        return N_("Only one step can make the place sure.")
    return ""


def due_on(step: Step, fair: Fair) -> date:
    """The day of a step, as its anchor says."""
    if step.anchor is Anchor.DATE:
        assert step.on is not None
        return step.on
    days = timedelta(days=step.days)
    return {
        Anchor.ADMISSION: fair.admitted_on + days,
        Anchor.OPENING: fair.opens_on - days,
        Anchor.CLOSING: fair.ends_on + days,
    }[step.anchor]


def amounts(steps: Sequence[Step], net_minor: int) -> list[int]:
    """What each step asks of `net_minor`, rounded down; the last one takes the rest."""
    found: list[int] = []
    for step in steps[:-1]:
        wanted = step.fixed_minor or floor_bp(net_minor, step.share_bp)
        found.append(min(wanted, net_minor - sum(found)))
    return [*found, net_minor - sum(found)]


def plan(
    steps: Sequence[Step], net_minor: int, fair: Fair, *, shortest_days: int, lead_days: int
) -> tuple[Item, ...]:
    """The due items of one contract, in order.

    Nobody pays sooner than `shortest_days` after the admission, nor an earlier step after a later
    one; steps that fall on the same day become one. The first is invoiced at once, each other
    `lead_days` before its day. A step without an amount is left out, unless nothing is owed at all.
    """
    first = fair.admitted_on + timedelta(days=shortest_days)
    found: list[Item] = []
    for step, amount in zip(steps, amounts(steps, net_minor), strict=True):
        day = max(due_on(step, fair), first, *(each.due_on for each in found))
        late = step.anchor is Anchor.CLOSING
        issue = max(fair.admitted_on, day - timedelta(days=lead_days))
        item = Item(step.name, amount, issue, day, step.guarantees, late)
        if found and (found[-1].due_on == day or not amount or not found[-1].net_minor):
            before = found.pop()
            keep = item if amount or not before.net_minor else before
            both = before.net_minor and amount
            item = Item(
                f"{before.name}, {item.name}" if both else keep.name,
                before.net_minor + amount,
                min(before.issue_on, item.issue_on) if both else keep.issue_on,
                keep.due_on,
                before.guarantees or item.guarantees,
                keep.after_fair,
            )
        found.append(item)
    head = found[0]
    found[0] = Item(
        head.name, head.net_minor, fair.admitted_on, head.due_on, head.guarantees, head.after_fair
    )
    return tuple(found)


def at_once(name: str) -> tuple[Step, ...]:
    """What holds where a call has no terms: the whole price, and with it the place is sure."""
    return (Step(name, Anchor.ADMISSION, 0, None, WHOLE_BP, 0, guarantees=True),)


@dataclass(frozen=True, slots=True)
class Part:
    """An instalment that was agreed: so much until a day."""

    n: int
    due_on: date
    amount_minor: int


def next_part(parts: Sequence[Part], open_minor: int) -> Part | None:
    """The first instalment that is not covered, with what is missing of it. What is paid covers
    the earliest ones first, so what is open is the end of the list."""
    left = open_minor
    missing: Part | None = None
    for part in sorted(parts, key=lambda each: each.n, reverse=True):
        if left <= 0:
            break
        missing = Part(part.n, part.due_on, min(left, part.amount_minor))
        left -= part.amount_minor
    return missing


def parts_fault(parts: Sequence[Part], open_minor: int, today: date) -> str:
    """Why instalments cannot be agreed; empty when they can."""
    if len(parts) < 2:
        return N_("Write at least two instalments: a day and an amount each.")
    if any(each.amount_minor <= 0 for each in parts):
        return N_("Each instalment has an amount.")
    if parts[0].due_on < today or any(one.due_on >= other.due_on for one, other in pairwise(parts)):
        return N_("The days follow each other, and the first is not over yet.")
    if sum(each.amount_minor for each in parts) != open_minor:
        return N_("The instalments must add up to what is open.")
    return ""
