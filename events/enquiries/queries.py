"""Reads of enquiries, their conversations, topics and routes. An agency sees what is at its own
desk; a company what its people asked; nobody else anything."""

from datetime import date, datetime, time
from uuid import UUID

import msgspec

from events.enquiries import rules
from events.enquiries.forms import EnquiriesQuery
from events.enquiries.rules import Act, Route, State, Week
from server import clock, holidays
from server.accounts.permissions import Actor, require
from server.database import page_id, row, rows, typed
from server.errors import NotFound

PAGE = 50


class DeskRow(msgspec.Struct, frozen=True, kw_only=True):
    """When a desk works, on the wall clock of its agency, and how long it keeps questions."""

    days: list[int] = msgspec.field(default_factory=lambda: [1, 2, 3, 4, 5])
    opens: time = time(9)
    closes: time = time(17)
    keep_months: int = 24


class TopicRow(msgspec.Struct, frozen=True, kw_only=True):
    """A topic of an agency; `people` are ids and `names` names of who answers."""

    id: int
    agency: int
    agency_name: str
    agency_slug: str
    name: str
    about: str
    target_hours: int
    open: bool
    office: int | None
    office_name: str
    office_slug: str
    people: list[int]
    names: list[str]


class RouteRow(msgspec.Struct, frozen=True, kw_only=True):
    """A route with its words."""

    id: int
    topic: int | None
    topic_name: str
    market: str
    language: str
    person: int
    person_name: str
    from_on: date
    until_on: date | None


class EnquiryLine(msgspec.Struct, frozen=True, kw_only=True):
    """An enquiry in a list."""

    id: int
    key: UUID
    agency_name: str
    topic_name: str
    state: State
    name: str
    company_name: str
    subject: str
    market: str
    language: str
    assignee_name: str
    asked_at: datetime
    due_at: datetime | None
    moved_at: datetime
    late: bool


class MessageRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something written in an enquiry."""

    id: int
    kind: str
    agency_name: str
    author: str
    body: str
    at: datetime


class PassRow(msgspec.Struct, frozen=True, kw_only=True):
    """An enquiry that is to be handed on, or was."""

    id: int
    from_agency: int
    from_name: str
    to_agency: int | None
    to_topic: int | None
    to_name: str
    to_email: str
    topic_name: str
    reason: str
    consent: str
    asked_at: datetime
    decided_at: datetime | None


class EnquiryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One enquiry, whole."""

    id: int
    key: UUID
    agency: int
    agency_name: str
    agency_country: str
    tz: str
    topic: int
    topic_name: str
    target_hours: int
    state: State
    turn: int
    company: int | None
    company_name: str
    person: int | None
    name: str
    email: str
    locale: str
    language: str
    market: str
    subject: str
    question: str
    about: str
    may_pass: bool
    assignee: int | None
    assignee_name: str
    asked_at: datetime
    arrived_at: datetime | None
    due_at: datetime | None
    first_answered_at: datetime | None
    first_minutes: int | None
    whole_minutes: int | None
    in_time: bool | None
    moved_at: datetime
    satisfaction: int | None
    erased_at: datetime | None

    def may(self, act: str) -> bool:
        """Whether an act has a place now: for the buttons of a page."""
        return rules.can(self.state, Act(act)) and self.erased_at is None


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """An enquiry with all that may be read of it by whoever asks."""

    enquiry: EnquiryRow
    messages: list[MessageRow]
    passes: list[PassRow]


_ROW = (
    "SELECT e.id, e.key, e.agency, a.name AS agency_name, a.country AS agency_country, a.tz,"
    " e.topic, t.name AS topic_name, t.target_hours, e.state, e.turn, e.company,"
    " coalesce(c.name, '') AS company_name, e.person, e.name, e.email, e.locale, e.language,"
    " e.market, e.subject, e.question, e.about, e.may_pass, e.assignee,"
    " coalesce(p.name, '') AS assignee_name, e.asked_at, e.arrived_at, e.due_at,"
    " e.first_answered_at, e.first_minutes, e.whole_minutes, e.in_time, e.moved_at,"
    " e.satisfaction, e.erased_at FROM enquiry e JOIN agency a ON a.id = e.agency"
    " JOIN enquiry_topic t ON t.id = e.topic LEFT JOIN company c ON c.id = e.company"
    " LEFT JOIN person p ON p.id = e.assignee"
)
_LINE = (
    "SELECT e.id, e.key, a.name AS agency_name, t.name AS topic_name, e.state, e.name,"
    " coalesce(c.name, '') AS company_name, e.subject, e.market, e.language,"
    " coalesce(p.name, '') AS assignee_name, e.asked_at, e.due_at, e.moved_at,"
    " (e.state = 'waiting' AND e.due_at < $1) AS late FROM enquiry e"
    " JOIN agency a ON a.id = e.agency JOIN enquiry_topic t ON t.id = e.topic"
    " LEFT JOIN company c ON c.id = e.company LEFT JOIN person p ON p.id = e.assignee"
)
_TOPIC = (
    "SELECT t.id, t.agency, a.name AS agency_name, a.slug AS agency_slug, t.name, t.about,"
    " t.target_hours, t.open, t.office, coalesce(o.name, '') AS office_name,"
    " coalesce(o.slug, '') AS office_slug,"
    " coalesce(array_agg(p.id ORDER BY p.name) FILTER (WHERE p.id IS NOT NULL), '{}') AS people,"
    " coalesce(array_agg(p.name ORDER BY p.name) FILTER (WHERE p.id IS NOT NULL), '{}') AS names"
    " FROM enquiry_topic t JOIN agency a ON a.id = t.agency LEFT JOIN office o ON o.id = t.office"
    " LEFT JOIN enquiry_topic_person x ON x.topic = t.id"
    " LEFT JOIN person p ON p.id = x.person AND p.disabled_at IS NULL"
)


async def desk(agency_id: int) -> DeskRow:
    """When an agency's desk works; from nine to five on weekdays where it never said."""
    found = await row(
        "SELECT days, opens, closes, keep_months FROM enquiry_desk WHERE agency = $1", agency_id
    )
    return msgspec.convert(found, DeskRow) if found else DeskRow()


async def week(topic_id: int) -> Week:
    """The working hours in which a topic is answered: the desk's, on the clock of its agency or of
    the topic's office, without public holidays and the office's closed days."""
    found = await row(
        "SELECT coalesce(o.tz, a.tz) AS tz, coalesce(o.country, a.country) AS country,"
        " coalesce(o.keeps_holidays, true) AS keeps, t.agency,"
        ' ARRAY(SELECT d."on" FROM office_day d WHERE d.office = o.id AND d.opens IS NULL) AS shut,'
        ' ARRAY(SELECT d."on" FROM office_day d WHERE d.office = o.id AND d.opens IS NOT NULL)'
        " AS kept FROM enquiry_topic t JOIN agency a ON a.id = t.agency"
        " LEFT JOIN office o ON o.id = t.office WHERE t.id = $1",
        topic_id,
    )
    assert found is not None
    hours = await desk(found["agency"])
    shut, kept = frozenset(found["shut"]), frozenset(found["kept"])
    country = found["country"] if found["keeps"] else ""

    def off(day: date) -> bool:
        holiday = bool(country) and day in holidays.days_of(country, day.year)
        return day in shut or (holiday and day not in kept)

    return Week(found["tz"], frozenset(hours.days), hours.opens, hours.closes, off)


async def topics_open() -> list[TopicRow]:
    """What one can ask about, of every agency, by agency and name."""
    found = await rows(
        _TOPIC
        + " WHERE t.open GROUP BY t.id, a.id, o.id ORDER BY lower(a.name), lower(t.name), t.id"
    )
    return typed(TopicRow, found)


async def topics(actor: Actor) -> list[TopicRow]:
    """The topics of the actor's agency."""
    require(actor, "enquiry.list")
    found = await rows(
        _TOPIC + " WHERE t.agency = $1 GROUP BY t.id, a.id, o.id ORDER BY lower(t.name), t.id",
        actor.agency_id,
    )
    return typed(TopicRow, found)


async def topic(actor: Actor, topic_id: int) -> TopicRow:
    """One topic of the actor's agency, or NotFound."""
    found = [each for each in await topics(actor) if each.id == topic_id]
    if not found:
        raise NotFound
    return found[0]


async def offices_of(actor: Actor) -> list[tuple[int, str]]:
    """(id, name) of the offices that the actor's agency runs or shares."""
    require(actor, "enquiry.list")
    found = await rows(
        "SELECT o.id, o.name FROM office o WHERE o.agency = $1 OR EXISTS (SELECT FROM office_agency"
        " x WHERE x.office = o.id AND x.agency = $1) ORDER BY lower(o.name), o.id",
        actor.agency_id,
    )
    return [(each["id"], each["name"]) for each in found]


async def route_rows(actor: Actor) -> list[RouteRow]:
    """The routes of the actor's agency: those that hold first, the newest first."""
    require(actor, "enquiry.list")
    found = await rows(
        "SELECT r.id, r.topic, coalesce(t.name, '') AS topic_name, r.market, r.language, r.person,"
        " p.name AS person_name, r.from_on, r.until_on FROM enquiry_route r"
        " LEFT JOIN enquiry_topic t ON t.id = r.topic JOIN person p ON p.id = r.person"
        " WHERE r.agency = $1 ORDER BY r.until_on IS NOT NULL, r.from_on DESC, r.id DESC LIMIT 200",
        actor.agency_id,
    )
    return typed(RouteRow, found)


async def routes_of(agency_id: int) -> list[Route]:
    """The routes of an agency whose person still works there."""
    found = await rows(
        "SELECT r.id, r.topic, r.market, r.language, r.person, r.from_on, r.until_on"
        " FROM enquiry_route r JOIN agency_member m ON m.agency = r.agency AND m.person = r.person"
        " JOIN person p ON p.id = r.person WHERE r.agency = $1 AND p.disabled_at IS NULL",
        agency_id,
    )
    return [Route(**each) for each in found]


async def listed(
    actor: Actor, query: EnquiriesQuery, cursor: str = "", limit: int = PAGE
) -> tuple[list[EnquiryLine], str | None]:
    """Enquiries at the actor's desk, the latest first; questions that wait: the most urgent
    first. The cursor is where the page ended."""
    require(actor, "enquiry.list")
    words = query.words.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    show = query.show or "waiting"
    found = await rows(
        _LINE + " WHERE e.agency = $2 AND e.state <> 'unconfirmed'"
        " AND CASE $3 WHEN 'waiting' THEN e.state IN ('waiting', 'consent')"
        " WHEN 'mine' THEN e.state IN ('waiting', 'consent') AND e.assignee = $4"
        " WHEN 'late' THEN e.state = 'waiting' AND e.due_at < $1"
        " WHEN 'answered' THEN e.state = 'answered' WHEN 'closed' THEN e.state = 'closed'"
        " WHEN 'passed' THEN e.state = 'passed_on' ELSE true END"
        " AND ($5::int IS NULL OR e.topic = $5)"
        " AND ($6 = '%%' OR e.subject ILIKE $6 OR e.question ILIKE $6 OR e.name ILIKE $6"
        " OR c.name ILIKE $6) AND ($7::int IS NULL OR e.id < $7) ORDER BY e.id DESC LIMIT $8",
        clock.now(),
        actor.agency_id,
        show,
        actor.person_id,
        query.topic,
        f"%{words}%",
        page_id(cursor),
        limit + 1,
    )
    shown = typed(EnquiryLine, found[:limit])
    return shown, str(shown[-1].id) if len(found) > limit else None


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many enquiries of a desk are in what shape."""

    waiting: int
    mine: int
    late: int
    answered: int


async def counts(actor: Actor) -> Counts:
    """The figures above the list."""
    require(actor, "enquiry.list")
    found = await row(
        "SELECT count(*) FILTER (WHERE state <> 'answered') AS waiting,"
        " count(*) FILTER (WHERE state <> 'answered' AND assignee = $3) AS mine,"
        " count(*) FILTER (WHERE state = 'waiting' AND due_at < $2) AS late,"
        " count(*) FILTER (WHERE state = 'answered') AS answered FROM enquiry"
        " WHERE agency = $1 AND state IN ('waiting', 'consent', 'answered')",
        actor.agency_id,
        clock.now(),
        actor.person_id,
    )
    assert found is not None
    return typed(Counts, found)


async def mine(
    actor: Actor, cursor: str = "", limit: int = PAGE
) -> tuple[list[EnquiryLine], str | None]:
    """What the actor's company asked, the latest first."""
    require(actor, "enquiry.own")
    found = await rows(
        _LINE + " WHERE e.company = $2 AND ($3::int IS NULL OR e.id < $3)"
        " ORDER BY e.id DESC LIMIT $4",
        clock.now(),
        actor.company_id,
        page_id(cursor),
        limit + 1,
    )
    shown = typed(EnquiryLine, found[:limit])
    return shown, str(shown[-1].id) if len(found) > limit else None


async def passed_on(actor: Actor) -> list[PassRow]:
    """What the actor's agency has lately handed on: the reason and the place, not the question."""
    require(actor, "enquiry.list")
    return typed(
        PassRow,
        await rows(_HANDED + " WHERE x.from_agency = $1 ORDER BY x.id DESC LIMIT 50",
                   actor.agency_id),
    )  # fmt: skip


_HANDED = (
    "SELECT x.id, x.from_agency, f.name AS from_name, x.to_agency, x.to_topic,"
    " coalesce(a.name, x.to_name) AS to_name, x.to_email, coalesce(t.name, '') AS topic_name,"
    " x.reason, x.consent, x.asked_at, x.decided_at FROM enquiry_pass x"
    " JOIN agency f ON f.id = x.from_agency LEFT JOIN agency a ON a.id = x.to_agency"
    " LEFT JOIN enquiry_topic t ON t.id = x.to_topic"
)


async def enquiry(enquiry_id: int) -> EnquiryRow:
    """The row, or NotFound: for steps that have looked who asks."""
    found = await row(_ROW + " WHERE e.id = $1", enquiry_id)
    if found is None:
        raise NotFound
    return typed(EnquiryRow, found)


async def at_desk(actor: Actor, enquiry_id: int) -> EnquiryRow:
    """An enquiry at the actor's desk, or NotFound."""
    require(actor, "enquiry.list")
    found = await row(
        _ROW + " WHERE e.id = $1 AND e.agency = $2 AND e.state <> 'unconfirmed'",
        enquiry_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound
    return typed(EnquiryRow, found)


async def of_company(actor: Actor, key: UUID) -> EnquiryRow:
    """What the actor's company asked, or NotFound."""
    require(actor, "enquiry.own")
    found = await row(_ROW + " WHERE e.key = $1 AND e.company = $2", key, actor.company_id)
    if found is None:
        raise NotFound
    return typed(EnquiryRow, found)


async def by_key(key: UUID) -> EnquiryRow:
    """The enquiry behind a signed link whose signature was checked."""
    found = await row(_ROW + " WHERE e.key = $1", key)
    if found is None:
        raise NotFound
    return typed(EnquiryRow, found)


async def conversation(found: EnquiryRow, *, agency: int | None = None) -> Conversation:
    """All that may be read: without an agency what the person who asked may see; with one also
    its own notes, never another's."""
    said = await rows(
        "SELECT m.id, m.kind, coalesce(a.name, '') AS agency_name, m.author, m.body, m.at"
        " FROM enquiry_message m LEFT JOIN agency a ON a.id = m.agency WHERE m.enquiry = $1"
        " AND (m.kind <> 'note' OR m.agency = $2) ORDER BY m.id LIMIT 500",
        found.id,
        agency,
    )
    passes = await rows(_HANDED + " WHERE x.enquiry = $1 ORDER BY x.id LIMIT 100", found.id)
    return Conversation(
        enquiry=found, messages=typed(MessageRow, said), passes=typed(PassRow, passes)
    )


async def desk_conversation(actor: Actor, enquiry_id: int) -> Conversation:
    """The same by number, for the API."""
    found = await at_desk(actor, enquiry_id)
    return await conversation(found, agency=actor.agency_id)


async def own_conversation(actor: Actor, key: UUID) -> Conversation:
    """The same for the company that asked."""
    return await conversation(await of_company(actor, key))
