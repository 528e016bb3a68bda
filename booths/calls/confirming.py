"""The stand of a contract is sure: because it is paid, or because its company surely pays."""

from booths.calls import additions, rules
from booths.calls.applying import link, write_to_company
from booths.calls.queries import desk_dossier
from booths.calls.rows import Dossier
from booths.calls.rules import State
from events.calendars import actions as calendars
from server.accounts.permissions import Actor
from server.aid import taking_back
from server.audit import record
from server.database import execute, step
from server.text import N_, gettext
from server.web.formats import day


@step
async def confirm(actor: Actor, application_id: int, invoice_id: int) -> None:
    """Confirm the stand of an application that is held."""
    found = await desk_dossier(actor, application_id)
    rules.move(found.row.state, State.CONFIRMED)
    await execute(
        "UPDATE allocation SET state = 'confirmed' WHERE application = $1 AND state = 'held'",
        application_id,
    )
    await execute("UPDATE application SET state = 'confirmed' WHERE id = $1", application_id)
    await record(
        actor, "application.confirm", "application", application_id,
        before={"state": "admitted"},
        after={"state": "confirmed", "invoice": invoice_id, "paid": bool(found.row.paid)},
        company_id=found.row.company,
    )  # fmt: skip
    await taking_back.account(actor, about=f"application:{application_id}")
    await firm(found)
    await write_to_company(
        found.row.company,
        found.call,
        f"application:{application_id}:confirmed:{invoice_id}",
        "application-confirmed",
        reference=found.row.reference,
        call=found.call.title,
        stand=found.row.stand_label,
        starts=day(found.call.starts_on),
        paid=bool(found.row.paid),
        link=link(f"/my/applications/{application_id}"),
    )
    await additions.moved(additions.Event.CONFIRMED, actor, found)


@step
async def firm(found: Dossier) -> None:
    """The fair with its stand in the calendars, as sure as it is."""
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
