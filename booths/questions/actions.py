"""What a manager does with the form of a call, until the call is published."""

import re
from typing import Any

from booths.questions import queries, rules
from booths.questions.forms import (
    DeadlineForm,
    MoveForm,
    NothingForm,
    QuestionForm,
    SectionForm,
)
from booths.questions.queries import CallQuestions
from booths.questions.reading import read
from booths.questions.rules import Condition, Kind, Question, Section, questions_of
from booths.questions.soundness import faults
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, step, value
from server.errors import Conflict, NotFound, Refused
from server.organisations.rules import slug
from server.text import N_
from server.web.formats import moment

_STALE = N_("Somebody changed this meanwhile. What you typed is below: compare it and save again.")


@action
async def add_section(actor: Actor, form: SectionForm, *, call_id: int) -> int:
    """A new section at the end."""
    found = await draft(actor, call_id)
    made = int(
        await value(
            "INSERT INTO section (call, title, intro, position) VALUES ($1,$2,$3,$4) RETURNING id",
            call_id,
            form.title,
            form.intro,
            len(found.sections),
        )
    )
    await record(actor, "form.add", "call", call_id, after={"section": form.title})
    return made


@action
async def change_section(actor: Actor, form: SectionForm, *, call_id: int, section_id: int) -> int:
    """Its title and what stands above it."""
    before = _section(await draft(actor, call_id), section_id)
    _fresh(form.version, before.version)
    await execute(
        "UPDATE section SET title = $2, intro = $3, version = version + 1 WHERE id = $1",
        section_id,
        form.title,
        form.intro,
    )
    await record(
        actor, "form.change", "call", call_id,
        before={"section": before.title}, after={"section": form.title},
    )  # fmt: skip
    return section_id


@action
async def remove_section(actor: Actor, _: NothingForm, *, call_id: int, section_id: int) -> int:
    """Take a section away, with its questions."""
    before = _section(await draft(actor, call_id), section_id)
    await execute("DELETE FROM question WHERE section = $1", section_id)
    await execute("DELETE FROM section WHERE id = $1", section_id)
    await must_be_sound(actor, call_id)
    await record(actor, "form.remove", "call", call_id, before={"section": before.title})
    return call_id


@action
async def move_section(actor: Actor, form: MoveForm, *, call_id: int, section_id: int) -> int:
    """One place up or down."""
    found = await draft(actor, call_id)
    order = _moved([each.id for each in found.sections], section_id, form.to)
    await _place("section", order)
    await must_be_sound(actor, call_id)
    await record(actor, "form.move", "call", call_id, after={"sections": order})
    return section_id


@action
async def add_question(actor: Actor, form: QuestionForm, *, call_id: int) -> int:
    """A new question at the end of its section."""
    found = await draft(actor, call_id)
    section = _section(found, form.section, field="section")
    if form.key in queries.keys(found.sections):
        raise Refused(N_("Another question has this short name. Choose another."), field="key")
    key = form.key or free_key(form.label, queries.keys(found.sections))
    columns = {**_columns(found, form), "call": call_id, "key": key}
    columns["position"] = len(section.questions)
    made = await insert(columns)
    await must_be_sound(actor, call_id)
    await record(actor, "form.add", "call", call_id, after=columns)
    return made


@action
async def change_question(
    actor: Actor, form: QuestionForm, *, call_id: int, question_id: int
) -> int:
    """Everything about a question but its short name."""
    found = await draft(actor, call_id)
    before = question_in(found, question_id)
    _fresh(form.version, before.version)
    if form.key not in ("", before.key):
        raise Refused(N_("The short name of a question stays as it is."), field="key")
    _section(found, form.section, field="section")
    columns = _columns(found, form)
    if form.section != before.section:
        columns["position"] = len(_section(found, form.section).questions)
    sets = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 2))
    await execute(
        f"UPDATE question SET {sets}, version = version + 1 WHERE id = $1",  # noqa: S608
        question_id,
        *columns.values(),
    )
    await must_be_sound(actor, call_id)
    await record(
        actor, "form.change", "call", call_id, before={"label": before.label}, after=columns
    )
    return question_id


@action
async def remove_question(actor: Actor, _: NothingForm, *, call_id: int, question_id: int) -> int:
    """Ask it no more."""
    before = question_in(await draft(actor, call_id), question_id)
    await execute("DELETE FROM question WHERE id = $1", question_id)
    await must_be_sound(actor, call_id)
    await record(actor, "form.remove", "call", call_id, before={"label": before.label})
    return call_id


@action
async def move_question(actor: Actor, form: MoveForm, *, call_id: int, question_id: int) -> int:
    """One place up or down in its section."""
    found = await draft(actor, call_id)
    section = _section(found, question_in(found, question_id).section)
    order = _moved([each.id for each in section.questions], question_id, form.to)
    await _place("question", order)
    await must_be_sound(actor, call_id)
    await record(actor, "form.move", "call", call_id, after={"questions": order})
    return question_id


@action
async def extend_deadline(
    actor: Actor, form: DeadlineForm, *, call_id: int, question_id: int
) -> int:
    """More time for one question of a published call; never less."""
    found = await _held(actor, call_id)
    question = question_in(found, question_id)
    if not found.extendable:
        raise Conflict(N_("Deadlines are extended while a call is published or decided."))
    until = _instant(form.answer_until, found.tz)
    now = question.answer_until or found.closes_at
    if until <= max(now, clock.now()):
        raise Refused(
            N_("Companies rely on their time: the new deadline must be later than {now}."),
            field="answer_until",
            now=moment(max(now, clock.now()), found.tz),
        )
    await execute(
        "UPDATE question SET answer_until = $2, version = version + 1 WHERE id = $1",
        question_id,
        until,
    )
    await record(
        actor, "form.extend", "call", call_id,
        before={"question": question.label, "answer_until": question.answer_until},
        after={"answer_until": until}, why=form.why,
    )  # fmt: skip
    return question_id


@step
async def insert(columns: dict[str, Any]) -> int:
    """Write a question; its id."""
    places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    return int(
        await value(
            f"INSERT INTO question ({', '.join(columns)}) VALUES ({places}) RETURNING id",  # noqa: S608
            *columns.values(),
        )
    )


async def _held(actor: Actor, call_id: int) -> CallQuestions:
    """The form of one of the agency's calls, its call locked."""
    require(actor, "call.write")
    held = await value(
        "SELECT 1 FROM call WHERE id = $1 AND agency = $2 FOR UPDATE", call_id, actor.agency_id
    )
    if held is None:
        raise NotFound
    return await queries.own_form(actor, call_id)


@step
async def draft(actor: Actor, call_id: int) -> CallQuestions:
    """The form of one of the agency's drafts, its call locked."""
    found = await _held(actor, call_id)
    if not found.draft:
        raise Conflict(
            N_(
                "This call is published, so its form stays as it is: companies rely on it. You can"
                " still give more time for a question."
            )
        )
    return found


@step
async def must_be_sound(actor: Actor, call_id: int) -> None:
    """Refuse what would leave the form as a whole unsound."""
    found = await queries.own_form(actor, call_id)
    wrong = faults(found.sections, found.closes_at)
    if wrong:
        raise Refused(N_("{fault} Nothing was changed."), fault=wrong[0])


def _section(found: CallQuestions, section_id: int, field: str = "") -> Section:
    for each in found.sections:
        if each.id == section_id:
            return each
    if field:
        raise Refused(N_("Choose a section of this form."), field=field)
    raise NotFound


def question_in(found: CallQuestions, question_id: int) -> Question:
    """A question of the form; NotFound where it is none."""
    for each in questions_of(found.sections):
        if each.id == question_id:
            return each
    raise NotFound


def _fresh(seen: int | None, now: int) -> None:
    if seen is not None and seen != now:
        raise Conflict(_STALE)


def _moved(order: list[int], one: int, to: str) -> list[int]:
    if one not in order:
        raise NotFound
    at = order.index(one)
    other = at - 1 if to == "up" else at + 1
    if 0 <= other < len(order):
        order[at], order[other] = order[other], order[at]
    return order


async def _place(table: str, order: list[int]) -> None:
    await execute(
        f"UPDATE {table} t SET position = o.place - 1 FROM unnest($1::int[])"  # noqa: S608
        " WITH ORDINALITY o (id, place) WHERE t.id = o.id",
        order,
    )


def free_key(wanted: str, taken: set[str]) -> str:
    """A short name like `wanted` that is not in use."""
    plain = re.sub(r"[^a-z0-9]+", "_", slug(wanted)).strip("_")
    plain = (plain if plain[:1].isalpha() else f"q_{plain}")[:30].strip("_") or "question"
    found, n = plain, 1
    while found in taken:
        n += 1
        found = f"{plain}_{n}"
    return found


def _instant(given: Any, tz: str) -> Any:
    try:
        return clock.to_utc(given, tz)
    except Refused as refused:
        raise Refused(refused.text, field="answer_until", errors=None, **refused.values) from None


def _columns(found: CallQuestions, form: QuestionForm) -> dict[str, Any]:
    """The columns of a question, without what its kind of answer does not know."""
    counted = form.kind in (Kind.NUMBER, Kind.CHOICES)
    written = form.kind in (Kind.TEXT, Kind.LONG_TEXT)
    return {
        "section": form.section,
        "kind": form.kind.value,
        "label": form.label,
        "hint": form.hint,
        "required": form.required,
        "options": form.lines if form.kind in rules.WITH_OPTIONS else [],
        "minimum": form.minimum if counted else None,
        "maximum": form.maximum if counted else None,
        "unit": form.unit if form.kind is Kind.NUMBER else "",
        "longest": form.longest if written else None,
        "answer_until": form.answer_until and _instant(form.answer_until, found.tz),
        "show_if": _show_if(found, form),
    }


def _show_if(found: CallQuestions, form: QuestionForm) -> dict[str, Any] | None:
    if not form.show_if_question:
        return None
    first = next(
        (each for each in questions_of(found.sections) if each.key == form.show_if_question), None
    )
    if first is None:
        raise Refused(N_("Choose a question of this form."), field="show_if_question")
    wanted = tuple(_canonical(first, each) for each in form.wanted)
    return condition_json(Condition(first.key, form.show_if_operator, wanted), first.key)


def condition_json(condition: Condition, key: str) -> dict[str, Any]:
    """A condition on the question `key` as it is kept."""
    return {
        "question": key,
        "operator": condition.operator.value,
        "values": list(condition.values),
    }


def _canonical(first: Question, typed: str) -> str:
    """A value of a condition as answers are kept: “Yes” is yes, “1,5” is 1.5."""
    if first.kind is Kind.YES_NO:
        return typed.casefold()
    for option in first.options:
        if option.casefold() == typed.casefold():
            return option
    if first.kind in (Kind.NUMBER, Kind.DATE):
        try:
            return str(read(first, typed))
        except Refused as refused:
            raise Refused(
                refused.text, field="show_if_values", errors=None, **refused.values
            ) from None
    return typed
