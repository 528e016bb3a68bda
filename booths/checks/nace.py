"""Whether a NACE code falls under a list of codes, in its own revision. Pure.

Sections are the letters of Annex I to Regulation (EC) No 1893/2006 (rev. 2) and of Delegated
Regulation (EU) 2023/137 (rev. 2.1); from J on the two give a letter to different divisions.
"""

import re
from collections.abc import Sequence

_SAME = {"A": (1, 3), "B": (5, 9), "C": (10, 33), "D": (35, 35), "E": (36, 39), "F": (41, 43)}
SECTIONS: dict[str, dict[str, tuple[int, int]]] = {
    "2": {
        **_SAME,
        "G": (45, 47), "H": (49, 53), "I": (55, 56), "J": (58, 63), "K": (64, 66), "L": (68, 68),
        "M": (69, 75), "N": (77, 82), "O": (84, 84), "P": (85, 85), "Q": (86, 88), "R": (90, 93),
        "S": (94, 96), "T": (97, 98), "U": (99, 99),
    },
    "2.1": {
        **_SAME,
        "G": (46, 47), "H": (49, 53), "I": (55, 56), "J": (58, 60), "K": (61, 63), "L": (64, 66),
        "M": (68, 68), "N": (69, 75), "O": (77, 82), "P": (84, 84), "Q": (85, 85), "R": (86, 88),
        "S": (90, 93), "T": (94, 96), "U": (97, 98), "V": (99, 99),
    },
}  # fmt: skip


def patterns(text: str) -> list[str]:
    """Typed codes, separated by commas or spaces, as a rule keeps them: "G, 45.2" -> G, 45.2."""
    return [each.strip(".").upper() for each in re.split(r"[,;\s]+", text) if each.strip(".")]


def is_pattern(text: str, revision: str) -> bool:
    """Whether it is a section of the revision, or a division, group or class in digits."""
    return text in SECTIONS[revision] or bool(re.fullmatch(r"\d{2}(\.\d{1,2})?", text))


def within(code: str, pattern: str, revision: str) -> bool | None:
    """Whether `code` falls under one section, division, group or class.

    None where the code is coarser than the pattern, so that it may or may not fall under it.
    """
    digits = code.replace(".", "")
    if pattern in SECTIONS[revision]:
        first, last = SECTIONS[revision][pattern]
        return first <= int(digits[:2]) <= last
    wanted = pattern.replace(".", "")
    if digits.startswith(wanted):
        return True
    return None if wanted.startswith(digits) else False


def _any(code: str, listed: Sequence[str], revision: str) -> bool | None:
    found = [within(code, each, revision) for each in listed]
    if True in found:
        return True
    return None if None in found else False


def listed(
    code: str, revision: str, codes: Sequence[str], unless: Sequence[str] = ()
) -> bool | None:
    """Whether `code` falls under `codes` and not under `unless`; None where that cannot be told."""
    inside, outside = _any(code, codes, revision), _any(code, unless, revision)
    if inside is False or outside is True:
        return False
    return True if inside and outside is False else None
