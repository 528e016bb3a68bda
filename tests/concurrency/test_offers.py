"""Stands that become free at the same moment, asked about by many workers at once."""

from typing import Any

import asyncpg
import pytest

from booths.calls import deciding
from booths.calls.forms import DecideForm
from server.database import rows, value
from tests.concurrency.races import race, scratch
from tests.concurrency.world import World, build

WORKERS = 32
OPEN = "SELECT count(*) FROM offer WHERE state = 'open'"
WITHOUT = (
    "DROP INDEX offer_one_per_gap",
    "DROP INDEX offer_one_per_application",
    "ALTER TABLE allocation DROP CONSTRAINT allocation_one_holder_per_stand",
    "DROP INDEX allocation_one_per_application",
)


@pytest.fixture
async def world(db: str) -> Any:
    """Six on the waiting list."""
    made = await build(6, rows_of_stands=2, per_row=3)
    await deciding.decide(made.mara, DecideForm(to="wait_listed", applications=made.applications))
    yield made
    await made.cast.leave()


async def gap(world: World, stand: int) -> int:
    return int(
        await value(
            "INSERT INTO gap (call, stand, reason, opened_at) VALUES ($1,$2,'released', now())"
            " RETURNING id",
            world.call,
            stand,
        )
    )


async def test_a_stand_is_offered_to_one_company_at_a_time(
    db: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two releases, 32 workers: two offers, to the first and the second of the list."""
    gaps = [await gap(world, stand) for stand in world.stands[:2]]
    items = [{"gap": gaps[n % 2]} for n in range(WORKERS)]
    async with scratch(db, *WITHOUT) as loose:
        naive = await race(loose, "naive_offer", world.mara, items)
        held = await asyncpg.connect(loose)
        asked = await held.fetchval(OPEN)
        await held.close()
        assert asked > 2
        with capsys.disabled():
            print(f"\n  {naive.told(f'naive offers without guards: {asked} out')}", end="")
    found = await race(db, "ask", world.mara, items)
    with capsys.disabled():
        print(f"\n  {found.told('two free stands, real code')}", end="")
    assert found.faults == []
    made = await rows("SELECT gap, application FROM offer WHERE state = 'open' ORDER BY gap")
    assert [each["gap"] for each in made] == gaps
    assert {each["application"] for each in made} == set(world.applications[:2])
    assert await value("SELECT count(*) FROM allocation WHERE state = 'kept'") == 2
