"""How a contract goes on: confirmed by payment, lapsed without it, released, revived."""

from typing import Any

from booths.calls import additions, allocating, confirming, paying, rules
from booths.calls.applying import link, write_to_company
from booths.calls.deciding import Joint, contract, decide_one, hold
from booths.calls.forms import AdmitForm, Because, ReviveForm
from booths.calls.queries import desk_dossier
from booths.calls.rows import Dossier
from booths.calls.rules import State
from booths.fees import actions as fees
from booths.partners import actions as partners
from events.calendars import actions as calendars
from server import clock
from server.accounts.permissions import SYSTEM, Actor, require
from server.aid import taking_back
from server.audit import record
from server.billing import approvals, invoices, ladders, payers, payments
from server.billing.rules import InvoiceState
from server.database import action, execute, row, rows, step, value
from server.errors import Conflict, Refused
from server.money import format_money
from server.text import N_, gettext
from server.web.formats import day


async def for_agency(application_id: int) -> Actor:
    """The house, acting for the agency whose call it is."""
    agency = await value(
        "SELECT c.agency FROM application x JOIN call c ON c.id = x.call WHERE x.id = $1",
        application_id,
    )
    return Actor(name=SYSTEM.name, system=True, agency_id=agency)


@action
async def confirm(invoice_id: int) -> bool:
    """An invoice of an admission is paid: with the step that makes it sure, its stand is
    confirmed. Twice is once."""
    found = await row(
        "SELECT ad.application, d.n FROM due_item d JOIN admission ad ON ad.plan = d.plan"
        " JOIN invoice i ON i.id = d.invoice WHERE $1 IN (i.id, i.beside) AND ad.ended_at IS NULL",
        invoice_id,
    )
    if found is None:
        return False
    actor = await for_agency(found["application"])
    dossier = await hold(actor, found["application"])
    assert dossier.admission is not None
    items = await ladders.ladder(dossier.admission.plan)
    if any(each.n == found["n"] and each.state == InvoiceState.PAID for each in items):
        await calendars.cancel(allocating.payment_key(dossier.row.id, found["n"]))
    if items[-1].state == InvoiceState.PAID:  # the final invoice is the one that shows the aid
        await taking_back.account(actor, about=f"application:{dossier.row.id}")
    if dossier.row.state is not State.ADMITTED or not paying.is_sure(items):
        return False
    await confirming.confirm(actor, dossier.row.id, invoice_id)
    return True


@action
async def confirm_public(application_id: int) -> bool:
    """A public body pays late and surely: its stand is confirmed before it has paid."""
    actor = await for_agency(application_id)
    dossier = await hold(actor, application_id)
    public = await payers.term_days(dossier.call.agency, dossier.row.company)
    if dossier.row.state is not State.ADMITTED or dossier.admission is None or public is None:
        return False
    await confirming.confirm(actor, application_id, dossier.admission.invoice)
    return True


async def public_to_confirm() -> list[int]:
    """Admitted applications of companies that are marked as public bodies."""
    found = await rows(
        "SELECT x.id FROM application x JOIN call c ON c.id = x.call JOIN public_payer u"
        " ON u.agency = c.agency AND u.company = x.company AND u.ended_at IS NULL"
        " WHERE x.state = 'admitted' ORDER BY x.id LIMIT 100"
    )
    return [each["id"] for each in found]


async def due_to_lapse() -> list[int]:
    """Applications whose stand was kept long enough."""
    found = await rows(
        "SELECT ad.application FROM admission ad JOIN application x ON x.id = ad.application"  # noqa: S608
        " WHERE ad.ended_at IS NULL AND ad.pay_until <= $1"
        f" AND x.state = 'admitted' AND NOT {paying.TOUCHED} ORDER BY ad.application LIMIT 100",
        clock.now(),
    )
    return [each["application"] for each in found]


@action
async def lapse(application_id: int) -> bool:
    """The time to pay is over: everything the admission held is given back."""
    actor = await for_agency(application_id)
    found = await hold(actor, application_id)
    admission = found.admission
    if found.row.state is not State.ADMITTED or admission is None:
        return False
    for item in await ladders.ladder(admission.plan):
        for paper in item.papers:
            await invoices.lock_invoice(paper)
    touched = await value(
        f"SELECT 1 FROM admission ad WHERE ad.id = $1 AND {paying.TOUCHED}",  # noqa: S608
        admission.id,
    )
    public = await payers.term_days(found.call.agency, found.row.company)
    if touched or public is not None or admission.pay_until > clock.now():
        return False
    await end(actor, found, State.LAPSED, gettext(N_("The payment did not arrive in time.")))
    await _tell(found, "lapsed", f"lapsed:{admission.id}")
    return True


async def release(actor: Actor, form: Because, *, application_id: int) -> approvals.Outcome:
    """The agency ends an admission: all it held is free again, its invoices are credited. Above
    the agency's limit it waits for a second person."""
    payload = {"application": application_id}
    return await approvals.run(actor, act="release", payload=payload, why=form.why)


@step
async def hold_end(actor: Actor, of: approvals.Payload) -> None:
    """An application and its invoices, held still."""
    await hold(actor, of["application"])
    await ladders.hold_papers([of["application"]])


async def weigh_end(actor: Actor, of: approvals.Payload) -> approvals.Weight:
    """What ending the contract of an application takes back."""
    found = await desk_dossier(actor, of["application"])
    if found.admission is None or found.admission.ended_at is not None:
        raise Conflict(N_("This application has no admission that could end."))
    items = [each for each in await ladders.ladder(found.admission.plan) if each.invoice]
    stands = [each for each in items if each.state != InvoiceState.CREDITED]
    total, paid = (
        sum(each.total_minor for each in stands),
        sum(each.paid_minor for each in stands),
    )
    currency = found.row.currency
    return approvals.Weight(
        agency=found.call.agency,
        about=f"application:{found.row.id}",
        amount_minor=total,
        currency=currency,
        seen=f"{found.admission.id} {found.row.state} {paid} {len(stands)}",
        says=gettext(
            N_("{company} gives back stand {stand}: {n} invoices over {total} are cancelled;"
               " {paid} is paid."),
            company=found.row.company_name, stand=found.row.stand_label, n=len(stands),
            total=format_money(total, currency), paid=format_money(paid, currency),
        ),
        link=f"/desk/applications/{found.row.id}",
    )  # fmt: skip


async def _release(actor: Actor, of: approvals.Payload, why: str) -> int:
    found = await hold(actor, of["application"])
    await end(actor, found, State.RELEASED, why)
    await _tell(
        found, "released", f"released:{found.admission.id if found.admission else 0}", why=why
    )
    return found.row.id


approvals.register(
    approvals.Act(
        name="release", verb="application.admit", title=N_("End an admission"), hold=hold_end,
        weigh=weigh_end, do=_release,
    )
)  # fmt: skip


@step
async def end(actor: Actor, found: Dossier, to: State, why: str) -> None:
    """End the admission of an application that is held: all it held is given back."""
    rules.move(found.row.state, to)
    await execute(
        "UPDATE application SET state = $2, why = $3, decided_at = $4 WHERE id = $1",
        found.row.id,
        to.value,
        why,
        clock.now(),
    )
    await record(
        actor, f"application.{to.value}", "application", found.row.id,
        before={"state": found.row.state.value, "stand": found.row.stand_label},
        after={"state": to.value}, why=why, company_id=found.row.company,
    )  # fmt: skip
    await give_back(actor, found, why)
    await additions.moved(additions.Event.ENDED, actor, found)


@step
async def give_back(actor: Actor, found: Dossier, why: str) -> None:
    """Take the contract of an application that is held back, with all that it held."""
    admission = found.admission
    if admission is None or admission.ended_at is not None:
        raise Conflict(N_("This application has no admission that could end."))
    about = f"application:{found.row.id}"
    now = clock.now()
    await execute(
        "UPDATE allocation SET state = 'released', released_at = $2 WHERE application = $1"
        " AND state <> 'released'",
        found.row.id,
        now,
    )
    await execute(
        "UPDATE admission SET ended_at = $2, ended_why = $3 WHERE id = $1", admission.id, now, why
    )
    await allocating.end_calendar(found.row.id, admission.plan)
    await fees.give_back_services(
        found.call.price_list, {int(one): pieces for one, pieces in admission.services.items()}
    )
    await taking_back.reverse(actor, about=about, why=why)
    await ladders.end(actor, admission.plan, why)
    await partners.give_back_area(
        found.call.agency, found.call.booth, admission.area_m2, admission.aid_minor
    )


async def exclude(actor: Actor, form: Because, *, application_id: int) -> approvals.Outcome:
    """Shut an application out of the call, whatever it holds is free again: arrears, false data.
    Above the agency's limit an admission waits for a second person."""
    payload = {"application": application_id}
    return await approvals.run(actor, act="exclusion", payload=payload, why=form.why)


async def _weigh_exclusion(actor: Actor, of: approvals.Payload) -> approvals.Weight:
    found = await desk_dossier(actor, of["application"])
    if found.row.state in rules.HOLDING:
        return await weigh_end(actor, of)
    return approvals.Weight(
        agency=found.call.agency,
        about=f"application:{found.row.id}",
        amount_minor=0,
        currency=found.row.currency,
        seen=found.row.state.value,
        says="",
        link=f"/desk/applications/{found.row.id}",
    )


async def _exclude(actor: Actor, of: approvals.Payload, why: str) -> int:
    application_id = int(of["application"])
    found = await hold(actor, application_id)
    if found.row.state in rules.HOLDING:
        await end(actor, found, State.EXCLUDED, why)
        await _tell(found, "excluded", "excluded", why=why, appeal=found.appeal)
    else:
        await decide_one(actor, application_id, State.EXCLUDED, why)
        await execute(
            "UPDATE allocation SET state = 'released', until = NULL, released_at = $2"
            " WHERE application = $1 AND state <> 'released'",
            application_id,
            clock.now(),
        )
    return application_id


approvals.register(
    approvals.Act(
        name="exclusion", verb="application.exclude", title=N_("Exclude an exhibitor"),
        hold=hold_end, weigh=_weigh_exclusion, do=_exclude,
    )
)  # fmt: skip


# Money on the cancelled invoices of plan $1 that came late, in currency $2, and was not sent back.
_WAITS = f"""
p.invoice IN (SELECT d.invoice FROM {ladders.PAPERS} d WHERE d.plan = $1) AND p.state = 'late'
AND p.currency = $2 AND p.amount_minor > p.matched_minor + p.asked_back_minor
"""  # noqa: S608 - own text


@action
async def revive(actor: Actor, form: ReviveForm, *, application_id: int) -> int:
    """Give a lapsed application a stand again and put the money that came late on its invoice."""
    require(actor, "application.revive")
    found = await hold(actor, application_id)
    if found.row.state not in (State.LAPSED, State.RELEASED) or found.admission is None:
        raise Conflict(N_("Only an admission that has ended can be revived."))
    late = await _late(found.admission.plan, found.call.currency)
    if not late:
        raise Refused(
            N_("No late payment of this company waits. Put it on the waiting list and admit it.")
        )
    made = await contract(actor, found, AdmitForm(stand=form.stand, seen_total=form.seen_total))
    await _put_over(actor, late, made, "Admission revived.")
    return made


@step
async def rewrite(
    actor: Actor, written: list[tuple[Dossier, AdmitForm, Joint | None]], why: str
) -> list[int]:
    """Replace contracts by others: all old ones back, then all new ones; the new admissions' ids.

    The applications are held. What was paid goes onto the new invoices, and the exhibitor stays
    admitted since the day it first was. Areas of common stands are taken from the booth by the
    caller, in one sum.
    """
    for found, *_ in written:
        rules.must_hold(found.row.state)
        await give_back(actor, found, why)
    made = []
    for found, form, joint in written:
        assert found.admission is not None
        made.append(await contract(actor, found, form, joint))
        await execute(
            "UPDATE admission SET admitted_at = $2 WHERE id = $1",
            made[-1],
            found.admission.admitted_at,
        )
        late = await _late(found.admission.plan, found.call.currency)
        await _put_over(actor, late, made[-1], why)
    return made


async def _late(plan_id: int, currency: str) -> list[dict[str, Any]]:
    return await rows(
        "SELECT p.id, EXISTS (SELECT FROM invoice w WHERE w.beside = p.invoice) AS of_payer"  # noqa: S608
        f" FROM payment p WHERE {_WAITS} ORDER BY p.id FOR UPDATE",
        plan_id,
        currency,
    )


@step
async def _put_over(actor: Actor, late: list[dict[str, Any]], admission_id: int, why: str) -> None:
    """What was paid goes onto the new invoices, the first one first; what is more than they ask
    for goes on waiting for a person. A payer's money goes onto the payer's parts first, and the
    exhibitor's onto its own only."""
    plan = await value("SELECT plan FROM admission WHERE id = $1", admission_id)
    for each in late:
        invoice = await value(
            f"SELECT i.id FROM {ladders.PAPERS} d JOIN invoice i ON i.id = d.invoice,"  # noqa: S608
            " LATERAL (SELECT EXISTS (SELECT FROM invoice w WHERE w.beside = i.id) AS part) is_"
            " WHERE d.plan = $1 AND i.total_minor > i.paid_minor AND ($2 OR NOT is_.part)"
            " ORDER BY is_.part DESC, d.n LIMIT 1",
            plan,
            each["of_payer"],
        )
        if invoice is not None:
            await payments.put_on_invoice(actor, payment_id=each["id"], invoice_id=invoice, why=why)


@step
async def _tell(found: Dossier, mail: str, key: str, **context: Any) -> None:
    await write_to_company(
        found.row.company,
        found.call,
        f"application:{found.row.id}:{key}",
        f"application-{mail}",
        reference=found.row.reference,
        call=found.call.title,
        starts=day(found.call.starts_on),
        link=link(f"/my/applications/{found.row.id}"),
        **context,
    )


async def late_money(actor: Actor, application_id: int) -> int:
    """How many late payments wait on the ended admission of an application."""
    found = await desk_dossier(actor, application_id)
    if found.admission is None:
        return 0
    return int(
        await value(
            f"SELECT count(*) FROM payment p WHERE {_WAITS}",  # noqa: S608
            found.admission.plan,
            found.call.currency,
        )
    )
