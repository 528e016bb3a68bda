"""Which questions are shown, what is an answer, what is missing: for any form and any answers."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booths.questions import rules
from booths.questions.reading import read, read_section
from booths.questions.rules import Condition, Kind, Operator, Question, Section
from booths.questions.soundness import faults
from booths.questions.wording import words
from server.errors import Refused

CLOSES = datetime(2027, 3, 31, 15, tzinfo=UTC)
NOW = CLOSES - timedelta(days=5)


def question(key: str, kind: Kind = Kind.TEXT, **more: Any) -> Question:
    """A question of the only section."""
    if kind in rules.WITH_OPTIONS:
        more.setdefault("options", ("A", "B", "C"))
    return Question(id=1, section=1, key=key, kind=kind, label=key.title(), **more)


def form(*questions: Question) -> tuple[Section, ...]:
    """A form of one section."""
    return (Section(id=1, title="Only", questions=questions),)


kinds = st.sampled_from(Kind)
answers_by_kind: Mapping[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20),
    Kind.LONG_TEXT: st.text(st.characters(categories=("L", "Zs")), max_size=200),
    Kind.NUMBER: st.decimals(-(10**9), 10**9, allow_nan=False, places=3).map(str),
    Kind.CHOICE: st.sampled_from("ABC"),
    Kind.CHOICES: st.lists(st.sampled_from("ABC"), unique=True),
    Kind.YES_NO: st.sampled_from(("yes", "no", True, False)),
    Kind.DATE: st.dates(date(1000, 1, 1), date(2999, 12, 31)).map(str),
    Kind.FILE: st.builds(lambda n: {"document": n, "name": "a.pdf"}, st.integers(1, 10**6)),
}
anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=30), st.lists(st.text(max_size=5)),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2), st.floats(allow_nan=True),
)  # fmt: skip


@st.composite
def forms(draw: st.DrawFn) -> tuple[Section, ...]:
    """Sound forms whose questions hang on earlier ones as they like."""
    found: list[Question] = []
    for n in range(draw(st.integers(1, 7))):
        kind, condition = draw(kinds), None
        deciding = [each for each in found if rules.CAN_DECIDE[each.kind]]
        if deciding and draw(st.integers(0, 1)):
            first = draw(st.sampled_from(deciding))
            operator = draw(st.sampled_from(rules.CAN_DECIDE[first.kind]))
            value = read(first, draw(answers_by_kind[first.kind]))
            value = value[0] if isinstance(value, list) else value
            value = {True: "yes", False: "no"}.get(value, value) if value is not None else None
            if value is not None:
                condition = Condition(first.key, operator, (value,))
        required = draw(st.booleans())
        found.append(question(f"q{n}", kind, show_if=condition, required=required))
    return form(*found)


@given(forms(), st.data())
def test_who_is_shown_depends_on_shown_questions_only(
    made: tuple[Section, ...], data: st.DataObject
) -> None:
    assert faults(made, CLOSES) == []
    questions = rules.questions_of(made)
    answers = {
        each.key: read(each, data.draw(answers_by_kind[each.kind]))
        for each in questions
        if data.draw(st.booleans())
    }
    shown = rules.shown(questions, answers)
    keys = {each.key for each in shown}
    for each in questions:
        if each.show_if is None:
            assert each.key in keys
        elif each.key in keys:
            assert each.show_if.question in keys
            assert rules.given(answers.get(each.show_if.question))
    seen = {key: answer for key, answer in answers.items() if key in keys}
    assert rules.shown(questions, seen) == shown, "answers to hidden questions decide nothing"


@given(forms(), st.data())
def test_a_section_is_done_when_every_question_shown_is_answered(
    made: tuple[Section, ...], data: st.DataObject
) -> None:
    """As without JavaScript: save what is on the page until nothing follows from it any more."""
    (section,) = made
    given_ = {each.key: data.draw(answers_by_kind[each.kind]) for each in section.questions}
    answers: dict[str, Any] = {}
    for _ in range(len(section.questions) + 1):
        asked = {each.key for each in rules.shown(section.questions, answers)}
        sent = {key: given_[key] for key in asked}
        for each in section.questions:  # a file is kept first: no answer can name one
            if each.kind is Kind.FILE and each.key in asked:
                answers[each.key] = given_[each.key]
        reading = read_section(made, section, answers, sent, asked, NOW, {})
        missing = {
            each.field
            for each in section.questions
            if each.key in asked and each.required and not rules.given(given_[each.key])
        }
        if missing:
            assert set(reading.errors) <= missing
            return
        assert reading.errors == {}
        answers = reading.answers
        if not reading.more:
            break
    assert rules.unanswered(made, section, answers, CLOSES) == []
    for each in rules.shown(section.questions, answers):
        assert answers[each.key] == read(each, given_[each.key])
        assert rules.given(answers[each.key]) == bool(words(each, answers[each.key]))


@given(kinds, st.data())
def test_what_is_kept_reads_as_itself(kind: Kind, data: st.DataObject) -> None:
    asked = question("q", kind)
    kept = read(asked, data.draw(answers_by_kind[kind]))
    assert read(asked, kept) == kept


@given(kinds, anything)
def test_odd_answers_are_refused_in_words(kind: Kind, raw: Any) -> None:
    said = None
    try:
        kept = read(question("q", kind), raw)
    except Refused as refused:
        said = refused
    if said is None:
        assert kept is None or read(question("q", kind), kept) == kept
    else:
        assert said.field == "q_q"
        assert "{" not in str(said)


@given(st.dictionaries(st.sampled_from(("a", "b")), st.text("AB", max_size=2)), st.booleans())
def test_after_its_deadline_an_answer_stays(sent: dict[str, str], answered: bool) -> None:
    made = form(question("a", answer_until=NOW), question("b", required=False))
    before: dict[str, Any] = {"a": "A"} if answered else {}
    reading = read_section(made, made[0], before, sent, ("a", "b"), NOW, {"a": "noon"})
    assert reading.answers.get("a") == before.get("a")
    changed = bool(sent.get("a")) and sent["a"] != before.get("a")
    assert ("q_a" in reading.errors) == changed
    assert bool(rules.missed(made, reading.answers, NOW, CLOSES)) != answered


@pytest.mark.parametrize(
    ("kind", "operator", "wanted", "met", "unmet"),
    [
        (Kind.YES_NO, Operator.IS, ("yes",), True, False),
        (Kind.YES_NO, Operator.IS_NOT, ("yes",), False, True),
        (Kind.NUMBER, Operator.IS, ("1.50",), "1.5", "1.51"),
        (Kind.NUMBER, Operator.AT_LEAST, ("9",), "10", "8.99"),
        (Kind.DATE, Operator.AT_LEAST, ("2027-03-31",), "2027-03-31", "2027-03-30"),
        (Kind.TEXT, Operator.ANY_OF, ("wine", "beer"), "BEER", "cider"),
        (Kind.CHOICES, Operator.IS, ("B",), ["A", "B"], ["A", "C"]),
        (Kind.CHOICES, Operator.IS_NOT, ("B",), ["A"], ["A", "B"]),
        (Kind.CHOICE, Operator.ANY_OF, ("A", "B"), "B", "C"),
    ],
)
def test_conditions(
    kind: Kind, operator: Operator, wanted: tuple[str, ...], met: Any, unmet: Any
) -> None:
    first = question("first", kind)
    condition = Condition("first", operator, wanted)
    assert rules.meets(condition, first, met)
    assert not rules.meets(condition, first, unmet)
    assert not rules.meets(condition, first, None), "what is not answered decides nothing"


def test_forms_that_make_no_sense_are_named() -> None:
    def after(key: str, first: str, **more: Any) -> Question:
        return question(key, show_if=Condition(first, Operator.IS, ("x",)), **more)

    late = CLOSES + timedelta(days=9)
    for made, said in (
        (form(after("a", "b"), question("b")), "does not come before it"),
        (form(question("a"), question("a")), "short name"),
        (form(question("a", Kind.FILE), after("b", "a")), "cannot depend"),
        (form(question("a", Kind.NUMBER), after("b", "a")), "cannot have"),
        (form(question("a", answer_until=late), after("b", "a")), "before “A”"),
    ):
        assert said in faults(made, CLOSES)[0]
    assert faults(form(question("a", answer_until=late), after("b", "a", answer_until=late)),
                  CLOSES) == []  # fmt: skip


def test_a_late_question_keeps_nobody_from_sending_and_is_owed_until_its_deadline() -> None:
    late = CLOSES + timedelta(days=9)
    made = form(question("a"), question("names", answer_until=late))
    answers = {"a": "x"}
    assert rules.unanswered(made, made[0], answers, CLOSES) == []
    for now, keys in ((CLOSES, ["names"]), (late - timedelta(seconds=1), ["names"]), (late, [])):
        assert [each.key for each in rules.owed(made, answers, now, CLOSES)] == keys


def test_limits_name_the_unit() -> None:
    asked = question("power", Kind.NUMBER, minimum=Decimal("0.5"), maximum=Decimal(40), unit="kW")
    assert read(asked, "12,50") == "12.5"
    with pytest.raises(Refused, match=r"at most 40 kW"):
        read(asked, "41")
    with pytest.raises(Refused, match=r"at least 0.5 kW"):
        read(asked, "0")
