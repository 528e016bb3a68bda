"""Reads of the outbox, and of what the demonstration's mail server caught."""

import asyncio
import email
from datetime import datetime
from email import policy
from email.message import EmailMessage
from pathlib import Path

import msgspec

from server.accounts.permissions import Actor, require
from server.database import page_id, row, rows, typed
from server.errors import NotFound
from server.settings import load

PAGE = 50
CAUGHT_SHOWN = 100


class MessageLine(msgspec.Struct, frozen=True, kw_only=True):
    """A mail in a list; its words are for its recipient."""

    id: int
    to_name: str
    to_email: str
    subject: str
    state: str
    attempts: int
    next_try_at: datetime
    last_error: str
    created_at: datetime
    sent_at: datetime | None


class MessageCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many mails of an agency wait, went out, were given up."""

    queued: int
    sent: int
    failed: int


class MessageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A mail as its recipient reads it."""

    id: int
    subject: str
    body_text: str
    to_email: str
    created_at: datetime
    attachments: list[int]
    sender: str


class CaughtMail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail that went to the demonstration's mail server instead of into the world."""

    name: str
    to: str
    subject: str
    date: str
    text: str
    attachments: list[str]


_LINE = (
    "id, to_name, to_email, subject, state, attempts, next_try_at, last_error, created_at, sent_at"
)


async def outbox_page(
    actor: Actor, *, state: str = "", cursor: str = "", limit: int = PAGE
) -> tuple[list[MessageLine], str]:
    """Mails of `actor`'s agency, newest first, and the cursor of the next page."""
    require(actor, "mail.list")
    before = page_id(cursor)
    found = await rows(
        f"SELECT {_LINE} FROM message WHERE agency = $1"  # noqa: S608 - own names
        " AND ($2 = '' OR state = $2) AND ($3::bigint IS NULL OR id < $3)"
        " ORDER BY id DESC LIMIT $4",
        actor.agency_id,
        state,
        before,
        limit + 1,
    )
    shown = typed(MessageLine, found[:limit])
    return shown, str(shown[-1].id) if len(found) > limit else ""


async def counts(actor: Actor) -> MessageCounts:
    """The size of `actor`'s outbox by state."""
    require(actor, "mail.list")
    found = await row(
        "SELECT count(*) FILTER (WHERE state = 'queued') AS queued,"
        " count(*) FILTER (WHERE state = 'sent') AS sent,"
        " count(*) FILTER (WHERE state = 'failed') AS failed FROM message WHERE agency = $1",
        actor.agency_id,
    )
    assert found is not None
    return typed(MessageCounts, found)


_OWN = (
    "(m.person = $1 OR (m.company = $2 AND m.person IS NULL))"
    " AND (m.agency IS NOT NULL OR m.company IS NOT NULL)"
)
_READ = (
    "m.id, m.subject, m.body_text, m.to_email, m.created_at, m.attachments,"
    " coalesce(a.name, 'Pavilion') AS sender FROM message m LEFT JOIN agency a ON a.id = m.agency"
)


async def own_messages(
    actor: Actor, *, cursor: str = "", limit: int = PAGE
) -> tuple[list[MessageRow], str]:
    """What was mailed to `actor`, newest first. Mails with links into an account are left out."""
    require(actor, "message.read")
    before = page_id(cursor)
    found = await rows(
        f"SELECT {_READ} WHERE {_OWN} AND ($3::bigint IS NULL OR m.id < $3)"
        " ORDER BY m.id DESC LIMIT $4",
        actor.person_id,
        actor.company_id,
        before,
        limit + 1,
    )
    shown = typed(MessageRow, found[:limit])
    return shown, str(shown[-1].id) if len(found) > limit else ""


async def own_message(actor: Actor, *, message_id: int) -> MessageRow:
    """One mail to `actor`, or NotFound."""
    require(actor, "message.read")
    found = await row(
        f"SELECT {_READ} WHERE {_OWN} AND m.id = $3::bigint",
        actor.person_id,
        actor.company_id,
        message_id,
    )
    if found is None:
        raise NotFound
    return typed(MessageRow, found)


async def caught() -> list[CaughtMail]:
    """The last mails that the demonstration caught, newest first; NotFound outside of it."""
    if not load().demo:
        raise NotFound
    return await asyncio.to_thread(_read_caught, load().var_dir / "caught_mail")


def _read_caught(folder: Path) -> list[CaughtMail]:
    found = []
    for file in sorted(folder.glob("*.eml"), reverse=True)[:CAUGHT_SHOWN]:
        mail = email.message_from_bytes(file.read_bytes(), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        body = mail.get_body(("plain",))
        found.append(
            CaughtMail(
                name=file.stem,
                to=str(mail["To"] or ""),
                subject=str(mail["Subject"] or ""),
                date=str(mail["Date"] or ""),
                text=str(body.get_content()) if body is not None else "",
                attachments=[part.get_filename() or "" for part in mail.iter_attachments()],
            )
        )
    return found
