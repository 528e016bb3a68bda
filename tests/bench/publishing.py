"""A plan of 5,000 agreed meetings of 1,000 people through the product: asked for, worked out,
compared, published, one late cancellation, and everybody told."""

import time
from typing import Any

from events.agendas import telling
from events.matchmaking import queries as sessions
from events.schedules import actions, comparing, jobs, moving, queries
from events.schedules.forms import CancelForm, DoForm, RunForm
from server.accounts.permissions import Actor
from server.app import register_jobs
from server.database import counting, row, script, value
from tests.bench.offices import PEOPLE

SECONDS = 20
GROUND = """
INSERT INTO meeting_session (agency, slug, title, kind, state, tz, country, slot_minutes,
    changed_at, created_at)
SELECT id, 'bench', 'Bench', 'office', 'open', 'Europe/Berlin', 'DE', 20,
    now(), now() FROM agency WHERE slug = 'bench';
INSERT INTO session_slot (session, number, half, start_local, end_local, starts_at, ends_at)
SELECT s.id, n, n / 10, x, x + interval '20 minutes', x AT TIME ZONE 'Europe/Berlin',
    (x + interval '20 minutes') AT TIME ZONE 'Europe/Berlin'
FROM meeting_session s, generate_series(0, 39) n, LATERAL (SELECT
    (now() + interval '30 days')::date + n / 20 * interval '1 day'
    + (CASE WHEN n / 10 % 2 = 0 THEN 9 ELSE 14 END) * interval '1 hour'
    + n % 10 * interval '20 minutes' AS x) y;
INSERT INTO session_place (session, kind, label, position)
SELECT id, 'table', 'Table ' || n, n FROM meeting_session, generate_series(1, 200) n;
INSERT INTO participant_group (session, name, position)
SELECT id, 'People', 0 FROM meeting_session;
INSERT INTO company (undertaking, name, legal_name, country, street, postcode, city, invoice_email,
    created_at) SELECT u.id, 'Firm ' || n, 'Firm', 'DE', 'Kai 1', '1', 'Kiel', 'f@bench.example',
    now() FROM undertaking u, generate_series(1, 1000) n;
INSERT INTO person (email, name, password_hash, locale, created_at)
SELECT 'p' || n || '@bench.example', 'Person ' || n, '', 'en', now()
FROM generate_series(1, 1000) n;
INSERT INTO meeting_profile (person, company, languages, changed_at)
SELECT p.id, c.id, '{en}', now() FROM person p JOIN company c
    ON c.name = 'Firm ' || substr(p.name, 8) WHERE p.name LIKE 'Person %';
INSERT INTO participant (session, in_group, person, company, profile, key, state, came_by,
    changed_at, created_at)
SELECT s.id, g.id, f.person, f.company, f.id, gen_random_uuid(), 'taking', 'agency', now(), now()
FROM meeting_session s, participant_group g, meeting_profile f ORDER BY f.id;
INSERT INTO meeting_request (session, asker, asked, priority, answer_priority, state, made_at,
    answered_at)
SELECT s.id, a.id, b.id, 1 + n % 3, 2, 'accepted', now(), now()
FROM meeting_session s, generate_series(0, 4999) n,
    LATERAL (SELECT id FROM participant ORDER BY id OFFSET n % 1000 LIMIT 1) a,
    LATERAL (SELECT id FROM participant ORDER BY id
        OFFSET (n % 1000 + 1 + n / 1000 * 37 + n / 1000 * n / 1000) % 1000 LIMIT 1) b
WHERE a.id <> b.id
ON CONFLICT DO NOTHING
"""


async def measure() -> list[str]:
    """Lines to print; every step with its time, statements where the page costs some."""
    register_jobs()
    await script(PEOPLE)
    await script(GROUND)
    await script("ANALYZE")  # what a database does by itself within a minute
    found = await row("SELECT id, agency FROM meeting_session")
    assert found is not None
    session_id = found["id"]
    actor = Actor(name="Bench", agency_id=found["agency"], agency_role="manager")
    lines: list[str] = []

    async def timed(what: str, act: Any) -> Any:
        began = time.perf_counter()
        async with counting() as seen:
            made = await act
        lines.append(f"  {what:44} {time.perf_counter() - began:6.2f} s {len(seen):6} statements")
        return made

    number = await timed(
        "asked for", actions.ask(actor, RunForm(seconds=SECONDS), session_id=session_id)
    )
    _, run = await queries.own_run(actor, session_id, number)
    await timed(f"worked out and kept, {SECONDS} s given", jobs.work(run.id))

    async def compare() -> None:
        question = await queries.question(await sessions.session(session_id))
        kept = {one: (each.at, each.why) for one, each in (await queries.lines(run.id)).items()}
        comparing.moves(question, kept)
        comparing.felt(question, kept)

    await timed("compared with the present plan", compare())
    await timed("published", actions.publish(actor, DoForm(), session_id=session_id, number=number))
    placed = await value("SELECT count(*) FROM meeting")
    one = await value("SELECT min(id) FROM meeting")
    form = CancelForm(why="The flight was cancelled.")
    await timed(
        "one meeting cancelled",
        moving.cancel(actor, form, session_id=session_id, meeting_id=one),
    )
    mails = await timed("everybody told, in the worker", telling.tell(session_id))
    return [f"{placed} meetings of 1,000 people, through the product:", *lines, f"  {mails} mails"]
