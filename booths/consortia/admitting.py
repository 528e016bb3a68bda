"""What an agency decides about a consortium: one stand for all, or nothing."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from booths.calls import contracts, deciding
from booths.calls import queries as calls
from booths.calls.forms import AdmitForm
from booths.calls.rows import Dossier
from booths.calls.rules import HOLDING, MOVES, State
from booths.consortia import pricing, queries, rules, steps
from booths.consortia.agreeing import CHANGED
from booths.consortia.forms import AdmitTogetherForm, CorrectForm, LeaveForm
from booths.consortia.queries import PartRow, TermsRow, Together
from booths.consortia.rules import Key, MemberState, Stage
from booths.fees.rules import Quote
from booths.partners import actions as partners
from booths.plans import actions as plans
from booths.plans import queries as stand_queries
from booths.plans.queries import StandRow
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.billing import approvals, ladders
from server.database import action, execute, step
from server.errors import Conflict, NotFound, Refused
from server.money import format_money, split
from server.text import N_, gettext

_MAY_BE_ADMITTED = [
    state
    for state, moves in MOVES.items()
    if any(each.to is State.ADMITTED and each.verb == "application.admit" for each in moves)
]


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """One member on the stand that is looked at: its part, its price, what is in its way."""

    part: PartRow
    found: Dossier
    area_m2: Decimal
    quote: Quote
    before: int | None
    fault: str
    aid_lost: bool


async def seats(
    actor: Actor, together: Together, terms: TermsRow, stand: StandRow, without_aid: Sequence[int]
) -> list[Seat]:
    """Every member with its own price on `stand`: its own aid, its own VAT, its own services."""
    made = []
    for place, part in enumerate(terms.parts):
        if part.application is None:
            continue
        found = await _read(actor, part)
        aided = part.member not in without_aid
        quote = await pricing.price(found, terms, place, stand, aided=aided)
        lost = aided and not quote.aid_minor and bool(found.row.aid_minor)
        made.append(
            Seat(
                part=part,
                found=found,
                area_m2=rules.share_on(stand.area_m2, terms.areas, place).areas[place],
                quote=quote,
                before=found.row.total_minor,
                fault=_fault(part, lost),
                aid_lost=lost,
            )
        )
    return made


async def _read(actor: Actor, part: PartRow) -> Dossier:
    assert part.application is not None
    return await calls.desk_dossier(actor, part.application)


def _fault(part: PartRow, lost: bool) -> str:
    if part.state is not MemberState.JOINED:
        return gettext(
            N_("{company} has left, and not everybody has agreed on new terms yet."),
            company=part.company_name,
        )
    if part.application_state not in (*_MAY_BE_ADMITTED, *HOLDING):
        return gettext(
            N_("{company} is “{state}”: decide on its application first, or leave it out."),
            company=part.company_name,
            state=str(part.application_state).replace("_", " "),
        )
    if lost:
        return gettext(
            N_("{company}: its aid does not fit any more. Admit it without aid, or leave it out."),
            company=part.company_name,
        )
    return ""


@action
async def admit(actor: Actor, form: AdmitTogetherForm, *, consortium_id: int) -> int:
    """Admit all members onto one stand, each with its own contract, or nobody.

    One transaction: a contract with invoice, grant and letters per member, the stand held by the
    consortium, its area taken from the booth in one sum. Returns how many were admitted.
    """
    require(actor, "consortium.admit")
    together = await _held(actor, consortium_id)
    if rules.move(together.row.state, Stage.ADMITTED) is together.row.state:
        raise Conflict(N_("This consortium is admitted already."))
    terms = together.in_force
    assert terms is not None
    for part in sorted(terms.parts, key=lambda each: each.application or 0):
        if part.application is not None:
            await deciding.hold(actor, part.application)
    stand = await plans.claim_stand(form.stand)
    found = await seats(actor, together, terms, stand, form.without_aid)
    faults = [seat.fault for seat in found if seat.fault]
    if faults:
        raise Refused(N_("Nobody was admitted. {faults}"), faults=" ".join(faults))
    total = sum(seat.quote.total_minor for seat in found)
    if total != form.seen_total:
        raise Conflict(
            N_(
                "Together they pay {total} now, not what the page showed. Nothing was done:"
                " look at it again."
            ),
            total=format_money(total, found[0].quote.currency),
        )
    for place, seat in enumerate(found):
        joint = await pricing.joint(
            consortium_id, seat.found, terms, place, stand,
            aided=seat.part.member not in form.without_aid,
        )  # fmt: skip
        try:
            await deciding.contract(
                actor,
                seat.found,
                AdmitForm(stand=stand.id, seen_total=seat.quote.total_minor),
                joint,
            )
        except Refused as refused:
            raise Conflict(
                N_("Nobody was admitted. {company}: {why}"),
                company=seat.part.company_name,
                why=str(refused),
            ) from refused
    await execute("UPDATE consortium SET state = 'admitted' WHERE id = $1", consortium_id)
    await record(
        actor, "consortium.admit", "consortium", consortium_id,
        before={"state": together.row.state.value},
        after={"state": "admitted", "stand": stand.label, "total_minor": total,
               "without_aid": form.without_aid},
    )  # fmt: skip
    await _take_area(found)
    return len(found)


async def _take_area(found: Sequence[Seat]) -> None:
    call = found[0].found.call
    area = sum((seat.area_m2 for seat in found), Decimal(0))
    aid = sum(seat.quote.aid_minor for seat in found)
    await partners.take_area(call.agency, call.booth, area, aid)


@action
async def correct(actor: Actor, form: CorrectForm, *, consortium_id: int) -> int:
    """Carry out new terms that every member has agreed to: old contracts back, new ones written.

    Credit note, new invoice, aid taken back and granted anew for each, with what was paid put
    over; one transaction. Returns how many contracts were corrected.
    """
    require(actor, "consortium.admit")
    together = await _held(actor, consortium_id)
    terms = together.terms
    if terms.version != form.version:
        raise Conflict(CHANGED)
    rules.move(together.row.state, Stage.ADMITTED)
    if together.row.state is not Stage.ADMITTED or not together.row.changing:
        raise Conflict(N_("There are no new terms to carry out."))
    if not terms.agreed or not together.covers:
        raise Refused(N_("Not every member has agreed yet: what was agreed before stays."))
    if together.row.stand is None:
        raise Conflict(N_("No member has a contract any more."))
    for part in sorted(terms.parts, key=lambda each: each.application or 0):
        if part.application is not None:
            await deciding.hold(actor, part.application)
    stand = await stand_queries.stand(together.row.stand)
    found = await seats(actor, together, terms, stand, ())
    for seat in found:
        if seat.quote.total_minor != seat.part.seen_minor:
            raise Conflict(
                N_("{company} agreed to another price than it would have now. Ask it again."),
                company=seat.part.company_name,
            )
    await contracts.rewrite(
        actor,
        [
            (
                seat.found,
                AdmitForm(stand=stand.id),
                await pricing.joint(
                    consortium_id,
                    seat.found,
                    terms,
                    place,
                    stand,
                    aided=bool(seat.quote.aid_minor),
                ),
            )
            for place, seat in enumerate(found)
        ],
        terms.why or gettext(N_("New terms of the consortium.")),
    )
    await execute("UPDATE consortium SET in_force = $2 WHERE id = $1", consortium_id, terms.id)
    await record(
        actor, "consortium.correct", "consortium", consortium_id, why=terms.why,
        after={"version": terms.version, "contracts": len(found)},
    )  # fmt: skip
    await _take_area(found)
    return len(found)


@action
async def keep_gap(actor: Actor, form: CorrectForm, *, consortium_id: int) -> int:
    """Ask those who stay to keep the whole stand and their own parts of it, and to pay for the
    empty place between them; the new version. Nothing changes before all have agreed and the
    contracts are corrected.
    """
    require(actor, "consortium.admit")
    together = await _held(actor, consortium_id)
    before, terms = together.in_force, together.terms
    if terms.version != form.version:
        raise Conflict(CHANGED)
    if together.row.state is not Stage.ADMITTED or before is None or not together.gone:
        raise Conflict(N_("Nobody has left a place on this stand empty."))
    stay = {each.id for each in together.live}
    kept = [part for part in before.parts if part.member in stay]
    if {part.member for part in kept} != stay:
        raise Conflict(N_("A member has no part yet: let the lead write new terms."))
    weights = [part.share_bp or 0 for part in kept]
    shares = split(rules.WHOLE_BP, weights) if terms.key is Key.SHARES else [None] * len(kept)
    await steps.write_terms(
        actor,
        consortium_id,
        key=before.key,
        stand_kind=before.stand_kind,
        island_m2=before.island_m2,
        gap_m2=before.island_m2 - sum((part.area_m2 for part in kept), Decimal(0)),
        parts=[
            (part.member, part.area_m2, share) for part, share in zip(kept, shares, strict=True)
        ],
        answer_by=clock.now() + timedelta(days=rules.REPLY_DAYS),
        why=gettext(
            N_("{names} left. The place stays empty; you share its cost."),
            names=", ".join(part.company_name for part in together.gone),
        ),
    )
    return terms.version + 1


@action
async def leave_out(actor: Actor, form: LeaveForm, *, consortium_id: int, member_id: int) -> int:
    """Go on without a member that has no contract: the others are asked to agree."""
    require(actor, "consortium.admit")
    together = await _held(actor, consortium_id)
    gone = next((each for each in together.live if each.id == member_id), None)
    if gone is None:
        raise NotFound
    if gone.application_state in HOLDING:
        raise Conflict(N_("This member has a contract. End it on the page of its application."))
    await steps.depart(actor, consortium_id, member_id, form.why)
    return consortium_id


async def release(actor: Actor, form: LeaveForm, *, consortium_id: int) -> approvals.Outcome:
    """Dissolve a consortium and end every contract it holds, in one act. Above the agency's limit
    it waits for a second person."""
    payload = {"consortium": consortium_id}
    return await approvals.run(actor, act="consortium", payload=payload, why=form.why)


async def _weigh(actor: Actor, of: approvals.Payload) -> approvals.Weight:
    together = await queries.desk_consortium(actor, of["consortium"])
    ends = [
        await contracts.weigh_end(actor, {"application": each.application})
        for each in together.live
        if each.application is not None and each.application_state in HOLDING
    ]
    call = await calls.own_call(actor, together.row.call)
    return approvals.Weight(
        agency=call.agency,
        about=f"consortium:{of['consortium']}",
        amount_minor=sum(each.amount_minor for each in ends),
        currency=call.currency,
        seen="; ".join(each.seen for each in ends),
        says=" ".join(each.says for each in ends),
        link=f"/desk/consortia/{of['consortium']}",
    )


@step
async def _hold(actor: Actor, of: approvals.Payload) -> None:
    for found in await _ending(actor, await _held(actor, of["consortium"])):
        await ladders.hold_papers([found.row.id])


@step
async def _ending(actor: Actor, together: Together) -> list[Dossier]:
    """The contracts of a consortium, locked."""
    return [
        await deciding.hold(actor, each.application)
        for each in together.live
        if each.application is not None and each.application_state in HOLDING
    ]


async def _release(actor: Actor, of: approvals.Payload, why: str) -> int:
    together = await _held(actor, of["consortium"])
    ending = await _ending(actor, together)
    await steps.dissolve(actor, together, why)
    for found in ending:
        await contracts.end(actor, found, State.RELEASED, why)
    return int(of["consortium"])


approvals.register(
    approvals.Act(
        name="consortium", verb="consortium.admit", title=N_("Dissolve a consortium"),
        hold=_hold, weigh=_weigh, do=_release,
    )
)  # fmt: skip


@step
async def _held(actor: Actor, consortium_id: int) -> Together:
    await queries.desk_consortium(actor, consortium_id)
    await steps.lock(consortium_id)
    return await queries.desk_consortium(actor, consortium_id)


def shown(found: Sequence[Seat]) -> dict[str, Any]:
    """The sums of a preview, in minor units."""
    return {
        "total": sum(seat.quote.total_minor for seat in found),
        "aid": sum(seat.quote.aid_minor for seat in found),
        "faults": [seat.fault for seat in found if seat.fault],
    }
