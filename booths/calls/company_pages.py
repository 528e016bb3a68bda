"""What a company sees: its participations, and an application step by step."""

from typing import Any

from litestar import Request, Response

from booths.calls import (
    additions,
    answering,
    applying,
    declaring,
    payer_pages,
    queries,
    quoting,
    sent_pages,
    supply_pages,
    task_pages,
    withdrawing,
    written,
)
from booths.calls.additions import Place
from booths.calls.forms import StartForm, SubmitForm, WithdrawForm
from booths.calls.written import task_names
from booths.fees import queries as fees
from booths.fees.comparing import differences
from booths.questions import queries as questions
from booths.questions.wording import deadlines
from events.calendars import queries as calendars
from server.accounts.permissions import Actor
from server.billing import queries as billing
from server.documents import queries as documents
from server.organisations import queries as organisations
from server.text import N_
from server.web import get, needs, page, post, see_other, submit

Asked = Request[Any, Any, Any]
Answer = Response[Any]


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
    form = [each for each in await questions.form(call_id) if each.questions]
    return page(
        request,
        "calls/start.html",
        call=call,
        sections=form,
        until=deadlines(form, call.tz),
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
    later = await answering.supplements(application_id)
    sent = await queries.submissions(application_id)
    return page(
        request,
        "calls/application.html",
        found=found,
        company=await organisations.own_company(actor),
        names=task_names(found),
        later=later,
        to_answer=answering.to_answer(answering.as_sent(found, sent), later),
        until=deadlines(found.form, found.call.tz),
        quote=await fees.kept_quote(found.quote) if found.quote else None,
        sent=sent,
        papers=await documents.documents_about(about),
        invoices=await billing.invoices_about(about),
        panels=await additions.panels(Place.APPLICATION_COMPANY, actor, found),
    )


async def _show_check(request: Asked, actor: Actor, application_id: int) -> Answer:
    found = await queries.own_dossier(actor, application_id)
    choice = quoting.choice_of(found.draft)
    price = None
    if choice is not None:
        price = await quoting.quoted(found.call, found.row.company, choice)
    kept = await fees.kept_quote(found.quote) if found.quote else None
    return page(
        request,
        "calls/check.html",
        found=found,
        changed=differences(kept, price) if kept and price else [],
        company=await organisations.own_company(actor),
        quote=price,
        names=task_names(found),
        groups=written.written(
            found,
            {str(fee.id): fee.name for fee in (await fees.prices(found.call.price_list)).fees},
            await declaring.signed(found),
        ),
        unmet=await additions.unmet(found),
        panels=await additions.panels(Place.APPLICATION_CHECK, actor, found),
    )


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
        act=lambda form: withdrawing.withdraw(actor, form, application_id=application_id),
        to=f"/my/applications/{application_id}",
        said=N_("Your application is withdrawn."),
        again=lambda: _show_withdraw(request, actor, application_id),
    )


HANDLERS = [
    mine, start_page, start, show, check_page, send, sent_page, withdraw_page, withdraw,
    *task_pages.HANDLERS, *sent_pages.HANDLERS, *payer_pages.HANDLERS, *supply_pages.HANDLERS,
]  # fmt: skip
