"""What requests add to sessions: a line of the set-up, panels, pages, what follows a departure."""

from events.matchmaking.additions import (
    Event,
    Panel,
    Part,
    Place,
    follows,
    panel,
    part,
    tab,
)
from events.matchmaking.rows import ParticipantRow, SessionRow
from events.requests import actions, queries
from server.accounts.permissions import Actor
from server.text import N_, gettext

tab(Place.SESSION_DESK, label=N_("Requests"), path="requests", verb="session.list")
tab(Place.SESSION_MY, label=N_("People"), path="people", verb="request.own")
tab(Place.SESSION_MY, label=N_("Requests"), path="requests", verb="request.own")


@part
async def asked(_: Actor, session: SessionRow) -> Part | None:
    """The requests of a session that is out of draft."""
    if session.state == "draft":
        return None
    found = await queries.counts(session.id)
    return Part(
        name=N_("Requests"),
        url=f"/desk/meetings/{session.id}/requests",
        said=gettext(
            N_("{accepted} accepted, {open} open; {without} people have none."),
            accepted=found.accepted,
            open=found.open,
            without=found.without,
        ),
    )


@panel(Place.SESSION_MY)
async def to_answer(_: Actor, session: SessionRow, me: ParticipantRow | None) -> Panel | None:
    """How many requests wait for an answer, and where the people are."""
    if me is None or me.state != "taking" or session.state not in ("open", "closed", "running"):
        return None
    return Panel(
        template="requests/_my.html",
        context={"session": session, "counts": await queries.my_counts(me.id)},
    )


@panel(Place.PERSON_DESK)
async def of_person(_: Actor, session: SessionRow, who: ParticipantRow | None) -> Panel | None:
    """The requests of a person, at the desk."""
    if who is None:
        return None
    return Panel(
        template="requests/_person.html",
        context={"session": session, "who": who, "counts": await queries.my_counts(who.id)},
    )


@follows(Event.PARTICIPANT_LEFT)
async def gone(actor: Actor, session: SessionRow, who: ParticipantRow | None) -> None:
    """Whoever leaves has no requests any more."""
    if who is not None:
        await actions.left(actor, session, who)


@follows(Event.SESSION_STATE)
async def ended(_: Actor, session: SessionRow, __: ParticipantRow | None) -> None:
    """Requests that are open end with their session."""
    if session.state in ("over", "cancelled"):
        await actions.end_open(session.id)
