"""What companies answer and what agencies decide."""

import re
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from booths.calls.rules import Phase, State
from booths.plans.rules import StandKind
from server import clock
from server.declarations.kinds import NAMES
from server.money import LARGEST_MINOR
from server.text import N_, gettext
from server.web.forms import Form, Upload

Total = Annotated[int, Meta(ge=0, le=LARGEST_MINOR)]


class CallForm(Form):
    """A call as its manager writes it. Times are wall times in the agency's zone."""

    title: Annotated[str, Meta(title=N_("Title"), min_length=5, max_length=200)]
    booth: Annotated[int, Meta(title=N_("Joint booth"))]
    price_list: Annotated[int, Meta(title=N_("Price list"))]
    opens_at: Annotated[datetime, Meta(title=N_("Opens"))]
    closes_at: Annotated[datetime, Meta(title=N_("Closes"))]
    scheme: Annotated[int | None, Meta(title=N_("Co-financing scheme"))] = None
    scheme_2: Annotated[int | None, Meta(title=N_("Second source of co-financing"))] = None
    scheme_3: Annotated[int | None, Meta(title=N_("Third source of co-financing"))] = None
    maximum_m2: Annotated[
        Decimal | None, Meta(title=N_("Largest stand in m²"), gt=0, le=10_000)
    ] = None
    payment_days: Annotated[
        int,
        Meta(
            title=N_("Days to pay"),
            description=N_("A stand is kept this long after admission."),
            ge=1,
            le=120,
        ),
    ] = 14
    text: Annotated[str, Meta(title=N_("What companies should know"), max_length=8000)] = ""
    version: Annotated[int | None, Meta(title=N_("Version"))] = None

    def check(self) -> dict[str, str]:
        """A call closes after it opens."""
        if self.closes_at <= self.opens_at:
            return {"closes_at": gettext(N_("The call must close after it opens."))}
        named = [one for one in (self.scheme, *self.more_schemes) if one is not None]
        if self.more_schemes and self.scheme is None:
            return {"scheme": gettext(N_("Choose the first source before further ones."))}
        if len(set(named)) < len(named):
            return {"scheme_2": gettext(N_("A scheme can be a source of one call only once."))}
        return {}

    @property
    def more_schemes(self) -> list[int]:
        """The further sources, in order."""
        return [one for one in (self.scheme_2, self.scheme_3) if one is not None]


class CopyCallForm(Form):
    """Where a call is copied to, and what it is called there."""

    booth: Annotated[int, Meta(title=N_("Joint booth"))]
    title: Annotated[str, Meta(title=N_("Title"), min_length=5, max_length=200)]


class StandWish(Form):
    """How much space and which kind; a wish, decided with the plan."""

    area_m2: Annotated[
        Decimal, Meta(title=N_("Area in m²"), description=N_("For example 12"), gt=0, le=10_000)
    ]
    stand_kind: Annotated[StandKind, Meta(title=N_("Kind of stand"))]
    neighbours: Annotated[str, Meta(title=N_("Neighbours you wish for"), max_length=500)] = ""
    apart_from: Annotated[str, Meta(title=N_("Competitors to keep apart"), max_length=500)] = ""
    space: Annotated[str, Meta(title=N_("How you take the space"), max_length=9)] = ""


class Services(Form):
    """Pieces ordered by service."""

    services: Annotated[dict[str, int], Meta(title=N_("Services"))] = msgspec.field(
        default_factory=dict
    )

    def check(self) -> dict[str, str]:
        """Services have numbers, and nobody orders fewer than none."""
        if not all(re.fullmatch(r"[1-9][0-9]{0,8}", one) for one in self.services):
            return {"services": gettext(N_("Name services by their numbers on the price list."))}
        if any(not 0 <= pieces <= 1000 for pieces in self.services.values()):
            return {"services": gettext(N_("Order from 0 to 1,000 pieces of a service."))}
        return {}


class ExportStatus(StrEnum):
    NONE = "none"
    OCCASIONAL = "occasional"
    REGULAR = "regular"


EXPORT_WORDS = {
    ExportStatus.NONE: N_("We do not export yet"),
    ExportStatus.OCCASIONAL: N_("We export now and then"),
    ExportStatus.REGULAR: N_("We export regularly"),
}


class Goals(Form):
    """What is shown, where to, and what success would be: the baseline for the results."""

    exhibits: Annotated[str, Meta(title=N_("What will you show?"), min_length=3, max_length=2000)]
    export_status: Annotated[ExportStatus, Meta(title=N_("How much do you export?"))]
    markets: Annotated[
        str, Meta(title=N_("Which countries do you aim at?"), min_length=2, max_length=500)
    ]
    goals: Annotated[
        str,
        Meta(
            title=N_("What would make this fair a success?"),
            description=N_("Something that can be counted, such as 10 contacts or 2 distributors."),
            min_length=3,
            max_length=2000,
        ),
    ]
    catalogue: Annotated[str, Meta(title=N_("Text for the catalogue"), max_length=600)] = ""


class Declarations(Form):
    """What a company declares now, of what the call asks for and it has not declared before."""

    given: Annotated[list[str], Meta(title=N_("Declarations"))] = msgspec.field(
        default_factory=list
    )
    publish: Annotated[
        bool, Meta(title=N_("You may publish our name and profile as an exhibitor"))
    ] = False
    supported_before: (
        Annotated[
            int,
            Meta(
                title=N_("Earlier supported participations at this fair that were not booked here"),
                description=N_("With public money of anybody. Leave it empty if there were none."),
                ge=0,
                le=100,
            ),
        ]
        | None
    ) = None
    last_edition: Annotated[bool, Meta(title=N_("One of them was the last edition"))] = False
    ordered: Annotated[
        Literal["", "no", "yes"],
        Meta(
            title=N_("Have you ordered or booked anything binding for this participation already?"),
            description=N_(
                "Such as the stand, its building or freight. Some aid is closed once something is"
                " ordered before you apply."
            ),
        ),
    ] = ""
    ordered_on: Annotated[
        date | None, Meta(title=N_("Day of the first binding order or booking"))
    ] = None

    def check(self) -> dict[str, str]:
        """Declarations that there are; an order with its day."""
        if not set(self.given) <= set(NAMES):
            return {"given": gettext(N_("Choose from the declarations offered."))}
        if self.ordered == "yes" and self.ordered_on is None:
            return {"ordered_on": gettext(N_("Give the day of the first binding order."))}
        if self.ordered == "no" and self.ordered_on is not None:
            return {"ordered_on": gettext(N_("Leave the day out, or answer yes to the question."))}
        if self.ordered_on is not None and self.ordered_on > clock.latest_day():
            return {"ordered_on": gettext(N_("An order in the future is none yet: answer no."))}
        return {}


class SectionAnswers(Form):
    """Answers to questions of a call by their short names; null takes an answer back."""

    answers: Annotated[dict[str, Any], Meta(title=N_("Answers"))] = msgspec.field(
        default_factory=dict
    )

    def check(self) -> dict[str, str]:
        """Something must be answered."""
        return {} if self.answers else {"answers": gettext(N_("Give at least one answer."))}


class FileAnswer(Form):
    """The file that answers a question of a call."""

    file: Annotated[
        Upload,
        Meta(title=N_("File"), description=N_("PDF up to 8 MB, or a picture up to 2 MB.")),
    ]


TASK_FORMS: dict[str, type[Form]] = {
    "stand": StandWish,
    "services": Services,
    "goals": Goals,
    "declarations": Declarations,
}


class SubmitForm(Form):
    """The last press: what the applicant saw as the total, so that nothing changes unseen."""

    seen_total: Annotated[Total, Meta(title=N_("Total"))]


class StartForm(Form):
    """The press on "Start"."""


class Because(Form):
    """A reason that the other side reads."""

    why: Annotated[
        str,
        Meta(
            title=N_("Reason"),
            description=N_("The company reads this."),
            min_length=5,
            max_length=1000,
        ),
    ]


class CorrectForm(Form):
    """What is to be mended, one point a line, and until when in the agency's zone."""

    points: Annotated[
        str,
        Meta(
            title=N_("What is to be mended"),
            description=N_("One point a line. The company reads it word for word."),
            min_length=5,
            max_length=4000,
        ),
    ]
    until: Annotated[
        datetime,
        Meta(
            title=N_("Until"),
            description=N_("It may lie after the closing of the call."),
        ),
    ]


class WithdrawForm(Form):
    """A company takes its application back."""

    sure: Annotated[bool, Meta(title=N_("Yes, withdraw it"))] = False

    def check(self) -> dict[str, str]:
        """Only with the tick."""
        if not self.sure:
            return {"sure": gettext(N_("Tick the box if you really want to withdraw."))}
        return {}


class DecideForm(Form):
    """One decision for one or many applications."""

    to: Annotated[
        Literal["eligible", "ineligible", "wait_listed", "rejected", "exhibited", "no_show"],
        Meta(title=N_("Decision")),
    ]
    applications: Annotated[list[int], Meta(title=N_("Applications"))]
    why: Annotated[str, Meta(title=N_("Reason"), max_length=1000)] = ""

    def check(self) -> dict[str, str]:
        """At least one application, and a reason where the company is owed one."""
        found = {}
        if not self.applications:
            found["applications"] = gettext(N_("Tick at least one application."))
        if len(self.applications) > 500:
            found["applications"] = gettext(N_("Decide on at most 500 at once."))
        if self.to in ("ineligible", "rejected") and len(self.why) < 5:
            found["why"] = gettext(N_("Give the reason: the company reads it in the letter."))
        return found


class AdmitForm(Form):
    """The stand, and whether a smaller aid is given where the headroom is short."""

    stand: Annotated[int, Meta(title=N_("Stand"))]
    seen_total: Annotated[Total | None, Meta(title=N_("Total"))] = None
    smaller_aid: Annotated[bool, Meta(title=N_("Grant the smaller aid that still fits"))] = False


class ReviveForm(Form):
    """The stand for a company whose payment came late."""

    stand: Annotated[int, Meta(title=N_("Stand"))]
    seen_total: Annotated[Total | None, Meta(title=N_("Total"))] = None


class NoteForm(Form):
    """A note that only the agency sees."""

    note: Annotated[str, Meta(title=N_("Note"), max_length=4000)] = ""


class ApplicationFilter(Form):
    """Which applications to list."""

    call: Annotated[int | None, Meta(title=N_("Call"))] = None
    state: Annotated[State | None, Meta(title=N_("State"))] = None
    text: Annotated[str, Meta(title=N_("Company or reference"), max_length=100)] = ""


class CallFilter(Form):
    """Which calls to list."""

    phase: Annotated[Phase | None, Meta(title=N_("Phase"))] = None


class PaymentForm(Form, kw_only=True):
    """How a call is paid. Without terms everything at once, within the call's days to pay."""

    terms: Annotated[int | None, Meta(title=N_("Payment terms"))] = None
    move_in: Annotated[
        Literal["free", "paid"],
        Meta(title=N_("When may an exhibitor move in?")),
    ] = "free"


class MoveForm(Form):
    """Close a call's decisions, close it out, or cancel it."""

    to: Annotated[Literal["decided", "closed_out"], Meta(title=N_("Next state"))]
