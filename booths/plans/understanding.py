"""What a hall plan means: which shapes are stands, what they are called, how large they are. Pure.

Shapes and words come from `reading` in the file's own units; stands leave in metres, to the
centimetre, with the upper left corner of all of them at (0, 0). Whatever is not understood is said.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median, median_low

from shapely import STRtree, polygonize, union_all
from shapely.geometry import LineString, Polygon
from shapely.geometry import Point as Spot

from booths.plans import outlines
from booths.plans.drawn import Drawn, Word, stated_size
from booths.plans.outlines import FAULTS, Outline, area_m2, bounds, ring
from server.text import N_

LABEL = re.compile(r"^(?=.{1,12}$)(?=.*\d)[^\W\d_]{0,4}[ .\-/]?\d{1,5}([ .\-/]?[^\W_]{1,3})?$")
"""What people call a stand: A3, 12, 7.1-B030, H4/12a."""
_AREA = re.compile(r"\d\s*(m|m2|m²|qm|sqm|sq|ft)$|^/|^\d+[.,]\d+$", re.IGNORECASE)
JOIN_M = 0.06
"""Corners closer than this are one corner: plans are drawn by hand."""
SLIVER_M2 = 0.25
"""Stands that overlap by less are drawn carelessly; the later one gives way."""
LARGEST_M2 = 2000.0
OFF = 0.12
"""How far a stand may be from the size written in it before it is said."""


@dataclass(frozen=True, slots=True)
class Found:
    """A stand that was understood. `doubts` are sentences with their values."""

    label: str
    outline: Outline
    written: str = ""
    doubts: tuple[tuple[str, dict[str, str]], ...] = ()

    @property
    def area_m2(self) -> Decimal:
        """Square metres, two places."""
        return area_m2(self.outline)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something in the file that is no stand, and why. `count` says how many of a kind."""

    what: str
    why: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Understood:
    """The stands of a file; `scale_from` says in a sentence how the scale is known."""

    stands: tuple[Found, ...]
    left_out: tuple[LeftOut, ...]
    metres_per_unit: float | None
    scale_from: str

    @property
    def width_m(self) -> Decimal:
        """From the leftmost to the rightmost wall."""
        return max((bounds(each.outline).right_m for each in self.stands), default=Decimal(0))

    @property
    def depth_m(self) -> Decimal:
        """From the uppermost to the lowest wall."""
        return max((bounds(each.outline).bottom_m for each in self.stands), default=Decimal(0))

    @property
    def area_m2(self) -> Decimal:
        """All stands together."""
        return sum((each.area_m2 for each in self.stands), Decimal(0))


@dataclass(slots=True)
class _Draft:
    """A shape on its way to a stand."""

    polygon: Polygon
    label: str
    words: list[str]
    size_m: tuple[float, float] | None
    several: bool = False
    frame: bool = False


GIVEN = N_("You gave the scale.")
STATED = N_("The file states its unit.")
MEASURED = N_("Worked out from the sizes that are written in the stands.")
UNKNOWN = N_("The file neither states its unit nor the size of a stand: give the scale.")
SEVERAL = N_("no line parts these stands in the drawing")
NO_LABEL = N_("no label was found inside")
NOT_ALONE = N_("it encloses other stands, so it is a block or a hall")
DOUBLE = N_("it is drawn twice")
SAME_LABEL = N_("another stand has this label already")
OVERLAPS = N_("it overlaps stand {other}")
TOO_LARGE = N_("it is larger than any stand")
NO_FLOOR = N_("its corners make no floor of a stand")
OUTSIDE = N_("this text lies in no shape")
NO_SHAPE = N_("this kind of drawing is no closed shape with straight walls")


def understand(
    drawn: Drawn, metres_per_unit: float | None = None, *, upside_down: bool = False
) -> Understood:
    """The stands in a drawing; with a scale that was given, or the one that the file reveals."""
    left_out = [LeftOut(kind, NO_SHAPE, n) for kind, n in sorted(drawn.skipped.items())]
    drafts = _drafts(drawn, left_out)
    _name(drafts, drawn.words, left_out)
    drafts = _without_frames(drafts, left_out)
    named = [each for each in drafts if each.label]
    nameless = sum(1 for each in drafts if not each.label and not each.several)
    if nameless:
        left_out.append(LeftOut(N_("shapes"), NO_LABEL, nameless))
    scale, scale_from = _scale(named, drawn.unit_m, metres_per_unit)
    if scale is None:
        return Understood((), tuple(left_out), None, scale_from)
    stands = _stands(named, scale, upside_down, left_out)
    return Understood(tuple(stands), tuple(left_out), scale, scale_from)


def _drafts(drawn: Drawn, left_out: list[LeftOut]) -> list[_Draft]:
    """Where words name the stands, the faces between all lines; else the shapes, each once."""
    if drawn.words:
        return _faces(drawn)
    return _shapes(drawn, left_out)


def _faces(drawn: Drawn) -> list[_Draft]:
    """What the lines enclose: a block drawn as one shape and cut by lines has a face per stand."""
    lines = [LineString([*shape.corners, shape.corners[0]]) for shape in drawn.shapes]
    lines += [LineString(stroke) for stroke in drawn.strokes]
    grain = 10 * _grain(drawn)
    net = union_all(lines, grid_size=grain)
    faces = [
        face
        for face in polygonize(getattr(net, "geoms", [net])).geoms
        if face.area > grain * grain * 100
    ]
    drawn_corners = [Spot(point) for line in lines for point in line.coords]
    tree = STRtree(drawn_corners)

    def as_drawn(point: tuple[float, ...]) -> tuple[float, float]:
        """The corner that the file has here, which the net moved onto its grid."""
        near = tree.query_nearest(Spot(point), max_distance=1.5 * grain, all_matches=False)
        found = drawn_corners[near[0]] if len(near) else Spot(point)
        return found.x, found.y

    drafts = []
    for face in faces:
        shape = Polygon([as_drawn(point) for point in face.exterior.coords])
        if not shape.is_valid or not shape.area:
            shape = Polygon(face.exterior)
        drafts.append(_Draft(shape, "", [], None, frame=len(face.interiors) > 0))
    return drafts


def _shapes(drawn: Drawn, left_out: list[LeftOut]) -> list[_Draft]:
    found: list[_Draft] = []
    seen: dict[tuple[int, ...], _Draft] = {}
    grain = _grain(drawn)
    twice = broken = 0
    for shape in drawn.shapes:
        polygon = Polygon(shape.corners)
        if not polygon.is_valid or polygon.area <= grain * grain:
            broken += 1
            continue
        key = tuple(round(each / grain) for each in (*polygon.bounds, polygon.area / grain))
        if key in seen:
            twice += 1
            seen[key].label = seen[key].label or shape.label
            continue
        seen[key] = _Draft(polygon, shape.label, [], shape.size_m)
        found.append(seen[key])
    for n, why in ((twice, DOUBLE), (broken, NO_FLOOR)):
        if n:
            left_out.append(LeftOut(N_("shapes"), why, n))
    return found


def _grain(drawn: Drawn) -> float:
    """A length in the file's units that nobody sees: a thousandth of a usual wall."""
    sides = [math.dist(a, b) for shape in drawn.shapes for a, b in zip(
        shape.corners, shape.corners[1:], strict=False)]  # fmt: skip
    return max(median(sides) / 1000 if sides else 1e-6, 1e-9)


def _name(drafts: Sequence[_Draft], words: Sequence[Word], left_out: list[LeftOut]) -> None:
    """Give each word to the smallest shape around it, and each shape the label among its words."""
    if not drafts:
        return
    tree = STRtree([each.polygon for each in drafts])
    outside = 0
    for word in words:
        around = [
            at
            for at in tree.query(Spot(word.x, word.y), predicate="intersects")
            if not drafts[at].frame
        ]
        if len(around) == 0:
            outside += 1
            continue
        smallest = min(around, key=lambda at: drafts[at].polygon.area)
        drafts[smallest].words.append(word.text)
    if outside:
        left_out.append(LeftOut(N_("texts"), OUTSIDE, outside))
    for each in drafts:
        for text in each.words:
            if each.size_m is None:
                each.size_m = stated_size(text)
        labels = [text for text in each.words if LABEL.match(text) and not _AREA.search(text)]
        labels = [text for text in labels if stated_size(text) is None]
        lettered = [text for text in labels if not text.isdecimal()]
        labels = lettered or labels  # a lone number beside A3 is a part of its area
        if len(labels) > 1 and not each.label:
            left_out.append(LeftOut(", ".join(sorted(labels)[:6]), SEVERAL))
            each.several = True
        elif labels and not each.label:
            each.label = labels[0].replace(" ", "")


def _without_frames(drafts: list[_Draft], left_out: list[LeftOut]) -> list[_Draft]:
    """Without shapes that enclose two or more labelled ones."""
    if not drafts:
        return drafts
    tree = STRtree([each.polygon for each in drafts])
    kept, frames = [], 0
    for each in drafts:
        inside = [
            at
            for at in tree.query(each.polygon, predicate="covers")
            if drafts[at].label and drafts[at] is not each
        ]
        if each.frame or len(inside) > 1:
            frames += 1
        else:
            kept.append(each)
    if frames:
        left_out.append(LeftOut(N_("shapes"), NOT_ALONE, frames))
    return kept


def _scale(
    drafts: Sequence[_Draft], unit_m: float | None, given: float | None
) -> tuple[float | None, str]:
    """Metres in one unit, and how they are known."""
    if given is not None:
        return given, GIVEN
    if unit_m is not None:
        return unit_m, STATED
    ratios = [
        math.sqrt(each.size_m[0] * each.size_m[1] / each.polygon.area)
        for each in drafts
        if each.size_m is not None and min(each.size_m) > 0
    ]
    if not ratios:
        return None, UNKNOWN
    return median_low(ratios), MEASURED


def _stands(
    drafts: Sequence[_Draft], scale: float, upside_down: bool, left_out: list[LeftOut]
) -> list[Found]:
    """Outlines to the centimetre; careless overlaps cut off, real ones left out."""
    sign = -1.0 if upside_down else 1.0
    rings = [
        [(x * scale, y * scale * sign) for x, y in each.polygon.exterior.coords[:-1]]
        for each in drafts
    ]
    rings = _joined(rings)
    left = min((x for one in rings for x, _ in one), default=0.0)
    top = min((y for one in rings for _, y in one), default=0.0)
    used: dict[str, Found] = {}
    placed: list[tuple[str, Polygon]] = []
    for each, corners in zip(drafts, rings, strict=True):
        label = each.label
        if label.lower() in used:
            left_out.append(LeftOut(label, SAME_LABEL))
            continue
        outline = _to_centimetres([(x - left, y - top) for x, y in corners])
        polygon = outlines.shape(outline)
        if not polygon.is_valid or outlines.fault(outline) is not None:
            fault = outlines.fault(outline)
            why = FAULTS[fault].replace("{label}", "it") if fault else NO_FLOOR
            left_out.append(LeftOut(label, why))
            continue
        if polygon.area / 10_000 > LARGEST_M2:
            left_out.append(LeftOut(label, TOO_LARGE))
            continue
        cut = _cut(outline, placed)
        if isinstance(cut, str):
            left_out.append(LeftOut(label, OVERLAPS.replace("{other}", cut)))
            continue
        placed.append((label, outlines.shape(cut)))
        used[label.lower()] = Found(label, cut, " ".join(each.words)[:80], _doubts(each, cut))
    return list(used.values())


def _joined(rings: list[list[tuple[float, float]]]) -> list[list[tuple[float, float]]]:
    """The same rings with corners, and straight walls, that nearly meet brought together."""
    spots = sorted({point for one in rings for point in one})
    if not spots:
        return rings
    tree = STRtree([Spot(point) for point in spots])
    home: dict[tuple[float, float], tuple[float, float]] = {}
    for point in spots:
        if point in home:
            continue
        for at in sorted(tree.query(Spot(point), predicate="dwithin", distance=JOIN_M)):
            home.setdefault(spots[at], point)
    across = _lines({x for x, _ in home.values()})
    down = _lines({y for _, y in home.values()})
    return [[(across[home[p][0]], down[home[p][1]]) for p in one] for one in rings]


def _lines(values: set[float]) -> dict[float, float]:
    """Each coordinate with the first one of its run of near ones."""
    found: dict[float, float] = {}
    first = -math.inf
    for each in sorted(values):
        if each - first > JOIN_M:
            first = each
        found[each] = first
    return found


def _to_centimetres(corners: list[tuple[float, float]]) -> Outline:
    return ring((Decimal(str(round(x, 2))), Decimal(str(round(y, 2)))) for x, y in corners)


def _cut(outline: Outline, placed: Sequence[tuple[str, Polygon]]) -> Outline | str:
    """The outline without slivers that others have; the label of a stand it truly overlaps."""
    mine = outlines.shape(outline)
    left, top, right, bottom = mine.bounds
    for label, other in placed:
        its_left, its_top, its_right, its_bottom = other.bounds
        if its_left > right or its_right < left or its_top > bottom or its_bottom < top:
            continue
        shared = mine.intersection(other).area / 10_000
        if shared > SLIVER_M2:
            return label
        if shared > 0.0002:
            rest = max(outlines.polygons(mine.difference(other.buffer(1, join_style="mitre"))),
                       key=lambda part: part.area)  # fmt: skip
            trimmed = ring(
                (Decimal(round(x)) / 100, Decimal(round(y)) / 100)
                for x, y in rest.exterior.coords[:-1]
            )
            if outlines.fault(trimmed) is not None:
                return label
            mine = outlines.shape(trimmed)
            outline = trimmed
    return outline


def _doubts(draft: _Draft, outline: Outline) -> tuple[tuple[str, dict[str, str]], ...]:
    if draft.size_m is None:
        return ()
    said = draft.size_m[0] * draft.size_m[1]
    drawn = float(area_m2(outline))
    if abs(said - drawn) <= OFF * said:
        return ()
    return (
        (
            N_("{said} m² are written in it, and {drawn} m² are drawn."),
            {"said": f"{said:.1f}", "drawn": f"{drawn:.1f}"},
        ),
    )
