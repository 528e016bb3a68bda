"""A picture of the hall under the drawing, for whoever draws."""

from decimal import Decimal

import msgspec

from booths.plans import queries
from booths.plans.placing import hold_booth
from booths.plans.version_forms import BackdropForm, RemovedBackdrop
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, row, typed, value
from server.documents import actions as documents
from server.documents import queries as kept
from server.errors import NotFound, Refused
from server.text import N_


class BackdropRow(msgspec.Struct, frozen=True, kw_only=True):
    """Where the picture lies, in metres from the block's corner; `strength` in percent."""

    booth: int
    document: int
    x_m: Decimal
    y_m: Decimal
    width_m: Decimal
    depth_m: Decimal
    strength: int

    @property
    def opacity(self) -> float:
        """As a drawing takes it."""
        return self.strength / 100


async def backdrop(booth_id: int) -> BackdropRow | None:
    """The picture under a plan, if it has one."""
    found = await row("SELECT * FROM plan_backdrop WHERE booth = $1", booth_id)
    return typed(BackdropRow, found) if found else None


async def picture(actor: Actor, booth_id: int) -> bytes:
    """The picture of a booth of the actor's agency, as PNG."""
    await queries.own_booth(actor, booth_id)
    found = await backdrop(booth_id)
    if found is None:
        raise NotFound
    return (await kept.pdf(found.document))[2]


@action
async def lay_backdrop(actor: Actor, form: BackdropForm, *, booth_id: int) -> int:
    """Lay a new picture under the plan, or move the one that is there."""
    require(actor, "booth.change")
    await hold_booth(actor, booth_id)
    if form.file is not None:
        document = await documents.keep_upload(
            actor, kind="backdrop", filename=form.file.filename, data=form.file.data,
            agency=actor.agency_id, about=f"booth:{booth_id}",
        )  # fmt: skip
    else:
        held = await value("SELECT document FROM plan_backdrop WHERE booth = $1", booth_id)
        if held is None:
            raise Refused(N_("Choose a picture of the hall first."), field="file")
        document = int(held)
    await execute(
        "INSERT INTO plan_backdrop (booth, document, x_m, y_m, width_m, depth_m, strength)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (booth) DO UPDATE SET"
        " document = excluded.document, x_m = excluded.x_m, y_m = excluded.y_m,"
        " width_m = excluded.width_m, depth_m = excluded.depth_m, strength = excluded.strength",
        booth_id,
        document,
        form.x_m,
        form.y_m,
        form.width_m,
        form.depth_m,
        form.strength,
    )
    await record(
        actor, "plan.backdrop", "booth", booth_id,
        after={"document": document, "width_m": form.width_m, "depth_m": form.depth_m},
    )  # fmt: skip
    return booth_id


@action
async def remove_backdrop(actor: Actor, _: RemovedBackdrop, *, booth_id: int) -> int:
    """Draw on plain floor again."""
    require(actor, "booth.change")
    await hold_booth(actor, booth_id)
    await execute("DELETE FROM plan_backdrop WHERE booth = $1", booth_id)
    await record(actor, "plan.backdrop", "booth", booth_id, after={"document": None})
    return booth_id
