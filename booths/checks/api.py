"""Conditions, checks, corrections and exclusions in the JSON API."""

from typing import Any

import msgspec

from booths.calls import contracts, correcting
from booths.calls import queries as calls
from booths.calls.forms import Because, CorrectForm
from booths.checks import actions, queries
from booths.checks.forms import FindingsFilter, NothingForm, RuleForm, TermsForm, VerdictForm
from booths.checks.queries import CheckedRow, RuleRow, RunRow, TermsRow
from server.accounts.permissions import Actor
from server.billing.approvals import Outcome
from server.errors import NotFound
from server.text import N_
from server.web.api import Endpoint

TAG = "Checks"
_CALL = "/desk/calls/{call_id:int}"
_ONE = "/desk/applications/{application_id:int}"


class Counted(msgspec.Struct, frozen=True):
    """How many applications were decided, or looked at anew."""

    n: int


async def _terms(actor: Actor, *, call_id: int) -> TermsRow:
    await calls.own_call(actor, call_id)
    return await queries.terms_of(call_id)


async def _run(actor: Actor, *, application_id: int) -> RunRow:
    await calls.desk_dossier(actor, application_id)
    found = await queries.latest_run(application_id)
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
    _read(_CALL + "/conditions", "call.list", N_("Show what a call asks to be declared"), _terms,
          TermsRow),
    _do(_CALL + "/conditions", "call.write", N_("Set what a draft asks to be declared"), TermsForm,
        actions.save_terms),
    _read(_CALL + "/rules", "call.list", N_("List the eligibility rules of a call"),
          queries.own_rules, RuleRow, many=True),
    _do(_CALL + "/rules/{kind:str}", "call.write", N_("Add a rule to a draft"), RuleForm,
        actions.add_rule, status=201),
    _do(_CALL + "/rules/{rule_id:int}/removal", "call.write", N_("Take a rule out of a draft"),
        NothingForm, actions.remove_rule),
    _read(_CALL + "/checks", "application.list", N_("List what the rules found, by application"),
          queries.checked, CheckedRow, many=True, query=FindingsFilter),
    _do(_CALL + "/checks", "application.check", N_("Decide on eligibility, for many at once"),
        VerdictForm, actions.decide, shape=Counted, row=Counted),
    _do(_CALL + "/checks/again", "application.check", N_("Look again, with the facts of today"),
        NothingForm, actions.recheck, shape=Counted, row=Counted),
    _read(_ONE + "/findings", "application.list", N_("Show what the rules found last"), _run,
          RunRow),
    _do(_ONE + "/findings/{rule_id:int}/waiver", "application.check",
        N_("Not hold a finding against a company"), Because, actions.waive, status=201),
    _do(_ONE + "/correction", "application.correct", N_("Ask for a correction until an instant"),
        CorrectForm, correcting.ask),
    _do(_ONE + "/exclusion", "application.exclude", N_("Exclude from the call"), Because,
        contracts.exclude, row=Outcome),
]  # fmt: skip
