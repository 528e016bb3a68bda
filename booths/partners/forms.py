"""What agencies agree on when they share a joint booth."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from server.text import N_, gettext
from server.web.forms import Form


class AllotmentForm(Form, kw_only=True):
    """The terms of a partnership. Amounts are in the lead agency's currency."""

    allotted_m2: Annotated[
        Decimal,
        Meta(
            gt=0,
            le=10_000,
            title=N_("Allotment in m²"),
            description=N_("Net square metres of this booth that the partner may give away."),
        ),
    ]
    price_per_m2: Annotated[
        Decimal,
        Meta(
            ge=0,
            le=1_000_000,
            title=N_("What the partner pays for 1 m²"),
            description=N_("Net, for the settlement between you. 0 if you share without a price."),
        ),
    ] = Decimal(0)
    budget: Annotated[
        Decimal | None,
        Meta(
            ge=0,
            le=1_000_000_000,
            title=N_("Most aid at this booth"),
            description=N_(
                "What the partner may grant here in all. Empty: only its schemes limit it."
            ),
        ),
    ] = None
    returns_on: Annotated[
        date,
        Meta(
            title=N_("Unused area goes back after"),
            description=N_("The last day on which the partner may give it to an exhibitor."),
        ),
    ]
    terms: Annotated[str, Meta(title=N_("What else you have agreed"), max_length=4000)] = ""

    def check(self) -> dict[str, str]:
        """Areas have at most two places."""
        if self.allotted_m2 * 100 != int(self.allotted_m2 * 100):
            return {"allotted_m2": gettext(N_("An area has at most two decimal places."))}
        return {}


class InviteForm(AllotmentForm, kw_only=True):
    """The terms, and whom they are offered to."""

    agency: Annotated[int, Meta(title=N_("Partner agency"))]


class ChangedAllotment(AllotmentForm, kw_only=True):
    """Other terms, as the person saw the old ones."""

    version: Annotated[int, Meta(title=N_("Version"))]


class AnswerForm(Form, kw_only=True):
    """The partner's answer."""

    accept: Annotated[bool, Meta(title=N_("Accept"))] = False
    version: Annotated[int, Meta(title=N_("Version"))]


class EndForm(Form):
    """The press on "End the partnership"."""
