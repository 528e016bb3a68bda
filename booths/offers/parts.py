"""What this room adds to calls: lines of the set-up, panels, and what follows a move."""

from booths.calls import additions
from booths.calls.additions import Event, Panel, Part, Place
from booths.calls.rows import CallRow, Dossier
from booths.calls.rules import HOLDING, CallState, State
from booths.offers import actions, cancelling, choosing, copying, gates, queries, standing
from booths.offers.keeping import KEEPABLE
from booths.offers.rules import RULE_NAMES, RULE_WORDS, OfferState, Reason
from server import clock
from server.accounts.permissions import Actor
from server.database import execute, value
from server.text import N_, gettext
from server.web.formats import day, moment

assert copying  # its import registers it

_REASONS = {each.value: each for each in (Reason.LAPSED, Reason.EXCLUDED, Reason.WITHDRAWN)}


@additions.part
async def waiting_part(actor: Actor, call: CallRow) -> Part | None:
    """The waiting list in the set-up of a call."""
    if not actor.may("offer.list"):
        return None
    setting = await queries.waiting_rule(call.id)
    said = gettext(
        N_("{rule}, {hours} hours to answer") if setting.automatic
        else N_("{rule}, {hours} hours to answer; offers only by hand"),
        rule=gettext(RULE_NAMES[setting.rule]),
        hours=setting.hours,
    )  # fmt: skip
    return Part(name=N_("Waiting list"), url=f"/desk/calls/{call.id}/waiting-list", said=said)


@additions.panel(Place.CALL_PUBLIC, Place.CALL_START)
async def stated(_: Actor, call: CallRow) -> Panel:
    """The rule of the waiting list, stated in the call."""
    setting = await queries.waiting_rule(call.id)
    return Panel(
        template="offers/stated.html",
        context={"setting": setting, "words": gettext(RULE_WORDS[setting.rule])},
    )


@additions.panel(Place.APPLICATION_COMPANY)
async def asked(_: Actor, found: Dossier) -> Panel | None:
    """The offer that a company has to answer."""
    offer = await queries.open_offer(found.row.id)
    return Panel(template="offers/asked.html", context={"offer": offer}) if offer else None


@additions.part
async def gate_part(actor: Actor, call: CallRow) -> Part | None:
    """The minimum number in the set-up of a call."""
    if not actor.may("offer.write"):
        return None
    found = await gates.gate(call.id)
    said = gettext(N_("None"))
    if found is not None:
        said = gettext(
            N_("{n} participants, decided on {day}"), n=found.minimum, day=day(found.decide_on)
        )
    return Part(
        name=N_("Minimum number of participants"), url=f"/desk/calls/{call.id}/gate", said=said
    )


@additions.part
async def choosing_part(actor: Actor, call: CallRow) -> Part | None:
    """Choosing in the set-up of a call."""
    if not actor.may("offer.write"):
        return None
    found = await choosing.choosing(call.id)
    said = gettext(N_("By the agency"))
    if found is not None:
        said = gettext(
            N_("Eligible companies choose until {until}"), until=moment(found.until, call.tz)
        )
    return Part(name=N_("Who chooses the stands"), url=f"/desk/calls/{call.id}/choosing", said=said)


@additions.panel(Place.APPLICATION_COMPANY)
async def may_choose(_: Actor, found: Dossier) -> Panel | None:
    """The way to the plan for a company that may choose."""
    if found.row.state is not State.ELIGIBLE:
        return None
    setting = await choosing.choosing(found.call.id)
    if setting is None or not setting.running:
        return None
    if found.row.id in await additions.together(found.call.id):
        return None
    return Panel(template="offers/may_choose.html", context={"choosing": setting})


@additions.panel(Place.CALL_PUBLIC, Place.CALL_START)
async def gate_stated(_: Actor, call: CallRow) -> Panel | None:
    """The minimum number, stated in the call."""
    found = await gates.gate(call.id)
    return Panel(template="offers/gate_stated.html", context={"gate": found}) if found else None


@additions.panel(Place.CALL_DESK)
async def gate_at_desk(actor: Actor, call: CallRow) -> Panel | None:
    """How the gate stands, the way to cancel, and what is to be paid back after it."""
    living = call.state in (CallState.PUBLISHED, CallState.DECIDED)
    back = await cancelling.to_pay_back(call.id) if call.state is CallState.CANCELLED else []
    may_cancel = living and actor.may("call.decide")
    if not may_cancel and not back:
        return None
    return Panel(
        template="offers/gate_desk.html",
        context={"gate": await gates.gate(call.id), "may_cancel": may_cancel, "back": back},
    )


@additions.panel(Place.BOARD)
async def on_board(actor: Actor, _: None) -> Panel | None:
    """Gates that press, and admissions that end only when somebody decides."""
    pressing, stuck = await gates.pressing(actor), await standing.stuck(actor)
    if not pressing and not stuck:
        return None
    return Panel(template="offers/board.html", context={"gates": pressing, "stuck": stuck})


@additions.panel(Place.APPLICATION_DESK)
async def on_the_plan(actor: Actor, found: Dossier) -> Panel | None:
    """What is kept for an applicant, and what can be done about a stand."""
    if not actor.may("application.admit"):
        return None
    kept = await standing.kept(found.row.id)
    may_keep, placed = found.row.state in KEEPABLE, found.row.state in HOLDING
    if kept is None and not may_keep and not placed:
        return None
    return Panel(
        template="offers/standing.html",
        context={
            "kept": kept,
            "may_keep": may_keep,
            "placed": placed,
            "version": await standing.version(found.row.id),
        },
    )


@additions.follows(Event.ENDED)
async def stand_is_free(actor: Actor, found: Dossier) -> None:
    """An admission has ended: its stand goes down the waiting list, if it stays free."""
    assert found.admission is not None
    stand = found.admission.stand
    if stand is None or await value(
        "SELECT 1 FROM allocation WHERE stand = $1 AND state <> 'released'", stand
    ):
        return
    state = await value("SELECT state FROM application WHERE id = $1", found.row.id)
    await actions.open_gap(actor, found.call, stand, _REASONS.get(state, Reason.RELEASED))


@additions.follows(Event.ADMITTED)
async def stand_is_given(actor: Actor, found: Dossier) -> None:
    """An admission answers the offer, if there was one, and fills the gap of its stand."""
    stand = await value(
        "SELECT stand FROM allocation WHERE application = $1 AND state = 'held'", found.row.id
    )
    offer = await queries.last_offer(found.row.id)
    if offer is not None and offer.state is OfferState.OPEN:
        if offer.stand == stand:
            await actions.finish(offer, OfferState.ACCEPTED)
        else:
            why = gettext(N_("Admitted with another stand."))
            await actions.finish(offer, OfferState.TAKEN_BACK, why)
            await actions.go_on(offer.call)
    await execute(
        "UPDATE gap SET closed_at = $2, filled = true WHERE stand = $1 AND closed_at IS NULL",
        stand,
        clock.now(),
    )


@additions.follows(Event.DECIDED, Event.WITHDRAWN)
async def place_is_left(actor: Actor, found: Dossier) -> None:
    """Who leaves the waiting list gives back what was offered; who is out, also what was kept."""
    state = State(await value("SELECT state FROM application WHERE id = $1", found.row.id))
    offer = await queries.last_offer(found.row.id)
    if offer is not None and offer.state is OfferState.OPEN:
        why = gettext(N_("Your application left the waiting list."))
        await actions.called_off(actor, found, offer, why)
    elif state not in KEEPABLE:
        await actions.let_go(found.row.id)
    if found.row.state is State.WAIT_LISTED or state is State.WAIT_LISTED:
        await actions.go_on(found.call.id)
