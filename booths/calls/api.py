"""Calls, applications and the board in the JSON API: the same forms, actions and reads as pages."""

from typing import Any

import msgspec

from booths.calls import (
    actions,
    answering,
    applying,
    contracts,
    copying,
    deciding,
    listing,
    moving_in,
    payer_pages,
    paying,
    queries,
    quoting,
    showing,
    withdrawing,
)
from booths.calls.board import Board, board
from booths.calls.copying import Copy
from booths.calls.drafts import Guard
from booths.calls.forms import (
    AdmitForm,
    ApplicationFilter,
    Because,
    CallForm,
    CopyCallForm,
    DecideForm,
    Declarations,
    FileAnswer,
    Goals,
    MoveForm,
    NoteForm,
    PaymentForm,
    ReviveForm,
    SectionAnswers,
    Services,
    StandWish,
    StartForm,
    SubmitForm,
    WithdrawForm,
)
from booths.calls.listing import ListsForm
from booths.calls.rows import ApplicationRow, CallRow, Dossier, SupplementRow
from booths.calls.showing import Exhibitor
from booths.fees.rules import Quote
from booths.fees.which import Other
from booths.plans import queries as plans
from booths.questions import queries as questions
from booths.questions.rules import Section
from server.accounts.permissions import Actor
from server.billing.approvals import Outcome
from server.billing.bill_to import Payer, PayerForm
from server.errors import Refused
from server.text import N_
from server.web.api import Endpoint

TAG = "Calls"
Read = tuple[list[Any], str | None]


class Sent(msgspec.Struct, frozen=True):
    """How often an application was sent."""

    number: int


class Counted(msgspec.Struct, frozen=True):
    """How many were decided."""

    decided: int


async def _public(_: Actor, *, cursor: str, limit: int) -> Read:
    return await queries.public_calls(limit), None


async def _exhibitors(_: Actor, *, booth_id: int, cursor: str, limit: int) -> Read:
    await plans.public_booth(booth_id)
    return (await showing.exhibitors(booth_id))[:limit], None


async def _asked(_: Actor, *, slug: str, cursor: str, limit: int) -> Read:
    call = await queries.public_call(slug)
    return list(await questions.form(call.id)), None


async def _answer_section(
    actor: Actor, form: SectionAnswers, *, application_id: int, section_id: int
) -> int:
    await answering.answer_section(
        actor,
        form.answers,
        application_id=application_id,
        task=f"form-{section_id}",
        asked=list(form.answers),
    )
    return application_id


async def _keep_file(
    actor: Actor, form: FileAnswer, *, application_id: int, section_id: int, key: str
) -> int:
    return await answering.keep_files(
        actor, {key: form.file}, application_id=application_id, task=f"form-{section_id}",
        guard=Guard(),
    )  # fmt: skip


async def _remove_file(
    actor: Actor, _: StartForm, *, application_id: int, section_id: int, key: str
) -> int:
    await answering.answer_section(
        actor, {}, application_id=application_id, task=f"form-{section_id}", asked=[],
        without=[key],
    )  # fmt: skip
    return application_id


async def _file_later(actor: Actor, form: FileAnswer, *, application_id: int, key: str) -> int:
    await answering.answer_later(
        actor, {key: form.file}, application_id=application_id, asked=[key]
    )
    return application_id


async def _answer_later(actor: Actor, form: SectionAnswers, *, application_id: int) -> int:
    await answering.answer_later(
        actor, form.answers, application_id=application_id, asked=list(form.answers)
    )
    return application_id


async def _try_copy(actor: Actor, *, call_id: int, query: CopyCallForm) -> Copy:
    return await copying.try_copy(actor, query, call_id=call_id)


async def _supplements(actor: Actor, *, application_id: int, cursor: str, limit: int) -> Read:
    await queries.desk_reading(actor, application_id)
    return (await answering.supplements(application_id))[:limit], None


async def _quote(actor: Actor, *, application_id: int) -> Quote:
    found = await queries.own_dossier(actor, application_id)
    choice = quoting.choice_of(found.draft)
    if choice is None:
        raise Refused(N_("Answer “stand” first: without an area there is no price."))
    return await quoting.quoted(found.call, found.row.company, choice)


def _task(task: str, form: Any, summary: str) -> Endpoint:
    return Endpoint(
        method="POST",
        path=f"/my/applications/{{application_id:int}}/{task}",
        verb="application.write",
        summary=summary,
        tag=TAG,
        form=form,
        act=lambda actor, given, application_id: applying.answer(
            actor, given, application_id=application_id, task=task
        ),
    )


def _do(path: str, verb: str, summary: str, form: Any, act: Any, **more: Any) -> Endpoint:
    return Endpoint(
        method="POST", path=path, verb=verb, summary=summary, tag=TAG, form=form, act=act, **more
    )


def _read(path: str, verb: str, summary: str, fetch: Any, row: Any, **more: Any) -> Endpoint:
    return Endpoint(
        method="GET", path=path, verb=verb, summary=summary, tag=TAG, fetch=fetch, row=row, **more
    )


async def _on_site(actor: Actor, *, call_id: int, **_: Any) -> Read:
    return (await moving_in.on_site(actor, call_id))[1], None


_CALL = "/desk/calls/{call_id:int}"
_ONE = "/desk/applications/{application_id:int}"
_MINE = "/my/applications/{application_id:int}"

ENDPOINTS = [
    Endpoint(
        method="GET", path=f"{_MINE}/payer", verb="payer.name", tag=TAG,
        fetch=payer_pages.own_payer, row=Payer,
        summary=N_("Who pays for this participation, where it is not you"),
    ),
    Endpoint(
        method="PUT", path=f"{_MINE}/payer", verb="payer.name", tag=TAG, form=PayerForm,
        act=payer_pages.name_own_payer, summary=N_("Say who pays for this participation"),
    ),
    _read("/calls", "public.read", N_("List open and coming calls"), _public, CallRow,
          many=True, no_token=True),
    _read("/calls/{slug:str}", "public.read", N_("Show a published call"),
          lambda _, slug: queries.public_call(slug), CallRow, no_token=True),
    _read("/calls/{slug:str}/form", "public.read", N_("Show what a call asks of its own"), _asked,
          Section, many=True, no_token=True),
    _read("/booths/{booth_id:int}/exhibitors", "public.read", N_("List published exhibitors"),
          _exhibitors, Exhibitor, many=True, no_token=True),
    _do("/calls/{call_id:int}/applications", "application.write", N_("Begin an application"),
        StartForm, applying.start, status=201),
    _read("/my/applications", "application.own", N_("List the company's applications"),
          queries.own_applications, ApplicationRow, many=True),
    _read(_MINE, "application.own", N_("Show one of the company's applications"),
          queries.own_dossier, Dossier),
    _task("stand", StandWish, N_("Answer: space and stand")),
    _task("services", Services, N_("Answer: services")),
    _task("goals", Goals, N_("Answer: exhibits, markets and goals")),
    _task("declarations", Declarations, N_("Answer: declarations")),
    _do(_MINE + "/sections/{section_id:int}", "application.write",
        N_("Answer: a section of the call’s own questions"), SectionAnswers, _answer_section),
    _do(_MINE + "/sections/{section_id:int}/files/{key:str}", "application.write",
        N_("Answer a question with a file"), FileAnswer, _keep_file, status=201),
    _do(_MINE + "/sections/{section_id:int}/files/{key:str}/removal", "application.write",
        N_("Take the file of a question away"), StartForm, _remove_file),
    _do(_MINE + "/later/files/{key:str}", "application.write",
        N_("Answer with a file after sending, before the question’s own deadline"), FileAnswer,
        _file_later, status=201),
    _do(_MINE + "/later", "application.write",
        N_("Answer after sending, before a question’s own deadline"), SectionAnswers,
        _answer_later),
    _read(_MINE + "/quote", "application.own", N_("Show price, aid and what remains to pay"),
          _quote, Quote),
    _do(_MINE + "/submission", "application.submit", N_("Send the application"), SubmitForm,
        applying.submit, shape=Sent, row=Sent, status=201),
    _do(_MINE + "/withdrawal", "application.withdraw", N_("Withdraw the application"),
        WithdrawForm, withdrawing.withdraw),
    _read("/desk/board", "board.read", N_("Show the board"), board, Board),
    _read("/desk/calls", "call.list", N_("List the agency's calls"), queries.own_calls, CallRow,
          many=True),
    _do("/desk/calls", "call.write", N_("Write a call"), CallForm, actions.create_call,
        status=201),
    _read(_CALL, "call.list", N_("Show one of the agency's calls"), queries.own_call, CallRow),
    _do(_CALL, "call.write", N_("Change a call"), CallForm, actions.change_call),
    _read(_CALL + "/copy", "call.write", N_("Show what a copy of a call would be"), _try_copy,
          Copy, query=CopyCallForm),
    _do(_CALL + "/copy", "call.write", N_("Copy a call to another fair as a whole"),
        CopyCallForm, copying.copy_call, status=201),
    _do(_CALL + "/publication", "call.publish", N_("Publish a call"), StartForm,
        actions.publish_call),
    _do(_CALL + "/state", "call.decide", N_("Say that a call is decided or closed out"), MoveForm,
        actions.move_call),
    _read("/desk/applications", "application.list", N_("List applications by arrival"),
          queries.applications, ApplicationRow, many=True, query=ApplicationFilter),
    _do("/desk/applications/decisions", "application.check", N_("Decide on applications"),
        DecideForm, deciding.decide, shape=Counted, row=Counted),
    _read(_ONE, "application.list", N_("Show an application"), queries.desk_reading, Dossier),
    _read(_ONE + "/supplements", "application.list", N_("List answers given after sending"),
          _supplements, SupplementRow, many=True),
    _do(_ONE + "/note", "application.check", N_("Keep a note"), NoteForm, deciding.keep_note),
    _do(_ONE + "/admission", "application.admit", N_("Admit, as a contract"), AdmitForm,
        deciding.admit, status=201),
    _do(_ONE + "/release", "application.admit", N_("End an admission"), Because,
        contracts.release, row=Outcome),
    _do(_ONE + "/move-in", "move_in.allow", N_("Let an exhibitor move in unpaid"), Because,
        moving_in.allow),
    _read(_CALL + "/on-site", "application.list", N_("List who may move in"), _on_site,
          moving_in.OnSite, many=True),
    Endpoint(method="PUT", path=_CALL + "/payment", verb="call.write", tag=TAG, form=PaymentForm,
             act=paying.set_payment, summary=N_("Choose how a draft of a call is paid")),
    _read(_CALL + "/price-lists", "call.list", N_("List the further price lists of a call"),
          listing.own_lists, Other, many=True),
    Endpoint(method="PUT", path=_CALL + "/price-lists", verb="call.write", tag=TAG, form=ListsForm,
             act=listing.set_lists, summary=N_("Say which further price lists a call has")),
    _do(_ONE + "/revival", "application.revive", N_("Revive an admission that ended"), ReviveForm,
        contracts.revive, status=201),
]  # fmt: skip
