"""What the rooms above this one add to sessions of meetings and their people.

A room above registers itself once, in its `parts.py`: pages beside a session, panels on its pages,
lines of its set-up, and what follows when something has happened. This room asks without knowing
who answers.
"""

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from events.matchmaking.rows import ParticipantRow, SessionRow
from server.accounts.permissions import Actor
from server.database import step


class Place(StrEnum):
    """Where a panel or a page may stand. Its maker is given the session, and the participant:
    whose page it is at PERSON_DESK, oneself at SESSION_MY, None at SESSION_DESK."""

    SESSION_DESK = "session_desk"
    PERSON_DESK = "person_desk"
    SESSION_MY = "session_my"


class Event(StrEnum):
    """What happens to a session (the participant is None) and to one of its people."""

    SESSION_STATE = "session_state"
    SLOTS_CHANGED = "slots_changed"
    PARTICIPANT_TAKING = "participant_taking"
    PARTICIPANT_LEFT = "participant_left"


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a page: a template of the room that adds it, and what it shows."""

    template: str
    context: dict[str, Any]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a session's set-up: where it is set, and what is set there in a sentence.

    `open` says that a manager still has to do something there.
    """

    name: str
    url: str
    said: str
    open: bool = False


class Tab(msgspec.Struct, frozen=True, kw_only=True):
    """A page beside a session: `path` follows the session's address."""

    label: str
    path: str
    verb: str


AddsPanel = Callable[[Actor, SessionRow, ParticipantRow | None], Awaitable[Panel | None]]
AddsPart = Callable[[Actor, SessionRow], Awaitable[Part | None]]
Follows = Callable[[Actor, SessionRow, ParticipantRow | None], Awaitable[None]]

_tabs: dict[Place, list[Tab]] = {place: [] for place in Place}
_panels: dict[Place, list[AddsPanel]] = {place: [] for place in Place}
_parts: list[AddsPart] = []
_follows: dict[Event, list[Follows]] = {event: [] for event in Event}


def tab(place: Place, *, label: str, path: str, verb: str) -> None:
    """Register a page beside a session; who may not open it does not see it."""
    _tabs[place].append(Tab(label=label, path=path, verb=verb))


def panel(*places: Place) -> Callable[[AddsPanel], AddsPanel]:
    """Register a panel for pages; None leaves it out."""

    def register(adds: AddsPanel) -> AddsPanel:
        for place in places:
            _panels[place].append(adds)
        return adds

    return register


def part(adds: AddsPart) -> AddsPart:
    """Register a line of the set-up on /desk/meetings/{id}; None leaves it out."""
    _parts.append(adds)
    return adds


def follows(*events: Event) -> Callable[[Follows], Follows]:
    """Register a step taken inside the transaction in which something happened.

    The session and the participant are as they are after it; who left is told by `state`.
    """

    def register(follows: Follows) -> Follows:
        for event in events:
            _follows[event].append(follows)
        return follows

    return register


def tabs(actor: Actor, place: Place) -> Sequence[Tab]:
    """The pages beside a session that `actor` may open, in the order of the house."""
    return [each for each in _tabs[place] if actor.may(each.verb)]


async def panels(
    place: Place, actor: Actor, session: SessionRow, participant: ParticipantRow | None = None
) -> list[Panel]:
    """The panels of a page, in the order of the house."""
    found = [await adds(actor, session, participant) for adds in _panels[place]]
    return [each for each in found if each is not None]


async def parts(actor: Actor, session: SessionRow) -> list[Part]:
    """The set-up lines of the rooms above, in the order of the house."""
    found = [await adds(actor, session) for adds in _parts]
    return [each for each in found if each is not None]


@step
async def happened(
    event: Event, actor: Actor, session: SessionRow, participant: ParticipantRow | None = None
) -> None:
    """Let every room do its part inside this transaction."""
    for each in _follows[event]:
        await each(actor, session, participant)
