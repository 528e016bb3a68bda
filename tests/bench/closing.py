"""The closing minute: everybody sends the application at once, through the front door."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from server.database import row, rows
from server.web import signing
from tests.bench.load import Load, again_and_again, each_once, get, post
from tests.bench.serving import Serving, cpu_of
from tests.concurrency.world import World

CLIENTS = 32


@dataclass(frozen=True)
class Closing:
    """What the clients saw, the CPU it took, and what the database then held."""

    load: Load
    server_cpu: float
    database_cpu: float
    submissions: int
    receipts: int
    mails: int
    jobs: int


async def closing_minute(server: Serving, database: int, world: World, seconds: float) -> Closing:
    """Each finished application is sent once, by 32 clients, for so many seconds at most."""
    sessions = {
        each["person"]: each["id"]
        for each in await rows("SELECT max(id) AS id, person FROM session GROUP BY person")
    }

    def requests() -> Iterator[bytes]:
        for application, person, token in zip(
            world.applications, world.people, world.tokens, strict=True
        ):
            form = urlencode(
                {
                    "seen_total": world.total_minor,
                    "csrf_token": signing.form_token(f"session:{sessions[person]}"),
                }
            )
            yield post(server.port, f"/my/applications/{application}/check", token, form)

    asked = requests()
    await each_once(server.port, (next(asked) for _ in range(8)), 2, seconds)
    sent_before = await _kept()
    before = server.cpu(), cpu_of(database)
    load = await each_once(server.port, asked, CLIENTS, seconds)
    spent = server.cpu() - before[0], cpu_of(database) - before[1]
    sent = await _kept()
    return Closing(
        load,
        *spent,
        *(sent[name] - sent_before[name] for name in ("sent", "papers", "mails", "jobs")),
    )


async def _kept() -> dict[str, int]:
    found = await row(
        "SELECT (SELECT count(*) FROM submission) AS sent,"
        " (SELECT count(*) FROM document WHERE kind = 'receipt') AS papers,"
        " (SELECT count(*) FROM message) AS mails, (SELECT count(*) FROM pgqueuer) AS jobs"
    )
    assert found is not None
    return found


async def fair_page(
    server: Serving, database: int, path: str, seconds: float
) -> tuple[Load, float, float]:
    """A public page read by 32 clients; the CPU seconds of server and database."""
    request = get(server.port, path)
    await again_and_again(server.port, request, 4, 0.5)
    before = server.cpu(), cpu_of(database)
    load = await again_and_again(server.port, request, CLIENTS, seconds)
    return load, server.cpu() - before[0], cpu_of(database) - before[1]
