"""What a manager sets: the rule, its criteria, groups and quotas, the evaluators, noted facts."""

import secrets
from typing import Any

import msgspec

from booths.calls import queries as calls
from booths.calls.rows import CallRow
from booths.calls.rules import CallState
from booths.ranking import entering, queries
from booths.ranking.forms import EvaluatorsForm, NotedForm, NothingForm
from booths.ranking.plan_forms import CriterionForm, GroupForm, PlanForm, QuotaForm, problems
from booths.ranking.queries import PlanRow
from booths.ranking.rules import Plan, commitment
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, row, rows, step, value
from server.errors import Conflict, NotFound, Refused
from server.organisations import queries as organisations
from server.text import N_

MOST_LINES = 30
ItemForm = CriterionForm | GroupForm | QuotaForm


@step
async def hold_call(actor: Actor, call_id: int) -> tuple[CallRow, PlanRow | None]:
    """A call of the agency and its rule, both locked."""
    held = await row(
        "SELECT 1 FROM call WHERE id = $1 AND agency = $2 FOR NO KEY UPDATE",
        call_id,
        actor.agency_id,
    )
    if held is None:
        raise NotFound
    await execute("SELECT 1 FROM ranking_plan WHERE call = $1 FOR UPDATE", call_id)
    return await calls.own_call(actor, call_id), await queries.plan_of(call_id)


async def may_set(call: CallRow, found: PlanRow | None) -> bool:
    """Whether the rule of a call can still be written."""
    if found is not None and found.frozen_at is not None:
        return False
    if call.state is CallState.DRAFT:
        return True
    if call.state is not CallState.PUBLISHED:
        return False
    return not await value(
        "SELECT EXISTS (SELECT FROM application WHERE call = $1 AND submitted_at IS NOT NULL)",
        call.id,
    )


@step
async def _settable(actor: Actor, call_id: int) -> tuple[CallRow, PlanRow | None]:
    require(actor, "ranking.set")
    call, found = await hold_call(actor, call_id)
    if not await may_set(call, found):
        raise Conflict(
            N_("The rule of this call stands: companies have applied or may apply by it.")
        )
    return call, found


@step
async def _save(actor: Actor, call_id: int, before: PlanRow | None, plan: Plan) -> int:
    written = msgspec.to_builtins(plan)
    await execute(
        "INSERT INTO ranking_plan (call, plan) VALUES ($1, $2) ON CONFLICT (call)"
        " DO UPDATE SET plan = excluded.plan, version = ranking_plan.version + 1",
        call_id,
        written,
    )
    await record(
        actor, "ranking.set", "call", call_id,
        before=msgspec.to_builtins(before.plan) if before else None, after=written,
    )  # fmt: skip
    return call_id


@action
async def save_plan(actor: Actor, form: PlanForm, *, call_id: int) -> int:
    """Write the settings of the rule; its criteria, groups and quotas stay."""
    _, found = await _settable(actor, call_id)
    if form.version is not None and found is not None and form.version != found.version:
        raise Conflict(
            N_(
                "Somebody changed this rule meanwhile. What you typed is below:"
                " compare and save again."
            )
        )
    return await _save(actor, call_id, found, form.changed(found.plan if found else Plan()))


def _criterion(form: ItemForm, plan: Plan, n: int | None) -> Any:
    assert isinstance(form, CriterionForm)
    if n is not None:
        return form.made(plan.criteria[n].key)
    taken = {each.key for each in plan.criteria}
    return form.made(next(f"c{i}" for i in range(1, MOST_LINES + 2) if f"c{i}" not in taken))


def _group(form: ItemForm, plan: Plan, n: int | None) -> Any:
    assert isinstance(form, GroupForm)
    return form.made()


def _quota(form: ItemForm, plan: Plan, n: int | None) -> Any:
    assert isinstance(form, QuotaForm)
    return form.quota()


_MAKERS = {"criteria": _criterion, "groups": _group, "quotas": _quota}


@action
async def put_item(
    actor: Actor, form: ItemForm, *, call_id: int, kind: str, n: int | None = None
) -> int:
    """Add a criterion, group or quota, or change the n-th (from 0)."""
    _, found = await _settable(actor, call_id)
    plan = found.plan if found else Plan()
    items = list(getattr(plan, kind))
    if n is not None and not 0 <= n < len(items):
        raise NotFound
    made = _MAKERS[kind](form, plan, n)
    if any(each.name == made.name for i, each in enumerate(items) if i != n):
        raise Refused(N_("There is one of this name already."), field="name")
    if n is None:
        if len(items) >= MOST_LINES:
            raise Refused(N_("A rule has at most {n} of these."), n=MOST_LINES)
        items.append(made)
    else:
        items[n] = made
    return await _save(actor, call_id, found, _with(plan, kind, items))


@action
async def remove_item(actor: Actor, _: NothingForm, *, call_id: int, kind: str, n: int) -> int:
    """Take the n-th criterion, group or quota (from 0) out of the rule."""
    _call, found = await _settable(actor, call_id)
    items = list(getattr(found.plan, kind)) if found else []
    if found is None or not 0 <= n < len(items):
        raise NotFound
    del items[n]
    return await _save(actor, call_id, found, _with(found.plan, kind, items))


def _with(plan: Plan, kind: str, items: list[Any]) -> Plan:
    changed = msgspec.to_builtins(plan) | {kind: msgspec.to_builtins(items)}
    return msgspec.convert(changed, Plan)


@step
async def freeze_plan(actor: Actor, call_id: int, found: PlanRow) -> None:
    """The rule stands from now on, and with it the promise of a seed."""
    wrong = problems(found.plan)
    if wrong:
        raise Refused(N_("The rule of ranking is not finished. {what}"), what=wrong[0])
    seed = secrets.token_hex(32)
    await execute(
        "UPDATE ranking_plan SET frozen_at = $2, seed = $3, commitment = $4 WHERE call = $1",
        call_id,
        clock.now(),
        seed,
        commitment(seed),
    )
    await record(actor, "ranking.publish", "call", call_id, after={"commitment": commitment(seed)})


@action
async def publish_plan(actor: Actor, _: NothingForm, *, call_id: int) -> int:
    """Put the rule of a call that is published already before everybody, while none has applied."""
    call, found = await _settable(actor, call_id)
    if found is None:
        raise Refused(N_("There is no rule yet. Save the settings first."))
    if call.state is CallState.DRAFT:
        raise Refused(N_("The rule is published together with the call."))
    await freeze_plan(actor, call_id, found)
    return call_id


@action
async def set_evaluators(actor: Actor, form: EvaluatorsForm, *, call_id: int) -> int:
    """Who evaluates a call from now on. The scores of whoever is taken off count no more."""
    require(actor, "ranking.set")
    await hold_call(actor, call_id)
    if await queries.is_decided(call_id):
        raise Conflict(N_("The decision is frozen, and with it who has evaluated."))
    wanted = set(form.people)
    staff = {each.person_id for each in await organisations.own_staff(actor)}
    if not wanted <= staff:
        raise Refused(N_("Choose people of your agency."), field="people")
    before = {each.person for each in await queries.evaluators(actor, call_id) if each.active}
    for person in sorted(wanted - before):
        await execute(
            "INSERT INTO evaluator (call, person, since) VALUES ($1, $2, $3)",
            call_id,
            person,
            clock.now(),
        )
    await execute(
        "UPDATE evaluator SET ended_at = $3 WHERE call = $1 AND ended_at IS NULL"
        " AND NOT person = ANY($2::int[])",
        call_id,
        sorted(wanted),
        clock.now(),
    )
    await record(
        actor, "ranking.evaluators", "call", call_id,
        before={"people": sorted(before)}, after={"people": sorted(wanted)},
    )  # fmt: skip
    return call_id


@action
async def note_facts(actor: Actor, form: NotedForm, *, call_id: int) -> int:
    """Of which applicants the agency itself knows something; of all others it is not so."""
    require(actor, "ranking.set")
    await hold_call(actor, call_id)
    if await queries.is_decided(call_id):
        raise Conflict(N_("The decision is frozen, and with it what was noted."))
    mine = await value(
        "SELECT count(*) FROM application WHERE call = $1 AND id = ANY($2::bigint[])"
        " AND submitted_at IS NOT NULL",
        call_id,
        form.applications,
    )
    if mine != len(set(form.applications)):
        raise NotFound
    before = set((await entering.noted_words(call_id)).get(form.word, []))
    wanted = set(form.applications)
    changed = [(each, each in wanted) for each in sorted(before ^ wanted)]
    await execute(
        "INSERT INTO noted_fact (application, word, so, person_id, at)"
        " SELECT a, $3, so, $4, $5 FROM unnest($1::int[], $2::bool[]) AS t (a, so)",
        [each for each, _ in changed],
        [so for _, so in changed],
        form.word,
        actor.person_id,
        clock.now(),
    )
    await record(
        actor, "ranking.note", "call", call_id,
        before={form.word: sorted(before)}, after={form.word: sorted(wanted)},
    )  # fmt: skip
    return call_id


@step
async def same_evaluators(actor: Actor, before: int, after: int) -> int:
    """Whoever evaluates the call `before` and is still of the agency evaluates `after`."""
    found = await rows(
        "INSERT INTO evaluator (call, person, since) SELECT $2, e.person, $3 FROM evaluator e"
        " JOIN agency_member m ON m.person = e.person AND m.agency = $4"
        " JOIN person p ON p.id = e.person AND p.disabled_at IS NULL"
        " WHERE e.call = $1 AND e.ended_at IS NULL RETURNING id",
        before,
        after,
        clock.now(),
        actor.agency_id,
    )
    return len(found)
