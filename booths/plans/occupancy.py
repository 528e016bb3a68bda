"""Who stands where, asked of the rooms above: a plan is drawn here, but given away there."""

from collections.abc import Awaitable, Callable

from booths.plans.drawing import Occupant

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
