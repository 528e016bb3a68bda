"""Forms of calls in the JSON API."""

from typing import Any

from booths.questions import actions, copying, queries
from booths.questions.forms import (
    CopyForm,
    DeadlineForm,
    MoveForm,
    NothingForm,
    QuestionForm,
    SectionForm,
)
from booths.questions.queries import CallQuestions
from server.text import N_
from server.web.api import Endpoint

TAG = "Forms of calls"
FORM = "/desk/calls/{call_id:int}/form"
SECTION = FORM + "/sections/{section_id:int}"
QUESTION = FORM + "/questions/{question_id:int}"


def _do(path: str, summary: str, form: Any, act: Any, **more: Any) -> Endpoint:
    return Endpoint(
        method="POST", path=path, verb="call.write", summary=summary, tag=TAG, form=form, act=act,
        **more,
    )  # fmt: skip


ENDPOINTS = [
    Endpoint(
        method="GET", path=FORM, verb="call.list", summary=N_("Show the form of a call"), tag=TAG,
        fetch=queries.own_form, row=CallQuestions,
    ),
    _do(FORM + "/sections", N_("Add a section"), SectionForm, actions.add_section, status=201),
    _do(SECTION, N_("Change a section"), SectionForm, actions.change_section),
    _do(SECTION + "/remove", N_("Remove a section with its questions"), NothingForm,
        actions.remove_section),
    _do(SECTION + "/move", N_("Move a section up or down"), MoveForm, actions.move_section),
    _do(FORM + "/questions", N_("Add a question"), QuestionForm, actions.add_question,
        status=201),
    _do(QUESTION, N_("Change a question"), QuestionForm, actions.change_question),
    _do(QUESTION + "/remove", N_("Remove a question"), NothingForm, actions.remove_question),
    _do(QUESTION + "/move", N_("Move a question up or down"), MoveForm, actions.move_question),
    _do(QUESTION + "/deadline", N_("Give more time for a question of a published call"),
        DeadlineForm, actions.extend_deadline),
    _do(FORM + "/copy", N_("Copy sections of an earlier call"), CopyForm, copying.copy_form),
]  # fmt: skip
