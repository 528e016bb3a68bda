"""Taking back an application that does not bind yet."""

from booths.calls import additions, applying, rules
from booths.calls.forms import WithdrawForm
from booths.calls.rows import Dossier
from booths.calls.rules import State
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, step
from server.errors import Conflict
from server.text import N_


@action
async def withdraw(actor: Actor, _: WithdrawForm, *, application_id: int) -> int:
    """Take an application back before it binds."""
    await take_back(actor, await applying.held(actor, application_id))
    return application_id


@step
async def take_back(actor: Actor, found: Dossier) -> None:
    """Withdraw the company's application, which is held."""
    require(actor, "application.withdraw")
    application_id = found.row.id
    moved = rules.move(found.row.state, State.WITHDRAWN)
    if found.row.state in rules.HOLDING:
        raise Conflict(
            N_(
                "You are admitted, and your stand is under contract. Look at the terms of the call"
                " first: they say what withdrawing costs now."
            )
        )
    await execute(
        "UPDATE application SET state = 'withdrawn', wait_position = NULL WHERE id = $1",
        application_id,
    )
    await record(
        actor,
        "application.withdraw",
        "application",
        application_id,
        before={"state": found.row.state.value},
        after={"state": "withdrawn"},
        agency_id=found.call.agency,
    )
    if moved.mail:
        await applying.write_to_company(
            found.row.company,
            found.call,
            f"application:{application_id}:withdrawn:{clock.now():%Y%m%d%H%M%S}",
            "application-withdrawn",
            reference=found.row.reference,
            call=found.call.title,
            link=applying.link(f"/my/applications/{application_id}"),
        )
    await additions.moved(additions.Event.WITHDRAWN, actor, found)
