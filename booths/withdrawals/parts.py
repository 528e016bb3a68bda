"""What withdrawing adds to calls and applications."""

from booths.calls.additions import Event, Panel, Part, Place, follows, panel, part
from booths.calls.copies import Shift, copies, take_over
from booths.calls.rows import CallRow, Dossier
from booths.calls.rules import HOLDING, CallState
from booths.withdrawals import actions, queries
from server.accounts.permissions import Actor
from server.text import N_, gettext, ngettext


@part
async def withdrawing(_: Actor, call: CallRow) -> Part | None:
    """The line of the set-up."""
    found = await queries.terms(call.id)
    said = (
        ngettext("{n} step", "{n} steps", len(found.steps))
        if found
        else gettext(
            N_("Nothing is set: after the admission, only your agency can end a contract.")
        )
    )
    return Part(
        name=N_("Withdrawing after the admission"),
        url=f"/desk/calls/{call.id}/withdrawal",
        said=said,
        open=found is None and call.state is CallState.DRAFT,
    )


@panel(Place.CALL_PUBLIC, Place.CALL_START)
async def terms_said(_: Actor, call: CallRow) -> Panel | None:
    """The terms, before one applies."""
    found = await queries.terms(call.id)
    if found is None:
        return None
    return Panel(
        template="withdrawals/_terms.html", context={"terms": found, "currency": call.currency}
    )


@panel(Place.APPLICATION_COMPANY)
async def way_out(actor: Actor, found: Dossier) -> Panel | None:
    """The way out of a contract, and what an earlier one cost."""
    past = await queries.of_application(found.row.id)
    holds = (
        found.row.state in HOLDING
        and not queries.is_over(found)
        and await queries.terms(found.call.id) is not None
    )
    if not past and not (holds and actor.may("application.withdraw")):
        return None
    return Panel(
        template="withdrawals/_way_out.html",
        context={"past": past, "holds": holds, "currency": found.row.currency},
    )


@panel(Place.APPLICATION_DESK)
async def withdrawn_before(_: Actor, found: Dossier) -> Panel | None:
    """What a withdrawal cost, and where the agency writes one down."""
    past = await queries.of_application(found.row.id)
    holds = (
        found.row.state in HOLDING
        and not queries.is_over(found)
        and await queries.terms(found.call.id) is not None
    )
    if not past and not holds:
        return None
    return Panel(
        template="withdrawals/_desk.html",
        context={"past": past, "holds": holds, "currency": found.row.currency},
    )


@follows(Event.CONFIRMED)
async def let_again(actor: Actor, found: Dossier) -> None:
    """A stand that was given up has a new exhibitor, who has paid."""
    await actions.let_again(actor, found)


@copies("withdrawal_terms")
async def terms_anew(_: Actor, old: CallRow, new: CallRow, __: Shift) -> list[str]:
    """What withdrawing costs, for the copy of a call. Its days count back from the fair."""
    made = await take_over("withdrawal_terms", old.id, new.id)
    return [gettext(N_("What it costs to withdraw")) for _ in made]
