"""The order: `rank(plan, inputs)` is the whole rule, as a pure function.

It is a total order: two requests never share a rank, and the order in which applicants are handed
in does not matter. Below the bar is last; nobody's second module comes before everybody's first;
then the keys of the plan decide, and at the very last the reference.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from booths.ranking.rules import (
    Applicant,
    Bound,
    Change,
    Edit,
    Gap,
    Inputs,
    Key,
    Outcome,
    Placed,
    Plan,
    Unit,
    all_hold,
    group_of,
    lot,
    modules,
    number_of,
)
from booths.ranking.scoring import Mark, mark

Level = int | Decimal | datetime | str


@dataclass(frozen=True, slots=True)
class _Request:
    applicant: Applicant
    module: int
    m2: Decimal
    mark: Mark
    group: int
    level: tuple[Level, ...]

    @property
    def order(self) -> tuple[object, ...]:
        """Below the bar last; nobody's second module before everybody's first; then the keys."""
        return (bool(self.mark.missed), self.module, *self.level, self.applicant.reference)


def _level(key: Key, applicant: Applicant, found: Mark, group: int, seed: str | None) -> Level:
    match key:
        case Key.GROUPS:
            return group
        case Key.POINTS:
            return -(found.total or Decimal(0))
        case Key.ARRIVAL:
            return applicant.arrived_at
        case Key.LOTTERY:
            return "" if seed is None else lot(seed, applicant.reference)
        case Key.FEWER:
            return number_of(applicant.facts.get("participations", 0)) or Decimal(0)
        case Key.YOUNGER:
            founded = str(applicant.facts.get("founded_on", ""))
            return -date.fromisoformat(founded).toordinal() if founded else 0
        case Key.SMALLER:
            return applicant.m2


def _requests(plan: Plan, inputs: Inputs) -> list[_Request]:
    found = []
    for each in inputs.applicants:
        marked, group = mark(plan, each), group_of(plan, each.facts)
        level = tuple(_level(key, each, marked, group, inputs.seed) for key in plan.keys)
        found += [
            _Request(each, n, m2, marked, group, level)
            for n, m2 in enumerate(modules(each.m2, plan.module_m2), 1)
        ]
    return sorted(found, key=lambda each: each.order)


def _tie(plan: Plan, one: _Request, other: _Request) -> Key | None:
    """What parts two requests that the mode leaves level; None if the mode has parted them."""
    if one.order[:2] != other.order[:2]:
        return None
    places = len(plan.mode)
    if one.level[:places] != other.level[:places]:
        return None
    for key, mine, theirs in zip(plan.keys, one.level, other.level, strict=True):
        if mine != theirs:
            return key
    return None


def rank(plan: Plan, inputs: Inputs, edits: Sequence[Edit] = ()) -> list[Placed]:
    """The list: every request once, from rank 1 on, with what becomes of it and why."""
    order = _requests(plan, inputs)
    ties = _ties(plan, order)
    raised: set[tuple[str, int]] = set()
    out: set[str] = set()
    places, m2 = inputs.places, inputs.m2
    for edit in edits:
        if edit.change is Change.SPACE:
            places, m2 = edit.places, edit.m2
        elif edit.change is Change.OUT:
            out.add(edit.reference)
        else:
            asked = (edit.reference, edit.module)
            moved = next(r for r in order if (r.applicant.reference, r.module) == asked)
            order.remove(moved)
            order.insert(edit.rank - 1, moved)
            raised.add(asked)
    order.sort(key=lambda r: r.applicant.reference in out)
    below = {
        (r.applicant.reference, r.module)
        for r in order
        if r.applicant.reference in out
        or (r.mark.missed and (r.applicant.reference, r.module) not in raised)
    }
    taken, held = _settle(plan, order, below, places, m2)
    return [
        Placed(
            rank=n,
            reference=r.applicant.reference,
            module=r.module,
            m2=r.m2,
            outcome=_outcome((r.applicant.reference, r.module), taken, below),
            group=plan.groups[r.group].name if r.group < len(plan.groups) else "",
            total=r.mark.total,
            points=r.mark.points,
            missed=r.mark.missed,
            tie=ties[r.applicant.reference, r.module][0],
            tied_with=ties[r.applicant.reference, r.module][1],
            held_by=held.get((r.applicant.reference, r.module), ""),
            by_hand=(r.applicant.reference, r.module) in raised or r.applicant.reference in out,
        )
        for n, r in enumerate(order, 1)
    ]


def _ties(plan: Plan, order: list[_Request]) -> dict[tuple[str, int], tuple[Key | None, str]]:
    found = {}
    for n, each in enumerate(order):
        parted: tuple[Key | None, str] = (None, "")
        for other in (order[n - 1 : n] if n else []) + order[n + 1 : n + 2]:
            key = _tie(plan, each, other)
            if key is not None:
                parted = (key, other.applicant.reference)
                break
        found[each.applicant.reference, each.module] = parted
    return found


def _outcome(
    asked: tuple[str, int], taken: set[tuple[str, int]], below: set[tuple[str, int]]
) -> Outcome:
    if asked in below:
        return Outcome.BELOW
    return Outcome.SELECTED if asked in taken else Outcome.WAITING


class _Room:
    """What is given so far, and whether one more request fits."""

    def __init__(self, plan: Plan, places: int | None, m2: Decimal | None) -> None:
        self.places, self.m2 = places, m2
        self.quotas = plan.quotas
        self.given = {unit: Decimal(0) for unit in Unit}
        self.used = [Decimal(0) for _ in plan.quotas]
        self.taken: set[tuple[str, int]] = set()

    def full(self, request: _Request) -> bool:
        """Whether the space itself is too small for one more."""
        if self.places is not None and self.given[Unit.PLACES] + 1 > self.places:
            return True
        return self.m2 is not None and self.given[Unit.M2] + request.m2 > self.m2

    def quota(self, request: _Request) -> str:
        """The quota that one more would exceed, by name."""
        for n, each in enumerate(self.quotas):
            if each.bound is Bound.MOST and all_hold(each.conditions, request.applicant.facts):
                more = Decimal(1) if each.unit is Unit.PLACES else request.m2
                if self.used[n] + more > each.amount:
                    return each.name
        return ""

    def later(self, request: _Request) -> bool:
        """A further module waits for the one before it."""
        before = (request.applicant.reference, request.module - 1)
        return request.module > 1 and before not in self.taken

    def take(self, request: _Request) -> None:
        """Give it."""
        self.taken.add((request.applicant.reference, request.module))
        self.given[Unit.PLACES] += 1
        self.given[Unit.M2] += request.m2
        for n, each in enumerate(self.quotas):
            if all_hold(each.conditions, request.applicant.facts):
                self.used[n] += 1 if each.unit is Unit.PLACES else request.m2


def _settle(
    plan: Plan,
    order: list[_Request],
    below: set[tuple[str, int]],
    places: int | None,
    m2: Decimal | None,
) -> tuple[set[tuple[str, int]], dict[tuple[str, int], str]]:
    """Who gets a place: first what quotas keep for their groups, then everybody in order."""
    room = _Room(plan, places, m2)
    open_to = [r for r in order if (r.applicant.reference, r.module) not in below]
    for n, each in enumerate(plan.quotas):
        for r in open_to if each.bound is Bound.LEAST else []:
            if room.used[n] >= each.amount:
                break
            asked = (r.applicant.reference, r.module)
            wanted = asked not in room.taken and all_hold(each.conditions, r.applicant.facts)
            if wanted and not (room.full(r) or room.quota(r) or room.later(r)):
                room.take(r)
    held: dict[tuple[str, int], str] = {}
    for r in open_to:
        asked = (r.applicant.reference, r.module)
        if asked in room.taken:
            continue
        name = room.quota(r)
        if name:
            held[asked] = name
        elif room.full(r):
            if plan.gap is Gap.STRICT:
                break
        elif not room.later(r):
            room.take(r)
    return room.taken, held
