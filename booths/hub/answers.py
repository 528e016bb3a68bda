"""What exhibitors give for their tasks, what the agency notes about them, and their calendar."""

import asyncio
from typing import Any

import msgspec

from booths.calls import queries as calls
from booths.calls.rules import PLACED
from booths.hub import ordering, prints, queries, rules
from booths.hub.forms import (
    BadgesForm,
    CatalogueForm,
    CustomForm,
    FileForm,
    FreightForm,
    InsuranceForm,
    MarkForm,
    OrdersForm,
)
from booths.hub.queries import Hub, TaskRow
from booths.hub.rules import Kind, Marked, Wants
from events.calendars import actions as calendars
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, row, rows, step, value
from server.documents import actions as documents
from server.errors import Conflict, NotFound, Refused
from server.text import N_, gettext
from server.web.formats import day
from server.web.forms import Form, Upload

FORMS: dict[Kind, type[Form]] = {
    Kind.CATALOGUE: CatalogueForm,
    Kind.LOGO: FileForm,
    Kind.GRAPHICS: FileForm,
    Kind.BADGES: BadgesForm,
    Kind.ORDERS: OrdersForm,
    Kind.FREIGHT: FreightForm,
    Kind.INSURANCE: InsuranceForm,
    Kind.CUSTOM: CustomForm,
}


@step
async def held(actor: Actor, application_id: int) -> Hub:
    """The hub of the actor's company, with its application locked."""
    found = await row(
        "SELECT 1 FROM application WHERE id = $1 AND company = $2 FOR UPDATE",
        application_id,
        actor.company_id,
    )
    if found is None:
        raise NotFound
    return await queries.own_hub(actor, application_id)


@action
async def answer(actor: Actor, form: Form, *, application_id: int, task_id: int) -> int:
    """Do a task. What is late may still be given: late is better than never."""
    require(actor, "hub.answer")
    hub = await held(actor, application_id)
    task = hub.item(task_id).task
    if not isinstance(form, FORMS[task.kind]):
        raise NotFound
    content, file = await _taken(actor, hub, task, form)
    await _write(actor, hub, task, Marked.DONE, content, file)
    return task_id


async def _taken(
    actor: Actor, hub: Hub, task: TaskRow, form: Form
) -> tuple[dict[str, Any], int | None]:
    """What is kept of `form`, and the document of its file."""
    before = hub.item(task.id).answer
    file = before.file if before else None
    match form:
        case CatalogueForm():
            await _write_entry(hub, task, form)
            return {"headline": form.headline}, file
        case FileForm():
            assert form.file is not None
            checked = await asyncio.to_thread(prints.check, form.file.data, task.limits)
            if checked.faults:
                raise Refused(N_("{faults}"), field="file", faults=" ".join(checked.faults))
            made = await _keep(actor, hub, task, form.file, checked.media_type)
            return {"facts": checked.facts}, made
        case BadgesForm():
            return await _badges(actor, hub, task, form), file
        case InsuranceForm():
            return await _insurance(actor, hub, task, form, file)
        case CustomForm():
            return await _custom(actor, hub, task, form, file)
        case _:
            return msgspec.to_builtins(form), file


@step
async def _keep(actor: Actor, hub: Hub, task: TaskRow, file: Upload, media_type: str) -> int:
    return await documents.keep_file(
        actor,
        kind=f"hub-{task.kind.value}",
        filename=file.filename,
        media_type=media_type,
        data=file.data,
        company=hub.found.row.company,
        agency=hub.found.call.agency,
        about=f"hub:{hub.found.row.id}:{task.id}",
    )


@step
async def _proof(actor: Actor, hub: Hub, task: TaskRow, file: Upload) -> int:
    """A file that a person reads."""
    checked = await asyncio.to_thread(prints.readable, file.data)
    if checked.faults:
        raise Refused(N_("{faults}"), field="file", faults=" ".join(checked.faults))
    return await _keep(actor, hub, task, file, checked.media_type)


@step
async def _write_entry(hub: Hub, task: TaskRow, form: CatalogueForm) -> None:
    rules.within(form.headline, 100, "headline")
    rules.within(form.text, task.limits.characters, "text")
    columns = {
        **{name: getattr(form, name) for name in form.__struct_fields__},
        "languages": rules.languages_of(form.languages),
        "changed_at": clock.now(),
    }
    names = ", ".join(columns)
    places = ", ".join(f"${n}" for n in range(2, len(columns) + 2))
    sets = ", ".join(f"{name} = EXCLUDED.{name}" for name in columns)
    await execute(
        f"INSERT INTO catalogue_entry (application, {names}) VALUES ($1, {places})"  # noqa: S608
        f" ON CONFLICT (application) DO UPDATE SET {sets}",
        hub.found.row.id,
        *columns.values(),
    )


@step
async def _badges(actor: Actor, hub: Hub, task: TaskRow, form: BadgesForm) -> dict[str, Any]:
    names = rules.badge_names(form.names)
    fault = rules.badge_fault(names)
    if fault:
        raise Refused(
            N_("“{name}” does not fit on a badge: a line takes 40 characters."),
            field="names",
            name=fault[:80],
        )
    if not names:
        raise Refused(N_("Write at least one name."), field="names")
    free = queries.badge_allowance(hub, task)
    bought = await ordering.badges_bought(hub.found.row.id)
    more = rules.badges_to_pay(len(names), free, bought)
    if more and not task.limits.badge_minor:
        raise Refused(
            N_("Your stand has {n} badges, and no more can be had. Take {more} names out."),
            field="names",
            n=free,
            more=more,
        )
    if more:
        await ordering.order_badges(actor, hub, task, more, form.seen_total)
    return {"names": "\n".join(f"{name}, {said}" if said else name for name, said in names)}


@step
async def _insurance(
    actor: Actor, hub: Hub, task: TaskRow, form: InsuranceForm, before: int | None
) -> tuple[dict[str, Any], int]:
    ends_on = hub.found.call.ends_on
    if form.valid_until < ends_on:
        raise Refused(
            N_("It ends on {until}, before the fair does on {ends}. Send one that lasts."),
            field="valid_until",
            until=day(form.valid_until),
            ends=day(ends_on),
        )
    if form.file is None and before is None:
        raise Refused(N_("Choose the certificate: a PDF, PNG or JPEG."), field="file")
    file = before if form.file is None else await _proof(actor, hub, task, form.file)
    assert file is not None
    kept = {name: getattr(form, name) for name in ("insurer", "policy", "valid_until")}
    return msgspec.to_builtins(kept), file


@step
async def _custom(
    actor: Actor, hub: Hub, task: TaskRow, form: CustomForm, before: int | None
) -> tuple[dict[str, Any], int | None]:
    match task.limits.wants:
        case Wants.TEXT:
            if not form.text:
                raise Refused(N_("Write an answer first."), field="text")
            rules.within(form.text, task.limits.characters, "text")
            return {"text": form.text}, before
        case Wants.FILE:
            if form.file is None:
                raise Refused(N_("Choose a file first."), field="file")
            return {"text": form.text}, await _proof(actor, hub, task, form.file)
        case Wants.CONFIRMATION:
            if not form.confirmed:
                raise Refused(N_("Tick the box when it is done."), field="confirmed")
            return {"confirmed": True}, before


@step
async def _write(
    actor: Actor,
    hub: Hub,
    task: TaskRow,
    state: Marked,
    content: dict[str, Any],
    file: int | None,
    *,
    why: str = "",
) -> None:
    application_id = hub.found.row.id
    before = hub.item(task.id).answer
    await execute(
        "INSERT INTO task_answer (task, application, state, content, file, why, person_id,"
        " changed_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8) ON CONFLICT (task, application) DO UPDATE"
        " SET state = EXCLUDED.state, content = EXCLUDED.content, file = EXCLUDED.file,"
        " why = EXCLUDED.why, person_id = EXCLUDED.person_id, changed_at = EXCLUDED.changed_at",
        task.id,
        application_id,
        state.value,
        content,
        file,
        why,
        actor.person_id,
        clock.now(),
    )
    await record(
        actor, "hub.answer" if actor.company_id else "hub.mark", "application", application_id,
        before={"task": task.title, "state": before.state if before else Marked.OPEN},
        after={"task": task.title, "state": state, "file": file}, why=why,
        agency_id=hub.found.call.agency, company_id=hub.found.row.company,
    )  # fmt: skip
    await _date(hub, task, state)


@action
async def mark(actor: Actor, form: MarkForm, *, application_id: int, task_id: int) -> int:
    """The agency says that a task is done, not needed, or open again, and why."""
    require(actor, "hub.manage")
    found = await row(
        "SELECT 1 FROM application x JOIN call c ON c.id = x.call WHERE x.id = $1"
        " AND c.agency = $2 FOR UPDATE OF x",
        application_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound
    hub = await queries.desk_hub(actor, application_id)
    item = hub.item(task_id)
    now = item.answer.state if item.answer else Marked.OPEN
    if form.state is now:
        raise Conflict(N_("The task is so already. Nothing was changed."))
    content = item.answer.content if item.answer else {}
    file = item.answer.file if item.answer else None
    await _write(actor, hub, item.task, form.state, content, file, why=form.why)
    return task_id


# -- the company's calendar --------------------------------------------------------------------


@step
async def _date(hub: Hub, task: TaskRow, state: Marked) -> None:
    """The deadline in the company's calendar, as long as there is something to do."""
    key = f"hub:{hub.found.row.id}:{task.id}"
    if state is not Marked.OPEN:
        await calendars.cancel(key)
        return
    call = hub.found.call
    last_minute = clock.local(task.due - rules.SECOND, task.tz)
    await calendars.put(
        key=key,
        kind="deadline",
        summary=gettext(
            N_("{fair}: {task} ({company})"),
            fair=call.fair_name,
            task=task.title,
            company=hub.found.row.company_name,
        ),
        description=task.explanation,
        tz=task.tz,
        start=last_minute.replace(tzinfo=None, second=0, microsecond=0),
        url=f"/my/applications/{hub.found.row.id}/hub",
        fair=call.fair,
        booth=call.booth,
        company=hub.found.row.company,
        visibility="company",
        country=call.fair_country,
    )


@action
async def write_dates(application_id: int) -> None:
    """Bring an exhibitor's deadlines in its calendar up to date; twice is once."""
    found = await row(
        "SELECT x.company, x.state, x.call FROM application x WHERE x.id = $1 FOR UPDATE",
        application_id,
    )
    assert found is not None
    here = Actor(name="Pavilion", system=True, company_id=found["company"])
    if found["state"] in PLACED:
        hub = await queries.hub_of(await calls.own_dossier(_company(here), application_id))
        for item in hub.items:
            state = item.answer.state if item.answer else Marked.OPEN
            await _date(hub, item.task, state)
        return
    for each in await rows("SELECT id FROM hub_task WHERE call = $1", found["call"]):
        await calendars.cancel(f"hub:{application_id}:{each['id']}")


def _company(actor: Actor) -> Actor:
    """The house, reading what a company may read."""
    return msgspec.structs.replace(actor, company_role="member")


async def exhibitors_of(call_id: int) -> list[int]:
    """The applications of a call whose calendars hold its tasks."""
    found = await rows(
        "SELECT x.id FROM application x WHERE x.call = $1 AND x.submitted_at IS NOT NULL"
        " AND EXISTS (SELECT FROM admission ad WHERE ad.application = x.id) ORDER BY x.id",
        call_id,
    )
    return [each["id"] for each in found]


async def has_tasks(call_id: int) -> bool:
    """Whether a call asks its exhibitors for anything."""
    return bool(await value("SELECT 1 FROM hub_task WHERE call = $1 LIMIT 1", call_id))
