"""Consortia in the JSON API: the same forms, actions and reads as pages."""

from typing import Any

import msgspec

from booths.calls import queries as calls
from booths.consortia import actions, admitting, agreeing, co_queries, moving, naming, queries
from booths.consortia.co_forms import FirmForm, RuleForm
from booths.consortia.co_queries import FirmFilter, FirmRow
from booths.consortia.forms import (
    AdmitTogetherForm,
    AnswerForm,
    BeginForm,
    CorrectForm,
    InviteForm,
    LeaveForm,
    MoveTogetherForm,
    SendForm,
    TermsForm,
)
from booths.consortia.queries import ConsortiumFilter, ConsortiumRow, Together
from server.accounts.permissions import Actor
from server.billing.approvals import Outcome
from server.errors import NotFound
from server.text import N_
from server.web.api import Endpoint

TAG = "Consortia"
_MINE = "/my/applications/{application_id:int}/consortium"
_FIRMS = "/my/applications/{application_id:int}/co-exhibitors"
_ONE = "/desk/consortia/{consortium_id:int}"


class Done(msgspec.Struct, frozen=True):
    """How many applications or contracts an act reached."""

    done: int


class Version(msgspec.Struct, frozen=True):
    """The version of the terms that an answer or a proposal is about."""

    version: int


async def _mine(actor: Actor, *, application_id: int) -> Together:
    found = await queries.own_consortium(actor, application_id)
    if found is None:
        raise NotFound
    return found


async def _firms(
    actor: Actor, *, application_id: int, cursor: str, limit: int
) -> tuple[list[FirmRow], str | None]:
    await calls.own_dossier(actor, application_id)
    return (await co_queries.firms_of(application_id))[:limit], None


def _do(path: str, verb: str, summary: str, form: Any, act: Any, **more: Any) -> Endpoint:
    return Endpoint(
        method="POST", path=path, verb=verb, summary=summary, tag=TAG, form=form, act=act, **more
    )


def _read(path: str, verb: str, summary: str, fetch: Any, row: Any, **more: Any) -> Endpoint:
    return Endpoint(
        method="GET", path=path, verb=verb, summary=summary, tag=TAG, fetch=fetch, row=row, **more
    )


ENDPOINTS = [
    _read(_MINE, "consortium.own", N_("Show the consortium of an application"), _mine, Together),
    _do(_MINE, "consortium.write", N_("Begin a consortium"), BeginForm, actions.begin, status=201),
    _do(_MINE + "/members", "consortium.write", N_("Invite a member"), InviteForm, actions.invite,
        status=201),
    _do(_MINE + "/members/{member_id:int}/departure", "consortium.write",
        N_("Leave a member out before sending"), LeaveForm, actions.leave_out),
    _do(_MINE + "/terms", "consortium.write", N_("Propose other terms"), TermsForm,
        agreeing.propose, shape=Version, row=Version, status=201),
    _do(_MINE + "/answer", "consortium.write", N_("Agree to the terms, or not"), AnswerForm,
        agreeing.answer, shape=Version, row=Version),
    _do(_MINE + "/submission", "consortium.send", N_("Send for all members"), SendForm,
        agreeing.send, shape=Done, row=Done, status=201),
    _do(_MINE + "/departure", "consortium.leave", N_("Leave the consortium"), LeaveForm,
        actions.leave),
    _do(_MINE + "/dissolution", "consortium.leave", N_("Give the consortium up"), LeaveForm,
        actions.dissolve),
    _read("/desk/consortia", "consortium.list", N_("List consortia that have applied"),
          queries.consortia, ConsortiumRow, many=True, query=ConsortiumFilter),
    _read(_ONE, "consortium.list", N_("Show a consortium"), queries.desk_consortium, Together),
    _do(_ONE + "/admission", "consortium.admit", N_("Admit all members onto one stand"),
        AdmitTogetherForm, admitting.admit, shape=Done, row=Done, status=201),
    _do(_ONE + "/correction", "consortium.admit",
        N_("Carry out terms that everybody has agreed to"), CorrectForm, admitting.correct,
        shape=Done, row=Done),
    _do(_ONE + "/members/{member_id:int}/departure", "consortium.admit",
        N_("Go on without a member"), LeaveForm, admitting.leave_out),
    _do(_ONE + "/gap", "consortium.admit",
        N_("Ask the members to keep the stand with an empty place"), CorrectForm,
        admitting.keep_gap, shape=Version, row=Version, status=201),
    _do(_ONE + "/move", "consortium.admit", N_("Move all members, or exchange their stand"),
        MoveTogetherForm, moving.move),
    _do(_ONE + "/dissolution", "consortium.admit", N_("Dissolve and end every contract"),
        LeaveForm, admitting.release, row=Outcome),
    _read("/desk/co-exhibitors", "co_exhibitor.list",
          N_("List co-exhibitors and represented firms"), co_queries.firms, FirmRow, many=True,
          query=FirmFilter),
    _do("/desk/calls/{call_id:int}/co-exhibitors", "co_exhibitor.write",
        N_("Say whom exhibitors may bring along"), RuleForm, naming.allow),
    _read(_FIRMS, "co_exhibitor.own", N_("List the firms on the company's stand"), _firms, FirmRow,
          many=True),
    _do(_FIRMS, "co_exhibitor.name", N_("Name a firm"), FirmForm, naming.name, status=201),
    Endpoint(method="POST", path=_FIRMS + "/{firm_id:int}/removal", verb="co_exhibitor.name",
             summary=N_("Take a firm off"), tag=TAG, act=naming.remove),
]  # fmt: skip
