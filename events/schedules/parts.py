"""What plans add to a session's pages, and how they follow people and requests."""

from events.matchmaking.additions import Event, Part, Place, follows, part, tab
from events.matchmaking.rows import ParticipantRow, SessionRow
from events.matchmaking.rules import LIVE, SessionState
from events.requests.additions import changed, ended
from events.schedules import queries
from events.schedules.applying import cancel_of
from events.schedules.moving import seat_again
from server.accounts.permissions import Actor
from server.database import rows
from server.text import N_, gettext, ngettext

tab(Place.SESSION_DESK, label=N_("Runs"), path="runs", verb="schedule.read")
tab(Place.SESSION_DESK, label=N_("Plan"), path="plan", verb="schedule.read")


@part
async def plan_line(actor: Actor, session: SessionRow) -> Part | None:
    """How far the plan is, on the overview of a session."""
    if not actor.may("schedule.read"):
        return None
    found = await rows(
        "SELECT count(*) AS accepted, count(m.id) AS planned FROM meeting_request r"
        " LEFT JOIN meeting m ON m.request = r.id AND m.live"
        " WHERE r.session = $1 AND r.state = 'accepted' AND NOT EXISTS (SELECT FROM meeting x"
        " WHERE x.request = r.id AND x.state = 'missed')",
        session.id,
    )
    accepted, planned = found[0]["accepted"], found[0]["planned"]
    draft = await queries.last_draft(session.id)
    current = await queries.published(session.id)
    if draft is not None and (current is None or draft.number > current.number):
        said = gettext(N_("Run {number} waits to be looked at"), number=draft.number)
    elif planned:
        said = gettext(N_("{planned} of {accepted} accepted meetings have a slot"),
                       planned=planned, accepted=accepted)  # fmt: skip
    elif accepted:
        said = ngettext("{n} accepted meeting waits for a plan",
                        "{n} accepted meetings wait for a plan", accepted)  # fmt: skip
    else:
        said = gettext(N_("Made when requests are accepted"))
    return Part(
        name=gettext(N_("Plan")),
        url=f"/desk/meetings/{session.id}/runs",
        said=said,
        open=session.state in LIVE and accepted > planned,
    )


@follows(Event.PARTICIPANT_LEFT)
async def somebody_left(
    actor: Actor, session: SessionRow, participant: ParticipantRow | None
) -> None:
    """Their meetings do not take place; all who sit in them are told."""
    if participant is not None:
        await cancel_of(
            actor, session.id,
            gettext(N_("{name} no longer takes part."), name=participant.name),
            participant_id=participant.id,
        )  # fmt: skip


@follows(Event.SESSION_STATE)
async def called_off(actor: Actor, session: SessionRow, _: ParticipantRow | None) -> None:
    """A session that is called off has no meetings any more."""
    if session.state is SessionState.CANCELLED:
        await cancel_of(
            actor, session.id, gettext(N_("The session was called off.")),
            request_ids=[each.request for each in await queries.meetings(session.id)],
        )  # fmt: skip


@ended
async def request_ended(actor: Actor, session_id: int, request_id: int, why: str) -> bool:
    """The meeting of a request that ended is cancelled; whether there was one to tell of."""
    left = await rows(
        "SELECT h.name FROM meeting_request r JOIN participant p ON p.id IN (r.asker, r.asked)"
        " JOIN person h ON h.id = p.person WHERE r.id = $1 AND p.state = 'left' ORDER BY p.id",
        request_id,
    )
    if left:
        why = gettext(N_("{name} no longer takes part."), name=left[0]["name"])
    told = await cancel_of(
        actor, session_id, why or gettext(N_("The request was taken back.")),
        request_ids=[request_id],
    )  # fmt: skip
    return bool(told)


@changed
async def people_changed(actor: Actor, session_id: int, request_id: int) -> bool:
    """A meeting with a time seats its new people there; whether it had one."""
    return await seat_again(actor, session_id, request_id)
