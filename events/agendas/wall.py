"""Reads of the desk on the day: the wall, the search, one meeting, the gaps and who fits."""

from collections import defaultdict
from datetime import datetime

from events.agendas.queries import OCCASION
from events.agendas.rows import (
    DayMeeting,
    Found,
    Occasion,
    Wall,
    WallCell,
    WallPlace,
    WallSlot,
)
from server import clock
from server.accounts.permissions import Actor, require
from server.database import page_id, row, rows, typed
from server.errors import NotFound
from server.text import N_, gettext

PAGE = 50
PEOPLE = """
(SELECT coalesce(jsonb_agg(jsonb_build_object('participant', p.id, 'name', pe.name,
    'company', c.name, 'here', p.checked_in_at IS NOT NULL, 'late', l.minutes,
    'missed', ns.id IS NOT NULL) ORDER BY p.id), '[]')
FROM meeting_seat t JOIN participant p ON p.id = t.participant
JOIN person pe ON pe.id = p.person JOIN company c ON c.id = p.company
LEFT JOIN meeting_lateness l ON l.meeting = m.id AND l.participant = p.id
LEFT JOIN meeting_no_show ns ON ns.meeting = m.id AND ns.participant = p.id
    AND ns.taken_back_at IS NULL
WHERE t.meeting = m.id)
"""


async def desk_occasion(actor: Actor, session_id: int) -> Occasion:
    """A session of the actor's agency."""
    require(actor, "day.read")
    found = await row(
        OCCASION + "WHERE s.id = $1::bigint AND s.agency = $2", session_id, actor.agency_id
    )
    if found is None:
        raise NotFound
    return typed(Occasion, found)


async def wall(actor: Actor, session_id: int, *, at: datetime | None = None) -> Wall:
    """Who sits where in the slot of `at` (now) and the next one, place by place.

    Between two slots the next one and the one after it are shown. Of a place that was freed by a
    no-show, what was there is shown until somebody else sits there.
    """
    await desk_occasion(actor, session_id)
    now = at or clock.now()
    slots = typed(
        WallSlot,
        await rows(
            "SELECT id, start_local, end_local, starts_at FROM session_slot"
            " WHERE session = $1 AND ends_at > $2 ORDER BY starts_at LIMIT 2",
            session_id,
            now,
        ),
    )
    found = typed(
        WallCell,
        await rows(
            f"SELECT m.id AS meeting, m.place, m.slot, m.state, {PEOPLE} AS people"  # noqa: S608
            " FROM meeting m WHERE m.session = $1 AND m.slot = ANY($2::int[])"
            " AND m.state <> 'cancelled' ORDER BY m.live, m.id",
            session_id,
            [each.id for each in slots],
        ),
    )
    places = await rows(
        "SELECT id, label, area FROM session_place WHERE session = $1 ORDER BY position, id",
        session_id,
    )
    held: dict[tuple[int, int], WallCell] = {}
    online: dict[int, list[WallCell]] = defaultdict(list)
    for cell in found:
        if cell.place is None:
            online[cell.slot].append(cell)
        else:
            held[cell.place, cell.slot] = cell
    lines = [
        WallPlace(cells=[held.get((each["id"], slot.id)) for slot in slots], **each)
        for each in places
    ]
    lines = [each for each in lines if any(each.cells)]
    for n in range(max(map(len, online.values()), default=0)):
        cells = [dict(enumerate(online[slot.id])).get(n) for slot in slots]
        lines.append(WallPlace(id=None, label=gettext(N_("Online")), area="", cells=cells))
    running = bool(slots) and slots[0].starts_at <= now
    return Wall(slots=slots, places=lines, running=running)


FIND = """
SELECT p.id, p.key, pe.name, c.name AS company, c.country, g.name AS group_name, p.checked_in_at,
    (SELECT count(*) FROM meeting_seat b WHERE b.participant = p.id AND b.live) AS meetings,
    nx.id AS meeting, nx.start_local, nx.end_local, nx.starts_at, coalesce(nx.place, '') AS place,
    coalesce(nx.others, '') AS others
FROM participant p JOIN person pe ON pe.id = p.person JOIN company c ON c.id = p.company
JOIN participant_group g ON g.id = p.in_group
LEFT JOIN LATERAL (
    SELECT m.id, sl.start_local, sl.end_local, sl.starts_at, pl.label AS place,
        (SELECT string_agg(ope.name || ' (' || oc.name || ')', ', ' ORDER BY o.id)
        FROM meeting_seat os JOIN participant o ON o.id = os.participant
        JOIN person ope ON ope.id = o.person JOIN company oc ON oc.id = o.company
        WHERE os.meeting = m.id AND o.id <> p.id) AS others
    FROM meeting_seat t JOIN meeting m ON m.id = t.meeting JOIN session_slot sl ON sl.id = m.slot
    LEFT JOIN session_place pl ON pl.id = m.place
    WHERE t.participant = p.id AND t.live AND sl.ends_at > $2 ORDER BY sl.starts_at LIMIT 1
) nx ON true
WHERE p.session = $1 AND p.state = 'taking' AND ($3 = '' OR pe.name ILIKE $3 OR c.name ILIKE $3)
    AND ($4 = '' OR ($4 = 'here') = (p.checked_in_at IS NOT NULL))
    AND (pe.name, p.id) > ($5, $6)
ORDER BY pe.name, p.id LIMIT $7
"""


async def people(
    actor: Actor,
    *,
    session_id: int,
    q: str = "",
    here: str = "",
    cursor: str = "",
    limit: int = PAGE,
) -> tuple[list[Found], str | None]:
    """The people of a session by name, whose name or company has `q` in it; `here` is "here",
    "missing" or "" for all. With each their meeting of now or next."""
    await desk_occasion(actor, session_id)
    after, _, name = cursor.partition("_")
    like = f"%{_plain(q)}%" if q.strip() else ""
    found = typed(
        Found,
        await rows(FIND, session_id, clock.now(), like, here, name, page_id(after) or 0, limit + 1),
    )
    shown = found[:limit]
    return shown, f"{shown[-1].id}_{shown[-1].name}" if len(found) > limit else None


def _plain(q: str) -> str:
    """What was typed, as text that LIKE takes literally."""
    return q.strip()[:80].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


MEETING = """
SELECT m.id, m.request, m.state, m.live, m.why, m.slot, sl.starts_at, sl.ends_at, sl.start_local,
    sl.end_local, m.place AS place_id, coalesce(pl.label, '') AS place,
    (SELECT jsonb_agg(jsonb_build_object('participant', p.id, 'name', pe.name, 'company', c.name,
        'checked_in_at', p.checked_in_at, 'late', l.minutes, 'no_show', ns.id,
        'said_by', coalesce(ns.said_by, ''), 'declined_at', d.at,
        'kept_by', coalesce(d.kept_by, '')) ORDER BY p.id)
    FROM meeting_seat t JOIN participant p ON p.id = t.participant
    JOIN person pe ON pe.id = p.person JOIN company c ON c.id = p.company
    LEFT JOIN meeting_lateness l ON l.meeting = m.id AND l.participant = p.id
    LEFT JOIN meeting_no_show ns ON ns.meeting = m.id AND ns.participant = p.id
        AND ns.taken_back_at IS NULL
    LEFT JOIN meeting_declined d ON d.meeting = m.id AND d.participant = p.id
    WHERE t.meeting = m.id) AS people
FROM meeting m JOIN session_slot sl ON sl.id = m.slot LEFT JOIN session_place pl ON pl.id = m.place
WHERE m.id = $1::bigint AND m.session = $2
"""


async def day_meeting(
    actor: Actor, session_id: int, meeting_id: int
) -> tuple[Occasion, DayMeeting]:
    """One meeting of a session of the actor's agency, with its people."""
    occasion = await desk_occasion(actor, session_id)
    found = await row(MEETING, meeting_id, session_id)
    if found is None:
        raise NotFound
    return occasion, typed(DayMeeting, found)


async def days(session_id: int) -> list[WallSlot]:
    """All slots of a session, to leaf through the wall before the day."""
    return typed(
        WallSlot,
        await rows(
            "SELECT id, start_local, end_local, starts_at FROM session_slot WHERE session = $1"
            " ORDER BY starts_at",
            session_id,
        ),
    )
