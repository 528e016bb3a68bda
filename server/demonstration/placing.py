"""One call with a proposal of who could stand where."""

from booths.proposals import actions, jobs, queries
from booths.proposals.forms import NeedForm, ProposeForm
from booths.proposals.rules import Utility
from server import clock
from server.accounts.permissions import Actor
from server.demonstration.calendar import Calendar
from server.demonstration.organisations import LEAD


async def propose_stands(
    agencies: dict[str, dict[str, Actor]], call_id: int, calendar: Calendar
) -> None:
    """The needs of two applicants, who wish to stand together, and a proposal."""
    manager = agencies[LEAD]["manager"]
    call, _ = await queries.own_call(manager, call_id)
    if await queries.proposals(call_id):
        return
    first, second, third, *_rest = await queries.candidates(call)
    with clock.travel(calendar.moment(-3)):
        for one, other in ((first, second), (second, first)):
            await actions.note_need(
                manager,
                NeedForm(
                    minimum_m2=one.wanted_m2,
                    maximum_m2=one.wanted_m2 + 6,
                    power_kw=one.power_kw,
                    needs=[Utility.WATER],
                    neighbours=[other.application],
                    apart_from=[third.application],
                ),
                call_id=call_id,
                application_id=one.application,
            )
        _, made, _ = await actions.propose(manager, ProposeForm(), call_id=call_id)
        await jobs.work_out(made, jobs.PATIENCE)
