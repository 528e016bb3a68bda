"""What ranking adds to calls and applications."""

from booths.calls.additions import (
    CallEvent,
    Panel,
    Part,
    Place,
    before_reading,
    follows_call,
    guard,
    panel,
    part,
)
from booths.calls.copies import Shift, copies, leaves_out, take_over
from booths.calls.rows import CallRow, Dossier
from booths.calls.rules import CallState
from booths.ranking import actions, deciding, entering, evaluating, queries, sentences
from booths.ranking.plan_forms import problems
from booths.ranking.rules import Key
from booths.ranking.scoring import mark, spread
from server.accounts.permissions import Actor
from server.documents.guards import closes
from server.errors import Forbidden, Refused
from server.text import N_, gettext, ngettext


@part
async def rule_of_the_call(actor: Actor, call: CallRow) -> Part | None:
    """The rule by which places are given."""
    found = await queries.plan_of(call.id)
    if found is None:
        said = N_("No rule: you decide by hand.")
        wrong = False
    else:
        said = sentences.KEY_WORDS[found.plan.mode[0]]
        wrong = bool(problems(found.plan)) or (
            call.state is CallState.PUBLISHED and found.frozen_at is None
        )
    return Part(
        name=N_("Ranking"),
        url=f"/desk/calls/{call.id}/ranking",
        said=gettext(said),
        open=wrong,
    )


@follows_call(CallEvent.PUBLISHED)
async def promise(actor: Actor, call: CallRow) -> None:
    """A published rule stands, and the seed of its lot is promised."""
    found = await queries.plan_of(call.id)
    if found is not None and found.frozen_at is None:
        await actions.freeze_plan(actor, call.id, found)


@panel(Place.CALL_DESK)
async def ways(actor: Actor, call: CallRow) -> Panel | None:
    """The ways to scores, list and decisions."""
    found = await queries.plan_of(call.id)
    if found is None or found.frozen_at is None:
        return None
    return Panel(
        template="ranking/panel_call.html",
        context={
            "plan": found.plan,
            "evaluates": await queries.evaluates(call.id, actor.person_id),
            "decisions": await queries.decisions(call.id),
        },
    )


@panel(Place.CALL_PUBLIC, Place.CALL_START)
async def published_rule(actor: Actor, call: CallRow) -> Panel | None:
    """The rule in plain words, for everybody."""
    found = await queries.plan_of(call.id)
    if found is None or found.frozen_at is None:
        return None
    return Panel(
        template="ranking/panel_public.html",
        context={
            "words": sentences.rule_words(found.plan),
            "criteria": [
                (each.name, each.hint, sentences.weight_words(each),
                 sentences.criterion_words(each))
                for each in (found.plan.criteria if Key.POINTS in found.plan.mode else ())
            ],
            "commitment": found.commitment if found.plan.draws else None,
            "seed": found.seed if found.plan.draws else None,
        },
    )  # fmt: skip


@panel(Place.APPLICATION_DESK)
async def scores_and_rank(actor: Actor, found: Dossier) -> Panel | None:
    """What evaluators gave and where it stands; closed to whoever has a conflict of interest."""
    plan = await queries.plan_of(found.call.id)
    if plan is None or plan.frozen_at is None:
        return None
    decided = await queries.is_decided(found.call.id)
    hidden = False
    if not decided and await queries.evaluates(found.call.id, actor.person_id):
        word = await queries.own_word(actor, found.call.id, found.row.id)
        hidden = word is not None and word.number is None and bool(plan.plan.scored)
    entry = next(iter(await entering.entries(found.call, found.row.id)), None)
    return Panel(
        template="ranking/panel_desk.html",
        context={
            "plan": plan.plan,
            "hidden": hidden,
            "entry": entry,
            "mark": mark(plan.plan, entry.applicant) if entry else None,
            "spread": spread(plan.plan, entry.applicant.sheets) if entry else None,
            "places": await queries.places_of(found.row.id),
            "dash": sentences.decimal_words,
        },
    )


@panel(Place.APPLICATION_COMPANY)
async def own_place(actor: Actor, found: Dossier) -> Panel | None:
    """The company's own place and points, once the decision is carried out."""
    plan = await queries.plan_of(found.call.id)
    if plan is None or plan.frozen_at is None:
        return None
    places = await queries.places_of(found.row.id, applied=True)
    if not places:
        return None
    return Panel(
        template="ranking/panel_company.html",
        context={"plan": plan.plan, "places": places, "slug": found.call.slug},
    )


@before_reading
async def declare_first(actor: Actor, found: Dossier) -> None:
    """An evaluator says first whether there is a conflict of interest."""
    if f"application:{found.row.id}" in await queries.closed_papers(actor):
        raise _undeclared()


def _undeclared() -> Forbidden:
    return Forbidden(
        N_(
            "You evaluate this call. Declare first whether you have a conflict of interest with"
            " this company: open Score applications on the page of the call."
        )
    )


@closes
async def papers_of_a_conflict(actor: Actor) -> dict[str, Refused]:
    """The same of every paper of such an application: what was sent and issued, files given for
    its tasks, its invoices and reminders."""
    return {
        name: evaluating.locked_out() if conflict else _undeclared()
        for name, conflict in (await queries.closed_papers(actor)).items()
    }


@guard
async def conflict_of_interest(actor: Actor, found: Dossier) -> None:
    """Before a decision is frozen, nobody reads or decides on a company with which they have a
    conflict, on a page or through the API.
    """
    if await deciding.has_conflict(actor, found.row.id) and not await queries.is_decided(
        found.call.id
    ):
        raise evaluating.locked_out()


@copies("ranking_plan")
async def rule_anew(_: Actor, old: CallRow, new: CallRow, __: Shift) -> list[str]:
    """The rule of ranking, for the copy of a call: not published yet, its lot not promised."""
    unpublished = {"frozen_at": None, "seed": None, "commitment": None}
    made = await take_over("ranking_plan", old.id, new.id, lambda _: unpublished)
    return [gettext(N_("The rule of ranking: criteria, weights, groups and quotas")) for _ in made]


@copies("evaluator")
async def evaluators_anew(actor: Actor, old: CallRow, new: CallRow, __: Shift) -> list[str]:
    """Who evaluated last and is still with the agency."""
    n = await actions.same_evaluators(actor, old.id, new.id)
    return [ngettext(N_("{n} evaluator"), N_("{n} evaluators"), n)] if n else []


leaves_out(ranking_decision=N_("Scores and decisions are about the applications of their call."))
