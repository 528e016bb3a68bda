"""What this room adds to calls: a line of the set-up that leads to the placing."""

from booths.calls import additions
from booths.calls.additions import Part
from booths.calls.copies import leaves_out
from booths.calls.rows import CallRow
from booths.calls.rules import CallState
from server.accounts.permissions import Actor
from server.database import value
from server.text import N_, gettext, ngettext


@additions.part
async def placing_part(actor: Actor, call: CallRow) -> Part | None:
    """How many proposals there are for who stands where."""
    if not actor.may("placing.read") or call.state is CallState.DRAFT:
        return None
    made = await value("SELECT count(*) FROM proposal WHERE call = $1", call.id)
    return Part(
        name=N_("Who stands where"),
        url=f"/desk/calls/{call.id}/placing",
        said=ngettext("{n} proposal", "{n} proposals", made)
        if made
        else gettext(N_("No proposal yet")),
    )


leaves_out(
    proposal=N_("Proposals place the applicants of their call on the stands of their booth.")
)
