"""Reads of rules, findings and the terms of calls."""

from datetime import datetime
from typing import Any

import msgspec

from booths.calls.queries import desk_reading, own_call
from booths.calls.rules import DECLARED, State
from booths.checks.facts import Outcome, Verdict, verdict
from booths.checks.forms import FindingsFilter
from booths.checks.kinds import KINDS
from booths.checks.words import condition
from server import clock
from server.accounts.permissions import Actor, require
from server.database import page_id, row, rows, typed
from server.errors import NotFound


class RuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of a call. A hard rule refuses, another one warns."""

    id: int
    kind: str
    parameters: dict[str, Any]
    hard: bool
    position: int

    @property
    def name(self) -> str:
        """The name of its kind."""
        return KINDS[self.kind].name

    @property
    def words(self) -> str:
        """What it asks, as a company reads it."""
        return condition(self.kind, self.parameters)


class TermsRow(msgspec.Struct, frozen=True, kw_only=True):
    """The declarations that a call asks for, how to appeal, and what a failed rule does."""

    declarations: list[str]
    appeal: str
    at_once: bool


class FindingRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule found the last time, and whether a manager waived that."""

    rule: int
    kind: str
    hard: bool
    outcome: Outcome
    said: str
    saw: str
    waived: str | None
    waived_by: str | None

    @property
    def name(self) -> str:
        """The name of its kind."""
        return KINDS[self.kind].name

    @property
    def fails(self) -> bool:
        """Whether it refuses: a hard rule that is not fulfilled, and that nobody waived."""
        return self.hard and self.waived is None and self.outcome is Outcome.FAILED

    @property
    def state(self) -> str:
        """The word of its tag."""
        if self.waived is not None:
            return "waived"
        if self.outcome is Outcome.FAILED and not self.hard:
            return "warning"
        return self.outcome.value


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """One look at an application."""

    id: int
    occasion: str
    at: datetime
    facts: dict[str, Any]
    findings: list[FindingRow]

    @property
    def verdict(self) -> Verdict:
        """What all of it says together."""
        return verdict(
            [(each.outcome, each.hard, each.waived is not None) for each in self.findings]
        )


class CheckedRow(msgspec.Struct, frozen=True, kw_only=True):
    """An application in the list of a call's checks."""

    id: int
    reference: str
    state: State
    company_name: str
    submitted_at: datetime
    at: datetime | None
    verdict: Verdict | None
    findings: list[FindingRow]

    @property
    def failed(self) -> list[FindingRow]:
        """The hard rules that are not fulfilled and not waived."""
        return [each for each in self.findings if each.fails]

    @property
    def reason(self) -> str:
        """Their sentences, as the letter begins."""
        return "\n".join(each.said for each in self.failed)


async def rules_of(call_id: int) -> list[RuleRow]:
    """The rules of a call, in order."""
    found = await rows(
        "SELECT id, kind, parameters, hard, position FROM check_rule WHERE call = $1"
        " ORDER BY position",
        call_id,
    )
    return typed(RuleRow, found)


async def terms_of(call_id: int) -> TermsRow:
    """The terms of a call; those of the house where nothing was set."""
    found = await row(
        "SELECT declarations, appeal, at_once FROM call_terms WHERE call = $1", call_id
    )
    if found is None:
        return TermsRow(declarations=list(DECLARED), appeal="", at_once=False)
    return typed(TermsRow, found)


async def own_rules(
    actor: Actor, *, call_id: int, cursor: str, limit: int
) -> tuple[list[RuleRow], str | None]:
    """The rules of one of the agency's calls, for the API."""
    require(actor, "call.list")
    await own_call(actor, call_id)
    return (await rules_of(call_id))[:limit], None


_FINDINGS = """
SELECT f.run, f.rule, r.kind, r.hard, f.outcome, f.said, f.saw, w.why AS waived, p.name AS waived_by
FROM check_finding f
JOIN check_rule r ON r.id = f.rule
JOIN check_run n ON n.id = f.run
LEFT JOIN check_waiver w ON w.application = n.application AND w.rule = f.rule AND w.saw = f.saw
LEFT JOIN person p ON p.id = w.person_id
"""


async def latest_run(application_id: int, *, paying: bool = False) -> RunRow | None:
    """The last look at an application: before the decision, or when its invoice was paid."""
    found = await row(
        "SELECT id, occasion, at, facts FROM check_run WHERE application = $1"
        " AND (occasion = 'payment') = $2 ORDER BY id DESC LIMIT 1",
        application_id,
        paying,
    )
    if found is None:
        return None
    findings = await rows(f"{_FINDINGS} WHERE f.run = $1 ORDER BY r.position", found["id"])
    return typed(RunRow, {**found, "findings": findings})


# The last look at each application of a call ($1), and what it says together.
_LOOKED = f"""
SELECT x.id, x.reference, x.state, co.name AS company_name, x.submitted_at, looked.at,
       looked.id AS run,
       CASE WHEN looked.id IS NULL THEN NULL
            WHEN 'failed' = ANY(b.outcomes) THEN 'failed'
            WHEN 'unknown' = ANY(b.outcomes) THEN 'unknown' ELSE 'passed' END AS verdict
FROM application x
JOIN company co ON co.id = x.company
LEFT JOIN LATERAL (SELECT id, at FROM check_run WHERE application = x.id
    AND occasion <> 'payment' ORDER BY id DESC LIMIT 1) looked ON true
LEFT JOIN LATERAL (SELECT array_agg(o.outcome) AS outcomes FROM ({_FINDINGS}
    WHERE f.run = looked.id) o WHERE o.hard AND o.waived IS NULL) b ON true
WHERE x.call = $1 AND x.submitted_at IS NOT NULL
  AND x.state IN ('submitted', 'to_correct', 'eligible', 'ineligible')
"""  # noqa: S608 - own text


async def checked(
    actor: Actor, *, call_id: int, query: FindingsFilter, cursor: str = "", limit: int = 50
) -> tuple[list[CheckedRow], str | None]:
    """The applications of a call that are not decided yet, with what their rules found."""
    require(actor, "application.list")
    await own_call(actor, call_id)
    found = await rows(
        f"SELECT * FROM ({_LOOKED}) l WHERE ($2 = '' OR l.verdict = $2)"  # noqa: S608
        " AND l.id > $3::bigint ORDER BY l.id LIMIT $4",
        call_id,
        query.show.value if query.show else "",
        page_id(cursor) or 0,
        limit + 1,
    )
    shown = found[:limit]
    findings = await rows(
        f"{_FINDINGS} WHERE f.run = ANY($1::bigint[]) ORDER BY r.position",
        [each["run"] for each in shown if each["run"] is not None],
    )
    by_run: dict[int, list[dict[str, Any]]] = {}
    for each in findings:
        by_run.setdefault(each["run"], []).append(each)
    items = typed(CheckedRow, [{**each, "findings": by_run.get(each["run"], [])} for each in shown])
    return items, str(items[-1].id) if len(found) > limit else None


async def counts(call_id: int) -> dict[str, int]:
    """How many of a call's open applications pass, fail, or are to be looked at."""
    found = await rows(
        f"SELECT coalesce(l.verdict, 'none') AS verdict, count(*) AS n FROM ({_LOOKED}) l"  # noqa: S608
        " WHERE l.state = 'submitted' GROUP BY 1",
        call_id,
    )
    return {each["verdict"]: each["n"] for each in found}


async def failed_at_payment(call_id: int) -> list[dict[str, Any]]:
    """Contracts (id, company, sentence) that failed a rule on the day they were paid."""
    return await rows(
        "SELECT x.id, co.name AS company_name, f.said FROM check_run n"
        " JOIN check_finding f ON f.run = n.id AND f.outcome = 'failed'"
        " JOIN application x ON x.id = n.application JOIN company co ON co.id = x.company"
        " WHERE x.call = $1 AND n.occasion = 'payment' AND x.state = 'confirmed'"
        " ORDER BY n.id LIMIT 50",
        call_id,
    )


async def passed(call_id: int) -> list[int]:
    """The submitted applications of a call that fulfil every hard rule."""
    found = await rows(
        f"SELECT l.id FROM ({_LOOKED}) l WHERE l.state = 'submitted' AND l.verdict = 'passed'"  # noqa: S608
        " ORDER BY l.id LIMIT 500",
        call_id,
    )
    return [each["id"] for each in found]


async def evidence_of(actor: Actor, *, application_id: int, declaration_id: int) -> int:
    """The document behind a declaration, for staff who may read an application of its company."""
    await desk_reading(actor, application_id)
    found = await row(
        "SELECT d.evidence FROM declaration d JOIN application x ON x.company = d.company"
        " JOIN call c ON c.id = x.call WHERE x.id = $1::bigint AND d.id = $2::bigint"
        " AND c.agency = $3 AND x.submitted_at IS NOT NULL",
        application_id,
        declaration_id,
        actor.agency_id,
    )
    if found is None or found["evidence"] is None:
        raise NotFound
    return int(found["evidence"])


async def ending_soon(limit: int = 100) -> list[dict[str, Any]]:
    """Declarations that end within 30 days and that an open application of the company rests on."""
    return await rows(
        "SELECT DISTINCT d.id, d.company, d.kind, d.valid_until FROM declaration d"
        " JOIN application x ON x.company = d.company"
        " AND x.state IN ('draft', 'submitted', 'to_correct', 'eligible', 'wait_listed')"
        " JOIN call c ON c.id = x.call AND c.state IN ('published', 'decided')"
        " LEFT JOIN call_terms t ON t.call = c.id"
        " WHERE d.withdrawn_at IS NULL AND coalesce(t.declarations, $3::jsonb) ? d.kind"
        " AND d.valid_until BETWEEN $1::date AND $1::date + 30"
        " AND NOT EXISTS (SELECT FROM declaration l WHERE l.company = d.company"
        "  AND l.kind = d.kind AND l.id > d.id AND l.withdrawn_at IS NULL)"
        " AND NOT EXISTS (SELECT FROM message m WHERE m.key LIKE"
        "  'declaration:' || d.id || ':ends:%') ORDER BY d.valid_until, d.id LIMIT $2",
        clock.now().date(),
        limit,
        list(DECLARED),
    )


async def calls_with_rules() -> list[tuple[int, int]]:
    """(agency, call) of every published call with rules that is not decided yet."""
    found = await rows(
        "SELECT c.agency, c.id FROM call c WHERE c.state = 'published'"
        " AND EXISTS (SELECT FROM check_rule r WHERE r.call = c.id) ORDER BY c.id"
    )
    return [(each["agency"], each["id"]) for each in found]


async def signed(application_id: int) -> list[dict[str, Any]]:
    """The declarations as the last submission holds them."""
    found = await row(
        "SELECT content -> 'declarations' AS declared FROM submission WHERE application = $1"
        " ORDER BY number DESC LIMIT 1",
        application_id,
    )
    return (found["declared"] or []) if found else []
