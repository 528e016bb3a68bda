"""One task of an application a page: typed, kept by itself, saved as an answer."""

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response

from booths.calls import answering, applying, declaring, drafts, listing, queries, quoting
from booths.calls.forms import EXPORT_WORDS, TASK_FORMS, StartForm
from booths.calls.rows import Dossier
from booths.calls.written import task_names
from booths.fees.showing import ways_said
from booths.plans.rules import KIND_NAMES
from booths.questions.rules import Question, is_shown, questions_of
from booths.questions.wording import deadlines
from server import clock
from server.accounts.permissions import Actor
from server.declarations.rules import HOLDS
from server.errors import Invalid, NotFound, Refused
from server.text import N_, gettext
from server.web import get, needs, page, post, see_other, submit, typed_values
from server.web.forms import Upload, parse
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
Answer = Response[Any]
_TASK = "/my/applications/{application_id:int}/{task:str}"


async def _show_task(request: Asked, actor: Actor, application_id: int, task: str) -> Answer:
    found = await queries.own_dossier(actor, application_id)
    if task not in found.tasks:
        raise NotFound
    slip = found.slip(task)
    restored = slip.values is not None and not request.scope["state"].get("typed")
    if restored:
        request.scope["state"]["typed"] = {"": "", **(slip.values or {})}
    common: dict[str, Any] = {
        "found": found,
        "task": task,
        "title": task_names(found)[task],
        "guard": drafts.opened(found, task),
        "slip": slip if restored else None,
    }
    section = found.section(task)
    if section is not None:
        return page(request, "calls/task_section.html", **common, **_section(found, task))
    prices, _ = await listing.prices_for(found.call, found.row.company, clock.today(found.call.tz))
    choice = quoting.choice_of(found.draft)
    price = None
    if choice is not None and task in ("stand", "services"):
        price = await quoting.quoted(found.call, found.row.company, choice)
    return page(
        request,
        f"calls/task_{task}.html",
        **common,
        answers=found.draft.get(task, {}),
        prices=prices,
        ways=ways_said(prices),
        services=[fee for fee in prices.fees if fee.kind == "service"],
        kinds=[(kind.value, gettext(name)) for kind, name in KIND_NAMES.items()],
        export_words=[(each.value, gettext(words)) for each, words in EXPORT_WORDS.items()],
        quote=price,
        declarations=await declaring.asked_for(found) if task == "declarations" else [],
        asks_for_order=task == "declarations" and await declaring.asks_for_order(found),
        needs_page=declaring.needs_page,
        holds=HOLDS,
    )


def _section(found: Dossier, task: str) -> dict[str, Any]:
    """What the page of a section shows.

    A question whose condition cannot be met on this page any more is left out of it.
    """
    section, answers, now = found.section(task), found.answers, clock.now()
    assert section is not None
    shown: dict[str, Question] = {}
    on_page = {each.key for each in section.questions}
    questions = []
    for each in questions_of(found.form):
        fits = is_shown(each, shown, answers)
        if fits:
            shown[each.key] = each
        here = each.show_if is not None and each.show_if.question in on_page
        if each.section == section.id and (fits or here):
            questions.append(each)
    return {
        "section": section,
        "questions": questions,
        "shown": set(shown),
        "answers": answers,
        "over": {each.key for each in questions if each.over(now)},
        "until": deadlines(found.form, found.call.tz),
    }


@get(_TASK, needs("application.write"))
async def task_page(request: Asked, actor: Actor, application_id: int, task: str) -> Answer:
    """One thing a page."""
    return await _show_task(request, actor, application_id, task)


@post(_TASK, needs("application.write"))
async def answer(request: Asked, actor: Actor, application_id: int, task: str) -> Answer:
    """Save the answers of one task and go on to the next one that is open."""
    typed = await typed_values(request)
    more = False
    try:
        if task in TASK_FORMS:
            await _answer_task(actor, typed, application_id, task)
        else:
            more = await _answer_section(actor, typed, application_id, task)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, typed, refused)
        return await _show_task(request, actor, application_id, task)
    base = f"/my/applications/{application_id}"
    if more:
        said = N_("Saved. Your answers lead to more questions: they are below now.")
        return see_other(f"{base}/{task}", said=said)
    found = await queries.own_dossier(actor, application_id)
    following = next((each for each in found.left if each != task), "check")
    return see_other(f"{base}/{following}")


async def _answer_task(
    actor: Actor, typed: dict[str, object], application_id: int, task: str
) -> None:
    guard = drafts.guard_of(typed)
    given = {name: raw for name, raw in typed.items() if name not in drafts.OWN}
    if task == "services":
        given = _services(given)
    form = parse(TASK_FORMS[task], given)
    await applying.answer(actor, form, application_id=application_id, task=task, guard=guard)


async def _answer_section(
    actor: Actor, typed: dict[str, object], application_id: int, task: str
) -> bool:
    guard = drafts.guard_of(typed)
    sent, files, asked = section_values(typed)
    if files:
        await answering.keep_files(
            actor, files, application_id=application_id, task=task, guard=guard
        )
    without = [name.removeprefix("without_") for name in typed if name.startswith("without_")]
    return await answering.answer_section(
        actor,
        sent,
        application_id=application_id,
        task=task,
        asked=asked,
        without=[key for key in without if key not in files],
        guard=guard,
    )


def section_values(
    typed: Mapping[str, object],
) -> tuple[dict[str, Any], dict[str, Upload], list[str]]:
    """What a page of questions sent: answers and files by short names, and what was asked."""
    sent: dict[str, Any] = {}
    files: dict[str, Upload] = {}
    for name, raw in typed.items():
        if not name.startswith("q_"):
            continue
        if isinstance(raw, Upload):
            files[name.removeprefix("q_")] = raw
        else:
            sent[name.removeprefix("q_")] = raw
    asked = typed.get("asked", [])
    return sent, files, [str(each) for each in (asked if isinstance(asked, list) else [asked])]


def _services(typed: dict[str, object]) -> dict[str, object]:
    """The pieces typed beside each service, as the form and the API take them."""
    pieces: dict[str, int] = {}
    errors: dict[str, str] = {}
    for name, raw in typed.items():
        if not name.startswith("service_"):
            continue
        text = str(raw).strip() or "0"
        if not text.isdecimal() or len(text) > 6:
            errors[name] = gettext(N_("Write how many as a whole number, such as 2."))
        elif int(text):
            pieces[name.removeprefix("service_")] = int(text)
    if errors:
        raise Invalid(errors, typed)
    return {"services": pieces}


@post(_TASK + "/typed", needs("application.write"))
async def keep_typed(request: Asked, actor: Actor, application_id: int, task: str) -> Answer:
    """What stands on an open page, kept while it is typed: the answer is for its script."""
    typed = await typed_values(request)
    try:
        slip = await answering.keep_typed(actor, typed, application_id=application_id, task=task)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        return Response({"said": str(refused)}, status_code=refused.status)
    return Response({"at": slip.at and slip.at.isoformat()})


@post(_TASK + "/forget", needs("application.write"))
async def forget_typed(request: Asked, actor: Actor, application_id: int, task: str) -> Answer:
    """Go back to the answers as they were saved last."""
    return await submit(
        request,
        StartForm,
        act=lambda form: answering.forget_typed(
            actor, form, application_id=application_id, task=task
        ),
        to=f"/my/applications/{application_id}/{task}",
        said=N_("These are your answers as they were saved last."),
        again=lambda: _show_task(request, actor, application_id, task),
    )


async def _show_later(request: Asked, actor: Actor, application_id: int) -> Answer:
    found = await answering.sent_by_company(actor, application_id)
    later = await answering.supplements(application_id)
    return page(
        request,
        "calls/later.html",
        found=found,
        questions=answering.to_answer(found, later),
        answers=answering.with_supplements(found, later),
        until=deadlines(found.form, found.call.tz),
    )


@get("/my/applications/{application_id:int}/later", needs("application.write"))
async def later_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Questions that may be answered after sending."""
    return await _show_later(request, actor, application_id)


@post("/my/applications/{application_id:int}/later", needs("application.write"))
async def answer_later(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Answer them."""
    typed = await typed_values(request)
    sent, files, asked = section_values(typed)
    try:
        await answering.answer_later(
            actor, {**sent, **files}, application_id=application_id, asked=asked
        )
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, typed, refused)
        return await _show_later(request, actor, application_id)
    return see_other(
        f"/my/applications/{application_id}",
        said=N_("Your answers have arrived. What you sent before stays as it was."),
    )


HANDLERS = [task_page, answer, keep_typed, forget_typed, later_page, answer_later]
