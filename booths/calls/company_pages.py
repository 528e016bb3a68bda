"""What a company sees: its participations, and an application step by step."""

from typing import Any

from litestar import Request, Response

from booths.calls import additions, applying, declaring, queries
from booths.calls.additions import Place
from booths.calls.forms import EXPORT_WORDS, TASK_FORMS, StartForm, SubmitForm, WithdrawForm
from booths.calls.rows import Dossier
from booths.fees import queries as fees
from booths.plans.rules import KIND_NAMES
from events.calendars import queries as calendars
from server.accounts.permissions import Actor
from server.billing import queries as billing
from server.declarations.rules import HOLDS
from server.documents import queries as documents
from server.errors import Invalid, NotFound, Refused
from server.organisations import queries as organisations
from server.text import N_, gettext
from server.web import get, needs, page, post, see_other, submit, typed_values
from server.web.forms import parse
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
Answer = Response[Any]
TASK_NAMES = {
    "stand": N_("Space and stand"),
    "services": N_("Services"),
    "goals": N_("Exhibits, markets and goals"),
    "declarations": N_("Declarations"),
}


@get("/my", needs("application.own"))
async def mine(request: Asked, actor: Actor) -> Answer:
    """Every participation with its next step, then what is open."""
    found, _ = await queries.own_applications(actor)
    return page(
        request,
        "calls/mine.html",
        applications=found,
        company=await organisations.own_company(actor),
        calls=await queries.public_calls(6),
        upcoming=(await calendars.upcoming(actor, limit=6))[0],
    )


@get("/my/apply/{call_id:int}", needs("application.write"))
async def start_page(request: Asked, actor: Actor, call_id: int) -> Answer:
    """What will be asked, before anything is."""
    mine = await queries.application_for(actor.company_id, call_id)
    if mine is not None:
        return see_other(f"/my/applications/{mine}")
    return await _show_start(request, actor, call_id)


async def _show_start(request: Asked, actor: Actor, call_id: int) -> Answer:
    call = await queries.published_call(call_id)
    prices = await fees.prices(call.price_list)
    return page(
        request,
        "calls/start.html",
        call=call,
        panels=await additions.panels(Place.CALL_START, actor, call),
        has_services=any(fee.kind == "service" for fee in prices.fees),
    )


@post("/my/apply/{call_id:int}", needs("application.write"))
async def start(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Begin."""
    return await submit(
        request,
        StartForm,
        act=lambda form: applying.start(actor, form, call_id=call_id),
        to=lambda made: f"/my/applications/{made}",
        again=lambda: _show_start(request, actor, call_id),
    )


@get("/my/applications/{application_id:int}", needs("application.own"))
async def show(request: Asked, actor: Actor, application_id: int) -> Answer:
    """The task list before sending, the whole participation after it."""
    found = await queries.own_dossier(actor, application_id)
    about = f"application:{application_id}"
    return page(
        request,
        "calls/application.html",
        found=found,
        company=await organisations.own_company(actor),
        names=TASK_NAMES,
        quote=await fees.kept_quote(found.quote) if found.quote else None,
        sent=await queries.submissions(application_id),
        papers=await documents.documents_about(about),
        invoices=await billing.invoices_about(about),
        panels=await additions.panels(Place.APPLICATION_COMPANY, actor, found),
    )


async def _show_task(request: Asked, actor: Actor, application_id: int, task: str) -> Answer:
    found = await queries.own_dossier(actor, application_id)
    if task not in found.tasks:
        raise NotFound
    prices = await fees.prices(found.call.price_list)
    choice = applying.choice_of(found.draft)
    price = None
    if choice is not None and task in ("stand", "services"):
        price = await applying.quoted(found.call, found.row.company, choice)
    return page(
        request,
        f"calls/task_{task}.html",
        found=found,
        answers=found.draft.get(task, {}),
        prices=prices,
        services=[fee for fee in prices.fees if fee.kind == "service"],
        kinds=[(kind.value, gettext(name)) for kind, name in KIND_NAMES.items()],
        export_words=[(each.value, gettext(words)) for each, words in EXPORT_WORDS.items()],
        quote=price,
        title=TASK_NAMES[task],
        declarations=await declaring.asked_for(found) if task == "declarations" else [],
        needs_page=declaring.needs_page,
        holds=HOLDS,
    )


@get("/my/applications/{application_id:int}/{task:str}", needs("application.write"))
async def task_page(request: Asked, actor: Actor, application_id: int, task: str) -> Answer:
    """One thing a page."""
    return await _show_task(request, actor, application_id, task)


@post("/my/applications/{application_id:int}/{task:str}", needs("application.write"))
async def answer(request: Asked, actor: Actor, application_id: int, task: str) -> Answer:
    """Save the answers of one task and go on to the next one that is open."""
    form = TASK_FORMS.get(task)
    if form is None:
        raise NotFound
    typed = await typed_values(request)
    given = _services(typed) if task == "services" else typed
    try:
        await applying.answer(actor, parse(form, given), application_id=application_id, task=task)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, typed, refused)
        return await _show_task(request, actor, application_id, task)
    found = await queries.own_dossier(actor, application_id)
    following = found.left[0] if found.left else "check"
    return see_other(f"/my/applications/{application_id}/{following}")


def _services(typed: dict[str, object]) -> dict[str, object]:
    """The pieces typed beside each service, as the form and the API take them."""
    found: dict[str, object] = {"csrf_token": typed.get("csrf_token", "")}
    pieces: dict[str, int] = {}
    errors: dict[str, str] = {}
    for name, raw in typed.items():
        if not name.startswith("service_"):
            continue
        text = str(raw).strip() or "0"
        if not text.isdecimal() or len(text) > 6:
            errors[name] = gettext(N_("Write how many as a whole number, such as 2."))
        elif int(text):
            pieces[name.removeprefix("service_")] = int(text)
    if errors:
        raise Invalid(errors, typed)
    found["services"] = pieces
    return found


async def _show_check(request: Asked, actor: Actor, application_id: int) -> Answer:
    found = await queries.own_dossier(actor, application_id)
    choice = applying.choice_of(found.draft)
    price = None
    if choice is not None:
        price = await applying.quoted(found.call, found.row.company, choice)
    return page(
        request,
        "calls/check.html",
        found=found,
        company=await organisations.own_company(actor),
        quote=price,
        names=TASK_NAMES,
        kinds={kind.value: gettext(name) for kind, name in KIND_NAMES.items()},
        export_words={each.value: gettext(words) for each, words in EXPORT_WORDS.items()},
        services=await _ordered(found),
        unmet=await additions.unmet(found),
        panels=await additions.panels(Place.APPLICATION_CHECK, actor, found),
    )


async def _ordered(found: Dossier) -> list[tuple[str, int]]:
    ordered = found.draft.get("services", {}).get("services", {})
    prices = await fees.prices(found.call.price_list)
    return [(fee.name, ordered[str(fee.id)]) for fee in prices.fees if str(fee.id) in ordered]


@get("/my/applications/{application_id:int}/check", needs("application.submit"))
async def check_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Everything once more, with the price, the aid and what remains, before it is sent."""
    return await _show_check(request, actor, application_id)


@post("/my/applications/{application_id:int}/check", needs("application.submit"))
async def send(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Send it."""
    return await submit(
        request,
        SubmitForm,
        act=lambda form: applying.submit(actor, form, application_id=application_id),
        to=f"/my/applications/{application_id}/sent",
        again=lambda: _show_check(request, actor, application_id),
    )


@get("/my/applications/{application_id:int}/sent", needs("application.own"))
async def sent_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """The reference, and what happens next."""
    found = await queries.own_dossier(actor, application_id)
    sent = await queries.submissions(application_id)
    if not sent:
        return see_other(f"/my/applications/{application_id}")
    return page(request, "calls/sent.html", found=found, sent=sent)


async def _show_withdraw(request: Asked, actor: Actor, application_id: int) -> Answer:
    return page(
        request, "calls/withdraw.html", found=await queries.own_dossier(actor, application_id)
    )


@get("/my/applications/{application_id:int}/withdraw", needs("application.withdraw"))
async def withdraw_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Ask once more."""
    return await _show_withdraw(request, actor, application_id)


@post("/my/applications/{application_id:int}/withdraw", needs("application.withdraw"))
async def withdraw(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Take it back."""
    return await submit(
        request,
        WithdrawForm,
        act=lambda form: applying.withdraw(actor, form, application_id=application_id),
        to=f"/my/applications/{application_id}",
        said=N_("Your application is withdrawn."),
        again=lambda: _show_withdraw(request, actor, application_id),
    )


HANDLERS = [
    mine, start_page, start, show, task_page, answer, check_page, send, sent_page, withdraw_page,
    withdraw,
]  # fmt: skip
