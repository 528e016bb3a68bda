"""What people type about how and when something is paid, and who decides on it."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server.billing.dunning_rules import MOST_LEVELS
from server.billing.terms import MOST_STEPS, Anchor
from server.text import N_, gettext
from server.web.forms import Form, Upload

Why = Annotated[
    str,
    Meta(
        min_length=3, max_length=500, title=N_("Why"),
        description=N_("Stays with it, for whoever checks the books"),
    ),
]  # fmt: skip


class StepLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of payment terms: percent and amounts as people write them."""

    name: str
    anchor: Anchor
    days: int = 0
    on: date | None = None
    share: Decimal = Decimal(0)
    fixed: Decimal = Decimal(0)
    guarantees: bool = False


class TermsForm(Form, kw_only=True):
    """Payment terms of an agency, step by step."""

    name: Annotated[str, Meta(min_length=3, max_length=120, title=N_("Name of the terms"))]
    steps: Annotated[list[StepLine], Meta(title=N_("Steps"), max_length=MOST_STEPS)]
    lead_days: Annotated[
        int,
        Meta(
            title=N_("Days between an invoice and its day to pay"),
            description=N_("The first step is invoiced with the admission, each other in time."),
            ge=0,
            le=180,
        ),
    ] = 30

    def check(self) -> dict[str, str]:
        """Names, days and shares that can be."""
        wrong = {}
        for step in self.steps:
            if not 0 < len(step.name.strip()) <= 120:
                wrong["steps"] = gettext(N_("Each step has a name, such as Deposit."))
            if not 0 <= step.days <= 3650:
                wrong["steps"] = gettext(N_("Write the days as a whole number, such as 14."))
            if not 0 <= step.share <= 100 or step.share * 100 != int(step.share * 100):
                wrong["steps"] = gettext(N_("Write a share in percent, such as 50."))
            if not 0 <= step.fixed <= 10_000_000:
                wrong["steps"] = gettext(N_("Write an amount, such as 250.00."))
        return wrong


class PartLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One instalment."""

    due_on: date
    amount: Decimal


class PartsForm(Form, kw_only=True):
    """Instalments that are agreed for one invoice."""

    parts: Annotated[list[PartLine], Meta(title=N_("Instalments"), max_length=24)]
    why: Why


class LevelLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One level of dunning. `days` after the day to pay; before it they are negative."""

    name: str
    days: int
    fee: Decimal = Decimal(0)
    interest: Decimal = Decimal(0)
    pay_within: int = 7
    ends: bool = False


class LevelsForm(Form, kw_only=True):
    """How an agency reminds and duns."""

    levels: Annotated[list[LevelLine], Meta(title=N_("Levels"), max_length=MOST_LEVELS)]

    def check(self) -> dict[str, str]:
        """Names, fees and rates that can be."""
        wrong = {}
        for level in self.levels:
            if not 0 < len(level.name.strip()) <= 120:
                wrong["levels"] = gettext(N_("Each level has a name, such as First reminder."))
            if not 0 <= level.fee <= 10_000 or not 0 <= level.interest <= 30:
                wrong["levels"] = gettext(N_("Write a fee as an amount, interest as percent."))
            if not 0 <= level.pay_within <= 90 or not -60 <= level.days <= 365:
                wrong["levels"] = gettext(N_("Write the days as whole numbers, such as 7."))
        return wrong


class PauseForm(Form, kw_only=True):
    """Why a company, or one invoice, is not dunned for now."""

    why: Why
    until: Annotated[
        date | None,
        Meta(title=N_("Until"), description=N_("Without a day it lasts until you end it.")),
    ] = None


class PublicForm(Form, kw_only=True):
    """Why a company counts as a public body, and its term to pay."""

    term_days: Annotated[
        int,
        Meta(
            title=N_("Its term to pay, in days"), ge=1, le=365,
            description=N_("Directive 2011/7/EU lets public bodies have 30 days, some 60."),
        ),
    ]  # fmt: skip
    why: Annotated[
        str,
        Meta(
            min_length=3, max_length=500, title=N_("What shows that it is a public body"),
            description=N_("For example the law that founded it, or its order with a number"),
        ),
    ]  # fmt: skip
    evidence: Annotated[
        Upload | None,
        Meta(
            title=N_("A paper that shows it"),
            description=N_("A PDF or a picture, at most 8 MB. It is kept with the mark."),
        ),
    ] = None


class LimitForm(Form, kw_only=True):
    """Above how much a second person decides."""

    limit: Annotated[
        Decimal | None,
        Meta(
            title=N_("A second person decides above"), ge=0, le=10_000_000,
            description=N_("Refunds, cancelled invoices and ended contracts. Empty: never."),
        ),
    ] = None  # fmt: skip


class DecisionForm(Form, kw_only=True):
    """What the second person says."""

    decision: Annotated[Literal["approve", "refuse"], Meta(title=N_("Decision"))]
    why: Annotated[str, Meta(max_length=500, title=N_("Reason"))] = ""

    def check(self) -> dict[str, str]:
        """A no has a reason."""
        if self.decision == "refuse" and len(self.why.strip()) < 3:
            return {"why": gettext(N_("Say why: whoever asked for it reads it."))}
        return {}
