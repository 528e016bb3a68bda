"""Reads of one's own day: agendas, meetings, contacts, who could be met instead."""

from datetime import datetime
from typing import Any
from uuid import UUID

from events.agendas.rows import (
    About,
    AgendaRow,
    AskedRow,
    Contact,
    FreeSlot,
    Mine,
    Occasion,
    Substitute,
)
from events.calendars.free import CLASH
from events.matchmaking.recommending.taxonomy import named
from events.requests.people import language_names
from server import clock
from server.accounts.permissions import Actor, require
from server.database import row, rows, typed
from server.errors import NotFound

OCCASION = """
SELECT s.id, s.agency, a.name AS agency_name, a.email AS agency_email, s.title, s.slug, s.kind,
    s.venue, s.tz, s.state, s.fair
FROM meeting_session s JOIN agency a ON a.id = s.agency
"""
MINE = """
SELECT p.id, p.key, p.person AS person_id, pe.name, g.name AS group_name, p.checked_in_at,
    p.person = $3 AS me
FROM participant p JOIN person pe ON pe.id = p.person JOIN participant_group g ON g.id = p.in_group
WHERE p.session = $1 AND p.company = $2 AND (p.person = $3 OR $4)
    AND (p.state = 'taking' OR EXISTS (SELECT FROM meeting_seat t WHERE t.participant = p.id))
ORDER BY p.person = $3 DESC, pe.name, p.id
"""
OTHERS = """
(SELECT coalesce(jsonb_agg(jsonb_build_object('participant', o.id, 'key', o.key, 'name', ope.name,
    'company', oc.name, 'country', oc.country, 'position', opr.position, 'late', ol.minutes,
    'missed', EXISTS (SELECT FROM meeting_no_show ns WHERE ns.meeting = m.id
        AND ns.participant = o.id AND ns.taken_back_at IS NULL)) ORDER BY o.id), '[]')
FROM meeting_seat os JOIN participant o ON o.id = os.participant
JOIN person ope ON ope.id = o.person JOIN company oc ON oc.id = o.company
JOIN meeting_profile opr ON opr.id = o.profile
LEFT JOIN meeting_lateness ol ON ol.meeting = m.id AND ol.participant = o.id
WHERE os.meeting = m.id AND os.participant <> t.participant)
"""
AGENDA = f"""
SELECT m.id, m.key, m.state, m.live, m.why, m.pinned, m.slot, sl.starts_at, sl.ends_at,
    sl.start_local, sl.end_local, coalesce(pl.label, '') AS place, coalesce(pl.kind, '') AS
    place_kind, coalesce(pl.area, '') AS area, pl.stand, coalesce(i.name, '') AS interpreter,
    {OTHERS} AS others, l.minutes AS late, r.outcome, r.stars, n.id IS NOT NULL AS noted,
    coalesce(cc.given, false) AS given,
    CASE WHEN ask.id IS NULL THEN NULL ELSE jsonb_build_object('id', ask.id,
        'participant', ask.participant, 'name', ask_person.name, 'slot', ask.slot,
        'start_local', asl.start_local, 'end_local', asl.end_local, 'why', ask.why) END AS ask
FROM meeting_seat t
JOIN meeting m ON m.id = t.meeting
JOIN session_slot sl ON sl.id = m.slot
LEFT JOIN session_place pl ON pl.id = m.place
LEFT JOIN interpreter i ON i.id = m.interpreter
LEFT JOIN meeting_lateness l ON l.meeting = m.id AND l.participant = t.participant
LEFT JOIN meeting_rating r ON r.meeting = m.id AND r.participant = t.participant
LEFT JOIN meeting_note n ON n.meeting = m.id AND n.participant = t.participant
LEFT JOIN contact_consent cc ON cc.meeting = m.id AND cc.participant = t.participant
LEFT JOIN meeting_other_time ask ON ask.meeting = m.id AND ask.state = 'open'
LEFT JOIN participant ask_part ON ask_part.id = ask.participant
LEFT JOIN person ask_person ON ask_person.id = ask_part.person
LEFT JOIN session_slot asl ON asl.id = ask.slot
"""  # noqa: S608 - constants


async def own_occasion(actor: Actor, session_id: int) -> tuple[Occasion, list[Mine]]:
    """A session and the people of the actor's company in it: oneself, and for the company's admin
    all. NotFound where there are none."""
    require(actor, "agenda.own")
    admin = actor.company_role == "admin"
    mine = typed(Mine, await rows(MINE, session_id, actor.company_id, actor.person_id, admin))
    found = await row(OCCASION + "WHERE s.id = $1", session_id) if mine else None
    if found is None:
        raise NotFound
    return typed(Occasion, found), mine


def chosen(mine: list[Mine], key: str = "") -> Mine:
    """The one whose agenda is asked for by `key`; else oneself, else the first of the company."""
    if not key:
        return mine[0]
    for each in mine:
        if str(each.key) == key:
            return each
    raise NotFound


async def agenda(participant: int) -> list[AgendaRow]:
    """The meetings of a participant in order. One that was cancelled is left out as soon as the
    same request has another."""
    found = await rows(
        AGENDA + "WHERE t.participant = $1 AND (m.live OR m.state = 'missed' OR NOT EXISTS"
        " (SELECT FROM meeting again WHERE again.request = m.request AND again.id > m.id))"
        " ORDER BY sl.starts_at, m.id",
        participant,
    )
    return typed(AgendaRow, found)


async def own_agenda(
    actor: Actor, session_id: int, *, of: str = ""
) -> tuple[Occasion, Mine, list[AgendaRow]]:
    """The agenda of oneself or, for an admin, of the participant with the key `of`."""
    occasion, mine = await own_occasion(actor, session_id)
    who = chosen(mine, of)
    return occasion, who, await agenda(who.id)


async def agenda_page(
    actor: Actor, *, session_id: int, cursor: str = "", limit: int = 50
) -> tuple[list[AgendaRow], str | None]:
    """One's own agenda in pages."""
    _, _, found = await own_agenda(actor, session_id)
    at = int(cursor) if cursor.isdigit() and len(cursor) < 6 else 0
    return found[at : at + limit], str(at + limit) if len(found) > at + limit else None


async def own_meeting(actor: Actor, session_id: int, key: UUID) -> tuple[Occasion, Mine, AgendaRow]:
    """One meeting of somebody of the actor's company, as the actor may see it."""
    occasion, mine = await own_occasion(actor, session_id)
    found = await row(
        AGENDA.replace("SELECT m.id,", "SELECT t.participant AS whose, m.id,", 1)
        + "WHERE m.key = $1 AND t.participant = ANY($2::int[])"
        " ORDER BY t.participant = $3 DESC, t.participant LIMIT 1",
        key,
        [each.id for each in mine],
        mine[0].id,
    )
    if found is None:
        raise NotFound
    who = next(each for each in mine if each.id == found.pop("whose"))
    return occasion, who, typed(AgendaRow, found)


async def notes(actor: Actor, meeting: int) -> list[dict[str, Any]]:
    """What people of the actor's company wrote down about a meeting: `name`, `text`, `mine`."""
    return await rows(
        "SELECT pe.name, n.text, p.person = $3 AS mine FROM meeting_note n"
        " JOIN participant p ON p.id = n.participant JOIN person pe ON pe.id = p.person"
        " WHERE n.meeting = $1 AND p.company = $2 ORDER BY n.id",
        meeting,
        actor.company_id,
        actor.person_id,
    )


async def contacts(meeting: int, participant: int) -> list[Contact]:
    """The contacts that the others of a meeting have given, and not taken back."""
    found = await rows(
        "SELECT p.id AS participant, pe.name, c.name AS company, pr.position, pe.email, pr.phone,"
        " c.website, c.country FROM contact_consent cc JOIN participant p ON p.id = cc.participant"
        " JOIN person pe ON pe.id = p.person JOIN company c ON c.id = p.company"
        " JOIN meeting_profile pr ON pr.id = p.profile"
        " WHERE cc.meeting = $1 AND cc.participant <> $2 AND cc.given ORDER BY p.id",
        meeting,
        participant,
    )
    return typed(Contact, found)


async def abouts(meeting: int, participant: int) -> dict[int, About]:
    """What the others of a meeting tell of themselves, by participant."""
    found = await rows(
        "SELECT p.id AS participant, pr.visible = 'shown' AS shown, pr.intro, pr.languages,"
        " (SELECT coalesce(jsonb_agg(jsonb_build_object('side', g.side, 'text', g.text,"
        " 'codes', g.codes) ORDER BY g.position, g.id), '[]') FROM profile_good g"
        " WHERE g.profile = pr.id) AS goods"
        " FROM meeting_seat t JOIN participant p ON p.id = t.participant"
        " JOIN meeting_profile pr ON pr.id = p.profile"
        " WHERE t.meeting = $1 AND t.participant <> $2",
        meeting,
        participant,
    )
    made, names = {}, language_names()
    for each in found:
        sides: dict[str, list[str]] = {"offer": [], "need": []}
        if each["shown"]:
            for good in each["goods"]:
                words = [good["text"], *map(named, good["codes"])]
                sides[good["side"]].append(" · ".join(filter(None, words)))
        made[each["participant"]] = About(
            participant=each["participant"],
            shown=each["shown"],
            intro=each["intro"] if each["shown"] else "",
            languages=[names.get(code, code) for code in each["languages"]]
            if each["shown"]
            else [],
            offers=sides["offer"],
            needs=sides["need"],
        )
    return made


async def asked_before(meeting: int) -> list[AskedRow]:
    """The wishes for another time that were answered or taken back, the newest first."""
    found = await rows(
        "SELECT pe.name, sl.start_local, a.state, a.why, a.made_at FROM meeting_other_time a"
        " JOIN participant p ON p.id = a.participant JOIN person pe ON pe.id = p.person"
        " JOIN session_slot sl ON sl.id = a.slot WHERE a.meeting = $1 AND a.state <> 'open'"
        " ORDER BY a.id DESC LIMIT 10",
        meeting,
    )
    return typed(AskedRow, found)


FREE = f"""
SELECT sl.id, sl.start_local, sl.end_local, sl.starts_at FROM session_slot sl
WHERE sl.session = (SELECT session FROM meeting WHERE id = $1) AND sl.starts_at > $2
    AND sl.id <> (SELECT slot FROM meeting WHERE id = $1)
    AND NOT EXISTS (SELECT FROM meeting_seat t JOIN meeting_seat b ON b.participant = t.participant
        WHERE t.meeting = $1 AND b.slot = sl.id AND b.live)
    AND NOT EXISTS (SELECT FROM meeting_seat t JOIN participant_away w
        ON w.participant = t.participant WHERE t.meeting = $1 AND w.slot = sl.id)
    AND NOT EXISTS (SELECT FROM meeting_seat t JOIN participant o ON o.id = t.participant
        WHERE t.meeting = $1 AND {CLASH.format(who="o", slot="sl")})
ORDER BY sl.starts_at LIMIT 60
"""  # noqa: S608 - constants


async def free_slots(meeting: int, now: datetime) -> list[FreeSlot]:
    """The slots to come in which all people of a meeting are free."""
    return typed(FreeSlot, await rows(FREE, meeting, now))


# Who is free in slot $2 of the session: neither in a meeting nor away, and not gone.
IS_FREE = f"""
o.state = 'taking'
AND NOT EXISTS (SELECT FROM meeting_seat b WHERE b.participant = o.id AND b.slot = $2 AND b.live)
AND NOT EXISTS (SELECT FROM participant_away w WHERE w.participant = o.id AND w.slot = $2)
AND NOT EXISTS (SELECT FROM session_slot sl WHERE sl.id = $2
    AND {CLASH.format(who="o", slot="sl")})
AND NOT EXISTS (SELECT FROM meeting_no_show ns JOIN meeting nm ON nm.id = ns.meeting
    WHERE ns.participant = o.id AND ns.taken_back_at IS NULL AND nm.slot = $2)
"""  # noqa: S608 - constants
AGREED = f"""
SELECT q.id AS request, o.id AS participant, o.key, pe.name, c.name AS company, c.country,
    (SELECT count(*) FROM meeting_seat t WHERE t.participant = o.id AND t.live) AS meetings,
    ARRAY[]::text[] AS reasons
FROM meeting_request q
JOIN participant o ON o.id = CASE WHEN q.asker = $1 THEN q.asked ELSE q.asker END
JOIN person pe ON pe.id = o.person JOIN company c ON c.id = o.company
WHERE $1 IN (q.asker, q.asked) AND q.state = 'accepted'
    AND NOT EXISTS (SELECT FROM meeting m WHERE m.request = q.id AND (m.live OR m.state = 'missed'))
    AND NOT EXISTS (SELECT FROM request_guest rg WHERE rg.request = q.id)
    AND {IS_FREE}
ORDER BY meetings, least(q.priority, q.answer_priority), q.id LIMIT 10
"""  # noqa: S608 - constants
RECOMMENDED = f"""
SELECT NULL::int AS request, o.id AS participant, o.key, pe.name, c.name AS company, c.country,
    (SELECT count(*) FROM meeting_seat t WHERE t.participant = o.id AND t.live) AS meetings,
    s.reasons
FROM meeting_suggestion s JOIN participant o ON o.id = s.other
JOIN person pe ON pe.id = o.person JOIN company c ON c.id = o.company
JOIN meeting_profile pr ON pr.id = o.profile JOIN participant me ON me.id = s.participant
WHERE s.participant = $1 AND pr.visible = 'shown' AND {IS_FREE}
    AND NOT EXISTS (SELECT FROM meeting_request q WHERE q.session = o.session AND
        ((q.asker = $1 AND q.asked = o.id) OR (q.asked = $1 AND q.asker = o.id)))
    AND NOT EXISTS (SELECT FROM meeting_block b WHERE (b.person = me.person AND b.other = o.person)
        OR (b.person = o.person AND b.other = me.person))
    AND NOT EXISTS (SELECT FROM meeting_signal g WHERE g.kind = 'refused' AND
        ((g.participant = $1 AND g.other = o.id) OR (g.participant = o.id AND g.other = $1)))
ORDER BY s.rank LIMIT 5
"""  # noqa: S608 - constants


async def is_free(participant: int, slot: int) -> bool:
    """Whether a participant could meet somebody in a slot."""
    found = await row(
        f"SELECT o.id FROM participant o WHERE o.id = $1 AND {IS_FREE}",  # noqa: S608 - constants
        participant,
        slot,
    )
    return found is not None


async def substitutes(participant: int, slot: int) -> list[Substitute]:
    """Whom a participant could meet in a slot: first those with whom a meeting is agreed but has
    no time, with the fewest meetings first; then recommended people who are free."""
    agreed = await rows(AGREED, participant, slot)
    return typed(Substitute, [*agreed, *await rows(RECOMMENDED, participant, slot)])


async def slot_now(session: int) -> dict[str, Any] | None:
    """The slot under way, with its `id`, `starts_at` and `ends_at`."""
    return await row(
        "SELECT id, starts_at, ends_at FROM session_slot WHERE session = $1 AND starts_at <= $2"
        " AND ends_at > $2",
        session,
        clock.now(),
    )
