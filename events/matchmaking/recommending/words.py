"""Texts of a line or two against each other: which part of what is needed is in what is offered.

Each word of a need counts by its rarity among the offers and how often an offer says it, saturated
and set against the offer's length as in BM25 (Robertson and Zaragoza, 2009). A part of each word's
weight lies in its pieces of four letters, so that plurals, compounds ("Kühltransport",
"Kühltransporte") and words that languages share find each other.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

WHOLE = 0.4  # the part of a word's weight that lies in the word itself
PIECE = 4  # letters
SATURATION, LENGTH = 1.2, 0.3  # k1 and b
CHANCE = 0.2  # below this share two texts have pieces in common by chance
COMMON = 0.2  # what more than this share of the offers say tells nothing

# The little words of the languages most used at fairs in Europe and the Americas.
_LITTLE = """
and for the with from our all any als auf aus bei das dem den der des die ein eine fur mit oder und
von zum zur aux avec dans des est les nos par pour sur une con del las los para por que una uno che
per nel dei gli com das dos uma een het met van voor og til med
"""
_SKIPPED = frozenset(_LITTLE.split())


def words(text: str) -> list[str]:
    """The words of a text without case, accents and little words: "Kühl-Box" -> kuhl, box."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return [each for each in re.findall(r"\w+", plain) if len(each) > 2 and each not in _SKIPPED]


@lru_cache(maxsize=100_000)
def pieces(word: str) -> tuple[str, ...]:
    """All runs of four letters of a word between its ends: "salt" -> <sal, salt, alt>."""
    marked = f"<{word}>"
    return tuple(dict.fromkeys(marked[n : n + PIECE] for n in range(len(marked) - PIECE + 1)))


@dataclass(frozen=True, slots=True)
class Sparse:
    """Rows of (column, value): those of row r lie from `start[r]` to `start[r + 1]`."""

    start: NDArray[np.int64]
    column: NDArray[np.int64]
    value: Vector
    columns: int

    @classmethod
    def of(cls, rows: Sequence[Mapping[int, float]], columns: int) -> "Sparse":
        """From one mapping for each row."""
        start = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in rows], out=start[1:])
        column = np.fromiter((each for row in rows for each in row), np.int64, int(start[-1]))
        value = np.fromiter((x for row in rows for x in row.values()), float, int(start[-1]))
        return cls(start, column, value, columns)

    def turned(self) -> "Sparse":
        """Rows as columns."""
        order = np.argsort(self.column, kind="stable")
        start = np.zeros(self.columns + 1, np.int64)
        np.cumsum(np.bincount(self.column, minlength=self.columns), out=start[1:])
        rows = len(self.start) - 1
        row = np.repeat(np.arange(rows), np.diff(self.start))
        return Sparse(start, row[order], self.value[order], rows)

    def row_times(self, row: int, other: "Sparse") -> Vector:
        """One row times a matrix whose rows are this one's columns; as long as its columns."""
        here = slice(self.start[row], self.start[row + 1])
        first = other.start[self.column[here]]
        count = other.start[self.column[here] + 1] - first
        ends = np.cumsum(count)
        if not len(ends) or not ends[-1]:
            return np.zeros(other.columns)
        at = np.arange(ends[-1]) + np.repeat(first - (ends - count), count)
        value = np.repeat(self.value[here], count) * other.value[at]
        found: Vector = np.bincount(other.column[at], value, other.columns).astype(np.float64)
        return found


def _rarity(said: int, among: int) -> float:
    return log(1 + (among - said + 0.5) / (said + 0.5))


class Texts:
    """How much of each need's text is in each offer's: 0 to 1, never below for a better offer."""

    def __init__(self, needs: Sequence[str], offers: Sequence[str]) -> None:
        told = [words(text) for text in offers]
        self._among = sum(1 for each in told if each)
        self._said = Counter(term for each in told for term in self._terms(each))
        often = max(20.0, COMMON * self._among)
        self._number = {
            term: number
            for number, term in enumerate(
                sorted(term for term, said in self._said.items() if said <= often)
            )
        }
        usual = sum(map(len, told)) / max(1, self._among)
        self._offers = Sparse.of([self._offer(each, usual) for each in told], len(self._number))
        self._needs = Sparse.of([self._need(words(text)) for text in needs], len(self._number))
        self._offers_of, self._needs_of = self._offers.turned(), self._needs.turned()

    @staticmethod
    def _terms(told: Iterable[str]) -> set[str]:
        """Words, marked as such, and their pieces."""
        return {term for word in told for term in (f"={word}", *pieces(word))}

    def rarity(self, text: str) -> float:
        """0 to 1: how rare the words of a text are among the offers, on average."""
        told = set(words(text))
        most = _rarity(0, self._among)
        return sum(_rarity(self._said[f"={each}"], self._among) for each in told) / most / max(
            1, len(told)
        )  # fmt: skip

    def _offer(self, told: list[str], usual: float) -> dict[int, float]:
        often: Counter[str] = Counter()
        for word in told:
            often.update((f"={word}", *pieces(word)))
        long = SATURATION * (1 - LENGTH + LENGTH * len(told) / usual) if told else 0.0
        return {
            self._number[term]: min(1.0, n * (SATURATION + 1) / (n + long))
            for term, n in sorted(often.items())
            if term in self._number
        }

    def _need(self, told: list[str]) -> dict[int, float]:
        """Weights that add up to 1 over all terms, those that nobody offers included."""
        each_once = sorted(set(told))
        weight = {word: _rarity(self._said[f"={word}"], self._among) for word in each_once}
        total = sum(weight.values())
        found: Counter[int] = Counter()
        for word in each_once:
            share = weight[word] / total
            parts = {each: _rarity(self._said[each], self._among) for each in pieces(word)}
            whole = sum(parts.values())
            spread = {f"={word}": WHOLE * share} | {
                each: (1 - WHOLE) * share * part / whole for each, part in parts.items()
            }
            for term, part in spread.items():
                if term in self._number:
                    found[self._number[term]] += part  # type: ignore[assignment]
        return dict(found)

    def by_offers(self, need: int) -> Vector:
        """For each offer the share of the need's text that it has."""
        return _beyond_chance(self._needs.row_times(need, self._offers_of))

    def of_needs(self, offer: int) -> Vector:
        """For each need the share of its text that `offer` has."""
        return _beyond_chance(self._offers.row_times(offer, self._needs_of))


def _beyond_chance(share: Vector) -> Vector:
    return np.clip((share - CHANCE) / (1 - CHANCE), 0.0, 1.0)
