"""Input for requests: a message, a wish, an answer, what the organiser does by hand."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from events.requests.rules import MOST_GUESTS, Priority
from server.text import N_, gettext
from server.web.forms import Form

PriorityOf = Annotated[
    int,
    Meta(
        ge=1,
        le=3,
        title=N_("How much do you want it?"),
        description=N_("1 it must be, 2 it would be good, 3 if there is room."),
    ),
]
Why = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=500,
        title=N_("Why not?"),
        description=N_("One sentence is enough. They read it."),
    ),
]


class AskForm(Form):
    """Ask somebody for a meeting."""

    message: Annotated[
        str,
        Meta(
            min_length=10,
            max_length=1000,
            title=N_("Message"),
            description=N_(
                "Who you are and what you want to talk about, in two or three sentences."
            ),
        ),
    ]
    priority: PriorityOf = Priority.GOOD.value


class AcceptForm(Form):
    """Say yes."""

    priority: PriorityOf = Priority.GOOD.value


class DeclineForm(Form):
    """Say no, with a reason."""

    why: Why


class CancelForm(Form):
    """Take a request back, or cancel what was agreed."""

    why: Annotated[
        str,
        Meta(max_length=500, title=N_("Why?"), description=N_("The other side reads it.")),
    ] = ""


class LinkForm(Form):
    """The answer by the link of a mail."""

    answer: Annotated[Literal["accept", "decline"], Meta(title=N_("Your answer"))]
    priority: PriorityOf = Priority.GOOD.value
    why: Annotated[
        str,
        Meta(max_length=500, title=N_("Why not?"), description=N_("One sentence is enough.")),
    ] = ""

    def check(self) -> dict[str, str]:
        """A reason for a no."""
        if self.answer == "decline" and len(self.why) < 3:
            return {"why": gettext(N_("Say in a sentence why not: they read it."))}
        return {}


class PeopleQuery(Form):
    """What somebody looks for among the people of a session."""

    words: Annotated[str, Meta(max_length=100, title=N_("Words"))] = ""
    sector: Annotated[str, Meta(max_length=12, title=N_("Sector"))] = ""
    country: Annotated[str, Meta(max_length=2, title=N_("Country"))] = ""
    language: Annotated[str, Meta(max_length=3, title=N_("Language"))] = ""
    group: Annotated[int | None, Meta(title=N_("Group"))] = None

    @property
    def narrows(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.words or self.sector or self.country or self.language or self.group)


class RequestsQuery(Form):
    """Which requests of a session the organiser looks at."""

    state: Annotated[
        Literal["", "open", "accepted", "declined", "cancelled", "expired"], Meta(title=N_("State"))
    ] = ""
    group: Annotated[int | None, Meta(title=N_("Group"))] = None
    by_hand: Annotated[Literal["", "yes", "no"], Meta(title=N_("Matched by hand"))] = ""
    words: Annotated[str, Meta(max_length=100, title=N_("Person or company"))] = ""


class MatchForm(Form):
    """The organiser brings people together; both are told, nobody has to answer."""

    first: Annotated[int, Meta(ge=1, title=N_("First person"))]
    second: Annotated[int, Meta(ge=1, title=N_("Second person"))]
    guests: Annotated[
        list[int],
        Meta(
            max_length=MOST_GUESTS,
            title=N_("Further people"),
            description=N_("For a meeting of more than two. Hold Ctrl to choose several."),
        ),
    ] = msgspec.field(default_factory=list)
    message: Annotated[
        str,
        Meta(
            max_length=1000,
            title=N_("Why they should meet"),
            description=N_("All of them read it."),
        ),
    ] = ""
    priority: Annotated[int, Meta(ge=1, le=3, title=N_("How much does it matter?"))] = (
        Priority.GOOD.value
    )

    def check(self) -> dict[str, str]:
        """Nobody twice."""
        all_of_them = [self.first, self.second, *self.guests]
        if self.first == self.second:
            return {"second": gettext(N_("Choose two different people."))}
        if len(set(all_of_them)) != len(all_of_them):
            return {"guests": gettext(N_("Everybody can be in a meeting once."))}
        return {}


class GuestForm(Form):
    """A further participant of a meeting."""

    participant: Annotated[int, Meta(ge=1, title=N_("Further person"))]


class OrderForm(Form):
    """Another meeting that has to be before or after this one."""

    other: Annotated[int, Meta(ge=1, title=N_("Other meeting"))]
    place: Annotated[Literal["before", "after"], Meta(title=N_("It has to be"))] = "after"


class DeskCancelForm(Form):
    """The organiser cancels a request or a match."""

    why: Annotated[
        str, Meta(min_length=3, max_length=500, title=N_("Why?"), description=N_("Both read it."))
    ]
