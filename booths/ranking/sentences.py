"""The rule and its results in plain words."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from booths.ranking.facts import label, value_words
from booths.ranking.rules import (
    Applicant,
    Bound,
    Condition,
    Criterion,
    Gap,
    Join,
    Key,
    Op,
    Outcome,
    Placed,
    Plan,
    Quota,
    Unit,
    lot,
)
from server import clock
from server.text import N_, gettext, ngettext
from server.web.formats import m2 as m2_words
from server.web.formats import number, percent

KEY_WORDS = {
    Key.GROUPS: N_("Priority groups"),
    Key.POINTS: N_("Points"),
    Key.ARRIVAL: N_("Earlier arrival"),
    Key.LOTTERY: N_("Lot"),
    Key.FEWER: N_("Fewer supported participations at this fair"),
    Key.YOUNGER: N_("The company founded later"),
    Key.SMALLER: N_("The smaller area wished"),
}
OP_WORDS = {
    Op.IS: N_("is one of"),
    Op.NOT: N_("is none of"),
    Op.LEAST: N_("is at least"),
    Op.MOST: N_("is at most"),
}
_CONDITION = {
    Op.IS: N_("{fact}: {values}"),
    Op.NOT: N_("{fact}: not {values}"),
    Op.LEAST: N_("{fact}: at least {values}"),
    Op.MOST: N_("{fact}: at most {values}"),
}


def condition_words(condition: Condition) -> str:
    """Size class: Micro enterprise or Small enterprise."""
    values = [value_words(condition.fact, each) for each in condition.values]
    return gettext(
        _CONDITION[condition.op],
        fact=label(condition.fact),
        values=gettext(N_(" or ")).join(values),
    )


def conditions_words(conditions: tuple[Condition, ...]) -> str:
    """Conditions that must all hold."""
    return "; ".join(condition_words(each) for each in conditions) or gettext(N_("everybody"))


def quota_words(quota: Quota) -> str:
    """At most 3 places for Large companies (Size class: Large enterprise)."""
    amount = (
        m2_words(quota.amount)
        if quota.unit is Unit.M2
        else ngettext("{n} place", "{n} places", int(quota.amount))
    )
    words = (
        N_("At least {amount} for “{name}” ({who}), if enough of them apply.")
        if quota.bound is Bound.LEAST
        else N_("At most {amount} for “{name}” ({who}).")
    )
    return gettext(words, amount=amount, name=quota.name, who=conditions_words(quota.conditions))


def criterion_words(criterion: Criterion) -> str:
    """Who gives the points of a criterion, and on which scale."""
    if criterion.scored:
        return gettext(
            N_("Evaluators give {low} to {high}."), low=criterion.low, high=criterion.high
        )
    awards = "; ".join(
        gettext(N_("{points} for {what}"), points=each.points, what=condition_words(each.condition))
        for each in criterion.awards
    )
    return gettext(
        N_("Worked out: {awards}; otherwise {low}. The scale ends at {high}."),
        awards=awards, low=criterion.low, high=criterion.high,
    )  # fmt: skip


_MAIN = {
    Key.POINTS: N_("Places are given by points, {top} at most: the criteria are below."),
    Key.ARRIVAL: N_("Places are given in the order of arrival, to the microsecond."),
    Key.LOTTERY: N_("Places are given by lot."),
}
_GAP = {
    Gap.STRICT: N_("If the next in the list does not fit into what is left, the list ends there."),
    Gap.FILL: N_("If the next in the list does not fit into what is left, the one after it may."),
}
_INSIDE = {
    Key.POINTS: N_("Inside a group, places are given by points, {top} at most."),
    Key.ARRIVAL: N_("Inside a group, places are given in the order of arrival."),
    Key.LOTTERY: N_("Inside a group, places are given by lot."),
}


def rule_words(plan: Plan) -> list[str]:
    """The rule as everybody may read it, sentence by sentence."""
    said = []
    grouped = Key.GROUPS in plan.mode
    if grouped:
        names = "; ".join(
            f"{n}. {each.name} ({conditions_words(each.conditions)})"
            for n, each in enumerate(plan.groups, 1)
        )
        said.append(
            gettext(N_("Priority groups come first, in this order: {names}; then all others."),
                    names=names)
        )  # fmt: skip
    words = _INSIDE if grouped else _MAIN
    said += [gettext(words[key], top=plan.top) for key in plan.mode if key is not Key.GROUPS]
    if Key.POINTS in plan.mode:
        said += _points_words(plan)
    ties = [gettext(KEY_WORDS[each]).lower() for each in plan.ties if each not in plan.mode]
    if ties:
        said.append(
            gettext(N_("Where two are level, this decides: {ties}."),
                    ties=gettext(N_(", then ")).join(ties))
        )  # fmt: skip
    if plan.module_m2 is not None:
        said.append(
            gettext(
                N_(
                    "Space is given in modules of {area}. A second module is given only after"
                    " everybody’s first, if space is left."
                ),
                area=m2_words(plan.module_m2),
            )
        )
    said += [quota_words(each) for each in plan.quotas]
    if plan.places is not None:
        said.append(gettext(N_("There are {n} places, as far as the space lasts."), n=plan.places))
    else:
        said.append(gettext(N_("Places are given as far as the space of the joint booth lasts.")))
    said.append(gettext(_GAP[plan.gap]))
    said.append(
        gettext(
            N_(
                "An export consortium is ranked as one, at the place of its best member: all of"
                " its members get a place, or none does."
            )
        )
    )
    said.append(
        gettext(N_("Each company sees its own place and points after the decision."))
        if plan.published
        else gettext(N_("Points are not published."))
    )
    return said


def _points_words(plan: Plan) -> list[str]:
    said = []
    if any(each.scored for each in plan.criteria):
        said.append(
            gettext(N_("The middle one of the evaluators’ scores counts (the median)."))
            if plan.join is Join.MEDIAN
            else gettext(N_("The average of the evaluators’ scores counts."))
        )
        if plan.drop_lowest or plan.drop_highest:
            which = (
                N_("the lowest and the highest")
                if plan.drop_lowest and plan.drop_highest
                else N_("the lowest")
                if plan.drop_lowest
                else N_("the highest")
            )
            said.append(
                gettext(N_("Of three scores or more, {which} is left out."), which=gettext(which))
            )
    if plan.minimum_total is not None:
        said.append(
            gettext(N_("Who has fewer than {n} points gets no place."),
                    n=number(plan.minimum_total))
        )  # fmt: skip
    said += [
        gettext(N_("Who has fewer than {n} in “{name}” gets no place."),
                n=number(each.minimum), name=each.name)
        for each in plan.criteria
        if each.minimum is not None
    ]  # fmt: skip
    return said


def weight_words(criterion: Criterion) -> str:
    """A weight as a percentage."""
    return percent(criterion.weight_bp)


def _precise(at: datetime, tz: str) -> str:
    return f"{clock.local(at, tz):%H:%M:%S.%f}"


def _tie_value(key: Key, applicant: Applicant, tz: str, seed: str | None) -> str:
    match key:
        case Key.ARRIVAL:
            return gettext(N_("arrival {time}"), time=_precise(applicant.arrived_at, tz))
        case Key.LOTTERY:
            return gettext(N_("lot {lot}"), lot=lot(seed or "", applicant.reference)[:12])
        case Key.FEWER:
            return gettext(
                N_("{n} supported participations"), n=applicant.facts.get("participations", 0)
            )
        case Key.YOUNGER:
            return gettext(N_("foundation on {day}"), day=applicant.facts.get("founded_on", "?"))
        case Key.SMALLER:
            return gettext(N_("the wish for {area}"), area=m2_words(applicant.m2))
        case _:
            return gettext(KEY_WORDS[key])


def place_words(placed: Placed, of: int, plan: Plan) -> str:
    """Rank 14 of 80: 72.50 points, group “First-timers”."""
    said = gettext(N_("Rank {n} of {of}"), n=placed.rank, of=of)
    more = []
    if placed.total is not None:
        more.append(gettext(N_("{n} points"), n=number(placed.total)))
    if placed.group:
        more.append(gettext(N_("group “{name}”"), name=placed.group))
    if plan.module_m2 is not None:
        more.append(gettext(N_("module {n}"), n=placed.module))
    if placed.consortium:
        more.append(
            gettext(
                N_("with the consortium “{name}”, at the place of its best member"),
                name=placed.consortium,
            )
        )
    return said + (": " + ", ".join(more) if more else "")


def below_words(placed: Placed, plan: Plan, *, points: bool) -> str:
    """Which bar was missed."""
    said = []
    names = {each.key: each for each in plan.criteria}
    for key in placed.missed:
        if not key:
            said.append(
                gettext(N_("{n} points are needed and {got} were reached."),
                        n=number(plan.minimum_total), got=number(placed.total))
                if points
                else gettext(N_("The points needed in all were not reached."))
            )  # fmt: skip
        else:
            said.append(
                gettext(N_("“{name}” needs {n}, {got} were reached."), name=names[key].name,
                        n=number(names[key].minimum), got=number(placed.points[key]))
                if points
                else gettext(N_("The minimum for “{name}” was not reached."), name=names[key].name)
            )  # fmt: skip
    return " ".join(said) or gettext(N_("Taken out of the list by the agency."))


def reason(
    placed: Placed,
    of: int,
    plan: Plan,
    applicants: Mapping[str, Applicant],
    tz: str,
    seed: str | None,
) -> str:
    """Why an application stands where it stands, in a sentence for the agency's file."""
    said = place_words(placed, of, plan)
    if placed.tie is not None and not placed.by_hand:
        said += gettext(
            N_("; tie with {other} broken by {what}"),
            other=placed.tied_with,
            what=_tie_value(placed.tie, applicants[placed.reference], tz, seed),
        )
    said += "."
    if placed.by_hand:
        said += " " + gettext(N_("Changed by hand."))
    if placed.outcome is Outcome.BELOW:
        said += " " + below_words(placed, plan, points=True)
    elif placed.outcome is Outcome.WAITING:
        said += " " + _waiting(placed)
    return said


def _waiting(placed: Placed) -> str:
    if placed.held_by:
        return gettext(N_("The places for “{name}” are given."), name=placed.held_by)
    return gettext(N_("The places are given to those before."))


def letter(placed: Placed, of: int, plan: Plan) -> str:
    """What the company itself reads: its points and its rank only if the call publishes them."""
    said = [place_words(placed, of, plan) + "."] if plan.published else []
    if placed.outcome is Outcome.BELOW:
        said.append(below_words(placed, plan, points=plan.published))
    else:
        said.append(_waiting(placed))
    return " ".join(said)


def decimal_words(number_: Decimal | None) -> str:
    """A number for a table; a dash where there is none."""
    return "–" if number_ is None else number(number_)
