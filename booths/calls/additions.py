"""What the rooms above this one add to calls and applications.

A room above registers itself once, in its `parts.py`: parts of a call's set-up, panels on its
pages, conditions that a submission must fulfil, and what follows when something has happened. This
room asks without knowing who answers.
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

import msgspec

from booths.calls.rows import CallRow, Dossier
from booths.plans.queries import BoothRow
from server.accounts.permissions import Actor
from server.database import step


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a call's set-up: where it is set, and what is set there in a sentence.

    `open` says that a manager still has to do something there.
    """

    name: str
    url: str
    said: str
    open: bool = False


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a page: a template of the room that adds it, and what it shows."""

    template: str
    context: dict[str, Any]


class Place(StrEnum):
    """Where a panel may stand. Those of a call are given a CallRow, that of a booth its BoothRow,
    the board nothing, the others a Dossier."""

    BOARD = "board"
    CALL_DESK = "call_desk"
    CALL_PUBLIC = "call_public"
    CALL_START = "call_start"
    BOOTH_PUBLIC = "booth_public"
    APPLICATION_DESK = "application_desk"
    APPLICATION_COMPANY = "application_company"
    APPLICATION_CHECK = "application_check"


class CallEvent(StrEnum):
    """What happens to a call."""

    PUBLISHED = "published"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What happens to an application."""

    SUBMITTED = "submitted"
    DECIDED = "decided"
    ADMITTED = "admitted"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    """An admission lapsed or was released: its stand and its area are free again."""


AddsPart = Callable[[Actor, CallRow], Awaitable[Part | None]]
AddsPanel = Callable[[Actor, Any], Awaitable[Panel | None]]
Conditions = Callable[[Dossier], Awaitable[list[str]]]
Guards = Callable[[Actor, Dossier], Awaitable[None]]
Bound = Callable[[int], Awaitable[dict[int, str]]]
FollowsCall = Callable[[Actor, CallRow], Awaitable[None]]
Follows = Callable[[Actor, Dossier], Awaitable[None]]

_parts: list[AddsPart] = []
_panels: dict[Place, list[AddsPanel]] = {place: [] for place in Place}
_conditions: list[Conditions] = []
_guards: list[Guards] = []
_before_reading: list[Guards] = []
_bound: list[Bound] = []
_call_follows: dict[CallEvent, list[FollowsCall]] = {event: [] for event in CallEvent}
_follows: dict[Event, list[Follows]] = {event: [] for event in Event}


def part(adds: AddsPart) -> AddsPart:
    """Register a line of the set-up on /desk/calls/{id}; None leaves it out."""
    _parts.append(adds)
    return adds


def panel(*places: Place) -> Callable[[AddsPanel], AddsPanel]:
    """Register a panel for pages; None leaves it out."""

    def register(adds: AddsPanel) -> AddsPanel:
        for place in places:
            _panels[place].append(adds)
        return adds

    return register


def condition(says: Conditions) -> Conditions:
    """Register what must be so before an application is sent: a sentence for each that is not."""
    _conditions.append(says)
    return says


def guard(keeps_out: Guards) -> Guards:
    """Register who may not read or decide on an application of their own agency, by raising."""
    _guards.append(keeps_out)
    return keeps_out


def before_reading(asks: Guards) -> Guards:
    """Register what staff must have done before they look into an application, by raising."""
    _before_reading.append(asks)
    return asks


def bound(names: Bound) -> Bound:
    """Register which applications of a call get a stand only together with others: each with the
    name of what they apply as."""
    _bound.append(names)
    return names


def follows_call(*events: CallEvent) -> Callable[[FollowsCall], FollowsCall]:
    """Register a step taken inside the transaction in which a call moved."""

    def register(follows: FollowsCall) -> FollowsCall:
        for event in events:
            _call_follows[event].append(follows)
        return follows

    return register


def follows(*events: Event) -> Callable[[Follows], Follows]:
    """Register a step taken inside the transaction in which an application moved.

    The dossier is as it was before the move.
    """

    def register(follows: Follows) -> Follows:
        for event in events:
            _follows[event].append(follows)
        return follows

    return register


async def may_read(actor: Actor, found: Dossier) -> None:
    """Refuse staff whom a room above keeps away from this application."""
    if actor.person_id is not None:
        for keeps_out in _guards:
            await keeps_out(actor, found)


async def may_look(actor: Actor, found: Dossier) -> None:
    """Refuse staff who have something to do first, such as declaring a conflict of interest."""
    if actor.person_id is not None:
        for asks in _before_reading:
            await asks(actor, found)


async def together(call_id: int) -> dict[int, str]:
    """The applications of a call that nobody places alone, with the name of what they apply as."""
    return {one: name for names in _bound for one, name in (await names(call_id)).items()}


async def parts(actor: Actor, call: CallRow) -> list[Part]:
    """The set-up of a call, in the order of the house."""
    found = [await adds(actor, call) for adds in _parts]
    return [each for each in found if each is not None]


async def panels(
    place: Place, actor: Actor, about: CallRow | Dossier | BoothRow | None
) -> list[Panel]:
    """The panels of a page, in the order of the house."""
    found = [await adds(actor, about) for adds in _panels[place]]
    return [each for each in found if each is not None]


async def unmet(found: Dossier) -> list[str]:
    """What still stands in the way of sending, in sentences."""
    return [said for says in _conditions for said in await says(found)]


@step
async def call_moved(event: CallEvent, actor: Actor, call: CallRow) -> None:
    """Let every room do its part inside this transaction."""
    for each in _call_follows[event]:
        await each(actor, call)


@step
async def moved(event: Event, actor: Actor, found: Dossier) -> None:
    """Let every room do its part inside this transaction."""
    for each in _follows[event]:
        await each(actor, found)
