"""A call with an exhibitor and a waiting list, made of the world of the races."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from booths.calls import contracts, deciding
from booths.calls.forms import AdmitForm, Because, DecideForm
from server import jobs
from server.accounts.permissions import Actor
from server.database import rows, value
from server.organisations.actors import actor_of
from tests.cast import Someone
from tests.concurrency.world import World, build


@dataclass
class List:
    """A call of Nordhafen's: `world.applications[0]` has `stand`, the others wait in order."""

    world: World
    stand: int
    clients: list[Someone] = field(default_factory=list)

    @property
    def mara(self) -> Someone:
        return self.world.cast.mara

    def application(self, place: int) -> int:
        """The application at a place of the list, from 1; 0 is the exhibitor."""
        return self.world.applications[place]

    async def actor(self, place: int) -> Actor:
        found = await actor_of(self.world.tokens[place], False)
        assert found is not None
        return found

    async def client(self, place: int) -> Someone:
        """The browser of a company."""
        made = Someone(f"a{place}@many.example", self.world.people[place])
        made.session = self.world.tokens[place]
        made.cookies.set("pavilion", made.session)
        self.clients.append(made)
        return made

    async def release(self) -> None:
        """The exhibitor drops out, and the worker does what follows."""
        await contracts.release(
            self.world.mara, Because(why="Arrears"), application_id=self.application(0)
        )
        await jobs.drain()


async def state_of(application: int) -> str:
    return str(await value("SELECT state FROM application WHERE id = $1", application))


async def offers() -> list[tuple[int, str]]:
    """(application, state) of every offer in order."""
    found = await rows("SELECT application, state FROM offer ORDER BY id")
    return [(each["application"], each["state"]) for each in found]


async def mails(prefix: str) -> list[str]:
    """The subjects of mails whose key holds `prefix`."""
    found = await rows(
        "SELECT subject FROM message WHERE key LIKE '%' || $1 || '%' ORDER BY id", prefix
    )
    return [each["subject"] for each in found]


@pytest.fixture
async def waiting(db: str) -> AsyncIterator[List]:
    """One exhibitor with the first stand; three companies wait, each wishing 9 m²."""
    world = await build(4, rows_of_stands=2, per_row=3)
    made = List(world, world.stands[0])
    await deciding.admit(
        world.mara, AdmitForm(stand=made.stand), application_id=world.applications[0]
    )
    await deciding.decide(
        world.mara, DecideForm(to="wait_listed", applications=world.applications[1:])
    )
    await jobs.drain()
    yield made
    for client in made.clients:
        await client.aclose()
    await world.cast.leave()
