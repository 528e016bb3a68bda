"""Sessions, slots, places, groups and people as pages, actions and the rooms above read them."""

from collections.abc import Iterable
from uuid import UUID

from events.calendars.free import CLASH
from events.matchmaking.rows import (
    GoodRow,
    GroupRow,
    InterpreterRow,
    ParticipantRow,
    PlaceRow,
    ProfileRow,
    SessionRow,
    SlotRow,
)
from server.accounts.permissions import Actor, require
from server.database import page_id, row, rows, typed, value
from server.errors import NotFound
from server.text import N_

PAGE = 50
NONE = N_("This session does not exist, or it is not yours.")

SESSION = (
    "SELECT s.id, s.agency, a.name AS agency_name, s.fair, coalesce(f.name, '') AS fair_name,"
    " s.slug, s.kind, s.title, s.description, s.venue, s.country, s.tz, s.state, s.slot_minutes,"
    " s.requests_until, s.answers_until, s.by_invitation, s.by_application, s.of_exhibitors,"
    " s.most_in_a_row, s.fairness, s.walking, s.fee_minor, s.currency, s.version,"
    " t.first_at, t.last_at, coalesce(t.slots, 0) AS slots, coalesce(p.taking, 0) AS taking"
    " FROM meeting_session s JOIN agency a ON a.id = s.agency LEFT JOIN fair f ON f.id = s.fair"
    " LEFT JOIN LATERAL (SELECT min(starts_at) AS first_at, max(ends_at) AS last_at,"
    " count(*) AS slots FROM session_slot WHERE session = s.id) t ON true"
    " LEFT JOIN LATERAL (SELECT count(*) AS taking FROM participant"
    " WHERE session = s.id AND state = 'taking') p ON true"
)
PERSON = (
    "SELECT p.id, p.session, p.key, p.state, p.came_by, p.in_group AS group_id,"
    " g.name AS group_name, p.person AS person_id, h.name, h.email, h.locale,"
    " p.company AS company_id, c.name AS company_name, c.country AS company_country, p.profile,"
    " r.position, p.place, coalesce(l.label, '') AS place_label, p.most_meetings, p.online, p.tz,"
    " p.day_from, p.day_until, p.invoice, p.why, p.checked_in_at, p.created_at"
    " FROM participant p JOIN participant_group g ON g.id = p.in_group"
    " JOIN person h ON h.id = p.person JOIN company c ON c.id = p.company"
    " JOIN meeting_profile r ON r.id = p.profile LEFT JOIN session_place l ON l.id = p.place"
)


async def session(session_id: int) -> SessionRow:
    """A session: for rooms that check themselves whose it is."""
    found = await row(f"{SESSION} WHERE s.id = $1", session_id)
    if found is None:
        raise NotFound(NONE)
    return typed(SessionRow, found)


async def own_session(actor: Actor, session_id: int) -> SessionRow:
    """A session of the actor's agency."""
    require(actor, "session.list")
    found = await session(session_id)
    if found.agency != actor.agency_id and not actor.system:
        raise NotFound(NONE)
    return found


async def my_session(actor: Actor, session_id: int) -> SessionRow:
    """A session in which the actor takes part for their company, or, to its admin, a colleague."""
    require(actor, "participant.own")
    if not await value(
        "SELECT true FROM participant WHERE session = $1 AND company = $2"
        " AND (person = $3 OR $4) LIMIT 1",
        session_id,
        actor.company_id,
        actor.person_id,
        actor.company_role == "admin",
    ):
        raise NotFound(NONE)
    return await session(session_id)


async def me(actor: Actor, session_id: int) -> ParticipantRow:
    """The actor in a session. Raises NotFound for whoever is not in it for this company."""
    require(actor, "participant.own")
    found = await row(
        f"{PERSON} WHERE p.session = $1 AND p.person = $2 AND p.company = $3",
        session_id,
        actor.person_id,
        actor.company_id,
    )
    if found is None:
        raise NotFound(NONE)
    return typed(ParticipantRow, found)


async def by_slug(slug: str) -> SessionRow:
    """A session that everybody may know: it is out of draft and people may apply or are invited."""
    found = await row(f"{SESSION} WHERE s.slug = $1 AND s.state <> 'draft'", slug)
    if found is None:
        raise NotFound(N_("There is no session of meetings at this address."))
    return typed(SessionRow, found)


async def of_agency(
    actor: Actor, cursor: str = "", limit: int = PAGE
) -> tuple[list[SessionRow], str | None]:
    """The agency's sessions, the latest made first."""
    require(actor, "session.list")
    found = typed(
        SessionRow,
        await rows(
            f"{SESSION} WHERE s.agency = $1 AND ($2::int IS NULL OR s.id < $2)"
            " ORDER BY s.id DESC LIMIT $3",
            actor.agency_id,
            page_id(cursor),
            limit + 1,
        ),
    )
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


async def mine(
    actor: Actor, cursor: str = "", limit: int = PAGE
) -> tuple[list[SessionRow], str | None]:
    """The sessions that the actor is in, an admin also those of colleagues, the latest first."""
    require(actor, "session.own")
    found = typed(
        SessionRow,
        await rows(
            f"{SESSION} WHERE EXISTS (SELECT FROM participant m WHERE m.session = s.id"
            " AND m.company = $1 AND (m.person = $2 OR $3))"
            " AND ($4::int IS NULL OR s.id < $4) ORDER BY s.id DESC LIMIT $5",
            actor.company_id,
            actor.person_id,
            actor.company_role == "admin",
            page_id(cursor),
            limit + 1,
        ),
    )
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


async def slots(session_id: int) -> list[SlotRow]:
    """The slots in order."""
    return typed(
        SlotRow,
        await rows(
            "SELECT id, number, half, start_local, end_local, starts_at, ends_at"
            " FROM session_slot WHERE session = $1 ORDER BY starts_at",
            session_id,
        ),
    )


async def places(session_id: int) -> list[PlaceRow]:
    """The places in order, closed ones too."""
    return typed(
        PlaceRow,
        await rows(
            "SELECT l.id, l.kind, l.label, l.area, l.seats, l.company,"
            " coalesce(c.name, '') AS company_name, l.stand, l.position, l.closed,"
            " (SELECT count(*) FROM participant p WHERE p.place = l.id AND p.state = 'taking')"
            " AS people FROM session_place l LEFT JOIN company c ON c.id = l.company"
            " WHERE l.session = $1 ORDER BY l.position, l.id",
            session_id,
        ),
    )


async def groups(session_id: int) -> list[GroupRow]:
    """The groups in order, each with the groups that it may ask."""
    return typed(
        GroupRow,
        await rows(
            "SELECT g.id, g.name, g.position, g.most_requests, g.most_meetings,"
            " ARRAY(SELECT asked FROM group_rule WHERE asker = g.id ORDER BY asked) AS may_ask,"
            " (SELECT count(*) FROM participant p WHERE p.in_group = g.id AND p.state = 'taking')"
            " AS people FROM participant_group g WHERE g.session = $1 ORDER BY g.position, g.id",
            session_id,
        ),
    )


async def interpreters(session_id: int) -> list[InterpreterRow]:
    """The interpreters by name, each with the slots in which they are away."""
    return typed(
        InterpreterRow,
        await rows(
            "SELECT i.id, i.name, i.languages, ARRAY(SELECT slot FROM interpreter_away"
            " WHERE interpreter = i.id ORDER BY slot) AS away"
            " FROM interpreter i WHERE i.session = $1 ORDER BY i.name",
            session_id,
        ),
    )


async def people(
    session_id: int, states: Iterable[str] = ("taking",), ids: Iterable[int] | None = None
) -> list[ParticipantRow]:
    """Everybody of a session in these states, or those of `ids`, by company and name."""
    return typed(
        ParticipantRow,
        await rows(
            f"{PERSON} WHERE p.session = $1 AND p.state = ANY($2::text[])"
            " AND ($3::int[] IS NULL OR p.id = ANY($3)) ORDER BY c.name, h.name, p.id",
            session_id,
            list(states),
            None if ids is None else list(ids),
        ),
    )


async def people_page(
    session_id: int,
    *,
    state: str = "",
    group: int | None = None,
    words: str = "",
    cursor: str = "",
    limit: int = PAGE,
) -> tuple[list[ParticipantRow], str | None]:
    """One page of a session's people, the first that came first."""
    found = typed(
        ParticipantRow,
        await rows(
            f"{PERSON} WHERE p.session = $1 AND ($2 = '' OR p.state = $2)"
            " AND ($3::int IS NULL OR p.in_group = $3)"
            " AND position(lower($4) IN lower(h.name || ' ' || c.name || ' ' || h.email)) > 0"
            " AND p.id > $5 ORDER BY p.id LIMIT $6",
            session_id,
            state,
            group,
            words,
            page_id(cursor) or 0,
            limit + 1,
        ),
    )
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


async def participant(session_id: int, participant_id: int) -> ParticipantRow:
    """One of a session's people, in any state: for rooms that check themselves whose it is."""
    found = await row(f"{PERSON} WHERE p.session = $1 AND p.id = $2", session_id, participant_id)
    if found is None:
        raise NotFound(N_("This person is not in the session."))
    return typed(ParticipantRow, found)


async def by_key(session_id: int, key: UUID) -> ParticipantRow:
    """One of a session's people by the key that stands in addresses."""
    found = await row(f"{PERSON} WHERE p.session = $1 AND p.key = $2", session_id, key)
    if found is None:
        raise NotFound(N_("This person is not in the session."))
    return typed(ParticipantRow, found)


async def away(session_id: int) -> dict[int, dict[int, str]]:
    """participant id -> slot id -> why they cannot: `own`, `busy`, `agency`, or `calendar` where
    only a calendar of theirs says so."""
    found: dict[int, dict[int, str]] = {}
    for each in await rows(
        "SELECT w.participant, w.slot, w.why FROM participant_away w"  # noqa: S608
        " JOIN session_slot t ON t.id = w.slot WHERE t.session = $1 UNION ALL"
        " SELECT p.id, t.id, 'calendar' FROM participant p JOIN session_slot t"
        f" ON t.session = p.session WHERE p.session = $1 AND {CLASH.format(who='p', slot='t')}",
        session_id,
    ):
        found.setdefault(each["participant"], {}).setdefault(each["slot"], each["why"])
    return found


async def profiles(ids: Iterable[int]) -> dict[int, ProfileRow]:
    """Profiles by id, each with its goods in order; two statements for any number."""
    wanted = list(ids)
    goods: dict[int, list[GoodRow]] = {}
    for each in await rows(
        "SELECT profile, side, text, codes FROM profile_good WHERE profile = ANY($1::int[])"
        " ORDER BY position, id",
        wanted,
    ):
        goods.setdefault(each.pop("profile"), []).append(typed(GoodRow, each))
    found = await rows(
        "SELECT r.id, r.person AS person_id, r.company AS company_id, h.name,"
        " c.name AS company_name, c.country AS company_country, c.size_class, c.website,"
        " r.position, r.intro, r.visible, r.sectors, r.languages, r.markets, r.aims, r.gives,"
        " r.seeks, r.certificates, r.asks, r.sizes, r.version FROM meeting_profile r"
        " JOIN person h ON h.id = r.person JOIN company c ON c.id = r.company"
        " WHERE r.id = ANY($1::int[])",
        wanted,
    )
    return {
        each["id"]: typed(ProfileRow, {**each, "goods": goods.get(each["id"], [])})
        for each in found
    }
