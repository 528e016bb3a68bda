"""What the rooms above follow: an accepted request is a meeting to plan, with its people, until it
ends.

A room above registers itself once, in its `parts.py`. This room asks without knowing who answers.
"""

from collections.abc import Awaitable, Callable

from server.accounts.permissions import Actor
from server.database import step

Ended = Callable[[Actor, int, int, str], Awaitable[bool]]
Changed = Callable[[Actor, int, int], Awaitable[bool]]
_ended: list[Ended] = []
_changed: list[Changed] = []


def ended(handler: Ended) -> Ended:
    """Register a step that is given the actor, the ids of the session and of an accepted request
    that was cancelled in this transaction, and why, in the words of whoever cancelled it. It
    answers whether it has told the people of the meeting, who then get no second mail."""
    _ended.append(handler)
    return handler


@step
async def has_ended(actor: Actor, session_id: int, request_id: int, why: str) -> bool:
    """Let every room do its part inside this transaction; whether one has told the people."""
    return any([await each(actor, session_id, request_id, why) for each in _ended])


def changed(handler: Changed) -> Changed:
    """Register a step that is given the actor, the ids of the session and of an accepted request
    whose further people were changed in this transaction. It answers whether it has told all whom
    that concerns; it raises Refused where the meeting has a time and they cannot sit there."""
    _changed.append(handler)
    return handler


@step
async def have_changed(actor: Actor, session_id: int, request_id: int) -> bool:
    """Let every room do its part inside this transaction; whether one has told the people."""
    return any([await each(actor, session_id, request_id) for each in _changed])
