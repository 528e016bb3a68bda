"""Reads of rankings: the rule, the evaluators' work, the inputs of a list, decisions."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from booths.calls import queries as calls
from booths.calls.rows import CallRow
from booths.ranking.rules import Plan
from server.accounts.permissions import Actor, require
from server.database import LARGEST_ID, row, rows, typed
from server.errors import Forbidden, NotFound
from server.text import N_


class PlanRow(msgspec.Struct, frozen=True, kw_only=True):
    """The rule of a call. `seed` is told only once a decision has used it."""

    call: int
    plan: Plan
    version: int
    frozen_at: datetime | None
    commitment: str | None
    seed: str | None


class EvaluatorRow(msgspec.Struct, frozen=True, kw_only=True):
    """A member of the agency and how far their scoring is. `active`: evaluates this call."""

    person: int
    name: str
    active: bool
    done: int
    conflicts: int


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """One application in an evaluator's list. `conflict` is None before the declaration."""

    application: int
    reference: str
    company: str
    conflict: bool | None
    number: int | None
    points: dict[str, int] | None
    comment: str | None

    @property
    def open(self) -> bool:
        """Whether the evaluator still has something to do."""
        return self.conflict is None or (not self.conflict and self.number is None)


class DecisionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen decision without its content. `opened_at`: what it was made of may change again,
    for `opened_why`, until the next version is frozen."""

    id: int
    call: int
    version: int
    why: str
    sha256: str
    at: datetime
    person: str | None
    applied_at: datetime | None
    opened_at: datetime | None
    opened_why: str


class Decision(DecisionRow, frozen=True, kw_only=True):
    """A frozen decision. `content` is what records.py has written."""

    content: dict[str, Any]


class PlaceRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision says of one application (or of one of its modules)."""

    version: int
    module: int
    rank: int
    lines: int
    m2: Decimal
    outcome: str
    total: Decimal | None


class Selected(msgspec.Struct, frozen=True, kw_only=True):
    """An application with a place: its best rank and the area of all its places."""

    application: int
    rank: int
    m2: Decimal


_PLAN = """
SELECT p.call, p.plan, p.version, p.frozen_at, p.commitment,
       CASE WHEN EXISTS (SELECT FROM ranking_decision d WHERE d.call = p.call) THEN p.seed END
           AS seed
FROM ranking_plan p WHERE p.call = $1
"""
RANKED = "('submitted', 'eligible', 'wait_listed')"


async def plan_of(call_id: int) -> PlanRow | None:
    """The rule of a call, if it has one."""
    found = await row(_PLAN, call_id)
    return None if found is None else msgspec.convert(found, PlanRow)


async def own_plan(actor: Actor, call_id: int) -> tuple[CallRow, PlanRow | None]:
    """A call of the agency and its rule."""
    require(actor, "ranking.read")
    call = await calls.own_call(actor, call_id)
    return call, await plan_of(call_id)


async def must_have_plan(actor: Actor, call_id: int) -> tuple[CallRow, PlanRow]:
    """The same, where nothing can be done without a rule."""
    call, found = await own_plan(actor, call_id)
    if found is None:
        raise NotFound(N_("This call has no rule of ranking yet."))
    return call, found


async def evaluators(actor: Actor, call_id: int) -> list[EvaluatorRow]:
    """Every member of the agency, and whether and how far they evaluate this call."""
    require(actor, "ranking.read")
    found = await rows(
        "SELECT p.id AS person, p.name, e.id IS NOT NULL AS active,"  # noqa: S608 - own text
        " (SELECT count(DISTINCT v.application) FROM evaluation v JOIN application x"
        f" ON x.id = v.application WHERE v.person = p.id AND x.call = $2 AND x.state IN {RANKED}"
        " AND NOT EXISTS (SELECT FROM conflict_declaration d WHERE d.application = x.id"
        " AND d.person = p.id AND d.conflict)) AS done,"
        " (SELECT count(*) FROM conflict_declaration d JOIN application x ON x.id = d.application"
        f" WHERE d.person = p.id AND x.call = $2 AND d.conflict AND x.state IN {RANKED})"
        " AS conflicts"
        " FROM person p JOIN agency_member m ON m.person = p.id AND m.agency = $1"
        " LEFT JOIN evaluator e ON e.call = $2 AND e.person = p.id AND e.ended_at IS NULL"
        " WHERE p.disabled_at IS NULL ORDER BY lower(p.name), p.id",
        actor.agency_id,
        call_id,
    )
    return typed(EvaluatorRow, found)


async def evaluates(call_id: int, person_id: int | None) -> bool:
    """Whether somebody is an evaluator of a call now."""
    found = await row(
        "SELECT 1 FROM evaluator WHERE call = $1 AND person = $2 AND ended_at IS NULL",
        call_id,
        person_id,
    )
    return found is not None


_WORK = """
SELECT x.id AS application, x.reference, co.name AS company, d.conflict, v.number, v.points,
       v.comment
FROM application x JOIN company co ON co.id = x.company
LEFT JOIN LATERAL (
    SELECT bool_or(conflict) AS conflict FROM conflict_declaration
    WHERE application = x.id AND person = $2) d ON true
LEFT JOIN LATERAL (
    SELECT number, points, comment FROM evaluation WHERE application = x.id AND person = $2
    ORDER BY number DESC LIMIT 1) v ON true
WHERE x.call = $1
"""


async def work(actor: Actor, call_id: int) -> list[Work]:
    """What an evaluator has to score, in the order of references."""
    require(actor, "ranking.score")
    await calls.own_call(actor, call_id)
    if not await evaluates(call_id, actor.person_id):
        raise Forbidden(N_("You are not an evaluator of this call. A manager can make you one."))
    return typed(
        Work,
        await rows(
            f"{_WORK} AND x.state IN {RANKED} ORDER BY x.reference", call_id, actor.person_id
        ),
    )


async def own_word(actor: Actor, call_id: int, application_id: int) -> Work | None:
    """What the actor has declared and scored for one application, whatever its state."""
    found = await row(f"{_WORK} AND x.id = $3", call_id, actor.person_id, application_id)
    return None if found is None else typed(Work, found)


_DECISIONS = """
SELECT d.id, d.call, d.version, d.why, d.sha256, d.at, p.name AS person, a.at AS applied_at,
       o.at AS opened_at, coalesce(o.why, '') AS opened_why
"""
_DECIDED = """
FROM ranking_decision d LEFT JOIN person p ON p.id = d.person_id
LEFT JOIN decision_applied a ON a.decision = d.id
LEFT JOIN ranking_reopening o ON o.decision = d.id
"""


async def decisions(call_id: int) -> list[DecisionRow]:
    """The frozen decisions of a call, the latest first."""
    found = await rows(
        f"{_DECISIONS} {_DECIDED} WHERE d.call = $1 ORDER BY d.version DESC", call_id
    )
    return typed(DecisionRow, found)


async def own_decisions(
    actor: Actor, *, call_id: int, cursor: str = "", limit: int = 50
) -> tuple[list[DecisionRow], str | None]:
    """The decisions of a call of the agency, the latest first."""
    require(actor, "ranking.read")
    await calls.own_call(actor, call_id)
    before = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 10 else 10**9
    found = await rows(
        f"{_DECISIONS} {_DECIDED} WHERE d.call = $1 AND d.version < $2"
        " ORDER BY d.version DESC LIMIT $3",
        call_id,
        before,
        limit + 1,
    )
    items = typed(DecisionRow, found[:limit])
    return items, str(items[-1].version) if len(found) > limit else None


async def decision(actor: Actor, call_id: int, version: int) -> Decision:
    """One decision of a call of the agency, with its content."""
    require(actor, "ranking.read")
    await calls.own_call(actor, call_id)
    if version > LARGEST_ID:
        raise NotFound
    found = await row(
        f"{_DECISIONS}, d.content {_DECIDED} WHERE d.call = $1 AND d.version = $2::bigint",
        call_id,
        version,
    )
    if found is None:
        raise NotFound
    return typed(Decision, {**found, "content": json.loads(found["content"])})


async def is_decided(call_id: int) -> bool:
    """Whether a decision of the call is frozen and was not opened again."""
    found = await row("SELECT ranking_decided($1::int) AS so", call_id)
    return found is not None and bool(found["so"])


async def places_of(application_id: int, *, applied: bool = False) -> list[PlaceRow]:
    """What the latest decision that lists an application says of it; only of one that was
    carried out."""
    found = await rows(
        "WITH latest AS (SELECT d.id, d.version FROM ranking_decision d"
        " WHERE EXISTS (SELECT FROM ranking_place p WHERE p.decision = d.id AND p.application = $1)"
        " AND (NOT $2 OR EXISTS (SELECT FROM decision_applied a WHERE a.decision = d.id))"
        " ORDER BY d.version DESC LIMIT 1)"
        " SELECT l.version, p.module, p.rank, p.m2, p.outcome, p.total,"
        " (SELECT count(*) FROM ranking_place o WHERE o.decision = l.id) AS lines"
        " FROM latest l JOIN ranking_place p ON p.decision = l.id"
        " WHERE p.application = $1 ORDER BY p.module",
        application_id,
        applied,
    )
    return typed(PlaceRow, found)


async def selected(call_id: int) -> list[Selected]:
    """Who has a place by the latest decision carried out in which they are listed, by rank.

    Those who have withdrawn or were turned down since are left out. `m2` is the area wished, as
    far as the decision gives it.
    """
    found = await rows(
        "SELECT p.application, min(p.rank) AS rank, sum(p.m2) AS m2 FROM ranking_place p"
        " JOIN application x ON x.id = p.application WHERE p.outcome = 'selected'"
        " AND x.state IN ('submitted', 'eligible', 'admitted', 'confirmed')"
        " AND x.call = $1 AND p.decision = (SELECT d.id FROM ranking_decision d"
        " JOIN decision_applied a ON a.decision = d.id JOIN ranking_place o ON o.decision = d.id"
        " WHERE o.application = x.id ORDER BY d.version DESC LIMIT 1)"
        " GROUP BY p.application ORDER BY 2",
        call_id,
    )
    return typed(Selected, found)


async def closed_papers(actor: Actor) -> dict[str, bool]:
    """What documents are about that belong to applications which the actor may not read before
    the decision is frozen: True for a declared conflict of interest, False where an evaluator has
    not declared yet. The names are those of server/documents/guards.py.
    """
    found = await rows(
        "SELECT x.id, d.conflict IS NOT NULL AS conflict FROM application x"
        " LEFT JOIN LATERAL (SELECT bool_or(conflict) AS conflict FROM conflict_declaration"
        " WHERE application = x.id AND person = $1) d ON true"
        " WHERE x.submitted_at IS NOT NULL AND x.call IN (SELECT e.call FROM evaluator e"
        " WHERE e.person = $1 UNION SELECT o.call FROM conflict_declaration c JOIN application o"
        " ON o.id = c.application WHERE c.person = $1 AND c.conflict)"
        " AND NOT ranking_decided(x.call) AND (d.conflict OR (d.conflict IS NULL"
        " AND EXISTS (SELECT FROM evaluator e WHERE e.call = x.call AND e.person = $1"
        " AND e.ended_at IS NULL) AND EXISTS (SELECT FROM ranking_plan p,"
        " jsonb_array_elements(p.plan -> 'criteria') k WHERE p.call = x.call"
        " AND p.frozen_at IS NOT NULL AND p.plan -> 'mode' ? 'points'"
        " AND jsonb_array_length(k -> 'awards') = 0)))",
        actor.person_id,
    )
    own = {
        f"{kind}:{each['id']}": bool(each["conflict"])
        for each in found
        for kind in ("application", "answer", "hub")
    }
    if not own:
        return {}
    bills = await rows("SELECT id, about FROM invoice WHERE about = ANY($1::text[])", list(own))
    return own | {
        f"{kind}:{each['id']}": own[each["about"]]
        for each in bills
        for kind in ("invoice", "dunning")
    }


async def hidden_from(actor: Actor, call_id: int) -> set[int]:
    """Applications whose scores an evaluator may not see yet: not scored by them, or a conflict.

    Empty for whoever does not evaluate this call, and once a decision is frozen.
    """
    found = await rows(
        "SELECT x.id FROM application x JOIN evaluator e ON e.call = x.call AND e.person = $2"  # noqa: S608
        f" AND e.ended_at IS NULL WHERE x.call = $1 AND x.state IN {RANKED}"
        " AND NOT ranking_decided(x.call)"
        " AND (NOT EXISTS (SELECT FROM evaluation v WHERE v.application = x.id AND v.person = $2)"
        " OR EXISTS (SELECT FROM conflict_declaration d WHERE d.application = x.id"
        " AND d.person = $2 AND d.conflict))",
        call_id,
        actor.person_id,
    )
    return {each["id"] for each in found}
