"""Answers to invitations: on the signed page, and by mail through the LMTP endpoint."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from typing import Any

import icalendar
import pytest

from events.schedules.additions import Kind
from server import settings
from server.database import execute, row, value
from server.mail import arriving
from tests.cast import Cast, Visitor
from tests.events.agendas.day import change, everybody_told, meeting
from tests.events.agendas.test_telling import entries, mails
from tests.events.matchmaking.scene import Scene, session_with


@pytest.fixture
async def scene(cast: Cast) -> Scene:
    made = await session_with(cast, 2)
    await meeting(made, 0, 1)
    await everybody_told(made)
    return made


@pytest.fixture
async def letterbox(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """The endpoint, open on a port of this machine."""
    monkeypatch.setenv("PAVILION_LMTP", "127.0.0.1:0")
    monkeypatch.setenv("PAVILION_REPLY_ADDRESS", "meet@house.example")
    settings.load.cache_clear()
    server = await arriving.listen()
    assert server is not None
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        monkeypatch.undo()
        settings.load.cache_clear()


async def page_of(cast: Cast) -> str:
    """The page of Ana's invitation, from her mail."""
    text = await value(
        "SELECT body_text FROM message WHERE person = $1 ORDER BY id DESC LIMIT 1",
        cast.ana.person_id,
    )
    _, _, rest = str(text).partition("http://pavilion.test/invitations/")
    return "/invitations/" + rest.split()[0]


async def said() -> dict[str, Any]:
    found = await row(
        "SELECT answer, answered_by, sequence FROM invitation WHERE email = 'ana@cast.example'"
    )
    assert found is not None
    return found


def reply(request: icalendar.Event, partstat: str, **more: Any) -> bytes:
    """The mail by which a calendar program answers."""
    given = {
        "uid": str(request["uid"]), "sequence": int(request["sequence"]),
        "who": "ANA@cast.example", "method": "REPLY", "at": "20270101T000000Z", **more,
    }  # fmt: skip
    calendar = "\r\n".join((
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Other//EN", f"METHOD:{given['method']}",
        "BEGIN:VEVENT", f"UID:{given['uid']}", f"SEQUENCE:{given['sequence']}",
        f"DTSTAMP:{given['at']}", "DTSTART:20270301T090000Z",
        f"ATTENDEE;PARTSTAT={partstat}:mailto:{given['who']}", "END:VEVENT", "END:VCALENDAR", "",
    ))  # fmt: skip
    return (
        "From: ana@cast.example\r\nTo: x\r\nSubject: Accepted\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/calendar; method={given['method']}; charset=UTF-8\r\n\r\n{calendar}"
    ).encode()


async def post(port: int, to: str, mail: bytes) -> tuple[int, bytes]:
    """What the endpoint says to a mail server that hands over `mail`."""

    def hand_over() -> tuple[int, bytes]:
        with smtplib.LMTP("127.0.0.1", port) as server:
            try:
                server.sendmail("ana@cast.example", [to], mail)
            except smtplib.SMTPDataError as fault:
                return fault.smtp_code, bytes(fault.smtp_error)
            except smtplib.SMTPRecipientsRefused as fault:
                return fault.recipients[to]
            return 250, b""

    return await asyncio.to_thread(hand_over)


async def test_guest_answers_on_the_signed_page_without_signing_in(
    cast: Cast, visitor: Visitor, scene: Scene
) -> None:
    path = await page_of(cast)
    shown = await visitor.get(path)
    assert "Carla Example (Officina Rossi)" in shown.text
    assert (await said())["answer"] == "needs-action"
    sent = await visitor.send_form(path, {"answer": "tentative"})
    assert sent.status_code == 303
    assert await said() == {"answer": "tentative", "answered_by": "page", "sequence": 0}
    assert "Perhaps" in (await cast.mara.get("/desk/calendars")).text
    assert "Perhaps" in (await cast.ana.get("/my/calendars")).text
    assert "Perhaps" not in (await cast.nils.get("/desk/calendars")).text
    for wrong in (path[:-1] + ("A" if path[-1] != "A" else "B"), "/invitations/999/x"):
        assert (await visitor.get(wrong)).status_code == 404
    for nothing in ({}, {"answer": "needs-action"}, {"answer": "maybe"}):
        assert (await visitor.send_form(path, nothing)).status_code == 422


async def test_new_time_asks_again_and_a_cancelled_meeting_takes_no_answer(
    cast: Cast, visitor: Visitor, scene: Scene
) -> None:
    path = await page_of(cast)
    await visitor.send_form(path, {"answer": "accepted"})
    made = await value("SELECT id FROM meeting")
    await change([made], Kind.MOVED, "slot = $2", scene.slots[1].id)
    await everybody_told(scene)
    assert await said() == {"answer": "needs-action", "answered_by": "", "sequence": 1}
    await change([made], Kind.CANCELLED, "state = 'cancelled', live = false, why = 'Ill'")
    await everybody_told(scene)
    late = await visitor.send_form("/login", {"answer": "accepted"}, to=path)
    assert late.status_code == 409
    assert "no answer is needed" in (await visitor.get(path)).text
    with pytest.raises(Exception, match="only rises"):
        await execute("UPDATE invitation SET sequence = 0")


async def test_guest_who_is_taken_out_of_a_meeting_is_uninvited(cast: Cast, scene: Scene) -> None:
    made = await value("SELECT id FROM meeting")
    await execute("DELETE FROM meeting_seat WHERE participant = $1", scene.people[0].id)
    await execute(
        "INSERT INTO meeting_to_tell (meeting, participant, at) VALUES ($1, $2, now())",
        made,
        scene.people[0].id,
    )
    await everybody_told(scene)
    *_, last = await mails(cast.ana)
    ((method, entry),) = entries(last)
    assert (method, entry["sequence"]) == ("CANCEL", 1)
    assert "status" not in entry
    assert str(entry["attendee"]) == "mailto:ana@cast.example"


async def test_program_answers_by_mail_to_the_address_of_its_invitation(
    cast: Cast, letterbox: int
) -> None:
    scene = await session_with(cast, 2)
    made = await meeting(scene, 0, 1)
    await everybody_told(scene)
    ((_, request),) = entries((await mails(cast.ana))[0])
    to = str(request["organizer"]).removeprefix("mailto:")
    assert to.startswith("meet+")
    assert to.endswith("@house.example")
    assert request["attendee"].params["RSVP"] == "TRUE"

    assert (await post(letterbox, to.upper(), reply(request, "ACCEPTED")))[0] == 250
    assert (await said())["answer"] == "accepted"
    for mail, code in (
        (reply(request, "DECLINED", who="mallory@cast.example"), 554),
        (reply(request, "DECLINED", uid="other"), 554),
        (reply(request, "DECLINED", method="REQUEST"), 554),
        (reply(request, "NEEDS-ACTION"), 554),
        (b"Subject: I am away\r\n\r\nUntil Monday.\r\n", 554),
        (b"Content-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\n", 554),
    ):
        assert (await post(letterbox, to, mail))[0] == code
    for unknown in ("meet+" + "0" * 32 + "@house.example", "meet+x@house.example"):
        assert (await post(letterbox, unknown, reply(request, "DECLINED")))[0] == 550
    for foreign in (to.replace("house", "other"), "postmaster@house.example"):
        assert (await post(letterbox, foreign, reply(request, "DECLINED")))[0] == 550
    assert await said() == {"answer": "accepted", "answered_by": "mail", "sequence": 0}

    await change([made], Kind.MOVED, "slot = $2", scene.slots[1].id)
    await everybody_told(scene)
    assert (await post(letterbox, to, reply(request, "DECLINED")))[0] == 250
    assert (await said())["answer"] == "needs-action"
    *_, moved = await mails(cast.ana)
    ((_, second),) = entries(moved)
    assert str(second["organizer"]) == str(request["organizer"])
    assert (await post(letterbox, to, reply(second, "DECLINED")))[0] == 250
    assert (await said())["answer"] == "declined"


async def test_answer_that_was_written_earlier_and_comes_later_changes_nothing(
    cast: Cast, visitor: Visitor, letterbox: int
) -> None:
    scene = await session_with(cast, 2)
    await meeting(scene, 0, 1)
    await everybody_told(scene)
    ((_, request),) = entries((await mails(cast.ana))[0])
    to = str(request["organizer"]).removeprefix("mailto:")
    for partstat, at, holds in (
        ("ACCEPTED", "20200102T000000Z", "accepted"),
        ("DECLINED", "20200101T235959Z", "accepted"),
        ("TENTATIVE", "20200102T000000Z", "tentative"),
        ("TENTATIVE", "20200103T000000Z", "tentative"),
        ("DECLINED", "20200102T120000Z", "tentative"),
    ):
        assert (await post(letterbox, to, reply(request, partstat, at=at)))[0] == 250
        assert (await said())["answer"] == holds
    await visitor.send_form(await page_of(cast), {"answer": "accepted"})
    assert (await post(letterbox, to, reply(request, "DECLINED", at="20200104T000000Z")))[0] == 250
    assert (await said())["answer"] == "accepted"


async def test_endpoint_is_off_by_default(cast: Cast, scene: Scene) -> None:
    assert await arriving.listen() is None
    ((_, request),) = entries((await mails(cast.ana))[0])
    assert str(request["organizer"]) == "mailto:hello@nordhafen.example"
    assert request["attendee"].params["RSVP"] == "FALSE"
