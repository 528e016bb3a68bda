"""What an agency sees of applications: the list, a dossier, an admission and its end."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response

from booths.calls import additions, answering, contracts, deciding, queries, showing, written
from booths.calls.additions import Place
from booths.calls.forms import (
    AdmitForm,
    ApplicationFilter,
    Because,
    DecideForm,
    NoteForm,
    ReviveForm,
)
from booths.calls.quoting import quoted
from booths.calls.rows import Dossier
from booths.calls.rules import BULK, MOVES, PLACED, State
from booths.fees import queries as fees
from booths.fees.comparing import differences
from booths.plans import occupancy
from booths.plans import queries as plans
from booths.plans.rules import KIND_NAMES
from booths.questions.wording import deadlines
from server.accounts.permissions import Actor
from server.billing import ladders
from server.billing import queries as billing
from server.billing.approvals import WAITS, waits_or
from server.documents import queries as documents
from server.errors import Invalid, NotFound, Refused
from server.organisations import queries as organisations
from server.text import N_, gettext
from server.web import get, needs, page, post, see_other, submit, typed_values
from server.web.forms import parse
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
Answer = Response[Any]
LISTED = [state for state in State if state is not State.DRAFT]


def _kinds() -> dict[str, str]:
    """The kinds of stand in words."""
    return {kind.value: gettext(name) for kind, name in KIND_NAMES.items()}


async def _show_list(request: Asked, actor: Actor) -> Answer:
    params = request.query_params
    asked = {name: params.get(name, "") for name in ("call", "state", "text")}
    try:
        query = parse(ApplicationFilter, asked)
    except Invalid:
        query = ApplicationFilter()
    found, following = await queries.applications(
        actor, query=query, cursor=params.get("cursor", ""), limit=50
    )
    calls, _ = await queries.own_calls(actor)
    kept = {name: text for name, text in asked.items() if text}
    return page(
        request,
        "calls/desk_applications.html",
        applications=found,
        following=f"?{urlencode({**kept, 'cursor': following})}" if following else "",
        query=query,
        calls=calls,
        states=await queries.state_counts(actor, query.call),
        listed=LISTED,
        bulk=BULK,
        kinds=_kinds(),
        asked=urlencode(kept),
    )


@get("/desk/applications", needs("application.list"))
async def list_applications(request: Asked, actor: Actor) -> Answer:
    """Applications in order of arrival, filtered, with decisions for many at once."""
    return await _show_list(request, actor)


@post("/desk/applications", needs("application.check"))
async def decide_many(request: Asked, actor: Actor) -> Answer:
    """The same decision for everything ticked."""
    query = request.url.query
    return await submit(
        request,
        DecideForm,
        act=lambda form: deciding.decide(actor, form),
        to="/desk/applications" + (f"?{query}" if query else ""),
        said=N_("Decided. The companies get their letters by mail."),
        again=lambda: _show_list(request, actor),
    )


async def _show_dossier(request: Asked, actor: Actor, application_id: int) -> Answer:
    found = await queries.desk_reading(actor, application_id)
    about = f"application:{application_id}"
    sent = await queries.submissions(application_id)
    later = await answering.supplements(application_id)
    services = {str(fee.id): fee.name for fee in (await fees.prices(found.call.price_list)).fees}
    return page(
        request,
        "calls/desk_application.html",
        found=found,
        sent=sent,
        groups=written.of_submission(found, sent[0], services) if sent else [],
        later=later,
        to_answer=answering.to_answer(found, later),
        until=deadlines(found.form, found.call.tz),
        company=await organisations.company_for_staff(actor, company_id=found.row.company),
        quote=await fees.kept_quote(found.quote) if found.quote else None,
        papers=await documents.documents_about(about),
        invoices=await billing.invoices_about(about),
        moves=[
            each
            for each in MOVES[found.row.state]
            if actor.may(each.verb) and each.verb == "application.check"
        ],
        may_admit=_may_admit(found) and actor.may("application.admit"),
        may_release=found.row.state in (State.ADMITTED, State.CONFIRMED),
        late=await contracts.late_money(actor, application_id),
        placed=PLACED,
        panels=await additions.panels(Place.APPLICATION_DESK, actor, found),
    )


def _may_admit(found: Dossier) -> bool:
    return any(
        each.to is State.ADMITTED and each.verb == "application.admit"
        for each in MOVES[found.row.state]
    )


@get("/desk/applications/{application_id:int}", needs("application.list"))
async def show_application(request: Asked, actor: Actor, application_id: int) -> Answer:
    """The dossier."""
    return await _show_dossier(request, actor, application_id)


@post("/desk/applications/{application_id:int}", needs("application.check"))
async def decide_one(request: Asked, actor: Actor, application_id: int) -> Answer:
    """One decision for this application."""
    typed = await typed_values(request)
    try:
        form = parse(DecideForm, {**typed, "applications": [application_id]})
        await deciding.decide(actor, form)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, typed, refused)
        return await _show_dossier(request, actor, application_id)
    return see_other(f"/desk/applications/{application_id}", said=N_("Decided."))


@post("/desk/applications/{application_id:int}/note", needs("application.check"))
async def keep_note(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Keep the agency's own note."""
    return await submit(
        request,
        NoteForm,
        act=lambda form: deciding.keep_note(actor, form, application_id=application_id),
        to=f"/desk/applications/{application_id}",
        said=N_("The note is saved."),
        again=lambda: _show_dossier(request, actor, application_id),
    )


async def _show_admit(
    request: Asked, actor: Actor, application_id: int, *, reviving: bool = False
) -> Answer:
    found = await queries.desk_dossier(actor, application_id)
    typed = {**request.scope["state"].get("typed", {}), **request.query_params.dict()}
    wanted, smaller = _last(typed.get("stand", "")), _last(typed.get("smaller_aid", "")) == "on"
    booth = await plans.booth(found.call.booth)
    stands = await plans.stands(booth.id)
    free = await showing.free_stands(booth.id)
    chosen = next((each for each in free if str(each.id) == wanted), None)
    price, gone = None, list[str]()
    if chosen is not None:
        choice, gone = await deciding.choice_for(found, chosen)
        price = await quoted(
            found.call, found.row.company, choice, smaller_aid=smaller and not reviving
        )
    kept = await fees.kept_quote(found.quote) if found.quote else None
    return page(
        request,
        "calls/admit.html",
        found=found,
        changed=differences(kept, price) if kept and price else [],
        booth=booth,
        stands=stands,
        states=occupancy.as_seen_by(actor, await showing.occupants(booth.id)),
        free=_fitting(found, free),
        chosen=chosen,
        quote=price,
        smaller=smaller,
        reviving=reviving,
        way="revive" if reviving else "admit",
        gone=gone,
        kinds=_kinds(),
    )


def _last(given: object) -> str:
    return str(given[-1] if isinstance(given, list) and given else given)


def _fitting(found: Dossier, free: list[plans.StandRow]) -> list[plans.StandRow]:
    """Free stands, the nearest to the wish first."""
    area = found.row.area_m2
    return sorted(
        free,
        key=lambda each: (
            abs(each.area_m2 - area) if area else each.area_m2,
            each.kind.value != found.row.stand_kind,
            each.label,
        ),
    )


@get("/desk/applications/{application_id:int}/admit", needs("application.admit"))
async def admit_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Choose a stand, then see what the admission will do, then do it."""
    return await _show_admit(request, actor, application_id)


@post("/desk/applications/{application_id:int}/admit", needs("application.admit"))
async def admit(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Admit."""
    return await submit(
        request,
        AdmitForm,
        act=lambda form: deciding.admit(actor, form, application_id=application_id),
        to=f"/desk/applications/{application_id}",
        said=N_("Admitted. The letters and the invoice are on their way."),
        again=lambda: _show_admit(request, actor, application_id),
    )


@get("/desk/applications/{application_id:int}/revive", needs("application.revive"))
async def revive_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Choose a stand for a company whose money came late."""
    return await _show_admit(request, actor, application_id, reviving=True)


@post("/desk/applications/{application_id:int}/revive", needs("application.revive"))
async def revive(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Revive."""
    return await submit(
        request,
        ReviveForm,
        act=lambda form: contracts.revive(actor, form, application_id=application_id),
        to=f"/desk/applications/{application_id}",
        said=N_("The admission is revived and the payment is on its new invoice."),
        again=lambda: _show_admit(request, actor, application_id, reviving=True),
    )


async def _show_release(request: Asked, actor: Actor, application_id: int) -> Answer:
    found = await queries.desk_dossier(actor, application_id)
    if found.admission is None or found.admission.ended_at is not None:
        raise NotFound
    return page(
        request,
        "calls/release.html",
        found=found,
        quote=await fees.kept_quote(found.admission.quote),
        items=await ladders.ladder(found.admission.plan),
        invoices=await billing.invoices_about(f"application:{application_id}"),
    )


@get("/desk/applications/{application_id:int}/release", needs("application.admit"))
async def release_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """What ending the admission will give back."""
    return await _show_release(request, actor, application_id)


@post("/desk/applications/{application_id:int}/release", needs("application.admit"))
async def release(request: Asked, actor: Actor, application_id: int) -> Answer:
    """End it."""
    return await submit(
        request,
        Because,
        act=lambda form: contracts.release(actor, form, application_id=application_id),
        to=lambda done: waits_or(done, f"/desk/applications/{application_id}"),
        said=lambda done: (
            WAITS
            if done.approval
            else N_("The admission is ended. Stand, budget and headroom are free again.")
        ),
        again=lambda: _show_release(request, actor, application_id),
    )


HANDLERS = [
    list_applications, decide_many, show_application, decide_one, keep_note, admit_page, admit,
    revive_page, revive, release_page, release,
]  # fmt: skip
