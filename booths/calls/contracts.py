"""How a contract goes on: confirmed by payment, lapsed without it, released, revived."""

from typing import Any

from booths.calls import additions, rules
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
from server.aid import granting
from server.audit import record
from server.billing import invoices, payments
from server.billing.rules import InvoiceState
from server.database import action, execute, row, rows, step, value
from server.errors import Conflict, Refused
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
    """The invoice of an admission is paid: its stand is confirmed. Twice is once."""
    found = await row(
        "SELECT ad.application FROM admission ad WHERE ad.invoice = $1 AND ad.ended_at IS NULL",
        invoice_id,
    )
    if found is None:
        return False
    actor = await for_agency(found["application"])
    dossier = await hold(actor, found["application"])
    paid = dossier.admission is not None and dossier.admission.invoice_state == InvoiceState.PAID
    if dossier.row.state is not State.ADMITTED or not paid:
        return False
    rules.move(dossier.row.state, State.CONFIRMED)
    await execute(
        "UPDATE allocation SET state = 'confirmed' WHERE application = $1 AND state = 'held'",
        dossier.row.id,
    )
    await execute("UPDATE application SET state = 'confirmed' WHERE id = $1", dossier.row.id)
    await record(
        actor, "application.confirm", "application", dossier.row.id,
        before={"state": "admitted"}, after={"state": "confirmed", "invoice": invoice_id},
        company_id=dossier.row.company,
    )  # fmt: skip
    await granting.account(actor, about=f"application:{dossier.row.id}")
    await calendars.cancel(f"application:{dossier.row.id}:payment")
    await firm(dossier)
    await _tell(dossier, "confirmed", f"confirmed:{invoice_id}", stand=dossier.row.stand_label)
    await additions.moved(additions.Event.CONFIRMED, actor, dossier)
    return True


@step
async def firm(found: Dossier) -> None:
    """The fair with its stand, as sure as it is paid."""
    call = found.call
    await calendars.put(
        key=f"application:{found.row.id}:stand",
        kind="fair",
        summary=gettext(
            N_("{fair}: stand {stand} ({company})"),
            fair=call.fair_name,
            stand=found.row.stand_label,
            company=found.row.company_name,
        ),
        tz=call.fair_tz,
        start_on=call.starts_on,
        end_on=call.ends_on,
        location=f"{call.venue}, {call.city}",
        url=f"/applications/{found.row.id}",
        fair=call.fair,
        booth=call.booth,
        agency=call.agency,
        company=found.row.company,
        visibility="company",
        country=call.fair_country,
    )


# Nothing paid, nothing on its way, and no money with us that a person has to look at first.
_UNPAID = """
i.paid_minor = 0
AND NOT EXISTS (SELECT 1 FROM checkout k WHERE k.invoice = i.id AND k.state = 'processing')
AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.invoice = i.id AND p.state = 'flagged')
"""


async def due_to_lapse() -> list[int]:
    """Applications whose stand was kept long enough."""
    found = await rows(
        "SELECT ad.application FROM admission ad JOIN application x ON x.id = ad.application"  # noqa: S608
        " JOIN invoice i ON i.id = ad.invoice WHERE ad.ended_at IS NULL AND ad.pay_until <= $1"
        f" AND x.state = 'admitted' AND {_UNPAID} ORDER BY ad.application LIMIT 100",
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
    await invoices.lock_invoice(admission.invoice)
    unpaid = await value(
        f"SELECT 1 FROM invoice i WHERE i.id = $1 AND {_UNPAID}",  # noqa: S608 - own text
        admission.invoice,
    )
    if not unpaid or admission.pay_until > clock.now():
        return False
    await end(actor, found, State.LAPSED, gettext(N_("The payment did not arrive in time.")))
    await _tell(found, "lapsed", f"lapsed:{admission.id}")
    return True


@action
async def release(actor: Actor, form: Because, *, application_id: int) -> int:
    """The agency ends an admission: all it held is free again, the invoice is credited."""
    require(actor, "application.admit")
    found = await hold(actor, application_id)
    await end(actor, found, State.RELEASED, form.why)
    await _tell(
        found, "released", f"released:{found.admission.id if found.admission else 0}", why=form.why
    )
    return application_id


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
    await calendars.cancel(f"{about}:payment")
    await calendars.cancel(f"{about}:stand")
    await fees.give_back_services(
        found.call.price_list, {int(one): pieces for one, pieces in admission.services.items()}
    )
    await granting.reverse(actor, about=about, why=why)
    state = await value("SELECT state FROM invoice WHERE id = $1 FOR UPDATE", admission.invoice)
    if state != InvoiceState.CREDITED:  # somebody may have cancelled it by hand before
        await invoices.credit(actor, invoice_id=admission.invoice, why=why)
    await partners.give_back_area(
        found.call.agency, found.call.booth, admission.area_m2, admission.aid_minor
    )


@action
async def exclude(actor: Actor, form: Because, *, application_id: int) -> int:
    """Shut an application out of the call, whatever it holds is free again: arrears, false data."""
    require(actor, "application.exclude")
    found = await hold(actor, application_id)
    if found.row.state in rules.HOLDING:
        await end(actor, found, State.EXCLUDED, form.why)
        await _tell(found, "excluded", "excluded", why=form.why, appeal=found.appeal)
    else:
        await decide_one(actor, application_id, State.EXCLUDED, form.why)
        await execute(
            "UPDATE allocation SET state = 'released', until = NULL, released_at = $2"
            " WHERE application = $1 AND state <> 'released'",
            application_id,
            clock.now(),
        )
    return application_id


# Money on the cancelled invoice $1 that came late, in currency $2, and was not sent back.
_WAITS = """
p.invoice = $1 AND p.state = 'late' AND p.currency = $2
AND p.amount_minor > p.matched_minor + p.asked_back_minor
"""


@action
async def revive(actor: Actor, form: ReviveForm, *, application_id: int) -> int:
    """Give a lapsed application a stand again and put the money that came late on its invoice."""
    require(actor, "application.revive")
    found = await hold(actor, application_id)
    if found.row.state not in (State.LAPSED, State.RELEASED) or found.admission is None:
        raise Conflict(N_("Only an admission that has ended can be revived."))
    late = await _late(found.admission.invoice, found.call.currency)
    if not late:
        raise Refused(
            N_("No late payment of this company waits. Put it on the waiting list and admit it.")
        )
    made = await contract(actor, found, AdmitForm(stand=form.stand, seen_total=form.seen_total))
    await _put_over(actor, late, made, "Admission revived.")
    return made


@step
async def correct(
    actor: Actor, held: list[Dossier], stand_id: int, joints: list[Joint], why: str
) -> None:
    """Replace the contracts of all who share a stand: old ones back, new ones written.

    `held` are their applications, locked, `joints` their new parts in the same order. What was
    paid goes onto the new invoices.
    """
    for found in held:
        if found.row.state not in rules.HOLDING:
            raise Conflict(
                N_("“{company}” has no contract that could be corrected."),
                company=found.row.company_name,
            )
        await give_back(actor, found, why)
    for found, joint in zip(held, joints, strict=True):
        assert found.admission is not None
        made = await contract(actor, found, AdmitForm(stand=stand_id), joint)
        await _put_over(actor, await _late(found.admission.invoice, found.call.currency), made, why)


@step
async def rewrite(actor: Actor, written: list[tuple[Dossier, AdmitForm]], why: str) -> list[int]:
    """Replace contracts by others with other stands: all old ones back, then all new ones.

    The applications are held. What was paid goes onto the new invoices; the new admissions' ids.
    """
    for found, _ in written:
        rules.must_hold(found.row.state)
        await give_back(actor, found, why)
    made = []
    for found, form in written:
        assert found.admission is not None
        made.append(await contract(actor, found, form))
        late = await _late(found.admission.invoice, found.call.currency)
        await _put_over(actor, late, made[-1], why)
    return made


async def _late(invoice: int, currency: str) -> list[dict[str, Any]]:
    return await rows(
        f"SELECT p.id FROM payment p WHERE {_WAITS} ORDER BY p.id FOR UPDATE",  # noqa: S608
        invoice,
        currency,
    )


@step
async def _put_over(actor: Actor, late: list[dict[str, Any]], admission_id: int, why: str) -> None:
    invoice = await value("SELECT invoice FROM admission WHERE id = $1", admission_id)
    for each in late:
        # What is more than the new invoice asks for goes on waiting for a person.
        if await value("SELECT total_minor > paid_minor FROM invoice WHERE id = $1", invoice):
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
            found.admission.invoice,
            found.call.currency,
        )
    )
