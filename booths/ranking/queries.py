"""Reads of rankings: the rule, the evaluators' work, the inputs of a list, decisions."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from booths.calls import queries as calls
from booths.calls.rows import CallRow
from booths.ranking import facts
from booths.ranking.rules import Applicant, Inputs, Plan, Sheet, modules
from server import clock
from server.accounts.permissions import Actor, require
from server.database import row, rows, typed
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


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An application that takes part, with what the list is made of and what was declared."""

    application: int
    state: str
    applicant: Applicant
    comments: dict[str, str]
    conflicts: tuple[str, ...]


class DecisionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen decision without its content."""

    id: int
    call: int
    version: int
    why: str
    sha256: str
    at: datetime
    person: str | None
    applied_at: datetime | None


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


_ENTRIES = f"""
SELECT x.id, x.state, x.reference, x.submitted_at, x.area_m2, co.name AS company,
       sent.content -> 'answers' AS answers, sent.content -> 'company' AS profile,
       coalesce(p.here, 0) AS here, coalesce(p.ever, 0) AS ever,
       coalesce(n.words, ARRAY[]::varchar[]) AS noted
FROM application x
JOIN company co ON co.id = x.company
JOIN call c ON c.id = x.call
JOIN booth b ON b.id = c.booth
JOIN fair f ON f.id = b.fair
JOIN LATERAL (SELECT content FROM submission WHERE application = x.id
              ORDER BY number DESC LIMIT 1) sent ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS ever, count(*) FILTER (
               WHERE regexp_replace(lower(g.name), '[^[:alpha:]]+', ' ', 'g')
                   = regexp_replace(lower(f.name), '[^[:alpha:]]+', ' ', 'g')) AS here
    FROM application y JOIN admission a ON a.application = y.id AND a.ended_at IS NULL
    JOIN call d ON d.id = y.call JOIN booth e ON e.id = d.booth JOIN fair g ON g.id = e.fair
    WHERE y.company = x.company AND y.state IN ('confirmed', 'exhibited')
      AND a.aid_grant IS NOT NULL AND g.starts_on < f.starts_on) p ON true
LEFT JOIN LATERAL (
    SELECT array_agg(word ORDER BY word) AS words FROM (
        SELECT DISTINCT ON (word) word, so FROM noted_fact WHERE application = x.id
        ORDER BY word, id DESC) latest WHERE so) n ON true
WHERE x.call = $1 AND ($2::bigint IS NULL OR x.id = $2) AND x.state IN {RANKED}
ORDER BY x.submitted_at, x.id
"""  # noqa: S608 - own text
_SHEETS = f"""
SELECT DISTINCT ON (v.application, v.person) v.application, v.person, p.name, v.points, v.comment
FROM evaluation v
JOIN application x ON x.id = v.application
JOIN evaluator e ON e.call = x.call AND e.person = v.person AND e.ended_at IS NULL
JOIN person p ON p.id = v.person
WHERE x.call = $1 AND ($2::bigint IS NULL OR x.id = $2) AND x.state IN {RANKED} AND NOT EXISTS (
    SELECT FROM conflict_declaration d
    WHERE d.application = v.application AND d.person = v.person AND d.conflict)
ORDER BY v.application, v.person, v.number DESC
"""  # noqa: S608 - own text
_CONFLICTS = """
SELECT d.application, p.name FROM conflict_declaration d JOIN person p ON p.id = d.person
JOIN application x ON x.id = d.application WHERE x.call = $1
AND ($2::bigint IS NULL OR x.id = $2) AND d.conflict ORDER BY p.name
"""


async def entries(call: CallRow, only: int | None = None) -> list[Entry]:
    """Every application that takes part (or one), by arrival: three reads however many."""
    found = await rows(_ENTRIES, call.id, only)
    sheets: dict[int, list[dict[str, Any]]] = {}
    for each in await rows(_SHEETS, call.id, only):
        sheets.setdefault(each["application"], []).append(each)
    conflicts: dict[int, list[str]] = {}
    for each in await rows(_CONFLICTS, call.id, only):
        conflicts.setdefault(each["application"], []).append(each["name"])
    closes_on = clock.local(call.closes_at, call.tz).date()
    return [
        Entry(
            application=each["id"],
            state=each["state"],
            applicant=Applicant(
                reference=each["reference"],
                company=each["company"],
                arrived_at=each["submitted_at"],
                m2=each["area_m2"],
                facts=facts.facts_of(
                    each["answers"],
                    each["profile"],
                    closes_on,
                    {
                        "participations": each["here"],
                        "participations_ever": each["ever"],
                        "noted": list(each["noted"]),
                    },
                ),
                sheets=tuple(
                    Sheet(_named(one, sheets[each["id"]]), one["points"])
                    for one in sheets.get(each["id"], [])
                ),
            ),
            comments={
                _named(one, sheets[each["id"]]): one["comment"]
                for one in sheets.get(each["id"], [])
                if one["comment"]
            },
            conflicts=tuple(conflicts.get(each["id"], [])),
        )
        for each in found
    ]


def _named(one: dict[str, Any], others: list[dict[str, Any]]) -> str:
    """An evaluator's name; with the number of the person where two have the same."""
    alike = [other for other in others if other["name"] == one["name"]]
    return f"{one['name']} ({one['person']})" if len(alike) > 1 else str(one["name"])


async def inputs(call: CallRow, plan: Plan, found: list[Entry], seed: str | None) -> Inputs:
    """What a list is made of now: places and space that no admission has taken yet."""
    places = plan.places
    if places is not None:
        given = await rows(
            "SELECT ad.area_m2 FROM admission ad JOIN application x ON x.id = ad.application"
            " WHERE x.call = $1 AND ad.ended_at IS NULL",
            call.id,
        )
        taken = sum(len(modules(each["area_m2"], plan.module_m2)) for each in given)
        places = max(0, places - taken)
    return Inputs(
        applicants=tuple(each.applicant for each in found),
        m2=max(Decimal(0), call.left_m2),
        places=places,
        seed=seed,
    )


_DECISIONS = """
SELECT d.id, d.call, d.version, d.why, d.sha256, d.at, p.name AS person, a.at AS applied_at
"""
_DECIDED = """
FROM ranking_decision d LEFT JOIN person p ON p.id = d.person_id
LEFT JOIN decision_applied a ON a.decision = d.id
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
    found = await row(
        f"{_DECISIONS}, d.content {_DECIDED} WHERE d.call = $1 AND d.version = $2::bigint",
        call_id,
        version,
    )
    if found is None:
        raise NotFound
    return typed(Decision, {**found, "content": json.loads(found["content"])})


async def is_decided(call_id: int) -> bool:
    """Whether a decision of the call is frozen."""
    return await row("SELECT 1 FROM ranking_decision WHERE call = $1", call_id) is not None


async def places_of(application_id: int, *, applied: bool = False) -> list[PlaceRow]:
    """What the latest decision says of an application; only of one that was carried out."""
    found = await rows(
        "WITH latest AS (SELECT d.id, d.version FROM ranking_decision d"
        " JOIN application x ON x.call = d.call WHERE x.id = $1"
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
    """Who has a place by the latest decision that was carried out, by rank.

    Those who have withdrawn or were turned down since are left out. `m2` is the area wished, as
    far as the decision gives it.
    """
    found = await rows(
        "SELECT p.application, min(p.rank) AS rank, sum(p.m2) AS m2 FROM ranking_place p"
        " JOIN application x ON x.id = p.application WHERE p.outcome = 'selected'"
        " AND x.state IN ('submitted', 'eligible', 'admitted', 'confirmed')"
        " AND p.decision = (SELECT d.id FROM ranking_decision d JOIN decision_applied a"
        " ON a.decision = d.id WHERE d.call = $1 ORDER BY d.version DESC LIMIT 1)"
        " GROUP BY p.application ORDER BY 2",
        call_id,
    )
    return typed(Selected, found)


async def corrections(call_id: int) -> int:
    """How many applications wait for a correction, so that no list can be final."""
    found = await row(
        "SELECT count(*) AS n FROM application WHERE call = $1 AND state = 'to_correct'", call_id
    )
    return int(found["n"]) if found else 0


async def noted_words(call_id: int) -> dict[str, list[int]]:
    """What the agency has noted in a call: word -> applications of which it is so."""
    found = await rows(
        "SELECT DISTINCT ON (n.application, n.word) n.word, n.application, n.so FROM noted_fact n"
        " JOIN application x ON x.id = n.application WHERE x.call = $1"
        " ORDER BY n.application, n.word, n.id DESC",
        call_id,
    )
    words: dict[str, list[int]] = {}
    for each in found:
        words.setdefault(each["word"], [])
        if each["so"]:
            words[each["word"]].append(each["application"])
    return dict(sorted(words.items()))


async def hidden_from(actor: Actor, call_id: int) -> set[int]:
    """Applications whose scores an evaluator may not see yet: not scored by them, or a conflict.

    Empty for whoever does not evaluate this call, and once a decision is frozen.
    """
    found = await rows(
        "SELECT x.id FROM application x JOIN evaluator e ON e.call = x.call AND e.person = $2"  # noqa: S608
        f" AND e.ended_at IS NULL WHERE x.call = $1 AND x.state IN {RANKED}"
        " AND NOT EXISTS (SELECT FROM ranking_decision d WHERE d.call = x.call)"
        " AND (NOT EXISTS (SELECT FROM evaluation v WHERE v.application = x.id AND v.person = $2)"
        " OR EXISTS (SELECT FROM conflict_declaration d WHERE d.application = x.id"
        " AND d.person = $2 AND d.conflict))",
        call_id,
        actor.person_id,
    )
    return {each["id"] for each in found}
