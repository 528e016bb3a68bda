"""What participants do about each other: ask, answer, cancel, wish, pass over, block."""

from uuid import UUID

from events.matchmaking import queries as sessions
from events.matchmaking.rows import ParticipantRow, SessionRow
from events.requests import additions, mailing, queries, rules
from events.requests.forms import AcceptForm, AskForm, CancelForm, DeclineForm, LinkForm
from events.requests.rows import RequestRow
from events.requests.rules import Kind, RequestState
from server import clock, jobs
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, row, rows, step, value
from server.errors import Conflict, NotFound, Refused
from server.locking import lock
from server.text import N_


@step
async def taking(actor: Actor, session_id: int) -> ParticipantRow:
    """The actor in the session, taking part."""
    require(actor, "request.own")
    found = await sessions.me(actor, session_id)
    if found.state != "taking":
        raise Conflict(N_("You do not take part in this session. Nothing was changed."))
    return found


@step
async def stay(*participants: int) -> None:
    """Keep people in the session until this transaction ends."""
    await rows(
        "SELECT id FROM participant WHERE id = ANY($1::int[]) ORDER BY id FOR SHARE",
        list(participants),
    )


@action
async def ask(actor: Actor, form: AskForm, *, session_id: int, key: UUID) -> int:
    """Ask somebody for a meeting: nobody's time is held. The request's id."""
    me = await taking(actor, session_id)
    other = await sessions.by_key(session_id, key)
    await lock("meeting_requests", me.id, other.id)
    await stay(me.id, other.id)
    me = await taking(actor, session_id)
    other = await sessions.by_key(session_id, key)
    rules.may_ask(await queries.case(me, other))
    session = await sessions.session(session_id)
    now = clock.now()
    await expire(me.id, other.id)
    made = int(
        await value(
            "INSERT INTO meeting_request (session, asker, asked, message, priority, state, made_at,"
            " expires_at) VALUES ($1,$2,$3,$4,$5,'open',$6,$7) RETURNING id",
            session_id,
            me.id,
            other.id,
            form.message,
            form.priority,
            now,
            rules.good_until(now, session.answers_until, session.first_at),
        )
    )
    await out_of_lists(me.id, other.id)
    await _record(actor, session, "request.ask", made)
    await mailing.asked(session, other, await queries.request(session_id, made))
    return made


@step
async def expire(one: int, other: int) -> None:
    """Write down that an open request between two has passed its day."""
    await execute(
        "UPDATE meeting_request SET state = 'expired', ended_at = expires_at WHERE state = 'open'"
        " AND expires_at <= $3 AND $1 IN (asker, asked) AND $2 IN (asker, asked)",
        one,
        other,
        clock.now(),
    )


@step
async def end_open(session_id: int) -> None:
    """Write down that the open requests of a session end without an answer, now."""
    await execute(
        "UPDATE meeting_request SET state = 'expired', ended_at = $2"
        " WHERE session = $1 AND state = 'open'",
        session_id,
        clock.now(),
    )


@step
async def hold(session_id: int, request_id: int) -> RequestRow:
    """A request with its row locked: who answers and who cancels come one after the other."""
    await row(
        "SELECT id FROM meeting_request WHERE session = $1 AND id = $2 FOR UPDATE",
        session_id,
        request_id,
    )
    return await queries.request(session_id, request_id)


@step
async def out_of_lists(one: int, other: int) -> None:
    """Two who have something between them are no suggestion for each other any more."""
    await execute(
        "DELETE FROM meeting_suggestion WHERE participant = $1 AND other = $2"
        " OR participant = $2 AND other = $1",
        one,
        other,
    )


@step
async def _record(actor: Actor, session: SessionRow, verb: str, request_id: int) -> None:
    await record(actor, verb, "meeting_request", request_id, agency_id=session.agency)


@step
async def _answer(
    actor: Actor, session_id: int, request_id: int, to: RequestState, priority: int | None, why: str
) -> int:
    me = await taking(actor, session_id)
    found = await hold(session_id, request_id)
    if found.asked != me.id:
        raise NotFound(queries.NONE)
    session = await sessions.session(session_id)
    rules.move(found.state, to, found.asker_name)
    now = clock.now()
    if session.state not in ("open", "closed", "running") or (
        session.answers_until is not None and now >= session.answers_until
    ):
        raise Conflict(N_("The time for answers is over. The request stays without one."))
    await execute(
        "UPDATE meeting_request SET state = $2, answer_priority = $3, why = $4, answered_at = $5"
        " WHERE id = $1",
        request_id,
        to.value,
        priority,
        why,
        now,
    )
    verb = "request.accept" if to is RequestState.ACCEPTED else "request.decline"
    await _record(actor, session, verb, request_id)
    asker = await sessions.participant(session_id, found.asker)
    await mailing.answered(session, asker, await queries.request(session_id, request_id))
    return request_id


@action
async def accept(actor: Actor, form: AcceptForm, *, session_id: int, request_id: int) -> int:
    """Say yes. Conflict when it was cancelled, has expired or is answered."""
    return await _answer(actor, session_id, request_id, RequestState.ACCEPTED, form.priority, "")


@action
async def decline(actor: Actor, form: DeclineForm, *, session_id: int, request_id: int) -> int:
    """Say no, with the reason that the asker reads."""
    return await _answer(actor, session_id, request_id, RequestState.DECLINED, None, form.why)


@action
async def answer_by_link(form: LinkForm, *, token: str) -> RequestState:
    """The answer of whoever opens the address in a mail, in the name of who was asked."""
    actor, found = await by_link(token)
    accepts = form.answer == "accept"
    to = RequestState.ACCEPTED if accepts else RequestState.DECLINED
    await _answer(
        actor,
        found.session,
        found.id,
        to,
        form.priority if accepts else None,
        "" if accepts else form.why,
    )
    return to


async def by_link(token: str) -> tuple[Actor, RequestRow]:
    """Who an address stands for and the request it answers; NotFound, without a word why."""
    number, signature = mailing.number(token)
    who = await row(
        "SELECT r.session, r.asked, h.id, h.name, h.email, h.locale, c.id AS company, c.name"
        " AS company_name, m.role FROM meeting_request r JOIN participant p ON p.id = r.asked"
        " JOIN person h ON h.id = p.person JOIN company c ON c.id = p.company"
        " JOIN company_member m ON m.company = p.company AND m.person = p.person WHERE r.id = $1",
        number,
    )
    if who is None or not mailing.fits(number, who["asked"], signature):
        raise NotFound
    actor = Actor(
        person_id=who["id"], name=who["name"], email=who["email"], locale=who["locale"],
        company_id=who["company"], company_name=who["company_name"], company_role=who["role"],
    )  # fmt: skip
    return actor, await queries.request(who["session"], number)


@action
async def cancel(actor: Actor, form: CancelForm, *, session_id: int, request_id: int) -> int:
    """Take one's own request back, or cancel what was agreed, whichever side one is on."""
    me = await taking(actor, session_id)
    found = await hold(session_id, request_id)
    if me.id not in (found.asker, found.asked):
        raise NotFound(queries.NONE)
    if found.state is RequestState.OPEN and found.asker != me.id:
        raise Refused(N_("This request was sent to you: accept or decline it."))
    await end(actor, await sessions.session(session_id), found, form.why, but=me.id)
    return request_id


@step
async def end(
    actor: Actor, session: SessionRow, found: RequestRow, why: str, *, but: int | None = None
) -> None:
    """Cancel a request that is held: an accepted one is followed, and told to all but one
    unless its meeting had a time and the plan tells them."""
    rules.move(found.state, RequestState.CANCELLED, found.other_name(but or 0))
    await execute(
        "UPDATE meeting_request SET state = 'cancelled', why = $2, ended_at = $3 WHERE id = $1",
        found.id,
        why,
        clock.now(),
    )
    await _record(actor, session, "request.cancel", found.id)
    if found.state is not RequestState.ACCEPTED:
        return
    if await additions.has_ended(actor, session.id, found.id, why):
        return
    now = await queries.request(session.id, found.id)
    guests = [each.participant for each in await queries.guests(found.id)]
    concerned = [each for each in (found.asker, found.asked, *guests) if each != but]
    for each in await sessions.people(session.id, ids=concerned):
        await mailing.cancelled(session, each, now, actor.name)


@step
async def left(actor: Actor, session: SessionRow, gone: ParticipantRow) -> None:
    """Somebody has left: their requests end, those who had agreed to meet them are told."""
    for each in await rows(
        "SELECT id FROM meeting_request WHERE session = $1 AND $2 IN (asker, asked)"
        " AND state IN ('open', 'accepted') ORDER BY id",
        session.id,
        gone.id,
    ):
        found = await hold(session.id, each["id"])
        if found.state in rules.LIVE:
            await end(actor, session, found, "", but=gone.id)
    await execute("DELETE FROM request_guest WHERE participant = $1", gone.id)
    await execute("DELETE FROM meeting_suggestion WHERE $1 IN (participant, other)", gone.id)


async def _signal(actor: Actor, session_id: int, key: UUID, kind: Kind | None) -> int:
    me = await taking(actor, session_id)
    other = await sessions.by_key(session_id, key)
    if other.company_id == me.company_id:
        raise Refused(N_("{name} is of your own company."), name=other.name)
    await execute(
        "DELETE FROM meeting_signal WHERE participant = $1 AND other = $2", me.id, other.id
    )
    if kind is not None:
        await execute(
            "INSERT INTO meeting_signal (participant, other, kind, at) VALUES ($1,$2,$3,$4)"
            " ON CONFLICT (participant, other) DO UPDATE SET kind = excluded.kind",
            me.id,
            other.id,
            kind.value,
            clock.now(),
        )
    if kind is Kind.REFUSED:
        await execute(
            "DELETE FROM meeting_suggestion WHERE participant = $1 AND other = $2", me.id, other.id
        )
    await jobs.enqueue("requests.suggest_to", participant_id=me.id)
    return other.id


@action
async def wish(actor: Actor, *, session_id: int, key: UUID) -> int:
    """Note for oneself that one would like to meet somebody: others like them are suggested."""
    return await _signal(actor, session_id, key, Kind.WISH)


@action
async def pass_over(actor: Actor, *, session_id: int, key: UUID) -> int:
    """Not interested: out of one's list at once, and others like them sink."""
    return await _signal(actor, session_id, key, Kind.REFUSED)


@action
async def forget(actor: Actor, *, session_id: int, key: UUID) -> int:
    """Take back what one said of somebody."""
    return await _signal(actor, session_id, key, None)


@action
async def block(actor: Actor, *, session_id: int, key: UUID) -> int:
    """Neither finds nor asks the other any more, in any session; requests that are open end."""
    me = await taking(actor, session_id)
    other = await sessions.by_key(session_id, key)
    if other.company_id == me.company_id:
        raise Refused(N_("{name} is of your own company."), name=other.name)
    await execute(
        "INSERT INTO meeting_block (person, other, since) VALUES ($1,$2,$3) ON CONFLICT DO NOTHING",
        me.person_id,
        other.person_id,
        clock.now(),
    )
    for each in await rows(
        "SELECT r.id, r.session FROM meeting_request r JOIN participant a ON a.id = r.asker"
        " JOIN participant b ON b.id = r.asked WHERE r.state = 'open' AND (a.person, b.person)"
        " IN (($1::int, $2::int), ($2::int, $1::int)) ORDER BY r.id",
        me.person_id,
        other.person_id,
    ):
        found = await hold(each["session"], each["id"])
        if found.state is RequestState.OPEN:
            await end(actor, await sessions.session(each["session"]), found, "")
    await execute(
        "DELETE FROM meeting_suggestion s USING participant a, participant b"
        " WHERE a.id = s.participant AND b.id = s.other AND (a.person, b.person)"
        " IN (($1::int, $2::int), ($2::int, $1::int))",
        me.person_id,
        other.person_id,
    )
    await jobs.enqueue("requests.suggest_to", participant_id=me.id)
    return other.id


@action
async def unblock(actor: Actor, *, session_id: int, key: UUID) -> int:
    """Both may find and ask each other again."""
    me = await taking(actor, session_id)
    other = await sessions.by_key(session_id, key)
    await execute(
        "DELETE FROM meeting_block WHERE person = $1 AND other = $2", me.person_id, other.person_id
    )
    return other.id
