"""The steps every act on an enquiry is made of: the move itself, what is written, arriving."""

from datetime import datetime
from uuid import UUID

from events.enquiries import queries, rules, telling
from events.enquiries.queries import EnquiryRow
from events.enquiries.rules import Act, State
from server import clock
from server.accounts.permissions import Actor
from server.audit import record
from server.database import execute, step, value
from server.errors import Conflict
from server.text import N_
from server.web.formats import moment

_QUICKER = N_(
    "Somebody else has written in the meantime. Nothing was sent, and your text is kept: read what"
    " is new, then send it if it still fits."
)


@step
async def held_at_desk(actor: Actor, enquiry_id: int, turn: int | None = None) -> EnquiryRow:
    """The enquiry at the actor's desk, locked, or NotFound; Conflict where it is not at `turn` any
    more, or what its person wrote was erased."""
    await execute("SELECT 1 FROM enquiry WHERE id = $1 FOR UPDATE", enquiry_id)
    found = await queries.at_desk(actor, enquiry_id)
    if found.erased_at is not None:
        raise Conflict(N_("What the person wrote was erased, so nobody can be answered."))
    if turn is not None and found.turn != turn:
        raise Conflict(_QUICKER)
    return found


@step
async def held_by_key(actor: Actor | None, key: UUID) -> EnquiryRow:
    """The enquiry of the actor's company, or (no actor) of a signed link, locked; or NotFound."""
    await execute("SELECT 1 FROM enquiry WHERE key = $1 FOR UPDATE", key)
    return await (queries.by_key(key) if actor is None else queries.of_company(actor, key))


@step
async def move(found: EnquiryRow, act: Act) -> State:
    """Let an act take its effect on the state; the new state. Compare-and-swap on `turn`."""
    state = rules.after(found.state, act)
    now = clock.now()
    ends = state in (State.CLOSED, State.PASSED_ON)
    done = await execute(
        "UPDATE enquiry SET state = $3, turn = turn + 1, moved_at = $4, closed_at = $5"
        " WHERE id = $1 AND turn = $2",
        found.id,
        found.turn,
        state.value,
        now,
        now if ends else None,
    )
    if done != "UPDATE 1":
        raise Conflict(_QUICKER)
    return state


@step
async def write(
    found: EnquiryRow, kind: str, body: str, actor: Actor, *, author: str = "", desk: bool = True
) -> int:
    """Put something into the conversation."""
    made: int = await value(
        "INSERT INTO enquiry_message (enquiry, kind, agency, person, author, body, at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        found.id,
        kind,
        found.agency if desk else None,
        actor.person_id,
        author or actor.name,
        body,
        clock.now(),
    )
    return made


@step
async def start_clock(enquiry_id: int, topic: int, now: datetime) -> datetime:
    """From now the topic's target runs; the instant at which it ends."""
    hours = await value("SELECT target_hours FROM enquiry_topic WHERE id = $1", topic)
    ends = rules.due(await queries.week(topic), now, hours)
    await execute(
        "UPDATE enquiry SET due_at = $2, reminded_at = NULL WHERE id = $1", enquiry_id, ends
    )
    return ends


@step
async def arrive(found: EnquiryRow, act: Act) -> None:
    """A question reaches its desk: routed to a person, its clock started, the desk told."""
    now = clock.now()
    routes = await queries.routes_of(found.agency)
    today = clock.today(found.tz)
    route = rules.route_for(routes, found.topic, found.market, found.language, today)
    state = rules.after(found.state, act)
    hours = rules.due(await queries.week(found.topic), now, found.target_hours)
    await execute(
        "UPDATE enquiry SET state = $2, turn = turn + 1, arrived_at = $3, due_at = $4,"
        " assignee = $5, moved_at = $3, closed_at = NULL, first_answered_at = NULL,"
        " first_minutes = NULL, whole_minutes = NULL, in_time = NULL, reminded_at = NULL"
        " WHERE id = $1",
        found.id,
        state.value,
        now,
        hours,
        route.person if route else None,
    )
    await record(
        Actor(person_id=found.person, company_id=found.company),
        f"enquiry.{act.value}", "enquiry", found.id, agency_id=found.agency,
        before={"state": found.state.value},
        after={"state": state.value, "topic": found.topic_name, "route": route and route.id},
    )  # fmt: skip
    now_at = await queries.enquiry(found.id)
    await telling.tell_desk(
        now_at, "enquiry-new", f"new:{now_at.turn}", due=moment(now_at.due_at, now_at.tz)
    )
