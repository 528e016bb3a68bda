"""What the rooms above add to the plan of a session: whoever has to be told of a change is told
inside the transaction that makes it. This room asks without knowing who answers."""

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum

import msgspec

from server.accounts.permissions import Actor
from server.database import step


class Kind(StrEnum):
    """What happened to a meeting that people know, or are about to."""

    NEW = "new"
    MOVED = "moved"
    CANCELLED = "cancelled"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One meeting that is not as people knew it. `participants` are ids of who sits in it; a
    transaction names a meeting once. `why` is what was said about a cancellation."""

    meeting_id: int
    kind: Kind
    participants: tuple[int, ...]
    why: str = ""


Told = Callable[[Actor, int, Sequence[Change]], Awaitable[None]]
_told: list[Told] = []


def told(handler: Told) -> Told:
    """Register a step that is given the actor, the session's id and the changes."""
    _told.append(handler)
    return handler


@step
async def tell(actor: Actor, session_id: int, changes: Sequence[Change]) -> None:
    """Let every room do its part inside this transaction; nothing for no change."""
    if changes:
        for each in _told:
            await each(actor, session_id, changes)
