"""What a ranking is made of: conditions, criteria, groups, quotas, and what becomes of it. Pure.

Points are worked out in scoring.py, the order in ordering.py.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

RULE = "2"
"""The version of this rule. It is written into every decision; a change of the order needs a new
number, and the old rule stays for the old decisions. Rule 1 knew no consortia: its decisions name
none, so that they come out as they did."""
RULES_KNOWN = ("1", RULE)

Fact = int | str | list[str]
Facts = Mapping[str, Fact]
WHOLE_BP = 10_000


class Key(StrEnum):
    """What an order can go by."""

    GROUPS = "groups"
    POINTS = "points"
    ARRIVAL = "arrival"
    LOTTERY = "lottery"
    FEWER = "fewer"
    YOUNGER = "younger"
    SMALLER = "smaller"


MODES = (Key.GROUPS, Key.POINTS, Key.ARRIVAL, Key.LOTTERY)
TIES = (Key.ARRIVAL, Key.LOTTERY, Key.FEWER, Key.YOUNGER, Key.SMALLER)


class Op(StrEnum):
    """How a fact is compared."""

    IS = "is"
    NOT = "not"
    LEAST = "least"
    MOST = "most"


@dataclass(frozen=True, slots=True)
class Condition:
    """One fact compared with one or several values. What is not known fulfils no condition."""

    fact: str
    op: Op
    values: tuple[str, ...]


def holds(condition: Condition, facts: Facts) -> bool:
    """Whether a condition is fulfilled; of a fact with several values one that fits is enough."""
    fact = facts.get(condition.fact)
    if fact is None or fact in ("", []):
        return False
    if condition.op in (Op.LEAST, Op.MOST):
        number, bound = number_of(fact), number_of(condition.values[0])
        if number is None or bound is None:
            return False
        return number >= bound if condition.op is Op.LEAST else number <= bound
    known = {_plain(each) for each in (fact if isinstance(fact, list) else [fact])}
    met = bool(known & {_plain(each) for each in condition.values})
    return met if condition.op is Op.IS else not met


def _plain(fact: object) -> str:
    return str(fact).strip().casefold()


def number_of(fact: Fact) -> Decimal | None:
    """A fact as a number; None where it is none."""
    try:
        number = Decimal(str(fact))
    except ArithmeticError:
        return None
    return number if number.is_finite() else None


def all_hold(conditions: Sequence[Condition], facts: Facts) -> bool:
    """Whether each condition is fulfilled; no condition is fulfilled by everybody."""
    return all(holds(each, facts) for each in conditions)


@dataclass(frozen=True, slots=True)
class Award:
    """The points of a criterion that is worked out from facts, where a condition holds."""

    condition: Condition
    points: int


@dataclass(frozen=True, slots=True)
class Criterion:
    """What is scored, on a scale from `low` to `high`; `weight_bp` of all weights together.

    With awards it is worked out from facts (the first that holds counts, else `low`); without
    awards evaluators score it. `minimum`: who stays below is below the bar.
    """

    key: str
    name: str
    weight_bp: int
    low: int = 0
    high: int = 10
    hint: str = ""
    minimum: Decimal | None = None
    awards: tuple[Award, ...] = ()

    @property
    def scored(self) -> bool:
        """Whether evaluators score it."""
        return not self.awards


@dataclass(frozen=True, slots=True)
class Group:
    """A priority group: whoever fulfils all conditions; the first that fits counts."""

    name: str
    conditions: tuple[Condition, ...]


class Bound(StrEnum):
    LEAST = "least"
    MOST = "most"


class Unit(StrEnum):
    PLACES = "places"
    M2 = "m2"


@dataclass(frozen=True, slots=True)
class Quota:
    """At least or at most so many places or square metres for whoever fulfils all conditions."""

    name: str
    bound: Bound
    amount: Decimal
    unit: Unit
    conditions: tuple[Condition, ...]


class Join(StrEnum):
    """How the evaluators' scores of one criterion become one."""

    MEAN = "mean"
    MEDIAN = "median"


class Gap(StrEnum):
    """What happens when the next in the order does not fit into what is left."""

    STRICT = "strict"
    FILL = "fill"


@dataclass(frozen=True, slots=True)
class Plan:
    """The published rule of one call."""

    mode: tuple[Key, ...] = (Key.ARRIVAL,)
    ties: tuple[Key, ...] = (Key.ARRIVAL,)
    criteria: tuple[Criterion, ...] = ()
    top: int = 100
    join: Join = Join.MEAN
    drop_lowest: bool = False
    drop_highest: bool = False
    minimum_total: Decimal | None = None
    evaluators: int = 1
    apart_bp: int = 3000
    groups: tuple[Group, ...] = ()
    quotas: tuple[Quota, ...] = ()
    module_m2: Decimal | None = None
    places: int | None = None
    gap: Gap = Gap.FILL
    published: bool = True

    @property
    def keys(self) -> tuple[Key, ...]:
        """What decides, in order: the mode, then the ties."""
        return tuple(dict.fromkeys((*self.mode, *self.ties)))

    @property
    def draws(self) -> bool:
        """Whether a lot is drawn."""
        return Key.LOTTERY in self.keys

    @property
    def scored(self) -> tuple[Criterion, ...]:
        """The criteria that evaluators score."""
        return tuple(each for each in self.criteria if each.scored and Key.POINTS in self.mode)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The scores of one evaluator: criterion -> points on its scale."""

    evaluator: str
    points: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Applicant:
    """One application as it enters the ranking. `reference` is what the lot is drawn with; whoever
    names the same `consortium` is ranked and decided on as one."""

    reference: str
    company: str
    arrived_at: datetime
    m2: Decimal
    facts: Facts = field(default_factory=dict)
    sheets: tuple[Sheet, ...] = ()
    consortium: str = ""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything an order is made of beside the plan. None: no limit, or no lot drawn yet."""

    applicants: tuple[Applicant, ...]
    m2: Decimal | None = None
    places: int | None = None
    seed: str | None = None


class Outcome(StrEnum):
    SELECTED = "selected"
    WAITING = "waiting"
    BELOW = "below"


class Change(StrEnum):
    """What an edit by hand may do."""

    MOVE = "move"
    OUT = "out"
    SPACE = "space"


@dataclass(frozen=True, slots=True)
class Edit:
    """One change by hand, made after the order is worked out.

    MOVE puts a request on a rank (also one below the bar), OUT takes an application out of the
    order, SPACE changes what is there to give.
    """

    change: Change
    reference: str = ""
    module: int = 1
    rank: int = 1
    places: int | None = None
    m2: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """One line of the list. `tie` is what parted it from `tied_with`, which was level before;
    `consortium`: with whom it stands at the place of the best of them."""

    rank: int
    reference: str
    module: int
    m2: Decimal
    outcome: Outcome
    group: str = ""
    total: Decimal | None = None
    points: Mapping[str, Decimal] = field(default_factory=dict)
    missed: tuple[str, ...] = ()
    tie: Key | None = None
    tied_with: str = ""
    held_by: str = ""
    by_hand: bool = False
    consortium: str = ""


def lot(seed: str, reference: str) -> str:
    """Where the lot puts an application: SHA-256 of the seed followed by the reference, in hex."""
    return hashlib.sha256((seed + reference).encode()).hexdigest()


def commitment(seed: str) -> str:
    """What is published before anybody applies, so that the seed cannot be chosen afterwards."""
    return hashlib.sha256(seed.encode()).hexdigest()


def modules(m2: Decimal, module_m2: Decimal | None) -> list[Decimal]:
    """An area as requests of one module each, the last one what remains: 20 of 9 is 9, 9, 2."""
    if module_m2 is None or m2 <= module_m2:
        return [m2]
    whole, rest = divmod(m2, module_m2)
    return [module_m2] * int(whole) + ([rest] if rest else [])


def group_of(plan: Plan, facts: Facts) -> int:
    """The number of the first priority group that fits; the number of groups if none does."""
    for n, each in enumerate(plan.groups):
        if all_hold(each.conditions, facts):
            return n
    return len(plan.groups)


class Step(StrEnum):
    """What carrying out a decision does with one application."""

    SELECT = "select"
    WAIT = "wait"
    REJECT = "reject"
    KEEP = "keep"
    LEAVE = "leave"


_TAKES_PART = frozenset({"submitted", "eligible", "wait_listed", "rejected"})
_STAYS = {
    Outcome.SELECTED: frozenset({"eligible"}),
    Outcome.WAITING: frozenset[str](),
    Outcome.BELOW: frozenset({"rejected"}),
}
_STEPS = {
    Outcome.SELECTED: Step.SELECT,
    Outcome.WAITING: Step.WAIT,
    Outcome.BELOW: Step.REJECT,
}


def step_for(outcome: Outcome, state: str) -> Step:
    """What becomes of an application in `state`: who withdrew or has a contract is left alone."""
    if state not in _TAKES_PART:
        return Step.LEAVE
    return Step.KEEP if state in _STAYS[outcome] else _STEPS[outcome]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a new version changes for one request; None before where it was not listed yet."""

    reference: str
    module: int
    rank_before: int | None
    rank_after: int
    before: Outcome | None
    after: Outcome
    by_hand: bool


def differences(before: Sequence[Placed], after: Sequence[Placed]) -> list[Difference]:
    """What changed between two versions of one decision, those moved by hand first."""
    was = {(each.reference, each.module): each for each in before}
    found = []
    for each in after:
        old = was.get((each.reference, each.module))
        if old is None:
            rank_before, outcome, by_hand = None, None, False
        else:
            rank_before, outcome, by_hand = old.rank, old.outcome, old.by_hand
        if (rank_before, outcome, by_hand) != (each.rank, each.outcome, each.by_hand):
            found.append(
                Difference(
                    each.reference, each.module, rank_before, each.rank, outcome, each.outcome,
                    each.by_hand and not by_hand,
                )
            )  # fmt: skip
    return sorted(found, key=lambda each: (not each.by_hand, each.rank_after))
