"""Free stands in Chicago go down the waiting list; a hold, and a gate before Bengaluru."""

from booths.calls.queries import own_call
from booths.calls.showing import free_stands
from booths.offers import actions, answering, gates, keeping, queries, ruling, standing
from booths.offers.forms import DeclineForm, GapForm, GateForm, KeepForm, WaitingForm
from server import clock
from server.accounts.permissions import Actor
from server.database import rows, value
from server.demonstration.calendar import Calendar
from server.demonstration.organisations import LEAD, Company
from server.web.forms import parse

NEEDED = 5


async def offer(
    agencies: dict[str, dict[str, Actor]],
    companies: list[Company],
    calls: dict[str, int],
    calendar: Calendar,
) -> None:
    """An offer that is declined, one that waits for its answer, a stand on hold, a gate."""
    staff = agencies[LEAD]
    manager = staff.get("manager", staff["owner"])
    by_id = {each.id: each for each in companies}
    facts = {"rule": "fill_gap", "hours": "96", "under_m2": "3", "over_m2": "9", "automatic": "on"}
    booth = (await own_call(manager, calls["chicago"])).booth
    with clock.travel(calendar.moment(-3)):
        form = parse(WaitingForm, facts)
        await ruling.set_waiting_rule(manager, form, call_id=calls["chicago"])
        await _put_up(manager, calls["chicago"], booth)
    await _decline(by_id, calendar)
    with clock.travel(calendar.moment(-1)):
        for gap in await queries.to_fill(calls["chicago"]):
            await actions.ask_next(gap)
    booth = (await own_call(manager, calls["bengaluru"])).booth
    with clock.travel(calendar.moment(-1, minutes=30)):
        await _hold(manager, calls["bengaluru"], booth)
        await gates.set_gate(
            manager,
            GateForm(minimum=NEEDED, decide_on=calendar.day(12)),
            call_id=calls["bengaluru"],
        )


async def _put_up(manager: Actor, call_id: int, booth: int) -> None:
    """A stand that is still free is offered to the waiting list."""
    for each in (await free_stands(booth))[:1]:
        gap = await actions.put_up(manager, GapForm(stand=each.id), call_id=call_id)
        await actions.ask_next(gap)


async def _decline(by_id: dict[int, Company], calendar: Calendar) -> None:
    """The first company that is asked does not want this stand."""
    for each in await rows(
        "SELECT o.application, x.company FROM offer o JOIN application x ON x.id = o.application"
        " WHERE o.state = 'open' ORDER BY o.id LIMIT 1"
    ):
        with clock.travel(calendar.moment(-2)):
            no = DeclineForm(then="stay", why="We need a corner: our machine is walked around.")
            company = by_id[each["company"]]
            await answering.decline(company.actor, no, application_id=each["application"])


async def _hold(manager: Actor, call_id: int, booth: int) -> None:
    """A stand on hold for an eligible applicant, for three days."""
    application = await value(
        "SELECT id FROM application WHERE call = $1 AND state = 'eligible' ORDER BY id LIMIT 1",
        call_id,
    )
    seen = await standing.version(application)
    stand = (await free_stands(booth))[0].id
    form = KeepForm(stand=stand, how="hold", hours=72, seen=seen)
    await keeping.keep(manager, form, application_id=application)
