"""Rankings in the JSON API: the rule, decisions, and what is done with them."""

from typing import Any

import msgspec

from booths.ranking import actions, deciding, evaluating, queries
from booths.ranking.forms import (
    ApplyForm,
    DeclareForm,
    EditForm,
    EvaluatorsForm,
    NothingForm,
    ScoreForm,
)
from booths.ranking.plan_forms import PlanForm
from booths.ranking.queries import DecisionRow, EvaluatorRow, PlanRow, Selected, Work
from server.accounts.permissions import Actor, require
from server.text import N_
from server.web.api import Endpoint

TAG = "Ranking"


class Version(msgspec.Struct, frozen=True):
    """The number of the version that was made, frozen or carried out."""

    version: int


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
    after = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 10 else 0
    found = [each for each in await queries.selected(call_id) if each.rank > after]
    return found[:limit], str(found[limit - 1].rank) if len(found) > limit else None


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
    _do(_ONE + "/application", "ranking.decide", N_("Carry a decision out"), ApplyForm,
        deciding.apply, shape=_number, row=Version),
    _read(_CALL + "/selected", "ranking.read", N_("List who has a place, by rank"), _selected,
          Selected, many=True),
]  # fmt: skip
