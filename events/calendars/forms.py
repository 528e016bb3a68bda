"""What a person may say about a calendar address of theirs."""

from typing import Annotated

from msgspec import Meta

from events.calendars.rules import Answer, Kind
from server.text import N_
from server.web.forms import Form


class FeedForm(Form, frozen=True):
    """A private calendar address."""

    label: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=80,
            title=N_("Name of this address"),
            description=N_("Where you will use it, for example “My phone”"),
        ),
    ]
    kinds: Annotated[
        list[Kind],
        Meta(title=N_("What it shows"), description=N_("Choose nothing to see everything")),
    ] = []  # noqa: RUF012 - msgspec copies an empty list
    alarms: Annotated[
        bool, Meta(title=N_("Remind me 7 days and 1 day before a deadline of my own"))
    ] = False
    own: Annotated[
        bool,
        Meta(
            title=N_("Leave out the meetings of colleagues"),
            description=N_("What concerns the whole company stays in"),
        ),
    ] = False


class BusyForm(Form, frozen=True):
    """A calendar elsewhere that says when somebody is busy."""

    url: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=1000,
            title=N_("Address of your calendar"),
            description=N_("It begins with https:// or webcal:// and gives an iCalendar file"),
        ),
    ]
    everybody: Annotated[
        bool,
        Meta(
            title=N_("It holds for everybody of the company"),
            description=N_("Otherwise it holds for you alone"),
        ),
    ] = False


class AnswerForm(Form, frozen=True):
    """What somebody says to an invitation."""

    answer: Annotated[Answer, Meta(title=N_("Will you come?"))]


class NoForm(Form, frozen=True):
    """A button without questions."""
