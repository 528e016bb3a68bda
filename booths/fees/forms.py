"""What people type about prices."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from booths.fees.pricing import FeeKind, FeeUnit
from server.aid.rules import CostKind
from server.money import exponent, is_currency
from server.text import N_, gettext
from server.web.forms import Form

AMOUNTS = (
    "full_per_m2", "per_m2", "corner", "head", "island", "side", "early_off", "late_more",
)  # fmt: skip


class PriceListForm(Form, kw_only=True, frozen=True):
    """The prices of a joint booth; fees and services are added to it one by one."""

    booth: Annotated[int, Meta(title=N_("Joint booth"))]
    name: Annotated[
        str,
        Meta(
            min_length=2,
            max_length=200,
            title=N_("Name of the price list"),
            description=N_("Such as “With stand construction” or “Raw space”."),
        ),
    ]
    currency: Annotated[
        str, Meta(pattern=r"^[A-Z]{3}$", title=N_("Currency"), description=N_("Such as EUR."))
    ] = "EUR"
    full_per_m2: Annotated[
        Decimal,
        Meta(
            ge=0,
            title=N_("Full price per m²"),
            description=N_("All costs of the space and its construction, before aid and VAT."),
        ),
    ]
    per_m2: Annotated[
        Decimal | None,
        Meta(
            ge=0,
            title=N_("Reduced price per m²"),
            description=N_(
                "Only where the programme fixes what a company with co-financing pays. The"
                " difference to the full price is the aid."
            ),
        ),
    ] = None
    minimum_m2: Annotated[
        Decimal,
        Meta(gt=0, le=10_000, title=N_("Smallest area billed, in m²")),
    ] = Decimal(1)
    corner: Annotated[
        Decimal, Meta(ge=0, title=N_("Extra for a corner stand (two open sides)"))
    ] = Decimal(0)
    head: Annotated[Decimal, Meta(ge=0, title=N_("Extra for a head stand (three open sides)"))] = (
        Decimal(0)
    )
    island: Annotated[
        Decimal, Meta(ge=0, title=N_("Extra for an island stand (four open sides)"))
    ] = Decimal(0)
    side: Annotated[
        Decimal,
        Meta(
            ge=0,
            title=N_("Extra for each open side beyond the first"),
            description=N_("Instead of, or beside, the extras by kind of stand."),
        ),
    ] = Decimal(0)
    sides_most: Annotated[
        int,
        Meta(ge=1, le=4, title=N_("Open sides that are charged for at most")),
    ] = 4
    early_until: Annotated[
        date | None,
        Meta(
            title=N_("Early rate for applications sent until"),
            description=N_("The day an application is sent decides, and stays decisive."),
        ),
    ] = None
    early_percent: Annotated[
        Decimal, Meta(ge=0, le=100, title=N_("Early rate: percent off the space"))
    ] = Decimal(0)
    early_off: Annotated[
        Decimal,
        Meta(
            ge=0,
            title=N_("Early rate: amount off each price of space"),
            description=N_("Per m², per module or per package, as the space is priced."),
        ),
    ] = Decimal(0)
    late_from: Annotated[
        date | None, Meta(title=N_("Surcharge for applications sent on this day or later"))
    ] = None
    late_percent: Annotated[
        Decimal, Meta(ge=0, le=100, title=N_("Late surcharge: percent of the space"))
    ] = Decimal(0)
    late_more: Annotated[Decimal, Meta(ge=0, title=N_("Late surcharge: amount at once"))] = Decimal(
        0
    )
    valid_from: Annotated[date, Meta(title=N_("Prices hold from"))]
    version: int | None = None

    def check(self) -> dict[str, str]:
        """A currency that is known, amounts in its places, a reduction that reduces."""
        wrong: dict[str, str] = {}
        if not is_currency(self.currency):
            return {"currency": gettext(N_("There is no currency with this code."))}
        for name in AMOUNTS:
            fault = places(getattr(self, name), self.currency)
            if fault:
                wrong[name] = fault
        if self.per_m2 is not None and self.per_m2 > self.full_per_m2:
            wrong["per_m2"] = gettext(N_("The reduced price is more than the full price."))
        if self.minimum_m2 * 100 != int(self.minimum_m2 * 100):
            wrong["minimum_m2"] = gettext(N_("An area has at most two decimal places."))
        for name in ("early_percent", "late_percent"):
            if getattr(self, name) * 100 != int(getattr(self, name) * 100):
                wrong[name] = gettext(N_("A percentage has at most two decimal places."))
        return wrong | self._rates()

    def _rates(self) -> dict[str, str]:
        """An early rate and a late surcharge have a day, and the early one comes first."""
        early, late = self.early_percent or self.early_off, self.late_percent or self.late_more
        if bool(early) != (self.early_until is not None):
            return {"early_until": gettext(N_("An early rate needs its last day and how much."))}
        if bool(late) != (self.late_from is not None):
            return {"late_from": gettext(N_("A late surcharge needs its first day and how much."))}
        if self.early_until and self.late_from and self.late_from <= self.early_until:
            return {"late_from": gettext(N_("Late comes after early: choose a later day."))}
        return {}


class CopyForm(Form, kw_only=True, frozen=True):
    """A copy of a price list, with its fees and services, for the same booth or another."""

    booth: Annotated[int, Meta(title=N_("Joint booth"))]
    name: Annotated[str, Meta(min_length=2, max_length=200, title=N_("Name of the new price list"))]


class FeeForm(Form, kw_only=True, frozen=True):
    """A mandatory fee, or a service to order. The currency is that of the list."""

    kind: Annotated[FeeKind, Meta(title=N_("What it is"))] = FeeKind.MANDATORY
    name: Annotated[
        str,
        Meta(
            min_length=2,
            max_length=200,
            title=N_("Name"),
            description=N_("As it stands on the quote and on the invoice."),
        ),
    ]
    amount: Annotated[Decimal, Meta(ge=0, title=N_("Price"))]
    unit: Annotated[FeeUnit, Meta(title=N_("How it is charged"))] = FeeUnit.PARTICIPATION
    eligible: Annotated[
        Literal["yes", "no"],
        Meta(
            title=N_("May aid cover it?"),
            description=N_("Renting, setting up and running the stand may; catering may not."),
        ),
    ] = "yes"
    stock: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=1_000_000,
                title=N_("How many there are"),
                description=N_("For a service. Leave it empty if there is no limit."),
            ),
        ]
        | None
    ) = None
    ends_at: Annotated[
        datetime | None,
        Meta(title=N_("Can be ordered until"), description=N_("For a service, at the fair.")),
    ] = None

    cost: Annotated[
        CostKind | None,
        Meta(
            title=N_("Kind of cost"),
            description=N_("For schemes that cover some kinds only. Empty: by what it is."),
        ),
    ] = None

    reduced: Annotated[
        Decimal | None,
        Meta(
            ge=0,
            title=N_("Price with aid"),
            description=N_("Only where a supported company pays less of it. 0: nothing."),
        ),
    ] = None
    included_in: Annotated[
        list[str],
        Meta(
            title=N_("Already in the price of"),
            description=N_("Ways to take space, such as a package, that include this fee."),
        ),
    ] = msgspec.field(default_factory=list)

    supply: Annotated[
        Literal["", "admission", "catering", "lodging", "transport", "advice"],
        Meta(
            title=N_("What VAT law sees in it"),
            description=N_(
                "Tickets, meals and beds are taxed at the fair, whoever buys them; transport and"
                " advice like the stand for businesses. Ask your tax adviser."
            ),
        ),
    ] = ""

    def check(self) -> dict[str, str]:
        """A limit and a deadline belong to services; a limit to pieces."""
        wrong = {}
        if self.reduced is not None and self.reduced > self.amount:
            wrong["reduced"] = gettext(N_("The price with aid is more than the full price."))
        if self.unit is FeeUnit.MODULE:
            wrong["unit"] = gettext(N_("Choose one of the answers offered."))
        if self.kind is FeeKind.SERVICE and self.included_in:
            wrong["included_in"] = gettext(N_("Only a mandatory fee can be included."))
        if self.kind is FeeKind.MANDATORY and self.stock is not None:
            wrong["stock"] = gettext(N_("A mandatory fee has no stock: leave it empty."))
        if self.kind is FeeKind.MANDATORY and self.ends_at is not None:
            wrong["ends_at"] = gettext(N_("A mandatory fee has no deadline: leave it empty."))
        return wrong


class NothingForm(Form, kw_only=True, frozen=True):
    """A button and nothing else."""


def places(amount: Decimal | None, currency: str) -> str:
    """What is wrong with the decimal places of an amount, or nothing."""
    most = exponent(currency)
    if amount is None or amount.scaleb(most) == int(amount.scaleb(most)):
        return ""
    return gettext(N_("{currency} has {n} decimal places."), currency=currency, n=most)
