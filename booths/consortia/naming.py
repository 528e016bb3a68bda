"""Naming co-exhibitors and represented firms: as a part of the price, or with an invoice."""

from decimal import Decimal
from typing import Any

import asyncpg
import msgspec

from booths.calls import contracts
from booths.calls import queries as calls
from booths.calls.rows import CallRow, Dossier
from booths.calls.rules import HOLDING, CallState
from booths.consortia import co_queries, steps
from booths.consortia.co_forms import FirmForm, RuleForm
from booths.consortia.co_queries import FirmRow, RuleRow
from booths.consortia.rules import KIND_WORDS, Kind, counts_for_aid
from booths.fees.pricing import Extra
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.billing import crediting, invoices
from server.billing.rules import InvoiceLine
from server.database import action, execute, rows, step, value
from server.errors import Conflict, NotFound, Refused
from server.money import to_minor
from server.text import N_, gettext
from server.web.formats import day


@action
async def allow(actor: Actor, form: RuleForm, *, call_id: int) -> int:
    """Say whom exhibitors of a call may bring along. Fees stand still once it is published."""
    require(actor, "co_exhibitor.write")
    await execute(
        "SELECT 1 FROM call WHERE id = $1::bigint AND agency = $2 FOR UPDATE",
        call_id,
        actor.agency_id,
    )
    call = await calls.own_call(actor, call_id)
    before = await co_queries.rule(call_id)
    if before is not None and form.version is not None and form.version != before.version:
        raise Conflict(N_("Somebody changed this meanwhile. What you typed is kept: compare it."))
    columns: dict[str, Any] = {
        "co_exhibitors": form.co_exhibitors,
        "represented": form.represented,
        "most": form.most,
        "co_exhibitor_minor": to_minor(form.co_exhibitor_fee, call.currency),
        "represented_minor": to_minor(form.represented_fee, call.currency),
        "eligible": form.eligible,
        "until_on": form.until_on,
    }
    if call.state is not CallState.DRAFT and before is not None:
        fixed = ("co_exhibitor_minor", "represented_minor", "eligible")
        if any(columns[name] != getattr(before, name) for name in fixed):
            raise Conflict(
                N_("The call is published, so its fees stand. Number, kinds and day may change.")
            )
    await execute(
        "INSERT INTO co_exhibitor_rule (call, co_exhibitors, represented, most, co_exhibitor_minor,"
        " represented_minor, eligible, until_on) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)"
        " ON CONFLICT (call) DO UPDATE SET co_exhibitors = $2, represented = $3, most = $4,"
        " co_exhibitor_minor = $5, represented_minor = $6, eligible = $7, until_on = $8,"
        " version = co_exhibitor_rule.version + 1",
        call_id,
        *columns.values(),
    )
    await record(actor, "co_exhibitor.allow", "call", call_id, after=columns)
    return call_id


@action
async def name(actor: Actor, form: FirmForm, *, application_id: int) -> int:
    """Name a firm; its id. Before sending its fee joins the quote, after admission an invoice of
    its own is issued, without aid. The exhibitor is liable for it in both cases."""
    require(actor, "co_exhibitor.name")
    found = await steps.dossier(actor, application_id)
    rule = await _open(found)
    named = await co_queries.firms_of(application_id)
    if form.kind not in rule.kinds:
        raise Refused(N_("The call does not allow firms of this kind."), field="kind")
    if len(named) >= rule.most:
        raise Refused(
            N_("This call allows {most} for each exhibitor, and you have named them."),
            most=rule.most,
        )
    facts = form.facts()
    company = await value(
        "SELECT id FROM company WHERE vat_id = $1 AND vat_id <> ''", facts["vat_id"]
    )
    if company is not None and company == actor.company_id:
        raise Refused(N_("This is your own company."), field="vat_id")
    later = found.row.state in HOLDING
    fee = rule.fee(form.kind)
    eligible = not later and await _counts(found.call, rule, company, form, fee)
    columns = {
        **facts, "application": application_id, "company": company, "fee_minor": fee,
        "eligible": eligible, "named_at": clock.now(),
    }  # fmt: skip
    places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    try:
        made = int(
            await value(
                f"INSERT INTO co_exhibitor ({', '.join(columns)}) VALUES ({places})"  # noqa: S608
                " RETURNING id",
                *columns.values(),
            )
        )
    except asyncpg.UniqueViolationError:
        raise Refused(N_("You have named this firm already."), field="name") from None
    await record(
        actor, "co_exhibitor.name", "application", application_id,
        after={"kind": form.kind.value, "name": form.name, "fee_minor": fee, "aided": eligible},
        agency_id=found.call.agency,
    )  # fmt: skip
    if later and fee:
        await _bill(found, made, form.kind, form.name, fee)
    elif not later:
        await _into_answers(application_id)
    return made


@action
async def remove(actor: Actor, *, application_id: int, firm_id: int) -> int:
    """Take a firm off again, as long as the application can change."""
    require(actor, "co_exhibitor.name")
    found = await steps.dossier(actor, application_id)
    if not found.editable:
        raise Conflict(N_("This cannot change any more. Write to the agency."))
    gone = await value(
        "UPDATE co_exhibitor SET removed_at = $3 WHERE id = $1::bigint AND application = $2"
        " AND removed_at IS NULL AND invoice IS NULL RETURNING name",
        firm_id,
        application_id,
        clock.now(),
    )
    if gone is None:
        raise NotFound
    await record(
        actor, "co_exhibitor.remove", "application", application_id, before={"name": gone},
        agency_id=found.call.agency,
    )  # fmt: skip
    await _into_answers(application_id)
    return application_id


async def _open(found: Dossier) -> RuleRow:
    rule = await co_queries.rule(found.call.id)
    if rule is None or not rule.kinds:
        raise NotFound
    if not rule.open(found.call.tz):
        raise Conflict(
            N_("Firms could be named until {day}. Ask the agency."), day=day(rule.until_on)
        )
    if not found.editable and found.row.state not in HOLDING:
        raise Conflict(
            N_("Your application is being decided on. You can name firms once you are admitted.")
        )
    return rule


async def _counts(
    call: CallRow, rule: RuleRow, company: int | None, form: FirmForm, fee: int
) -> bool:
    if call.scheme is None or not rule.eligible:
        return False
    sources = [call.scheme, *call.more_schemes]
    left = [await co_queries.headroom(one, company, int(form.received * 100)) for one in sources]
    return counts_for_aid(rule.eligible, left, fee)


def extras(found: list[FirmRow]) -> list[dict[str, Any]]:
    """The fees of firms as the answers of an application keep them."""
    return [
        msgspec.to_builtins(
            Extra(
                key=f"co_exhibitor:{each.id}",
                label=f"{gettext(KIND_WORDS[each.kind][0])}: {each.name}",
                pieces=1,
                unit_minor=each.fee_minor,
                eligible=each.eligible,
            )
        )
        for each in found
        if each.fee_minor and each.invoice is None
    ]


@step
async def _into_answers(application_id: int) -> None:
    await execute(
        "UPDATE application SET draft = draft || jsonb_build_object('extras', $2::jsonb)"
        " WHERE id = $1",
        application_id,
        extras(await co_queries.firms_of(application_id)),
    )


@step
async def _bill(found: Dossier, firm_id: int, kind: Kind, name: str, fee: int) -> None:
    """An invoice for a firm that was named after the admission, due when the stand's is."""
    assert found.admission is not None
    call = found.call
    house = await contracts.for_agency(found.row.id)
    label = f"{gettext(KIND_WORDS[kind][0])}: {name}"
    invoice = await invoices.issue_invoice(
        house,
        agency_id=call.agency,
        company_id=found.row.company,
        lines=[InvoiceLine(label, Decimal(1), "piece", fee, fee)],
        currency=call.currency,
        due_on=clock.local(found.admission.kept_until, call.tz).date(),
        about=f"application:{found.row.id}",
        fair_country=call.fair_country,
        subject=gettext(
            N_("{fair}: stand {stand}, one more firm"),
            fair=call.fair_name, stand=found.row.stand_label,
        ),
        supplied_from=call.starts_on,
        supplied_until=call.ends_on,
    )  # fmt: skip
    await execute("UPDATE co_exhibitor SET invoice = $2 WHERE id = $1", firm_id, invoice)


@step
async def take_back(actor: Actor, found: Dossier) -> None:
    """A contract has ended: the invoices of firms that were named later are cancelled too."""
    billed = await rows(
        "SELECT f.invoice FROM co_exhibitor f JOIN invoice i ON i.id = f.invoice"
        " WHERE f.application = $1 AND i.state <> 'credited' ORDER BY f.id",
        found.row.id,
    )
    for each in billed:
        await crediting.credit(
            actor, invoice_id=each["invoice"], why=gettext(N_("The admission has ended."))
        )


@step
async def bill_again(actor: Actor, application_id: int) -> None:
    """An ended contract lives again, and its firms with it: those that were named later, whose
    invoices were cancelled with it, get an invoice of the new contract."""
    again = await rows(
        "SELECT f.id, f.kind, f.name, f.fee_minor FROM co_exhibitor f"
        " JOIN invoice i ON i.id = f.invoice WHERE f.application = $1 AND f.removed_at IS NULL"
        " AND i.state = 'credited' ORDER BY f.id",
        application_id,
    )
    if not again:
        return
    found = await calls.desk_dossier(actor, application_id)
    for each in again:
        await _bill(found, each["id"], Kind(each["kind"]), each["name"], each["fee_minor"])
    await record(
        actor, "co_exhibitor.bill", "application", application_id,
        after={"firms": [each["name"] for each in again]}, company_id=found.row.company,
    )  # fmt: skip


@step
async def as_sent(actor: Actor, found: Dossier) -> None:
    """A contract is about what was sent last, and so are its firms: one that was named since is off
    the list (it can be named again, with an invoice of its own), one taken off since is on it."""
    if found.admission is not None:
        return
    sent_at = await value(
        "SELECT max(submitted_at) FROM submission WHERE application = $1", found.row.id
    )
    off = await rows(
        "UPDATE co_exhibitor SET removed_at = $3 WHERE application = $1 AND removed_at IS NULL"
        " AND named_at > $2 RETURNING name",
        found.row.id,
        sent_at,
        clock.now(),
    )
    on = await rows(
        "UPDATE co_exhibitor SET removed_at = NULL WHERE application = $1 AND removed_at > $2"
        " AND named_at <= $2 RETURNING name",
        found.row.id,
        sent_at,
    )
    if off or on:
        await record(
            actor, "co_exhibitor.as_sent", "application", found.row.id,
            after={"off": [each["name"] for each in off], "on": [each["name"] for each in on]},
            company_id=found.row.company,
        )  # fmt: skip
