"""What rooms above this one do when a fair has changed: inside the same transaction.

A room registers itself once, when it is imported; this room does not know who follows.
"""

from collections.abc import Awaitable, Callable

from server.database import step

Follows = Callable[[int], Awaitable[None]]
_follows: list[Follows] = []


def when_changed(follows: Follows) -> Follows:
    """Register a step `await follows(fair_id)`, taken when a fair's facts were changed."""
    _follows.append(follows)
    return follows


@step
async def changed(fair_id: int) -> None:
    """Let every room do its part."""
    for each in _follows:
        await each(fair_id)
