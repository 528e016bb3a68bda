"""Mail that comes back: an LMTP endpoint (RFC 2033) for answers to what Pavilion mailed.

Off unless both PAVILION_LMTP and PAVILION_REPLY_ADDRESS are set. The house's mail server hands
over what is addressed to `<box>+<key>@<domain>`; each room that expects answers names its box. An
address that nobody waits at is refused while the sender is still connected, so nothing bounces.
"""

import asyncio
import email
import re
from collections.abc import Awaitable, Callable
from email import policy
from email.message import EmailMessage

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from server.errors import NotFound, Refused
from server.settings import load
from server.text import speaking

LARGEST = 1_000_000
log = structlog.get_logger("mail")
Handler = Callable[[str, EmailMessage], Awaitable[str]]
_boxes: dict[str, Handler] = {}


def arrives(box: str) -> Callable[[Handler], Handler]:
    """Register who takes mail for `<box>+<key>`: a handler of (key, mail) that returns a sentence,
    or raises what a person would be told."""

    def register(handler: Handler) -> Handler:
        _boxes[box] = handler
        return handler

    return register


def address(box: str, key: str) -> str:
    """Where an answer is mailed to, "" where the house takes no mail."""
    settings = load()
    domain = settings.reply_address.rpartition("@")[2]
    return f"{box}+{key}@{domain}" if domain and settings.lmtp else ""


def _opened(recipient: str) -> tuple[str, str] | None:
    """(box, key) of an address of ours, whatever the case a mail server gave it."""
    domain = load().reply_address.rpartition("@")[2].lower()
    found = re.fullmatch(r"([a-z]+)\+([0-9a-z]{1,64})@(.+)", recipient.lower())
    if found is None or found[3] != domain or found[1] not in _boxes:
        return None
    return found[1], found[2]


class Reception:
    """What the endpoint does with a mail. One recipient at a time: LMTP answers for each."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, recipient: str, options: list[str]
    ) -> str:
        """Take an address at which somebody waits."""
        if _opened(recipient) is None:
            return "550 5.1.1 Nobody waits for mail at this address"
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient at a time"
        envelope.rcpt_tos.append(recipient)
        return "250 2.1.5 Go on"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Hand the mail to its room; 5xx for what will never be taken, 4xx for a fault of ours."""
        opened = _opened(envelope.rcpt_tos[0])
        assert opened is not None
        box, key = opened
        content = envelope.content
        data = content.encode() if isinstance(content, str) else content or b""
        mail = email.message_from_bytes(data, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        try:
            with speaking(None):
                said = await _boxes[box](key, mail)
        except NotFound:
            return "550 5.1.1 Nobody waits for mail at this address"
        except Refused as refused:
            return f"554 5.6.0 {_ascii(str(refused))}"
        except Exception:
            log.exception("a mail was not taken in", box=box)
            return "451 4.3.0 Try again later"
        return f"250 2.0.0 {_ascii(said)}"


def _ascii(said: str) -> str:
    return re.sub(r"[^ -~]+", " ", said)[:300]


async def listen() -> asyncio.Server | None:
    """Open the endpoint; None where it is off. OSError where the address cannot be had. Several
    workers share one address."""
    settings = load()
    if not settings.lmtp or not settings.reply_address:
        return None
    host, _, port = settings.lmtp.rpartition(":")
    return await asyncio.get_running_loop().create_server(
        lambda: LMTP(
            Reception(), hostname="pavilion", data_size_limit=LARGEST, enable_SMTPUTF8=True
        ),
        host,
        int(port),
        reuse_port=True,
    )
