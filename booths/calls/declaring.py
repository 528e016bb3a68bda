"""The declarations of an application: what the call asks for, and what the company has declared."""

from typing import Any

import msgspec

from booths.calls import listing
from booths.calls.forms import Declarations
from booths.calls.rows import Dossier
from server import clock
from server.accounts.permissions import Actor
from server.aid.sourcing import application_first
from server.database import step
from server.declarations.actions import give_one
from server.declarations.forms import GiveForm
from server.declarations.queries import Line, lines, obstacle
from server.declarations.rules import HOLDS
from server.errors import Refused
from server.text import N_, gettext


async def asks_for_order(found: Dossier) -> bool:
    """Whether a source of the call gives aid only for what was not ordered before."""
    schemes = [one for one in (found.call.scheme, *found.call.more_schemes) if one is not None]
    return await application_first(schemes, clock.today(found.call.tz))


async def asked_for(found: Dossier) -> list[Line]:
    """What the call asks for, each with where the company stands with it today."""
    on = clock.today(found.call.tz)
    return [each for each in await lines(found.row.company, on) if each.kind in found.declarations]


def needs_page(line: Line) -> bool:
    """Whether a tick is not enough: the declaration states facts, or comes with a file."""
    return bool(line.asks) or line.needs_evidence


@step
async def declare(actor: Actor, found: Dossier, form: Declarations) -> None:
    """Declare what was ticked; refused while something that the call asks for is missing."""
    if not form.ordered and await asks_for_order(found):
        raise Refused(
            N_(
                "Say whether you have ordered or booked anything for this participation: aid of"
                " this call must be applied for first. Nothing was declared yet."
            ),
            field="ordered",
        )
    missing = []
    optional = await listing.optional_declarations(found.call.id)
    for line in await asked_for(found):
        if line.standing in HOLDS:
            continue
        if line.kind in form.given and not needs_page(line):
            await give_one(actor, GiveForm(agreed=True), line.kind)
        elif line.kind not in optional:
            missing.append(gettext(line.name))
    if missing:
        raise Refused(
            N_("You can only apply if you can declare this: {names}. Nothing was declared yet."),
            field="given",
            names=", ".join(missing),
        )


async def signed(found: Dossier) -> list[dict[str, Any]]:
    """What a submission holds of the declarations: word for word, with their validity."""
    return [
        {"name": gettext(each.name), **msgspec.to_builtins(each.declared)}
        for each in await asked_for(found)
        if each.declared is not None
    ]


async def obstacles(found: Dossier) -> list[str]:
    """Why the application cannot be sent: a sentence for each declaration that does not hold.

    Those whose lack only leads to another price list stand in nobody's way.
    """
    optional = await listing.optional_declarations(found.call.id)
    needed = [each for each in await asked_for(found) if each.kind not in optional]
    return [said for said in map(obstacle, needed) if said is not None]
