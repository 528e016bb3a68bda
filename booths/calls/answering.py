"""Answers to the questions of a call: typed, saved section by section, or given after sending."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from booths.calls import applying, drafts, queries
from booths.calls.drafts import Guard
from booths.calls.forms import StartForm
from booths.calls.rows import Dossier, Slip, SubmissionRow, SupplementRow
from booths.calls.rules import State
from booths.questions.reading import kept_file, read, read_section
from booths.questions.rules import (
    Kind,
    Question,
    Section,
    given,
    owed,
    questions_of,
)
from booths.questions.wording import deadlines, words
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, rows, step, typed
from server.documents import actions as documents
from server.documents.queries import titles
from server.errors import Conflict, Invalid, NotFound, Refused
from server.text import N_
from server.web.forms import Upload

SENT = (
    State.SUBMITTED,
    State.TO_CORRECT,
    State.ELIGIBLE,
    State.WAIT_LISTED,
    State.ADMITTED,
    State.CONFIRMED,
)


@action
async def keep_typed(
    actor: Actor, given_: Mapping[str, object], *, application_id: int, task: str
) -> Slip:
    """Keep what stands on a page, whatever it is. What is saved as an answer stays as it is."""
    found = await _editable(actor, application_id, task)
    guard, slip = drafts.guard_of(given_), found.slip(task)
    drafts.check(found, task, guard)
    if guard.hand and guard.hand == slip.hand and slip.values is None:
        return slip  # this page has been saved; what was still under way is older
    return await drafts.note(actor, found, task, guard, drafts.keepable(given_))


@action
async def forget_typed(actor: Actor, _: StartForm, *, application_id: int, task: str) -> int:
    """Go back to the answers as they were saved last."""
    found = await _editable(actor, application_id, task)
    await drafts.note(actor, found, task, Guard(), None)
    return application_id


@action
async def keep_files(
    actor: Actor,
    files: Mapping[str, Upload],
    *,
    application_id: int,
    task: str,
    guard: Guard,
) -> int:
    """Keep files as answers at once, so that no other answer's fault makes anybody choose them
    again. `files` go by the short names of their questions."""
    found = await _editable(actor, application_id, task)
    drafts.check(found, task, guard)
    section, answers = _section(found, task), found.answers
    for key, upload in files.items():
        question = next((each for each in section.questions if each.key == key), None)
        if question is None or question.kind is not Kind.FILE or question.over(clock.now()):
            raise NotFound
        answers[key] = await _file(actor, found, question, upload)
    await _keep_answers(application_id, answers)
    await drafts.note(actor, found, task, guard, found.slip(task).values)
    return application_id


@action
async def answer_section(
    actor: Actor,
    sent: Mapping[str, Any],
    *,
    application_id: int,
    task: str,
    asked: Iterable[str],
    without: Iterable[str] = (),
    guard: Guard = Guard(),  # noqa: B008 - frozen
) -> bool:
    """Save a section; whether further questions of it follow from these answers.

    `sent` and `asked` go by short names; `without` are files that are taken away. What was sent
    before stays as it was sent.
    """
    found = await _editable(actor, application_id, task)
    drafts.check(found, task, guard)
    section = _section(found, task)
    before = found.answers
    for each in section.questions:
        if each.key in without and each.kind is Kind.FILE and not each.over(clock.now()):
            before[each.key] = None
    said = deadlines(found.form, found.call.tz)
    reading = read_section(found.form, section, before, sent, asked, clock.now(), said)
    if reading.errors:
        raise Invalid(reading.errors, sent)
    await _keep_answers(application_id, reading.answers)
    await drafts.note(actor, found, task, guard, None)
    return reading.more


async def supplements(application_id: int) -> list[SupplementRow]:
    """What was answered after sending, in order."""
    found = await rows(
        "SELECT s.key, s.label, s.said, s.answer, s.given_at, p.name AS person, EXISTS ("
        "SELECT FROM submission u WHERE u.application = s.application"
        " AND u.submitted_at > s.given_at AND u.content #> ARRAY['answers', 'form', s.key]"
        " IS DISTINCT FROM (SELECT b.content #> ARRAY['answers', 'form', s.key] FROM submission b"
        " WHERE b.application = u.application AND b.number = u.number - 1)) AS superseded"
        " FROM supplement s"
        " LEFT JOIN person p ON p.id = s.person_id WHERE s.application = $1 ORDER BY s.id",
        application_id,
    )
    return typed(SupplementRow, found)


def with_supplements(found: Dossier, later: Iterable[SupplementRow]) -> dict[str, Any]:
    """The answers of a dossier, with what was answered later and not answered anew since."""
    return found.answers | {each.key: each.answer for each in later if not each.superseded}


def to_answer(found: Dossier, later: Iterable[SupplementRow]) -> list[Question]:
    """What may still be answered although the application itself can no longer be changed."""
    if found.row.state not in SENT or found.editable:
        return []
    answers = with_supplements(found, later)
    return owed(found.form, answers, clock.now(), found.call.closes_at)


@action
async def answer_later(
    actor: Actor, sent: Mapping[str, Any], *, application_id: int, asked: Iterable[str]
) -> int:
    """Answer questions after sending, before their own deadlines; how many answers are new.

    What was sent stays as it was; each answer is a record of its own, and the latest counts.
    """
    require(actor, "application.write")
    found = await sent_by_company(actor, application_id, lock=True)
    later = await supplements(application_id)
    answers = with_supplements(found, later)
    waiting = {each.key: each for each in to_answer(found, later)}
    made, errors = 0, dict[str, str]()
    for key in asked:
        question = waiting.get(key) or _asked_with_deadline(found, key)
        try:
            if key not in waiting:
                raise _too_late(found, question)
            answer = sent.get(key)
            if isinstance(answer, Upload):
                answer = read(question, await _file(actor, found, question, answer))
            else:
                answer = read(question, answer)
                if question.kind is Kind.FILE:
                    answer = kept_file(question, answers.get(key), answer)
        except Refused as refused:
            errors |= refused.errors
            continue
        if given(answer) and answer != answers.get(key):
            await _supplement(actor, found, question, answer)
            made += 1
    if errors:
        raise Invalid(errors, sent)
    if not made:
        raise Refused(N_("There is no new answer on this page. Nothing was changed."))
    await record(
        actor, "application.supplement", "application", application_id,
        after={"answers": made}, agency_id=found.call.agency,
    )  # fmt: skip
    return made


async def sent_by_company(actor: Actor, application_id: int, *, lock: bool = False) -> Dossier:
    """The company's application with the answers that were sent last."""
    if lock:
        await applying.held(actor, application_id)
    found = await queries.own_dossier(actor, application_id)
    return as_sent(found, await queries.submissions(application_id))


def as_sent(found: Dossier, sent: Sequence[SubmissionRow]) -> Dossier:
    """An application with the answers of its last sending, the first of `sent`."""
    return msgspec.structs.replace(found, draft=sent[0].content["answers"]) if sent else found


@step
async def _supplement(actor: Actor, found: Dossier, question: Question, answer: Any) -> None:
    await execute(
        "INSERT INTO supplement (application, key, label, said, answer, person_id, given_at)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7)",
        found.row.id,
        question.key,
        question.label,
        words(question, answer),
        msgspec.json.encode(answer).decode(),
        actor.person_id,
        clock.now(),
    )


def _asked_with_deadline(found: Dossier, key: str) -> Question:
    question = next((each for each in questions_of(found.form) if each.key == key), None)
    if question is None or question.answer_until is None:
        raise NotFound
    return question


def _too_late(found: Dossier, question: Question) -> Refused:
    return Refused(
        N_("“{label}” could be answered until {until}. What you gave before then stays."),
        field=question.field,
        label=question.label,
        until=deadlines(found.form, found.call.tz)[question.key],
    )


async def _editable(actor: Actor, application_id: int, task: str) -> Dossier:
    require(actor, "application.write")
    found = await applying.held(actor, application_id)
    if task not in found.tasks:
        raise NotFound
    if not found.editable:
        raise Conflict(applying.OVER)
    return found


def _section(found: Dossier, task: str) -> Section:
    section = found.section(task)
    if section is None:
        raise NotFound
    return section


@step
async def _file(actor: Actor, found: Dossier, question: Question, upload: Upload) -> dict[str, Any]:
    """The file as a document of the company, which the agency may read once it is sent."""
    document = await documents.keep_paper(
        actor,
        kind="answer",
        upload=upload,
        company=found.row.company,
        about=f"answer:{found.row.id}",
        field=question.field,
    )
    [(_, name)] = await titles([document])
    return {"document": document, "name": name}


@step
async def _keep_answers(application_id: int, answers: dict[str, Any]) -> None:
    await execute(
        "UPDATE application SET draft = draft || jsonb_build_object('form', $2::jsonb)"
        " WHERE id = $1",
        application_id,
        answers,
    )
