"""What is asked of a company and of an agency, and how it is checked."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from server import clock
from server.accounts.forms import EMAIL, Email, NewPassword, PersonName
from server.errors import Refused
from server.money import is_currency, to_minor
from server.organisations import nace, rules
from server.organisations.nace import Revision
from server.organisations.rules import AgencyRole, CompanyRole
from server.text import N_, gettext
from server.web.forms import Form

OLDEST_YEAR = 1700
SIZE_CURRENCY = "EUR"

Name = Annotated[str, Meta(min_length=2, max_length=200)]
Line = Annotated[str, Meta(min_length=1, max_length=200)]
LARGEST_FIGURE = Decimal(10**11)


def _try(errors: dict[str, str], field: str, check: Callable[[], object]) -> None:
    """Run a rule that may refuse and keep its sentence at `field`."""
    try:
        check()
    except Refused as refused:
        errors[field] = str(refused)


class CompanyForm(Form, kw_only=True, frozen=True):
    """A company's profile, asked once and used by every application."""

    name: Annotated[
        Name,
        Meta(
            title=N_("Trading name"),
            description=N_("As it appears on the stand and in the catalogue."),
        ),
    ]
    legal_name: Annotated[
        Name,
        Meta(
            title=N_("Legal name"),
            description=N_("As in the company register, with its legal form."),
        ),
    ]
    street: Annotated[Line, Meta(title=N_("Street and number"))]
    postcode: Annotated[str, Meta(title=N_("Postcode"), min_length=1, max_length=20)]
    city: Annotated[str, Meta(title=N_("Town or city"), min_length=1, max_length=120)]
    region: Annotated[
        str,
        Meta(
            title=N_("Region"),
            description=N_("Some programmes support companies of one region only."),
            max_length=120,
        ),
    ] = ""
    country: Annotated[str, Meta(title=N_("Country"), pattern="^[A-Z]{2}$")]
    vat_id: Annotated[
        str,
        Meta(
            title=N_("VAT ID"),
            description=N_(
                "With the country's letters in front. Companies in the European Union must give it."
            ),
            max_length=40,
        ),
    ] = ""
    not_taxable: Annotated[
        bool,
        Meta(
            title=N_("We are no taxable person"),
            description=N_("A public body, an association or a person without a VAT ID."),
        ),
    ] = False
    register_no: Annotated[str, Meta(title=N_("Company register number"), max_length=80)] = ""
    founded_on: Annotated[date | None, Meta(title=N_("Founded on"))] = None
    nace_code: Annotated[
        str,
        Meta(
            title=N_("NACE code"),
            description=N_(
                "Of your main activity, such as 62.10. Your accountant or your register"
                " entry knows it."
            ),
            min_length=2,
            max_length=12,
        ),
    ]
    nace_revision: Annotated[
        Revision,
        Meta(
            title=N_("NACE revision"),
            description=N_("Rev. 2.1 has replaced rev. 2 in most registers since 2025."),
        ),
    ]
    employees_awu: Annotated[
        Decimal | None,
        Meta(
            title=N_("Annual work units"),
            description=N_("Full-time staff over one year; part-time staff count in part."),
            ge=0,
            le=10_000_000,
        ),
    ] = None
    turnover: Annotated[Decimal | None, Meta(title=N_("Yearly turnover in euro"))] = None
    balance: Annotated[Decimal | None, Meta(title=N_("Balance sheet total in euro"))] = None
    size_year: (
        Annotated[
            int,
            Meta(
                title=N_("Year of these figures"),
                description=N_("The last closed financial year."),
                ge=2000,
                le=2200,
            ),
        ]
        | None
    ) = None
    website: Annotated[str, Meta(title=N_("Website"), max_length=300)] = ""
    iban: Annotated[
        str,
        Meta(
            title=N_("IBAN"),
            description=N_("For refunds. Agencies do not see it in lists."),
            max_length=50,
        ),
    ] = ""
    invoice_email: Annotated[
        str,
        Meta(
            title=N_("E-mail address for invoices"),
            description=N_("Write it like name@example.org."),
            pattern=EMAIL,
            max_length=254,
        ),
    ]
    description: Annotated[
        str,
        Meta(
            title=N_("About the company"),
            description=N_("For the public page of the joint booth, up to 1,000 characters."),
            max_length=1000,
        ),
    ] = ""
    products: Annotated[
        str, Meta(title=N_("Products on show"), description=N_("One a line."), max_length=2000)
    ] = ""

    def check(self) -> dict[str, str]:
        """Numbers by the rules of the country, dates and years that can be."""
        errors: dict[str, str] = {}
        today = clock.today("UTC")
        if not rules.is_country(self.country):
            errors["country"] = gettext(N_("Choose a country of the list."))
            return errors
        if self.vat_id and self.not_taxable:
            errors["vat_id"] = gettext(
                N_("Whoever has a VAT ID is a taxable person. Take one of the two away.")
            )
        elif self.vat_id:
            _try(errors, "vat_id", lambda: rules.vat_number(self.vat_id, self.country))
        elif not self.not_taxable and rules.is_eu(self.country, today):
            errors["vat_id"] = gettext(
                N_(
                    "Give the VAT ID: it is needed for companies in {country}. It looks like"
                    " {example}."
                ),
                country=rules.country_name(self.country),
                example=rules.vat_example(self.country),
            )
        if self.register_no:
            _try(
                errors, "register_no", lambda: rules.register_number(self.register_no, self.country)
            )
        _try(errors, "nace_code", lambda: nace.code(self.nace_code, self.nace_revision))
        if self.iban:
            _try(errors, "iban", lambda: rules.iban(self.iban))
        if self.website:
            _try(errors, "website", lambda: rules.website(self.website))
        if self.founded_on and not OLDEST_YEAR <= self.founded_on.year <= today.year:
            errors["founded_on"] = gettext(
                N_("The founding date cannot lie in the future or before {year}."), year=OLDEST_YEAR
            )
        if self.size_year and self.size_year > today.year:
            errors["size_year"] = gettext(N_("Give a financial year that is over."))
        figures = {name: getattr(self, name) for name in ("employees_awu", "turnover", "balance")}
        for name, figure in figures.items():
            if figure is not None and not 0 <= figure <= LARGEST_FIGURE:
                errors[name] = gettext(N_("Give a number from 0 to 100 000 000 000."))
            elif figure is not None and figure != round(figure, 2):
                errors[name] = gettext(N_("Give at most two decimal places."))
        if self.size_year is None and any(each is not None for each in figures.values()):
            errors["size_year"] = gettext(N_("Say which year these figures are of."))
        return errors

    def facts(self) -> dict[str, object]:
        """The profile as its table keeps it: numbers in their printed form, amounts in cents."""
        vat = rules.vat_number(self.vat_id, self.country) if self.vat_id else None
        return {
            "name": self.name,
            "legal_name": self.legal_name,
            "country": self.country,
            "region": self.region,
            "street": self.street,
            "postcode": self.postcode,
            "city": self.city,
            "vat_id": vat.text if vat else "",
            "taxable": not self.not_taxable,
            "vat_state": (rules.VatState.UNCHECKED if vat else rules.VatState.NONE).value,
            "register_no": rules.register_number(self.register_no, self.country)
            if self.register_no
            else "",
            "founded_on": self.founded_on,
            "nace_code": nace.code(self.nace_code, self.nace_revision),
            "nace_revision": self.nace_revision.value,
            "employees_awu": self.employees_awu,
            "turnover_minor": None
            if self.turnover is None
            else to_minor(self.turnover, SIZE_CURRENCY),
            "balance_minor": None
            if self.balance is None
            else to_minor(self.balance, SIZE_CURRENCY),
            "size_year": self.size_year,
            "website": rules.website(self.website) if self.website else "",
            "iban": rules.iban(self.iban) if self.iban else "",
            "invoice_email": self.invoice_email.lower(),
            "description": self.description,
            "products": self.products,
        }


class AgencyForm(Form, kw_only=True, frozen=True):
    """An agency's profile: who it is, where its money goes, how its pages look."""

    name: Annotated[Name, Meta(title=N_("Name"))]
    legal_name: Annotated[Name, Meta(title=N_("Legal name"))]
    country: Annotated[str, Meta(title=N_("Country"), pattern="^[A-Z]{2}$")]
    street: Annotated[str, Meta(title=N_("Street and number"), max_length=200)] = ""
    postcode: Annotated[str, Meta(title=N_("Postcode"), max_length=20)] = ""
    city: Annotated[str, Meta(title=N_("Town or city"), max_length=120)] = ""
    email: Annotated[
        str,
        Meta(
            title=N_("E-mail address"),
            description=N_("Answers to mails of this system go there."),
            pattern=EMAIL,
            max_length=254,
        ),
    ]
    phone: Annotated[str, Meta(title=N_("Telephone"), max_length=40)] = ""
    website: Annotated[str, Meta(title=N_("Website"), max_length=300)] = ""
    vat_id: Annotated[str, Meta(title=N_("VAT ID"), max_length=40)] = ""
    register_no: Annotated[str, Meta(title=N_("Register number"), max_length=80)] = ""
    iban: Annotated[
        str,
        Meta(
            title=N_("IBAN"), description=N_("Companies transfer to this account."), max_length=50
        ),
    ] = ""
    bic: Annotated[str, Meta(title=N_("BIC"), max_length=20)] = ""
    brand_colour: Annotated[
        str,
        Meta(
            title=N_("Brand colour"),
            description=N_("Six digits such as #003a70. White text must be readable on it."),
            max_length=10,
        ),
    ] = "#003a70"
    currency: Annotated[
        str,
        Meta(
            title=N_("Currency"),
            description=N_("Three letters, such as EUR."),
            pattern="^[A-Z]{3}$",
        ),
    ] = "EUR"
    member_state: Annotated[
        str,
        Meta(
            title=N_("Member state whose aid it grants"),
            description=N_(
                "Ceilings count per member state. Leave it empty outside the European Union."
            ),
            max_length=2,
        ),
    ] = ""
    tz: Annotated[
        str, Meta(title=N_("Time zone"), description=N_("Such as Europe/Berlin."), max_length=60)
    ] = "Europe/Berlin"
    invoice_prefix: Annotated[
        str,
        Meta(
            title=N_("Letters in front of invoice numbers"),
            pattern="^[A-Z0-9-]{0,12}$",
            description=N_("Capital letters, digits and hyphens."),
        ),
    ] = ""

    def check(self) -> dict[str, str]:
        """Numbers by the rules of the country, a readable colour, a real zone and currency."""
        errors: dict[str, str] = {}
        if not rules.is_country(self.country):
            errors["country"] = gettext(N_("Choose a country of the list."))
            return errors
        if self.vat_id:
            _try(errors, "vat_id", lambda: rules.vat_number(self.vat_id, self.country))
        if self.register_no:
            _try(
                errors, "register_no", lambda: rules.register_number(self.register_no, self.country)
            )
        if self.iban:
            _try(errors, "iban", lambda: rules.iban(self.iban))
        if self.bic:
            _try(errors, "bic", lambda: rules.bic(self.bic))
        if self.website:
            _try(errors, "website", lambda: rules.website(self.website))
        _try(errors, "brand_colour", lambda: rules.brand_colour(self.brand_colour))
        if not is_currency(self.currency):
            errors["currency"] = gettext(
                N_("“{code}” is not a currency. It looks like EUR."), code=self.currency
            )
        if not clock.is_zone(self.tz):
            errors["tz"] = gettext(
                N_("“{zone}” is not a time zone. It looks like Europe/Berlin."), zone=self.tz
            )
        if self.member_state and not rules.is_eu(self.member_state, clock.today("UTC")):
            errors["member_state"] = gettext(
                N_("Choose a member state of the European Union, or none.")
            )
        return errors

    def facts(self) -> dict[str, object]:
        """The profile as its table keeps it."""
        return self.typed() | {
            "email": self.email.lower(),
            "vat_id": rules.vat_number(self.vat_id, self.country).text if self.vat_id else "",
            "register_no": rules.register_number(self.register_no, self.country)
            if self.register_no
            else "",
            "iban": rules.iban(self.iban) if self.iban else "",
            "bic": rules.bic(self.bic) if self.bic else "",
            "website": rules.website(self.website) if self.website else "",
            "brand_colour": rules.brand_colour(self.brand_colour),
        }


class InviteColleagueForm(Form, kw_only=True, frozen=True):
    """Somebody who shall act for the same company."""

    name: PersonName
    email: Email
    role: Annotated[CompanyRole, Meta(title=N_("Role"))] = CompanyRole.MEMBER


class InviteStaffForm(Form, kw_only=True, frozen=True):
    """Somebody who shall act for the same agency."""

    name: PersonName
    email: Email
    role: Annotated[AgencyRole, Meta(title=N_("Role"))] = AgencyRole.VIEWER


class AcceptForm(Form, kw_only=True, frozen=True):
    """Whoever follows an invitation; name and password are asked of newcomers only."""

    token: Annotated[str, Meta(title=N_("Link"), max_length=200)]
    name: PersonName = ""
    password: NewPassword = ""


class CompaniesQuery(Form, kw_only=True, frozen=True):
    """Which companies are wanted."""

    search: Annotated[str, Meta(title=N_("Part of the name, town or VAT ID"), max_length=100)] = ""
    country: Annotated[str, Meta(title=N_("Country"), max_length=2)] = ""
    division: Annotated[str, Meta(title=N_("NACE division"), max_length=2)] = ""
