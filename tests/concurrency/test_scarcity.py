"""64 clients, and one of something: the last stand, the last square metres, the last of a budget.

Each race is run twice: first on a copy of the database without the guard, where more is sold than
there is; then on the real thing, where nothing is sold twice, nothing is lost, and whoever comes
too late reads a sentence that says so.
"""

from typing import Any

import asyncpg
import pytest

from server.database import execute, row, value
from tests.concurrency.races import CLIENTS, Race, race, scratch
from tests.concurrency.world import STAND_M2, World, build

FITTING = 7
WITHOUT_ONE_PER_STAND = (
    "ALTER TABLE allocation DROP CONSTRAINT allocation_one_holder_per_stand",
    "DROP INDEX allocation_one_per_application",
)


@pytest.fixture
async def world(db: str) -> Any:
    """64 applicants for 80 free stands."""
    made = await build(CLIENTS)
    yield made
    await made.cast.leave()


def everybody(world: World, *, one_stand: bool = False) -> list[dict[str, Any]]:
    """What each client asks for: the same stand, or one each."""
    return [
        {
            "application": application,
            "stand": world.stands[0 if one_stand else number],
            "booth": world.booth,
            "scheme": world.scheme,
            "m2": str(STAND_M2),
            "aid": world.aid_minor,
        }
        for number, application in enumerate(world.applications)
    ]


async def one(url: str, sql: str) -> Any:
    held = await asyncpg.connect(url)
    try:
        return await held.fetchval(sql)
    finally:
        await held.close()


async def nothing_lost(world: World, found: Race) -> None:
    """Whoever was accepted has everything, whoever was refused has nothing and keeps its place."""
    accepted = sorted(each.item["application"] for each in found.accepted)
    n = len(accepted)
    assert found.faults == []
    assert len(found.refused) == CLIENTS - n
    for table, column in (
        ("admission", "application"),
        ("allocation", "application"),
    ):
        got = await value(f"SELECT array_agg({column} ORDER BY {column}) FROM {table}")
        assert got == accepted, table
    assert await value("SELECT count(*) FROM invoice") == n
    assert await value("SELECT count(DISTINCT number) FROM invoice") == n
    assert await value("SELECT sum(amount_minor) FROM aid_grant") == n * world.aid_minor
    assert await value("SELECT committed_minor FROM scheme") == n * world.aid_minor
    assert await value("SELECT allocated_m2 FROM booth") == n * STAND_M2
    assert await value("SELECT coalesce(sum(amount_minor), 0) FROM ledger_posting") == 0
    states = await row(
        "SELECT count(*) FILTER (WHERE state = 'admitted') AS admitted,"
        " count(*) FILTER (WHERE state = 'submitted') AS waiting FROM application"
    )
    assert states == {"admitted": n, "waiting": CLIENTS - n}
    audited = await value("SELECT count(*) FROM audit_line WHERE verb = 'application.admit'")
    assert audited == n


def told(found: Race, why: str) -> bool:
    """Whether all who were refused read why, or, where the machine is too slow, to try again."""
    return all(why in each.said or "at the same moment" in each.said for each in found.refused)


def tell(capsys: pytest.CaptureFixture[str], line: str) -> None:
    with capsys.disabled():
        print(f"\n  {line}", end="")


async def test_the_last_stand_is_sold_once(
    db: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    items = everybody(world, one_stand=True)
    live = "SELECT count(*) FROM allocation WHERE state <> 'released'"
    async with scratch(db, *WITHOUT_ONE_PER_STAND) as loose:
        naive = await race(loose, "naive_stand", world.mara, items)
        sold = await one(loose, live)
        assert sold > 1
        tell(capsys, naive.told("last stand, read then write, without the index"))
    async with scratch(db, *WITHOUT_ONE_PER_STAND) as loose:
        unguarded = await race(loose, "admit", world.mara, items)
        assert await one(loose, live) > 1
        tell(capsys, unguarded.told("last stand, real code, without the index"))
    found = await race(db, "admit", world.mara, items)
    tell(capsys, found.told("last stand, real code"))
    assert len(found.accepted) == 1
    assert told(found, "was taken a moment ago")
    await nothing_lost(world, found)


async def test_the_last_square_metres_are_sold_once(
    db: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await execute("UPDATE booth SET net_m2 = $1", FITTING * STAND_M2 + 4)
    items = everybody(world)
    taken = "SELECT allocated_m2 FROM booth"
    async with scratch(db, "ALTER TABLE booth DROP CONSTRAINT booth_allocated_within_net") as loose:
        naive = await race(loose, "naive_area", world.mara, items)
        assert await one(loose, taken) > FITTING * STAND_M2 + 4
        tell(capsys, naive.told("last m², read then write, without the check"))
    async with scratch(db) as guarded:
        caught = await race(guarded, "naive_area", world.mara, items)
        assert await one(guarded, taken) == FITTING * STAND_M2
        assert any("CheckViolation" in each for each in caught.faults)
    found = await race(db, "admit", world.mara, items)
    tell(capsys, found.told("last m², real code"))
    assert len(found.accepted) == FITTING
    assert told(found, "m² of this booth are left")
    await nothing_lost(world, found)


async def test_the_last_euro_of_a_budget_is_granted_once(
    db: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    budget = (FITTING + 1) * world.aid_minor - 1
    await execute("UPDATE scheme SET budget_minor = $1", budget)
    items = everybody(world)
    committed = "SELECT committed_minor FROM scheme"
    async with scratch(db, "ALTER TABLE scheme DROP CONSTRAINT scheme_budget") as loose:
        naive = await race(loose, "naive_budget", world.mara, items)
        assert await one(loose, committed) > budget
        tell(capsys, naive.told("last euro, read then write, without the check"))
    async with scratch(db) as guarded:
        caught = await race(guarded, "naive_budget", world.mara, items)
        assert await one(guarded, committed) <= budget
        assert any("CheckViolation" in each for each in caught.faults)
    found = await race(db, "admit", world.mara, items)
    tell(capsys, found.told("last euro, real code"))
    assert len(found.accepted) == FITTING
    assert told(found, "budget")
    await nothing_lost(world, found)


async def test_two_stands_are_sold_once_each(
    db: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """32 applicants for each."""
    items = [
        {**item, "stand": world.stands[number % 2]} for number, item in enumerate(everybody(world))
    ]
    found = await race(db, "admit", world.mara, items)
    tell(capsys, found.told("two stands"))
    assert sorted(each.item["stand"] for each in found.accepted) == world.stands[:2]
    await nothing_lost(world, found)
