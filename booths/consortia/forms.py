"""What members of a consortium write, and how an agency admits them."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from booths.consortia.rules import Key
from booths.plans.rules import StandKind
from server.accounts.forms import Email
from server.money import LARGEST_MINOR
from server.text import N_, gettext
from server.web.forms import Form

Total = Annotated[int, Meta(ge=0, le=LARGEST_MINOR)]
Area = Annotated[Decimal, Meta(title=N_("Area of the common stand in m²"), gt=0, le=10_000)]


class BeginForm(Form):
    """A consortium as its lead begins it."""

    name: Annotated[str, Meta(title=N_("Name of the consortium"), min_length=3, max_length=200)]
    island_m2: Area
    key: Annotated[Key, Meta(title=N_("How do you share space and costs?"))] = Key.EQUAL
    stand_kind: Annotated[StandKind, Meta(title=N_("Kind of stand"))] = StandKind.ISLAND


class InviteForm(Form):
    """Somebody who answers for a company that should join."""

    name: Annotated[str, Meta(title=N_("Name of the person"), min_length=2, max_length=200)]
    email: Email


class TermsForm(Form):
    """New terms: `parts` holds for each member (by its number) its m² or its per cent."""

    key: Annotated[Key, Meta(title=N_("How do you share space and costs?"))]
    island_m2: Area
    stand_kind: Annotated[StandKind, Meta(title=N_("Kind of stand"))] = StandKind.ISLAND
    parts: Annotated[dict[str, Decimal], Meta(title=N_("Parts"))] = msgspec.field(
        default_factory=dict
    )
    answer_by: Annotated[
        date | None,
        Meta(
            title=N_("Answer by"),
            description=N_("After this day nothing changes unless all have agreed."),
        ),
    ] = None
    why: Annotated[str, Meta(title=N_("Why the terms change"), max_length=1000)] = ""

    def check(self) -> dict[str, str]:
        """Parts are amounts that a stand can have."""
        said = gettext(N_("Write each part as a number from 0 to 10,000, such as 12.5."))
        return {
            f"part_{member[:20]}": said
            for member, part in self.parts.items()
            if not part.is_finite() or not 0 <= part <= 10_000
        }


class AnswerForm(Form):
    """A member's answer to the terms and the price that it saw."""

    version: Annotated[int, Meta(title=N_("Version of the terms"), ge=1)]
    seen_total: Annotated[Total, Meta(title=N_("Total"))]
    agrees: Annotated[bool, Meta(title=N_("We agree"))] = False


class SendForm(Form):
    """The lead sends for all."""

    version: Annotated[int, Meta(title=N_("Version of the terms"), ge=1)]


class JoinForm(Form):
    """The answer to an invitation."""

    accept: Annotated[bool, Meta(title=N_("Join the consortium"))] = False


class LeaveForm(Form):
    """A member leaves, or is left out; the others read why."""

    why: Annotated[
        str,
        Meta(
            title=N_("Reason"),
            description=N_("The other members read it."),
            min_length=5,
            max_length=1000,
        ),
    ]


class AdmitTogetherForm(Form):
    """One stand for all; members whose aid does not fit may be admitted without it."""

    stand: Annotated[int, Meta(title=N_("Stand"))]
    seen_total: Annotated[Total, Meta(title=N_("Sum of all totals"))]
    without_aid: Annotated[list[int], Meta(title=N_("Admit without aid"))] = msgspec.field(
        default_factory=list
    )


class CorrectForm(Form):
    """Carry out new terms that everybody has agreed to."""

    version: Annotated[int, Meta(title=N_("Version of the terms"), ge=1)]


class MoveTogetherForm(Form):
    """Another stand for all members; `seen_total` where the page showed other prices."""

    stand: Annotated[int, Meta(title=N_("New stand"))]
    seen_stand: Annotated[int, Meta(title=N_("Stand that the page showed"))]
    why: Annotated[
        str,
        Meta(
            title=N_("Reason"),
            description=N_("The companies read this."),
            min_length=5,
            max_length=1000,
        ),
    ]
    seen_total: Annotated[Total | None, Meta(title=N_("Sum of all totals"))] = None
