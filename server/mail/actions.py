"""Writing a mail into the outbox, and trying a failed one again."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from server import clock, jobs, text
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, step, value
from server.errors import NotFound
from server.mail.rules import MessageState, message_id, one_line
from server.mail.writing import Sender, write
from server.organisations import queries as organisations
from server.settings import load


@step
async def send(
    *,
    key: str,
    to_email: str,
    to_name: str,
    locale: str,
    template: str,
    agency: int | None = None,
    company: int | None = None,
    person: int | None = None,
    attachments: Sequence[int] = (),
    invitations: Sequence[bytes] = (),
    **context: object,
) -> int | None:
    """Put a mail into the outbox, delivered after the commit; its id.

    `key` names the event and the recipient, such as "call:3:published:person:9"; a second mail of
    the same key is not written, and None comes back. `attachments` are ids of documents,
    `invitations` calendars with a METHOD (events/calendars/invitations.py).
    `templates/mail/<template>.txt` is filled with `context` here and now, so that what was true at
    the event stands in the mail. Refused where a name or address would break a header.
    """
    return await _write(
        key, to_email, to_name, locale, template, agency, company, person, attachments, context,
        invitations,
    )  # fmt: skip


@step
async def _write(
    key: str,
    to_email: str,
    to_name: str,
    locale: str,
    template: str,
    agency: int | None,
    company: int | None,
    person: int | None,
    attachments: Sequence[int],
    context: Mapping[str, object],
    invitations: Sequence[bytes] = (),
) -> int | None:
    to_email, to_name = one_line(to_email), one_line(to_name)
    sender = await _sender(agency)
    with text.speaking(locale):
        letter = write(template, sender, {"to_name": to_name, **context})
    now = clock.now()
    made = await value(
        "INSERT INTO message (key, to_email, to_name, subject, body_text, body_html, agency,"
        " company, person, attachments, state, attempts, next_try_at, last_error, message_id,"
        " created_at, invitations)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,0,$12,'',$13,$12,$14)"
        " ON CONFLICT (key) DO NOTHING RETURNING id",
        key,
        to_email,
        to_name,
        letter.subject,
        letter.text,
        letter.html,
        agency,
        company,
        person,
        list(attachments),
        MessageState.QUEUED.value,
        now,
        message_id(key, urlsplit(load().base_url).hostname or "localhost"),
        list(invitations),
    )
    if made is None:
        return None
    await jobs.enqueue("mail.deliver", message_id=made)
    return int(made)


@step
async def forget(prefix: str) -> None:
    """Erase recipient and words of the mails whose key begins with `prefix`, which holds no
    wildcard; one that still waits is not sent any more."""
    await execute(
        "UPDATE message SET to_email = '', to_name = '', subject = '', body_text = '',"
        " body_html = '', person = NULL, company = NULL, state = CASE state WHEN $2 THEN $3"
        " ELSE state END WHERE starts_with(key, $1)",
        prefix,
        MessageState.QUEUED.value,
        MessageState.FAILED.value,
    )


async def _sender(agency_id: int | None) -> Sender:
    if agency_id is None:
        return Sender()
    agency = await organisations.agency(agency_id)
    place = f"{agency.postcode} {agency.city}".strip()
    return Sender(
        name=agency.name,
        address=", ".join(part for part in (agency.street, place) if part),
        email=agency.email,
        website=agency.website,
        brand_colour=agency.brand_colour,
    )


@action
async def compose(
    *, to_email: str, to_name: str, template: str, context: Mapping[str, object]
) -> int | None:
    """A mail of the house itself, such as a link to confirm an address, asked for as a job.

    A repeated job writes no second mail: its key is what it says and the hour it says it in.
    """
    said = json.dumps([to_email, template, dict(context)], sort_keys=True)
    known = await value("SELECT locale FROM person WHERE email = $1", to_email.lower())
    key = f"house:{clock.now():%Y%m%d%H}:{hashlib.sha256(said.encode()).hexdigest()}"
    locale = known or text.locale()
    return await _write(key, to_email, to_name, locale, template, None, None, None, (), context)


@action
async def resend(actor: Actor, *, message_id: int) -> int:
    """Queue a dead letter of `actor`'s agency once more, with all its tries."""
    require(actor, "mail.resend")
    done = await execute(
        "UPDATE message SET state = $3, attempts = 0, next_try_at = $4"
        " WHERE id = $1::bigint AND agency = $2 AND state = $5",
        message_id,
        actor.agency_id,
        MessageState.QUEUED.value,
        clock.now(),
        MessageState.FAILED.value,
    )
    if done != "UPDATE 1":
        raise NotFound
    await jobs.enqueue("mail.deliver", message_id=message_id)
    await record(actor, "mail.resend", "message", message_id)
    return message_id
