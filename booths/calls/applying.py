"""What a company does: begin, answer task by task, send, withdraw."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from booths.calls import (
    additions,
    arriving,
    declaring,
    drafts,
    listing,
    papers,
    queries,
    rules,
    written,
)
from booths.calls.drafts import Guard
from booths.calls.forms import (
    TASK_FORMS,
    Declarations,
    Services,
    StandWish,
    StartForm,
    SubmitForm,
)
from booths.calls.quoting import choice_of, quoted
from booths.calls.rows import CallRow, Dossier
from booths.calls.rules import Phase, State
from booths.fees import actions as fee_actions
from booths.fees import queries as fees
from booths.fees.pricing import may_order
from booths.questions.rules import missed
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, row, step, value
from server.documents import actions as documents
from server.errors import Conflict, NotFound, Refused
from server.mail.actions import send
from server.money import format_money
from server.organisations import queries as organisations
from server.organisations.queries import CompanyRow
from server.settings import load
from server.text import N_, gettext
from server.web.formats import moment
from server.web.forms import Form, parse

OVER = N_("The decision on this application is made, so its answers stay as they are.")
_SHARED = N_(
    "Your space is your part of your consortium's common stand. It is agreed on the page of the"
    " consortium."
)


@action
async def start(actor: Actor, _: StartForm, *, call_id: int) -> int:
    """Begin an application; a second start finds the first."""
    return await begin(actor, call_id)


@step
async def begin(actor: Actor, call_id: int) -> int:
    """The application of the actor's company to a call, begun now if it was not before."""
    require(actor, "application.write")
    call = await queries.published_call(call_id)
    if call.phase is not Phase.PUBLISHED:
        arriving.must_be_open(call, clock.now())
    made = await value(
        "INSERT INTO application (call, company, state, draft, created_at)"
        " VALUES ($1,$2,'draft','{}',$3) ON CONFLICT (call, company) DO NOTHING RETURNING id",
        call_id,
        actor.company_id,
        clock.now(),
    )
    if made is None:
        found = await queries.application_for(actor.company_id, call_id)
        assert found is not None
        return found
    await record(actor, "application.start", "application", made, agency_id=call.agency)
    return int(made)


@action
async def answer(
    actor: Actor, form: Form, *, application_id: int, task: str, guard: Guard | None = None
) -> int:
    """Save the answers of one task; what was sent before stays as it was sent."""
    require(actor, "application.write")
    found = await held(actor, application_id)
    if not found.editable:
        raise Conflict(OVER)
    drafts.check(found, task, guard or Guard())
    if isinstance(form, StandWish) and "share" in found.draft:
        raise Conflict(_SHARED)
    if isinstance(form, StandWish):
        _must_fit(found, form.area_m2, form.area_m2)
        await listing.must_be_priced(found, form.space, form.area_m2)
    if isinstance(form, Declarations):
        await declaring.declare(actor, found, form)
    if isinstance(form, Services):
        ordered = {int(one): pieces for one, pieces in form.services.items() if pieces}
        may_order(await fees.prices(found.call.price_list), ordered, clock.now())
    await execute(
        "UPDATE application SET draft = draft || jsonb_build_object($2::text, $3::jsonb)"
        " WHERE id = $1",
        application_id,
        task,
        msgspec.to_builtins(form, str_keys=True),
    )
    await drafts.note(actor, found, task, guard or Guard(), None)
    return application_id


@action
async def submit(actor: Actor, form: SubmitForm, *, application_id: int) -> int:
    """Send the application: an immutable snapshot, a kept quote, a receipt. Returns its number."""
    found = await queries.own_dossier(actor, application_id)
    mends = found.row.state is State.TO_CORRECT and application_id in await additions.together(
        found.call.id
    )
    if "share" in found.draft and not mends:
        raise Conflict(
            N_("You apply with a consortium: its lead sends the applications of all members.")
        )
    return await send_one(actor, application_id, form.seen_total, clock.now())


@step
async def send_one(actor: Actor, application_id: int, seen_total: int, now: datetime) -> int:
    """Send the application of the actor's company as having arrived at `now`; its number."""
    require(actor, "application.submit")
    found = await held(actor, application_id)
    call = found.call
    arriving.must_be_in_time(found, now)
    rules.move(found.row.state, State.SUBMITTED)
    arrived = await arriving.arrival(found, now)
    company = await organisations.company(found.row.company)
    draft = _complete(found, company)
    missing = await additions.unmet(found)
    if missing:
        raise Refused("{said}", said=" ".join(missing))
    choice = choice_of(draft)
    assert choice is not None
    whole = choice.share.whole_m2 if choice.share else choice.area_m2
    _must_fit(found, choice.area_m2, whole)
    price = await quoted(call, company.id, choice)
    if price.total_minor != seen_total:
        raise Conflict(
            N_(
                "The price has changed since you opened this page: it is {total} now."
                " Nothing was sent. Look at it again and send if you agree."
            ),
            total=format_money(price.total_minor, price.currency),
        )
    quote_id = await fee_actions.keep_quote(application_id, price, choice)
    reference = (
        found.row.reference or f"{call.agency_slug[:3].upper()}-{now.year}-{application_id:05d}"
    )
    number = 1 + int(
        await value(
            "SELECT coalesce(max(number), 0) FROM submission WHERE application = $1",
            application_id,
        )
    )
    declared = await declaring.signed(found)
    services = {str(each.id): each.name for each in (await fees.prices(call.price_list)).fees}
    words = [written.profile(company), *written.written(found, services, declared)]
    content = {
        "answers": draft,
        "written": words,
        "declarations": declared,
        "company": msgspec.to_builtins(company, str_keys=True),
        "call": {"title": call.title, "opens_at": call.opens_at, "closes_at": call.closes_at},
        "reference": reference,
    }
    document = await documents.issue(
        kind="receipt",
        title=gettext(N_("Application {reference}"), reference=reference),
        filename=f"application-{reference}-{number}",
        template="receipt-application",
        content=papers.receipt(found, company, words, price, reference, now, arrived, number),
        agency=call.agency,
        company=company.id,
        about=f"application:{application_id}",
    )
    await execute(
        "INSERT INTO submission (application, number, submitted_at, person_id, content, quote,"
        " document) VALUES ($1,$2,$3,$4,$5,$6,$7)",
        application_id,
        number,
        now,
        actor.person_id,
        msgspec.to_builtins(content, str_keys=True),
        quote_id,
        document,
    )
    await execute(
        "UPDATE application SET state = 'submitted', reference = $2, submitted_at = $3, quote = $4,"
        " area_m2 = $5, stand_kind = $6, why = '', wait_position = NULL WHERE id = $1",
        application_id,
        reference,
        arrived,
        quote_id,
        choice.area_m2,
        choice.stand_kind.value,
    )
    await record(
        actor,
        "application.submit",
        "application",
        application_id,
        before={"state": found.row.state.value},
        after={
            "state": "submitted", "number": number, "at": now, "arrived": arrived,
            "quote": quote_id,
        },
        agency_id=call.agency,
    )  # fmt: skip
    await write_to_company(
        company.id,
        call,
        f"application:{application_id}:submitted:{number}",
        "application-receipt",
        attachments=[document],
        reference=reference,
        at=moment(now, call.tz, seconds=True),
        call=call.title,
        total=format_money(price.total_minor, price.currency),
        again=number > 1,
        arrived=moment(arrived, call.tz, seconds=True) if arrived != now else "",
        link=link(f"/my/applications/{application_id}"),
    )
    await additions.moved(additions.Event.SUBMITTED, actor, found)
    return number


@step
async def write_to_company(
    company_id: int,
    call: CallRow,
    key: str,
    template: str,
    /,
    attachments: Sequence[int] = (),
    **context: Any,
) -> None:
    """The same mail to everybody of a company, each in their language."""
    for person in await organisations.people_of_company(company_id):
        await send(
            key=f"{key}:{person.person_id}",
            to_email=person.email,
            to_name=person.name,
            locale=person.locale,
            template=template,
            agency=call.agency,
            company=company_id,
            person=person.person_id,
            attachments=attachments,
            agency_name=call.agency_name,
            fair=call.fair_name,
            **context,
        )


def link(path: str) -> str:
    """A full address for a mail."""
    return load().base_url.rstrip("/") + path


def _must_fit(found: Dossier, own_m2: Decimal, whole_m2: Decimal) -> None:
    """Refuse a stand that the call or the booth has no room for.

    Who mends an application may ask again for what it had asked for, whatever others got meanwhile.
    """
    call, left = found.call, found.call.left_m2
    if found.row.state is State.TO_CORRECT and own_m2 <= (found.row.area_m2 or 0):
        left = max(left, whole_m2)
    rules.area_fits(whole_m2, call.minimum_m2, call.maximum_m2, left)


async def held(actor: Actor, application_id: int) -> Dossier:
    """An application of the actor's company, its row locked."""
    mine = await row(
        "SELECT 1 FROM application WHERE id = $1 AND company = $2 FOR UPDATE",
        application_id,
        actor.company_id,
    )
    if mine is None:
        raise NotFound
    return await queries.own_dossier(actor, application_id)


def _complete(found: Dossier, company: CompanyRow) -> dict[str, Any]:
    if company.missing:
        raise Refused(
            N_(
                "Your company profile lacks some answers. Fill them in first;"
                " what you answered here is kept."
            )
        )
    if found.needs_statement:
        raise Refused(
            N_(
                "Before aid can be granted we must know two things about your company."
                " Answer them under Company, Aid; what you answered here is kept."
            )
        )
    if found.left:
        gone = missed(found.form, found.answers, clock.now(), found.call.closes_at)
        if gone:
            raise Refused(
                N_(
                    "“{label}” had to be answered before its own deadline, so this application can"
                    " no longer be sent. Ask the agency for more time; your answers are kept."
                ),
                label=gone[0].label,
            )
        raise Refused(N_("Some tasks are not finished. Finish them first; your answers are kept."))
    if found.begun:
        raise Refused(
            N_(
                "On “{task}” something is typed that is not saved as an answer. Save it there or go"
                " back to your saved answers; nothing was sent."
            ),
            task=written.task_names(found)[found.begun[0]],
        )
    for task, form in TASK_FORMS.items():
        if task in found.tasks:
            parse(form, found.draft[task])
    return found.draft
