"""Forms of earlier calls, taken over into a new one."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from booths.questions import queries
from booths.questions.actions import condition_json, draft, free_key, insert, must_be_sound
from booths.questions.forms import CopyForm
from booths.questions.rules import Question
from server.accounts.permissions import Actor
from server.audit import record
from server.database import action, step, value
from server.errors import Refused
from server.text import N_


@action
async def copy_form(actor: Actor, form: CopyForm, *, call_id: int) -> int:
    """Add the sections of an earlier call, or some of them, to this one."""
    await take_over(actor, call_id, form.source, sections=form.sections)
    return call_id


@step
async def take_over(
    actor: Actor, call_id: int, source: int, *, sections: Sequence[int] = ()
) -> int:
    """Copy sections of the agency's call `source` to the end of the draft `call_id`; how many.

    Deadlines of questions keep their distance from the closing of the call. A condition on a
    question that is not copied is refused.
    """
    target, origin = await draft(actor, call_id), await queries.own_form(actor, source)
    chosen = [each for each in origin.sections if not sections or each.id in sections]
    if not chosen:
        raise Refused(N_("Choose at least one section to copy."), field="sections")
    taken = queries.keys(target.sections)
    names: dict[str, str] = {}
    later = target.closes_at - origin.closes_at
    for position, section in enumerate(chosen, len(target.sections)):
        made = await value(
            "INSERT INTO section (call, title, intro, position) VALUES ($1,$2,$3,$4) RETURNING id",
            call_id,
            section.title,
            section.intro,
            position,
        )
        for each in section.questions:
            names[each.key] = free_key(each.key, taken)
            taken.add(names[each.key])
            await insert(_copied(each, int(made), call_id, names, later))
    await must_be_sound(actor, call_id)
    await record(
        actor, "form.copy", "call", call_id,
        after={"from": source, "sections": [each.title for each in chosen]},
    )  # fmt: skip
    return len(chosen)


def _copied(
    question: Question, section: int, call_id: int, names: dict[str, str], later: timedelta
) -> dict[str, Any]:
    condition = question.show_if
    if condition is not None and condition.question not in names:
        raise Refused(
            N_("“{label}” depends on a question of a section that is not copied. Copy both."),
            field="sections",
            label=question.label,
        )
    return {
        "section": section,
        "call": call_id,
        "key": names[question.key],
        "kind": question.kind.value,
        "label": question.label,
        "hint": question.hint,
        "required": question.required,
        "options": list(question.options),
        "minimum": question.minimum,
        "maximum": question.maximum,
        "unit": question.unit,
        "longest": question.longest,
        "answer_until": question.answer_until and question.answer_until + later,
        "show_if": condition and condition_json(condition, names[condition.question]),
        "position": question.position,
    }
