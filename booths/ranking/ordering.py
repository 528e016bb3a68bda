"""The order: `rank(plan, inputs)` is the whole rule, as a pure function.

It is a total order: two requests never share a rank, and the order in which applicants are handed
in does not matter. Below the bar is last; nobody's second module comes before everybody's first;
then the keys of the plan decide, and at the very last the reference.

An export consortium is one: its members follow its best one at once, and all of them get a place or
none does. A member below the bar is ranked, and left out, by itself.
"""

from collections import Counter
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
    Quota,
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

    @property
    def asked(self) -> tuple[str, int]:
        """What is asked for: the reference and the number of the module."""
        return self.applicant.reference, self.module

    @property
    def one(self) -> tuple[str, str, int]:
        """Whom it is decided with: a consortium's requests of one number are one."""
        together = "" if self.mark.missed else self.applicant.consortium
        return together, "" if together else self.applicant.reference, self.module


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
    singly = _requests(plan, inputs)
    ties = _ties(plan, singly)
    order = _joined(singly)
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
            with_it = [r for r in order if r.one == moved.one]
            order = [r for r in order if r.one != moved.one]
            order = _joined([*order[: edit.rank - 1], *with_it, *order[edit.rank - 1 :]])
            raised |= {r.asked for r in with_it}
    order.sort(key=lambda r: r.applicant.reference in out)
    below = {
        (r.applicant.reference, r.module)
        for r in order
        if r.applicant.reference in out
        or (r.mark.missed and (r.applicant.reference, r.module) not in raised)
    }
    taken, held = _settle(plan, order, below, places, m2)
    several = Counter(r.one for r in order if r.asked not in below)
    first = {r.one: r.asked for r in reversed(order)}
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
            tie=ties[r.asked][0] if first[r.one] == r.asked else None,
            tied_with=ties[r.asked][1] if first[r.one] == r.asked else "",
            held_by=held.get((r.applicant.reference, r.module), ""),
            by_hand=(r.applicant.reference, r.module) in raised or r.applicant.reference in out,
            consortium=r.one[0] if r.asked not in below and several[r.one] > 1 else "",
        )
        for n, r in enumerate(order, 1)
    ]


def _joined(order: list[_Request]) -> list[_Request]:
    """The same order with the members of a consortium at the place of the first of them."""
    found: dict[tuple[str, str, int], list[_Request]] = {}
    for each in order:
        found.setdefault(each.one, []).append(each)
    return [each for some in found.values() for each in some]


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
    """What is given so far, and whether more fits: one request, or those of a consortium."""

    def __init__(self, plan: Plan, places: int | None, m2: Decimal | None) -> None:
        self.places, self.m2 = places, m2
        self.quotas = plan.quotas
        self.given = {unit: Decimal(0) for unit in Unit}
        self.used = [Decimal(0) for _ in plan.quotas]
        self.taken: set[tuple[str, int]] = set()

    def full(self, some: list[_Request]) -> bool:
        """Whether the space itself is too small for them."""
        if self.places is not None and self.given[Unit.PLACES] + len(some) > self.places:
            return True
        m2 = sum((r.m2 for r in some), Decimal(0))
        return self.m2 is not None and self.given[Unit.M2] + m2 > self.m2

    def quota(self, some: list[_Request]) -> str:
        """The quota that they would exceed, by name."""
        for n, each in enumerate(self.quotas):
            more = self._counted(each, some)
            if each.bound is Bound.MOST and more and self.used[n] + more > each.amount:
                return each.name
        return ""

    def _counted(self, quota: Quota, some: list[_Request]) -> Decimal:
        return sum(
            (
                Decimal(1) if quota.unit is Unit.PLACES else r.m2
                for r in some
                if all_hold(quota.conditions, r.applicant.facts)
            ),
            Decimal(0),
        )

    def later(self, some: list[_Request]) -> bool:
        """A further module waits for the one before it."""
        return any(
            r.module > 1 and (r.applicant.reference, r.module - 1) not in self.taken for r in some
        )

    def take(self, some: list[_Request]) -> None:
        """Give it."""
        self.taken |= {r.asked for r in some}
        self.given[Unit.PLACES] += len(some)
        self.given[Unit.M2] += sum((r.m2 for r in some), Decimal(0))
        for n, each in enumerate(self.quotas):
            self.used[n] += self._counted(each, some)


def _settle(
    plan: Plan,
    order: list[_Request],
    below: set[tuple[str, int]],
    places: int | None,
    m2: Decimal | None,
) -> tuple[set[tuple[str, int]], dict[tuple[str, int], str]]:
    """Who gets a place: first what quotas keep for their groups, then everybody in order."""
    room = _Room(plan, places, m2)
    open_to: dict[tuple[str, str, int], list[_Request]] = {}
    for r in order:
        if r.asked not in below:
            open_to.setdefault(r.one, []).append(r)
    for n, each in enumerate(plan.quotas):
        for some in open_to.values() if each.bound is Bound.LEAST else []:
            if room.used[n] >= each.amount:
                break
            wanted = some[0].asked not in room.taken and any(
                all_hold(each.conditions, r.applicant.facts) for r in some
            )
            if wanted and not (room.full(some) or room.quota(some) or room.later(some)):
                room.take(some)
    held: dict[tuple[str, int], str] = {}
    for some in open_to.values():
        if some[0].asked in room.taken:
            continue
        name = room.quota(some)
        if name:
            held |= dict.fromkeys((r.asked for r in some), name)
        elif room.full(some):
            if plan.gap is Gap.STRICT:
                break
        elif not room.later(some):
            room.take(some)
    return room.taken, held
