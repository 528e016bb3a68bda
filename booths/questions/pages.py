"""The form of a call on the desk: its sections and questions, and how companies will see them."""

from typing import Any

from litestar import Request, Response

from booths.questions import actions, copying, queries, rules
from booths.questions.forms import (
    CopyForm,
    DeadlineForm,
    MoveForm,
    NothingForm,
    QuestionForm,
    SectionForm,
)
from booths.questions.queries import CallQuestions
from booths.questions.rules import KIND_NAMES, OPERATOR_NAMES, Question, Section, questions_of
from booths.questions.wording import condition, deadlines
from server import clock
from server.accounts.permissions import Actor
from server.errors import NotFound
from server.text import N_, gettext
from server.web import get, needs, page, post, submit
from server.web.forms import fields

Asked = Request[Any, Any, Any]
Answer = Response[Any]
_FORM = "/desk/calls/{call_id:int}/form"
_SECTION = _FORM + "/sections/{section_id:int}"
_QUESTION = _FORM + "/questions/{question_id:int}"


def _home(call_id: int) -> str:
    return f"/desk/calls/{call_id}/form"


def _labels(form: Any) -> dict[str, dict[str, str]]:
    """Labels and hints of a form's fields, for the macros."""
    return {
        one.name: {"label": gettext(one.label), "hint": gettext(one.hint) if one.hint else ""}
        for one in fields(form)
    }


async def _show(request: Asked, actor: Actor, call_id: int) -> Answer:
    found = await queries.own_form(actor, call_id)
    return page(
        request,
        "questions/form.html",
        found=found,
        kinds={kind.value: gettext(name) for kind, name in KIND_NAMES.items()},
        conditions={
            each.key: condition(each, found.sections) for each in questions_of(found.sections)
        },
        until=deadlines(found.sections, found.tz),
        write=actor.may("call.write"),
    )


@get(_FORM, needs("call.list"))
async def show_form(request: Asked, actor: Actor, call_id: int) -> Answer:
    """All sections and questions of a call, in order."""
    return await _show(request, actor, call_id)


@get(_FORM + "/preview", needs("call.list"))
async def preview(request: Asked, actor: Actor, call_id: int) -> Answer:
    """The questions as companies see them, to try out; nothing is kept."""
    found = await queries.own_form(actor, call_id)
    return page(
        request,
        "questions/preview.html",
        found=found,
        until=deadlines(found.sections, found.tz),
        open_keys={each.key for each in rules.shown(questions_of(found.sections), {})},
    )


async def _show_section(
    request: Asked, actor: Actor, call_id: int, section_id: int | None
) -> Answer:
    found = await queries.own_form(actor, call_id)
    section = _section(found, section_id) if section_id is not None else None
    return page(
        request,
        "questions/section_form.html",
        found=found,
        section=section,
        form=_labels(SectionForm),
    )


def _section(found: CallQuestions, section_id: int) -> Section:
    for each in found.sections:
        if each.id == section_id:
            return each
    raise NotFound


@get(_FORM + "/sections/new", needs("call.write"))
async def new_section(request: Asked, actor: Actor, call_id: int) -> Answer:
    """An empty section."""
    return await _show_section(request, actor, call_id, None)


@post(_FORM + "/sections/new", needs("call.write"))
async def add_section(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Add it, and go on to its first question."""
    return await submit(
        request,
        SectionForm,
        act=lambda form: actions.add_section(actor, form, call_id=call_id),
        to=lambda made: f"{_home(call_id)}/questions/new?section={made}",
        said=N_("The section is there. Add its first question."),
        again=lambda: _show_section(request, actor, call_id, None),
    )


@get(_SECTION, needs("call.write"))
async def section_page(request: Asked, actor: Actor, call_id: int, section_id: int) -> Answer:
    """A section to change."""
    return await _show_section(request, actor, call_id, section_id)


@post(_SECTION, needs("call.write"))
async def change_section(request: Asked, actor: Actor, call_id: int, section_id: int) -> Answer:
    """Save it."""
    return await submit(
        request,
        SectionForm,
        act=lambda form: actions.change_section(
            actor, form, call_id=call_id, section_id=section_id
        ),
        to=_home(call_id),
        said=N_("The section is saved."),
        again=lambda: _show_section(request, actor, call_id, section_id),
    )


@post(_SECTION + "/remove", needs("call.write"))
async def remove_section(request: Asked, actor: Actor, call_id: int, section_id: int) -> Answer:
    """Take it away with its questions."""
    return await submit(
        request,
        NothingForm,
        act=lambda form: actions.remove_section(
            actor, form, call_id=call_id, section_id=section_id
        ),
        to=_home(call_id),
        said=N_("The section and its questions are gone."),
        again=lambda: _show(request, actor, call_id),
    )


@post(_SECTION + "/move", needs("call.write"))
async def move_section(request: Asked, actor: Actor, call_id: int, section_id: int) -> Answer:
    """Up or down."""
    return await submit(
        request,
        MoveForm,
        act=lambda form: actions.move_section(actor, form, call_id=call_id, section_id=section_id),
        to=_home(call_id),
        again=lambda: _show(request, actor, call_id),
    )


def _typed(question: Question | None, tz: str) -> dict[str, Any]:
    """A question as its form shows it."""
    if question is None:
        return {}
    show = question.show_if
    until = question.answer_until
    return {
        "section": question.section,
        "label": question.label,
        "kind": question.kind.value,
        "hint": question.hint,
        "required": question.required,
        "options": "\n".join(question.options),
        "minimum": _plain(question.minimum),
        "maximum": _plain(question.maximum),
        "unit": question.unit,
        "longest": question.longest,
        "answer_until": until and clock.local(until, tz).replace(tzinfo=None),
        "show_if_question": show.question if show else "",
        "show_if_operator": show.operator.value if show else "is",
        "show_if_values": "\n".join(show.values) if show else "",
        "version": question.version,
    }


def _plain(number: Any) -> str:
    return "" if number is None else f"{number.normalize():f}"


async def _show_question(
    request: Asked, actor: Actor, call_id: int, question_id: int | None
) -> Answer:
    found = await queries.own_form(actor, call_id)
    question = None if question_id is None else actions.question_in(found, question_id)
    earlier = []
    for each in questions_of(found.sections):
        if question is not None and each.id == question.id:
            break
        if rules.CAN_DECIDE[each.kind]:
            earlier.append((each.key, each.label))
    return page(
        request,
        "questions/question_form.html",
        found=found,
        question=question,
        given=_typed(question, found.tz),
        wanted=request.query_params.get("section", ""),
        form=_labels(QuestionForm),
        kinds=[(kind.value, gettext(name)) for kind, name in KIND_NAMES.items()],
        operators=[(each.value, gettext(name)) for each, name in OPERATOR_NAMES.items()],
        earlier=earlier,
    )


@get(_FORM + "/questions/new", needs("call.write"))
async def new_question(request: Asked, actor: Actor, call_id: int) -> Answer:
    """An empty question."""
    return await _show_question(request, actor, call_id, None)


@post(_FORM + "/questions/new", needs("call.write"))
async def add_question(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Add it."""
    return await submit(
        request,
        QuestionForm,
        act=lambda form: actions.add_question(actor, form, call_id=call_id),
        to=_home(call_id),
        said=N_("The question is added."),
        again=lambda: _show_question(request, actor, call_id, None),
    )


@get(_QUESTION, needs("call.write"))
async def question_page(request: Asked, actor: Actor, call_id: int, question_id: int) -> Answer:
    """A question to change."""
    return await _show_question(request, actor, call_id, question_id)


@post(_QUESTION, needs("call.write"))
async def change_question(request: Asked, actor: Actor, call_id: int, question_id: int) -> Answer:
    """Save it."""
    return await submit(
        request,
        QuestionForm,
        act=lambda form: actions.change_question(
            actor, form, call_id=call_id, question_id=question_id
        ),
        to=_home(call_id),
        said=N_("The question is saved."),
        again=lambda: _show_question(request, actor, call_id, question_id),
    )


@post(_QUESTION + "/remove", needs("call.write"))
async def remove_question(request: Asked, actor: Actor, call_id: int, question_id: int) -> Answer:
    """Ask it no more."""
    return await submit(
        request,
        NothingForm,
        act=lambda form: actions.remove_question(
            actor, form, call_id=call_id, question_id=question_id
        ),
        to=_home(call_id),
        said=N_("The question is gone."),
        again=lambda: _show(request, actor, call_id),
    )


@post(_QUESTION + "/move", needs("call.write"))
async def move_question(request: Asked, actor: Actor, call_id: int, question_id: int) -> Answer:
    """Up or down."""
    return await submit(
        request,
        MoveForm,
        act=lambda form: actions.move_question(
            actor, form, call_id=call_id, question_id=question_id
        ),
        to=_home(call_id),
        again=lambda: _show(request, actor, call_id),
    )


async def _show_deadline(request: Asked, actor: Actor, call_id: int, question_id: int) -> Answer:
    found = await queries.own_form(actor, call_id)
    question = actions.question_in(found, question_id)
    until = question.answer_until or found.closes_at
    return page(
        request,
        "questions/deadline.html",
        found=found,
        question=question,
        until=until,
        wall=clock.local(until, found.tz).replace(tzinfo=None),
        form=_labels(DeadlineForm),
    )


@get(_QUESTION + "/deadline", needs("call.write"))
async def deadline_page(request: Asked, actor: Actor, call_id: int, question_id: int) -> Answer:
    """More time for one question."""
    return await _show_deadline(request, actor, call_id, question_id)


@post(_QUESTION + "/deadline", needs("call.write"))
async def extend_deadline(request: Asked, actor: Actor, call_id: int, question_id: int) -> Answer:
    """Give it."""
    return await submit(
        request,
        DeadlineForm,
        act=lambda form: actions.extend_deadline(
            actor, form, call_id=call_id, question_id=question_id
        ),
        to=_home(call_id),
        said=N_("Companies have more time for this question now."),
        again=lambda: _show_deadline(request, actor, call_id, question_id),
    )


async def _show_copy(request: Asked, actor: Actor, call_id: int) -> Answer:
    found = await queries.own_form(actor, call_id)
    earlier = await queries.earlier_forms(actor, call_id)
    asked = request.scope["state"].get("typed", {}).get("source") or request.query_params.get(
        "source", ""
    )
    chosen = next((each for each in earlier if str(each.call) == str(asked)), None)
    return page(
        request,
        "questions/copy.html",
        found=found,
        earlier=earlier,
        chosen=chosen,
        sections=await queries.form(chosen.call) if chosen else (),
    )


@get(_FORM + "/copy", needs("call.write"))
async def copy_page(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Choose an earlier call, then its sections."""
    return await _show_copy(request, actor, call_id)


@post(_FORM + "/copy", needs("call.write"))
async def copy_form(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Copy them."""
    return await submit(
        request,
        CopyForm,
        act=lambda form: copying.copy_form(actor, form, call_id=call_id),
        to=_home(call_id),
        said=N_("The sections are copied. Change what is different this time."),
        again=lambda: _show_copy(request, actor, call_id),
    )


HANDLERS = [
    show_form, preview, new_section, add_section, section_page, change_section, remove_section,
    move_section, new_question, add_question, question_page, change_question, remove_question,
    move_question, deadline_page, extend_deadline, copy_page, copy_form,
]  # fmt: skip
