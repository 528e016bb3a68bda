"""The side of the person who asks: ask, confirm, write more, agree, rate, close, erase."""

from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from events.enquiries import moving, queries, rules, telling
from events.enquiries.forms import AskForm, ConsentForm, OwnAskForm, PressForm, RateForm, WriteForm
from events.enquiries.queries import EnquiryRow, TopicRow
from events.enquiries.rules import Act, State
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, row, step, value
from server.errors import Conflict, Refused, TooMany
from server.mail import actions as mail
from server.text import N_, gettext, locale
from server.web.formats import country, moment
from server.web.forms import parse
from server.web.signing import seal, unseal

_SEAL = "ask-opened"


class Asked(msgspec.Struct, frozen=True):
    """What became of a question: where it can be read; `sent` unless its mail must be followed."""

    key: UUID
    path: str
    sent: bool


def opened_now() -> str:
    """For the form: when its page was opened, so that we know what no person can have typed."""
    return seal(_SEAL, clock.now().isoformat())


def guard(form: AskForm) -> None:
    """Refuse what a program sent through the public form. Nobody else is asked about anybody."""
    if form.fax:
        raise Refused(
            N_("Leave the last field empty: it is there for programs. What you typed is kept."),
            field="fax",
        )
    said = unseal(_SEAL, form.opened) or ""
    try:
        opened = datetime.fromisoformat(said)
    except ValueError:
        opened = None
    since = clock.now() - opened if opened else None
    if since is None or not rules.QUICKEST <= since <= rules.FORM_LASTS:
        raise Refused(
            N_(
                "This was sent faster than a person types, or the page is from yesterday. Nothing"
                " was sent, and what you typed is kept: look at it once more and send it again."
            )
        )


async def ask(actor: Actor, form: AskForm, address: str) -> Asked:
    """A question through the page: of a company, of a person, or of a visitor, who confirms it by
    the link in a mail."""
    guard(form)
    if actor.person_id is None and not (form.name and form.email):
        name = gettext(N_("Your name is missing."))
        email = gettext(N_("E-mail address is missing: the answer goes there."))
        raise Refused(
            N_("Say who asks."),
            errors={
                **({} if form.name else {"name": name}),
                **({} if form.email else {"email": email}),
            },
        )
    return await _ask(actor, form, address)


@action
async def _ask(actor: Actor, form: AskForm, address: str) -> Asked:
    return await _put(actor, form, address)


@action
async def ask_own(actor: Actor, form: OwnAskForm) -> queries.Conversation:
    """A question of a company by a program."""
    require(actor, "enquiry.own")
    asked = await _put(actor, parse(AskForm, msgspec.to_builtins(form)), "")
    return await queries.own_conversation(actor, asked.key)


@step
async def _not_too_many(email: str, person: int | None, address: str) -> None:
    since = clock.now() - rules.COUNTED_FOR
    counted = await row(
        "SELECT count(*) FILTER (WHERE address = $1 AND address <> '') AS here,"
        " count(*) FILTER (WHERE email = $2) AS mine FROM enquiry WHERE asked_at > $3"
        " AND (address = $1 OR email = $2)",
        address,
        email,
        since,
    )
    assert counted is not None
    most = rules.MOST_PER_ADDRESS if person else rules.MOST_PER_EMAIL
    if counted["here"] >= rules.MOST_PER_ADDRESS or counted["mine"] >= most:
        raise TooMany(
            N_(
                "Many questions came from you within an hour. This one was not sent, and what you"
                " typed is kept: send it again in an hour."
            )
        )


@step
async def _put(actor: Actor, form: AskForm, address: str) -> Asked:
    found = [each for each in await queries.topics_open() if each.id == form.topic]
    if not found:
        raise Refused(N_("Choose one of the topics offered: this one is closed."), field="topic")
    topic: TopicRow = found[0]
    known = actor.person_id is not None
    email = (actor.email if known else form.email).lower()
    await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"enquiry:{email}")
    await _not_too_many(email, actor.person_id, address)
    key = uuid4()
    about = form.about if form.about.startswith("/") else ""
    made = await value(
        "INSERT INTO enquiry (key, agency, topic, state, company, person, name, email, locale,"
        " language, market, subject, question, about, may_pass, address, asked_at, moved_at)"
        " VALUES ($1,$2,$3,'unconfirmed',$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$16)"
        " RETURNING id",
        key,
        topic.agency,
        topic.id,
        actor.company_id,
        actor.person_id,
        actor.name if known else form.name,
        email,
        actor.locale if known else locale(),
        form.language,
        form.market,
        " ".join(form.subject.split()),
        form.question,
        about,
        form.may_pass,
        address,
        clock.now(),
    )
    enquiry = await queries.enquiry(made)
    if known:
        await _begin(enquiry)
        return Asked(key, telling.place(enquiry), True)
    await telling.tell_asker(enquiry, "enquiry-confirm", "confirm")
    return Asked(key, telling.address(key), False)


@step
async def _begin(found: EnquiryRow) -> None:
    await moving.arrive(found, Act.CONFIRM)
    now = await queries.enquiry(found.id)
    await telling.tell_asker(now, "enquiry-received", "received", due=moment(now.due_at, now.tz))


@action
async def confirm(_: PressForm, *, key: UUID) -> UUID:
    """The mailed link was followed and its button pressed: the question is sent."""
    found = await moving.held_by_key(None, key)
    if found.state is State.UNCONFIRMED:
        await _begin(found)
    return key


@action
async def write(actor: Actor | None, form: WriteForm, *, key: UUID) -> UUID:
    """More from the person: it waits for an answer again, a closed question is opened again."""
    found = await moving.held_by_key(actor, key)
    if found.erased_at is not None:
        raise Conflict(N_("This question was erased. Ask a new one."))
    state = await moving.move(found, Act.WRITE)
    who = actor or Actor(person_id=found.person)
    await moving.write(found, "follow_up", form.body, who, author=found.name, desk=False)
    if state is State.WAITING and found.state is not State.WAITING:
        await moving.start_clock(found.id, found.topic, clock.now())
    await _noted(actor, found, "write", state)
    now = await queries.enquiry(found.id)
    await telling.tell_desk(
        now, "enquiry-more", f"more:{now.turn}", body=form.body, due=moment(now.due_at, now.tz)
    )
    return key


@action
async def close(actor: Actor | None, _: PressForm, *, key: UUID) -> UUID:
    """The person has what they need."""
    found = await moving.held_by_key(actor, key)
    state = await moving.move(found, Act.CLOSE)
    await _end_waiting(found, "refused")
    await _noted(actor, found, "close", state)
    return key


@step
async def _end_waiting(found: EnquiryRow, consent: str) -> None:
    await execute(
        "UPDATE enquiry_pass SET consent = $2, decided_at = $3 WHERE enquiry = $1"
        " AND consent = 'waiting'",
        found.id,
        consent,
        clock.now(),
    )


@action
async def rate(actor: Actor | None, form: RateForm, *, key: UUID) -> UUID:
    """Did the answer help? One click; the last one counts."""
    found = await moving.held_by_key(actor, key)
    done = await execute(
        "UPDATE enquiry SET satisfaction = $2 WHERE id = $1 AND erased_at IS NULL"
        " AND first_answered_at IS NOT NULL",
        found.id,
        form.rating,
    )
    if done != "UPDATE 1":
        raise Conflict(N_("There is no answer yet, so it cannot be rated."))
    return key


@action
async def consent(actor: Actor | None, form: ConsentForm, *, key: UUID) -> UUID:
    """Whether the question may go to who can answer it better, with the person's name and
    address. Yes: it goes there now. No: it stays, and the desk is told."""
    found = await moving.held_by_key(actor, key)
    asked = await row(
        "SELECT id, to_agency, to_topic, to_name, to_email, reason FROM enquiry_pass"
        " WHERE enquiry = $1 AND consent = 'waiting'",
        found.id,
    )
    if asked is None or found.state is not State.CONSENT:
        raise Conflict(N_("Nothing waits for your consent any more. Nothing was passed on."))
    await _end_waiting(found, "given" if form.agree == "yes" else "refused")
    if form.agree != "yes":
        state = await moving.move(found, Act.REFUSE)
        await _noted(actor, found, "refuse", state)
        now = await queries.enquiry(found.id)
        await telling.tell_desk(
            now, "enquiry-more", f"refused:{now.turn}", due=moment(now.due_at, now.tz),
            body=gettext(N_("“Do not pass my question on.”")),
        )  # fmt: skip
    elif asked["to_agency"] is not None:
        await hand_over(found, asked["to_agency"], asked["to_topic"])
        await _noted(actor, found, "agree", State.WAITING)
    else:
        state = await moving.move(found, Act.SEND_OUT)
        await _send_out(found, asked["to_name"], asked["to_email"], asked["reason"])
        await _noted(actor, found, "agree", state)
    return key


@step
async def hand_over(found: EnquiryRow, agency: int, topic: int) -> None:
    """To the desk of another agency, where it is routed and timed anew. Its notes stay behind."""
    was = found.agency_name
    await execute(
        "UPDATE enquiry SET agency = $2, topic = $3, assignee = NULL WHERE id = $1",
        found.id,
        agency,
        topic,
    )
    there = await queries.enquiry(found.id)
    await moving.write(
        found, "event", gettext(N_("Passed on by {old} to {new}."), old=was, new=there.agency_name),
        Actor(), author=was, desk=False,
    )  # fmt: skip
    await moving.arrive(there, Act.MOVE)
    now = await queries.enquiry(found.id)
    await telling.tell_asker(
        now, "enquiry-passed", f"passed:{now.turn}", old=was, due=moment(now.due_at, now.tz)
    )


@step
async def _send_out(found: EnquiryRow, name: str, email: str, reason: str) -> None:
    said = (await queries.conversation(found)).messages
    await mail.send(
        key=f"enquiry:{found.id}:outside:{found.turn}",
        to_email=email,
        to_name=name,
        locale=found.locale,
        template="enquiry-outside",
        agency=found.agency,
        agency_name=found.agency_name,
        asker=found.name,
        asker_email=found.email,
        company_name=found.company_name,
        market=country(found.market) if found.market else "",
        subject=found.subject,
        question=found.question,
        reason=reason,
        said=[(each.author, each.body) for each in said if each.kind != "event"],
    )
    await moving.write(
        found, "event", gettext(N_("Sent to {name} by mail."), name=name), Actor(),
        author=found.agency_name, desk=False,
    )  # fmt: skip


@action
async def erase(actor: Actor | None, _: PressForm, *, key: UUID) -> UUID:
    """The person takes their data back: name, address and texts are gone, at once."""
    found = await moving.held_by_key(actor, key)
    if found.state is State.UNCONFIRMED:
        await execute("DELETE FROM enquiry WHERE id = $1", found.id)
        await mail.forget(f"enquiry:{found.id}:")
    else:
        await forget(found.id, found.agency)
    return key


@step
async def forget(enquiry_id: int, agency: int) -> None:
    """Erase who asked and what was written (Regulation (EU) 2016/679, Article 17); when it was
    asked and how fast it was answered stays."""
    await execute(
        "UPDATE enquiry_pass SET reason = '', decided_at = coalesce(decided_at, $2),"
        " consent = CASE consent WHEN 'waiting' THEN 'refused' ELSE consent END"
        " WHERE enquiry = $1",
        enquiry_id,
        clock.now(),
    )
    await execute(
        "UPDATE enquiry SET erased_at = $2, name = '', email = '', subject = '', question = '',"
        " about = '', person = NULL, company = NULL, address = '', turn = turn + 1,"
        " moved_at = $2, closed_at = coalesce(closed_at, $2),"
        " arrived_at = coalesce(arrived_at, asked_at), due_at = coalesce(due_at, asked_at),"
        " state = CASE state WHEN 'passed_on' THEN state ELSE 'closed' END"
        " WHERE id = $1 AND erased_at IS NULL",
        enquiry_id,
        clock.now(),
    )
    await execute(
        "UPDATE enquiry_message SET body = '', author = '', person = NULL WHERE enquiry = $1",
        enquiry_id,
    )
    await mail.forget(f"enquiry:{enquiry_id}:")
    await record(
        Actor(), "enquiry.erase", "enquiry", enquiry_id, agency_id=agency,
        after={"state": "closed"},
    )  # fmt: skip


@step
async def _noted(actor: Actor | None, found: EnquiryRow, verb: str, state: State) -> None:
    await record(
        actor or Actor(person_id=found.person), f"enquiry.{verb}", "enquiry", found.id,
        before={"state": found.state.value}, after={"state": state.value},
        agency_id=found.agency, company_id=found.company,
    )  # fmt: skip
