"""What managers write down for the placing, and the proposals they ask for."""

from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import Any

from booths.calls.rows import CallRow
from booths.fees import queries as fees
from booths.plans import queries as plan_queries
from booths.plans.queries import BoothRow, StandRow
from booths.plans.rules import StandKind
from booths.proposals import queries
from booths.proposals.forms import AgainForm, NeedForm, ProposeForm, UtilityForm
from booths.proposals.queries import Candidate, UtilityRow
from booths.proposals.rules import Utility, WishKind
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, step, value
from server.errors import Refused
from server.jobs import enqueue
from server.money import to_decimal
from server.text import N_

SMALL = 6000
"""Pairs of applicant and stand up to which a proposal is worked out while the person waits."""


@action
async def note_need(actor: Actor, form: NeedForm, *, call_id: int, application_id: int) -> int:
    """Write down what an applicant can do with and whom it wishes where."""
    require(actor, "placing.write")
    call, _ = await queries.own_call(actor, call_id)
    known = {each.application for each in await queries.candidates(call)}
    others = {*form.neighbours, *form.apart_from}
    if application_id not in known or application_id in others or not others <= known:
        raise Refused(N_("Choose applicants of this call that are to be placed."))
    await execute(
        "INSERT INTO placing_need (application, minimum_m2, maximum_m2, open_sides, power_kw,"
        " needs) VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT (application) DO UPDATE SET minimum_m2 ="
        " $2, maximum_m2 = $3, open_sides = $4, power_kw = $5, needs = $6",
        application_id, form.minimum_m2, form.maximum_m2, form.open_sides, form.power_kw,
        sorted(form.needs),
    )  # fmt: skip
    await execute("DELETE FROM placing_wish WHERE application = $1", application_id)
    for kind, some in ((WishKind.NEIGHBOUR, form.neighbours), (WishKind.APART, form.apart_from)):
        for other in sorted(set(some)):
            await execute(
                "INSERT INTO placing_wish (application, kind, other) VALUES ($1,$2,$3)",
                application_id, kind.value, other,
            )  # fmt: skip
    await record(
        actor, "placing.need", "application", application_id,
        after={name: getattr(form, name) for name in form.__struct_fields__},
    )  # fmt: skip
    return application_id


@action
async def note_utility(actor: Actor, form: UtilityForm, *, booth_id: int, stand_id: int) -> int:
    """Write down what a stand has."""
    require(actor, "placing.write")
    _, _, before = await queries.own_utility(actor, booth_id, stand_id)
    has = [each in form.has for each in Utility]
    await execute(
        "INSERT INTO stand_utility (stand, power_kw, water, drain, internet)"
        " VALUES ($1,$2,$3,$4,$5) ON CONFLICT (stand) DO UPDATE SET power_kw = $2, water = $3,"
        " drain = $4, internet = $5",
        stand_id, form.power_kw, *has,
    )  # fmt: skip
    await record(
        actor, "stand.utilities", "booth", booth_id,
        before={"stand": stand_id, "power_kw": before.power_kw, "has": before.has},
        after={"stand": stand_id, "power_kw": form.power_kw, "has": form.has},
    )  # fmt: skip
    return stand_id


# -- proposals ------------------------------------------------------------------------------------


@action
async def propose(actor: Actor, form: ProposeForm, *, call_id: int) -> tuple[int, int, bool]:
    """Ask for a proposal; (its number, its id, whether it is small enough to wait for)."""
    require(actor, "placing.write")
    call, booth = await queries.own_call(actor, call_id)
    people = await queries.candidates(call)
    mine = {member for each in people for member in each.members or [each.application]}
    if not people:
        raise Refused(N_("Nobody is to be placed yet: no application has arrived."))
    stands = await queries.open_stands(booth.id, mine)
    content = {
        **await _case(call, booth, people, stands, form),
        "title": call.title,
        "weights": {kind.value: weight for kind, weight in form.weights.items()},
        "apart_m": str(form.apart_m),
    }
    return await _ask(actor, call_id, content, None)


@action
async def propose_again(
    actor: Actor, form: AgainForm, *, call_id: int, number: int
) -> tuple[int, int, bool]:
    """Ask for another proposal that keeps some where they are."""
    require(actor, "placing.write")
    before = await queries.own_proposal(actor, call_id, number)
    if before.answer is None or before.cuts:
        raise Refused(N_("Only a placement on stands can be worked out again."))
    placed = before.answer["placement"]
    if not set(form.pins) <= set(placed):
        raise Refused(N_("Only who has a stand in this proposal can be pinned."), field="pins")
    fixed = before.content.get("fixed", {})
    content = {
        **before.content,
        "pins": {**{key: placed[key] for key in form.pins}, **fixed},
        "previous": placed,
        "again": form.again.value,
    }
    return await _ask(actor, call_id, content, before.id)


@step
async def _ask(
    actor: Actor, call_id: int, content: dict[str, Any], based_on: int | None
) -> tuple[int, int, bool]:
    await execute("SELECT 1 FROM call WHERE id = $1 FOR NO KEY UPDATE", call_id)
    number = 1 + int(
        await value("SELECT coalesce(max(number), 0) FROM proposal WHERE call = $1", call_id)
    )
    made = await value(
        "INSERT INTO proposal (call, number, person_id, made_by, made_at, based_on, content)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7) RETURNING id",
        call_id, number, actor.person_id, actor.name, clock.now(), based_on, content,
    )  # fmt: skip
    await record(actor, "placing.propose", "call", call_id, after={"proposal": number})
    small = len(content["applicants"]) * len(content.get("stands", ())) <= SMALL
    if not small or "block" in content:
        await enqueue("proposals.work_out", proposal_id=made)
    return number, int(made), small and "block" not in content


async def _case(
    call: CallRow,
    booth: BoothRow,
    people: list[Candidate],
    stands: list[StandRow],
    form: ProposeForm,
) -> dict[str, Any]:
    """The case as a file: applicants are named by the number of their application."""
    labels = {each.id: each.label for each in stands}
    found: dict[str, Any] = {"applicants": [_applicant(each, form) for each in people]}
    fixed = {
        str(each.application): labels[each.stand]
        for each in people
        if each.fixed and each.stand in labels
    }
    reserved = {
        str(each.application): labels[each.stand]
        for each in people
        if not each.fixed and each.stand in labels
    }
    if stands:
        has = await queries.utilities(booth.id)
        found["stands"] = [_stand(each, has.get(each.id)) for each in stands]
        found |= {"pins": fixed, "fixed": fixed, "previous": reserved}
        return found
    if await plan_queries.stands(booth.id) or booth.shared:
        raise Refused(
            N_(
                "There is no free stand on the plan. Draw more stands, or clear the plan so that"
                " the block can be cut."
            )
        )
    prices = await fees.prices(call.price_list)

    def amount(minor: int) -> str:
        return str(to_decimal(minor, prices.currency))

    found["block"] = {
        "width_m": str(booth.width_m),
        "depth_m": str(booth.depth_m),
        "net_m2": str(booth.net_m2),
        "open_edges": [each.value for each in booth.open_edges],
        "aisle_m": str(form.aisle_m),
    }
    found["prices"] = {
        "currency": prices.currency,
        "full_per_m2": amount(prices.full_per_m2_minor),
        **{
            kind.value: amount(prices.surcharge(kind))
            for kind in StandKind
            if kind is not StandKind.ROW
        },
    }
    return found


def _applicant(one: Candidate, form: ProposeForm) -> dict[str, Any]:
    cent = Decimal("0.01")
    low = (one.wanted_m2 * (100 - form.smaller_by) / 100).quantize(cent, ROUND_DOWN)
    high = (one.wanted_m2 * (100 + form.larger_by) / 100).quantize(cent, ROUND_UP)
    least = one.minimum_m2 if one.minimum_m2 is not None else max(low, cent)
    most = one.maximum_m2 if one.maximum_m2 is not None else high
    return {
        "key": str(one.application),
        "name": one.company,
        "rank": one.rank,
        "wanted_m2": str(min(max(one.wanted_m2, least), most)),
        "minimum_m2": str(least),
        "maximum_m2": str(most),
        "kind": one.kind.value if one.kind else None,
        "open_sides": one.open_sides,
        "members": len(one.members) or 1,
        "power_kw": str(one.power_kw),
        "needs": [each.value for each in one.needs],
        "neighbours": [str(each) for each in one.neighbours],
        "apart_from": [str(each) for each in one.apart_from],
    }


def _stand(one: StandRow, has: UtilityRow | None) -> dict[str, Any]:
    return {
        "key": one.label,
        "outline": [[str(x), str(y)] for x, y in one.outline],
        "kind": one.kind.value,
        "power_kw": None if has is None or has.power_kw is None else str(has.power_kw),
        "lacks": [] if has is None else [each.value for each in Utility if each not in has.has],
    }


@action
async def keep_answer(proposal_id: int, answer: dict[str, Any] | None, failed: str) -> None:
    """Keep what came out of a proposal, once."""
    await execute(
        "UPDATE proposal SET answer = $2, failed = $3, done_at = $4 WHERE id = $1"
        " AND done_at IS NULL",
        proposal_id,
        answer,
        failed,
        clock.now(),
    )
