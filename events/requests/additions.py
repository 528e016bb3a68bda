"""What the rooms above follow: an accepted request is a meeting to plan, until it ends.

A room above registers itself once, in its `parts.py`. This room asks without knowing who answers.
"""

from collections.abc import Awaitable, Callable

from server.accounts.permissions import Actor
from server.database import step

Ended = Callable[[Actor, int, int, str], Awaitable[bool]]
_ended: list[Ended] = []


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
