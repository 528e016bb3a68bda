"""What makes a form sound: conditions on earlier questions, answers that can be given, in time."""

from collections.abc import Mapping
from datetime import datetime

from booths.questions.reading import read
from booths.questions.rules import (
    CAN_DECIDE,
    MOST_QUESTIONS,
    Condition,
    Form,
    Kind,
    Question,
    questions_of,
)
from server.errors import Refused
from server.text import N_, gettext


def faults(form: Form, closes_at: datetime) -> list[str]:
    """What is wrong with a form as a whole, in sentences; empty for a sound one."""
    found: list[str] = []
    earlier: dict[str, Question] = {}
    for each in questions_of(form):
        if each.key in earlier:
            found.append(gettext(N_("Two questions have the short name “{key}”."), key=each.key))
        if each.show_if is not None:
            found += _fault(each, each.show_if, earlier, closes_at)
        earlier[each.key] = each
    if len(earlier) > MOST_QUESTIONS:
        found.append(gettext(N_("A form can have at most {n} questions."), n=MOST_QUESTIONS))
    return found


def _fault(
    question: Question, condition: Condition, earlier: Mapping[str, Question], closes_at: datetime
) -> list[str]:
    first = earlier.get(condition.question)
    if first is None:
        return [
            gettext(
                N_("“{label}” depends on a question that does not come before it."),
                label=question.label,
            )
        ]
    names = {"label": question.label, "first": first.label}
    if condition.operator not in CAN_DECIDE[first.kind]:
        return [gettext(N_("“{label}” cannot depend on “{first}” in this way."), **names)]
    if not condition.values or any(not _value_fits(first, each) for each in condition.values):
        return [gettext(N_("“{label}” waits for an answer that “{first}” cannot have."), **names)]
    if (first.answer_until or closes_at) > (question.answer_until or closes_at):
        return [
            gettext(
                N_("“{label}” would have to be answered before “{first}”, on which it depends."),
                **names,
            )
        ]
    return []


def _value_fits(question: Question, value: str) -> bool:
    match question.kind:
        case Kind.CHOICE | Kind.CHOICES:
            return value in question.options
        case Kind.YES_NO:
            return value in ("yes", "no")
        case _:
            try:
                return bool(read(question, value) == value)
            except Refused:
                return False
