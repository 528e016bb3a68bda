"""The processes of the races stay for all races of a run."""

from collections.abc import AsyncIterator

import pytest

from tests.concurrency.races import retire


@pytest.fixture(scope="session", autouse=True)
async def racers() -> AsyncIterator[None]:
    """Let them go at the end."""
    yield
    await retire()
