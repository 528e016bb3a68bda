"""What managers set about free stands, and what companies answer."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from booths.offers.rules import Rule
from server.money import LARGEST_MINOR
from server.text import N_
from server.web.forms import Form

Total = Annotated[int, Meta(ge=0, le=LARGEST_MINOR)]
Why = Annotated[
    str,
    Meta(
        title=N_("Reason"),
        description=N_("It stays with the record."),
        min_length=5,
        max_length=1000,
    ),
]


class WaitingForm(Form):
    """How free stands go down the waiting list of a call."""

    rule: Annotated[Rule, Meta(title=N_("Who is asked about a free stand?"))]
    hours: Annotated[int, Meta(title=N_("Hours to answer"), ge=1, le=720)] = 72
    under_m2: Annotated[
        Decimal, Meta(title=N_("At most so many m² below the wish"), ge=0, le=10_000)
    ] = Decimal(0)
    over_m2: Annotated[
        Decimal, Meta(title=N_("At most so many m² above the wish"), ge=0, le=10_000)
    ] = Decimal(3)
    kind_must_fit: Annotated[bool, Meta(title=N_("The kind of stand must be the one wished"))] = (
        False
    )
    automatic: Annotated[bool, Meta(title=N_("Offers go out by themselves"))] = False
    version: Annotated[int, Meta(title=N_("Version"))] = 0


class GapForm(Form):
    """A free stand that is put up for the waiting list by hand."""

    stand: Annotated[int, Meta(title=N_("Stand"))]


class HandOfferForm(Form):
    """A stand and the company that is asked about it, whatever the order."""

    gap: Annotated[int, Meta(title=N_("Stand"))]
    application: Annotated[int, Meta(title=N_("Application"))]


class SkipForm(Form):
    """Somebody is passed over until further notice."""

    application: Annotated[int, Meta(title=N_("Application"))]
    why: Why


class UnskipForm(Form):
    """Somebody is asked again in their turn."""

    application: Annotated[int, Meta(title=N_("Application"))]


class WhyForm(Form):
    """A reason that stays with the record."""

    why: Why


class AcceptForm(Form):
    """The company's yes, with the price that it saw."""

    seen_total: Annotated[Total, Meta(title=N_("Total"))]


class DeclineForm(Form):
    """The company's no to this stand."""

    then: Annotated[
        Literal["stay", "leave"], Meta(title=N_("What about your place on the waiting list?"))
    ]
    why: Annotated[
        str,
        Meta(
            title=N_("Reason"),
            description=N_("If you like: it helps the agency to find what fits."),
            max_length=1000,
        ),
    ] = ""
