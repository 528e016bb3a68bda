"""Requests as the two sides and the organiser read them."""

import msgspec

from events.matchmaking import queries as sessions
from events.matchmaking.rows import ParticipantRow
from events.requests.forms import RequestsQuery
from events.requests.rows import (
    BlockedRow,
    Counts,
    GuestRow,
    OrderRow,
    RequestRow,
    SilentRow,
)
from events.requests.rules import Asking, Past, Person, RequestState
from server import clock
from server.accounts.permissions import Actor, require
from server.database import page_id, row, rows, typed, value
from server.errors import NotFound
from server.text import N_

PAGE = 50
NONE = N_("This request does not exist, or it is not yours.")

REQUEST = (
    "SELECT r.id, r.session, r.state, r.message, r.priority, r.answer_priority, r.why, r.by_hand,"
    " r.made_at, r.expires_at, r.answered_at, r.ended_at,"
    " r.asker, a.key AS asker_key, ah.name AS asker_name, ac.name AS asker_company,"
    " ac.country AS asker_country, ag.name AS asker_group,"
    " r.asked, b.key AS asked_key, bh.name AS asked_name, bc.name AS asked_company,"
    " bc.country AS asked_country, bg.name AS asked_group,"
    " ARRAY(SELECT h.name FROM request_guest g JOIN participant p ON p.id = g.participant"
    " JOIN person h ON h.id = p.person WHERE g.request = r.id ORDER BY h.name) AS guests"
    " FROM meeting_request r"
    " JOIN participant a ON a.id = r.asker JOIN person ah ON ah.id = a.person"
    " JOIN company ac ON ac.id = a.company JOIN participant_group ag ON ag.id = a.in_group"
    " JOIN participant b ON b.id = r.asked JOIN person bh ON bh.id = b.person"
    " JOIN company bc ON bc.id = b.company JOIN participant_group bg ON bg.id = b.in_group"
)


def _told(found: list[dict[str, object]]) -> list[RequestRow]:
    now = clock.now()
    return [
        msgspec.structs.replace(each, state=RequestState.EXPIRED)
        if each.state is RequestState.OPEN and each.expires_at and each.expires_at <= now
        else each
        for each in typed(RequestRow, found)
    ]


async def request(session_id: int, request_id: int) -> RequestRow:
    """A request of a session: for those who check themselves whose it is."""
    found = await row(f"{REQUEST} WHERE r.session = $1 AND r.id = $2", session_id, request_id)
    if found is None:
        raise NotFound(NONE)
    return _told([found])[0]


async def my_request(actor: Actor, session_id: int, request_id: int) -> RequestRow:
    """A request that the actor made, got, or is a guest of."""
    require(actor, "request.own")
    me = await sessions.me(actor, session_id)
    found = await request(session_id, request_id)
    if me.id not in (found.asker, found.asked) and not await value(
        "SELECT true FROM request_guest WHERE request = $1 AND participant = $2", request_id, me.id
    ):
        raise NotFound(NONE)
    return found


async def own_request(actor: Actor, session_id: int, request_id: int) -> RequestRow:
    """A request of a session of the actor's agency."""
    await sessions.own_session(actor, session_id)
    return await request(session_id, request_id)


async def mine(
    actor: Actor, session_id: int, *, side: str = "received", cursor: str = "", limit: int = PAGE
) -> tuple[list[RequestRow], str | None]:
    """The actor's requests, the latest first: `received`, `sent`, or `together` (as a guest)."""
    require(actor, "request.own")
    me = await sessions.me(actor, session_id)
    which = {
        "received": "r.asked = $1",
        "sent": "r.asker = $1",
        "together": "EXISTS (SELECT FROM request_guest g WHERE g.request = r.id"
        " AND g.participant = $1)",
    }[side]
    found = _told(
        await rows(
            f"{REQUEST} WHERE {which} AND ($2::int IS NULL OR r.id < $2)"
            " ORDER BY r.id DESC LIMIT $3",
            me.id,
            page_id(cursor),
            limit + 1,
        )
    )
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


async def my_counts(participant_id: int) -> dict[str, int]:
    """How many requests somebody has: `open` to answer, `received`, `sent`, `together`."""
    found = await row(
        "SELECT (SELECT count(*) FROM meeting_request WHERE asked = $1) AS received,"
        " (SELECT count(*) FROM meeting_request WHERE asker = $1) AS sent,"
        " (SELECT count(*) FROM request_guest WHERE participant = $1) AS together,"
        " (SELECT count(*) FROM meeting_request WHERE asked = $1 AND state = 'open'"
        " AND expires_at > $2) AS open",
        participant_id,
        clock.now(),
    )
    assert found is not None
    return found


async def of_session(
    actor: Actor, session_id: int, query: RequestsQuery, cursor: str = "", limit: int = PAGE
) -> tuple[list[RequestRow], str | None]:
    """The requests of a session of the actor's agency, the latest first."""
    await sessions.own_session(actor, session_id)
    found = _told(
        await rows(
            f"{REQUEST} WHERE r.session = $2 AND ($3 = '' OR CASE"
            " WHEN r.state = 'open' AND r.expires_at <= $1 THEN 'expired' ELSE r.state END = $3)"
            " AND ($4::int IS NULL OR $4 IN (a.in_group, b.in_group))"
            " AND ($5 = '' OR r.by_hand = ($5 = 'yes'))"
            " AND position(lower($6) IN lower(ah.name || ' ' || ac.name || ' ' || bh.name || ' '"
            " || bc.name)) > 0 AND ($7::int IS NULL OR r.id < $7) ORDER BY r.id DESC LIMIT $8",
            clock.now(),
            session_id,
            query.state,
            query.group,
            query.by_hand,
            query.words,
            page_id(cursor),
            limit + 1,
        )
    )
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


async def counts(session_id: int) -> Counts:
    """The requests of a session in figures."""
    found = await row(
        "SELECT count(*) FILTER (WHERE r.state = 'open' AND r.expires_at > $1) AS open,"
        " count(*) FILTER (WHERE r.state = 'accepted') AS accepted,"
        " count(*) FILTER (WHERE r.state = 'declined') AS declined,"
        " count(*) FILTER (WHERE r.state = 'cancelled') AS cancelled,"
        " count(*) FILTER (WHERE r.state = 'expired'"
        " OR r.state = 'open' AND r.expires_at <= $1) AS expired,"
        " count(DISTINCT r.asked) FILTER (WHERE r.state = 'open' AND r.expires_at > $1) AS silent,"
        " (SELECT count(*) FROM participant p WHERE p.session = $2 AND p.state = 'taking'"
        " AND NOT EXISTS (SELECT FROM meeting_request x WHERE p.id IN (x.asker, x.asked)"
        " AND x.state IN ('open', 'accepted'))) AS without"
        " FROM meeting_request r WHERE r.session = $2",
        clock.now(),
        session_id,
    )
    assert found is not None
    return typed(Counts, found)


async def without(
    actor: Actor, session_id: int, cursor: str = "", limit: int = PAGE
) -> tuple[list[SilentRow], str | None]:
    """Who takes part and has no request that is open or accepted, the first that came first."""
    await sessions.own_session(actor, session_id)
    found = typed(
        SilentRow,
        await rows(
            "SELECT p.id, h.name, c.name AS company_name, c.country, g.name AS group_name,"
            " coalesce(t.lists, 0) AS lists, coalesce(t.shown, 0)::bigint AS shown"
            " FROM participant p JOIN person h ON h.id = p.person"
            " JOIN company c ON c.id = p.company JOIN participant_group g ON g.id = p.in_group"
            " LEFT JOIN LATERAL (SELECT count(*) AS lists, sum(shown) AS shown"
            " FROM meeting_suggestion WHERE other = p.id) t ON true"
            " WHERE p.session = $1 AND p.state = 'taking' AND p.id > $2"
            " AND NOT EXISTS (SELECT FROM meeting_request x WHERE p.id IN (x.asker, x.asked)"
            " AND x.state IN ('open', 'accepted')) ORDER BY p.id LIMIT $3",
            session_id,
            page_id(cursor) or 0,
            limit + 1,
        ),
    )
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


async def guests(request_id: int) -> list[GuestRow]:
    """The further participants of a request."""
    return typed(
        GuestRow,
        await rows(
            "SELECT g.participant, h.name, c.id AS company_id, c.name AS company_name"
            " FROM request_guest g"
            " JOIN participant p ON p.id = g.participant JOIN person h ON h.id = p.person"
            " JOIN company c ON c.id = p.company WHERE g.request = $1 ORDER BY h.name",
            request_id,
        ),
    )


async def colleagues(me: ParticipantRow, found: RequestRow) -> list[GuestRow]:
    """Those of a participant's company who take part and are not in the meeting yet."""
    return typed(
        GuestRow,
        await rows(
            "SELECT p.id AS participant, h.name, c.id AS company_id, c.name AS company_name"
            " FROM participant p JOIN person h ON h.id = p.person"
            " JOIN company c ON c.id = p.company"
            " WHERE p.session = $1 AND p.company = $2 AND p.state = 'taking'"
            " AND p.id <> ALL(ARRAY[$3, $4]::int[]) AND NOT EXISTS (SELECT FROM request_guest g"
            " WHERE g.request = $5 AND g.participant = p.id) ORDER BY h.name, p.id",
            me.session,
            me.company_id,
            found.asker,
            found.asked,
            found.id,
        ),
    )


async def orders(request_id: int) -> list[OrderRow]:
    """What a meeting has to come before or after."""
    return typed(
        OrderRow,
        await rows(
            "SELECT x.id AS other, o.earlier = $1 AS before, h.name || ' – ' || k.name AS said"
            " FROM request_order o"
            " JOIN meeting_request x ON x.id = CASE WHEN o.earlier = $1 THEN o.later"
            " ELSE o.earlier END JOIN participant a ON a.id = x.asker JOIN person h"
            " ON h.id = a.person JOIN participant b ON b.id = x.asked JOIN person k"
            " ON k.id = b.person WHERE $1 IN (o.earlier, o.later) ORDER BY x.id",
            request_id,
        ),
    )


async def beside(found: RequestRow) -> list[OrderRow]:
    """The other accepted requests that share a person with this one: what an order may name."""
    return typed(
        OrderRow,
        await rows(
            "SELECT x.id AS other, false AS before, h.name || ' – ' || k.name AS said"
            " FROM meeting_request x JOIN participant a ON a.id = x.asker JOIN person h"
            " ON h.id = a.person JOIN participant b ON b.id = x.asked JOIN person k"
            " ON k.id = b.person WHERE x.session = $1 AND x.state = 'accepted' AND x.id <> $2"
            " AND (x.asker = ANY($3::int[]) OR x.asked = ANY($3::int[])) ORDER BY x.id",
            found.session,
            found.id,
            [found.asker, found.asked],
        ),
    )


async def blocked(actor: Actor, session_id: int) -> list[BlockedRow]:
    """Those of a session whom the actor has blocked."""
    return typed(
        BlockedRow,
        await rows(
            "SELECT p.key, h.name, c.name AS company_name, k.since FROM meeting_block k"
            " JOIN participant p ON p.person = k.other AND p.session = $2"
            " JOIN person h ON h.id = p.person JOIN company c ON c.id = p.company"
            " WHERE k.person = $1 ORDER BY h.name",
            actor.person_id,
            session_id,
        ),
    )


async def case(me: ParticipantRow, other: ParticipantRow) -> Asking:
    """All that decides whether `me` may ask `other` now: one statement beside the session's."""
    session = await sessions.session(me.session)
    now = clock.now()
    found = await row(
        "SELECT (SELECT most_requests FROM participant_group WHERE id = $3) AS most,"
        " ARRAY(SELECT asked FROM group_rule WHERE asker = $3) AS may_ask,"
        " (SELECT count(*) FROM meeting_request WHERE asker = $1 AND NOT by_hand"
        " AND (state = 'accepted' OR state = 'open' AND expires_at > $4)) AS under_way,"
        " (SELECT count(*) FROM meeting_request WHERE asker = $1 AND NOT by_hand"
        " AND made_at > $4::timestamptz - interval '1 hour') AS last_hour,"
        " (SELECT visible = 'shown' FROM meeting_profile WHERE id = $5) AS shown,"
        " EXISTS (SELECT FROM meeting_block WHERE person = $6 AND other = $7) AS blocked,"
        " EXISTS (SELECT FROM meeting_block WHERE person = $7 AND other = $6) AS barred,"
        " (SELECT coalesce(jsonb_agg(jsonb_build_object('mine', asker = $1, 'state',"
        " CASE WHEN state = 'open' AND expires_at <= $4 THEN 'expired' ELSE state END,"
        " 'ended_at', coalesce(ended_at, answered_at))), '[]') FROM meeting_request"
        " WHERE $1 IN (asker, asked) AND $2 IN (asker, asked) AND asker <> asked) AS past",
        me.id,
        other.id,
        me.group_id,
        now,
        other.profile,
        me.person_id,
        other.person_id,
    )
    assert found is not None
    return Asking(
        asker=_person(me, shown=True),
        asked=_person(other, shown=bool(found["shown"])),
        now=now,
        open=session.state == "open",
        until=session.requests_until,
        may_ask=frozenset(found["may_ask"]),
        most=found["most"],
        under_way=found["under_way"],
        last_hour=found["last_hour"],
        past=msgspec.convert(found["past"], list[Past]),
        blocked=found["blocked"],
        barred=found["barred"],
    )


def _person(found: ParticipantRow, *, shown: bool) -> Person:
    return Person(
        name=found.name,
        person=found.person_id,
        company=found.company_id,
        group=found.group_id,
        takes_part=found.state == "taking",
        shown=shown,
    )


async def several(session_id: int, ids: list[int]) -> list[RequestRow]:
    """Requests of a session by id."""
    return _told(
        await rows(
            f"{REQUEST} WHERE r.session = $1 AND r.id = ANY($2::int[]) ORDER BY r.id",
            session_id,
            ids,
        )
    )


async def live_between(one: int, other: int) -> int | None:
    """The open or accepted request between two participants."""
    found = await value(
        "SELECT id FROM meeting_request WHERE (asker, asked) IN (($1::int, $2::int),"
        " ($2::int, $1::int)) AND state IN ('open', 'accepted')",
        one,
        other,
    )
    return None if found is None else int(found)
