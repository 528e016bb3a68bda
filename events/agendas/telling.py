"""Telling people of a change: their calendar, and one mail however much has changed.

The transaction that changes a plan only notes who is to be told. A job then compares, for each
person, what their calendar says with how their meetings stand now. So a meeting that was moved
twice is told once, one that was moved back is not told at all, and a publication that moves five
meetings of somebody sends them one mail.
"""

from collections.abc import Sequence
from typing import Any

from events.calendars import actions as calendars
from events.calendars import invitations
from events.calendars.invitations import Mailbox, Told
from events.schedules.additions import Change
from server import clock, jobs, text
from server.database import action, execute, row, rows, step
from server.mail.actions import send
from server.settings import load
from server.text import N_, gettext
from server.web.formats import wall

TOLD = "agendas.tell"
MOST_INVITATIONS = 40
"""A mail carries so many invitations at most; what is more stands in its words and in the feed."""


@step
async def note(session_id: int, changes: Sequence[Change]) -> None:
    """Note who is to be told of what. A note that waits already is locked, so that nobody is told
    of it before this transaction is over."""
    pairs = [(change.meeting_id, who) for change in changes for who in change.participants]
    await execute(
        "INSERT INTO meeting_to_tell (meeting, participant, at)"
        " SELECT m, p, $3 FROM unnest($1::int[], $2::int[]) AS t (m, p) ORDER BY p, m"
        " ON CONFLICT (participant, meeting) DO UPDATE SET at = excluded.at",
        [meeting for meeting, _ in pairs],
        [participant for _, participant in pairs],
        clock.now(),
    )
    await jobs.enqueue(TOLD, session_id=session_id)


async def tell(session_id: int) -> int:
    """Tell everybody of the session who is to be told; the number of mails."""
    waiting = await rows(
        "SELECT DISTINCT t.participant FROM meeting_to_tell t JOIN participant p"
        " ON p.id = t.participant WHERE p.session = $1 ORDER BY 1",
        session_id,
    )
    return sum([await _tell_one(each["participant"]) for each in waiting])


WHO = """
SELECT p.key, p.company, p.person, pe.name, pe.email, pe.locale, s.agency, a.name AS agency_name,
    a.email AS agency_email, s.id AS session, s.title, s.venue, s.tz, s.fair
FROM participant p JOIN person pe ON pe.id = p.person JOIN meeting_session s ON s.id = p.session
JOIN agency a ON a.id = s.agency WHERE p.id = $1
"""
MEETINGS = """
SELECT m.id, m.key, m.live, m.state, m.why, sl.start_local, sl.end_local,
    coalesce(pl.label, '') AS place, coalesce(pl.area, '') AS area,
    (SELECT string_agg(ope.name || ' (' || oc.name || ')', ', ' ORDER BY o.id)
    FROM meeting_seat os JOIN participant o ON o.id = os.participant
    JOIN person ope ON ope.id = o.person JOIN company oc ON oc.id = o.company
    WHERE os.meeting = m.id AND o.id <> $2) AS others,
    EXISTS (SELECT FROM meeting_seat mine WHERE mine.meeting = m.id AND mine.participant = $2)
        AS sits
FROM meeting m JOIN session_slot sl ON sl.id = m.slot
LEFT JOIN session_place pl ON pl.id = m.place
WHERE m.id = ANY($1::int[]) ORDER BY sl.starts_at, m.id
"""


@action
async def _tell_one(participant: int) -> int:
    """One person: their entries as they are now, and one mail of all that is new to them."""
    gone = await rows(
        "DELETE FROM meeting_to_tell WHERE participant = $1 RETURNING meeting, id", participant
    )
    who = await row(WHO, participant)
    if not gone or who is None:
        return 0
    meetings = await rows(MEETINGS, [each["meeting"] for each in gone], participant)
    keys = [_key(each, who) for each in meetings]
    before = await invitations.standing(keys)
    for each in meetings:
        await _put(each, who, before.get(_key(each, who)))
    after = await invitations.standing(keys)
    changed = [
        (before.get(key), after[key], each)
        for key, each in zip(keys, meetings, strict=True)
        if key in after and invitations.changed(before.get(key), after[key])
    ]
    if not changed:
        return 0
    organizer = Mailbox(who["agency_name"], who["agency_email"] or load().smtp_from)
    attendee = Mailbox(who["name"], who["email"])
    issued = [
        await invitations.issue(
            now, organizer, attendee, agency=who["agency"], company=who["company"],
            still_on=each["live"] and not each["sits"],
        )
        for _, now, each in changed
    ]  # fmt: skip
    with text.speaking(who["locale"]):
        lines = [_line(*each) for each in changed]
        asked = [
            gettext(N_("{line} Will you come? {page}"), line=line, page=each.page)
            if each.page
            else line
            for line, each in zip(lines, issued, strict=True)
        ]
    await send(
        key=f"meetings:{participant}:{max(each['id'] for each in gone)}",
        to_email=who["email"],
        to_name=who["name"],
        locale=who["locale"],
        template="meetings-changed",
        agency=who["agency"],
        company=who["company"],
        person=who["person"],
        invitations=[each.calendar for each in issued[:MOST_INVITATIONS]],
        title=who["title"],
        lines=asked,
        one=lines[0] if len(lines) == 1 else "",
        path=f"/my/meetings/{who['session']}/agenda",
    )
    return 1


def _key(meeting: dict[str, Any], who: dict[str, Any]) -> str:
    return f"meeting:{meeting['key']}:{who['key']}"


async def _put(meeting: dict[str, Any], who: dict[str, Any], before: Told | None) -> None:
    """The entry of a meeting in the calendar of one of its people."""
    key = _key(meeting, who)
    if not (meeting["live"] and meeting["sits"]):
        # What was missed stays in the calendar as it was: only what was called off is cancelled.
        if meeting["state"] != "missed":
            await calendars.cancel(key)
        return
    place = ", ".join(filter(None, (meeting["place"], meeting["area"], who["venue"])))
    with text.speaking(None):
        await calendars.put(
            key=key,
            kind="meeting",
            summary=gettext(N_("Meeting with {others}"), others=meeting["others"]),
            description=f"{who['title']}\n{who['name']} – {meeting['others']}",
            location=place or gettext(N_("Online")),
            tz=who["tz"],
            start=meeting["start_local"],
            end=meeting["end_local"],
            url=f"/my/meetings/{who['session']}/agenda/{meeting['key']}",
            fair=who["fair"],
            company=who["company"],
            person=who["person"],
            visibility="company",
        )


def _line(before: Told | None, now: Told, meeting: dict[str, Any]) -> str:
    """A change in one line."""
    said = {
        "when": _when(now),
        "place": now.location,
        "others": meeting["others"],
        "before": _when(before) if before else "",
        "old_place": before.location if before else "",
    }
    if now.status == "cancelled":
        if meeting["why"]:
            return gettext(N_("Cancelled: {when}, {others}. {why}"), why=meeting["why"], **said)
        return gettext(N_("Cancelled: {when}, {others}."), **said)
    if before is None or before.status == "cancelled":
        return gettext(N_("New: {when}, {place}: {others}."), **said)
    if said["before"] == said["when"] and said["place"] == said["old_place"]:
        return gettext(N_("Other people: {when}, {place}: {others}."), **said)
    if said["before"] == said["when"]:
        return gettext(
            N_("Another place: {when}, {place} instead of {old_place}: {others}."), **said
        )
    return gettext(N_("Moved: {when} instead of {before}, {place}: {others}."), **said)


def _when(item: Told) -> str:
    assert item.start_local is not None
    return f"{wall(item.start_local)} ({item.tz})"
