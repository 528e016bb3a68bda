"""Reads of calls and applications: for everybody, for one company, for one agency."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from booths.calls import additions
from booths.calls.forms import ApplicationFilter
from booths.calls.rows import (
    AdmissionRow,
    ApplicationRow,
    CallRow,
    CorrectionRow,
    Dossier,
    Slip,
    SubmissionRow,
)
from booths.calls.rules import DECLARED, State
from booths.questions import queries as questions
from server import clock
from server.accounts.permissions import Actor, require
from server.billing.ladders import PAPERS
from server.database import LARGEST_ID, page_id, row, rows, typed
from server.errors import NotFound, Refused
from server.text import N_

SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DIGITS = re.compile(r"\d{1,16}")


_CALL_COLUMNS = """
SELECT c.id, c.agency, a.name AS agency_name, a.slug AS agency_slug, a.email AS agency_email,
       a.country AS agency_country, a.tz, c.booth, b.name AS booth_name, b.net_m2,
       b.allocated_m2, b.reserved_m2, b.agency AS lead,
       pa.allotted_m2 - pa.taken_m2 AS allotment_left_m2, b.fair,
       f.name AS fair_name, f.slug AS fair_slug, f.tz AS fair_tz,
       f.country AS fair_country, f.venue, f.city, f.starts_on, f.ends_on, c.price_list,
       p.minimum_m2, p.currency, c.scheme, s.name AS scheme_name,
       ARRAY (SELECT m.scheme FROM call_scheme m WHERE m.call = c.id ORDER BY m.position)
           AS more_schemes, c.slug, c.title, c.text,
       c.opens_at, c.closes_at, c.state, c.maximum_m2, c.payment_days, c.published_at, c.version,
       (SELECT coalesce(sum(st.area_m2), 0) FROM stand st WHERE st.booth = c.booth AND st.blocked)
           AS blocked_m2"""
_CALL_TABLES = """
FROM call c
JOIN agency a ON a.id = c.agency
JOIN booth b ON b.id = c.booth
LEFT JOIN booth_partner pa
    ON pa.booth = c.booth AND pa.agency = c.agency AND pa.state = 'accepted'
JOIN fair f ON f.id = b.fair
JOIN price_list p ON p.id = c.price_list
LEFT JOIN scheme s ON s.id = c.scheme
"""
CALL = f"{_CALL_COLUMNS} {_CALL_TABLES}"
_COUNTS = """
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE x.state NOT IN ('draft', 'withdrawn')) AS applications,
           count(*) FILTER (WHERE x.state IN ('admitted', 'confirmed', 'exhibited', 'no_show'))
               AS admitted
    FROM application x WHERE x.call = c.id) n
"""
COUNTED_CALL = f"{_CALL_COLUMNS}, n.applications, n.admitted {_CALL_TABLES} {_COUNTS}"

_APPLICATION_COLUMNS = """
SELECT x.id, x.reference, x.state, x.call, c.title AS call_title, x.company,
       co.name AS company_name, co.country, x.submitted_at, x.area_m2, x.stand_kind,
       st.label AS stand_label, q.aid_minor, q.total_minor, p.currency, x.wait_position,
       pay.invoice, pay.invoice_state, pay.next_minor, pay.paid, ad.pay_until,
       f.name AS fair_name, f.starts_on, a.tz
"""
_APPLICATION_TABLES = f"""
JOIN call c ON c.id = x.call
JOIN agency a ON a.id = c.agency
JOIN booth b ON b.id = c.booth
JOIN fair f ON f.id = b.fair
JOIN price_list p ON p.id = c.price_list
JOIN company co ON co.id = x.company
LEFT JOIN quote q ON q.id = x.quote
LEFT JOIN allocation al ON al.application = x.id AND al.state IN ('held', 'confirmed')
LEFT JOIN stand st ON st.id = al.stand
LEFT JOIN admission ad ON ad.application = x.id AND ad.ended_at IS NULL
LEFT JOIN LATERAL (
    SELECT i.id AS invoice, i.state AS invoice_state, i.total_minor - i.paid_minor AS next_minor,
           bool_or(i.state = 'paid') OVER () AS paid
    FROM {PAPERS} d JOIN invoice i ON i.id = d.invoice WHERE d.plan = ad.plan
    ORDER BY i.state IN ('paid', 'credited'), d.n, i.id DESC LIMIT 1) pay ON true
"""  # noqa: S608 - own text

APPLICATION = f"{_APPLICATION_COLUMNS} FROM application x {_APPLICATION_TABLES}"

_LISTED = """
WITH listed AS MATERIALIZED (
    SELECT x.id FROM application x JOIN call c ON c.id = x.call
    WHERE c.agency = $1 AND x.submitted_at IS NOT NULL AND x.state <> 'draft'
      AND ($2::bigint IS NULL OR x.call = $2) AND ($3 = '' OR x.state = $3)
      AND ($4 = '' OR x.reference ILIKE $4
           OR EXISTS (SELECT FROM company co WHERE co.id = x.company AND co.name ILIKE $4))
      AND ($5::timestamptz IS NULL
           OR (x.submitted_at, x.id) > ($5::timestamptz, $6::bigint))
    ORDER BY x.submitted_at, x.id LIMIT $7)
"""

_ADMISSION = """
SELECT ad.id, ad.area_m2, ad.services, ad.quote, ad.invoice, i.number AS invoice_number,
       i.state AS invoice_state, ad.aid_grant, ad.letter, ad.aid_letter, ad.admitted_at,
       ad.pay_until, ad.plan, ad.ended_at, ad.ended_why, al.stand, st.label AS stand_label,
       al.state AS stand_state, q.aid_minor
FROM admission ad
JOIN quote q ON q.id = ad.quote
JOIN invoice i ON i.id = ad.invoice
LEFT JOIN allocation al ON al.application = ad.application AND al.state IN ('held', 'confirmed')
LEFT JOIN stand st ON st.id = al.stand
WHERE ad.application = $1 ORDER BY ad.id DESC LIMIT 1
"""
_CORRECTION = "SELECT * FROM correction WHERE application = $1 ORDER BY id DESC LIMIT 1"
PUBLIC = "c.state <> 'draft' AND f.published_at IS NOT NULL"


async def public_calls(limit: int = 12) -> list[CallRow]:
    """Calls that are open or about to open, the first to close first."""
    found = await rows(
        f"{CALL} WHERE {PUBLIC} AND c.state = 'published' AND c.closes_at > $1"
        " ORDER BY c.closes_at, c.id LIMIT $2",
        clock.now(),
        limit,
    )
    return typed(CallRow, found)


async def calls_of_fair(fair_id: int) -> list[CallRow]:
    """The published calls of a fair, whatever their phase."""
    found = await rows(
        f"{CALL} WHERE {PUBLIC} AND b.fair = $1 ORDER BY c.opens_at, c.id LIMIT 50",
        fair_id,
    )
    return typed(CallRow, found)


async def calls_of_booth(booth_id: int) -> list[CallRow]:
    """The published calls of a joint booth."""
    found = await rows(
        f"{CALL} WHERE {PUBLIC} AND c.booth = $1 ORDER BY c.opens_at, c.id LIMIT 20",
        booth_id,
    )
    return typed(CallRow, found)


async def public_call(slug: str) -> CallRow:
    """A published call by its address."""
    return _one(await row(f"{CALL} WHERE {PUBLIC} AND c.slug = $1", slug))


async def published_call(call_id: int) -> CallRow:
    """A published call by its id."""
    return _one(await row(f"{CALL} WHERE {PUBLIC} AND c.id = $1", call_id))


async def own_calls(
    actor: Actor, *, cursor: str = "", limit: int = 50
) -> tuple[list[CallRow], str | None]:
    """The agency's calls, newest first."""
    require(actor, "call.list")
    before = page_id(cursor) or LARGEST_ID
    found = await rows(
        f"{COUNTED_CALL} WHERE c.agency = $1 AND c.id < $2::bigint ORDER BY c.id DESC LIMIT $3",
        actor.agency_id,
        before,
        limit + 1,
    )
    calls = typed(CallRow, found[:limit])
    return calls, str(calls[-1].id) if len(found) > limit else None


async def own_call(actor: Actor, call_id: int) -> CallRow:
    """One call of the agency."""
    require(actor, "call.list")
    found = await row(f"{COUNTED_CALL} WHERE c.agency = $1 AND c.id = $2", actor.agency_id, call_id)
    return _one(found)


def _one(found: dict[str, Any] | None) -> CallRow:
    if found is None:
        raise NotFound
    return typed(CallRow, found)


async def applications(
    actor: Actor, *, query: ApplicationFilter, cursor: str = "", limit: int = 50
) -> tuple[list[ApplicationRow], str | None]:
    """The agency's applications in order of arrival; `cursor` is where the last page ended.

    What was never sent is not the agency's business, withdrawn or not.
    """
    require(actor, "application.list")
    after_at, _, after_id = cursor.partition("_")
    if cursor and not (DIGITS.fullmatch(after_at) and DIGITS.fullmatch(after_id)):
        raise Refused(N_("This list has no such page. Start it again."), field="cursor")
    found = await rows(
        f"{_LISTED} {_APPLICATION_COLUMNS} FROM listed JOIN application x ON x.id = listed.id"
        f" {_APPLICATION_TABLES} ORDER BY x.submitted_at, x.id",
        actor.agency_id,
        query.call,
        query.state.value if query.state else "",
        f"%{_like(query.text)}%" if query.text else "",
        EPOCH + int(after_at) * MICROSECOND if cursor else None,
        int(after_id) if cursor else 0,
        limit + 1,
    )
    items = typed(ApplicationRow, found[:limit])
    following = None
    if len(found) > limit:
        last = items[-1]
        assert last.submitted_at is not None
        following = f"{(last.submitted_at - EPOCH) // MICROSECOND}_{last.id}"
    return items, following


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def state_counts(actor: Actor, call_id: int | None = None) -> dict[str, int]:
    """How many applications are in which state."""
    require(actor, "application.list")
    found = await rows(
        "SELECT x.state, count(*) AS n FROM application x JOIN call c ON c.id = x.call"
        " WHERE c.agency = $1 AND ($2::bigint IS NULL OR c.id = $2)"
        " AND (x.state = 'draft' OR x.submitted_at IS NOT NULL) GROUP BY x.state",
        actor.agency_id,
        call_id,
    )
    return {each["state"]: each["n"] for each in found}


async def own_applications(
    actor: Actor, *, cursor: str = "", limit: int = 50
) -> tuple[list[ApplicationRow], str | None]:
    """The company's applications, newest first."""
    require(actor, "application.own")
    before = page_id(cursor) or LARGEST_ID
    found = await rows(
        f"{APPLICATION} WHERE x.company = $1 AND x.id < $2::bigint ORDER BY x.id DESC LIMIT $3",
        actor.company_id,
        before,
        limit + 1,
    )
    items = typed(ApplicationRow, found[:limit])
    return items, str(items[-1].id) if len(found) > limit else None


async def own_dossier(actor: Actor, application_id: int) -> Dossier:
    """An application of the actor's company, without the note that only the agency sees."""
    require(actor, "application.own")
    found = await _dossier("x.company", actor.company_id, application_id)
    return msgspec.structs.replace(found, note="")


async def desk_dossier(actor: Actor, application_id: int) -> Dossier:
    """An application to a call of the actor's agency, with the answers that were sent last.

    What the company has typed since then is not the agency's business, and never its contract.
    """
    require(actor, "application.list")
    found = await sent_dossier(actor.agency_id, application_id)
    await additions.may_read(actor, found)
    return found


async def desk_reading(actor: Actor, application_id: int) -> Dossier:
    """The same for somebody who looks into it, and has done what must be done before that."""
    found = await desk_dossier(actor, application_id)
    await additions.may_look(actor, found)
    return found


async def sent_dossier(agency_id: int | None, application_id: int) -> Dossier:
    """What was sent last to an agency. For callers that have checked who may read it."""
    found = await _dossier("c.agency", agency_id, application_id)
    if found.row.state is State.DRAFT or found.row.submitted_at is None:
        raise NotFound
    sent = await row(
        "SELECT content -> 'answers' AS answers FROM submission WHERE application = $1"
        " ORDER BY number DESC LIMIT 1",
        application_id,
    )
    return msgspec.structs.replace(found, draft=sent["answers"] if sent else found.draft, typed={})


async def _dossier(column: str, owner: int | None, application_id: int) -> Dossier:
    found = await row(f"{APPLICATION} WHERE x.id = $1 AND {column} = $2", application_id, owner)
    if found is None:
        raise NotFound
    more = await row(
        "SELECT x.draft, x.typed, x.why, x.note, x.quote, x.decided_at,"
        " EXISTS (SELECT 1 FROM fee WHERE fee.price_list = c.price_list AND fee.kind = 'service')"
        " AS has_services,"
        " c.scheme IS NOT NULL AND NOT EXISTS (SELECT 1 FROM aid_statement s"
        " WHERE s.company = x.company) AS needs_statement,"
        " coalesce(t.declarations, $2::jsonb) AS declarations, coalesce(t.appeal, '') AS appeal"
        " FROM application x JOIN call c ON c.id = x.call LEFT JOIN call_terms t ON t.call = c.id"
        " WHERE x.id = $1",
        application_id,
        list(DECLARED),
    )
    assert more is not None
    correction = await row(_CORRECTION, application_id)
    admission = await row(_ADMISSION, application_id)
    return Dossier(
        row=typed(ApplicationRow, found),
        call=_one(await row(f"{CALL} WHERE c.id = $1", found["call"])),
        admission=typed(AdmissionRow, admission) if admission else None,
        correction=typed(CorrectionRow, correction) if correction else None,
        form=await questions.form(found["call"]),
        **{**more, "typed": typed(dict[str, Slip], more["typed"])},
    )


async def application_for(company_id: int | None, call_id: int) -> int | None:
    """The company's application to a call, if it has begun one."""
    found = await row(
        "SELECT id FROM application WHERE company = $1 AND call = $2", company_id, call_id
    )
    return found["id"] if found else None


async def submissions(application_id: int) -> list[SubmissionRow]:
    """Everything that was sent, the latest first."""
    found = await rows(
        "SELECT s.id, s.number, s.submitted_at, s.content, s.quote, s.document, p.name AS person"
        " FROM submission s LEFT JOIN person p ON p.id = s.person_id WHERE s.application = $1"
        " ORDER BY s.number DESC",
        application_id,
    )
    return typed(SubmissionRow, found)
