"""How a waiting list is run: its setting, free stands put up, offers made, companies skipped."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from booths.calls import additions
from booths.calls import queries as calls
from booths.calls.allocating import free_expired
from booths.calls.applying import link, write_to_company
from booths.calls.contracts import for_agency
from booths.calls.deciding import choice_for, hold
from booths.calls.quoting import quoted
from booths.calls.rows import CallRow, Dossier
from booths.calls.rules import State
from booths.offers import queries, rules
from booths.offers.allotting import within_allotment
from booths.offers.forms import (
    GapForm,
    HandOfferForm,
    WhyForm,
)
from booths.offers.queries import GapRow, OfferRow, WaitingRow
from booths.offers.rules import OfferState, Reason
from booths.plans import actions as plans
from booths.plans.rules import KIND_NAMES
from server import clock, jobs
from server.accounts.permissions import Actor, require
from server.aid import granting
from server.audit import record
from server.database import action, execute, row, step, value
from server.errors import Conflict, NotFound
from server.locking import lock
from server.money import format_money
from server.text import N_, gettext
from server.web.formats import m2, moment

_TAKEN = N_("Stand {label} is not free any more. Nobody was asked.")


@step
async def hold_call(actor: Actor, call_id: int) -> CallRow:
    """A call of the actor's agency; what is done with its waiting list is done one by one."""
    await lock("offers.call", call_id)
    return await calls.own_call(actor, call_id)


@step
async def go_on(call_id: int) -> None:
    """Look for whom to ask about the free stands of a call, after the commit."""
    await jobs.enqueue("offers.fill", call_id=call_id)


# -- gaps -----------------------------------------------------------------------------------------


@step
async def open_gap(actor: Actor, call: CallRow, stand_id: int, reason: Reason) -> int | None:
    """Note that a stand is free again; its gap, or None where one is open already."""
    made: int | None = await value(
        "INSERT INTO gap (call, stand, reason, opened_at) VALUES ($1,$2,$3,$4)"
        " ON CONFLICT (stand) WHERE closed_at IS NULL DO NOTHING RETURNING id",
        call.id,
        stand_id,
        reason.value,
        clock.now(),
    )
    if made is not None:
        await record(
            actor, "offer.gap", "call", call.id, after={"stand": stand_id, "reason": reason.value},
            agency_id=call.agency,
        )  # fmt: skip
    await go_on(call.id)
    return made


@action
async def put_up(actor: Actor, form: GapForm, *, call_id: int) -> int:
    """Offer a free stand to the waiting list by hand; the id of its gap."""
    require(actor, "offer.write")
    call = await hold_call(actor, call_id)
    _must_be_in_time(call)
    stand = await plans.claim_stand(form.stand)
    if stand.booth != call.booth:
        raise NotFound
    if await _holder(stand.id):
        raise Conflict(_TAKEN, field="stand", label=stand.label)
    made = await open_gap(actor, call, stand.id, Reason.BY_HAND)
    if made is None:
        raise Conflict(
            N_("Stand {label} goes down the waiting list already."),
            field="stand",
            label=stand.label,
        )
    return made


@action
async def close_gap(actor: Actor, form: WhyForm, *, call_id: int, gap_id: int) -> int:
    """Keep a free stand back: nobody further is asked about it."""
    require(actor, "offer.write")
    await hold_call(actor, call_id)
    found = await _hold_gap(gap_id)
    if found is None or found.call != call_id:
        raise NotFound
    if found.closed_at is not None:
        raise Conflict(N_("This is over already: nobody is asked about stand {label} any more."),
                       label=found.label)  # fmt: skip
    if await value("SELECT 1 FROM offer WHERE gap = $1 AND state = 'open'", gap_id):
        raise Conflict(
            N_("A company is being asked about stand {label}. Take that offer back first."),
            label=found.label,
        )
    await execute("UPDATE gap SET closed_at = $2, why = $3 WHERE id = $1", gap_id, clock.now(),
                  form.why)  # fmt: skip
    await record(actor, "offer.close", "call", call_id, after={"stand": found.stand}, why=form.why)
    return gap_id


async def _hold_gap(gap_id: int) -> GapRow | None:
    held = await row("SELECT id FROM gap WHERE id = $1 FOR UPDATE", gap_id)
    return await queries.gap(gap_id) if held else None


async def _holder(stand_id: int) -> str | None:
    await free_expired(stand_id)
    found: str | None = await value(
        "SELECT co.name FROM allocation al JOIN application x ON x.id = al.application"
        " JOIN company co ON co.id = x.company WHERE al.stand = $1 AND al.state <> 'released'"
        " LIMIT 1",
        stand_id,
    )
    return found


# -- offers ---------------------------------------------------------------------------------------


@action
async def ask_next(gap_id: int) -> bool:
    """Offer the stand of a gap to whoever the call's rule names; whether somebody was asked.

    Safe to run as often as you like: a stand is offered to one company at a time.
    """
    call_id = await value("SELECT call FROM gap WHERE id = $1", gap_id)
    if call_id is None:
        return False
    await lock("offers.call", call_id)
    found = await _hold_gap(gap_id)
    if found is None or found.closed_at is not None or found.blocked:
        return False
    if await value("SELECT 1 FROM offer WHERE gap = $1 AND state = 'open'", gap_id):
        return False
    setting = await queries.waiting_rule(call_id)
    agency = await value("SELECT agency FROM call WHERE id = $1", call_id)
    actor = Actor(name="Pavilion", system=True, agency_id=agency)
    call = await calls.own_call(actor, call_id)
    if not setting.automatic or not rules.may_offer(
        call.state, queries.fair_starts(call), clock.now()
    ):
        return False
    then = await queries.next_of(found, setting)
    if then.application is None or await _holder(found.stand):
        return False
    dossier = await hold(actor, then.application)
    if dossier.row.state is not State.WAIT_LISTED:
        return False
    await _offer(actor, dossier, found, setting, by_hand=False)
    return True


@action
async def offer_by_hand(actor: Actor, form: HandOfferForm, *, call_id: int) -> int:
    """Ask a certain company of the waiting list about a free stand; the id of the offer."""
    require(actor, "offer.write")
    call = await hold_call(actor, call_id)
    _must_be_in_time(call)
    found = await _hold_gap(form.gap)
    if found is None or found.call != call_id:
        raise NotFound
    if found.closed_at is not None:
        raise Conflict(N_("This is over already: nobody is asked about stand {label} any more."),
                       label=found.label)  # fmt: skip
    dossier = await hold(actor, form.application)
    if dossier.call.id != call_id or dossier.row.state is not State.WAIT_LISTED:
        raise Conflict(
            N_("{company} is not on the waiting list any more. Nobody was asked."),
            company=dossier.row.company_name,
        )
    await alone(dossier)
    if await _holder(found.stand):
        raise Conflict(_TAKEN, label=found.label)
    return await _offer(actor, dossier, found, await queries.waiting_rule(call_id), by_hand=True)


async def alone(found: Dossier) -> None:
    """Conflict if a company gets a stand only together with others."""
    name = (await additions.together(found.call.id)).get(found.row.id)
    if name is not None:
        raise Conflict(
            N_(
                "{company} applies with the consortium “{consortium}”, which gets one stand for"
                " all. Nothing was done."
            ),
            company=found.row.company_name,
            consortium=name,
        )


def _must_be_in_time(call: CallRow) -> None:
    if not rules.may_offer(call.state, queries.fair_starts(call), clock.now()):
        raise Conflict(
            N_("Offers go out from the publication of a call until its fair begins. Nobody was"
               " asked.")
        )  # fmt: skip


@step
async def _offer(
    actor: Actor, found: Dossier, gap: GapRow, setting: WaitingRow, *, by_hand: bool
) -> int:
    """Keep the stand for an application that is held, and write to its company."""
    call, now = found.call, clock.now()
    until = rules.answer_by(now, setting.hours, queries.fair_starts(call))
    stand = await plans.claim_stand(gap.stand)
    allocation = await keep_stand(found, stand.id, stand.area_m2, "offer", until)
    if allocation is None:
        raise Conflict(
            N_("{company} has a stand or an offer already. Nobody was asked."),
            company=found.row.company_name,
        )
    made = int(
        await value(
            "INSERT INTO offer (gap, application, allocation, state, made_at, until, by_hand)"
            " VALUES ($1,$2,$3,'open',$4,$5,$6) RETURNING id",
            gap.id,
            found.row.id,
            allocation,
            now,
            until,
            by_hand,
        )
    )
    choice, _ = await choice_for(found, stand)
    price = await quoted(call, found.row.company, choice)
    for one in price.given:
        await granting.hold_if_possible(
            actor, scheme_id=one.scheme_id, company_id=found.row.company,
            amount_minor=one.aid_minor, about=f"application:{found.row.id}",
        )  # fmt: skip
    await record(
        actor, "offer.make", "application", found.row.id,
        after={"stand": stand.label, "until": until, "by_hand": by_hand},
        company_id=found.row.company,
    )  # fmt: skip
    await tell(
        found, "offer", f"offer:{made}",
        stand=stand.label,
        area=m2(stand.area_m2),
        kind=gettext(KIND_NAMES[stand.kind]),
        until=moment(until, call.tz),
        aid=format_money(price.aid_minor, price.currency) if price.aid_minor else "",
        total=format_money(price.total_minor, price.currency),
        answer=link(f"/my/applications/{found.row.id}/offer"),
    )  # fmt: skip
    return made


@step
async def keep_stand(
    found: Dossier, stand_id: int, area_m2: Decimal, purpose: str, until: datetime | None
) -> int | None:
    """Keep a claimed stand for an application; None where either has a partner already."""
    await free_expired(stand_id)
    await within_allotment(found, area_m2)
    made: int | None = await value(
        "INSERT INTO allocation (stand, application, area_m2, state, since, purpose, until)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT DO NOTHING RETURNING id",
        stand_id,
        found.row.id,
        area_m2,
        "reserved" if until is None else "kept",
        clock.now(),
        purpose,
        until,
    )
    return made


@step
async def let_go(application_id: int) -> None:
    """Free what is kept or reserved for an application."""
    await execute(
        "UPDATE allocation SET state = 'released', released_at = $2 WHERE application = $1"
        " AND state IN ('kept', 'reserved')",
        application_id,
        clock.now(),
    )


@step
async def tell(found: Dossier, mail: str, key: str, **context: Any) -> None:
    """A mail about a stand to everybody of the company."""
    await write_to_company(
        found.row.company,
        found.call,
        f"application:{found.row.id}:{key}",
        mail,
        reference=found.row.reference,
        call=found.call.title,
        link=link(f"/my/applications/{found.row.id}"),
        **context,
    )


@step
async def finish(found: OfferRow, state: OfferState, why: str = "") -> None:
    """Note the answer to an offer that is held."""
    await granting.release(about=f"application:{found.application}")
    await execute(
        "UPDATE offer SET state = $2, answered_at = $3, why = $4 WHERE id = $1 AND state = 'open'",
        found.id,
        state.value,
        clock.now(),
        why,
    )


@action
async def expire(offer_id: int) -> bool:
    """The time to answer is over: the stand goes to the next. Twice is once."""
    application_id = await value("SELECT application FROM offer WHERE id = $1", offer_id)
    actor = await for_agency(application_id)
    dossier = await hold(actor, application_id)
    found = await queries.last_offer(application_id)
    if (
        found is None
        or found.id != offer_id
        or found.state is not OfferState.OPEN
        or found.until > clock.now()
    ):
        return False
    await finish(found, OfferState.EXPIRED)
    await let_go(application_id)
    await record(
        actor, "offer.expire", "application", application_id,
        before={"stand": found.stand_label, "until": found.until},
        company_id=dossier.row.company,
    )  # fmt: skip
    await tell(dossier, "offer-expired", f"offer:{offer_id}:expired", stand=found.stand_label)
    await go_on(found.call)
    return True


@action
async def take_back(actor: Actor, form: WhyForm, *, offer_id: int) -> int:
    """The agency takes an offer back, with a reason that the company reads."""
    require(actor, "offer.write")
    application_id = await value("SELECT application FROM offer WHERE id = $1", offer_id)
    if application_id is None:
        raise NotFound
    dossier = await hold(actor, application_id)
    found = await queries.last_offer(application_id)
    if found is None or found.id != offer_id or found.state is not OfferState.OPEN:
        raise Conflict(N_("This offer was answered meanwhile. Nothing was changed."))
    await called_off(actor, dossier, found, form.why)
    return found.call


@step
async def called_off(actor: Actor, dossier: Dossier, found: OfferRow, why: str) -> None:
    """Take back the open offer of an application that is held, and go on to the next."""
    await finish(found, OfferState.TAKEN_BACK, why)
    await let_go(dossier.row.id)
    await record(
        actor, "offer.take_back", "application", dossier.row.id,
        before={"stand": found.stand_label}, why=why, company_id=dossier.row.company,
        agency_id=dossier.call.agency,
    )  # fmt: skip
    await tell(
        dossier, "offer-taken-back", f"offer:{found.id}:taken-back",
        stand=found.stand_label, why=why,
    )  # fmt: skip
    await go_on(found.call)
