"""What an agency sees: the board, its calls, its applications, an admission."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response

from booths.calls import (
    actions,
    additions,
    answering,
    contracts,
    deciding,
    queries,
    showing,
    written,
)
from booths.calls.additions import Place
from booths.calls.applying import quoted
from booths.calls.board import board
from booths.calls.forms import (
    AdmitForm,
    ApplicationFilter,
    Because,
    CallForm,
    DecideForm,
    MoveForm,
    NoteForm,
    ReviveForm,
    StartForm,
)
from booths.calls.rows import CallRow, Dossier
from booths.calls.rules import BULK, MOVES, PLACED, State
from booths.fees import queries as fees
from booths.plans import occupancy
from booths.plans import queries as plans
from booths.plans.rules import KIND_NAMES
from booths.questions.wording import deadlines
from server import clock
from server.accounts.permissions import Actor
from server.aid import queries as aid
from server.billing import queries as billing
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


@get("/desk", needs("board.read"))
async def board_page(request: Asked, actor: Actor) -> Answer:
    """The board."""
    return page(
        request,
        "calls/board.html",
        board=await board(actor),
        panels=await additions.panels(Place.BOARD, actor, None),
    )


@get("/desk/calls", needs("call.list"))
async def list_calls(request: Asked, actor: Actor) -> Answer:
    """The agency's calls."""
    found, following = await queries.own_calls(
        actor, cursor=request.query_params.get("cursor", ""), limit=30
    )
    return page(request, "calls/desk_list.html", calls=found, following=following)


async def _show_form(request: Asked, actor: Actor, call: CallRow | None = None) -> Answer:
    agency = await organisations.own_agency(actor)
    lists, _ = await fees.price_lists(actor)
    return page(
        request,
        "calls/form.html",
        call=call,
        tz=agency.tz,
        booths=await fees.booths(actor),
        price_lists=lists,
        schemes=await aid.schemes(actor),
        wanted_booth=request.query_params.get("booth", ""),
        opens=clock.local(call.opens_at, call.tz) if call else None,
        closes=clock.local(call.closes_at, call.tz) if call else None,
    )


@get("/desk/calls/new", needs("call.write"))
async def new_call(request: Asked, actor: Actor) -> Answer:
    """An empty call."""
    return await _show_form(request, actor)


@post("/desk/calls/new", needs("call.write"))
async def create_call(request: Asked, actor: Actor) -> Answer:
    """Keep it as a draft."""
    return await submit(
        request,
        CallForm,
        act=lambda form: actions.create_call(actor, form),
        to=lambda made: f"/desk/calls/{made}",
        said=N_("The call is saved as a draft. Look at it and publish it."),
        again=lambda: _show_form(request, actor),
    )


async def _show_call(request: Asked, actor: Actor, call_id: int) -> Answer:
    call = await queries.own_call(actor, call_id)
    return page(
        request,
        "calls/desk_show.html",
        call=call,
        states=await queries.state_counts(actor, call_id),
        prices=await fees.prices(call.price_list),
        terms=await aid.scheme_terms(call.scheme) if call.scheme else None,
        parts=await additions.parts(actor, call),
        panels=await additions.panels(Place.CALL_DESK, actor, call),
    )


@get("/desk/calls/{call_id:int}", needs("call.list"))
async def show_call(request: Asked, actor: Actor, call_id: int) -> Answer:
    """A call, its numbers, and what can be done with it now."""
    return await _show_call(request, actor, call_id)


@get("/desk/calls/{call_id:int}/edit", needs("call.write"))
async def edit_call(request: Asked, actor: Actor, call_id: int) -> Answer:
    """The form, filled."""
    return await _show_form(request, actor, await queries.own_call(actor, call_id))


@post("/desk/calls/{call_id:int}/edit", needs("call.write"))
async def change_call(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Save the change."""

    async def again() -> Answer:
        return await _show_form(request, actor, await queries.own_call(actor, call_id))

    return await submit(
        request,
        CallForm,
        act=lambda form: actions.change_call(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}",
        said=N_("The call is saved."),
        again=again,
    )


@post("/desk/calls/{call_id:int}/publish", needs("call.publish"))
async def publish_call(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Publish it."""
    return await submit(
        request,
        StartForm,
        act=lambda form: actions.publish_call(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}",
        said=N_(
            "The call is published. Its prices are frozen, its deadlines are in the calendars."
        ),
        again=lambda: _show_call(request, actor, call_id),
    )


@post("/desk/calls/{call_id:int}/move", needs("call.decide"))
async def move_call(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Decided, or closed out."""
    return await submit(
        request,
        MoveForm,
        act=lambda form: actions.move_call(actor, form, call_id=call_id),
        to=f"/desk/calls/{call_id}",
        said=N_("The call has moved on."),
        again=lambda: _show_call(request, actor, call_id),
    )


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
    found = await queries.desk_dossier(actor, application_id)
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
    return page(
        request,
        "calls/admit.html",
        found=found,
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
        to=f"/desk/applications/{application_id}",
        said=N_("The admission is ended. Stand, budget and headroom are free again."),
        again=lambda: _show_release(request, actor, application_id),
    )


HANDLERS = [
    board_page, list_calls, new_call, create_call, show_call, edit_call, change_call, publish_call,
    move_call, list_applications, decide_many, show_application, decide_one, keep_note, admit_page,
    admit, revive_page, revive, release_page, release,
]  # fmt: skip
