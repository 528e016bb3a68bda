"""Where a stand is on a plan. Plans lie above this room: one that has them registers itself."""

from collections.abc import Awaitable, Callable, Iterable

Finds = Callable[[list[int]], Awaitable[dict[int, str]]]
_finds: list[Finds] = []


def stands(finds: Finds) -> Finds:
    """Register who knows the page (a path of this site) on whose plan stands are, by stand."""
    _finds.append(finds)
    return finds


async def pages(wanted: Iterable[int | None]) -> dict[int, str]:
    """The pages of these stands; a stand nobody may see on a plan has none."""
    asked = sorted({each for each in wanted if each is not None})
    found: dict[int, str] = {}
    if asked:
        for each in _finds:
            found |= await each(asked)
    return found
