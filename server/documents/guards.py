"""Who may not read documents of their own agency: rooms above register it, this room asks.

A document is named by what it is about, such as "application:12". A name that is closed closes
everything under it too: "hub:12" closes "hub:12:3".
"""

from collections.abc import Awaitable, Callable, Mapping

from server.accounts.permissions import Actor
from server.errors import Refused

Closes = Callable[[Actor], Awaitable[Mapping[str, Refused]]]

_closes: list[Closes] = []


def closes(names: Closes) -> Closes:
    """Register what is closed to a member of staff: names, each with what they read instead."""
    _closes.append(names)
    return names


async def closed_to(actor: Actor) -> dict[str, Refused]:
    """Everything that is closed to the actor; a company's own documents never are."""
    if actor.agency_id is None or actor.person_id is None:
        return {}
    return {name: said for each in _closes for name, said in (await each(actor)).items()}


def refusal(closed: Mapping[str, Refused], about: str) -> Refused | None:
    """What somebody reads who asks for a document about `about`, if it is closed to them."""
    parts = about.split(":")
    names = (":".join(parts[:n]) for n in range(1, len(parts) + 1))
    return next((closed[name] for name in names if name in closed), None)
