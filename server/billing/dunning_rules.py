"""Reminders and dunning: which letter is due, and what it asks for beside the debt. Pure.

Fees and interest are an agency's data. Interest is counted on the open amount for each day since
the day to pay, or since it was last charged, with a year of 365 days, and rounded down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from server.text import N_

MOST_LEVELS = 6
YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Level:
    """One letter: `days` after the day to pay, negative for a friendly reminder before it.

    `interest_bp` is a rate for a year. `ends` announces the end of the admission.
    """

    name: str
    days: int
    fee_minor: int = 0
    interest_bp: int = 0
    pay_within: int = 7
    ends: bool = False


def fault(levels: Sequence[Level]) -> str:
    """Why these are no levels; empty when they are."""
    if any(one.days >= other.days for one, other in pairwise(levels)):
        return N_("The levels follow each other: each is later than the one before.")
    if any(each.days < 0 and (each.fee_minor or each.interest_bp or each.ends) for each in levels):
        return N_("A reminder before the day to pay charges nothing and threatens nothing.")
    return ""


def next_level(
    levels: Sequence[Level], sent: Mapping[int, date], due_on: date, today: date
) -> int | None:
    """The number (from 1) of the letter that comes next, whenever that is; None after the last.

    A reminder before the day to pay makes no sense after it.
    """
    late = (today - due_on).days
    for n, level in enumerate(levels, 1):
        if n <= max(sent, default=0) or (level.days < 0 <= late):
            continue
        return n
    return None


def due_level(
    levels: Sequence[Level], sent: Mapping[int, date], due_on: date, today: date
) -> int | None:
    """The letter to send today: one at a time, each as long after the last one as planned."""
    n = next_level(levels, sent, due_on, today)
    if n is None or (today - due_on).days < levels[n - 1].days:
        return None
    before = max(sent, default=0)
    if before and (today - sent[before]).days < levels[n - 1].days - levels[before - 1].days:
        return None
    return n


def interest(open_minor: int, rate_bp: int, since: date, today: date) -> int:
    """Interest for the days after `since`, in minor units."""
    return open_minor * rate_bp * max(0, (today - since).days) // (10_000 * YEAR_DAYS)
