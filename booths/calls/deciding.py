"""What a manager decides: eligible or not, waiting list, admission. An admission is a contract."""

from dataclasses import replace
from typing import Any

import msgspec

from booths.calls import (
    additions,
    allocating,
    confirming,
    papers,
    paying,
    queries,
    rules,
    supplying,
)
from booths.calls.applying import link, write_to_company
from booths.calls.forms import AdmitForm, DecideForm, NoteForm
from booths.calls.quoting import choice_of, occasion, quoted
from booths.calls.rows import Dossier
from booths.calls.rules import CallState, State
from booths.fees import actions as fees
from booths.fees import queries as fee_queries
from booths.fees.pricing import Choice, Extra, FeeUnit, Share, cannot_order
from booths.fees.rules import Quote
from booths.partners import actions as partners
from booths.plans import actions as plans
from booths.plans.queries import StandRow
from server import clock
from server.accounts.permissions import Actor, require
from server.aid import granting, letters
from server.audit import record
from server.billing.ladders import Supply
from server.billing.sums import InvoiceLine, Subsidy
from server.billing.vat import Supply as VatSupply
from server.billing.vat import VatDecision
from server.database import action, execute, row, rows, step, value
from server.documents import actions as documents
from server.errors import Conflict, NotFound
from server.money import format_money
from server.text import N_, gettext
from server.web.formats import day, days, m2

UNITS = {
    FeeUnit.M2: "m2",
    FeeUnit.PARTICIPATION: "participation",
    FeeUnit.PIECE: "piece",
    FeeUnit.MODULE: "piece",
}


@action
async def decide(actor: Actor, form: DecideForm) -> int:
    """The same decision for each of the applications, or for none of them. Returns how many."""
    require(actor, "application.check")
    to = State(form.to)
    ids = sorted(set(form.applications))
    held = await rows(
        "SELECT x.id, x.state, x.call FROM application x JOIN call c ON c.id = x.call"
        " WHERE x.id = ANY($1::bigint[]) AND c.agency = $2 AND x.state <> 'draft'"
        " ORDER BY x.submitted_at, x.id FOR UPDATE OF x",
        ids,
        actor.agency_id,
    )
    if len(held) != len(ids):
        raise NotFound
    for each in held:
        await decide_one(actor, each["id"], to, form.why)
    return len(held)


@step
async def decide_one(actor: Actor, application_id: int, to: State, why: str) -> None:
    """Move one application that is locked: its letter, its place in the waiting list, the log."""
    found = await queries.desk_dossier(actor, application_id)
    moved = rules.move(found.row.state, to)
    require(actor, moved.verb)
    place = await _place(found.call.id) if to is State.WAIT_LISTED else None
    await execute(
        "UPDATE application SET state = $2, why = $3, wait_position = $4, decided_at = $5"
        " WHERE id = $1",
        application_id,
        to.value,
        why,
        place,
        clock.now(),
    )
    await record(
        actor,
        "application.decide",
        "application",
        application_id,
        before={"state": found.row.state.value},
        after={"state": to.value, "wait_position": place},
        why=why,
    )
    if moved.mail:
        await _tell(found, moved.mail, why=why, place=place, appeal=found.appeal)
    await additions.moved(additions.Event.DECIDED, actor, found)


@step
async def place_anew(actor: Actor, application_id: int, place: int, why: str) -> None:
    """Another place on the waiting list for an application that is locked and stays on it: its
    letter and the log. What it was offered stays offered."""
    found = await queries.desk_dossier(actor, application_id)
    await execute(
        "UPDATE application SET why = $2, wait_position = $3, decided_at = $4 WHERE id = $1",
        application_id,
        why,
        place,
        clock.now(),
    )
    await record(
        actor, "application.decide", "application", application_id,
        before={"state": found.row.state.value},
        after={"state": found.row.state.value, "wait_position": place}, why=why,
    )  # fmt: skip
    await _tell(found, "wait-listed", why=why, place=place, appeal=found.appeal)


async def _place(call_id: int) -> int:
    """The next place on the waiting list; the call's row lets one decision at a time take one."""
    await execute("SELECT 1 FROM call WHERE id = $1 FOR NO KEY UPDATE", call_id)
    return 1 + int(
        await value(
            "SELECT coalesce(max(wait_position), 0) FROM application WHERE call = $1", call_id
        )
    )


@step
async def _tell(found: Dossier, mail: str, **context: Any) -> None:
    await write_to_company(
        found.row.company,
        found.call,
        f"application:{found.row.id}:{mail}:{clock.now():%Y%m%d%H%M%S%f}",
        f"application-{mail}",
        reference=found.row.reference,
        call=found.call.title,
        link=link(f"/my/applications/{found.row.id}"),
        **context,
    )


@action
async def keep_note(actor: Actor, form: NoteForm, *, application_id: int) -> int:
    """A note that only the agency sees."""
    require(actor, "application.check")
    found = await queries.desk_dossier(actor, application_id)
    await execute("UPDATE application SET note = $2 WHERE id = $1", application_id, form.note)
    await record(
        actor, "application.note", "application", application_id,
        before={"note": found.note}, after={"note": form.note},
    )  # fmt: skip
    return application_id


class Joint(msgspec.Struct, frozen=True, kw_only=True):
    """How one contract takes part in a common stand: whose it is, which part, with aid or not, and
    what is charged beside it for the stand as a whole."""

    consortium: int
    share: Share
    aided: bool = True
    extras: tuple[Extra, ...] = ()


async def choice_for(
    found: Dossier, stand: StandRow, share: Share | None = None
) -> tuple[Choice, list[str]]:
    """What the company ordered, on the stand that it gets; and what can be had no more.

    A service that has sold out, or whose deadline has passed, does not stand in an admission's way.
    """
    wished = choice_of(found.draft)
    ordered = dict(wished.services) if wished else {}
    gone = []
    for fee in (await fee_queries.prices(found.call.price_list)).fees:
        if fee.id in ordered and cannot_order(fee, ordered[fee.id], clock.now()) is not None:
            del ordered[fee.id]
            gone.append(fee.name)
    area = share.areas[share.place] if share else stand.area_m2
    sent = found.row.submitted_at
    choice = Choice(
        area, stand.kind, ordered, share, wished.extras if wished else (),
        space=wished.space if wished else "",
        sent_on=sent and clock.local(sent, found.call.tz).date(),
    )  # fmt: skip
    return choice, gone


@action
async def admit(actor: Actor, form: AdmitForm, *, application_id: int) -> int:
    """The binding yes: stand, area, services, budget, headroom, invoice and letters, or nothing."""
    require(actor, "application.admit")
    found = await hold(actor, application_id)
    rules.move(found.row.state, State.ADMITTED)
    if found.row.state in (State.LAPSED, State.RELEASED):
        raise Conflict(N_("This admission has ended. Use “Revive” to give it a stand again."))
    return await contract(actor, found, form)


@step
async def hold(actor: Actor, application_id: int) -> Dossier:
    """The application, locked, if it is to a call of the actor's agency."""
    held = await row(
        "SELECT 1 FROM application x JOIN call c ON c.id = x.call WHERE x.id = $1"
        " AND c.agency = $2 AND x.state <> 'draft' FOR UPDATE OF x",
        application_id,
        actor.agency_id,
    )
    if held is None:
        raise NotFound
    return await queries.desk_dossier(actor, application_id)


@step
async def contract(
    actor: Actor, found: Dossier, form: AdmitForm, joint: Joint | None = None
) -> int:
    """Write the contract of an application that is held; its admission's id.

    With `joint` the stand is shared: the caller writes the contracts of all who share it and then
    takes their areas from the booth in one sum.
    """
    call, application_id = found.call, found.row.id
    if call.state in (CallState.CLOSED_OUT, CallState.CANCELLED):
        raise Conflict(N_("This call is closed out: nobody is admitted to it any more."))
    stand = await plans.claim_stand(form.stand)
    choice, _ = await choice_for(found, stand, joint.share if joint else None)
    if joint is not None:
        choice = replace(choice, extras=(*choice.extras, *joint.extras))
    await allocating.allocate(found, stand, choice.area_m2, joint.consortium if joint else None)
    price = await quoted(
        call, found.row.company, choice, smaller_aid=form.smaller_aid,
        aided=joint is None or joint.aided,
    )  # fmt: skip
    if form.seen_total is not None and form.seen_total != price.total_minor:
        raise Conflict(
            N_(
                "The price of this admission is {total} now, not what the page showed: budget,"
                " headroom or stand have changed. Nothing was done. Look at it again."
            ),
            total=format_money(price.total_minor, price.currency),
        )
    now = clock.now()
    about = f"application:{application_id}"
    await fees.take_services(call.price_list, choice.services)
    quote_id = await fees.keep_quote(application_id, price, choice)
    grants, aid_letters = await _grant(actor, found, price)
    bought = await supplying.of(call.id)
    supply = Supply(
        lines=[
            InvoiceLine(
                gettext(line.label), line.quantity, UNITS[line.unit], line.unit_minor,
                line.amount_minor, bought if not line.supply else VatSupply(line.supply),
            )
            for line in price.lines
        ],
        subsidies=tuple(_subsidies(price)),
        currency=price.currency,
        fair_country=call.fair_country,
        vat=VatDecision(price.vat_rate_bp, price.vat_code, price.vat_reason),
        quoted={
            VatSupply(one): tax.vat for tax in price.taxes for one in tax.supplies if one
        },
        subject=gettext(
            N_("{fair}: stand {stand}, {area}"),
            fair=call.fair_name, stand=stand.label, area=m2(choice.area_m2),
        ),
        supplied_from=call.starts_on,
        supplied_until=call.ends_on,
    )  # fmt: skip
    plan = await paying.plan(actor, call, found.row.company, about, supply)
    paper = await documents.issue(
        kind="admission",
        title=gettext(N_("Admission {reference}"), reference=found.row.reference),
        filename=f"admission-{found.row.reference}",
        template="admission",
        content=await papers.admission(found, stand, choice.area_m2, price, plan.pay_until, now),
        agency=call.agency,
        company=found.row.company,
        about=about,
    )
    made = int(
        await value(
            "INSERT INTO admission (application, area_m2, services, quote, invoice, aid_grant,"
            " letter, aid_letter, admitted_at, pay_until, plan)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11) RETURNING id",
            application_id,
            choice.area_m2,
            {str(one): pieces for one, pieces in choice.services.items()},
            quote_id,
            plan.invoice,
            grants[0] if grants else None,
            paper,
            aid_letters[0] if aid_letters else None,
            now,
            plan.pay_until,
            plan.plan,
        )
    )
    await execute(
        "UPDATE application SET state = 'admitted', why = '', wait_position = NULL,"
        " decided_at = $2, quote = $3 WHERE id = $1",
        application_id,
        now,
        quote_id,
    )
    await record(
        actor,
        "application.admit",
        "application",
        application_id,
        before={"state": found.row.state.value},
        after={
            "state": "admitted", "stand": stand.label, "area_m2": choice.area_m2,
            "aid_minor": price.aid_minor, "total_minor": price.total_minor,
            "invoice": plan.invoice,
        },
        company_id=found.row.company,
    )  # fmt: skip
    await allocating.write_calendar(found, stand, plan.plan)
    await write_to_company(
        found.row.company,
        call,
        f"admission:{made}",
        "application-admitted",
        attachments=[paper, *aid_letters],
        reference=found.row.reference,
        call=call.title,
        stand=stand.label,
        area=m2(choice.area_m2),
        total=format_money(price.total_minor, price.currency),
        aid=format_money(price.aid_minor, price.currency) if price.aid_minor else "",
        due=day(plan.due_on),
        first=format_money(plan.first_minor, price.currency)
        if plan.first_minor != price.total_minor
        else "",
        sure=plan.sure,
        pay_link=link(f"/my/invoices/{plan.invoice}"),
        link=link(f"/my/applications/{application_id}"),
    )
    await additions.moved(additions.Event.ADMITTED, actor, found)
    if joint is None:
        await partners.take_area(call.agency, call.booth, choice.area_m2, price.aid_minor)
    if plan.sure:
        await confirming.confirm(actor, application_id, plan.invoice)
    return made


@step
async def _grant(actor: Actor, found: Dossier, price: Quote) -> tuple[list[int], list[int]]:
    """One grant and one letter for each source that gives something, in order."""
    call, grants, written = found.call, [], []
    what = await occasion(call, found.row.company)
    for one in price.given:
        grants.append(
            await granting.grant(
                actor,
                scheme_id=one.scheme_id,
                company_id=found.row.company,
                amount_minor=one.aid_minor,
                eligible_minor=one.eligible_minor,
                about=f"application:{found.row.id}",
                fair=call.fair_name,
                fair_on=call.starts_on,
                cost_minor=max(price.full_minor, *(each.eligible_minor for each in price.given)),
                charge_minor=one.charge_minor,
                applied_on=what.applied_on,
                ordered_on=what.ordered_on,
                series=what.series,
            )
        )
        written.append(
            await letters.issue_letter(
                actor,
                grant_id=grants[-1],
                fair=f"{call.fair_name}, {call.city}",
                period=days(call.starts_on, call.ends_on),
            )
        )
    return grants, written


def _subsidies(price: Quote) -> list[Subsidy]:
    """The aid of a quote, source by source, as its scheme wants it to stand on the invoice."""
    return [
        Subsidy(
            one.shown,
            gettext(N_("Aid: {scheme}"), scheme=one.scheme_name),
            one.aid_minor,
            one.scheme_id,
        )
        for one in price.given
    ]
