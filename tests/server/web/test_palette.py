"""Contrasts of the palette: text 4.5:1, shapes that carry a meaning 3:1 (WCAG 1.4.3, 1.4.11)."""

import re

import pytest

from server.web.static import FOLDER

CSS = (FOLDER / "pavilion.css").read_text("utf-8")
NAMED = dict(re.findall(r"--pv-([\w-]+): (#[0-9a-f]{6});", CSS))
WHITE = "#ffffff"


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT = [
    *((NAMED[tone], NAMED[f"{tone}-ground"]) for tone in ("good", "info", "warn", "bad", "quiet")),
    *((NAMED[ink], ground) for ink in ("ink", "soft", "coral-text", "petrol", "deep", "bad")
      for ground in (WHITE, NAMED["paper"], NAMED["mist"])),
    (WHITE, NAMED["petrol"]),
    (WHITE, NAMED["deep"]),
    ("#e3eef0", NAMED["deep"]),
    (NAMED["ink"], NAMED["focus"]),
    ("#0a5a78", WHITE),
    ("#54478c", WHITE),
    ("#b3261e", WHITE),
]  # fmt: skip
SHAPES = [
    (NAMED["coral"], WHITE),
    (NAMED["petrol"], NAMED["mist"]),
    ("#51626e", WHITE),
    (NAMED["deep"], NAMED["focus"]),
]


@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_stands_out_from_its_ground(ink: str, ground: str) -> None:
    assert contrast(ink, ground) >= 4.5


@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_shape_stands_out_from_its_ground(shape: str, ground: str) -> None:
    assert contrast(shape, ground) >= 3


def test_every_class_of_our_own_begins_alike() -> None:
    ours = set(re.findall(r"(?<![\w-])\.([a-z][\w-]*)", re.sub(r"/\*.*?\*/|\d\.\d+", "", CSS)))
    assert all(name.startswith(("pv-", "govuk-")) for name in ours), ours
