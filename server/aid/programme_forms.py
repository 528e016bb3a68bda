"""What an agency types about programmes and their budget lines."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from server.money import exponent, is_currency
from server.text import N_, gettext
from server.web.forms import Form


class ProgrammeForm(Form, kw_only=True, frozen=True):
    """A programme: what a ministry or a fund pays for over several years."""

    name: Annotated[str, Meta(min_length=2, max_length=200, title=N_("Name of the programme"))]
    currency: Annotated[
        str, Meta(pattern=r"^[A-Z]{3}$", title=N_("Currency"), description=N_("Such as EUR."))
    ] = "EUR"
    ceiling: Annotated[
        Decimal | None,
        Meta(
            ge=0,
            title=N_("Ceiling"),
            description=N_("For all lines together. Empty: only the lines limit it."),
        ),
    ] = None
    version: int | None = None

    def check(self) -> dict[str, str]:
        """A currency that is known, an amount in its places."""
        if not is_currency(self.currency):
            return {"currency": gettext(N_("There is no currency with this code."))}
        places = exponent(self.currency)
        scaled = (self.ceiling or Decimal(0)).scaleb(places)
        if scaled != scaled.to_integral_value():
            said = N_("{currency} has {n} decimal places.")
            return {"ceiling": gettext(said, currency=self.currency, n=places)}
        return {}


class BudgetLineForm(Form, kw_only=True, frozen=True):
    """A line of a programme's budget: a year, a source of funds, a ceiling."""

    name: Annotated[str, Meta(min_length=2, max_length=200, title=N_("Name of the budget line"))]
    funds: Annotated[
        str,
        Meta(
            max_length=200,
            title=N_("Source of funds"),
            description=N_("Such as a chapter of the budget, the ERDF, a chamber."),
        ),
    ] = ""
    year: (
        Annotated[
            int,
            Meta(ge=2000, le=2100, title=N_("Year"), description=N_("Empty: for all years.")),
        ]
        | None
    ) = None
    ceiling: Annotated[
        Decimal | None,
        Meta(
            ge=0,
            title=N_("Ceiling"),
            description=N_("For all schemes of this line. Empty: only their budgets limit it."),
        ),
    ] = None
    version: int | None = None
