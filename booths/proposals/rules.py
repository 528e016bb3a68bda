"""Who could stand where: applicants, places, wishes, and what a placement is worth. Pure.

**Conditions** are never broken: a stand has one holder, its area lies between what the applicant
can use at least and at most, it has the power and the connections that are needed, and the members
of a consortium stand wall to wall. **Wishes** are weighed: area, kind of stand, open sides,
neighbours, distance from competitors.

**Rank order.** Applicants are taken from the best rank to the last. Each one is placed if there is
any placement of everybody taken before together with this one; nobody of a lower rank is ever
placed instead. A consortium is taken whole, at the rank of its best member. Without consortia this
also places the largest possible number of applicants, because sets of applicants that can be placed
together form a transversal matroid; a consortium may cost more than one applicant behind it.

Areas are Decimal square metres, lengths metres, points hundredths of a weight.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

import shapely

from booths.plans.outlines import Outline, metres, shape
from booths.plans.rules import OPEN_SIDES, StandKind
from server.errors import Refused
from server.text import N_

WALL_M = Decimal("0.50")
"""Stands that share at least this much wall are neighbours."""
APART_M = Decimal("6.00")
"""Competitors closer than this see each other: side by side, or across a usual aisle."""
MOST_APPLICANTS = 1000
MOST_PLACES = 600
MOST_MEMBERS = 8


class Utility(StrEnum):
    """What a stand may have besides power."""

    WATER = "water"
    DRAIN = "drain"
    INTERNET = "internet"


class WishKind(StrEnum):
    AREA = "area"
    KIND = "kind"
    OPEN_SIDES = "open_sides"
    NEIGHBOUR = "neighbour"
    APART = "apart"


PAIRS = (WishKind.NEIGHBOUR, WishKind.APART)
USUAL_WEIGHTS: dict[WishKind, int] = {
    WishKind.AREA: 4,
    WishKind.KIND: 3,
    WishKind.OPEN_SIDES: 2,
    WishKind.NEIGHBOUR: 5,
    WishKind.APART: 6,
}


class Again(StrEnum):
    """What comes first when a placement is worked out again."""

    FEW_MOVES = "few_moves"
    WISHES = "wishes"


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who wants a stand. Rank 1 is the best; `neighbours` and `apart_from` are keys of others.

    `weights` replaces single weights of the case for this applicant. `members` share one stand:
    a consortium with a common island is one applicant.
    """

    key: str
    name: str
    rank: int
    wanted_m2: Decimal
    minimum_m2: Decimal
    maximum_m2: Decimal
    kind: StandKind | None = None
    open_sides: int = 0
    neighbours: tuple[str, ...] = ()
    apart_from: tuple[str, ...] = ()
    consortium: str = ""
    members: int = 1
    power_kw: Decimal = Decimal(0)
    needs: frozenset[Utility] = frozenset()
    weights: Mapping[WishKind, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """A stand that can be given. `power_kw` None: as much as anybody needs can be laid on."""

    key: str
    outline: Outline
    area_m2: Decimal
    kind: StandKind = StandKind.ROW
    power_kw: Decimal | None = None
    lacks: frozenset[Utility] = frozenset()

    @property
    def open_sides(self) -> int:
        return OPEN_SIDES[self.kind]


@dataclass(frozen=True, slots=True)
class Case:
    """A question: these applicants, these places, these pins, and what stood before.

    Pins are the manager's word: a pinned applicant gets that stand, even one outside its limits.
    """

    applicants: tuple[Applicant, ...]
    places: tuple[Place, ...]
    weights: Mapping[WishKind, int] = field(default_factory=lambda: dict(USUAL_WEIGHTS))
    apart_m: Decimal = APART_M
    pins: Mapping[str, str] = field(default_factory=dict)
    previous: Mapping[str, str] = field(default_factory=dict)
    again: Again = Again.FEW_MOVES
    title: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """One weighed wish; `other` is the key of the neighbour or competitor."""

    applicant: str
    kind: WishKind
    weight: int
    other: str = ""


class Unfit(StrEnum):
    """Why a stand cannot be an applicant's."""

    SMALL = "small"
    LARGE = "large"
    POWER = "power"
    WATER = "water"
    DRAIN = "drain"
    INTERNET = "internet"


def unfit(applicant: Applicant, place: Place) -> Unfit | None:
    """What stands between an applicant and a place; None when it fits."""
    if place.area_m2 < applicant.minimum_m2:
        return Unfit.SMALL
    if place.area_m2 > applicant.maximum_m2:
        return Unfit.LARGE
    if place.power_kw is not None and place.power_kw < applicant.power_kw:
        return Unfit.POWER
    for each in Utility:
        if each in applicant.needs and each in place.lacks:
            return Unfit(each.value)
    return None


def check(case: Case) -> None:
    """Refuse a case that cannot be worked on, with the first thing that is wrong in it."""
    names = {each.key: each for each in case.applicants}
    places = {each.key for each in case.places}
    if len(names) < len(case.applicants) or len(places) < len(case.places):
        raise Refused(N_("Two applicants or two stands of this case have the same key."))
    if len(names) > MOST_APPLICANTS or len(places) > MOST_PLACES:
        raise Refused(
            N_("A case can have {applicants} applicants and {places} stands at most."),
            applicants=MOST_APPLICANTS,
            places=MOST_PLACES,
        )
    for one in case.applicants:
        if not Decimal(0) < one.minimum_m2 <= one.wanted_m2 <= one.maximum_m2:
            raise Refused(
                N_(
                    "{name}: the area wanted must be more than 0 and lie between the smallest and"
                    " the largest that will do."
                ),
                name=one.name,
            )
        for other in (*one.neighbours, *one.apart_from):
            if other not in names or other == one.key:
                raise Refused(
                    N_("{name} names “{other}”, who is no other applicant of this case."),
                    name=one.name,
                    other=other,
                )
    for members in consortia(case.applicants).values():
        if len(members) > MOST_MEMBERS:
            raise Refused(
                N_("A consortium can have {n} members at most: {name}."),
                n=MOST_MEMBERS,
                name=members[0].consortium,
            )
    _check_pins(case, names, places)


def _check_pins(case: Case, names: Mapping[str, Applicant], places: set[str]) -> None:
    taken: dict[str, str] = {}
    for who, where in case.pins.items():
        if who not in names or where not in places:
            raise Refused(
                N_("“{who}” is pinned to “{where}”, but one of the two is not in this case."),
                who=who,
                where=where,
            )
        if where in taken:
            raise Refused(
                N_("{one} and {other} are both pinned to stand {where}. Unpin one of them."),
                one=names[taken[where]].name,
                other=names[who].name,
                where=where,
            )
        taken[where] = who


def consortia(applicants: Iterable[Applicant]) -> dict[str, list[Applicant]]:
    """The members of each consortium, best rank first."""
    found: dict[str, list[Applicant]] = {}
    for each in sorted(applicants, key=lambda one: one.rank):
        if each.consortium:
            found.setdefault(each.consortium, []).append(each)
    return found


def units(applicants: Sequence[Applicant]) -> list[tuple[int, ...]]:
    """Who is placed together, in rank order: one applicant, or a consortium at its best rank.

    Numbers are places in `applicants`; equal ranks keep the order of the case.
    """
    together: dict[object, list[int]] = {}
    for number in sorted(range(len(applicants)), key=lambda n: applicants[n].rank):
        one = applicants[number]
        together.setdefault(one.consortium or number, []).append(number)
    return [tuple(members) for members in together.values()]


def wishes(case: Case) -> list[Wish]:
    """Every wish with its weight, applicant by applicant; wishes of weight 0 are left out."""
    found = []
    for one in case.applicants:

        def add(kind: WishKind, other: str = "", one: Applicant = one) -> None:
            weight = one.weights.get(kind, case.weights.get(kind, 0))
            if weight > 0:
                found.append(Wish(one.key, kind, weight, other))

        add(WishKind.AREA)
        if one.kind is not None:
            add(WishKind.KIND)
        if one.open_sides:
            add(WishKind.OPEN_SIDES)
        for other in dict.fromkeys(one.neighbours):
            add(WishKind.NEIGHBOUR, other)
        for other in dict.fromkeys(one.apart_from):
            add(WishKind.APART, other)
    return found


def points(wish: Wish, applicant: Applicant, place: Place) -> int:
    """What a place is worth for a wish about the stand itself.

    An area counts in full when it is the one wanted and less by the part that it differs.
    """
    full = wish.weight * 100
    if wish.kind is WishKind.AREA:
        off = abs(place.area_m2 - applicant.wanted_m2) / applicant.wanted_m2
        return max(0, full - int(full * off))
    if wish.kind is WishKind.KIND:
        return full if place.kind is applicant.kind else 0
    return full if place.open_sides >= applicant.open_sides else 0


# -- the floor ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Floor:
    """Which places touch and which are too near for competitors, by number of the place."""

    beside: tuple[frozenset[int], ...]
    near: tuple[frozenset[int], ...]


def floor(places: Sequence[Place], apart_m: Decimal = APART_M) -> Floor:
    """Neighbours share `WALL_M` of wall or more; what is less than `apart_m` away is near."""
    shapes = [shape(place.outline) for place in places]
    beside: list[set[int]] = [set() for _ in places]
    near: list[set[int]] = [set() for _ in places]
    reach = max(float(apart_m) * 100, 1.0)
    pairs = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=reach)
    for one, other in zip(*(side.tolist() for side in pairs), strict=True):
        if one >= other:
            continue
        distance = shapely.distance(shapes[one], shapes[other])
        if distance < float(apart_m) * 100:
            near[one].add(other)
            near[other].add(one)
        if distance == 0:
            wall = shapely.intersection(shapes[one], shapes[other])
            if shapely.length(wall) >= float(WALL_M) * 100:
                beside[one].add(other)
                beside[other].add(one)
    return Floor(tuple(map(frozenset, beside)), tuple(map(frozenset, near)))


def distance_m(one: Place, other: Place) -> Decimal:
    """How far two stands are apart, wall to wall."""
    return metres(str(shape(one.outline).distance(shape(other.outline)) / 100))


def connected(numbers: Iterable[int], ground: Floor) -> bool:
    """Whether one can go from each place to each other from wall to wall."""
    left = set(numbers)
    todo = [left.pop()] if left else []
    while todo:
        touching = ground.beside[todo.pop()] & left
        left -= touching
        todo += touching
    return not left


# -- what a placement is worth --------------------------------------------------------------------

Placement = Mapping[str, str]
"""Key of the applicant -> key of its place."""


def worth(
    wish: Wish, one: Applicant, places: Sequence[Place], at: int, there: int | None, ground: Floor
) -> int:
    """The points of a wish of `one`, who stands at number `at`; its other at number `there`.

    To be kept apart from somebody who has no stand is to be apart.
    """
    if wish.kind not in PAIRS:
        return points(wish, one, places[at])
    if wish.kind is WishKind.NEIGHBOUR:
        met = there in ground.beside[at]
    else:
        met = there not in ground.near[at]
    return wish.weight * 100 if met else 0


def total(case: Case, found: Placement, ground: Floor) -> int:
    """The points of all wishes in a placement; who has no stand has none."""
    applicants = {each.key: each for each in case.applicants}
    numbers: dict[str | None, int] = {each.key: n for n, each in enumerate(case.places)}
    return sum(
        worth(
            wish,
            applicants[wish.applicant],
            case.places,
            numbers[found[wish.applicant]],
            numbers.get(found.get(wish.other)),
            ground,
        )
        for wish in wishes(case)
        if wish.applicant in found
    )


def moves(case: Case, found: Placement) -> list[str]:
    """Who had a place before and has another one now."""
    return [key for key, where in case.previous.items() if key in found and found[key] != where]
