"""Reads of forms: for everybody by call, for the agency with what may be done to them."""

from datetime import datetime

import msgspec

from booths.questions.rules import Form, Section, questions_of
from server.accounts.permissions import Actor, require
from server.database import row, rows, typed
from server.errors import NotFound

_FORM = """
SELECT s.id, s.title, s.intro, s.position, s.version, coalesce((
    SELECT jsonb_agg(to_jsonb(q) - '{call,minimum,maximum}'::text[]
        || jsonb_build_object('minimum', q.minimum::text, 'maximum', q.maximum::text)
        ORDER BY q.position, q.id)
    FROM question q WHERE q.section = s.id), '[]') AS questions
FROM section s WHERE s.call = $1 ORDER BY s.position, s.id
"""


class CallQuestions(msgspec.Struct, frozen=True, kw_only=True):
    """The form of one of the agency's calls."""

    call: int
    title: str
    state: str
    tz: str
    closes_at: datetime
    sections: tuple[Section, ...]

    @property
    def draft(self) -> bool:
        """Whether the form may still be changed."""
        return self.state == "draft"

    @property
    def extendable(self) -> bool:
        """Whether a deadline may still be moved to later."""
        return self.state in ("published", "decided")


class EarlierForm(msgspec.Struct, frozen=True, kw_only=True):
    """A call whose form may be copied."""

    call: int
    title: str
    fair_name: str
    sections: int
    questions: int


async def form(call_id: int) -> tuple[Section, ...]:
    """What a call asks beyond what every call asks, in order."""
    return tuple(typed(Section, await rows(_FORM, call_id)))


async def own_form(actor: Actor, call_id: int) -> CallQuestions:
    """The form of a call of the actor's agency."""
    require(actor, "call.list")
    found = await row(
        "SELECT c.id AS call, c.title, c.state, a.tz, c.closes_at FROM call c"
        " JOIN agency a ON a.id = c.agency WHERE c.id = $1 AND c.agency = $2",
        call_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound
    return CallQuestions(**found, sections=await form(call_id))


async def earlier_forms(actor: Actor, call_id: int) -> list[EarlierForm]:
    """The agency's other calls that ask something, the latest first."""
    require(actor, "call.list")
    found = await rows(
        "SELECT c.id AS call, c.title, f.name AS fair_name,"
        " (SELECT count(*) FROM section s WHERE s.call = c.id) AS sections,"
        " (SELECT count(*) FROM question q WHERE q.call = c.id) AS questions"
        " FROM call c JOIN booth b ON b.id = c.booth JOIN fair f ON f.id = b.fair"
        " WHERE c.agency = $1 AND c.id <> $2 AND EXISTS (SELECT FROM section s WHERE s.call = c.id)"
        " ORDER BY c.id DESC LIMIT 100",
        actor.agency_id,
        call_id,
    )
    return typed(EarlierForm, found)


def keys(found: Form) -> set[str]:
    """The short names in use."""
    return {each.key for each in questions_of(found)}
