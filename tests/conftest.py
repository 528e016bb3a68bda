"""A real PostgreSQL for everybody, a fresh database for each test, and the cast.

One throw-away server is started for the run and migrated once; each test gets a copy of that
database, emptied again for the next test (`tests/fresh.py`). Nothing of our own is replaced:
clients knock at the same door as browsers do.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

os.environ["PAVILION_TEST"] = "1"
os.environ["PAVILION_SECRET_KEY"] = "a-secret-for-tests-only-0123456789abcdef"
os.environ["PAVILION_BASE_URL"] = "http://pavilion.test"
os.environ["PAVILION_SECOND_FACTOR"] = "offered"  # test_second.py asks staff for it
os.environ.setdefault("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
os.environ["VIES_API_BASE"] = ""
os.environ["STRIPE_SECRET_KEY"] = "sk_test_pavilion"
os.environ["STRIPE_WEBHOOK_SECRET"] = "whsec_pavilion_tests"
os.environ["STRIPE_SHARED"] = "true"

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from server import database, embedded
from tests.cast import Cast, Visitor, build_cast
from tests.fresh import Copies, named, run

# A busy machine is no counter-example.
settings.register_profile("pavilion", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pavilion")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come first: they are the longest part that one core has to do alone."""
    items.sort(key=lambda item: "browser" not in item.path.parts)


class ByFile(LoadScopeScheduling):
    """Tests stay with their file, and all browser tests together: one site serves them."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::")[0]
        return "browser" if "/browser/" in path else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """How `make test` shares the tests out among the cores."""
    return ByFile(config, log)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a throw-away server, shared by the runs of this checkout."""
    folder = Path(__file__).parents[1] / "var" / "tests"
    url = embedded.start(folder, durable=False)
    try:
        yield url
    finally:
        embedded.stop(folder)


@pytest.fixture(scope="session")
def template(postgres: str) -> str:
    """The name of the migrated database that every test copies."""
    from server.migrating import migrate

    name = f"pavilion_template_{os.getpid()}"

    async def make() -> None:
        await run(postgres, f"CREATE DATABASE {name}")
        database.engine().config = database.connection_options(named(postgres, name))
        await migrate()

    asyncio.run(make())
    return name


@pytest.fixture(scope="session")
async def copies(postgres: str, template: str) -> AsyncIterator[Copies]:
    """Where fresh databases come from."""
    made = Copies(postgres, template)
    yield made
    await made.close()


@pytest.fixture
async def db(copies: Copies) -> AsyncIterator[str]:
    """A fresh database, with this process connected to it; its URL."""
    url = await copies.take()
    await database.open_pool(url, size=10)
    try:
        yield url
    finally:
        await database.close_pool()
        await copies.give_back()


@pytest.fixture
async def visitor(db: str) -> AsyncIterator[Visitor]:
    """Somebody who is not signed in."""
    async with Visitor() as somebody:
        yield somebody


@pytest.fixture
async def cast(db: str) -> AsyncIterator[Cast]:
    """Named people, agencies and companies, each able to sign in."""
    made = await build_cast()
    try:
        yield made
    finally:
        await made.leave()
