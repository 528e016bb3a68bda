"""Reads of consortia: as their members see them, and as the agency does."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from booths.calls.rules import State
from booths.consortia.rules import LIVE, Key, MemberState, Stage
from booths.plans.rules import StandKind
from server import clock
from server.accounts import tokens
from server.accounts.permissions import Actor, require
from server.database import LARGEST_ID, page_id, row, rows, typed
from server.errors import NotFound
from server.text import N_
from server.web.forms import Form


class MemberRow(msgspec.Struct, frozen=True, kw_only=True):
    """A company that was invited. `company_name` is the invited person's until it has joined."""

    id: int
    consortium: int
    company: int | None
    company_name: str
    application: int | None
    application_state: State | None
    state: MemberState
    invited_name: str
    invited_email: str
    left_why: str


class PartRow(msgspec.Struct, frozen=True, kw_only=True):
    """A member's part under some terms, with its last answer and the price that it saw."""

    member: int
    company: int | None
    company_name: str
    application: int | None
    application_state: State | None
    state: MemberState
    share_bp: int | None
    area_m2: Decimal
    agrees: bool | None
    seen_minor: int | None


class TermsRow(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the terms. `answer_by` is exclusive; `gap_m2` of the island is nobody's."""

    id: int
    version: int
    key: Key
    stand_kind: StandKind
    island_m2: Decimal
    gap_m2: Decimal
    answer_by: datetime | None
    why: str
    made_at: datetime
    parts: list[PartRow]

    @property
    def areas(self) -> tuple[Decimal, ...]:
        """The areas in the order of the parts, last what is empty: together the whole island."""
        empty = (self.gap_m2,) if self.gap_m2 else ()
        return (*(part.area_m2 for part in self.parts), *empty)

    @property
    def agreed(self) -> bool:
        """Whether every member has said yes."""
        return all(part.agrees for part in self.parts)

    @property
    def over(self) -> bool:
        """Whether the time to answer is over, or somebody has said no."""
        late = self.answer_by is not None and clock.now() >= self.answer_by
        return not self.agreed and (late or any(part.agrees is False for part in self.parts))

    def place(self, member_id: int) -> int | None:
        """Where a member's part is, or None if it has none."""
        return next((n for n, part in enumerate(self.parts) if part.member == member_id), None)


class ConsortiumRow(msgspec.Struct, frozen=True, kw_only=True):
    """A consortium in a list; `members` counts those who have joined."""

    id: int
    call: int
    call_title: str
    agency: int
    tz: str
    fair_name: str
    name: str
    state: Stage
    lead: int
    lead_name: str
    members: int
    in_force: int | None
    terms: int
    version: int
    key: Key
    island_m2: Decimal
    stand: int | None
    stand_label: str | None
    ended_why: str
    created_at: datetime

    @property
    def changing(self) -> bool:
        """Whether newer terms than those in force have been proposed."""
        return self.in_force is not None and self.terms != self.in_force


class Together(msgspec.Struct, frozen=True, kw_only=True):
    """A consortium with its members, its latest terms, and those in force."""

    row: ConsortiumRow
    members: list[MemberRow]
    terms: TermsRow
    in_force: TermsRow | None

    @property
    def live(self) -> list[MemberRow]:
        """Who is in or asked to be."""
        return [each for each in self.members if each.state in LIVE]

    @property
    def gone(self) -> list[PartRow]:
        """Parts of the terms in force whose members have left."""
        stay = {each.id for each in self.live}
        return [part for part in (self.in_force or self.terms).parts if part.member not in stay]

    @property
    def covers(self) -> bool:
        """Whether the latest terms give a part to each live member and to nobody else."""
        return {part.member for part in self.terms.parts} == {each.id for each in self.live}

    def member_of(self, company_id: int | None) -> MemberRow:
        """The member that a company is; NotFound if it is none."""
        for each in self.members:
            if each.company == company_id and each.state is MemberState.JOINED:
                return each
        raise NotFound


class ConsortiumFilter(Form):
    """Which consortia to list."""

    call: Annotated[int | None, Meta(title=N_("Call"))] = None


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """What an invitation offers."""

    member: int
    consortium: int
    name: str
    lead_name: str
    call: int
    call_title: str
    fair_name: str
    island_m2: Decimal
    key: Key
    area_m2: Decimal | None


_ROW = """
SELECT k.id, k.call, c.title AS call_title, c.agency, a.tz, f.name AS fair_name, k.name, k.state,
       k.lead, co.name AS lead_name, k.in_force, t.id AS terms, t.version, t.key, t.island_m2,
       k.ended_why, k.created_at, al.stand, s.label AS stand_label,
       (SELECT count(*) FROM consortium_member m WHERE m.consortium = k.id
           AND m.state = 'joined') AS members
FROM consortium k
JOIN call c ON c.id = k.call
JOIN agency a ON a.id = c.agency
JOIN booth b ON b.id = c.booth
JOIN fair f ON f.id = b.fair
JOIN company co ON co.id = k.lead
JOIN LATERAL (SELECT * FROM consortium_terms o WHERE o.consortium = k.id
    ORDER BY o.version DESC LIMIT 1) t ON true
LEFT JOIN LATERAL (SELECT l.stand FROM allocation l WHERE l.consortium = k.id
    AND l.state <> 'released' LIMIT 1) al ON true
LEFT JOIN stand s ON s.id = al.stand
"""
_MEMBERS = """
SELECT m.id, m.consortium, m.company, coalesce(co.name, m.invited_name) AS company_name,
       m.application, x.state AS application_state, m.state, m.invited_name, m.invited_email,
       m.left_why
FROM consortium_member m LEFT JOIN company co ON co.id = m.company
LEFT JOIN application x ON x.id = m.application
WHERE m.consortium = $1 ORDER BY m.id
"""
_PARTS = """
SELECT p.terms, p.member, m.company, coalesce(co.name, m.invited_name) AS company_name,
       m.application, x.state AS application_state, m.state, p.share_bp, p.area_m2, n.agrees,
       n.total_minor AS seen_minor
FROM consortium_part p JOIN consortium_member m ON m.id = p.member
LEFT JOIN company co ON co.id = m.company
LEFT JOIN application x ON x.id = m.application
LEFT JOIN LATERAL (SELECT * FROM consortium_answer w WHERE w.terms = p.terms
    AND w.member = p.member ORDER BY w.id DESC LIMIT 1) n ON true
WHERE p.terms = ANY($1::int[]) ORDER BY p.id
"""


async def consortia(
    actor: Actor, *, query: ConsortiumFilter, cursor: str = "", limit: int = 50
) -> tuple[list[ConsortiumRow], str | None]:
    """The consortia that apply to the agency's calls, the newest first."""
    require(actor, "consortium.list")
    found = await rows(
        f"{_ROW} WHERE c.agency = $1 AND k.id < $2::bigint AND k.state <> 'forming'"
        " AND ($3::bigint IS NULL OR k.call = $3) ORDER BY k.id DESC LIMIT $4",
        actor.agency_id,
        page_id(cursor) or LARGEST_ID,
        query.call,
        limit + 1,
    )
    items = typed(ConsortiumRow, found[:limit])
    return items, str(items[-1].id) if len(found) > limit else None


async def desk_consortium(actor: Actor, consortium_id: int) -> Together:
    """A consortium that has applied to a call of the actor's agency."""
    require(actor, "consortium.list")
    found = await row(
        f"{_ROW} WHERE k.id = $1::bigint AND c.agency = $2 AND k.in_force IS NOT NULL",
        consortium_id,
        actor.agency_id,
    )
    return await _together(found)


async def own_consortium(actor: Actor, application_id: int) -> Together | None:
    """The consortium of an application of the actor's company: prices of others are not shown,
    nor addresses but to the lead. None if it applies alone."""
    require(actor, "application.own")
    mine = await row(
        "SELECT m.consortium, m.id FROM consortium_member m JOIN application x"
        " ON x.id = m.application WHERE m.application = $1::bigint AND m.state = 'joined'"
        " AND x.company = $2",
        application_id,
        actor.company_id,
    )
    if mine is None:
        return None
    found = await together(mine["consortium"])
    leads = found.row.lead == actor.company_id
    return msgspec.structs.replace(
        found,
        terms=_private(found.terms, mine["id"]),
        in_force=_private(found.in_force, mine["id"]) if found.in_force else None,
        members=[
            each if leads else msgspec.structs.replace(each, invited_email="")
            for each in found.members
        ],
    )


def _private(terms: TermsRow, member_id: int) -> TermsRow:
    parts = [
        part if part.member == member_id else msgspec.structs.replace(part, seen_minor=None)
        for part in terms.parts
    ]
    return msgspec.structs.replace(terms, parts=parts)


async def together(consortium_id: int) -> Together:
    """A consortium whole, for steps that have checked whose it is. Four statements."""
    return await _together(await row(f"{_ROW} WHERE k.id = $1::bigint", consortium_id))


async def _together(found: dict[str, object] | None) -> Together:
    if found is None:
        raise NotFound
    base = typed(ConsortiumRow, found)
    terms = await _terms({base.terms, base.in_force or base.terms})
    return Together(
        row=base,
        members=typed(MemberRow, await rows(_MEMBERS, base.id)),
        terms=terms[base.terms],
        in_force=terms[base.in_force] if base.in_force else None,
    )


async def _terms(ids: Collection[int]) -> dict[int, TermsRow]:
    known = await rows("SELECT * FROM consortium_terms WHERE id = ANY($1::int[])", list(ids))
    parts = await rows(_PARTS, list(ids))
    return {
        each["id"]: typed(
            TermsRow, {**each, "parts": [part for part in parts if part["terms"] == each["id"]]}
        )
        for each in known
    }


async def consortium_of(application_id: int) -> ConsortiumRow | None:
    """The consortium that an application takes part in now, or None."""
    found = await row(
        f"{_ROW} JOIN consortium_member me ON me.consortium = k.id"
        " WHERE me.application = $1::bigint AND me.state = 'joined' AND k.state <> 'dissolved'",
        application_id,
    )
    return typed(ConsortiumRow, found) if found else None


async def applying_together(call_id: int) -> int:
    """How many consortia have applied to a call."""
    found = await row(
        "SELECT count(*) AS n FROM consortium WHERE call = $1 AND state IN ('sent', 'admitted')",
        call_id,
    )
    return int(found["n"]) if found else 0


async def members_of_call(call_id: int) -> dict[int, str]:
    """The applications to a call that were sent with a consortium, each with its name; with its
    number where two have the same."""
    found = await rows(
        "SELECT m.application, k.name || CASE WHEN EXISTS (SELECT FROM consortium o"
        " WHERE o.call = k.call AND o.name = k.name AND o.id <> k.id"
        " AND o.state IN ('sent', 'admitted')) THEN ' (' || k.id || ')' ELSE '' END AS name"
        " FROM consortium k JOIN consortium_member m"
        " ON m.consortium = k.id AND m.state = 'joined'"
        " WHERE k.call = $1 AND k.state IN ('sent', 'admitted')",
        call_id,
    )
    return {each["application"]: each["name"] for each in found}


async def living(call_id: int) -> list[int]:
    """The consortia of a call that are not dissolved."""
    found = await rows(
        "SELECT id FROM consortium WHERE call = $1 AND state <> 'dissolved' ORDER BY id", call_id
    )
    return [each["id"] for each in found]


async def invitation(token: str) -> Invitation | None:
    """What an invitation offers, without using it up; None if it is spent, old or unknown."""
    found = await row(
        "SELECT m.id AS member, k.id AS consortium, k.name, co.name AS lead_name, k.call,"
        " c.title AS call_title, f.name AS fair_name, t.island_m2, t.key, p.area_m2"
        " FROM one_time_token o JOIN consortium_member m ON m.id = (o.details->>'member')::bigint"
        " JOIN consortium k ON k.id = m.consortium JOIN company co ON co.id = k.lead"
        " JOIN call c ON c.id = k.call JOIN booth b ON b.id = c.booth JOIN fair f ON f.id = b.fair"
        " JOIN LATERAL (SELECT * FROM consortium_terms v WHERE v.consortium = k.id"
        "   ORDER BY v.version DESC LIMIT 1) t ON true"
        " LEFT JOIN consortium_part p ON p.terms = t.id AND p.member = m.id"
        " WHERE o.token_hash = $1 AND o.purpose = 'consortium' AND o.used_at IS NULL"
        " AND o.expires_at > $2 AND m.state = 'invited' AND k.state IN ('forming', 'sent')",
        tokens.hash_of(token),
        clock.now(),
    )
    return None if found is None else typed(Invitation, found)
