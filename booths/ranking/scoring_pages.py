"""Where evaluators declare and score, and where a manager sees how far they agree."""

import re
from typing import Any

from litestar import Request, Response

from booths.calls import queries as calls
from booths.calls import written
from booths.fees import queries as fees
from booths.ranking import entering, evaluating, facts, queries, sentences
from booths.ranking.forms import DeclareForm, ScoreForm
from booths.ranking.rules import Facts
from booths.ranking.scoring import spread
from booths.ranking.settings_pages import labels
from server.accounts.permissions import Actor
from server.errors import NotFound, Refused
from server.text import N_
from server.web import get, needs, page, post, see_other, typed_values
from server.web.forms import parse
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
Answer = Response[Any]
ALL = "/desk/calls/{call_id:int}/score"
ONE = ALL + "/{application_id:int}"


@get(ALL, needs("ranking.score"))
async def work_page(request: Asked, actor: Actor, call_id: int) -> Answer:
    """What the evaluator has to do, and how far it is."""
    call, found = await queries.must_have_plan(actor, call_id)
    return page(
        request,
        "ranking/work.html",
        call=call,
        plan=found.plan,
        work=await queries.work(actor, call_id),
        decided=await queries.is_decided(call_id),
    )


def fact_words(known: Facts) -> list[tuple[str, str]]:
    """The facts of an application as people read them."""
    said = []
    for name, value in known.items():
        if name != "founded_on":
            values = value if isinstance(value, list) else [str(value)]
            words = [facts.value_words(name, str(each)) for each in values]
            said.append((facts.label(name), ", ".join(words)))
    return said


async def _show_one(request: Asked, actor: Actor, call_id: int, application_id: int) -> Answer:
    call, found = await queries.must_have_plan(actor, call_id)
    everything = await queries.work(actor, call_id)
    task = next((each for each in everything if each.application == application_id), None)
    if task is None:
        raise NotFound
    if task.conflict:
        raise evaluating.locked_out()
    common: dict[str, Any] = {
        "call": call,
        "plan": found.plan,
        "task": task,
        "left": sum(each.open for each in everything),
        "all": len(everything),
    }
    if task.conflict is None:
        return page(request, "ranking/declare.html", form=labels(DeclareForm), **common)
    dossier = await calls.desk_dossier(actor, application_id)
    sent = await calls.submissions(application_id)
    services = {str(fee.id): fee.name for fee in (await fees.prices(call.price_list)).fees}
    entry = (await entering.entries(call, application_id))[0]
    return page(
        request,
        "ranking/score.html",
        groups=written.of_submission(dossier, sent[0], services),
        facts=fact_words(entry.applicant.facts),
        form=labels(ScoreForm),
        decided=await queries.is_decided(call_id),
        **common,
    )


@get(ONE, needs("ranking.score"))
async def one_page(request: Asked, actor: Actor, call_id: int, application_id: int) -> Answer:
    """The declaration first; then the application beside the criteria."""
    return await _show_one(request, actor, call_id, application_id)


@post(ONE + "/declaration", needs("ranking.score"))
async def declare(request: Asked, actor: Actor, call_id: int, application_id: int) -> Answer:
    """Take the evaluator's word."""
    typed = await typed_values(request)
    try:
        form = parse(DeclareForm, typed)
        await evaluating.declare(actor, form, call_id=call_id, application_id=application_id)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, typed, refused)
        return await _show_one(request, actor, call_id, application_id)
    if form.conflict == "yes":
        return see_other(
            await _next(actor, call_id),
            said=N_("Your conflict is noted: this application is closed to you."),
        )
    return see_other(f"/desk/calls/{call_id}/score/{application_id}")


async def _next(actor: Actor, call_id: int) -> str:
    """The next application with something to do, or the list."""
    for each in await queries.work(actor, call_id):
        if each.open:
            return f"/desk/calls/{call_id}/score/{each.application}"
    return f"/desk/calls/{call_id}/score"


@post(ONE, needs("ranking.score"))
async def score(request: Asked, actor: Actor, call_id: int, application_id: int) -> Answer:
    """Keep the scores and go on to the next application."""
    typed = await typed_values(request)
    points = {
        name.removeprefix("points_"): int(str(raw))
        for name, raw in typed.items()
        if name.startswith("points_") and re.fullmatch(r"\d{1,6}", str(raw).strip())
    }
    given = {name: raw for name, raw in typed.items() if not name.startswith("points_")} | {
        "points": points
    }
    try:
        form = parse(ScoreForm, given)
        await evaluating.score(actor, form, call_id=call_id, application_id=application_id)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, typed, refused)
        return await _show_one(request, actor, call_id, application_id)
    return see_other(await _next(actor, call_id), said=N_("Your scores are saved."))


@get("/desk/calls/{call_id:int}/scores", needs("ranking.read"))
async def scores_page(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Average and spread for each application; evaluators see those they have scored."""
    call, found = await queries.must_have_plan(actor, call_id)
    hidden = await queries.hidden_from(actor, call_id)
    names = {each.key: each.name for each in found.plan.criteria}
    lines = [
        (each, spread(found.plan, each.applicant.sheets))
        for each in await entering.entries(call)
        if each.application not in hidden
    ]
    return page(
        request,
        "ranking/scores.html",
        call=call,
        plan=found.plan,
        names=names,
        lines=lines,
        hidden=len(hidden),
        dash=sentences.decimal_words,
    )


HANDLERS = [work_page, one_page, declare, score, scores_page]
