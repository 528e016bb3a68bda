"""Reads about oneself."""

import msgspec

from server.accounts.permissions import Actor, require
from server.database import rows, typed


class Membership(msgspec.Struct, frozen=True):
    """An organisation somebody may act for; `organisation` is what ActForForm takes."""

    organisation: str
    name: str
    role: str
    now: bool


async def memberships(actor: Actor) -> list[Membership]:
    """The agencies and companies of the person who asks, and which of them the session acts for."""
    require(actor, "account.own")
    found = await rows(
        "SELECT 'agency:' || a.id AS organisation, a.name, m.role, a.id = $2::bigint AS now"
        " FROM agency_member m JOIN agency a ON a.id = m.agency WHERE m.person = $1"
        " UNION ALL SELECT 'company:' || c.id, c.name, m.role, c.id = $3::bigint"
        " FROM company_member m JOIN company c ON c.id = m.company WHERE m.person = $1"
        " ORDER BY 1, 2",
        actor.person_id,
        actor.agency_id,
        actor.company_id,
    )
    return typed(Membership, [{**each, "now": bool(each["now"])} for each in found])
