"""Bookings as actions and pages read them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from events.bookings.rules import State

BOOKING = """
SELECT b.*, g.key AS group_key, coalesce(g.kind, '') AS group_kind,
    coalesce(g.title, '') AS group_title,
    r.name AS resource_name, r.kind AS resource_kind, u.number,
    coalesce(nullif(u.label, ''), u.number::text) AS label, o.name AS office_name, o.slug,
    o.city, o.country, o.tz, o.agency AS office_agency, o.names_hours,
    c.name AS company_name, p.name AS person_name, p.email AS person_email, p.locale,
    a.name AS agency_name, a.email AS agency_email,
    (SELECT count(*) FROM booking_visitor v WHERE v.booking = b.id) AS visitors
FROM booking b JOIN resource r ON r.id = b.resource JOIN resource_unit u ON u.id = b.unit
JOIN office o ON o.id = b.office JOIN company c ON c.id = b.company
JOIN person p ON p.id = b.person JOIN agency a ON a.id = b.agency
LEFT JOIN booking_group g ON g.id = b.in_group
"""
"""All columns of BookingRow; a condition on `b` follows."""

HOSTED = """
SELECT EXISTS (SELECT FROM office o WHERE o.id = $1 AND (o.agency = $2
    OR EXISTS (SELECT FROM office_host h WHERE h.office = o.id AND h.person = $3)))
"""
"""Whether somebody runs an office: its agency's staff, and its hosts. Office, agency, person."""


class BookingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A booking with the names of what and whom it is about. `label` is that of its unit."""

    id: int
    key: UUID
    in_group: int | None
    group_key: UUID | None
    group_kind: str
    group_title: str
    office: int
    office_name: str
    office_agency: int
    slug: str
    city: str
    country: str
    tz: str
    names_hours: int
    resource: int
    resource_name: str
    resource_kind: str
    unit: int
    number: int
    label: str
    agency: int
    agency_name: str
    agency_email: str
    company: int
    company_name: str
    undertaking: int
    person: int
    person_name: str
    person_email: str
    locale: str
    state: State
    starts_at: datetime
    ends_at: datetime
    start_local: datetime
    end_local: datetime
    blocked_from: datetime
    blocked_until: datetime
    held_until: datetime | None
    people: int
    purpose: str
    why: str
    currency: str
    price_minor: int
    free_days: int
    free_minor: int
    due_minor: int | None
    quote: dict[str, Any]
    invoice: int | None
    aid_grant: int | None
    rules_accepted_at: datetime | None
    checked_in_at: datetime | None
    answered_by: str
    visitors: int
    version: int
    made_at: datetime

    @property
    def free_on(self) -> list[date]:
        """The days that free days pay for."""
        return [date.fromisoformat(each) for each in self.quote.get("free_on", ())]
