"""Reads of partnerships, for the agency that leads a booth and for its partners."""

from datetime import date, datetime
from decimal import Decimal

import msgspec

from booths.partners.rules import Allotment, PartnerState, owed
from booths.plans.queries import own_booth
from server.accounts.permissions import Actor, require
from server.database import LARGEST_ID, page_id, row, rows, typed, value
from server.errors import NotFound


class PartnerRow(msgspec.Struct, frozen=True, kw_only=True):
    """A partnership with its booth, its fair and both agencies."""

    id: int
    booth: int
    booth_name: str
    fair: int
    fair_name: str
    fair_slug: str
    starts_on: date
    lead: int
    lead_name: str
    lead_email: str
    tz: str
    agency: int
    agency_name: str
    agency_email: str
    state: PartnerState
    first_allotted_m2: Decimal
    allotted_m2: Decimal
    taken_m2: Decimal
    price_per_m2_minor: int
    currency: str
    budget_minor: int | None
    committed_minor: int
    returns_on: date
    returned_at: datetime | None
    terms: str
    version: int

    @property
    def allotment(self) -> Allotment:
        """The allotment as the rules know it."""
        return Allotment(self.allotted_m2, self.taken_m2, self.returns_on)

    @property
    def left_m2(self) -> Decimal:
        """What the partner can still give away."""
        return self.allotment.left_m2

    @property
    def returned_m2(self) -> Decimal:
        """What has gone back to the lead agency."""
        return self.first_allotted_m2 - self.allotted_m2

    @property
    def owed_minor(self) -> int:
        """What the partner owes the lead agency now."""
        return owed(self.allotted_m2, self.price_per_m2_minor)


class AgencyChoice(msgspec.Struct, frozen=True, kw_only=True):
    """An agency that could be a partner."""

    id: int
    name: str


_PARTNER = """
SELECT p.id, p.booth, b.name AS booth_name, b.fair, f.name AS fair_name, f.slug AS fair_slug,
       f.starts_on, b.agency AS lead, l.name AS lead_name, l.email AS lead_email, l.tz,
       p.agency, a.name AS agency_name, a.email AS agency_email, p.state, p.first_allotted_m2,
       p.allotted_m2, p.taken_m2, p.price_per_m2_minor, p.currency, p.budget_minor,
       p.committed_minor, p.returns_on, p.returned_at, p.terms, p.version
FROM booth_partner p
JOIN booth b ON b.id = p.booth
JOIN fair f ON f.id = b.fair
JOIN agency l ON l.id = b.agency
JOIN agency a ON a.id = p.agency
"""


async def of_booth(actor: Actor, booth_id: int) -> list[PartnerRow]:
    """The partners of a booth that the actor's agency leads."""
    require(actor, "partner.read")
    await own_booth(actor, booth_id)
    found = await rows(
        f"{_PARTNER} WHERE p.booth = $1 AND b.agency = $2 ORDER BY p.id LIMIT 50",
        booth_id,
        actor.agency_id,
    )
    return typed(PartnerRow, found)


async def mine(
    actor: Actor, *, cursor: str = "", limit: int = 50
) -> tuple[list[PartnerRow], str | None]:
    """Booths of other agencies that the actor's agency shares, or is asked to share."""
    require(actor, "partner.read")
    found = await rows(
        f"{_PARTNER} WHERE p.agency = $1 AND p.id < $2::bigint ORDER BY p.id DESC LIMIT $3",
        actor.agency_id,
        page_id(cursor) or LARGEST_ID,
        limit + 1,
    )
    partners = typed(PartnerRow, found[:limit])
    return partners, str(partners[-1].id) if len(found) > limit else None


async def partner(actor: Actor, partner_id: int) -> PartnerRow:
    """A partnership, for either side of it."""
    require(actor, "partner.read")
    found = await row(
        f"{_PARTNER} WHERE p.id = $1 AND $2::bigint IN (p.agency, b.agency)",
        partner_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound
    return typed(PartnerRow, found)


async def choices(actor: Actor, booth_id: int) -> list[AgencyChoice]:
    """Agencies that could still be asked to share a booth."""
    require(actor, "partner.read")
    found = await rows(
        "SELECT a.id, a.name FROM agency a WHERE a.id <> $1 AND NOT EXISTS (SELECT FROM"
        " booth_partner p WHERE p.booth = $2 AND p.agency = a.id"
        " AND p.state IN ('invited', 'accepted')) ORDER BY a.name, a.id LIMIT 500",
        actor.agency_id,
        booth_id,
    )
    return typed(AgencyChoice, found)


async def may_use(agency_id: int | None, booth_id: int) -> bool:
    """Whether an agency may publish calls for a booth: it leads it, or is an accepted partner."""
    return bool(
        await value(
            "SELECT 1 FROM booth b WHERE b.id = $2 AND (b.agency = $1 OR EXISTS (SELECT FROM"
            " booth_partner p WHERE p.booth = b.id AND p.agency = $1 AND p.state = 'accepted'))",
            agency_id,
            booth_id,
        )
    )


async def due_to_return(now: datetime) -> list[int]:
    """Partnerships whose date has passed, in the lead agency's zone, with something unused."""
    found = await rows(
        "SELECT p.id FROM booth_partner p JOIN booth b ON b.id = p.booth"
        " JOIN agency l ON l.id = b.agency WHERE p.state IN ('invited', 'accepted')"
        " AND p.taken_m2 < p.allotted_m2 AND ($1::timestamptz AT TIME ZONE l.tz)::date"
        " > p.returns_on ORDER BY p.id LIMIT 100",
        now,
    )
    return [each["id"] for each in found]
