"""The price lists and the choice of a case file (docs/formats.md), as the rules take them."""

from datetime import date
from typing import Annotated, Literal

import msgspec

from booths.fees.case_values import (
    Aided,
    Amount,
    Area,
    Currency,
    Metres,
    Name,
    Nth,
    Percent,
    Pieces,
)
from booths.fees.pricing import Choice, Early, Fee, FeeKind, FeeUnit, Late, Prices
from booths.fees.space import Space, SpaceBy, Step
from booths.fees.which import Other, Used, When, which
from booths.plans.rules import StandKind
from server.aid.rules import CostKind
from server.errors import Refused
from server.money import parse_amount, to_minor
from server.text import N_


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of a case; a name that is not known is refused."""


class FeeCase(Part, frozen=True, kw_only=True):
    name: Name
    amount: Amount
    kind: FeeKind = FeeKind.MANDATORY
    unit: FeeUnit = FeeUnit.PARTICIPATION
    eligible: bool = True
    cost: CostKind | None = None
    aided: Amount | None = None
    included_in: list[str] = []
    supply: Literal["", "admission", "catering", "lodging", "transport", "advice"] = ""


class StepCase(Part, frozen=True, kw_only=True):
    """A price up to so many m² or modules; `aided` at the first, second, n-th participation."""

    up_to: Metres | None = None
    full: Amount
    aided: Aided | None = None


class SpaceCase(Part, frozen=True, kw_only=True):
    name: Name
    by: SpaceBy = SpaceBy.M2
    steps: list[StepCase]
    minimum_m2: Metres = Metres(0)
    unit_m2: Metres | None = None
    whole: bool = False
    cost: Amount | None = None


class EarlyCase(Part, frozen=True, kw_only=True):
    until: date
    percent: Percent = Percent(0)
    off: Amount = Amount("0")


class LateCase(Part, frozen=True, kw_only=True):
    since: date
    percent: Percent = Percent(0)
    more: Amount = Amount("0")


class ListCase(Part, frozen=True, kw_only=True):
    """A price list: one price per m², or `spaces`. `when` and `declarations` for further lists."""

    full_per_m2: Amount = Amount("0")
    per_m2: Amount | None = None
    minimum_m2: Metres = Metres(1)
    corner: Amount = Amount("0")
    head: Amount = Amount("0")
    island: Amount = Amount("0")
    side: Amount = Amount("0")
    sides_most: Annotated[int, msgspec.Meta(ge=0, le=4)] = 4
    currency: Currency = Currency("EUR")
    fees: list[FeeCase] = []
    spaces: list[SpaceCase] = []
    early: EarlyCase | None = None
    late: LateCase | None = None
    name: str = ""
    when: When | None = None
    declarations: list[str] = []
    aided: bool = False


class ChoiceCase(Part, frozen=True, kw_only=True):
    area_m2: Area
    stand: StandKind = StandKind.ROW
    services: dict[str, Pieces] = {}
    space: str = ""
    participation: Nth = 1
    sent_on: date | None = None


def list_for(lists: list[ListCase], missing: list[str], failed: list[str]) -> tuple[ListCase, Used]:
    """The list of a case that prices the company, the first unless another one applies.

    `missing` are declarations it has not given, `failed` sentences of rules it does not fulfil.
    """
    others = [
        Other(number, one.when, tuple(one.declarations), one.aided)
        for number, one in enumerate(lists)
        if number and one.when is not None
    ]
    used = which(0, others, {name: name for name in missing}, failed)
    return lists[used.price_list], used


def prices_of(case: ListCase) -> Prices:
    """The list as the rules take it; ways and fees are numbered from 1."""

    def minor(amount: str) -> int:
        return to_minor(parse_amount(amount), case.currency)

    def aided(step: StepCase) -> tuple[int, ...]:
        return tuple(minor(one) for one in step.aided or ())

    keys: dict[str, str] = {one.name: str(number) for number, one in enumerate(case.spaces, 1)}
    early = late = None
    if case.early:
        early = Early(case.early.until, case.early.percent.bp, minor(case.early.off))
    if case.late:
        late = Late(case.late.since, case.late.percent.bp, minor(case.late.more))
    return Prices(
        price_list_id=0,
        name=case.name,
        currency=case.currency,
        per_m2_minor=minor(case.full_per_m2 if case.per_m2 is None else case.per_m2),
        full_per_m2_minor=minor(case.full_per_m2),
        minimum_m2=case.minimum_m2,
        corner_minor=minor(case.corner),
        head_minor=minor(case.head),
        island_minor=minor(case.island),
        fees=tuple(
            Fee(
                number, one.kind, one.name, one.unit, minor(one.amount), one.eligible,
                cost=one.cost, reduced_minor=None if one.aided is None else minor(one.aided),
                included_in=tuple(_key(keys, name) for name in one.included_in),
                supply=one.supply,
            )
            for number, one in enumerate(case.fees, 1)
        ),
        spaces=tuple(
            Space(
                keys[one.name], one.name, one.by,
                tuple(Step(each.up_to, minor(each.full), aided(each)) for each in one.steps),
                one.minimum_m2, one.unit_m2, one.whole,
                None if one.cost is None else minor(one.cost),
            )
            for one in case.spaces
        ),
        side_minor=minor(case.side),
        sides_most=case.sides_most,
        early=early,
        late=late,
    )  # fmt: skip


def choice_in(given: ChoiceCase, case: ListCase) -> Choice:
    """What the company of a case asks for."""
    numbers: dict[str, int] = {one.name: number for number, one in enumerate(case.fees, 1)}
    for name in given.services:
        if name not in numbers:
            raise Refused(N_("The price list has no service “{name}”."), name=name)
    keys: dict[str, str] = {one.name: str(number) for number, one in enumerate(case.spaces, 1)}
    return Choice(
        given.area_m2,
        given.stand,
        {numbers[name]: pieces for name, pieces in given.services.items()},
        space=_key(keys, given.space) if given.space else "",
        participation=given.participation,
        sent_on=given.sent_on,
    )


def _key(keys: dict[str, str], name: str) -> str:
    if name not in keys:
        raise Refused(N_("The price list has no way to take space “{name}”."), name=name)
    return keys[name]
