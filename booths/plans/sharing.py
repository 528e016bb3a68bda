"""What people do to the shared areas of a plan: information desk, lounge, storage, drawn aisles."""

from booths.plans.changing import Fields, change, new_ids
from booths.plans.forms import ChangedShared, NewShared, RemovedStand
from booths.plans.history import Pieces, SharedDraft, Verb, last_edit, meanwhile
from booths.plans.placing import hold_booth
from booths.plans.queries import BoothRow
from server.accounts.permissions import Actor, require
from server.database import action
from server.errors import NotFound
from server.text import N_

GONE = N_("This shared area is no longer on the plan. Somebody may have removed it.")


def _fields(form: NewShared) -> Fields:
    return Fields("label", "x_m", "corners" if form.corners else "width_m")


def _draft(form: NewShared) -> SharedDraft:
    return SharedDraft(kind=form.use, label=form.label, outline=form.outline)


@action
async def add_shared(actor: Actor, booth_id: int, form: NewShared) -> int:
    """Draw a shared area; its id."""
    require(actor, "booth.change")
    booth = await hold_booth(actor, booth_id)
    (area_id,) = await new_ids("shared_area", 1)
    wanted = Pieces(shared={area_id: _draft(form)})
    await change(actor, booth, Verb.ADD, wanted, fields=_fields(form))
    return area_id


@action
async def change_shared(actor: Actor, booth_id: int, area_id: int, form: ChangedShared) -> int:
    """Move, resize or rename a shared area."""
    require(actor, "booth.change")
    booth = await _held(actor, booth_id, area_id, form.version)
    wanted = Pieces(shared={area_id: _draft(form)})
    await change(actor, booth, Verb.CHANGE, wanted, fields=_fields(form))
    return area_id


@action
async def remove_shared(actor: Actor, booth_id: int, area_id: int, form: RemovedStand) -> int:
    """Take a shared area off the plan."""
    require(actor, "booth.change")
    booth = await _held(actor, booth_id, area_id, form.version)
    await change(actor, booth, Verb.REMOVE, Pieces(shared={area_id: None}))
    return booth_id


async def _held(actor: Actor, booth_id: int, area_id: int, version: int) -> BoothRow:
    """The booth, locked, with the shared area as the person saw it."""
    booth = await hold_booth(actor, booth_id)
    found = next((area for area in booth.shared if area.id == area_id), None)
    if found is None:
        raise NotFound(GONE)
    if found.version != version:
        raise meanwhile(booth, await last_edit(booth_id, "shared", area_id))
    return booth
