"""Answers to invitations: on a page, or by a calendar program's mail (iTIP REPLY, RFC 5546 3.2.3).

Whoever holds the page's signed address, or writes to the invitation's own address, is taken for
the guest: both were mailed to nobody else. A mail must name the guest, the entry and a revision
that still holds; anything else changes nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import msgspec
from icalendar import Calendar, Event

from events.calendars.invitations import BOX, PURPOSE
from events.calendars.rules import ANSWER_NAMES, Answer, Status, Timing
from server import clock
from server.accounts.permissions import SYSTEM, Actor
from server.audit import record
from server.database import action, execute, row, rows, typed
from server.errors import Conflict, NotFound, Refused
from server.mail.arriving import arrives
from server.text import N_, gettext
from server.web import signing

LARGEST = 200_000
ASKED = """
SELECT v.id, v.item, i.key AS item_key, v.written_at, v.agency, v.company, v.email, v.name,
    v.sequence, v.answer, v.answered_at,
    i.uid, i.status, i.sequence AS now_sequence, i.summary, i.description, i.location, i.url, i.tz,
    i.start_local, i.end_local, i.start_on, i.end_on, i.ends_at, a.name AS agency_name
FROM invitation v JOIN calendar_item i ON i.id = v.item LEFT JOIN agency a ON a.id = v.agency
"""


class Asked(msgspec.Struct, frozen=True):
    """An invitation as its guest sees it."""

    id: int
    item_key: str
    email: str
    name: str
    answer: Answer
    written_at: datetime | None
    answered_at: datetime | None
    summary: str
    location: str
    url: str
    tz: str
    status: str
    agency_name: str | None
    agency: int | None
    company: int | None
    sequence: int
    now_sequence: int
    uid: UUID
    start_local: datetime | None
    end_local: datetime | None
    ends_at: datetime

    @property
    def timing(self) -> Timing:
        return Timing(self.tz, self.start_local, self.end_local)

    @property
    def off(self) -> bool:
        """Whether there is nothing to answer any more."""
        return self.status == Status.CANCELLED or self.ends_at <= clock.now()


async def asked(invitation: int, signature: str) -> Asked:
    """The invitation of a signed address; NotFound for any other address."""
    found = None
    if signing.signed_by_us(PURPOSE, str(invitation), signature):
        found = await row(ASKED + "WHERE v.id = $1", invitation)
    if found is None:
        raise NotFound(N_("This invitation does not exist. Open the address as it was mailed."))
    return typed(Asked, found)


Hears = Callable[[Asked, Answer], Awaitable[None]]
_hearers: dict[str, list[Hears]] = {}


def hears(room: str) -> Callable[[Hears], Hears]:
    """Register who is told, in the same transaction, of a new answer to an item of `room`: one
    whose key begins with it."""

    def register(hearer: Hears) -> Hears:
        _hearers.setdefault(room, []).append(hearer)
        return hearer

    return register


@action
async def answer(invitation: int, signature: str, said: Answer) -> None:
    """Note what the guest said on the page; Conflict where the meeting is off or over."""
    found = await asked(invitation, signature)
    if said is Answer.NONE:
        raise Refused(N_("Choose one of the answers."), field="answer")
    if found.off:
        raise Conflict(N_("This is cancelled or over, so no answer is needed. Nothing was noted."))
    await _note(found, said, "page", clock.now())


async def _note(found: Asked, said: Answer, way: str, written_at: datetime) -> None:
    now = clock.now()
    await execute(
        "UPDATE invitation SET answer = $2, answered_at = $3, answered_by = $4, written_at = $5"
        " WHERE id = $1",
        found.id,
        said.value,
        now,
        way,
        min(written_at, now),  # no program whose clock is fast has the last word for long
    )
    await record(
        SYSTEM, "invitation.answer", "invitation", found.id,
        before={"answer": found.answer.value}, after={"answer": said.value, "by": way},
        agency_id=found.agency, company_id=found.company,
    )  # fmt: skip
    if said is not found.answer:
        for hearer in _hearers.get(found.item_key.partition(":")[0], []):
            await hearer(found, said)


@arrives(BOX)
async def reply(key: str, mail: EmailMessage) -> str:
    """Take in a REPLY for the invitation of `key`; a sentence for the mail server's log.

    Raises NotFound for an unknown key and Refused for a mail that answers nothing here.
    """
    try:
        which = UUID(hex=key)
    except ValueError:
        raise NotFound from None
    return await _take(which, _entry(mail))


@action
async def _take(key: UUID, entry: Event) -> str:
    found = await row(ASKED + "WHERE v.key = $1 FOR UPDATE OF v", key)
    if found is None:
        raise NotFound
    one = typed(Asked, found)
    if str(entry.get("uid", "")) != str(one.uid):
        raise Refused(N_("This answers another invitation."))
    said = _said(entry, one.email)
    if int(entry.get("sequence", 0)) < one.sequence:
        return "This answers an earlier time; the newer invitation still waits for its answer."
    if one.off:
        return "This is cancelled or over; the answer changes nothing."
    written_at = _written_at(entry)
    if one.written_at is not None and written_at < one.written_at:
        return "This was written before the answer that is noted; it changes nothing."
    await _note(one, said, "mail", written_at)
    return "Noted."


def _written_at(entry: Event) -> datetime:
    """DTSTAMP: answers to one revision are told apart by it (RFC 5546 2.1.5). It is an instant in
    UTC; an answer without one counts as written now."""
    stamp = getattr(entry.get("dtstamp"), "dt", None)
    if not isinstance(stamp, datetime):
        return clock.now()
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)


def _entry(mail: EmailMessage) -> Event:
    for part in mail.walk():
        if part.get_content_type() not in ("text/calendar", "application/ics"):
            continue
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes) or len(data) > LARGEST:
            continue
        try:
            calendar = Calendar.from_ical(data)
        except (ValueError, IndexError, KeyError):
            continue
        method = str(calendar.get("method", "")).upper()
        if isinstance(calendar, Calendar) and method == "REPLY" and calendar.events:
            return calendar.events[0]
    raise Refused(N_("This mail holds no answer of a calendar program."))


def _said(entry: Event, email: str) -> Answer:
    """What the guest said. Some programs name nobody but the guest, none name them twice."""
    given: Any = entry.get("attendee", [])
    for each in given if isinstance(given, list) else [given]:
        if str(each).lower().removeprefix("mailto:") == email:
            try:
                said = Answer(str(each.params.get("PARTSTAT", "")).lower())
            except ValueError:
                break
            if said is not Answer.NONE:
                return said
    raise Refused(N_("This mail does not say whether {email} comes."), email=email)


class AnswerRow(msgspec.Struct, frozen=True):
    """An answer in a list."""

    id: int
    name: str
    answer: Answer
    answered_at: datetime
    summary: str
    start_local: datetime | None
    tz: str

    @property
    def answer_name(self) -> str:
        return gettext(ANSWER_NAMES[self.answer])


async def latest(actor: Actor, *, desk: bool, limit: int = 20) -> list[AnswerRow]:
    """The last answers of the agency's guests, or of the actor's own company."""
    side = "agency" if desk else "company"
    found = await rows(
        "SELECT v.id, v.name, v.answer, v.answered_at, i.summary, i.start_local, i.tz"  # noqa: S608
        " FROM invitation v JOIN calendar_item i ON i.id = v.item"
        f" WHERE v.{side} = $1 AND v.answered_at IS NOT NULL AND i.ends_at > $2"
        " ORDER BY v.answered_at DESC, v.id DESC LIMIT $3",
        actor.agency_id if desk else actor.company_id,
        clock.now(),
        limit,
    )
    return typed(AnswerRow, found)
