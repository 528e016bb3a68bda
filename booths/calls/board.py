"""The manager's board: what is where, at a glance. Six statements, however much there is."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from booths.calls.queries import state_counts
from server import clock
from server.accounts.permissions import Actor, require
from server.aid import queries as aid
from server.aid.queries import SchemeRow
from server.billing import queries as billing
from server.database import row, rows, typed
from server.organisations import queries as organisations


class BoothFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One joint booth: net area sold, held and free, in m²."""

    id: int
    name: str
    fair: int
    fair_name: str
    starts_on: date
    ends_on: date
    city: str
    net_m2: Decimal
    sold_m2: Decimal
    held_m2: Decimal
    blocked_m2: Decimal
    stands: int
    taken: int
    applications: int
    to_decide: int

    @property
    def free_m2(self) -> Decimal:
        """What is neither sold nor held nor blocked."""
        return self.net_m2 - self.sold_m2 - self.held_m2 - self.blocked_m2


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """Something that falls due."""

    kind: str
    title: str
    at: datetime
    tz: str
    href: str
    n: int


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the board shows."""

    states: dict[str, int]
    booths: list[BoothFigures]
    money: list[Any]
    schemes: list[SchemeRow]
    deadlines: list[Deadline]
    waiting: dict[str, int]
    tz: str


_BOOTHS = """
SELECT b.id, b.name, b.fair, f.name AS fair_name, f.starts_on, f.ends_on, f.city, b.net_m2,
       coalesce(al.sold, 0) AS sold_m2, coalesce(al.held, 0) AS held_m2,
       coalesce(st.blocked, 0) AS blocked_m2, coalesce(st.n, 0) AS stands,
       coalesce(al.n, 0) AS taken, coalesce(ap.n, 0) AS applications,
       coalesce(ap.open, 0) AS to_decide
FROM booth b
JOIN fair f ON f.id = b.fair
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE NOT s.blocked) AS n,
           sum(s.area_m2) FILTER (WHERE s.blocked) AS blocked
    FROM stand s WHERE s.booth = b.id) st ON true
LEFT JOIN LATERAL (
    SELECT sum(a.area_m2) FILTER (WHERE a.state = 'confirmed') AS sold,
           sum(a.area_m2) FILTER (WHERE a.state = 'held') AS held, count(DISTINCT a.stand) AS n
    FROM allocation a JOIN stand s ON s.id = a.stand
    WHERE s.booth = b.id AND a.state <> 'released') al ON true
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE x.state NOT IN ('draft', 'withdrawn')) AS n,
           count(*) FILTER (WHERE x.state IN ('submitted', 'eligible')) AS open
    FROM application x JOIN call c ON c.id = x.call WHERE c.booth = b.id) ap ON true
WHERE b.agency = $1 ORDER BY (f.ends_on < $2), abs(f.starts_on - $2), b.id LIMIT 50
"""

_DEADLINES = """
SELECT 'closes' AS kind, c.title, c.closes_at AS at, a.tz, '/desk/calls/' || c.id AS href,
       (SELECT count(*) FROM application x WHERE x.call = c.id
           AND x.state NOT IN ('draft', 'withdrawn')) AS n
FROM call c JOIN agency a ON a.id = c.agency
WHERE c.agency = $1 AND c.state = 'published' AND c.closes_at > $2
UNION ALL
SELECT 'opens', c.title, c.opens_at, a.tz, '/desk/calls/' || c.id, 0
FROM call c JOIN agency a ON a.id = c.agency
WHERE c.agency = $1 AND c.state IN ('published', 'draft') AND c.opens_at > $2
UNION ALL
SELECT 'payments', min(c.title), ad.pay_until - interval '1 second', min(a.tz),
       '/desk/applications?state=admitted&call=' || c.id, count(*)
FROM admission ad JOIN application x ON x.id = ad.application JOIN call c ON c.id = x.call
JOIN agency a ON a.id = c.agency
WHERE c.agency = $1 AND ad.ended_at IS NULL AND x.state = 'admitted' AND ad.pay_until > $2
GROUP BY c.id, ad.pay_until
UNION ALL
SELECT DISTINCT 'setup', f.name, f.setup_from AT TIME ZONE f.tz, f.tz, '/desk/fairs/' || f.id, 0
FROM fair f JOIN booth b ON b.fair = f.id
WHERE b.agency = $1 AND f.setup_from AT TIME ZONE f.tz > $2
UNION ALL
SELECT DISTINCT 'fair', f.name, (d.day + d.opens_at) AT TIME ZONE f.tz, f.tz,
       '/desk/fairs/' || f.id, 0
FROM fair f JOIN booth b ON b.fair = f.id JOIN fair_day d ON d.fair = f.id AND d.day = f.starts_on
WHERE b.agency = $1 AND (d.day + d.opens_at) AT TIME ZONE f.tz > $2
ORDER BY at LIMIT 8
"""

_WAITING = """
SELECT (SELECT count(*) FROM application x JOIN call c ON c.id = x.call
            WHERE c.agency = $1 AND x.state = 'submitted') AS to_check,
       (SELECT count(*) FROM application x JOIN call c ON c.id = x.call
            WHERE c.agency = $1 AND x.state = 'eligible') AS to_decide,
       (SELECT count(*) FROM payment p WHERE p.agency = $1
            AND p.state IN ('flagged', 'late', 'unmatched')) AS payments,
       (SELECT count(*) FROM invoice i WHERE i.agency = $1 AND i.state = 'overdue') AS overdue,
       (SELECT count(*) FROM bank_entry e WHERE e.agency = $1 AND e.state = 'open') AS entries,
       (SELECT count(*) FROM approval v WHERE v.agency = $1 AND v.state = 'waiting') AS approvals,
       (SELECT count(*) FROM dispute d JOIN payment p ON p.id = d.payment WHERE p.agency = $1
            AND d.state IN ('needs_response', 'warning_needs_response')) AS disputes,
       (SELECT count(*) FROM aid_proof r JOIN aid_grant g ON g.id = r.aid_grant
            JOIN scheme s ON s.id = g.scheme
            WHERE s.agency = $1 AND r.state = 'handed_in') AS proofs,
       (SELECT count(*) FROM message m WHERE m.agency = $1 AND m.state = 'failed') AS mails,
       (SELECT count(*) FROM aid_grant g JOIN scheme s ON s.id = g.scheme WHERE s.agency = $1
            AND g.registered_on IS NULL AND g.register_due_on <= $2) AS register
"""


async def board(actor: Actor) -> Board:
    """What a member of an agency sees first."""
    require(actor, "board.read")
    agency = await organisations.own_agency(actor)
    now, today = clock.now(), clock.today(agency.tz)
    waiting = await row(_WAITING, actor.agency_id, today)
    return Board(
        states=await state_counts(actor),
        booths=typed(BoothFigures, await rows(_BOOTHS, actor.agency_id, today)),
        money=await billing.sums(actor),
        schemes=await aid.schemes(actor),
        deadlines=typed(Deadline, await rows(_DEADLINES, actor.agency_id, now)),
        waiting=waiting or {},
        tz=agency.tz,
    )
