"""Decisions: freeze a list with all it is made of, change it with a reason, carry it out."""

from collections.abc import Sequence
from typing import Any

import msgspec

from booths.calls import deciding
from booths.calls.rows import CallRow
from booths.calls.rules import Phase, State
from booths.ranking import entering, queries, records, sentences
from booths.ranking.actions import hold_call
from booths.ranking.entering import Entry
from booths.ranking.forms import ApplyForm, EditForm, NothingForm, ReopenForm
from booths.ranking.ordering import rank
from booths.ranking.rules import (
    Applicant,
    Change,
    Edit,
    Inputs,
    Outcome,
    Placed,
    Plan,
    Step,
    step_for,
)
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, rows, step, value
from server.errors import Conflict, Forbidden, Refused
from server.text import N_


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a list as pages show it; `application` is None where it is gone."""

    placed: Placed
    application: int | None
    company: str
    reason: str


def lines(
    call: CallRow, plan: Plan, inputs: Inputs, order: Sequence[Placed], ids: dict[str, int]
) -> list[Line]:
    """The list with its sentences."""
    of: dict[str, Applicant] = {each.reference: each for each in inputs.applicants}
    return [
        Line(
            placed=each,
            application=ids.get(each.reference),
            company=of[each.reference].company,
            reason=sentences.reason(each, len(order), plan, of, call.tz, inputs.seed),
        )
        for each in order
    ]


def unscored(plan: Plan, found: Sequence[Entry]) -> list[str]:
    """References of applications that too few evaluators have scored."""
    if not plan.scored:
        return []
    return [
        each.applicant.reference for each in found if len(each.applicant.sheets) < plan.evaluators
    ]


@action
async def freeze(actor: Actor, _: NothingForm, *, call_id: int) -> int:
    """Work the list out and freeze it with everything it is made of: as version 1, or as the next
    version of a decision that was opened again, with its reason. Returns its number."""
    require(actor, "ranking.decide")
    call, found = await hold_call(actor, call_id)
    if found is None or found.frozen_at is None:
        raise Refused(N_("This call was published without a rule of ranking."))
    before = next(iter(await queries.decisions(call_id)), None)
    if before is not None and before.opened_at is None:
        raise Conflict(
            N_(
                "The decision is frozen already. Change it by hand, or open it again with a reason"
                " so that what it is made of can be mended."
            )
        )
    if call.phase is not Phase.CLOSED and not (before and call.phase is Phase.DECIDED):
        raise Conflict(N_("The list can be frozen once the call has closed."))
    waiting = await entering.corrections(call_id)
    if waiting:
        raise Refused(
            N_("{n} applications wait for a correction. Decide on them first, then freeze."),
            n=waiting,
        )
    taking_part = await entering.entries(call)
    if not taking_part:
        raise Refused(N_("No application takes part."))
    open_ones = unscored(found.plan, taking_part)
    if open_ones:
        raise Refused(
            N_("{n} applications have too few scores, among them {one}. Nothing was frozen."),
            n=len(open_ones),
            one=open_ones[0],
        )
    seed = None
    if found.plan.draws:
        seed = await value("SELECT seed FROM ranking_plan WHERE call = $1", call_id)
    made = await entering.inputs(call, found.plan, taking_part, seed)
    return await _keep(
        actor, call, found.plan, made, (), version=before.version + 1 if before else 1,
        why=before.opened_why if before else "",
        ids={each.applicant.reference: each.application for each in taking_part},
        conflicts={each.applicant.reference: each.conflicts for each in taking_part
                   if each.conflicts},
    )  # fmt: skip


@step
async def _keep(
    actor: Actor,
    call: CallRow,
    plan: Plan,
    made: Inputs,
    edits: Sequence[Edit],
    *,
    version: int,
    why: str,
    ids: dict[str, int],
    conflicts: dict[str, Any],
) -> int:
    order = rank(plan, made, edits)
    now = clock.now()
    content = records.canonical(
        records.written(
            plan, made, edits, order,
            version=version, why=why, at=now, by=actor.name, conflicts=conflicts,
            call={
                "id": call.id, "title": call.title, "agency": call.agency_name,
                "fair": call.fair_name, "closed_at": call.closes_at, "tz": call.tz,
            },
        )
    )  # fmt: skip
    decision = await value(
        "INSERT INTO ranking_decision (call, version, why, content, sha256, person_id, at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        call.id,
        version,
        why,
        content,
        records.fingerprint(content),
        actor.person_id,
        now,
    )
    await execute(
        "INSERT INTO ranking_place (decision, application, module, rank, m2, outcome, total)"
        " SELECT $1, * FROM unnest($2::int[], $3::int[], $4::int[], $5::numeric[], $6::text[],"
        " $7::numeric[])",
        decision,
        [ids[each.reference] for each in order],
        [each.module for each in order],
        [each.rank for each in order],
        [each.m2 for each in order],
        [each.outcome.value for each in order],
        [each.total for each in order],
    )
    await record(
        actor, "ranking.freeze", "call", call.id, why=why,
        after={"version": version, "sha256": records.fingerprint(content)},
    )  # fmt: skip
    return version


@step
async def _latest(
    actor: Actor, call_id: int, version: int
) -> tuple[CallRow, queries.Decision, dict[str, int]]:
    """The decision that is in force, locked, and the applications by their references."""
    require(actor, "ranking.decide")
    call, _ = await hold_call(actor, call_id)
    found = await queries.decision(actor, call_id, version)
    newest = (await queries.decisions(call_id))[0].version
    if newest != version:
        raise Conflict(
            N_("There is a newer version of this decision, {n}. Look at that one."), n=newest
        )
    if found.opened_at is not None:
        raise Conflict(
            N_("This decision was opened again. Freeze the next version, then go on with that.")
        )
    return call, found, await ids_of(found.id)


async def ids_of(decision_id: int) -> dict[str, int]:
    """The applications of a decision by their references."""
    found = await rows(
        "SELECT DISTINCT x.reference, x.id FROM ranking_place p"
        " JOIN application x ON x.id = p.application WHERE p.decision = $1",
        decision_id,
    )
    return {each["reference"]: each["id"] for each in found}


@action
async def edit(actor: Actor, form: EditForm, *, call_id: int, version: int) -> int:
    """Change the list by hand: a new version with its reason. Returns its number."""
    call, found, ids = await _latest(actor, call_id, version)
    plan, made, edits, stored = records.read(found.content)
    if form.change == "space":
        space = next((each for each in reversed(edits) if each.change is Change.SPACE), made)
        change = Edit(
            Change.SPACE,
            places=space.places if form.places is None else form.places,
            m2=space.m2 if form.m2 is None else form.m2,
        )
    else:
        reference, _, module = form.line.partition("/")
        if not any(each.reference == reference and each.module == int(module) for each in stored):
            raise Refused(N_("Choose an application of this list."), field="line")
        if form.rank is not None and form.rank > len(stored):
            raise Refused(N_("The list has {n} ranks."), field="rank", n=len(stored))
        await _no_conflict(actor, ids[reference])
        change = Edit(Change(form.change), reference, int(module), form.rank or 1)
    return await _keep(
        actor, call, plan, made, [*edits, change], version=version + 1, why=form.why, ids=ids,
        conflicts=found.content["conflicts"],
    )  # fmt: skip


@action
async def reopen(actor: Actor, form: ReopenForm, *, call_id: int, version: int) -> int:
    """Let scores, evaluators and noted facts change again, so that the next version is worked out
    from them. The rule, the seed and every version so far stay. Returns the version opened."""
    call, found, _ = await _latest(actor, call_id, version)
    if call.phase not in (Phase.CLOSED, Phase.DECIDED):
        raise Conflict(N_("This call has moved on: its decision cannot be opened any more."))
    await execute(
        "INSERT INTO ranking_reopening (decision, why, person_id, at) VALUES ($1, $2, $3, $4)",
        found.id,
        form.why,
        actor.person_id,
        clock.now(),
    )
    await record(actor, "ranking.reopen", "call", call_id, why=form.why, after={"version": version})
    return version


@step
async def _no_conflict(actor: Actor, application_id: int) -> None:
    if await has_conflict(actor, application_id):
        raise Forbidden(
            N_(
                "You have declared a conflict of interest with this company: somebody else must"
                " change its place."
            )
        )


async def has_conflict(actor: Actor, application_id: int) -> bool:
    """Whether the actor has declared a conflict of interest with an applicant."""
    found = await value(
        "SELECT 1 FROM conflict_declaration WHERE application = $1 AND person = $2 AND conflict",
        application_id,
        actor.person_id,
    )
    return found is not None


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """What carrying out a decision does with one application, and what its letter says."""

    application: int
    reference: str
    company: str
    rank: int
    state: str
    step: Step
    why: str
    place: int | None = None


async def moves(found: queries.Decision) -> list[Move]:
    """What carrying out a decision would do now, by rank."""
    plan, made, _, stored = records.read(found.content)
    known = await rows(
        "SELECT DISTINCT x.reference, x.id, x.state FROM ranking_place p"
        " JOIN application x ON x.id = p.application WHERE p.decision = $1",
        found.id,
    )
    now = {each["reference"]: each for each in known}
    names = {each.reference: each.company for each in made.applicants}
    done = []
    place = 0
    for each in stored:
        if each.module > 1:
            continue  # the first module decides about the application
        to = step_for(each.outcome, now[each.reference]["state"])
        place += to is Step.WAIT
        done.append(
            Move(
                application=now[each.reference]["id"],
                reference=each.reference,
                company=names[each.reference],
                rank=each.rank,
                state=now[each.reference]["state"],
                step=to,
                why=""
                if each.outcome is Outcome.SELECTED
                else sentences.letter(each, len(stored), plan),
                place=place if to is Step.WAIT else None,
            )
        )
    return done


@action
async def apply(actor: Actor, _: ApplyForm, *, call_id: int, version: int) -> int:
    """Carry a decision out as a whole: places, waiting list in its order, rejections, letters."""
    call, found, ids = await _latest(actor, call_id, version)
    if call.phase not in (Phase.CLOSED, Phase.DECIDED):
        raise Conflict(N_("This call has moved on: its decision cannot be carried out any more."))
    if found.applied_at is not None:
        raise Conflict(N_("This decision was carried out already. Nothing was sent again."))
    await rows(
        "SELECT id FROM application WHERE id = ANY($1::int[]) OR (call = $2"
        " AND state = 'wait_listed') ORDER BY submitted_at, id FOR UPDATE",
        sorted(ids.values()),
        call_id,
    )
    before = await _empty_waiting_list(call_id)
    todo = await moves(found)
    for each in todo:
        if each.step is Step.SELECT:
            await deciding.decide_one(actor, each.application, State.ELIGIBLE, "")
        elif each.step is Step.REJECT:
            await deciding.decide_one(actor, each.application, State.REJECTED, each.why)
        elif each.step is Step.WAIT:
            await _wait(actor, each, before.get(each.application))
    ranked = {each.application for each in todo if each.step is not Step.LEAVE}
    await _put_back(call_id, [each for each in before if each not in ranked])
    await execute(
        "INSERT INTO decision_applied (decision, person_id, at) VALUES ($1, $2, $3)",
        found.id,
        actor.person_id,
        clock.now(),
    )
    counts = {kind.value: sum(each.step is kind for each in todo) for kind in Step}
    await record(
        actor, "ranking.apply", "call", call_id, after={"version": version, **counts}
    )  # fmt: skip
    return version


@step
async def _empty_waiting_list(call_id: int) -> dict[int, int]:
    """Who waits already, by place; their places are free for the new order."""
    found = await rows(
        "SELECT id, wait_position FROM application WHERE call = $1 AND state = 'wait_listed'"
        " ORDER BY wait_position",
        call_id,
    )
    await execute(
        "UPDATE application SET wait_position = NULL WHERE call = $1 AND state = 'wait_listed'",
        call_id,
    )
    return {each["id"]: each["wait_position"] for each in found}


@step
async def _wait(actor: Actor, each: Move, before: int | None) -> None:
    """Put an application on its place; whoever keeps the place is not written to again."""
    if each.state == State.WAIT_LISTED and before == each.place:
        await execute(
            "UPDATE application SET wait_position = $2 WHERE id = $1", each.application, before
        )
        return
    if each.state == State.WAIT_LISTED:
        assert each.place is not None
        await deciding.place_anew(actor, each.application, each.place, each.why)
        return
    if each.state == State.REJECTED:
        await deciding.decide_one(actor, each.application, State.ELIGIBLE, "")
    await deciding.decide_one(actor, each.application, State.WAIT_LISTED, each.why)


@step
async def _put_back(call_id: int, left: list[int]) -> None:
    """Whoever waits and is not in the list comes after it, in the order of before."""
    await execute(
        "UPDATE application x SET wait_position = t.n + (SELECT coalesce(max(wait_position), 0)"
        " FROM application WHERE call = $1)"
        " FROM unnest($2::int[]) WITH ORDINALITY AS t (id, n) WHERE x.id = t.id",
        call_id,
        left,
    )


async def export(actor: Actor, *, call_id: int, version: int) -> dict[str, Any]:
    """A decision as a file that `pavilion rank` works out again, with its fingerprint."""
    found = await queries.decision(actor, call_id, version)
    return {**found.content, "sha256": found.sha256}
