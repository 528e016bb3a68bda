"""What is known of a company, and what a rule answers. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from server.aid.sizes import SizeClass


class Outcome(StrEnum):
    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence and what stands in its places; translated where it is shown."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: the sentence for the letter, and what it saw, which an override names."""

    outcome: Outcome
    said: Said
    saw: str


@dataclass(frozen=True, slots=True)
class Branch:
    """A declared branch: its region, and the days from and to which it is there."""

    region: str
    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a company for one call. None and "" stand for what nobody has said.

    Amounts in minor units, shares in basis points; `on` is the day the rules are asked for, which
    is the day of payment where `paying`.
    """

    on: date
    starts_on: date
    country: str = ""
    region: str = ""
    size: SizeClass | None = None
    nace_code: str = ""
    nace_revision: str = ""
    founded_on: date | None = None
    export_status: str = ""
    export_share_bp: int | None = None
    at_this_fair: int = 0
    declared_at_this_fair: int = 0
    last_edition: bool | None = None
    this_year: int = 0
    ever: int = 0
    overdue_minor: int = 0
    overdue_currency: str = "EUR"
    arrears_minor: int | None = None
    public_share_bp: int | None = None
    branch: Branch | None = None
    words: str = ""
    paying: bool = False


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a sentence, in minor units."""

    minor: int
    currency: str


class Verdict(StrEnum):
    """What all findings of an application say together."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


def verdict(findings: list[tuple[Outcome, bool, bool]]) -> Verdict:
    """From (outcome, hard, waived) of each: failed if a hard rule is, unknown if one may be.

    A warning, and a finding that a manager has waived, stand in nobody's way.
    """
    binding = [outcome for outcome, hard, waived in findings if hard and not waived]
    if Outcome.FAILED in binding:
        return Verdict.FAILED
    return Verdict.UNKNOWN if Outcome.UNKNOWN in binding else Verdict.PASSED
