"""What somebody says about their own meeting: late, rated, noted, contact given."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from events.agendas import queries, rules
from events.agendas.forms import ContactForm, LateForm, NoteForm, RatingForm
from events.agendas.rows import AgendaRow, Mine, Occasion
from events.agendas.rules import Outcome
from server import clock
from server.accounts.permissions import Actor
from server.audit import record
from server.database import action, execute, rows, step
from server.errors import Forbidden, Refused
from server.mail.actions import send
from server.text import N_, gettext
from server.web.formats import wall


@step
async def seat(
    actor: Actor, session_id: int, key: UUID, *, mine: bool = True
) -> tuple[Occasion, Mine, AgendaRow]:
    """A meeting of the actor, locked. An admin reads what colleagues say and says nothing for
    them: Forbidden, unless `mine` is False."""
    await execute("SELECT 1 FROM meeting WHERE key = $1 FOR UPDATE", key)
    occasion, who, meeting = await queries.own_meeting(actor, session_id, key)
    if mine and not who.me:
        raise Forbidden(
            N_("This is {name}'s meeting. Only {name} can say this about it."), name=who.name
        )
    return occasion, who, meeting


@step
async def write(
    occasion: Occasion,
    meeting: AgendaRow,
    people: Sequence[int],
    *,
    template: str,
    key: str,
    **context: Any,
) -> None:
    """A mail to each of `people` about a meeting."""
    for other in await rows(
        "SELECT p.id, p.person, p.company, pe.name, pe.email, pe.locale FROM participant p"
        " JOIN person pe ON pe.id = p.person WHERE p.id = ANY($1::int[]) ORDER BY p.id",
        list(people),
    ):
        await send(
            key=f"{key}:{other['id']}",
            to_email=other["email"],
            to_name=other["name"],
            locale=other["locale"],
            template=template,
            agency=occasion.agency,
            company=other["company"],
            person=other["person"],
            start=wall(meeting.start_local),
            place=meeting.place or gettext(N_("Online")),
            path=f"/my/meetings/{occasion.id}/agenda/{meeting.key}",
            **context,
        )


@action
async def be_late(actor: Actor, form: LateForm, *, session_id: int, key: UUID) -> int:
    """Tell the others that one will be late: on their agenda at once, and by mail."""
    occasion, who, meeting = await seat(actor, session_id, key)
    rules.be_late(meeting.when, clock.now())
    await execute(
        "INSERT INTO meeting_lateness (meeting, participant, minutes, at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (meeting, participant) DO UPDATE SET minutes = $3, at = $4",
        meeting.id,
        who.id,
        form.minutes,
        clock.now(),
    )
    await write(
        occasion, meeting, [each.participant for each in meeting.others],
        template="meeting-late", key=f"late:{meeting.id}:{who.id}:{form.minutes}",
        name=who.name, minutes=str(form.minutes),
    )  # fmt: skip
    await record(
        actor, "meeting.late", "meeting", meeting.id, after={"minutes": form.minutes},
        agency_id=occasion.agency, company_id=actor.company_id,
    )  # fmt: skip
    return meeting.id


@action
async def rate(actor: Actor, form: RatingForm, *, session_id: int, key: UUID) -> int:
    """What came of a meeting; a second time replaces the first, and stars come on top."""
    occasion, who, meeting = await seat(actor, session_id, key)
    rules.rate(meeting.when, clock.now())
    outcome = form.outcome or meeting.outcome
    if outcome is None:
        raise Refused(N_("Say first what came of the meeting."), field="outcome")
    stars = form.stars if form.stars is not None else meeting.stars
    if outcome is Outcome.NOT_HELD:
        stars = None
    await execute(
        "INSERT INTO meeting_rating (meeting, participant, outcome, stars, at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (meeting, participant)"
        " DO UPDATE SET outcome = $3, stars = $4, at = $5",
        meeting.id,
        who.id,
        outcome.value,
        stars,
        clock.now(),
    )
    await record(
        actor, "meeting.rate", "meeting", meeting.id, after={"outcome": outcome.value},
        agency_id=occasion.agency, company_id=actor.company_id,
    )  # fmt: skip
    return meeting.id


@action
async def write_note(actor: Actor, form: NoteForm, *, session_id: int, key: UUID) -> int:
    """A note of one's own; an empty one takes it away."""
    _, who, meeting = await seat(actor, session_id, key)
    if form.text.strip():
        await execute(
            "INSERT INTO meeting_note (meeting, participant, text, at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (meeting, participant) DO UPDATE SET text = $3, at = $4",
            meeting.id,
            who.id,
            form.text.strip(),
            clock.now(),
        )
    else:
        await execute(
            "DELETE FROM meeting_note WHERE meeting = $1 AND participant = $2", meeting.id, who.id
        )
    return meeting.id


@action
async def give_contact(actor: Actor, form: ContactForm, *, session_id: int, key: UUID) -> int:
    """Give one's e-mail and telephone to the others of a meeting, or take them back."""
    occasion, who, meeting = await seat(actor, session_id, key)
    await execute(
        "INSERT INTO contact_consent (meeting, participant, given, at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (meeting, participant) DO UPDATE SET given = $3, at = $4",
        meeting.id,
        who.id,
        form.given == "yes",
        clock.now(),
    )
    await record(
        actor, "meeting.contact", "meeting", meeting.id, after={"given": form.given},
        agency_id=occasion.agency, company_id=actor.company_id,
    )  # fmt: skip
    return meeting.id
