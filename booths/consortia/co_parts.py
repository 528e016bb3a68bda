"""What co-exhibitors add to the pages and acts of calls."""

from booths.calls import additions
from booths.calls.additions import Event, Panel, Part, Place
from booths.calls.copies import Shift, copies, leaves_out, take_over
from booths.calls.rows import CallRow, Dossier
from booths.consortia import co_queries, naming
from booths.consortia.rules import KIND_WORDS
from booths.plans.queries import BoothRow
from server.accounts.permissions import Actor
from server.aid.scopes import applicants
from server.text import N_, gettext
from server.web.formats import day


@applicants
async def _named_to(agency_id: int) -> set[int]:
    """Firms named for a stand of the agency: whether their fee has aid is the agency's to check."""
    return await co_queries.companies_named(agency_id)


@additions.part
async def _set_up(_: Actor, call: CallRow) -> Part:
    """The line of the set-up."""
    rule = await co_queries.rule(call.id)
    said = gettext(N_("Exhibitors bring nobody along."))
    if rule is not None and rule.kinds:
        said = gettext(
            N_("Up to {most} for each exhibitor, named until {day}."),
            most=rule.most,
            day=day(rule.until_on),
        )
    return Part(
        name=gettext(N_("Co-exhibitors and represented firms")),
        url=f"/desk/calls/{call.id}/co-exhibitors",
        said=said,
    )


@additions.panel(Place.CALL_PUBLIC, Place.CALL_START)
async def _allowed(_: Actor, call: CallRow) -> Panel | None:
    """Whom exhibitors may bring along and for how much, before one applies."""
    rule = await co_queries.rule(call.id)
    if rule is None or not rule.kinds:
        return None
    return Panel(template="consortia/_co_call.html", context={"rule": rule, "kinds": KIND_WORDS})


@additions.panel(Place.APPLICATION_COMPANY, Place.APPLICATION_CHECK, Place.APPLICATION_DESK)
async def _named(_: Actor, found: Dossier) -> Panel | None:
    """Who else is on the stand; for the company also the way to name somebody."""
    rule = await co_queries.rule(found.call.id)
    if rule is None:
        return None
    firms = await co_queries.firms_of(found.row.id)
    if not firms and not rule.open(found.call.tz):
        return None
    return Panel(
        template="consortia/_co_exhibitors.html",
        context={"firms": firms, "rule": rule, "kinds": KIND_WORDS},
    )


@additions.panel(Place.BOOTH_PUBLIC)
async def _public(_: Actor, booth: BoothRow) -> Panel | None:
    """The firms that agreed to be named."""
    firms = await co_queries.public_firms(booth.id)
    return (
        Panel(template="consortia/_co_public.html", context={"firms": firms, "kinds": KIND_WORDS})
        if firms
        else None
    )


@additions.follows(Event.ADMITTED)
async def _admitted(actor: Actor, found: Dossier) -> None:
    """The firms of a contract are those that were sent, and those named to an earlier one."""
    await naming.as_sent(actor, found)
    await naming.bill_again(actor, found.row.id)


@additions.follows(Event.ENDED)
async def _ended(actor: Actor, found: Dossier) -> None:
    """The invoices of firms that were named later end with the contract."""
    await naming.take_back(actor, found)


@copies("co_exhibitor_rule")
async def firms_anew(_: Actor, old: CallRow, new: CallRow, shift: Shift) -> list[str]:
    """Whom exhibitors may bring along, for the copy of a call."""
    made = await take_over(
        "co_exhibitor_rule", old.id, new.id,
        lambda each: {"until_on": shift.day(each["until_on"])},
    )  # fmt: skip
    return [
        gettext(N_("Co-exhibitors and represented firms, named until {day}"),
                day=day(each["until_on"]))
        for each in made
    ]  # fmt: skip


leaves_out(consortium=N_("Consortia agree anew for each fair."))
