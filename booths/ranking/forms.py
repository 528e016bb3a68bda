"""What evaluators declare and score, and what is decided."""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server.text import N_, gettext
from server.web.forms import Form


class NothingForm(Form, kw_only=True, frozen=True):
    """A button and nothing else."""


class EvaluatorsForm(Form, kw_only=True, frozen=True):
    """Who evaluates a call."""

    people: Annotated[list[int], Meta(title=N_("Evaluators"))]


class DeclareForm(Form, kw_only=True, frozen=True):
    """An evaluator's word on one application."""

    conflict: Annotated[
        Literal["no", "yes"], Meta(title=N_("Have you a conflict of interest with this company?"))
    ]
    why: Annotated[
        str,
        Meta(
            title=N_("Which one?"),
            description=N_("Only if you have one. The agency reads it."),
            max_length=1000,
        ),
    ] = ""

    def check(self) -> dict[str, str]:
        """A conflict is named."""
        if self.conflict == "yes" and len(self.why) < 5:
            return {"why": gettext(N_("Say in a few words which conflict it is."))}
        return {}


class ScoreForm(Form, kw_only=True, frozen=True):
    """One evaluator's scores for one application: criterion -> points on its scale."""

    points: Annotated[dict[str, int], Meta(title=N_("Scores"))] = msgspec.field(
        default_factory=dict
    )
    comment: Annotated[
        str,
        Meta(
            title=N_("Comment"),
            description=N_("Why you score so. The agency reads it."),
            max_length=2000,
        ),
    ] = ""


class NotedForm(Form, kw_only=True, frozen=True):
    """What the agency knows itself: one word, and the applications of which it is so."""

    word: Annotated[
        str,
        Meta(
            title=N_("What do you note?"), description=N_("Such as “Export training”"),
            min_length=2, max_length=100,
        ),
    ]  # fmt: skip
    applications: Annotated[list[int], Meta(title=N_("Companies of which it is so"))]


class EditForm(Form, kw_only=True, frozen=True):
    """One change of a frozen list by hand."""

    change: Annotated[Literal["move", "out", "space"], Meta(title=N_("What do you change?"))]
    line: Annotated[
        str, Meta(title=N_("Which application"), pattern=r"^[A-Za-z0-9-]{1,40}/[0-9]{1,3}$")
    ] = ""
    rank: Annotated[int, Meta(title=N_("New rank"), ge=1, le=100_000)] | None = None
    places: Annotated[int, Meta(title=N_("Places to give"), ge=0, le=100_000)] | None = None
    m2: Annotated[Decimal | None, Meta(title=N_("Space to give in m²"), ge=0, le=1_000_000)] = None
    why: Annotated[
        str,
        Meta(
            title=N_("Reason"),
            description=N_("It is kept with the new version for ever."),
            min_length=5,
            max_length=1000,
        ),
    ]

    def check(self) -> dict[str, str]:
        """Each change says what it needs."""
        wrong = {}
        if self.change in ("move", "out") and not self.line:
            wrong["line"] = gettext(N_("Choose the application."))
        if self.change == "move" and self.rank is None:
            wrong["rank"] = gettext(N_("Say which rank it gets."))
        if self.change == "space" and self.places is None and self.m2 is None:
            wrong["places"] = gettext(N_("Say how many places or square metres there are."))
        if self.m2 is not None and self.m2 * 100 != int(self.m2 * 100):
            wrong["m2"] = gettext(N_("Give at most two decimal places."))
        return wrong


class ReopenForm(Form, kw_only=True, frozen=True):
    """Why a frozen decision is opened again."""

    why: Annotated[
        str,
        Meta(
            title=N_("Reason"),
            description=N_("It stands in the next version for ever."),
            min_length=5,
            max_length=1000,
        ),
    ]


class ApplyForm(Form, kw_only=True, frozen=True):
    """The press after the preview."""

    sure: Annotated[bool, Meta(title=N_("Yes, send the letters and write the waiting list"))] = (
        False
    )

    def check(self) -> dict[str, str]:
        """Only with the tick."""
        if not self.sure:
            return {"sure": gettext(N_("Tick the box if the decision shall be carried out."))}
        return {}
