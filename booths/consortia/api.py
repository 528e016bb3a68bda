"""Consortia in the JSON API: the same forms, actions and reads as pages."""

from typing import Any

import msgspec

from booths.consortia import actions, admitting, agreeing, queries
from booths.consortia.forms import (
    AdmitTogetherForm,
    AnswerForm,
    BeginForm,
    CorrectForm,
    InviteForm,
    LeaveForm,
    SendForm,
    TermsForm,
)
from booths.consortia.queries import ConsortiumFilter, ConsortiumRow, Together
from server.accounts.permissions import Actor
from server.errors import NotFound
from server.text import N_
from server.web.api import Endpoint

TAG = "Consortia"
_MINE = "/my/applications/{application_id:int}/consortium"
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
    _do(_ONE + "/dissolution", "consortium.admit", N_("Dissolve and end every contract"),
        LeaveForm, admitting.release, shape=Done, row=Done),
]  # fmt: skip
