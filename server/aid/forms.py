"""What companies type about their own aid, and agencies about the register."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from server.aid import law
from server.text import N_, gettext
from server.web.forms import Form, Upload


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
    evidence: Annotated[
        Upload | None,
        Meta(
            title=N_("The letter on this aid"),
            description=N_("A PDF or a picture, at most 8 MB. It is kept with the declaration."),
        ),
    ] = None

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
    vat_recoverable: Annotated[
        Literal["yes", "no"],
        Meta(
            title=N_("Can your company recover the VAT on its costs?"),
            description=N_("VAT that you get back never counts as cost of a scheme."),
        ),
    ] = "yes"


class RegisteredForm(Form, kw_only=True, frozen=True):
    """The entry in the register: on which day, under which number."""

    registered_on: Annotated[date, Meta(title=N_("Entered on"))]
    register_reference: Annotated[str, Meta(max_length=80, title=N_("Number in the register"))] = ""


class PublishedForm(Form, kw_only=True, frozen=True):
    """The publication of a large award: on which day."""

    published_on: Annotated[date, Meta(title=N_("Published on"))]


class NothingForm(Form, kw_only=True, frozen=True):
    """A button and nothing else."""


class RegisterQuery(Form, kw_only=True, frozen=True):
    """Which rows of the register to list."""

    show: Literal["all", "open", "overdue", "done"] = "all"


def declarable() -> dict[str, str]:
    """Bases with a ceiling that a company's other aid counts towards, by name."""
    return {one.code: gettext(one.name) for one in law.bases() if one.de_minimis}
