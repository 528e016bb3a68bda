"""What a public feed can be about. Rooms above this one register how an address becomes a
subject.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote

import msgspec

from server.database import row, value
from server.settings import load
from server.text import N_, gettext
from server.web.formats import country


class Subject(msgspec.Struct, frozen=True):
    """The thing a feed is about: its number, its name, its zone; for a booth also its fair."""

    id: int
    name: str
    tz: str
    fair: int | None = None


class Public(msgspec.Struct, frozen=True):
    """A public feed: what it is called and which public items belong to it.

    `condition` is a condition on calendar_item whose only argument is `argument` ($1).
    """

    path: str
    name: str
    tz: str
    sources: tuple[str, ...]
    condition: str
    argument: object


SECTOR = "sectors @> ARRAY[$1]"
COUNTRY = "(country = $1 AND kind <> 'holiday')"
HOLIDAYS = "(country = $1 AND kind = 'holiday')"
PROGRAMME = "(agency = $1 AND kind IN ('fair', 'deadline'))"
Resolver = Callable[[str], Awaitable[Subject | None]]
_resolvers: dict[str, Resolver] = {}
_sectors: dict[str, str] = {}


def subject(letter: str) -> Callable[[Resolver], Resolver]:
    """Register who answers for /cal/<letter>/<address>.ics."""

    def register(resolver: Resolver) -> Resolver:
        _resolvers[letter] = resolver
        return resolver

    return register


def name_sectors(names: Mapping[str, str]) -> None:
    """Tell the names of sectors, marked for translation."""
    _sectors.update(names)


def sector_name(sector: str) -> str:
    """A sector as people call it."""
    return gettext(_sectors.get(sector, sector))


async def public(letter: str, address: str) -> Public | None:
    """The public feed at /cal/<letter>/<address>.ics, or None when there is none."""
    path = f"/cal/{letter}/{quote(address, safe='')}.ics"
    sources: tuple[str, ...]
    match letter:
        case "f" if found := await _resolve("f", address):
            sources = (f"fair:{found.id}",)
            return Public(path, found.name, found.tz, sources, "fair = $1", found.id)
        case "b" if found := await _resolve("b", address):
            sources = (f"booth:{found.id}", f"fair:{found.fair}")
            here = "(booth = ($1::bigint[])[1] OR (fair = ($1::bigint[])[2] AND booth IS NULL))"
            return Public(path, found.name, found.tz, sources, here, [found.id, found.fair or 0])
        case "a" if found := await _agency(address):
            sources = (f"agency:{found.id}",)
            return Public(path, found.name, found.tz, sources, "agency = $1", found.id)
        case "p" if found := await _agency(address):
            name = gettext(N_("{agency}: fairs and calls of the year"), agency=found.name)
            return Public(path, name, found.tz, (f"agency:{found.id}",), PROGRAMME, found.id)
        case "s" if await _known(SECTOR, address):
            name = gettext(N_("Trade fairs: {sector}"), sector=sector_name(address))
            return Public(path, name, "UTC", (f"sector:{address}",), SECTOR, address)
        case "h" if await _known(COUNTRY, address):
            name = gettext(N_("Trade fairs in {country}"), country=country(address))
            return Public(path, name, "UTC", (f"country:{address}",), COUNTRY, address)
        case "d" if await _known(HOLIDAYS, address):
            name = gettext(N_("Public holidays: {country}"), country=country(address))
            return Public(path, name, "UTC", (f"holidays:{address}",), HOLIDAYS, address)
    return None


def everything() -> Public:
    """All public items of the house."""
    name = gettext(N_("All trade fairs"))
    return Public("/cal/all.ics", name, "UTC", ("all",), "kind <> $1", "holiday")


def source_address(path: str) -> str:
    """The full address of a feed."""
    return load().base_url + path


async def _resolve(letter: str, address: str) -> Subject | None:
    resolver = _resolvers.get(letter)
    return None if resolver is None else await resolver(address)


async def _agency(slug: str) -> Subject | None:
    found = await row("SELECT id, name, tz FROM agency WHERE slug = $1", slug)
    return None if found is None else Subject(found["id"], found["name"], found["tz"])


async def _known(condition: str, address: str) -> bool:
    """Whether a public item fulfils one of the conditions above."""
    public = f"SELECT 1 FROM calendar_item WHERE visibility = 'public' AND {condition}"  # noqa: S608
    return bool(await value(f"SELECT EXISTS ({public})", address))
