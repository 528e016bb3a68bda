"""What a person may say about a calendar address of theirs."""

from typing import Annotated

from msgspec import Meta

from events.calendars.rules import Kind
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


class NoForm(Form, frozen=True):
    """A button without questions."""
