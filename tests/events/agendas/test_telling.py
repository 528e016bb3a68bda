"""Calendars and mails of meetings: one mail per person and change, the same entry in the feed."""

import re
from email import policy
from email.parser import BytesParser

import icalendar

from events.calendars import delivery as feeds
from events.schedules.additions import Kind
from server.database import row, rows, value
from server.mail import delivery
from tests.cast import Cast, Someone
from tests.events.agendas.day import change, everybody_told, key_of, meeting
from tests.events.calendars.engines import agreed
from tests.events.matchmaking.scene import Scene, session_with


async def mails(someone: Someone) -> list[bytes]:
    """What was written to somebody, as the mail server gets it."""
    found = await rows(
        "SELECT m.*, a.name AS agency_name, a.email AS agency_email FROM message m"
        " JOIN agency a ON a.id = m.agency WHERE m.person = $1 ORDER BY m.id",
        someone.person_id,
    )
    return [(await delivery._mime(each)).as_bytes() for each in found]


def entries(mail: bytes) -> list[tuple[str, icalendar.Event]]:
    """(METHOD, entry) of the invitations of a mail."""
    read = BytesParser(policy=policy.default).parsebytes(mail)
    found = []
    for part in read.walk():
        if part.get_content_type() in ("text/calendar", "application/ics"):
            calendar = icalendar.Calendar.from_ical(part.get_payload(decode=True))
            (event,) = calendar.events
            assert part.get_param("method") == calendar["method"]
            found.append((str(calendar["method"]), event))
    return found


async def feed(someone: Someone) -> dict[str, icalendar.Event]:
    """The entries of somebody's own calendar by UID."""
    made = await someone.send_form("/my/calendars", {"label": "Phone"}, follow_redirects=True)
    path = re.search(r"/cal/[\w-]{43}\.ics", made.text)
    assert path is not None
    feeds.forget()
    answer = await someone.get(path[0])
    return {str(each["uid"]): each for each in icalendar.Calendar.from_ical(answer.content).events}


def checked(mail: bytes) -> None:
    """The mail is an invitation that programs take: the calendar is the last alternative, is no
    attachment, says the same METHOD as its header, and five readers see one entry (RFC 6047 2.4).
    """
    assert b"\n" not in mail.replace(b"\r\n", b"")
    read = BytesParser(policy=policy.default).parsebytes(mail)
    (part,) = [each for each in read.walk() if each.get_content_type() == "text/calendar"]
    both = next(each for each in read.walk() if each.get_content_type() == "multipart/alternative")
    kinds = [each.get_content_type() for each in both.iter_parts()]  # type: ignore[attr-defined]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    assert part["content-disposition"] is None
    assert part["content-transfer-encoding"] == "base64"
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    assert len(agreed(data)) == 1
    calendar = icalendar.Calendar.from_ical(data)
    (entry,) = calendar.events
    assert part.get_param("method") == str(calendar["method"])
    assert str(entry["organizer"]).startswith("mailto:")
    assert str(entry["attendee"]) == f"mailto:{read['to'].addresses[0].addr_spec}"
    assert entry.walk("VALARM") == []


async def test_meeting_is_told_moved_and_cancelled_under_one_uid(cast: Cast) -> None:
    scene: Scene = await session_with(cast, 2)
    made = await meeting(scene, 0, 1)
    await everybody_told(scene)
    await everybody_told(scene)
    (first,) = await mails(cast.ana)
    ((method, new),) = entries(first)
    assert (method, new["sequence"], new["status"]) == ("REQUEST", 0, "CONFIRMED")
    assert str(new["location"]).startswith("Table 1, A") or "1" in str(new["location"])
    assert "Carla Example (Officina Rossi)" in str(new["summary"])
    assert str(new["attendee"]) == "mailto:ana@cast.example"
    assert str(new["organizer"]) == "mailto:hello@nordhafen.example"
    shown = (await feed(cast.ana))[str(new["uid"])]
    assert shown["dtstart"].dt == new["dtstart"].dt
    assert "attendee" not in shown

    await change([made], Kind.MOVED, "slot = $2", scene.slots[1].id)
    await everybody_told(scene)
    _, second = await mails(cast.ana)
    ((method, moved),) = entries(second)
    assert (method, moved["sequence"], str(moved["uid"])) == ("REQUEST", 1, str(new["uid"]))

    await change([made], Kind.CANCELLED, "state = 'cancelled', live = false, why = 'Ill'")
    await everybody_told(scene)
    *_, third = await mails(cast.ana)
    ((method, off),) = entries(third)
    assert (method, off["sequence"], off["status"]) == ("CANCEL", 2, "CANCELLED")
    assert str(off["uid"]) == str(new["uid"])
    assert "Ill" in BytesParser(policy=policy.default).parsebytes(third)["subject"]
    assert len(await mails(cast.ana)) == len(await mails(cast.carla)) == 3
    for mail in (first, second, third):
        checked(mail)


async def test_people_have_entries_of_their_own(cast: Cast) -> None:
    scene = await session_with(cast, 2)
    await meeting(scene, 0, 1)
    await everybody_told(scene)
    uids = [str(entries((await mails(who))[0])[0][1]["uid"]) for who in (cast.ana, cast.carla)]
    assert uids[0] != uids[1]
    assert await value("SELECT count(*) FROM calendar_item WHERE company = $1", cast.quinta) == 1


async def test_five_changes_at_once_are_one_mail(cast: Cast) -> None:
    scene = await session_with(cast, 6)
    made = [await meeting(scene, 0, n, slot=n - 1, place=n - 1) for n in (1, 3, 5)]
    await everybody_told(scene)
    (first,) = await mails(cast.ana)
    found = entries(first)
    assert [method for method, _ in found] == ["REQUEST"] * 3
    assert len({str(each["uid"]) for _, each in found}) == 3
    subject = BytesParser(policy=policy.default).parsebytes(first)["subject"]
    assert "3 of your meetings" in subject
    await change(made[:2], Kind.CANCELLED, "state = 'cancelled', live = false")
    await change(made[2:], Kind.MOVED, "slot = $2", scene.slots[3].id)
    await everybody_told(scene)
    _, second = await mails(cast.ana)
    assert sorted(method for method, _ in entries(second)) == ["CANCEL", "CANCEL", "REQUEST"]


async def test_what_is_moved_back_before_anybody_was_told_is_not_told(cast: Cast) -> None:
    scene = await session_with(cast, 2)
    made = await meeting(scene, 0, 1)
    await everybody_told(scene)
    await change([made], Kind.MOVED, "slot = $2", scene.slots[1].id)
    await change([made], Kind.MOVED, "slot = $2", scene.slots[0].id)
    await everybody_told(scene)
    assert len(await mails(cast.ana)) == 1
    assert await value("SELECT count(*) FROM meeting_to_tell") == 0


async def test_meeting_called_off_before_anybody_was_told_is_no_mail(cast: Cast) -> None:
    scene = await session_with(cast, 2)
    made = await meeting(scene, 0, 1)
    await change([made], Kind.CANCELLED, "state = 'cancelled', live = false")
    await everybody_told(scene)
    assert await mails(cast.ana) == []
    assert (
        await row("SELECT 1 FROM calendar_item WHERE key LIKE $1", f"%{await key_of(made)}%")
        is None
    )
