"""No page and no list of the API asks the database more often because there are more rows."""

from typing import Any

import pytest

from booths.calls import deciding
from booths.calls.forms import AdmitForm
from server.app import endpoints, litestar
from server.database import counting, execute, value
from server.web.api import PREFIX
from tests.cast import Visitor
from tests.concurrency.world import World, build, copies, more

APART = ("/api", "/static", "/logout")
FEW, MANY = 3, 50


def plain_pages() -> list[str]:
    """Every page without a parameter in its address."""
    return sorted(
        route.path
        for route in litestar().routes
        if "{" not in route.path
        and not route.path.startswith(APART)
        and "GET" in getattr(route, "methods", ())
    )


def api_lists() -> list[str]:
    """Every list of the API without a parameter in its address."""
    return sorted(PREFIX + each.path for each in endpoints() if each.many and "{" not in each.path)


async def pages_of_things(world: World) -> list[str]:
    """Pages of one thing that show lists of others."""
    fair = await value("SELECT slug FROM fair WHERE id = $1", world.fair)
    call = await value("SELECT slug FROM call WHERE id = $1", world.call)
    first = world.applications[0]
    invoice = await value("SELECT min(id) FROM invoice")
    return [
        f"/fairs/{fair}",
        f"/fairs/{fair}/booths/{world.booth}",
        f"/calls/{call}",
        f"/my/applications/{first}",
        f"/my/invoices/{invoice}",
        f"/desk/fairs/{world.fair}",
        f"/desk/booths/{world.booth}",
        f"/desk/booths/{world.booth}/plan",
        f"/desk/price-lists/{world.price_list}",
        f"/desk/schemes/{world.scheme}",
        f"/desk/calls/{world.call}",
        f"/desk/applications/{first}",
        f"/desk/applications/{world.applications[FEW - 1]}/admit",
        f"/desk/companies/{world.companies[0]}",
    ]


async def counted(world: World) -> dict[tuple[str, str], int]:
    """Statements by reader and address, for every page that the reader may see."""
    found: dict[tuple[str, str], int] = {}
    paths = plain_pages() + await pages_of_things(world)
    async with Visitor() as nobody:
        readers: dict[str, Any] = {"nobody": nobody, "Ana": world.cast.ana, "Mara": world.cast.mara}
        for name, reader in readers.items():
            for path in paths:
                await _count(found, name, reader, path)
    for someone in (world.cast.ana, world.cast.mara):
        async with await someone.program() as program:
            for path in api_lists():
                await _count(found, f"{someone.email} by API", program, f"{path}?limit=200")
    return found


async def _count(found: dict[tuple[str, str], int], name: str, reader: Any, path: str) -> None:
    async with counting() as noted:
        answer = await reader.get(path)
    assert answer.status_code != 500, (name, path)
    if answer.status_code == 200:
        found[name, path] = len(noted)


async def grow(world: World) -> None:
    """Fifty of everything."""
    await more(world, MANY)
    await execute(
        "UPDATE application SET state = 'submitted', decided_at = NULL WHERE id = ANY($1::int[])",
        world.applications[FEW:],
    )
    for application, stand in zip(world.applications[FEW:], world.stands[FEW:40], strict=False):
        await deciding.admit(world.mara, AdmitForm(stand=stand), application_id=application)
    await copies("fair", world.fair, MANY, slug="'copy-' || n")
    await copies("booth", world.booth, MANY, name="'Copy ' || n", allocated_m2="0")
    await copies("price_list", world.price_list, MANY, name="'Copy ' || n")
    await copies("scheme", world.scheme, MANY, name="'Copy ' || n", committed_minor="0")
    calls = await copies("call", world.call, MANY, slug="'copy-' || n")
    await copies(
        "application", world.applications[0], MANY, call="$3::int[]", reference="'C-' || n",
        state="'submitted'", arrays=[calls],
    )  # fmt: skip


@pytest.mark.slow
async def test_the_number_of_statements_does_not_grow_with_the_rows(db: str) -> None:
    world = await build(FEW)
    for application, stand in list(zip(world.applications, world.stands, strict=False))[:2]:
        await deciding.admit(world.mara, AdmitForm(stand=stand), application_id=application)
    await execute("UPDATE session SET seen_at = now()")
    await counted(world)
    few = await counted(world)
    assert len(few) > 40, sorted(few)
    await grow(world)
    await execute("UPDATE session SET seen_at = now()")
    many = await counted(world)
    await world.cast.leave()
    assert set(few) <= set(many)
    assert {key: (n, many[key]) for key, n in few.items() if many[key] > n} == {}
