"""The desk's pages for placing: applicants and their wishes, proposals, what stands have."""

import json
from typing import Any

from litestar import Request, Response

from booths.plans import occupancy
from booths.plans import queries as plans
from booths.plans.drawing import Occupant
from booths.plans.looks import StandState
from booths.plans.outlines import bounds
from booths.plans.queries import BoothRow, StandRow
from booths.plans.rules import KIND_NAMES, StandKind, Suggested
from booths.proposals import actions, carrying, jobs, queries
from booths.proposals.forms import AgainForm, DoForm, NeedForm, ProposeForm, UtilityForm
from booths.proposals.queries import ProposalRow
from booths.proposals.rules import Again, Utility
from server.accounts.permissions import Actor
from server.database import page_id
from server.text import N_, gettext
from server.web import get, needs, page, post, submit
from server.web.forms import Form, fields

Asked = Request[Any, Any, Any]
Answer = Response[Any]
BASE = "/desk/calls/{call_id:int}/placing"
ONE = BASE + "/{number:int}"
UTILITY_NAMES = {
    Utility.WATER: N_("Water"),
    Utility.DRAIN: N_("Drain"),
    Utility.INTERNET: N_("Internet"),
}
AGAIN_NAMES = {
    Again.FEW_MOVES: N_("As few moves as possible"),
    Again.WISHES: N_("As many wishes as possible"),
}


def _words(form: type[Form]) -> dict[str, dict[str, str]]:
    """Labels and hints of a form's fields, for the macros."""
    return {
        each.name: {
            "label": gettext(each.label),
            "hint": gettext(each.hint) if each.hint else "",
        }
        for each in fields(form)
    }


def _utilities() -> list[tuple[str, str]]:
    return [(each.value, gettext(name)) for each, name in UTILITY_NAMES.items()]


def _kinds() -> dict[str, str]:
    return {kind.value: gettext(name) for kind, name in KIND_NAMES.items()}


@get(BASE, needs("placing.read"))
async def show_placing(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Who is to be placed, the stands there are, and the proposals made so far."""
    call, booth = await queries.own_call(actor, call_id)
    people = await queries.candidates(call)
    return page(
        request,
        "proposals/placing.html",
        call=call,
        booth=booth,
        people=people,
        names={each.application: each.company for each in people},
        stands=await queries.open_stands(
            booth.id, [one for each in people for one in each.members or [each.application]]
        ),
        drawn=bool(await plans.stands(booth.id)),
        found=await queries.proposals(call_id),
        form=_words(ProposeForm),
        usual=ProposeForm(),
        kinds=_kinds(),
    )


@post(BASE, needs("placing.write"))
async def propose(request: Asked, actor: Actor, call_id: int) -> Answer:
    """Work out a proposal: a small one at once, a large one in the background."""

    async def act(form: ProposeForm) -> int:
        return await _soon(await actions.propose(actor, form, call_id=call_id))

    return await submit(
        request,
        ProposeForm,
        act=act,
        to=lambda number: f"/desk/calls/{call_id}/placing/{number}",
        again=lambda: show_placing.fn(request, actor, call_id),
    )


async def _soon(made: tuple[int, int, bool]) -> int:
    number, proposal_id, small = made
    if small:
        await jobs.work_out(proposal_id, jobs.PATIENCE)
    return number


@get(BASE + "/applicants/{application_id:int}", needs("placing.write"))
async def edit_need(request: Asked, actor: Actor, call_id: int, application_id: int) -> Answer:
    """What one applicant can do with, beside its own words."""
    one = await queries.own_candidate(actor, call_id, application_id)
    call, _ = await queries.own_call(actor, call_id)
    return page(
        request,
        "proposals/need.html",
        call=call,
        one=one,
        others=[
            (each.application, each.company)
            for each in await queries.candidates(call)
            if each.application != application_id
        ],
        form=_words(NeedForm),
        utilities=_utilities(),
        kinds=_kinds(),
    )


@post(BASE + "/applicants/{application_id:int}", needs("placing.write"))
async def note_need(request: Asked, actor: Actor, call_id: int, application_id: int) -> Answer:
    """Write it down."""
    return await submit(
        request,
        NeedForm,
        act=lambda form: actions.note_need(
            actor, form, call_id=call_id, application_id=application_id
        ),
        to=f"/desk/calls/{call_id}/placing",
        said=N_("Noted. The next proposal goes by it."),
        again=lambda: edit_need.fn(request, actor, call_id, application_id),
    )


# -- one proposal ---------------------------------------------------------------------------------


async def _drawing(
    actor: Actor, found: ProposalRow, booth: BoothRow
) -> tuple[list[StandRow], dict[int, Occupant]]:
    """The stands of a proposal and who is proposed for each; others as they are now."""
    names = {each["key"]: each["name"] for each in found.content["applicants"]}
    assert found.answer is not None
    holder = {label: key for key, label in found.answer["placement"].items()}
    if found.cuts:
        stands = [
            plans.tried(
                booth.id,
                number,
                Suggested(
                    each["key"],
                    StandKind(each["kind"]),
                    bounds(carrying.corners(each["outline"])),
                ),
            )
            for number, each in enumerate(found.answer["stands"], 1)
        ]
        now: dict[int, Occupant] = {}
    else:
        stands = await plans.stands(booth.id)
        now = occupancy.as_seen_by(actor, await occupancy.of_booth(booth.id))
    proposed = {
        each.id: Occupant(
            StandState.RESERVED,
            names[holder[each.label]],
            f"/desk/applications/{holder[each.label]}",
        )
        for each in stands
        if each.label in holder
    }
    asked = {each["key"] for each in found.content.get("stands", ())}
    others = {
        each.id: now[each.id] for each in stands if each.id in now and each.label not in asked
    }
    return stands, {**others, **proposed}


@get(ONE, needs("placing.read"))
async def show_proposal(request: Asked, actor: Actor, call_id: int, number: int) -> Answer:
    """The plan, the table with a sentence for everybody, and what can be done with it."""
    call, booth = await queries.own_call(actor, call_id)
    found = await queries.own_proposal(actor, call_id, number)
    if found.done_at is None or found.answer is None:
        return page(request, "proposals/waiting.html", call=call, found=found)
    stands, states = await _drawing(actor, found, booth)
    others = [each for each in await queries.proposals(call_id) if each.answer is not None]
    return page(
        request,
        "proposals/proposal.html",
        call=call,
        booth=booth,
        found=found,
        stands=stands,
        states=states,
        names={each["key"]: each["name"] for each in found.content["applicants"]},
        ranks={each["key"]: each["rank"] for each in found.content["applicants"]},
        others=[each for each in others if each.number != number],
        beside=await _beside(request, actor, call_id),
        again=[(each.value, gettext(name)) for each, name in AGAIN_NAMES.items()],
        admissions=await queries.admissions(found.id),
        drawn=bool(await plans.stands(booth.id)),
    )


async def _beside(request: Asked, actor: Actor, call_id: int) -> ProposalRow | None:
    """The proposal that this one is compared with, if the query names one."""
    wanted = page_id(request.query_params.get("with", ""))
    if wanted is None:
        return None
    other = await queries.own_proposal(actor, call_id, wanted)
    return other if other.answer is not None else None


@get(ONE + "/case.json", needs("placing.read"))
async def case_file(request: Asked, actor: Actor, call_id: int, number: int) -> Response[bytes]:
    """The case of a proposal as a file for `pavilion allocate`."""
    found = await queries.own_proposal(actor, call_id, number)
    content = {name: part for name, part in found.content.items() if name != "fixed"}
    return Response(
        json.dumps(content, ensure_ascii=False, indent=2).encode(),
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="case-{call_id}-{number}.json"'},
    )


@post(ONE, needs("placing.write"))
async def propose_again(request: Asked, actor: Actor, call_id: int, number: int) -> Answer:
    """Another proposal that keeps whoever is pinned."""

    async def act(form: AgainForm) -> int:
        return await _soon(await actions.propose_again(actor, form, call_id=call_id, number=number))

    return await submit(
        request,
        AgainForm,
        act=act,
        to=lambda made: f"/desk/calls/{call_id}/placing/{made}?with={number}",
        again=lambda: show_proposal.fn(request, actor, call_id, number),
    )


@post(ONE + "/draw", needs("booth.change"))
async def draw(request: Asked, actor: Actor, call_id: int, number: int) -> Answer:
    """Draw the stands that were cut."""
    return await submit(
        request,
        DoForm,
        act=lambda form: carrying.draw(actor, form, call_id=call_id, number=number),
        to=f"/desk/calls/{call_id}/placing/{number}",
        said=N_("The stands are on the plan."),
        again=lambda: show_proposal.fn(request, actor, call_id, number),
    )


@post(ONE + "/reserve", needs("placing.write"))
async def reserve(request: Asked, actor: Actor, call_id: int, number: int) -> Answer:
    """Reserve all the stands."""
    return await submit(
        request,
        DoForm,
        act=lambda form: carrying.reserve(actor, form, call_id=call_id, number=number),
        to=f"/desk/calls/{call_id}/placing/{number}",
        said=N_("The stands are reserved. The companies are not told: an admission tells them."),
        again=lambda: show_proposal.fn(request, actor, call_id, number),
    )


@post(ONE + "/admit", needs("application.admit"))
async def admit_all(request: Asked, actor: Actor, call_id: int, number: int) -> Answer:
    """Admit everybody, each on the proposed stand."""
    return await submit(
        request,
        DoForm,
        act=lambda form: carrying.admit_all(actor, form, call_id=call_id, number=number),
        to=f"/desk/calls/{call_id}/placing/{number}",
        said=N_("The admissions are on their way, one after the other. See how far they are here."),
        again=lambda: show_proposal.fn(request, actor, call_id, number),
    )


# -- what a stand has -----------------------------------------------------------------------------

STAND = "/desk/booths/{booth_id:int}/stands/{stand_id:int}/utilities"


@get(STAND, needs("placing.write"))
async def edit_utility(request: Asked, actor: Actor, booth_id: int, stand_id: int) -> Answer:
    """Power, water, drain and internet of a stand."""
    booth, stand, has = await queries.own_utility(actor, booth_id, stand_id)
    return page(
        request,
        "proposals/utility.html",
        booth=booth,
        stand=stand,
        has=has,
        form=_words(UtilityForm),
        utilities=_utilities(),
    )


@post(STAND, needs("placing.write"))
async def note_utility(request: Asked, actor: Actor, booth_id: int, stand_id: int) -> Answer:
    """Write it down."""
    return await submit(
        request,
        UtilityForm,
        act=lambda form: actions.note_utility(actor, form, booth_id=booth_id, stand_id=stand_id),
        to=f"/desk/booths/{booth_id}/stands/{stand_id}",
        said=N_("Noted what the stand has."),
        again=lambda: edit_utility.fn(request, actor, booth_id, stand_id),
    )


HANDLERS = [
    show_placing, propose, edit_need, note_need, show_proposal, case_file, propose_again, draw,
    reserve, admit_all, edit_utility, note_utility,
]  # fmt: skip
