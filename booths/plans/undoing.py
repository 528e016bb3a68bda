"""Taking an edit of a plan back, and doing it again.

Everybody takes back their own edits, the latest first; what somebody else has changed since stays
as they left it. Taking back is an edit itself, so doing again is taking back the taking back.
"""

from typing import NamedTuple

from booths.plans.changing import change, pieces_now
from booths.plans.forms import Step
from booths.plans.history import EditRow, edits, next_redo, next_undo
from booths.plans.placing import hold_booth
from booths.plans.queries import BoothRow, own_booth
from booths.plans.wording import listed
from server.accounts.permissions import Actor, require
from server.database import action, execute, page_id
from server.errors import Conflict
from server.text import N_
from server.web.formats import moment


class Steps(NamedTuple):
    """What a person can take back and do again next."""

    undo: EditRow | None
    redo: EditRow | None


async def steps_of(actor: Actor, booth_id: int) -> Steps:
    """What this person can take back and do again next."""
    return Steps(
        await next_undo(booth_id, actor.person_id), await next_redo(booth_id, actor.person_id)
    )


async def own_edits(
    actor: Actor, booth_id: int, *, cursor: str = "", limit: int = 50
) -> tuple[list[EditRow], str | None]:
    """The person's own edits of a plan of their agency, the latest first; and the next cursor."""
    await own_booth(actor, booth_id)
    found = await edits(
        booth_id, person_id=actor.person_id, limit=limit + 1, before=page_id(cursor)
    )
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


@action
async def step_back(actor: Actor, booth_id: int, form: Step) -> int:
    """Take back the person's latest edit, or the latest taking back; the booth's id."""
    require(actor, "booth.change")
    seen = await steps_of(actor, booth_id)
    edit = next((each for each in seen if each and each.id == form.edit), None)
    if edit is not None:
        await execute(
            "SELECT id FROM stand WHERE id = ANY($1::int[]) ORDER BY id FOR UPDATE",
            list(edit.after.stands),
        )
    booth = await hold_booth(actor, booth_id)
    if edit is None or edit not in await steps_of(actor, booth_id):
        raise Conflict(
            N_("This was taken back or done again already. The plan below is as it is now.")
        )
    await _untouched(booth, edit)
    await change(actor, booth, edit.verb, edit.before, labels=edit.labels, undoes=edit)
    return booth_id


async def _untouched(booth: BoothRow, edit: EditRow) -> None:
    """Refuse where somebody has changed the same stands since."""
    now = await pieces_now(booth, edit.after)
    if now.alike(edit.after):
        return
    touched = {*edit.after.stands}, {*edit.after.shared}
    for later in await edits(booth.id):
        if later.id <= edit.id:
            break
        if touched[0] & {*later.after.stands} or touched[1] & {*later.after.shared}:
            raise Conflict(
                N_(
                    "{who} {did} since ({when}), so your change of {labels} was not taken back."
                    " Change it by hand if it should be different."
                ),
                who=later.person_name,
                did=later.did,
                when=moment(later.at, booth.tz),
                labels=listed(edit.labels),
            )
    raise Conflict(
        N_("{labels} changed since, so your change was not taken back. Change it by hand."),
        labels=listed(edit.labels),
    )
