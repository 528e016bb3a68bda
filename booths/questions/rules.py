"""Questions as data: which are shown, what is missing, until when. Pure; reading.py reads answers.

Answers are kept by the key of their question, as JSON: text, choice, number and date as text, yes
or no as true or false, several choices as a list, a file as its document's number and its name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from server.text import N_

LONGEST_TEXT = 4000
MOST_QUESTIONS = 200
Answers = Mapping[str, Any]


class Kind(StrEnum):
    """What an answer is."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    FILE = "file"
    DATE = "date"


KIND_NAMES: dict[Kind, str] = {
    Kind.TEXT: N_("A line of text"),
    Kind.LONG_TEXT: N_("A longer text"),
    Kind.NUMBER: N_("A number"),
    Kind.CHOICE: N_("One of several answers"),
    Kind.CHOICES: N_("Any of several answers"),
    Kind.YES_NO: N_("Yes or no"),
    Kind.FILE: N_("A file: PDF or picture"),
    Kind.DATE: N_("A date"),
}
WITH_OPTIONS = (Kind.CHOICE, Kind.CHOICES)


class Operator(StrEnum):
    """How a condition looks at the answer it depends on."""

    IS = "is"
    IS_NOT = "is_not"
    ANY_OF = "any_of"
    AT_LEAST = "at_least"


OPERATOR_NAMES: dict[Operator, str] = {
    Operator.IS: N_("is"),
    Operator.IS_NOT: N_("is not"),
    Operator.ANY_OF: N_("is any of"),
    Operator.AT_LEAST: N_("is at least"),
}
CAN_DECIDE: dict[Kind, tuple[Operator, ...]] = {
    Kind.TEXT: (Operator.IS, Operator.IS_NOT, Operator.ANY_OF),
    Kind.NUMBER: (Operator.IS, Operator.IS_NOT, Operator.ANY_OF, Operator.AT_LEAST),
    Kind.CHOICE: (Operator.IS, Operator.IS_NOT, Operator.ANY_OF),
    Kind.CHOICES: (Operator.IS, Operator.IS_NOT, Operator.ANY_OF),
    Kind.YES_NO: (Operator.IS, Operator.IS_NOT),
    Kind.DATE: (Operator.IS, Operator.IS_NOT, Operator.AT_LEAST),
    Kind.LONG_TEXT: (),
    Kind.FILE: (),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """ "Show if": the key of an earlier question, and what its answer must be."""

    question: str
    operator: Operator
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. `longest` counts characters; `answer_until` is its own deadline, if it has one.

    Without a deadline of its own a question is answered until the call closes.
    """

    id: int
    section: int
    key: str
    kind: Kind
    label: str
    hint: str = ""
    required: bool = True
    options: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    unit: str = ""
    longest: int | None = None
    answer_until: datetime | None = None
    show_if: Condition | None = None
    position: int = 0
    version: int = 1

    @property
    def field(self) -> str:
        """The name of its field on a page."""
        return f"q_{self.key}"

    def over(self, now: datetime) -> bool:
        """Whether its own deadline has passed."""
        return self.answer_until is not None and now >= self.answer_until

    def late(self, closes_at: datetime) -> bool:
        """Whether it may be answered after the call has closed, so after sending."""
        return self.answer_until is not None and self.answer_until > closes_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Questions that stand on one page, a task of the application."""

    id: int
    title: str
    intro: str = ""
    position: int = 0
    version: int = 1
    questions: tuple[Question, ...] = ()

    @property
    def task(self) -> str:
        """Its name among the tasks of an application."""
        return f"form-{self.id}"

    @property
    def files(self) -> tuple[str, ...]:
        """What to have ready."""
        return tuple(each.label for each in self.questions if each.kind is Kind.FILE)


Form = Sequence[Section]


def questions_of(form: Form) -> tuple[Question, ...]:
    """Every question in the order in which it is asked."""
    return tuple(each for section in form for each in section.questions)


# Which questions are shown


def given(answer: object) -> bool:
    """Whether there is an answer at all."""
    return answer not in (None, "", [])


def _is(question: Question, answer: Any, wanted: str) -> bool:
    match question.kind:
        case Kind.CHOICES:
            return wanted in answer
        case Kind.YES_NO:
            return ("yes" if answer else "no") == wanted
        case Kind.NUMBER:
            return Decimal(answer) == Decimal(wanted)
        case Kind.TEXT:
            return str(answer).casefold() == wanted.casefold()
        case _:
            return bool(answer == wanted)


def meets(condition: Condition, question: Question, answer: Any) -> bool:
    """Whether the answer to `question` fulfils the condition; what is not answered decides nothing.

    "Is" about several choices means that the choice is among them.
    """
    if not given(answer):
        return False
    hits = [_is(question, answer, wanted) for wanted in condition.values]
    match condition.operator:
        case Operator.IS | Operator.ANY_OF:
            return any(hits)
        case Operator.IS_NOT:
            return not any(hits)
        case Operator.AT_LEAST:
            wanted = condition.values[0]
            if question.kind is Kind.NUMBER:
                return Decimal(answer) >= Decimal(wanted)
            return str(answer) >= wanted


def shown(questions: Iterable[Question], answers: Answers) -> tuple[Question, ...]:
    """The questions that these answers lead to, in order.

    A question that depends on a question that is not shown is not shown either.
    """
    found: dict[str, Question] = {}
    for each in questions:
        if is_shown(each, found, answers):
            found[each.key] = each
    return tuple(found.values())


def is_shown(question: Question, before: Mapping[str, Question], answers: Answers) -> bool:
    """Whether a question is shown, given the questions shown `before` it and their answers."""
    condition = question.show_if
    if condition is None:
        return True
    asked = before.get(condition.question)
    return asked is not None and meets(condition, asked, answers.get(asked.key))


# What is missing, and until when


def unanswered(
    form: Form, section: Section, answers: Answers, closes_at: datetime
) -> list[Question]:
    """The questions of a section that keep it from being finished.

    Required ones without an answer, and optional ones that nobody has looked at; a question that
    may be answered after the call has closed keeps nobody from sending.
    """
    return [
        each
        for each in shown(questions_of(form), answers)
        if each.section == section.id
        and not each.late(closes_at)
        and (each.key not in answers or (each.required and not given(answers[each.key])))
    ]


def owed(form: Form, answers: Answers, now: datetime, closes_at: datetime) -> list[Question]:
    """The questions that may still be answered after the call has closed, answered or not."""
    return [
        each
        for each in shown(questions_of(form), answers)
        if each.late(closes_at) and not each.over(now)
    ]


def missed(form: Form, answers: Answers, now: datetime, closes_at: datetime) -> list[Question]:
    """Required questions whose own deadline passed without an answer."""
    return [
        each
        for each in shown(questions_of(form), answers)
        if each.required and each.over(now) and not given(answers.get(each.key))
    ]
