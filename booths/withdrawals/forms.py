"""What people type about withdrawing."""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from booths.withdrawals.rules import MOST_STEPS, Base, Starts
from server.money import LARGEST_MINOR
from server.text import N_, gettext
from server.web.forms import Form


class StepLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of a ladder: percent and amounts as people write them."""

    starts: Starts
    days: int = 0
    share: Decimal = Decimal(0)
    base: Base = Base.PRICE
    fixed: Decimal = Decimal(0)


class TermsForm(Form, kw_only=True):
    """The ladder of a call, step by step."""

    steps: Annotated[list[StepLine], Meta(title=N_("Steps"), max_length=MOST_STEPS)]
    relet: Annotated[
        Literal["", "yes"], Meta(title=N_("It costs less if the stand finds another exhibitor"))
    ] = ""
    relet_share: Annotated[
        Decimal | None, Meta(title=N_("Percent if it is let again"), ge=0, le=1000)
    ] = None
    relet_base: Annotated[Base, Meta(title=N_("Of what"))] = Base.MODULE
    relet_fixed: Annotated[
        Decimal | None, Meta(title=N_("And a fixed amount"), ge=0, le=10_000_000)
    ] = None
    module_m2: Annotated[
        Decimal | None,
        Meta(
            title=N_("Size of one module in m²"),
            description=N_("Only where a share of a module is charged."),
            gt=0,
            le=1000,
        ),
    ] = None
    taxed: Annotated[
        Literal["no", "yes"],
        Meta(
            title=N_("Is VAT charged on it?"),
            description=N_("Ask your tax adviser: compensation may or may not be a supply."),
        ),
    ] = "no"

    def check(self) -> dict[str, str]:
        """Days and shares that can be, and the size of a module where one is charged."""
        wrong = {}
        for step in self.steps:
            if not 0 <= step.days <= 3650:
                wrong["steps"] = gettext(N_("Write the days as a whole number, such as 10."))
            if not 0 <= step.share <= 1000 or step.share * 100 != int(step.share * 100):
                wrong["steps"] = gettext(N_("Write a share in percent, such as 50."))
            if not 0 <= step.fixed <= 10_000_000:
                wrong["steps"] = gettext(N_("Write an amount, such as 250.00."))
        bases = [step.base for step in self.steps] + ([self.relet_base] if self.relet else [])
        if Base.MODULE in bases and self.module_m2 is None:
            wrong["module_m2"] = gettext(N_("Say how large a module is."))
        if self.relet and self.relet_share is None and self.relet_fixed is None:
            wrong["relet_share"] = gettext(N_("Say what it costs if the stand is let again."))
        return wrong


class LeaveForm(Form, kw_only=True):
    """The last press: what the company saw as the cost, so that nothing changes unseen."""

    seen_cost: Annotated[int, Meta(title=N_("Cost"), ge=0, le=LARGEST_MINOR)]
    sure: Annotated[bool, Meta(title=N_("Yes, withdraw and give up the stand"))] = False

    def check(self) -> dict[str, str]:
        """Only with the tick."""
        if not self.sure:
            return {"sure": gettext(N_("Tick the box if you really want to withdraw."))}
        return {}


class CancelForm(Form, kw_only=True):
    """The agency writes a withdrawal down: what it saw as the cost, and what it was told."""

    seen_cost: Annotated[int, Meta(title=N_("Cost"), ge=0, le=LARGEST_MINOR)]
    why: Annotated[
        str,
        Meta(min_length=3, max_length=500, title=N_("Why, and how it was told"),
             description=N_("For example: letter of 4 March. The company reads it.")),
    ]  # fmt: skip
