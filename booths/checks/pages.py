"""Conditions of a call, its checks, corrections, exclusions and waivers at the desk."""

import re
from typing import Any

from litestar import Request, Response

from booths.calls import contracts, correcting
from booths.calls import queries as calls
from booths.calls.forms import Because, CorrectForm
from booths.calls.rules import MOVES, CallState, State
from booths.checks import actions, queries
from booths.checks.facts import Verdict
from booths.checks.forms import (
    FindingsFilter,
    NothingForm,
    RuleForm,
    TermsForm,
    VerdictForm,
    labels,
)
from booths.checks.kinds import DECLARED_BY, KINDS
from booths.checks.rules import EXPORTERS
from server import clock
from server.accounts.permissions import Actor
from server.aid.sizes import SIZE_NAMES
from server.billing.approvals import WAITS, waits_or
from server.declarations.kinds import NAMES
from server.documents import queries as documents
from server.documents.rules import disposition
from server.errors import NotFound, Refused
from server.text import N_, gettext
from server.web import get, needs, page, post, see_other, submit, typed_values
from server.web.forms import parse
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
Answer = Response[Any]
_CALL = "/desk/calls/{call_id:int}"
_ONE = "/desk/applications/{application_id:int}"


async def _show_conditions(request: Asked, actor: Actor, call_id: int) -> Answer:
    call = await calls.own_call(actor, call_id)
    rules = await queries.rules_of(call_id)
    terms = await queries.terms_of(call_id)
    wanted = {DECLARED_BY[each.kind] for each in rules if each.kind in DECLARED_BY}
    return page(
        request,
        "checks/conditions.html",
        call=call,
        rules=rules,
        terms=terms,
        kinds=[(code, gettext(kind.name)) for code, kind in KINDS.items()],
        names=[(code, gettext(name)) for code, name in NAMES.items()],
        lacking=[NAMES[each] for each in sorted(wanted - set(terms.declarations))],
        form=labels(TermsForm),
        changes=call.state is CallState.DRAFT and actor.may("call.write"),
    )


@get(_CALL + "/conditions", needs("call.list"))
async def conditions(request: Asked, actor: Actor, call_id: int) -> Answer:
    """The rules of a call and the declarations it asks for."""
    return await _show_conditions(request, actor, call_id)


@post(_CALL + "/conditions", needs("call.write"))
async def save_terms(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Save declarations, appeal, and what a failed rule does."""
    return await submit(
        request,
        TermsForm,
        act=lambda form: actions.save_terms(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}/conditions",
        said=N_("The conditions are saved."),
        again=lambda: _show_conditions(request, actor, call_id),
    )


async def _show_rule(request: Asked, actor: Actor, call_id: int, kind: str) -> Answer:
    if kind not in KINDS:
        raise NotFound
    return page(
        request,
        "checks/rule.html",
        call=await calls.own_call(actor, call_id),
        kind=KINDS[kind],
        form=labels(RuleForm),
        sizes=[(size.value, gettext(name)) for size, name in SIZE_NAMES.items()],
        statuses=[(code, gettext(words)) for code, words in EXPORTERS.items()],
    )


@get(_CALL + "/rules", needs("call.write"))
async def choose_rule(request: Asked, actor: Actor, call_id: int) -> Answer:
    """From the choice of a kind to its form."""
    await calls.own_call(actor, call_id)
    kind = request.query_params.get("kind", "")
    known = f"/rules/{kind}" if kind in KINDS else "/conditions"
    return see_other(f"/desk/calls/{call_id}{known}")


@get(_CALL + "/rules/{kind:str}", needs("call.write"))
async def new_rule(request: Asked, actor: Actor, call_id: int, kind: str) -> Answer:
    """The form of one kind of rule."""
    return await _show_rule(request, actor, call_id, kind)


@post(_CALL + "/rules/{kind:str}", needs("call.write"))
async def add_rule(request: Asked, actor: Actor, call_id: int, kind: str) -> Answer:
    """Add it."""
    return await submit(
        request,
        RuleForm,
        act=lambda form: actions.add_rule(actor, form, call_id=call_id, kind=kind),
        to=f"/desk/calls/{call_id}/conditions",
        said=N_("The rule is added. Read it below as companies read it."),
        again=lambda: _show_rule(request, actor, call_id, kind),
    )


@post(_CALL + "/rules/{rule_id:int}/remove", needs("call.write"))
async def remove_rule(request: Asked, actor: Actor, call_id: int, rule_id: int) -> Answer:
    """Take it out."""
    return await submit(
        request,
        NothingForm,
        act=lambda _: actions.remove_rule(actor, call_id=call_id, rule_id=rule_id),
        to=f"/desk/calls/{call_id}/conditions",
        said=N_("The rule is taken out."),
        again=lambda: _show_conditions(request, actor, call_id),
    )


async def _show_checks(request: Asked, actor: Actor, call_id: int) -> Answer:
    shown = request.query_params.get("show", "")
    query = FindingsFilter(show=Verdict(shown) if shown in set(Verdict) else None)
    found, following = await queries.checked(
        actor, call_id=call_id, query=query, cursor=request.query_params.get("cursor", "")
    )
    return page(
        request,
        "checks/checks.html",
        call=await calls.own_call(actor, call_id),
        checked=found,
        following=f"?show={shown}&cursor={following}" if following else "",
        counts=await queries.counts(call_id),
        verdicts=VERDICTS,
        show=query.show,
        rules=await queries.rules_of(call_id),
        decided=(State.SUBMITTED, State.ELIGIBLE),
    )


VERDICTS = {
    Verdict.PASSED: N_("Fulfil every rule"),
    Verdict.FAILED: N_("Fail a rule"),
    Verdict.UNKNOWN: N_("To be looked at"),
}


@get(_CALL + "/checks", needs("application.list"))
async def checks(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Every application that is not decided, with what the rules found."""
    return await _show_checks(request, actor, call_id)


@post(_CALL + "/checks", needs("application.check"))
async def decide(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Eligible or not, for many at once."""
    typed = await typed_values(request)
    ticked = typed.get("applications", [])
    reasons = {
        name[4:]: text for name, text in typed.items() if re.fullmatch(r"why_\d{1,10}", name)
    }
    given = {
        "to": typed.get("to", ""),
        "applications": ticked if isinstance(ticked, list) else [ticked],
        "reasons": reasons,
    }
    try:
        await actions.decide(actor, parse(VerdictForm, given), call_id=call_id)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, typed, refused)
        return await _show_checks(request, actor, call_id)
    return see_other(
        f"/desk/calls/{call_id}/checks",
        said=N_("Decided. Whoever is refused gets the reasons by mail."),
    )


@post(_CALL + "/checks/again", needs("application.check"))
async def again(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Look again, with the facts of today."""
    return await submit(
        request,
        NothingForm,
        act=lambda _: actions.recheck(actor, call_id=call_id),
        to=f"/desk/calls/{call_id}/checks",
        said=N_("Every application was looked at with the facts of today."),
        again=lambda: _show_checks(request, actor, call_id),
    )


async def _show_correct(request: Asked, actor: Actor, application_id: int) -> Answer:
    found = await calls.desk_dossier(actor, application_id)
    _may_go(found.row.state, State.TO_CORRECT)
    return page(
        request,
        "checks/correct.html",
        found=found,
        form=labels(CorrectForm),
        until=clock.local(found.correction.until, found.call.tz)
        if found.correcting and found.correction
        else None,
    )


def _may_go(now: State, to: State) -> None:
    if all(each.to is not to for each in MOVES[now]):
        raise NotFound


@get(_ONE + "/correct", needs("application.correct"))
async def correct_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """What is to be mended, and until when."""
    return await _show_correct(request, actor, application_id)


@post(_ONE + "/correct", needs("application.correct"))
async def correct(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Ask for it."""
    return await submit(
        request,
        CorrectForm,
        act=lambda form: correcting.ask(actor, form, application_id=application_id),
        to=f"/desk/applications/{application_id}",
        said=N_("The company is asked to mend its application. It has your points by mail."),
        again=lambda: _show_correct(request, actor, application_id),
    )


async def _show_exclude(request: Asked, actor: Actor, application_id: int) -> Answer:
    found = await calls.desk_dossier(actor, application_id)
    _may_go(found.row.state, State.EXCLUDED)
    return page(request, "checks/exclude.html", found=found)


@get(_ONE + "/exclude", needs("application.exclude"))
async def exclude_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """What an exclusion does, before it is done."""
    return await _show_exclude(request, actor, application_id)


@post(_ONE + "/exclude", needs("application.exclude"))
async def exclude(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Exclude."""
    return await submit(
        request,
        Because,
        act=lambda form: contracts.exclude(actor, form, application_id=application_id),
        to=lambda done: waits_or(done, f"/desk/applications/{application_id}"),
        said=lambda done: (
            WAITS
            if done.approval
            else N_("The application is excluded. Whatever it held is free again.")
        ),
        again=lambda: _show_exclude(request, actor, application_id),
    )


async def _show_waive(request: Asked, actor: Actor, application_id: int, rule_id: int) -> Answer:
    found = await calls.desk_dossier(actor, application_id)
    run = await queries.latest_run(application_id)
    finding = next((each for each in run.findings if each.rule == rule_id), None) if run else None
    if finding is None:
        raise NotFound
    return page(request, "checks/waive.html", found=found, finding=finding)


@get(_ONE + "/findings/{rule_id:int}", needs("application.check"))
async def waive_page(request: Asked, actor: Actor, application_id: int, rule_id: int) -> Answer:
    """One finding, and the reason not to hold it against the company."""
    return await _show_waive(request, actor, application_id, rule_id)


@post(_ONE + "/findings/{rule_id:int}", needs("application.check"))
async def waive(request: Asked, actor: Actor, application_id: int, rule_id: int) -> Answer:
    """Waive it."""
    return await submit(
        request,
        Because,
        act=lambda form: actions.waive(actor, form, application_id=application_id, rule_id=rule_id),
        to=f"/desk/applications/{application_id}",
        said=N_("The finding is waived. It is logged with your reason."),
        again=lambda: _show_waive(request, actor, application_id, rule_id),
    )


@get(_ONE + "/evidence/{declaration_id:int}", needs("application.list"))
async def evidence(actor: Actor, application_id: int, declaration_id: int) -> Response[bytes]:
    """The file behind a declaration, saved and never run."""
    document = await queries.evidence_of(
        actor, application_id=application_id, declaration_id=declaration_id
    )
    filename, media_type, data = await documents.pdf(document)
    return Response(
        data,
        media_type=media_type,
        headers={
            "content-security-policy": "default-src 'none'; sandbox",
            "x-content-type-options": "nosniff",
            "content-disposition": disposition(filename),
        },
    )


HANDLERS = [
    conditions, save_terms, choose_rule, new_rule, add_rule, remove_rule, checks, decide, again,
    correct_page, correct, exclude_page, exclude, waive_page, waive, evidence,
]  # fmt: skip
