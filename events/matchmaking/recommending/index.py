"""Scores between all participants of a session, from an index that is built once. Pure.

Evidence that B is worth A's time adds up: what B offers of A's needs, what B needs of A's offers,
and the circumstances (markets, cooperation, certificates, size), which count in full only where
there is something to talk about. One way: 1 - exp(-evidence). A pair: the harmonic mean of its two
ways (RECON, RecSys 2010), which is high only where both are.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from hashlib import blake2b
from math import log

import numpy as np
from numpy.typing import NDArray

from events.matchmaking.recommending.matching import Matching
from events.matchmaking.recommending.profiles import MayAsk, Profile, Signals, Visibility
from events.matchmaking.recommending.words import Vector

Flags = NDArray[np.bool_]
Masks = NDArray[np.uint64]

NEED = 1.2  # evidence of one need of usual rarity that is met
SELL = 0.5  # what meeting their need counts beside having one's own met
CIRCUMSTANCES = 0.8  # evidence of perfect circumstances
ALONE = 0.1  # the part of it that counts with nothing to talk about
MARKET, COOPERATION, CERTIFICATE, SIZE = 0.9, 0.6, 0.5, 0.4
SINK = 0.7  # what the like of a refused person loses at most
RISE = 0.3  # what the like of a wished one gains, of what is missing to 1
PLACES = 6  # decimals of a score; what is beyond them is no difference


@dataclass(frozen=True, slots=True)
class Toward:
    """What speaks for each of the others, seen from one person (or from each of them, to it)."""

    goods: Vector
    circumstances: Vector
    alike: Vector


class Index:
    """All profiles of a session, made ready to be compared.

    Who stands first among equals is drawn from the ids, so that neither the order in which
    profiles are given nor an alphabet decides.
    """

    def __init__(
        self, profiles: Iterable[Profile], may_ask: MayAsk, signals: Signals | None = None
    ) -> None:
        """ValueError where two profiles have the same id."""
        self.profiles = tuple(sorted(profiles, key=lambda one: (_lot(one.id), one.id)))
        self.at = {one.id: number for number, one in enumerate(self.profiles)}
        if len(self.at) != len(self.profiles):
            raise ValueError("two profiles have the same id")
        offers = [one.offers for one in self.profiles]
        self.goods = Matching([one.needs for one in self.profiles], offers)
        self._likeness = Matching(offers, offers)
        self._wants, self._has = _circumstances(self.profiles)
        self._company = _numbered([one.company for one in self.profiles])
        groups = sorted({one.group for one in self.profiles})
        self._group = np.array([groups.index(one.group) for one in self.profiles], int)
        self._may_ask = np.array(
            [[other in may_ask.get(one, frozenset()) for other in groups] for one in groups], bool
        ).reshape(len(groups), len(groups))
        self._slots = _masks([one.slots for one in self.profiles])
        spoken = sorted({each for one in self.profiles for each in one.languages})
        self._languages = _masks(
            [sum(1 << spoken.index(each) for each in one.languages) for one in self.profiles]
        )
        self._shown = np.array([one.visibility is Visibility.SHOWN for one in self.profiles], bool)
        self.free_slots = np.array([one.slots.bit_count() for one in self.profiles], int)
        self._hear(signals or Signals())

    def hearing(self, signals: Signals) -> "Index":
        """The same profiles with other signals, without building anything anew."""
        other = copy(self)
        other._hear(signals)
        return other

    def _hear(self, signals: Signals) -> None:
        self._wished, self._wished_by = self._told(signals.wishes)
        self._refused, self._refused_by = self._told(signals.refused)
        blocked, blocked_by = self._told(signals.blocked)
        asked, asked_by = self._told(signals.asked)
        self._apart: dict[int, set[int]] = defaultdict(set)
        for found in (blocked, blocked_by, self._refused, self._refused_by):
            for who, whom in found.items():
                self._apart[who] |= whom
        self._settled: dict[int, set[int]] = defaultdict(set)
        for found in (asked, asked_by):
            for who, whom in found.items():
                self._settled[who] |= whom
        self.requests = np.array([len(asked_by.get(n, ())) for n in range(len(self.profiles))], int)

    def _told(
        self, pairs: Iterable[tuple[str, str]]
    ) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
        forth: dict[int, set[int]] = {}
        back: dict[int, set[int]] = {}
        for who, whom in pairs:
            if who in self.at and whom in self.at:
                forth.setdefault(self.at[who], set()).add(self.at[whom])
                back.setdefault(self.at[whom], set()).add(self.at[who])
        return forth, back

    # Gates

    def may_meet(self, who: int) -> Flags:
        """With whom a meeting is possible: one of the two may ask the other, who is shown; another
        company; a language and a free slot in common; not kept apart."""
        asks = self._may_ask[self._group[who]][self._group] & self._shown
        asked = self._may_ask[self._group, self._group[who]] & self._shown[who]
        found: Flags = (asks | asked) & (self._company != self._company[who])
        found &= (self._languages & self._languages[who]).any(axis=1)
        found &= (self._slots & self._slots[who]).any(axis=1)
        found[list(self._apart.get(who, ()))] = False
        found[who] = False
        return found

    def may_suggest(self, who: int) -> Flags:
        """Who may stand in the list of `who`: whom they may ask, and no request between them."""
        found = self.may_meet(who)
        found &= self._may_ask[self._group[who]][self._group] & self._shown
        found[list(self._settled.get(who, ()))] = False
        return found

    # Scores

    def forth(self, who: int) -> Toward:
        """What speaks for each of the others as `who` sees them."""
        wants = np.flatnonzero(self._wants[who])
        return Toward(
            self.goods.of(who),
            self._has[:, wants] @ self._wants[who, wants],
            self._alike(who),
        )

    def back(self, who: int) -> Toward:
        """What speaks for `who` as each of the others sees them."""
        has = np.flatnonzero(self._has[who])
        return Toward(
            self.goods.to(who),
            self._wants[:, has] @ self._has[who, has],
            self._alike_to(who),
        )

    def _alike(self, who: int) -> Vector:
        """For each other: as those whom `who` wishes (to 1) or as those they refused (to -1)."""
        found = np.zeros(len(self.profiles))
        for sign, told in ((1.0, self._wished), (-1.0, self._refused)):
            best = np.zeros(len(self.profiles))
            for one in sorted(told.get(who, ())):
                like = self._likeness.share(one)
                like[self._company == self._company[one]] = 1.0
                np.maximum(best, like, out=best)
            found += sign * best
        return found

    def _alike_to(self, who: int) -> Vector:
        """`_alike` from the other side: what each of the others feels for the like of `who`."""
        found = np.zeros(len(self.profiles))
        if not self._wished and not self._refused:
            return found
        like = self._likeness.shares(who)
        like[self._company == self._company[who]] = 1.0
        for sign, told in ((1.0, self._wished), (-1.0, self._refused)):
            for other, ones in told.items():
                found[other] += sign * max(like[one] for one in ones)
        return found

    def one_way(self, who: int) -> Vector:
        """How much each of the others is what `who` looks for, 0 to 1, gates not asked."""
        return self._ways(who, self.forth(who), self.back(who))[0]

    def scores(self, who: int) -> Vector:
        """The pair score with each of the others, 0 to 1; 0 where no meeting is possible."""
        return self.pair(who, self.forth(who), self.back(who))

    def score(self, a: str, b: str) -> float:
        """The pair score of two people: the same whoever is named first."""
        first, second = sorted((self.at[a], self.at[b]))
        return float(self.scores(first)[second])

    def pair(self, who: int, forth: Toward, back: Toward) -> Vector:
        """Pair scores from what was found before."""
        there, here = self._ways(who, forth, back)
        both = there + here
        mean: Vector = np.divide(2 * there * here, both, out=np.zeros(len(both)), where=both > 0)
        mean[~self.may_meet(who)] = 0.0
        return mean.round(PLACES)

    def _ways(self, who: int, forth: Toward, back: Toward) -> tuple[Vector, Vector]:
        there = _one_way(forth.goods + SELL * back.goods, forth.circumstances, forth.alike)
        here = _one_way(back.goods + SELL * forth.goods, back.circumstances, back.alike)
        there[list(self._wished.get(who, ()))] = 1.0
        here[list(self._wished_by.get(who, ()))] = 1.0
        return there, here


def _one_way(goods: Vector, circumstances: Vector, alike: Vector) -> Vector:
    something = 1 - np.exp(-NEED * goods)
    around = CIRCUMSTANCES * (1 - np.exp(-circumstances)) * (ALONE + (1 - ALONE) * something)
    found = 1 - (1 - something) * np.exp(-around)
    found *= 1 - SINK * np.clip(-alike, 0.0, 1.0)
    rise: Vector = RISE * np.clip(alike, 0.0, 1.0) * (1 - found)
    return found + np.where(found > 0, rise, 0.0)


def _circumstances(profiles: Sequence[Profile]) -> tuple[Vector, Vector]:
    """(people, features): the weight of each that somebody wants, and 1 for each they have.

    The rarer a market or a certificate is among the participants, the more it weighs.
    """
    wanted = [
        {("market", each) for each in one.aims}
        | {("cooperation", each) for each in one.seeks}
        | {("certificate", each.casefold()) for each in one.asks}
        | {("size", each) for each in one.sizes}
        for one in profiles
    ]
    had = [
        {("market", each) for each in one.markets}
        | {("cooperation", each) for each in one.gives}
        | {("certificate", each.casefold()) for each in one.certificates}
        | ({("size", one.size)} if one.size else set())
        for one in profiles
    ]
    features = sorted({each for found in (*wanted, *had) for each in found})
    number = {each: n for n, each in enumerate(features)}
    wants = np.zeros((len(profiles), len(features)))
    has = np.zeros_like(wants)
    for person, (some, others) in enumerate(zip(wanted, had, strict=True)):
        wants[person, [number[each] for each in some]] = 1.0
        has[person, [number[each] for each in others]] = 1.0
    weights = {"market": MARKET, "cooperation": COOPERATION, "certificate": CERTIFICATE,
               "size": SIZE}  # fmt: skip
    plain = np.array([weights[kind] for kind, _ in features])
    most = log(2 + len(profiles))
    rare = np.log((2 + len(profiles)) / (1 + has.sum(axis=0))) / most
    return wants * (plain * (0.5 + 0.5 * rare)), has


def _lot(of: str) -> bytes:
    return blake2b(of.encode(), digest_size=8).digest()


def _numbered(names: Sequence[str]) -> NDArray[np.int64]:
    number = {name: n for n, name in enumerate(sorted(set(names)))}
    return np.array([number[name] for name in names], np.int64)


def _masks(bits: Sequence[int]) -> Masks:
    """Bit masks of any length as rows of 64 bits each."""
    wide = max(1, *((each.bit_length() + 63) // 64 for each in bits)) if bits else 1
    rows = [[each >> 64 * word & (1 << 64) - 1 for word in range(wide)] for each in bits]
    return np.array(rows, np.uint64).reshape(len(bits), wide)
