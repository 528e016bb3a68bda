"""A session that does not take place: its people are told, unpaid invoices are taken back."""

from events.matchmaking import queries
from events.matchmaking.actions import held, move_to
from events.matchmaking.rules import ParticipantState, SessionState
from events.matchmaking.taking_part import tell
from server import clock
from server.accounts.permissions import SYSTEM, Actor
from server.billing import crediting
from server.database import action, execute, rows
from server.text import N_, gettext

INSIDE = (ParticipantState.APPLIED, ParticipantState.UNPAID, ParticipantState.TAKING)


@action
async def cancel_session(actor: Actor, session_id: int) -> None:
    """Cancel it: open invitations end, everybody in it gets a mail, unpaid invoices are credited.

    What was paid stays with its invoice: the agency refunds it at its money desk.
    """
    session = await held(actor, session_id)
    await move_to(actor, session, SessionState.CANCELLED)
    await execute(
        "UPDATE session_invitation SET taken_back_at = $2 WHERE session = $1"
        " AND answered_at IS NULL AND taken_back_at IS NULL",
        session_id,
        clock.now(),
    )
    unpaid = await rows(
        "SELECT i.id FROM participant p JOIN invoice i ON i.id = p.invoice WHERE p.session = $1"
        " AND p.state = 'unpaid' AND i.state IN ('open', 'overdue') ORDER BY i.id",
        session_id,
    )
    for each in unpaid:
        await crediting.credit(
            SYSTEM, invoice_id=each["id"], why=gettext(N_("The session does not take place"))
        )
    for one in await queries.people(session_id, [each.value for each in INSIDE]):
        await tell("session-cancelled", session, one)
