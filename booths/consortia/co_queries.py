"""Reads of co-exhibitors and represented firms."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from booths.consortia.rules import Kind
from server import clock
from server.accounts.permissions import Actor, require
from server.aid import law
from server.aid import queries as aid
from server.aid import rules as aid_rules
from server.aid.rules import Received
from server.database import LARGEST_ID, page_id, row, rows, typed
from server.text import N_
from server.web.forms import Form


class RuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a call allows. Fees are net, in minor units of the call's currency."""

    call: int
    co_exhibitors: bool
    represented: bool
    most: int
    co_exhibitor_minor: int
    represented_minor: int
    eligible: bool
    until_on: date
    version: int

    @property
    def kinds(self) -> list[Kind]:
        """The kinds that are allowed."""
        allowed = ((Kind.CO_EXHIBITOR, self.co_exhibitors), (Kind.REPRESENTED, self.represented))
        return [kind for kind, may in allowed if may]

    def fee(self, kind: Kind) -> int:
        """The fee for one firm of a kind."""
        return self.co_exhibitor_minor if kind is Kind.CO_EXHIBITOR else self.represented_minor

    def open(self, tz: str) -> bool:
        """Whether somebody may still be named."""
        return bool(self.kinds) and clock.today(tz) <= self.until_on


class FirmRow(msgspec.Struct, frozen=True, kw_only=True):
    """A firm on somebody else's stand. `company` is its own record here, found by its VAT ID."""

    id: int
    application: int
    exhibitor: str
    stand: str | None
    kind: Kind
    name: str
    country: str
    vat_id: str
    register_no: str
    contact_name: str
    contact_email: str
    website: str
    brand: str
    publish: bool
    received_minor: int
    company: int | None
    fee_minor: int
    currency: str
    eligible: bool
    invoice: int | None
    invoice_number: str | None
    named_at: datetime


class PublicFirm(msgspec.Struct, frozen=True, kw_only=True):
    """A firm as everybody reads it on the page of a booth."""

    name: str
    brand: str
    country: str
    website: str
    kind: Kind
    exhibitor: str
    stand: str


class FirmFilter(Form):
    """Which firms to list."""

    call: Annotated[int | None, Meta(title=N_("Call"))] = None


_FIRM = """
SELECT f.*, co.name AS exhibitor, s.label AS stand, p.currency, i.number AS invoice_number
FROM co_exhibitor f
JOIN application x ON x.id = f.application
JOIN call c ON c.id = x.call
JOIN price_list p ON p.id = c.price_list
JOIN company co ON co.id = x.company
LEFT JOIN allocation al ON al.application = x.id AND al.state IN ('held', 'confirmed')
LEFT JOIN stand s ON s.id = al.stand
LEFT JOIN invoice i ON i.id = f.invoice
"""


async def rule(call_id: int) -> RuleRow | None:
    """What a call allows, or None where nothing was set."""
    found = await row("SELECT * FROM co_exhibitor_rule WHERE call = $1", call_id)
    return typed(RuleRow, found) if found else None


async def firms_of(application_id: int) -> list[FirmRow]:
    """The firms that an application names, in the order of naming."""
    found = await rows(
        f"{_FIRM} WHERE f.application = $1 AND f.removed_at IS NULL ORDER BY f.id", application_id
    )
    return typed(FirmRow, found)


async def firms(
    actor: Actor, *, query: FirmFilter, cursor: str = "", limit: int = 50
) -> tuple[list[FirmRow], str | None]:
    """All firms on the stands of the agency's exhibitors who have applied, in order of naming."""
    require(actor, "co_exhibitor.list")
    found = await rows(
        f"{_FIRM} WHERE c.agency = $1 AND ($2::bigint IS NULL OR c.id = $2) AND f.id > $3::bigint"
        " AND f.removed_at IS NULL AND x.submitted_at IS NOT NULL"
        " AND x.state NOT IN ('draft', 'withdrawn') ORDER BY f.id LIMIT $4",
        actor.agency_id,
        query.call,
        page_id(cursor) or 0,
        min(limit, LARGEST_ID) + 1,
    )
    items = typed(FirmRow, found[:limit])
    return items, str(items[-1].id) if len(found) > limit else None


async def public_firms(booth_id: int) -> list[PublicFirm]:
    """The firms that agreed to be named, on confirmed stands of exhibitors who are published."""
    found = await rows(
        "SELECT f.name, f.brand, f.country, f.website, f.kind, co.name AS exhibitor,"
        " s.label AS stand FROM co_exhibitor f JOIN application x ON x.id = f.application"
        " JOIN company co ON co.id = x.company JOIN allocation al ON al.application = x.id"
        " JOIN stand s ON s.id = al.stand"
        " JOIN LATERAL (SELECT content -> 'answers' AS answers FROM submission u"
        "   WHERE u.application = x.id ORDER BY u.number DESC LIMIT 1) sent ON true"
        " WHERE s.booth = $1 AND al.state = 'confirmed' AND f.publish AND f.removed_at IS NULL"
        " AND (sent.answers -> 'declarations' ->> 'publish')::boolean"
        " ORDER BY s.label, f.name LIMIT 500",
        booth_id,
    )
    return typed(PublicFirm, found)


async def companies_named(agency_id: int) -> set[int]:
    """The companies that exhibitors have named for stands of an agency's calls, once sent."""
    found = await rows(
        "SELECT DISTINCT f.company FROM co_exhibitor f JOIN application x ON x.id = f.application"
        " JOIN call c ON c.id = x.call WHERE c.agency = $1 AND f.company IS NOT NULL"
        " AND f.removed_at IS NULL AND x.submitted_at IS NOT NULL",
        agency_id,
    )
    return {one["company"] for one in found}


async def headroom(scheme_id: int, company_id: int | None, received_minor: int) -> int | None:
    """What a firm may still receive under a scheme: by our books, or by what it is said to have had
    from others. None where no ceiling applies; in minor units."""
    on = clock.now().date()
    if company_id is not None:
        return await aid.scheme_headroom(scheme_id, company_id, on)
    found = await row("SELECT legal_basis FROM scheme WHERE id = $1", scheme_id)
    basis = law.basis_on(found["legal_basis"], on) if found else None
    if basis is None or not basis.limits:
        return None
    had = [Received(on, received_minor, basis.code)]
    return aid_rules.headroom(basis, had, on).left_minor
