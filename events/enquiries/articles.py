"""Articles: reading, searching in many languages, and what may help with a question."""

import hashlib
from datetime import datetime
from uuid import UUID

import msgspec

from events.enquiries import rules
from events.enquiries.forms import SearchQuery
from events.enquiries.rules import HIT_OFF, HIT_ON
from server import clock
from server.accounts.permissions import Actor, require
from server.database import row, rows, typed
from server.errors import NotFound
from server.settings import load
from server.web.signing import sign

PAGE = 20
SUGGESTED = 4


class ArticleRow(msgspec.Struct, frozen=True, kw_only=True):
    """An article."""

    id: int
    agency: int
    agency_name: str
    topic: int | None
    topic_name: str
    slug: str
    family: UUID
    language: str
    title: str
    body: str
    state: str
    version: int
    enquiry: int | None
    published_at: datetime | None
    changed_at: datetime
    helped: int
    unhelped: int
    tz: str


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """An article that was found. `headline` is a passage with the words looked for between
    U+E000 and U+E001; `rank` grows with the match."""

    id: int
    slug: str
    language: str
    title: str
    agency_name: str
    headline: str
    rank: float

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The headline cut into (words, was looked for)."""
        return rules.pieces(self.headline)


class VersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """What an article said."""

    version: int
    title: str
    body: str
    author: str
    at: datetime


_ROW = (
    "SELECT r.id, r.agency, a.name AS agency_name, r.topic, coalesce(t.name, '') AS topic_name,"
    " r.slug, r.family, r.language, r.title, r.body, r.state, r.version, r.enquiry,"
    " r.published_at, r.changed_at, r.helped, r.unhelped, a.tz FROM article r"
    " JOIN agency a ON a.id = r.agency LEFT JOIN enquiry_topic t ON t.id = r.topic"
)
_HEADLINE = (
    f"StartSel={HIT_ON}, StopSel={HIT_OFF}, MaxWords=32, MinWords=14, MaxFragments=2,"
    ' FragmentDelimiter=" … "'
)


async def published(slug: str) -> ArticleRow:
    """A published article, or NotFound."""
    found = await row(_ROW + " WHERE r.slug = $1 AND r.state = 'published'", slug)
    if found is None:
        raise NotFound
    return typed(ArticleRow, found)


async def in_other_words(article: ArticleRow) -> list[tuple[str, str]]:
    """(language, slug) of the published articles that say the same."""
    found = await rows(
        "SELECT language, slug FROM article WHERE family = $1 AND id <> $2"
        " AND state = 'published' ORDER BY language",
        article.family,
        article.id,
    )
    return [(each["language"], each["slug"]) for each in found]


async def own(actor: Actor, article_id: int) -> ArticleRow:
    """An article of the actor's agency in any state, or NotFound."""
    require(actor, "enquiry.list")
    found = await row(_ROW + " WHERE r.id = $1 AND r.agency = $2", article_id, actor.agency_id)
    if found is None:
        raise NotFound
    return typed(ArticleRow, found)


async def owned(
    actor: Actor, cursor: str = "", limit: int = 50
) -> tuple[list[ArticleRow], str | None]:
    """The articles of the actor's agency, the latest first."""
    require(actor, "enquiry.list")
    found = await rows(
        _ROW + " WHERE r.agency = $1 AND ($2 = 0 OR r.id < $2) ORDER BY r.id DESC LIMIT $3",
        actor.agency_id,
        int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 10 else 0,
        limit + 1,
    )
    shown = typed(ArticleRow, found[:limit])
    return shown, str(shown[-1].id) if len(found) > limit else None


async def versions(article_id: int) -> list[VersionRow]:
    """What an article has said, the latest first."""
    found = await rows(
        "SELECT v.version, v.title, v.body, coalesce(p.name, '') AS author, v.at"
        " FROM article_version v LEFT JOIN person p ON p.id = v.person WHERE v.article = $1"
        " ORDER BY v.version DESC LIMIT 100",
        article_id,
    )
    return typed(VersionRow, found)


def _place(cursor: str) -> tuple[float, int] | None:
    """Where a page of hits ended: rank and id."""
    rank, _, number = cursor.partition("_")
    try:
        found = float.fromhex(rank), int(number)
    except (ValueError, OverflowError):
        return None
    return found if 0 <= found[0] < 1e6 and 0 <= found[1] < 2**31 else None


async def search(
    query: SearchQuery, cursor: str = "", limit: int = PAGE
) -> tuple[list[Hit], str | None]:
    """Published articles that have the words, the best first; without words the newest.

    Words are understood as people write them in search engines (websearch_to_tsquery), once for
    each language, so that each article is asked in its own; the index on `search` answers.
    """
    place = _place(cursor)
    languages = [query.language] if query.language else list(rules.LANGUAGES)
    if query.words.strip():
        found = await rows(
            "WITH hit AS (SELECT r.id, ts_rank_cd(r.search, l.query, 1)::float8 AS rank, l.query"
            " FROM (SELECT code, websearch_to_tsquery(article_config(code), $1) AS query"
            " FROM unnest($2::text[]) code) l JOIN article r ON r.language = l.code"
            " AND r.search @@ l.query WHERE r.state = 'published')"
            " SELECT r.id, r.slug, r.language, r.title, a.name AS agency_name, h.rank,"
            " ts_headline(article_config(r.language), r.body, h.query, $3) AS headline"
            " FROM (SELECT * FROM hit WHERE $4::float8 IS NULL OR (rank, -id) < ($4, -$5::int)"
            " ORDER BY rank DESC, id LIMIT $6) h JOIN article r ON r.id = h.id"
            " JOIN agency a ON a.id = r.agency ORDER BY h.rank DESC, h.id",
            query.words,
            languages,
            _HEADLINE,
            place[0] if place else None,
            place[1] if place else 0,
            limit + 1,
        )
    else:
        found = await rows(
            "SELECT r.id, r.slug, r.language, r.title, a.name AS agency_name, 0::float8 AS rank,"
            " CASE WHEN length(r.body) > 200 THEN"
            " regexp_replace(left(r.body, 200), '\\s+\\S*$', ' …') ELSE r.body END AS headline"
            " FROM article r JOIN agency a ON a.id = r.agency"
            " WHERE r.state = 'published' AND r.language = ANY($1::text[])"
            " AND ($2::int IS NULL OR r.id < $2) ORDER BY r.id DESC LIMIT $3",
            languages,
            place[1] if place else None,
            limit + 1,
        )
    shown = typed(Hit, found[:limit])
    return shown, f"{shown[-1].rank.hex()}_{shown[-1].id}" if len(found) > limit else None


async def suggested(text: str, language: str, topic: int) -> list[Hit]:
    """Articles in the language of a question that share words with it, at least two of them (or
    all it has); those of its topic a little before the others."""
    found = await rows(
        "WITH asked AS (SELECT tsvector_to_array(to_tsvector(article_config($2), $1)) AS words),"
        " wanted AS (SELECT words, (SELECT string_agg('''' || replace(replace(w, chr(92),"
        " repeat(chr(92), 2)), '''', '''''') || '''', ' | ') FROM unnest(words) w)::tsquery"
        " AS query FROM asked WHERE cardinality(words) > 0)"
        " SELECT id, slug, language, title, agency_name, rank,"
        " ts_headline(article_config(language), body, query, $4) AS headline FROM ("
        "SELECT r.id, r.slug, r.language, r.title, r.body, a.name AS agency_name, w.query,"
        " ts_rank(r.search, w.query, 1)::float8 * CASE WHEN r.topic = $3 THEN 1.2 ELSE 1 END"
        " AS rank FROM wanted w JOIN article r ON r.search @@ w.query"
        " JOIN agency a ON a.id = r.agency WHERE r.state = 'published' AND r.language = $2"
        " AND cardinality(ARRAY(SELECT unnest(w.words) INTERSECT"
        " SELECT unnest(tsvector_to_array(r.search)))) >= least(2, cardinality(w.words))"
        " ORDER BY rank DESC, r.id LIMIT $5) best ORDER BY rank DESC, id",
        text[:2000],
        language,
        topic,
        _HEADLINE,
        SUGGESTED,
    )
    return typed(Hit, found)


def voter(article_id: int, address: str, session: str) -> str:
    """Somebody on one day, not to be known again the next: a keyed hash."""
    said = f"{article_id}:{clock.now().date()}:{session or address}:{load().base_url}"
    return hashlib.sha256(sign("article-vote", said).encode()).hexdigest()
