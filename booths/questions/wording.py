"""Answers, conditions and deadlines in words."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from booths.questions.rules import OPERATOR_NAMES, Form, Kind, Question, given, questions_of
from server.text import N_, gettext
from server.web.formats import day, moment, number


def words(question: Question, answer: Any) -> str:
    """An answer as people read it; empty where there is none."""
    if not given(answer):
        return ""
    match question.kind:
        case Kind.YES_NO:
            return gettext(N_("Yes")) if answer else gettext(N_("No"))
        case Kind.NUMBER:
            return f"{number(Decimal(answer))} {question.unit}".strip()
        case Kind.CHOICES:
            return ", ".join(answer)
        case Kind.DATE:
            return day(date.fromisoformat(answer), weekday=False)
        case Kind.FILE:
            return str(answer["name"])
        case _:
            return str(answer)


def condition(question: Question, form: Form) -> str:
    """When a question is asked, in a sentence; empty for always."""
    wanted = question.show_if
    first = next(
        (each for each in questions_of(form) if wanted and each.key == wanted.question), None
    )
    if wanted is None or first is None:
        return ""
    return gettext(
        N_("Only if “{first}” {compared} {values}"),
        first=first.label,
        compared=gettext(OPERATOR_NAMES[wanted.operator]),
        values=gettext(N_(" or ")).join(_wanted(first, each) for each in wanted.values),
    )


def _wanted(first: Question, value: str) -> str:
    return (
        words(first, value == "yes" if first.kind is Kind.YES_NO else value)
        if (first.kind is not Kind.CHOICES)
        else value
    )


def deadlines(form: Form, tz: str) -> Mapping[str, str]:
    """The own deadline of each question that has one, by key."""
    return {
        each.key: moment(each.answer_until, tz)
        for each in questions_of(form)
        if each.answer_until is not None
    }
