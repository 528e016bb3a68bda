"""Where a manager writes the rule of a call, names its evaluators and notes what it knows."""

from collections.abc import Callable
from typing import Any

from litestar import Request, Response

from booths.questions import queries as questions
from booths.questions.rules import questions_of
from booths.ranking import actions, entering, queries, sentences
from booths.ranking.facts import ANSWER, KINDS
from booths.ranking.forms import EvaluatorsForm, NotedForm, NothingForm
from booths.ranking.plan_forms import (
    LINES,
    TIE_CHOICES,
    CriterionForm,
    GroupForm,
    PlanForm,
    QuotaForm,
    criterion_typed,
    group_typed,
    problems,
    quota_typed,
    settings_typed,
)
from booths.ranking.rules import Key, Plan
from server.accounts.permissions import Actor
from server.errors import NotFound
from server.text import N_, gettext
from server.web import get, needs, page, post, submit
from server.web.forms import Form, fields

Asked = Request[Any, Any, Any]
Answer = Response[Any]
BASE = "/desk/calls/{call_id:int}/ranking"
KIND_FORMS: dict[str, type[CriterionForm] | type[GroupForm] | type[QuotaForm]] = {
    "criteria": CriterionForm,
    "groups": GroupForm,
    "quotas": QuotaForm,
}
TYPED: dict[str, Callable[[Any], dict[str, Any]]] = {
    "criteria": criterion_typed,
    "groups": group_typed,
    "quotas": quota_typed,
}
TITLES = {
    "criteria": (N_("Add a criterion"), N_("Change a criterion")),
    "groups": (N_("Add a priority group"), N_("Change a priority group")),
    "quotas": (N_("Add a quota"), N_("Change a quota")),
}


def labels(form: type[Form]) -> dict[str, dict[str, str]]:
    """Labels and hints of a form's fields, for the macros."""
    return {
        each.name: {
            "label": gettext(each.label),
            "hint": gettext(each.hint) if each.hint else "",
        }
        for each in fields(form)
    }


async def _show_plan(request: Asked, actor: Actor, call_id: int) -> Answer:
    call, found = await queries.own_plan(actor, call_id)
    plan = found.plan if found else Plan()
    return page(
        request,
        "ranking/plan.html",
        call=call,
        found=found,
        plan=plan,
        words=sentences.rule_words(plan) if found else [],
        criteria=[
            (each, sentences.weight_words(each), sentences.criterion_words(each))
            for each in plan.criteria
        ],
        groups=[(each, sentences.conditions_words(each.conditions)) for each in plan.groups],
        quotas=[(each, sentences.quota_words(each)) for each in plan.quotas],
        problems=problems(plan) if found else [],
        settable=await actions.may_set(call, found) and actor.may("ranking.set"),
        given=settings_typed(plan),
        form=labels(PlanForm),
        ties=[(each, gettext(sentences.KEY_WORDS[Key(each)])) for each in TIE_CHOICES],
    )


@get(BASE, needs("ranking.read"))
async def plan_page(request: Asked, actor: Actor, call_id: int) -> Answer:
    """The rule in plain words, and its settings as long as they may change."""
    return await _show_plan(request, actor, call_id)


@post(BASE, needs("ranking.set"))
async def save_plan(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Save the settings."""
    return await submit(
        request,
        PlanForm,
        act=lambda form: actions.save_plan(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}/ranking",
        said=N_("The rule is saved."),
        again=lambda: _show_plan(request, actor, call_id),
    )


@post(BASE + "/publish", needs("ranking.set"))
async def publish_plan(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Show the rule of a call that is published already."""
    return await submit(
        request,
        NothingForm,
        act=lambda form: actions.publish_plan(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}/ranking",
        said=N_("The rule is published. It stands from now on."),
        again=lambda: _show_plan(request, actor, call_id),
    )


async def _facts(call_id: int) -> list[tuple[str, str]]:
    """Every fact that can be compared, with the questions of the call's own form."""
    known = [(name, gettext(kind.label)) for name, kind in KINDS.items()]
    asked = questions_of(await questions.form(call_id))
    return known + [
        (ANSWER + each.key, gettext(N_("Answer “{name}”"), name=each.label)) for each in asked
    ]


async def _show_item(
    request: Asked, actor: Actor, call_id: int, kind: str, n: int | None
) -> Answer:
    call, found = await queries.own_plan(actor, call_id)
    items = getattr(found.plan, kind) if found and kind in KIND_FORMS else ()
    if kind not in KIND_FORMS or (n is not None and n >= len(items)):
        raise NotFound
    return page(
        request,
        f"ranking/{kind}.html",
        call=call,
        title=gettext(TITLES[kind][n is not None]),
        n=n,
        given=TYPED[kind](items[n]) if n is not None else {},
        form=labels(KIND_FORMS[kind]),
        facts=await _facts(call_id),
        kinds=KINDS,
        ops=[(op.value, gettext(words)) for op, words in sentences.OP_WORDS.items()],
        lines=LINES,
    )


async def _put_item(request: Asked, actor: Actor, call_id: int, kind: str, n: int | None) -> Answer:
    if kind not in KIND_FORMS:
        raise NotFound
    return await submit(
        request,
        KIND_FORMS[kind],
        act=lambda form: actions.put_item(actor, form, call_id=call_id, kind=kind, n=n),
        to=f"/desk/calls/{call_id}/ranking#{kind}",
        said=N_("The rule is saved."),
        again=lambda: _show_item(request, actor, call_id, kind, n),
    )


@get(BASE + "/rules/{kind:str}/new", needs("ranking.set"))
async def new_item(request: Asked, actor: Actor, call_id: int, kind: str) -> Answer:
    """A form for one more criterion, group or quota."""
    return await _show_item(request, actor, call_id, kind, None)


@post(BASE + "/rules/{kind:str}/new", needs("ranking.set"))
async def add_item(request: Asked, actor: Actor, call_id: int, kind: str) -> Answer:
    """Add it."""
    return await _put_item(request, actor, call_id, kind, None)


@get(BASE + "/rules/{kind:str}/{n:int}", needs("ranking.set"))
async def edit_item(request: Asked, actor: Actor, call_id: int, kind: str, n: int) -> Answer:
    """The form of a criterion, group or quota that is there."""
    return await _show_item(request, actor, call_id, kind, n)


@post(BASE + "/rules/{kind:str}/{n:int}", needs("ranking.set"))
async def change_item(request: Asked, actor: Actor, call_id: int, kind: str, n: int) -> Answer:
    """Save it."""
    return await _put_item(request, actor, call_id, kind, n)


@post(BASE + "/rules/{kind:str}/{n:int}/remove", needs("ranking.set"))
async def remove_item(request: Asked, actor: Actor, call_id: int, kind: str, n: int) -> Answer:
    """Take it out of the rule."""
    if kind not in KIND_FORMS:
        raise NotFound
    return await submit(
        request,
        NothingForm,
        act=lambda form: actions.remove_item(actor, form, call_id=call_id, kind=kind, n=n),
        to=f"/desk/calls/{call_id}/ranking#{kind}",
        said=N_("It is out of the rule."),
        again=lambda: _show_plan(request, actor, call_id),
    )


async def _show_evaluators(request: Asked, actor: Actor, call_id: int) -> Answer:
    call, found = await queries.must_have_plan(actor, call_id)
    return page(
        request,
        "ranking/evaluators.html",
        call=call,
        plan=found.plan,
        people=await queries.evaluators(actor, call_id),
        applications=len(await entering.entries(call)),
        decided=await queries.is_decided(call_id),
        form=labels(EvaluatorsForm),
    )


@get(BASE + "/evaluators", needs("ranking.read"))
async def evaluators_page(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Who evaluates, and how far they are."""
    return await _show_evaluators(request, actor, call_id)


@post(BASE + "/evaluators", needs("ranking.set"))
async def set_evaluators(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Save who evaluates."""
    return await submit(
        request,
        EvaluatorsForm,
        act=lambda form: actions.set_evaluators(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}/ranking/evaluators",
        said=N_("The evaluators are saved."),
        again=lambda: _show_evaluators(request, actor, call_id),
    )


async def _show_noted(request: Asked, actor: Actor, call_id: int) -> Answer:
    call, _ = await queries.must_have_plan(actor, call_id)
    words = await entering.noted_words(call_id)
    word = request.query_params.get("word", "")
    return page(
        request,
        "ranking/noted.html",
        call=call,
        words=words,
        word=word,
        ticked=words.get(word, []),
        entries=await entering.entries(call),
        decided=await queries.is_decided(call_id),
        form=labels(NotedForm),
    )


@get(BASE + "/noted", needs("ranking.set"))
async def noted_page(request: Asked, actor: Actor, call_id: int) -> Answer:
    """What the agency itself knows of the applicants, such as a training attended."""
    return await _show_noted(request, actor, call_id)


@post(BASE + "/noted", needs("ranking.set"))
async def note(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Note it."""
    return await submit(
        request,
        NotedForm,
        act=lambda form: actions.note_facts(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}/ranking/noted",
        said=N_("It is noted."),
        again=lambda: _show_noted(request, actor, call_id),
    )


HANDLERS = [
    plan_page, save_plan, publish_plan, new_item, add_item, edit_item, change_item, remove_item,
    evaluators_page, set_evaluators, noted_page, note,
]  # fmt: skip
