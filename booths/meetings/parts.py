"""What the joint booths add to sessions of meetings, and sessions to what happens at booths."""

from booths.calls.additions import Event as CallEvent
from booths.calls.additions import follows as follows_application
from booths.calls.rows import Dossier
from booths.meetings import actions, queries
from events.fairs.following import when_changed
from events.matchmaking.additions import Event, Part, Place, follows, part, tab
from events.matchmaking.rows import ParticipantRow, SessionRow
from server.accounts.permissions import SYSTEM, Actor
from server.text import N_, gettext, ngettext

tab(Place.SESSION_DESK, label=N_("Exhibitors"), path="exhibitors", verb="session.list")


@part
async def exhibitors(_: Actor, session: SessionRow) -> Part | None:
    """How many exhibitors the fair has for this agency."""
    if session.fair is None or not session.of_exhibitors:
        return None
    found = {each.company for each in await queries.exhibits(session.agency, session.fair)}
    said = ngettext("{n} exhibitor with a stand", "{n} exhibitors with a stand", len(found))
    return Part(
        name=N_("Exhibitors of our joint booths"),
        url=f"/desk/meetings/{session.id}/exhibitors",
        said=said if found else gettext(N_("Nobody has a stand at this fair yet.")),
        open=await queries.changed_since(session.id),
    )


@follows_application(CallEvent.CONFIRMED, CallEvent.ENDED)
async def at_the_booth(_: Actor, found: Dossier) -> None:
    """An exhibitor is certain, or gone: the sessions at the fair follow at once."""
    for session_id in await queries.sessions(found.call.agency, found.call.fair):
        await actions.bring_up_to_date(SYSTEM, session_id)


@when_changed
async def fair_changed(fair_id: int) -> None:
    """Set-up times of the fair block other slots."""
    for session_id in await queries.sessions(fair_id=fair_id):
        await actions.bring_up_to_date(SYSTEM, session_id)


@follows(Event.SLOTS_CHANGED)
async def slots_changed(_: Actor, session: SessionRow, __: ParticipantRow | None) -> None:
    """New slots may lie in set-up times."""
    await actions.bring_up_to_date(SYSTEM, session.id)
