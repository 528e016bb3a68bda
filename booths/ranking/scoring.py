"""Points: several evaluators' scores as one, totals, bars, and how far evaluators agree. Pure.

Totals are rounded half up to two places before they are compared, so what is shown is what counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from statistics import median, pstdev

from booths.ranking.rules import WHOLE_BP, Applicant, Criterion, Join, Key, Plan, Sheet, holds

CENT = Decimal("0.01")


def joined(plan: Plan, values: Sequence[int]) -> Fraction | None:
    """The scores of several evaluators as one; outer ones are dropped from three scores up."""
    kept = sorted(values)
    if not kept:
        return None
    if len(values) > 2 and plan.drop_lowest:
        kept = kept[1:]
    if len(values) > 2 and plan.drop_highest:
        kept = kept[:-1]
    if plan.join is Join.MEDIAN:
        return Fraction(median([Fraction(each) for each in kept]))
    return Fraction(sum(kept), len(kept))


def _exact(plan: Plan, criterion: Criterion, applicant: Applicant) -> Fraction:
    """The points of one criterion on its scale; nobody's score is the lowest."""
    if not criterion.scored:
        for each in criterion.awards:
            if holds(each.condition, applicant.facts):
                return Fraction(each.points)
        return Fraction(criterion.low)
    given = [each.points for each in applicant.sheets]
    values = [points[criterion.key] for points in given if criterion.key in points]
    found = joined(plan, values)
    return Fraction(criterion.low) if found is None else found


def rounded(number: Fraction) -> Decimal:
    """Two places, half up."""
    return (Decimal(number.numerator) / Decimal(number.denominator)).quantize(CENT, ROUND_HALF_UP)


def share(plan: Plan, criterion: Criterion, value: Fraction) -> Fraction:
    """What a criterion's points add to the total."""
    part = (value - criterion.low) / (criterion.high - criterion.low)
    return plan.top * Fraction(criterion.weight_bp, WHOLE_BP) * part


@dataclass(frozen=True, slots=True)
class Mark:
    """An applicant's points: by criterion on its scale, in all, and which bars were missed."""

    points: Mapping[str, Decimal]
    total: Decimal | None
    missed: tuple[str, ...]


def mark(plan: Plan, applicant: Applicant) -> Mark:
    """The points of one applicant. `missed` holds keys of criteria, and "" for the total."""
    if Key.POINTS not in plan.mode:
        return Mark({}, None, ())
    exact = {each.key: _exact(plan, each, applicant) for each in plan.criteria}
    points = {key: rounded(value) for key, value in exact.items()}
    total = rounded(sum((share(plan, each, exact[each.key]) for each in plan.criteria), Fraction()))
    missed = [
        each.key
        for each in plan.criteria
        if each.minimum is not None and points[each.key] < each.minimum
    ]
    if plan.minimum_total is not None and total < plan.minimum_total:
        missed.append("")
    return Mark(points, total, tuple(missed))


@dataclass(frozen=True, slots=True)
class Spread:
    """How far the evaluators of one application agree: their totals, and where they differ most.

    Totals count the criteria that evaluators score, each total as if its evaluator were alone.
    `apart`: keys of criteria on which two differ by the stated share of the scale or more.
    """

    sheets: int
    mean: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    deviation: Decimal | None
    apart: tuple[str, ...]


def spread(plan: Plan, sheets: Sequence[Sheet]) -> Spread:
    """The spread of the scores of one application; the deviation is that of all its scores."""
    if not sheets or not plan.scored:
        return Spread(len(sheets), None, None, None, None, ())
    totals = [
        sum(
            (
                share(plan, each, Fraction(sheet.points.get(each.key, each.low)))
                for each in plan.scored
            ),
            Fraction(),
        )
        for sheet in sheets
    ]
    apart = []
    for each in plan.scored:
        given = [sheet.points[each.key] for sheet in sheets if each.key in sheet.points]
        scale = each.high - each.low
        if given and (max(given) - min(given)) * WHOLE_BP >= plan.apart_bp * scale:
            apart.append(each.key)
    return Spread(
        len(sheets),
        rounded(sum(totals, Fraction()) / len(totals)),
        rounded(min(totals)),
        rounded(max(totals)),
        rounded(Fraction(pstdev([float(each) for each in totals]))),
        tuple(apart) if len(sheets) > 1 else (),
    )
