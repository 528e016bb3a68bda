"""What a manager writes when making the form of a call."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from booths.questions.rules import LONGEST_TEXT, WITH_OPTIONS, Kind, Operator
from server.text import N_, gettext
from server.web.forms import Form

Limit = Annotated[Decimal, Meta(ge=-1_000_000_000, le=1_000_000_000)]
Version = Annotated[int | None, Meta(title=N_("Version"))]


class SectionForm(Form):
    """One page of questions."""

    title: Annotated[str, Meta(title=N_("Title"), min_length=2, max_length=200)]
    intro: Annotated[
        str,
        Meta(
            title=N_("What companies read above the questions"),
            description=N_("Why you ask, and where they find the answers."),
            max_length=2000,
        ),
    ] = ""
    version: Version = None


class QuestionForm(Form):
    """One question. The deadline is a wall time in the agency's zone."""

    section: Annotated[int, Meta(title=N_("Section"))]
    label: Annotated[
        str,
        Meta(
            title=N_("Question"),
            description=N_(
                "As companies read it, such as “Which languages does your staff speak?”"
            ),
            min_length=3,
            max_length=300,
        ),
    ]
    kind: Annotated[Kind, Meta(title=N_("Kind of answer"))]
    key: Annotated[
        str,
        Meta(
            title=N_("Short name"),
            description=N_("What programs call it: small letters, digits and _."),
            pattern=r"^[a-z][a-z0-9_]{0,39}$",
        ),
    ] = ""
    hint: Annotated[str, Meta(title=N_("Hint"), max_length=500)] = ""
    required: Annotated[bool, Meta(title=N_("An answer is needed"))] = False
    options: Annotated[
        str, Meta(title=N_("Answers offered"), description=N_("One a line."), max_length=8000)
    ] = ""
    minimum: Annotated[
        Limit | None,
        Meta(
            title=N_("At least"),
            description=N_("The smallest number, or how many answers must be chosen."),
        ),
    ] = None
    maximum: Annotated[
        Limit | None,
        Meta(
            title=N_("At most"),
            description=N_("The largest number, or how many answers may be chosen."),
        ),
    ] = None
    unit: Annotated[
        str, Meta(title=N_("Unit"), description=N_("For a number, such as kW."), max_length=20)
    ] = ""
    longest: Annotated[int, Meta(title=N_("Most characters"), ge=1, le=LONGEST_TEXT)] | None = None
    answer_until: Annotated[
        datetime | None,
        Meta(
            title=N_("Its own deadline"),
            description=N_(
                "Leave empty for the closing of the call. A later one lets companies answer after"
                " they have sent their application."
            ),
        ),
    ] = None
    show_if_question: Annotated[str, Meta(title=N_("Ask only if the answer to"), max_length=40)] = (
        ""
    )
    show_if_operator: Annotated[Operator, Meta(title=N_("Comparison"))] = Operator.IS
    show_if_values: Annotated[
        str,
        Meta(
            title=N_("This answer"),
            description=N_("As it is written there: yes, no, one of the answers, a number, a date."
                           " One a line where any of several will do."),
            max_length=2000,
        ),
    ] = ""  # fmt: skip
    version: Version = None

    @property
    def lines(self) -> list[str]:
        """The answers offered, each once."""
        return _lines(self.options)

    @property
    def wanted(self) -> list[str]:
        """The answers on which it is shown."""
        return _lines(self.show_if_values)

    def check(self) -> dict[str, str]:
        """What belongs to one kind of answer only, and a condition that is whole."""
        found = {}
        if self.kind in WITH_OPTIONS and len(self.lines) < 2:
            found["options"] = gettext(N_("Offer at least two answers, one a line."))
        if any(len(each) > 200 for each in self.lines) or len(self.lines) > 100:
            found["options"] = gettext(N_("Offer at most 100 answers of at most 200 characters."))
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            found["maximum"] = gettext(N_("“At most” cannot be less than “at least”."))
        if self.kind is Kind.CHOICES and (self.maximum or 1) < 1:
            found["maximum"] = gettext(N_("At least one answer must be allowed."))
        if self.kind is Kind.CHOICES and (self.minimum or 0) > len(self.lines):
            found["minimum"] = gettext(N_("There are fewer answers than must be chosen."))
        if self.show_if_question and not self.wanted:
            found["show_if_values"] = gettext(N_("Say for which answer it is asked."))
        if self.show_if_operator is not Operator.ANY_OF and len(self.wanted) > 1:
            found["show_if_values"] = gettext(
                N_("Give one answer, or choose “is any of” for several.")
            )
        return found


def _lines(text: str) -> list[str]:
    found = [" ".join(line.split()) for line in text.splitlines()]
    return list(dict.fromkeys(line for line in found if line))


class MoveForm(Form):
    """One place up or down."""

    to: Annotated[Literal["up", "down"], Meta(title=N_("Direction"))]


class DeadlineForm(Form):
    """More time for one question of a published call, and why."""

    answer_until: Annotated[datetime, Meta(title=N_("New deadline"))]
    why: Annotated[
        str,
        Meta(
            title=N_("Reason"),
            description=N_("It is kept in the log."),
            min_length=5,
            max_length=1000,
        ),
    ]


class CopyForm(Form):
    """Sections of an earlier call; all of them where none is named."""

    source: Annotated[int, Meta(title=N_("Earlier call"))]
    sections: Annotated[list[int], Meta(title=N_("Sections"))] = msgspec.field(default_factory=list)


class NothingForm(Form):
    """A press that needs no more words."""
