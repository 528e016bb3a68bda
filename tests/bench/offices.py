"""Finding a time: two desks for three days of a week and a room for 8 on one of them, in any of
200 offices with 5,000 resources and 500,000 bookings."""

import statistics
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from events.bookings import facts, finding
from events.bookings.finding import Part, Search
from server import clock
from server.database import counting, rows, script, value

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
ZONES = (
    "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Africa/Casablanca", "Asia/Kolkata",
    "Pacific/Auckland", "Australia/Lord_Howe", "Asia/Singapore", "Europe/Warsaw", "Africa/Nairobi",
)  # fmt: skip
COUNTRIES = ("DE", "US", "BR", "MA", "IN", "NZ", "AU", "SG", "PL", "KE")
PEOPLE = """
INSERT INTO agency (slug, name, legal_name, country, email, tz, created_at)
VALUES ('bench', 'Bench', 'Bench', 'DE', 'bench@bench.example', 'Europe/Berlin', now());
INSERT INTO undertaking (name) VALUES ('Bench');
INSERT INTO company (undertaking, name, legal_name, country, street, postcode, city, invoice_email,
    created_at) SELECT id, 'Bench', 'Bench', 'DE', 'Kai 1', '1', 'Kiel', 'b@bench.example', now()
    FROM undertaking WHERE name = 'Bench';
INSERT INTO person (email, name, password_hash, locale, created_at)
VALUES ('b@bench.example', 'Bea', '', 'en', now())
"""
OFFICES = """
INSERT INTO office (agency, slug, name, country, city, tz, open, changed_at, created_at)
SELECT a.id, 'office-' || n, 'Office ' || n, ('{%(countries)s}'::text[])[1 + n %% 10], 'City ' || n,
    ('{%(zones)s}'::text[])[1 + n %% 10], true, now(), now()
FROM agency a, generate_series(%(first)s, %(last)s) n WHERE a.slug = 'bench';
INSERT INTO opening_hours (office, weekday, opens, closes)
SELECT id, w, 480, 1080 FROM office o, generate_series(0, 4) w
WHERE NOT EXISTS (SELECT FROM resource r WHERE r.office = o.id);
INSERT INTO resource (office, kind, name, span, step, least, most, seats, changed_at)
SELECT o.id,
    (ARRAY['desk', 'desk', 'desk', 'meeting_room', 'advisor', 'hot_desk', 'interpreter',
        'showroom_shelf'])[1 + n %% 8], 'Resource ' || n,
    CASE WHEN n %% 8 IN (3, 4, 6) THEN 'minutes' ELSE 'days' END, 30,
    CASE WHEN n %% 8 IN (3, 4, 6) THEN 30 ELSE 1 END,
    CASE WHEN n %% 8 IN (3, 4, 6) THEN 480 ELSE 20 END, CASE WHEN n %% 8 = 3 THEN 10 ELSE 1 END,
    now()
FROM office o, generate_series(1, %(resources)s) n
WHERE NOT EXISTS (SELECT FROM resource r WHERE r.office = o.id);
INSERT INTO resource_unit (resource, number) SELECT id, 1 FROM resource r
WHERE NOT EXISTS (SELECT FROM resource_unit u WHERE u.resource = r.id)
"""
BOOKINGS = """
SET LOCAL statement_timeout = 0;
INSERT INTO booking (key, office, resource, unit, agency, company, undertaking, person, state,
    starts_at, ends_at, start_local, end_local, blocked_from, blocked_until, currency, changed_at,
    made_at)
SELECT gen_random_uuid(), r.office, r.id, u.id, o.agency, c.id, c.undertaking, p.id, 'confirmed',
    f, t, f AT TIME ZONE o.tz, t AT TIME ZONE o.tz, f, t, 'EUR', now(), now()
FROM resource r JOIN resource_unit u ON u.resource = r.id JOIN office o ON o.id = r.office,
    company c, person p, generate_series(1, %(bookings)s) n,
    LATERAL (SELECT timestamp '2025-11-01' + (n / 2 * 6 + n %% 2 + r.id %% 6) * interval '1 day'
        + CASE WHEN r.span = 'minutes' THEN interval '10 hours' ELSE interval '0' END AS w) x,
    LATERAL (SELECT w AT TIME ZONE o.tz AS f, (w + CASE WHEN r.span = 'minutes'
        THEN interval '2 hours' ELSE interval '1 day' END) AT TIME ZONE o.tz AS t) y
WHERE c.name = 'Bench' AND p.email = 'b@bench.example' AND r.id %% %(parts)s = %(part)s
    AND NOT EXISTS (SELECT FROM booking b WHERE b.resource = r.id)
"""
WEEK = Search(
    parts=(
        Part("desk", 3),
        Part("desk", 3),
        Part("meeting_room", 120, seats=8),
    ),
    first=date(2026, 3, 16),
    last=date(2026, 3, 20),
)


async def populate(first: int, last: int, resources: int, bookings: int) -> None:
    """Offices of these numbers, with so many resources, each with bookings over ten months."""
    if first == 1:
        await script(PEOPLE)
    said = {"first": first, "last": last, "resources": resources, "bookings": bookings}
    named = {"zones": ",".join(ZONES), "countries": ",".join(COUNTRIES)}
    await script(OFFICES % (said | named))
    parts = 1 + resources * last * bookings // 50_000
    for part in range(parts):
        await script(BOOKINGS % (said | {"parts": parts, "part": part}))
    await script("ANALYZE")


async def plan() -> list[str]:
    """The lines of the plan by which bookings are read for all resources of two kinds."""
    found = await rows("SELECT id FROM resource WHERE kind IN ('desk', 'meeting_room') ORDER BY id")
    lines: list[Any] = await rows(
        "EXPLAIN " + facts.TAKEN,
        [each["id"] for each in found], NOW + timedelta(days=10), NOW + timedelta(days=20),
        NOW, 0,
    )  # fmt: skip
    return [each["QUERY PLAN"] for each in lines]


async def measure() -> list[str]:
    """The median and the slowest of fifty searches, and the plan by which bookings are read."""
    await populate(1, 200, 25, 100)
    took = []
    with clock.travel(NOW):
        async with counting() as statements:
            first = await finding.find(WEEK)
        for _ in range(50):
            began = time.perf_counter()
            await finding.find(WEEK)
            took.append(time.perf_counter() - began)
    return [
        f"Finding a time in {await value('SELECT count(*) FROM office')} offices with"
        f" {await value('SELECT count(*) FROM resource')} resources and"
        f" {await value('SELECT count(*) FROM booking')} bookings: median"
        f" {statistics.median(took) * 1000:.0f} ms, slowest {max(took) * 1000:.0f} ms,"
        f" {len(statements)} statements, {len(first.offers)} offices offered",
        *(f"  {line}" for line in await plan()),
    ]
