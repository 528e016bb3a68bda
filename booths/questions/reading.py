"""What counts as an answer: from what was typed or sent to what is kept, or a sentence. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from booths.questions.rules import (
    LONGEST_TEXT,
    Answers,
    Form,
    Kind,
    Question,
    Section,
    given,
    is_shown,
    questions_of,
)
from server.errors import Refused
from server.money import parse_amount
from server.text import N_

LONGEST_LINE = 200
LARGEST_NUMBER = Decimal(10) ** 12
FIRST_YEAR, LAST_YEAR = 1000, 2999


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
    if question.kind is Kind.FILE:
        found = kept_file(question, before, found)
    if found is None and question.required and question.answer_until is None:
        raise ask_for(question)
    return found


def kept_file(question: Question, before: Any, found: Any) -> Any:
    """The file that was kept for a question; no answer can name another one, which may be somebody
    else's."""
    if found is not None and found != before:
        raise _no(question, N_("Choose a file for “{label}”."))
    return before


def ask_for(question: Question) -> Refused:
    """The refusal where a required answer is missing."""
    if question.kind is Kind.FILE:
        return _no(question, N_("Choose a file for “{label}”."))
    if question.label.endswith("?"):
        return _no(question, N_("Answer this question: {label}"))
    return _no(question, N_("“{label}” is missing."))
