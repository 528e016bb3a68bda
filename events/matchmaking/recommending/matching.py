"""How well what some need is met by what others offer, by codes and by words together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from events.matchmaking.recommending.profiles import Good
from events.matchmaking.recommending.taxonomy import Nearness
from events.matchmaking.recommending.words import Texts, Vector

Starts = NDArray[np.int64]

# A need weighs this much, and up to 1 more the rarer it is.
PLAIN = 0.5


class Matching:
    """Needs against offers of the same people, in the same order.

    A need is met by the best single offer of a person: c + t - c·t for codes c and text t. Who
    lists many more offers than is usual offers each a little less, so that listing everything is
    no way to the top.
    """

    def __init__(
        self, needs: Sequence[tuple[Good, ...]], offers: Sequence[tuple[Good, ...]]
    ) -> None:
        """The goods of each person."""
        self._needs = [good for each in needs for good in each]
        self._offers = [good for each in offers for good in each]
        self._needs_from = _starts(needs)
        self._offers_from = _starts(offers)
        self._codes = Nearness([g.codes for g in self._needs], [g.codes for g in self._offers])
        self._texts = Texts([g.text for g in self._needs], [g.text for g in self._offers])
        self._weight = np.array([PLAIN + self._rarity(good) for good in self._needs])
        count = np.diff(self._offers_from)
        usual = max(3.0, 2 * float(count[count > 0].mean()) if count.any() else 0.0)
        self._breadth = np.repeat(np.minimum(1.0, np.sqrt(usual / np.maximum(count, 1))), count)
        self._people = len(needs)

    def _rarity(self, good: Good) -> float:
        return max(self._codes.rarity(good.codes), self._texts.rarity(good.text))

    def _met(self, need: int) -> Vector:
        codes, texts = self._codes.by_offers(need), self._texts.by_offers(need)
        met: Vector = (codes + texts - codes * texts) * self._breadth
        return met

    def of(self, person: int) -> Vector:
        """For each other the weight of `person`'s needs that they meet; 0 or more."""
        total = np.zeros(self._people)
        for need in range(self._needs_from[person], self._needs_from[person + 1]):
            total += self._weight[need] * _each(np.maximum, self._met(need), self._offers_from)
        return total

    def to(self, person: int) -> Vector:
        """For each other the weight of their needs that `person` meets: `of`, turned round."""
        best = np.zeros(len(self._needs))
        for offer in range(self._offers_from[person], self._offers_from[person + 1]):
            codes, texts = self._codes.of_needs(offer), self._texts.of_needs(offer)
            met = (codes + texts - codes * texts) * self._breadth[offer]
            np.maximum(best, met, out=best)
        return _each(np.add, best * self._weight, self._needs_from)

    def share(self, person: int) -> Vector:
        """`of` as a share of all that `person` needs, 0 to 1."""
        weight = self._weight[self._needs_from[person] : self._needs_from[person + 1]].sum()
        return self.of(person) / weight if weight else np.zeros(self._people)

    def shares(self, person: int) -> Vector:
        """`to` as a share of all that each of the others needs, 0 to 1."""
        weight = _each(np.add, self._weight, self._needs_from)
        return self.to(person) / np.where(weight > 0, weight, 1.0)

    def pairs(self, needing: int, offering: int) -> list[tuple[float, Good, Good]]:
        """Each need of one with the other's best offer and the weight it meets, largest first."""
        first, end = self._offers_from[offering], self._offers_from[offering + 1]
        if first == end:
            return []
        found = []
        for need in range(self._needs_from[needing], self._needs_from[needing + 1]):
            met = self._met(need)[first:end]
            best = int(met.argmax())
            if met[best] > 0:
                found.append(
                    (
                        float(self._weight[need] * met[best]),
                        self._needs[need],
                        self._offers[first + best],
                    )
                )
        return sorted(found, key=lambda one: -one[0])


def _starts(goods: Sequence[tuple[Good, ...]]) -> Starts:
    return np.cumsum([0, *(len(each) for each in goods)])


def _each(of: np.ufunc, values: Vector, start: Starts) -> Vector:
    """`of` reduces each run of values, which begin at `start`; 0 for an empty run."""
    some = np.diff(start) > 0
    found = np.zeros(len(some))
    if some.any():
        found[some] = of.reduceat(values, start[:-1][some])
    return found
