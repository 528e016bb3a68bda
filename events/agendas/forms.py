"""What people say about their meetings on the day."""

from typing import Annotated, Literal

from msgspec import Meta

from events.agendas.rules import LONGEST_NOTE, MOST_LATE, Outcome
from server.text import N_
from server.web.forms import Form


class LateForm(Form, kw_only=True):
    """How late somebody will be."""

    minutes: Annotated[int, Meta(title=N_("Minutes"), ge=1, le=MOST_LATE)]


class RatingForm(Form, kw_only=True):
    """Two taps: what came of it, and how good it was. Each may be sent alone."""

    outcome: Annotated[Outcome | None, Meta(title=N_("What came of it"))] = None
    stars: Annotated[int, Meta(title=N_("Stars"), ge=1, le=5)] | None = None


class NoteForm(Form, kw_only=True):
    """A note for oneself and one's colleagues; empty takes it away."""

    text: Annotated[str, Meta(title=N_("Your note"), max_length=LONGEST_NOTE)] = ""


class ContactForm(Form, kw_only=True):
    """Whether one's e-mail and telephone are given to the others of a meeting."""

    given: Annotated[Literal["yes", "no"], Meta(title=N_("Give them my contact"))]


class MissedForm(Form, kw_only=True):
    """Who did not come."""

    participant: Annotated[int, Meta(title=N_("Who did not come"), ge=1)]


class KeepForm(Form, kw_only=True):
    """Whose meeting stays as it is although they have declined it."""

    participant: Annotated[int, Meta(title=N_("Who has declined"), ge=1)]


class InsteadForm(Form, kw_only=True):
    """The agreed meeting that takes the free time."""

    request: Annotated[int, Meta(title=N_("Whom to meet instead"), ge=1)]


class OtherTimeForm(Form, kw_only=True):
    """Another slot, and why."""

    slot: Annotated[int, Meta(title=N_("The other time"), ge=1)]
    why: Annotated[str, Meta(title=N_("Why"), max_length=300)] = ""


class AnswerForm(Form, kw_only=True):
    """An answer to the wish for another time."""

    answer: Annotated[Literal["agreed", "declined", "withdrawn"], Meta(title=N_("Your answer"))]


class CheckInForm(Form, kw_only=True):
    """Whether somebody has arrived."""

    here: Annotated[Literal["yes", "no"], Meta(title=N_("Has arrived"))] = "yes"


class FillForm(Form, kw_only=True):
    """The gaps to fill, each as request:slot:place (place 0 for online) as the page showed it."""

    put: Annotated[list[str], Meta(title=N_("Meetings to place"), max_length=400)]
