"""What managers set about free stands, and what companies answer."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from booths.offers.rules import Cause, Rule
from server.money import LARGEST_MINOR
from server.text import N_, gettext
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


class GateForm(Form):
    """How many participants a call needs, and when that is decided; both, or neither."""

    minimum: Annotated[
        Annotated[int, Meta(ge=1, le=10_000)] | None,
        Meta(title=N_("Smallest number of participants")),
    ] = None
    unrelated: Annotated[bool, Meta(title=N_("Companies under one control count as one"))] = False
    smes: Annotated[
        int,
        Meta(title=N_("How many of them must be small or medium-sized"), ge=0, le=10_000),
    ] = 0
    decide_on: Annotated[date | None, Meta(title=N_("Decided on"))] = None
    version: Annotated[int, Meta(title=N_("Version"))] = 0

    def check(self) -> dict[str, str]:
        """A number needs its day, and a day its number."""
        if self.minimum is not None and self.smes > self.minimum:
            return {"smes": gettext(N_("It cannot be more than the smallest number."))}
        if self.minimum is not None and self.decide_on is None:
            return {"decide_on": gettext(N_("Say on which day it is decided."))}
        if self.minimum is None and self.decide_on is not None:
            return {"minimum": gettext(N_("Say how many participants are needed."))}
        return {}


class CancelForm(Form):
    """A whole call is cancelled: why, and the numbers that were seen."""

    cause: Annotated[Cause, Meta(title=N_("Why is the call cancelled?"))]
    seen: Annotated[str, Meta(title=N_("Numbers seen"), max_length=400)]
    why: Annotated[
        str,
        Meta(
            title=N_("In your own words"),
            description=N_("Every company reads it in its letter."),
            max_length=1000,
        ),
    ] = ""
    sure: Annotated[bool, Meta(title=N_("Yes, cancel the whole call"))] = False

    def check(self) -> dict[str, str]:
        """Only with the tick, and another reason has to be said."""
        found = {}
        if not self.sure:
            found["sure"] = gettext(N_("Tick the box if the whole call is to be cancelled."))
        if self.cause is Cause.OTHER and len(self.why) < 5:
            found["why"] = gettext(N_("Say the reason: the companies read it."))
        return found


Seen = Annotated[int, Meta(title=N_("Version seen"), ge=0, le=LARGEST_MINOR)]


class KeepForm(Form):
    """A stand is kept for an applicant: until an instant, or without end."""

    stand: Annotated[int, Meta(title=N_("Stand"))]
    how: Annotated[Literal["hold", "reserve"], Meta(title=N_("How is it kept?"))]
    seen: Seen
    hours: Annotated[int, Meta(title=N_("Hours on hold"), ge=1, le=720)] = 48


class SeenForm(Form):
    """An act on an application as it was seen."""

    seen: Seen


class ShiftForm(Form):
    """Another stand for an exhibitor; `seen_total` where the price was shown to be another."""

    stand: Annotated[int, Meta(title=N_("New stand"))]
    why: Why
    seen: Seen
    smaller_aid: Annotated[bool, Meta(title=N_("Grant the smaller aid that still fits"))] = False
    seen_total: Annotated[Total | None, Meta(title=N_("Total"))] = None


class SwapForm(Form):
    """Two exhibitors exchange their stands."""

    other: Annotated[int, Meta(title=N_("Exchange with"))]
    why: Why
    seen: Seen
    other_seen: Annotated[Seen | None, Meta(title=N_("Version seen of the other"))] = None
    seen_total: Annotated[Total | None, Meta(title=N_("Total"))] = None
    other_total: Annotated[Total | None, Meta(title=N_("Total of the other"))] = None


class VacateForm(Form):
    """The stand is given up and the application kept."""

    to: Annotated[Literal["eligible", "wait_listed"], Meta(title=N_("The application becomes"))]
    why: Annotated[
        str,
        Meta(
            title=N_("Reason"),
            description=N_("The company reads this."),
            min_length=5,
            max_length=1000,
        ),
    ]
    seen: Seen


class ChoosingForm(Form):
    """Until when eligible companies choose their stand; empty ends it."""

    until: Annotated[datetime | None, Meta(title=N_("Companies choose until"))] = None
    minutes: Annotated[int, Meta(title=N_("Minutes a chosen stand is kept"), ge=5, le=1440)] = 20
    pause: Annotated[
        int, Meta(title=N_("Minutes for which the same stand is left to others"), ge=0, le=1440)
    ] = 0
    version: Annotated[int, Meta(title=N_("Version"))] = 0


class ChooseForm(Form):
    """The stand that a company chooses; none is the best available."""

    stand: Annotated[int | None, Meta(title=N_("Stand"))] = None


class NothingForm(Form):
    """A press that needs no answer."""
