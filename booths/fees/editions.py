"""Later editions of a price list that stands: written, then put in force from a day on."""

from booths.fees.actions import freeze, held_list, locked, must_follow
from booths.fees.copying import copied
from booths.fees.space_forms import EditionForm
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, value
from server.errors import Conflict, Refused
from server.text import N_


@action
async def new_edition(actor: Actor, form: EditionForm, *, price_list_id: int) -> int:
    """A later edition of a list that stands: a copy with a day from which it holds, to change.

    It counts only once it is put in force.
    """
    require(actor, "price_list.write")
    before = await locked(actor, price_list_id)
    if before["frozen_at"] is None:
        raise Conflict(N_("No call was published with this list: change it itself."))
    there = await value("SELECT id FROM price_list WHERE succeeds = $1", price_list_id)
    if there is not None:
        raise Conflict(N_("There is a newer edition of this list already. Go on from that one."))
    await must_follow({"succeeds": price_list_id}, form.valid_from)
    made = await copied(actor, price_list_id, before["booth"], before["name"])
    await execute(
        "UPDATE price_list SET succeeds = $2, edition = $3, valid_from = $4 WHERE id = $1",
        made,
        price_list_id,
        before["edition"] + 1,
        form.valid_from,
    )
    await record(
        actor, "price_list.edition", "price_list", made,
        before={"of": price_list_id}, after={"valid_from": form.valid_from.isoformat()},
    )  # fmt: skip
    return made


@action
async def put_in_force(actor: Actor, *, price_list_id: int) -> int:
    """Fix a new edition: from its day on, applications to the calls of the list pay its prices."""
    require(actor, "price_list.write")
    held = await held_list(actor, price_list_id)
    if held["succeeds"] is None:
        raise Conflict(N_("This is the first edition: it is fixed when a call is published."))
    if held["valid_from"] < clock.today(held["tz"]):
        raise Refused(
            N_("New prices cannot hold from a day that has passed. Change the day first.")
        )
    await freeze(price_list_id)
    await record(actor, "price_list.in_force", "price_list", price_list_id)
    return price_list_id
