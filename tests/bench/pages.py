"""The ten busiest pages with few and with many applications."""

from dataclasses import dataclass

from server.database import counting, value
from tests.bench.load import again_and_again, get
from tests.bench.serving import BARE, Serving
from tests.cast import Someone
from tests.concurrency.world import World


@dataclass(frozen=True)
class Measured:
    """One page: answers per second of server CPU, SQL statements, bytes of the body."""

    name: str
    per_core: float
    statements: int
    size: int
    median: float


async def busiest(world: World) -> list[tuple[str, str, Someone | None]]:
    """Name, address and reader of each page."""
    cast = world.cast
    fair = await value("SELECT slug FROM fair WHERE id = $1", world.fair)
    call = await value("SELECT slug FROM call WHERE id = $1", world.call)
    dossier = world.applications[-1]
    return [
        ("first page", "/", None),
        ("fair", f"/fairs/{fair}", None),
        ("joint booth", f"/fairs/{fair}/booths/{world.booth}", None),
        ("call", f"/calls/{call}", None),
        ("company: overview", "/my", cast.ana),
        ("company: application", f"/my/applications/{world.applications[0]}", cast.ana),
        ("agency: board", "/desk", cast.mara),
        ("agency: applications", "/desk/applications", cast.mara),
        ("agency: one application", f"/desk/applications/{dossier}", cast.mara),
        ("agency: money", "/desk/money", cast.mara),
    ]


async def measure(server: Serving, world: World, seconds: float) -> list[Measured]:
    """Every page one after the other, the bare answer first."""
    found = [await _page(server, "bare ASGI answer", BARE, None, seconds)]
    for name, path, reader in await busiest(world):
        found.append(await _page(server, name, path, reader, seconds))
    return found


async def _page(
    server: Serving, name: str, path: str, reader: Someone | None, seconds: float
) -> Measured:
    request = get(server.port, path, reader.session if reader else "")
    warm = await again_and_again(server.port, request, 2, 0.3)
    if set(warm.statuses) != {200}:
        raise RuntimeError(f"{path} answers {warm.statuses}")
    before = server.cpu()
    load = await again_and_again(server.port, request, 4, seconds)
    spent = server.cpu() - before
    return Measured(
        name,
        len(load.latencies) / spent,
        await statements(path, reader) if path != BARE else 0,
        load.body_bytes,
        load.percentile(0.5),
    )


async def statements(path: str, reader: Someone | None) -> int:
    """How many SQL statements one reading takes, the session's included."""
    from tests.cast import Visitor

    async with counting() as noted:
        if reader is not None:
            answer = await reader.get(path)
        else:
            async with Visitor() as visitor:
                answer = await visitor.get(path)
    assert answer.status_code == 200, path
    return len(noted)
