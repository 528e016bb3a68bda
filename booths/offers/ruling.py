"""The setting of a waiting list, and companies that are passed over for a while."""

from booths.calls.deciding import hold
from booths.calls.rows import Dossier
from booths.calls.rules import State
from booths.offers import queries
from booths.offers.actions import go_on, hold_call
from booths.offers.forms import SkipForm, UnskipForm, WaitingForm
from booths.offers.queries import WaitingRow
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, value
from server.errors import Conflict, NotFound, Refused
from server.text import N_


@action
async def set_waiting_rule(actor: Actor, form: WaitingForm, *, call_id: int) -> int:
    """Say how free stands go down the waiting list of a call."""
    require(actor, "offer.write")
    call = await hold_call(actor, call_id)
    before = await queries.waiting_rule(call.id)
    if form.version != before.version:
        raise Conflict(
            N_(
                "Somebody changed this meanwhile. Nothing of theirs was overwritten, and what you"
                " typed is kept: compare and save again."
            )
        )
    await execute(
        "INSERT INTO waiting_rule (call, rule, hours, under_m2, over_m2, kind_must_fit, automatic,"
        " version) VALUES ($1,$2,$3,$4,$5,$6,$7,1) ON CONFLICT (call) DO UPDATE SET rule = $2,"
        " hours = $3, under_m2 = $4, over_m2 = $5, kind_must_fit = $6, automatic = $7,"
        " version = waiting_rule.version + 1",
        call_id,
        form.rule.value,
        form.hours,
        form.under_m2,
        form.over_m2,
        form.kind_must_fit,
        form.automatic,
    )
    after = await queries.waiting_rule(call.id)
    await record(
        actor, "offer.rule", "call", call_id, before=_setting(before), after=_setting(after)
    )
    await go_on(call_id)
    return call_id


def _setting(found: WaitingRow) -> dict[str, object]:
    names = ("rule", "hours", "under_m2", "over_m2", "kind_must_fit", "automatic")
    return {name: getattr(found, name) for name in names}


@action
async def skip(actor: Actor, form: SkipForm, *, call_id: int) -> int:
    """Pass a company over until further notice."""
    require(actor, "offer.write")
    dossier = await _hold_listed(actor, call_id, form.application)
    made = await value(
        "INSERT INTO skip (application, why, person_id, skipped_at) VALUES ($1,$2,$3,$4)"
        " ON CONFLICT (application) WHERE ended_at IS NULL DO NOTHING RETURNING id",
        dossier.row.id,
        form.why,
        actor.person_id,
        clock.now(),
    )
    if made is None:
        raise Conflict(N_("{company} is passed over already."), company=dossier.row.company_name)
    await record(actor, "offer.skip", "application", dossier.row.id, why=form.why)
    await go_on(call_id)
    return dossier.row.id


@action
async def unskip(actor: Actor, form: UnskipForm, *, call_id: int) -> int:
    """Ask a company again when it is its turn."""
    require(actor, "offer.write")
    dossier = await _hold_listed(actor, call_id, form.application)
    ended = await value(
        "UPDATE skip SET ended_at = $2 WHERE application = $1 AND ended_at IS NULL RETURNING id",
        dossier.row.id,
        clock.now(),
    )
    if ended is None:
        raise Conflict(
            N_("{company} is not passed over any more."), company=dossier.row.company_name
        )
    await record(actor, "offer.unskip", "application", dossier.row.id)
    await go_on(call_id)
    return dossier.row.id


async def _hold_listed(actor: Actor, call_id: int, application_id: int) -> Dossier:
    await hold_call(actor, call_id)
    dossier = await hold(actor, application_id)
    if dossier.call.id != call_id:
        raise NotFound
    if dossier.row.state is not State.WAIT_LISTED:
        raise Refused(N_("{company} is not on the waiting list."), company=dossier.row.company_name)
    return dossier
