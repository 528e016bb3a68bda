"""Verbs of people: who takes part, who is refused, who leaves, what it costs, when they cannot."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from events.matchmaking import people_forms as forms
from events.matchmaking import queries, rules
from events.matchmaking.actions import held_open
from events.matchmaking.additions import Event, happened
from events.matchmaking.profiles import profile_of
from events.matchmaking.rows import ParticipantRow, SessionRow
from events.matchmaking.rules import LIVE, CameBy, Kind, ParticipantState, SessionState
from server import clock
from server.accounts.actions import person_for
from server.accounts.permissions import SYSTEM, Actor, require
from server.audit import record
from server.billing import crediting, invoices
from server.billing.sums import InvoiceLine
from server.billing.vat import Supply
from server.database import action, execute, row, rows, step, value
from server.errors import Conflict, NotFound, Refused
from server.locking import lock
from server.mail.actions import send
from server.mail.writing import link
from server.organisations import guests
from server.text import N_, gettext

PAYMENT_DAYS = 14
_ALREADY = N_("{name} is in this session already. Nothing was changed.")


@step
async def take_in(
    actor: Actor,
    session: SessionRow,
    *,
    person_id: int,
    company_id: int,
    group: int,
    came_by: CameBy,
    accepted: bool,
    free: bool = False,
    place: int | None = None,
) -> int:
    """Somebody applies, or is taken at once when `accepted`. The participant's id.

    Whoever was refused or has left comes back as the same participant. Raises Conflict for whoever
    is in it already.
    """
    await lock("meeting_session.person", f"{session.id}:{person_id}")
    known = await row(
        "SELECT p.id, p.state, h.name FROM participant p JOIN person h ON h.id = p.person"
        " WHERE p.session = $1 AND p.person = $2",
        session.id,
        person_id,
    )
    back = (ParticipantState.REFUSED, ParticipantState.LEFT)
    if known is not None and known["state"] not in back:
        raise Conflict(_ALREADY, name=known["name"])
    if not any(each.id == group for each in await queries.groups(session.id)):
        raise Refused(N_("Choose a group of this session."), field="group")
    profile = await profile_of(person_id, company_id)
    facts = (
        group, company_id, profile, ParticipantState.APPLIED.value, came_by.value, place,
        session.kind is Kind.ONLINE, clock.now(),
    )  # fmt: skip
    if known is None:
        participant: int = await value(
            "INSERT INTO participant (in_group, company, profile, state, came_by, place, online,"
            " changed_at, session, person, key, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $8) RETURNING id",
            *facts,
            session.id,
            person_id,
            uuid4(),
        )
    else:
        participant = known["id"]
        await execute(
            "UPDATE participant SET in_group = $1, company = $2, profile = $3, state = $4,"
            " came_by = $5, place = $6, online = $7, changed_at = $8, invoice = NULL, why = ''"
            " WHERE id = $9",
            *facts,
            participant,
        )
    await record(
        actor, "participant.apply", "participant", participant,
        after={"session": session.title, "came_by": came_by.value},
        agency_id=session.agency, company_id=company_id,
    )  # fmt: skip
    if accepted:
        await admit(actor, session, participant, free=free)
    return participant


@step
async def _set(
    actor: Actor, session: SessionRow, one: ParticipantRow, to: ParticipantState, why: str = ""
) -> ParticipantRow:
    rules.move_participant(one.state, to)
    await execute(
        "UPDATE participant SET state = $2, why = $3, changed_at = $4 WHERE id = $1",
        one.id,
        to.value,
        why,
        clock.now(),
    )
    await record(
        actor, f"participant.{to.value}", "participant", one.id,
        before={"state": one.state.value}, after={"state": to.value, "name": one.name}, why=why,
        agency_id=session.agency, company_id=one.company_id,
    )  # fmt: skip
    return await queries.participant(session.id, one.id)


@step
async def tell(template: str, session: SessionRow, one: ParticipantRow, why: str = "") -> None:
    """Mail somebody about their place in a session."""
    await send(
        key=f"participant:{one.id}:{template}:{clock.now():%Y%m%d%H%M%S%f}",
        to_email=one.email, to_name=one.name, locale=one.locale, template=template,
        agency=session.agency, company=one.company_id, person=one.person_id,
        session=session.title, link_to=link(f"/my/meetings/{session.id}"), why=why,
    )  # fmt: skip


@step
async def admit(
    actor: Actor, session: SessionRow, participant_id: int, *, free: bool = False
) -> None:
    """Somebody takes part: at once when it is free, otherwise as soon as their invoice is paid."""
    one = await queries.participant(session.id, participant_id)
    if session.fee_minor is None or free:
        one = await _set(actor, session, one, ParticipantState.TAKING)
        await tell("session-accepted", session, one)
        await happened(Event.PARTICIPANT_TAKING, actor, session, one)
        return
    address = await row("SELECT street, city FROM company WHERE id = $1", one.company_id)
    if address is None or not address["street"] or not address["city"]:
        raise Refused(
            N_(
                "The address of {company} is missing, and it stands on the invoice. Ask them to"
                " complete the company's profile; nothing was changed."
            ),
            company=one.company_name,
        )
    one = await _set(actor, session, one, ParticipantState.UNPAID)
    line = InvoiceLine(
        gettext(N_("Taking part in {session}, {name}"), session=session.title, name=one.name),
        Decimal(1), gettext(N_("person")), session.fee_minor, session.fee_minor, Supply.ADMISSION,
    )  # fmt: skip
    on = clock.today(session.tz)
    invoice = await invoices.issue_invoice(
        SYSTEM, agency_id=session.agency, company_id=one.company_id, lines=[line],
        currency=session.currency, due_on=on + timedelta(days=PAYMENT_DAYS),
        about=f"participant:{one.id}", fair_country=session.country or one.company_country,
        subject=session.title,
        supplied_from=session.first_at.date() if session.first_at else None,
        supplied_until=session.last_at.date() if session.last_at else None,
    )  # fmt: skip
    await execute("UPDATE participant SET invoice = $2 WHERE id = $1", one.id, invoice)


@step
async def end(actor: Actor, session: SessionRow, one: ParticipantRow, why: str) -> None:
    """Somebody takes part no more. An invoice that is not paid is cancelled with it."""
    state = one.invoice and await value("SELECT state FROM invoice WHERE id = $1", one.invoice)
    one = await _set(actor, session, one, ParticipantState.LEFT, why)
    if one.invoice is not None and state in ("open", "overdue"):
        await crediting.credit(
            SYSTEM, invoice_id=one.invoice, why=why or gettext(N_("Does not take part"))
        )
    await happened(Event.PARTICIPANT_LEFT, actor, session, one)


@action
async def accept(actor: Actor, session_id: int, participant_id: int) -> None:
    """An application is accepted."""
    session = await held_open(actor, session_id)
    await admit(actor, session, participant_id)


@action
async def refuse(actor: Actor, session_id: int, participant_id: int, form: forms.WhyForm) -> None:
    """An application is refused; the reason goes to the person."""
    session = await held_open(actor, session_id)
    one = await queries.participant(session.id, participant_id)
    one = await _set(actor, session, one, ParticipantState.REFUSED, form.why)
    await tell("session-refused", session, one, why=form.why)


@action
async def take_out(actor: Actor, session_id: int, participant_id: int, form: forms.WhyForm) -> None:
    """The agency takes somebody out; requests end and meetings are cancelled with it."""
    session = await held_open(actor, session_id)
    one = await queries.participant(session.id, participant_id)
    await end(actor, session, one, form.why)
    await tell("session-ended", session, one, why=form.why)


@action
async def leave(actor: Actor, session_id: int) -> None:
    """The actor takes part no more."""
    one = await queries.me(actor, session_id)
    session = await queries.session(session_id)
    if session.state in (SessionState.OVER, SessionState.CANCELLED):
        raise Conflict(N_("The session is over or cancelled. Nothing about it changes any more."))
    await end(actor, session, one, "")


@action
async def add_by_hand(actor: Actor, session_id: int, form: forms.AddPersonForm) -> int:
    """Somebody is put into the session by the agency: known by their address, or new here."""
    session = await held_open(actor, session_id)
    email = form.email.lower()
    person_id = await value("SELECT id FROM person WHERE email = $1", email)
    if person_id is None:
        person_id = await person_for(email, form.name, None)
    company_id = await guests.company_of(person_id)
    if company_id is None:
        if not form.company_name or not form.country:
            raise Refused(
                N_("{email} belongs to no company here. Give its name and country."),
                field="company_name",
                email=email,
            )
        company_id = await guests.guest_company(
            person_id, name=form.company_name, country=form.country, email=email
        )
    return await take_in(
        actor, session, person_id=person_id, company_id=company_id, group=form.group,
        came_by=CameBy.AGENCY, accepted=True, free=form.free,
    )  # fmt: skip


@action
async def change_person(
    actor: Actor, session_id: int, participant_id: int, form: forms.PersonForm
) -> None:
    """Another group, limit or place; online or not; slots that the agency blocks."""
    session = await held_open(actor, session_id)
    one = await queries.participant(session.id, participant_id)
    group = {each.id for each in await queries.groups(session.id)}
    if form.group not in group:
        raise Refused(N_("Choose a group of this session."), field="group")
    if form.place is not None and form.place not in {
        each.id for each in await queries.places(session.id)
    }:
        raise Refused(N_("Choose a place of this session."), field="place")
    has = await value(
        "SELECT count(*) FROM meeting_seat WHERE participant = $1 AND live", participant_id
    )
    if form.most_meetings is not None and has > form.most_meetings:
        raise Refused(
            N_("{name} has {n} meetings already. Cancel some of them first."),
            field="most_meetings",
            name=one.name,
            n=has,
        )
    await execute(
        "UPDATE participant SET in_group = $2, most_meetings = $3, place = $4, online = $5,"
        " changed_at = $6 WHERE id = $1",
        one.id,
        form.group,
        form.most_meetings,
        form.place,
        form.online,
        clock.now(),
    )
    await write_away(session, one.id, form.blocked, "agency")
    await record(
        actor, "participant.change", "participant", one.id, after={"name": one.name},
        company_id=one.company_id,
    )  # fmt: skip


@step
async def write_away(
    session: SessionRow, participant_id: int, slots: Sequence[int], why: str
) -> None:
    """The slots in which somebody cannot meet, of one kind of reason; others stay.

    Raises Refused for a slot with a meeting, by its time.
    """
    known = {each.id: each for each in await queries.slots(session.id)}
    if not set(slots) <= set(known):
        raise Refused(
            N_("The slots have changed since this page was opened. Open it again."), field="blocked"
        )
    busy = await rows(
        "SELECT slot FROM meeting_seat WHERE participant = $1 AND live AND slot = ANY($2::int[])",
        participant_id,
        list(slots),
    )
    if busy:
        raise Refused(
            N_("There is a meeting at {when}. Move or cancel it before this slot is blocked."),
            field="blocked",
            when=f"{known[busy[0]['slot']].start_local:%Y-%m-%d %H:%M}",
        )
    await execute(
        "DELETE FROM participant_away WHERE participant = $1 AND why = $2", participant_id, why
    )
    await execute(
        "INSERT INTO participant_away (participant, slot, why) SELECT $1, unnest($2::int[]), $3"
        " ON CONFLICT (participant, slot) DO NOTHING",
        participant_id,
        sorted(set(slots)),
        why,
    )


@action
async def set_my_times(actor: Actor, session_id: int, form: forms.TimesForm) -> None:
    """The slots in which the actor cannot, and the hours that are decent where they are."""
    one = await queries.me(actor, session_id)
    session = await queries.session(session_id)
    if session.state not in LIVE | {SessionState.DRAFT} or session.state is SessionState.OVER:
        raise Conflict(N_("The session is over or cancelled. Nothing about it changes any more."))
    await execute(
        "UPDATE participant SET tz = $2, day_from = $3, day_until = $4, changed_at = $5"
        " WHERE id = $1",
        one.id,
        form.tz or one.tz,
        form.day_from,
        form.day_until,
        clock.now(),
    )
    await write_away(session, one.id, form.blocked, "own")
    await record(
        actor, "participant.times", "participant", one.id, after={"slots": len(form.blocked)},
        agency_id=session.agency,
    )  # fmt: skip


def may_apply(session: SessionRow) -> None:
    """Refuse where nobody can apply now."""
    if not session.by_application:
        raise NotFound(N_("This session is by invitation. Ask the organiser for one."))
    if session.state is not SessionState.OPEN or (
        session.requests_until and session.requests_until <= clock.now()
    ):
        raise Conflict(N_("Applications for this session are over. Nothing was sent."))


@action
async def apply(actor: Actor, slug: str, form: forms.ApplyForm) -> int:
    """The actor applies for their company; a manager answers. The id of the session."""
    require(actor, "participant.own")
    assert actor.person_id is not None
    assert actor.company_id is not None
    session = await queries.by_slug(slug)
    may_apply(session)
    await take_in(
        actor, session, person_id=actor.person_id, company_id=actor.company_id, group=form.group,
        came_by=CameBy.APPLICATION, accepted=False,
    )  # fmt: skip
    return session.id


@action
async def paid(participant_id: int) -> None:
    """An invoice is paid: whoever it is for takes part."""
    found = await row(
        "SELECT p.session FROM participant p JOIN invoice i ON i.id = p.invoice"
        " WHERE p.id = $1 AND p.state = 'unpaid' AND i.state = 'paid' FOR UPDATE OF p",
        participant_id,
    )
    if found is None:
        return
    session = await queries.session(found["session"])
    one = await queries.participant(session.id, participant_id)
    one = await _set(SYSTEM, session, one, ParticipantState.TAKING)
    await tell("session-accepted", session, one)
    await happened(Event.PARTICIPANT_TAKING, SYSTEM, session, one)
