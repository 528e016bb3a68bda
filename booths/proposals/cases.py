"""A case file: applicants, stands or a block to cut, and the placement that follows.

`answer` is what `pavilion allocate CASE.json` calls; the format is described in docs/formats.md.
"""

import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from booths.plans.outlines import FAULTS, Rect, area_m2, fault, metres, ring
from booths.plans.rules import Block, Edge, StandKind
from booths.proposals import cutting, explaining
from booths.proposals.layouts import Ground
from booths.proposals.rules import (
    APART_M,
    USUAL_WEIGHTS,
    Again,
    Applicant,
    Case,
    Place,
    Utility,
    WishKind,
)
from booths.proposals.solver import SECONDS, Solution, solve
from server.errors import Refused
from server.money import parse_amount, to_decimal, to_minor
from server.text import N_, gettext


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of a case; a name that is not known is refused."""


class ApplicantCase(_Part, frozen=True, kw_only=True):
    key: str
    rank: int
    wanted_m2: Decimal
    name: str = ""
    minimum_m2: Decimal | None = None
    maximum_m2: Decimal | None = None
    kind: StandKind | None = None
    open_sides: int = 0
    neighbours: list[str] = []
    apart_from: list[str] = []
    consortium: str = ""
    members: int = 1
    power_kw: Decimal = Decimal(0)
    needs: list[Utility] = []
    weights: dict[WishKind, int] = {}


class PlaceCase(_Part, frozen=True, kw_only=True):
    key: str
    x_m: Decimal = Decimal(0)
    y_m: Decimal = Decimal(0)
    width_m: Decimal | None = None
    depth_m: Decimal | None = None
    outline: list[tuple[Decimal, Decimal]] = []
    kind: StandKind = StandKind.ROW
    power_kw: Decimal | None = None
    lacks: list[Utility] = []


class BlockCase(_Part, frozen=True, kw_only=True):
    width_m: Decimal
    depth_m: Decimal
    open_edges: list[Edge] = msgspec.field(default_factory=lambda: list(Edge))
    net_m2: Decimal | None = None
    aisle_m: Decimal = Decimal(3)


class PriceCase(_Part, frozen=True, kw_only=True):
    full_per_m2: str
    corner: str = "0"
    head: str = "0"
    island: str = "0"
    currency: str = "EUR"


class CaseFile(_Part, frozen=True, kw_only=True):
    """The whole file. `expect` holds figures that the answer must show, for trying things out."""

    applicants: list[ApplicantCase]
    stands: list[PlaceCase] = []
    block: BlockCase | None = None
    title: str = ""
    weights: dict[WishKind, int] = {}
    apart_m: Decimal = APART_M
    pins: dict[str, str] = {}
    previous: dict[str, str] = {}
    again: Again = Again.FEW_MOVES
    prices: PriceCase | None = None
    expect: dict[str, Any] = {}


def answer(given: object, seconds: float = SECONDS) -> dict[str, Any]:
    """The placement of a case as plain values. Refused with a sentence when it is no case."""
    try:
        file = msgspec.convert(given, CaseFile, strict=False)
    except msgspec.ValidationError as wrong:
        raise Refused(N_("This is not a case: {fault}."), fault=str(wrong)) from None
    began, cut = time.monotonic(), None
    if file.block is not None:
        if file.stands or file.pins or file.previous:
            raise Refused(
                N_("A case has either stands (with pins) or a block to be cut into stands.")
            )
        cut = cutting.cut(_block(file.block), _case(file), seconds * 0.5)
        case = cut.case
        found = solve(case, seconds * 0.5)
    else:
        case = _case(file)
        found = solve(case, seconds)
    shown = _shown(case, found)
    shown["seconds"] = round(time.monotonic() - began, 2)
    if cut is not None:
        shown["stands"] = [_stand(place) for place in case.places]
        shown["cutting"] = cut.told()
    if file.prices is not None:
        shown["prices"] = _prices(file.prices, case, found)
    shown["differences"] = [
        f"{name}: {wanted} ≠ {shown.get(name)}"
        for name, wanted in file.expect.items()
        if shown.get(name) != wanted
    ]
    return shown


def _case(file: CaseFile) -> Case:
    return Case(
        applicants=tuple(
            Applicant(
                key=one.key,
                name=one.name or one.key,
                rank=one.rank,
                wanted_m2=one.wanted_m2,
                minimum_m2=one.wanted_m2 if one.minimum_m2 is None else one.minimum_m2,
                maximum_m2=one.wanted_m2 if one.maximum_m2 is None else one.maximum_m2,
                kind=one.kind,
                open_sides=one.open_sides,
                neighbours=tuple(one.neighbours),
                apart_from=tuple(one.apart_from),
                consortium=one.consortium,
                members=one.members,
                power_kw=one.power_kw,
                needs=frozenset(one.needs),
                weights=_weights(one.weights),
            )
            for one in file.applicants
        ),
        places=tuple(_place(one) for one in file.stands),
        weights={**USUAL_WEIGHTS, **_weights(file.weights)},
        apart_m=file.apart_m,
        pins=file.pins,
        previous=file.previous,
        again=file.again,
        title=file.title,
    )


def _weights(given: Mapping[WishKind, int]) -> Mapping[WishKind, int]:
    if not all(0 <= weight <= 1000 for weight in given.values()):
        raise Refused(N_("A weight is a whole number from 0 to 1000."))
    return given


def _place(one: PlaceCase) -> Place:
    if one.outline:
        outline = ring(one.outline)
    elif one.width_m is None or one.depth_m is None:
        raise Refused(N_("Stand {label} needs a width and a depth, or an outline."), label=one.key)
    else:
        sizes = (one.x_m, one.y_m, one.width_m, one.depth_m)
        outline = Rect(*(metres(each) for each in sizes)).outline
    wrong = fault(outline)
    if wrong is not None:
        raise Refused(FAULTS[wrong], label=one.key)
    return Place(
        key=one.key,
        outline=outline,
        area_m2=area_m2(outline),
        kind=one.kind,
        power_kw=one.power_kw,
        lacks=frozenset(one.lacks),
    )


def _block(given: BlockCase) -> Ground:
    if not (0 < given.width_m <= 500 and 0 < given.depth_m <= 500 and given.aisle_m >= 1):
        raise Refused(
            N_("A block is up to 500 m wide and deep, and its aisles are 1 m wide or more.")
        )
    return Ground(
        block=Block(metres(given.width_m), metres(given.depth_m), frozenset(given.open_edges)),
        net_m2=given.net_m2,
        aisle_m=metres(given.aisle_m),
    )


def _shown(case: Case, found: Solution) -> dict[str, Any]:
    told = explaining.explain(case, found)
    return {
        "title": case.title,
        "placed": len(found.placement),
        "placement": found.placement,
        "left_out": [each.applicant for each in told if each.place is None],
        "moved": list(found.moved),
        "points": f"{found.points / 100:.2f}",
        "proven": found.proven,
        "goals": [
            {
                "goal": stage.goal.value,
                "value": stage.value,
                "bound": stage.bound,
                "proven": stage.proven,
                "gap": f"{stage.gap:.4f}",
                "seconds": round(stage.seconds, 2),
                "said": explaining.goal(stage),
            }
            for stage in found.stages
        ],
        "told": [
            {"applicant": each.applicant, "said": each.said, "unmet": list(each.unmet)}
            for each in told
        ],
    }


def _stand(place: Place) -> dict[str, Any]:
    return {
        "key": place.key,
        "outline": [[str(x), str(y)] for x, y in place.outline],
        "area_m2": str(place.area_m2),
        "kind": place.kind.value,
    }


def _prices(given: PriceCase, case: Case, found: Solution) -> dict[str, Any]:
    """What the placed stands cost: space, and what corners, heads and islands cost more."""

    def minor(amount: str) -> int:
        return to_minor(parse_amount(amount), given.currency)

    extra = {
        StandKind.ROW: 0,
        StandKind.CORNER: minor(given.corner),
        StandKind.HEAD: minor(given.head),
        StandKind.ISLAND: minor(given.island),
    }
    held = set(found.placement.values())
    places = [each for each in case.places if each.key in held]
    space = sum(int(each.area_m2 * minor(given.full_per_m2)) for each in places)
    more = sum(extra[each.kind] for each in places)
    return {
        "currency": given.currency,
        "space": str(to_decimal(space, given.currency)),
        "surcharges": str(to_decimal(more, given.currency)),
        "total": str(to_decimal(space + more, given.currency)),
        "said": gettext(
            N_("{n} stands: space {space}, corners and heads {more}, together {total} {currency}."),
            n=len(places),
            space=to_decimal(space, given.currency),
            more=to_decimal(more, given.currency),
            total=to_decimal(space + more, given.currency),
            currency=given.currency,
        ),
    }
