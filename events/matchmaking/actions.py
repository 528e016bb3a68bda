"""Verbs of sessions: create, change, open, close, cancel; the timetable."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from events.fairs import queries as fairs
from events.fairs import rules as fair_rules
from events.matchmaking import queries, rules
from events.matchmaking.additions import Event, happened
from events.matchmaking.forms import ChangedSession, SessionForm, TimetableForm
from events.matchmaking.rows import SessionRow, SlotRow
from events.matchmaking.rules import LIVE, SessionState
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, rows, step, value
from server.errors import Conflict, Forbidden, Refused
from server.locking import lock
from server.money import to_minor
from server.organisations import queries as organisations
from server.text import N_, gettext

COLUMNS = (
    "kind", "title", "description", "venue", "country", "tz", "requests_until", "answers_until",
    "by_application", "of_exhibitors", "most_in_a_row", "fairness", "walking", "fee_minor",
    "currency",
)  # fmt: skip
FIRST_GROUP = N_("Participants")


@step
async def held(actor: Actor, session_id: int) -> SessionRow:
    """The agency's own session, locked for a change that a manager makes."""
    require(actor, "session.write")
    await lock("meeting_session", session_id)
    return await queries.own_session(actor, session_id)


@step
async def held_open(actor: Actor, session_id: int) -> SessionRow:
    """The same, refused when the session is over or cancelled."""
    found = await held(actor, session_id)
    if found.state in (SessionState.OVER, SessionState.CANCELLED):
        raise Conflict(N_("The session is over or cancelled. Nothing about it changes any more."))
    return found


@step
async def touched(session_id: int) -> None:
    """The session's version goes up: what was made from an earlier one is stale."""
    await execute(
        "UPDATE meeting_session SET version = version + 1, changed_at = $2 WHERE id = $1",
        session_id,
        clock.now(),
    )


async def _facts(actor: Actor, form: SessionForm, tz: str) -> dict[str, object]:
    venue, country = form.venue, form.country
    if form.fair is not None:
        fair = await fairs.own_fair(actor, form.fair)
        tz, venue = form.tz or fair.tz, venue or ", ".join(filter(None, (fair.venue, fair.city)))
        country = country or fair.country
    facts: dict[str, object] = {
        name: getattr(form, name) for name in COLUMNS if name not in ("fee_minor", "kind")
    }

    def instant(wall: datetime | None, field: str) -> datetime | None:
        try:
            return clock.to_utc(wall, tz) if wall else None
        except Refused as refused:
            raise Refused(str(refused), field=field) from None

    return facts | {
        "kind": form.kind.value,
        "venue": venue,
        "country": country,
        "tz": tz,
        "requests_until": instant(form.requests_until, "requests_until"),
        "answers_until": instant(form.answers_until, "answers_until"),
        "fee_minor": to_minor(form.fee, form.currency) if form.fee else None,
    }


@action
async def create_session(actor: Actor, form: SessionForm) -> int:
    """A draft with one group whose people may ask each other. Its id."""
    require(actor, "session.write")
    if actor.agency_id is None:
        raise Forbidden
    agency = await organisations.agency(actor.agency_id)
    facts = await _facts(actor, form, form.tz or agency.tz)
    await lock("meeting_session.slug", 0)
    today = clock.today(str(facts["tz"]))
    stem = fair_rules.slug(form.title, today)
    taken = await rows("SELECT slug FROM meeting_session WHERE slug LIKE $1", f"{stem}%")
    facts |= {
        "agency": actor.agency_id,
        "fair": form.fair,
        "slug": fair_rules.slug(form.title, today, {each["slug"] for each in taken}),
        "slot_minutes": 20,
        "created_at": clock.now(),
        "changed_at": clock.now(),
    }
    places = ", ".join(f"${n}" for n in range(1, len(facts) + 1))
    session_id: int = await value(
        f"INSERT INTO meeting_session ({', '.join(facts)}) VALUES ({places})"  # noqa: S608 - ours
        " RETURNING id",
        *facts.values(),
    )
    group = await value(
        "INSERT INTO participant_group (session, name) VALUES ($1, $2) RETURNING id",
        session_id,
        gettext(FIRST_GROUP),
    )
    await execute("INSERT INTO group_rule (asker, asked) VALUES ($1, $1)", group)
    await record(
        actor, "session.create", "meeting_session", session_id, after={"title": form.title}
    )
    return session_id


@action
async def change_session(actor: Actor, session_id: int, form: ChangedSession) -> int:
    """The facts as they are from now on. Raises Conflict when somebody else changed them."""
    found = await held_open(actor, session_id)
    if form.version != found.version:
        raise Conflict(
            N_(
                "Somebody else has changed this session since you opened the page. Your changes"
                " are below and are not saved: compare them and save again."
            )
        )
    if form.fair != found.fair and found.slots:
        raise Refused(
            N_("The slots are those of this fair. Make another session for another fair."),
            field="fair",
        )
    facts = await _facts(actor, form, form.tz or found.tz)
    if facts["tz"] != found.tz and found.slots:
        raise Refused(
            N_("The slots are hours of {zone}. Remove them before you change the zone."),
            field="tz",
            zone=found.tz,
        )
    fee = (facts["fee_minor"], facts["currency"])
    if fee != (found.fee_minor, found.currency) and await value(
        "SELECT true FROM participant WHERE session = $1 AND invoice IS NOT NULL LIMIT 1",
        session_id,
    ):
        raise Refused(
            N_("Somebody has an invoice of this price already, so it stays as it is."), field="fee"
        )
    facts["fair"] = form.fair
    places = ", ".join(f"{name} = ${n}" for n, name in enumerate(facts, 2))
    await execute(
        f"UPDATE meeting_session SET {places} WHERE id = $1",  # noqa: S608 - names of our columns
        session_id,
        *facts.values(),
    )
    await touched(session_id)
    await record(
        actor, "session.change", "meeting_session", session_id, after={"title": form.title}
    )
    return session_id


async def missing(session: SessionRow) -> list[str]:
    """What stands in the way of opening, in sentences."""
    found = []
    if not session.slots:
        found.append(N_("There are no slots: set the timetable."))
    places = await queries.places(session.id)
    if session.kind is not rules.Kind.ONLINE and not [one for one in places if not one.closed]:
        found.append(N_("There are no places: add tables, rooms or stands."))
    groups = await queries.groups(session.id)
    if not any(each.may_ask for each in groups):
        found.append(N_("Nobody may ask anybody: say which group may ask which."))
    return found


@step
async def move_to(actor: Actor, found: SessionRow, to: SessionState) -> None:
    """The session is in another state from now on, and the rooms above follow."""
    rules.move(found.state, to)
    await execute(
        "UPDATE meeting_session SET state = $2, version = version + 1, changed_at = $3"
        " WHERE id = $1",
        found.id,
        to.value,
        clock.now(),
    )
    await record(
        actor, f"session.{to.value}", "meeting_session", found.id,
        before={"state": found.state.value}, after={"state": to.value}, agency_id=found.agency,
    )  # fmt: skip
    await happened(Event.SESSION_STATE, actor, await queries.session(found.id))


@action
async def open_session(actor: Actor, session_id: int) -> None:
    """People may ask each other from now on. Refused while something is missing."""
    found = await held(actor, session_id)
    wanting = await missing(found)
    if wanting:
        raise Refused(wanting[0])
    await move_to(actor, found, SessionState.OPEN)


@action
async def close_session(actor: Actor, session_id: int) -> None:
    """No more requests."""
    await move_to(actor, await held(actor, session_id), SessionState.CLOSED)


@step
async def go_on(actor: Actor, session_id: int) -> SessionState | None:
    """What the clock brings: the first slot begins, the last one ends, requests are over."""
    await lock("meeting_session", session_id)
    found = await queries.session(session_id)
    now = clock.now()
    to = None
    if found.state in LIVE and found.last_at and found.last_at <= now:
        if found.state is not SessionState.RUNNING:
            await move_to(actor, found, SessionState.RUNNING)
            found = await queries.session(session_id)
        to = SessionState.OVER
    elif found.state in LIVE - {SessionState.RUNNING} and found.first_at and found.first_at <= now:
        to = SessionState.RUNNING
    elif found.state is SessionState.OPEN and found.requests_until and found.requests_until <= now:
        to = SessionState.CLOSED
    if to is not None:
        await move_to(actor, found, to)
    return to


async def _names_of(slots: Sequence[SlotRow]) -> tuple[str, str] | None:
    """(when, whose) of a live meeting in one of these slots, the earliest first."""
    found = await rows(
        "SELECT t.start_local, string_agg(h.name, ', ' ORDER BY h.name) AS people"
        " FROM meeting m JOIN session_slot t ON t.id = m.slot"
        " JOIN meeting_seat x ON x.meeting = m.id JOIN participant p ON p.id = x.participant"
        " JOIN person h ON h.id = p.person WHERE m.live AND m.slot = ANY($1::int[])"
        " GROUP BY m.id, t.start_local ORDER BY t.start_local, m.id LIMIT 1",
        [each.id for each in slots],
    )
    if not found:
        return None
    return f"{found[0]['start_local']:%Y-%m-%d %H:%M}", found[0]["people"]


@action
async def set_timetable(actor: Actor, session_id: int, form: TimetableForm) -> int:
    """Make the slots; those that stay at their time stay the same slot. How many there are.

    Raises Refused for a slot that would go and has a meeting, or is kept in an earlier plan.
    """
    found = await held_open(actor, session_id)
    made = rules.timetable(form.halves(), form.minutes, form.gap)
    spans: list[tuple[datetime, datetime]] = []
    for each in made:
        try:
            spans.append((clock.to_utc(each.start, found.tz), clock.to_utc(each.end, found.tz)))
        except Refused as refused:
            raise Refused(str(refused), field="other_days") from None
    before = {(each.starts_at, each.ends_at): each for each in await queries.slots(session_id)}
    gone = [each for span, each in before.items() if span not in set(spans)]
    meeting = await _names_of(gone)
    if meeting:
        raise Refused(
            N_(
                "At {when} there is a meeting of {people}. Move or cancel it before this slot"
                " goes. The timetable is unchanged."
            ),
            field="minutes",
            when=meeting[0],
            people=meeting[1],
        )
    try:
        await execute(
            "DELETE FROM session_slot WHERE id = ANY($1::int[])", [each.id for each in gone]
        )
    except asyncpg.ForeignKeyViolationError:
        raise Refused(
            N_(
                "Slots that would go stand in earlier plans of this session, which are kept."
                " Add slots beside them, or let people block those that are not used. The"
                " timetable is unchanged."
            ),
            field="minutes",
        ) from None
    await execute("UPDATE session_slot SET number = number + 10000 WHERE session = $1", session_id)
    for slot, span in zip(made, spans, strict=True):
        known = before.get(span)
        if known is not None:
            await execute(
                "UPDATE session_slot SET number = $2, half = $3 WHERE id = $1",
                known.id,
                slot.number,
                slot.half,
            )
    new = [(slot, span) for slot, span in zip(made, spans, strict=True) if span not in before]
    await execute(
        "INSERT INTO session_slot (session, number, half, start_local, end_local, starts_at,"
        " ends_at) SELECT $1, * FROM unnest($2::int[], $3::int[], $4::timestamp[],"
        " $5::timestamp[], $6::timestamptz[], $7::timestamptz[])",
        session_id,
        [slot.number for slot, _ in new],
        [slot.half for slot, _ in new],
        [slot.start for slot, _ in new],
        [slot.end for slot, _ in new],
        [span[0] for _, span in new],
        [span[1] for _, span in new],
    )
    await execute(
        "UPDATE meeting_session SET slot_minutes = $2 WHERE id = $1", session_id, form.minutes
    )
    await touched(session_id)
    await record(actor, "session.slots", "meeting_session", session_id, after={"slots": len(made)})
    await happened(Event.SLOTS_CHANGED, actor, await queries.session(session_id))
    return len(made)
