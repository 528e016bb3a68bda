"""Which companies' declarations an agency may see: those that applied to it or have its grants.

Applications belong to rooms above: they register here how to find the companies that sent one.
"""

from collections.abc import Awaitable, Callable

from server.accounts.permissions import Actor
from server.database import rows

Applicants = Callable[[int], Awaitable[set[int]]]

_applicants: list[Applicants] = []


def applicants(found: Applicants) -> Applicants:
    """Register how to find the companies that have applied to an agency, by its id."""
    _applicants.append(found)
    return found


async def companies_of(actor: Actor) -> list[int]:
    """The companies that have to do with the actor's agency, and those under one control with them.

    Whoever may decide about a company's aid must see everything that counts towards its ceiling,
    so that its confirmed undertaking is in sight as a whole.
    """
    if actor.agency_id is None:
        return []
    known = {
        one["company"]
        for one in await rows(
            "SELECT DISTINCT g.company FROM aid_grant g JOIN scheme s ON s.id = g.scheme"
            " WHERE s.agency = $1",
            actor.agency_id,
        )
    }
    for found in _applicants:
        known |= await found(actor.agency_id)
    together = await rows(
        "SELECT id FROM company WHERE undertaking IN"
        " (SELECT undertaking FROM company WHERE id = ANY($1::bigint[]))",
        sorted(known),
    )
    return [one["id"] for one in together]
