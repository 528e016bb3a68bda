"""What the hub adds to the pages of calls and applications, and to what happens to them."""

from booths.calls import additions
from booths.calls.additions import Event, Panel, Part, Place
from booths.calls.copies import Shift, copies, take_over
from booths.calls.rows import CallRow, Dossier
from booths.calls.rules import PLACED, CallState
from booths.hub import answers, ordering, queries, shop
from events.fairs.following import when_changed
from server import jobs
from server.accounts.permissions import Actor
from server.database import rows
from server.text import N_, gettext, ngettext


@additions.part
async def tasks(actor: Actor, call: CallRow) -> Part | None:
    """How many tasks exhibitors have."""
    if not actor.may("hub.read"):
        return None
    found = await queries.tasks(call.id)
    return Part(
        name=N_("Tasks for exhibitors"),
        url=f"/desk/calls/{call.id}/tasks",
        said=(
            ngettext("{n} task before the fair", "{n} tasks before the fair", len(found))
            if found
            else gettext(N_("Catalogue, graphics, badges, freight: none is set yet"))
        ),
        open=not found,
    )


@additions.part
async def services_shop(actor: Actor, call: CallRow) -> Part | None:
    """When services can be ordered after admission."""
    if not actor.may("hub.read"):
        return None
    found = await shop.own_terms(actor, call.id)
    offered = [each for each in found if each.terms.offered]
    if not found:
        return None
    return Part(
        name=N_("Services shop"),
        url=f"/desk/calls/{call.id}/shop",
        said=ngettext(
            "{n} service can be ordered after admission",
            "{n} services can be ordered after admission",
            len(offered),
        ),
    )


@additions.panel(Place.CALL_DESK)
async def preparing(actor: Actor, call: CallRow) -> Panel | None:
    """The way to the matrix of exhibitors and tasks."""
    if call.state is CallState.DRAFT or not actor.may("hub.read"):
        return None
    late = next(
        (each.late for each in await queries.late_by_call(actor) if each.call == call.id), 0
    )
    return Panel(template="hub/panel_call.html", context={"call": call.id, "late": late})


@additions.panel(Place.APPLICATION_COMPANY)
async def own_hub(_: Actor, found: Dossier) -> Panel | None:
    """The tasks of an exhibitor, the next first."""
    if found.row.state not in PLACED or found.admission is None:
        return None
    return Panel(template="hub/panel_own.html", context={"hub": await queries.hub_of(found)})


@additions.panel(Place.APPLICATION_DESK)
async def desk_hub(_: Actor, found: Dossier) -> Panel | None:
    """The same as the agency sees it."""
    if found.row.state not in PLACED or found.admission is None:
        return None
    return Panel(template="hub/panel_desk.html", context={"hub": await queries.hub_of(found)})


@additions.panel(Place.BOARD)
async def who_is_late(actor: Actor, _: None) -> Panel | None:
    """Calls whose exhibitors are late with their tasks."""
    late = await queries.late_by_call(actor)
    return Panel(template="hub/panel_board.html", context={"calls": late}) if late else None


@additions.follows(Event.ADMITTED, Event.CONFIRMED)
async def write_dates(_: Actor, found: Dossier) -> None:
    """An exhibitor's deadlines go into its calendar."""
    if await answers.has_tasks(found.call.id):
        await jobs.enqueue("hub.dates", call_id=found.call.id, application_id=found.row.id)


@additions.follows(Event.ENDED)
async def give_back(actor: Actor, found: Dossier) -> None:
    """What an exhibitor had ordered is taken back with its admission, and so are its deadlines."""
    await ordering.end(actor, found)
    await write_dates(actor, found)


@when_changed
async def follow_the_fair(fair_id: int) -> None:
    """Deadlines move with the fair."""
    for each in await rows(
        "SELECT DISTINCT t.call FROM hub_task t JOIN call c ON c.id = t.call"
        " JOIN booth b ON b.id = c.booth WHERE b.fair = $1",
        fair_id,
    ):
        await jobs.enqueue("hub.dates", call_id=each["call"])


@copies("hub_task", "hub_settings")
async def tasks_anew(_: Actor, old: CallRow, new: CallRow, shift: Shift) -> list[str]:
    """The tasks of exhibitors and when they are reminded, for the copy of a call; and when its
    services can be ordered after admission, by their places on the price list."""
    tasks = await take_over(
        "hub_task", old.id, new.id, lambda each: {"due_on": shift.day(each["due_on"])}
    )
    await take_over("hub_settings", old.id, new.id)
    await shop.same_terms(old.price_list, new.price_list)
    n = len(tasks)
    words = ngettext(N_("{n} task for exhibitors"), N_("{n} tasks for exhibitors"), n)
    return [words] if n else []
