"""A case in numbers: applicants and places by their position, what fits, and what it is worth."""

import time
from functools import cached_property

from booths.proposals.rules import (
    PAIRS,
    Case,
    Floor,
    Wish,
    WishKind,
    floor,
    points,
    unfit,
    units,
    wishes,
)

Pair = tuple[int, int]


class Asked:
    """What every part of the search reads. `until` is when it must end (time.monotonic)."""

    def __init__(self, case: Case, until: float) -> None:
        self.case = case
        self.until = until
        self.keys = [each.key for each in case.applicants]
        self.number = {key: n for n, key in enumerate(self.keys)}
        places = {each.key: n for n, each in enumerate(case.places)}
        self.pins = {self.number[who]: places[where] for who, where in case.pins.items()}
        self.before = {
            self.number[who]: places[where]
            for who, where in case.previous.items()
            if who in self.number and where in places
        }
        pinned = frozenset(self.pins.values())
        self.fitting = [
            frozenset({self.pins[n]})
            if n in self.pins
            else frozenset(at for at, place in enumerate(case.places) if not unfit(one, place))
            - pinned
            for n, one in enumerate(case.applicants)
        ]
        self.units = units(case.applicants)
        self.ground: Floor = floor(case.places, case.apart_m)

    @property
    def left(self) -> float:
        """Seconds that are left, never quite none."""
        return max(0.2, self.until - time.monotonic())

    @cached_property
    def worths(self) -> dict[tuple[int, int], int]:
        """Points of the wishes about the stand itself, by applicant and fitting place."""
        found: dict[tuple[int, int], int] = {}
        for wish in self._wishes:
            if wish.kind in PAIRS:
                continue
            one = self.number[wish.applicant]
            for at in self.fitting[one]:
                gain = points(wish, self.case.applicants[one], self.case.places[at])
                found[one, at] = found.get((one, at), 0) + gain
        return found

    @cached_property
    def pairs(self) -> dict[WishKind, dict[Pair, int]]:
        """Points by (who wishes, about whom) for neighbours and for competitors."""
        found: dict[WishKind, dict[Pair, int]] = {kind: {} for kind in PAIRS}
        for wish in self._wishes:
            if wish.kind in PAIRS:
                pair = (self.number[wish.applicant], self.number[wish.other])
                found[wish.kind][pair] = wish.weight * 100
        return found

    @cached_property
    def _wishes(self) -> list[Wish]:
        return wishes(self.case)
