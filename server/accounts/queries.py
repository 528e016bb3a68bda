"""Reads about oneself."""

from datetime import datetime

import msgspec

from server import clock
from server.accounts import rules
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


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """Where one is signed in."""

    id: int
    kind: str
    program: str
    address: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    scopes: list[str]

    @property
    def device(self) -> str:
        """The browser and the system in words, or ""."""
        return rules.device(self.program)


async def sessions(actor: Actor) -> list[SessionRow]:
    """The sessions of the person who asks that are still good, the last used first."""
    require(actor, "account.own")
    now = clock.now()
    found = await rows(
        "SELECT id, kind, program, address, created_at, seen_at, expires_at, scopes"
        " FROM session WHERE person = $1"
        " AND revoked_at IS NULL AND expires_at > $2 AND kind <> 'half'"
        " AND (kind = 'program' OR seen_at > $3) ORDER BY seen_at DESC, id DESC LIMIT 50",
        actor.person_id,
        now,
        now - rules.BROWSER_IDLE,
    )
    return typed(SessionRow, found)
