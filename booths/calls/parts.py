"""What this room itself adds to its pages."""

from booths.calls import applicants, clashes, copying, moving_in, paying, plan_changes, sharing
from booths.calls.additions import Panel, Part, Place, panel, part
from booths.calls.rows import CallRow, Dossier
from booths.calls.rules import State
from booths.questions import queries as questions
from server.accounts.permissions import Actor
from server.text import N_, gettext, ngettext

assert applicants  # its import registers it
assert copying
assert plan_changes


@part
async def what_is_asked(_: Actor, call: CallRow) -> Part | None:
    """The questions that this call asks beyond what every call asks."""
    form = await questions.form(call.id)
    n = sum(len(each.questions) for each in form)
    said = gettext(N_("Nothing beyond the profile, space, services, goals and declarations"))
    if n:
        said = ngettext(N_("{n} question of its own"), N_("{n} questions of its own"), n)
    return Part(name=N_("What this call asks"), url=f"/desk/calls/{call.id}/form", said=said)


@panel(Place.CALL_START)
async def warn_before_start(actor: Actor, call: CallRow) -> Panel | None:
    """A company that begins a second application for one fair is told first."""
    found = await clashes.of_company(actor.company_id, call.fair)
    return Panel(template="calls/_clash.html", context={"clashes": found}) if found else None


@panel(Place.APPLICATION_CHECK)
async def warn_before_sending(actor: Actor, found: Dossier) -> Panel | None:
    """And once more before it is sent."""
    others = await clashes.of_company(actor.company_id, found.call.fair, but=found.row.id)
    return Panel(template="calls/_clash.html", context={"clashes": others}) if others else None


@panel(Place.APPLICATION_DESK)
async def warn_staff(actor: Actor, found: Dossier) -> Panel | None:
    """Staff see that there is another application, not what is in it, and who else may look."""
    others = [
        each
        for each in await clashes.of_company(found.row.company, found.call.fair, but=found.row.id)
        if each.state is not State.DRAFT
    ]
    shares = await sharing.of_application(found.row.id)
    if not others and not shares and not await sharing.choices(actor, found.row.id):
        return None
    return Panel(template="calls/_others.html", context={"clashes": others, "shares": shares})


@part
async def how_paid(_: Actor, call: CallRow) -> Part | None:
    """The line of the set-up about payment."""
    found = await paying.of_call(call.id)
    said = found.terms.name if found.terms else gettext(N_("Everything at once"))
    if found.move_in:
        said = gettext(N_("{terms}; one moves in only when it is paid"), terms=said)
    return Part(name=N_("How it is paid"), url=f"/desk/calls/{call.id}/payment", said=said)


@part
async def on_site(_: Actor, call: CallRow) -> Part | None:
    """The list for the people on site, once somebody has a stand."""
    if not call.admitted:
        return None
    said = gettext(N_("Stands, states, and who may move in"))
    return Part(name=N_("On site"), url=f"/desk/calls/{call.id}/on-site", said=said)


@panel(Place.CALL_PUBLIC, Place.CALL_START)
async def payment_said(_: Actor, call: CallRow) -> Panel | None:
    """When it is paid, before one applies."""
    found = await paying.of_call(call.id)
    if found.terms is None and not found.move_in:
        return None
    context = {"payment": found, "currency": call.currency}
    return Panel(template="calls/_payment.html", context=context)


async def _ladder(found: Dossier, base: str) -> Panel | None:
    if found.admission is None or found.admission.ended_at is not None:
        return None
    items = await moving_in.items(found.admission.plan)
    stand = await moving_in.of_application(found.row.id)
    if len(items) < 2 and not (stand and stand.blocks):
        return None
    blocked = stand is not None and not stand.may
    papers = await moving_in.to_pay(found.row.id) if blocked else []
    context = {"items": items, "stand": stand, "base": base, "papers": papers}
    return Panel(template="calls/_ladder.html", context=context)


@panel(Place.APPLICATION_COMPANY)
async def own_ladder(_: Actor, found: Dossier) -> Panel | None:
    """The steps of one's own contract, and whether one may move in."""
    return await _ladder(found, "/my/invoices/")


@panel(Place.APPLICATION_DESK)
async def desk_ladder(_: Actor, found: Dossier) -> Panel | None:
    """The same for the agency."""
    return await _ladder(found, "/desk/money/invoices/")
