"""From a proposal to the plan, to reserved stands, to contracts."""

from decimal import ROUND_DOWN, Decimal
from typing import Any

from booths.calls import deciding
from booths.calls.forms import AdmitForm
from booths.calls.rows import CallRow
from booths.calls.rules import State
from booths.offers.actions import keep_stand, let_go
from booths.plans import actions as plans
from booths.plans import queries as plan_queries
from booths.plans.changing import change, new_ids
from booths.plans.history import Pieces, StandDraft, Verb
from booths.plans.outlines import ring
from booths.plans.placing import hold_booth
from booths.plans.queries import StandRow
from booths.proposals import queries
from booths.proposals.forms import DoForm
from booths.proposals.queries import Candidate, ProposalRow
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, rows, step, value
from server.errors import Conflict, Refused
from server.jobs import enqueue
from server.text import N_

PLACEABLE = (State.SUBMITTED, State.ELIGIBLE, State.WAIT_LISTED)


@action
async def draw(actor: Actor, _: DoForm, *, call_id: int, number: int) -> int:
    """Put the proposed stands on an empty plan; how many."""
    require(actor, "booth.change")
    found = await queries.own_proposal(actor, call_id, number)
    call, _booth = await queries.own_call(actor, call_id)
    booth = await hold_booth(actor, call.booth)
    if found.answer is None or not found.cuts:
        raise Conflict(N_("This proposal has no stands to draw."))
    if await plan_queries.stands(booth.id):
        raise Conflict(N_("There are stands on the plan already, so none were drawn."))
    proposed = found.answer["stands"]
    ids = await new_ids("stand", len(proposed))
    drafts: dict[int, StandDraft | None] = {
        id_: StandDraft(label=each["key"], outline=ring(corners(each["outline"])))
        for id_, each in zip(ids, proposed, strict=True)
    }
    await change(actor, booth, Verb.LAYOUT, Pieces(stands=drafts))
    return len(ids)


def corners(outline: list[list[str]]) -> list[tuple[Decimal, Decimal]]:
    """An outline as it is kept in a case, in metres."""
    return [(Decimal(x), Decimal(y)) for x, y in outline]


@step
async def _as_proposed(found: ProposalRow, booth_id: int) -> list[tuple[int, StandRow]]:
    """(application, stand) of everybody who is newly placed, if the plan is as it was then."""
    if found.answer is None:
        raise Conflict(N_("This proposal is not worked out yet."))
    places = found.answer["stands"] if found.cuts else found.content["stands"]
    outlines = {each["key"]: ring(corners(each["outline"])) for each in places}
    stands = {each.label: each for each in await plan_queries.stands(booth_id)}
    fixed = found.content.get("fixed", {})
    wanted = []
    for key, label in found.answer["placement"].items():
        stand = stands.get(label)
        if stand is None or tuple(stand.outline) != outlines[label]:
            raise Conflict(
                N_(
                    "Stand {label} is not on the plan as it was proposed. Nothing was done: draw"
                    " the stands, or work out a new proposal."
                ),
                label=label,
            )
        if key not in fixed:
            wanted.append((int(key), stand))
    return wanted


@action
async def reserve(actor: Actor, _: DoForm, *, call_id: int, number: int) -> int:
    """Reserve every stand of a proposal for its applicant, or none of them; how many."""
    require(actor, "placing.write")
    found = await queries.own_proposal(actor, call_id, number)
    call, _booth = await queries.own_call(actor, call_id)
    wanted = await _as_proposed(found, call.booth)
    before = {each.application: each for each in await queries.candidates(call)}
    everybody = {
        application: (before[application].members if application in before else ())
        or (application,)
        for application, _ in wanted
    }
    dossiers = {
        application: await deciding.hold(actor, application)
        for application in sorted(one for some in everybody.values() for one in some)
    }
    for stand_id in sorted(stand.id for _, stand in wanted):
        await plans.claim_stand(stand_id)
    before = {each.application: each for each in await queries.candidates(call)}  # as it is now
    for dossier in dossiers.values():
        if dossier.row.state not in PLACEABLE:
            raise Conflict(
                N_("{company} is no applicant any more. Nothing was reserved."),
                company=dossier.row.company_name,
            )
    for application, _stand in wanted:
        one = before.get(application)
        if one is not None and one.fixed:
            raise Conflict(
                N_("{company} has stand {label} since. Nothing was reserved."),
                company=one.company,
                label=one.stand_label,
            )
        for each in everybody[application]:
            await let_go(each)
    for one in _left_out(found, before, wanted):
        for each in one.members or [one.application]:
            await let_go(each)
        await record(
            actor, "stand.reserve", "application", one.application,
            before={"stand": one.stand_label}, after={"stand": None, "proposal": number},
        )  # fmt: skip
    for application, stand in wanted:
        one = before.get(application)
        if one is not None and one.consortium is not None:
            made = await _reserve_island(one, stand)
        else:
            made = await keep_stand(dossiers[application], stand.id, stand.area_m2, "desk", None)
        if made is None:
            raise Conflict(
                N_("Stand {label} was taken a moment ago. Nothing was reserved."),
                label=stand.label,
            )
        await record(
            actor, "stand.reserve", "application", application,
            after={"stand": stand.label, "proposal": number},
            company_id=dossiers[application].row.company,
        )  # fmt: skip
    return len(wanted)


def _left_out(
    found: ProposalRow, before: dict[int, Candidate], wanted: list[tuple[int, StandRow]]
) -> list[Candidate]:
    """Whose reserved stand the proposal, which knew of it, gives to somebody of a better rank."""
    given = {stand.id for _, stand in wanted}
    placed = {application for application, _ in wanted}
    knew = found.content.get("previous", {})
    return [
        one
        for one in before.values()
        if one.stand in given
        and one.application not in placed
        and not one.fixed
        and knew.get(str(one.application)) == one.stand_label
    ]


@step
async def _reserve_island(one: Candidate, stand: StandRow) -> int | None:
    """One stand for all members of a consortium, in equal parts until it is admitted."""
    made: int | None = None
    part = (stand.area_m2 / len(one.members)).quantize(Decimal("0.01"), ROUND_DOWN)
    for application in one.members:
        made = await value(
            "INSERT INTO allocation (stand, application, area_m2, state, since, purpose,"
            " consortium) VALUES ($1,$2,$3,'reserved',$4,'desk',$5)"
            " ON CONFLICT DO NOTHING RETURNING id",
            stand.id, application, part, clock.now(), one.consortium,
        )  # fmt: skip
        if made is None:
            return None
    return made


@action
async def admit_all(actor: Actor, _: DoForm, *, call_id: int, number: int) -> int:
    """Ask for the admission of everybody in a proposal, one after the other; how many."""
    require(actor, "application.admit")
    found = await queries.own_proposal(actor, call_id, number)
    call, _booth = await queries.own_call(actor, call_id)
    wanted = await _as_proposed(found, call.booth)
    ranks = {each["key"]: each["rank"] for each in found.content["applicants"]}
    wanted.sort(key=lambda each: ranks[str(each[0])])
    await _uncross(actor, call, wanted)
    for application, stand in wanted:
        await execute(
            "INSERT INTO proposed_admission (proposal, application, stand, person_id, state)"
            " VALUES ($1,$2,$3,$4,'waiting') ON CONFLICT (proposal, application) DO UPDATE SET"
            " state = 'waiting', said = '', person_id = $4"
            " WHERE proposed_admission.state = 'refused'",
            found.id, application, stand.id, actor.person_id,
        )  # fmt: skip
    await record(
        actor, "placing.admit_all", "call", call_id,
        after={"proposal": number, "applicants": len(wanted)},
    )  # fmt: skip
    await enqueue("proposals.admit", proposal_id=found.id)
    return len(wanted)


@step
async def _uncross(actor: Actor, call: CallRow, wanted: list[tuple[int, StandRow]]) -> None:
    """Let the stands that are reserved for these be those of the proposal, all at one moment: one
    by one, each would find its stand reserved for another of them."""
    known = {each.application: each for each in await queries.candidates(call)}
    moved = [
        (known[application], stand)
        for application, stand in wanted
        if application in known
        and known[application].stand_state == "reserved"
        and known[application].stand != stand.id
    ]
    for one, _ in moved:
        for each in one.members or [one.application]:
            await deciding.hold(actor, each)
            await let_go(each)
    for one, stand in moved:
        if one.consortium is not None:
            await _reserve_island(one, stand)
        else:
            held = await deciding.hold(actor, one.application)
            await keep_stand(held, stand.id, stand.area_m2, "desk", None)


async def waiting(proposal_id: int) -> list[dict[str, Any]]:
    """The admissions that are still to be made, with who asked for them."""
    return await rows(
        "SELECT a.id, a.application, a.stand, a.person_id, c.agency, coalesce(p.name, '') AS name,"
        " coalesce(m.role, '') AS role FROM proposed_admission a"
        " JOIN proposal o ON o.id = a.proposal JOIN call c ON c.id = o.call"
        " LEFT JOIN person p ON p.id = a.person_id"
        " LEFT JOIN agency_member m ON m.person = a.person_id AND m.agency = c.agency"
        " WHERE a.proposal = $1 AND a.state = 'waiting' ORDER BY a.id",
        proposal_id,
    )


async def admit_one(asked: dict[str, Any]) -> None:
    """One admission and its note in one transaction; a refusal is noted in its own words."""
    actor = Actor(
        person_id=asked["person_id"],
        name=asked["name"],
        agency_id=asked["agency"],
        agency_role=asked["role"],
    )
    try:
        await _admit(actor, asked)
    except Refused as refused:
        await _note_refusal(asked["id"], " ".join(refused.errors.values()))


@action
async def _admit(actor: Actor, asked: dict[str, Any]) -> None:
    require(actor, "application.admit")
    waits = await value(
        "SELECT 1 FROM proposed_admission WHERE id = $1 AND state = 'waiting' FOR UPDATE",
        asked["id"],
    )
    if waits is None:
        return
    if await value(
        "SELECT 1 FROM consortium_member m JOIN consortium k ON k.id = m.consortium"
        " WHERE m.application = $1 AND m.state = 'joined' AND k.state IN ('sent', 'admitted')",
        asked["application"],
    ):
        raise Conflict(
            N_("A consortium is admitted on its own page, which shows the price of each member.")
        )
    found = await deciding.hold(actor, asked["application"])
    if found.row.state not in PLACEABLE:
        raise Conflict(
            N_("{company} is no applicant any more, or is admitted already."),
            company=found.row.company_name,
        )
    await deciding.contract(actor, found, AdmitForm(stand=asked["stand"]))
    await execute("UPDATE proposed_admission SET state = 'done' WHERE id = $1", asked["id"])


@action
async def _note_refusal(line: int, said: str) -> None:
    await execute(
        "UPDATE proposed_admission SET state = 'refused', said = $2 WHERE id = $1"
        " AND state = 'waiting'",
        line,
        said,
    )
