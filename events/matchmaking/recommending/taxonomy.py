"""Codes of goods and activities, hierarchical by prefix, and how near two of them are.

A node's information is the logarithm of how rare it is among what is offered (Resnik, IJCAI 1995):
two codes share as much as the deepest node above both tells. So in a hall full of packaging the
chapter "paper and board" says little, and in a mixed hall a lot.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import resources
from math import log

import numpy as np
from numpy.typing import NDArray

from server.organisations import nace

Vector = NDArray[np.float64]

# How much of what two codes share counts: a wider class is offered than needed, or a neighbour.
WIDER = 0.8
NEIGHBOUR = 0.5

# scheme -> digits of its levels: the Harmonized System and the two revisions of NACE
_LEVELS = {"hs": (2, 4, 6, 8), "nace2": (2, 3, 4), "nace2.1": (2, 3, 4)}


def code(scheme: str, text: str) -> str:
    """`hs`, "4819.10" -> "hs:481910". Other schemes keep their dots, which part their levels."""
    kept = re.sub(r"[\s.]", "", text) if scheme in _LEVELS else text.strip().lower()
    return f"{scheme}:{kept}"


@lru_cache(maxsize=100_000)
def chain(of: str) -> tuple[str, ...]:
    """The classes above a code from the widest on, and the code itself at the end."""
    scheme, _, rest = of.partition(":")
    if scheme in _LEVELS:
        above = [rest[:n] for n in _LEVELS[scheme] if n < len(rest)]
    else:
        parts = rest.split(".")
        above = [".".join(parts[:n]) for n in range(1, len(parts))]
    return (*(f"{scheme}:{each}" for each in above), of)


@cache
def _chapters() -> dict[str, str]:
    """The two-digit chapters of the Harmonized System in short words."""
    text = resources.files(__package__).joinpath("hs.tsv").read_text("utf-8")
    lines = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {code: said for code, said in lines}


def named(of: str) -> str:
    """The title of a code where it is known, otherwise the code as it is printed."""
    scheme, _, rest = of.partition(":")
    if scheme.startswith("nace"):
        printed = f"{rest[:2]}.{rest[2:4]}" if len(rest) > 2 else rest
        return nace.title(printed, scheme.removeprefix("nace")) or f"NACE {printed}"
    if scheme == "hs":
        printed = ".".join(rest[n : n + 2] if n else rest[:4] for n in (0, *range(4, len(rest), 2)))
        chapter = _chapters().get(rest[:2])
        return f"HS {printed} ({chapter})" if chapter else f"HS {printed}"
    return rest


class Nearness:
    """How well needed codes are met by offered ones, for many needs and offers at once."""

    def __init__(self, needs: Sequence[tuple[str, ...]], offers: Sequence[tuple[str, ...]]) -> None:
        """The codes of each need and each offer."""
        self.needs, self.offers = needs, offers
        below: dict[str, set[int]] = defaultdict(set)
        exactly: dict[str, set[int]] = defaultdict(set)
        for index, codes in enumerate(offers):
            for each in codes:
                exactly[each].add(index)
                for node in chain(each):
                    below[node].add(index)
        self._below = {node: np.array(sorted(found)) for node, found in below.items()}
        self._exactly = {node: np.array(sorted(found)) for node, found in exactly.items()}
        self._coded = sum(1 for codes in offers if codes)
        wanting: dict[str, list[tuple[int, float, bool]]] = defaultdict(list)
        for index, codes in enumerate(needs):
            for each in codes:
                told = self.information(each)
                for node in chain(each):
                    wanting[node].append((index, told, node == each))
        self._wanting = {
            node: (
                np.array([one[0] for one in found]),
                np.array([one[1] for one in found]),
                np.array([one[2] for one in found]),
            )
            for node, found in wanting.items()
        }

    def information(self, node: str) -> float:
        """How much it tells to offer something in this class; above 0."""
        here = self._below.get(node)
        return log((2 + self._coded) / (1 + (0 if here is None else len(here))))

    def rarity(self, codes: tuple[str, ...]) -> float:
        """0 to 1: how rare the rarest of these codes is."""
        most = log(2 + self._coded)
        return max((self.information(each) / most for each in codes), default=0.0)

    def by_offers(self, need: int) -> Vector:
        """For each offer how well it meets `need`: 1 the code itself or one below it, 0 nothing."""
        found = np.zeros(len(self.offers))
        for each in self.needs[need]:
            told = self.information(each)
            for node in chain(each):
                below = self._below.get(node)
                if below is None:
                    break
                if node == each:
                    found[below] = 1.0
                    break
                shared = min(1.0, self.information(node) / told)
                found[below] = np.maximum(found[below], NEIGHBOUR * shared)
                same = self._exactly.get(node)
                if same is not None:
                    found[same] = np.maximum(found[same], WIDER * shared)
        return found

    def of_needs(self, offer: int) -> Vector:
        """For each need how well `offer` meets it: the same figures, seen from the other side."""
        found = np.zeros(len(self.needs))
        for each in self.offers[offer]:
            for node in chain(each):
                if node not in self._wanting:
                    break
                who, told, itself = self._wanting[node]
                part = WIDER if node == each else NEIGHBOUR
                shared = part * np.minimum(1.0, self.information(node) / told)
                np.maximum.at(found, who, np.where(itself, 1.0, shared))
        return found
