"""Suggestions for one and for all, with exposure shared fairly. Pure.

Nobody stands in more than twice as many lists as their free slots make their due, and a part of
each list is kept for people whom few have asked, as far as there are good ones. Lists are filled
from the best pair downwards (a greedy b-matching).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from events.matchmaking.recommending.index import PLACES, Index, Toward
from events.matchmaking.recommending.words import Vector

LENGTH = 10
DUE = 2.0
KEPT = 0.2  # the part of a list for those with few requests
FEW = 0.5  # of the usual number of requests
GOOD = 0.6  # of the score of a list's last place, to have a kept one
DEEP = 8  # lists are filled from this many times their length of candidates first


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody to meet, with the pair score, 0 to 1."""

    id: str
    score: float


def due(index: Index, length: int = LENGTH) -> dict[str, int]:
    """In how many lists of `length` each may stand, by their share of all free slots."""
    usual = float(index.free_slots.mean()) if len(index.profiles) else 0.0
    return {
        one.id: ceil(DUE * length * int(free) / usual) if usual else 0
        for one, free in zip(index.profiles, index.free_slots, strict=True)
    }


def suggest(
    index: Index, who: str, shown: Mapping[str, int] | None = None, length: int = LENGTH
) -> list[Suggestion]:
    """The list of one person, best first, when others have been `shown` in so many lists of others.

    People who stand in as many as is their due are left out, those refused or asked never return.
    """
    person = index.at[who]
    scores = _suggestable(index, person, index.scores(person))
    most = due(index, length)
    seen = shown or {}
    for number in np.flatnonzero(scores).tolist():
        other = index.profiles[number].id
        if seen.get(other, 0) >= most[other]:
            scores[number] = 0.0
    order = _best(scores, len(scores))
    few = _few(index)
    chosen = set(_kept(scores, order, few, length)[: round(KEPT * length)])
    for number in order:
        if len(chosen) >= length:
            break
        chosen.add(number)
    return _told(index, [number for number in order if number in chosen], scores)


def everybody(index: Index, length: int = LENGTH) -> dict[str, list[Suggestion]]:
    """The lists of all, by id. Memory: 8 bytes for each two people and three scores.

    A list is shorter where everybody else who may be suggested has their due.
    """
    people = len(index.profiles)
    scores = matrix(index)
    for person in range(people):
        scores[person] = _suggestable(index, person, scores[person])
    limits = due(index, length)
    left = [limits[one.id] for one in index.profiles]
    few = _few(index)
    orders = [_best(scores[person], DEEP * length) for person in range(people)]
    chosen: list[set[int]] = [set() for _ in range(people)]
    kept = [
        (person, other)
        for person in range(people)
        for other in _kept(scores[person], orders[person], few, length)
    ]
    _fill(scores, kept, chosen, left, round(KEPT * length))
    pairs = [(person, other) for person in range(people) for other in orders[person]]
    _fill(scores, pairs, chosen, left, length)
    for person in range(people):
        if len(chosen[person]) < length:
            rest = [(person, other) for other in _best(scores[person], people)]
            _fill(scores, rest, chosen, left, length)
    return {
        one.id: _told(index, [other for other in _best(scores[n], people) if other in chosen[n]],
                      scores[n])
        for n, one in enumerate(index.profiles)
    }  # fmt: skip


def matrix(index: Index) -> NDArray[np.float32]:
    """The pair scores of all with all, (people, people); 0 where no meeting is possible."""
    people = len(index.profiles)
    goods = np.zeros((people, people), np.float32)
    around = np.zeros_like(goods)
    alike = np.zeros_like(goods)
    for person in range(people):
        seen = index.forth(person)
        goods[person], around[person], alike[person] = seen.goods, seen.circumstances, seen.alike
    found = np.zeros_like(goods)
    for person in range(people):
        there = Toward(*(each[person].astype(float) for each in (goods, around, alike)))
        here = Toward(*(each[:, person].astype(float) for each in (goods, around, alike)))
        found[person] = index.pair(person, there, here)
    return found


def _suggestable(index: Index, person: int, scores: NDArray[np.floating]) -> Vector:
    return np.where(index.may_suggest(person), np.round(scores.astype(float), PLACES), 0.0)


def _best(scores: NDArray[np.floating], most: int) -> list[int]:
    """The numbers of the largest scores above 0, best first, equal ones by number."""
    some = np.flatnonzero(scores > 0)
    if len(some) > 4 * most:
        least = np.partition(scores[some], len(some) - most)[len(some) - most]
        some = some[scores[some] >= least]
    found: list[int] = some[np.argsort(-scores[some], kind="stable")][:most].tolist()
    return found


def _few(index: Index) -> NDArray[np.bool_]:
    usual = index.requests.mean() if len(index.requests) else 0.0
    found: NDArray[np.bool_] = index.requests < FEW * usual
    return found


def _kept(
    scores: NDArray[np.floating], order: Sequence[int], few: NDArray[np.bool_], length: int
) -> list[int]:
    """Those with few requests, best first, who are not far below the rest of the list."""
    if not order:
        return []
    least = GOOD * scores[order[min(length, len(order)) - 1]]
    return [other for other in order if few[other] and scores[other] >= least]


def _fill(
    scores: NDArray[np.floating],
    pairs: Sequence[tuple[int, int]],
    chosen: list[set[int]],
    left: list[int],
    length: int,
) -> None:
    """Take pairs from the best downwards while the list has room and the other their due."""
    if not pairs:
        return
    person, other = np.array(pairs).T
    best = np.lexsort((other, person, -scores[person, other]))
    for who, whom in zip(person[best].tolist(), other[best].tolist(), strict=True):
        if len(chosen[who]) < length and left[whom] and whom not in chosen[who]:
            chosen[who].add(whom)
            left[whom] -= 1


def _told(index: Index, order: Sequence[int], scores: NDArray[np.floating]) -> list[Suggestion]:
    return [
        Suggestion(index.profiles[other].id, round(float(scores[other]), PLACES)) for other in order
    ]
