"""The people of a session as one of them may see them: recommended first, then found by search."""
# ruff: noqa: S608 (statements are put together from the constants below)

from uuid import UUID

from babel import Locale

from events.matchmaking import queries as sessions
from events.matchmaking.recommending.taxonomy import named
from events.matchmaking.rows import ParticipantRow, ProfileRow
from events.requests import suggesting
from events.requests.forms import PeopleQuery
from events.requests.rows import Exposure, PersonCard, SilentRow
from server.accounts.permissions import Actor, require
from server.database import page_id, row, rows, typed, value
from server.errors import Conflict, NotFound
from server.organisations import nace
from server.text import N_, locale
from server.web.formats import country

PAGE = 20
GOODS = 3

_GOOD = (
    "ARRAY(SELECT coalesce(nullif(text, ''), codes[1]) FROM profile_good WHERE profile = r.id"
    " AND side = '{side}' ORDER BY position, id LIMIT {most})"
)
# $1 the participant who looks, $2 their person, $3 their company, $4 their group
CARD = (
    "SELECT p.id, p.key, h.name, r.position, c.name AS company_name, c.country,"
    " g.name AS group_name, r.intro, r.languages,"
    f" {_GOOD.format(side='offer', most=GOODS)} AS offers,"
    f" {_GOOD.format(side='need', most=GOODS)} AS needs,"
    " coalesce((SELECT kind FROM meeting_signal WHERE participant = $1 AND other = p.id), '')"
    " AS said, coalesce(q.state, '') AS request, coalesce(q.asker = $1, false) AS mine{more}"
    " FROM {what} JOIN person h ON h.id = p.person JOIN company c ON c.id = p.company"
    " JOIN participant_group g ON g.id = p.in_group JOIN meeting_profile r ON r.id = p.profile"
    " LEFT JOIN LATERAL (SELECT state, asker FROM meeting_request WHERE (asker, asked)"
    " IN (($1, p.id), (p.id, $1)) AND state IN ('open', 'accepted', 'declined')"
    " ORDER BY id DESC LIMIT 1) q ON true"
)
# Who may be found: takes part, is shown, of another company, nobody blocks, the groups allow it.
SEEN = (
    "p.state = 'taking' AND r.visible = 'shown' AND p.company <> $3 AND p.person <> $2"
    " AND NOT EXISTS (SELECT FROM meeting_block WHERE (person, other)"
    " IN (($2, p.person), (p.person, $2)))"
    " AND EXISTS (SELECT FROM group_rule WHERE asker = $4 AND asked = p.in_group)"
)


async def looking(actor: Actor, session_id: int) -> ParticipantRow:
    """The actor as somebody who may look at the others."""
    require(actor, "request.own")
    me = await sessions.me(actor, session_id)
    if me.state != "taking":
        raise Conflict(N_("You see the others as soon as you take part in this session."))
    return me


def _asker(me: ParticipantRow) -> tuple[int, int, int, int]:
    return me.id, me.person_id, me.company_id, me.group_id


def _cards(found: list[dict[str, object]]) -> list[PersonCard]:
    for each in found:
        for side in ("offers", "needs"):
            goods = each[side]
            assert isinstance(goods, list)
            each[side] = [
                named(good) if ":" in good and " " not in good else good for good in goods
            ]
    return typed(PersonCard, found)


async def recommended(me: ParticipantRow) -> list[PersonCard]:
    """The list of `me` as it was kept, best first, without whom they may not see any more."""
    return _cards(
        await rows(
            CARD.format(
                more=", s.reasons, s.rank",
                what="meeting_suggestion s JOIN participant p ON p.id = s.other",
            )
            + f" WHERE s.participant = $1 AND {SEEN} AND q.state IS NULL ORDER BY s.rank, p.id",
            *_asker(me),
        )
    )


async def my_list(actor: Actor, session_id: int) -> list[PersonCard]:
    """The recommendations of the actor; worked out now for who has none, in a small session."""
    me = await looking(actor, session_id)
    found = await recommended(me)
    if not found and await value(
        "SELECT s.state = 'open' AND count(p.id) <= $2 FROM meeting_session s"
        " JOIN participant p ON p.session = s.id AND p.state = 'taking'"
        " WHERE s.id = $1 GROUP BY s.state",
        session_id,
        suggesting.SMALL,
    ):
        await suggesting.for_one(me.id)
        found = await recommended(me)
    if found:
        await suggesting.note_shown(me.id, [each.id for each in found])
    return found


async def browse(
    actor: Actor, session_id: int, query: PeopleQuery, cursor: str = "", limit: int = PAGE
) -> tuple[list[PersonCard], str | None]:
    """Whom the actor may ask, narrowed by `query`, one page. Hidden and blocked people are not
    among them. Words are looked for in names, introductions, offers and needs."""
    me = await looking(actor, session_id)
    found = _cards(
        await rows(
            CARD.format(more="", what="participant p")
            + f" WHERE p.session = $5 AND {SEEN} AND p.id > $6"
            " AND ($7 = '' OR $7 = ANY(r.sectors)) AND ($8 = '' OR c.country = $8)"
            " AND ($9 = '' OR $9 = ANY(r.languages)) AND ($10::int IS NULL OR p.in_group = $10)"
            " AND ($11 = '' OR position(lower($11) IN lower(concat_ws(' ', h.name, c.name,"
            " r.position, r.intro, (SELECT string_agg(text, ' ') FROM profile_good"
            " WHERE profile = r.id)))) > 0) ORDER BY p.id LIMIT $12",
            *_asker(me),
            session_id,
            page_id(cursor) or 0,
            query.sector,
            query.country,
            query.language,
            query.group,
            query.words,
            limit + 1,
        )
    )
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


def language_names() -> dict[str, str]:
    """The names of languages by ISO 639 code, in the language of the page."""
    return dict(Locale.parse(locale()).languages)


async def choices(me: ParticipantRow) -> dict[str, list[tuple[str, str]]]:
    """What the filters offer: sectors, countries, languages and groups of those who can be seen."""
    found = await row(
        "WITH seen AS (SELECT r.sectors, r.languages, c.country, p.in_group FROM participant p"
        " JOIN company c ON c.id = p.company JOIN meeting_profile r ON r.id = p.profile"
        f" WHERE p.session = $5 AND $1 <> p.id AND {SEEN})"
        " SELECT ARRAY(SELECT DISTINCT unnest(sectors) FROM seen ORDER BY 1) AS sectors,"
        " ARRAY(SELECT DISTINCT unnest(languages) FROM seen ORDER BY 1) AS languages,"
        " ARRAY(SELECT DISTINCT country FROM seen ORDER BY 1) AS countries,"
        " ARRAY(SELECT DISTINCT in_group FROM seen) AS groups",
        *_asker(me),
        me.session,
    )
    assert found is not None
    names = language_names()
    return {
        "sectors": [(each, nace.title(each, "2.1") or each) for each in found["sectors"]],
        "languages": [(each, names.get(each, each)) for each in found["languages"]],
        "countries": [(each, country(each)) for each in found["countries"]],
        "groups": [
            (str(each.id), each.name)
            for each in await sessions.groups(me.session)
            if each.id in found["groups"]
        ],
    }


async def person(actor: Actor, session_id: int, key: UUID) -> tuple[PersonCard, ProfileRow]:
    """One of the people: whom the actor may see, or with whom there is a request."""
    me = await looking(actor, session_id)
    found = _cards(
        await rows(
            CARD.format(more="", what="participant p")
            + " WHERE p.session = $5 AND p.key = $6 AND (("
            + SEEN
            + ") OR EXISTS ("
            "SELECT FROM meeting_request m WHERE (m.asker, m.asked) IN (($1, p.id), (p.id, $1))"
            " AND m.state IN ('open', 'accepted')) OR EXISTS (SELECT FROM meeting_block"
            " WHERE person = $2 AND other = p.person))",
            *_asker(me),
            session_id,
            key,
        )
    )
    if not found:
        raise NotFound(N_("There is nobody here whom you may see at this address."))
    other = await sessions.participant(session_id, found[0].id)
    return found[0], (await sessions.profiles([other.profile]))[other.profile]


async def exposure(
    actor: Actor, session_id: int, cursor: str = "", limit: int = 50
) -> tuple[Exposure, list[SilentRow], str | None]:
    """The report for the organiser, and the people who stand in no list, one page."""
    await sessions.own_session(actor, session_id)
    found = typed(
        SilentRow,
        await rows(
            "SELECT p.id, h.name, c.name AS company_name, c.country, g.name AS group_name,"
            " 0 AS lists, 0 AS shown FROM participant p JOIN person h ON h.id = p.person"
            " JOIN company c ON c.id = p.company JOIN participant_group g ON g.id = p.in_group"
            " JOIN meeting_profile r ON r.id = p.profile WHERE p.session = $1"
            " AND p.state = 'taking' AND r.visible = 'shown' AND p.id > $2 AND NOT EXISTS"
            " (SELECT FROM meeting_suggestion s WHERE s.other = p.id) ORDER BY p.id LIMIT $3",
            session_id,
            page_id(cursor) or 0,
            limit + 1,
        ),
    )
    following = str(found[limit - 1].id) if len(found) > limit else None
    return await suggesting.exposure(actor, session_id), found[:limit], following
