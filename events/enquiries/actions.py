"""The side of the desk: answer, note, assign, pass on, close."""

from events.enquiries import asking, moving, queries, rules, telling
from events.enquiries.forms import AnswerForm, AssignForm, CloseForm, NoteForm, PassForm
from events.enquiries.queries import EnquiryRow
from events.enquiries.rules import Act, State
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, step, value
from server.errors import Conflict, Refused
from server.text import N_, gettext


@action
async def answer(actor: Actor, form: AnswerForm, *, enquiry_id: int) -> int:
    """Answer: by mail and on the page of the person. Conflict where a colleague was quicker."""
    require(actor, "enquiry.answer")
    found = await moving.held_at_desk(actor, enquiry_id, form.turn)
    state = await moving.move(found, Act.ANSWER)
    now = clock.now()
    assert found.arrived_at is not None
    minutes = rules.working_minutes(await queries.week(found.topic), found.arrived_at, now)
    await execute(
        "UPDATE enquiry SET first_answered_at = coalesce(first_answered_at, $2),"
        " in_time = coalesce(in_time, due_at >= $2), first_minutes = coalesce(first_minutes, $3),"
        " whole_minutes = greatest($3, first_minutes), assignee = coalesce(assignee, $4)"
        " WHERE id = $1",
        found.id,
        now,
        minutes,
        actor.person_id,
    )
    made = await moving.write(found, "answer", form.body, actor)
    await telling.tell_asker(
        found, "enquiry-answer", f"answer:{made}", body=form.body, author=actor.name
    )
    await _noted(actor, found, "answer", state)
    return found.id


@action
async def note(actor: Actor, form: NoteForm, *, enquiry_id: int) -> int:
    """A note for colleagues. Neither the person nor another agency ever reads it."""
    require(actor, "enquiry.answer")
    found = await moving.held_at_desk(actor, enquiry_id)
    await moving.write(found, "note", form.body, actor)
    await _noted(actor, found, "note", found.state)
    return found.id


@action
async def assign(actor: Actor, form: AssignForm, *, enquiry_id: int) -> int:
    """Who answers, about which topic of the agency. The clock runs on."""
    require(actor, "enquiry.answer")
    found = await moving.held_at_desk(actor, enquiry_id)
    if found.state not in rules.OPEN:
        raise Conflict(N_("This question is closed, so nobody needs to answer it."))
    if not await value(
        "SELECT true FROM enquiry_topic WHERE id = $1 AND agency = $2", form.topic, found.agency
    ):
        raise Refused(N_("Choose one of your topics."), field="topic")
    if form.person is not None and not await works_here(found.agency, form.person):
        raise Refused(N_("Choose somebody of your agency."), field="person")
    await execute(
        "UPDATE enquiry SET topic = $2, assignee = $3 WHERE id = $1",
        found.id,
        form.topic,
        form.person,
    )
    await record(
        actor, "enquiry.assign", "enquiry", found.id,
        before={"topic": found.topic, "person": found.assignee},
        after={"topic": form.topic, "person": form.person},
    )  # fmt: skip
    if form.person not in (None, found.assignee, actor.person_id):
        now = await queries.enquiry(found.id)
        await telling.tell_desk(now, "enquiry-yours", f"yours:{now.turn}", by=actor.name)
    return found.id


async def works_here(agency: int, person: int) -> bool:
    """Whether somebody acts for an agency."""
    return bool(
        await value(
            "SELECT true FROM agency_member m JOIN person p ON p.id = m.person"
            " WHERE m.agency = $1 AND m.person = $2 AND p.disabled_at IS NULL",
            agency,
            person,
        )
    )


@action
async def pass_on(actor: Actor, form: PassForm, *, enquiry_id: int) -> int:
    """To another agency here, at once where the person agreed to it when they asked; else, and to
    any organisation outside, only after they agree to this one (Regulation (EU) 2016/679,
    Article 6(1)(a))."""
    require(actor, "enquiry.answer")
    found = await moving.held_at_desk(actor, enquiry_id, form.turn)
    agency = None
    if form.topic is not None:
        agency = await value(
            "SELECT agency FROM enquiry_topic WHERE id = $1 AND open AND agency <> $2",
            form.topic,
            found.agency,
        )
        if agency is None:
            raise Refused(
                N_("Choose an open topic of another agency; your own is changed by “Who answers”."),
                field="topic",
            )
    at_once = agency is not None and found.may_pass
    if not at_once:
        await moving.move(found, Act.ASK_CONSENT)
    else:
        rules.after(found.state, Act.MOVE)
    now = clock.now()
    await execute(
        "INSERT INTO enquiry_pass (enquiry, from_agency, to_agency, to_topic, to_name, to_email,"
        " reason, person, asked_at, consent, decided_at)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
        found.id,
        found.agency,
        agency,
        form.topic,
        "" if agency else form.to_name,
        "" if agency else form.to_email.lower(),
        form.reason,
        actor.person_id,
        now,
        "given" if at_once else "waiting",
        now if at_once else None,
    )
    to = await _name(agency) if agency else form.to_name
    if at_once and agency is not None and form.topic is not None:
        await asking.hand_over(found, agency, form.topic)
    else:
        await telling.tell_asker(
            found, "enquiry-consent", f"consent:{found.turn}", to=to, reason=form.reason
        )
    await record(
        actor, "enquiry.pass", "enquiry", found.id, why=form.reason,
        before={"state": found.state.value},
        after={"to": to, "consent": "given" if at_once else "waiting"},
    )  # fmt: skip
    return found.id


async def _name(agency: int) -> str:
    return str(await value("SELECT name FROM agency WHERE id = $1", agency))


@action
async def close(actor: Actor, form: CloseForm, *, enquiry_id: int) -> int:
    """Close. Without an answer it needs a reason, which the person is told."""
    require(actor, "enquiry.answer")
    found = await moving.held_at_desk(actor, enquiry_id, form.turn)
    if found.state is not State.ANSWERED and not form.why:
        raise Refused(
            N_(
                "There is no answer to the last message. Say why it is closed: the person reads it."
            ),
            field="why",
        )
    state = await moving.move(found, Act.CLOSE)
    await execute(
        "UPDATE enquiry_pass SET consent = 'refused', decided_at = $2 WHERE enquiry = $1"
        " AND consent = 'waiting'",
        found.id,
        clock.now(),
    )
    if form.why:
        said = gettext(N_("Closed: {why}"), why=form.why)
        made = await moving.write(found, "event", said, actor, author=found.agency_name)
        await telling.tell_asker(found, "enquiry-closed", f"closed:{made}", why=form.why)
    await _noted(actor, found, "close", state)
    return found.id


@step
async def _noted(actor: Actor, found: EnquiryRow, verb: str, state: State) -> None:
    await record(
        actor, f"enquiry.{verb}", "enquiry", found.id, before={"state": found.state.value},
        after={"state": state.value}, company_id=found.company,
    )  # fmt: skip
