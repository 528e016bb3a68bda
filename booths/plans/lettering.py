"""The texts on a drawing: as large as their floor allows, fewer and larger ones on a phone."""

import textwrap
from dataclasses import dataclass, replace
from functools import lru_cache

from markupsafe import Markup, escape

from booths.plans.outlines import Point, label_box

_LETTER = 0.6
"""Width of an average letter, as a part of its height."""
_NARROW = 290
_READABLE = 9
"""Pixels of the drawing on a phone, and of the smallest letters that are worth writing there."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, its foot `y` and its size in centimetres."""

    y: int
    size: int
    text: str
    strong: bool


@dataclass(frozen=True, slots=True)
class Writing:
    """Lines of text around a vertical middle line at `x`; on narrow screens fewer and larger."""

    x: int
    wide: tuple[Line, ...]
    narrow: tuple[Line, ...]

    def __html__(self) -> str:
        """As SVG: a large plan has hundreds, and a template takes ten times as long."""
        return Markup(  # noqa: S704
            "".join(
                f'<text class="pv-plan-{width}{" pv-plan-label" if line.strong else ""}"'
                f' x="{self.x}" y="{line.y}" font-size="{line.size}">{escape(line.text)}</text>'
                for width, lines in (("wide", self.wide), ("narrow", self.narrow))
                for line in lines
            )
        )


def writing(
    outline: tuple[Point, ...], label: str, area: str, told: str, word: str, block: int
) -> Writing:
    """Where and how large the texts of a piece of floor are; `block` is the width of the plan."""
    box = label_box(outline)
    x, y = int(box.x_m * 100), int(box.y_m * 100)
    width, height = int(box.width_m * 100), int(box.depth_m * 100)

    def there(lines: tuple[Line, ...]) -> tuple[Line, ...]:
        return tuple(replace(line, y=y + line.y) for line in lines)

    return Writing(
        x + width // 2,
        there(_lines(width, height, label, area, told)),
        there(_few_lines(width, height, label, word, block)),
    )


@lru_cache(4096)
def _lines(width: int, height: int, label: str, area: str, told: str) -> tuple[Line, ...]:
    """Label, area and state or exhibitor, as large as the stand allows, set around its middle.

    `y` counts from the upper side.
    """
    room = width * 0.9
    big = int(min(height * 0.3, room / (len(label) * _LETTER), 90))
    small = int(min(height * 0.14, room / (len(area) * _LETTER), 42))
    letters = max(2, int(room / (small * _LETTER))) if small else 2
    most = max(0, min(4, int((height * 0.92 - big * 1.15 - small * 1.25) // (small * 1.25 or 1))))
    pieces = textwrap.wrap(told, letters) if most else []
    if len(pieces) > most:
        pieces = [*pieces[: most - 1], pieces[most - 1][: letters - 1].rstrip() + "…"]
    wanted = [(label, big), (area, small), *((piece, small) for piece in pieces)]
    return _set(height, wanted)


@lru_cache(4096)
def _few_lines(width: int, height: int, label: str, word: str, block: int) -> tuple[Line, ...]:
    """For a screen of 320 pixels: the label as large as it goes, and the state where its letters
    would be nine pixels high at least."""
    room = width * 0.92
    small = int(min(height * 0.25, room / (len(word) * _LETTER), 60)) if word else 0
    if small * _NARROW < block * _READABLE:
        small = 0
    big = int(min((height * 0.9 - small * 1.25) / 1.15, room / (len(label) * _LETTER), block / 12))
    return _set(height, [(label, big), *([(word, small)] if small else [])])


def _set(height: int, wanted: list[tuple[str, int]]) -> tuple[Line, ...]:
    """Lines one below the other, around the middle of the height; the first one is strong."""
    heights = [size * (1.25 if place else 1.15) for place, (_, size) in enumerate(wanted)]
    at = (height - sum(heights)) / 2
    lines = []
    for place, ((text, size), high) in enumerate(zip(wanted, heights, strict=True)):
        at += high
        lines.append(Line(int(at - size * 0.28), size, text, strong=place == 0))
    return tuple(lines)
