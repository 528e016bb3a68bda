"""What managers say about plans of meetings."""

from typing import Annotated, Literal

from msgspec import Meta

from server.text import N_
from server.web.forms import Form

Reason = Annotated[str, Meta(title=N_("Why?"), min_length=1, max_length=500)]


class RunForm(Form):
    """How a plan is worked out."""

    kind: Annotated[Literal["whole", "again"], Meta(title=N_("What may change?"))] = "whole"
    seconds: Annotated[
        int,
        Meta(
            title=N_("Seconds to search"),
            description=N_("It ends earlier when nothing better is possible."),
            ge=1,
            le=3600,
        ),
    ] = 30


class DoForm(Form):
    """A press on a button that says it all."""


class MoveForm(Form):
    """Another slot, and another place if one is chosen."""

    slot: Annotated[int, Meta(title=N_("Slot"))]
    place: Annotated[
        int | None,
        Meta(title=N_("Place"), description=N_("Leave it open to have the best free one.")),
    ] = None


class SwapForm(Form):
    """The meeting with which this one changes slots."""

    other: Annotated[int, Meta(title=N_("Swap with"))]


class PinForm(Form):
    """Whether runs leave a meeting where it is."""

    pinned: Annotated[bool, Meta(title=N_("Pinned"))] = False


class CancelForm(Form):
    """Why a meeting does not take place; everybody in it reads that."""

    why: Reason


class FillForm(Form):
    """An accepted request and the slot, and place if one is chosen, that it gets."""

    request: Annotated[int, Meta(title=N_("Request"))]
    slot: Annotated[int, Meta(title=N_("Slot"))]
    place: Annotated[
        int | None,
        Meta(title=N_("Place"), description=N_("Leave it open to have the best free one.")),
    ] = None
