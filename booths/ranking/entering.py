"""What a list is made of: who takes part, with facts and scores, and what there is to give."""

from decimal import Decimal
from typing import Any

import msgspec

from booths.calls import additions
from booths.calls.rows import CallRow
from booths.checks.gathering import gather
from booths.ranking import facts
from booths.ranking.queries import RANKED
from booths.ranking.rules import Applicant, Inputs, Plan, Sheet, modules
from server import clock
from server.database import row, rows


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An application that takes part, with what the list is made of and what was declared."""

    application: int
    state: str
    applicant: Applicant
    comments: dict[str, str]
    conflicts: tuple[str, ...]


_ENTRIES = f"""
SELECT x.id, x.state, x.reference, x.submitted_at, x.area_m2, x.company AS company_id,
       co.name AS company, sent.content -> 'answers' AS answers,
       sent.content -> 'company' AS profile, coalesce(n.words, ARRAY[]::varchar[]) AS noted
FROM application x
JOIN company co ON co.id = x.company
JOIN LATERAL (SELECT content FROM submission WHERE application = x.id
              ORDER BY number DESC LIMIT 1) sent ON true
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
    """Every application that takes part (or one), by arrival: six reads however many."""
    found = await rows(_ENTRIES, call.id, only)
    sheets: dict[int, list[dict[str, Any]]] = {}
    for each in await rows(_SHEETS, call.id, only):
        sheets.setdefault(each["application"], []).append(each)
    conflicts: dict[int, list[str]] = {}
    for each in await rows(_CONFLICTS, call.id, only):
        conflicts.setdefault(each["application"], []).append(each["name"])
    closes_on = clock.local(call.closes_at, call.tz).date()
    known = await gather(call, {each["company_id"]: each["answers"] for each in found}, closes_on)
    together = await additions.together(call.id)
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
                    known[each["company_id"]],
                    each["noted"],
                ),
                sheets=tuple(
                    Sheet(_named(one, sheets[each["id"]]), one["points"])
                    for one in sheets.get(each["id"], [])
                ),
                consortium=together.get(each["id"], ""),
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
