"""Who stands where, asked of the rooms above: a plan is drawn here, but given away there."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from booths.plans.drawing import Occupant
from server.accounts.permissions import Actor

Source = Callable[[int], Awaitable[dict[int, Occupant]]]
_sources: list[Source] = []


def source(found: Source) -> Source:
    """Register a reader of occupants by stand for one booth, as the agency's staff may see them."""
    _sources.append(found)
    return found


async def of_booth(booth_id: int) -> dict[int, Occupant]:
    """Stand id -> who has it or has it held."""
    occupants: dict[int, Occupant] = {}
    for each in _sources:
        occupants.update(await each(booth_id))
    return occupants


def as_seen_by(actor: Actor, occupants: Mapping[int, Occupant]) -> dict[int, Occupant]:
    """The occupants as an agency may know them: those of a partner agency without their names."""
    return {
        stand: each if each.agency in (None, actor.agency_id) else replace(each, company="", url="")
        for stand, each in occupants.items()
    }
