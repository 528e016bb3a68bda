"""Handing a mail to the mail server, once: claimed in the database, said in SMTP, noted after."""

import asyncio
import re
import ssl
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

import aiosmtplib
import structlog

from server import clock, crashing
from server.database import execute, row
from server.documents import queries as documents
from server.mail.rules import LEASE, LONGEST_DELIVERY, MessageState, next_try
from server.settings import load

log = structlog.get_logger("mail")
TIMEOUT = 20.0
_METHOD = re.compile(rb"^METHOD:([A-Z]+)\r$", re.MULTILINE)

_CLAIM = """
UPDATE message m SET attempts = m.attempts + 1, next_try_at = $2
WHERE m.id = $1 AND m.state = 'queued' AND m.next_try_at <= $3
RETURNING m.id, m.to_email, m.to_name, m.subject, m.body_text, m.body_html, m.attachments,
    m.invitations, m.attempts, m.message_id, m.created_at, m.agency,
    (SELECT a.name FROM agency a WHERE a.id = m.agency) AS agency_name,
    (SELECT a.email FROM agency a WHERE a.id = m.agency) AS agency_email
"""


class Hopeless(Exception):
    """The mail server will never take this mail."""


async def deliver(message_id: int) -> bool:
    """Try to deliver a mail that waits and is due; whether a mail server has it now.

    The claim is one conditional UPDATE that moves the next try into the future, so of two workers
    one finds nothing to do. A worker that dies after the mail server said yes leaves the claim to
    lapse: then the mail goes out once more, with the same Message-ID.
    """
    if not load().smtp_host:
        return False
    now = clock.now()
    claimed = await row(_CLAIM, message_id, now + LEASE, now)
    if claimed is None:
        return False
    try:
        mail = await _mime(claimed)
        async with asyncio.timeout(LONGEST_DELIVERY.total_seconds()):
            await _say(mail, claimed["to_email"])
        crashing.point("mail.said")
    except Hopeless as fault:
        await _note_failure(claimed, str(fault), again=False)
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ssl.SSLError) as fault:
        await _note_failure(claimed, _said(fault), again=True)
    else:
        await execute(
            "UPDATE message SET state = $2, sent_at = $3, last_error = '' WHERE id = $1"
            " AND state = 'queued'",
            claimed["id"],
            MessageState.SENT.value,
            clock.now(),
        )
        return True
    return False


async def _mime(claimed: dict[str, Any]) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = Address(claimed["agency_name"] or "Pavilion", addr_spec=load().smtp_from)
        mail["To"] = Address(claimed["to_name"], addr_spec=claimed["to_email"])
        if claimed["agency_email"]:
            mail["Reply-To"] = Address(claimed["agency_name"], addr_spec=claimed["agency_email"])
        mail["Subject"] = claimed["subject"]
        mail["Date"] = format_datetime(claimed["created_at"])
        mail["Message-ID"] = claimed["message_id"]
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(claimed["body_text"])
        mail.add_alternative(claimed["body_html"], subtype="html")
        _invite(mail, claimed["invitations"])
    except (ValueError, MessageError) as fault:
        raise Hopeless(f"This mail cannot be written: {fault}") from fault
    for document_id in claimed["attachments"]:
        filename, media_type, data = await documents.pdf(document_id)
        main, _, sub = media_type.partition("/")
        mail.add_attachment(data, maintype=main, subtype=sub, filename=filename)
    return mail


def _invite(mail: EmailMessage, invitations: list[bytes]) -> None:
    """One invitation is the last alternative of the words (RFC 6047 2.4), so that programs offer
    it at once. A mail may hold one only, so several are files, each opened on its own.
    """
    for n, each in enumerate(invitations, 1):
        method = _METHOD.search(each)
        assert method is not None
        params = {"method": method[1].decode(), "charset": "UTF-8", "component": "VEVENT"}
        if len(invitations) == 1:
            mail.add_alternative(each, "text", "calendar", params=params)
        else:
            mail.add_attachment(each, "application", "ics", filename=f"{n}.ics", params=params)


async def _say(mail: EmailMessage, recipient: str) -> None:
    settings = load()
    try:
        await aiosmtplib.send(
            mail,
            sender=settings.smtp_from,
            recipients=[recipient],
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user or None,
            password=settings.smtp_password or None,
            start_tls=settings.smtp_starttls,
            timeout=TIMEOUT,
        )
    except aiosmtplib.SMTPRecipientsRefused as fault:
        refused = fault.recipients[0]
        if refused.code >= 500:
            raise Hopeless(f"{refused.code} {refused.message}") from fault
        raise
    except aiosmtplib.SMTPDataError as fault:
        if fault.code >= 500:
            raise Hopeless(f"{fault.code} {fault.message}") from fault
        raise


def _said(fault: BaseException) -> str:
    if isinstance(fault, aiosmtplib.SMTPResponseException):
        return f"{fault.code} {fault.message}"
    if isinstance(fault, aiosmtplib.SMTPRecipientsRefused):
        return f"{fault.recipients[0].code} {fault.recipients[0].message}"
    return str(fault) or type(fault).__name__


async def _note_failure(claimed: dict[str, Any], error: str, *, again: bool) -> None:
    following = next_try(claimed["attempts"], clock.now()) if again else None
    log.warning(
        "mail not delivered",
        message=claimed["id"],
        attempt=claimed["attempts"],
        error=error,
        given_up=following is None,
    )
    await execute(
        "UPDATE message SET state = $2, next_try_at = coalesce($3, next_try_at), last_error = $4"
        " WHERE id = $1 AND state = 'queued'",
        claimed["id"],
        (MessageState.FAILED if following is None else MessageState.QUEUED).value,
        following,
        error[:500],
    )
