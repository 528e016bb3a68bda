"""Questions as data: which are shown, what counts as an answer, what is missing, until when. Pure.

Answers are kept by the key of their question, as JSON: text, choice, number and date as text, yes
or no as true or false, several choices as a list, a file as its document's number and its name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from server.errors import Refused
from server.money import parse_amount
from server.text import N_, gettext

LONGEST_LINE = 200
LONGEST_TEXT = 4000
LARGEST_NUMBER = Decimal(10) ** 12
MOST_QUESTIONS = 200
FIRST_YEAR, LAST_YEAR = 1000, 2999
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


# What counts as an answer


def read(question: Question, raw: Any) -> Any:
    """An answer as it is kept, from what was typed or sent; None for no answer.

    Refused, on the question's field, where it is not one.
    """
    if isinstance(raw, str):
        raw = raw.strip()
    if not given(raw):
        return None
    match question.kind:
        case Kind.TEXT | Kind.LONG_TEXT:
            return _text(question, raw)
        case Kind.NUMBER:
            return _number(question, raw)
        case Kind.CHOICE:
            return _choice(question, raw)
        case Kind.CHOICES:
            return _choices(question, raw)
        case Kind.YES_NO:
            return _yes_no(question, raw)
        case Kind.DATE:
            return _date(question, raw)
        case Kind.FILE:
            return _file(question, raw)


def _no(question: Question, text: str, **values: object) -> Refused:
    return Refused(text, field=question.field, label=question.label, errors=None, **values)


def _text(question: Question, raw: Any) -> str:
    if not isinstance(raw, str):
        raise _no(question, N_("Answer “{label}” with text."))
    most = question.longest or (LONGEST_LINE if question.kind is Kind.TEXT else LONGEST_TEXT)
    plain = raw.replace("\r\n", "\n")
    if len(plain) > most:
        raise _no(
            question,
            N_("“{label}” can have at most {most} characters; there are {n}."),
            most=most,
            n=len(plain),
        )
    if any(ord(each) < 32 and each not in "\n\t" for each in plain) or "\x7f" in plain:
        raise _no(question, N_("There is a character in “{label}” that cannot be kept."))
    if question.kind is Kind.TEXT and "\n" in plain:
        raise _no(question, N_("Answer “{label}” on one line."))
    return plain


def _number(question: Question, raw: Any) -> str:
    try:
        if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
            raise Refused("")
        found = parse_amount(raw) if isinstance(raw, str) else Decimal(raw)
        if not found.is_finite() or abs(found) > LARGEST_NUMBER:
            raise Refused("")
    except Refused:
        raise _no(question, N_("Answer “{label}” with a number, such as 12 or 12.5.")) from None
    low, high, unit = question.minimum, question.maximum, question.unit
    if low is not None and found < low:
        raise _no(
            question,
            N_("“{label}” must be at least {low}."),
            low=f"{low.normalize():f} {unit}".strip(),
        )
    if high is not None and found > high:
        raise _no(
            question,
            N_("“{label}” must be at most {high}."),
            high=f"{high.normalize():f} {unit}".strip(),
        )
    return f"{found.normalize():f}" if found else "0"


def _choice(question: Question, raw: Any) -> str:
    if not isinstance(raw, str) or raw not in question.options:
        raise _no(question, N_("Choose one of the answers offered for “{label}”."))
    return raw


def _choices(question: Question, raw: Any) -> list[str] | None:
    many = raw if isinstance(raw, list) else [raw]
    if any(each not in question.options for each in many):
        raise _no(question, N_("Choose from the answers offered for “{label}”."))
    found = [each for each in question.options if each in many]
    if question.minimum is not None and len(found) < question.minimum:
        raise _no(question, N_("Choose at least {n} answers for “{label}”."), n=question.minimum)
    if question.maximum is not None and len(found) > question.maximum:
        raise _no(question, N_("Choose at most {n} answers for “{label}”."), n=question.maximum)
    return found


def _yes_no(question: Question, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    if raw in ("yes", "no"):
        return bool(raw == "yes")
    raise _no(question, N_("Answer “{label}” with yes or no."))


def _date(question: Question, raw: Any) -> str:
    try:
        found = date.fromisoformat(raw)
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise ValueError(raw)
    except (TypeError, ValueError):
        raise _no(question, N_("Answer “{label}” with a date such as 2027-03-31.")) from None
    return found.isoformat()


def _file(question: Question, raw: Any) -> dict[str, Any]:
    kept = isinstance(raw, dict) and isinstance(raw.get("document"), int)
    if not kept or set(raw) != {"document", "name"}:
        raise _no(question, N_("Choose a file for “{label}”."))
    return dict(raw)


@dataclass(frozen=True, slots=True)
class Reading:
    """What saving a section comes to: all answers, what is at fault by field, and whether further
    questions of the section follow from these answers."""

    answers: dict[str, Any]
    errors: dict[str, str]
    more: bool


def read_section(
    form: Form,
    section: Section,
    before: Answers,
    sent: Mapping[str, Any],
    asked: Iterable[str],
    now: datetime,
    said: Mapping[str, str],
) -> Reading:
    """Read what was sent for a section, question by question as they are shown.

    `before` are all answers so far, `sent` the new ones by key, `asked` the keys that stood on the
    page. What was asked and not sent is unanswered; what was not asked, or is not shown, stays as
    it was. `said` writes each deadline in words.
    """
    answers, errors, more = dict(before), dict[str, str](), False
    seen: dict[str, Question] = {}
    on_page = set(asked)
    for each in questions_of(form):
        if not is_shown(each, seen, answers):
            continue
        seen[each.key] = each
        if each.section != section.id:
            continue
        if each.key not in on_page:
            more = more or each.key not in answers
            continue
        try:
            answers[each.key] = _one(each, before.get(each.key), sent.get(each.key), now, said)
        except Refused as refused:
            errors[each.field] = str(refused)
    return Reading(answers, errors, more)


def _one(question: Question, before: Any, raw: Any, now: datetime, said: Mapping[str, str]) -> Any:
    if question.over(now):
        if given(raw) and read(question, raw) != before:
            raise _no(
                question,
                N_("“{label}” could be answered until {until}. What you gave before then stays."),
                until=said.get(question.key, ""),
            )
        return before
    found = read(question, raw)
    if question.kind is Kind.FILE and found is None:
        found = before
    if found is None and question.required and question.answer_until is None:
        raise ask_for(question)
    return found


def ask_for(question: Question) -> Refused:
    """The refusal where a required answer is missing."""
    if question.kind is Kind.FILE:
        return _no(question, N_("Choose a file for “{label}”."))
    if question.label.endswith("?"):
        return _no(question, N_("Answer this question: {label}"))
    return _no(question, N_("“{label}” is missing."))


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


# What makes a form sound


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
