"""Rankings in the JSON API: the rule, decisions, and what is done with them."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from booths.ranking import actions, deciding, entering, evaluating, queries
from booths.ranking.deciding import Line, Move
from booths.ranking.forms import (
    ApplyForm,
    DeclareForm,
    EditForm,
    EvaluatorsForm,
    NotedForm,
    NothingForm,
    ReopenForm,
    ScoreForm,
)
from booths.ranking.ordering import rank
from booths.ranking.plan_forms import CriterionForm, GroupForm, PlanForm, QuotaForm
from booths.ranking.queries import DecisionRow, EvaluatorRow, PlanRow, Selected, Work
from booths.ranking.rules import Key, Sheet
from booths.ranking.scoring import Spread, spread
from server.accounts.permissions import Actor, require
from server.errors import Conflict
from server.text import N_
from server.web.api import Endpoint
from server.web.forms import Form

TAG = "Ranking"
ITEM_WORDS = {
    "criteria": (
        N_("Add a criterion"), N_("Change the n-th criterion, from 0"),
        N_("Take the n-th criterion out of the rule"),
    ),
    "groups": (
        N_("Add a priority group"), N_("Change the n-th priority group, from 0"),
        N_("Take the n-th priority group out of the rule"),
    ),
    "quotas": (
        N_("Add a quota"), N_("Change the n-th quota, from 0"),
        N_("Take the n-th quota out of the rule"),
    ),
}  # fmt: skip


class Version(msgspec.Struct, frozen=True):
    """The number of the version that was made, frozen or carried out."""

    version: int


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """What the agency has noted itself, and the applications of which it is so."""

    word: str
    applications: list[int]


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """What evaluators gave one application, and how far they agree."""

    application: int
    reference: str
    company: str
    sheets: tuple[Sheet, ...]
    comments: dict[str, str]
    conflicts: tuple[str, ...]
    spread: Spread


async def _plan(actor: Actor, *, call_id: int) -> PlanRow:
    return (await queries.must_have_plan(actor, call_id))[1]


async def _evaluators(
    actor: Actor, *, call_id: int, cursor: str, limit: int
) -> tuple[list[EvaluatorRow], None]:
    await queries.must_have_plan(actor, call_id)
    return (await queries.evaluators(actor, call_id))[:limit], None


async def _work(
    actor: Actor, *, call_id: int, cursor: str, limit: int
) -> tuple[list[Work], str | None]:
    found = [each for each in await queries.work(actor, call_id) if each.reference > cursor]
    return found[:limit], found[limit - 1].reference if len(found) > limit else None


async def _selected(
    actor: Actor, *, call_id: int, cursor: str, limit: int
) -> tuple[list[Selected], str | None]:
    require(actor, "ranking.read")
    await queries.must_have_plan(actor, call_id)
    return _from_rank(await queries.selected(call_id), cursor, limit, lambda each: each.rank)


async def _noted(
    actor: Actor, *, call_id: int, cursor: str, limit: int
) -> tuple[list[Noted], str | None]:
    require(actor, "ranking.set")
    await queries.must_have_plan(actor, call_id)
    words = sorted((await entering.noted_words(call_id)).items())
    found = [Noted(word=word, applications=ids) for word, ids in words if word > cursor]
    return found[:limit], found[limit - 1].word if len(found) > limit else None


async def _scores(
    actor: Actor, *, call_id: int, cursor: str, limit: int
) -> tuple[list[Scored], str | None]:
    """Without those that an evaluator has not scored yet, or has a conflict with."""
    call, plan = await queries.must_have_plan(actor, call_id)
    hidden = await queries.hidden_from(actor, call_id)
    shown = [
        Scored(
            application=each.application,
            reference=each.applicant.reference,
            company=each.applicant.company,
            sheets=each.applicant.sheets,
            comments=each.comments,
            conflicts=each.conflicts,
            spread=spread(plan.plan, each.applicant.sheets),
        )
        for each in await entering.entries(call)
        if each.application not in hidden
    ]
    found = [each for each in sorted(shown, key=_reference) if each.reference > cursor]
    return found[:limit], found[limit - 1].reference if len(found) > limit else None


def _reference(each: Scored) -> str:
    return each.reference


async def _list(
    actor: Actor, *, call_id: int, cursor: str, limit: int
) -> tuple[list[Line], str | None]:
    call, found = await queries.must_have_plan(actor, call_id)
    if await queries.hidden_from(actor, call_id):
        raise Conflict(
            N_(
                "You evaluate this call: you see the list when your scores are given, or when the"
                " decision is frozen."
            )
        )
    if Key.LOTTERY in found.plan.mode:
        raise Conflict(N_("The lot is drawn when the decision is frozen: nobody knows its order."))
    entries = await entering.entries(call)
    made = await entering.inputs(call, found.plan, entries, None)
    ids = {each.applicant.reference: each.application for each in entries}
    lines = deciding.lines(call, found.plan, made, rank(found.plan, made), ids)
    return _from_rank(lines, cursor, limit, lambda each: each.placed.rank)


async def _moves(
    actor: Actor, *, call_id: int, version: int, cursor: str, limit: int
) -> tuple[list[Move], str | None]:
    await queries.must_have_plan(actor, call_id)
    todo = await deciding.moves(await queries.decision(actor, call_id, version))
    return _from_rank(todo, cursor, limit, lambda each: each.rank)


def _from_rank(
    items: list[Any], cursor: str, limit: int, rank_of: Callable[[Any], int]
) -> tuple[list[Any], str | None]:
    after = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 10 else 0
    found = [each for each in items if rank_of(each) > after]
    return found[:limit], str(rank_of(found[limit - 1])) if len(found) > limit else None


def _item(kind: str, form: type[Form]) -> list[Endpoint]:
    """Adding, changing and taking away criteria, groups or quotas; the n-th counts from 0."""

    def put(actor: Actor, given: Any, **path: int) -> Awaitable[int]:
        return actions.put_item(actor, given, kind=kind, **path)

    def remove(actor: Actor, given: NothingForm, **path: int) -> Awaitable[int]:
        return actions.remove_item(actor, given, kind=kind, **path)

    base = f"{_CALL}/ranking/{kind}"
    added, changed, gone = ITEM_WORDS[kind]
    return [
        _do(base, "ranking.set", added, form, put, status=201),
        _do(base + "/{n:int}", "ranking.set", changed, form, put),
        _do(base + "/{n:int}/removal", "ranking.set", gone, NothingForm, remove),
    ]


async def _score(actor: Actor, form: ScoreForm, *, call_id: int, application_id: int) -> int:
    return await evaluating.score(actor, form, call_id=call_id, application_id=application_id)


def _number(version: int) -> Version:
    return Version(version)


def _read(path: str, verb: str, summary: str, fetch: Any, row: Any, **more: Any) -> Endpoint:
    return Endpoint(
        method="GET", path=path, verb=verb, summary=summary, tag=TAG, fetch=fetch, row=row, **more
    )


def _do(path: str, verb: str, summary: str, form: Any, act: Any, **more: Any) -> Endpoint:
    return Endpoint(
        method="POST", path=path, verb=verb, summary=summary, tag=TAG, form=form, act=act, **more
    )


_CALL = "/desk/calls/{call_id:int}"
_WORK = _CALL + "/score/{application_id:int}"
_ONE = _CALL + "/decisions/{version:int}"

ENDPOINTS = [
    _read(_CALL + "/ranking", "ranking.read", N_("Show the rule of a call"), _plan, PlanRow),
    _do(_CALL + "/ranking", "ranking.set", N_("Write the settings of the rule"), PlanForm,
        actions.save_plan),
    *_item("criteria", CriterionForm),
    *_item("groups", GroupForm),
    *_item("quotas", QuotaForm),
    _do(_CALL + "/ranking/publication", "ranking.set",
        N_("Publish the rule of a call that is published already"), NothingForm,
        actions.publish_plan),
    _read(_CALL + "/ranking/noted", "ranking.set", N_("List what the agency has noted itself"),
          _noted, Noted, many=True),
    _do(_CALL + "/ranking/noted", "ranking.set",
        N_("Note of which applicants something is so; of all others it is not"), NotedForm,
        actions.note_facts),
    _read(_CALL + "/ranking/list", "ranking.read", N_("Show the list as it would be now"), _list,
          Line, many=True),
    _read(_CALL + "/scores", "ranking.read", N_("List scores and their spread"), _scores, Scored,
          many=True),
    _read(_CALL + "/evaluators", "ranking.read", N_("List who evaluates a call"), _evaluators,
          EvaluatorRow, many=True),
    _do(_CALL + "/evaluators", "ranking.set", N_("Say who evaluates a call"), EvaluatorsForm,
        actions.set_evaluators),
    _read(_CALL + "/score", "ranking.score", N_("List what you have to score"), _work, Work,
          many=True),
    _do(_WORK + "/declaration", "ranking.score", N_("Declare a conflict of interest or none"),
        DeclareForm, evaluating.declare),
    _do(_WORK, "ranking.score", N_("Score an application"), ScoreForm, _score, status=201),
    _read(_CALL + "/decisions", "ranking.read", N_("List the decisions of a call"),
          queries.own_decisions, DecisionRow, many=True),
    _do(_CALL + "/decisions", "ranking.decide", N_("Freeze the decision"), NothingForm,
        deciding.freeze, shape=_number, row=Version, status=201),
    _read(_ONE, "ranking.read", N_("Show a decision with all it was made of"), deciding.export,
          dict[str, Any]),
    _do(_ONE + "/edit", "ranking.decide", N_("Change a decision by hand, as a new version"),
        EditForm, deciding.edit, shape=_number, row=Version, status=201),
    _do(_ONE + "/reopening", "ranking.decide",
        N_("Open a decision again, so that its next version is made of what was mended"),
        ReopenForm, deciding.reopen, shape=_number, row=Version, status=201),
    _read(_ONE + "/moves", "ranking.read", N_("List what carrying a decision out would do"),
          _moves, Move, many=True),
    _do(_ONE + "/application", "ranking.decide", N_("Carry a decision out"), ApplyForm,
        deciding.apply, shape=_number, row=Version),
    _read(_CALL + "/selected", "ranking.read", N_("List who has a place, by rank"), _selected,
          Selected, many=True),
]  # fmt: skip
