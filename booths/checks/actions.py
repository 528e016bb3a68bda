"""Setting the rules of a call; looking at applications by them; deciding on what was found."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from booths.calls import deciding
from booths.calls import queries as calls
from booths.calls.applying import link
from booths.calls.forms import Because
from booths.calls.rows import CallRow, Dossier
from booths.calls.rules import CallState, State
from booths.checks import queries
from booths.checks.facts import Facts, Outcome, Verdict
from booths.checks.forms import RuleForm, TermsForm, VerdictForm
from booths.checks.gathering import gather
from booths.checks.kinds import KINDS, PAYMENT_KINDS
from booths.checks.queries import RuleRow
from booths.checks.words import sentence
from server import clock
from server.accounts.permissions import SYSTEM, Actor, require
from server.audit import record
from server.database import action, execute, row, rows, step, value
from server.declarations.kinds import NAMES
from server.errors import Conflict, NotFound
from server.mail.actions import send
from server.organisations import queries as organisations
from server.text import N_
from server.web.formats import day

_STANDS = N_(
    "This call is published: companies rely on its conditions, so they stay as they are. Write"
    " another call for other conditions."
)


async def _draft(actor: Actor, call_id: int) -> CallRow:
    require(actor, "call.write")
    held = await row(
        "SELECT 1 FROM call WHERE id = $1::bigint AND agency = $2 FOR UPDATE",
        call_id,
        actor.agency_id,
    )
    if held is None:
        raise NotFound
    call = await calls.own_call(actor, call_id)
    if call.state is not CallState.DRAFT:
        raise Conflict(_STANDS)
    return call


@action
async def save_terms(actor: Actor, form: TermsForm, *, call_id: int) -> int:
    """The declarations a draft asks for, how to appeal, and what a failed rule does."""
    await _draft(actor, call_id)
    before = await queries.terms_of(call_id)
    await execute(
        "INSERT INTO call_terms (call, declarations, appeal, at_once) VALUES ($1,$2,$3,$4)"
        " ON CONFLICT (call) DO UPDATE SET declarations = $2, appeal = $3, at_once = $4",
        call_id,
        form.declarations,
        form.appeal,
        form.at_once,
    )
    await record(
        actor, "call.terms", "call", call_id,
        before=msgspec.structs.asdict(before), after=form.typed(),
    )  # fmt: skip
    return call_id


@action
async def add_rule(actor: Actor, form: RuleForm, *, call_id: int, kind: str) -> int:
    """One more rule of a draft."""
    if kind not in KINDS:
        raise NotFound
    await _draft(actor, call_id)
    parameters = form.parameters(kind)
    made = int(
        await value(
            "INSERT INTO check_rule (call, kind, parameters, hard, position)"
            " SELECT $1, $2, $3, $4, 1 + coalesce(max(position), 0) FROM check_rule"
            " WHERE call = $1 RETURNING id",
            call_id,
            kind,
            parameters,
            form.weight == "hard",
        )
    )
    await record(
        actor, "call.rule", "call", call_id,
        after={"rule": made, "kind": kind, "parameters": parameters, "weight": form.weight},
    )  # fmt: skip
    return made


@action
async def remove_rule(actor: Actor, _: Any = None, *, call_id: int, rule_id: int) -> int:
    """Take a rule out of a draft."""
    await _draft(actor, call_id)
    gone = await row(
        "DELETE FROM check_rule WHERE id = $1::bigint AND call = $2 RETURNING kind, parameters",
        rule_id,
        call_id,
    )
    if gone is None:
        raise NotFound
    await record(actor, "call.rule_gone", "call", call_id, before={"rule": rule_id, **gone})
    return call_id


@step
async def look(
    call: CallRow, answers: dict[int, tuple[int, dict[str, Any]]], occasion: str
) -> list[int]:
    """Ask the rules about applications, {application: (company, answers)}; those looked at anew.

    A look that sees what the last one saw is not written again, but for the one that follows a
    sending. The facts are kept with what was found.
    """
    paying = occasion == "payment"
    rules = [
        each for each in await queries.rules_of(call.id) if not paying or each.kind in PAYMENT_KINDS
    ]
    if not rules or not answers:
        return []
    companies = {company: said for company, said in answers.values()}
    facts = await gather(call, companies, clock.today(call.tz), paying=paying)
    before = await _last_facts(list(answers), paying=paying)
    made = []
    for application, (company, _) in answers.items():
        seen = json.loads(msgspec.json.encode(facts[company], enc_hook=str))
        if occasion == "again" and _same(before.get(application), seen):
            continue
        await _write(application, rules, facts[company], seen, occasion)
        made.append(application)
    return made


def _same(before: dict[str, Any] | None, seen: dict[str, Any]) -> bool:
    """Whether nothing has changed but the day."""
    return before is not None and {**before, "on": ""} == {**seen, "on": ""}


async def _last_facts(application_ids: list[int], *, paying: bool) -> dict[int, dict[str, Any]]:
    found = await rows(
        "SELECT DISTINCT ON (application) application, facts FROM check_run"
        " WHERE application = ANY($1::bigint[]) AND (occasion = 'payment') = $2"
        " ORDER BY application, id DESC",
        application_ids,
        paying,
    )
    return {each["application"]: each["facts"] for each in found}


async def _write(
    application: int, rules: Sequence[RuleRow], facts: Facts, seen: dict[str, Any], occasion: str
) -> None:
    run = await value(
        "INSERT INTO check_run (application, occasion, facts, at) VALUES ($1,$2,$3,$4)"
        " RETURNING id",
        application,
        occasion,
        seen,
        clock.now(),
    )
    found = [(each, KINDS[each.kind].finds(facts, each.parameters)) for each in rules]
    await execute(
        "INSERT INTO check_finding (run, rule, outcome, said, saw)"
        " SELECT $1, * FROM unnest($2::int[], $3::text[], $4::text[], $5::text[])",
        run,
        [rule.id for rule, _ in found],
        [finding.outcome.value for _, finding in found],
        [sentence(finding) for _, finding in found],
        [finding.saw for _, finding in found],
    )


async def refused_at_once(found: Dossier) -> list[str]:
    """The sentences of failed hard rules, where the call refuses at once; else none."""
    if not (await queries.terms_of(found.call.id)).at_once:
        return []
    return [
        said
        for rule, outcome, said in await judged(found.call, found.row.company, found.draft)
        if rule.hard and outcome is Outcome.FAILED
    ]


async def judged(
    call: CallRow, company_id: int, answers: dict[str, Any]
) -> list[tuple[RuleRow, Outcome, str]]:
    """What the rules of a call would find about a company today; nothing is kept."""
    rules = await queries.rules_of(call.id)
    if not rules:
        return []
    facts = (await gather(call, {company_id: answers}, clock.today(call.tz)))[company_id]
    found = [(each, KINDS[each.kind].finds(facts, each.parameters)) for each in rules]
    return [(rule, finding.outcome, sentence(finding)) for rule, finding in found]


_ANSWERS = """
SELECT x.id, x.company, s.content -> 'answers' AS answers FROM application x
JOIN LATERAL (SELECT content FROM submission WHERE application = x.id
    ORDER BY number DESC LIMIT 1) s ON true
WHERE x.call = $1 AND x.state IN ('submitted', 'to_correct', 'eligible') ORDER BY x.id LIMIT 2000
"""


@step
async def look_again(call: CallRow) -> int:
    """Look at every application of a call that is not decided; how many saw something new."""
    found = await rows(_ANSWERS, call.id)
    answers = {each["id"]: (each["company"], each["answers"]) for each in found}
    return len(await look(call, answers, "again"))


@action
async def recheck(actor: Actor, _: Any = None, *, call_id: int) -> int:
    """Look again at the applications of a call, with the facts of today."""
    require(actor, "application.check")
    return await look_again(await calls.own_call(actor, call_id))


@action
async def refresh(agency_id: int, call_id: int) -> int:
    """The same by the house, for its agency."""
    house = Actor(name=SYSTEM.name, system=True, agency_id=agency_id)
    return await look_again(await calls.own_call(house, call_id))


@action
async def announce_end(declaration_id: int, company_id: int, kind: str, until: date) -> None:
    """Tell the people of a company that a declaration ends; the key of the mail makes it once."""
    for person in await organisations.people_of_company(company_id):
        await send(
            key=f"declaration:{declaration_id}:ends:{person.person_id}",
            to_email=person.email,
            to_name=person.name,
            locale=person.locale,
            template="declaration-ends",
            company=company_id,
            person=person.person_id,
            declaration=NAMES[kind],
            until=day(until),
            link=link(f"/my/company/declarations/{kind}"),
        )


@action
async def waive(actor: Actor, form: Because, *, application_id: int, rule_id: int) -> int:
    """A manager does not hold a finding against a company, with a reason; it covers that."""
    require(actor, "application.check")
    found = await deciding.hold(actor, application_id)
    run = await queries.latest_run(application_id)
    finding = next((each for each in run.findings if each.rule == rule_id), None) if run else None
    if finding is None:
        raise NotFound
    if finding.outcome is Outcome.OK or finding.waived is not None:
        raise Conflict(N_("This rule stands in nobody’s way here: there is nothing to waive."))
    made = int(
        await value(
            "INSERT INTO check_waiver (application, rule, saw, why, person_id, at)"
            " VALUES ($1,$2,$3,$4,$5,$6) RETURNING id",
            application_id,
            rule_id,
            finding.saw,
            form.why,
            actor.person_id,
            clock.now(),
        )
    )
    await record(
        actor, "application.waive", "application", application_id,
        before={"rule": finding.kind, "found": finding.said}, why=form.why,
        company_id=found.row.company,
    )  # fmt: skip
    return made


@step
async def must_pass(found: Dossier) -> None:
    """Refuse a yes to an application that fails a hard rule which nobody has waived."""
    state = await value("SELECT state FROM application WHERE id = $1", found.row.id)
    if state not in (State.ELIGIBLE, State.ADMITTED):
        return
    run = await queries.latest_run(found.row.id)
    if run is None or run.verdict is not Verdict.FAILED:
        return
    failed = [each.said for each in run.findings if each.fails]
    raise Conflict(
        N_(
            "{company} does not fulfil every rule: {said} Waive the finding with a reason first, or"
            " say that it is not eligible. Nothing was changed."
        ),
        company=found.row.company_name,
        said=" ".join(failed),
    )


@action
async def decide(actor: Actor, form: VerdictForm, *, call_id: int) -> int:
    """Eligible or not for many at once, or for none of them; all are looked at again first."""
    require(actor, "application.check")
    call = await calls.own_call(actor, call_id)
    await look_again(call)
    ids = sorted(set(form.applications))
    to = State.INELIGIBLE if form.to == "ineligible" else State.ELIGIBLE
    if form.to == "all_passed":
        ids = await queries.passed(call_id)
    held = await rows(
        "SELECT x.id FROM application x JOIN call c ON c.id = x.call WHERE x.id = ANY($1::bigint[])"
        " AND c.id = $2 AND c.agency = $3 AND x.submitted_at IS NOT NULL"
        " ORDER BY x.submitted_at, x.id FOR UPDATE OF x",
        ids,
        call_id,
        actor.agency_id,
    )
    if len(held) != len(ids):
        raise NotFound
    for each in held:
        why = form.reasons.get(str(each["id"]), "") if to is State.INELIGIBLE else ""
        await deciding.decide_one(actor, each["id"], to, why)
    return len(held)
