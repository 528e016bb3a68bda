"""Writing the ways to take space of a price list."""

from decimal import Decimal
from typing import Any

import msgspec

from booths.fees.actions import CHANGED, held_list, spaces_of
from booths.fees.space import Space, SpaceBy, Step
from booths.fees.space_forms import SpaceForm
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, step
from server.errors import Conflict, NotFound, Refused
from server.money import round_half_up
from server.text import N_, gettext

MOST_SPACES = 12


@action
async def add_space(actor: Actor, form: SpaceForm, *, price_list_id: int) -> int:
    """One more way to take space; the list's own price per m² becomes the first way."""
    require(actor, "price_list.write")
    held = await held_list(actor, price_list_id)
    spaces = spaces_of(held)
    if len(spaces) >= MOST_SPACES:
        raise Refused(N_("A list has at most {most} ways to take space."), most=MOST_SPACES)
    if not spaces and held["full_per_m2_minor"]:
        step = Step(None, held["full_per_m2_minor"], (held["per_m2_minor"],))
        if held["per_m2_minor"] == held["full_per_m2_minor"]:
            step = Step(None, held["full_per_m2_minor"])
        spaces.append(
            Space("1", gettext(N_("Stand space")), SpaceBy.M2, (step,), held["minimum_m2"])
        )
    key = 1 + max([int(one.key) for one in spaces], default=0)
    spaces.append(form.space(str(key), held["currency"]))
    await _keep_spaces(actor, held, spaces, form.version)
    return key


@action
async def change_space(actor: Actor, form: SpaceForm, *, price_list_id: int, space_key: int) -> int:
    """Other prices for a way to take space."""
    require(actor, "price_list.write")
    held = await held_list(actor, price_list_id)
    key = str(space_key)
    spaces = spaces_of(held)
    if key not in [one.key for one in spaces]:
        raise NotFound()
    changed = form.space(key, held["currency"])
    spaces = [changed if one.key == key else one for one in spaces]
    await _keep_spaces(actor, held, spaces, form.version)
    return space_key


@action
async def remove_space(actor: Actor, *, price_list_id: int, space_key: int) -> int:
    """Take a way off the list; fees that it included are charged again."""
    require(actor, "price_list.write")
    held = await held_list(actor, price_list_id)
    key = str(space_key)
    spaces = spaces_of(held)
    left = [one for one in spaces if one.key != key]
    if len(left) == len(spaces):
        raise NotFound()
    if not left:
        raise Refused(N_("This is the only way to take space. Change it, or add another first."))
    await _keep_spaces(actor, held, left, None)
    await execute(
        "UPDATE fee SET included_in = included_in - $2::text WHERE price_list = $1",
        price_list_id,
        key,
    )
    return space_key


@step
async def _keep_spaces(
    actor: Actor, held: dict[str, Any], spaces: list[Space], version: int | None
) -> None:
    """Keep the ways; the list's own columns show what its first price comes to per m²."""
    if version is not None and version != held["version"]:
        raise Conflict(CHANGED)
    names = [one.name.casefold() for one in spaces]
    if len(set(names)) < len(names):
        raise Refused(N_("Another way to take space has this name."), field="name")
    first = spaces[0]
    step = first.steps[0]
    area = first.unit_m2 or Decimal(1)
    if first.by is SpaceBy.STAND:
        area = step.up_to or first.minimum_m2 or Decimal(1)
    full = round_half_up(step.full_minor / area)
    least = min([one.minimum_m2 or one.unit_m2 or Decimal("0.01") for one in spaces])
    await execute(
        "UPDATE price_list SET spaces = $2, full_per_m2_minor = $3, per_m2_minor = $4,"
        " minimum_m2 = $5, version = version + 1 WHERE id = $1",
        held["id"],
        msgspec.to_builtins(spaces),
        full,
        min(full, round_half_up(step.reduced_minor(1) / area)),
        least,
    )
    await record(
        actor, "price_list.space", "price_list", held["id"],
        before={"spaces": held["spaces"]}, after={"spaces": msgspec.to_builtins(spaces)},
    )  # fmt: skip
