"""Recommendations: a made-up population whose true preferences are known, and how well lists do.

What people truly want lies on a tree of goods; their profiles tell it with gaps, coarse or wrong
codes, slips and words of several languages. Each accepts by their own true utility, and who is
sought after is harder to please; a meeting needs the yes of both. What a list is worth is counted
in such meetings. The scores see the profiles only.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from events.matchmaking.recommending import taxonomy
from events.matchmaking.recommending.index import Index
from events.matchmaking.recommending.lists import LENGTH, everybody, matrix, suggest
from events.matchmaking.recommending.profiles import Cooperation, Good, MayAsk, Profile, Signals
from events.matchmaking.recommending.reasons import reasons

CHAPTERS, HEADINGS, SUBHEADINGS = 12, 4, 4
SLOTS = 20
COUNTRIES = ("CL", "PE", "BR", "MX", "DE", "FR", "PL", "IT", "ES", "KE", "GH", "VN", "JP", "CA")
LANGUAGES = ("en", "fr", "es", "de", "pt")
ENDINGS = {"en": "ing", "fr": "age", "es": "aje", "de": "ung", "pt": "agem"}
MAY_ASK: MayAsk = {
    "buyer": frozenset({"exhibitor"}),
    "exhibitor": frozenset({"buyer", "exhibitor"}),
}
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Population:
    """Profiles and early requests; `yes[a, b]`: a would truly accept b, by place in `profiles`."""

    profiles: tuple[Profile, ...]
    signals: Signals
    yes: NDArray[np.bool_]

    @property
    def meetings(self) -> NDArray[np.bool_]:
        """Both would say yes."""
        both: NDArray[np.bool_] = self.yes & self.yes.T
        return both


@dataclass(frozen=True)
class Worth:
    """Of lists: nDCG at their length, share of mutual acceptance, share of people with three
    meetings or more to gain, Gini of exposure."""

    ndcg: float
    mutual: float
    three: float
    gini: float


def _word(draw: np.random.Generator) -> str:
    return "".join(draw.choice(list("bdfgklmnprstvz")) + draw.choice(list("aeiou"))
                   for _ in range(3)) + str(draw.choice(list("klmnrst")))  # fmt: skip


class _Goods:
    """A tree of goods with codes, words and how near two of them truly are."""

    def __init__(self, draw: np.random.Generator) -> None:
        leaves = [
            (chapter, heading, sub)
            for chapter in range(CHAPTERS)
            for heading in range(HEADINGS)
            for sub in range(SUBHEADINGS)
        ]
        self.leaves = np.array(leaves)
        self.codes = [f"{20 + c}{h + 1:02}{s + 1:02}" for c, h, s in leaves]
        words: dict[tuple[int, ...], list[str]] = {}
        for leaf in leaves:
            for n in (1, 2, 3):
                words.setdefault(leaf[:n], [_word(draw) for _ in range(3)])
        self.words = [[words[leaf[:1]], words[leaf[:2]], words[leaf]] for leaf in leaves]
        same = self.leaves[:, None, :] == self.leaves[None, :, :]
        chapter = same[:, :, 0]
        heading = chapter & same[:, :, 1]
        self.near = np.where(
            heading & same[:, :, 2], 1.0, np.where(heading, 0.45, np.where(chapter, 0.08, 0.0))
        )

    def told(self, draw: np.random.Generator, leaf: int, language: str, coded: bool) -> Good:
        """One good as somebody enters it."""
        levels = draw.choice(3, size=draw.integers(2, 5), p=[0.15, 0.3, 0.55])
        said = []
        for level in levels:
            word = str(draw.choice(self.words[leaf][level]))
            chance = draw.random()
            if chance < 0.35:
                word += ENDINGS[language]
            elif chance < 0.45:
                at = int(draw.integers(1, len(word)))
                word = word[:at] + word[at + 1 :]
            said.append(word)
        chance = draw.random()
        code = self.codes[leaf]
        if chance < 0.25:
            code = code[:4]
        elif chance < 0.32:
            code = code[:4] + f"{draw.integers(1, SUBHEADINGS + 1):02}"
        return Good(" ".join(said), (taxonomy.code("hs", code),) if coded and chance < 0.85 else ())


def population(people: int, seed: int) -> Population:
    """So many participants; the same for the same seed."""
    draw = np.random.default_rng(seed)
    goods = _Goods(draw)
    count = len(goods.leaves)
    chapter_share = 1.0 / (np.arange(CHAPTERS) + 3)
    chapter_share /= chapter_share.sum()
    quality = np.exp(draw.normal(0, 0.8, people))
    quality /= quality.max()
    offers, needs = np.zeros((people, count), bool), np.zeros((people, count), bool)
    aims, markets, gives, seeks = (np.zeros((people, n), bool) for n in (14, 14, 4, 4))
    profiles = []
    for person in range(people):
        buyer = draw.random() < 0.35
        chapter = int(draw.choice(CHAPTERS, p=chapter_share))
        before = chapter if buyer else (chapter + 1) % CHAPTERS
        for kind, around, few, many in (
            (offers, chapter, 0 if buyer else 2, 1 if buyer else 4),
            (needs, before, 2 if buyer else 1, 4 if buyer else 3),
        ):
            for _ in range(draw.integers(few, many + 1)):
                here = around if draw.random() < 0.8 else int(draw.integers(CHAPTERS))
                kind[person, here * 16 + int(draw.integers(16))] = True
        for kind, most in ((aims, 4), (markets, 4), (gives, 2), (seeks, 2)):
            kind[person, draw.choice(kind.shape[1], int(draw.integers(1, most + 1)), False)] = True
        own = str(draw.choice(LANGUAGES[1:]))
        coded = draw.random() > 0.15
        profiles.append(
            Profile(
                id=f"p{person}",
                company=f"c{person * 3 // 4}",
                group="buyer" if buyer else "exhibitor",
                offers=_entered(draw, goods, offers[person], own, coded),
                needs=_entered(draw, goods, needs[person], own, coded),
                markets=_some(draw, markets[person], COUNTRIES),
                aims=_some(draw, aims[person], COUNTRIES),
                languages=frozenset({own} | ({"en"} if draw.random() < 0.85 else set())),
                gives=_some(draw, gives[person], tuple(Cooperation)),
                seeks=_some(draw, seeks[person], tuple(Cooperation)),
                slots=sum(1 << slot for slot in range(SLOTS) if draw.random() < 0.7) or 1,
            )
        )
    best = np.stack([
        np.where(offers, goods.near[leaf], 0.0).max(axis=1) for leaf in range(count)
    ])  # fmt: skip
    met = np.minimum(1.5, needs.astype(float) @ best)
    utility = met + 0.5 * met.T + 0.15 * np.minimum(2, aims.astype(float) @ markets.T)
    utility += 0.1 * (seeks.astype(float) @ gives.T) + 0.3 * quality
    utility += draw.normal(0, 0.2, (people, people))
    wants = 0.85 + 0.5 * quality[:, None]
    chance = 1 / (1 + np.exp(-(utility - wants) / 0.1))
    yes = draw.random((people, people)) < chance
    asked = set()
    share = quality / quality.sum()
    for person in range(people):
        for other in draw.choice(people, 3, p=share).tolist():
            if other != person:
                asked.add((f"p{person}", f"p{other}"))
    return Population(tuple(profiles), Signals(asked=frozenset(asked)), yes)


def _entered(
    draw: np.random.Generator, goods: _Goods, true: NDArray[np.bool_], language: str, coded: bool
) -> tuple[Good, ...]:
    return tuple(
        goods.told(draw, leaf, language if draw.random() < 0.5 else "en", coded)
        for leaf in np.flatnonzero(true).tolist()
        if draw.random() > 0.1
    )


def _some(
    draw: np.random.Generator, true: NDArray[np.bool_], names: tuple[Any, ...]
) -> frozenset[Any]:
    return frozenset(names[n] for n in np.flatnonzero(true).tolist() if draw.random() > 0.15)


def lists(index: Index, way: str, seed: int = 0) -> dict[str, list[str]]:
    """The lists that one way of suggesting makes, all of the same suggestable people."""
    if way == "reciprocal, fair":
        return {who: [one.id for one in found] for who, found in everybody(index).items()}
    draw = np.random.default_rng(seed)
    by: dict[str, Callable[[int], Matrix]] = {
        "random": lambda person: draw.random(len(index.profiles)),
        "popularity": lambda person: index.requests + 1e-6 * draw.random(len(index.profiles)),
        "one-sided": index.one_way,
        "reciprocal": index.scores,
    }
    found = {}
    for person, one in enumerate(index.profiles):
        value = np.where(index.may_suggest(person), by[way](person), -1.0)
        best = np.argsort(-value, kind="stable")[:LENGTH]
        found[one.id] = [index.profiles[n].id for n in best.tolist() if value[n] >= 0]
    return found


WAYS = ("random", "popularity", "one-sided", "reciprocal", "reciprocal, fair")


def worth(people: Population, index: Index, found: dict[str, list[str]]) -> Worth:
    """What the lists are worth by what is true of the people."""
    number = {one.id: n for n, one in enumerate(people.profiles)}
    discount = 1 / np.log2(np.arange(LENGTH) + 2)
    shown = np.zeros(len(number), int)
    gains, meetings, places, three = [], 0, 0, 0
    for person, one in enumerate(index.profiles):
        true = people.meetings[number[one.id]]
        listed = [number[other] for other in found[one.id]]
        shown[listed] += 1
        hits = true[listed]
        meetings, places = meetings + int(hits.sum()), places + len(listed)
        three += int(hits.sum() >= 3)
        open_to = [number[index.profiles[n].id] for n in np.flatnonzero(index.may_suggest(person))]
        possible = min(LENGTH, int(true[open_to].sum()))
        if possible:
            gains.append(float(discount[: len(hits)] @ hits / discount[:possible].sum()))
    order = np.sort(shown)
    n = len(order)
    gini = float(((2 * np.arange(1, n + 1) - n - 1) @ order) / (n * order.sum()))
    return Worth(sum(gains) / len(gains), meetings / places, three / n, gini)


def main() -> None:
    """What lists are worth, then how long they take."""
    people = population(1000, 1)
    index = Index(people.profiles, MAY_ASK, people.signals)
    print("Recommendations, 1000 made-up people whose true preferences are known, lists of"
          f" {LENGTH}:", flush=True)  # fmt: skip
    print(f"{'':20}{'nDCG':>8}{'mutual':>9}{'3 or more':>11}{'Gini':>7}", flush=True)
    for way in WAYS:
        got = worth(people, index, lists(index, way))
        print(f"  {way:18}{got.ndcg:>8.3f}{got.mutual:>9.1%}{got.three:>11.1%}{got.gini:>7.3f}",
              flush=True)  # fmt: skip
    began, used = time.perf_counter(), time.process_time()
    matrix(index)
    print(f"1000 x 1000 pairs: {time.perf_counter() - began:.2f} s,"
          f" {time.process_time() - used:.2f} s of CPU", flush=True)  # fmt: skip
    _large()


def _large() -> None:
    people = population(5000, 2)
    began = time.perf_counter()
    index = Index(people.profiles, MAY_ASK, people.signals)
    built = time.perf_counter() - began
    some = [one.id for one in people.profiles[:: len(people.profiles) // 200]]
    seconds = []
    for who in some:
        began = time.perf_counter()
        for other in suggest(index, who):
            reasons(index, who, other.id)
        seconds.append(time.perf_counter() - began)
    print(f"5000 people: indexed in {built:.1f} s; a list with its reasons"
          f" {1000 * float(np.median(seconds)):.1f} ms, the slowest {1000 * max(seconds):.1f} ms",
          flush=True)  # fmt: skip
    began = time.perf_counter()
    everybody(index)
    print(f"  the lists of all, exposure shared: {time.perf_counter() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
