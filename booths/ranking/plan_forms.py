"""What a manager writes about the rule: settings, criteria, groups, quotas."""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import Meta

from booths.ranking.facts import ANSWER, KINDS, understood
from booths.ranking.rules import (
    WHOLE_BP,
    Award,
    Bound,
    Condition,
    Criterion,
    Gap,
    Group,
    Join,
    Key,
    Op,
    Plan,
    Quota,
    Unit,
)
from server.text import N_, gettext
from server.web.forms import Form

Slot = Annotated[str, Meta(max_length=120)]
Values = Annotated[str, Meta(max_length=500)]
LINES = (1, 2, 3, 4)
LARGEST_SCALE = 1000


class PlanForm(Form, kw_only=True, frozen=True):
    """The settings of the rule; criteria, groups and quotas are added one by one."""

    main: Annotated[
        Literal["points", "arrival", "lottery"], Meta(title=N_("How are places given?"))
    ]
    groups_first: Annotated[bool, Meta(title=N_("Priority groups come first"))] = False
    tie_1: Annotated[str, Meta(title=N_("What decides where two are level?"))] = "arrival"
    tie_2: Annotated[str, Meta(title=N_("If they are still level"))] = ""
    tie_3: Annotated[str, Meta(title=N_("And then"))] = ""
    top: Annotated[
        int,
        Meta(title=N_("Most points in all"), description=N_("Usually 100"), ge=1, le=LARGEST_SCALE),
    ] = 100
    join: Annotated[Join, Meta(title=N_("Which of several scores counts?"))] = Join.MEAN
    drop_lowest: Annotated[bool, Meta(title=N_("Leave out the lowest of three scores or more"))] = (
        False
    )
    drop_highest: Annotated[
        bool, Meta(title=N_("Leave out the highest of three scores or more"))
    ] = False
    minimum_total: Annotated[
        Decimal | None,
        Meta(title=N_("Points needed to be admissible"), ge=0, le=LARGEST_SCALE),
    ] = None
    evaluators: Annotated[
        int, Meta(title=N_("Evaluators that each application needs"), ge=1, le=20)
    ] = 1
    apart: Annotated[
        Decimal,
        Meta(
            title=N_("Evaluators are far apart from this share of the scale on, in %"),
            gt=0,
            le=100,
        ),
    ] = Decimal(30)
    module_m2: Annotated[
        Decimal | None,
        Meta(
            title=N_("Size of a module in m²"),
            description=N_("Only where a second module comes after everybody’s first."),
            gt=0,
            le=10_000,
        ),
    ] = None
    places: (
        Annotated[
            int,
            Meta(
                title=N_("Places to give"),
                description=N_("Empty: as far as the space of the joint booth lasts."),
                ge=1,
                le=10_000,
            ),
        ]
        | None
    ) = None
    gap: Annotated[Gap, Meta(title=N_("If the next in the list does not fit"))] = Gap.FILL
    published: Annotated[
        bool, Meta(title=N_("Each company sees its own place and points after the decision"))
    ] = False
    version: int | None = None

    def check(self) -> dict[str, str]:
        """Ties are ones that exist, areas have two places."""
        wrong = {}
        for name in ("tie_1", "tie_2", "tie_3"):
            if getattr(self, name) not in ("", *TIE_CHOICES):
                wrong[name] = gettext(N_("Choose one of the answers offered."))
        for name in ("module_m2", "minimum_total"):
            if _too_fine(getattr(self, name)):
                wrong[name] = gettext(N_("Give at most two decimal places."))
        return wrong

    def changed(self, plan: Plan) -> Plan:
        """`plan` with these settings; its criteria, groups and quotas stay."""
        ties = [Key(each) for each in (self.tie_1, self.tie_2, self.tie_3) if each]
        mode = ((Key.GROUPS,) if self.groups_first else ()) + (Key(self.main),)
        return Plan(
            mode=mode,
            ties=tuple(dict.fromkeys(ties)),
            criteria=plan.criteria,
            top=self.top,
            join=self.join,
            drop_lowest=self.drop_lowest,
            drop_highest=self.drop_highest,
            minimum_total=self.minimum_total,
            evaluators=self.evaluators,
            apart_bp=int(self.apart * 100),
            groups=plan.groups,
            quotas=plan.quotas,
            module_m2=self.module_m2,
            places=self.places,
            gap=self.gap,
            published=self.published,
        )


TIE_CHOICES = ("arrival", "lottery", "fewer", "younger", "smaller")


def _too_fine(number: Decimal | None) -> bool:
    return number is not None and number * 100 != int(number * 100)


def settings_typed(plan: Plan) -> dict[str, Any]:
    """A plan's settings as their form shows them."""
    ties = [each.value for each in plan.ties] + ["", "", ""]
    main = next((each.value for each in plan.mode if each is not Key.GROUPS), "arrival")
    return {
        "main": main, "groups_first": Key.GROUPS in plan.mode,
        "tie_1": ties[0], "tie_2": ties[1], "tie_3": ties[2],
        "top": plan.top, "join": plan.join.value, "drop_lowest": plan.drop_lowest,
        "drop_highest": plan.drop_highest, "minimum_total": plan.minimum_total,
        "evaluators": plan.evaluators, "apart": plan.apart_bp // 100,
        "module_m2": plan.module_m2, "places": plan.places, "gap": plan.gap.value,
        "published": plan.published,
    }  # fmt: skip


class Conditions(Form, kw_only=True, frozen=True):
    """Up to four conditions, one a line; a line without a fact is left out."""

    fact_1: Slot = ""
    op_1: Op = Op.IS
    values_1: Values = ""
    fact_2: Slot = ""
    op_2: Op = Op.IS
    values_2: Values = ""
    fact_3: Slot = ""
    op_3: Op = Op.IS
    values_3: Values = ""
    fact_4: Slot = ""
    op_4: Op = Op.IS
    values_4: Values = ""

    def lines(self) -> list[tuple[int, Condition]]:
        """The conditions by the number of their line."""
        found = []
        for n in LINES:
            fact = getattr(self, f"fact_{n}")
            values = [each for each in re.split(r"[,;]", getattr(self, f"values_{n}")) if each]
            if fact:
                known = tuple(understood(fact, each) for each in values if each.strip())
                found.append((n, Condition(fact, getattr(self, f"op_{n}"), known)))
        return found

    def check_lines(self) -> dict[str, str]:
        """Facts that exist, values that fit them."""
        wrong = {}
        for n, each in self.lines():
            kind = KINDS.get(each.fact)
            if kind is None and not re.fullmatch(rf"{ANSWER}[\w.-]{{1,100}}", each.fact):
                wrong[f"fact_{n}"] = gettext(N_("Choose one of the facts offered."))
            elif not each.values:
                wrong[f"values_{n}"] = gettext(N_("Say what it is compared with."))
            elif each.op in (Op.LEAST, Op.MOST) and not _one_number(each.values):
                wrong[f"values_{n}"] = gettext(N_("At least and at most need one number."))
            elif kind is not None and kind.choices and not set(each.values) <= set(kind.choices):
                words = ", ".join(gettext(word) for word in kind.choices.values())
                wrong[f"values_{n}"] = gettext(N_("Choose from: {words}."), words=words)
        return wrong


def _one_number(values: tuple[str, ...]) -> bool:
    return len(values) == 1 and re.fullmatch(r"\d{1,9}(\.\d{1,2})?", values[0]) is not None


def _typed_lines(conditions: tuple[Condition, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for n, each in enumerate(conditions, 1):
        found |= {
            f"fact_{n}": each.fact, f"op_{n}": each.op.value, f"values_{n}": ", ".join(each.values)
        }  # fmt: skip
    return found


class CriterionForm(Conditions, kw_only=True, frozen=True):
    """One criterion: scored by evaluators, or worked out from the first condition that holds."""

    name: Annotated[str, Meta(title=N_("Criterion"), min_length=2, max_length=120)]
    hint: Annotated[
        str,
        Meta(
            title=N_("What evaluators should look at"),
            description=N_("For example what earns few points and what earns many."),
            max_length=1000,
        ),
    ] = ""
    weight: Annotated[
        Decimal,
        Meta(
            title=N_("Weight in %"),
            description=N_("All weights together are 100."),
            gt=0,
            le=100,
        ),
    ]
    low: Annotated[int, Meta(title=N_("Lowest score"), ge=0, le=LARGEST_SCALE)] = 0
    high: Annotated[int, Meta(title=N_("Highest score"), ge=1, le=LARGEST_SCALE)] = 10
    minimum: Annotated[
        Decimal | None,
        Meta(title=N_("Score needed to be admissible"), ge=0, le=LARGEST_SCALE),
    ] = None
    source: Annotated[Literal["evaluators", "facts"], Meta(title=N_("Who gives the score?"))]
    points_1: Annotated[int, Meta(ge=0, le=LARGEST_SCALE)] | None = None
    points_2: Annotated[int, Meta(ge=0, le=LARGEST_SCALE)] | None = None
    points_3: Annotated[int, Meta(ge=0, le=LARGEST_SCALE)] | None = None
    points_4: Annotated[int, Meta(ge=0, le=LARGEST_SCALE)] | None = None

    def check(self) -> dict[str, str]:
        """A scale that rises, points and a minimum that lie on it."""
        wrong = self.check_lines() if self.source == "facts" else {}
        if self.high <= self.low:
            wrong["high"] = gettext(N_("The highest score must be more than the lowest."))
        if self.minimum is not None and not self.low <= self.minimum <= self.high:
            wrong["minimum"] = gettext(N_("This is not on the scale."))
        for name in ("weight", "minimum"):
            if _too_fine(getattr(self, name)):
                wrong[name] = gettext(N_("Give at most two decimal places."))
        if self.source == "facts":
            lines = self.lines()
            if not lines:
                wrong["fact_1"] = gettext(N_("Say which fact earns points."))
            for n, _ in lines:
                points = getattr(self, f"points_{n}")
                if points is None or not self.low <= points <= self.high:
                    wrong[f"points_{n}"] = gettext(
                        N_("Give points from {low} to {high}."), low=self.low, high=self.high
                    )
        return wrong

    def made(self, key: str) -> Criterion:
        """The criterion."""
        awards = [Award(each, getattr(self, f"points_{n}")) for n, each in self.lines()]
        return Criterion(
            key=key, name=self.name, hint=self.hint, weight_bp=int(self.weight * 100),
            low=self.low, high=self.high, minimum=self.minimum,
            awards=tuple(awards) if self.source == "facts" else (),
        )  # fmt: skip


def criterion_typed(each: Criterion) -> dict[str, Any]:
    """A criterion as its form shows it."""
    points = {f"points_{n}": award.points for n, award in enumerate(each.awards, 1)}
    return {
        "name": each.name, "hint": each.hint, "weight": Decimal(each.weight_bp) / 100,
        "low": each.low, "high": each.high, "minimum": each.minimum,
        "source": "evaluators" if each.scored else "facts",
        **_typed_lines(tuple(award.condition for award in each.awards)), **points,
    }  # fmt: skip


class GroupForm(Conditions, kw_only=True, frozen=True):
    """One priority group."""

    name: Annotated[
        str,
        Meta(
            title=N_("Name of the group"), description=N_("Such as “First-timers”"),
            min_length=2, max_length=120,
        ),
    ]  # fmt: skip

    def check(self) -> dict[str, str]:
        """At least one condition: otherwise everybody were in it."""
        wrong = self.check_lines()
        if not self.lines():
            wrong["fact_1"] = gettext(N_("Say who belongs to the group."))
        return wrong

    def made(self) -> Group:
        """The group."""
        return Group(self.name, tuple(each for _, each in self.lines()))


def group_typed(each: Group) -> dict[str, Any]:
    """A group as its form shows it."""
    return {"name": each.name, **_typed_lines(each.conditions)}


class QuotaForm(GroupForm, kw_only=True, frozen=True):
    """At least or at most so much for those who fulfil all conditions."""

    bound: Annotated[Bound, Meta(title=N_("At least or at most?"))]
    amount: Annotated[Decimal, Meta(title=N_("How many"), ge=0, le=100_000)]
    unit: Annotated[Unit, Meta(title=N_("Counted in"))] = Unit.PLACES

    def check(self) -> dict[str, str]:
        """Places are whole."""
        wrong = GroupForm.check(self)
        if self.unit is Unit.PLACES and self.amount != int(self.amount):
            wrong["amount"] = gettext(N_("Places are counted in whole numbers."))
        elif _too_fine(self.amount):
            wrong["amount"] = gettext(N_("Give at most two decimal places."))
        return wrong

    def quota(self) -> Quota:
        """The quota."""
        conditions = tuple(each for _, each in self.lines())
        return Quota(self.name, self.bound, self.amount, self.unit, conditions)


def quota_typed(each: Quota) -> dict[str, Any]:
    """A quota as its form shows it."""
    return {
        "name": each.name, "bound": each.bound.value, "amount": each.amount,
        "unit": each.unit.value, **_typed_lines(each.conditions),
    }  # fmt: skip


def problems(plan: Plan) -> list[str]:
    """What must be mended before a call may be published with this rule."""
    said = []
    if Key.POINTS in plan.mode:
        weights = sum(each.weight_bp for each in plan.criteria)
        if not plan.criteria:
            said.append(gettext(N_("Add the criteria that earn points.")))
        elif weights != WHOLE_BP:
            said.append(
                gettext(N_("The weights are {n} % together, but must be 100 %."), n=weights / 100)
            )
    if Key.GROUPS in plan.mode and not plan.groups:
        said.append(gettext(N_("Add the priority groups that come first.")))
    return said
