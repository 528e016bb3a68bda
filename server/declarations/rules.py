"""How long a declaration holds and where a company stands with it. Pure."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

SOON = timedelta(days=30)


class Standing(StrEnum):
    """Where a company stands with one kind of declaration."""

    VALID = "valid"
    ENDS_SOON = "ends_soon"
    EXPIRED = "expired"
    MISSING = "missing"


HOLDS = (Standing.VALID, Standing.ENDS_SOON)


@dataclass(frozen=True, slots=True)
class Kind:
    """One wording of a declaration, in force from a day until its next version."""

    code: str
    name: str
    version: int
    valid_from: date
    months: int
    text: str
    evidence: bool
    asks: tuple[str, ...]
    adds: str


def in_force(kinds: Iterable[Kind], code: str, on: date) -> Kind | None:
    """The wording of `code` that is signed on a day."""
    found = [each for each in kinds if each.code == code and each.valid_from <= on]
    return max(found, key=lambda each: (each.valid_from, each.version), default=None)


def last_day(given_on: date, months: int) -> date:
    """The last day on which a declaration holds: the same day of the month, or the month's last."""
    years, month = divmod(given_on.month - 1 + months, 12)
    year = given_on.year + years
    return date(year, month + 1, min(given_on.day, monthrange(year, month + 1)[1]))


def standing(valid_until: date | None, on: date) -> Standing:
    """Where a declaration that holds to the end of `valid_until` stands; None: never given."""
    if valid_until is None:
        return Standing.MISSING
    if valid_until < on:
        return Standing.EXPIRED
    return Standing.ENDS_SOON if valid_until - on <= SOON else Standing.VALID
