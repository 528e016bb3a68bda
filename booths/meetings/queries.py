"""Who exhibits at a fair for an agency, at which stand, and when stands are built."""

from datetime import datetime

from booths.calls.rules import PLACED
from events.fairs import queries as fairs
from events.matchmaking.exhibitors import Exhibit
from server import clock
from server.database import rows, typed, value


async def exhibits(agency_id: int, fair_id: int) -> list[Exhibit]:
    """The exhibitors of an agency's calls at a fair, each with its stand.

    Who takes part is who sent the application, while they belong to the company; otherwise its
    longest-standing admin.
    """
    return typed(
        Exhibit,
        await rows(
            "SELECT DISTINCT ON (s.id, x.company) x.company, s.id AS stand, s.label,"
            " left(b.hall, 60) AS area,"
            " (SELECT m.person FROM company_member m WHERE m.company = x.company"
            " ORDER BY (m.person = (SELECT u.person_id FROM submission u"
            " WHERE u.application = x.id ORDER BY u.number DESC LIMIT 1)) DESC NULLS LAST,"
            " m.role = 'admin' DESC, m.since, m.id LIMIT 1) AS person"
            " FROM application x JOIN call c ON c.id = x.call JOIN booth b ON b.id = c.booth"
            " JOIN allocation a ON a.application = x.id AND a.state <> 'released'"
            " AND a.purpose = 'contract' JOIN stand s ON s.id = a.stand"
            " WHERE c.agency = $1 AND b.fair = $2 AND x.state = ANY($3::text[])"
            " ORDER BY s.id, x.company, x.id",
            agency_id,
            fair_id,
            [each.value for each in PLACED],
        ),
    )


async def building(fair_id: int) -> list[tuple[datetime, datetime]]:
    """Set-up and dismantling of a fair as instants."""
    fair = await fairs.fair(fair_id)
    spans = (
        (fair.setup_from, fair.setup_until),
        (fair.dismantling_from, fair.dismantling_until),
    )
    return [
        (clock.to_utc(since, fair.tz), clock.to_utc(until, fair.tz))
        for since, until in spans
        if since and until
    ]


async def sessions(agency_id: int | None = None, fair_id: int | None = None) -> list[int]:
    """Sessions that follow the exhibitors of their fair and are not over."""
    found = await rows(
        "SELECT id FROM meeting_session WHERE of_exhibitors AND fair IS NOT NULL"
        " AND state NOT IN ('over', 'cancelled') AND ($1::int IS NULL OR agency = $1)"
        " AND ($2::int IS NULL OR fair = $2) ORDER BY id",
        agency_id,
        fair_id,
    )
    return [int(each["id"]) for each in found]


async def changed_since(session_id: int) -> bool:
    """Whether stands or exhibitors differ from the places and people of a session."""
    return bool(
        await value(
            "WITH here AS (SELECT DISTINCT ON (s.id) s.id AS stand, x.company, s.label,"
            " left(b.hall, 60) AS hall"
            " FROM meeting_session m JOIN booth b ON b.fair = m.fair"
            " JOIN call c ON c.booth = b.id AND c.agency = m.agency"
            " JOIN application x ON x.call = c.id AND x.state = ANY($2::text[])"
            " JOIN allocation a ON a.application = x.id AND a.state <> 'released'"
            " AND a.purpose = 'contract' JOIN stand s ON s.id = a.stand WHERE m.id = $1"
            " ORDER BY s.id, x.company, x.id),"
            " known AS (SELECT stand, company, area FROM session_place"
            " WHERE session = $1 AND stand IS NOT NULL AND NOT closed)"
            " SELECT EXISTS (SELECT FROM here h WHERE NOT EXISTS (SELECT FROM session_place l"
            " WHERE l.session = $1 AND l.stand = h.stand AND l.company = h.company"
            " AND NOT l.closed AND l.area = h.hall AND starts_with(l.label, h.label)))"
            " OR EXISTS (SELECT FROM known k WHERE NOT EXISTS (SELECT FROM here h"
            " WHERE h.stand = k.stand AND h.company = k.company))",
            session_id,
            [each.value for each in PLACED],
        )
    )
