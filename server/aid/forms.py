"""What people type about schemes, about their own aid, and about the register."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from server.aid import law
from server.aid.rules import CEILING_CURRENCY, Mode
from server.money import exponent, is_currency
from server.text import N_, gettext
from server.web.formats import percent
from server.web.forms import Form


class SchemeForm(Form, kw_only=True, frozen=True):
    """A co-financing scheme: under which law, how it lowers the price, and up to what."""

    name: Annotated[str, Meta(min_length=2, max_length=200, title=N_("Name of the scheme"))]
    legal_basis: Annotated[
        str,
        Meta(
            title=N_("Legal basis"),
            description=N_("It decides ceilings, intensity and who may have the aid."),
        ),
    ]
    mode: Annotated[Mode, Meta(title=N_("How the aid lowers the price"))]
    budget: Annotated[Decimal, Meta(gt=0, title=N_("Budget"))]
    valid_from: Annotated[date, Meta(title=N_("Aid may be granted from"))]
    valid_until: Annotated[date | None, Meta(title=N_("Aid may be granted until"))] = None
    rate: Annotated[
        Decimal | None,
        Meta(
            gt=0,
            le=100,
            title=N_("Rate in percent of the eligible cost"),
            description=N_("For a rate, such as 50."),
        ),
    ] = None
    fixed_per_m2: Annotated[
        Decimal | None,
        Meta(
            ge=0,
            title=N_("What a company pays per m²"),
            description=N_(
                "For a fixed price. Leave it empty to use the reduced price of each price list."
            ),
        ),
    ] = None
    cap: Annotated[
        Decimal | None,
        Meta(gt=0, title=N_("Most aid for one participation")),
    ] = None
    currency: Annotated[
        str, Meta(pattern=r"^[A-Z]{3}$", title=N_("Currency"), description=N_("Such as EUR."))
    ] = CEILING_CURRENCY
    reference: Annotated[
        str,
        Meta(
            max_length=60,
            title=N_("Number of the scheme"),
            description=N_("The SA number of the Commission, or your own."),
        ),
    ] = ""
    version: int | None = None

    def check(self) -> dict[str, str]:
        """One number per mode, within what the legal basis allows, in a currency that is known."""
        wrong: dict[str, str] = {}
        if self.mode is Mode.RATE and self.rate is None:
            wrong["rate"] = gettext(N_("Say which part of the eligible cost the aid covers."))
        if self.rate is not None and self.rate * 100 != int(self.rate * 100):
            wrong["rate"] = gettext(N_("A rate has at most two decimal places."))
        if self.valid_until is not None and self.valid_until < self.valid_from:
            wrong["valid_until"] = gettext(N_("The last day is before the first."))
        if not is_currency(self.currency):
            wrong["currency"] = gettext(N_("There is no currency with this code."))
        else:
            wrong |= self._places()
        return self._law() | wrong

    def _places(self) -> dict[str, str]:
        places = exponent(self.currency)
        said = gettext(N_("{currency} has {n} decimal places."), currency=self.currency, n=places)
        amounts = {"fixed_per_m2": self.fixed_per_m2, "cap": self.cap, "budget": self.budget}
        return {
            name: said
            for name, amount in amounts.items()
            if amount is not None and amount.scaleb(places) != int(amount.scaleb(places))
        }

    def _law(self) -> dict[str, str]:
        if self.legal_basis not in law.codes():
            return {"legal_basis": gettext(N_("Choose one of the legal bases offered."))}
        basis = law.basis_on(self.legal_basis, self.valid_from)
        if basis is None:
            return {
                "valid_from": gettext(
                    N_("“{basis}” is not in force on this day."),
                    basis=gettext(law.NAMES[self.legal_basis]),
                )
            }
        if basis.limits and self.currency != CEILING_CURRENCY:
            return {
                "currency": gettext(
                    N_("The ceilings of “{basis}” are in {currency}: keep the scheme in it."),
                    basis=gettext(basis.name),
                    currency=CEILING_CURRENCY,
                )
            }
        most = basis.max_intensity_bp
        if self.mode is Mode.RATE and most is not None and self.rate_bp > most:
            return {
                "rate": gettext(
                    N_("{article} allows at most {percent} of the eligible cost."),
                    article=basis.article,
                    percent=percent(most),
                )
            }
        return {}

    @property
    def rate_bp(self) -> int:
        """The rate in basis points; 0 without one."""
        return int((self.rate or Decimal(0)) * 100)


class DeclaredAidForm(Form, kw_only=True, frozen=True):
    """Aid that a company has had from somebody else."""

    amount: Annotated[
        Decimal,
        Meta(gt=0, title=N_("Amount in EUR"), description=N_("The gross amount in the letter.")),
    ]
    granted_on: Annotated[
        date,
        Meta(
            title=N_("Date of grant"),
            description=N_("The date of the letter, not the day the money came."),
        ),
    ]
    authority: Annotated[
        str,
        Meta(
            min_length=2,
            max_length=200,
            title=N_("Who granted it"),
            description=N_("The authority, bank or programme on the letter."),
        ),
    ]
    member_state: Annotated[str, Meta(pattern=r"^[A-Z]{2}$", title=N_("State of the authority"))]
    legal_basis: Annotated[str, Meta(title=N_("Kind of aid"))] = "de_minimis"

    def check(self) -> dict[str, str]:
        """Whole cents, a basis with a ceiling, a State that grants aid."""
        wrong = {}
        if self.amount * 100 != int(self.amount * 100):
            wrong["amount"] = gettext(N_("EUR has {n} decimal places."), n=2)
        if self.legal_basis not in declarable():
            wrong["legal_basis"] = gettext(N_("Choose one of the kinds offered."))
        if self.member_state not in law.states():
            wrong["member_state"] = gettext(N_("Choose a State of the European Economic Area."))
        return wrong


class StatementForm(Form, kw_only=True, frozen=True):
    """What a company says about itself before aid is granted."""

    in_difficulty: Annotated[
        Literal["yes", "no"],
        Meta(title=N_("Is your company an undertaking in difficulty?")),
    ]
    recovery_order: Annotated[
        Literal["yes", "no"],
        Meta(title=N_("Is an order to repay unlawful aid still open?")),
    ]
    linked_companies: Annotated[
        str,
        Meta(
            max_length=2000,
            title=N_("Companies under one control with yours"),
            description=N_(
                "One a line, with the register number. Leave it empty if there are none."
            ),
        ),
    ] = ""


class RegisteredForm(Form, kw_only=True, frozen=True):
    """The entry in the register: on which day, under which number."""

    registered_on: Annotated[date, Meta(title=N_("Entered on"))]
    register_reference: Annotated[str, Meta(max_length=80, title=N_("Number in the register"))] = ""


class NothingForm(Form, kw_only=True, frozen=True):
    """A button and nothing else."""


class RegisterQuery(Form, kw_only=True, frozen=True):
    """Which rows of the register to list."""

    show: Literal["all", "open", "overdue", "done"] = "all"


def declarable() -> dict[str, str]:
    """Bases with a ceiling that a company's other aid counts towards, by name."""
    return {one.code: gettext(one.name) for one in law.bases() if one.de_minimis}
