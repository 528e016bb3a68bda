"""Somebody declines a meeting in their calendar: the desk sees it, and moves, cancels or keeps it.

No answer of a calendar program changes the plan by itself: a tap on a telephone takes nobody's
meeting away.
"""

from collections.abc import Sequence
from uuid import UUID

from events.agendas import wall
from events.agendas.forms import KeepForm
from events.agendas.rows import DeclinedRow
from events.calendars.answers import Asked, hears
from events.calendars.rules import Answer
from events.schedules.additions import Change, Kind
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, rows, step, typed
from server.errors import Conflict
from server.text import N_

SHOWN = 20
"""So many are listed; one more is read to know whether there are more."""


@hears("meeting")
@step
async def hear(invitation: Asked, said: Answer) -> None:
    """Note that a participant declines, or does so no longer. An answer to a time that has changed
    since, of which they are still to be told, is not taken for one to the new time."""
    _, meeting, participant = invitation.item_key.split(":")
    who = (UUID(meeting), UUID(participant))
    await execute(
        "DELETE FROM meeting_declined d USING meeting m, participant p"
        " WHERE m.id = d.meeting AND p.id = d.participant AND m.key = $1 AND p.key = $2",
        *who,
    )
    if said is Answer.DECLINED:
        await execute(
            "INSERT INTO meeting_declined (meeting, participant, at)"
            " SELECT t.meeting, t.participant, $3 FROM meeting m"
            " JOIN meeting_seat t ON t.meeting = m.id JOIN participant p ON p.id = t.participant"
            " WHERE m.key = $1 AND p.key = $2 AND NOT EXISTS (SELECT FROM meeting_to_tell w"
            " WHERE w.meeting = m.id AND w.participant = p.id)",
            *who,
            clock.now(),
        )


@step
async def forget(changes: Sequence[Change]) -> None:
    """A meeting at another time, or none, is not the one that was declined."""
    pairs = [
        (change.meeting_id, who)
        for change in changes
        if change.kind is not Kind.NEW
        for who in change.participants
    ]
    await execute(
        "DELETE FROM meeting_declined d USING unnest($1::int[], $2::int[]) AS t (m, p)"
        " WHERE d.meeting = t.m AND d.participant = t.p",
        [meeting for meeting, _ in pairs],
        [participant for _, participant in pairs],
    )


WAITING = """
SELECT d.meeting, d.participant, d.at, pe.name, c.name AS company, sl.start_local,
    coalesce((SELECT string_agg(ope.name || ' (' || oc.name || ')', ', ' ORDER BY o.id)
    FROM meeting_seat os JOIN participant o ON o.id = os.participant
    JOIN person ope ON ope.id = o.person JOIN company oc ON oc.id = o.company
    WHERE os.meeting = m.id AND o.id <> d.participant), '') AS others
FROM meeting m JOIN meeting_declined d ON d.meeting = m.id
JOIN session_slot sl ON sl.id = m.slot JOIN participant p ON p.id = d.participant
JOIN person pe ON pe.id = p.person JOIN company c ON c.id = p.company
WHERE m.session = $1 AND m.state = 'planned' AND d.kept_at IS NULL AND sl.starts_at > $2
ORDER BY sl.starts_at, d.id LIMIT $3
"""


async def waiting(actor: Actor, session_id: int) -> list[DeclinedRow]:
    """The declined meetings of a session that are still to come, the next one first; one more than
    are shown. None for who may not see the day."""
    if not actor.may("day.read"):
        return []
    return typed(DeclinedRow, await rows(WAITING, session_id, clock.now(), SHOWN + 1))


@action
async def keep(actor: Actor, form: KeepForm, *, session_id: int, meeting_id: int) -> int:
    """The desk keeps a meeting as it is. Conflict where nobody declines it any more."""
    require(actor, "day.write")
    await wall.day_meeting(actor, session_id, meeting_id)
    done = await execute(
        "UPDATE meeting_declined SET kept_at = $3, kept_by = $4 WHERE meeting = $1"
        " AND participant = $2 AND kept_at IS NULL",
        meeting_id,
        form.participant,
        clock.now(),
        actor.name,
    )
    if done != "UPDATE 1":
        raise Conflict(
            N_("Nobody declines this meeting any more, or somebody has kept it already.")
        )
    await record(
        actor, "meeting.keep", "meeting", meeting_id, after={"participant": form.participant}
    )
    return meeting_id
