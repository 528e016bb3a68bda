"""The outbox against a real SMTP server: delivered, put off, refused, down, hanging, twice."""

import asyncio
import email
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from server import clock, jobs, settings
from server.app import register_jobs
from server.database import action, execute, row, rows, value
from server.documents import actions as documents
from server.errors import Refused
from server.mail import actions, delivery, rules
from tests.cast import Cast

register_jobs()


class Postbox:
    """A mail server that can be told what to say."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answer_to_rcpt = ""
        self.answer_to_data = ""
        self.hang = False

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answer_to_rcpt:
            return self.answer_to_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.hang:
            await asyncio.sleep(30)
        if self.answer_to_data:
            return self.answer_to_data
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients += envelope.rcpt_tos
        return "250 Kept"


@pytest.fixture
async def postbox(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Postbox]:
    """A mail server on a port of this machine, and settings that name it."""
    box = Postbox()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, hostname="postbox"), "127.0.0.1", 0
    )
    monkeypatch.setenv("SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("SMTP_PORT", str(server.sockets[0].getsockname()[1]))
    monkeypatch.setenv("SMTP_STARTTLS", "false")
    monkeypatch.setenv("SMTP_FROM", "pavilion@house.example")
    settings.load.cache_clear()
    try:
        yield box
    finally:
        server.close()
        settings.load.cache_clear()


@action
async def send(cast: Cast, key: str = "event:1", **more: Any) -> int | None:
    """An invitation in the name of Nordhafen, which will do as any mail."""
    given = {
        "key": key,
        "to_email": "ana@cast.example",
        "to_name": "Ana Example",
        "locale": "en",
        "template": "invite",
        "agency": cast.nordhafen,
        "company": cast.quinta,
        "inviter": "Mara",
        "organisation": "Quinta & Sons",
        "link": "http://pavilion.test/invite?token=1",
        **more,
    }
    return await actions.send(**given)


async def state(message: int | None) -> dict[str, Any]:
    """What the outbox knows of a mail."""
    found = await row("SELECT * FROM message WHERE id = $1", message)
    assert found is not None
    return found


async def later(**by: int) -> None:
    """Let so much time pass for every mail that waits."""
    await execute("UPDATE message SET next_try_at = next_try_at - $1::interval", timedelta(**by))


async def test_mail_is_delivered_with_words_sender_and_attachment(
    cast: Cast, postbox: Postbox
) -> None:
    @action
    async def letter() -> int:
        return await documents.issue(
            kind="letter", title="Übersicht", filename="Übersicht.pdf", template="letter",
            content={}, agency=cast.nordhafen, company=cast.quinta,
        )  # fmt: skip

    message = await send(cast, attachments=[await letter()])
    await jobs.drain()
    (mail,) = postbox.mails
    assert postbox.recipients == ["ana@cast.example"]
    assert mail["From"] == "Nordhafen Trade <pavilion@house.example>"
    assert mail["Reply-To"] == "Nordhafen Trade <hello@nordhafen.example>"
    assert mail["Subject"] == "Mara invites you to Quinta & Sons"
    text = mail.get_body(("plain",))
    html = mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Quinta & Sons" in text.get_content()
    assert "Quinta &amp; Sons" in html.get_content()
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "Übersicht.pdf"
    assert attached.get_content().startswith(b"%PDF")
    kept = await state(message)
    assert (kept["state"], kept["message_id"]) == ("sent", mail["Message-ID"])


async def test_mail_of_an_undone_act_is_never_written(cast: Cast, postbox: Postbox) -> None:
    @action
    async def fails() -> None:
        await actions.send(
            key="x", to_email="a@b.example", to_name="A", locale="en", template="invite",
            inviter="M", organisation="O", link="L",
        )  # fmt: skip
        raise Refused("no")

    with pytest.raises(Refused):
        await fails()
    await jobs.drain()
    assert postbox.mails == []


async def test_same_event_writes_one_mail(cast: Cast, postbox: Postbox) -> None:
    first = await send(cast)
    assert first is not None
    assert await send(cast) is None
    await jobs.drain()
    assert len(postbox.mails) == 1


async def test_two_workers_deliver_a_mail_once(cast: Cast, postbox: Postbox) -> None:
    messages = [await send(cast, key=f"event:{n}") for n in range(20)]
    await asyncio.gather(*(delivery.deliver(m or 0) for m in messages for _ in range(3)))
    assert len(postbox.mails) == 20
    assert len({mail["Message-ID"] for mail in postbox.mails}) == 20


async def test_worker_that_died_after_the_server_said_yes_sends_the_same_message_id(
    cast: Cast, postbox: Postbox
) -> None:
    message = await send(cast)
    assert await delivery.deliver(message or 0)
    await execute("UPDATE message SET state = 'queued', sent_at = NULL")
    assert not await delivery.deliver(message or 0)
    await later(minutes=6)
    await jobs.sweep("mail.sweep")
    first, second = postbox.mails
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.parametrize("where", ["answer_to_rcpt", "answer_to_data"])
async def test_mail_put_off_by_the_server_is_tried_again_later(
    cast: Cast, postbox: Postbox, where: str
) -> None:
    setattr(postbox, where, "451 4.7.1 Greylisted, try again")
    message = await send(cast)
    await jobs.drain()
    kept = await state(message)
    assert (kept["state"], kept["attempts"]) == ("queued", 1)
    assert "Greylisted" in kept["last_error"]
    await jobs.sweep("mail.sweep")
    assert (await state(message))["attempts"] == 1, "not before its time"
    setattr(postbox, where, "")
    await later(minutes=2)
    await jobs.sweep("mail.sweep")
    assert (await state(message))["state"] == "sent"


@pytest.mark.parametrize("where", ["answer_to_rcpt", "answer_to_data"])
async def test_mail_refused_for_good_is_a_dead_letter_that_can_be_sent_again(
    cast: Cast, postbox: Postbox, where: str
) -> None:
    setattr(postbox, where, "550 5.1.1 No such mailbox")
    message = await send(cast)
    await jobs.drain()
    assert (await state(message))["state"] == "failed"
    shown = await cast.vera.get("/desk/mail?state=failed")
    assert "No such mailbox" in shown.text
    assert "Send again" not in shown.text
    setattr(postbox, where, "")
    resend = f"/desk/mail/{message}/resend"
    assert (await cast.vera.send_form("/desk/mail", to=resend)).status_code == 403
    assert (await cast.nils.send_form("/desk/mail", to=resend)).status_code == 404
    assert (await cast.mara.send_form("/desk/mail", to=resend)).status_code == 303
    await jobs.drain()
    assert (await state(message))["state"] == "sent"


async def test_server_that_is_down_is_tried_until_it_is_enough(
    cast: Cast, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("SMTP_PORT", str(nobody.getsockname()[1]))
        settings.load.cache_clear()
        message = await send(cast)
        for _ in range(rules.TRIES):
            await delivery.deliver(message or 0)
            await later(hours=7)
    kept = await state(message)
    assert (kept["state"], kept["attempts"]) == ("failed", rules.TRIES)


async def test_server_that_hangs_is_left_and_pages_stay_quick(
    cast: Cast, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "TIMEOUT", 0.5)
    postbox.hang = True
    message = await send(cast)
    delivering = asyncio.create_task(delivery.deliver(message or 0))
    await asyncio.sleep(0.1)
    async with asyncio.timeout(2):
        assert (await cast.mara.get("/desk/mail")).status_code == 200
    assert not await delivering
    assert (await state(message))["state"] == "queued"


async def test_without_a_mail_server_mails_wait_and_the_page_says_so(cast: Cast) -> None:
    message = await send(cast)
    await jobs.drain()
    kept = await state(message)
    assert (kept["state"], kept["attempts"]) == ("queued", 0)
    assert "No mail server is set" in (await cast.mara.get("/desk/mail")).text


@pytest.mark.parametrize(
    "typed",
    [
        {"to_name": "Ana\r\nBcc: all@cast.example"},
        {"to_email": "ana@cast.example\nBcc: all@cast.example"},
        {"organisation": "Quinta\r\nBcc: all@cast.example"},
        {"inviter": "Mara\u2028Bcc: all@cast.example"},
    ],
)
async def test_line_break_in_a_header_is_refused(
    cast: Cast, postbox: Postbox, typed: dict[str, str]
) -> None:
    with pytest.raises(Refused, match="line break"):
        await send(cast, **typed)
    await jobs.drain()
    assert postbox.mails == []


async def test_messages_are_read_by_their_recipient_only(cast: Cast) -> None:
    message = await send(cast, person=cast.ana.person_id)
    assert "Mara invites you" in (await cast.ana.get("/my/messages")).text
    assert "Follow this link" in (await cast.ana.get(f"/my/messages/{message}")).text
    for other in (cast.ben, cast.carla):
        assert (await other.get(f"/my/messages/{message}")).status_code == 404
        assert "Mara invites you" not in (await other.get("/my/messages")).text
    await send(cast, key="event:2")
    assert "Mara invites you" in (await cast.ben.get("/my/messages")).text


async def test_house_mail_is_written_once_for_a_repeated_job(db: str) -> None:
    for _ in range(2):
        await actions.compose(
            to_email="zoe@new.example", to_name="Zoe", template="confirm",
            context={"link": "http://pavilion.test/confirm?token=abc"},
        )  # fmt: skip
    assert await value("SELECT count(*) FROM message") == 1
    assert [r["agency"] for r in await rows("SELECT agency FROM message")] == [None]


def test_waits_grow_and_end() -> None:
    now = clock.now()
    waits = [rules.next_try(n, now) for n in range(1, rules.TRIES + 1)]
    assert waits[0] == now + timedelta(minutes=1)
    assert waits[-1] is None
    whole = sum((w - now for w in waits if w is not None), timedelta())
    assert whole > timedelta(hours=20)


async def test_mail_whose_job_was_lost_is_sent_by_the_sweep(cast: Cast, postbox: Postbox) -> None:
    message = await send(cast)
    await execute("DELETE FROM pgqueuer")
    await jobs.sweep("mail.sweep")
    assert (await state(message))["state"] == "sent"


async def test_caught_mail_is_shown_in_the_demonstration_only(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "caught_mail"
    folder.mkdir()
    mail = EmailMessage()
    mail["To"], mail["Subject"] = "zoe@new.example", "Confirm <b>your</b> address"
    mail.set_content("Follow http://pavilion.test/confirm?token=abc now.")
    (folder / "1.eml").write_bytes(mail.as_bytes())
    assert (await cast.paul.get("/demo/mail")).status_code == 404
    monkeypatch.setenv("PAVILION_DEMO", "true")
    monkeypatch.setenv("PAVILION_VAR_DIR", str(tmp_path))
    settings.load.cache_clear()
    try:
        shown = (await cast.paul.get("/demo/mail")).text
    finally:
        monkeypatch.undo()
        settings.load.cache_clear()
    assert "Confirm &lt;b&gt;your&lt;/b&gt; address" in shown
    assert 'href="http://pavilion.test/confirm?token=abc"' in shown
