"""Labels of stands: the next free one, those of the parts of a stand, letters for rows."""

from collections.abc import Iterable

LONGEST_LABEL = 12


def next_label(label: str, used: Iterable[str]) -> str:
    """The next free label after this one: A1 -> A2, Island -> Island2; `used` in any case."""
    taken = {each.lower() for each in used}
    stem = label.rstrip("0123456789")
    number = int(label[len(stem) :] or 1)
    while True:
        number += 1
        found = f"{stem[: LONGEST_LABEL - len(str(number))]}{number}"
        if found.lower() not in taken:
            return found


def part_labels(label: str, parts: int, used: Iterable[str]) -> list[str]:
    """Labels of the parts of a stand: the first keeps its own, the others are A1-2, A1-3 ..."""
    found = [label]
    while len(found) < parts:
        found.append(next_label(f"{label[: LONGEST_LABEL - 4]}-1", [*used, *found]))
    return found


def letters(number: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text
