"""The facts of companies for one call: two statements, however many companies there are."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from booths.calls.rows import CallRow
from booths.checks.facts import Branch, Facts
from server.aid import law
from server.aid.eligibility import size_of
from server.aid.sizes import SizeClass
from server.database import rows
from server.declarations.queries import DeclarationRow, latest

Answers = Mapping[str, Any]

# Participations: contracts that hold at the fair or held. $1 call, $2 companies, $3 today.
_FACTS = """
WITH this AS (
    SELECT c.id, c.agency, f.starts_on,
           fair_series(coalesce(nullif(f.series, ''), f.name)) AS series
    FROM call c JOIN booth b ON b.id = c.booth JOIN fair f ON f.id = b.fair WHERE c.id = $1),
editions AS (
    SELECT f.id, f.starts_on, f.starts_on = max(f.starts_on) OVER () AS latest
    FROM fair f, this WHERE f.starts_on < this.starts_on
      AND fair_series(coalesce(nullif(f.series, ''), f.name)) = this.series),
parts AS (
    SELECT x.company, x.state, b.fair, f.starts_on, c.agency FROM application x
    JOIN call c ON c.id = x.call JOIN booth b ON b.id = c.booth JOIN fair f ON f.id = b.fair
    WHERE x.company = ANY($2::bigint[]) AND c.id <> $1
      AND x.state IN ('admitted', 'confirmed', 'exhibited'))
SELECT co.id, co.country, co.region, co.nace_code, co.nace_revision, co.founded_on,
       co.employees_awu, co.turnover_minor, co.balance_minor,
       (SELECT t.result FROM size_test t WHERE t.company = co.id ORDER BY t.id DESC LIMIT 1)
           AS tested,
       concat_ws(' ', co.description, co.products) AS words,
       (SELECT count(DISTINCT p.fair) FROM parts p JOIN editions e ON e.id = p.fair
        WHERE p.company = co.id AND p.state <> 'admitted') AS at_this_fair,
       CASE WHEN EXISTS (SELECT FROM editions) THEN EXISTS (
           SELECT FROM parts p JOIN editions e ON e.id = p.fair
           WHERE p.company = co.id AND e.latest AND p.state <> 'admitted') END AS last_edition,
       (SELECT count(*) FROM parts p, this WHERE p.company = co.id AND p.agency = this.agency
        AND date_part('year', p.starts_on) = date_part('year', this.starts_on)) AS this_year,
       (SELECT count(*) FROM parts p, this WHERE p.company = co.id AND p.agency = this.agency
        AND p.starts_on < this.starts_on AND p.state <> 'admitted') AS ever,
       coalesce(due.minor, 0) AS overdue_minor, coalesce(due.currency, 'EUR') AS overdue_currency
FROM company co
LEFT JOIN LATERAL (
    SELECT i.currency, sum(i.total_minor - i.paid_minor)::bigint AS minor FROM invoice i, this
    WHERE i.company = co.id AND i.agency = this.agency AND i.due_on < $3
      AND i.state IN ('open', 'part_paid', 'overdue')
    GROUP BY i.currency ORDER BY 2 DESC LIMIT 1) due ON true
WHERE co.id = ANY($2::bigint[])
"""


async def gather(
    call: CallRow, answers: Mapping[int, Answers], on: date, *, paying: bool = False
) -> dict[int, Facts]:
    """The facts of each company on a day, with what it answered in its application, if it has one.

    A declaration counts only while it holds.
    """
    ids = list(answers)
    found = await rows(_FACTS, call.id, ids, on)
    declared = await latest(ids)
    return {
        each["id"]: _facts(each, answers[each["id"]], declared[each["id"]], call, on, paying)
        for each in found
    }


def _facts(
    company: dict[str, Any],
    answers: Answers,
    declared: Mapping[str, DeclarationRow],
    call: CallRow,
    on: date,
    paying: bool,
) -> Facts:
    stated = _stated(declared, on)
    goals, said = answers.get("goals") or {}, answers.get("declarations") or {}
    before = said.get("supported_before") or 0
    last = company["last_edition"]
    awu: Decimal | None = company["employees_awu"]
    return Facts(
        on=on,
        starts_on=call.starts_on,
        country=company["country"],
        region=company["region"],
        size=SizeClass(company["tested"])
        if company["tested"]
        else size_of(awu, company["turnover_minor"], company["balance_minor"], law.size_bounds()),
        nace_code=company["nace_code"],
        nace_revision=company["nace_revision"],
        founded_on=company["founded_on"],
        export_status=goals.get("export_status") or "",
        export_share_bp=stated.get("export_share_bp"),
        at_this_fair=company["at_this_fair"],
        declared_at_this_fair=before,
        last_edition=True if before and said.get("last_edition") else last,
        this_year=company["this_year"],
        ever=company["ever"],
        overdue_minor=company["overdue_minor"],
        overdue_currency=company["overdue_currency"],
        arrears_minor=stated.get("arrears_minor"),
        public_share_bp=stated.get("public_share_bp"),
        branch=_branch(stated),
        words=" ".join([company["words"], str(goals.get("exhibits") or "")]),
        paying=paying,
    )


def _stated(declared: Mapping[str, DeclarationRow], on: date) -> dict[str, Any]:
    """What the declarations that hold on the day state beside their text."""
    found: dict[str, Any] = {}
    for each in declared.values():
        if each.valid_until >= on:
            found |= each.details
    return found


def _branch(stated: Mapping[str, Any]) -> Branch | None:
    if "branch_region" not in stated:
        return None
    until = stated.get("branch_until")
    return Branch(
        region=stated["branch_region"],
        since=date.fromisoformat(stated["branch_since"]),
        until=date.fromisoformat(until) if until else None,
    )
